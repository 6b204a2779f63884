//! Drills on a local AWS, set off by an alarm as EventBridge brings it: from its arrival at the door to the environment
//! written, and to the rollback verified, and the calls one after the other until then. `tests/e2e/drill` sets up all that
//! it needs.

use super::{cloud::Cloud, door::Door, wire::Wire};
use crate::Measured;
use rollout::time::Timestamp;
use serde_json::{Value, json};
use std::{
    error::Error,
    path::PathBuf,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

/// So many, when nobody says otherwise.
const DRILLS: usize = 50;
/// The function, the alarm and the plan.
const NAME: &str = "bench-drill";
/// Passes until a drill is in effect.
const PASSES: usize = 20;
/// What writes the environment.
const WRITE: &str = "PUT function";
/// What the plan of this promises itself.
const CALLS_MAX: usize = 3;
/// The aim, in milliseconds.
const AIM: f64 = 1_000.0;

type Tried<T> = Result<T, Box<dyn Error>>;

struct Doors {
    wire: Wire,
    evaluate: Door,
    advance: Door,
    rollback: Door,
    api: Door,
}

/// What one drill came to.
struct Drill {
    /// Milliseconds from the arrival of the alarm.
    written: f64,
    verified: f64,
    /// The calls that the door had to wait for before it could write.
    before: Vec<String>,
    /// Each call, and when it was answered.
    all: Vec<(String, f64)>,
}

pub(crate) fn measure() -> Measured {
    let mut words = std::env::args().skip(2);
    let (Some(programs), Some(endpoint)) = (words.next().map(PathBuf::from), words.next()) else {
        println!("drills: tests/e2e/drill says where the doors and the local AWS are");
        return Ok(());
    };
    let count = words.next().map_or(Ok(DRILLS), |count| count.parse())?;
    let cloud = Cloud::new(&endpoint);
    cloud.create_table()?;
    cloud.create_function(NAME)?;
    cloud.put_alarm(NAME)?;
    let wire = Wire::new(&endpoint)?;
    let door = |name: &str| Door::open(&programs.join(name), wire.url());
    let (evaluate, advance) = (door("evaluate")?, door("advance")?);
    let (rollback, api) = (door("rollback")?, door("api")?);
    let mut doors = Doors { wire, evaluate, advance, rollback, api };
    let mut drills = vec![];
    for _ in 0..count {
        drills.push(doors.drill()?);
    }
    report(&drills)
}

impl Doors {
    fn drill(&mut self) -> Tried<Drill> {
        let body = json!({ "plan": PLAN, "alarm": NAME }).to_string();
        let started = self.api.call("POST", "/v1/drills", &body)?;
        let id = started.get("id").and_then(Value::as_str).ok_or("a drill without a name")?.to_owned();
        self.until(&id, "phase", "baking")?;
        self.wire.take();
        let (arrives, at) = (Instant::now(), now()?);
        self.rollback.give(&rings(at)?)?;
        let calls = self.wire.take();
        let write = calls.0.iter().position(|call| call.kind == WRITE).ok_or("nothing was written")?;
        let status = self.until(&id, "outcome", "rolled-back")?;
        Ok(Drill {
            written: millis(&calls.0, write, arrives),
            verified: verified(&status)?,
            before: calls.0.iter().take(write).map(|call| call.kind.clone()).collect(),
            all: (0..calls.0.len())
                .filter_map(|at| Some((calls.0.get(at)?.kind.clone(), millis(&calls.0, at, arrives))))
                .collect(),
        })
    }

    /// Hinted at as the doors hint at each other: the one that writes looks on until what it wrote has settled.
    fn until(&mut self, id: &str, name: &str, is: &str) -> Tried<Value> {
        let mut last = Value::Null;
        for _ in 0..PASSES {
            let status = self.api.call("GET", &format!("/v1/rollouts/{id}"), "")?;
            if status.get(name).and_then(Value::as_str) == Some(is) {
                return Ok(status);
            }
            last = status;
            self.advance.give(&json!({ "rollout": id }))?;
            self.evaluate.tick()?;
        }
        Err(format!("the {name} of {id} was never {is}: {}", last["why"]).into())
    }
}

fn now() -> Tried<i64> {
    Ok(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?)
}

fn millis(calls: &[super::wire::Call], at: usize, from: Instant) -> f64 {
    calls.get(at).map_or(f64::NAN, |call| call.ended.duration_since(from).as_secs_f64() * 1e3)
}

/// The whole way as the log has it, which every other reader of times sees, too.
fn verified(status: &Value) -> Tried<f64> {
    let steps = status.pointer("/times/steps").and_then(Value::as_array);
    let whole =
        steps.into_iter().flatten().find(|step| step.get("step").is_some_and(|name| name == "rollback"));
    whole.and_then(|step| step.get("millis")?.as_f64()).ok_or_else(|| "it was never verified".into())
}

/// The alarm rings at this time.
fn rings(at: i64) -> Tried<Value> {
    let mut event: Value = serde_json::from_str(include_str!("../../../../events/alarm-direct-metric.json"))?;
    let seconds = Timestamp(at - at % 1_000).to_string();
    let at = format!("{}.{:03}+0000", seconds.trim_end_matches('Z'), at % 1_000);
    for (place, value) in [("/alarmData/alarmName", NAME), ("/alarmData/state/timestamp", at.as_str())] {
        *event.pointer_mut(place).ok_or("another sample of an alarm was meant")? = json!(value);
    }
    Ok(event)
}

fn report(drills: &[Drill]) -> Measured {
    let spread = |name: &str, value: fn(&Drill) -> f64| {
        let mut all: Vec<f64> = drills.iter().map(value).collect();
        all.sort_by(f64::total_cmp);
        // The smallest value that so many of a hundred do not pass.
        let of_a_hundred =
            |part: usize| all.get((all.len() * part).div_ceil(100).max(1) - 1).copied().unwrap_or(f64::NAN);
        let (min, most) = (of_a_hundred(0), of_a_hundred(100));
        println!(
            "  {name:<24} min {min:>5.0} ms, median {:>5.0} ms, p99 {:>5.0} ms, max {most:>5.0} ms",
            of_a_hundred(50),
            of_a_hundred(99),
        );
        most
    };
    println!("{} drills, from the arrival of the alarm at the door (aim {AIM} ms):", drills.len());
    spread("to the write landed", |drill| drill.written);
    spread("to the rollback verified", |drill| drill.verified);
    println!("  (of this the local AWS takes half a second for each of two updates of the function)");
    let most = drills.iter().max_by_key(|drill| drill.before.len()).ok_or("no drill")?;
    println!(
        "  calls one after the other before the write: {} (at most {CALLS_MAX}): {}; until it was over: {}",
        most.before.len(),
        most.before.join(", "),
        drills.iter().map(|drill| drill.all.len()).max().unwrap_or(0),
    );
    let last = drills.last().map(|drill| drill.all.as_slice()).unwrap_or_default();
    let last: Vec<String> = last.iter().map(|(kind, at)| format!("{at:.0} {kind}")).collect();
    println!("  the last one, call by call, in milliseconds: {}", last.join(", "));
    if most.before.len() > CALLS_MAX {
        return Err(format!("more than {CALLS_MAX} calls before the write").into());
    }
    Ok(())
}

const PLAN: &str = r#"
tidegate: 1
name: bench-drill
owner: olga
people: {olga: {members: [olga]}}
promise: {decide: 1s, apply: 2s, verify: 5s, rollback: 10s}
targets:
  - {function: bench-drill, set: {SHARE: "${percent}"}}
arms: {canary: {Arm: canary}, baseline: {Arm: baseline}}
metrics:
  m0: {metric: Bench/M0, stat: Average, unit: count}
guardrails:
  - {when: m0 > 50, then: roll back}
  - {alarm: bench-drill, then: roll back}
stages:
  - {name: some, percent: 10, bake: 24h}
  - {name: all, percent: 100, bake: 24h}
"#;

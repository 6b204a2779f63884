//! One look at a hundred rollouts with ten questions each, a budget and an alarm, by the deployed doors on a local AWS:
//! what they call, how long it takes and whose time it is, and what they hold in memory. `tests/e2e/tick` sets up all that
//! it needs.

mod cloud;
mod door;
pub(crate) mod drill;
mod wire;

use crate::{Measured, median};
use cloud::Cloud;
use door::Door;
use std::{
    collections::BTreeMap,
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use wire::{Calls, Wire};

const ROLLOUTS: usize = 100;
const QUESTIONS: usize = 10;
/// A mean is asked with the number of its samples.
const SERIES: usize = 2 * QUESTIONS * ROLLOUTS;
const ROUNDS: usize = 5;
/// Ticks until all of them are in effect: each door has an end to what it does in one.
const PATIENCE: usize = 30;

pub(crate) fn measure() -> Measured {
    let mut words = std::env::args().skip(2);
    let (Some(programs), Some(endpoint)) = (words.next().map(PathBuf::from), words.next()) else {
        println!("tick: tests/e2e/tick says where the doors and the local AWS are");
        return Ok(());
    };
    let cloud = Cloud::new(&endpoint);
    cloud.create_table()?;
    let wire = Wire::new(&endpoint)?;
    between_looks()?;
    let door = |name: &str| Door::open(&programs.join(name), wire.url());
    let (mut evaluate, mut advance, mut api) = (door("evaluate")?, door("advance")?, door("api")?);

    for (name, door) in [("evaluate", &mut evaluate), ("advance", &mut advance)] {
        door.tick()?;
        wire.take();
        door.tick()?;
        println!("{name}, nothing to do: {}", wire.take());
    }
    for nth in 0..ROLLOUTS {
        cloud.create_function(&named(nth))?;
        cloud.put_alarm(&named(nth))?;
        api.start(&plan(nth))?;
    }
    until_still(&wire, &mut evaluate, &mut advance)?;
    for nth in 0..ROLLOUTS {
        cloud.put_metrics(&named(nth), QUESTIONS)?;
    }
    let (mut millis, mut ours) = (vec![], vec![]);
    let mut calls = Calls::default();
    for _ in 0..ROUNDS {
        let took = evaluate.tick()?;
        calls = wire.take();
        let waited = calls.took();
        millis.push(took.as_secs_f64() * 1e3);
        ours.push(took.saturating_sub(waited).as_secs_f64() * 1e3);
    }
    println!(
        "evaluate, {ROLLOUTS} rollouts with {QUESTIONS} questions each: {:.0} ms, of which {:.0} ms are ours; {:.0} MB (aim 40)",
        median(millis),
        median(ours),
        evaluate.megabytes()?,
    );
    println!("  {calls}");
    let expected = 1 + (2 * ROLLOUTS).div_ceil(100) + ROLLOUTS.div_ceil(100) + SERIES.div_ceil(500);
    println!(
        "  aim: {expected} = 1 + ({ROLLOUTS} heads + {ROLLOUTS} windows)/100 + {ROLLOUTS} alarms/100 + {SERIES} \
         series/500, and nothing written"
    );
    let took = advance.tick()?;
    println!(
        "advance, all in effect: {:.0} ms; {:.0} MB: {}",
        took.as_secs_f64() * 1e3,
        advance.megabytes()?,
        wire.take()
    );
    Ok(())
}

/// Every fifth minute all is asked, and kept for people: that is counted in `docs/deploy.md`, and not here.
fn between_looks() -> Measured {
    loop {
        let minute = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() / 60 % 5;
        if (1..4).contains(&minute) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// Ticks until nothing is written any more.
fn until_still(wire: &Wire, evaluate: &mut Door, advance: &mut Door) -> Measured {
    wire.take();
    for _ in 0..PATIENCE {
        let (decided, applied) = (evaluate.tick()?, advance.tick()?);
        let calls = wire.take();
        println!("  on the way: {:.1} s and {:.1} s: {calls}", decided.as_secs_f64(), applied.as_secs_f64());
        if !calls.write() {
            return Ok(());
        }
    }
    Err(format!("after {PATIENCE} ticks something is still written").into())
}

fn named(nth: usize) -> String {
    format!("bench-{nth:03}")
}

/// It stays in its first stage, and each of its guardrails asks a question of its own.
fn plan(nth: usize) -> String {
    let name = named(nth);
    let mut metrics = String::new();
    let mut guardrails = String::new();
    for question in 0..QUESTIONS {
        metrics += &format!("  m{question}: {{metric: Bench/M{question}, stat: Average, unit: count}}\n");
        guardrails += &format!("  - {{when: m{question} > 50, then: roll back}}\n");
    }
    format!(
        "tidegate: 1\nname: {name}\nowner: olga\npeople: {{olga: {{members: [olga]}}}}\n\
         targets:\n  - {{function: {name}, set: {{SHARE: \"${{percent}}\"}}}}\n\
         arms: {{canary: {{Function: {name}, Arm: canary}}, baseline: {{Function: {name}, Arm: baseline}}}}\n\
         metrics:\n{metrics}\
         budgets:\n  spent: {{cap: $20/day, meter: {{logs: bench, field: cost_usd}}}}\n\
         guardrails:\n  - {{alarm: {name}, then: roll back}}\n  - {{when: spent > $10, then: roll back}}\n\
         {guardrails}stages:\n  - {{name: some, percent: 10, bake: 24h}}\n  \
         - {{name: all, percent: 100, bake: 24h}}\n"
    )
}

impl std::fmt::Display for Calls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut kinds: BTreeMap<&str, (usize, Duration)> = BTreeMap::new();
        for call in &self.0 {
            let kind = kinds.entry(&call.kind).or_default();
            *kind = (kind.0 + 1, kind.1 + call.took);
        }
        write!(f, "{} calls", self.0.len())?;
        for (kind, (count, took)) in kinds {
            write!(f, ", {count} {kind} ({:.0} ms)", took.as_secs_f64() * 1e3)?;
        }
        Ok(())
    }
}

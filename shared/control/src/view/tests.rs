use super::*;
use crate::simulate::START;
use rollout::{
    calendar::{Calendar, Days},
    condition::Bound,
    decide::{Actor, Command},
    event::Captured,
    levels::{AlarmState, Levels, Ringing, Spent, Tally, Windows},
    log::{Why, append, begin},
    plan::load,
    rollout::RolloutId,
    units::{BudgetId, ConditionId, Decimal, Generation, Money, RuleId, TargetId},
};
use std::{collections::BTreeSet, sync::Arc};

const PLAN: &str = r#"
tidegate: 1
name: demo
owner: lead
people:
  lead: {members: [lena, leo]}
  on-call: {page: pager, slack: demo}
escalate: [on-call, lead]
promise: {apply: 2m, rollback: 10m}
links: {runbook: "https://example.com/runbook"}
targets:
  - function: worker
    set: {PERCENT: "${percent}"}
metrics:
  error_rate: {ratio: {of: App/Errors, to: App/Requests}, from: 50}
guardrails:
  - {when: error_rate > 5%, then: roll back}
  - {when: error_rate > 9%, then: roll back, from: full}
stages:
  - name: canary
    percent: 10
    bake: 30m
    leave: [error_rate < 1%, approve: 2 of lead]
  - name: full
    percent: 100
    bake: 30m
"#;

/// A rollout that is led by the hand, step by step.
struct Led {
    loaded: Loaded,
    now: Timestamp,
}

impl Led {
    fn new() -> Led {
        Led::of(PLAN)
    }

    fn of(plan: &str) -> Led {
        let plan = load("demo.yaml", plan).unwrap().plan;
        let id = RolloutId("demo-1".to_owned());
        let (_, head) =
            begin(id, plan.hash().unwrap(), Generation(0), Why::default(), "ada", START, "c0").unwrap();
        Led { loaded: Loaded { plan: Arc::new(plan), head: Arc::new(head) }, now: START }
    }

    /// In effect at 10 %.
    fn baking() -> Led {
        Led::new().into_effect()
    }

    /// In effect at its first stage.
    fn into_effect(self) -> Led {
        let mut led = self;
        let captured = Captured {
            before: BTreeMap::new(),
            revision: "r1".to_owned(),
            code: "c1".to_owned(),
            generation: Generation(0),
            alias: None,
        };
        led.takes(Trigger::Captured(TargetId(0), captured));
        let quiet = levels(&led, 0, AlarmState::Quiet);
        led.takes(led.tick_on(&Look { figures: vec![], levels: quiet, ..led.look(0) }));
        led.takes(Trigger::Applied(Generation(1), BTreeMap::from([(TargetId(0), "c1".to_owned())])));
        led
    }

    fn tick(&self, figures: Vec<Option<Figure>>) -> Trigger {
        let head = &self.loaded.head;
        let (version, generation) = (head.version, head.generation);
        Trigger::Tick(Box::new(Evidence { version, generation, figures, ..Evidence::default() }))
    }

    /// A turn of the clock on what was looked at.
    fn tick_on(&self, look: &Look) -> Trigger {
        let Trigger::Tick(evidence) = self.tick(look.figures.clone()) else { panic!("a tick") };
        Trigger::Tick(Box::new(Evidence { levels: look.levels.clone(), ..*evidence }))
    }

    fn takes(&mut self, trigger: Trigger) {
        let Decision::Record(events) = decide(&self.loaded.plan, &self.loaded.head, &trigger, self.now)
        else {
            panic!("{trigger:?} changes nothing");
        };
        let by = if let Trigger::Command(_, actor) = &trigger { actor.name.as_str() } else { "door" };
        let (_, head) = append(&self.loaded.head, events, by, self.now, "c").unwrap();
        self.loaded.head = Arc::new(head);
    }

    fn after(mut self, span: Span) -> Led {
        self.now = self.now.after(span);
        self
    }

    /// Of the two guardrails and the gate, in the order of the plan's conditions.
    fn figures(&self, percent: i64) -> Vec<Option<Figure>> {
        let limit = |id: u16| {
            let bound = &self.loaded.plan.condition(ConditionId(id)).bound;
            if let Bound::Constant(limit) = bound { *limit } else { panic!("{bound:?} is no constant") }
        };
        let figure = |id| Figure::known(Decimal::whole(percent), limit(id), Some(100), self.now);
        let ids = 0..u16::try_from(self.loaded.plan.conditions.len()).unwrap();
        ids.map(|id| Some(figure(id))).collect()
    }

    fn look(&self, percent: i64) -> Look {
        let (version, figures) = (self.loaded.head.version, self.figures(percent));
        Look { at: self.now, version, figures, frozen: vec![], levels: Levels::default() }
    }

    fn status(&self, look: Option<&Look>) -> Status {
        status(&Sight { loaded: &self.loaded, look, stop: None, now: self.now })
    }
}

#[test]
fn a_bake_says_how_long_and_what_is_measured() {
    let led = Led::baking().after(Span::minutes(10));
    let seen = led.status(Some(&led.look(0)));
    assert_eq!((seen.phase.as_str(), seen.stage.as_deref()), ("baking", Some("canary")));
    assert_eq!(seen.rung, Some(Rung { number: 5, name: "bake".to_owned() }));
    assert_eq!(seen.bake.unwrap().seconds, Seconds { baked: 600, min: Some(1_800), max: Some(3_600) });
    assert!(seen.waits_for[0].starts_with("the bake: 20m left"), "{:?}", seen.waits_for);
    let places: Vec<Place> = seen.stages.iter().map(|step| step.place).collect();
    assert_eq!(places, [Place::Here, Place::Ahead]);
    let states: Vec<(&str, &str)> =
        seen.guardrails.iter().map(|rule| (rule.verdict.as_str(), rule.state.as_str())).collect();
    assert_eq!(states, [("false", "armed"), ("not known", "not in force")]);
}

#[test]
fn figures_of_an_exposure_that_has_passed_are_not_shown() {
    let led = Led::baking();
    let old = Look { at: START.before(Span::minutes(5)), ..led.look(0) };
    let seen = led.status(Some(&old));
    assert_eq!(seen.guardrails[0].verdict, "not known");
    assert_eq!(seen.gates[0].figure, "not measured yet");
}

#[test]
fn a_question_names_who_may_answer_and_which_entry() {
    let mut led = Led::baking().after(Span::minutes(31));
    led.takes(led.tick(led.figures(0)));
    let seen = led.status(Some(&led.look(0)));
    let ask = seen.answers.ask.unwrap();
    assert_eq!(seen.rung.as_ref().map(|rung| rung.number), Some(10));
    assert_eq!(seen.waits_for, ["the approval of 2 of lead"]);
    assert_eq!(seen.who[0].members, ["lena", "leo"]);
    assert_eq!(seen.who[0].command, format!("tidegate approve demo-1 --at {ask}"));
    let lena = Actor {
        name: "lena".to_owned(),
        roles: BTreeSet::from(["lead".to_owned()]),
        admin: false,
        machine: false,
    };
    led.takes(Trigger::Command(rollout::decide::Command::Approve { at: ask, note: None }, lena));
    let half = led.status(Some(&led.look(0)));
    assert_eq!(half.waits_for, ["the approval of 1 more of lead, after 1"]);
    assert_eq!((half.gates[1].verdict.as_str(), half.gates[1].figure.as_str()), ("false", "by lena"));
}

#[test]
fn what_the_next_tick_will_do_is_said_before_it_does_it() {
    let led = Led::baking().after(Span::minutes(2));
    let seen = led.status(Some(&led.look(6)));
    assert!(seen.why.starts_with("the next tick records fired"), "{}", seen.why);
    assert_eq!(seen.rung.map(|rung| rung.number), Some(3));
    assert_eq!(seen.guardrails[0].verdict, "true");
}

#[test]
fn a_pause_names_what_a_resume_must_answer() {
    let mut led = Led::baking();
    led.takes(Trigger::Command(Command::Pause { note: None }, ada()));
    let seen = led.status(None);
    let pause = seen.answers.pause.unwrap();
    assert!(seen.why.starts_with("asked by ada; "), "{}", seen.why);
    assert_eq!(seen.who[0].command, format!("tidegate resume demo-1 --at {pause}"));
    let text = explain(&seen);
    assert!(text.starts_with("demo-1 is paused in canary at 10%"), "{text}");
    let may = format!(
        "a person with a role of the plan, or an admin (lena, leo): tidegate resume demo-1 --at {pause}"
    );
    assert!(text.contains(&may), "{text}");
}

#[test]
fn a_rollback_says_how_fast_it_is_promised_to_be() {
    let mut led = Led::baking().after(Span::minutes(2));
    let quiet = led.status(Some(&led.look(0)));
    assert!(quiet.promise.is_empty() && !explain(&quiet).contains("promised"));
    led.takes(led.tick(led.figures(6)));
    let back = explain(&led.status(None));
    assert!(back.contains("A rollback is promised within:\n  - apply: 2m\n  - rollback: 10m\n"), "{back}");
    assert!(back.contains("Whom to call, in order:\n  - on-call (page pager, slack demo)\n"), "{back}");
    assert!(back.contains("Where to look:\n  - runbook: https://example.com/runbook"), "{back}");
}

fn ada() -> Actor {
    Actor { name: "ada".to_owned(), roles: BTreeSet::new(), admin: true, machine: false }
}

#[test]
fn nobody_is_said_to_be_free_of_it_before_that_was_read_back() {
    let mut led = Led::baking();
    led.takes(Trigger::Command(Command::RollBack { to: None, note: None }, ada()));
    let text = explain(&led.status(None));
    assert!(
        text.starts_with("demo-1 is lowering to nobody exposed, and may still be in canary at 10%."),
        "{text}"
    );
    let mut led = led.after(Span::minutes(1));
    led.takes(Trigger::Blocked(Some("worker: access denied".to_owned())));
    let text = explain(&led.status(None));
    assert!(text.contains("worker: access denied"), "{text}");
    led.takes(Trigger::Applied(led.loaded.head.generation, BTreeMap::new()));
    let text = explain(&led.status(None));
    assert!(text.starts_with("demo-1 is closing with nobody exposed."), "{text}");
}

#[test]
fn what_is_given_up_is_not_said_to_be_gone() {
    let mut led = Led::baking();
    led.takes(Trigger::Command(Command::Abandon { note: "no access".to_owned() }, ada()));
    for _ in 0..2 {
        let status = led.status(None);
        assert_eq!((status.stage.as_deref(), status.percent.0), (Some("canary"), Decimal::whole(10)));
        let text = explain(&status);
        assert!(text.contains("and may still be in canary at 10%"), "{text}");
        led = led.after(Span::hours(1));
        if !led.loaded.head.is_over() {
            led.takes(led.tick(vec![]));
        }
    }
}

#[test]
fn a_drift_is_shown_as_long_as_it_is_looked_at() {
    let plan = PLAN.replace("guardrails:\n", "guardrails:\n  - {drift: any, then: pause}\n");
    let mut led = Led::of(&plan).into_effect();
    assert_eq!(led.status(None).guardrails[0].verdict, "false");
    led.takes(Trigger::Drifted(TargetId(0), "found PERCENT=99 instead of 10".to_owned()));
    let seen = led.status(None);
    assert_eq!(seen.guardrails[0].verdict, "true");
    assert_eq!(seen.guardrails[0].figure, "worker: found PERCENT=99 instead of 10");
    assert!(seen.why.contains("worker: found PERCENT=99 instead of 10"), "{}", seen.why);
}

#[test]
fn a_stage_is_not_said_to_be_stable_while_what_fired_goes_on() {
    let plan = PLAN
        .replace("then: roll back}\n", "then: [alert lead], severity: P1}\n")
        .replace("leave: [error_rate < 1%,", "leave: [stable for 5m,");
    let mut led = Led::of(&plan).into_effect().after(Span::minutes(2));
    led.takes(led.tick(led.figures(6)));
    let led = led.after(Span::minutes(40));
    let seen = led.status(Some(&led.look(6)));
    let expected = ("stable for 5m", "false", "error_rate > 5% has fired and is not known to be false again");
    let stable = &seen.gates[0];
    assert_eq!((stable.text.as_str(), stable.verdict.as_str(), stable.figure.as_str()), expected);
}

#[test]
fn what_would_be_kept_of_the_baseline_was_looked_at_too() {
    let led = Led::baking();
    let kept = rollout::evidence::Frozen {
        metric: rollout::units::MetricId(0),
        member: None,
        value: Decimal::whole(1),
        samples: Some(100),
        over: Span::minutes(5),
        at: led.now,
    };
    let look = Look { frozen: vec![kept.clone()], ..led.look(0) };
    let sight = Sight { loaded: &led.loaded, look: Some(&look), stop: None, now: led.now };
    assert_eq!(sight.evidence().frozen, [kept]);
}

const COSTLY: &str = r#"
tidegate: 1
name: demo
owner: team
people: {team: {members: [tina]}}
features: [llm]
targets: [{function: worker, set: {DEMO_PERCENT: "${percent}", LLM: "${features.llm}"}}]
budgets: {llm_cost: {cap: $5/day, warn: 80%, at_cap: disable llm, meter: calls}}
guardrails:
  - {alarm: burning, then: roll back}
  - {when: llm_cost > $10, then: roll back}
stages: [{name: canary, percent: 10, bake: 30m}, {name: full, percent: 100, bake: 30m}]
"#;

/// So many cents are spent today, and the alarm is in this state.
fn levels(led: &Led, cents: u64, alarm: AlarmState) -> Levels {
    let today = Calendar::of("UTC").day(led.now);
    let tally = Tally { money: Money::micros(cents * 10_000), records: 1 };
    let spent = BTreeMap::from([(today, Spent { hours: BTreeMap::from([(0, tally)]), refused: false })]);
    let windows = Windows { days: Days { first: today, last: today }, spent };
    let alarms = BTreeMap::from([(RuleId(0), alarm)]);
    Levels { windows: BTreeMap::from([(BudgetId(0), windows)]), alarms, ..Levels::default() }
}

#[test]
fn the_money_of_today_and_the_alarms_are_shown() {
    let mut led = Led::of(COSTLY).into_effect().after(Span::minutes(2));
    let ringing = AlarmState::Ringing(Ringing { since: START, window: Span::minutes(5) });
    let look = |led: &Led, cents, alarm| Look { levels: levels(led, cents, alarm), ..led.look(0) };
    let seen = led.status(Some(&look(&led, 120, ringing)));
    let money = &seen.budgets[0];
    let shown = (money.spent.as_deref(), money.cap.as_str(), money.warn.as_deref(), money.day.as_str());
    assert_eq!(shown, (Some("1.2"), "5", Some("4"), "2026-01-05"));
    assert_eq!(seen.guardrails[0].verdict, "true");
    assert!(seen.guardrails[0].figure.starts_with("it rings since "), "{}", seen.guardrails[0].figure);
    assert!(seen.why.contains("fired: alarm burning"), "{}", seen.why);

    let quiet = look(&led, 510, AlarmState::Quiet);
    led.takes(led.tick_on(&quiet));
    let seen = led.status(Some(&quiet));
    assert_eq!(seen.budgets[0].off, ["llm"]);
    let text = explain(&seen);
    assert!(text.contains("llm_cost: $5.1 of $5 on 2026-01-05; off: llm"), "{text}");

    let unknown = led.status(None);
    assert_eq!(unknown.budgets[0].spent, None);
    assert_eq!(unknown.guardrails[0].figure, "not looked at yet");
}

#[test]
fn what_is_off_is_named_with_who_holds_it_and_how_it_is_given_back() {
    let mut led = Led::of(COSTLY).into_effect().after(Span::minutes(2));
    led.takes(Trigger::Command(Command::Disable { feature: "llm".to_owned(), note: None }, ada()));
    led.takes(Trigger::Applied(led.loaded.head.generation, BTreeMap::new()));
    let led = led.after(Span::minutes(20));
    let quiet = levels(&led, 0, AlarmState::Quiet);
    let seen = led.status(Some(&Look { levels: quiet, ..led.look(0) }));
    assert_eq!(seen.why, "the bake stands still at 2m of 30m while llm is off, held by a person");
    let text = explain(&seen);
    let enable = format!("tidegate enable demo-1 llm --at {}", led.loaded.head.moved.entry);
    for says in ["llm is off, held by a person", &enable, "llm to be given back"] {
        assert!(text.contains(says), "{says}: {text}");
    }
}

#[test]
fn what_will_be_judged_again_is_said_before_it_is() {
    let plan = PLAN.replace("then: roll back}", "then: [roll back after 1h]}");
    let mut led = Led::of(&plan).into_effect().after(Span::minutes(2));
    led.takes(led.tick(led.figures(6)));
    let text = explain(&led.status(Some(&led.look(6))));
    let due = led.now.after(Span::hours(1));
    assert!(
        text.contains(&format!("roll back waits until {due}, if it is still so then: error_rate > 5%")),
        "{text}"
    );
}

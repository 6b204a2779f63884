//! How many decisions a second one core takes, on the elite plan with full evidence.

use crate::{Measured, median};
use control::{lab::traffic::Traffic, ports::Metrics};
use rollout::{
    decide::{Decision, Trigger, decide},
    event::{Captured, Event},
    evidence::Evidence,
    gather::{Scope, questions},
    log::{Why, append, begin},
    plan::{Item, Plan, load},
    rollout::{Rollout, RolloutId},
    time::{Span, Timestamp},
    units::{Generation, StageIndex, TargetId},
};
use std::{
    collections::BTreeMap,
    hint::black_box,
    pin::pin,
    task::{Context, Poll, Waker},
    time::Instant,
};

const START: Timestamp = Timestamp(1_767_571_200_000);
const ROUNDS: usize = 5;
const DECISIONS: u32 = 200_000;

pub(crate) fn measure() -> Measured {
    let plan = load("plans/elite.yaml", include_str!("../../../plans/elite.yaml"))?.plan;
    let now = START.after(Span::hours(25));
    let (baking, ready) = (rollout(&plan, false)?, rollout(&plan, true)?);
    for (name, head) in [("holds for its checklist", &baking), ("promotes", &ready)] {
        let trigger = Trigger::Tick(Box::new(evidence(&plan, head, now)?));
        let first = decide(&plan, head, &trigger, now);
        let said = match &first {
            Decision::Hold(hold) => hold.words(&plan, now),
            Decision::Record(events) => {
                events.iter().map(|event| event.name()).collect::<Vec<_>>().join(", ")
            }
        };
        let rates = (0..ROUNDS).map(|_| rate(&plan, head, &trigger, now)).collect();
        println!(
            "decide, elite plan, full evidence, {name}: {:.0} decisions a second on one core",
            median(rates)
        );
        println!("  which says: {}", said.chars().take(140).collect::<String>());
    }
    Ok(())
}

fn rate(plan: &Plan, head: &Rollout, trigger: &Trigger, now: Timestamp) -> f64 {
    let began = Instant::now();
    for _ in 0..DECISIONS {
        black_box(decide(black_box(plan), black_box(head), black_box(trigger), now));
    }
    f64::from(DECISIONS) / began.elapsed().as_secs_f64()
}

/// A rollout that has baked a day in its first stage, with or without its checklist ticked off.
fn rollout(plan: &Plan, ticked: bool) -> Result<Rollout, Box<dyn std::error::Error>> {
    let id = RolloutId("elite-endpoints-1".to_owned());
    let (_, head) = begin(id, plan.hash()?, Generation(0), Why::default(), "ann", START, "c0")?;
    let captured = Captured {
        before: BTreeMap::new(),
        revision: "r1".to_owned(),
        code: "code-1".to_owned(),
        generation: Generation(0),
        alias: None,
    };
    let first = StageIndex(0);
    let mut events = vec![
        Event::Captured { target: TargetId(0), captured },
        Event::Ready,
        Event::Promoted {
            to: first,
            share: plan.stage(first).share,
            on: vec![],
            frozen: vec![],
            forced: vec![],
            gathered: None,
        },
        Event::Applied { generation: Generation(1), code: BTreeMap::new() },
    ];
    if ticked {
        let ticks = plan.stage(first).leave.iter().filter_map(|item| match item {
            Item::Tick(text) => Some(Event::Ticked { stage: first, text: text.clone(), note: None }),
            Item::Condition(_) | Item::Stable(_) | Item::Check(_) | Item::Approve(_) => None,
        });
        events.extend(ticks);
    }
    Ok(append(&head, events, "bench", START, "c1")?.1)
}

/// What the lab's healthy traffic comes to: every gate and guardrail has its figure.
fn evidence(plan: &Plan, head: &Rollout, now: Timestamp) -> Result<Evidence, Box<dyn std::error::Error>> {
    let traffic = Traffic::new(plan, START, 1);
    traffic.advance(now, plan.stage(StageIndex(0)).share);
    let asked = questions(plan, head, now, Scope::Doors);
    let mut answers = pin!(traffic.ask(plan, &asked.queries));
    match answers.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answers) => Ok(asked.reduce(&answers, None)),
        Poll::Pending => Err("the lab's traffic was not ready".into()),
    }
}

//! A small plan, and rollouts of it, for tests that are not about plans.

use control::ports::{Commit, Listing, Start};
use rollout::{
    event::{Event, Level, Outcome},
    log::{self, AppendError},
    plan::{Bake, OnNewCode, Part, Plan, Promise, Recalled, Stage, Target, Template},
    rollout::{Rollout, RolloutId},
    time::{Span, Timestamp},
    units::{Generation, Share, StageIndex},
};
use std::{collections::BTreeMap, sync::Arc};

/// A plan of this name that shows everybody the candidate in one stage.
pub fn plan(name: &str, functions: &[&str]) -> Plan {
    Plan {
        name: name.into(),
        owner: "ann".into(),
        timezone: "UTC".into(),
        links: BTreeMap::new(),
        people: BTreeMap::new(),
        escalate: vec![],
        respond: BTreeMap::new(),
        notify: BTreeMap::new(),
        promise: Promise::default(),
        targets: functions.iter().map(|function| target(function)).collect(),
        series: vec![],
        dimensions: vec![],
        metrics: vec![],
        budgets: vec![],
        version: None,
        features: vec![],
        cohorts: vec![],
        checks: vec![],
        freeze: vec![],
        conditions: vec![],
        rules: vec![],
        stages: vec![stage()],
        self_approval: false,
        on_new_code: OnNewCode::Restart,
        drill: false,
        recalled: Recalled::default(),
    }
}

fn target(function: &str) -> Target {
    let set = BTreeMap::from([("PERCENT".to_owned(), Template(vec![Part::Percent]))]);
    Target { function: function.into(), alias: None, set }
}

fn stage() -> Stage {
    Stage {
        name: "all".into(),
        share: Share::ALL,
        cohorts: vec![],
        features: vec![],
        bake: Bake::Timed { min: Span::minutes(5), max: Span::hours(1) },
        enter: vec![],
        leave: vec![],
        late: vec![],
        optional: false,
        forceable: true,
    }
}

/// The start of the rollout `id` on functions whose locks were read at `generation`.
///
/// # Errors
/// As for [`log::begin`].
pub fn start(id: &str, functions: &[&str], generation: u64, commit: &str) -> Result<Start, AppendError> {
    let generation = Generation(generation);
    let plan = Arc::new(plan(id.rsplit_once('-').map_or(id, |(name, _)| name), functions));
    let hash = plan.hash().map_err(|error| AppendError::Unwritable(error.to_string()))?;
    let (entries, head) = log::begin(
        RolloutId(id.into()),
        hash,
        generation,
        log::Why::default(),
        "ann",
        Timestamp(1_000),
        commit,
    )?;
    let takes = functions.iter().map(|function| ((*function).to_owned(), generation)).collect();
    Ok(Start { plan, head, entries, messages: vec![], takes, id: commit.into() })
}

/// A commit of these events on a head that was read.
///
/// # Errors
/// As for [`log::append`].
pub fn commit(seen: &Rollout, events: Vec<Event>, id: &str) -> Result<Commit, AppendError> {
    let at = seen.updated.after(Span::seconds(1));
    let (entries, head) = log::append(seen, events, "ann", at, id)?;
    let listing = if head.is_over() { Listing::Gone } else { Listing::Active };
    Ok(Commit {
        seen: seen.version,
        entries,
        messages: vec![],
        head: Arc::new(head),
        record: None,
        raises: false,
        listing,
        frees: vec![],
        id: id.into(),
    })
}

/// An event that may follow anything but the end.
pub fn note(what: &str) -> Event {
    Event::Notified { level: Level::Info, to: "ann".into(), what: what.into() }
}

/// From a rollout that has just started to its end, two generations further.
pub fn to_the_end(head: &Rollout) -> Vec<Event> {
    let applied = |generation| Event::Applied { generation, code: BTreeMap::new() };
    let shown = head.generation.next();
    let closed = shown.next();
    vec![
        Event::Ready,
        Event::Promoted {
            to: StageIndex(0),
            share: Share::ALL,
            on: vec![],
            frozen: vec![],
            forced: vec![],
            gathered: None,
        },
        applied(shown),
        Event::Closing { outcome: Outcome::Completed, on: vec![] },
        applied(closed),
        Event::Ended { outcome: Outcome::Completed },
    ]
}

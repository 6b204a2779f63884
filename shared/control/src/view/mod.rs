//! A rollout as people and programs look at it: where it is, why, what it waits for, and who may act.
//!
//! Pure: everything here is made of what was read from the store. Nothing is decided on it.

mod contacts;
mod doors;
mod explain;
pub mod goal;
mod guards;
pub mod health;
pub mod incident;
mod money;
mod promise;
pub mod signoff;
mod teller;
mod trend;
pub mod validate;
mod waits;

pub use crate::simulate::{Percent, Told as Line};
pub use contacts::Contact;
pub use explain::explain;
pub use incident::Incident;
pub use promise::{Times, Took, promise};
pub use signoff::Signoff;
pub use teller::Teller;
pub use validate::unit;

use crate::ports::{Loaded, Look};
use rollout::{
    decide::{Decision, Needs, Trigger, decide, figures},
    event::{Event, Holder, Outcome},
    evidence::{Evidence, Figure, StopLine},
    gather::next_stage,
    plan::{Bake, Plan},
    rollout::{Deferred, Phase, Rollout},
    time::{Span, Timestamp},
    units::{StageIndex, Version},
    words::{Judged, exposed},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a rollout is and why, for people and programs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Status {
    /// Of the rollout.
    pub id: String,
    /// The name of its plan.
    pub plan: String,
    /// One word.
    pub phase: String,
    /// The stage that is wanted; none before the first and after a rollback.
    pub stage: Option<String>,
    /// The share that is wanted.
    pub percent: Percent,
    /// The cohorts that are exposed in full beside it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cohorts: Vec<String>,
    /// What may still be exposed, where less is wanted and was not read back yet, or nothing is wanted any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub still: Option<String>,
    /// How many entries its log has.
    pub version: Version,
    /// When it was looked at, as RFC 3339.
    pub at: String,
    /// Who started it.
    pub started_by: String,
    /// It rehearses the way back, and exposes nobody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drill: bool,
    /// What a command that raises or consents must name.
    pub answers: Answers,
    /// The rung of the ladder on which it stands.
    pub rung: Option<Rung>,
    /// Why it is where it is.
    pub why: String,
    /// What it waits for, one sentence each.
    pub waits_for: Vec<String>,
    /// Who may act, and with which command.
    pub who: Vec<May>,
    /// How long the stage has baked.
    pub bake: Option<Baking>,
    /// Every stage of the plan, in order.
    pub stages: Vec<Step>,
    /// Each line between this stage and the next.
    pub gates: Vec<Judged>,
    /// Each guardrail of the plan.
    pub guardrails: Vec<Guardrail>,
    /// What is off, and who holds it so, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub off: Vec<String>,
    /// What guardrails do later, if it is still so then, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub later: Vec<String>,
    /// What is spent today under each budget of the plan that nobody has closed.
    pub budgets: Vec<Spending>,
    /// How it ended, in one word.
    pub outcome: Option<String>,
    /// How fast the plan promises a rollback to be, while it goes back: `apply` 2m, ...
    #[serde(default)]
    pub promise: BTreeMap<String, String>,
    /// How long the last rollback took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<Times>,
    /// Where else to look.
    pub links: BTreeMap<String, String>,
    /// Whom to call, in order.
    #[serde(default)]
    pub escalate: Vec<Contact>,
}

/// The entries that commands answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Answers {
    /// The open question: `approve`, `reject`.
    pub ask: Option<Version>,
    /// The oldest open review: `approve`, `reject`.
    pub review: Option<Version>,
    /// The pause: `resume`.
    pub pause: Option<Version>,
    /// The last entry that moved it: `promote`, `complete`, `skip`, `enable`.
    pub moved: Version,
}

/// A rung of the ladder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rung {
    /// From 1 to 11.
    pub number: u8,
    /// What is looked at on it.
    pub name: String,
}

/// Somebody who may act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct May {
    /// What they must be.
    pub needs: Needs,
    /// The role that is asked, a name from the plan's people, where it is one.
    pub role: Option<String>,
    /// Whom the plan names for it, people and groups.
    pub members: Vec<String>,
    /// What to type.
    pub command: String,
}

/// How long a stage has baked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Baking {
    /// So far, for people.
    pub baked: String,
    /// At least; none when only a person ends it.
    pub min: Option<String>,
    /// Late after this.
    pub max: Option<String>,
    /// The same in seconds.
    pub seconds: Seconds,
}

/// A bake in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the names are those of the bake")]
pub struct Seconds {
    pub baked: u64,
    pub min: Option<u64>,
    pub max: Option<u64>,
}

/// A stage in the row of all stages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// Of the stage.
    pub name: String,
    /// Its share.
    pub percent: Percent,
    /// Its cohorts, exposed in full.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cohorts: Vec<String>,
    /// Where it is, seen from here.
    pub place: Place,
}

/// Where a stage is, seen from where the rollout stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// It was left.
    Passed,
    /// The rollout stands here.
    Here,
    /// It is still to come.
    Ahead,
    /// It is passed over.
    Skipped,
}

/// A guardrail as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Guardrail {
    /// As the plan writes it.
    pub text: String,
    /// `true`, `false` or `not known`.
    pub verdict: String,
    /// What was seen.
    pub figure: String,
    /// `armed`, `fired`, `dry run` or `not in force`.
    pub state: String,
}

/// What is spent today under a budget. Amounts are in dollars.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Spending {
    /// The plan's name of the budget.
    pub name: String,
    /// Today, in the plan's time zone.
    pub day: String,
    /// So much; none when it is not known.
    pub spent: Option<String>,
    /// Why more may be spent than is known: its metric does not tell all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untold: Option<String>,
    /// So much may be.
    pub cap: String,
    /// From here on the owner is warned.
    pub warn: Option<String>,
    /// The features that its cap holds off.
    pub off: Vec<String>,
}

/// What is known of a rollout when somebody looks.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    /// Its plan and its head.
    pub loaded: &'a Loaded,
    /// What was measured last.
    pub look: Option<&'a Look>,
    /// The stop line, if it is pulled.
    pub stop: Option<&'a StopLine>,
    /// The time.
    pub now: Timestamp,
}

impl Sight<'_> {
    fn plan(&self) -> &Plan {
        &self.loaded.plan
    }

    fn head(&self) -> &Rollout {
        &self.loaded.head
    }

    /// What a turn of the clock would be decided on. Figures about an exposure that has passed are none.
    fn evidence(&self) -> Evidence {
        let head = self.head();
        let begun = head.effective.as_ref().map(|effective| effective.at);
        let look = self.look.filter(|look| begun.is_none_or(|begun| look.at >= begun));
        Evidence {
            version: head.version,
            generation: head.generation,
            at: look.map_or(head.updated, |look| look.at),
            figures: look.map(|look| look.figures.clone()).unwrap_or_default(),
            frozen: look.map(|look| look.frozen.clone()).unwrap_or_default(),
            levels: look.map(|look| look.levels.clone()).unwrap_or_default(),
            stop: self.stop.cloned(),
        }
    }
}

/// Looks at a rollout: the same function that decides says why nothing changes.
pub fn status(sight: &Sight<'_>) -> Status {
    let (plan, head) = (sight.plan(), sight.head());
    let now = sight.now.max(head.updated);
    let evidence = sight.evidence();
    let figures = figures(plan, head, &evidence, now);
    let guardrails = guards::guardrails(plan, head, &figures, &evidence.levels);
    let budgets = money::spendings(plan, head, &evidence.levels, now);
    let decision = decide(plan, head, &Trigger::Tick(Box::new(evidence)), now);
    let waits = waits::waits(plan, head, &decision, now);
    Status {
        id: head.id.0.clone(),
        plan: plan.name.clone(),
        phase: head.phase.name().to_owned(),
        stage: head.place().map(|standing| plan.stage(standing.stage).name.clone()),
        percent: Percent(head.share().percent()),
        cohorts: crate::simulate::cohorts(plan, head),
        still: still(plan, head),
        version: head.version,
        at: now.to_string(),
        started_by: head.started_by.clone(),
        drill: plan.drill,
        answers: answers(head),
        rung: rung(&decision),
        why: waits.why,
        waits_for: waits.waits_for,
        who: waits.who,
        bake: baking(plan, head, now),
        stages: stages(plan, head),
        gates: doors::gates(plan, head, &figures, now),
        guardrails,
        off: off(plan, head),
        later: later(plan, head),
        budgets,
        promise: if promise::goes_back(head) { promise(plan) } else { BTreeMap::new() },
        times: head.times.as_ref().map(|times| Times::of(plan, times)),
        outcome: if let Phase::Over { outcome, .. } = &head.phase {
            Some(outcome.name().to_owned())
        } else {
            None
        },
        links: plan.links.clone(),
        escalate: contacts::contacts(plan),
    }
}

fn off(plan: &Plan, head: &Rollout) -> Vec<String> {
    let held = head.off.iter().flat_map(|(name, holders)| holders.iter().map(move |holder| (name, holder)));
    let event = |(name, holder): (&String, &Holder)| {
        Event::Disabled { name: name.clone(), holder: holder.clone(), note: None }.words(plan)
    };
    held.map(event).collect()
}

fn later(plan: &Plan, head: &Rollout) -> Vec<String> {
    let event = |waits: &Deferred| Event::Deferred { rule: waits.rule, action: waits.action, due: waits.due };
    head.deferred.iter().map(|waits| event(waits).words(plan)).collect()
}

fn still(plan: &Plan, head: &Rollout) -> Option<String> {
    let given_up = match &head.phase {
        Phase::Abandoning { .. } => true,
        Phase::Over { outcome, .. } => matches!(outcome, Outcome::Abandoned(_)),
        Phase::Lowering { .. } => false,
        Phase::Starting
        | Phase::Waiting { .. }
        | Phase::Advancing { .. }
        | Phase::Baking { .. }
        | Phase::Paused { .. }
        | Phase::Closing { .. } => return None,
    };
    let standing = if given_up { head.place() } else { head.exposed() }?;
    let shown = exposed(standing.share.percent(), &plan.cohorts_of(standing.stage));
    Some(format!("{} at {shown}", plan.stage(standing.stage).name))
}

fn answers(head: &Rollout) -> Answers {
    Answers {
        ask: if let Phase::Waiting { ask: Some(ask), .. } = &head.phase { Some(ask.entry) } else { None },
        review: head.reviews.first().map(|review| review.entry),
        pause: if let Phase::Paused { entry, .. } = &head.phase { Some(*entry) } else { None },
        moved: head.moved.entry,
    }
}

/// Where the rollout stands, or the rung that the next turn will have climbed.
fn rung(decision: &Decision) -> Option<Rung> {
    let rung = match decision {
        Decision::Hold(hold) => hold.rung()?,
        Decision::Record(events) => rollout::decide::Rung(events.iter().find_map(due_on)?),
    };
    Some(Rung { number: rung.0, name: rung.name().to_owned() })
}

fn due_on(event: &Event) -> Option<u8> {
    if matches!(event, Event::Promoted { .. }) {
        Some(11)
    } else if matches!(event, Event::Asked { .. } | Event::AskWithdrawn { .. }) {
        Some(10)
    } else if matches!(event, Event::Closing { .. }) {
        Some(8)
    } else if matches!(event, Event::Fired { .. } | Event::Crossed { .. }) {
        Some(3)
    } else if matches!(event, Event::Stopped { .. } | Event::StopLifted) {
        Some(2)
    } else {
        None
    }
}

fn baking(plan: &Plan, head: &Rollout, now: Timestamp) -> Option<Baking> {
    let standing = head.exposed().filter(|standing| standing.since.is_some())?;
    let baked = standing.baked(now);
    let (min, max) = match plan.stage(standing.stage).bake {
        Bake::Timed { min, max } => (Some(min), Some(max)),
        Bake::Open => (None, None),
    };
    let seconds = |span: Span| span.whole(Span::seconds(1));
    Some(Baking {
        baked: baked.to_string(),
        min: min.map(|min| min.to_string()),
        max: max.map(|max| max.to_string()),
        seconds: Seconds { baked: seconds(baked), min: min.map(seconds), max: max.map(seconds) },
    })
}

fn stages(plan: &Plan, head: &Rollout) -> Vec<Step> {
    let here = head.place().map(|standing| standing.stage);
    let next = next_stage(plan, head);
    let place = |index: StageIndex| {
        if here == Some(index) {
            Place::Here
        } else if head.skipped.contains(&index) {
            Place::Skipped
        } else if here.is_some_and(|here| index < here) || next.is_some_and(|next| index < next) {
            Place::Passed
        } else {
            Place::Ahead
        }
    };
    let step = |(index, stage): (StageIndex, &rollout::plan::Stage)| Step {
        name: stage.name.clone(),
        percent: Percent(stage.share.percent()),
        cohorts: plan.cohorts_of(index).into_iter().map(str::to_owned).collect(),
        place: place(index),
    };
    plan.stages().map(step).collect()
}

/// The figure of a condition, in the order of the plan.
fn figure_of(figures: &[Option<Figure>], id: rollout::units::ConditionId) -> Option<&Figure> {
    figures.get(usize::from(id.0)).and_then(Option::as_ref)
}

#[cfg(test)]
mod tests;

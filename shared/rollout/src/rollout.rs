//! One run of a plan: the head of its log, the fold of its events.

pub use crate::ask::{Ask, Given, needs};
use crate::{
    calendar::Day,
    event::{Captured, Cause, Holder, Outcome, PauseReason, Released, Wish},
    evidence::Frozen,
    plan::{Budget, Plan, Shown},
    time::{Span, Timestamp},
    times::Times,
    units::{
        BudgetId, CheckId, ConditionId, Decimal, Generation, RuleId, Share, StageIndex, TargetId, Version,
    },
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// Names a rollout: the plan's name and a number, `cst-pipeline-3`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RolloutId(pub String);

impl fmt::Display for RolloutId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The head of a rollout. Invariant: it is what [`evolve`](Rollout::evolve) makes of its log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollout {
    /// Its name.
    pub id: RolloutId,
    /// The hash of its plan.
    pub plan: String,
    /// Who started it.
    pub started_by: String,
    /// When it was created.
    pub created: Timestamp,
    /// The time of the last entry; the rollout's time never goes back.
    pub updated: Timestamp,
    /// How many entries the log has.
    pub version: Version,
    /// The hash of the last entry.
    pub hash: String,
    /// Where it is.
    pub phase: Phase,
    /// The last entry that changed the phase or the exposure.
    pub moved: Moved,
    /// Of the last decision that changed exposure.
    pub generation: Generation,
    /// Whether any exposure was ever decided: until then nothing was written and nothing need be undone.
    pub touched: bool,
    /// The last decision gave back what had been held off, or has somebody's change written over: a raise within the stage.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gives_back: bool,
    /// The last generation that was in effect on every target.
    pub effective: Option<Effective>,
    /// What the targets were before.
    pub captured: BTreeMap<TargetId, Captured>,
    /// The versions that callers were shown through an alias, the newest last: the way back to an exposure that was there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub released: BTreeMap<TargetId, Vec<Released>>,
    /// When the evidence of the last decision about the stage was gathered: an alarm that rang before is about an earlier
    /// exposure.
    #[serde(default)]
    pub gathered: Timestamp,
    /// The last resume: guardrails look only at what came after it.
    pub resumed: Option<Timestamp>,
    /// Guardrails that have acted.
    pub fired: BTreeMap<RuleId, Fired>,
    /// When a guardrail of P2 or above last fired.
    pub disturbed: Option<Timestamp>,
    /// Actions that wait.
    pub deferred: Vec<Deferred>,
    /// Reviews that nobody has answered.
    pub reviews: Vec<Review>,
    /// Features and cohorts that are off, and who holds them so. What nobody holds is not in here.
    pub off: BTreeMap<String, BTreeSet<Holder>>,
    /// The last line of each budget that its money has crossed.
    pub crossed: BTreeMap<BudgetId, Crossed>,
    /// The budgets that a person has closed: nothing more is held under them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub closed: BTreeMap<BudgetId, Closed>,
    /// What was ticked off.
    pub ticks: Vec<Ticked>,
    /// The newest report of each figure.
    pub reports: BTreeMap<String, Report>,
    /// Of each signal the newest report of each of the last [`SIGNALS_MAX`] reporters, the newest of all last.
    pub signals: BTreeMap<String, Vec<Signal>>,
    /// The newest result of each check.
    pub checks: BTreeMap<CheckId, Checked>,
    /// Baseline figures that can no longer be asked for.
    pub frozen: Vec<Frozen>,
    /// Stages that were in effect: `roll back to previous` goes to no other.
    #[serde(default)]
    pub reached: BTreeSet<StageIndex>,
    /// Optional stages that are passed over.
    pub skipped: BTreeSet<StageIndex>,
    /// What a person asked for, waiting for fresh evidence.
    pub request: Option<Request>,
    /// Who pulled the stop line, once it was seen.
    pub stopped: Option<String>,
    /// Somebody else's change of a target, the last that was found.
    pub drift: Option<Drift>,
    /// How long the last rollback took.
    #[serde(default)]
    pub times: Option<Times>,
    /// When CRITICAL was last said.
    pub critical: Option<Timestamp>,
    /// Who knows that CRITICAL was said.
    #[serde(default)]
    pub acknowledged: Option<Acknowledged>,
    /// What keeps the targets from saying what is wanted, or from being read.
    #[serde(default)]
    pub blocked: Option<Blocked>,
    /// The alarms despite which it was started, and since when each of them rang then.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub despite: BTreeMap<String, Timestamp>,
}

/// Who knows that CRITICAL was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "person and time: the names say it")]
pub struct Acknowledged {
    pub by: String,
    pub at: Timestamp,
}

/// What keeps the targets from saying what is wanted, or from being read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "reason and time: the names say it")]
pub struct Blocked {
    pub why: String,
    pub at: Timestamp,
}

/// More reporters of one signal than a rule may count.
pub const SIGNALS_MAX: usize = 100;

/// More exposures of one target than are kept: the oldest is published anew when it is wanted again.
pub const RELEASED_MAX: usize = 32;

/// When the present generation came into effect, and the code that ran then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effective {
    /// Which.
    pub generation: Generation,
    /// Since when: windows of evidence begin here.
    pub at: Timestamp,
    /// The candidate's code in each target.
    pub code: BTreeMap<TargetId, String>,
}

/// Somebody else's change of a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// In which target.
    pub target: TargetId,
    /// What was found.
    pub what: String,
    /// Under this generation it is written over, because a person saw it and resumed: this change, and no later one.
    pub overwritten_by: Option<Generation>,
}

/// When a rollout last changed its phase or what it wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The entry: a command that raises must have seen it.
    pub entry: Version,
    /// When: what is wanted since then must be in effect within a deadline.
    pub at: Timestamp,
}

/// Where a rollout is. Each phase carries what is only meaningful in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Phase {
    /// The targets are being read; nothing was changed.
    Starting,
    /// Before a stage: the first one, or with a question open.
    Waiting {
        /// What is in effect meanwhile; none before the first stage.
        standing: Option<Standing>,
        /// Whose consent is asked for.
        ask: Option<Ask>,
    },
    /// A stage's exposure is wanted and not yet in effect everywhere.
    Advancing {
        /// Which.
        to: Standing,
        /// What was in effect before.
        from: Option<Standing>,
    },
    /// A stage is in effect and its evidence grows.
    Baking {
        /// Where.
        standing: Standing,
    },
    /// Nothing is promoted until a person resumes.
    Paused {
        /// What is wanted meanwhile; none is the way back.
        standing: Option<Standing>,
        /// Why.
        why: PauseReason,
        /// The entry that paused, which a resume must name.
        entry: Version,
    },
    /// A lower exposure is wanted and not yet read back from every target.
    Lowering {
        /// Which; none is the way back.
        to: Option<Standing>,
        /// What was in effect before, and still may be: evidence is about this until the lower exposure is read back.
        from: Option<Standing>,
        /// Why.
        cause: Cause,
    },
    /// The final values are wanted, with a reduced mark.
    Closing {
        /// How it ends.
        outcome: Outcome,
        /// What stays in effect; none is the way back.
        standing: Option<Standing>,
    },
    /// Given up; the locks are kept until no door can still be at work.
    Abandoning {
        /// Why.
        why: String,
        /// What was wanted or in effect, whichever is more: nobody knows better what is there.
        #[serde(default)]
        standing: Option<Standing>,
    },
    /// It never changes a function again.
    Over {
        /// How it ended.
        outcome: Outcome,
        /// What stays in effect.
        standing: Option<Standing>,
    },
}

/// A stage whose exposure is in effect, or was before a step up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Which.
    pub stage: StageIndex,
    /// Its share; less than the stage's own after a rollback to a percentage.
    pub share: Share,
    /// Since when the stage is in effect: the bake counts from here. None while it is not in effect everywhere.
    pub since: Option<Timestamp>,
    /// How much of that time a feature was off: it does not count.
    pub veiled: Span,
    /// Since when something is off.
    pub veiled_from: Option<Timestamp>,
    /// The `late` action was taken.
    pub late: bool,
}

impl Standing {
    /// A stage at a share, not in effect yet.
    pub fn at(stage: StageIndex, share: Share) -> Standing {
        Standing { stage, share, since: None, veiled: Span::ZERO, veiled_from: None, late: false }
    }

    /// How long it has baked.
    pub fn baked(&self, now: Timestamp) -> Span {
        let Some(since) = self.since else {
            return Span::ZERO;
        };
        let veiled = self.veiled.plus(self.veiled_from.map_or(Span::ZERO, |from| now.since(from.max(since))));
        now.since(since).minus(veiled)
    }
}

/// A guardrail that has acted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fired {
    /// When: it acts again only on data younger than this.
    pub at: Timestamp,
    /// On which exposure, as far as it was in effect: another arms it anew.
    pub generation: Generation,
    /// When it was known false since: armed anew, and no moment before that is a breach of its own.
    pub cleared: Option<Timestamp>,
    /// Those of its conditions that were true.
    #[serde(default)]
    pub on: Vec<ConditionId>,
}

/// An action that waits before it is judged again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the rule, its action's place and the time: the names say it")]
pub struct Deferred {
    pub rule: RuleId,
    pub action: u8,
    pub due: Timestamp,
}

/// A line of a budget that its money has crossed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crossed {
    /// In the window of this day.
    pub day: Day,
    /// The line is the cap, and not only the warning before it.
    pub capped: bool,
}

/// Who closed a budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "person and time: the names say it")]
pub struct Closed {
    pub by: String,
    pub at: Timestamp,
}

/// A review that nobody has answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// The entry that asked, which an answer must name.
    pub entry: Version,
    /// By which guardrail.
    pub rule: RuleId,
    /// Who; anybody with a role when not said.
    pub by: Option<String>,
    /// Until when.
    pub due: Timestamp,
}

/// An item that somebody ticked off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "stage, item, person and time: the names say it")]
pub struct Ticked {
    pub stage: StageIndex,
    pub text: String,
    pub by: String,
    pub at: Timestamp,
}

/// A reported figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "figure, samples, person and time: the names say it")]
pub struct Report {
    pub value: Decimal,
    pub samples: Option<u64>,
    pub by: String,
    pub at: Timestamp,
}

/// Somebody's newest report of a signal: however often one person says it, it counts once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "KeptSignal")]
pub struct Signal {
    /// When.
    pub at: Timestamp,
    /// Who; none where it was not kept, and then it is nobody else's.
    pub by: Option<String>,
}

/// Heads used to keep the times alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum KeptSignal {
    Time(Timestamp),
    Report { at: Timestamp, by: Option<String> },
}

impl From<KeptSignal> for Signal {
    fn from(kept: KeptSignal) -> Signal {
        match kept {
            KeptSignal::Time(at) => Signal { at, by: None },
            KeptSignal::Report { at, by } => Signal { at, by },
        }
    }
}

/// How a check went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// It answered as the plan asks.
    pub passed: bool,
    /// What was seen.
    pub detail: String,
    /// When the try began: what it says is about the exposure of that moment.
    pub at: Timestamp,
}

/// A step up that a person asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The entry that asked.
    pub entry: Version,
    /// For what.
    pub wish: Wish,
    /// Who.
    pub by: String,
}

/// What the targets must show. The only effect of a rollout on the outside, and derived, so that it cannot be lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// Of the decision behind it.
    pub generation: Generation,
    /// What they show; none is the way back.
    pub show: Option<Shown>,
    /// Only the generation is left behind in the mark.
    pub closing: bool,
}

impl Rollout {
    /// Whether it will never change a function again.
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over { .. })
    }

    /// Whether what is spent under a budget counts: until what spends it has been taken back, or a person says that
    /// nothing spends it any more. What has completed goes on spending.
    pub fn counts(&self, budget: BudgetId) -> bool {
        let Phase::Over { outcome, .. } = &self.phase else { return true };
        *outcome == Outcome::Completed && !self.closed.contains_key(&budget)
    }

    /// The budgets of its plan that count.
    pub fn open_budgets<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = (BudgetId, &'a Budget)> {
        plan.budgets().filter(|(budget, _)| self.counts(*budget))
    }

    /// What the targets must show now; none when they must not be touched.
    pub fn wants(&self) -> Option<Exposure> {
        match &self.phase {
            Phase::Starting | Phase::Abandoning { .. } | Phase::Over { .. } => return None,
            Phase::Waiting { .. }
            | Phase::Advancing { .. }
            | Phase::Baking { .. }
            | Phase::Paused { .. }
            | Phase::Lowering { .. }
            | Phase::Closing { .. } => {}
        }
        self.touched.then(|| Exposure {
            generation: self.generation,
            show: self.standing().map(|Standing { stage, share, .. }| Shown {
                stage,
                share,
                off: self.off.keys().cloned().collect(),
            }),
            closing: matches!(self.phase, Phase::Closing { .. }),
        })
    }

    /// The stage and share that are wanted now; none is the way back or nothing yet.
    pub fn standing(&self) -> Option<Standing> {
        match &self.phase {
            Phase::Starting | Phase::Abandoning { .. } | Phase::Over { .. } => None,
            Phase::Waiting { standing, .. }
            | Phase::Paused { standing, .. }
            | Phase::Closing { standing, .. } => *standing,
            Phase::Advancing { to: standing, .. } | Phase::Baking { standing } => Some(*standing),
            Phase::Lowering { to, .. } => *to,
        }
    }

    /// The stage whose exposure evidence is about: the one in effect, or the last that was.
    pub fn exposed(&self) -> Option<Standing> {
        match &self.phase {
            Phase::Advancing { from, .. } | Phase::Lowering { from, .. } => *from,
            Phase::Starting
            | Phase::Waiting { .. }
            | Phase::Baking { .. }
            | Phase::Paused { .. }
            | Phase::Closing { .. }
            | Phase::Abandoning { .. }
            | Phase::Over { .. } => self.standing(),
        }
    }

    /// Whether the last decision was a raise that is not in effect yet.
    pub fn rises(&self) -> bool {
        matches!(self.phase, Phase::Advancing { .. }) || (self.gives_back && !self.in_effect())
    }

    /// Whether the last decision is in effect on every target.
    pub fn in_effect(&self) -> bool {
        !self.touched
            || self.effective.as_ref().is_some_and(|effective| effective.generation == self.generation)
    }

    /// The last generation that was in effect on every target: what is measured is about it.
    pub fn in_effect_generation(&self) -> Generation {
        self.effective.as_ref().map_or(Generation(0), |effective| effective.generation)
    }
}

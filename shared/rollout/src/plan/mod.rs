//! An immutable, validated description of how to roll out.
//!
//! A [`Plan`] exists only if everything about it was checked: it is made by [`load()`] from a file, or by serde from
//! what this program stored. Defaults are resolved into it, so that an upgrade changes no running rollout. It is
//! named by the hash of its canonical form.

mod audience;
mod budget;
mod check;
mod drill;
mod flags;
mod freeze;
mod load;
mod named;
mod parse;
mod probe;
mod problem;
mod recalled;
mod timeline;
mod yaml;

pub use audience::{Audience, Cohort, Part, Shown, Switch, Template};
pub use budget::{Budget, Meter};
pub use check::{About as WarningAbout, Warning, warnings};
pub use drill::{DRILL_LASTS, NoSuchAlarm};
pub use freeze::{Day, Freeze};
pub use load::{Loaded, Schema, load, schema};
pub use parse::{Misread, Parsed, condition as parse_condition};
pub use probe::{Check, HTTP_WITHIN, LAMBDA_WITHIN, Probe};
pub use problem::{Problem, Problems};
pub use recalled::Recalled;
pub use timeline::{Row as TimelineRow, Timeline, timeline};

use crate::{
    condition::Condition,
    time::Span,
    units::{
        BudgetId, CheckId, CohortId, ConditionId, Decimal, DimensionId, MetricId, RuleId, SeriesId, Share,
        StageIndex, TargetId,
    },
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A validated plan. Invariant: every id in it is an index into its own table; exposure never shrinks on the way up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// `[a-z][a-z0-9-]*`, at most 63.
    pub name: String,
    /// A name from `people`.
    pub owner: String,
    /// IANA name; of budgets, freezes and reports.
    pub timezone: String,
    /// Where to look: `dashboard`, `runbook`, ...
    pub links: BTreeMap<String, String>,
    /// Who is asked, paged and told, by name.
    pub people: BTreeMap<String, Person>,
    /// Whom an unanswered question goes to, in order.
    pub escalate: Vec<String>,
    /// How fast each severity is answered.
    pub respond: BTreeMap<Severity, Span>,
    /// Who hears of what: `stage`, `daily`, `weekly`, `incident`, `done`.
    pub notify: BTreeMap<String, Vec<String>>,
    /// How fast a rollback is promised to be.
    pub promise: Promise,
    /// Functions whose environment the rollout sets, moved as one, in this order.
    pub targets: Vec<Target>,
    /// Every series that a metric may ask for, with the dimensions of each arm and member in place.
    pub series: Vec<Series>,
    /// The dimensions over whose members a condition may spread.
    pub dimensions: Vec<Dimension>,
    /// What is measured.
    pub metrics: Vec<Metric>,
    /// What may be spent in a day.
    pub budgets: Vec<Budget>,
    /// The version of what is rolled out, for people and for `${flags}`.
    pub version: Option<String>,
    /// The features that a rollout may switch off one by one.
    pub features: Vec<String>,
    /// The named parts of the users that a stage may expose in full.
    pub cohorts: Vec<Cohort>,
    /// What the system tries by itself.
    pub checks: Vec<Check>,
    /// When nothing is promoted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub freeze: Vec<Freeze>,
    /// Every condition of gates, doors and guardrails.
    pub conditions: Vec<Condition>,
    /// Guardrails of the plan and of its stages.
    pub rules: Vec<Rule>,
    /// In order; exposure never shrinks.
    pub stages: Vec<Stage>,
    /// Whether whoever started the rollout may approve it too.
    pub self_approval: bool,
    /// What a change of the candidate's code under a running stage does.
    pub on_new_code: OnNewCode,
    /// It is a rehearsal of the way back, which ends there and nowhere else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drill: bool,
    /// What was found out about it, as far as somebody has asked. No part of the plan: with or without it, all is the same.
    #[serde(skip)]
    pub recalled: Recalled,
}

/// Somebody or some group that is asked, paged, told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Paging address.
    pub page: Option<String>,
    /// Channel.
    pub slack: Option<String>,
    /// Addresses.
    pub email: Vec<String>,
    /// Named holders of the role.
    pub members: Vec<String>,
    /// Groups whose members hold the role.
    pub groups: Vec<String>,
}

/// P0 (worst) to P3.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[expect(missing_docs, reason = "the names are the field's own")]
pub enum Severity {
    P0,
    P1,
    P2,
    P3,
}

/// How fast a rollback is promised to be, step by step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each is the time for the step of that name")]
pub struct Promise {
    pub detect: Option<Span>,
    pub decide: Option<Span>,
    pub apply: Option<Span>,
    pub verify: Option<Span>,
    pub rollback: Option<Span>,
    pub by_hand: Option<Span>,
}

/// A Lambda function whose environment the rollout sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Its name or ARN.
    pub function: String,
    /// The alias that callers use: after each change a version is published, and this is pointed to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// The variables that the rollout manages; all others are left alone.
    pub set: BTreeMap<String, Template>,
}

/// A dimension and its members, as listed in the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dimension {
    /// The plan's own name of it.
    pub name: String,
    /// The source's name of it.
    pub key: String,
    /// In the plan's order.
    pub members: Vec<String>,
}

/// One question that can be put to a source of metrics.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Series {
    /// `CST/Errors`: namespace and name, divided at the last slash.
    pub metric: String,
    /// The source's dimensions, of the arm, the member and the metric's `where` together.
    pub dimensions: BTreeMap<String, String>,
    /// What one value of it is.
    pub stat: Stat,
}

/// How a source reduces the samples of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stat {
    /// Their sum.
    Sum,
    /// Their number.
    SampleCount,
    /// The smallest.
    Minimum,
    /// The largest.
    Maximum,
    /// A percentile, in hundredths of a percent: p99.9 is 9990.
    Percentile(u16),
}

/// What is measured, and in which unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metric {
    /// The plan's name of it.
    pub name: String,
    /// Where its values come from.
    pub source: Source,
    /// What kind of amount a value is.
    pub kind: Kind,
    /// The unit of a value as the source gives it: `ms`, `MB`, `percent`, ... for people.
    pub unit: String,
    /// A value of the source times this is in the base unit of `kind`.
    pub scale: Decimal,
    /// Whose traffic it measures.
    pub about: About,
    /// What a missing period means.
    pub missing: Missing,
    /// The metric's own `from`: samples below which nothing is known.
    pub from: Option<u32>,
    /// What it is compared with.
    pub baseline: Baseline,
    /// How long after a period its value is complete.
    pub lag: Span,
    /// The time of one value.
    pub period: Span,
}

/// What kind of amount a metric's value is; the base unit in which it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// In percent: 1 is 1 %.
    Percent,
    /// In milliseconds.
    Duration,
    /// In bytes.
    Bytes,
    /// In dollars.
    Money,
    /// In things.
    Count,
    /// A score.
    Number,
}

/// Where a metric's values come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Two sums, divided here: never asked as a quotient. In percent for `Kind::Percent` (times 100).
    Ratio {
        /// The numerator; with `without` it is taken off the whole first.
        of: Vec<Lookup>,
        /// The denominator, and the number of samples.
        to: Vec<Lookup>,
        /// `without`: one minus the quotient.
        without: bool,
    },
    /// One series; the average is made from a sum and a count, so that it can be taken over any window.
    Average {
        /// The sum of the samples.
        sum: Lookup,
        /// Their number.
        count: Lookup,
    },
    /// One series with a statistic that the source gives.
    Series {
        /// The values.
        values: Lookup,
        /// The number of samples behind them, asked only where a number of samples is required; none for sums.
        count: Option<Lookup>,
        /// The statistic of `values`.
        stat: Stat,
    },
    /// Counted reports of this name.
    Signal(String),
    /// The newest figure that somebody reported under this name, while it is not older than `max_age`.
    Reported {
        /// The name of the figure.
        name: String,
        /// Older than this it is stale.
        max_age: Span,
    },
    /// The money that was spent under a budget: in the present window, or in a time that a condition says.
    Budget(BudgetId),
}

impl Source {
    /// The name under which people report it, if they do.
    pub fn reported(&self) -> Option<&str> {
        if let Source::Reported { name, .. } = self { Some(name) } else { None }
    }

    /// Whether people report it, under this name.
    pub fn is_reported_as(&self, name: &str) -> bool {
        self.reported() == Some(name)
    }
}

/// Which series to ask for each arm and each member of a dimension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lookup {
    /// About the candidate (or everybody, for metrics `about: all`).
    pub canary: SeriesId,
    /// About the baseline arm; none without arms, or where the baseline is a measurement from before.
    pub baseline: Option<SeriesId>,
    /// The same for each member of a dimension that some condition spreads over.
    pub members: BTreeMap<DimensionId, Vec<(SeriesId, Option<SeriesId>)>>,
}

/// Whose traffic a metric measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// The candidate's: no window begins before the exposure was in effect.
    Canary,
    /// Everybody's: windows may reach back before the exposure.
    All,
}

/// What a period without data means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// Not known.
    Unknown,
    /// Zero; never for a partial, forbidden or failing source.
    Zero,
    /// It does not count.
    Skip,
}

/// What a metric is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Baseline {
    /// Nothing.
    None,
    /// The other arm over the same window; at 100 % its figures over the last stage in which both had traffic.
    Arm,
    /// Itself, over this time before the rollout was created.
    Before(Span),
}

/// A guardrail: what it watches and what it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// As written, for people.
    pub text: String,
    /// What sets it off.
    pub when: When,
    /// What it does, all of it.
    pub then: Vec<Action>,
    /// Of the incident that it opens.
    pub severity: Severity,
    /// In force from this stage on.
    pub from: StageIndex,
    /// The last stage in which it is in force.
    pub until: StageIndex,
    /// Judged, shown and logged; never acts, sends or blocks.
    pub dry_run: bool,
}

impl Rule {
    /// What sets it off, as written.
    pub fn cause(&self) -> &str {
        self.text.split_once(RULE_ARROW).map_or(self.text.as_str(), |(cause, _)| cause)
    }
}

/// In the text of a rule it stands between what sets it off and what it does.
pub const RULE_ARROW: &str = " -> ";

/// What sets a guardrail off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// Any of these.
    Any(Vec<ConditionId>),
    /// Each new report of this name, whether or not anybody is exposed.
    Signal(String),
    /// An alarm of the source of metrics.
    Alarm {
        /// Its name.
        name: String,
        /// Too little data for it counts as quiet.
        insufficient_ok: bool,
    },
    /// The target no longer says what was written.
    Drift,
}

impl When {
    /// The alarm that it watches.
    pub fn alarm(&self) -> Option<&str> {
        if let When::Alarm { name, .. } = self { Some(name) } else { None }
    }
}

/// One thing that a guardrail does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// What.
    pub step: Step,
    /// Judged again after this time, and done only if still true.
    pub after: Option<Span>,
}

/// What a guardrail does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Lower the exposure.
    RollBack(Back),
    /// Hold until a person resumes.
    Pause,
    /// Wake somebody.
    Page(String),
    /// Tell somebody.
    Alert(String),
    /// Switch a feature or a cohort off.
    Disable(String),
    /// Hold promotion until somebody answers.
    Review {
        /// Who; anybody with a role in the plan when not said.
        by: Option<String>,
        /// Unanswered after this: pause and escalate.
        within: Span,
    },
}

/// How far back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Back {
    /// Nobody exposed, the variables as they were before.
    Full,
    /// The exposure of the stage before, then paused.
    Previous,
    /// The last stage with at most this share, at this share, then paused.
    To(Share),
    /// This stage, then paused: only a person names one.
    Stage(StageIndex),
}

/// A step of the plan: an exposure, how long it bakes, and what must hold to enter and to leave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// `[a-z0-9][a-z0-9-]*`
    pub name: String,
    /// A sticky sample of everybody.
    pub share: Share,
    /// Exposed in full, whatever the share.
    pub cohorts: Vec<CohortId>,
    /// What the sample of everybody has, in the plan's order.
    pub features: Vec<String>,
    /// How long at least, and until when at most.
    pub bake: Bake,
    /// Judged while the stage before is in effect.
    pub enter: Vec<Item>,
    /// Judged when the bake has passed; the plan's gates are among them.
    pub leave: Vec<Item>,
    /// What happens once when the stage is late.
    pub late: Vec<Action>,
    /// A person may skip it.
    pub optional: bool,
    /// False: `promote --force` stops before it.
    pub forceable: bool,
}

/// How long a stage bakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bake {
    /// May be left after `min`, is late after `max`.
    Timed {
        /// Earliest leave.
        min: Span,
        /// Late after this.
        max: Span,
    },
    /// Never left by itself; the last stage only.
    Open,
}

/// A line of `enter` or `leave`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Item {
    /// A gate.
    Condition(ConditionId),
    /// In this exposure for so long, and meanwhile nothing of P2 or above.
    Stable(Span),
    /// Tried by the system.
    Check(CheckId),
    /// Ticked off by a person.
    Tick(String),
    /// Consent of a role.
    Approve(Consent),
}

/// So many different people of one role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Consent {
    /// A name from `people`.
    pub role: String,
    /// How many of them.
    pub count: u8,
}

/// What a change of the candidate's code under a running stage does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnNewCode {
    /// The stage bakes anew.
    Restart,
    /// A person decides.
    Pause,
}

impl Plan {
    /// The stage at `index`. Indices come from this plan, so a miss is a bug and answers with the last stage.
    pub fn stage(&self, index: StageIndex) -> &Stage {
        &self.stages[index.at().min(self.stages.len() - 1)]
    }

    /// The stage of this name.
    pub fn stage_named(&self, name: &str) -> Option<StageIndex> {
        self.stages().find(|(_, stage)| stage.name == name).map(|(index, _)| index)
    }

    /// Every stage with its index.
    pub fn stages(&self) -> impl Iterator<Item = (StageIndex, &Stage)> {
        (0u16..).map(StageIndex).zip(&self.stages)
    }

    /// The stage after `index`.
    pub fn after(&self, index: StageIndex) -> Option<StageIndex> {
        (index.next().at() < self.stages.len()).then(|| index.next())
    }

    /// The last stage.
    pub fn last(&self) -> StageIndex {
        StageIndex(u16::try_from(self.stages.len() - 1).unwrap_or(u16::MAX))
    }

    /// The metric of an id of this plan.
    pub fn metric(&self, id: MetricId) -> &Metric {
        &self.metrics[usize::from(id.0)]
    }

    /// The condition of an id of this plan.
    pub fn condition(&self, id: ConditionId) -> &Condition {
        &self.conditions[usize::from(id.0)]
    }

    /// The dimension of an id of this plan.
    pub fn dimension(&self, id: DimensionId) -> &Dimension {
        &self.dimensions[usize::from(id.0)]
    }

    /// The check of an id of this plan.
    pub fn check(&self, id: CheckId) -> &Check {
        &self.checks[usize::from(id.0)]
    }

    /// The budget of an id of this plan.
    pub fn budget(&self, id: BudgetId) -> &Budget {
        &self.budgets[usize::from(id.0)]
    }

    /// Every budget with its id.
    pub fn budgets(&self) -> impl Iterator<Item = (BudgetId, &Budget)> {
        (0u16..).map(BudgetId).zip(&self.budgets)
    }

    /// The series of an id of this plan.
    pub fn series(&self, id: SeriesId) -> &Series {
        &self.series[usize::from(id.0)]
    }

    /// The target of an id of this plan.
    pub fn target(&self, id: TargetId) -> Option<&Target> {
        self.targets.get(usize::from(id.0))
    }

    /// Every target with its id.
    pub fn targets(&self) -> impl Iterator<Item = (TargetId, &Target)> {
        (0u16..).map(TargetId).zip(&self.targets)
    }

    /// The guardrail of an id of this plan.
    pub fn rule(&self, id: RuleId) -> &Rule {
        &self.rules[usize::from(id.0)]
    }

    /// Every guardrail with its id.
    pub fn rules(&self) -> impl Iterator<Item = (RuleId, &Rule)> {
        (0u16..).map(RuleId).zip(&self.rules)
    }

    /// The name of a plan: 64 hex digits of the SHA-256 of its canonical JSON.
    ///
    /// # Errors
    /// When the plan cannot be written as JSON, which no plan that was loaded does.
    pub fn hash(&self) -> Result<String, serde_json::Error> {
        if let Some(known) = self.recalled.hash.get() {
            return Ok(known.clone());
        }
        let hash = hex(&Sha256::digest(serde_json::to_vec(self)?));
        Ok(self.recalled.hash.get_or_init(|| hash).clone())
    }
}

/// Lower-case hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('?');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]).collect()
}

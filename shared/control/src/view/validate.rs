//! Everything that must hold before a stage is entered, each line with what was measured and why it is so.

use super::{Percent, Sight, doors, guards};
use rollout::{
    decide::{Line as Found, Miss, Must, ahead, figures},
    evidence::Figure,
    gather::next_stage,
    levels::Levels,
    plan::Kind,
    time::{Span, Timestamp},
    units::{ConditionId, Decimal, RuleId, StageIndex},
    words,
};
use serde::{Deserialize, Serialize};

/// Whether everything holds that must before a stage is entered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// Of the rollout.
    pub id: String,
    /// When it was asked, as RFC 3339.
    pub at: String,
    /// The phase of the rollout, in one word.
    pub phase: String,
    /// The stage that is wanted now; none before the first and after a rollback.
    pub here: Option<String>,
    /// The stage before which all this must hold; none for the end of the rollout.
    pub before: Option<String>,
    /// Its share.
    pub percent: Option<Percent>,
    /// Its cohorts, exposed in full beside that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cohorts: Vec<String>,
    /// Whether all of it does.
    pub holds: Holds,
    /// Whether people are all that is missing.
    pub only_people: bool,
    /// Each by itself.
    pub lines: Vec<Line>,
}

/// One thing that must hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// What kind of thing: `rollout`, `bake`, `guardrail`, `review`, `leave` or `enter`.
    pub kind: String,
    /// The stage whose door it is of.
    pub stage: Option<String>,
    /// As the plan writes it; of a guardrail what must not be.
    pub text: String,
    /// Whether it holds.
    pub holds: Holds,
    /// What was measured, and against what.
    pub figure: Option<Measured>,
    /// What was seen, or why that is not known.
    pub reason: String,
    /// It waits for a person.
    pub people: bool,
}

/// A measured value beside its limit, in the base unit of its kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The value that decides.
    pub value: Option<Decimal>,
    /// What it was compared with.
    pub limit: Option<Decimal>,
    /// `%`, `ms`, `B`, `$`; empty for counts and scores.
    pub unit: String,
    /// The number of samples behind the value.
    pub samples: Option<u64>,
    /// The member of a dimension that decides.
    pub member: Option<String>,
}

/// Whether something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Holds {
    /// It does.
    #[serde(rename = "yes")]
    Yes,
    /// It does not.
    #[serde(rename = "no")]
    No,
    /// That is not known: never a pass.
    #[serde(rename = "not known")]
    NotKnown,
}

impl Holds {
    fn of(known: Option<bool>) -> Holds {
        match known {
            Some(true) => Holds::Yes,
            Some(false) => Holds::No,
            None => Holds::NotKnown,
        }
    }

    /// For people.
    pub fn word(self) -> &'static str {
        match self {
            Holds::Yes => "yes",
            Holds::No => "no",
            Holds::NotKnown => "not known",
        }
    }
}

/// Everything that must hold before `to` is entered; before the next step, whichever it is, without.
pub fn validation(sight: &Sight<'_>, to: Option<StageIndex>) -> Validation {
    let (plan, head) = (sight.plan(), sight.head());
    let now = sight.now.max(head.updated);
    let evidence = sight.evidence();
    let found = ahead(plan, head, &evidence, now, to);
    let figures = figures(plan, head, &evidence, now);
    let looking = Looking { sight, figures: &figures, now };
    let lines: Vec<Line> = found.iter().map(|line| looking.line(line)).collect();
    let before = to.or(next_stage(plan, head)).filter(|_| !head.is_over());
    Validation {
        id: head.id.0.clone(),
        at: now.to_string(),
        phase: head.phase.name().to_owned(),
        here: head.place().map(|standing| plan.stage(standing.stage).name.clone()),
        before: before.map(|stage| plan.stage(stage).name.clone()),
        percent: before.map(|stage| Percent(plan.stage(stage).share.percent())),
        cohorts: before
            .map(|stage| plan.cohorts_of(stage))
            .into_iter()
            .flatten()
            .map(str::to_owned)
            .collect(),
        holds: all(&lines),
        only_people: all(&lines) != Holds::Yes
            && lines.iter().all(|line| line.people || line.holds == Holds::Yes),
        lines,
    }
}

/// No if one line is no; else not known if one is not known.
fn all(lines: &[Line]) -> Holds {
    let is = |holds| lines.iter().any(|line| line.holds == holds);
    [Holds::No, Holds::NotKnown].into_iter().find(|holds| is(*holds)).unwrap_or(Holds::Yes)
}

struct Looking<'a> {
    sight: &'a Sight<'a>,
    figures: &'a [Option<Figure>],
    now: Timestamp,
}

impl Looking<'_> {
    fn line(&self, found: &Found) -> Line {
        let plan = self.sight.plan();
        let (kind, stage, text, reason) = match &found.what {
            Must::GoOn(hold) => {
                let phase = self.sight.head().phase.name();
                let reason = hold.as_ref().map(|hold| hold.words(plan, self.now));
                ("rollout", None, "it goes on".to_owned(), reason.unwrap_or_else(|| phase.to_owned()))
            }
            Must::Bake { baked, min: Some(min) } => {
                let (baked, left) = (seconds(*baked), seconds(min.minus(*baked)));
                ("bake", None, format!("bake {min}"), format!("baked {baked}, {left} left"))
            }
            Must::Bake { baked, min: None } => {
                let baked = seconds(*baked);
                ("bake", None, "bake open".to_owned(), format!("baked {baked}; a person completes it"))
            }
            Must::Guardrail(_, id) => {
                ("guardrail", None, plan.condition(*id).text.clone(), self.measured(*id, found))
            }
            Must::Alarm(rule) => {
                let cause = plan.rule(*rule).cause().to_owned();
                ("guardrail", None, cause, self.heard(*rule))
            }
            Must::Review(review) => {
                let text = format!("review: {}", plan.rule(review.rule).cause());
                let by = review.by.as_deref().unwrap_or("anybody with a role");
                (
                    "review",
                    None,
                    text,
                    format!("asked of {by} by entry {} until {}", review.entry, review.due),
                )
            }
            Must::Door { stage, enter, item, .. } => {
                let judged = self.door(*stage, item);
                (door(*enter), Some(*stage), judged.text, judged.figure)
            }
            Must::Baseline(metric) => {
                let text = format!("a baseline of {}", plan.metric(*metric).name);
                ("enter", None, text, Miss::Baseline(*metric).words(plan))
            }
            Must::Later { stage, enter, item, during } => {
                let judged = self.door(*stage, item);
                let reason = match found.holds {
                    Some(_) => judged.figure,
                    None => format!("judged while {} is in effect", plan.stage(*during).name),
                };
                (door(*enter), Some(*stage), judged.text, reason)
            }
        };
        Line {
            kind: kind.to_owned(),
            stage: stage.map(|stage| plan.stage(stage).name.clone()),
            text,
            holds: Holds::of(found.holds),
            figure: self.figure(found),
            reason,
            people: found.is_for_people(),
        }
    }

    fn door(&self, stage: StageIndex, item: &rollout::plan::Item) -> words::Judged {
        doors::line(self.sight.plan(), self.sight.head(), self.figures, self.now, (stage, item))
    }

    fn measured(&self, id: ConditionId, found: &Found) -> String {
        let seen = found.figure.as_ref().map(|figure| words::figure(self.sight.plan(), id, figure));
        seen.unwrap_or_else(|| "not measured yet".to_owned())
    }

    fn heard(&self, rule: RuleId) -> String {
        let name = self.sight.plan().rule(rule).when.alarm().unwrap_or_default();
        let levels = self.sight.look.map(|look| &look.levels);
        guards::heard(&self.sight.loaded.head, levels.unwrap_or(&Levels::default()), rule, name)
    }

    fn figure(&self, found: &Found) -> Option<Measured> {
        let plan = self.sight.plan();
        let id = match &found.what {
            Must::Guardrail(_, id) => *id,
            Must::Door { item: rollout::plan::Item::Condition(id), .. } => *id,
            Must::Baseline(_)
            | Must::Door { .. }
            | Must::GoOn(_)
            | Must::Bake { .. }
            | Must::Alarm(_)
            | Must::Review(_)
            | Must::Later { .. } => {
                return None;
            }
        };
        let figure = found.figure?;
        let condition = plan.condition(id);
        let member = condition.spread.zip(figure.member).and_then(|(spread, member)| {
            plan.dimension(spread.dimension).members.get(usize::from(member)).cloned()
        });
        Some(Measured {
            value: figure.value,
            limit: figure.limit,
            unit: unit(plan.metric(condition.metric).kind).to_owned(),
            samples: figure.samples,
            member,
        })
    }
}

/// Whole seconds: nobody counts in less.
fn seconds(span: Span) -> Span {
    Span::seconds(span.whole(Span::seconds(1)))
}

fn door(enter: bool) -> &'static str {
    if enter { "enter" } else { "leave" }
}

/// The base unit of a kind of amount.
pub fn unit(kind: Kind) -> &'static str {
    match kind {
        Kind::Percent => "%",
        Kind::Duration => "ms",
        Kind::Bytes => "B",
        Kind::Money => "$",
        Kind::Count | Kind::Number => "",
    }
}

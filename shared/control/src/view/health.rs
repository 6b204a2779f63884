//! How a rollout does: every metric over a time, how near the guardrails are, and whether one is about to act.

pub use super::trend::Direction;
use super::{
    Contact, Guardrail, Percent, Sight,
    contacts::contacts,
    figure_of,
    guards::guardrails,
    trend::{anomalies, spread, trend},
    validate::{Holds, unit},
};
use rollout::{
    condition::{Bound, Relation},
    decide::figures,
    evidence::{Figure, Verdict, judge},
    gather::{Past, in_force},
    levels::Levels,
    plan::{Kind, Metric as Measure, Plan, Source, When},
    time::{Span, Timestamp},
    units::{ConditionId, Decimal, MetricId},
    words,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A guardrail is near when its value is within this share of the limit.
const NEAR: f64 = 0.2;
/// Above this a lower limit in percent is one on what is missing from a hundred.
const MOSTLY: f64 = 50.0;

/// How a rollout does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Health {
    /// Of the rollout.
    pub id: String,
    /// When it was asked, as RFC 3339.
    pub at: String,
    /// The phase of the rollout, in one word.
    pub phase: String,
    /// The stage that is wanted now; none before the first and after a rollback.
    pub stage: Option<String>,
    /// The share that is wanted now.
    pub percent: Percent,
    /// The cohorts that are exposed in full beside it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cohorts: Vec<String>,
    /// Over how much time.
    pub over: String,
    /// The cohort that was asked about.
    pub cohort: Option<String>,
    /// Whether every halt trigger in force is quiet.
    pub quiet: Holds,
    /// Every metric of the plan.
    pub metrics: Vec<Metric>,
    /// Every guardrail of the plan.
    pub triggers: Vec<Trigger>,
    /// Where else to look.
    pub links: BTreeMap<String, String>,
    /// Whom to call, in order.
    pub escalate: Vec<Contact>,
}

/// A metric over the time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Metric {
    /// As the plan calls it.
    pub name: String,
    /// The unit of all its numbers: `%`, `ms`, `B`, `$`; empty for counts and scores.
    pub unit: String,
    /// The member of a dimension that it is measured of; none for all that are exposed.
    pub member: Option<String>,
    /// The newest value.
    pub newest: Option<Decimal>,
    /// The same for people, or why it is not known.
    pub shown: String,
    /// The samples behind it.
    pub samples: Option<u64>,
    /// The mean of the values.
    pub mean: Option<f64>,
    /// Their standard deviation.
    pub sigma: Option<f64>,
    /// Where they are going.
    pub trend: Option<Trend>,
    /// The guardrail that is nearest to it.
    pub nearest: Option<Nearest>,
    /// Values far from the mean.
    pub anomalies: Vec<Anomaly>,
    /// Where the first value begins, as RFC 3339.
    pub from: String,
    /// The seconds of one value.
    pub step_seconds: u64,
    /// One value after the other; none where it is not known. For drawing.
    pub values: Vec<Option<f64>>,
}

/// Where values are going.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Trend {
    /// Which way.
    pub direction: Direction,
    /// How fast, in the metric's unit.
    pub per_hour: f64,
    /// The same for people.
    pub shown: String,
}

/// How far a metric is from a guardrail's limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Nearest {
    /// The guardrail's condition.
    pub text: String,
    /// What was seen.
    pub figure: String,
    /// What is left before the limit, as a share of it: 0.2 is a fifth. None where that means nothing.
    pub room: Option<f64>,
    /// Whether that is little.
    pub near: bool,
    /// Whether the limit is broken; none when that is not known.
    pub broken: Option<bool>,
}

/// A value far from the mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Anomaly {
    /// The end of its period, as RFC 3339.
    pub at: String,
    /// In the metric's unit.
    pub value: f64,
    /// The same for people.
    pub shown: String,
    /// How many standard deviations above the mean, or below it.
    pub sigmas: f64,
}

/// A guardrail as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Trigger {
    /// As in a status.
    #[serde(flatten)]
    pub guardrail: Guardrail,
    /// Whether one of its conditions is near its limit.
    pub near: bool,
}

/// How a rollout does, over a time. `of` is the cohort that was asked about.
pub fn health(sight: &Sight<'_>, past: &[Past], over: Span, of: Option<&str>) -> Health {
    let (plan, head) = (sight.plan(), sight.head());
    let now = sight.now.max(head.updated);
    let figures = figures(plan, head, &sight.evidence(), now);
    let looking = Looking { sight, figures: &figures, now, over };
    let triggers = looking.triggers();
    let metrics = (0u16..).map(MetricId).zip(&plan.metrics).map(|(id, metric)| {
        let past = past.iter().find(|past| past.metric == id);
        let told = past.map_or_else(|| looking.told(metric), |past| looking.measured(metric, past));
        Metric { nearest: looking.nearest(id), ..told }
    });
    Health {
        id: head.id.0.clone(),
        at: now.to_string(),
        phase: head.phase.name().to_owned(),
        stage: head.place().map(|standing| plan.stage(standing.stage).name.clone()),
        percent: Percent(head.share().percent()),
        cohorts: crate::simulate::cohorts(plan, head),
        over: over.to_string(),
        cohort: of.map(str::to_owned),
        quiet: quiet(&triggers),
        metrics: metrics.collect(),
        triggers,
        links: plan.links.clone(),
        escalate: contacts(plan),
    }
}

/// No if one in force is true or has fired; else not known if one is not known.
fn quiet(triggers: &[Trigger]) -> Holds {
    let in_force = triggers
        .iter()
        .map(|one| &one.guardrail)
        .filter(|one| matches!(one.state.as_str(), "armed" | "fired"));
    let mut holds = Holds::Yes;
    for trigger in in_force {
        match (trigger.state.as_str(), trigger.verdict.as_str()) {
            ("fired", _) | (_, "true") => return Holds::No,
            (_, "false") => {}
            (_, _) => holds = Holds::NotKnown,
        }
    }
    holds
}

struct Looking<'a> {
    sight: &'a Sight<'a>,
    figures: &'a [Option<Figure>],
    now: Timestamp,
    over: Span,
}

impl Looking<'_> {
    fn plan(&self) -> &Plan {
        self.sight.plan()
    }

    fn triggers(&self) -> Vec<Trigger> {
        let nothing = Levels::default();
        let levels = self.sight.look.map_or(&nothing, |look| &look.levels);
        let all = guardrails(self.plan(), self.sight.head(), self.figures, levels);
        let near = self.plan().rules().map(|(id, rule)| match &rule.when {
            When::Any(conditions) if in_force(self.plan(), self.sight.head(), id) => {
                conditions.iter().any(|condition| self.to_limit(*condition).near)
            }
            When::Any(_) | When::Signal(_) | When::Alarm { .. } | When::Drift => false,
        });
        all.into_iter().zip(near).map(|(guardrail, near)| Trigger { guardrail, near }).collect()
    }

    /// The guardrail in force that has the least room before it acts.
    fn nearest(&self, metric: MetricId) -> Option<Nearest> {
        let plan = self.plan();
        let rules = plan.rules().filter(|(id, _)| in_force(plan, self.sight.head(), *id));
        let conditions = rules.filter_map(|(_, rule)| match &rule.when {
            When::Any(conditions) => Some(conditions),
            When::Signal(_) | When::Alarm { .. } | When::Drift => None,
        });
        let mine = conditions.flatten().filter(|id| plan.condition(**id).metric == metric);
        let order = |nearest: &Nearest| match (nearest.broken, nearest.room) {
            (Some(true), _) => f64::NEG_INFINITY,
            (_, Some(room)) => room,
            (_, None) => f64::INFINITY,
        };
        mine.map(|id| self.to_limit(*id)).min_by(|one, other| order(one).total_cmp(&order(other)))
    }

    fn to_limit(&self, id: ConditionId) -> Nearest {
        let plan = self.plan();
        let condition = plan.condition(id);
        let seen = figure_of(self.figures, id);
        let broken = match seen.map(|figure| judge(condition.relation, figure)) {
            Some(Verdict::True) => Some(true),
            Some(Verdict::False) => Some(false),
            Some(Verdict::NotKnown(_)) | None => None,
        };
        let room = seen.and_then(|figure| room(plan, id, figure)).filter(|_| broken == Some(false));
        Nearest {
            text: condition.text.clone(),
            figure: seen.map_or("not measured".to_owned(), |figure| words::figure(plan, id, figure)),
            room,
            near: room.is_some_and(|room| room <= NEAR),
            broken,
        }
    }

    fn measured(&self, metric: &Measure, past: &Past) -> Metric {
        let values: Vec<f64> = past.values.iter().map(|value| value.value.to_f64()).collect();
        let hours = |at: Timestamp| at.since(past.from).as_millis() as f64 / 3_600_000.0;
        let points: Vec<(f64, f64)> =
            past.values.iter().map(|value| (hours(value.at), value.value.to_f64())).collect();
        let spread = spread(&values);
        let newest = past.values.last().filter(|_| past.gap.is_none());
        let mut row = vec![None; usize::try_from(past.to.since(past.from).whole(past.period)).unwrap_or(0)];
        for value in &past.values {
            let place = value.at.since(past.from).whole(past.period);
            let slot = usize::try_from(place).ok().and_then(|place| row.get_mut(place.checked_sub(1)?));
            slot.into_iter().for_each(|slot| *slot = Some(value.value.to_f64()));
        }
        let strange = anomalies(&values).into_iter().filter_map(|(place, sigmas)| {
            let value = past.values.get(place)?;
            Some(Anomaly {
                at: value.at.to_string(),
                value: value.value.to_f64(),
                shown: words::amount(metric.kind, value.value),
                sigmas,
            })
        });
        Metric {
            member: past.member.and_then(|(dimension, member)| {
                self.plan().dimension(dimension).members.get(usize::from(member)).cloned()
            }),
            newest: newest.map(|newest| newest.value),
            shown: match (newest, past.gap) {
                (Some(newest), _) => words::amount(metric.kind, newest.value),
                (None, Some(gap)) => format!("not known: {gap}"),
                (None, None) => "not known".to_owned(),
            },
            samples: newest.map(|newest| newest.samples),
            mean: spread.map(|(mean, _)| mean),
            sigma: spread.map(|(_, sigma)| sigma),
            trend: trend(&points).map(|(direction, per_hour)| Trend {
                direction,
                per_hour,
                shown: slope(metric.kind, per_hour),
            }),
            anomalies: strange.collect(),
            from: past.from.to_string(),
            step_seconds: past.period.whole(Span::seconds(1)),
            values: row,
            ..nothing(metric, past.from)
        }
    }

    /// What is not measured but told by people and systems: signals and reported figures.
    fn told(&self, metric: &Measure) -> Metric {
        let head = self.sight.head();
        let from = self.now.before(self.over);
        let nothing = nothing(metric, from);
        match &metric.source {
            Source::Signal(name) => {
                let reports = head.signals.get(name).map(Vec::as_slice).unwrap_or_default();
                let count = reports.iter().filter(|report| report.at > from).count();
                let newest = Decimal::whole(i64::try_from(count).unwrap_or(i64::MAX));
                let last = reports.last();
                let last = last.map_or(String::new(), |last| format!(", the last at {}", last.at));
                let shown = format!("{count} in {}{last}", self.over);
                Metric { newest: Some(newest), shown, ..nothing }
            }
            Source::Reported { name, max_age } => match head.reports.get(name) {
                None => Metric { shown: "not known: nobody has reported it".to_owned(), ..nothing },
                Some(report) if self.now.since(report.at) > *max_age => {
                    let shown = format!("not known: reported at {}, more than {max_age} ago", report.at);
                    Metric { shown, ..nothing }
                }
                Some(report) => {
                    let value = words::amount(metric.kind, report.value);
                    let shown = format!("{value}, reported at {}", report.at);
                    Metric { newest: Some(report.value), shown, ..nothing }
                }
            },
            Source::Budget(id) => {
                let windows = self.sight.look.and_then(|look| look.levels.windows.get(id));
                let today = self.plan().calendar().day(self.now);
                match windows.and_then(|windows| windows.on(today)) {
                    None => Metric { shown: "not known: the windows were not read".to_owned(), ..nothing },
                    Some(spent) => {
                        let dollars = spent.money.dollars();
                        let shown = format!("{} on {today}", words::amount(metric.kind, dollars));
                        Metric { newest: Some(dollars), samples: Some(spent.records), shown, ..nothing }
                    }
                }
            }
            Source::Ratio { .. } | Source::Average { .. } | Source::Series { .. } => {
                Metric { shown: "not known: not asked this time".to_owned(), ..nothing }
            }
        }
    }
}

fn nothing(metric: &Measure, from: Timestamp) -> Metric {
    Metric {
        name: metric.name.clone(),
        unit: unit(metric.kind).to_owned(),
        member: None,
        newest: None,
        shown: String::new(),
        samples: None,
        mean: None,
        sigma: None,
        trend: None,
        nearest: None,
        anomalies: vec![],
        from: from.to_string(),
        step_seconds: 0,
        values: vec![],
    }
}

/// `+12ms/hour`; of a percentage in points.
fn slope(kind: Kind, per_hour: f64) -> String {
    let Some(size) = Decimal::from_f64(per_hour.abs()) else {
        return "beyond all measure".to_owned();
    };
    let amount = words::amount(kind, size);
    let amount = amount.strip_suffix('%').map_or(amount.clone(), |points| format!("{points}pp"));
    let is_nothing = !amount.contains(|c: char| ('1'..='9').contains(&c));
    let sign = match (is_nothing, per_hour < 0.0) {
        (true, _) => "",
        (false, true) => "-",
        (false, false) => "+",
    };
    format!("{sign}{amount}/hour")
}

/// What is left before a limit, as a share of it. Of a lower limit near a hundred percent, as a share of what may be
/// missing: 99.9 % before a limit of 99.5 % has used up a fifth, and is not next to it.
fn room(plan: &Plan, id: ConditionId, figure: &Figure) -> Option<f64> {
    let condition = plan.condition(id);
    let (value, limit) = (figure.value?.to_f64(), figure.limit?.to_f64());
    let is_share = plan.metric(condition.metric).kind == Kind::Percent && !condition.growth;
    let lower = matches!(condition.relation, Relation::Below | Relation::AtMost)
        && !matches!(condition.bound, Bound::WithinShare(_) | Bound::WithinAmount(_));
    let whole = if is_share && lower && limit > MOSTLY { 100.0 - limit } else { limit.abs() };
    Some((value - limit).abs() / whole).filter(|room| room.is_finite())
}

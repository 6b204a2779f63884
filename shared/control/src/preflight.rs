//! Everything that must be so before a rollout begins, looked at without beginning it. Nothing is written.

use crate::{
    at_once::{at_once, both},
    doors::NotStarted,
    finding::Finding,
    levels,
    ports::{Alarms, Functions, Metrics, ReadError, Store, Unavailable, World, read_target},
};
use rollout::{
    evidence::{Answer, Query, Status},
    levels::AlarmState,
    plan::{About, Lookup, Metric, Missing, Plan, Source},
    rollout::RolloutId,
    target::{Settled, capture},
    time::{Span, Timestamp},
    units::SeriesId,
};
use std::collections::BTreeMap;

/// A metric without a value for so long has none.
const LATELY: Span = Span::days(1);
/// One value for each of these: whether there is any is all that is asked.
const COARSE: Span = Span::hours(1);

/// What the table says: the targets are free, the stop line is not pulled. No start passes that over.
///
/// # Errors
/// [`Unavailable`] when the store does not answer.
pub async fn table<P: Store>(ports: &P, plan: &Plan) -> Result<Vec<Finding>, Unavailable> {
    let (free, stop_line) = both(free(ports, plan), stop_line(ports)).await;
    Ok([free?].into_iter().chain(stop_line?).collect())
}

/// Who else hears the alarm that sets a drill off: a rehearsal must take nobody's rollout back. One that cannot be read may.
///
/// # Errors
/// [`Unavailable`] when the store does not answer.
pub async fn hear_it<P: Store>(ports: &P, drill: &Plan) -> Result<Vec<Finding>, Unavailable> {
    let mut found = vec![];
    if drill.alarms().next().is_none() {
        return Ok(found);
    }
    let active = ports.work().await?.active;
    for (id, loaded) in active.iter().zip(ports.load_all(&active).await) {
        for alarm in drill.alarms() {
            let why = match &loaded {
                Ok(loaded) if loaded.plan.alarms().all(|known| known != alarm) => continue,
                Ok(_) => format!("{id} watches it"),
                Err(why) => format!("{id} may watch it: {why}"),
            };
            let help = format!("wait until {id} is over, or rehearse without an alarm");
            found.push(Finding::no(&format!("no rollout is set off by alarm {alarm}"), why, help));
        }
    }
    Ok(found)
}

/// What watches a rollout, before it begins.
pub struct Watched {
    /// Alarms that are quiet, metrics that have values.
    pub found: Vec<Finding>,
    /// Since when each alarm rings of those that it is to be started despite: what such a start passes over.
    pub rings: BTreeMap<String, Timestamp>,
}

/// What is watched is there. An alarm that it is to be started despite may ring.
pub async fn sources<P: Metrics + Alarms + World>(ports: &P, plan: &Plan, despite: &[String]) -> Watched {
    let (states, measured) = both(levels::alarms(ports, plan.alarms()), metrics(ports, plan)).await;
    let mut found: Vec<Finding> =
        states.iter().map(|(name, state)| alarm(name, *state, is_in(despite, name))).collect();
    found.extend(measured);
    let mut rings = BTreeMap::new();
    for (name, state) in states {
        if let (AlarmState::Ringing(ringing), true) = (state, is_in(despite, name)) {
            rings.insert(name.to_owned(), ringing.since);
        }
    }
    Watched { found, rings }
}

fn is_in(names: &[String], name: &str) -> bool {
    names.iter().any(|one| one == name)
}

/// What only whoever may read the functions knows: each is there, can be read, is as it was left, and has room for every
/// stage.
pub async fn targets<P: Functions>(ports: &P, plan: &Plan) -> Vec<Finding> {
    let reads = at_once(
        plan.targets.iter().map(|target| read_target(ports, &target.function, target.alias.as_deref())),
    )
    .await;
    let mut found = vec![];
    for ((id, target), read) in plan.targets().zip(reads) {
        let what = format!("{} can be rolled out", target.function);
        found.push(match read {
            Ok(state) if state.settled == Settled::InProgress => {
                Finding::not_known(&what, "an update of it is in progress", "try again when it is through")
            }
            Ok(state) => match capture(plan, &longest_name(plan), id, &state) {
                Ok(_) => {
                    Finding::yes(&what, "it can be read, is as it was left, and has room for every stage")
                }
                Err(why) => Finding::no(&what, why.to_string(), "a start would be refused"),
            },
            Err(why @ ReadError::Unavailable(_)) => Finding::not_known(&what, why.to_string(), "try again"),
            Err(
                why @ (ReadError::Missing
                | ReadError::NoAlias(_)
                | ReadError::Elsewhere(_)
                | ReadError::Forbidden(_)),
            ) => {
                let help =
                    "correct the plan; or deploy the function, and see to its tag tidegate:managed=true";
                Finding::no(&what, why.to_string(), help)
            }
        });
    }
    found
}

/// As long as the name of a rollout of this plan will ever be: the mark has it.
fn longest_name(plan: &Plan) -> RolloutId {
    RolloutId(format!("{}-{}", plan.name, u32::MAX))
}

/// A target of the plan that a rollout holds, and which.
///
/// # Errors
/// [`Unavailable`] when the store does not answer.
pub async fn held<P: Store>(ports: &P, plan: &Plan) -> Result<Option<(String, RolloutId)>, Unavailable> {
    let locks = at_once(plan.targets.iter().map(|target| ports.lock(target.held_as()))).await;
    for (target, lock) in plan.targets.iter().zip(locks) {
        if let Some(holder) = lock?.holder {
            return Ok(Some((target.function.clone(), holder)));
        }
    }
    Ok(None)
}

async fn free<P: Store>(ports: &P, plan: &Plan) -> Result<Finding, Unavailable> {
    let what = "no other rollout holds a target";
    Ok(match held(ports, plan).await? {
        Some((function, holder)) => {
            let help = format!("wait until {holder} is over, or roll it back");
            Finding::no(what, format!("{function} is held by {holder}"), help)
        }
        None => Finding::yes(what, "all are free"),
    })
}

async fn stop_line<P: Store>(ports: &P) -> Result<Option<Finding>, Unavailable> {
    let line = ports.work().await?.stop;
    Ok(line.map(|line| {
        let why = format!("{} pulled it at {}", line.by, line.at);
        Finding::no("the stop line is not pulled", why, "`tidegate go` lets it go, when that is right")
    }))
}

/// Whoever starts despite an alarm names one that the plan watches.
///
/// # Errors
/// [`NotStarted::NoAlarm`].
pub fn are_watched(plan: &Plan, despite: &[String]) -> Result<(), NotStarted> {
    let known: Vec<&str> = plan.alarms().collect();
    let Some(unknown) = despite.iter().find(|name| !known.contains(&name.as_str())) else { return Ok(()) };
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Err(NotStarted::NoAlarm(unknown.clone(), known))
}

fn alarm(name: &str, state: AlarmState, despite: bool) -> Finding {
    let (what, why) = (format!("alarm {name} is there, and quiet"), state.words());
    match state {
        AlarmState::Quiet => Finding::yes(&what, why),
        AlarmState::Ringing(_) if despite => {
            Finding::yes(&what, format!("{why}; it is to be started despite that"))
        }
        AlarmState::Ringing(_) => {
            let help = format!("see to it; where this is what mends it: --despite-alarm {name}");
            Finding::no(&what, why, help)
        }
        AlarmState::Insufficient => {
            Finding::not_known(&what, why, "is what it watches in use? Until it has data it protects nobody")
        }
        AlarmState::Missing => Finding::no(&what, why, "correct its name in the plan, or create it"),
        AlarmState::Forbidden => Finding::no(&what, why, "whoever asks needs cloudwatch:DescribeAlarms"),
        AlarmState::Failing => Finding::not_known(&what, why, "try again"),
    }
}

async fn metrics<P: Metrics + World>(ports: &P, plan: &Plan) -> Vec<Finding> {
    let now = ports.now();
    let asked: Vec<(&Metric, Vec<SeriesId>)> = plan
        .metrics
        .iter()
        .map(|metric| (metric, series(metric)))
        .filter(|(_, all)| !all.is_empty())
        .collect();
    let series = asked.iter().flat_map(|(_, series)| series);
    let queries: Vec<Query> = series.map(|series| query(*series, now)).collect();
    if queries.is_empty() {
        return vec![];
    }
    let mut answers = ports.ask(plan, &queries).await.into_iter();
    let each = asked.iter().map(|(metric, series)| {
        let answers: Vec<Answer> = answers.by_ref().take(series.len()).collect();
        measured(plan, metric, series, &answers)
    });
    each.collect()
}

fn query(series: SeriesId, now: Timestamp) -> Query {
    let to = now.floor(COARSE).after(COARSE);
    Query { series, period: COARSE, from: to.before(LATELY), to }
}

/// Where the values are that a metric has whenever anybody is there: what errors are counted of, and not the errors.
fn counted(metric: &Metric) -> Vec<&Lookup> {
    match &metric.source {
        Source::Ratio { to, .. } => to.iter().collect(),
        Source::Average { count, .. } => vec![count],
        Source::Series { values, .. } => vec![values],
        Source::Signal(_) | Source::Reported { .. } | Source::Budget(_) => vec![],
    }
}

/// Their series, each once.
fn series(metric: &Metric) -> Vec<SeriesId> {
    let arms = counted(metric).into_iter().flat_map(|lookup| {
        let members = lookup.members.values().flatten().copied();
        members.chain([(lookup.canary, lookup.baseline)])
    });
    let mut series: Vec<SeriesId> =
        arms.flat_map(|(canary, baseline)| [Some(canary), baseline]).flatten().collect();
    series.sort_unstable();
    series.dedup();
    series
}

fn measured(plan: &Plan, metric: &Metric, series: &[SeriesId], answers: &[Answer]) -> Finding {
    let what = format!("{} has values", metric.name);
    let is = |status: Status| answers.iter().any(|answer| answer.status == status);
    let newest = answers.iter().filter_map(|answer| answer.points.last()).map(|point| point.at).max();
    if is(Status::Forbidden) {
        return Finding::no(&what, "it may not be asked", "whoever asks needs cloudwatch:GetMetricData");
    }
    if let Some(at) = newest {
        return Finding::yes(&what, format!("the newest is of the hour from {at}"));
    }
    if is(Status::Failing) {
        return Finding::not_known(&what, "the source did not answer", "try again");
    }
    if is(Status::Partial) {
        return Finding::not_known(&what, "the source did not answer in full", "try again");
    }
    let names: Vec<&str> = series.iter().map(|id| plan.series(*id).metric.as_str()).collect();
    let name = names.first().copied().unwrap_or_default();
    let why = format!("{name} has had none for {LATELY}");
    let help = "is it spelled, and are its dimensions, as the source has them?";
    // What is only about those who are exposed can have no value before anybody is.
    let is_new =
        metric.about == About::Canary && counted(metric).iter().all(|lookup| lookup.baseline.is_none());
    if plan.metered_by(&metric.name).is_some() {
        return Finding::not_known(&what, format!("nothing was spent for {LATELY}: {why}"), help);
    }
    // Where none means zero, a day without any is a good one.
    let may_be_quiet = is_new || metric.missing == Missing::Zero;
    if may_be_quiet { Finding::not_known(&what, why, help) } else { Finding::no(&what, why, help) }
}

//! CloudWatch: what was measured, and how alarms stand. Asked and never told.

mod alarms;
mod calls;

use crate::errors::is_forbidden;
use aws_sdk_cloudwatch::{
    Client,
    config::retry::RetryConfig,
    primitives::DateTime,
    types::{Dimension, Metric, MetricDataQuery, MetricDataResult, MetricStat, ScanBy, StatusCode},
};
use calls::{Asking, Call, calls};
use control::ports::{Alarms, Metrics};
use rollout::{
    evidence::{Answer, Point, Query, Status},
    levels::AlarmState,
    plan::{Plan, Series, Stat},
    time::Timestamp,
};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::{Instant, timeout_at};

/// All questions of a tick together take no longer: what was spent, what was pulled and what rings is decided on within the
/// same minute, whatever CloudWatch does.
const ASKING_TAKES: Duration = Duration::from_secs(20);
/// Pages of one call: each holds every point that fits, so this is far beyond any honest answer.
const PAGES_MAX: usize = 20;

/// The metrics and alarms of one account and region.
#[derive(Clone, Debug)]
pub struct CloudWatch {
    client: Client,
}

impl CloudWatch {
    /// The client's own retries are switched off: the next tick asks again, and a door must not wait for CloudWatch.
    pub fn new(client: &Client) -> CloudWatch {
        let config = client.config().to_builder().retry_config(RetryConfig::disabled());
        CloudWatch { client: Client::from_conf(config.build()) }
    }

    /// Asks what one call holds, page by page.
    async fn ask_once(&self, questions: &[Question<'_>], call: &Call) -> Result<Vec<Answer>, Status> {
        let asked = call.places.iter().filter_map(|at| questions.get(*at)).enumerate();
        let asked = asked.map(|(place, question)| question.named(place));
        let request = self
            .client
            .get_metric_data()
            .set_metric_data_queries(Some(asked.collect()))
            .start_time(moment(call.from))
            .end_time(moment(call.to))
            .scan_by(ScanBy::TimestampAscending);
        // What nothing is said of has no data, unless something is said of all; a code that nobody knows is no answer.
        let mut answers: Vec<Option<Answer>> = vec![None; call.places.len()];
        let (mut next, mut rest) = (None, Answer::default());
        for _ in 0..PAGES_MAX {
            let answer = request.clone().set_next_token(next).send().await;
            let page = answer.map_err(|error| {
                // What may never be asked is told apart from what may be asked again.
                if is_forbidden(&error) { Status::Forbidden } else { Status::Failing }
            })?;
            for result in page.metric_data_results() {
                if let Some(answer) = place(result).and_then(|place| answers.get_mut(place)) {
                    take(answer.get_or_insert_default(), result);
                }
            }
            // So it says that not all could be asked: quiet is not what that is.
            if !page.messages().is_empty() {
                rest = silence();
            }
            next = page.next_token;
            if next.is_none() {
                break;
            }
        }
        let mut answers: Vec<Answer> =
            answers.into_iter().map(|answer| answer.unwrap_or_else(|| rest.clone())).collect();
        for (answer, at) in answers.iter_mut().zip(&call.places) {
            // There is more, and nobody waits for it.
            if next.is_some() {
                answer.status = Status::Partial;
            }
            if let Some(Asking { from, to, period }) = questions.get(*at).map(|question| question.asking) {
                answer.points.retain(|point| from <= point.at && point.at.after(period) <= to);
            }
        }
        Ok(answers)
    }

    async fn answers(&self, questions: &[Question<'_>]) -> Vec<Answer> {
        let mut answers = vec![silence(); questions.len()];
        let askings: Vec<Asking> = questions.iter().map(|question| question.asking).collect();
        let end = Instant::now() + ASKING_TAKES;
        for call in calls(&askings) {
            let said = match timeout_at(end, self.ask_once(questions, &call)).await {
                Ok(Ok(said)) => said,
                Ok(Err(status)) => vec![Answer { points: vec![], status }; call.places.len()],
                Err(_) => break,
            };
            for (at, answer) in call.places.iter().zip(said) {
                if let Some(slot) = answers.get_mut(*at) {
                    *slot = answer;
                }
            }
        }
        answers
    }
}

impl Metrics for CloudWatch {
    async fn ask(&self, plan: &Plan, queries: &[Query]) -> Vec<Answer> {
        self.ask_all(&[(plan, queries)]).await.pop().unwrap_or_default()
    }

    /// What several plans ask alike is asked once.
    async fn ask_all(&self, asked: &[(&Plan, &[Query])]) -> Vec<Vec<Answer>> {
        let mut questions: Vec<Question<'_>> = vec![];
        let mut places: BTreeMap<Question<'_>, usize> = BTreeMap::new();
        let mut wanted: Vec<Vec<Option<usize>>> = vec![];
        for (plan, queries) in asked {
            let place = |query: &Query| {
                let question = Question::of(plan, query)?;
                let new = questions.len();
                let at = *places.entry(question).or_insert(new);
                if at == new {
                    questions.push(question);
                }
                Some(at)
            };
            wanted.push(queries.iter().map(place).collect());
        }
        let answers = self.answers(&questions).await;
        let of = |at: &Option<usize>| at.and_then(|at| answers.get(at).cloned()).unwrap_or_else(silence);
        wanted.iter().map(|places| places.iter().map(of).collect()).collect()
    }
}

impl Alarms for CloudWatch {
    async fn alarms(&self, names: &[&str]) -> Vec<AlarmState> {
        alarms::states(&self.client, names).await
    }
}

/// Nobody answered.
fn silence() -> Answer {
    Answer { points: vec![], status: Status::Failing }
}

/// One question, whatever plan it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Question<'a> {
    metric: &'a str,
    dimensions: &'a BTreeMap<String, String>,
    stat: Stat,
    asking: Asking,
}

impl<'a> Question<'a> {
    fn of(plan: &'a Plan, query: &Query) -> Option<Question<'a>> {
        let Series { metric, dimensions, stat } = plan.series.get(usize::from(query.series.0))?;
        let Query { period, from, to, .. } = *query;
        Some(Question { metric, dimensions, stat: *stat, asking: Asking { period, from, to } })
    }

    /// As CloudWatch takes it, named by its place in the call.
    fn named(&self, place: usize) -> MetricDataQuery {
        // The namespace may have slashes of its own: the name is behind the last.
        let (namespace, name) = self.metric.rsplit_once('/').unwrap_or(("", self.metric));
        let dimension =
            |(name, value): (&String, &String)| Dimension::builder().name(name).value(value).build();
        let metric = Metric::builder()
            .namespace(namespace)
            .metric_name(name)
            .set_dimensions(Some(self.dimensions.iter().map(dimension).collect()))
            .build();
        let seconds = i32::try_from(self.asking.period.as_millis() / 1_000).unwrap_or(i32::MAX);
        let stat = MetricStat::builder().metric(metric).period(seconds).stat(statistic(self.stat)).build();
        MetricDataQuery::builder().id(format!("q{place}")).metric_stat(stat).return_data(true).build()
    }
}

/// As CloudWatch writes it: `Sum`, `p99.9`.
fn statistic(stat: Stat) -> String {
    match stat {
        Stat::Sum => "Sum".to_owned(),
        Stat::SampleCount => "SampleCount".to_owned(),
        Stat::Minimum => "Minimum".to_owned(),
        Stat::Maximum => "Maximum".to_owned(),
        Stat::Percentile(hundredths) if hundredths % 100 == 0 => format!("p{}", hundredths / 100),
        Stat::Percentile(hundredths) => {
            let fraction = format!("{:02}", hundredths % 100);
            format!("p{}.{}", hundredths / 100, fraction.trim_end_matches('0'))
        }
    }
}

fn place(result: &MetricDataResult) -> Option<usize> {
    result.id()?.strip_prefix('q')?.parse().ok()
}

/// Adds what a page says to what the pages before it said. The worst of several codes stands.
fn take(answer: &mut Answer, result: &MetricDataResult) {
    let points = result.timestamps().iter().zip(result.values());
    let point =
        |(at, value): (&DateTime, &f64)| Some(Point { at: Timestamp(at.to_millis().ok()?), value: *value });
    answer.points.extend(points.filter_map(point));
    let status = match result.status_code() {
        // The rest comes with the next page; where none comes, it is missed there.
        Some(StatusCode::Complete | StatusCode::PartialData) => Status::Whole,
        Some(StatusCode::Forbidden) => Status::Forbidden,
        Some(StatusCode::InternalError | _) | None => Status::Failing,
    };
    let is_partial = result.status_code() == Some(&StatusCode::PartialData);
    answer.status = match (answer.status, status) {
        (Status::Forbidden, _) | (_, Status::Forbidden) => Status::Forbidden,
        (Status::Failing, _) | (_, Status::Failing) => Status::Failing,
        (_, _) if is_partial => Status::Partial,
        // A later page completes what an earlier one began.
        (_, _) => Status::Whole,
    };
}

fn moment(at: Timestamp) -> DateTime {
    DateTime::from_millis(at.0)
}

#[cfg(test)]
mod tests;

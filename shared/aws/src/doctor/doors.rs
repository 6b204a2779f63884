//! The doors, and what wakes them.

use super::{Doctor, Finding, Function, not_told};
use aws_sdk_cloudwatch::{
    primitives::DateTime,
    types::{Dimension, Metric, MetricDataQuery, MetricStat},
};
use aws_sdk_eventbridge::types::RuleState;
use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

const DOORS: [&str; 7] = ["evaluate", "advance", "rollback", "budget", "api", "probe", "notify"];
/// So far back somebody looks for a tick.
const LOOKS_BACK: Duration = Duration::from_secs(15 * 60);
/// A clock that is younger is alive: it comes each minute, and CloudWatch needs one or two to count a line of a log.
const ALIVE: Duration = Duration::from_secs(5 * 60);

/// The doors that were found, by their names.
type Known = BTreeMap<&'static str, Function>;

impl Doctor {
    /// Each door by itself; none at all is no stack.
    pub(super) async fn doors(&self) -> Result<(Vec<Finding>, Known), Finding> {
        let (mut found, mut doors, mut missing) = (vec![], BTreeMap::new(), 0);
        for door in DOORS {
            let name = format!("{}-{door}", self.stack);
            let what = format!("the door {door} can be called");
            match self.function(&what, &name).await {
                Ok(None) => {
                    missing += 1;
                    found.push(Finding::no(
                        &what,
                        format!("there is no function {name}"),
                        "`sam deploy` makes it",
                    ));
                }
                Ok(Some(function)) => {
                    found.push(may_be_called(&what, &name, &function));
                    doors.insert(door, function);
                }
                Err(finding) => found.push(finding),
            }
        }
        if missing == DOORS.len() {
            let why = format!("account {} has no function of it in {}", self.account, self.region);
            let help =
                "name it with --stack, and where it is with --region; docs/deploy.md says how to deploy it";
            return Err(Finding::no(&format!("the stack {} is there", self.stack), why, help));
        }
        Ok((found, doors))
    }

    /// Whether both clocks were heard of not long ago.
    pub(super) async fn clocks(&self) -> Vec<Finding> {
        let mut found = vec![];
        for (door, metric, schedule) in [
            ("evaluate", "EvaluateTicks", "EvaluateEachMinute"),
            ("advance", "AdvanceTicks", "AdvanceEachMinute"),
        ] {
            let what = format!("{door} is woken each minute");
            found.push(match self.last_tick(metric).await {
                Ok(Some(age)) if age < ALIVE => {
                    Finding::yes(&what, format!("it ticked {} s ago", age.as_secs()))
                }
                Ok(age) => {
                    let why = age.map_or_else(
                        || format!("it has not ticked for {} minutes", LOOKS_BACK.as_secs() / 60),
                        |age| format!("it ticked {} minutes ago, and not since", age.as_secs() / 60),
                    );
                    let help = format!("read its log; is the schedule {}-{schedule}-… enabled?", self.stack);
                    Finding::no(&what, why, help)
                }
                Err(error) => not_told(&what, &error, "cloudwatch:GetMetricData"),
            });
        }
        found
    }

    /// How long ago a door last told that it had ticked.
    async fn last_tick(
        &self,
        metric: &str,
    ) -> Result<
        Option<Duration>,
        aws_sdk_cloudwatch::error::SdkError<
            aws_sdk_cloudwatch::operation::get_metric_data::GetMetricDataError,
            aws_sdk_cloudwatch::config::http::HttpResponse,
        >,
    > {
        let now = SystemTime::now();
        let stack = Dimension::builder().name("Stack").value(&self.stack).build();
        let metric = Metric::builder().namespace("tidegate").metric_name(metric).dimensions(stack).build();
        let stat = MetricStat::builder().metric(metric).period(60).stat("Sum").build();
        let query = MetricDataQuery::builder().id("ticks").metric_stat(stat).build();
        let call = self.cloudwatch.get_metric_data().metric_data_queries(query);
        let call = call.start_time(DateTime::from(now - LOOKS_BACK)).end_time(DateTime::from(now));
        let answer = call.send().await?;
        let results = answer.metric_data_results().iter();
        let points = results.flat_map(|result| result.timestamps().iter().zip(result.values()));
        let ticked = points.filter(|(_, count)| **count > 0.0).map(|(at, _)| at.secs()).max();
        let age = |at: i64| {
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(at).unwrap_or(0));
            now.duration_since(at).unwrap_or_default()
        };
        Ok(ticked.map(age))
    }

    /// Whether an alarm that begins to ring is brought to the door that rolls back.
    pub(super) async fn rule(&self) -> Finding {
        let what = "alarms reach the door rollback by EventBridge";
        let prefix = format!("{}-AlarmRule-", self.stack);
        let rules = match self.events.list_rules().name_prefix(&prefix).send().await {
            Ok(answer) => answer,
            Err(error) => return not_told(what, &error, "events:ListRules"),
        };
        let Some((rule, name)) = rules.rules().first().and_then(|rule| Some((rule, rule.name()?))) else {
            return Finding::no(what, format!("there is no rule {prefix}…"), "`sam deploy` makes it");
        };
        if !matches!(rule.state(), Some(RuleState::Enabled)) {
            let help = format!("aws events enable-rule --name {name}");
            return Finding::no(what, format!("the rule {name} is switched off"), help);
        }
        let targets = match self.events.list_targets_by_rule().rule(name).send().await {
            Ok(answer) => answer,
            Err(error) => return not_told(what, &error, "events:ListTargetsByRule"),
        };
        let door = format!("{}-rollback", self.stack);
        if !targets.targets().iter().any(|target| target.arn().ends_with(&format!(":function:{door}"))) {
            return Finding::no(
                what,
                format!("the rule {name} does not lead to {door}"),
                "`sam deploy` puts it right",
            );
        }
        self.lets_in(what, &door, name, rule.arn().unwrap_or(name)).await
    }

    /// Whether a door lets a rule call it.
    async fn lets_in(&self, what: &str, door: &str, name: &str, rule: &str) -> Finding {
        let policy = match self.lambda.get_policy().function_name(door).send().await {
            Ok(answer) => answer.policy().unwrap_or_default().to_owned(),
            Err(error)
                if error.as_service_error().is_some_and(|error| error.is_resource_not_found_exception()) =>
            {
                String::new()
            }
            Err(error) => return not_told(what, &error, "lambda:GetPolicy"),
        };
        let policy: serde_json::Value = serde_json::from_str(&policy).unwrap_or_default();
        let mut statements = policy["Statement"].as_array().into_iter().flatten();
        let lets = |statement: &serde_json::Value| {
            statement["Effect"] == "Allow"
                && statement["Principal"]["Service"] == "events.amazonaws.com"
                && statement["Condition"]["ArnLike"]["AWS:SourceArn"] == rule
        };
        if statements.any(lets) {
            return Finding::yes(what, format!("the rule {name} is on, and {door} lets it in"));
        }
        Finding::no(
            what,
            format!("{door} does not let the rule {name} call it"),
            "`sam deploy` puts it right",
        )
    }

    /// Whether what is decided is told to the topics.
    pub(super) async fn stream(&self) -> Finding {
        let what = "what is decided reaches the door notify";
        let door = format!("{}-notify", self.stack);
        match self.lambda.list_event_source_mappings().function_name(&door).send().await {
            Ok(answer) => match answer.event_source_mappings().first() {
                None => Finding::no(what, format!("no stream leads to {door}"), "`sam deploy` makes it"),
                Some(mapping) => {
                    let state = mapping.state().unwrap_or("in no state");
                    if matches!(state, "Enabled" | "Enabling" | "Updating" | "Creating") {
                        return Finding::yes(what, format!("the stream is {}", state.to_lowercase()));
                    }
                    let id = mapping.uuid().unwrap_or("ID");
                    let help = format!("aws lambda update-event-source-mapping --enabled --uuid {id}");
                    Finding::no(what, format!("the stream is {}", state.to_lowercase()), help)
                }
            },
            Err(error) => not_told(what, &error, "lambda:ListEventSourceMappings"),
        }
    }
}

fn may_be_called(what: &str, name: &str, function: &Function) -> Finding {
    if let Some(why) = &function.failed {
        return Finding::no(what, format!("{name} has failed: {why}"), "`sam deploy` makes it anew");
    }
    if function.seats == Some(0) {
        let help = format!("aws lambda delete-function-concurrency --function-name {name}");
        return Finding::no(
            what,
            format!("{name} has a reserved concurrency of 0: no call gets through"),
            help,
        );
    }
    Finding::yes(what, name)
}

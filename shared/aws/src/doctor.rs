//! What is wrong with a deployed stack, asked of the account. Nothing is changed.
//!
//! What has a name of its own in the template is found by it, and the rest by the beginning of the name that CloudFormation
//! gives it: no other service has to be asked, and no other client built.

mod alarms;
mod doors;
mod targets;

use crate::{
    errors::{is_forbidden, words},
    laptop::{Caller, NoAccount},
};
use aws_sdk_lambda::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
};
use control::finding::Finding;
use rollout::plan::Plan;
use std::{collections::BTreeMap, error::Error};

/// Nobody answered: that says nothing of what was asked about.
fn not_told<E>(what: &str, error: &SdkError<E, HttpResponse>, action: &str) -> Finding
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let help = if is_forbidden(error) {
        format!("the credentials at hand need {action}")
    } else {
        "try again".to_owned()
    };
    Finding::not_known(what, words(error), help)
}

/// Who looks, at which stack.
#[derive(Debug)]
pub struct Doctor {
    /// The number of the account.
    pub account: String,
    /// Where the stack is.
    pub region: String,
    stack: String,
    lambda: aws_sdk_lambda::Client,
    cloudwatch: aws_sdk_cloudwatch::Client,
    events: aws_sdk_eventbridge::Client,
    topics: aws_sdk_sns::Client,
    tables: aws_sdk_dynamodb::Client,
}

/// A function as its account knows it.
#[derive(Debug, Default)]
struct Function {
    variables: BTreeMap<String, String>,
    tags: BTreeMap<String, String>,
    /// Calls that it may take at once, where that is limited.
    seats: Option<i32>,
    has_key: bool,
    /// Why it cannot run, or be changed.
    failed: Option<String>,
}

impl Doctor {
    /// With the account at hand.
    ///
    /// # Errors
    /// [`NoAccount`].
    pub async fn at_hand(region: Option<String>, stack: &str) -> Result<Doctor, NoAccount> {
        let Caller { config, id, region, .. } = Caller::at_hand(region).await?;
        Ok(Doctor {
            account: id,
            region,
            stack: stack.to_owned(),
            lambda: aws_sdk_lambda::Client::new(&config),
            cloudwatch: aws_sdk_cloudwatch::Client::new(&config),
            events: aws_sdk_eventbridge::Client::new(&config),
            topics: aws_sdk_sns::Client::new(&config),
            tables: aws_sdk_dynamodb::Client::new(&config),
        })
    }

    /// Looks at everything, and at what these plans need.
    pub async fn look(&self, plans: &[Plan]) -> Vec<Finding> {
        let (mut found, doors) = match self.doors().await {
            Ok(doors) => doors,
            Err(nothing) => return vec![nothing],
        };
        found.extend(self.clocks().await);
        found.push(self.rule().await);
        found.extend(self.own_alarms().await);
        let variable = |door: &str, name: &str| doors.get(door)?.variables.get(name).cloned();
        found.push(lets_go(variable("api", "TIDEGATE_ADMINS")));
        found.push(self.stream().await);
        found.push(self.pages(variable("notify", "TIDEGATE_PAGES")).await);
        found.extend(self.targets(variable("evaluate", "TIDEGATE_TABLE"), plans).await);
        found
    }

    /// A function, or none, or what to say instead.
    async fn function(&self, what: &str, name: &str) -> Result<Option<Function>, Finding> {
        let answer = match self.lambda.get_function().function_name(name).send().await {
            Ok(answer) => answer,
            Err(error)
                if error.as_service_error().is_some_and(|error| error.is_resource_not_found_exception()) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(not_told(what, &error, "lambda:GetFunction")),
        };
        let mut function = Function {
            tags: answer.tags().into_iter().flatten().map(pair).collect(),
            seats: answer.concurrency().and_then(|all| all.reserved_concurrent_executions()),
            ..Function::default()
        };
        if let Some(known) = answer.configuration() {
            let variables = known.environment().and_then(|environment| environment.variables());
            function.variables = variables.into_iter().flatten().map(pair).collect();
            function.has_key = known.kms_key_arn().is_some_and(|key| !key.is_empty());
            let state = known.state().map(|state| state.as_str()).filter(|state| *state == "Failed");
            let update =
                known.last_update_status().map(|status| status.as_str()).filter(|status| *status == "Failed");
            let reason =
                known.state_reason().or(known.last_update_status_reason()).unwrap_or("no reason is given");
            function.failed = state.or(update).map(|_| reason.to_owned());
        }
        Ok(Some(function))
    }
}

/// Whether anybody may let the stop line go.
fn lets_go(admins: Option<String>) -> Finding {
    let what = "a stop line that is pulled can be let go";
    match admins.filter(|admins| admins.split(',').any(|name| !name.trim().is_empty())) {
        Some(admins) => Finding::yes(what, format!("by {admins}")),
        None => Finding::no(
            what,
            "nobody is an admin: it would stay pulled, and nobody could force or abandon".to_owned(),
            "name groups or people in the parameter Admins, and `sam deploy`",
        ),
    }
}

fn pair((name, value): (&String, &String)) -> (String, String) {
    (name.clone(), value.clone())
}

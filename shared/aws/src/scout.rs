//! A look at the targets of a plan, by the door that may read them, for the door that people reach and that may not.

use crate::{
    errors::story,
    wakes::{Door, Wakes},
};
use aws_sdk_lambda::{
    config::{Config, retry::RetryConfig},
    primitives::Blob,
    types::InvocationType,
};
use control::finding::Finding;
use rollout::plan::Plan;
use serde::Deserialize;
use serde_json::{Value, json};

/// The field of a payload that holds a plan: look at its targets, and write nothing.
const LOOK: &str = "look";

/// The plan whose targets are to be looked at, if that is what a payload asks for.
pub fn asked(payload: &Value) -> Option<Plan> {
    Plan::deserialize(payload.get(LOOK)?).ok()
}

impl Wakes {
    /// Has the door advance look. A door that cannot be asked says nothing about the targets: a start finds out.
    pub(crate) async fn scout(&self, plan: &Plan) -> Vec<Finding> {
        match self.ask_advance(plan).await {
            Ok(found) => found,
            Err(why) => {
                let help = "see to that door; a start looks at them, too, before anything is written";
                vec![Finding::not_known("the targets can be rolled out", why, help)]
            }
        }
    }

    async fn ask_advance(&self, plan: &Plan) -> Result<Vec<Finding>, String> {
        let name = self.name(Door::Advance).ok_or("it is not known which function is the door advance")?;
        let call =
            self.client().invoke().function_name(name).invocation_type(InvocationType::RequestResponse);
        let call = call.payload(Blob::new(json!({ LOOK: plan }).to_string()));
        // Once: the door that people reach has half a minute for all of it, and a start must not end in that.
        let once = Config::builder().retry_config(RetryConfig::disabled());
        let answer = call.customize().config_override(once).send().await;
        let answer =
            answer.map_err(|error| format!("the door advance cannot be asked: {}", story(&error)))?;
        let payload = answer.payload().map(Blob::as_ref).unwrap_or_default();
        let found: Option<Vec<Finding>> = serde_json::from_slice(payload).ok();
        // Nothing found is no answer: there is a finding for each target.
        let whole = found.filter(|found| found.len() == plan.targets.len());
        whole.ok_or_else(|| "the door advance did not answer with what it found".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::woken::Woken;

    #[test]
    fn a_look_is_told_from_whatever_else_wakes_the_door() {
        let text = include_str!("../../../plans/elite.yaml");
        let plan = rollout::plan::load("elite.yaml", text).unwrap().plan;
        assert_eq!(asked(&json!({ LOOK: &plan })), Some(plan));
        assert_eq!(asked(&json!({ "rollout": "cst-1" })), None);
        let torn = json!({ LOOK: { "name": "x" } });
        assert_eq!(asked(&torn), None);
        assert!(Woken::read(&torn).is_err());
    }

    #[cfg(all(feature = "notify", feature = "probe"))]
    #[tokio::test(start_paused = true)]
    async fn a_door_that_fails_is_asked_once() {
        let busy = crate::testing::Server::start(|_, _| Some((503, "content-type: text/plain", vec![])));
        let config = busy.config.clone().into_builder().retry_config(RetryConfig::standard()).build();
        let names = [(Door::Advance, "advance".to_owned())].into();
        let wakes = Wakes::new(aws_sdk_lambda::Client::new(&config), names);
        let text = include_str!("../../../plans/elite.yaml");
        let plan = rollout::plan::load("elite.yaml", text).unwrap().plan;
        let found = wakes.scout(&plan).await;
        assert!(found[0].why.starts_with("the door advance cannot be asked"), "{found:?}");
        assert_eq!(busy.count("invocations"), 1);
    }
}

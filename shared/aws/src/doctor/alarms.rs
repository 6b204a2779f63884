//! The alarms on tidegate itself, and who hears of them.

use super::{Doctor, Finding, not_told};
use aws_sdk_cloudwatch::types::{MetricAlarm, StateValue};

/// What must be so, as the template names the alarm that rings when it is not.
const ALARMS: [(&str, &str); 7] = [
    ("EvaluateIsSilent", "something is decided each minute"),
    ("AdvanceIsSilent", "what is decided is done each minute"),
    ("RollbackUnverified", "every way back has landed in time"),
    ("IllegalTransition", "nothing impossible was decided"),
    ("SomethingIsLost", "the queue Lost is empty"),
    ("Contention", "no door keeps losing races"),
    ("MuchIsMissed", "the queue Missed is short"),
];

impl Doctor {
    /// Each of them: whether it is quiet, and would be heard.
    pub(super) async fn own_alarms(&self) -> Vec<Finding> {
        let mut found = vec![];
        for (id, what) in ALARMS {
            let prefix = format!("{}-{id}-", self.stack);
            found.push(match self.cloudwatch.describe_alarms().alarm_name_prefix(&prefix).send().await {
                Err(error) => not_told(what, &error, "cloudwatch:DescribeAlarms"),
                Ok(answer) => match answer.metric_alarms().first() {
                    None => {
                        Finding::no(what, format!("there is no alarm {prefix}…"), "`sam deploy` makes it")
                    }
                    Some(alarm) => stands(what, id, alarm),
                },
            });
        }
        found
    }

    /// Whether a page comes to anybody.
    pub(super) async fn pages(&self, topic: Option<String>) -> Finding {
        let what = "somebody hears of pages";
        let Some(topic) = topic else {
            return Finding::not_known(
                what,
                "notify does not say which topic it is",
                "see to the door notify first",
            );
        };
        let answer = match self.topics.list_subscriptions_by_topic().topic_arn(&topic).send().await {
            Ok(answer) => answer,
            Err(error) => return not_told(what, &error, "sns:ListSubscriptionsByTopic"),
        };
        let all = answer.subscriptions();
        // Whoever has not answered yet has no ARN, but a word that says so.
        let hear = all
            .iter()
            .filter(|one| one.subscription_arn().is_some_and(|arn| arn.starts_with("arn:")))
            .count();
        match (hear, all.len()) {
            (0, 0) => {
                let help = format!(
                    "aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint you@example.com"
                );
                Finding::no(what, "nobody is subscribed", help)
            }
            (0, _) => {
                Finding::no(what, "nobody has confirmed yet", "confirm in the message that AWS has sent")
            }
            (hear, _) => Finding::yes(what, format!("{hear} subscribed")),
        }
    }
}

fn stands(what: &str, id: &str, alarm: &MetricAlarm) -> Finding {
    let name = alarm.alarm_name().unwrap_or(id);
    if alarm.actions_enabled() == Some(false) || alarm.alarm_actions().is_empty() {
        let help = format!("aws cloudwatch enable-alarm-actions --alarm-names {name}");
        return Finding::no(what, format!("{id} tells nobody when it rings"), help);
    }
    match alarm.state_value() {
        Some(StateValue::Ok) => Finding::yes(what, format!("{id} is quiet")),
        Some(StateValue::Alarm) => {
            Finding::no(what, format!("{id} rings"), "docs/deploy.md, \"When it calls you\", says what to do")
        }
        _ => Finding::not_known(what, format!("{id} has too little data"), "look again in a few minutes"),
    }
}

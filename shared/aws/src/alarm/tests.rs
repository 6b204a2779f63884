use super::*;
use serde_json::json;

const AT: Timestamp = Timestamp(1_767_616_207_412);

fn all(payload: &Value) -> Result<Vec<AlarmNews>, NotNews> {
    read(payload).into_iter().collect()
}

fn sample(text: &str) -> Vec<AlarmNews> {
    all(&serde_json::from_str(text).unwrap()).unwrap()
}

fn news(name: &str, state: NewState) -> Vec<AlarmNews> {
    let arn = format!("arn:aws:cloudwatch:eu-central-1:111122223333:alarm:{name}");
    vec![AlarmNews { name: name.to_owned(), arn, state, at: AT }]
}

#[test]
fn every_shape_says_the_same() {
    macro_rules! says {
        ($file:literal, $name:literal, $state:ident) => {
            let found = sample(include_str!(concat!("../../../../events/alarm-", $file, ".json")));
            assert_eq!(found, news($name, NewState::$state), $file);
        };
    }
    says!("direct-metric", "search-errors", Ringing);
    says!("direct-metric-math", "search-error-rate", Ringing);
    says!("direct-daily", "search-cost", Ringing);
    says!("direct-composite", "search-guard", Ringing);
    says!("direct-composite-suppressed", "search-guard", Ringing);
    says!("direct-by-hand", "search-errors", Ringing);
    says!("eventbridge-metric-math", "search-error-rate", Ringing);
    says!("eventbridge-initial", "search-errors", Ringing);
    says!("eventbridge-composite-muted", "search-guard", Ringing);
    says!("eventbridge-contributor", "errors-by-function", Ringing);
    says!("eventbridge-ok", "search-errors", Quiet);
    says!("sns", "search-errors", Ringing);
    says!("sns-metric-math", "search-error-rate", Ringing);
    says!("sns-insufficient", "search-errors", Insufficient);
}

#[test]
fn a_topic_may_bring_several_at_once() {
    let mut payload: Value = serde_json::from_str(include_str!("../../../../events/alarm-sns.json")).unwrap();
    let other: Value =
        serde_json::from_str(include_str!("../../../../events/alarm-sns-insufficient.json")).unwrap();
    payload["Records"].as_array_mut().unwrap().push(other["Records"][0].clone());
    let states: Vec<NewState> = all(&payload).unwrap().iter().map(|news| news.state).collect();
    assert_eq!(states, [NewState::Ringing, NewState::Insufficient]);
}

#[test]
fn one_that_cannot_be_read_silences_no_other() {
    let mut payload: Value = serde_json::from_str(include_str!("../../../../events/alarm-sns.json")).unwrap();
    let records = payload["Records"].as_array_mut().unwrap();
    let nameless = json!({ "NewStateValue": "ALARM" }).to_string();
    records.insert(0, json!({ "Sns": { "Message": "hello" } }));
    records.insert(1, json!({ "Sns": { "Message": nameless } }));
    let found = read(&payload);
    assert!(matches!(
        &found[..],
        [
            Err(NotNews::Unknown(_)),
            Err(NotNews::Broken { .. }),
            Ok(AlarmNews { state: NewState::Ringing, .. })
        ]
    ));
}

/// It may be the alarm that matters: whoever cannot read it says so loudly.
#[test]
fn an_alarm_that_says_too_little_is_broken_and_not_nobodys() {
    let mut direct: Value =
        serde_json::from_str(include_str!("../../../../events/alarm-direct-metric.json")).unwrap();
    let mut check = |at: &str, value: Value, why: &str| {
        let before = std::mem::replace(direct.pointer_mut(at).unwrap(), value);
        let error = all(&direct).unwrap_err();
        assert!(matches!(&error, NotNews::Broken { why: found, .. } if *found == why), "{at}: {error}");
        assert!(error.to_string().len() < 300, "{error}");
        *direct.pointer_mut(at).unwrap() = before;
    };
    for value in [json!(""), json!(null), json!(7), json!("x".repeat(NAME_BYTES_MAX + 1))] {
        check("/alarmData/alarmName", value, "it has no name");
    }
    for value in [json!("RINGING"), json!(null), json!({})] {
        check("/alarmData/state/value", value, "it has no state that is known");
    }
    for value in [json!("yesterday"), json!(null), json!(1_767_616_207)] {
        check("/alarmData/state/timestamp", value, "it does not say since when");
    }
    let nameless =
        json!({ "source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change", "detail": {} });
    assert!(matches!(all(&nameless), Err(NotNews::Broken { why: "it has no name", .. })));
    let message = json!({ "NewStateValue": "ALARM" }).to_string();
    let nameless = json!({ "Records": [{ "Sns": { "Message": message } }] });
    assert!(matches!(all(&nameless), Err(NotNews::Broken { why: "it has no name", .. })));
}

#[test]
fn what_is_no_alarm_is_nobodys() {
    let topic = |message: &str| json!({ "Records": [{ "Sns": { "Message": message } }] });
    for payload in [
        json!(null),
        json!(7),
        json!([]),
        json!({}),
        json!({ "rollout": "search-1" }),
        json!({ "Records": [] }),
        json!({ "Records": [{ "dynamodb": {} }] }),
        json!({ "source": "aws.ec2", "detail-type": "EC2 Instance State Change", "detail": {} }),
        json!({ "source": "aws.cloudwatch", "detail-type": "Dashboard changed", "detail": {} }),
        topic("hello"),
        topic("{}"),
        topic("[7]"),
        topic(&"x".repeat(1_000_000)),
    ] {
        let error = all(&payload).unwrap_err();
        assert!(matches!(error, NotNews::Unknown(_)), "{error}");
        assert!(error.to_string().len() < 300, "{error}");
    }
}

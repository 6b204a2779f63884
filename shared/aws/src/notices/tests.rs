use super::*;
use rollout::rollout::RolloutId;
use serde_json::json;
use std::collections::BTreeMap;

fn sample() -> Value {
    serde_json::from_str(include_str!("../../../../events/stream.json")).unwrap()
}

fn page() -> Message {
    let text = "page ops: P2: alarm search-errors: rings since 2026-01-05T12:30:07Z";
    Message {
        id: "search-1#7".to_owned(),
        channel: Channel::Page,
        subject: format!("search-1: notified at canary 5%: {text}"),
        text: format!(
            "{text}\n\nsearch-1: notified at canary 5%, by rollback, 2026-01-05T12:30:09Z, entry 7\n\
             Why, and who may act: tidegate explain search-1"
        ),
        rollout: RolloutId("search-1".to_owned()),
        event: "notified".to_owned(),
        stage: Some("canary 5%".to_owned()),
        by: "rollback".to_owned(),
        to: vec!["ops".to_owned()],
        at: "2026-01-05T12:30:09Z".to_owned(),
    }
}

#[test]
fn what_stands_beside_an_entry_is_told_and_the_rest_is_silent() {
    let sequence = |n: u8| format!("400000000000000000000{n}");
    let silent = Record { sequence: sequence(1), message: Ok(None) };
    let told = Record { sequence: sequence(2), message: Ok(Some(page())) };
    assert_eq!(read(&sample()), Ok(vec![silent, told]));
}

/// One that cannot be read keeps no other back, and is brought again until somebody is told that it was lost.
#[test]
fn a_message_that_cannot_be_read_fails_alone() {
    let mut payload = sample();
    for message in [json!({ "S": "{" }), json!({ "S": "{\"v\":2}" }), json!({ "N": "7" }), json!(null)] {
        payload["Records"][0]["dynamodb"]["NewImage"]["message"] = message;
        let records = read(&payload).unwrap();
        assert!(matches!(&records[0].message, Err(Untold::Unreadable(_))), "{records:?}");
        assert_eq!(records[1].message, Ok(Some(page())));
    }
}

#[test]
fn what_is_taken_out_of_the_table_is_silent() {
    let mut payload = sample();
    payload["Records"][1]["dynamodb"].as_object_mut().unwrap().remove("NewImage");
    assert_eq!(read(&payload).unwrap()[1].message, Ok(None));
}

#[test]
fn what_is_no_stream_is_nobodys() {
    let topic: Value = serde_json::from_str(include_str!("../../../../events/alarm-sns.json")).unwrap();
    let nameless = json!({ "Records": [{ "dynamodb": { "SequenceNumber": 7 } }] });
    for payload in
        [json!(null), json!({}), json!({ "Records": 7 }), json!({ "Records": [7] }), topic, nameless]
    {
        let error = read(&payload).unwrap_err().to_string();
        assert!(error.starts_with("nobody wakes this door so: ") && error.len() < 300, "{error}");
    }
}

#[test]
fn a_message_carries_the_name_by_which_its_echo_is_known() {
    let all: BTreeMap<_, _> = attributes(&page()).unwrap().into_iter().collect();
    let value = |name: &str| all.get(name).and_then(|value| value.string_value());
    assert_eq!(
        (value("id"), value("to"), value("stage")),
        (Some("search-1#7"), Some("ops"), Some("canary 5%"))
    );
    let before = Message { stage: None, to: vec![], ..page() };
    let all: BTreeMap<_, _> = attributes(&before).unwrap().into_iter().collect();
    assert!(!all.contains_key("stage") && !all.contains_key("to"), "a topic takes no empty value");
}

/// A stream brings a message again until both have it: whoever has it is not told again.
#[cfg(feature = "probe")]
#[tokio::test]
async fn whoever_was_told_is_not_told_again_because_another_was_not() {
    let json = "content-type: application/x-amz-json-1.1";
    let taken = b"<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>";
    let server = crate::testing::Server::start(move |call, asked| match asked.contains("PutEvents") {
        true if call < 4 => Some((400, json, br#"{"__type": "Away"}"#.to_vec())),
        true => Some((200, json, br#"{"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]}"#.to_vec())),
        false => Some((200, "content-type: text/xml", taken.to_vec())),
    });
    let (topics, bus) =
        (aws_sdk_sns::Client::new(&server.config), aws_sdk_eventbridge::Client::new(&server.config));
    let topic = |name: &str| format!("arn:aws:sns:eu-west-1:123456789012:{name}");
    let (updates, alerts, pages) = (topic("updates"), topic("alerts"), topic("pages"));
    let channels = Channels { updates, alerts, pages, bus: "default".to_owned() };
    let notices = Notices::new(topics, bus, channels);
    for _ in 0..3 {
        assert!(matches!(notices.send(&page()).await, Err(Untold::NotTaken(_))));
    }
    for _ in 0..2 {
        assert_eq!(notices.send(&page()).await, Ok(()));
    }
    assert_eq!((server.count("Action=Publish"), server.count("PutEvents")), (1, 4));
    assert_eq!(notices.send(&Message { id: "search-1#8".to_owned(), ..page() }).await, Ok(()));
    assert_eq!(server.count("Action=Publish"), 2, "another is another");
}

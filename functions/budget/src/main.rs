//! The door that counts money: a subscription brings it the lines of the logs in which costs are written.
//!
//! It writes what was spent, and no head; whether that is too much is decided by evaluate, which it wakes.

#![recursion_limit = "256"]

use aws::boot::{self, Counting};
use aws_lambda_events::cloudwatch_logs::{LogData, LogsEvent};
use control::doors::{self, Line};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use rollout::time::Timestamp;
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    boot::logs();
    let hands = boot::counting().await?;
    run(service_fn(|event| budget(&hands, event))).await
}

/// An error is tried again: a line that was counted counts no second time. What would fail again is told, and is none.
async fn budget(hands: &Counting, event: LambdaEvent<Value>) -> Result<(), Error> {
    let data = match read(&event.payload) {
        Ok(Some(data)) => data,
        Ok(None) => return Ok(()),
        Err(why) => {
            tracing::error!(%why, "final");
            return Ok(());
        }
    };
    let (group, lines) = lines(data);
    let counted = doors::costs(hands, &group, &lines).await?;
    hands.send_hints().await;
    tracing::info!(%group, lines = lines.len(), costs = counted.costs, "counted");
    counted.refused.iter().for_each(|why| tracing::error!(%why, "final"));
    Ok(())
}

/// The lines of a subscription; none when it only says that it is there.
fn read(payload: &Value) -> Result<Option<LogData>, String> {
    let event: LogsEvent = serde_json::from_str(&payload.to_string())
        .map_err(|why| format!("nobody wakes this door so: {why}: {}", beginning(payload)))?;
    let data = event.aws_logs.data;
    match data.message_type.as_str() {
        "DATA_MESSAGE" => Ok(Some(data)),
        "CONTROL_MESSAGE" => Ok(None),
        other => Err(format!("nobody knows the message type {other}")),
    }
}

fn beginning(payload: &Value) -> String {
    payload.to_string().chars().take(200).collect()
}

fn lines(data: LogData) -> (String, Vec<Line>) {
    let line = |entry: aws_lambda_events::cloudwatch_logs::LogEntry| Line {
        id: entry.id,
        at: Timestamp(entry.timestamp),
        text: entry.message,
    };
    (data.log_group, data.log_events.into_iter().map(line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, prelude::BASE64_STANDARD};
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    /// As a subscription sends it: packed.
    fn packed(text: &str) -> Value {
        let mut zip = GzEncoder::new(vec![], Compression::fast());
        zip.write_all(text.as_bytes()).unwrap();
        serde_json::json!({ "awslogs": { "data": BASE64_STANDARD.encode(zip.finish().unwrap()) } })
    }

    #[test]
    fn the_lines_of_a_subscription_are_read() {
        let data = read(&packed(include_str!("../../../events/costs.json"))).unwrap().unwrap();
        let (group, lines) = lines(data);
        assert_eq!(group, "/aws/lambda/orchestrator");
        let ids: Vec<&str> = lines.iter().map(|line| line.id.as_str()).collect();
        assert_eq!(
            ids,
            [
                "39000000000000000000000000000000000000000000000000000001",
                "39000000000000000000000000000000000000000000000000000002"
            ]
        );
        assert!(lines[0].text.contains("cost_usd") && lines[0].at == Timestamp(1_795_250_400_000));
    }

    #[test]
    fn a_subscription_that_says_that_it_is_there_brings_nothing() {
        assert_eq!(read(&packed(include_str!("../../../events/costs-control.json"))), Ok(None));
    }

    #[test]
    fn whatever_else_comes_is_told_and_not_tried_again() {
        let strange = packed(
            r#"{"messageType":"X","owner":"","logGroup":"","logStream":"","subscriptionFilters":[],"logEvents":[]}"#,
        );
        let huge = serde_json::json!({ "awslogs": { "data": "x".repeat(1_000_000) } });
        let torn = serde_json::json!({ "awslogs": { "data": "H4sIAAAAAAAA" } });
        for payload in [
            serde_json::json!({}),
            serde_json::json!([]),
            serde_json::json!({"awslogs": 7}),
            huge,
            torn,
            strange,
        ] {
            let why = read(&payload).unwrap_err();
            assert!(why.starts_with("nobody ") && why.len() < 500, "{why}");
        }
    }
}

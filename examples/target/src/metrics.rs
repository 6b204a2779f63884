//! CloudWatch makes metrics of such lines in a log: the embedded metric format.

use serde::Serialize;
use serde_json::json;
use std::time::Duration;

/// Which greeting it was. The plan tells the arms apart by these words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Arm {
    Canary,
    Baseline,
}

/// How it went for one user.
pub(crate) struct Line {
    /// Since 1970.
    pub(crate) at: Duration,
    pub(crate) arm: Arm,
    pub(crate) took: Duration,
    pub(crate) failed: bool,
}

impl Line {
    /// Counts go out as counts, never as a rate: a rate of two arms cannot be put together again.
    pub(crate) fn json(&self) -> serde_json::Value {
        let metric = |name: &str, unit: &str| json!({ "Name": name, "Unit": unit });
        let metrics =
            [metric("Requests", "Count"), metric("Errors", "Count"), metric("Latency", "Milliseconds")];
        json!({
            "_aws": {
                "Timestamp": u64::try_from(self.at.as_millis()).unwrap_or(u64::MAX),
                "CloudWatchMetrics": [{ "Namespace": "Example", "Dimensions": [["Arm"]], "Metrics": metrics }],
            },
            "Arm": self.arm,
            "Requests": 1,
            "Errors": u8::from(self.failed),
            "Latency": self.took.as_secs_f64() * 1_000.0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_and_dimension_that_a_line_names_is_in_it() {
        let at = Duration::from_millis(1_787_331_188_390);
        let line = Line { at, arm: Arm::Canary, took: Duration::from_micros(2_500), failed: true }.json();
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        let named = directive["Metrics"].as_array().unwrap().iter().map(|metric| &metric["Name"]);
        for name in named.chain(directive["Dimensions"][0].as_array().unwrap()) {
            assert!(!line[name.as_str().unwrap()].is_null(), "{name}");
        }
        assert_eq!(line["_aws"]["Timestamp"], 1_787_331_188_390_u64);
        assert_eq!(
            (&line["Arm"], &line["Errors"], &line["Latency"]),
            (&json!("canary"), &json!(1), &json!(2.5))
        );
    }
}

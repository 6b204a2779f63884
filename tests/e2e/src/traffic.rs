//! What the functions' users measure: a hundred requests of each arm every few seconds, of which some fail.

use crate::stage::Stage;
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// Between two reports.
const EVERY: Duration = Duration::from_secs(10);
/// Of each arm, in one report.
const REQUESTS: u32 = 100;

/// Traffic that goes on until it is ended.
pub(crate) struct Traffic {
    ends: Arc<AtomicBool>,
    running: JoinHandle<()>,
}

impl Traffic {
    pub(crate) fn end(self) {
        self.ends.store(true, Ordering::Relaxed);
        drop(self.running.join());
    }
}

/// Begins to report of every function that a flow has made.
pub(crate) fn begin(stage: Arc<Stage>) -> Traffic {
    let ends = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&ends);
    let running = thread::spawn(move || {
        while !seen.load(Ordering::Relaxed) {
            report(&stage);
            thread::sleep(EVERY);
        }
    });
    Traffic { ends, running }
}

/// Once, of every function there is.
pub(crate) fn report(stage: &Stage) {
    let data: Vec<Value> = stage.flows().into_iter().flat_map(|(flow, fails)| both(&flow, fails)).collect();
    if data.is_empty() {
        return;
    }
    // Whatever is lost here is missing there, and the flow says so.
    let data = Value::Array(data).to_string();
    drop(stage.cloud.call(&["cloudwatch", "put-metric-data", "--namespace", "E2E", "--metric-data", &data]));
}

fn both(flow: &str, fails: u32) -> [Value; 4] {
    let datum = |name: &str, arm: &str, value: u32| {
        json!({
            "MetricName": name,
            "Dimensions": [{"Name": "Flow", "Value": flow}, {"Name": "Arm", "Value": arm}],
            "Value": value,
            "Unit": "Count",
        })
    };
    [
        datum("Requests", "canary", REQUESTS),
        datum("Requests", "baseline", REQUESTS),
        datum("Errors", "canary", fails),
        datum("Errors", "baseline", 0),
    ]
}

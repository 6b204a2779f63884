//! A door that is built, run as Lambda runs it: this is the runtime which hands it its events.

use super::wire::serve;
use crate::doors;
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header::HeaderName},
    routing::{get, post},
};
use serde_json::{Value, json};
use std::{
    error::Error,
    fs,
    path::Path,
    process::Child,
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    time::{Duration, Instant},
};
use tokio::sync::{
    Mutex,
    mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

/// As long as a door may take.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Door {
    process: Child,
    events: UnboundedSender<String>,
    answers: Receiver<Result<Value, String>>,
}

#[derive(Clone)]
struct Runtime {
    events: Arc<Mutex<UnboundedReceiver<String>>>,
    answers: Sender<Result<Value, String>>,
}

impl Door {
    pub(crate) fn open(program: &Path, endpoint: &str) -> Result<Door, Box<dyn Error>> {
        let ((events, waiting), (told, answers)) = (unbounded_channel(), channel());
        let runtime = Runtime { events: Arc::new(Mutex::new(waiting)), answers: told };
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answered))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(failed))
            .with_state(runtime);
        let process = doors::run(program, &serve(router)?)
            .envs([("AWS_ENDPOINT_URL", endpoint), ("TIDEGATE_LOG", "error")])
            .spawn()
            .map_err(|why| format!("{}: {why}", program.display()))?;
        Ok(Door { process, events, answers })
    }

    /// The minute is over: how long the door took.
    pub(crate) fn tick(&mut self) -> Result<Duration, Box<dyn Error>> {
        let began = Instant::now();
        self.give(&json!({}))?;
        Ok(began.elapsed())
    }

    /// Somebody starts a rollout of this plan.
    pub(crate) fn start(&mut self, plan: &str) -> Result<(), Box<dyn Error>> {
        self.call("POST", "/v1/rollouts", &json!({ "plan": plan }).to_string()).map(drop)
    }

    /// Somebody calls the API: what it answers.
    pub(crate) fn call(&mut self, method: &str, path: &str, body: &str) -> Result<Value, Box<dyn Error>> {
        let http = json!({
            "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "bench",
        });
        let iam = json!({
            "accessKey": "AKIDBENCH", "accountId": "000000000000", "callerId": "AIDABENCH",
            "userArn": "arn:aws:iam::000000000000:user/olga", "userId": "AIDABENCH",
        });
        let answer = self.give(&json!({
            "version": "2.0", "routeKey": "ANY /v1/{proxy+}", "rawPath": path, "rawQueryString": "",
            "headers": {"content-type": "application/json", "host": "bench"},
            "requestContext": {
                "accountId": "000000000000", "apiId": "bench", "authorizer": {"iam": iam}, "domainName": "bench",
                "domainPrefix": "bench", "http": http, "requestId": "bench", "routeKey": "ANY /v1/{proxy+}",
                "stage": "$default", "time": "21/Aug/2026:16:53:08 +0000", "timeEpoch": 1_787_331_188_390_u64,
            },
            "body": body,
            "isBase64Encoded": false,
        }))?;
        let is_done = matches!(answer.get("statusCode").and_then(Value::as_u64), Some(200 | 201));
        let body = answer.get("body").and_then(Value::as_str).filter(|_| is_done);
        let body = body.ok_or_else(|| format!("{method} {path}: {answer}"))?;
        Ok(serde_json::from_str(body)?)
    }

    /// Hands it an event, and waits for what it answers.
    pub(crate) fn give(&mut self, event: &Value) -> Result<Value, Box<dyn Error>> {
        self.events.send(event.to_string())?;
        Ok(self.answers.recv_timeout(PATIENCE)??)
    }

    /// The most that it has held so far.
    pub(crate) fn megabytes(&self) -> Result<f64, Box<dyn Error>> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes: f64 = line.unwrap_or_default().trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes / 1024.0)
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

type Handed = ([(HeaderName, String); 3], String);

async fn next(State(runtime): State<Runtime>) -> Result<Handed, StatusCode> {
    let event = runtime.events.lock().await.recv().await.ok_or(StatusCode::GONE)?;
    let deadline = std::time::SystemTime::now() + PATIENCE;
    let deadline = deadline.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_millis();
    let names = [
        ("lambda-runtime-aws-request-id", "bench".to_owned()),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:000000000000:function:door".to_owned(),
        ),
    ];
    Ok((names.map(|(name, value)| (HeaderName::from_static(name), value)), event))
}

async fn answered(State(runtime): State<Runtime>, body: String) -> StatusCode {
    told(&runtime, serde_json::from_str(&body).map_err(|why| format!("{why}: {body}")))
}

async fn failed(State(runtime): State<Runtime>, body: String) -> StatusCode {
    told(&runtime, Err(body))
}

fn told(runtime: &Runtime, answer: Result<Value, String>) -> StatusCode {
    match runtime.answers.send(answer) {
        Ok(()) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::GONE,
    }
}

//! Tries what checks say: calls over HTTP, and of functions that are tagged for it.
//!
//! Whoever answers is a stranger: no redirect is followed, only the beginning of an answer is read, and what is kept of it
//! says whether it was as expected and nothing else of it.

use crate::errors::{is_forbidden, words};
use aws_sdk_lambda::{
    Client,
    config::{
        Config, StalledStreamProtectionConfig, http::HttpResponse, retry::RetryConfig, timeout::TimeoutConfig,
    },
    error::SdkError,
    operation::invoke::{InvokeError, InvokeOutput},
    primitives::Blob,
};
use control::ports::{Probed, Prober};
use rollout::{
    plan::{Check, Probe},
    time::Span,
};
use std::{io::Read, time::Duration};
use ureq::{
    Agent,
    http::{Request, Response},
};

/// So much of an answer is looked at.
const BODY_BYTES_MAX: u64 = 1024 * 1024;
/// What is told of an error has no more characters.
const WHY_MAX: usize = 200;
/// Nothing is tried for longer: the door is over after 15 minutes, and says before that what came of it.
const TRIES_MAX: Span = Span::minutes(14);

/// What tries.
#[derive(Debug)]
pub struct Tries {
    agent: Agent,
    lambda: Client,
}

/// A call over HTTP, and what must come of it.
#[derive(Debug)]
struct Call {
    request: Request<Vec<u8>>,
    status: u16,
    body: Option<String>,
    within: Span,
}

impl Tries {
    /// With the client's credentials and endpoint for functions, and none at all for HTTP.
    pub fn new(lambda: &Client) -> Tries {
        let config = Agent::config_builder().max_redirects(0).http_status_as_error(false);
        let config = config.user_agent("tidegate").build();
        Tries { agent: config.new_agent(), lambda: lambda.clone() }
    }

    async fn http(&self, call: Call) -> Probed {
        let agent = self.agent.clone();
        let tried = tokio::task::spawn_blocking(move || call.run(&agent)).await;
        tried.unwrap_or_else(|error| failed(&format!("it was not tried to its end: {error}")))
    }

    async fn lambda(&self, function: &str, payload: &str, within: Span) -> Probed {
        // It may take its time, longer than other calls, and a load test that is asked for once is run once.
        let takes = duration(within);
        let takes =
            TimeoutConfig::builder().operation_timeout(takes).operation_attempt_timeout(takes).build();
        let config = Config::builder()
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .timeout_config(takes);
        let call = self.lambda.invoke().function_name(function).payload(Blob::new(payload));
        told(call.customize().config_override(config).send().await, within)
    }
}

impl Prober for Tries {
    async fn probe(&self, check: &Check) -> Probed {
        let within = within(&check.probe);
        match &check.probe {
            Probe::Http { method, url, sends, status, body, .. } => {
                match request(method, url, sends.as_deref()) {
                    Ok(request) => {
                        self.http(Call { request, status: *status, body: body.clone(), within }).await
                    }
                    Err(error) => failed(&format!("it cannot be called: {error}")),
                }
            }
            Probe::Lambda { function, payload, .. } => self.lambda(function, payload, within).await,
        }
    }
}

fn within(probe: &Probe) -> Span {
    probe.within().min(TRIES_MAX)
}

fn request(method: &str, url: &str, sends: Option<&str>) -> Result<Request<Vec<u8>>, ureq::http::Error> {
    let mut request = Request::builder().method(method).uri(url);
    if let Some(sends) = sends {
        let is_json = serde_json::from_str::<serde::de::IgnoredAny>(sends).is_ok();
        let kind = if is_json { "application/json" } else { "text/plain; charset=utf-8" };
        request = request.header("content-type", kind);
    }
    request.body(sends.map(|sends| sends.as_bytes().to_vec()).unwrap_or_default())
}

impl Call {
    fn run(self, agent: &Agent) -> Probed {
        let (parts, sends) = self.request.into_parts();
        let within = Some(duration(self.within));
        let answer = if sends.is_empty() {
            let request = agent.configure_request(Request::from_parts(parts, ()));
            agent.run(request.timeout_global(within).build())
        } else {
            let request = agent.configure_request(Request::from_parts(parts, sends));
            agent.run(request.timeout_global(within).build())
        };
        let read = |mut answer: Response<ureq::Body>| -> Result<Probed, ureq::Error> {
            let status = answer.status().as_u16();
            if status != self.status {
                return Ok(failed(&format!("it answered {status} and not {}", self.status)));
            }
            let Some(wanted) = &self.body else { return Ok(passed(status)) };
            let mut body = vec![];
            answer.body_mut().as_reader().take(BODY_BYTES_MAX).read_to_end(&mut body)?;
            let has = String::from_utf8_lossy(&body).contains(wanted.as_str());
            Ok(if has { passed(status) } else { failed(&format!("{wanted:?} is not in what it answered")) })
        };
        answer.and_then(read).unwrap_or_else(|error| not_answered(&error, self.within))
    }
}

fn not_answered(error: &ureq::Error, within: Span) -> Probed {
    let is_cut = |error: &std::io::Error| error.kind() == std::io::ErrorKind::TimedOut;
    let is_late =
        matches!(error, ureq::Error::Timeout(_)) || matches!(error, ureq::Error::Io(error) if is_cut(error));
    if is_late { no_answer(within) } else { failed(&format!("it cannot be called: {error}")) }
}

fn told(answer: Result<InvokeOutput, SdkError<InvokeError, HttpResponse>>, within: Span) -> Probed {
    match answer {
        Ok(answer) => match answer.function_error() {
            Some(kind) => failed(&format!("it failed: {kind}")),
            None => passed(200),
        },
        Err(SdkError::TimeoutError(_)) => no_answer(within),
        Err(error) if is_forbidden(&error) => {
            failed("it may not be called: there is none, or it lacks the tag tidegate:check=true")
        }
        Err(error) => failed(&format!("it cannot be called: {}", words(&error))),
    }
}

fn passed(status: u16) -> Probed {
    Probed { passed: true, detail: status.to_string() }
}

fn failed(why: &str) -> Probed {
    Probed { passed: false, detail: why.chars().take(WHY_MAX).collect() }
}

fn no_answer(within: Span) -> Probed {
    failed(&format!("no answer within {within}"))
}

fn duration(span: Span) -> Duration {
    Duration::from_millis(span.as_millis())
}

#[cfg(test)]
mod tests;

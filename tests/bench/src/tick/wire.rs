//! Between a door and its AWS: every request passes through here, and is counted and timed.

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, Uri, request::Parts},
    response::Response,
};
use std::{
    error::Error,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Requests and answers are smaller.
const BYTES_MAX: usize = 64 << 20;

/// A request, and how long the other side took.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) kind: String,
    pub(crate) took: Duration,
    pub(crate) ended: Instant,
}

/// What was called, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Calls(pub(crate) Vec<Call>);

impl Calls {
    pub(crate) fn took(&self) -> Duration {
        self.0.iter().map(|call| call.took).sum()
    }

    /// Whether something was written, to the table or to a function.
    pub(crate) fn write(&self) -> bool {
        let writes = ["TransactWriteItems", "PutItem", "UpdateItem", "PUT function"];
        self.0.iter().any(|call| writes.contains(&call.kind.as_str()))
    }
}

/// Passes on what it gets.
pub(crate) struct Wire {
    url: String,
    seen: Seen,
}

#[derive(Clone)]
struct Seen {
    onward: Arc<str>,
    agent: ureq::Agent,
    calls: Arc<Mutex<Calls>>,
}

impl Wire {
    pub(crate) fn new(endpoint: &str) -> Result<Wire, Box<dyn Error>> {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build().into();
        let seen = Seen { onward: endpoint.into(), agent, calls: Arc::default() };
        let url = serve(Router::new().fallback(pass).with_state(seen.clone()))?;
        Ok(Wire { url: format!("http://{url}"), seen })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What has passed since it was last asked.
    pub(crate) fn take(&self) -> Calls {
        std::mem::take(&mut self.seen.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Answers on a port of its own until the process ends.
pub(crate) fn serve(router: Router) -> Result<String, Box<dyn Error>> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?.to_string();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            axum::serve(listener, router).await
        })
    });
    Ok(address)
}

async fn pass(State(seen): State<Seen>, request: Request) -> Result<Response, StatusCode> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, BYTES_MAX).await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    let kind = kind(&head.method, &head.uri, &head.headers);
    let began = Instant::now();
    let sent = seen.clone();
    let answered = tokio::task::spawn_blocking(move || sent.send(&head, &body)).await;
    let answer = answered.ok().flatten().ok_or(StatusCode::BAD_GATEWAY)?;
    let ended = Instant::now();
    let call = Call { kind, took: ended - began, ended };
    seen.calls.lock().unwrap_or_else(PoisonError::into_inner).0.push(call);
    Ok(answer)
}

impl Seen {
    fn send(&self, head: &Parts, body: &Bytes) -> Option<Response> {
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut onward =
            ureq::http::Request::builder().method(head.method.clone()).uri(format!("{}{path}", self.onward));
        for (name, value) in head.headers.iter().filter(|(name, _)| *name != "host") {
            onward = onward.header(name, value);
        }
        let mut answer = self.agent.run(onward.body(body.as_ref()).ok()?).ok()?;
        let bytes = answer.body_mut().with_config().limit(BYTES_MAX as u64).read_to_vec().ok()?;
        let mut back = Response::builder().status(answer.status());
        let hops = ["content-length", "transfer-encoding", "connection"];
        for (name, value) in answer.headers().iter().filter(|(name, _)| !hops.contains(&name.as_str())) {
            back = back.header(name, value);
        }
        back.body(Body::from(bytes)).ok()
    }
}

/// The operation, which each service says in its own way.
fn kind(method: &Method, uri: &Uri, headers: &HeaderMap) -> String {
    if let Some(target) = headers.get("x-amz-target").and_then(|target| target.to_str().ok()) {
        return target.rsplit('.').next().unwrap_or(target).to_owned();
    }
    match uri.path().rsplit_once("/operation/") {
        Some((_, operation)) => operation.to_owned(),
        None if uri.path().contains("/functions/") => format!("{method} function"),
        None => format!("{method} {}", uri.path()),
    }
}

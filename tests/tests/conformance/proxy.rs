//! A proxy in front of the embedded table that answers some calls as a real DynamoDB does on a bad day.
//!
//! The embedded table does one thing after the other and never says that it is busy, and no reply of it is lost.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// None: the call is answered.
    Fair,
    /// Another transaction is at one of the items: nothing is written.
    Conflict,
    /// The table is throttled inside a transaction: nothing is written.
    ThrottledInside,
    /// The table is throttled: nothing is written.
    Throttled,
    /// An error of the server, and nothing is written.
    Broken,
    /// An error of the server, though it was written.
    BrokenAfterwards,
    /// It is written, and the connection is gone before the reply.
    ReplyLost,
    /// The connection is gone before anything is written.
    CallLost,
}

/// The weather and what was seen of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxy {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    coming: BTreeMap<String, VecDeque<Fault>>,
    calls: BTreeMap<String, usize>,
}

impl Proxy {
    /// Forwards to `endpoint`; answers with the endpoint of the proxy.
    pub(crate) async fn before(endpoint: &str) -> (Proxy, String) {
        let upstream = endpoint.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let here = format!("http://{}", listener.local_addr().unwrap());
        let proxy = Proxy::default();
        let serving = proxy.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (proxy, upstream) = (serving.clone(), upstream.clone());
                tokio::spawn(async move { proxy.serve(client, &upstream).await });
            }
        });
        (proxy, here)
    }

    /// The next calls of `operation` meet these, one each.
    pub(crate) fn brew(&self, operation: &str, faults: impl IntoIterator<Item = Fault>) {
        self.state.lock().unwrap().coming.entry(operation.into()).or_default().extend(faults);
    }

    /// The calls since this was last asked, and whether all that was brewed has come.
    pub(crate) fn seen(&self) -> (BTreeMap<String, usize>, bool) {
        let mut state = self.state.lock().unwrap();
        let all_came = state.coming.values().all(VecDeque::is_empty);
        (std::mem::take(&mut state.calls), all_came)
    }

    async fn serve(&self, client: TcpStream, upstream: &str) -> Option<()> {
        let mut client = BufReader::new(client);
        let mut upstream = BufReader::new(TcpStream::connect(upstream).await.ok()?);
        loop {
            let call = Message::read(&mut client).await?;
            let fault = self.next(&call.operation()?);
            if let Some(answer) = fault.and_then(refusal) {
                client.write_all(answer.as_bytes()).await.ok()?;
                continue;
            }
            if fault == Some(Fault::CallLost) {
                return None;
            }
            upstream.write_all(&call.bytes).await.ok()?;
            let reply = Message::read(&mut upstream).await?;
            match fault {
                Some(Fault::ReplyLost) => return None,
                Some(Fault::BrokenAfterwards) => client.write_all(broken().as_bytes()).await.ok()?,
                _ => client.write_all(&reply.bytes).await.ok()?,
            }
        }
    }

    fn next(&self, operation: &str) -> Option<Fault> {
        let mut state = self.state.lock().unwrap();
        *state.calls.entry(operation.into()).or_default() += 1;
        state.coming.get_mut(operation).and_then(VecDeque::pop_front)
    }
}

/// The answer to a call that is not forwarded.
fn refusal(fault: Fault) -> Option<String> {
    match fault {
        Fault::Conflict => Some(cancelled("TransactionConflict")),
        Fault::ThrottledInside => Some(cancelled("ThrottlingError")),
        Fault::Throttled => Some(answer("400 Bad Request", "ThrottlingException", "")),
        Fault::Broken => Some(broken()),
        Fault::Fair | Fault::BrokenAfterwards | Fault::ReplyLost | Fault::CallLost => None,
    }
}

fn broken() -> String {
    answer("500 Internal Server Error", "InternalServerError", "")
}

fn cancelled(code: &str) -> String {
    let reasons =
        format!(r#","CancellationReasons":[{{"Code":"None"}},{{"Code":"{code}","Message":"busy"}}]"#);
    answer("400 Bad Request", "TransactionCanceledException", &reasons)
}

fn answer(status: &str, error: &str, more: &str) -> String {
    let body =
        format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{error}","message":"injected"{more}}}"#);
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// A request or a reply, whose length its header says.
struct Message {
    header: String,
    bytes: Vec<u8>,
}

impl Message {
    async fn read(from: &mut BufReader<TcpStream>) -> Option<Message> {
        let mut header = String::new();
        while !header.ends_with("\r\n\r\n") {
            if from.read_line(&mut header).await.ok()? == 0 {
                return None;
            }
        }
        let mut message = Message { bytes: header.clone().into_bytes(), header };
        let mut body = vec![0; message.field("content-length").map_or(0, |n| n.parse().unwrap())];
        from.read_exact(&mut body).await.ok()?;
        message.bytes.extend(body);
        Some(message)
    }

    fn field(&self, name: &str) -> Option<&str> {
        let fields = self.header.lines().filter_map(|line| line.split_once(':'));
        fields.into_iter().find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    fn operation(&self) -> Option<String> {
        self.field("x-amz-target").and_then(|target| target.rsplit_once('.')).map(|(_, name)| name.to_owned())
    }
}

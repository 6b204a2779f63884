//! A gateway that lets nobody through whose signature it cannot make again.

use sha2::{Digest, Sha256};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

pub(crate) const KEY: &str = "AKIDEXAMPLE";
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
pub(crate) const SESSION: &str = "a/session+token==";

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

type Change = fn(&mut Arrived);

/// What it answers.
#[derive(Clone, Copy)]
enum Manner {
    /// Lets through what is signed well, after something on the way has changed it.
    Honest(Change),
    /// Always says this, with a date of long ago.
    Deaf(u16, &'static str),
}

/// Runs until the test ends.
pub(crate) struct Gateway {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Arrived>>>,
}

impl Gateway {
    pub(crate) fn honest() -> Gateway {
        Gateway::new(Manner::Honest(|_| {}))
    }

    /// Behind something that changes requests.
    pub(crate) fn behind(change: Change) -> Gateway {
        Gateway::new(Manner::Honest(change))
    }

    pub(crate) fn deaf(status: u16, message: &'static str) -> Gateway {
        Gateway::new(Manner::Deaf(status, message))
    }

    fn new(manner: Manner) -> Gateway {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<Arrived>>> = Arc::default();
        let kept = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming() {
                serve(stream.unwrap(), manner, &kept);
            }
        });
        Gateway { url, seen }
    }

    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, manner: Manner, seen: &Mutex<Vec<Arrived>>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    let mut arrived = Arrived::read(&mut lines);
    if arrived.method == "CONNECT" {
        // It stands for any other host.
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        arrived = Arrived::read(&mut lines);
    }
    seen.lock().unwrap().push(arrived.clone());
    let (status, body) = match manner {
        Manner::Deaf(status, message) => (status, format!("{{\"message\":\"{message}\"}}")),
        Manner::Honest(change) => {
            change(&mut arrived);
            let known = arrived.header("authorization") == arrived.signed_again();
            let empty = r#"{"rollouts":[],"unreadable":[],"rising":[],"lines":[],"next":null}"#;
            if known { (200, empty.to_owned()) } else { (403, "{\"message\":\"Forbidden\"}".to_owned()) }
        }
    };
    let date = match manner {
        Manner::Deaf(..) => "date: Sun, 09 Sep 2001 01:46:40 GMT\r\n",
        Manner::Honest(_) => "",
    };
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} Told\r\n{date}content-length: {length}\r\nconnection: close\r\n\r\n");
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
}

impl Arrived {
    fn read(lines: &mut impl BufRead) -> Arrived {
        let mut line = || {
            let mut text = String::new();
            lines.read_line(&mut text).unwrap();
            text.trim_end().to_owned()
        };
        let first = line();
        let mut words = first.split(' ');
        let (method, target) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
        let mut headers = vec![];
        loop {
            let header = line();
            let Some((name, value)) = header.split_once(':') else { break };
            headers.push((name.to_lowercase(), value.trim().to_owned()));
        }
        // A proxy is told the whole address.
        let target = target.strip_prefix("http://").map_or(target.clone(), |rest| {
            rest.split_once('/').map_or_else(|| "/".to_owned(), |(_, path)| format!("/{path}"))
        });
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let (path, query) = (path.to_owned(), query.to_owned());
        let mut arrived = Arrived { method, path, query, headers, body: String::new() };
        let length = arrived.header("content-length").parse().unwrap_or(0);
        lines.take(length).read_to_string(&mut arrived.body).unwrap();
        arrived
    }

    pub(crate) fn header(&self, name: &str) -> String {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map_or_else(String::new, |(_, value)| value.clone())
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        let slot = self.headers.iter_mut().find(|(known, _)| known == name).unwrap();
        value.clone_into(&mut slot.1);
    }

    /// Whether this header is part of what was signed.
    pub(crate) fn signs(&self, name: &str) -> bool {
        self.signed_headers().split(';').any(|signed| signed == name)
    }

    fn signed_headers(&self) -> String {
        let authorization = self.header("authorization");
        let (_, after) = authorization.split_once("SignedHeaders=").unwrap_or_default();
        after.split(',').next().unwrap().to_owned()
    }

    /// What its `Authorization` must be: the five steps of AWS's "Create a signed request".
    fn signed_again(&self) -> String {
        let authorization = self.header("authorization");
        let (_, scope) = authorization.split_once(&format!("Credential={KEY}/")).unwrap_or_default();
        let scope = scope.split(',').next().unwrap();
        let signed = self.signed_headers();
        let headers: String =
            signed.split(';').map(|name| format!("{name}:{}\n", self.header(name))).collect();
        let mut query: Vec<&str> = self.query.split('&').collect();
        query.sort_unstable();
        let (method, path, query, body) =
            (&self.method, &self.path, query.join("&"), hex(&Sha256::digest(&self.body)));
        let canonical = format!("{method}\n{path}\n{query}\n{headers}\n{signed}\n{body}");
        let at = self.header("x-amz-date");
        let to_sign = format!("AWS4-HMAC-SHA256\n{at}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
        let key = scope
            .split('/')
            .fold(format!("AWS4{SECRET}").into_bytes(), |key, part| hmac(&key, part.as_bytes()).to_vec());
        let signature = hex(&hmac(&key, to_sign.as_bytes()));
        format!("AWS4-HMAC-SHA256 Credential={KEY}/{scope}, SignedHeaders={signed}, Signature={signature}")
    }
}

/// RFC 2104, for keys that are no longer than a block.
fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let pad = |with: u8| -> Vec<u8> { (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ with).collect() };
    let inner = Sha256::digest([pad(0x36).as_slice(), text].concat());
    Sha256::digest([pad(0x5c).as_slice(), inner.as_slice()].concat()).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

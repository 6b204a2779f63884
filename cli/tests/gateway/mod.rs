//! A gateway that lets nobody through whose signature it cannot make again.

use crate::arrived::{Arrived, Said, serve};
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex};

pub(crate) const KEY: &str = "AKIDEXAMPLE";
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
pub(crate) const SESSION: &str = "a/session+token==";

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
        let seen: Arc<Mutex<Vec<Arrived>>> = Arc::default();
        let kept = Arc::clone(&seen);
        let url = serve(move |arrived| {
            kept.lock().unwrap().push(arrived.clone());
            manner.answer(arrived)
        });
        Gateway { url, seen }
    }

    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        self.seen.lock().unwrap().clone()
    }
}

impl Manner {
    fn answer(self, mut arrived: Arrived) -> Said {
        match self {
            Manner::Deaf(status, message) => {
                let date = "date: Sun, 09 Sep 2001 01:46:40 GMT\r\n";
                Said { headers: date, ..Said::new(status, format!("{{\"message\":\"{message}\"}}")) }
            }
            Manner::Honest(change) => {
                change(&mut arrived);
                let known = arrived.header("authorization") == arrived.signed_again();
                let empty = r#"{"rollouts":[],"unreadable":[],"rising":[],"lines":[],"next":null,"pulled":false,"roll_back":false}"#;
                if known { Said::new(200, empty) } else { Said::new(403, "{\"message\":\"Forbidden\"}") }
            }
        }
    }
}

impl Arrived {
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

//! Requests as they come in, byte for byte, and what is answered.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
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
}

/// A status, headers, and a body.
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) headers: &'static str,
    pub(crate) body: String,
}

impl Said {
    pub(crate) fn new(status: u16, body: impl Into<String>) -> Said {
        Said { status, headers: "", body: body.into() }
    }
}

/// Answers each request on a port of this machine until the test ends; where that is.
pub(crate) fn serve(answer: impl Fn(Arrived) -> Said + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = std::sync::Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let answer = std::sync::Arc::clone(&answer);
            thread::spawn(move || one(stream.unwrap(), &*answer));
        }
    });
    url
}

fn one(mut stream: TcpStream, answer: &dyn Fn(Arrived) -> Said) {
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    let mut arrived = Arrived::read(&mut lines);
    if arrived.method == "CONNECT" {
        // A proxy stands for any other host.
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        arrived = Arrived::read(&mut lines);
    }
    let Said { status, headers, body } = answer(arrived);
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} Told\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n");
    // Whoever asked may have been killed.
    let _ = stream.write_all(format!("{head}{body}").as_bytes());
}

//! A server on this machine that answers as AWS may, over a real socket: what a local AWS never does.

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

/// A status, a header, and what is said.
pub(crate) type Said = (u16, &'static str, Vec<u8>);

/// The account that it is, and all that was asked of it.
pub(crate) struct Server {
    pub(crate) config: SdkConfig,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers each call by its number and what is asked; where there is nothing to say it never does.
    pub(crate) fn start(answer: impl Fn(usize, &str) -> Option<Said> + Send + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let known = Arc::clone(&asked);
        thread::spawn(move || {
            let mut silent = vec![];
            for mut stream in listener.incoming().map_while(Result::ok) {
                let call = read(&stream);
                let said = {
                    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
                    known.push(call.clone());
                    answer(known.len() - 1, &call)
                };
                match said {
                    Some((status, header, body)) => {
                        let length = body.len();
                        let head =
                            format!("HTTP/1.1 {status} So\r\n{header}\r\ncontent-length: {length}\r\n");
                        // Whoever has waited too long hangs up.
                        let _ = stream.write_all(format!("{head}connection: close\r\n\r\n").as_bytes());
                        let _ = stream.write_all(&body);
                    }
                    None => silent.push(stream),
                }
            }
        });
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new("k", "s", None, None, "t")))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .retry_config(RetryConfig::disabled())
            .endpoint_url(url);
        Server { config: config.build(), asked }
    }

    /// How many calls said this.
    pub(crate) fn count(&self, said: &str) -> usize {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.iter().filter(|call| call.contains(said)).count()
    }
}

/// A call as it was sent, whatever is in it.
fn read(stream: &TcpStream) -> String {
    let (mut reader, mut call, mut length) = (BufReader::new(stream), String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let named = line.to_lowercase();
        length = named.strip_prefix("content-length: ").map_or(length, |n| n.trim().parse().unwrap());
        call.push_str(&line);
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    call + &String::from_utf8_lossy(&body)
}

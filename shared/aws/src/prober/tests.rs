use super::*;
use aws_sdk_lambda::{config::http::HttpResponse, error::ErrorMetadata};
use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    thread,
};

/// Answers one call with this, and tells what was asked.
fn server(answer: String) -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/healthz", listener.local_addr().unwrap());
    let serving = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let (mut asked, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let named = line.to_lowercase();
            length = named.strip_prefix("content-length: ").map_or(length, |n| n.trim().parse().unwrap());
            asked.push_str(&line);
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        asked.push_str(&String::from_utf8(body).unwrap());
        // Whoever has seen enough hangs up before the end.
        let _ = stream.write_all(answer.as_bytes());
        asked
    });
    (url, serving)
}

fn answer(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn tries() -> Tries {
    let config = Config::builder().behavior_version(aws_sdk_lambda::config::BehaviorVersion::latest());
    Tries::new(&Client::from_conf(config.build()))
}

fn http(method: &str, url: &str, sends: Option<&str>, body: Option<&str>) -> Check {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let (method, url, within) = (method.to_owned(), url.to_owned(), Some(Span::millis(500)));
    let probe = Probe::Http { method, url, sends: owned(sends), status: 200, within, body: owned(body) };
    Check { name: "health".to_owned(), probe }
}

/// What comes of a check that is answered so.
async fn of(answer: String, body: Option<&str>) -> (bool, String) {
    let (url, serving) = server(answer);
    let Probed { passed, detail } = tries().probe(&http("GET", &url, None, body)).await;
    assert!(serving.join().unwrap().starts_with("GET /healthz HTTP/1.1\r\n"));
    (passed, detail)
}

fn said<T: ToString>(passed: bool, detail: T) -> (bool, String) {
    (passed, detail.to_string())
}

#[tokio::test]
async fn what_is_expected_passes_and_nothing_else_does() {
    assert_eq!(of(answer("200 OK", "all is well"), None).await, said(true, "200"));
    assert_eq!(of(answer("200 OK", "all is well"), Some("is well")).await, said(true, "200"));
    let lacks = said(false, "\"is well\" is not in what it answered");
    assert_eq!(of(answer("200 OK", "all is ill"), Some("is well")).await, lacks);
    let other = said(false, "it answered 503 and not 200");
    assert_eq!(of(answer("503 Service Unavailable", "is well"), Some("is well")).await, other);
}

#[tokio::test]
async fn nobody_leads_elsewhere() {
    let moved = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n".to_owned();
    assert_eq!(of(moved, None).await, said(false, "it answered 302 and not 200"));
}

#[tokio::test]
async fn only_the_beginning_of_an_answer_is_read() {
    let limit = usize::try_from(BODY_BYTES_MAX).unwrap();
    let early = format!("well{}", "x".repeat(4 * limit));
    assert_eq!(of(answer("200 OK", &early), Some("well")).await, said(true, "200"));
    let late = format!("{}well", "x".repeat(limit));
    assert!(!of(answer("200 OK", &late), Some("well")).await.0);
}

#[tokio::test]
async fn whoever_does_not_answer_in_time_fails() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let Probed { passed, detail } = tries().probe(&http("GET", &url, None, None)).await;
    assert_eq!((passed, detail), said(false, "no answer within 500ms"));
    drop(listener);
    let Probed { passed, detail } = tries().probe(&http("GET", &url, None, None)).await;
    assert!(!passed && detail.starts_with("it cannot be called: "), "{detail}");
    let Probed { passed, detail } = tries().probe(&http("GET", "http://", None, None)).await;
    assert!(!passed && detail.starts_with("it cannot be called: "), "{detail}");
}

#[tokio::test]
async fn what_is_sent_says_what_it_is() {
    for (sends, kind) in [("{\"n\":1}", "application/json"), ("hello", "text/plain; charset=utf-8")] {
        let (url, serving) = server(answer("200 OK", ""));
        assert!(tries().probe(&http("POST", &url, Some(sends), None)).await.passed);
        let asked = serving.join().unwrap();
        assert!(asked.contains(&format!("content-type: {kind}\r\n")), "{asked}");
        assert!(asked.starts_with("POST ") && asked.ends_with(sends), "{asked}");
    }
}

#[test]
fn each_answer_of_a_function_is_told_apart() {
    let within = Span::minutes(15);
    let ok = InvokeOutput::builder().status_code(200).build();
    assert_eq!(told(Ok(ok), within), passed(200));
    let error = InvokeOutput::builder().status_code(200).function_error("Unhandled").build();
    assert_eq!(told(Ok(error), within), failed("it failed: Unhandled"));
    let late: SdkError<InvokeError, HttpResponse> = SdkError::timeout_error("too long");
    assert_eq!(told(Err(late), within), failed("no answer within 15m"));
    let said = |code: &str, status: u16| {
        let metadata = ErrorMetadata::builder().code(code).message("why").build();
        let raw = HttpResponse::new(status.try_into().unwrap(), "".into());
        told(Err(SdkError::service_error(InvokeError::generic(metadata), raw)), within).detail
    };
    assert!(said("AccessDeniedException", 403).contains("tidegate:check=true"));
    assert_eq!(said("TooManyRequestsException", 429), "it cannot be called: TooManyRequestsException: why");
}

#[tokio::test]
async fn a_function_may_take_longer_than_other_calls() {
    let slow = crate::testing::Server::start(|_, _| {
        thread::sleep(std::time::Duration::from_millis(300));
        Some((200, "x-amz-executed-version: 1", b"{}".to_vec()))
    });
    let brief = TimeoutConfig::builder().operation_attempt_timeout(std::time::Duration::from_millis(50));
    let config = slow.config.into_builder().timeout_config(brief.build()).build();
    let tries = Tries::new(&Client::new(&config));
    let probe = |within| Probe::Lambda { function: "load".to_owned(), payload: "{}".to_owned(), within };
    let check = |within| Check { name: "load".to_owned(), probe: probe(within) };
    assert_eq!(tries.probe(&check(Span::seconds(10))).await, passed(200));
    assert_eq!(tries.probe(&check(Span::millis(100))).await, failed("no answer within 100ms"));
}

/// The door's own time, as the template has it: a result that it cannot keep any more would be tried for again and again.
#[test]
fn what_is_tried_ends_before_the_door_does() {
    let template = include_str!("../../../../template.yaml");
    let probe = template.split("FunctionName: !Sub \"${AWS::StackName}-probe\"").nth(1).unwrap();
    let timeout = probe.split("Timeout: ").nth(1).unwrap().split_whitespace().next().unwrap();
    let door = Span::seconds(timeout.parse().unwrap());
    let longest = rollout::plan::LAMBDA_WITHIN;
    let probe = Probe::Lambda { function: "load".to_owned(), payload: "{}".to_owned(), within: longest };
    assert!(within(&probe).plus(Span::seconds(30)) < door, "{} of {door}", within(&probe));
}

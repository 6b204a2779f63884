//! The command line against an API that takes the signatures of an AWS account: the built program, and a gateway that
//! makes each signature again out of what has arrived.
//!
//! It does so by the book rather than with the crate that signed, so that a setting which is wrong on both sides is seen.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

mod arrived;
#[expect(dead_code, reason = "each test file uses its own part of what they share")]
mod common;
mod gateway;

use arrived::Arrived;
use common::{Place, Ran};
use gateway::{Gateway, KEY, SECRET, SESSION};

/// Somebody who is signed in, in a region of their own.
fn say(place: &Place, gateway: &Gateway, arguments: &[&str], more: &[(&str, &str)]) -> Ran {
    let mut command = place.tidegate(arguments);
    command.env_clear();
    let nowhere = place.path("nothing").display().to_string();
    let account = [
        ("AWS_ACCESS_KEY_ID", KEY),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_SESSION_TOKEN", SESSION),
        ("AWS_REGION", "ap-south-1"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_CONFIG_FILE", &nowhere),
        ("AWS_SHARED_CREDENTIALS_FILE", &nowhere),
        // The names of others lead here, too.
        ("http_proxy", &gateway.url),
    ];
    command.envs(account).envs(more.iter().copied());
    Ran::of(command.output().unwrap())
}

/// A host that is not this machine, in a region that its name says.
const ELSEWHERE: &str = "http://abc123.execute-api.eu-west-1.amazonaws.com";

#[test]
fn what_is_sent_is_signed_so_that_the_gateway_can_make_the_signature_again() {
    let (place, gateway) = (Place::new("signed"), Gateway::honest());
    let stopped =
        say(&place, &gateway, &["stop", "--note", "ä \"quoted\" note", "--endpoint", ELSEWHERE], &[]);
    assert_eq!(stopped.code, 0, "{stopped:?}");
    let read = say(&place, &gateway, &["log", "shop-1", "--after", "3", "--endpoint", ELSEWHERE], &[]);
    assert_eq!(read.code, 0, "{read:?}");
    let arrived = gateway.arrived();
    let [write, read] = arrived.as_slice() else { panic!("two requests: {arrived:?}") };
    assert_eq!((write.method.as_str(), write.path.as_str()), ("POST", "/v1/stop"));
    for arrived in [write, read] {
        let scope = format!("Credential={KEY}/");
        assert!(arrived.header("authorization").contains(&scope), "{arrived:?}");
        assert!(
            arrived.header("authorization").contains("/eu-west-1/execute-api/aws4_request"),
            "{arrived:?}"
        );
        assert_eq!(arrived.header("x-amz-security-token"), SESSION);
        assert!(arrived.signs("host") && arrived.signs("x-amz-security-token"), "{arrived:?}");
    }
    assert!(write.signs("idempotency-key") && write.signs("content-type"), "{write:?}");
    assert_eq!(read.query, "after=3");
    // The book wants a query in the order of its names. What is answered is no health; that it is shows that it passed.
    let asked = ["health", "shop-1", "--duration", "1h", "--cohort", "beta", "--endpoint", ELSEWHERE];
    let asked = say(&place, &gateway, &asked, &[]);
    assert!(asked.err.contains("answered what is not expected"), "{asked:?}");
    assert_eq!(gateway.arrived().pop().unwrap().query, "duration=3600s&cohort=beta");
}

#[test]
fn what_was_changed_on_the_way_is_refused() {
    let place = Place::new("tampered");
    let changes: [fn(&mut Arrived); 4] = [
        |arrived| arrived.body = arrived.body.replace("note", "nope"),
        |arrived| arrived.path = arrived.path.replace("stop", "go"),
        |arrived| arrived.set("idempotency-key", "another"),
        |arrived| arrived.set("x-amz-security-token", "another"),
    ];
    for change in changes {
        let gateway = Gateway::behind(change);
        let ran = say(&place, &gateway, &["stop", "--note", "x", "--endpoint", ELSEWHERE], &[]);
        assert!(ran.code == 1 && ran.err.contains("403: Forbidden"), "{ran:?}");
        assert!(ran.err.contains("`execute-api:Invoke`") && ran.err.contains("region eu-west-1"), "{ran:?}");
        assert_eq!(gateway.arrived().len(), 1, "a write that was refused is not sent again");
    }
}

#[test]
fn the_region_is_the_one_that_is_said_then_that_of_the_host_then_the_accounts() {
    let (place, gateway) = (Place::new("regions"), Gateway::honest());
    let own = format!("{}/prod", gateway.url);
    for (endpoint, more, region) in [
        (ELSEWHERE, &[][..], "eu-west-1"),
        (ELSEWHERE, &["--region", "sa-east-1"], "sa-east-1"),
        ("http://rollouts.example.com", &[], "ap-south-1"),
        // On this machine nothing is signed, unless that is said.
        (&own, &["--sign"], "ap-south-1"),
    ] {
        let all: Vec<&str> =
            ["list", "--endpoint", endpoint].into_iter().chain(more.iter().copied()).collect();
        let ran = say(&place, &gateway, &all, &[]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let arrived = gateway.arrived().pop().unwrap();
        assert!(arrived.header("authorization").contains(&format!("/{region}/execute-api/")), "{arrived:?}");
    }
    assert_eq!(gateway.arrived().pop().unwrap().path, "/prod/v1/rollouts");
    let unsaid =
        say(&place, &gateway, &["list", "--endpoint", "http://rollouts.example.com"], &[("AWS_REGION", "")]);
    assert!(unsaid.code == 1 && unsaid.err.contains("say --region"), "{unsaid:?}");
}

#[test]
fn a_token_is_sent_as_it_is_and_a_local_one_goes_nowhere_by_itself() {
    let (place, gateway) = (Place::new("tokens"), Gateway::deaf(403, "Forbidden"));
    std::fs::create_dir(place.path(".tidegate")).unwrap();
    let people =
        r#"{"people":[{"name":"admin","roles":[],"admin":true,"machine":false,"token":"local-secret"}]}"#;
    place.write(".tidegate/tokens", people);
    let list = |more: &[&str], token: &[(&str, &str)]| {
        let all: Vec<&str> =
            ["list", "--endpoint", ELSEWHERE].into_iter().chain(more.iter().copied()).collect();
        let ran = say(&place, &gateway, &all, token);
        (ran, gateway.arrived().pop().unwrap().header("authorization"))
    };
    let (ran, sent) = list(&[], &[("TIDEGATE_TOKEN", "mine")]);
    assert!(sent == "Bearer mine" && ran.err.contains("--sign"), "{ran:?}");
    let (_, sent) = list(&["--sign"], &[("TIDEGATE_TOKEN", "mine")]);
    assert!(sent.starts_with("AWS4-HMAC-SHA256 "), "{sent}");
    let (_, sent) = list(&[], &[]);
    assert!(sent.starts_with("AWS4-HMAC-SHA256 "), "{sent}");
}

#[test]
fn nobody_is_told_how_to_sign_in() {
    let (place, gateway) = (Place::new("nobody"), Gateway::honest());
    let nobody = [("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")];
    let ran = say(&place, &gateway, &["list", "--endpoint", ELSEWHERE], &nobody);
    assert!(ran.code == 1 && ran.err.contains("no credentials of an AWS account"), "{ran:?}");
    assert!(ran.err.contains("aws sso login") && ran.err.contains("--token"), "{ran:?}");
    assert!(gateway.arrived().is_empty());
}

#[test]
fn a_clock_that_is_wrong_is_told_even_where_the_gateway_says_only_no() {
    let (place, gateway) = (Place::new("skew"), Gateway::deaf(403, "Forbidden"));
    let ran = say(&place, &gateway, &["list", "--endpoint", ELSEWHERE], &[]);
    assert!(ran.code == 1 && ran.err.contains("the clock of this machine is"), "{ran:?}");
    assert!(ran.err.contains("ahead of that of the API"), "its answers are of 2001: {ran:?}");
}

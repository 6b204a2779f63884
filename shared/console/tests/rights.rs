//! Who may do what: each route obeys its row of the table, and each refusal says why.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod client;
#[expect(dead_code, reason = "each test file uses its own part of what they share")]
mod ports;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use client::{Answer, Api, PLAN, caller, check_problem};
use console::{BODY_BYTES_MAX, ROUTES, Who};
use rollout::{
    decide::{COMMANDS, Right},
    time::Span,
};
use serde_json::{Value, json};

/// Every route with what it needs: none where nobody is asked who they are.
fn routes() -> Vec<(&'static str, String, Option<Right>)> {
    let each = |route: &console::Route| {
        let path =
            route.path.replace("{id}", "demo-1").replace("{budget}", "llm").replace("{hold}", "2026-01-05-a");
        match route.who {
            Who::Anyone => vec![(route.method, path, None)],
            Who::Has(right) => vec![(route.method, path, Some(right))],
            Who::OfCommand => {
                COMMANDS.map(|right| (route.method, path.replace("{command}", right.to), Some(right))).into()
            }
        }
    };
    ROUTES.iter().flat_map(each).collect()
}

async fn send(api: &Api, method: &str, path: &str, token: Option<&str>) -> Answer {
    let request = Request::builder().method(method).uri(path);
    let request = match token {
        Some(token) => request.header("authorization", format!("Bearer {token}")),
        None => request,
    };
    api.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn every_route_obeys_its_row_of_the_table() {
    let mut refused = 0;
    for (method, path, right) in routes() {
        let Some(right) = right else {
            let api = Api::started().await;
            assert_eq!(send(&api, method, &path, None).await.status, StatusCode::OK, "{path}");
            continue;
        };
        for token in [None, Some("ada-tokem"), Some("ada-token-"), Some("")] {
            let api = Api::started().await;
            check_problem(&send(&api, method, &path, token).await, 401, "unknown-caller");
        }
        for (who, group) in
            [("robot", "machines"), ("olaf", "operators"), ("lena", "leads"), ("ada", "admins")]
        {
            let api = Api::started().await;
            let answer = send(&api, method, &path, Some(&format!("{who}-token"))).await;
            let plan = rollout::plan::load("plan.yaml", PLAN).unwrap().plan;
            match right.refuses(&caller(who, group).actor(&plan)) {
                Some(why) => {
                    check_problem(&answer, 403, "no-right");
                    assert_eq!(answer.body["detail"], why, "{method} {path}");
                    refused += 1;
                }
                None => {
                    assert!(![401, 403].contains(&answer.status.as_u16()), "{who} {path}: {}", answer.body);
                }
            }
        }
    }
    assert_eq!(refused, 18, "of a machine at 14 commands and routes, of two persons at `go` and `abandon`");
}

/// Whoever holds no role in a plan looks and lowers: nothing starts, goes on or is told to it by them.
#[tokio::test]
async fn without_a_role_nobody_starts_or_raises() {
    let api = Api::started().await;
    let refused =
        "pia holds no role in this plan: add them, or a group of theirs, to its `people`, or ask an admin";
    for (path, body) in [
        ("/v1/rollouts", json!({ "plan": PLAN })),
        ("/v1/drills", json!({ "plan": PLAN })),
        ("/v1/rollouts/demo-1/resume", json!({ "at": 1 })),
        ("/v1/rollouts/demo-1/promote", json!({ "at": 1 })),
        ("/v1/rollouts/demo-1/tick", json!({ "text": "docs are written" })),
        ("/v1/rollouts/demo-1/report", json!({ "name": "accuracy", "value": "0.99" })),
        ("/v1/rollouts/demo-1/acknowledge", json!({})),
        ("/v1/rollouts/demo-1/close-budget", json!({ "budget": "llm" })),
    ] {
        let answer = api.post("pia", path, body).await;
        check_problem(&answer, 403, "no-right");
        assert_eq!(answer.body["detail"], refused, "{path}");
    }
    assert_eq!(api.get("pia", "/v1/rollouts/demo-1").await.status, StatusCode::OK);
    let lowered = api.post("pia", "/v1/rollouts/demo-1/rollback", json!({ "note": "it burns" })).await;
    assert_eq!(lowered.body["changed"], true, "{}", lowered.body);
}

/// A percent sign hides no command from the table.
#[tokio::test]
async fn a_command_is_the_same_however_it_is_written() {
    let api = Api::started().await;
    let answer = send(&api, "POST", "/v1/rollouts/demo-1/%61bandon", Some("lena-token")).await;
    check_problem(&answer, 403, "no-right");
}

#[tokio::test]
async fn only_an_admin_lets_the_stop_line_go() {
    let api = Api::started().await;
    api.captured().await;
    api.post("olaf", "/v1/stop", json!({})).await;
    api.sees_the_line().await;
    let go = json!({ "id": api.get("olaf", "/v1/stop").await.body["id"] });
    for who in ["olaf", "lena", "robot"] {
        let refused = api.post(who, "/v1/go", go.clone()).await;
        check_problem(&refused, 403, "no-right");
        let why = format!("{who} is no admin: only an admin may let the stop line go");
        assert_eq!(refused.body["detail"], why);
    }
    assert_eq!(api.get("olaf", "/v1/stop").await.body["pulled"], true);
    assert_eq!(api.post("ada", "/v1/go", go).await.body["changed"], true);
}

#[tokio::test]
async fn consent_is_refused_to_whom_nobody_asked_and_counts_once() {
    let api = Api::started().await;
    let ask = api.asks().await;
    let approve =
        async |who: &str, at: &Value| api.post(who, "/v1/rollouts/demo-1/approve", json!({ "at": at })).await;
    // Of another role; of an admin who holds none; a machine.
    for who in ["olaf", "ada", "robot"] {
        check_problem(&approve(who, &ask).await, 403, "no-right");
    }
    // To another entry than the one that asks, as an earlier stage's question would be.
    let earlier = json!(ask.as_u64().unwrap() - 1);
    check_problem(&approve("lena", &earlier).await, 409, "late");
    assert_eq!(approve("lena", &ask).await.body["changed"], true);
    let again = approve("lena", &ask).await;
    assert_eq!((again.status, &again.body["changed"]), (StatusCode::OK, &json!(false)));
    // Its stage has been left meanwhile.
    api.evaluate().await;
    check_problem(&approve("lena", &ask).await, 409, "not-now");
}

#[tokio::test]
async fn nobody_approves_their_own_rollout() {
    let api = Api::new();
    assert_eq!(api.post("lena", "/v1/rollouts", json!({ "plan": PLAN })).await.status, StatusCode::CREATED);
    let ask = api.asks().await;
    let own = api.post("lena", "/v1/rollouts/demo-1/approve", json!({ "at": ask })).await;
    check_problem(&own, 403, "no-right");
    assert_eq!(own.body["detail"], "lena started this rollout and may not approve it");
}

#[tokio::test]
async fn a_question_that_has_expired_is_answered_by_nobody() {
    let api = Api::started().await;
    let ask = api.asks().await;
    api.ports.later(rollout::decide::CONSENT_LASTS);
    api.ports.later(Span::minutes(1));
    api.evaluate().await;
    let late = api.post("lena", "/v1/rollouts/demo-1/approve", json!({ "at": ask })).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.body);
}

/// The API records consent; evaluate acts on what it measures then, and not on what was shown with the question.
#[tokio::test]
async fn consent_on_stale_evidence_promotes_nobody() {
    let api = Api::started().await;
    let ask = api.asks().await;
    let approve = async || api.post("lena", "/v1/rollouts/demo-1/approve", json!({ "at": ask })).await;
    // Since it was asked it has begun to fail, and nobody has looked.
    api.ports.counts("App/Errors", 50.0);
    api.ports.later(Span::minutes(6));
    assert_eq!(approve().await.body["changed"], true);
    assert_eq!(api.get("lena", "/v1/rollouts/demo-1").await.body["stage"], "canary");
    api.evaluate().await;
    let lines = api.get("lena", "/v1/rollouts/demo-1/log").await.body["lines"].clone();
    let events: Vec<&str> =
        lines.as_array().unwrap().iter().map(|line| line["event"].as_str().unwrap()).collect();
    assert_eq!(events[events.len() - 3..], ["approved", "fired", "lowering"]);
    check_problem(&approve().await, 409, "not-now");
}

#[tokio::test]
async fn the_wrong_stage_is_refused() {
    let api = Api::started().await;
    api.captured().await;
    let at = api.get("ada", "/v1/rollouts/demo-1").await.body["answers"]["moved"].clone();
    for (command, body) in [
        ("promote", json!({ "at": at, "to": "full" })),
        ("promote", json!({ "at": at, "to": "nowhere" })),
        ("skip", json!({ "at": at, "stage": "full" })),
        ("skip", json!({ "at": at, "stage": "nowhere" })),
        ("complete", json!({ "at": at })),
        ("rollback", json!({ "to": "nowhere" })),
    ] {
        let refused = api.post("ada", &format!("/v1/rollouts/demo-1/{command}"), body).await;
        check_problem(&refused, 409, "not-now");
    }
}

#[tokio::test]
async fn every_write_refuses_a_field_that_nobody_knows_and_a_body_that_is_too_large() {
    let api = Api::started().await;
    for (method, path, _) in routes().into_iter().filter(|(method, ..)| *method == "POST") {
        let forged = api.post("ada", &path, json!({ "by": "lena" })).await;
        check_problem(&forged, 400, "malformed");
        assert!(
            forged.body["detail"].as_str().unwrap().contains("unknown field"),
            "{method} {path}: {}",
            forged.body
        );
        let large = json!({ "note": "x".repeat(BODY_BYTES_MAX) });
        check_problem(&api.post("ada", &path, large).await, 413, "too-large");
    }
}

#[tokio::test]
async fn whatever_is_said_in_a_command_is_limited() {
    let api = Api::started().await;
    let long = json!({ "at": 1, "feature": "search", "note": "x".repeat(2_001) });
    check_problem(&api.post("ada", "/v1/rollouts/demo-1/enable", long).await, 400, "malformed");
}

#[tokio::test]
async fn a_plan_may_be_as_long_as_a_body() {
    let api = Api::new();
    let long = format!("{PLAN}{}", "# so it is\n".repeat(5_000));
    let started = api.post("ada", "/v1/rollouts", json!({ "plan": long })).await;
    assert_eq!(started.status, StatusCode::CREATED, "{}", started.body);
}

#[tokio::test]
async fn a_start_that_is_sent_again_starts_nothing_more() {
    let api = Api::new();
    let start = async |who: &str, once: &str| {
        api.post_once(who, "/v1/rollouts", json!({ "plan": PLAN }), Some(once)).await
    };
    let first = start("lena", "s-1").await;
    assert_eq!((first.status, &first.body["id"]), (StatusCode::CREATED, &json!("demo-1")));
    // What it has started itself would be found in its way.
    api.ports.scouted.lock().unwrap().push(control::finding::Finding::no("it is free", "held", "wait"));
    let again = start("lena", "s-1").await;
    assert_eq!((again.status, &again.body["id"]), (StatusCode::CREATED, &json!("demo-1")));
    api.ports.scouted.lock().unwrap().clear();
    for (who, once) in [("lena", "s-2"), ("olaf", "s-1")] {
        check_problem(&start(who, once).await, 409, "not-now");
    }
    // Nor does it start a second one when the first is over.
    assert_eq!(api.post("lena", "/v1/rollouts/demo-1/rollback", json!({})).await.body["changed"], true);
    assert_eq!(start("lena", "s-1").await.body["id"], "demo-1");
    assert_eq!(api.get("lena", "/v1/rollouts").await.body["rollouts"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_stop_that_is_sent_again_pulls_no_second_time() {
    let api = Api::started().await;
    let pull = async |who: &str, once: &str| {
        let stopped = api.post_once(who, "/v1/stop", json!({ "note": "smoke" }), Some(once)).await;
        assert_eq!(stopped.status, StatusCode::OK, "{}", stopped.body);
        api.get("ada", "/v1/stop").await.body
    };
    let first = pull("olaf", "p-1").await;
    assert_eq!(pull("olaf", "p-1").await, first);
    let second = pull("olaf", "p-2").await;
    assert_ne!(second["id"], first["id"]);
    assert_eq!(pull("lena", "p-2").await["by"], "lena, olaf");
}

#[tokio::test]
async fn a_name_of_a_request_is_visible() {
    let api = Api::started().await;
    for (path, body) in [
        ("/v1/rollouts/demo-1/pause", json!({})),
        ("/v1/stop", json!({})),
        ("/v1/rollouts", json!({ "plan": PLAN })),
    ] {
        for bad in ["", "caf\u{e9}", &"x".repeat(129)] {
            check_problem(&api.post_once("ada", path, body.clone(), Some(bad)).await, 400, "malformed");
        }
    }
}

/// To JSON Schema, and to programs that count in floats, `3.0` is a whole number.
#[tokio::test]
async fn a_whole_number_may_be_written_as_a_float() {
    let api = Api::started().await;
    api.captured().await;
    let promote = async |at: Value| api.post("ada", "/v1/rollouts/demo-1/promote", json!({ "at": at })).await;
    check_problem(&promote(json!(1.0)).await, 409, "late");
    for bad in [json!(1.5), json!(-1), json!(1e300), json!(9_007_199_254_740_992_u64), json!("1")] {
        check_problem(&promote(bad).await, 400, "malformed");
    }
}

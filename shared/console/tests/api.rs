//! The API as a client meets it: who may do what, what is refused, and how that is said.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod client;
#[expect(dead_code, reason = "each test file uses its own part of what they share")]
mod ports;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use client::{Api, PLAN, check_problem};
use console::BODY_BYTES_MAX;
use rollout::{rollout::RolloutId, time::Span};
use serde_json::{Value, json};

#[tokio::test]
async fn nobody_is_anybody_without_a_token() {
    let api = Api::started().await;
    for path in ["/v1/rollouts", "/v1/rollouts/demo-1", "/v1/rollouts/demo-1/log", "/v1/stop"] {
        check_problem(
            &api.send(Request::get(path).body(Body::empty()).unwrap()).await,
            401,
            "unknown-caller",
        );
    }
    check_problem(&api.post("mallory", "/v1/stop", json!({})).await, 401, "unknown-caller");
}

#[tokio::test]
async fn the_actor_never_comes_from_the_body() {
    let api = Api::started().await;
    let forged = json!({ "name": "complaint", "by": "lena" });
    check_problem(&api.post("olaf", "/v1/rollouts/demo-1/signal", forged).await, 400, "malformed");
    let done = api.post("olaf", "/v1/rollouts/demo-1/signal", json!({ "name": "complaint" })).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    let log = api.get("lena", "/v1/rollouts/demo-1/log").await;
    assert_eq!(log.body["lines"][1]["by"], "olaf");
}

#[tokio::test]
async fn a_plan_with_problems_is_refused_with_all_of_them_and_their_places() {
    let bad = PLAN.replace("percent: 10", "percnt: 10").replace("error_rate > 5%", "eror_rate > 5%");
    let answer = Api::new().post("ada", "/v1/rollouts", json!({ "plan": bad, "file": "demo.yaml" })).await;
    check_problem(&answer, 422, "bad-plan");
    let problems = answer.body["problems"].as_array().unwrap();
    assert!(problems.len() >= 2, "{problems:?}");
    assert!(problems.iter().all(|problem| problem["line"].is_u64() && problem["column"].is_u64()));
    assert!(answer.body["detail"].as_str().unwrap().contains("demo.yaml"));
}

#[tokio::test]
async fn a_body_has_a_limit_and_must_be_json() {
    let api = Api::started().await;
    let large = json!({ "plan": "x".repeat(BODY_BYTES_MAX) });
    check_problem(&api.post("ada", "/v1/rollouts", large).await, 413, "too-large");
    let request = Request::post("/v1/rollouts/demo-1/pause").header("authorization", "Bearer ada-token");
    check_problem(&api.send(request.body(Body::from("{")).unwrap()).await, 400, "malformed");
}

#[tokio::test]
async fn what_is_not_there_is_said_to_be_missing() {
    let api = Api::started().await;
    check_problem(&api.get("ada", "/v1/rollouts/demo-2").await, 404, "missing");
    check_problem(&api.get("ada", "/elsewhere").await, 404, "missing");
    check_problem(&api.post("ada", "/v1/rollouts/demo-1/explode", json!({})).await, 404, "missing");
    let request = Request::delete("/v1/rollouts").header("authorization", "Bearer ada-token");
    check_problem(&api.send(request.body(Body::empty()).unwrap()).await, 405, "wrong-method");
}

#[tokio::test]
async fn what_raises_must_name_what_it_saw_and_is_late_when_that_has_passed() {
    let api = Api::started().await;
    api.captured().await;
    check_problem(&api.post("ada", "/v1/rollouts/demo-1/promote", json!({})).await, 400, "malformed");
    let late = api.post("ada", "/v1/rollouts/demo-1/promote", json!({ "at": 1 })).await;
    check_problem(&late, 409, "late");
    assert!(late.body["detail"].as_str().unwrap().contains("nothing changed"));
    let unasked = api.post("lena", "/v1/rollouts/demo-1/approve", json!({ "at": 3 })).await;
    check_problem(&unasked, 409, "not-now");
}

#[tokio::test]
async fn only_an_admin_forces_and_no_machine_raises() {
    let api = Api::started().await;
    api.captured().await;
    let status = api.get("ada", "/v1/rollouts/demo-1").await.body;
    let silent = json!({ "at": status["answers"]["moved"], "force": true, "note": " " });
    check_problem(&api.post("ada", "/v1/rollouts/demo-1/promote", silent).await, 409, "not-now");
    let body = json!({ "at": status["answers"]["moved"], "force": true, "note": "incident 77" });
    for who in ["lena", "robot"] {
        check_problem(&api.post(who, "/v1/rollouts/demo-1/promote", body.clone()).await, 403, "no-right");
    }
    check_problem(&api.post("robot", "/v1/rollouts", json!({ "plan": PLAN })).await, 403, "no-right");
    let forced = api.post("ada", "/v1/rollouts/demo-1/promote", body).await;
    assert_eq!((forced.status, &forced.body["changed"]), (StatusCode::OK, &json!(true)), "{}", forced.body);
}

#[tokio::test]
async fn a_command_with_a_name_counts_once() {
    let api = Api::started().await;
    let signal = |user: &str| json!({ "name": "complaint", "reporter": user });
    let post = async |user, once: &str| {
        api.ports.later(Span::minutes(11));
        api.post_once("robot", "/v1/rollouts/demo-1/signal", signal(user), Some(once)).await
    };
    let (first, again) = (post("user-1", "s-1").await, post("user-1", "s-1").await);
    assert_eq!((&first.body["changed"], &again.body["changed"]), (&json!(true), &json!(false)));
    assert_eq!(post("user-1", "s-2").await.body["changed"], true);
    check_problem(&post("user-3", &"x".repeat(129)).await, 400, "malformed");
}

#[tokio::test]
async fn another_command_under_a_name_that_was_used_is_not_lost() {
    let api = Api::started().await;
    api.captured().await;
    let post = async |who, command: &str| {
        let path = format!("/v1/rollouts/demo-1/{command}");
        api.post_once(who, &path, json!({ "note": "night" }), Some("1")).await.body
    };
    assert_eq!(post("lena", "pause").await["changed"], true);
    assert_eq!(post("olaf", "pause").await["why"], "it is so already: nothing changed");
    assert_eq!(post("lena", "rollback").await["changed"], true);
}

#[tokio::test]
async fn what_people_say_is_short_and_cannot_draw_on_a_screen() {
    let api = Api::started().await;
    api.captured().await;
    let forged = "\u{1b}[2J\n    00:00:00  applied  full 100%";
    for note in ["x".repeat(70_000), forged.to_owned()] {
        let said = json!({ "note": note });
        check_problem(&api.post("lena", "/v1/rollouts/demo-1/pause", said.clone()).await, 400, "malformed");
        check_problem(&api.post("lena", "/v1/stop", said).await, 400, "malformed");
        let start = json!({ "plan": PLAN, "note": note });
        check_problem(&api.post("lena", "/v1/rollouts", start).await, 400, "malformed");
    }
    let lines = json!({ "note": "first line\n    00:00:00  applied  full 100%" });
    assert_eq!(api.post("lena", "/v1/rollouts/demo-1/pause", lines).await.status, StatusCode::OK);
    let log = api.get("lena", "/v1/rollouts/demo-1/log").await.body;
    let reason = log["lines"].as_array().unwrap().last().unwrap()["reason"].as_str().unwrap().to_owned();
    assert!(reason.ends_with("first line / 00:00:00 applied full 100%"), "{reason}");
}

#[tokio::test]
async fn a_body_is_an_object() {
    let api = Api::started().await;
    api.captured().await;
    for body in [json!([null]), json!(null), json!("x")] {
        let answer = api.post("lena", "/v1/rollouts/demo-1/pause", body).await;
        check_problem(&answer, 400, "malformed");
        assert_eq!(answer.body["detail"], "the body is no JSON object");
    }
}

#[tokio::test]
async fn a_name_that_no_rollout_can_have_is_missing() {
    let api = Api::started().await;
    for id in ["%ff", "%1b%5B2J", &"a".repeat(3_000), "demo-1%2F..%2Fdemo-1"] {
        for path in ["", "/log", "/explain", "/plan", "/health", "/validate", "/signoff"] {
            check_problem(&api.get("lena", &format!("/v1/rollouts/{id}{path}")).await, 404, "missing");
        }
        let answer = api.post("lena", &format!("/v1/rollouts/{id}/pause"), json!({})).await;
        check_problem(&answer, 404, "missing");
    }
}

#[tokio::test]
async fn a_rollout_that_cannot_be_read_hides_no_other_and_keeps_no_line_pulled() {
    let api = Api::started().await;
    api.captured().await;
    let other = PLAN.replace("name: demo", "name: other").replace("worker", "elsewhere");
    assert_eq!(api.post("ada", "/v1/rollouts", json!({ "plan": other })).await.status, StatusCode::CREATED);
    *api.ports.damaged.lock().unwrap() = Some(RolloutId("other-1".to_owned()));
    let listed = api.get("ada", "/v1/rollouts").await;
    assert_eq!(listed.status, StatusCode::OK, "{}", listed.body);
    assert_eq!(listed.body["rollouts"].as_array().unwrap().len(), 1);
    assert_eq!(listed.body["unreadable"][0]["id"], "other-1");
    api.post("olaf", "/v1/stop", json!({})).await;
    api.sees_the_line().await;
    let line = api.get("ada", "/v1/stop").await.body;
    assert_eq!(api.post("ada", "/v1/go", json!({ "id": line["id"] })).await.body["changed"], true);
}

#[tokio::test]
async fn one_function_is_held_once_however_it_is_called() {
    let api = Api::started().await;
    let arn = "\"arn:aws:lambda:eu-west-1:123456789012:function:worker\"";
    let other =
        PLAN.replace("name: demo", "name: other").replace("function: worker", &format!("function: {arn}"));
    let start = async || api.post("ada", "/v1/rollouts", json!({ "plan": other })).await;
    let held = start().await;
    check_problem(&held, 409, "not-now");
    assert!(held.body["detail"].as_str().unwrap().contains("held by demo-1"), "{}", held.body);
    assert_eq!(api.post("ada", "/v1/rollouts/demo-1/rollback", json!({})).await.body["changed"], true);
    assert_eq!(start().await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn what_was_given_up_keeps_no_line_pulled() {
    let api = Api::started().await;
    api.captured().await;
    let given_up = api.post("ada", "/v1/rollouts/demo-1/abandon", json!({ "note": "gone" })).await;
    assert_eq!(given_up.body["changed"], true);
    api.post("olaf", "/v1/stop", json!({ "roll_back": true })).await;
    let line = api.get("ada", "/v1/stop").await.body;
    assert_eq!(api.post("ada", "/v1/go", json!({ "id": line["id"] })).await.body["changed"], true);
}

#[tokio::test]
async fn figures_that_cannot_be_shown_hold_up_no_decision() {
    let api = Api::started().await;
    api.post("olaf", "/v1/stop", json!({ "roll_back": true })).await;
    api.ports.hides_looks.store(true, std::sync::atomic::Ordering::Relaxed);
    let round = control::doors::evaluate(&*api.ports, control::doors::Looks::Kept).await.unwrap();
    assert!(matches!(&round[0].1, Ok(control::turn::Turned::Recorded(..))), "{round:?}");
    assert_eq!(api.get("ada", "/v1/rollouts/demo-1").await.body["outcome"], "rolled-back");
}

#[tokio::test]
async fn a_reporter_counts_once_and_is_named_by_machines_only() {
    let api = Api::started().await;
    let signal = |who, body| api.post(who, "/v1/rollouts/demo-1/signal", body);
    let relayed = || json!({ "name": "complaint", "reporter": "user-1" });
    assert_eq!(signal("robot", relayed()).await.body["changed"], true);
    let again = signal("robot", relayed()).await;
    assert_eq!((again.status, &again.body["changed"]), (StatusCode::OK, &json!(false)));
    assert!(again.body["why"].as_str().unwrap().starts_with("user-1 said so at"), "{}", again.body);
    check_problem(&signal("olaf", relayed()).await, 403, "no-right");
    assert_eq!(signal("olaf", json!({ "name": "complaint" })).await.body["changed"], true);
}

#[tokio::test]
async fn a_log_is_read_in_parts() {
    let api = Api::started().await;
    api.captured().await;
    let first = api.get("ada", "/v1/rollouts/demo-1/log?limit=2").await.body;
    let events = |page: &Value| {
        let lines = page["lines"].as_array().unwrap().clone();
        lines.iter().map(|line| line["event"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(events(&first), ["started", "captured"]);
    assert_eq!(first["next"], 2);
    let rest = api.get("ada", "/v1/rollouts/demo-1/log?after=2").await.body;
    assert_eq!((events(&rest), &rest["next"]), (vec!["ready".to_owned()], &Value::Null));
    check_problem(&api.get("ada", "/v1/rollouts/demo-1/log?page=2").await, 400, "malformed");
}

#[tokio::test]
async fn explain_says_what_is_waited_for_and_what_to_type() {
    let api = Api::started().await;
    api.captured().await;
    let explained = api.get("lena", "/v1/rollouts/demo-1/explain").await.body;
    let text = explained["text"].as_str().unwrap();
    assert!(text.contains("tick: Rollback was tried"), "{text}");
    assert!(text.contains("tidegate tick demo-1 'Rollback was tried'"), "{text}");
    assert_eq!(explained["status"]["rung"]["number"], 9);
    let plan = api.get("lena", "/v1/rollouts/demo-1/plan").await.body;
    assert_eq!(plan["stages"][0]["leave"], json!(["approve: lead"]));
}

#[tokio::test]
async fn the_stop_line_is_pulled_by_anybody_and_seen_by_all() {
    let api = Api::started().await;
    api.captured().await;
    let stopped = api.post("robot", "/v1/stop", json!({ "note": "smoke" })).await;
    assert_eq!((stopped.status, &stopped.body["rising"]), (StatusCode::OK, &json!([])));
    let line = api.get("olaf", "/v1/stop").await.body;
    assert_eq!(
        (&line["pulled"], &line["by"], &line["note"]),
        (&json!(true), &json!("robot"), &json!("smoke"))
    );
    let go = json!({ "id": line["id"] });
    check_problem(&api.post("ada", "/v1/go", json!({})).await, 400, "malformed");
    check_problem(&api.post("robot", "/v1/go", go.clone()).await, 403, "no-right");
    // Nothing goes before the rollout has seen the line.
    check_problem(&api.post("ada", "/v1/go", go.clone()).await, 409, "not-now");
    api.sees_the_line().await;
    let why = api.get("ada", "/v1/rollouts/demo-1").await.body["why"].as_str().unwrap().to_owned();
    assert!(why.contains("pulled by robot (smoke)"), "{why}");
    api.post("ada", "/v1/rollouts/demo-1/pause", json!({ "note": "looking" })).await;
    let why = api.get("ada", "/v1/rollouts/demo-1").await.body["why"].as_str().unwrap().to_owned();
    assert!(why.starts_with("asked by ada: looking; ") && why.contains("pulled by robot (smoke)"), "{why}");
    assert_eq!(api.post("ada", "/v1/go", go.clone()).await.body["changed"], true);
    let log = api.get("ada", "/v1/rollouts/demo-1/log").await.body;
    let last = log["lines"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["event"], &last["by"]), (&json!("stop-lifted"), &json!("ada")));
    assert_eq!(api.post("ada", "/v1/go", go).await.body["changed"], false);
}

#[tokio::test]
async fn who_pulls_the_stop_line_again_forgets_nothing_of_those_before() {
    let api = Api::started().await;
    for (who, body) in [
        ("ada", json!({ "roll_back": true, "note": "data loss" })),
        ("olaf", json!({ "note": "looking" })),
        ("olaf", json!({ "note": "looking" })),
    ] {
        assert_eq!(api.post(who, "/v1/stop", body).await.status, StatusCode::OK);
    }
    let line = api.get("olaf", "/v1/stop").await.body;
    assert_eq!(line["roll_back"], true);
    assert_eq!((&line["by"], &line["note"]), (&json!("olaf, ada"), &json!("looking; data loss")));
}

#[tokio::test]
async fn a_late_go_leaves_a_line_that_was_pulled_since() {
    let api = Api::started().await;
    api.captured().await;
    let pull = async |note: &str| {
        assert_eq!(api.post("olaf", "/v1/stop", json!({ "note": note })).await.status, StatusCode::OK);
        json!({ "id": api.get("ada", "/v1/stop").await.body["id"] })
    };
    let first = pull("smoke").await;
    api.sees_the_line().await;
    let second = pull("fire").await;
    let late = api.post("ada", "/v1/go", first.clone()).await;
    assert!(late.body["detail"].as_str().unwrap().contains("pulled again, by olaf"), "{:?}", late.body);
    check_problem(&late, 409, "late");
    assert_eq!(api.get("ada", "/v1/stop").await.body["note"], "fire; smoke");
    assert_eq!(api.post("ada", "/v1/go", second).await.body["changed"], true);
    // Neither does it touch one that was pulled after another was let go.
    pull("again").await;
    check_problem(&api.post("ada", "/v1/go", first).await, 409, "late");
    assert_eq!(api.get("ada", "/v1/stop").await.body["pulled"], true);
}

#[tokio::test]
async fn the_signoff_table_says_who_consented_and_whose_force_did_without() {
    let api = Api::started().await;
    let consents = async || api.get("olaf", "/v1/rollouts/demo-1/signoff").await.body["consents"].clone();
    let row = |state: &str| json!({ "stage": "canary", "door": "leave", "role": "lead", "nth": 1, "of": 1, "state": state });
    assert_eq!(consents().await, json!([row("open")]));
    let ask = api.asks().await;
    let mut asked = row("asked");
    asked["asked"] = json!({ "entry": ask, "at": "2026-01-05T12:31:00Z", "figures": [] });
    assert_eq!(consents().await, json!([asked]));
    api.post("lena", "/v1/rollouts/demo-1/approve", json!({ "at": ask, "note": "two\nlines" })).await;
    let given = consents().await;
    let said = json!({ "entry": 8, "by": "lena", "at": "2026-01-05T12:31:00Z", "note": "two / lines" });
    assert_eq!((&given[0]["state"], &given[0]["said"]), (&json!("given"), &said));

    let api = Api::started().await;
    api.captured().await;
    let at = api.get("ada", "/v1/rollouts/demo-1").await.body["answers"]["moved"].clone();
    let force = json!({ "at": at, "force": true, "to": "full", "note": "incident 77" });
    assert_eq!(api.post("ada", "/v1/rollouts/demo-1/promote", force).await.body["changed"], true);
    control::doors::evaluate(&*api.ports, control::doors::Looks::Unseen).await.unwrap();
    let table = api.get("olaf", "/v1/rollouts/demo-1/signoff").await.body;
    let row = &table["consents"][0];
    assert_eq!((&row["state"], &row["said"]["by"]), (&json!("forced"), &json!("ada")), "{table}");
    let otherwise = &table["otherwise"][0];
    assert_eq!(
        (&otherwise["what"], &otherwise["about"]),
        (&json!("forced"), &json!("enter full")),
        "{table}"
    );
    let over = [
        "tick: Rollback was tried",
        "stage canary, with all that it waits for",
        "approval by lead before full",
    ];
    assert_eq!(otherwise["over"], json!(over), "{table}");
    assert_eq!(
        (&table["ticks"][0]["text"], &table["ticks"][0]["said"]),
        (&json!("Rollback was tried"), &Value::Null)
    );
    check_problem(&api.get("ada", "/v1/rollouts/demo-2/signoff").await, 404, "missing");
}

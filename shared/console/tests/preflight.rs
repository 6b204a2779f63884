//! Before a rollout begins: everything is looked at, and whoever insists is recorded.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod ports;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use console::{Caller, Tokens, router};
use control::{finding::Finding, ports::Store};
use ports::{NOW, Ports};
use rollout::{
    levels::{AlarmState, Ringing},
    rollout::RolloutId,
    time::Span,
    units::Version,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, atomic::Ordering},
};
use tower::ServiceExt;

const PLAN: &str = r#"
tidegate: 1
name: demo
owner: lead
people: {lead: {members: [lena]}}
targets: [{function: api, set: {PERCENT: "${percent}"}}]
metrics:
  errors: {ratio: {of: App/Errors, to: App/Requests}, about: canary}
  queue: {metric: App/Queue, stat: Maximum, about: all}
  score: {reported: survey, max_age: 7d}
guardrails:
  - {alarm: burning, then: roll back}
stages:
  - {name: canary, percent: 10, bake: 30m, leave: [errors < 1%, queue < 50]}
  - {name: full, percent: 100, bake: 30m, leave: [score > 4]}
"#;

struct Api {
    ports: Arc<Ports>,
    router: Router,
}

impl Api {
    /// All is well.
    fn well() -> Api {
        let (groups, roles) = (BTreeSet::new(), BTreeSet::new());
        let caller = Caller { name: "lena".to_owned(), groups, roles, admin: false, machine: false };
        let ports = Arc::new(Ports::default());
        ports.counts("App/Requests", 100.0);
        ports.counts("App/Queue", 7.0);
        ports.scouted.lock().unwrap().push(Finding::yes("api can be rolled out", "it can be read"));
        ports.later(Span::hours(2));
        let router = router(Arc::clone(&ports), Arc::new(Tokens::new([("lena-token".to_owned(), caller)])));
        Api { ports, router }
    }

    fn rings(&self, since: Span) {
        let ringing = Ringing { since: NOW.after(since), window: Span::minutes(5) };
        self.ports.sounds.lock().unwrap().insert("burning".to_owned(), AlarmState::Ringing(ringing));
    }

    async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        let request = Request::post(path).header("authorization", "Bearer lena-token");
        let request = request.header("content-type", "application/json").body(Body::from(body.to_string()));
        let answer = self.router.clone().oneshot(request.unwrap()).await.unwrap();
        let status = answer.status();
        (status, serde_json::from_slice(&to_bytes(answer.into_body(), 1 << 20).await.unwrap()).unwrap())
    }

    /// What was found, as `no alarm burning ...: why`.
    async fn found(&self, despite: &[&str]) -> Vec<String> {
        self.found_of(json!({ "plan": PLAN, "despite": despite })).await
    }

    async fn found_of(&self, body: Value) -> Vec<String> {
        let (status, found) = self.post("/v1/preflight", body).await;
        assert_eq!(status, StatusCode::OK, "{found}");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let line =
            |one: &Value| format!("{} {}: {}", text(&one["holds"]), text(&one["what"]), text(&one["why"]));
        found.as_array().unwrap().iter().map(line).collect()
    }

    async fn start(&self, more: Value) -> (StatusCode, Value) {
        let mut body = json!({ "plan": PLAN });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.post("/v1/rollouts", body).await
    }

    async fn first_words(&self) -> String {
        let id = RolloutId("demo-1".to_owned());
        let (log, plan) =
            (self.ports.entries(&id, Version(0), 1).await, self.ports.load(&id).await.unwrap().plan);
        log.unwrap()[0].event.words(&plan)
    }
}

#[tokio::test]
async fn what_is_well_is_said_and_starts() {
    let api = Api::well();
    let expected = [
        "yes no other rollout holds a target: all are free",
        "yes alarm burning is there, and quiet: it is quiet",
        "yes errors has values: the newest is of the hour from 2026-01-05T14:00:00Z",
        "yes queue has values: the newest is of the hour from 2026-01-05T14:00:00Z",
        "yes api can be rolled out: it can be read",
    ];
    assert_eq!(api.found(&[]).await, expected);
    assert_eq!(api.start(json!({})).await.0, StatusCode::CREATED);
    assert_eq!(api.first_words().await, "a rollout of demo");
    assert_eq!(api.found(&[]).await[0], "no no other rollout holds a target: api is held by demo-1");
}

#[tokio::test]
async fn whose_target_is_held_is_told_by_whom_and_nothing_of_its_mark() {
    let api = Api::well();
    assert_eq!(api.start(json!({})).await.0, StatusCode::CREATED);
    let wrong = Finding::no("api can be rolled out", "it carries the mark of demo-1", "remove the mark");
    *api.ports.scouted.lock().unwrap() = vec![wrong];
    for body in [json!({ "note": "again" }), json!({ "force": true, "note": "again" })] {
        let (status, problem) = api.start(body).await;
        assert_eq!((status, &problem["type"]), (StatusCode::CONFLICT, &json!("urn:tidegate:not-now")));
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("api is held by demo-1") && !detail.contains("mark"), "{detail}");
    }
}

#[tokio::test]
async fn what_is_wrong_refuses_the_start_until_somebody_insists_and_says_why() {
    let api = Api::well();
    let wrong = Finding::no("api can be rolled out", "there is no such function", "deploy it");
    *api.ports.scouted.lock().unwrap() = vec![wrong];
    let (status, problem) = api.start(json!({ "note": "now" })).await;
    assert_eq!((status, &problem["type"]), (StatusCode::CONFLICT, &json!("urn:tidegate:not-ready")));
    assert!(
        problem["detail"].as_str().unwrap().contains("there is no such function; deploy it"),
        "{problem}"
    );
    assert_eq!(problem["findings"][0]["holds"], "no");
    let (status, silent) = api.start(json!({ "force": true, "note": " " })).await;
    assert_eq!(status, StatusCode::CONFLICT, "{silent}");
    assert!(silent["detail"].as_str().unwrap().contains("with a note"), "{silent}");
    assert_eq!(
        api.start(json!({ "force": true, "note": "it is deployed next" })).await.0,
        StatusCode::CREATED
    );
    assert_eq!(
        api.first_words().await,
        "a rollout of demo, passing over: api can be rolled out: there is no such function: it is deployed next"
    );
}

#[tokio::test]
async fn what_is_not_known_is_said_and_refuses_nothing() {
    let api = Api::well();
    let insufficient = ("burning".to_owned(), AlarmState::Insufficient);
    api.ports.sounds.lock().unwrap().extend([insufficient]);
    assert_eq!(
        api.found(&[]).await[1],
        "not known alarm burning is there, and quiet: it has too little data"
    );
    assert_eq!(api.start(json!({})).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn a_metric_of_everybody_without_a_value_is_wrong_and_one_of_those_who_are_exposed_is_not_known() {
    let api = Api::well();
    api.ports.later(Span::days(3));
    api.ports.counts("App/Requests", 0.0);
    let found = api.found(&[]).await;
    assert!(found[2].starts_with("yes errors"), "zero is a value: {found:?}");
    let silent = Api::well();
    silent.ports.forget();
    let found = silent.found(&[]).await;
    assert_eq!(found[2], "not known errors has values: App/Requests has had none for 1d");
    assert_eq!(found[3], "no queue has values: App/Queue has had none for 1d");
}

#[tokio::test]
async fn where_a_metric_is_a_meter_nothing_spent_yet_is_not_wrong() {
    let api = Api::well();
    api.ports.forget();
    let metered = "metric: App/Queue, stat: Sum, unit: $, about: all";
    let plan = PLAN.replace("metric: App/Queue, stat: Maximum, about: all", metered).replace(
        "\nguardrails:",
        "\nbudgets:\n  llm_cost: {cap: $5/day, meter: {metric: queue}}\nguardrails:",
    );
    let plan = plan.replace("queue < 50", "queue < $50");
    let found = api.found_of(json!({ "plan": plan })).await;
    let expected = "not known queue has values: nothing was spent for 1d: App/Queue has had none for 1d";
    assert_eq!(found[3], expected);
}

#[tokio::test]
async fn where_nothing_is_zero_a_quiet_day_is_not_wrong() {
    let api = Api::well();
    api.ports.forget();
    let quiet = "metric: App/Queue, stat: Sum, about: all, missing: zero";
    let plan = PLAN.replace("metric: App/Queue, stat: Maximum, about: all", quiet);
    let found = api.found_of(json!({ "plan": plan })).await;
    assert_eq!(found[3], "not known queue has values: App/Queue has had none for 1d");
    assert_eq!(api.start(json!({ "plan": plan })).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn half_an_answer_without_a_value_is_no_proof_that_there_is_none() {
    let api = Api::well();
    api.ports.forget();
    api.ports.answers_in_part.store(true, Ordering::Relaxed);
    let found = api.found(&[]).await;
    assert_eq!(found[3], "not known queue has values: the source did not answer in full");
}

#[tokio::test]
async fn a_start_despite_an_alarm_is_asked_for_by_its_name_and_needs_a_word() {
    let api = Api::well();
    api.rings(Span::minutes(10));
    let why = "it rings since 2026-01-05T12:10:00Z";
    assert_eq!(api.found(&[]).await[1], format!("no alarm burning is there, and quiet: {why}"));
    let despite = format!("yes alarm burning is there, and quiet: {why}; it is to be started despite that");
    assert_eq!(api.found(&["burning"]).await[1], despite);
    assert_eq!(api.start(json!({ "note": "the fix" })).await.0, StatusCode::CONFLICT);
    let (status, unknown) =
        api.start(json!({ "despite": ["burnin"], "force": true, "note": "the fix" })).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{unknown}");
    assert!(unknown["detail"].as_str().unwrap().contains("its alarms are burning"), "{unknown}");
    assert_eq!(api.start(json!({ "despite": ["burning"] })).await.0, StatusCode::CONFLICT, "no word");
    let (status, _) = api.start(json!({ "despite": ["burning"], "note": "the fix" })).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(
        api.first_words().await,
        format!(
            "a rollout of demo, despite alarm burning, which rings since {}: the fix",
            NOW.after(Span::minutes(10))
        )
    );
    let head = api.ports.load(&RolloutId("demo-1".to_owned())).await.unwrap().head;
    assert_eq!(head.despite, BTreeMap::from([("burning".to_owned(), NOW.after(Span::minutes(10)))]));
}

#[tokio::test]
async fn a_drill_looks_at_the_same_and_nothing_passes_it_over() {
    let api = Api::well();
    let drill = |more: Value| {
        let mut body = json!({ "plan": PLAN });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        api.post("/v1/drills", body)
    };
    // Of the metrics it asks nothing, and of the alarms only that which is to set it off.
    api.ports.forget();
    api.rings(Span::hours(1));
    let (status, refused) = drill(json!({ "alarm": "burning" })).await;
    assert_eq!((status, &refused["type"]), (StatusCode::CONFLICT, &json!("urn:tidegate:not-ready")));
    assert!(!refused["detail"].as_str().unwrap().contains("force"), "{refused}");
    let (status, refused) = drill(json!({ "alarm": "unheard" })).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{refused}");
    let (status, _) = drill(json!({ "force": true })).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);

    let (status, started) = drill(json!({ "note": "once a month" })).await;
    assert_eq!((status, &started["id"]), (StatusCode::CREATED, &json!("demo-1")));
    assert_eq!(api.first_words().await, "a drill of demo: once a month");
    let (status, held) = drill(json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(held["detail"].as_str().unwrap().contains("api is held by demo-1"), "{held}");
}

#[tokio::test]
async fn a_drill_rings_no_alarm_that_a_rollout_of_somebody_else_hears() {
    let api = Api::well();
    let other = PLAN.replace("name: demo", "name: other").replace("function: api", "function: worker");
    let (status, started) = api.post("/v1/rollouts", json!({ "plan": other })).await;
    assert_eq!((status, &started["id"]), (StatusCode::CREATED, &json!("other-1")));
    let drill = |alarm: Value| api.post("/v1/drills", json!({ "plan": PLAN, "alarm": alarm }));
    let (status, refused) = drill(json!("burning")).await;
    assert_eq!(status, StatusCode::CONFLICT, "{refused}");
    assert!(refused["detail"].as_str().unwrap().contains("other-1 watches it"), "{refused}");
    *api.ports.damaged.lock().unwrap() = Some(RolloutId("other-1".to_owned()));
    let (status, refused) = drill(json!("burning")).await;
    assert_eq!(status, StatusCode::CONFLICT, "{refused}");
    assert!(refused["detail"].as_str().unwrap().contains("other-1 may watch it"), "{refused}");
    assert_eq!(drill(Value::Null).await.0, StatusCode::CREATED, "a person's word is heard by no other");
}

#[tokio::test]
async fn a_drill_is_not_started_again_as_a_rollout() {
    let api = Api::well();
    assert_eq!(api.post("/v1/drills", json!({ "plan": PLAN })).await.0, StatusCode::CREATED);
    let again = json!({ "again": "demo-1", "note": "the same", "force": true });
    let (status, refused) = api.post("/v1/rollouts", again).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{refused}");
    assert!(refused["detail"].as_str().unwrap().contains("demo-1 was a drill"), "{refused}");
}

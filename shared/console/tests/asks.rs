//! What is asked of the source of metrics when somebody wants to know: fresh, and recorded nowhere.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

#[expect(dead_code, reason = "each test file uses its own part of what they share")]
mod ports;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use console::{Caller, Tokens, router};
use control::{
    doors,
    ports::Store,
    turn::{Cue, turn},
};
use ports::Ports;
use rollout::{
    decide::{Actor, Command, Trigger},
    event::Captured,
    evidence::Evidence,
    log::Why,
    plan::load,
    rollout::RolloutId,
    time::Span,
    units::{Generation, TargetId},
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
people:
  lead: {members: [lena]}
targets:
  - function: worker
    set: {PERCENT: "${percent}"}
cohorts:
  staff: {groups: [staff]}
  beta: {opt_in: true}
  ga: {groups: [everyone]}
metrics:
  error_rate: {ratio: {of: App/Errors, to: App/Requests}, from: 50}
  slow_rate: {ratio: {of: App/Slow, to: App/Requests}, from: 50}
  good_rate: {ratio: {without: App/Errors, to: App/Requests}, from: 50}
  complaints: {signal: complaint}
  survey: {reported: survey-score, max_age: 1d}
guardrails:
  - {when: [error_rate > 5%, slow_rate > 50%], then: roll back}
  - {when: good_rate < 90%, then: pause, dry_run: true}
  - {when: error_rate > 1%, then: pause, from: full}
stages:
  - name: canary
    percent: 10
    cohorts: [staff]
    bake: 30m
    leave: [error_rate < 1%, tick: Looked at]
  - name: half
    percent: 50
    cohorts: [staff, beta]
    bake: 30m
    enter: [approve: lead]
  - name: full
    percent: 100
    bake: 30m
    enter: [tick: Support is ready]
"#;

/// The API of a rollout that is in effect at 10 %.
struct Asked {
    ports: Arc<Ports>,
    router: Router,
}

fn lena() -> Actor {
    let roles = BTreeSet::from(["lead".to_owned()]);
    Actor { name: "lena".to_owned(), roles, admin: false, machine: false }
}

impl Asked {
    async fn baking() -> Asked {
        let caller = Caller {
            name: "lena".to_owned(),
            groups: BTreeSet::new(),
            roles: BTreeSet::new(),
            admin: false,
            machine: false,
        };
        let ports = Arc::new(Ports::default());
        let router = router(Arc::clone(&ports), Arc::new(Tokens::new([("lena-token".to_owned(), caller)])));
        let plan = Arc::new(load("demo.yaml", PLAN).unwrap().plan);
        doors::start(&*ports, plan, &lena(), Why::default()).await.unwrap();
        let asked = Asked { ports, router };
        let captured = Captured {
            before: BTreeMap::new(),
            revision: "r1".to_owned(),
            code: "c1".to_owned(),
            generation: Generation(0),
            alias: None,
        };
        asked.tell(Trigger::Captured(TargetId(0), captured)).await;
        let head = asked.ports.load(&id()).await.unwrap().head;
        let evidence = Evidence { version: head.version, generation: head.generation, ..Evidence::default() };
        asked.tell(Trigger::Tick(Box::new(evidence))).await;
        let code = BTreeMap::from([(TargetId(0), "c1".to_owned())]);
        asked.tell(Trigger::Applied(Generation(1), code)).await;
        asked.ports.counts("App/Requests", 100.0);
        asked
    }

    async fn tell(&self, trigger: Trigger) {
        turn(&*self.ports, &id(), &trigger, Cue::door("test")).await.unwrap();
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        let request = Request::get(path).header("authorization", "Bearer lena-token");
        let answer = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let status = answer.status();
        (status, serde_json::from_slice(&to_bytes(answer.into_body(), 1 << 20).await.unwrap()).unwrap())
    }

    async fn validate(&self, query: &str) -> Value {
        let (status, body) = self.get(&format!("/v1/rollouts/demo-1/validate{query}")).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }
}

fn id() -> RolloutId {
    RolloutId("demo-1".to_owned())
}

/// Each line with whether it holds.
fn lines(body: &Value) -> Vec<(String, &str)> {
    let line =
        |line: &'_ Value| format!("{} {}", line["kind"].as_str().unwrap(), line["text"].as_str().unwrap());
    let all = body["lines"].as_array().unwrap();
    all.iter().map(|one| (line(one), one["holds"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn a_validation_answers_every_line_at_once_with_its_figure() {
    let api = Asked::baking().await;
    api.ports.counts("App/Errors", 2.0);
    api.ports.later(Span::minutes(10));
    let body = api.validate("").await;
    let expected = [
        ("rollout it goes on", "yes"),
        ("bake bake 30m", "no"),
        ("guardrail error_rate > 5%", "yes"),
        ("guardrail slow_rate > 50%", "not known"),
        ("leave error_rate < 1%", "no"),
        ("leave tick: Looked at", "no"),
        ("enter approve: lead", "no"),
    ];
    assert_eq!(lines(&body), expected.map(|(line, holds)| (line.to_owned(), holds)));
    assert_eq!((&body["holds"], &body["only_people"]), (&json!("no"), &json!(false)));
    assert_eq!((&body["before"], &body["percent"]), (&json!("half"), &json!(50.0)));
    let gate = &body["lines"][4];
    let figure = json!({ "value": "2", "limit": "1", "unit": "%", "samples": 900, "member": null });
    assert_eq!(gate["figure"], figure, "nine settled minutes of a hundred requests");
    assert_eq!(gate["reason"], "error_rate 2% (limit 1%, 900 samples)");
    assert_eq!(gate["stage"], "canary");
    let unknown = &body["lines"][3];
    assert!(unknown["reason"].as_str().unwrap().contains("the source does not answer"), "{unknown}");
    assert_eq!(body["lines"][1]["reason"], "baked 10m, 20m left");
}

#[tokio::test]
async fn it_is_asked_afresh_each_time_and_nothing_is_recorded() {
    let api = Asked::baking().await;
    api.ports.counts("App/Errors", 2.0);
    api.ports.counts("App/Slow", 0.0);
    api.ports.later(Span::minutes(31));
    let before = api.ports.load(&id()).await.unwrap().head.version;
    assert_eq!(api.validate("").await["lines"][4]["holds"], "no");
    api.ports.counts("App/Errors", 0.0);
    api.ports.later(Span::hours(1));
    assert_eq!(api.validate("").await["lines"][4]["holds"], "yes");
    assert_eq!(api.ports.asks.load(Ordering::Relaxed), 2);
    assert_eq!(api.ports.load(&id()).await.unwrap().head.version, before);
    assert_eq!(api.ports.look(&id()).await.unwrap(), None);
}

#[tokio::test]
async fn when_only_people_are_missing_it_says_so_and_when_nothing_is_it_is_yes() {
    let api = Asked::baking().await;
    api.ports.counts("App/Errors", 0.0);
    api.ports.counts("App/Slow", 0.0);
    api.ports.later(Span::minutes(31));
    let body = api.validate("").await;
    assert_eq!((&body["holds"], &body["only_people"]), (&json!("no"), &json!(true)), "{body}");
    let tick = Command::Tick { text: "Looked at".to_owned(), stage: None, note: None };
    api.tell(Trigger::Command(tick, lena())).await;
    let (ports, id) = (&*api.ports, id());
    doors::evaluate_one(ports, &id, None, doors::Looks::Unseen).await.unwrap();
    let status = api.get("/v1/rollouts/demo-1").await.1;
    let approve = Command::Approve {
        at: serde_json::from_value(status["answers"]["ask"].clone()).unwrap(),
        note: None,
    };
    // Whoever started a rollout is barred from consenting to it.
    let leo = Actor { name: "leo".to_owned(), ..lena() };
    api.tell(Trigger::Command(approve, leo)).await;
    let body = api.validate("").await;
    assert_eq!((&body["holds"], &body["only_people"]), (&json!("yes"), &json!(false)), "{body}");
}

#[tokio::test]
async fn a_stage_further_ahead_shows_the_doors_on_the_way() {
    let api = Asked::baking().await;
    let body = api.validate("?stage=full").await;
    let (last, holds) = lines(&body).pop().unwrap();
    assert_eq!(
        (last.as_str(), holds, &body["before"]),
        ("enter tick: Support is ready", "no", &json!("full"))
    );
}

#[tokio::test]
async fn a_cohort_means_the_stage_that_first_exposes_it() {
    let api = Asked::baking().await;
    for (cohort, stage) in [("beta", "half"), ("ga", "full")] {
        assert_eq!(api.validate(&format!("?cohort={cohort}")).await["before"], *stage);
    }
}

#[tokio::test]
async fn what_is_not_ahead_is_refused_and_nothing_is_asked() {
    let api = Asked::baking().await;
    for (query, status, says) in [
        ("?stage=canary", 409, "canary is not ahead of canary"),
        ("?stage=fulll", 404, "no stage of this name: fulll; the plan has canary, half, full"),
        ("?cohort=staff", 409, "canary is not ahead of canary"),
        ("?cohort=bta", 404, "no cohort of this name: bta; the plan has staff, beta, ga"),
        ("?stage=full&cohort=beta", 400, "not both"),
        ("?stag=full", 400, "stag"),
    ] {
        let (code, body) = api.get(&format!("/v1/rollouts/demo-1/validate{query}")).await;
        assert_eq!(code.as_u16(), status, "{body}");
        assert!(body["detail"].as_str().unwrap().contains(says), "{body}");
    }
    assert_eq!(api.get("/v1/rollouts/demo-2/validate").await.0, StatusCode::NOT_FOUND);
    assert_eq!(api.ports.asks.load(Ordering::Relaxed), 0);
}

async fn health(api: &Asked, query: &str) -> Value {
    let (status, body) = api.get(&format!("/v1/rollouts/demo-1/health{query}")).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body
}

#[tokio::test]
async fn health_tells_of_every_metric_where_it_is_and_where_it_goes() {
    let api = Asked::baking().await;
    api.ports.counts("App/Slow", 10.0);
    for errors in 0..40 {
        api.ports.counts("App/Errors", f64::from(errors) / 10.0);
        api.ports.later(Span::minutes(1));
    }
    // The last value is settled a minute later.
    api.ports.counts("App/Errors", 4.0);
    api.ports.later(Span::minutes(1));
    let complaint = Command::Signal { name: "complaint".to_owned(), reporter: None, note: None };
    api.tell(Trigger::Command(complaint, lena())).await;
    let body = health(&api, "?duration=30m").await;
    let names: Vec<&str> =
        body["metrics"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["error_rate", "slow_rate", "good_rate", "complaints", "survey"]);
    let errors = &body["metrics"][0];
    assert_eq!(
        (&errors["newest"], &errors["shown"], &errors["samples"]),
        (&json!("3.9"), &json!("3.9%"), &json!(100))
    );
    assert_eq!(errors["values"].as_array().unwrap().len(), 30);
    assert_eq!(
        (&errors["trend"]["direction"], &errors["trend"]["shown"]),
        (&json!("up"), &json!("+6pp/hour"))
    );
    assert_eq!(
        (&body["metrics"][2]["trend"]["direction"], &body["metrics"][1]["trend"]["direction"]),
        (&json!("down"), &json!("flat"))
    );
    assert_eq!(body["metrics"][3]["newest"], "1");
    assert!(body["metrics"][4]["shown"].as_str().unwrap().contains("nobody has reported it"), "{body}");
    assert_eq!(api.ports.asks.load(Ordering::Relaxed), 1, "all of it in one round");
}

#[tokio::test]
async fn health_says_how_near_each_guardrail_is() {
    let api = Asked::baking().await;
    api.ports.counts("App/Slow", 0.0);
    api.ports.counts("App/Errors", 4.2);
    api.ports.later(Span::minutes(20));
    let body = health(&api, "").await;
    let nearest = &body["metrics"][0]["nearest"];
    assert_eq!(
        (&nearest["text"], &nearest["near"], &nearest["broken"]),
        (&json!("error_rate > 5%"), &json!(true), &json!(false))
    );
    assert!((nearest["room"].as_f64().unwrap() - 0.16).abs() < 1e-9, "{nearest}");
    // Of the ten percent that may be missing four are: that is not near, though 95.8 % of 90 % is.
    let good = &body["metrics"][2]["nearest"];
    assert!((good["room"].as_f64().unwrap() - 0.58).abs() < 1e-9 && good["near"] == json!(false), "{good}");
    let triggers = body["triggers"].as_array().unwrap();
    let stands: Vec<_> =
        triggers.iter().map(|one| (one["state"].as_str().unwrap(), one["near"] == json!(true))).collect();
    assert_eq!(stands, [("armed", true), ("dry run", false), ("not in force", false)]);
    assert_eq!(body["quiet"], "yes");
    api.ports.counts("App/Errors", 6.0);
    api.ports.later(Span::minutes(5));
    let body = health(&api, "").await;
    assert_eq!((&body["quiet"], &body["metrics"][0]["nearest"]["broken"]), (&json!("no"), &json!(true)));
    let no_source = Asked::baking().await;
    no_source.ports.later(Span::minutes(20));
    let body = health(&no_source, "").await;
    assert_eq!(body["quiet"], "not known");
    assert_eq!(body["metrics"][0]["shown"], "not known: the source does not answer");
}

#[tokio::test]
async fn a_minute_that_stands_out_is_named() {
    let api = Asked::baking().await;
    for minute in 0..60 {
        let errors = if minute == 40 { 4.0 } else { 1.0 + f64::from(minute % 3) / 10.0 };
        api.ports.counts("App/Errors", errors);
        api.ports.later(Span::minutes(1));
    }
    let body = health(&api, "").await;
    let anomalies = body["metrics"][0]["anomalies"].as_array().unwrap();
    assert_eq!(anomalies.len(), 1, "{anomalies:?}");
    assert_eq!((&anomalies[0]["shown"], &anomalies[0]["at"]), (&json!("4%"), &json!("2026-01-05T12:41:00Z")));
    assert!(anomalies[0]["sigmas"].as_f64().unwrap() > 5.0);
}

#[tokio::test]
async fn health_is_asked_of_a_cohort_that_is_exposed_and_over_a_time_that_makes_sense() {
    let api = Asked::baking().await;
    assert_eq!(health(&api, "?cohort=staff").await["cohort"], "staff");
    for (query, status, says) in [
        ("?cohort=beta", 409, "the cohort beta is not exposed now"),
        ("?cohort=bta", 404, "no cohort of this name"),
        ("?duration=1y", 400, "no duration from 1m to 30d"),
        ("?duration=0s", 400, "no duration"),
        ("?duration=31d", 400, "no duration"),
    ] {
        let (code, body) = api.get(&format!("/v1/rollouts/demo-1/health{query}")).await;
        assert_eq!(code.as_u16(), status, "{body}");
        assert!(body["detail"].as_str().unwrap().contains(says), "{body}");
    }
}

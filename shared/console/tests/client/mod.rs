//! The API with its people: an admin, a lead, an operator and a machine.

mod described;

use crate::ports::Ports;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use console::{Caller, Tokens, router};
use control::turn::{Cue, turn};
use rollout::{
    decide::Trigger,
    event::Captured,
    evidence::Evidence,
    rollout::RolloutId,
    time::Span,
    units::{Generation, TargetId},
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc};
use tower::ServiceExt;

pub(crate) const PLAN: &str = r#"
tidegate: 1
name: demo
owner: lead
people:
  lead: {members: [lena]}
  ops:  {groups: [operators], page: "phone:1"}
features: [search]
targets:
  - function: worker
    set: {NEW: "${enabled}", PERCENT: "${percent}"}
metrics:
  error_rate: {ratio: {of: App/Errors, to: App/Requests}, from: 50}
guardrails:
  - {when: error_rate > 5%, then: roll back}
  - {signal: complaint, then: page ops}
stages:
  - name: canary
    percent: 10
    enter: [tick: Rollback was tried]
    bake: 30m
    leave: [approve: lead]
  - name: full
    percent: 100
    bake: 30m
"#;

pub(crate) fn caller(name: &str, group: &str) -> Caller {
    Caller {
        name: name.to_owned(),
        groups: BTreeSet::from([group.to_owned()]),
        roles: BTreeSet::new(),
        admin: name == "ada",
        machine: name == "robot",
    }
}

/// The API, and what it stands on.
pub(crate) struct Api {
    pub(crate) ports: Arc<Ports>,
    router: Router,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) kind: String,
    pub(crate) body: Value,
}

impl Api {
    pub(crate) fn new() -> Api {
        let people = [
            ("ada", "admins"),
            ("lena", "leads"),
            ("olaf", "operators"),
            ("robot", "machines"),
            ("pia", "visitors"),
        ];
        let tokens = Tokens::new(people.map(|(name, group)| (format!("{name}-token"), caller(name, group))));
        let ports = Arc::new(Ports::default());
        let router = router(Arc::clone(&ports), Arc::new(tokens));
        Api { ports, router }
    }

    /// With a rollout `demo-1`.
    pub(crate) async fn started() -> Api {
        let api = Api::new();
        let answer = api.post("ada", "/v1/rollouts", json!({ "plan": PLAN })).await;
        assert_eq!((answer.status, &answer.body["id"]), (StatusCode::CREATED, &json!("demo-1")));
        api
    }

    /// The rollout records the stop line that is pulled.
    pub(crate) async fn sees_the_line(&self) {
        let stop = control::ports::Store::work(&*self.ports).await.unwrap().stop;
        self.trigger(Trigger::Tick(Box::new(Evidence { stop, ..Evidence::default() }))).await;
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (status, kind) = (answer.status(), answer.headers().get("content-type").cloned());
        let bytes = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        let kind = kind.map(|kind| kind.to_str().unwrap().to_owned()).unwrap_or_default();
        let answer = Answer { status, kind, body: serde_json::from_slice(&bytes).unwrap() };
        described::check(&method, &path, &answer);
        answer
    }

    pub(crate) async fn get(&self, who: &str, path: &str) -> Answer {
        let request = Request::get(path).header("authorization", format!("Bearer {who}-token"));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, who: &str, path: &str, body: Value) -> Answer {
        self.post_once(who, path, body, None).await
    }

    pub(crate) async fn post_once(&self, who: &str, path: &str, body: Value, once: Option<&str>) -> Answer {
        let request = Request::post(path).header("authorization", format!("Bearer {who}-token"));
        let request = match once {
            Some(once) => request.header("idempotency-key", once),
            None => request,
        };
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// What the doors do: the target is read, and is found to say what is wanted.
    pub(crate) async fn trigger(&self, trigger: Trigger) {
        turn(&*self.ports, &RolloutId("demo-1".to_owned()), &trigger, Cue::door("test")).await.unwrap();
    }

    pub(crate) async fn captured(&self) {
        let captured = Captured {
            before: Default::default(),
            revision: "r1".to_owned(),
            code: "c1".to_owned(),
            generation: Generation(0),
            alias: None,
        };
        self.trigger(Trigger::Captured(TargetId(0), captured)).await;
    }

    pub(crate) async fn evaluate(&self) {
        control::doors::evaluate(&*self.ports, control::doors::Looks::Unseen).await.unwrap();
    }

    /// The first stage has baked, and all that is missing is asked for: the entry that asks.
    pub(crate) async fn asks(&self) -> Value {
        self.captured().await;
        self.post("lena", "/v1/rollouts/demo-1/tick", json!({ "text": "Rollback was tried" })).await;
        self.ports.counts("App/Requests", 100.0);
        self.ports.counts("App/Errors", 0.0);
        self.evaluate().await;
        self.trigger(Trigger::Applied(Generation(1), [(TargetId(0), "c1".to_owned())].into())).await;
        self.ports.later(Span::minutes(31));
        self.evaluate().await;
        self.get("lena", "/v1/rollouts/demo-1").await.body["answers"]["ask"].clone()
    }
}

/// Refused as a problem of this kind, with something to read.
#[track_caller]
pub(crate) fn check_problem(answer: &Answer, status: u16, kind: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
    assert_eq!(answer.kind, "application/problem+json");
    assert_eq!(answer.body["status"], status);
    assert_eq!(answer.body["type"], format!("urn:tidegate:{kind}"));
    assert!(answer.body["title"].is_string() && answer.body["detail"].is_string(), "{}", answer.body);
}

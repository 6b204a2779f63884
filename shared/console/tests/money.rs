//! Money over HTTP: it is held before a paid call, settled after it, and refused where the cap would be passed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

#[expect(dead_code, reason = "each test file uses its own part of what they share")]
mod ports;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use console::{Caller, Tokens, budgets, router};
use control::{
    doors::{self, Looks},
    ports::{Spend, Store},
    turn::{Cue, turn},
};
use ports::Ports;
use rollout::{
    calendar::Hour,
    decide::{Actor, Command, Trigger},
    event::Captured,
    log::Why,
    rollout::RolloutId,
    time::Span,
    units::{Generation, Money, TargetId},
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc};
use tower::ServiceExt;

const PLAN: &str = r#"
tidegate: 1
name: demo
owner: lead
timezone: Europe/Berlin
people: {lead: {members: [lena]}}
features: [llm]
targets:
  - {function: worker, set: {PERCENT: "${percent}", FEATURES: "${features}"}}
budgets:
  llm_cost: {cap: $5/day, expect: $1-$2, warn: 80%, at_cap: disable llm, meter: calls}
  told: {cap: $5/day, meter: {logs: /aws/worker, field: cost_usd}}
  shown: {cap: $5/day, meter: {metric: paid}}
metrics: {paid: {metric: Demo/Paid, stat: Sum, unit: $}}
stages:
  - {name: full, percent: 100, bake: 30m}
"#;
const PURSE: &str = "/v1/budgets/demo-1/llm_cost/reservations";

struct Api {
    ports: Arc<Ports>,
    router: Router,
}

fn caller(name: &str, machine: bool) -> (String, Caller) {
    let (groups, roles) = (BTreeSet::new(), BTreeSet::new());
    let caller = Caller { name: name.to_owned(), groups, roles, admin: false, machine };
    (format!("{name}-token"), caller)
}

fn lena() -> Actor {
    let roles = BTreeSet::from(["lead".to_owned()]);
    Actor { name: "lena".to_owned(), roles, admin: false, machine: false }
}

fn id() -> RolloutId {
    RolloutId("demo-1".to_owned())
}

impl Api {
    async fn started() -> Api {
        let ports = Arc::new(Ports::default());
        let (name, ada) = caller("ada", false);
        let ada = (name, Caller { admin: true, ..ada });
        let tokens = Tokens::new([caller("lena", false), caller("robot", true), caller("other", true), ada]);
        let router = router(Arc::clone(&ports), Arc::new(tokens));
        let plan = Arc::new(rollout::plan::load("demo.yaml", PLAN).unwrap().plan);
        doors::start(&*ports, plan, &lena(), Why::default()).await.unwrap();
        Api { ports, router }
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, Value) {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap())
    }

    async fn post(&self, path: &str, body: &str) -> (StatusCode, Value) {
        self.post_as("robot", path, body).await
    }

    async fn post_as(&self, who: &str, path: &str, body: &str) -> (StatusCode, Value) {
        let request = Request::post(path).header("authorization", format!("Bearer {who}-token"));
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    async fn reserve(&self, amount: &str) -> (StatusCode, Value) {
        self.post(PURSE, &json!({ "amount": amount }).to_string()).await
    }

    async fn reserved(&self, amount: &str) -> String {
        let (status, held) = self.reserve(amount).await;
        assert_eq!(status, StatusCode::CREATED, "{held}");
        held["id"].as_str().unwrap().to_owned()
    }

    async fn settle(&self, hold: &str, cost: &str) -> (StatusCode, Value) {
        self.post(&format!("{PURSE}/{hold}/settle"), &json!({ "cost": cost }).to_string()).await
    }

    async fn release(&self, hold: &str) -> (StatusCode, Value) {
        self.post(&format!("{PURSE}/{hold}/release"), "").await
    }

    /// To the end of the plan.
    async fn complete(&self) {
        self.ports.counts("Demo/Paid", 0.0);
        let captured = Captured {
            before: Default::default(),
            revision: "r1".to_owned(),
            code: "c1".to_owned(),
            generation: Generation(0),
            alias: None,
        };
        self.told(Trigger::Captured(TargetId(0), captured)).await;
        for generation in 1..=2 {
            doors::evaluate(&*self.ports, Looks::Unseen).await.unwrap();
            self.told(Trigger::Applied(Generation(generation), [(TargetId(0), "c1".to_owned())].into()))
                .await;
            self.ports.later(Span::minutes(31 * u64::from(generation == 1)));
        }
        assert!(self.ports.load(&id()).await.unwrap().head.is_over());
    }

    async fn told(&self, trigger: Trigger) {
        turn(&*self.ports, &id(), &trigger, Cue::door("test")).await.unwrap();
    }

    async fn account(&self) -> Value {
        self.account_of(0).await
    }

    async fn account_of(&self, budget: usize) -> Value {
        let request =
            Request::get("/v1/rollouts/demo-1/budgets").header("authorization", "Bearer lena-token");
        let (status, all) = self.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(status, StatusCode::OK, "{all}");
        all["budgets"][budget].clone()
    }
}

#[tokio::test]
async fn a_machine_reserves_calls_and_settles() {
    let api = Api::started().await;
    let (status, held) = api.reserve("0.5").await;
    assert_eq!(status, StatusCode::CREATED, "{held}");
    assert_eq!((&held["amount"], &held["budget"]), (&json!("0.5"), &json!("llm_cost")));
    assert_eq!((&held["window"], &held["until"]), (&json!("2026-01-05"), &json!("2026-01-05T12:05:00Z")));
    let hold = held["id"].as_str().unwrap();
    let seen = api.account().await;
    assert_eq!((&seen["spent"], &seen["held"], &seen["left"]), (&json!("0"), &json!("0.5"), &json!("4.5")));
    let expected = json!({ "cost": "0.2", "held": "0.5", "over": "0" });
    for _ in 0..2 {
        assert_eq!(api.settle(hold, "0.2").await, (StatusCode::OK, expected.clone()), "said again");
    }
    let seen = api.account().await;
    assert_eq!((&seen["spent"], &seen["held"], &seen["left"]), (&json!("0.2"), &json!("0"), &json!("4.8")));
    assert_eq!(seen["requests"], json!({ "count": 1, "each": "0.2" }));
    assert_eq!((&seen["cap"], &seen["warn"]), (&json!("5"), &json!("4")));
    assert_eq!((&seen["expect"], &seen["next"]), (&json!(["1", "2"]), &json!("2026-01-05T23:00:00Z")));
    // Thirteen hours of the day have passed in Berlin.
    assert_eq!(seen["forecast"], json!("0.36923"));
    assert_eq!(seen["stages"], json!([{ "stage": null, "spent": "0.2", "requests": seen["requests"] }]));
}

#[tokio::test]
async fn what_is_refused_says_when_the_next_window_begins() {
    let api = Api::started().await;
    let hold = api.reserved("4.9").await;
    let (status, why) = api.reserve("0.2").await;
    assert_eq!((status, &why["type"]), (StatusCode::CONFLICT, &json!("urn:tidegate:no-money")));
    assert_eq!(why["next"], json!("2026-01-05T23:00:00Z"), "{why}");
    assert!(why["detail"].as_str().unwrap().starts_with("$0.1 of $5 is left"), "{why}");
    assert_eq!(api.account().await["refused"], json!(true));
    // A cost beyond its hold is counted in full, and seen.
    let (_, settled) = api.settle(&hold, "5.5").await;
    assert_eq!(settled, json!({ "cost": "5.5", "held": "4.9", "over": "0.6" }));
    assert_eq!((&api.account().await["over"], &api.account().await["left"]), (&json!("0.5"), &json!("0")));
    // The next window begins at midnight in Berlin, with all of it.
    api.ports.later(Span::hours(11));
    assert_eq!(&api.reserved("4.9").await[..10], "2026-01-06");
}

#[tokio::test]
async fn what_a_crashed_caller_left_comes_back() {
    let api = Api::started().await;
    let left = api.reserved("4.9").await;
    assert_eq!(api.reserve("4.9").await.0, StatusCode::CONFLICT);
    api.ports.later(Span::minutes(5));
    assert_eq!(api.account().await["held"], json!("0"), "it does not count, whoever looks");
    let next = api.reserved("4.9").await;
    let (status, late) = api.settle(&left, "0.3").await;
    assert_eq!((status, late), (StatusCode::OK, json!({ "cost": "0.3", "held": "0", "over": "0.3" })));
    assert_eq!(api.release(&next).await, (StatusCode::OK, json!({ "held": "4.9" })));
    assert_eq!(api.release(&next).await.0, StatusCode::OK, "said again");
    assert_eq!(api.settle(&next, "0.1").await.0, StatusCode::CONFLICT, "there was no call");
    assert_eq!(api.release(&left).await.0, StatusCode::CONFLICT, "there was one");
    assert_eq!(api.account().await["spent"], json!("0.3"));
}

#[tokio::test]
async fn bad_amounts_are_refused() {
    let api = Api::started().await;
    let hold = api.reserved("1").await;
    for amount in [
        "0",
        "-1",
        "\"NaN\"",
        "\"\"",
        "1e300",
        "\"1e3\"",
        "true",
        "null",
        "[1]",
        "{}",
        "\"5.000001\"",
        "6",
        "1e18",
    ] {
        let (status, why) = api.post(PURSE, &format!("{{\"amount\": {amount}}}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{amount}: {why}");
    }
    for cost in ["0", "-0.1", "\"NaN\"", "\"inf\"", "1e300", "null", "\"500.000001\"", "501"] {
        let (status, why) =
            api.post(&format!("{PURSE}/{hold}/settle"), &format!("{{\"cost\": {cost}}}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{cost}: {why}");
    }
    for body in ["", "{}", "[1]", "{\"amount\": NaN}", "{\"amount\": 1, \"much\": 2}"] {
        assert_eq!(api.post(PURSE, body).await.0, StatusCode::BAD_REQUEST, "{body}");
    }
    for lasts in ["0s", "2h", "5", "-1m", "long"] {
        let body = json!({ "amount": 1, "lasts": lasts }).to_string();
        assert_eq!(api.post(PURSE, &body).await.0, StatusCode::BAD_REQUEST, "{lasts}");
    }
    let seen = api.account().await;
    assert_eq!((&seen["spent"], &seen["held"], &seen["refused"]), (&json!("0"), &json!("1"), &json!(false)));
}

#[tokio::test]
async fn what_is_not_there_is_refused() {
    let api = Api::started().await;
    let body = json!({ "amount": "1" }).to_string();
    for path in ["/v1/budgets/demo-2/llm_cost/reservations", "/v1/budgets/demo-1/gold/reservations"] {
        assert_eq!(api.post(path, &body).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(api.settle("nonsense", "1").await.0, StatusCode::NOT_FOUND);
    for closed in ["2025-12-28-a", "2026-01-06-a", "9999-12-31-a"] {
        assert_eq!(api.settle(closed, "1").await.0, StatusCode::CONFLICT, "the window of {closed} is closed");
    }
    let (status, why) =
        api.post("/v1/budgets/demo-1/told/reservations/2026-01-05-a/settle", "{\"cost\": 1}").await;
    assert_eq!(status, StatusCode::CONFLICT, "it would count twice: {why}");
    let nobody = Request::post(PURSE).body(Body::from(body)).unwrap();
    assert_eq!(api.send(nobody).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_same_request_holds_once() {
    let api = Api::started().await;
    let send = async |key: &str, amount: &str| {
        let request = Request::post(PURSE).header("authorization", "Bearer robot-token");
        let body = Body::from(json!({ "amount": amount }).to_string());
        api.send(request.header("idempotency-key", key).body(body).unwrap()).await.1["id"].clone()
    };
    let first = send("call #1/a", "1").await;
    assert_eq!(send("call #1/a", "1").await, first);
    assert_eq!(api.account().await["held"], json!("1"));
    assert_ne!(send("call #1/b", "1").await, first);
    assert_ne!(send("call #1/a", "1.5").await, first, "another body is another call");
    assert_eq!(api.account().await["held"], json!("3.5"));
}

/// A hold that somebody else gives back, or settles with next to nothing, would leave a call that is not counted.
#[tokio::test]
async fn a_hold_ends_by_whoever_reserved_it_or_by_an_admin() {
    let api = Api::started().await;
    let hold = api.reserved("1").await;
    for who in ["other", "lena"] {
        for (end, body) in [("release", "{}"), ("settle", "{\"cost\": \"0.000001\"}")] {
            let (status, why) = api.post_as(who, &format!("{PURSE}/{hold}/{end}"), body).await;
            assert_eq!((status, &why["type"]), (StatusCode::FORBIDDEN, &json!("urn:tidegate:no-right")));
            assert!(
                why["detail"].as_str().unwrap().starts_with(&format!("{who} did not reserve this")),
                "{why}"
            );
        }
    }
    assert_eq!(api.account().await["held"], json!("1"));
    let given_back = api.post_as("ada", &format!("{PURSE}/{hold}/release"), "{}").await;
    assert_eq!(given_back, (StatusCode::OK, json!({ "held": "1" })));
    // Under a name of its own anybody says what was paid without a hold.
    let (status, settled) =
        api.post_as("other", &format!("{PURSE}/2026-01-05-a-of-b/settle"), "{\"cost\": \"0.5\"}").await;
    assert_eq!(status, StatusCode::OK, "{settled}");
}

#[tokio::test]
async fn a_request_that_is_sent_again_after_midnight_has_the_hold_from_before() {
    let api = Api::started().await;
    let send = async || {
        let request = Request::post(PURSE).header("authorization", "Bearer robot-token");
        let body = Body::from(json!({ "amount": "3", "lasts": "5m" }).to_string());
        api.send(request.header("idempotency-key", "late").body(body).unwrap()).await.1
    };
    api.ports.later(Span::minutes(658));
    let first = send().await;
    api.ports.later(Span::minutes(4));
    assert_eq!(api.account().await["window"], "2026-01-06");
    assert_eq!(send().await, first);
    assert_eq!(api.account().await["held"], "0", "of today");
    // Its time has passed: it is held anew, in the window that is now.
    api.ports.later(Span::minutes(2));
    assert_eq!(send().await["window"], "2026-01-06");
    assert_eq!(api.account().await["held"], "3");
}

#[tokio::test]
async fn who_asks_again_after_its_time_has_the_money_or_is_refused() {
    let api = Api::started().await;
    let send = async |key: &str| {
        let request = Request::post(PURSE).header("authorization", "Bearer robot-token");
        let body = Body::from(json!({ "amount": "3", "lasts": "1m" }).to_string());
        api.send(request.header("idempotency-key", key).body(body).unwrap()).await
    };
    let (_, first) = send("slow").await;
    api.ports.later(Span::minutes(2));
    let (status, again) = send("slow").await;
    assert_eq!((status, &again["id"]), (StatusCode::CREATED, &first["id"]));
    assert_eq!(
        (&again["until"], api.account().await["held"].clone()),
        (&json!("2026-01-05T12:03:00Z"), json!("3"))
    );
    assert_eq!(send("other").await.0, StatusCode::CONFLICT, "nobody else has it meanwhile");
}

#[tokio::test]
async fn after_a_rollback_nothing_more_is_held() {
    let api = Api::started().await;
    let hold = api.reserved("1").await;
    let back = Trigger::Command(Command::RollBack { to: None, note: None }, lena());
    turn(&*api.ports, &id(), &back, Cue::door("test")).await.unwrap();
    let (status, why) = api.reserve("1").await;
    assert_eq!(status, StatusCode::CONFLICT, "{why}");
    assert!(why["detail"].as_str().unwrap().contains("taken back"), "{why}");
    assert_eq!(api.settle(&hold, "0.4").await.0, StatusCode::OK, "what was paid is counted");
    assert_eq!(api.account().await["spent"], json!("0.4"));
}

/// A budget outlives its rollout, until somebody says that it does not.
#[tokio::test]
async fn after_a_budget_is_closed_nothing_more_is_held_and_what_was_held_is_settled() {
    let api = Api::started().await;
    let close = async |who: &str, once: &str| {
        let request = Request::post("/v1/rollouts/demo-1/close-budget")
            .header("authorization", format!("Bearer {who}-token"))
            .header("idempotency-key", once);
        let body = json!({ "budget": "llm_cost", "note": "switched off" });
        api.send(request.body(Body::from(body.to_string())).unwrap()).await
    };
    let (status, early) = close("lena", "early").await;
    assert_eq!((status, &early["type"]), (StatusCode::CONFLICT, &json!("urn:tidegate:not-now")), "{early}");
    api.complete().await;
    let (cheap, dear) = (api.reserved("1").await, api.reserved("2").await);
    assert_eq!(close("robot", "r").await.0, StatusCode::FORBIDDEN);
    let (status, closed) = close("lena", "now").await;
    assert_eq!(
        (status, &closed["events"][0]["event"]),
        (StatusCode::OK, &json!("budget-closed")),
        "{closed}"
    );
    for once in ["now", "again"] {
        let (status, closed) = close("ada", once).await;
        assert_eq!((status, &closed["changed"]), (StatusCode::OK, &json!(false)), "{closed}");
    }

    let (status, why) = api.reserve("0.1").await;
    let said = json!("lena closed llm_cost at 2026-01-05T12:31:00Z: nothing more is held under it");
    assert_eq!((status, &why["detail"]), (StatusCode::CONFLICT, &said));
    let elsewhere = api.post("/v1/budgets/demo-1/told/reservations", "{\"amount\": 1}").await;
    assert_eq!(elsewhere.0, StatusCode::CREATED, "another budget goes on");
    assert_eq!(api.settle(&cheap, "0.4").await.0, StatusCode::OK, "what was paid is counted");
    assert_eq!(api.release(&dear).await, (StatusCode::OK, json!({ "held": "2" })));
    let seen = api.account().await;
    assert_eq!((&seen["spent"], &seen["held"], &seen["left"]), (&json!("0.4"), &json!("0"), &json!("0")));
    assert_eq!(seen["closed"], json!({ "by": "lena", "at": "2026-01-05T12:31:00Z" }));
    assert_eq!(api.account_of(1).await.get("closed"), None);
}

/// On AWS a door of its own serves these routes, and none of the others.
#[tokio::test]
async fn the_door_of_budgets_serves_budgets_alone() {
    let api = Api::started().await;
    let router = budgets(Arc::clone(&api.ports), Arc::new(Tokens::new([caller("robot", true)])));
    let send = async |path: &str| {
        let request = Request::post(path).header("authorization", "Bearer robot-token");
        let request = request.body(Body::from("{\"amount\": 1}")).unwrap();
        router.clone().oneshot(request).await.unwrap().status()
    };
    assert_eq!(send(PURSE).await, StatusCode::CREATED);
    assert_eq!(send("/v1/rollouts/demo-1/rollback").await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_a_log_tells_is_shown_as_well() {
    let api = Api::started().await;
    let hour = Hour { day: "2026-01-05".parse().unwrap(), hour: 12 };
    for n in 0..4 {
        let spend =
            Spend { id: n.to_string(), budget: "llm_cost".into(), hour, money: Money::micros(50_000) };
        api.ports.spend(&id(), &spend).await.unwrap();
    }
    let seen = api.account().await;
    assert_eq!((&seen["spent"], &seen["baseline"]), (&json!("0.2"), &json!("0.05")));
}

/// What a metric shows of an hour is a sum: nobody knows of how many requests, and nobody else adds to it.
#[tokio::test]
async fn what_a_metric_shows_is_no_request_and_is_not_settled() {
    let api = Api::started().await;
    let hour = Hour { day: "2026-01-05".parse().unwrap(), hour: 12 };
    let spend = Spend { id: "one".into(), budget: "shown".into(), hour, money: Money::micros(50_000) };
    api.ports.spend(&id(), &spend).await.unwrap();
    let seen = api.account_of(2).await;
    assert_eq!((&seen["spent"], &seen["requests"]), (&json!("0.05"), &json!({"count": 0, "each": null})));
    let path = "/v1/budgets/demo-1/shown/reservations/2026-01-05-a/settle";
    let (status, refused) = api.post(path, "{\"cost\": 1}").await;
    let why = "what is spent under shown is counted from the metric paid: release the reservation instead";
    assert_eq!((status, refused["detail"].as_str()), (StatusCode::CONFLICT, Some(why)));
}

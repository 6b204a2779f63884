//! What has completed goes on spending, until somebody closes its budget.

use super::*;
use crate::{
    ports::Work,
    spending,
    view::{Sight, Status, status, validate::Holds},
};
use rollout::units::Money;

/// One stage for everybody, that ends by itself.
fn plan() -> String {
    let (before, _) = PLAN.split_once("stages:").unwrap();
    format!("{before}stages: [{{name: everyone, percent: 100, bake: 1h}}]\n")
}

async fn completed(plan: &str) -> World {
    let mut world = World::baking_of(plan).await;
    world.scene.metrics.has(&[]);
    world.later(Span::hours(2));
    for _ in 0..3 {
        world.minute().await;
    }
    assert!(world.head().await.is_over(), "{:?}", world.events().await);
    world
}

impl World {
    async fn listed(&self) -> (Vec<RolloutId>, Vec<RolloutId>) {
        let Work { active, spending, .. } = self.scene.work().await.unwrap();
        (active, spending)
    }

    async fn close(&self) {
        self.closes("llm_cost").await;
    }

    async fn closes(&self, budget: &str) {
        let (budget, admin) = (budget.to_owned(), somebody(&*self.plan().await, ADMIN));
        let close = Command::CloseBudget { budget, note: None };
        let closed = command(&self.scene, &self.id, close, &admin, None).await.unwrap();
        assert!(matches!(closed, Turned::Recorded(..)), "{closed:?}");
    }

    async fn plan(&self) -> Arc<Plan> {
        self.scene.load(&self.id).await.unwrap().plan
    }

    async fn status(&self) -> Status {
        let loaded = self.scene.load(&self.id).await.unwrap();
        status(&Sight { loaded: &loaded, look: None, stop: None, now: self.now })
    }

    async fn is_counted_once(&self) -> (Holds, String, Option<String>) {
        let spending = self.scene.load_all(&self.listed().await.1).await;
        let found = spending::is_counted_once(&spending.into_iter().map(Result::unwrap).collect::<Vec<_>>());
        (found.holds, found.why, found.help)
    }
}

#[test]
fn lines_of_a_log_count_and_their_owner_is_told() {
    now(async {
        let mut world = completed(&plan()).await;
        assert_eq!(world.listed().await, (vec![], vec![world.id.clone()]));
        let (ended, env) = (world.events().await.len(), world.percent());
        world.woken();
        assert_eq!(world.costs(&[("a", world.now, r#"{"cost_usd": 6}"#)]).await.counted, 1);
        assert_eq!(world.woken(), [Door::Evaluate]);
        for _ in 0..3 {
            world.minute().await;
        }
        assert_eq!(world.events().await[ended..], ["crossed", "notified"]);
        assert_eq!(world.percent(), env, "its functions are nobody's");

        world.close().await;
        assert_eq!(world.listed().await, (vec![], vec![]));
        assert_eq!(world.costs(&[("b", world.now, r#"{"cost_usd": 6}"#)]).await.counted, 0);
        assert_eq!(world.spent().await, 6_000_000);
    });
}

#[test]
fn a_metric_is_counted() {
    now(async {
        let metered = plan()
            .replace("meter: {logs: /aws/lambda/search, field: cost_usd}", "meter: {metric: paid}")
            .replace("budgets:", "metrics: {paid: {metric: Search/Paid, stat: Sum, unit: $}}\nbudgets:");
        let mut world = completed(&metered).await;
        let ended = world.events().await.len();
        let paid = world.now.floor(Span::minutes(1));
        world.scene.metrics.has(&[(paid, 4.5)]);
        world.later(Span::minutes(5));
        world.minute().await;
        assert_eq!(world.spent().await, 4_500_000);
        assert_eq!(world.events().await[ended..], ["crossed", "notified"]);
        world.close().await;
        world.scene.metrics.has(&[(paid, 9.5)]);
        world.minute().await;
        assert_eq!(world.spent().await, 4_500_000, "nothing more is counted");
    });
}

/// Both count the same log: each under its own budget, until the first is closed.
#[test]
fn the_next_rollout_takes_the_functions_and_has_a_budget_of_its_own() {
    now(async {
        let mut world = completed(&plan()).await;
        let (first, plan) = (world.id.clone(), world.plan().await);
        let admin = somebody(&plan, ADMIN);
        for variable in ["LLM", "PERCENT"] {
            world.scene.functions.edit("search", variable, None);
        }
        world.id = start(&world.scene, plan, &admin, Why::default()).await.unwrap();
        for _ in 0..4 {
            world.minute().await;
        }
        assert_eq!(world.listed().await, (vec![world.id.clone()], vec![first.clone()]));
        assert_eq!(world.costs(&[("a", world.now, r#"{"cost_usd": 6}"#)]).await.counted, 2);
        world.minute().await;
        let nobody_else = (Holds::Yes, "budgets that nobody has closed: search-1 llm_cost".to_owned(), None);
        assert_eq!(world.is_counted_once().await, nobody_else, "what is going on counts beside it");
        assert_eq!(world.head().await.off.len(), 1, "the cap of what is going on holds the feature off");
        let second = std::mem::replace(&mut world.id, first);
        assert!(world.head().await.off.is_empty());
        assert!(world.events().await.ends_with(&["ended", "crossed", "notified"]));
        world.close().await;
        assert_eq!(world.listed().await, (vec![second], vec![]));
        assert_eq!(world.costs(&[("b", world.now, r#"{"cost_usd": 1}"#)]).await.counted, 1);
    });
}

#[test]
fn what_was_taken_back_is_in_no_list() {
    now(async {
        let mut world = World::baking().await;
        let (plan, back) = (world.plan().await, Command::RollBack { to: None, note: None });
        command(&world.scene, &world.id, back, &somebody(&plan, ADMIN), None).await.unwrap();
        for _ in 0..5 {
            world.minute().await;
        }
        assert!(world.head().await.is_over());
        assert_eq!(world.listed().await, (vec![], vec![]));
        assert_eq!(world.costs(&[("a", world.now, r#"{"cost_usd": 6}"#)]).await.counted, 0);
    });
}

#[test]
fn of_two_that_have_completed_one_counts_a_log() {
    now(async {
        let mut world = completed(&plan()).await;
        let (first, plan) = (world.id.clone(), world.plan().await);
        for variable in ["LLM", "PERCENT"] {
            world.scene.functions.edit("search", variable, None);
        }
        world.id =
            start(&world.scene, Arc::clone(&plan), &somebody(&plan, ADMIN), Why::default()).await.unwrap();
        for _ in 0..4 {
            world.minute().await;
        }
        world.later(Span::hours(2));
        for _ in 0..3 {
            world.minute().await;
        }
        assert_eq!(world.listed().await.1, [first.clone(), world.id.clone()]);
        let help = "where search-2 has replaced it: tidegate close-budget search-1 llm_cost".to_owned();
        let twice = "a newer rollout counts the same as search-1 llm_cost".to_owned();
        assert_eq!(world.is_counted_once().await, (Holds::No, twice, Some(help)));
        world.id = first;
        world.close().await;
        let open = "budgets that nobody has closed: search-2 llm_cost".to_owned();
        assert_eq!(world.is_counted_once().await, (Holds::Yes, open, None));
    });
}

#[test]
fn who_is_refused_money_has_the_owner_told_once() {
    now(async {
        let mut world = completed(&plan()).await;
        let ended = world.events().await.len();
        world.woken();
        let wanted = Wanted { money: Money::micros(3_000_000), lasts: Span::minutes(5), name: None };
        for is_held in [true, false, false] {
            let reserved = reserve(&world.scene, &world.id, "llm_cost", &wanted).await;
            assert_eq!(reserved.is_ok(), is_held, "{reserved:?}");
        }
        assert_eq!(world.woken(), [Door::Evaluate], "the first that is refused");
        for _ in 0..3 {
            world.minute().await;
        }
        assert_eq!(world.events().await[ended..], ["crossed", "notified"]);
    });
}

#[test]
fn of_two_budgets_one_is_closed() {
    now(async {
        let gold = "budgets:\n  gold: {cap: $5/day, at_cap: disable llm, meter: {logs: /aws/lambda/search, field: gold}}";
        let mut world = completed(&plan().replace("budgets:", gold)).await;
        let commands = |status: Status| Vec::from_iter(status.who.into_iter().map(|may| may.command));
        let (close_gold, close_llm) =
            ("tidegate close-budget search-1 gold", "tidegate close-budget search-1 llm_cost");
        assert_eq!(commands(world.status().await), [close_gold, close_llm]);
        world.closes("gold").await;
        assert_eq!(world.listed().await.1, [world.id.clone()]);
        let line = r#"{"gold": 6, "cost_usd": 6}"#;
        assert_eq!(world.costs(&[("a", world.now, line)]).await.counted, 1);
        let closed = world.events().await.len();
        world.minute().await;
        assert_eq!(world.events().await[closed..], ["crossed", "notified"]);
        let status = world.status().await;
        assert_eq!(Vec::from_iter(status.budgets.iter().map(|budget| &budget.name)), ["llm_cost"]);
        assert_eq!(commands(status), [close_llm]);
        world.close().await;
        let status = world.status().await;
        assert!(status.budgets.is_empty() && status.who.is_empty(), "{status:?}");
        assert_eq!(status.why, "completed");
    });
}

/// What is about exposure passes it by: the stop line waits for it no more than an alarm takes it back.
#[test]
fn nobody_waits_for_what_goes_on_spending_and_nothing_takes_it_back() {
    now(async {
        let mut world = completed(&plan()).await;
        let (ended, env, admin) =
            (world.events().await.len(), world.percent(), somebody(&*world.plan().await, ADMIN));
        assert_eq!(stop(&world.scene, &admin, true, None, None).await.unwrap(), []);
        world.minute().await;
        assert!(world.hears("burning", NewState::Ringing, world.now).await.rollouts.is_empty());
        let line = world.scene.work().await.unwrap().stop.unwrap().id;
        assert!(go(&world.scene, &admin, &line).await.unwrap());
        world.minute().await;
        assert_eq!((world.events().await.len(), world.percent()), (ended, env));
    });
}

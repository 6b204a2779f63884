//! What has completed goes on spending, until somebody closes its budget.

use super::*;
use crate::ports::Work;

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
        let (budget, admin) = ("llm_cost".to_owned(), somebody(&*self.plan().await, ADMIN));
        let close = Command::CloseBudget { budget, note: None };
        let closed = command(&self.scene, &self.id, close, &admin, None).await.unwrap();
        assert!(matches!(closed, Turned::Recorded(..)), "{closed:?}");
    }

    async fn plan(&self) -> Arc<Plan> {
        self.scene.load(&self.id).await.unwrap().plan
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

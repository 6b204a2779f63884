//! Money that a metric tells: evaluate is who counts it.

use super::{super::meter::count_owed, *};

/// Nobody but the metric says what is spent, and no guardrail looks at it.
fn plan() -> String {
    PLAN.replace("meter: {logs: /aws/lambda/search, field: cost_usd}", "meter: {metric: paid}")
        .replace("budgets:", "metrics: {paid: {metric: Search/Paid, stat: Sum, unit: $}}\nbudgets:")
        .replace("  - {when: llm_cost > $9, then: roll back}\n", "")
}

/// In effect, with a source that has nothing yet.
async fn baking() -> World {
    World::baking_of(&plan()).await
}

/// So many minutes after the start.
fn minute(n: u64) -> Timestamp {
    START.after(Span::minutes(n))
}

#[test]
fn a_tick_counts_what_was_spent_once_and_sees_what_it_crosses() {
    now(async {
        let mut world = baking().await;
        world.scene.metrics.has(&[(minute(2), 1.5), (minute(3), 2.75)]);
        world.later(Span::minutes(5));
        world.minute().await;
        assert_eq!(world.spent().await, 4_250_000);
        assert_eq!(world.events().await.iter().filter(|event| **event == "crossed").count(), 1);
        world.minute().await;
        assert_eq!(world.spent().await, 4_250_000);
        // The source corrects itself upward, and later downward.
        world.scene.metrics.has(&[(minute(2), 1.5), (minute(3), 3.25)]);
        world.minute().await;
        assert_eq!(world.spent().await, 4_750_000);
        world.scene.metrics.has(&[(minute(2), 1.0), (minute(3), 1.0)]);
        world.minute().await;
        assert_eq!(world.spent().await, 4_750_000);
        world.scene.metrics.has(&[(minute(2), 1.5), (minute(3), 3.5)]);
        world.minute().await;
        assert_eq!(world.head().await.off.len(), 1, "the cap holds the feature off");
    });
}

#[test]
fn of_two_ticks_that_count_on_top_of_the_same_one_counts() {
    now(async {
        let mut world = baking().await;
        world.later(Span::minutes(5));
        let loaded = world.scene.load(&world.id).await.unwrap();
        let asked = questions(&loaded.plan, &loaded.head, world.now, Scope::Guardrails);
        let read = async || levels::windows(&world.scene, &[(&loaded, &asked)]).await.pop().unwrap();
        let count = async |windows, cents: f64| {
            world.scene.metrics.has(&[(minute(2), cents / 100.0)]);
            let answers = world.scene.ask(&loaded.plan, &asked.queries).await;
            let mut levels = Levels { windows, ..Levels::default() };
            count_owed(&world.scene, &loaded, &asked, &answers, &mut levels).await;
            assert!(levels.untold.is_empty());
        };
        let seen_by_both = read().await;
        count(seen_by_both.clone(), 100.0).await;
        count(seen_by_both, 250.0).await;
        assert_eq!(world.spent().await, 1_000_000, "the second counted on top of what had passed");
        count(read().await, 250.0).await;
        assert_eq!(world.spent().await, 2_500_000);
    });
}

#[test]
fn while_the_source_fails_nothing_is_promoted_and_what_protects_goes_on() {
    now(async {
        let mut world = baking().await;
        // Before it failed it had shown nothing; the check of the door has passed.
        world.later(Span::minutes(90));
        let id = world.id.clone();
        probe_one(&world.scene, &id).await.unwrap();
        *world.scene.metrics.0.lock().unwrap() = None;
        let turned = evaluate_one(&world.scene, &id, None, Looks::Unseen).await.unwrap();
        let Turned::Held(hold) = turned else { panic!("{turned:?}") };
        let head = world.head().await;
        let plan = &world.scene.load(&id).await.unwrap().plan;
        let why = "not all that was spent today under llm_cost is known: the source does not answer";
        assert_eq!(hold.words(plan, head.updated), why);
        // The cap acts on what is counted all the same.
        world.scene.metrics.has(&[(minute(2), 6.0)]);
        world.minute().await;
        assert!(world.events().await.contains(&"disabled"));
    });
}

//! What a hundred rollouts cost that have completed, and whose budgets nobody has closed.

use super::{behind_proxy, sample};
use aws::store::DynamoStore;
use control::{
    doors::{self, Line, Lines, Looks},
    ports::{Alarms, Commit, Layer, Listing, Metrics, Store, Wake, World},
};
use rollout::{
    evidence::{Answer, Query},
    levels::AlarmState,
    plan::{Plan, load},
    rollout::RolloutId,
    time::Timestamp,
};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

const MANY: usize = 100;
const NOON: Timestamp = Timestamp(1_767_614_400_000);

/// A door on the table, and on nothing else.
struct Door {
    store: DynamoStore,
    names: AtomicU64,
}

impl Layer for Door {
    type Below = DynamoStore;

    fn below(&self) -> &DynamoStore {
        &self.store
    }
    async fn load_all(
        &self,
        ids: &[RolloutId],
    ) -> Vec<Result<control::ports::Loaded, control::ports::LoadError>> {
        self.store.load_all(ids).await
    }
    async fn windows_all(
        &self,
        asked: &[control::ports::Asked],
    ) -> Vec<Result<BTreeMap<rollout::calendar::Day, rollout::levels::Spent>, control::ports::Unavailable>>
    {
        self.store.windows_all(asked).await
    }
}

impl Metrics for Door {
    async fn ask(&self, _: &Plan, _: &[Query]) -> Vec<Answer> {
        panic!("what is counted from a log asks no metric")
    }
}

impl Alarms for Door {
    async fn alarms(&self, _: &[&str]) -> Vec<AlarmState> {
        panic!("an alarm takes back, and nothing is to be taken back")
    }
}

impl World for Door {
    fn now(&self) -> Timestamp {
        NOON
    }
    fn unique(&self) -> String {
        self.names.fetch_add(1, Ordering::Relaxed).to_string()
    }
}

impl Wake for Door {
    fn advance(&self, _: &RolloutId) {}
    fn evaluate(&self, _: &RolloutId) {}
    fn probe(&self, _: &RolloutId) {}
}

/// Of the example's size: a budget that a log tells, and a guardrail on it.
fn plan(number: usize) -> Arc<Plan> {
    let text = format!(
        "tidegate: 1\nname: kept-{number}\nowner: ann\npeople: {{ann: {{members: [ann]}}}}\ntargets: [{{function: f{number}, \
         set: {{PERCENT: \"${{percent}}\"}}}}]\nbudgets: {{llm: {{cap: $5/day, meter: {{logs: /aws/lambda/f, field: cost_usd}}}}}}\n\
         guardrails: [{{when: llm > $9, then: roll back}}]\nstages: [{{name: all, percent: 100, bake: 1h}}]\n"
    );
    Arc::new(load("kept.yaml", &text).unwrap_or_else(|problems| panic!("{problems}")).plan)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_hundred_open_budgets_cost() {
    let (_embedded, proxy, store) = behind_proxy("outliving").await;
    for number in 1..=MANY {
        let (name, function) = (format!("kept-{number}-1"), format!("f{number}"));
        let mut start = sample::start(&name, &[&function], 0, &format!("{name} starts")).unwrap();
        start.plan = plan(number);
        store.start(&start).await.unwrap();
        let end =
            sample::commit(&start.head, sample::to_the_end(&start.head), &format!("{name} ends")).unwrap();
        let listing = Listing::of(&start.plan, &end.head);
        assert_eq!(listing, Listing::Spending);
        store.commit(&Commit { listing, ..end }).await.unwrap();
    }
    let door = Door { store, names: AtomicU64::default() };
    let began = || (proxy.seen(), Instant::now()).1;
    let cost = |what: &str, since: Instant, expected: &[(&str, usize)]| {
        let (took, (calls, _)) = (since.elapsed(), proxy.seen());
        println!("{what}: {calls:?} in {took:?}");
        let expected: BTreeMap<String, usize> =
            expected.iter().map(|(call, n)| ((*call).to_owned(), *n)).collect();
        assert_eq!(calls, expected, "{what}");
    };
    let minute = async || {
        let round = doors::evaluate(&door, Looks::Unseen).await.unwrap();
        assert!(round.len() == MANY && round.iter().all(|(_, turned)| turned.is_ok()));
    };
    let since = began();
    minute().await;
    cost("the first minute", since, &[("BatchGetItem", 3), ("Query", 1)]);
    let since = began();
    minute().await;
    cost("a minute", since, &[("BatchGetItem", 2), ("Query", 1)]);

    let line = |id: &str| Line { id: id.into(), at: NOON, text: r#"{"cost_usd": 0.1}"#.into() };
    let lines = |group: &str, ids: &[&str]| Lines {
        group: group.into(),
        lines: ids.iter().copied().map(line).collect(),
    };
    let since = began();
    assert_eq!(doors::meter(&door, &lines("/aws/lambda/other", &["a"])).await.unwrap().counted, 0);
    cost("a line of somebody else", since, &[("BatchGetItem", 1), ("Query", 1)]);
    let since = began();
    assert_eq!(
        doors::meter(&door, &lines("/aws/lambda/f", &["a", "b"])).await.unwrap().counted,
        2 * MANY as u64
    );
    // All of them count the same log: this is what `doctor` tells of.
    let calls = [("BatchGetItem", 1), ("Query", 1 + MANY), ("TransactWriteItems", 2 * MANY)];
    cost("two lines that all of them count", since, &calls);
}

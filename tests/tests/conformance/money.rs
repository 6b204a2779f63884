//! Money that is held before it is spent: what every store must do with it.
//!
//! The cases are facts from the field: the tests of the hold store of BerriAI/litellm (at bb0ea210), and what was reported
//! in garrytan/gbrain#4365 (four calls at once against the same balance), BerriAI/litellm#34732 (check, then record),
//! BerriAI/litellm#40050 (counted twice) and membrane/api-gateway#3210 (calls in flight are not counted).

use control::ports::{HOLDS_MAX, Held, Hold, Paid, Purse, ReserveError, Spend, Store};
use rollout::{
    calendar::{Day, Hour},
    rollout::RolloutId,
    time::Timestamp,
    units::Money,
};
use std::sync::Arc;

const BUDGET: &str = "llm";
const CAP: Money = Money::micros(5_000_000);

fn day() -> Day {
    "2026-01-05".parse().unwrap()
}

fn id(name: &str) -> RolloutId {
    RolloutId(name.into())
}

fn held(micros: u64, until: i64) -> Held {
    Held { money: Money::micros(micros), until: Timestamp(until) }
}

fn hold(name: &str, micros: u64, until: i64) -> Hold {
    Hold { id: name.into(), budget: BUDGET.into(), day: day(), held: held(micros, until) }
}

fn spend(name: &str, micros: u64) -> Spend {
    let hour = Hour { day: day(), hour: 7 };
    Spend { id: name.into(), budget: BUDGET.into(), hour, money: Money::micros(micros) }
}

/// One budget of a store, at a time of the test's choosing.
struct Till<'s, S> {
    store: &'s S,
    id: RolloutId,
}

impl<S: Store> Till<'_, S> {
    async fn reserve(&self, hold: &Hold, now: i64) -> Result<Held, ReserveError> {
        self.store.reserve(&self.id, hold, CAP, Timestamp(now)).await
    }
    async fn settle(&self, spend: &Spend) -> Paid {
        self.store.settle(&self.id, spend).await.unwrap()
    }
    async fn purse(&self) -> Purse {
        self.store.purse(&self.id, BUDGET, day()).await.unwrap()
    }
    /// What is spent and held at a time, in micro-dollars, and of how many records.
    async fn sums(&self, now: i64) -> (u64, u64, u64) {
        let purse = self.purse().await;
        let whole = purse.spent.whole();
        (whole.money.as_micros(), purse.held(Timestamp(now)).as_micros(), whole.records)
    }
    async fn is_refused(&self, hold: &Hold, now: i64, micros_left: u64) {
        match self.reserve(hold, now).await {
            Err(ReserveError::NoRoom { left, .. }) => assert_eq!(left, Money::micros(micros_left)),
            other => panic!("{other:?}"),
        }
        assert!(self.purse().await.spent.refused, "the window says so");
    }
}

pub(crate) async fn conforms<S: Store + 'static>(store: &Arc<S>) {
    holds_are_summed_and_given_back(&**store).await;
    what_has_lapsed_stops_counting(&**store).await;
    what_has_lapsed_is_held_anew_or_not_at_all(&**store).await;
    a_hold_counts_once_and_ends_once(&**store).await;
    all_of_a_cost_is_counted(&**store).await;
    the_cap_is_reached_and_never_passed(&**store).await;
    four_at_once_and_room_for_two(store).await;
}

async fn holds_are_summed_and_given_back(store: &impl Store) {
    let till = Till { store, id: id("till-1") };
    assert_eq!(till.purse().await, Purse::default(), "nothing is no failure");
    assert_eq!(till.reserve(&hold("h1", 400_000, 9), 0).await, Ok(held(400_000, 9)));
    assert_eq!(till.sums(0).await, (0, 400_000, 0));
    till.reserve(&hold("h2", 300_000, 9), 0).await.unwrap();
    assert_eq!(till.sums(0).await, (0, 700_000, 0));
    // Removing drops only that hold.
    assert_eq!(till.settle(&spend("h1", 0)).await.held, Money::micros(400_000));
    till.reserve(&hold("h3", 100_000, 9), 0).await.unwrap();
    assert_eq!(till.sums(0).await, (0, 400_000, 0), "and what was released is no record of a cost");
    // Holds of another counter do not count.
    let other = Till { store, id: id("till-2") };
    other.reserve(&hold("h1", 300_000, 9), 0).await.unwrap();
    assert_eq!((till.sums(0).await.1, other.sums(0).await.1), (400_000, 300_000));
}

async fn what_has_lapsed_stops_counting(store: &impl Store) {
    let till = Till { store, id: id("till-3") };
    till.reserve(&hold("orphan", 4_500_000, 5), 0).await.unwrap();
    till.is_refused(&hold("early", 600_000, 9), 4, 500_000).await;
    assert_eq!(till.sums(5).await, (0, 0, 0), "from its time on");
    till.reserve(&hold("fresh", 4_900_000, 9), 5).await.unwrap();
    assert_eq!(till.sums(5).await, (0, 4_900_000, 0));
    // The caller was only slow: what the call did cost is counted all the same.
    let paid = till.settle(&spend("orphan", 200_000)).await;
    assert_eq!((paid.held, paid.spend.money), (Money::ZERO, Money::micros(200_000)));
    assert_eq!(till.sums(5).await, (200_000, 4_900_000, 1));
}

/// Whoever lost the answer asks again, later than the hold has lasted.
async fn what_has_lapsed_is_held_anew_or_not_at_all(store: &impl Store) {
    let till = Till { store, id: id("till-8") };
    till.reserve(&hold("slow", 3_000_000, 5), 0).await.unwrap();
    assert_eq!(till.reserve(&hold("slow", 3_000_000, 12), 7).await, Ok(held(3_000_000, 12)), "anew");
    till.is_refused(&hold("other", 3_000_000, 12), 7, 2_000_000).await;
    till.reserve(&hold("other", 3_000_000, 20), 12).await.unwrap();
    till.is_refused(&hold("slow", 3_000_000, 20), 12, 2_000_000).await;
    assert_eq!(till.sums(12).await, (0, 3_000_000, 0));
}

async fn a_hold_counts_once_and_ends_once(store: &impl Store) {
    let till = Till { store, id: id("till-4") };
    for until in [9, 99] {
        let again = till.reserve(&hold("h1", 400_000, until), 0).await;
        assert_eq!(again, Ok(held(400_000, 9)), "said again it is the same");
    }
    assert_eq!(till.sums(0).await, (0, 400_000, 0));
    let first = till.settle(&spend("h1", 250_000)).await;
    for _ in 0..2 {
        assert_eq!(till.settle(&spend("h1", 250_000)).await, first);
        assert_eq!(till.settle(&spend("h1", 390_000)).await, first, "the first word counts");
        assert_eq!(till.settle(&spend("h1", 0)).await, first, "there was a call");
    }
    assert_eq!(till.sums(0).await, (250_000, 0, 1));
    assert_eq!(till.reserve(&hold("h1", 400_000, 9), 0).await, Err(ReserveError::Done), "a late echo");
    till.reserve(&hold("h2", 400_000, 9), 0).await.unwrap();
    till.settle(&spend("h2", 0)).await;
    assert_eq!(till.settle(&spend("h2", 100_000)).await.spend.money, Money::ZERO, "there was no call");
    assert_eq!(till.reserve(&hold("h2", 400_000, 9), 0).await, Err(ReserveError::Done));
    assert_eq!(till.sums(0).await, (250_000, 0, 1));
}

async fn all_of_a_cost_is_counted(store: &impl Store) {
    let till = Till { store, id: id("till-5") };
    till.reserve(&hold("h1", 1_000_000, 9), 0).await.unwrap();
    let paid = till.settle(&spend("h1", 6_000_000)).await;
    assert_eq!((paid.held, paid.spend.money), (Money::micros(1_000_000), Money::micros(6_000_000)));
    assert_eq!(till.sums(0).await, (6_000_000, 0, 1), "also what is beyond its hold, and beyond the cap");
    till.is_refused(&hold("h2", 1, 9), 0, 0).await;
}

async fn the_cap_is_reached_and_never_passed(store: &impl Store) {
    let till = Till { store, id: id("till-6") };
    // What was told by a log counts as well.
    till.store.spend(&till.id, &spend("log", 1_000_000)).await.unwrap();
    till.reserve(&hold("h1", 3_999_999, 9), 0).await.unwrap();
    till.is_refused(&hold("h2", 2, 9), 0, 1).await;
    till.is_refused(&hold("h3", 9_000_000, 9), 0, 1).await;
    till.reserve(&hold("h4", 1, 9), 0).await.unwrap();
    till.is_refused(&hold("h5", 1, 9), 0, 0).await;
    assert_eq!(till.sums(0).await, (1_000_000, 4_000_000, 1));
}

/// Each of four calls would pass by itself; together they would pass the cap.
async fn four_at_once_and_room_for_two<S: Store + 'static>(store: &Arc<S>) {
    let name = id("till-7");
    store.spend(&name, &spend("log", 4_752_720)).await.unwrap();
    let holds = (0..4).map(|n| hold(&format!("call-{n}"), 88_400, 9)).collect();
    assert_eq!(admitted(store, &name, holds).await.len(), 2);
}

/// The ids of those that were let through, of all that ask at once.
pub(crate) async fn admitted<S: Store + 'static>(
    store: &Arc<S>,
    id: &RolloutId,
    holds: Vec<Hold>,
) -> Vec<String> {
    let one = async |store: Arc<S>, id: RolloutId, hold: Hold| match store
        .reserve(&id, &hold, CAP, Timestamp(0))
        .await
    {
        Ok(_) => Some(hold.id),
        Err(ReserveError::NoRoom { .. }) => None,
        Err(other) => panic!("{}: {other}", hold.id),
    };
    let asked: Vec<_> =
        holds.into_iter().map(|hold| tokio::spawn(one(Arc::clone(store), id.clone(), hold))).collect();
    let mut admitted = vec![];
    for asked in asked {
        admitted.extend(asked.await.unwrap());
    }
    admitted
}

/// Hundreds want the same money at once: the cap is reached to the cent, no hold is lost, and all of them settle.
pub(crate) async fn hundreds_at_once<S: Store + 'static>(store: &Arc<S>, callers: usize) {
    let till = Till { store: &**store, id: id("till-8") };
    let holds = (0..callers).map(|n| hold(&format!("call-{n}"), 50_000, 9)).collect();
    let admitted = admitted(store, &till.id, holds).await;
    assert_eq!(admitted.len(), 100, "$0.05 each of $5");
    assert_eq!(till.sums(0).await, (0, 5_000_000, 0));
    let settle = async |store: Arc<S>, id: RolloutId, name: String| {
        for _ in 0..2 {
            store.settle(&id, &spend(&name, 20_000)).await.unwrap();
        }
    };
    let settling: Vec<_> = admitted
        .into_iter()
        .map(|name| tokio::spawn(settle(Arc::clone(store), till.id.clone(), name)))
        .collect();
    for settling in settling {
        settling.await.unwrap();
    }
    assert_eq!(till.sums(0).await, (2_000_000, 0, 100));
}

/// A caller who never settles fills neither the window nor the table, and comes to an end by himself.
pub(crate) async fn a_crowd_is_refused<S: Store>(store: &S) {
    let till = Till { store, id: id("till-9") };
    for n in 0..HOLDS_MAX {
        till.reserve(&hold(&format!("h{n}"), 1, 5), 0).await.unwrap();
    }
    assert_eq!(till.reserve(&hold("more", 1, 9), 0).await, Err(ReserveError::TooMany));
    till.reserve(&hold("later", 1, 9), 5).await.unwrap();
    assert_eq!(till.sums(5).await, (0, 1, 0));
}

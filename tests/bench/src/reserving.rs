//! Money that is held before it is spent: how fast, with a hundred callers at once and one table in a file.

use crate::Measured;
use aws::{embedded::Embedded, store::DynamoStore};
use control::ports::{Held, Hold, ReserveError, Spend, Store};
use rollout::{
    calendar::{Day, Hour},
    rollout::RolloutId,
    time::Timestamp,
    units::Money,
};
use std::{env, fs, io, process, sync::Arc, time::Instant};

const CALLERS: u64 = 100;
const EACH: u64 = 20;
const AMOUNT: Money = Money::micros(10_000);
/// Not all of it can be had at once.
const CAP: Money = Money::micros(CALLERS * EACH * 10_000 / 2);
const BUDGET: &str = "llm";

/// Each caller holds money, makes no call, and settles for half of it, again and again.
pub(crate) fn measure() -> Measured {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let folder = env::temp_dir().join(format!("tidegate-bench-{}", process::id()));
    fs::create_dir_all(&folder)?;
    let measured = runtime.block_on(async {
        let embedded = Embedded::open(&folder.join("state.db")).await?;
        crowd(Arc::new(embedded.store().clone())).await
    });
    fs::remove_dir_all(&folder)?;
    measured
}

async fn crowd(store: Arc<DynamoStore>) -> Measured {
    let id = RolloutId("bench-1".to_owned());
    let day: Day = "2026-01-05".parse().map_err(|_| io::Error::other("the day cannot be read"))?;
    let began = Instant::now();
    let callers: Vec<_> =
        (0..CALLERS).map(|caller| tokio::spawn(pay(Arc::clone(&store), id.clone(), day, caller))).collect();
    let (mut settled, mut refused) = (0, 0);
    for caller in callers {
        let (paid, without) = caller.await?.map_err(io::Error::other)?;
        settled += paid;
        refused += without;
    }
    let took = began.elapsed().as_secs_f64();
    let purse = store.purse(&id, BUDGET, day).await?;
    let (spent, held) = (purse.spent.whole(), purse.held(Timestamp(0)));
    println!(
        "reserve: {settled} reserved and settled, {refused} refused, {CALLERS} at once: {:.0} a second; \
         {} of {CAP} spent in {} records, {held} still held; one transaction each, and one more to know what was refused",
        (settled + refused) as f64 / took,
        spent.money,
        spent.records,
    );
    let is_whole = spent.records == settled && spent.money.plus(held) <= CAP && held == Money::ZERO;
    if is_whole { Ok(()) } else { Err("money was lost, or the cap was passed".into()) }
}

/// How often it was settled, and how often refused.
async fn pay(store: Arc<DynamoStore>, id: RolloutId, day: Day, caller: u64) -> Result<(u64, u64), String> {
    let (mut settled, mut refused) = (0, 0);
    for call in 0..EACH {
        let name = format!("call-{caller}-{call}");
        let held = Held { money: AMOUNT, until: Timestamp(i64::MAX) };
        let hold = Hold { id: name.clone(), budget: BUDGET.to_owned(), day, held };
        match store.reserve(&id, &hold, CAP, Timestamp(0)).await {
            Ok(_) => {
                let hour = Hour { day, hour: 7 };
                let money = Money::micros(AMOUNT.as_micros() / 2);
                let spend = Spend { id: name, budget: BUDGET.to_owned(), hour, money };
                store.settle(&id, &spend).await.map_err(|why| why.to_string())?;
                settled += 1;
            }
            Err(ReserveError::NoRoom { .. }) => refused += 1,
            Err(why) => return Err(why.to_string()),
        }
    }
    Ok((settled, refused))
}

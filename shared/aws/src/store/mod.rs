//! The one table in DynamoDB.
//!
//! `item` says where everything lies, `purse` what stands in the window of a budget, `transaction` what is written together, `calls` how DynamoDB is asked,
//! `patience` how long, and `verdict` what a refusal means.

mod body;
mod calls;
mod item;
mod patience;
mod purse;
mod table;
#[cfg(test)]
#[cfg(feature = "embedded")]
mod tests;
mod transaction;
mod verdict;

#[cfg(feature = "notify")]
pub(crate) use item::message_in;
#[cfg(feature = "embedded")]
pub(crate) use table::embedded_table;
pub use table::{TableError, create_table};

use crate::errors::Failure;
use aws_sdk_dynamodb::{Client, error::BuildError, types::TransactWriteItem};
use body::BodyError;
use calls::Calls;
use control::ports::{
    Asked, Commit, CommitError, Held, Hold, LoadError, Loaded, Lock, Look, Paid, Purse, ReserveError, Spend,
    Start, StartError, StopError, Store, Tried, Unavailable, Work,
};
use item::{Item, Key, Range, Writes};
use rollout::{
    calendar::{Day, Days},
    evidence::StopLine,
    levels::Spent,
    log::Entry,
    plan::Plan,
    rollout::RolloutId,
    time::Timestamp,
    units::{Money, Version},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};
use transaction::Transaction;
use verdict::{not_committed, not_started};

/// Plans that are kept: more rollouts than this are hardly ever in work at once, and a plan is at most 390 KB.
const PLANS_MAX: usize = 100;

/// Enough to give back every hold that there can be, and for others who get in between.
const RESERVE_TRIES: u32 = 40;
/// A hold changes once: it lapses.
const SETTLE_TRIES: u32 = 3;

/// The [`Store`] in a DynamoDB table. A clone shares everything.
#[derive(Clone, Debug)]
pub struct DynamoStore {
    calls: Calls,
    plans: Arc<Mutex<BTreeMap<RolloutId, Arc<Plan>>>>,
}

impl DynamoStore {
    /// On a table that exists, with the client's credentials and endpoint; when to repeat a call is decided here.
    pub fn new(client: &Client, table: &str) -> DynamoStore {
        DynamoStore { calls: Calls::new(client, table), plans: Arc::default() }
    }

    /// The plans that were read before: a plan never changes.
    fn known(&self, ids: &[RolloutId]) -> Vec<Option<Arc<Plan>>> {
        let plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        ids.iter().map(|id| plans.get(id).cloned()).collect()
    }

    /// Reads a plan, and keeps it.
    fn keep(&self, id: &RolloutId, item: Option<Item>) -> Result<Arc<Plan>, LoadError> {
        let Some(item) = item else {
            return Err(LoadError::Unreadable { id: id.clone(), why: "it has no plan".into() });
        };
        let plan: Arc<Plan> = Arc::new(item::body(&item).map_err(|why| unreadable(id, "its plan", &why))?);
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if plans.len() < PLANS_MAX {
            plans.insert(id.clone(), Arc::clone(&plan));
        }
        Ok(plan)
    }

    /// Where there is no room for so many more plans, those go that nobody asks for now. Those that somebody does stay, also
    /// where there is no room for all of them: otherwise each tick would read every plan again.
    fn make_room(&self, more: usize, ids: &[RolloutId]) {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if more > 0 && plans.len().saturating_add(more) > PLANS_MAX {
            let asked: BTreeSet<&RolloutId> = ids.iter().collect();
            plans.retain(|id, _| asked.contains(id));
        }
    }
}

impl Store for DynamoStore {
    async fn work(&self) -> Result<Work, Unavailable> {
        let mut work = Work::default();
        for row in self.calls.query(Range::work(), usize::MAX).await? {
            match item::rollout(&row) {
                Some(id) if item::is_spending(&row) => work.spending.push(id),
                Some(id) => work.active.push(id),
                None => work.stop = Some(stop_line(&row)),
            }
        }
        Ok(work)
    }

    async fn load(&self, id: &RolloutId) -> Result<Loaded, LoadError> {
        let mut all = self.load_all(std::slice::from_ref(id)).await;
        all.pop().unwrap_or_else(|| Err(LoadError::Missing(id.clone())))
    }

    /// In one call, also where no plan is known yet: between an alarm and the way back there are not many.
    async fn load_all(&self, ids: &[RolloutId]) -> Vec<Result<Loaded, LoadError>> {
        let known = self.known(ids);
        let unknown = ids.iter().zip(&known).filter(|(_, known)| known.is_none());
        self.make_room(unknown.clone().count(), ids);
        let keys = ids.iter().map(Key::head).chain(unknown.map(|(id, _)| Key::plan(id))).collect();
        let mut items = match self.calls.get_each(keys).await {
            Ok(items) => items.into_iter(),
            Err(failure) => {
                let why = LoadError::from(Unavailable::from(failure));
                return ids.iter().map(|_| Err(why.clone())).collect();
            }
        };
        let heads: Vec<Option<Item>> = items.by_ref().take(ids.len()).collect();
        let each = ids.iter().zip(known).zip(heads);
        each.map(|((id, known), head)| {
            let plan = if known.is_none() { items.next().flatten() } else { None };
            let head = head.ok_or_else(|| LoadError::Missing(id.clone()))?;
            let head = item::body(&head).map_err(|why| unreadable(id, "its head", &why))?;
            let plan = known.map_or_else(|| self.keep(id, plan), Ok)?;
            Ok(Loaded { plan, head: Arc::new(head) })
        })
        .collect()
    }

    async fn start(&self, start: &Start) -> Result<(), StartError> {
        let transaction = Transaction::start(&self.calls.table, start).map_err(Unavailable::from)?;
        self.calls.write(&transaction).await.map_err(|failure| not_started(&transaction, failure))
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        let transaction = Transaction::commit(&self.calls.table, commit).map_err(Unavailable::from)?;
        self.calls.write(&transaction).await.map_err(|failure| not_committed(&transaction, failure))
    }

    async fn entries(&self, id: &RolloutId, after: Version, limit: usize) -> Result<Vec<Entry>, Unavailable> {
        let items = self.calls.query(Range::entries(id, after), limit).await?;
        let entry = |item: &Item| {
            item::body(item).map_err(|why| Unavailable(format!("an entry of {id} cannot be read: {why}")))
        };
        items.iter().map(entry).collect()
    }

    async fn rollouts(&self) -> Result<Vec<RolloutId>, Unavailable> {
        let rows = self.calls.query(Range::history(), usize::MAX).await?;
        Ok(rows.iter().filter_map(item::rollout).collect())
    }

    async fn lock(&self, function: &str) -> Result<Lock, Unavailable> {
        let Some(item) = self.calls.get(Key::lock(function)).await? else {
            return Ok(Lock::default());
        };
        item::lock(&item).ok_or_else(|| Unavailable(format!("the lock of {function} cannot be read")))
    }

    async fn set_stop(&self, seen: Option<&StopLine>, next: Option<&StopLine>) -> Result<(), StopError> {
        let (writes, seen) = (Writes(&self.calls.table), seen.map(|line| line.id.as_str()));
        let write = match next {
            Some(next) => writes.pull(seen, &next.id, written(next)?),
            None => writes.let_go(seen),
        };
        let write = write.map_err(|error| Unavailable(error.to_string()))?;
        match self.calls.write_alone(vec![write]).await {
            Ok(()) => Ok(()),
            // Somebody else was faster, or it is the echo of our own earlier attempt: then what we wanted is there.
            Err(Failure::Refused(_)) => match self.calls.get(Key::stop()).await {
                Ok(found) if found.as_ref().map(item::pull) == next.map(|line| line.id.as_str()) => Ok(()),
                Ok(_) => Err(StopError::Moved),
                Err(failure) => Err(Unavailable::from(failure).into()),
            },
            Err(failure) => Err(Unavailable::from(failure).into()),
        }
    }

    async fn put_look(&self, id: &RolloutId, look: &Look) -> Result<(), Unavailable> {
        self.calls.put(Key::look(id).with_body(written(look)?)).await.map_err(Unavailable::from)
    }

    async fn look(&self, id: &RolloutId) -> Result<Option<Look>, Unavailable> {
        let item = self.calls.get(Key::look(id)).await?;
        // Nothing is decided on it: one that cannot be read is as good as none.
        Ok(item.and_then(|item| item::body(&item).ok()))
    }

    async fn windows(
        &self,
        id: &RolloutId,
        budget: &str,
        days: Days,
    ) -> Result<BTreeMap<Day, Spent>, Unavailable> {
        let rows = self.calls.query(Range::windows(id, budget, days), usize::MAX).await?;
        let windows = rows.iter().map(window).collect::<Option<_>>();
        windows.ok_or_else(|| unreadable_window(id, budget))
    }

    async fn windows_all(&self, asked: &[Asked]) -> Vec<Result<BTreeMap<Day, Spent>, Unavailable>> {
        let days: Vec<Vec<Day>> = asked.iter().map(|asked| asked.days.each().collect()).collect();
        let key = |(asked, days): (&Asked, &Vec<Day>)| -> Vec<Key> {
            days.iter().map(|day| Key::window(&asked.id, &asked.budget, *day)).collect()
        };
        let keys = asked.iter().zip(&days).flat_map(key).collect();
        let mut items = match self.calls.get_each(keys).await {
            Ok(items) => items.into_iter(),
            Err(failure) => {
                let why = Unavailable::from(failure);
                return asked.iter().map(|_| Err(why.clone())).collect();
            }
        };
        let windows = |(Asked { id, budget, .. }, days): (&Asked, &Vec<Day>)| {
            let windows = items.by_ref().take(days.len()).flatten();
            let windows = windows.map(|item| window(&item)).collect::<Option<_>>();
            windows.ok_or_else(|| unreadable_window(id, budget))
        };
        asked.iter().zip(&days).map(windows).collect()
    }

    async fn spend(&self, id: &RolloutId, spend: &Spend) -> Result<(), Unavailable> {
        let writes = Writes(&self.calls.table);
        let record = writes.create(Key::spend(id, &spend.budget, &spend.id).with_body(written(spend)?));
        let count = writes.count(id, spend);
        match self.calls.write_alone(vec![record.map_err(unmade)?, count.map_err(unmade)?]).await {
            // Its record is there: it counts no second time.
            Ok(()) | Err(Failure::Refused(_)) => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }

    async fn purse(&self, id: &RolloutId, budget: &str, day: Day) -> Result<Purse, Unavailable> {
        match self.calls.get(Key::window(id, budget, day)).await? {
            Some(item) => purse::purse(&item).ok_or_else(|| unreadable_window(id, budget)),
            None => Ok(Purse::default()),
        }
    }

    async fn reserve(
        &self,
        id: &RolloutId,
        hold: &Hold,
        cap: Money,
        now: Timestamp,
    ) -> Result<Held, ReserveError> {
        for _ in 0..RESERVE_TRIES {
            let Some(purse) = self.try_hold(id, hold, cap).await? else {
                return Ok(hold.held);
            };
            // Once its time has passed its money is there for others: it is held anew, or not at all.
            if let Some(held) = purse.holds.get(&hold.id).filter(|held| !held.has_lapsed(now)) {
                return Ok(*held);
            }
            let lapsed = purse::lapsed(&purse, now);
            if !lapsed.is_empty() {
                self.give_back(id, hold, &lapsed).await?;
            } else if purse::is_crowded(&purse) {
                return Err(ReserveError::TooMany);
            } else {
                let first = !purse.spent.refused && self.note_refusal(id, hold).await?;
                return Err(ReserveError::NoRoom { left: purse.left(cap, now), first });
            }
        }
        Err(Unavailable(format!("contended: the window of {} of {id}", hold.budget)).into())
    }

    async fn settle(&self, id: &RolloutId, spend: &Spend) -> Result<Paid, Unavailable> {
        let (key, writes) = (Key::spend(id, &spend.budget, &spend.id), Writes(&self.calls.table));
        for _ in 0..SETTLE_TRIES {
            let purse = self.purse(id, &spend.budget, spend.hour.day).await?;
            let held = purse.holds.get(&spend.id).copied();
            let was = held.map(|held| held.money).unwrap_or_default();
            let settled = Paid { spend: spend.clone(), held: was };
            let record = writes.create(key.clone().with_body(written(&settled)?)).map_err(unmade)?;
            let count = writes.settle(id, spend, held).map_err(unmade)?;
            match self.calls.write_alone(vec![record, count]).await {
                Ok(()) => return Ok(settled),
                Err(Failure::Refused(_)) => {}
                Err(failure) => return Err(failure.into()),
            }
            // It was settled before, perhaps by ourselves a moment ago; or its time has passed since it was read.
            if let Some(item) = self.calls.get(key.clone()).await? {
                let known = item::body(&item);
                return known.map_err(|why| Unavailable(format!("what {} came to: {why}", spend.id)));
            }
        }
        Err(Unavailable(format!("contended: the window of {} of {id}", spend.budget)))
    }

    async fn put_checked(&self, id: &RolloutId, tried: &Tried) -> Result<(), Unavailable> {
        let write = Writes(&self.calls.table).tried(id, tried, written(tried)?);
        match self.calls.write_alone(vec![write.map_err(|error| Unavailable(error.to_string()))?]).await {
            // One that began later is there.
            Ok(()) | Err(Failure::Refused(_)) => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }

    async fn checked(&self, id: &RolloutId) -> Result<Vec<Tried>, Unavailable> {
        let rows = self.calls.query(Range::checks(id), usize::MAX).await?;
        // One that cannot be read is none: its check is tried again.
        Ok(rows.iter().filter_map(|row| item::body(row).ok()).collect())
    }
}

impl DynamoStore {
    /// Holds money, or finds the window as it is instead.
    async fn try_hold(&self, id: &RolloutId, hold: &Hold, cap: Money) -> Result<Option<Purse>, ReserveError> {
        let writes = Writes(&self.calls.table);
        // A hold that was settled or given back does not come again, however late its echo is.
        let fresh = writes.unless_there(Key::spend(id, &hold.budget, &hold.id)).map_err(unmade)?;
        let take = writes.hold(id, hold, cap).map_err(unmade)?;
        let refusals = match self.calls.write_alone(vec![fresh, take]).await {
            Ok(()) => return Ok(None),
            Err(Failure::Refused(refusals)) => refusals,
            Err(failure) => return Err(Unavailable::from(failure).into()),
        };
        if refusals.iter().any(|refusal| refusal.place == 0) {
            return Err(ReserveError::Done);
        }
        let found = refusals.into_iter().find_map(|refusal| refusal.found);
        let purse = found.map_or(Some(Purse::default()), |item| purse::purse(&item));
        purse.map(Some).ok_or_else(|| unreadable_window(id, &hold.budget).into())
    }

    async fn give_back(
        &self,
        id: &RolloutId,
        hold: &Hold,
        lapsed: &[purse::Lapsed],
    ) -> Result<(), Unavailable> {
        let write = Writes(&self.calls.table).give_back(id, &hold.budget, hold.day, lapsed);
        self.whether(write).await.map(drop)
    }

    /// Whether nobody was refused before.
    async fn note_refusal(&self, id: &RolloutId, hold: &Hold) -> Result<bool, Unavailable> {
        self.whether(Writes(&self.calls.table).refused(id, &hold.budget, hold.day)).await
    }

    /// Whether this was written: not when its condition is false.
    async fn whether(&self, write: Result<TransactWriteItem, BuildError>) -> Result<bool, Unavailable> {
        match self.calls.write_alone(vec![write.map_err(unmade)?]).await {
            Ok(()) => Ok(true),
            Err(Failure::Refused(_)) => Ok(false),
            Err(failure) => Err(failure.into()),
        }
    }
}

fn unmade(error: BuildError) -> Unavailable {
    Unavailable(error.to_string())
}

fn unreadable_window(id: &RolloutId, budget: &str) -> Unavailable {
    Unavailable(format!("a window of {budget} of {id} cannot be read"))
}

fn window(item: &Item) -> Option<(Day, Spent)> {
    Some((item::day(item)?, purse::purse(item)?.spent))
}

fn written<T: serde::Serialize>(is: &T) -> Result<String, Unavailable> {
    body::write(is).map_err(|error| Unavailable(format!("it cannot be written as JSON: {error}")))
}

fn unreadable(id: &RolloutId, what: &str, why: &BodyError) -> LoadError {
    LoadError::Unreadable { id: id.clone(), why: format!("{what}: {why}") }
}

/// The row itself is the stop. One that cannot be read still stops, but asks for no way back.
fn stop_line(row: &Item) -> StopLine {
    item::body(row).unwrap_or_else(|why| StopLine {
        id: item::pull(row).to_owned(),
        by: "somebody".into(),
        at: Timestamp::default(),
        roll_back: false,
        note: Some(format!("the stop line cannot be read: {why}")),
    })
}

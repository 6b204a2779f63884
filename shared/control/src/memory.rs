//! The store in memory: what the simulations and the tests run on.
//!
//! It answers at once and never fails by itself; whoever wants weather puts it in front. A load hands out what is
//! there (two counts of references), so that a world of thousands of turns costs what its decisions cost.

use crate::ports::{
    Commit, CommitError, HOLDS_MAX, Held, Hold, Listing, LoadError, Loaded, Lock, Look, Paid, Purse,
    ReserveError, Spend, Start, StartError, StopError, Store, Tried, Unavailable, Work,
};
use rollout::{
    calendar::{Day, Days},
    evidence::StopLine,
    levels::{Spent, Tally},
    log::Entry,
    plan::Plan,
    rollout::{Rollout, RolloutId},
    time::Timestamp,
    units::{CheckId, Money, Version},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The one table, in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    rollouts: BTreeMap<RolloutId, Kept>,
    locks: BTreeMap<String, Lock>,
    stop: Option<StopLine>,
    /// By rollout and name.
    budgets: BTreeMap<RolloutId, BTreeMap<String, Account>>,
    /// The newest try of each check.
    tried: BTreeMap<RolloutId, BTreeMap<CheckId, Tried>>,
}

/// What is spent and held under one budget.
#[derive(Debug, Default)]
struct Account {
    /// With what came of a hold, where it was one.
    records: BTreeMap<String, Option<Paid>>,
    windows: BTreeMap<Day, Purse>,
}

#[derive(Debug)]
struct Kept {
    plan: Arc<Plan>,
    head: Arc<Rollout>,
    listing: Listing,
    log: Vec<Entry>,
    records: BTreeSet<String>,
    look: Option<Look>,
}

impl MemoryStore {
    /// An empty one.
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    /// No write below can leave the table half changed, so what a panic elsewhere poisoned is still whole.
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    async fn work(&self) -> Result<Work, Unavailable> {
        let table = self.table();
        let listed = |listing| {
            let rollouts = table.rollouts.iter().filter(move |(_, kept)| kept.listing == listing);
            rollouts.map(|(id, _)| id.clone()).collect()
        };
        let (active, spending) = (listed(Listing::Active), listed(Listing::Spending));
        Ok(Work { active, spending, stop: table.stop.clone() })
    }

    async fn load(&self, id: &RolloutId) -> Result<Loaded, LoadError> {
        match self.table().rollouts.get(id) {
            Some(kept) => Ok(Loaded { plan: Arc::clone(&kept.plan), head: Arc::clone(&kept.head) }),
            None => Err(LoadError::Missing(id.clone())),
        }
    }

    async fn start(&self, start: &Start) -> Result<(), StartError> {
        self.table().start(start)
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        self.table().commit(commit)
    }

    async fn entries(&self, id: &RolloutId, after: Version, limit: usize) -> Result<Vec<Entry>, Unavailable> {
        let table = self.table();
        let log = table.rollouts.get(id).map_or(&[][..], |kept| &kept.log);
        let first = log.partition_point(|entry| entry.version <= after);
        Ok(log[first..].iter().take(limit).cloned().collect())
    }

    async fn rollouts(&self) -> Result<Vec<RolloutId>, Unavailable> {
        Ok(self.table().rollouts.keys().cloned().collect())
    }

    async fn lock(&self, function: &str) -> Result<Lock, Unavailable> {
        Ok(self.table().locks.get(function).cloned().unwrap_or_default())
    }

    async fn set_stop(&self, seen: Option<&StopLine>, next: Option<&StopLine>) -> Result<(), StopError> {
        let mut table = self.table();
        let id = |line: Option<&StopLine>| line.map(|line| line.id.clone());
        let found = id(table.stop.as_ref());
        if found == id(seen) {
            table.stop = next.cloned();
        } else if found != id(next) {
            return Err(StopError::Moved);
        }
        Ok(())
    }

    async fn put_look(&self, id: &RolloutId, look: &Look) -> Result<(), Unavailable> {
        if let Some(kept) = self.table().rollouts.get_mut(id) {
            kept.look = Some(look.clone());
        }
        Ok(())
    }

    async fn look(&self, id: &RolloutId) -> Result<Option<Look>, Unavailable> {
        Ok(self.table().rollouts.get(id).and_then(|kept| kept.look.clone()))
    }

    async fn windows(
        &self,
        id: &RolloutId,
        budget: &str,
        days: Days,
    ) -> Result<BTreeMap<Day, Spent>, Unavailable> {
        let table = self.table();
        let account = table.budgets.get(id).and_then(|budgets| budgets.get(budget));
        let windows = account.into_iter().flat_map(|account| &account.windows);
        let asked = windows.filter(|(day, _)| days.contains(**day));
        Ok(asked.map(|(day, purse)| (*day, purse.spent.clone())).collect())
    }

    async fn spend(&self, id: &RolloutId, spend: &Spend) -> Result<(), Unavailable> {
        let mut table = self.table();
        let account = table.account(id, &spend.budget);
        if !account.records.contains_key(&spend.id) {
            account.records.insert(spend.id.clone(), None);
            account.count(spend);
        }
        Ok(())
    }

    async fn purse(&self, id: &RolloutId, budget: &str, day: Day) -> Result<Purse, Unavailable> {
        let table = self.table();
        let account = table.budgets.get(id).and_then(|budgets| budgets.get(budget));
        Ok(account.and_then(|account| account.windows.get(&day)).cloned().unwrap_or_default())
    }

    async fn reserve(
        &self,
        id: &RolloutId,
        hold: &Hold,
        cap: Money,
        now: Timestamp,
    ) -> Result<Held, ReserveError> {
        let mut table = self.table();
        table.account(id, &hold.budget).reserve(hold, cap, now)
    }

    async fn settle(&self, id: &RolloutId, spend: &Spend) -> Result<Paid, Unavailable> {
        let mut table = self.table();
        table.account(id, &spend.budget).settle(spend)
    }

    async fn put_checked(&self, id: &RolloutId, tried: &Tried) -> Result<(), Unavailable> {
        let mut table = self.table();
        let checks = table.tried.entry(id.clone()).or_default();
        let newest = checks.entry(tried.check).or_insert_with(|| tried.clone());
        if newest.at <= tried.at {
            newest.clone_from(tried);
        }
        Ok(())
    }

    async fn checked(&self, id: &RolloutId) -> Result<Vec<Tried>, Unavailable> {
        let table = self.table();
        let checks = table.tried.get(id);
        Ok(checks.into_iter().flat_map(|checks| checks.values().cloned()).collect())
    }
}

impl Table {
    fn account(&mut self, id: &RolloutId, budget: &str) -> &mut Account {
        self.budgets.entry(id.clone()).or_default().entry(budget.to_owned()).or_default()
    }

    fn start(&mut self, start: &Start) -> Result<(), StartError> {
        if let Some(kept) = self.rollouts.get(&start.head.id) {
            return if kept.is_written_by(&start.id, Version(0)) { Ok(()) } else { Err(StartError::Exists) };
        }
        if self.stop.is_some() {
            return Err(StartError::Stopped);
        }
        for (function, generation) in &start.takes {
            self.may_take(function, *generation)?;
        }
        for (function, _) in &start.takes {
            self.locks.entry(function.clone()).or_default().holder = Some(start.head.id.clone());
        }
        let kept = Kept {
            plan: Arc::clone(&start.plan),
            head: Arc::new(start.head.clone()),
            listing: Listing::Active,
            log: start.entries.clone(),
            records: BTreeSet::new(),
            look: None,
        };
        self.rollouts.insert(start.head.id.clone(), kept);
        Ok(())
    }

    fn may_take(&self, function: &str, seen: rollout::units::Generation) -> Result<(), StartError> {
        match self.locks.get(function) {
            Some(Lock { holder: Some(holder), .. }) => {
                Err(StartError::Held { function: function.to_owned(), holder: holder.clone() })
            }
            Some(Lock { holder: None, generation }) if *generation == seen => Ok(()),
            None if seen == Lock::default().generation => Ok(()),
            Some(_) | None => Err(StartError::Raced),
        }
    }

    fn commit(&mut self, commit: &Commit) -> Result<(), CommitError> {
        let Some(kept) = self.rollouts.get_mut(&commit.head.id) else {
            return Err(CommitError::Lost);
        };
        if kept.head.version != commit.seen && kept.is_written_by(&commit.id, commit.seen) {
            return Ok(());
        }
        if commit.record.as_ref().is_some_and(|record| kept.records.contains(record)) {
            return Err(CommitError::Duplicate);
        }
        if kept.head.version != commit.seen {
            return Err(CommitError::Lost);
        }
        if commit.raises && self.stop.is_some() {
            return Err(CommitError::Stopped);
        }
        kept.head = Arc::clone(&commit.head);
        kept.listing = commit.listing;
        kept.log.extend_from_slice(&commit.entries);
        kept.records.extend(commit.record.clone());
        for function in &commit.frees {
            if let Some(lock) = self.locks.get_mut(function)
                && lock.holder.as_ref() == Some(&commit.head.id)
            {
                *lock = Lock { holder: None, generation: lock.generation.max(commit.head.generation) };
            }
        }
        Ok(())
    }
}

impl Account {
    fn count(&mut self, spend: &Spend) {
        let purse = self.windows.entry(spend.hour.day).or_default();
        let hour = purse.spent.hours.entry(spend.hour.hour).or_default();
        *hour = hour.plus(Tally { money: spend.money, records: 1 });
    }

    fn reserve(&mut self, hold: &Hold, cap: Money, now: Timestamp) -> Result<Held, ReserveError> {
        if self.records.contains_key(&hold.id) {
            return Err(ReserveError::Done);
        }
        let purse = self.windows.entry(hold.day).or_default();
        match purse.holds.get(&hold.id) {
            Some(held) if !held.has_lapsed(now) => return Ok(*held),
            // Its money is there for others: it is held anew, or not at all.
            Some(_) => drop(purse.holds.remove(&hold.id)),
            None => {}
        }
        let taken = |purse: &Purse| {
            let holds = purse.holds.values().map(|held| held.money);
            holds.fold(purse.spent.whole().money, Money::plus)
        };
        let has_room = |purse: &Purse| taken(purse).plus(hold.held.money) <= cap;
        if !has_room(purse) || purse.holds.len() >= HOLDS_MAX {
            purse.holds.retain(|_, held| !held.has_lapsed(now));
        }
        if purse.holds.len() >= HOLDS_MAX {
            return Err(ReserveError::TooMany);
        }
        if !has_room(purse) {
            let first = !std::mem::replace(&mut purse.spent.refused, true);
            return Err(ReserveError::NoRoom { left: purse.left(cap, now), first });
        }
        purse.holds.insert(hold.id.clone(), hold.held);
        Ok(hold.held)
    }

    fn settle(&mut self, spend: &Spend) -> Result<Paid, Unavailable> {
        match self.records.get(&spend.id) {
            Some(Some(settled)) => return Ok(settled.clone()),
            Some(None) => return Err(Unavailable(format!("{} was counted from a log", spend.id))),
            None => {}
        }
        let held = self.windows.get_mut(&spend.hour.day).and_then(|purse| purse.holds.remove(&spend.id));
        let settled = Paid { spend: spend.clone(), held: held.map(|held| held.money).unwrap_or_default() };
        self.records.insert(spend.id.clone(), Some(settled.clone()));
        if spend.money > Money::ZERO {
            self.count(spend);
        }
        Ok(settled)
    }
}

impl Kept {
    /// Whether the entry after `seen` carries this id: the one test of whether an outcome that nobody saw was ours.
    fn is_written_by(&self, id: &str, seen: Version) -> bool {
        let place = self.log.partition_point(|entry| entry.version <= seen);
        self.log.get(place).is_some_and(|entry| entry.commit == id)
    }
}

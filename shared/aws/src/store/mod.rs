//! The one table in DynamoDB.
//!
//! [`item`] says where everything lies, [`transaction`] what is written together, [`patience`] how long it is tried.

mod body;
mod item;
mod patience;
mod table;
mod transaction;

#[cfg(feature = "embedded")]
pub(crate) use table::embedded_table;
pub use table::{TableError, create_table};

use crate::errors::{self, Failure};
use aws_sdk_dynamodb::{
    Client,
    config::{retry::RetryConfig, timeout::TimeoutConfig},
};
use body::BodyError;
use control::ports::{
    Commit, CommitError, LoadError, Loaded, Lock, Look, Start, StartError, Store, Unavailable, Work,
};
use item::{Item, Key, Range};
use patience::patiently;
use rollout::{
    evidence::StopLine,
    log::Entry,
    plan::Plan,
    rollout::{Rollout, RolloutId},
    time::Timestamp,
    units::Version,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use transaction::{Broken, Guard, Transaction};

/// One attempt of a call takes no longer; a healthy table answers in a few milliseconds.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);
/// Plans that are kept; more rollouts than this are hardly ever active at once, and a plan is at most 390 KB.
const PLANS_MAX: usize = 100;
/// Pages of one query: each holds up to 1 MB, so this is far beyond any table that works.
const PAGES_MAX: usize = 1_000;

/// The [`Store`] in a DynamoDB table. A clone shares everything.
#[derive(Clone, Debug)]
pub struct DynamoStore {
    client: Client,
    table: Arc<str>,
    plans: Arc<Mutex<BTreeMap<RolloutId, Arc<Plan>>>>,
}

impl DynamoStore {
    /// On a table that exists.
    ///
    /// The client's own retries are switched off: here, what may be repeated is known call by call.
    pub fn new(client: &Client, table: &str) -> DynamoStore {
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).build();
        let config =
            client.config().to_builder().retry_config(RetryConfig::disabled()).timeout_config(timeouts);
        DynamoStore { client: Client::from_conf(config.build()), table: table.into(), plans: Arc::default() }
    }

    async fn get(&self, key: Key) -> Result<Option<Item>, Unavailable> {
        let call =
            self.client.get_item().table_name(&*self.table).set_key(Some(key.item())).consistent_read(true);
        let answer =
            patiently(|| async { call.clone().send().await.map_err(|error| errors::failure(&error)) });
        Ok(answer.await.map_err(unavailable)?.item)
    }

    /// At most `limit` items of a range, in order.
    async fn query(&self, range: Range, limit: usize) -> Result<Vec<Item>, Unavailable> {
        let call = self
            .client
            .query()
            .table_name(&*self.table)
            .consistent_read(true)
            .key_condition_expression(range.condition)
            .set_expression_attribute_values(Some(range.values));
        let (mut items, mut from) = (vec![], None::<Item>);
        for _ in 0..PAGES_MAX {
            let Some(left) = limit.checked_sub(items.len()).filter(|left| *left > 0) else {
                return Ok(items);
            };
            let call = call.clone().set_exclusive_start_key(from).set_limit(i32::try_from(left).ok());
            let answer =
                patiently(|| async { call.clone().send().await.map_err(|error| errors::failure(&error)) });
            let page = answer.await.map_err(unavailable)?;
            items.extend(page.items.unwrap_or_default());
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(items);
            }
        }
        Err(Unavailable(format!("a query has more than {PAGES_MAX} pages")))
    }

    /// Writes or takes away one item without a condition: repeating it changes nothing.
    async fn set(&self, key: Key, body: Option<String>) -> Result<(), Unavailable> {
        let table = &*self.table;
        let written = match body {
            Some(body) => {
                let call = self.client.put_item().table_name(table).set_item(Some(key.with_body(body)));
                patiently(|| async {
                    call.clone().send().await.map(drop).map_err(|error| errors::failure(&error))
                })
                .await
            }
            None => {
                let call = self.client.delete_item().table_name(table).set_key(Some(key.item()));
                patiently(|| async {
                    call.clone().send().await.map(drop).map_err(|error| errors::failure(&error))
                })
                .await
            }
        };
        written.map_err(unavailable)
    }

    /// Writes all of it or nothing.
    ///
    /// An answer may be lost, and a refusal may be the echo of our own earlier attempt, here or by a caller who
    /// repeats a commit: so whatever came of it, it was written if and only if its entry carries its token.
    async fn write(&self, transaction: &Transaction) -> Result<(), Failure> {
        let call = self
            .client
            .transact_write_items()
            .client_request_token(&transaction.token)
            .set_transact_items(Some(transaction.writes.clone()));
        let written = patiently(|| async {
            call.clone().send().await.map(drop).map_err(|error| errors::transaction(&error))
        });
        match written.await {
            Ok(()) => Ok(()),
            Err(failure) => match self.carries(transaction).await {
                Ok(true) => Ok(()),
                Ok(false) => Err(failure),
                Err(Unavailable(why)) => Err(Failure::NoAnswer(why)),
            },
        }
    }

    async fn carries(&self, transaction: &Transaction) -> Result<bool, Unavailable> {
        let (id, version) = &transaction.proof;
        match self.get(Key::entry(id, *version)).await? {
            Some(item) => Ok(entry(&item)?.commit == transaction.token),
            None => Ok(false),
        }
    }

    /// A plan never changes, so one that was read once is never read again.
    async fn plan(&self, id: &RolloutId) -> Result<Arc<Plan>, LoadError> {
        if let Some(plan) = self.plans.lock().unwrap_or_else(PoisonError::into_inner).get(id) {
            return Ok(Arc::clone(plan));
        }
        let Some(item) = self.get(Key::plan(id)).await? else {
            return Err(LoadError::Unreadable { id: id.clone(), why: "it has no plan".into() });
        };
        let plan = Arc::new(item::body(&item).map_err(|why| unreadable(id, "its plan", &why))?);
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if plans.len() >= PLANS_MAX {
            plans.clear();
        }
        plans.insert(id.clone(), Arc::clone(&plan));
        Ok(plan)
    }
}

impl Store for DynamoStore {
    async fn work(&self) -> Result<Work, Unavailable> {
        let rows = self.query(Range::work(), usize::MAX).await?;
        let mut work = Work::default();
        for row in &rows {
            match item::rollout(row) {
                Some(id) => work.active.push(id),
                None => work.stop = Some(stop_line(row)),
            }
        }
        Ok(work)
    }

    async fn load(&self, id: &RolloutId) -> Result<Loaded, LoadError> {
        let Some(item) = self.get(Key::head(id)).await? else {
            return Err(LoadError::Missing(id.clone()));
        };
        let head: Rollout = item::body(&item).map_err(|why| unreadable(id, "its head", &why))?;
        Ok(Loaded { plan: self.plan(id).await?, head: Arc::new(head) })
    }

    async fn start(&self, start: &Start) -> Result<(), StartError> {
        let not_written = |failure| StartError::Unavailable(unavailable(failure));
        let transaction = Transaction::start(&self.table, start).map_err(not_written)?;
        match self.write(&transaction).await {
            Ok(()) => Ok(()),
            Err(Failure::Refused(refusals)) => Err(not_started(&transaction.broken(&refusals))),
            Err(failure) => Err(not_written(failure)),
        }
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        let not_written = |failure| CommitError::Unavailable(unavailable(failure));
        let transaction = Transaction::commit(&self.table, commit).map_err(not_written)?;
        match self.write(&transaction).await {
            Ok(()) => Ok(()),
            Err(Failure::Refused(refusals)) => Err(not_committed(&transaction.broken(&refusals))),
            Err(failure) => Err(not_written(failure)),
        }
    }

    async fn entries(&self, id: &RolloutId, after: Version, limit: usize) -> Result<Vec<Entry>, Unavailable> {
        let items = self.query(Range::entries(id, after), limit).await?;
        items.iter().map(entry).collect()
    }

    async fn rollouts(&self) -> Result<Vec<RolloutId>, Unavailable> {
        let rows = self.query(Range::history(), usize::MAX).await?;
        Ok(rows.iter().filter_map(item::rollout).collect())
    }

    async fn lock(&self, function: &str) -> Result<Lock, Unavailable> {
        match self.get(Key::lock(function)).await? {
            Some(item) => {
                item::lock(&item).ok_or_else(|| Unavailable(format!("the lock of {function} cannot be read")))
            }
            None => Ok(Lock::default()),
        }
    }

    async fn set_stop(&self, stop: Option<&StopLine>) -> Result<(), Unavailable> {
        let body = stop.map(body::write).transpose().map_err(|error| Unavailable(error.to_string()))?;
        self.set(Key::stop(), body).await
    }

    async fn put_look(&self, id: &RolloutId, look: &Look) -> Result<(), Unavailable> {
        let body = body::write(look).map_err(|error| Unavailable(error.to_string()))?;
        self.set(Key::look(id), Some(body)).await
    }

    async fn look(&self, id: &RolloutId) -> Result<Option<Look>, Unavailable> {
        let item = self.get(Key::look(id)).await?;
        // Nothing is decided on it: one that cannot be read is as good as none.
        Ok(item.and_then(|item| item::body(&item).ok()))
    }
}

/// Why a rollout was not created, the most telling reason first.
fn not_started(broken: &[Broken<'_>]) -> StartError {
    let is = |wanted: Guard| broken.iter().any(|(guard, _)| **guard == wanted);
    if is(Guard::Head) {
        return StartError::Exists;
    }
    if is(Guard::Stop) {
        return StartError::Stopped;
    }
    let held = broken.iter().find_map(|(guard, found)| match guard {
        Guard::Take(function) => Some((function, item::lock((*found)?)?.holder?)),
        Guard::None(_) | Guard::Head | Guard::Record | Guard::Stop => None,
    });
    match held {
        Some((function, holder)) => StartError::Held { function: function.clone(), holder },
        None => StartError::Raced,
    }
}

/// Why nothing was committed, the most telling reason first.
fn not_committed(broken: &[Broken<'_>]) -> CommitError {
    let is = |wanted: Guard| broken.iter().any(|(guard, _)| **guard == wanted);
    if is(Guard::Record) {
        CommitError::Duplicate
    } else if is(Guard::Head) {
        CommitError::Lost
    } else if is(Guard::Stop) {
        CommitError::Stopped
    } else {
        let what = broken.iter().find_map(|(guard, _)| match guard {
            Guard::None(what) => Some(*what),
            Guard::Head | Guard::Record | Guard::Stop | Guard::Take(_) => None,
        });
        let what = what.unwrap_or("a write was refused for a reason that is not known");
        CommitError::Unavailable(Unavailable(format!("the table is damaged: {what}")))
    }
}

fn unavailable(failure: Failure) -> Unavailable {
    Unavailable(match failure {
        Failure::Refused(_) => "a write was refused that has no condition".into(),
        Failure::Contended(why) => format!("contended: {why}"),
        Failure::NoAnswer(why) => format!("no answer: {why}"),
        Failure::Final(why) => why,
    })
}

fn unreadable(id: &RolloutId, what: &str, why: &BodyError) -> LoadError {
    LoadError::Unreadable { id: id.clone(), why: format!("{what}: {why}") }
}

fn entry(item: &Item) -> Result<Entry, Unavailable> {
    item::body(item).map_err(|why| Unavailable(format!("an entry cannot be read: {why}")))
}

/// The row itself is the stop. One that cannot be read still stops, but asks for no way back.
fn stop_line(row: &Item) -> StopLine {
    item::body(row).unwrap_or_else(|why| StopLine {
        by: "somebody".into(),
        at: Timestamp::default(),
        roll_back: false,
        note: Some(format!("the stop line cannot be read: {why}")),
    })
}

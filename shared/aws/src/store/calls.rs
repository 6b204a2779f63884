//! The calls to DynamoDB that the store is made of, each repeated while it may pass later.

use super::{
    item::{self, Item, Key, Range},
    patience::patiently,
    transaction::Transaction,
};
use crate::errors::{self, Failure};
use aws_sdk_dynamodb::{
    Client,
    config::{retry::RetryConfig, timeout::TimeoutConfig},
    operation::batch_get_item::BatchGetItemOutput,
    types::{KeysAndAttributes, TransactWriteItem},
};
use rollout::log::Entry;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

/// One attempt of a call takes no longer; a healthy table answers in a few milliseconds.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);
/// Items that can be asked for in one call.
const KEYS_MAX: usize = 100;
/// Pages of one query: each holds up to 1 MB, so this is far beyond any table that works.
const PAGES_MAX: usize = 1_000;

/// A table, and how it is called.
#[derive(Clone, Debug)]
pub(super) struct Calls {
    client: Client,
    pub(super) table: Arc<str>,
}

impl Calls {
    /// The client's own retries are switched off: here, what may be repeated is known call by call.
    pub(super) fn new(client: &Client, table: &str) -> Calls {
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).build();
        let config =
            client.config().to_builder().retry_config(RetryConfig::disabled()).timeout_config(timeouts);
        Calls { client: Client::from_conf(config.build()), table: table.into() }
    }

    /// One item as it is now.
    pub(super) async fn get(&self, key: Key) -> Result<Option<Item>, Failure> {
        let call =
            self.client.get_item().table_name(&*self.table).set_key(Some(key.item())).consistent_read(true);
        let answer =
            patiently(|| async { call.clone().send().await.map_err(|error| errors::failure(&error)) });
        Ok(answer.await?.item)
    }

    /// The same of several, in the order of their keys. One alone is asked for by itself, which costs the same.
    pub(super) async fn get_each(&self, mut keys: Vec<Key>) -> Result<Vec<Option<Item>>, Failure> {
        match (keys.len(), keys.pop()) {
            (1, Some(key)) => Ok(vec![self.get(key).await?]),
            (_, Some(key)) => {
                keys.push(key);
                self.get_many(keys).await
            }
            (_, None) => Ok(vec![]),
        }
    }

    async fn get_many(&self, keys: Vec<Key>) -> Result<Vec<Option<Item>>, Failure> {
        let mut found: BTreeMap<Key, Item> = BTreeMap::new();
        // A key that comes twice in one call is refused.
        let asked: Vec<&Key> = keys.iter().collect::<BTreeSet<_>>().into_iter().collect();
        for some in asked.chunks(KEYS_MAX) {
            let mut left: Vec<Item> = some.iter().map(|key| Key::clone(key).item()).collect();
            for _ in 0..PAGES_MAX {
                if left.is_empty() {
                    break;
                }
                let answer = self.get_some(left).await?;
                let mut tables = answer.responses.unwrap_or_default();
                let items = tables.remove(&*self.table).unwrap_or_default();
                found.extend(items.into_iter().filter_map(|item| Some((Key::of(&item)?, item))));
                // What did not fit into one answer is asked for again.
                let unprocessed = answer.unprocessed_keys.and_then(|mut all| all.remove(&*self.table));
                left = unprocessed.map(|some| some.keys).unwrap_or_default();
            }
            if !left.is_empty() {
                return Err(Failure::Contended(format!("{} items are not answered", left.len())));
            }
        }
        Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
    }

    async fn get_some(&self, keys: Vec<Item>) -> Result<BatchGetItemOutput, Failure> {
        let asked = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
        let asked = asked.map_err(|error| Failure::Final(error.to_string()))?;
        let call = self.client.batch_get_item().request_items(&*self.table, asked);
        patiently(|| async {
            let answer = call.clone().send().await.map_err(|error| errors::failure(&error))?;
            // Nothing found, and something left: it has too much to do, and asked again at once it has more.
            let is_busy = answer.unprocessed_keys().is_some_and(|left| !left.is_empty());
            let is_empty = answer.responses().is_none_or(|found| found.values().all(Vec::is_empty));
            let contended = || Failure::Contended("no item of many is answered".to_owned());
            if is_busy && is_empty { Err(contended()) } else { Ok(answer) }
        })
        .await
    }

    /// At most `limit` items of a range, in order, as they are now.
    pub(super) async fn query(&self, range: Range, limit: usize) -> Result<Vec<Item>, Failure> {
        let call = self
            .client
            .query()
            .table_name(&*self.table)
            .consistent_read(true)
            .key_condition_expression(range.condition)
            .set_expression_attribute_values(Some(range.values));
        let (mut items, mut from) = (vec![], None::<Item>);
        for _ in 0..PAGES_MAX {
            let left = limit.saturating_sub(items.len());
            if left == 0 {
                return Ok(items);
            }
            // A limit beyond what fits the call is none: a page ends at 1 MB anyway.
            let call = call.clone().set_exclusive_start_key(from).set_limit(i32::try_from(left).ok());
            let answer =
                patiently(|| async { call.clone().send().await.map_err(|error| errors::failure(&error)) });
            let page = answer.await?;
            items.extend(page.items.unwrap_or_default());
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(items);
            }
        }
        Err(Failure::Final(format!("a query has more than {PAGES_MAX} pages")))
    }

    /// Writes one item without a condition: repeating it changes nothing.
    pub(super) async fn put(&self, item: Item) -> Result<(), Failure> {
        let call = self.client.put_item().table_name(&*self.table).set_item(Some(item));
        let answer =
            patiently(|| async { call.clone().send().await.map_err(|error| errors::failure(&error)) });
        answer.await.map(drop)
    }

    /// Writes all of it or nothing.
    ///
    /// An answer may be lost, and a refusal may be the echo of our own earlier attempt, here or by a caller who
    /// repeats a commit: so whatever came of it, it was written if and only if its entry carries its token.
    pub(super) async fn write(&self, transaction: &Transaction) -> Result<(), Failure> {
        let call = self
            .client
            .transact_write_items()
            .client_request_token(&transaction.token)
            .set_transact_items(Some(transaction.writes.clone()));
        let answer =
            patiently(|| async { call.clone().send().await.map_err(|error| errors::transaction(&error)) });
        match answer.await {
            Ok(_) => Ok(()),
            Err(_) if self.is_written(transaction).await? => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// Writes all of it or nothing, under no token: a refusal may be the echo of an earlier attempt, here or by somebody
    /// else.
    pub(super) async fn write_alone(&self, writes: Vec<TransactWriteItem>) -> Result<(), Failure> {
        let call = self.client.transact_write_items().set_transact_items(Some(writes));
        let answer =
            patiently(|| async { call.clone().send().await.map_err(|error| errors::transaction(&error)) });
        answer.await.map(drop)
    }

    async fn is_written(&self, transaction: &Transaction) -> Result<bool, Failure> {
        let (id, version) = &transaction.proof;
        let Some(item) = self.get(Key::entry(id, *version)).await? else {
            return Ok(false);
        };
        let entry: Entry = item::body(&item)
            .map_err(|why| Failure::Final(format!("entry {version} of {id} cannot be read: {why}")))?;
        Ok(entry.commit == transaction.token)
    }
}

#[cfg(all(test, feature = "notify", feature = "probe"))]
mod tests {
    use super::*;
    use crate::testing::{Said, Server};
    use rollout::rollout::RolloutId;

    fn keys() -> Vec<Key> {
        ["a-1", "b-1"].iter().map(|id| Key::head(&RolloutId((*id).to_owned()))).collect()
    }

    fn item(id: &str) -> String {
        let item = Key::head(&RolloutId(id.to_owned())).item();
        let said = item.iter().map(|(name, value)| {
            format!(r#""{name}": {{"S": "{}"}}"#, value.as_s().map_or("", String::as_str))
        });
        format!("{{{}}}", said.collect::<Vec<_>>().join(", "))
    }

    /// What is answered of these, and what is left.
    fn said(found: &str, left: &str) -> Option<Said> {
        let body = format!(
            r#"{{"Responses": {{"t": [{found}]}}, "UnprocessedKeys": {{"t": {{"Keys": [{left}]}}}}}}"#
        );
        let body = if left.is_empty() { format!(r#"{{"Responses": {{"t": [{found}]}}}}"#) } else { body };
        Some((200, "content-type: application/x-amz-json-1.0", body.into_bytes()))
    }

    #[tokio::test]
    async fn what_does_not_fit_into_one_answer_is_asked_for_again() {
        let server = Server::start(|call, _| match call {
            0 => said(&item("b-1"), &item("a-1")),
            _ => said(&item("a-1"), ""),
        });
        let found = Calls::new(&Client::new(&server.config), "t").get_each(keys()).await.unwrap();
        let found: Vec<_> = found.into_iter().map(|item| Key::of(&item.unwrap()).unwrap()).collect();
        assert_eq!((found, server.count("BatchGetItem")), (keys(), 2));
    }

    #[tokio::test]
    async fn a_table_that_answers_nothing_is_not_asked_in_a_loop() {
        let server = Server::start(|_, _| said("", &format!("{}, {}", item("a-1"), item("b-1"))));
        let found = Calls::new(&Client::new(&server.config), "t").get_each(keys()).await;
        assert!(matches!(found, Err(Failure::Contended(_))), "{found:?}");
        assert!(server.count("BatchGetItem") < 10, "{} calls", server.count("BatchGetItem"));
    }
}

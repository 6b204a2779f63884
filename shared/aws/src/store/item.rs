//! Every key and every attribute of the table. No other file spells one.
//!
//! Attributes are for what DynamoDB itself must look at; everything else is in the body.
//!
//! | item             | pk                  | sk                      | attributes           |
//! |------------------|---------------------|-------------------------|----------------------|
//! | head             | `ROLLOUT#<id>`      | `HEAD`                  | `version`, `body`    |
//! | plan             | `ROLLOUT#<id>`      | `PLAN`                  | `body`               |
//! | entry            | `ROLLOUT#<id>`      | `ENTRY#<version>`       | `body`, `message`    |
//! | record           | `ROLLOUT#<id>`      | `RECORD#<record>`       |                      |
//! | look             | `ROLLOUT#<id>`      | `LOOK`                  | `body`               |
//! | rollout in work  | `ACTIVE`            | `<id>`                  | `spending`           |
//! | stop line        | `ACTIVE`            | `STOP`                  | `pull`, `body`       |
//! | rollout there was| `HISTORY`           | `<id>`                  |                      |
//! | lock             | `TARGET#<function>` | `LOCK`                  | `holder`, `generation` |
//! | window           | `BUDGET#<id>#<name>` | `WINDOW#<day>`         | `spent`, for each hour `h<hour>`, `n<hour>`; `taken`, `holds`, `refused`, and for each hold `hold:<id>` |
//! | spend            | `BUDGET#<id>#<name>` | `RECORD#<spend>`       | `body`               |
//! | check            | `CHECK#<id>`        | `TRIED#<check>`         | `at`, `body`         |
//!
//! The `message` of an entry is what people are told of it, where they are: whoever sends it gets the item from the table's
//! stream, and need not read the table.
//!
//! What was spent of a window stands there twice: `spent` is the sum, and the hours (micro-dollars, and how many records) are
//! what conditions of plans are judged on. `taken` is what is spent and held, which a condition can look at. One write
//! changes all of them, so they agree; `purse` is the only file that makes such writes.

use super::body::{self, BodyError};
use aws_sdk_dynamodb::{
    error::BuildError,
    types::{
        AttributeDefinition, AttributeValue, ConditionCheck, Delete, KeySchemaElement, KeyType, Put,
        ReturnValuesOnConditionCheckFailure, ScalarAttributeType, TransactWriteItem, Update,
    },
};
use control::ports::{Lock, Tried};
use rollout::{
    calendar::{Day, Days},
    rollout::RolloutId,
    units::{CheckId, Generation, Version},
};
use serde::de::DeserializeOwned;
use std::collections::HashMap;

/// An item, or a part of one.
pub(super) type Item = HashMap<String, AttributeValue>;

const PK: &str = "pk";
const SK: &str = "sk";
const VERSION: &str = "version";
const HOLDER: &str = "holder";
const GENERATION: &str = "generation";
const BODY: &str = "body";
/// What people are told of an entry.
const MESSAGE: &str = "message";
/// That a rollout has completed and goes on spending; absent of one that is active.
const SPENDING: &str = "spending";
/// Which pull of the stop line it is.
const PULL: &str = "pull";
/// When a try of a check began.
const AT: &str = "at";
/// Before the day of a window.
const WINDOW: &str = "WINDOW#";

/// What the table is keyed by: first the partition, then the order in it.
#[cfg(feature = "embedded")]
pub(super) const KEYS: [&str; 2] = [PK, SK];

/// Beside the rollouts, so that one query finds all work. No rollout is named so: names have no capitals.
const STOP: &str = "STOP";

/// Names one item.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pk: String,
    sk: String,
}

impl Key {
    fn of_rollout(id: &RolloutId, sk: impl Into<String>) -> Key {
        Key { pk: format!("ROLLOUT#{id}"), sk: sk.into() }
    }
    pub(super) fn head(id: &RolloutId) -> Key {
        Key::of_rollout(id, "HEAD")
    }
    pub(super) fn plan(id: &RolloutId) -> Key {
        Key::of_rollout(id, "PLAN")
    }
    /// Twenty digits hold every version, so that the order of the keys is the order of the log.
    pub(super) fn entry(id: &RolloutId, version: Version) -> Key {
        Key::of_rollout(id, format!("ENTRY#{:020}", version.0))
    }
    pub(super) fn record(id: &RolloutId, record: &str) -> Key {
        Key::of_rollout(id, format!("RECORD#{record}"))
    }
    pub(super) fn look(id: &RolloutId) -> Key {
        Key::of_rollout(id, "LOOK")
    }
    pub(super) fn work(id: &RolloutId) -> Key {
        Key { pk: "ACTIVE".into(), sk: id.0.clone() }
    }
    pub(super) fn stop() -> Key {
        Key { pk: "ACTIVE".into(), sk: STOP.into() }
    }
    pub(super) fn history(id: &RolloutId) -> Key {
        Key { pk: "HISTORY".into(), sk: id.0.clone() }
    }
    /// A partition of its own, so that whoever may spend need not reach a head.
    fn of_budget(id: &RolloutId, budget: &str, sk: String) -> Key {
        Key { pk: format!("BUDGET#{id}#{budget}"), sk }
    }
    pub(super) fn window(id: &RolloutId, budget: &str, day: Day) -> Key {
        Key::of_budget(id, budget, format!("{WINDOW}{day}"))
    }
    /// What was spent once, or what a hold came to.
    pub(super) fn spend(id: &RolloutId, budget: &str, spend: &str) -> Key {
        Key::of_budget(id, budget, format!("RECORD#{spend}"))
    }
    /// A partition of its own, so that whoever tries, and calls strangers, need not write to a head.
    fn check(id: &RolloutId, check: CheckId) -> Key {
        Key { pk: format!("CHECK#{id}"), sk: format!("TRIED#{:05}", check.0) }
    }
    pub(super) fn lock(function: &str) -> Key {
        Key { pk: format!("TARGET#{function}"), sk: "LOCK".into() }
    }

    /// What names an item.
    pub(super) fn of(item: &Item) -> Option<Key> {
        let text = |name: &str| item.get(name)?.as_s().ok().cloned();
        Some(Key { pk: text(PK)?, sk: text(SK)? })
    }

    /// As an item: what names it.
    pub(super) fn item(self) -> Item {
        HashMap::from([
            (PK.to_owned(), AttributeValue::S(self.pk)),
            (SK.to_owned(), AttributeValue::S(self.sk)),
        ])
    }

    /// As an item with a body.
    pub(super) fn with_body(self, body: String) -> Item {
        let mut item = self.item();
        item.insert(BODY.to_owned(), AttributeValue::S(body));
        item
    }
}

/// The items of one partition that a query asks for, in the order of their sort keys.
#[derive(Clone, Debug)]
pub(super) struct Range {
    pub(super) condition: String,
    pub(super) values: Item,
}

impl Range {
    fn whole(pk: &str) -> Range {
        let values = HashMap::from([(":pk".to_owned(), AttributeValue::S(pk.to_owned()))]);
        Range { condition: format!("{PK} = :pk"), values }
    }
    /// The rollouts in work and the stop line.
    pub(super) fn work() -> Range {
        Range::whole("ACTIVE")
    }
    /// Every rollout there ever was.
    pub(super) fn history() -> Range {
        Range::whole("HISTORY")
    }
    /// The entries of a rollout after a version.
    pub(super) fn entries(id: &RolloutId, after: Version) -> Range {
        let first = Key::entry(id, Version(after.0.saturating_add(1)));
        Range::between(first, Key::entry(id, Version(u64::MAX)))
    }
    /// The windows of a budget on these days: the order of days is that of their names.
    pub(super) fn windows(id: &RolloutId, budget: &str, days: Days) -> Range {
        Range::between(Key::window(id, budget, days.first), Key::window(id, budget, days.last))
    }
    /// What came of the checks of a rollout.
    pub(super) fn checks(id: &RolloutId) -> Range {
        Range::whole(&Key::check(id, CheckId(0)).pk)
    }
    /// From one key of a partition to another, both of them too.
    fn between(first: Key, last: Key) -> Range {
        let mut range = Range::whole(&first.pk);
        range.condition.push_str(&format!(" AND {SK} BETWEEN :first AND :last"));
        range.values.insert(":first".to_owned(), AttributeValue::S(first.sk));
        range.values.insert(":last".to_owned(), AttributeValue::S(last.sk));
        range
    }
}

/// Builds the writes of a transaction on one table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writes<'a>(pub(super) &'a str);

impl Writes<'_> {
    /// An item that nobody has written yet.
    pub(super) fn create(self, item: Item) -> Result<TransactWriteItem, BuildError> {
        let condition = format!("attribute_not_exists({PK})");
        let put = Put::builder().table_name(self.0).set_item(Some(item)).condition_expression(condition);
        Ok(TransactWriteItem::builder().put(put.build()?).build())
    }

    /// An entry, and what people are told of it.
    pub(super) fn create_entry(
        self,
        id: &RolloutId,
        version: Version,
        body: String,
        message: Option<String>,
    ) -> Result<TransactWriteItem, BuildError> {
        let mut item = Key::entry(id, version).with_body(body);
        item.extend(message.map(|message| (MESSAGE.to_owned(), AttributeValue::S(message))));
        self.create(item)
    }

    /// The first head of a rollout.
    pub(super) fn create_head(
        self,
        id: &RolloutId,
        version: Version,
        body: String,
    ) -> Result<TransactWriteItem, BuildError> {
        self.create(head(id, version, body))
    }

    /// The next head of a rollout, if it is still at `seen`.
    pub(super) fn replace_head(
        self,
        id: &RolloutId,
        seen: Version,
        version: Version,
        body: String,
    ) -> Result<TransactWriteItem, BuildError> {
        let put = Put::builder()
            .table_name(self.0)
            .set_item(Some(head(id, version, body)))
            .condition_expression(format!("{VERSION} = :seen"))
            .expression_attribute_values(":seen", number(seen.0));
        Ok(TransactWriteItem::builder().put(put.build()?).build())
    }

    /// Nothing is written unless the stop line is let go.
    pub(super) fn unless_stopped(self) -> Result<TransactWriteItem, BuildError> {
        self.unless_there(Key::stop())
    }

    /// Nothing is written unless there is no such item.
    pub(super) fn unless_there(self, key: Key) -> Result<TransactWriteItem, BuildError> {
        let check = ConditionCheck::builder()
            .table_name(self.0)
            .set_key(Some(key.item()))
            .condition_expression(format!("attribute_not_exists({PK})"));
        Ok(TransactWriteItem::builder().condition_check(check.build()?).build())
    }

    /// Pulls the stop line, if it is as it was seen.
    pub(super) fn pull(
        self,
        seen: Option<&str>,
        id: &str,
        body: String,
    ) -> Result<TransactWriteItem, BuildError> {
        let mut item = Key::stop().with_body(body);
        item.insert(PULL.to_owned(), AttributeValue::S(id.to_owned()));
        let (condition, values) = is_pull(seen);
        let put = Put::builder()
            .table_name(self.0)
            .set_item(Some(item))
            .condition_expression(condition)
            .set_expression_attribute_values(values);
        Ok(TransactWriteItem::builder().put(put.build()?).build())
    }

    /// Lets the stop line go, if it is as it was seen.
    pub(super) fn let_go(self, seen: Option<&str>) -> Result<TransactWriteItem, BuildError> {
        let (condition, values) = is_pull(seen);
        let delete = Delete::builder()
            .table_name(self.0)
            .set_key(Some(Key::stop().item()))
            .condition_expression(condition)
            .set_expression_attribute_values(values);
        Ok(TransactWriteItem::builder().delete(delete.build()?).build())
    }

    /// Takes the lock of a function, if it is as it was read. A refusal brings the lock along.
    pub(super) fn take(
        self,
        function: &str,
        seen: Generation,
        by: &RolloutId,
    ) -> Result<TransactWriteItem, BuildError> {
        // A function that was never held has no item, and reads as generation zero.
        let never = if seen == Generation::default() {
            format!("attribute_not_exists({PK}) OR ")
        } else {
            String::new()
        };
        let update = Update::builder()
            .table_name(self.0)
            .set_key(Some(Key::lock(function).item()))
            .condition_expression(format!(
                "{never}(attribute_not_exists({HOLDER}) AND {GENERATION} = :generation)"
            ))
            .update_expression(format!("SET {HOLDER} = :by, {GENERATION} = :generation"))
            .expression_attribute_values(":by", AttributeValue::S(by.0.clone()))
            .expression_attribute_values(":generation", number(seen.0))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }

    /// Frees the lock of a function and leaves the generation behind, which never goes back.
    pub(super) fn free(
        self,
        function: &str,
        generation: Generation,
        by: &RolloutId,
    ) -> Result<TransactWriteItem, BuildError> {
        let update = Update::builder()
            .table_name(self.0)
            .set_key(Some(Key::lock(function).item()))
            .condition_expression(format!("{HOLDER} = :by AND {GENERATION} <= :generation"))
            .update_expression(format!("SET {GENERATION} = :generation REMOVE {HOLDER}"))
            .expression_attribute_values(":by", AttributeValue::S(by.0.clone()))
            .expression_attribute_values(":generation", number(generation.0));
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }

    /// What came of a check, unless a try that began later is there.
    pub(super) fn tried(
        self,
        id: &RolloutId,
        tried: &Tried,
        body: String,
    ) -> Result<TransactWriteItem, BuildError> {
        let at = AttributeValue::N(tried.at.0.to_string());
        let mut item = Key::check(id, tried.check).with_body(body);
        item.insert(AT.to_owned(), at.clone());
        let put = Put::builder()
            .table_name(self.0)
            .set_item(Some(item))
            // `at` is one of DynamoDB's own words.
            .condition_expression(format!("attribute_not_exists({PK}) OR #at <= :at"))
            .expression_attribute_names("#at", AT)
            .expression_attribute_values(":at", at);
        Ok(TransactWriteItem::builder().put(put.build()?).build())
    }

    /// An item, in the place of what is there.
    pub(super) fn put(self, item: Item) -> Result<TransactWriteItem, BuildError> {
        let put = Put::builder().table_name(self.0).set_item(Some(item));
        Ok(TransactWriteItem::builder().put(put.build()?).build())
    }

    /// Takes an item away, whether or not it is there.
    pub(super) fn delete(self, key: Key) -> Result<TransactWriteItem, BuildError> {
        let delete = Delete::builder().table_name(self.0).set_key(Some(key.item()));
        Ok(TransactWriteItem::builder().delete(delete.build()?).build())
    }
}

/// That the stop line is this pull, or that there is none. A line that is damaged, so that it names no pull, can be seen and
/// replaced as well.
fn is_pull(seen: Option<&str>) -> (String, Option<Item>) {
    match seen {
        None => (format!("attribute_not_exists({PK})"), None),
        Some("") => (format!("attribute_exists({PK}) AND attribute_not_exists({PULL})"), None),
        Some(id) => {
            let values = HashMap::from([(":pull".to_owned(), AttributeValue::S(id.to_owned()))]);
            (format!("{PULL} = :pull"), Some(values))
        }
    }
}

fn head(id: &RolloutId, version: Version, body: String) -> Item {
    let mut item = Key::head(id).with_body(body);
    item.insert(VERSION.to_owned(), number(version.0));
    item
}

pub(super) fn number(n: u64) -> AttributeValue {
    AttributeValue::N(n.to_string())
}

/// What people are told of an item, as the table's stream has it; none of most.
///
/// # Errors
/// [`BodyError`] when something newer wrote it, or it is damaged.
#[cfg(feature = "notify")]
pub(crate) fn message_in(image: &serde_json::Value) -> Result<Option<control::messages::Message>, BodyError> {
    match image.get(MESSAGE).map(|attribute| attribute["S"].as_str()) {
        None => Ok(None),
        Some(Some(text)) => body::read(text).map(Some),
        Some(None) => Err(BodyError::Absent),
    }
}

/// What an item is.
pub(super) fn body<T: DeserializeOwned>(item: &Item) -> Result<T, BodyError> {
    match item.get(BODY) {
        Some(AttributeValue::S(text)) => body::read(text),
        Some(_) | None => Err(BodyError::Absent),
    }
}

/// The rollout that a row of [`Range::work`] or [`Range::history`] names; none for the stop line.
pub(super) fn rollout(item: &Item) -> Option<RolloutId> {
    match item.get(SK) {
        Some(AttributeValue::S(sk)) if sk != STOP => Some(RolloutId(sk.clone())),
        Some(_) | None => None,
    }
}

/// The row of work of a rollout that goes on spending.
pub(super) fn spending(id: &RolloutId) -> Item {
    let mut item = Key::work(id).item();
    item.insert(SPENDING.to_owned(), AttributeValue::Bool(true));
    item
}

/// Whether a row of work is of a rollout that has completed and goes on spending.
pub(super) fn is_spending(item: &Item) -> bool {
    item.contains_key(SPENDING)
}

/// Which pull a stop line is; nothing where it does not say.
pub(super) fn pull(item: &Item) -> &str {
    match item.get(PULL) {
        Some(AttributeValue::S(id)) => id,
        Some(_) | None => "",
    }
}

/// The lock in an item; none when it has no readable generation.
pub(super) fn lock(item: &Item) -> Option<Lock> {
    let holder = match item.get(HOLDER) {
        None => None,
        Some(AttributeValue::S(holder)) => Some(RolloutId(holder.clone())),
        Some(_) => return None,
    };
    match item.get(GENERATION) {
        Some(AttributeValue::N(n)) => Some(Lock { holder, generation: Generation(n.parse().ok()?) }),
        Some(_) | None => None,
    }
}

/// The day of a window; none when it cannot be read.
pub(super) fn day(item: &Item) -> Option<Day> {
    match item.get(SK) {
        Some(AttributeValue::S(sk)) => sk.strip_prefix(WINDOW)?.parse().ok(),
        Some(_) | None => None,
    }
}

pub(super) fn read_number(item: &Item, name: &str) -> Option<u64> {
    match item.get(name) {
        Some(AttributeValue::N(n)) => n.parse().ok(),
        Some(_) | None => None,
    }
}

/// The table's key, for whoever creates it.
pub(super) fn schema() -> Result<(Vec<KeySchemaElement>, Vec<AttributeDefinition>), BuildError> {
    let key = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    let text = |name: &str| {
        AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build()
    };
    Ok((vec![key(PK, KeyType::Hash)?, key(SK, KeyType::Range)?], vec![text(PK)?, text(SK)?]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_entry_keys_is_the_order_of_the_log() {
        let id = RolloutId("cst-1".into());
        let key = |n| Key::entry(&id, Version(n)).sk;
        assert_eq!(key(7), "ENTRY#00000000000000000007");
        assert!(key(9) < key(10) && key(10) < key(u64::MAX));
    }

    #[test]
    fn a_lock_without_a_generation_is_not_guessed_at() {
        assert_eq!(lock(&Key::lock("f").item()), None);
    }
}

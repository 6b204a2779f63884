//! The two transactions, start and commit, and what a refusal of each write in them means.

use super::{
    body,
    item::{self, Key, Writes},
};
use crate::errors::{Failure, Refusal};
use aws_sdk_dynamodb::{error::BuildError, types::TransactWriteItem};
use control::{
    messages::Message,
    ports::{Commit, Listing, Start},
};
use rollout::{
    log::Entry,
    rollout::{Rollout, RolloutId},
    units::{Generation, Version},
};
use serde::Serialize;

/// A page of the log must stay readable, and a head with a hundred entries must fit a transaction.
const ENTRY_BYTES_MAX: usize = 64 * 1024;
/// DynamoDB's limit of 400 KB for an item, with room for its keys and attributes.
const ITEM_BYTES_MAX: usize = 390 * 1024;
/// DynamoDB's limit of 4 MB for a transaction, with room for keys and attributes.
const TRANSACTION_BYTES_MAX: usize = 3_900 * 1024;
/// DynamoDB's limit of writes in a transaction.
const WRITES_MAX: usize = 100;

/// What it means when the condition of a write is false.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Guard {
    /// Somebody else has written to the table: what, for a person.
    Damaged(&'static str),
    /// The head is not as it was seen, or is there already.
    Head,
    /// The trigger was taken in before.
    Record,
    /// The stop line is pulled.
    Stop,
    /// The lock of a function is not as it was read.
    Take(String),
}

/// Writes that land together or not at all.
#[derive(Clone, Debug)]
pub(super) struct Transaction {
    /// DynamoDB repeats the answer to a token that it knows, instead of the writes.
    pub(super) token: String,
    pub(super) writes: Vec<TransactWriteItem>,
    /// The entry that carries the token if and only if this transaction was written.
    pub(super) proof: (RolloutId, Version),
    guards: Vec<Guard>,
    bytes: usize,
}

/// A guard that did not hold, and the item that was there instead.
pub(super) type Broken<'t> = (&'t Guard, Option<&'t item::Item>);

impl Transaction {
    /// A new rollout: refused as a whole if the name is taken, a target is, or the stop line is pulled.
    pub(super) fn start(table: &str, start: &Start) -> Result<Transaction, Failure> {
        let (writes, head) = (Writes(table), &start.head);
        let mut all = Transaction::new(&start.id, &head.id, Version::default());
        let body = all.body("the head", head, ITEM_BYTES_MAX)?;
        all.add(Guard::Head, writes.create_head(&head.id, head.version, body))?;
        let body = all.body("the plan", &*start.plan, ITEM_BYTES_MAX)?;
        all.add(Guard::Head, writes.create(Key::plan(&head.id).with_body(body)))?;
        all.entries(writes, head, &start.entries, &start.messages)?;
        all.add(Guard::Head, writes.create(Key::work(&head.id).item()))?;
        all.add(Guard::Head, writes.create(Key::history(&head.id).item()))?;
        all.add(Guard::Stop, writes.unless_stopped())?;
        for (function, seen) in &start.takes {
            all.add(Guard::Take(function.clone()), writes.take(function, *seen, &head.id))?;
        }
        all.within_limits()
    }

    /// The end of a turn: refused as a whole if the head has moved.
    pub(super) fn commit(table: &str, commit: &Commit) -> Result<Transaction, Failure> {
        let (writes, head) = (Writes(table), &commit.head);
        let mut all = Transaction::new(&commit.id, &head.id, commit.seen);
        let body = all.body("the head", head, ITEM_BYTES_MAX)?;
        all.add(Guard::Head, writes.replace_head(&head.id, commit.seen, head.version, body))?;
        all.entries(writes, head, &commit.entries, &commit.messages)?;
        if let Some(record) = &commit.record {
            all.add(Guard::Record, writes.create(Key::record(&head.id, record).item()))?;
        }
        if commit.raises {
            all.add(Guard::Stop, writes.unless_stopped())?;
        }
        for function in &commit.frees {
            all.free(writes, function, head.generation, &head.id)?;
        }
        let row = match commit.listing {
            Listing::Active => None,
            Listing::Spending => Some(writes.put(item::spending(&head.id))),
            Listing::Gone => Some(writes.delete(Key::work(&head.id))),
        };
        if let Some(row) = row {
            all.add(Guard::Damaged("the row of work was not written"), row)?;
        }
        all.within_limits()
    }

    fn new(token: &str, id: &RolloutId, seen: Version) -> Transaction {
        let proof = (id.clone(), Version(seen.0.saturating_add(1)));
        Transaction { token: token.to_owned(), writes: vec![], proof, guards: vec![], bytes: 0 }
    }

    fn entries(
        &mut self,
        writes: Writes<'_>,
        head: &Rollout,
        entries: &[Entry],
        messages: &[Option<Message>],
    ) -> Result<(), Failure> {
        for (place, entry) in entries.iter().enumerate() {
            let what = format!("entry {}", entry.version);
            let body = self.body(&what, entry, ENTRY_BYTES_MAX)?;
            let message = messages.get(place).and_then(Option::as_ref);
            let message = message.map(|message| self.body(&what, message, ENTRY_BYTES_MAX)).transpose()?;
            // Entries follow the head, so one that is there already means that the head has moved, too.
            self.add(Guard::Head, writes.create_entry(&head.id, entry.version, body, message))?;
        }
        Ok(())
    }

    fn free(
        &mut self,
        writes: Writes<'_>,
        function: &str,
        generation: Generation,
        by: &RolloutId,
    ) -> Result<(), Failure> {
        // Only one commit ever frees, and only the holder's: a lock that is not ours was changed by hand.
        let guard = Guard::Damaged("the lock of a function is not held by its rollout, or is ahead of it");
        self.add(guard, writes.free(function, generation, by))
    }

    fn body<T: Serialize>(&mut self, what: &str, is: &T, limit: usize) -> Result<String, Failure> {
        let body = body::write(is)
            .map_err(|error| Failure::Final(format!("{what} cannot be written as JSON: {error}")))?;
        if body.len() > limit {
            return Err(Failure::Final(format!("{what} has {} bytes, and {limit} is the limit", body.len())));
        }
        self.bytes += body.len();
        Ok(body)
    }

    fn add(&mut self, guard: Guard, write: Result<TransactWriteItem, BuildError>) -> Result<(), Failure> {
        self.writes.push(write.map_err(|error| Failure::Final(error.to_string()))?);
        self.guards.push(guard);
        Ok(())
    }

    fn within_limits(self) -> Result<Transaction, Failure> {
        let (writes, bytes) = (self.writes.len(), self.bytes);
        if writes > WRITES_MAX || bytes > TRANSACTION_BYTES_MAX {
            let limits = format!("{WRITES_MAX} writes and {TRANSACTION_BYTES_MAX} bytes");
            return Err(Failure::Final(format!(
                "a transaction of {writes} writes and {bytes} bytes is beyond the limit of {limits}"
            )));
        }
        Ok(self)
    }

    /// What did not hold, in the order of the writes.
    pub(super) fn broken<'t>(&'t self, refusals: &'t [Refusal]) -> Vec<Broken<'t>> {
        refusals
            .iter()
            .filter_map(|refusal| self.guards.get(refusal.place).map(|guard| (guard, refusal.found.as_ref())))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rollout::{event::Event, log, time::Timestamp};

    /// A commit of so many entries of so many bytes each.
    fn of(entries: usize, bytes: usize) -> Result<Transaction, Failure> {
        let (id, at) = (RolloutId("big-1".into()), Timestamp(0));
        let (_, head) =
            log::begin(id, "hash".into(), Generation(0), log::Why::default(), "ann", at, "start").unwrap();
        let note = Event::Signaled { name: "s".into(), reporter: None, note: Some("x".repeat(bytes)) };
        let (entries, after) = log::append(&head, vec![note; entries], "ann", at, "id").unwrap();
        let (record, frees) = (None, vec![]);
        let commit = Commit {
            seen: head.version,
            entries,
            messages: vec![],
            head: std::sync::Arc::new(after),
            record,
            raises: false,
            listing: Listing::Active,
            frees,
            id: "id".into(),
        };
        Transaction::commit("table", &commit)
    }

    /// What is written beside an entry, as the table's stream brings it.
    #[cfg(feature = "notify")]
    #[test]
    fn what_is_told_of_an_entry_is_found_in_the_stream() {
        use control::messages::messages;
        let start = start();
        let told = messages(&start.plan, &start.head, &start.entries, &start.head).unwrap();
        assert!(told[0].is_some(), "that a rollout starts is told");
        let start = Start { messages: told.clone(), ..start };
        let transaction = Transaction::start("table", &start).unwrap();
        let items = transaction.writes.iter().filter_map(|write| Some(write.put()?.item()));
        let image = |item: &item::Item| {
            let text = |(name, value): (&String, &aws_sdk_dynamodb::types::AttributeValue)| {
                value.as_s().ok().map(|text| (name.clone(), serde_json::json!({ "S": text })))
            };
            serde_json::Value::Object(item.iter().filter_map(text).collect())
        };
        let found: Vec<_> = items.filter_map(|item| item::message_in(&image(item)).unwrap()).collect();
        assert_eq!(found, told.into_iter().flatten().collect::<Vec<_>>());
    }

    #[cfg(feature = "notify")]
    fn start() -> Start {
        let text = "tidegate: 1\nname: big\nowner: ops\npeople: {ops: {members: [olga]}}\n\
                    targets: [{function: f, set: {PERCENT: \"${percent}\"}}]\n\
                    stages: [{name: all, percent: 100, bake: open}]\n";
        let plan = rollout::plan::load("big.yaml", text).unwrap_or_else(|problems| panic!("{problems}")).plan;
        let (id, at) = (RolloutId("big-1".into()), Timestamp(0));
        let (entries, head) =
            log::begin(id, "hash".into(), Generation(0), log::Why::default(), "ann", at, "start").unwrap();
        Start { plan: plan.into(), head, entries, messages: vec![], takes: vec![], id: "id".into() }
    }

    fn refused(entries: usize, bytes: usize) -> String {
        match of(entries, bytes) {
            Err(Failure::Final(why)) => why,
            other => panic!("it must not be sent: {other:?}"),
        }
    }

    #[test]
    fn what_is_too_large_is_said_so_and_not_sent() {
        assert_eq!(of(90, 100).unwrap().writes.len(), 91);
        assert!(refused(1, ENTRY_BYTES_MAX).starts_with("entry 2 has 6"), "{}", refused(1, ENTRY_BYTES_MAX));
        assert!(refused(100, 1).starts_with("a transaction of 101 writes"), "{}", refused(100, 1));
        assert!(refused(70, 60_000).contains("is beyond the limit"), "{}", refused(70, 60_000));
    }
}

//! Sends what people are told: what stands beside an entry in the table's stream, to a topic and to the bus.

use crate::{boot::Channels, errors::words, store::message_in, woken::Unknown};
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_sdk_sns::types::MessageAttributeValue;
use control::messages::{Channel, Message};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

/// Under which name the bus knows who sends.
const SOURCE: &str = "tidegate";
/// So many are known that were taken: more than the stream brings again.
const TAKEN_MAX: usize = 1_000;

/// Why something is not told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untold {
    /// The message beside the entry cannot be read.
    #[error("the message cannot be read: {0}")]
    Unreadable(String),
    /// A topic or the bus did not take it.
    #[error("it was not taken: {0}")]
    NotTaken(String),
}

/// A record of the table's stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// By which the stream knows it: told that it failed, it brings it again.
    pub sequence: String,
    /// What is told of it, if anything is.
    pub message: Result<Option<Message>, Untold>,
}

/// Reads a payload.
///
/// # Errors
/// [`Unknown`] when it is not of a table's stream.
pub fn read(payload: &Value) -> Result<Vec<Record>, Unknown> {
    let unknown = || Unknown::of(payload);
    let records = payload.get("Records").and_then(Value::as_array).ok_or_else(unknown)?;
    let record = |record: &Value| {
        let change = record.get("dynamodb")?;
        let sequence = change.get("SequenceNumber")?.as_str()?.to_owned();
        let message = message_in(&change["NewImage"]).map_err(|why| Untold::Unreadable(why.to_string()));
        Some(Record { sequence, message })
    };
    records.iter().map(record).collect::<Option<_>>().ok_or_else(unknown)
}

/// The topics and the bus.
#[derive(Clone, Debug)]
pub struct Notices {
    topics: aws_sdk_sns::Client,
    bus: aws_sdk_eventbridge::Client,
    channels: Channels,
    /// What was taken. The stream brings a batch again from the first that failed, twenty times: nobody is paged as often
    /// because the bus is away, or an older message is.
    taken: Arc<Mutex<BTreeSet<(Way, String)>>>,
}

/// Where a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Topic,
    Bus,
}

impl Notices {
    pub(crate) fn new(
        topics: aws_sdk_sns::Client,
        bus: aws_sdk_eventbridge::Client,
        channels: Channels,
    ) -> Notices {
        Notices { topics, bus, channels, taken: Arc::default() }
    }

    /// Sends a message to its topic and to the bus. It may have been sent before: it carries a name of its own.
    ///
    /// # Errors
    /// [`Untold::NotTaken`] when one of them did not take it; sent again, the other has it twice only where another process
    /// sends it.
    pub async fn send(&self, message: &Message) -> Result<(), Untold> {
        // The bus is for whoever wants to hear more: without it, people are told all the same.
        let told = self.once(Way::Topic, message, self.tell(message)).await;
        told.and(self.once(Way::Bus, message, self.put(message)).await)
    }

    /// Unless it was taken.
    async fn once(
        &self,
        way: Way,
        message: &Message,
        send: impl Future<Output = Result<(), Untold>>,
    ) -> Result<(), Untold> {
        let name = (way, message.id.clone());
        if self.taken.lock().unwrap_or_else(PoisonError::into_inner).contains(&name) {
            return Ok(());
        }
        send.await?;
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.len() >= TAKEN_MAX {
            taken.clear();
        }
        taken.insert(name);
        Ok(())
    }

    async fn tell(&self, message: &Message) -> Result<(), Untold> {
        let mut call = self
            .topics
            .publish()
            .topic_arn(self.topic(message.channel))
            .subject(&message.subject)
            .message(&message.text);
        for (name, value) in attributes(message)? {
            call = call.message_attributes(name, value);
        }
        call.send().await.map(drop).map_err(|error| Untold::NotTaken(words(&error)))
    }

    async fn put(&self, message: &Message) -> Result<(), Untold> {
        let detail = serde_json::to_string(message).map_err(|error| Untold::Unreadable(error.to_string()))?;
        let entry = PutEventsRequestEntry::builder()
            .source(SOURCE)
            .detail_type(format!("rollout {}", message.event))
            .detail(detail)
            .event_bus_name(&self.channels.bus)
            .build();
        let answer = self.bus.put_events().entries(entry).send().await;
        let answer = answer.map_err(|error| Untold::NotTaken(words(&error)))?;
        match answer.entries().iter().find_map(|entry| entry.error_code()) {
            Some(code) => Err(Untold::NotTaken(code.to_owned())),
            None => Ok(()),
        }
    }

    fn topic(&self, channel: Channel) -> &str {
        match channel {
            Channel::Update => &self.channels.updates,
            Channel::Alert => &self.channels.alerts,
            Channel::Page => &self.channels.pages,
        }
    }
}

/// By which a subscription may choose, and by which a second delivery is known.
fn attributes(message: &Message) -> Result<Vec<(&'static str, MessageAttributeValue)>, Untold> {
    let to = message.to.join(",");
    let stage = message.stage.as_deref().unwrap_or_default();
    [
        ("id", message.id.as_str()),
        ("rollout", &message.rollout.0),
        ("event", &message.event),
        ("stage", stage),
        ("to", &to),
    ]
    .into_iter()
    // A topic takes no empty value.
    .filter(|(_, value)| !value.is_empty())
    .map(|(name, value)| {
        let value = MessageAttributeValue::builder().data_type("String").string_value(value).build();
        Ok((name, value.map_err(|error| Untold::Unreadable(error.to_string()))?))
    })
    .collect()
}

#[cfg(test)]
mod tests;

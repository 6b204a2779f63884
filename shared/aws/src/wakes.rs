//! Hints to other doors, by an asynchronous call. They may be lost: a schedule goes on without them.

use aws_sdk_lambda::{Client, primitives::Blob, types::InvocationType};
use rollout::rollout::RolloutId;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

/// Which function is which door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Door {
    Evaluate,
    Advance,
    Probe,
}

/// What is to be called, once the turn that asked for it is over: a call that a frozen function left behind is none.
#[derive(Debug)]
pub(crate) struct Wakes {
    client: Client,
    names: BTreeMap<Door, String>,
    due: Mutex<BTreeSet<(Door, RolloutId)>>,
}

impl Wakes {
    pub(crate) fn new(client: Client, names: BTreeMap<Door, String>) -> Wakes {
        Wakes { client, names, due: Mutex::default() }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn name(&self, door: Door) -> Option<&str> {
        self.names.get(&door).map(String::as_str)
    }

    /// Twice is once.
    pub(crate) fn add(&self, door: Door, id: &RolloutId) {
        self.due.lock().unwrap_or_else(PoisonError::into_inner).insert((door, id.clone()));
    }

    /// Calls everybody who is due. A door without a name is woken by its schedule alone.
    pub(crate) async fn send(&self) {
        let due = std::mem::take(&mut *self.due.lock().unwrap_or_else(PoisonError::into_inner));
        for (door, id) in due {
            let Some(name) = self.names.get(&door) else { continue };
            let payload = serde_json::json!({ "rollout": id.0 }).to_string();
            let call = self
                .client
                .invoke()
                .function_name(name)
                .invocation_type(InvocationType::Event)
                .payload(Blob::new(payload));
            if let Err(error) = call.send().await {
                tracing::warn!(?door, rollout = %id, error = %crate::errors::story(&error), "a hint is lost");
            }
        }
    }
}

//! What a failed call means to those who use the store.

use super::{
    item,
    transaction::{Broken, Guard, Transaction},
};
use crate::errors::Failure;
use control::ports::{CommitError, StartError, Unavailable};

impl From<Failure> for Unavailable {
    fn from(failure: Failure) -> Unavailable {
        Unavailable(match failure {
            Failure::Refused(_) => "a write was refused that has no condition".into(),
            Failure::Contended(why) => format!("contended: {why}"),
            Failure::NoAnswer(why) => format!("no answer: {why}"),
            Failure::Final(why) => why,
        })
    }
}

/// Why a rollout was not created.
pub(super) fn not_started(transaction: &Transaction, failure: Failure) -> StartError {
    match failure {
        Failure::Refused(refusals) => start_refused(&transaction.broken(&refusals)),
        failure @ (Failure::Contended(_) | Failure::NoAnswer(_) | Failure::Final(_)) => {
            StartError::Unavailable(failure.into())
        }
    }
}

/// Why nothing was committed.
pub(super) fn not_committed(transaction: &Transaction, failure: Failure) -> CommitError {
    match failure {
        Failure::Refused(refusals) => commit_refused(&transaction.broken(&refusals)),
        failure @ (Failure::Contended(_) | Failure::NoAnswer(_) | Failure::Final(_)) => {
            CommitError::Unavailable(failure.into())
        }
    }
}

/// Of several reasons the most telling one.
fn start_refused(broken: &[Broken<'_>]) -> StartError {
    if any(broken, &Guard::Head) {
        return StartError::Exists;
    }
    if any(broken, &Guard::Stop) {
        return StartError::Stopped;
    }
    let held = broken.iter().find_map(|(guard, found)| match guard {
        Guard::Take(function) => Some((function, item::lock((*found)?)?.holder?)),
        Guard::Damaged(_) | Guard::Head | Guard::Record | Guard::Stop => None,
    });
    match held {
        Some((function, holder)) => StartError::Held { function: function.clone(), holder },
        None => StartError::Raced,
    }
}

/// Of several reasons the most telling one.
fn commit_refused(broken: &[Broken<'_>]) -> CommitError {
    if any(broken, &Guard::Record) {
        return CommitError::Duplicate;
    }
    if any(broken, &Guard::Head) {
        return CommitError::Lost;
    }
    if any(broken, &Guard::Stop) {
        return CommitError::Stopped;
    }
    let damage = broken.iter().find_map(|(guard, _)| match guard {
        Guard::Damaged(what) => Some(*what),
        Guard::Head | Guard::Record | Guard::Stop | Guard::Take(_) => None,
    });
    let damage = damage.unwrap_or("a write was refused for a reason that is not known");
    CommitError::Unavailable(Unavailable(format!("the table is damaged: {damage}")))
}

fn any(broken: &[Broken<'_>], wanted: &Guard) -> bool {
    broken.iter().any(|(guard, _)| *guard == wanted)
}

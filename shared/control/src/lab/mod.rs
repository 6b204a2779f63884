//! A lab in memory.

mod chance;
pub mod checks;
pub mod functions;
mod minutes;
mod nearest;
pub mod share;
#[cfg(test)]
mod testing;
pub mod traffic;
pub mod twist;
mod world;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Holds a lock. What a panicking thread left behind is as whole as what any other did.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

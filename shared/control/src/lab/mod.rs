//! A lab in memory.

mod chance;
mod minutes;
mod nearest;
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

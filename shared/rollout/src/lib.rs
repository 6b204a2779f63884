//! The mind of tidegate: what a plan means, and what happens next to a rollout of it.
//!
//! Everything here is a pure function of its arguments: no clock, no I/O, no async, no chance. The doors are the
//! ones who act.

mod ask;
pub mod calendar;
pub mod condition;
pub mod decide;
pub mod event;
pub mod evidence;
mod evolve;
pub mod gather;
pub mod levels;
pub mod log;
pub mod nearest;
pub mod plan;
pub mod rollout;
pub mod target;
pub mod time;
pub mod times;
pub mod units;
pub mod words;

pub use evolve::Illegal;

//! The mind of tidegate: what a plan means, and what happens next to a rollout of it.
//!
//! Everything here is a pure function of its arguments: no clock, no I/O, no async, no chance. The doors in
//! `functions/` and `cli/` are the ones who act.

pub mod condition;
pub mod plan;
pub mod time;
pub mod units;

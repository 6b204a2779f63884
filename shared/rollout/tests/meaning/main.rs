//! What conditions mean: points in, a figure and its verdict out.
//!
//! A test is a condition, a few series written minute by minute, and the answer that is expected. Minute 0 begins when
//! the exposure comes into effect, and everything is settled up to the end of what is written.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod ahead;
mod baseline;
mod forms;
mod gates;
mod guardrails;
mod history;
mod metered;
mod missing;
mod money;
mod reported;
mod usual;
mod world;

use world::{gate, guard};

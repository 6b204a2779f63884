//! What is decided: the ladder rung by rung, commands, and walks on which everything may happen.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod ahead;
mod alarms;
mod audiences;
mod audit;
mod blocked;
mod checks;
mod closed;
mod commands;
mod drift;
mod drill;
mod freeze;
mod ladder;
mod levels;
mod levels_walk;
mod lowering;
mod rules;
mod signals;
mod times;
mod walks;
mod world;

//! The loop of tidegate: load, gather, decide, commit; then make the targets say what the rollout wants.
//!
//! Generic over [`ports`]; knows no AWS, no clock and no chance of its own.

pub mod accounts;
pub mod at_once;
pub mod converge;
pub mod deeds;
pub mod doors;
pub mod finding;
pub mod fresh;
pub mod lab;
mod levels;
pub mod memory;
pub mod messages;
pub mod people;
pub mod ports;
pub mod preflight;
pub mod simulate;
pub mod spending;
pub mod turn;
pub mod view;

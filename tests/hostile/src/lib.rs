//! A hostile world: seeded, single-threaded, and every call into it may yield, fail, or be the last.
//!
//! A scheduler polls the doors in any order, drops them, loses their answers and their wakes, edits the function under
//! them and repeats what people said. Invariants are checked at each write; then the weather clears, and every
//! rollout must reach its end. The same seed is the same world.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "a world that finds a fault stops at once, and looks only for what it knows"
)]

mod callers;
mod calm;
mod function;
mod levels;
mod logs;
mod meter;
mod oracle;
mod people;
mod plans;
mod ports;
mod rng;
mod run;
pub mod sights;
mod traffic;
mod weather;
mod world;

pub use run::world as run;

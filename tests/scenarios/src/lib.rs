//! Scenarios: a plan and a story in, a transcript out.

pub mod difference;
pub mod scenario;
pub mod transcript;

//! Sticky assignment, for your own function: is this user in?
//!
//! tidegate sets variables; the function reads them once, and then asks for each user. The first of these that holds
//! says yes: the user is on a list, is a member of an exposed group, has asked for an exposed cohort, or falls into
//! the sample ([`bucket`]). The same user gets the same answer in every instance and after every restart, and a
//! raised percentage only ever adds users.
//!
//! ```
//! use assign::{Assignment, Plain, User};
//!
//! let variables = |name: &str| match name {
//!     "CST_PIPELINE_ENABLED" => Some("true".to_owned()),
//!     "CST_ROLLOUT_PERCENTAGE" => Some("0.5".to_owned()),
//!     _ => None,
//! }; // In a function: |name: &str| std::env::var(name).ok()
//! let plain = Plain { enabled: Some("CST_PIPELINE_ENABLED"), percent: "CST_ROLLOUT_PERCENTAGE", users: None };
//! let assignment = Assignment::from_plain("cst-pipeline", &plain, variables);
//! if let Some(problem) = assignment.problem() {
//!     println!("{problem}"); // Say so where you log: until it is put right, nobody is in.
//! }
//! assert!(!assignment.is_in(&User::new("user-1")));
//! assert!(assignment.is_in(&User::new("user-1097")));
//! ```

pub mod bucket;

mod assignment;
#[cfg(feature = "flags")]
mod flags;
mod plain;
mod problem;

pub use assignment::{Answer, Assignment, User};
pub use plain::Plain;
pub use problem::Problem;

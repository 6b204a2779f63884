//! The hands of tidegate: the ports of [`control`], on AWS. The only crate that names the SDK.
//!
//! Features: `tls` for real AWS, `embedded` for the same store on a file, without AWS, `doors` for what the deployed
//! doors hold, one for each door that holds something of its own, `sign` for requests to a deployed API, and `laptop` for
//! whoever runs rollouts on the account at hand, or looks after a stack there.

#[cfg(feature = "doors")]
pub mod account;
#[cfg(feature = "doors")]
pub mod alarm;
#[cfg(feature = "laptop")]
pub mod bell;
pub mod boot;
#[cfg(feature = "tls")]
mod credentials;
#[cfg(feature = "laptop")]
pub mod doctor;
#[cfg(feature = "embedded")]
pub mod embedded;
mod errors;
#[cfg(feature = "doors")]
pub mod functions;
#[cfg(feature = "gateway")]
pub mod gateway;
#[cfg(feature = "doors")]
pub mod hands;
#[cfg(feature = "laptop")]
pub mod laptop;
#[cfg(feature = "budget")]
pub mod logs;
#[cfg(feature = "doors")]
pub mod metrics;
#[cfg(feature = "notify")]
pub mod notices;
#[cfg(feature = "probe")]
pub mod prober;
#[cfg(feature = "doors")]
pub mod scout;
#[cfg(feature = "doors")]
pub mod settle;
#[cfg(feature = "sign")]
pub mod sign;
pub mod store;
#[cfg(feature = "rollback")]
pub mod tags;
#[cfg(all(test, feature = "notify", feature = "probe"))]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]
mod testing;
#[cfg(feature = "doors")]
mod wakes;
#[cfg(feature = "doors")]
pub mod woken;

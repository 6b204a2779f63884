//! The hands of tidegate: the ports of [`control`], on AWS. The only crate that names the SDK.
//!
//! Features: `tls` for real AWS, `embedded` for the same store on a file, without AWS, `doors` for what the deployed
//! doors hold, `sign` for requests to a deployed API, `laptop` for whoever runs rollouts on an account.

pub mod boot;
#[cfg(feature = "embedded")]
pub mod embedded;
mod errors;
#[cfg(feature = "doors")]
pub mod functions;
#[cfg(feature = "doors")]
pub mod hands;
#[cfg(feature = "laptop")]
pub mod laptop;
#[cfg(feature = "doors")]
pub mod metrics;
#[cfg(feature = "sign")]
pub mod sign;
pub mod store;
#[cfg(feature = "doors")]
mod wakes;
#[cfg(feature = "doors")]
pub mod woken;

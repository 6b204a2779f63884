//! The hands of tidegate: the ports of [`control`], on AWS. The only crate that names the SDK.
//!
//! Features: `tls` for real AWS, `embedded` for the same store on a file, without AWS.

pub mod boot;
#[cfg(feature = "embedded")]
pub mod embedded;
mod errors;
pub mod store;

//! Clients, ready to be used. The only file that reads environment variables.

use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Config, Credentials, Region},
};

/// The table is named by this variable.
#[cfg(feature = "tls")]
const TABLE_VARIABLE: &str = "TIDEGATE_TABLE";

/// A client of a DynamoDB on this machine. Nothing about it is secret, and no configuration is looked for.
pub fn local(endpoint: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("local"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(endpoint)
        .build();
    Client::from_conf(config)
}

/// Why a process cannot begin.
#[cfg(feature = "tls")]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BootError {
    /// A variable must be set and is not.
    #[error("the environment variable {0} is not set")]
    NotSet(&'static str),
}

/// The store of a Lambda function: the region and the permissions of its role, the table that its environment names.
///
/// # Errors
/// [`BootError::NotSet`] when the environment names no table.
#[cfg(feature = "tls")]
pub async fn from_env() -> Result<crate::store::DynamoStore, BootError> {
    use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

    let table = std::env::var(TABLE_VARIABLE).map_err(|_| BootError::NotSet(TABLE_VARIABLE))?;
    let http =
        aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let config = aws_config::defaults(aws_config::BehaviorVersion::latest()).http_client(http).load().await;
    Ok(crate::store::DynamoStore::new(&Client::new(&config), &table))
}

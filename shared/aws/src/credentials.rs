//! The account at hand: of a door that of its role, of a person that of their profile, single sign-on or environment.

use aws_config::{BehaviorVersion, Region, SdkConfig, timeout::TimeoutConfig};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use std::time::Duration;

/// A call that takes longer is given up: the SDK itself waits for ever, and nobody who protects may wait for one that does
/// not answer.
const CALL_TAKES: Duration = Duration::from_secs(10);

/// Its configuration, in its own region or in another one.
pub(crate) async fn at_hand(region: Option<String>) -> SdkConfig {
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let takes = TimeoutConfig::builder().operation_attempt_timeout(CALL_TAKES).build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http).timeout_config(takes);
    if let Some(region) = region {
        loader = loader.region(Region::new(region));
    }
    loader.load().await
}

#[cfg(all(test, feature = "notify", feature = "probe"))]
mod tests {
    use super::*;
    use crate::{functions::LambdaFunctions, testing::Server};
    use control::ports::{Functions, ReadError};

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_one_that_does_not_answer() {
        let silent = Server::start(|_, _| None).config;
        let config = at_hand(silent.region().map(ToString::to_string)).await.into_builder();
        let config = config
            .http_client(silent.http_client().unwrap())
            .credentials_provider(silent.credentials_provider().unwrap())
            .endpoint_url(silent.endpoint_url().unwrap())
            .build();
        let functions = LambdaFunctions::new(&aws_sdk_lambda::Client::new(&config));
        let read = tokio::time::timeout(2 * CALL_TAKES, functions.read("search")).await;
        assert!(matches!(read, Ok(Err(ReadError::Unavailable(_)))), "{read:?}");
    }
}

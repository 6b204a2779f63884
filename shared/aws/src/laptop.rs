//! The account at hand, of whoever runs rollouts on it from a laptop.

use crate::{credentials, errors::words, functions::LambdaFunctions, metrics::CloudWatch, prober::Tries};
use aws_config::SdkConfig;
use aws_sdk_sts::{config::http::HttpResponse, error::SdkError};

/// The account at hand, with what a rollout needs of it.
#[derive(Debug)]
pub struct Account {
    /// Its number.
    pub id: String,
    /// Whose credentials they are, as an ARN.
    pub who: String,
    /// Where the functions are.
    pub region: String,
    /// Where a local AWS is, if it is one.
    pub endpoint: Option<String>,
    /// What was measured, and the alarms.
    pub metrics: CloudWatch,
    /// The functions.
    pub functions: LambdaFunctions,
    /// What tries checks.
    pub tries: Tries,
}

/// Why there is no account at hand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAccount {
    /// Nobody says where.
    #[error("the region is not known")]
    NoRegion,
    /// Nobody is signed in, or not any more.
    #[error("no credentials of an AWS account are at hand: {0}")]
    NoCredentials(String),
    /// AWS cannot be reached, or fails.
    #[error("AWS does not say whose the credentials at hand are: {0}")]
    NoAnswer(String),
}

/// Whose the credentials at hand are, and where.
pub(crate) struct Caller {
    pub(crate) config: SdkConfig,
    pub(crate) id: String,
    pub(crate) who: String,
    pub(crate) region: String,
}

impl Caller {
    /// Asks AWS.
    pub(crate) async fn at_hand(region: Option<String>) -> Result<Caller, NoAccount> {
        let config = credentials::at_hand(region).await;
        let region = config.region().map(ToString::to_string).filter(|region| !region.is_empty());
        let region = region.ok_or(NoAccount::NoRegion)?;
        let answer = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await;
        let answer = answer.map_err(|error| {
            let why = words(&error);
            if is_away(&error) { NoAccount::NoAnswer(why) } else { NoAccount::NoCredentials(why) }
        })?;
        let said =
            |part: Option<String>| part.ok_or_else(|| NoAccount::NoAnswer("it says nothing".to_owned()));
        Ok(Caller { id: said(answer.account)?, who: said(answer.arn)?, region, config })
    }
}

impl Account {
    /// Asks AWS whose the credentials are.
    ///
    /// # Errors
    /// [`NoAccount`].
    pub async fn at_hand(region: Option<String>) -> Result<Account, NoAccount> {
        let Caller { config, id, who, region } = Caller::at_hand(region).await?;
        let lambda = aws_sdk_lambda::Client::new(&config);
        Ok(Account {
            id,
            who,
            region,
            endpoint: config.endpoint_url().map(str::to_owned),
            metrics: CloudWatch::new(&aws_sdk_cloudwatch::Client::new(&config)),
            functions: LambdaFunctions::new(&lambda),
            tries: Tries::new(&lambda),
        })
    }
}

/// Whether nobody was reached, or they failed: whatever else goes wrong here is about the credentials.
fn is_away<E>(error: &SdkError<E, HttpResponse>) -> bool {
    match error {
        SdkError::DispatchFailure(failure) => failure.is_io() || failure.is_timeout(),
        SdkError::ServiceError(service) => service.raw().status().is_server_error(),
        SdkError::TimeoutError(_) | SdkError::ResponseError(_) => true,
        SdkError::ConstructionFailure(_) | _ => false,
    }
}

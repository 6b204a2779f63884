//! Lambda functions: their configuration is read, and their environment is written whole.

use crate::errors::{is_forbidden, words};
use aws_sdk_lambda::{
    Client,
    config::{http::HttpResponse, retry::RetryConfig},
    error::{ProvideErrorMetadata, SdkError},
    operation::{
        get_function_configuration::{GetFunctionConfigurationError, GetFunctionConfigurationOutput},
        update_function_configuration::UpdateFunctionConfigurationError,
    },
    types::{Environment, EnvironmentResponse, LastUpdateStatus},
};
use control::ports::{FunctionState, Functions, ReadError, Settled, WriteError};
use std::collections::BTreeMap;

/// The functions of one account and region.
#[derive(Clone, Debug)]
pub struct LambdaFunctions {
    client: Client,
}

impl LambdaFunctions {
    /// The client's own retries are switched off: a write that came to nothing is decided anew on what stands then.
    pub fn new(client: &Client) -> LambdaFunctions {
        let config = client.config().to_builder().retry_config(RetryConfig::disabled());
        LambdaFunctions { client: Client::from_conf(config.build()) }
    }
}

impl Functions for LambdaFunctions {
    async fn read(&self, function: &str) -> Result<FunctionState, ReadError> {
        let here = self.client.config().region().map(AsRef::as_ref);
        if let Some(region) = region(function).filter(|region| Some(*region) != here) {
            return Err(ReadError::Elsewhere(region.to_owned()));
        }
        let answer = self.client.get_function_configuration().function_name(function).send().await;
        state(&answer.map_err(|error| not_read(&error))?)
    }

    async fn write(
        &self,
        function: &str,
        environment: &BTreeMap<String, String>,
        revision: &str,
    ) -> Result<(), WriteError> {
        let variables = environment.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let environment = Environment::builder().set_variables(Some(variables)).build();
        let call = self
            .client
            .update_function_configuration()
            .function_name(function)
            .environment(environment)
            .revision_id(revision);
        // The revision that is answered changes again when the update settles: nobody may build on it.
        call.send().await.map(drop).map_err(|error| not_written(&error))
    }
}

/// Where a function is, if it is named by its ARN. A client of another region would answer that there is none.
fn region(function: &str) -> Option<&str> {
    function.starts_with("arn:").then(|| function.split(':').nth(3)).flatten()
}

/// A function without a revision cannot be written safely, so that it counts as not read.
fn state(answer: &GetFunctionConfigurationOutput) -> Result<FunctionState, ReadError> {
    let told = |what: &str| ReadError::Unavailable(format!("the answer has no {what}"));
    Ok(FunctionState {
        environment: environment(answer.environment())?,
        revision: answer.revision_id().ok_or_else(|| told("revision"))?.to_owned(),
        settled: settled(answer),
        code: answer.code_sha256().ok_or_else(|| told("code hash"))?.to_owned(),
    })
}

/// No environment at all is an empty one; one that comes with an error is not known.
fn environment(
    answer: Option<&EnvironmentResponse>,
) -> Result<Result<BTreeMap<String, String>, String>, ReadError> {
    let Some(environment) = answer else { return Ok(Ok(BTreeMap::new())) };
    if let Some(error) = environment.error() {
        let (code, message) = (error.error_code(), error.message());
        return Ok(Err(format!("{}: {}", code.unwrap_or("an error"), message.unwrap_or("no message"))));
    }
    let Some(variables) = environment.variables() else {
        return Err(ReadError::Unavailable("the answer has an environment without variables".to_owned()));
    };
    Ok(Ok(variables.iter().map(|(name, value)| (name.clone(), value.clone())).collect()))
}

fn settled(answer: &GetFunctionConfigurationOutput) -> Settled {
    match answer.last_update_status() {
        Some(LastUpdateStatus::InProgress) => Settled::InProgress,
        Some(LastUpdateStatus::Failed) => {
            let why = answer.last_update_status_reason().unwrap_or("no reason was given");
            Settled::Failed(why.to_owned())
        }
        // A function that was never updated says nothing.
        Some(LastUpdateStatus::Successful | _) | None => Settled::Yes,
    }
}

fn code<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

fn not_read(error: &SdkError<GetFunctionConfigurationError, HttpResponse>) -> ReadError {
    match code(error) {
        Some("ResourceNotFoundException") => ReadError::Missing,
        // A role that may read what is tagged is told no more of what is not there.
        _ if is_forbidden(error) => {
            ReadError::Forbidden(format!("is it there, and tagged tidegate:managed=true? {}", words(error)))
        }
        _ => ReadError::Unavailable(words(error)),
    }
}

fn not_written(error: &SdkError<UpdateFunctionConfigurationError, HttpResponse>) -> WriteError {
    let words = || words(error);
    match code(error) {
        Some("PreconditionFailedException") => WriteError::Stale,
        Some("ResourceConflictException") => WriteError::Busy,
        Some("ResourceNotFoundException") => WriteError::Missing,
        Some("InvalidParameterValueException" | "ValidationException") if words().contains("4KB") => {
            WriteError::TooLarge
        }
        // Whatever else Lambda does not like of it, it will not like again: a person must look.
        Some("InvalidParameterValueException" | "ValidationException") => WriteError::Forbidden(words()),
        _ if is_forbidden(error) => WriteError::Forbidden(words()),
        _ => WriteError::Unavailable(words()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_lambda::{error::ErrorMetadata, types::EnvironmentError};

    fn raw<E>(
        code: &str,
        message: &str,
        status: u16,
        of: impl Fn(ErrorMetadata) -> E,
    ) -> SdkError<E, HttpResponse> {
        let metadata = ErrorMetadata::builder().code(code).message(message).build();
        SdkError::service_error(of(metadata), HttpResponse::new(status.try_into().unwrap(), "".into()))
    }

    fn written(code: &str, message: &str, status: u16) -> WriteError {
        not_written(&raw(code, message, status, UpdateFunctionConfigurationError::generic))
    }

    #[test]
    fn each_refusal_of_a_write_is_told_apart() {
        let said = |code| written(code, "why", 400);
        assert_eq!(said("PreconditionFailedException"), WriteError::Stale);
        assert_eq!(said("ResourceConflictException"), WriteError::Busy);
        assert_eq!(said("ResourceNotFoundException"), WriteError::Missing);
        assert_eq!(
            said("AccessDeniedException"),
            WriteError::Forbidden("AccessDeniedException: why".to_owned())
        );
        for code in ["TooManyRequestsException", "ServiceException", "EC2ThrottledException", "Nonsense"] {
            assert!(matches!(said(code), WriteError::Unavailable(_)), "{code}");
        }
        let large = "Lambda was unable to configure your environment variables because the environment variables \
            you have provided exceeded the 4KB limit.";
        assert_eq!(written("InvalidParameterValueException", large, 400), WriteError::TooLarge);
        assert!(matches!(said("InvalidParameterValueException"), WriteError::Forbidden(_)));
    }

    #[test]
    fn each_refusal_of_a_read_is_told_apart() {
        let said = |code| not_read(&raw(code, "why", 400, GetFunctionConfigurationError::generic));
        assert_eq!(said("ResourceNotFoundException"), ReadError::Missing);
        let denied = "is it there, and tagged tidegate:managed=true? AccessDeniedException: why";
        assert_eq!(said("AccessDeniedException"), ReadError::Forbidden(denied.to_owned()));
        assert!(matches!(said("TooManyRequestsException"), ReadError::Unavailable(_)));
        let lost: SdkError<GetFunctionConfigurationError, HttpResponse> = SdkError::timeout_error("too long");
        assert!(matches!(not_read(&lost), ReadError::Unavailable(text) if text.ends_with("too long")));
    }

    #[tokio::test]
    async fn a_function_of_another_region_is_not_asked_for() {
        // Nobody listens there: whoever is asked is not reached.
        let config = aws_sdk_lambda::Config::builder()
            .behavior_version_latest()
            .region(aws_sdk_lambda::config::Region::new("eu-west-1"))
            .credentials_provider(aws_sdk_lambda::config::Credentials::new("k", "s", None, None, "test"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .endpoint_url("http://127.0.0.1:9")
            .build();
        let functions = LambdaFunctions::new(&Client::from_conf(config));
        let named = |region: &str| format!("arn:aws:lambda:{region}:123456789012:function:search");
        let elsewhere = functions.read(&named("us-east-1")).await;
        assert_eq!(elsewhere, Err(ReadError::Elsewhere("us-east-1".to_owned())));
        for here in [named("eu-west-1"), "search".to_owned(), "123456789012:function:search".to_owned()] {
            let asked = functions.read(&here).await;
            assert!(matches!(asked, Err(ReadError::Unavailable(_))), "{here}: {asked:?}");
        }
    }

    #[test]
    fn an_unreadable_environment_is_not_an_empty_one() {
        assert_eq!(environment(None), Ok(Ok(BTreeMap::new())));
        let error = EnvironmentError::builder().error_code("AccessDeniedException").message("no key").build();
        let answer = EnvironmentResponse::builder().error(error).build();
        assert_eq!(environment(Some(&answer)), Ok(Err("AccessDeniedException: no key".to_owned())));
        let neither = EnvironmentResponse::builder().build();
        assert!(matches!(environment(Some(&neither)), Err(ReadError::Unavailable(_))));
        let answer = EnvironmentResponse::builder().variables("A", "1").build();
        assert_eq!(environment(Some(&answer)), Ok(Ok(BTreeMap::from([("A".to_owned(), "1".to_owned())]))));
    }

    #[test]
    fn what_cannot_be_written_safely_is_not_read() {
        let answer = |revision: Option<&str>| {
            let answer =
                GetFunctionConfigurationOutput::builder().set_revision_id(revision.map(str::to_owned));
            state(&answer.code_sha256("c").build())
        };
        assert!(matches!(answer(None), Err(ReadError::Unavailable(_))));
        let state = answer(Some("r")).unwrap();
        assert_eq!((state.revision.as_str(), state.settled), ("r", Settled::Yes));
        let failed = GetFunctionConfigurationOutput::builder()
            .last_update_status(LastUpdateStatus::Failed)
            .last_update_status_reason("no key");
        assert_eq!(settled(&failed.build()), Settled::Failed("no key".to_owned()));
    }
}

//! Lambda functions: their configuration is read, and their environment is written whole.

mod settings;

use crate::errors::{is_forbidden, words};
use aws_sdk_lambda::{
    Client,
    config::{http::HttpResponse, retry::RetryConfig},
    error::{ProvideErrorMetadata, SdkError},
    operation::{
        get_alias::{GetAliasError, GetAliasOutput},
        get_function_configuration::{GetFunctionConfigurationError, GetFunctionConfigurationOutput},
        publish_version::PublishVersionOutput,
    },
    types::{AliasRoutingConfiguration, Environment, EnvironmentResponse, LastUpdateStatus, State},
};
use control::{
    at_once::both,
    ports::{AliasState, FunctionState, Functions, Move, ReadError, Settled, WriteError},
};
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

impl LambdaFunctions {
    /// A client of another region would answer that there is no such function.
    fn is_here(&self, function: &str) -> Result<(), ReadError> {
        let here = self.client.config().region().map(AsRef::as_ref);
        match region(function).filter(|region| Some(*region) != here) {
            Some(region) => Err(ReadError::Elsewhere(region.to_owned())),
            None => Ok(()),
        }
    }
}

impl Functions for LambdaFunctions {
    async fn read(&self, function: &str) -> Result<FunctionState, ReadError> {
        self.is_here(function)?;
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

    async fn read_alias(&self, function: &str, alias: &str) -> Result<AliasState, ReadError> {
        self.is_here(function)?;
        let pointed = self.client.get_alias().function_name(function).name(alias).send();
        let version =
            self.client.get_function_configuration().function_name(function).qualifier(alias).send();
        // At once: there are not many calls between an alarm and the way back.
        let (pointed, version) = both(pointed, version).await;
        let missing = |why: ReadError| {
            if why == ReadError::Missing { ReadError::NoAlias(alias.to_owned()) } else { why }
        };
        let pointed = pointed.map_err(|error| missing(not_read_alias(&error)))?;
        let version = version.map_err(|error| missing(not_read(&error)))?;
        alias_state(&pointed, &version)
    }

    async fn publish(&self, function: &str, code: &str, revision: &str) -> Result<String, WriteError> {
        let call = self.client.publish_version().function_name(function).code_sha256(code);
        published(&call.revision_id(revision).send().await.map_err(|error| not_written(&error))?, code)
    }

    async fn point(&self, function: &str, alias: &str, to: &Move) -> Result<(), WriteError> {
        let call = self
            .client
            .update_alias()
            .function_name(function)
            .name(alias)
            .function_version(&to.version)
            .description(&to.description)
            // All of its calls: weights that are not named would stay.
            .routing_config(
                AliasRoutingConfiguration::builder().set_additional_version_weights(Some([].into())).build(),
            )
            .revision_id(&to.revision);
        call.send().await.map(drop).map_err(|error| not_written(&error))
    }
}

/// The version that a publish came to. Lambda refuses by itself what is not as it was read; a version of other code is never
/// pointed to, whoever made it, nor one that could not be called: it is made ready first where it has a snapshot or a network
/// of its own, and to publish again what has not changed answers the same version.
fn published(answer: &PublishVersionOutput, code: &str) -> Result<String, WriteError> {
    if answer.code_sha256() != Some(code) {
        return Err(WriteError::Stale);
    }
    let version =
        answer.version().ok_or_else(|| WriteError::Unavailable("the answer has no version".to_owned()))?;
    match answer.state() {
        Some(State::Pending) => Err(WriteError::Busy),
        Some(State::Failed) => {
            let why = answer.state_reason().unwrap_or("no reason was given");
            Err(WriteError::Failed(format!("version {version} could not be made ready: {why}")))
        }
        // One that sleeps is woken by a call. Whoever says nothing is not made ready.
        Some(State::Active | State::Inactive | _) | None => Ok(version.to_owned()),
    }
}

/// The two answers are of two moments: what was moved between them is read again.
fn alias_state(
    pointed: &GetAliasOutput,
    version: &GetFunctionConfigurationOutput,
) -> Result<AliasState, ReadError> {
    let told = |what: &str| ReadError::Unavailable(format!("the answer has no {what}"));
    let to = pointed.function_version().ok_or_else(|| told("version"))?;
    if version.version() != Some(to) {
        return Err(ReadError::Unavailable("the alias was moved while it was read".to_owned()));
    }
    let weights = pointed.routing_config().and_then(|routing| routing.additional_version_weights());
    Ok(AliasState {
        version: to.to_owned(),
        revision: pointed.revision_id().ok_or_else(|| told("revision"))?.to_owned(),
        description: pointed.description().unwrap_or_default().to_owned(),
        is_split: weights.is_some_and(|weights| !weights.is_empty()),
        environment: environment(version.environment())?,
        code: version.code_sha256().ok_or_else(|| told("code hash"))?.to_owned(),
        settings: settings::settings(version),
    })
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
        settings: settings::settings(answer),
        alias: None,
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
    unread(code(error), is_forbidden(error), || words(error))
}

fn not_read_alias(error: &SdkError<GetAliasError, HttpResponse>) -> ReadError {
    unread(code(error), is_forbidden(error), || words(error))
}

fn unread(code: Option<&str>, is_forbidden: bool, words: impl Fn() -> String) -> ReadError {
    match code {
        Some("ResourceNotFoundException") => ReadError::Missing,
        // A role that may read what is tagged is told no more of what is not there.
        _ if is_forbidden => {
            ReadError::Forbidden(format!("is it there, and tagged tidegate:managed=true? {}", words()))
        }
        _ => ReadError::Unavailable(words()),
    }
}

fn not_written<E: ProvideErrorMetadata + std::error::Error + 'static>(
    error: &SdkError<E, HttpResponse>,
) -> WriteError {
    let words = || words(error);
    match code(error) {
        Some("PreconditionFailedException") => WriteError::Stale,
        Some("ResourceConflictException") => WriteError::Busy,
        Some("ResourceNotFoundException") => WriteError::Missing,
        Some("InvalidParameterValueException" | "ValidationException") if words().contains("4KB") => {
            WriteError::TooLarge
        }
        // Other code than was read stands there now: it is read again, and a person told.
        Some("InvalidParameterValueException") if words().contains("CodeSHA256") => WriteError::Stale,
        // Whatever else Lambda does not like of it, it will not like again: a person must look.
        Some("InvalidParameterValueException" | "ValidationException" | "CodeStorageExceededException") => {
            WriteError::Forbidden(words())
        }
        _ if is_forbidden(error) => WriteError::Forbidden(words()),
        _ => WriteError::Unavailable(words()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_lambda::{
        error::ErrorMetadata, operation::update_function_configuration::UpdateFunctionConfigurationError,
        types::EnvironmentError,
    };

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
    fn a_version_is_pointed_to_only_when_it_can_be_called() {
        let answer = |state: Option<State>| {
            let answer =
                PublishVersionOutput::builder().version("8").code_sha256("c").state_reason("no network");
            published(&answer.set_state(state).build(), "c")
        };
        assert_eq!(answer(Some(State::Active)), Ok("8".to_owned()));
        assert_eq!(answer(None), Ok("8".to_owned()));
        assert_eq!(answer(Some(State::Pending)), Err(WriteError::Busy));
        let failed = "version 8 could not be made ready: no network".to_owned();
        assert_eq!(answer(Some(State::Failed)), Err(WriteError::Failed(failed)));
        let other = PublishVersionOutput::builder().version("8").code_sha256("d").build();
        assert_eq!(published(&other, "c"), Err(WriteError::Stale));
    }

    #[test]
    fn an_alias_that_was_moved_while_it_was_read_is_read_again() {
        let pointed = GetAliasOutput::builder().function_version("7").revision_id("r").description("live");
        let weights = AliasRoutingConfiguration::builder().additional_version_weights("6", 0.1).build();
        let version = |number: &str| {
            let answer = GetFunctionConfigurationOutput::builder().version(number).code_sha256("c");
            answer.revision_id("v").build()
        };
        let read = alias_state(&pointed.clone().build(), &version("7")).unwrap();
        assert_eq!((read.version.as_str(), read.revision.as_str(), read.is_split), ("7", "r", false));
        assert!(
            alias_state(&pointed.clone().routing_config(weights).build(), &version("7")).unwrap().is_split
        );
        let moved = alias_state(&pointed.build(), &version("8"));
        assert!(matches!(moved, Err(ReadError::Unavailable(why)) if why.contains("moved")));
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

//! What the SDK's errors mean to us. The only file that knows their codes.

use aws_sdk_dynamodb::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, CancellationReason},
};
use std::{collections::HashMap, error::Error};

/// Why a call came to nothing, by what its caller does next.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Failure {
    /// Conditions were false: nothing was written.
    Refused(Vec<Refusal>),
    /// Others were at it, or there was too much to do: nothing was written, and the same call may pass later.
    Contended(String),
    /// Whether anything was written is not known: the same call may be repeated.
    NoAnswer(String),
    /// The same call will never pass.
    Final(String),
}

/// A condition that was false.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    /// The place of its write in the transaction.
    pub(crate) place: usize,
    /// What was there instead, if the write asked for it.
    pub(crate) found: Option<HashMap<String, AttributeValue>>,
}

impl Failure {
    /// Whether the same call may pass later.
    pub(crate) fn passes(&self) -> bool {
        match self {
            Failure::Contended(_) | Failure::NoAnswer(_) => true,
            Failure::Refused(_) | Failure::Final(_) => false,
        }
    }
}

/// What any failed call means.
pub(crate) fn failure<E>(error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ConstructionFailure(_) => Failure::Final(story(error)),
        SdkError::ServiceError(service) => {
            let code = service.err().code().unwrap_or("an error without a code");
            let message = service.err().message().unwrap_or("no message");
            answered(code, service.raw().status().as_u16(), format!("{code}: {message}"))
        }
        // A timeout, a lost connection, half an answer, and whatever the SDK adds: it may have been written.
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) | _ => {
            Failure::NoAnswer(story(error))
        }
    }
}

/// Whether the role, or whoever is asked, does not permit the call.
#[cfg(feature = "doors")]
pub(crate) fn is_forbidden<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
    matches!(
        code,
        Some(
            "AccessDenied"
                | "AccessDeniedException"
                | "UnauthorizedOperation"
                | "NotAuthorized"
                | "UnrecognizedClientException"
                | "InvalidClientTokenId"
                | "ExpiredToken"
                | "ExpiredTokenException"
                | "OptInRequired"
        )
    )
}

/// In one line: what was said, or what went wrong before anybody could say something.
#[cfg(feature = "doors")]
pub(crate) fn words<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error.as_service_error() {
        Some(service) => {
            let code = service.code().unwrap_or("an error without a code");
            format!("{code}: {}", service.message().unwrap_or("no message"))
        }
        None => story(error),
    }
}

/// What a failed transaction means: of several reasons, a false condition is final, and the others may pass.
pub(crate) fn transaction(error: &SdkError<TransactWriteItemsError, HttpResponse>) -> Failure {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            cancelled_for(cancelled.cancellation_reasons())
        }
        Some(_) | None => failure(error),
    }
}

fn cancelled_for(reasons: &[CancellationReason]) -> Failure {
    let with_code = |code: &'static str| move |reason: &&CancellationReason| reason.code() == Some(code);
    let refusals: Vec<Refusal> = reasons
        .iter()
        .enumerate()
        .filter(|(_, reason)| with_code("ConditionalCheckFailed")(reason))
        .map(|(place, reason)| Refusal { place, found: reason.item().cloned() })
        .collect();
    if !refusals.is_empty() {
        return Failure::Refused(refusals);
    }
    let told: Vec<String> = reasons
        .iter()
        .filter(|reason| !matches!(reason.code(), None | Some("None")))
        .map(|reason| {
            format!("{}: {}", reason.code().unwrap_or_default(), reason.message().unwrap_or("no message"))
        })
        .collect();
    let all_pass = reasons.iter().all(|reason| match reason.code() {
        None | Some("None" | "TransactionConflict") => true,
        Some(code) => is_throttling(code),
    });
    if all_pass { Failure::Contended(told.join("; ")) } else { Failure::Final(told.join("; ")) }
}

fn answered(code: &str, status: u16, told: String) -> Failure {
    let waits = matches!(code, "TransactionConflictException" | "TransactionInProgressException");
    if waits || is_throttling(code) {
        Failure::Contended(told)
    } else if (400..500).contains(&status) {
        Failure::Final(told)
    } else {
        Failure::NoAnswer(told)
    }
}

/// Throttling by its names: in exceptions, and in the reasons of a cancelled transaction.
fn is_throttling(code: &str) -> bool {
    matches!(
        code,
        "ThrottlingException"
            | "ThrottlingError"
            | "Throttling"
            | "ProvisionedThroughputExceededException"
            | "ProvisionedThroughputExceeded"
            | "RequestLimitExceeded"
            | "TooManyRequestsException"
    )
}

/// An error and what is behind it, in one line: the SDK's own texts say only "dispatch failure".
pub(crate) fn story(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(behind) = cause {
        text = format!("{text}: {behind}");
        cause = behind.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dynamodb::{
        config::http::HttpResponse, error::ErrorMetadata, types::error::TransactionCanceledException,
    };

    fn response(status: u16) -> HttpResponse {
        HttpResponse::new(status.try_into().unwrap(), "".into())
    }

    fn said(code: &str, status: u16) -> Failure {
        let metadata = ErrorMetadata::builder().code(code).message("why").build();
        let error = SdkError::service_error(TransactWriteItemsError::generic(metadata), response(status));
        transaction(&error)
    }

    fn cancelled(codes: &[&str]) -> Failure {
        let reason = |code: &&str| CancellationReason::builder().code(*code).build();
        let error = TransactionCanceledException::builder()
            .set_cancellation_reasons(Some(codes.iter().map(reason).collect()))
            .build();
        let error = TransactWriteItemsError::TransactionCanceledException(error);
        transaction(&SdkError::service_error(error, response(400)))
    }

    #[test]
    fn throttling_is_waited_for() {
        for code in ["ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"]
        {
            assert!(matches!(said(code, 400), Failure::Contended(_)), "{code}");
        }
        assert!(matches!(said("TransactionInProgressException", 400), Failure::Contended(_)));
    }

    #[test]
    fn what_nobody_knows_is_repeated() {
        assert_eq!(said("InternalServerError", 500), Failure::NoAnswer("InternalServerError: why".into()));
        assert!(matches!(said("Nonsense", 200), Failure::NoAnswer(_)));
        let lost: SdkError<TransactWriteItemsError, HttpResponse> = SdkError::timeout_error("too long");
        assert!(matches!(transaction(&lost), Failure::NoAnswer(text) if text.ends_with("too long")));
    }

    #[test]
    fn what_is_wrong_is_not_repeated() {
        for code in ["ValidationException", "AccessDeniedException", "ResourceNotFoundException"] {
            assert!(matches!(said(code, 400), Failure::Final(_)), "{code}");
        }
        assert!(matches!(cancelled(&["None", "ValidationError"]), Failure::Final(_)));
        assert!(matches!(cancelled(&["TransactionConflict", "ValidationError"]), Failure::Final(_)));
    }

    #[test]
    fn a_false_condition_is_found_by_its_place() {
        let second = Failure::Refused(vec![Refusal { place: 1, found: None }]);
        assert_eq!(cancelled(&["None", "ConditionalCheckFailed"]), second);
        assert_eq!(cancelled(&["TransactionConflict", "ConditionalCheckFailed"]), second);
        assert!(matches!(cancelled(&["None", "TransactionConflict"]), Failure::Contended(_)));
        assert!(matches!(cancelled(&["ThrottlingError", "None"]), Failure::Contended(_)));
    }
}

//! Bodies: limited, JSON, and without a field that nobody knows.

use crate::Problem;
use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
};
use serde::de::DeserializeOwned;

/// No body is larger than this: a plan of the largest size fits.
pub const BODY_BYTES_MAX: usize = 256 * 1024;

/// The bytes of a body.
pub(crate) struct Body(Bytes);

impl Body {
    /// Reads it; an empty one is an object without fields.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let bytes = if self.0.is_empty() { b"{}" } else { self.0.as_ref() };
        // Without names a list would be taken for an object, in the order of our own fields.
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            return Err(Problem::malformed("the body is no JSON object".to_owned()));
        }
        serde_json::from_slice(bytes).map_err(|why| Problem::malformed(format!("the body: {why}")))
    }
}

impl Body {
    /// As it was sent.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Body, Problem> {
        let refused = |why: BytesRejection| {
            if why.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
                Problem::too_large(format!("a body has at most {BODY_BYTES_MAX} bytes"))
            } else {
                Problem::malformed(why.body_text())
            }
        };
        Bytes::from_request(request, state).await.map(Body).map_err(refused)
    }
}

//! Names of rollouts in a path.

use crate::Problem;
use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use rollout::rollout::RolloutId;
use std::collections::BTreeMap;

/// Longer than the name of any plan with the number of any rollout.
const ID_MAX: usize = 100;

/// The rollout that a path names, if one can be named so.
pub(crate) struct Id(pub(crate) RolloutId);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Id, Problem> {
        let all: Result<Path<BTreeMap<String, String>>, _> = Path::from_request_parts(parts, state).await;
        let id = all.ok().and_then(|Path(mut all)| all.remove("id"));
        named(&id.unwrap_or_default()).map(Id)
    }
}

/// The rollout of this name, if one can have it.
pub(crate) fn named(id: &str) -> Result<RolloutId, Problem> {
    let plain = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-';
    if (1..=ID_MAX).contains(&id.len()) && id.chars().all(plain) {
        return Ok(RolloutId(id.to_owned()));
    }
    let detail = "no rollout can have that name: GET /v1/rollouts lists those that there are";
    Err(Problem::missing(detail.to_owned()))
}

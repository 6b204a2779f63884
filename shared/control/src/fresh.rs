//! What is asked of the source of metrics because a person wants to know, now. Nothing is decided on it or recorded.

use crate::ports::{Loaded, Look, Metrics, Store, Unavailable, World};
use rollout::{
    evidence::StopLine,
    gather::{Scope, questions},
    time::Timestamp,
};

/// What was measured of a rollout for whoever looks.
#[derive(Clone, Debug)]
pub struct Fresh {
    /// The figures of its guardrails and of the doors between here and the next stage.
    pub look: Look,
    /// The stop line, if it is pulled.
    pub stop: Option<StopLine>,
    /// The time of all that.
    pub now: Timestamp,
}

/// Asks for what every guardrail and every line of the next doors rests on.
///
/// # Errors
/// [`Unavailable`] when the store does not answer; a source that does not, says so in each figure.
pub async fn look<P: Store + Metrics + World>(ports: &P, loaded: &Loaded) -> Result<Fresh, Unavailable> {
    let stop = ports.work().await?.stop;
    let now = ports.now().max(loaded.head.updated);
    let asked = questions(&loaded.plan, &loaded.head, now, Scope::Doors);
    let answers =
        if asked.queries.is_empty() { vec![] } else { ports.ask(&loaded.plan, &asked.queries).await };
    let figures = asked.reduce(&answers, None).figures;
    Ok(Fresh { look: Look { at: now, version: loaded.head.version, figures }, stop, now })
}

//! What is asked of the source of metrics because a person wants to know, now. Nothing is decided on it or recorded.

use crate::{
    levels,
    ports::{Alarms, Loaded, Look, Metrics, Store, Unavailable, World},
};
use rollout::{
    evidence::{Answer, Query, StopLine},
    gather::{Past, Scope, history, questions},
    time::{Span, Timestamp},
};

/// What was measured of a rollout for whoever looks.
#[derive(Clone, Debug)]
pub struct Fresh {
    /// The figures of its guardrails and of the doors between here and the next stage, money and alarms.
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
pub async fn look<P: Store + Metrics + Alarms + World>(
    ports: &P,
    loaded: &Loaded,
) -> Result<Fresh, Unavailable> {
    let stop = ports.work().await?.stop;
    let now = ports.now().max(loaded.head.updated);
    let asked = questions(&loaded.plan, &loaded.head, now, Scope::Doors);
    let answers = ask(ports, loaded, &asked.queries).await;
    let alarms = levels::alarms(ports, asked.alarms().map(|(_, name)| name)).await;
    let levels = levels::read(ports, loaded, &asked, &alarms).await;
    let evidence = asked.with_levels(asked.reduce(&answers, None), levels);
    Ok(Fresh { look: Look::of(&evidence, now), stop, now })
}

/// Asks for what every guardrail rests on, and for the past of every metric over some time; of the member of a
/// dimension that has this name, where a metric can be asked for it.
///
/// # Errors
/// [`Unavailable`] when the store does not answer; a source that does not, says so in each figure.
pub async fn past<P: Store + Metrics + Alarms + World>(
    ports: &P,
    loaded: &Loaded,
    over: Span,
    member: Option<&str>,
) -> Result<(Fresh, Vec<Past>), Unavailable> {
    let stop = ports.work().await?.stop;
    let now = ports.now().max(loaded.head.updated);
    let asked = questions(&loaded.plan, &loaded.head, now, Scope::Guardrails);
    let history = history(&loaded.plan, &loaded.head, now, over, member);
    let queries: Vec<Query> = asked.queries.iter().chain(&history.queries).copied().collect();
    let answers = ask(ports, loaded, &queries).await;
    let (judged, shown) = answers.split_at(asked.queries.len().min(answers.len()));
    let alarms = levels::alarms(ports, asked.alarms().map(|(_, name)| name)).await;
    let levels = levels::read(ports, loaded, &asked, &alarms).await;
    let look = Look::of(&asked.with_levels(asked.reduce(judged, None), levels), now);
    Ok((Fresh { look, stop, now }, history.reduce(shown)))
}

async fn ask<P: Metrics>(ports: &P, loaded: &Loaded, queries: &[Query]) -> Vec<Answer> {
    if queries.is_empty() { vec![] } else { ports.ask(&loaded.plan, queries).await }
}

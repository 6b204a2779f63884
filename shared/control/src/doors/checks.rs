//! Checks: one door tries them and keeps what came of it; another takes that in. Whoever tries calls strangers, so it
//! never writes to a head.

use crate::{
    ports::{Loaded, Prober, Store, Tried, Unavailable, Wake, World},
    turn::{Cue, TurnError, Turned, turn_once},
};
use rollout::{
    decide::{Trigger, awaited_checks, due_checks},
    plan::Probe,
    rollout::{Checked, RolloutId},
    time::{Span, Timestamp},
};

/// Between a wake and the work of whoever was woken.
const WAKE_TAKES: Span = Span::seconds(30);
/// Within this what was tried is taken in, and a try that is over its time has ended.
const SOON: Span = Span::minutes(1);

/// Tries the checks that are due.
///
/// # Errors
/// [`Unavailable`] when not even the list of work can be read.
pub async fn probe<P: Store + Prober + World + Wake>(
    ports: &P,
) -> Result<Vec<(RolloutId, TurnError)>, Unavailable> {
    let mut failures = vec![];
    for id in ports.work().await?.active {
        if let Err(error) = probe_one(ports, &id).await {
            failures.push((id, error));
        }
    }
    Ok(failures)
}

/// Tries the due checks of one rollout, unless somebody is at it, and keeps what came of each.
///
/// # Errors
/// [`TurnError`].
pub async fn probe_one<P: Store + Prober + World + Wake>(ports: &P, id: &RolloutId) -> Result<(), TurnError> {
    let loaded = ports.load(id).await?;
    let due = |now| due_checks(&loaded.plan, &loaded.head, now);
    let now = ports.now();
    // Whoever is woken comes a little later than what was due.
    let checks =
        Some(due(now)).filter(|checks| !checks.is_empty()).unwrap_or_else(|| due(now.before(WAKE_TAKES)));
    if checks.is_empty() {
        return Ok(());
    }
    let known = ports.checked(id).await?;
    for check in checks {
        let (at, what) = (ports.now(), loaded.plan.check(check));
        if known.iter().any(|tried| tried.check == check && !has_ended(tried, &what.probe, at)) {
            continue;
        }
        ports.put_checked(id, &Tried { check, at, probed: None }).await?;
        let probed = Some(Prober::probe(ports, what).await);
        ports.put_checked(id, &Tried { check, at, probed }).await?;
        ports.evaluate(id);
    }
    Ok(())
}

/// Whether nothing is to be waited for any more: a try that goes on, or a result that nobody has taken in.
fn has_ended(tried: &Tried, probe: &Probe, now: Timestamp) -> bool {
    let takes = if tried.probed.is_none() { probe.within() } else { Span::ZERO };
    tried.at.after(takes).after(SOON) <= now
}

/// Takes in what came of the checks that a door waits for; the rollout goes on from there. What cannot be read or loses a
/// race is there at the next tick, too: nothing that protects waits for it.
pub(super) async fn take_in<P: Store + World>(
    ports: &P,
    loaded: &mut Loaded,
) -> Vec<Result<Turned, TurnError>> {
    let id = loaded.head.id.clone();
    if awaited_checks(&loaded.plan, &loaded.head, ports.now()).is_empty() {
        return vec![];
    }
    let mut taken = vec![];
    for Tried { check, at, probed } in ports.checked(&id).await.unwrap_or_default() {
        let Some(probed) = probed else { continue };
        let checked = Checked { passed: probed.passed, detail: probed.detail, at };
        let turned = turn_once(ports, loaded, &Trigger::Checked(check, checked), Cue::door("probe")).await;
        match &turned {
            Ok(Turned::Recorded(_, head)) => loaded.head = head.clone(),
            // It is known, or the head has moved: neither is news.
            Ok(Turned::Held(_) | Turned::Duplicate) => continue,
            Err(_) => {}
        }
        taken.push(turned);
    }
    taken
}

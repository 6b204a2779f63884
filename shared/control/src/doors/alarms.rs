//! Somebody tells that an alarm has changed: what watches it acts at once, and the targets are written at once.

use crate::{
    converge::Converged,
    doors::advance_one,
    ports::{Functions, Loaded, Store, Unavailable, Wake, World},
    turn::{Cue, TurnError, Turned, turn},
};
use rollout::{
    decide::Trigger,
    plan::When,
    rollout::{Phase, RolloutId},
    time::Timestamp,
};

/// News of an alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlarmNews {
    /// Its name, as plans have it.
    pub name: String,
    /// Which it is in all the world; nothing where it was not told.
    pub arn: String,
    /// What it does now.
    pub state: NewState,
    /// Since when.
    pub at: Timestamp,
}

/// What an alarm has changed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewState {
    /// It rings.
    Ringing,
    /// It is quiet.
    Quiet,
    /// It has too little data.
    Insufficient,
}

/// What came of news for one rollout.
#[derive(Debug)]
pub struct Alarmed {
    /// What was decided.
    pub turned: Turned,
    /// How far the targets are, where there was something to write.
    pub converged: Option<Converged>,
}

/// What came of news for each rollout that it concerns: one that fails stops no other.
pub type Heard = Vec<(RolloutId, Result<Alarmed, TurnError>)>;

/// Every active rollout whose plan names the alarm takes a turn on this news; where it leads down, the targets are written
/// before anything else is done. That an alarm is quiet again, or has no data, is for the clock to find.
///
/// # Errors
/// [`Unavailable`] when not even the list of work can be read.
pub async fn alarmed<P: Store + Functions + World + Wake>(
    ports: &P,
    news: &AlarmNews,
) -> Result<Heard, Unavailable> {
    let mut heard = vec![];
    match news.state {
        NewState::Ringing => {}
        NewState::Quiet | NewState::Insufficient => return Ok(heard),
    }
    // The halt comes here, before anything is read or recorded: it is written into the targets whose marks list the alarm,
    // found by their tag when the table is away.
    let active = ports.work().await?.active;
    let loaded = ports.load_all(&active).await;
    for (id, loaded) in active.into_iter().zip(loaded) {
        match loaded {
            Ok(loaded) if !is_named(&loaded, &news.name) => {}
            Ok(_) => heard.push((id.clone(), hear(ports, &id, news).await)),
            Err(error) => heard.push((id, Err(error.into()))),
        }
    }
    Ok(heard)
}

fn is_named(loaded: &Loaded, alarm: &str) -> bool {
    loaded.plan.rules().any(|(_, rule)| matches!(&rule.when, When::Alarm { name, .. } if name == alarm))
}

async fn hear<P: Store + Functions + World + Wake>(
    ports: &P,
    id: &RolloutId,
    news: &AlarmNews,
) -> Result<Alarmed, TurnError> {
    let trigger = Trigger::Alarmed(news.name.clone(), news.at);
    let turned = turn(ports, id, &trigger, Cue::door("rollback")).await?;
    let head = match &turned {
        Turned::Recorded(_, head) => head.clone(),
        // Told again, because the way down has not landed: then it goes on.
        Turned::Held(_) | Turned::Duplicate => ports.load(id).await?.head,
    };
    let falls = matches!(head.phase, Phase::Lowering { .. } | Phase::Closing { .. });
    let converged = if falls { Some(advance_one(ports, id).await?) } else { None };
    Ok(Alarmed { turned, converged })
}

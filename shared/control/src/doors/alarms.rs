//! Somebody tells that an alarm has changed: what watches it acts at once, and the targets are written at once.

use crate::{
    converge::Converged,
    doors::{
        advance_one,
        halts::{Halted, Halts, halt, halt_tagged},
    },
    ports::{Functions, Loaded, NotFound, Store, Tagged, Wake, World},
    turn::{Cue, TurnError, Turned, turn},
};
use rollout::{
    decide::{Decision, Trigger, decide},
    event::Event,
    rollout::{Phase, RolloutId},
    target::Halt,
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
    /// What it came to in the targets, before anything was recorded; nothing where nothing must go all the way back.
    pub halts: Halts,
    /// What was decided.
    pub turned: Turned,
    /// How far the targets are, where there was something to write.
    pub converged: Option<Converged>,
}

/// What came of news.
#[derive(Debug, Default)]
pub struct Heard {
    /// For each rollout that it concerns: one that fails stops no other.
    pub rollouts: Vec<(RolloutId, Result<Alarmed, TurnError>)>,
    /// What was done without the table, where it did not say all.
    pub away: Option<Away>,
}

/// The table did not say which rollouts the news is about, or did not take what was decided.
#[derive(Debug)]
pub struct Away {
    /// Why.
    pub why: String,
    /// What the news came to in the functions that were found by their tag.
    pub halts: Result<Halts, NotFound>,
}

impl Heard {
    /// Whether some target may say tomorrow what it says today, because nobody could write it: whoever brings the news tries
    /// again.
    pub fn is_open(&self) -> bool {
        let is_open = |halts: &Halts| halts.iter().any(|(_, halted)| matches!(halted, Halted::Open(_)));
        self.away.as_ref().is_some_and(|away| away.halts.as_ref().map_or(true, is_open))
    }
}

/// Every active rollout whose plan names the alarm takes a turn on this news; where it leads all the way back, that stands in
/// the targets before it is recorded. That an alarm is quiet again, or has no data, is for the clock to find.
///
/// With the table away the targets are found by their tag, and their marks say the rest. What is halted then is recorded by
/// whoever reads the target next.
pub async fn alarmed<P: Store + Functions + Tagged + World + Wake>(ports: &P, news: &AlarmNews) -> Heard {
    let mut heard = Heard::default();
    match news.state {
        NewState::Ringing => {}
        NewState::Quiet | NewState::Insufficient => return heard,
    }
    let mut away = None;
    let active = match ports.work().await {
        Ok(work) => work.active,
        Err(why) => {
            away = Some(why.to_string());
            vec![]
        }
    };
    let loaded = ports.load_all(&active).await;
    for (id, loaded) in active.into_iter().zip(loaded) {
        let told = match loaded {
            Ok(loaded) if !is_named(&loaded, &news.name) => continue,
            Ok(loaded) => hear(ports, &loaded, news).await,
            Err(error) => Err(error.into()),
        };
        if let Err(why @ (TurnError::Load(_) | TurnError::Unavailable(_))) = &told {
            away = Some(why.to_string());
        }
        heard.rollouts.push((id, told));
    }
    if let Some(why) = away {
        heard.away = Some(Away { why, halts: halt_tagged(ports, news).await });
    }
    heard
}

fn is_named(loaded: &Loaded, alarm: &str) -> bool {
    loaded.plan.rules().any(|(_, rule)| rule.when.alarm() == Some(alarm))
}

async fn hear<P: Store + Functions + World + Wake>(
    ports: &P,
    loaded: &Loaded,
    news: &AlarmNews,
) -> Result<Alarmed, TurnError> {
    let id = &loaded.head.id;
    let mut trigger = Trigger::Alarmed(news.name.clone(), news.at);
    let mut halts = vec![];
    // Where it leads elsewhere, or nowhere, the targets are written after it is recorded, as always.
    if goes_back(&decide(&loaded.plan, &loaded.head, &trigger, ports.now())) {
        for (target, set) in loaded.plan.targets() {
            let halted = halt(ports, &set.function, news).await;
            if let Halted::Written(halt @ Halt::Alarm { .. }) | Halted::Stood(halt @ Halt::Alarm { .. }) =
                &halted
            {
                // What stands in a target is a fact: whatever was decided meanwhile, it is followed.
                trigger = Trigger::Halted(target, halt.clone());
            }
            halts.push((set.function.clone(), halted));
        }
    }
    let turned = turn(ports, id, &trigger, Cue::door("rollback")).await?;
    let head = match &turned {
        Turned::Recorded(_, head) => head.clone(),
        // Told again, because the way down has not landed: then it goes on.
        Turned::Held(_) | Turned::Duplicate => ports.load(id).await?.head,
    };
    let falls = matches!(head.phase, Phase::Lowering { .. } | Phase::Closing { .. });
    let converged = if falls { Some(advance_one(ports, id).await?) } else { None };
    Ok(Alarmed { halts, turned, converged })
}

/// Whether it leads all the way back.
fn goes_back(decision: &Decision) -> bool {
    let Decision::Record(events) = decision else {
        return false;
    };
    events.iter().any(|event| matches!(event, Event::Lowering { to: None, .. }))
}

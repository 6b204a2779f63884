//! The emergency stop that a door pulls on an alarm: written into the targets before anything is recorded.

use super::AlarmNews;
use crate::{
    at_once::at_once,
    ports::{FunctionState, Functions, NotFound, ReadError, Tagged, World, WriteError, read_as_far},
};
use rollout::{
    target::{self, Halt, Halting, alias_in_mark, halt_alias},
    time::Timestamp,
};

/// Somebody else changes the function at the same time: so often it is read again at once.
const RACES_MAX: u32 = 5;

/// What an alarm came to in one function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halted {
    /// The way back is written, and this beside it.
    Written(Halt),
    /// It was halted before.
    Stood(Halt),
    /// No exposure that the alarm takes back is marked there.
    Unlisted,
    /// The alarm is about an earlier exposure: the evidence for this one was gathered at this time.
    Late(Timestamp),
    /// It has not landed, and why: try again.
    Open(String),
}

/// Each function that was looked at, and what the alarm came to in it.
pub type Halts = Vec<(String, Halted)>;

/// Halts a function, if its own mark says that the alarm takes back what it shows. The alias that callers use goes first,
/// where there is one: that is one call, and needs nothing to settle.
pub(super) async fn halt<P: Functions + World>(
    ports: &P,
    function: &str,
    alias: Option<&str>,
    news: &AlarmNews,
) -> Halted {
    for _ in 0..RACES_MAX {
        let (state, unread) = match look(ports, function, alias).await {
            Ok(looked) => looked,
            Err(why) => return Halted::Open(why.to_string()),
        };
        let now = ports.now();
        let halting = target::halt(&state, &news.name, news.at, now);
        let mut open = unread.map(|why| Halted::Open(why.to_string()));
        if let (Some(to), Some(alias)) = (halt_alias(&state, &halting), alias_in_mark(&state)) {
            match ports.point(function, &alias, &to).await {
                Ok(()) => {}
                Err(WriteError::Stale) => continue,
                Err(why) => open = Some(Halted::Open(format!("the alias {alias}: {why}"))),
            }
        }
        let (environment, revision) = match halting {
            Halting::Write { environment, revision } => (environment, revision),
            Halting::Stands(halt) => return open.unwrap_or(Halted::Stood(halt)),
            Halting::Unlisted => return Halted::Unlisted,
            Halting::Late(gathered) => return Halted::Late(gathered),
            Halting::Settling => return Halted::Open(WriteError::Busy.to_string()),
            Halting::Unreadable(why) => return Halted::Open(why),
        };
        match ports.write(function, &environment, &revision).await {
            Ok(()) => return open.unwrap_or(Halted::Written(Halt::of_alarm(&news.name, news.at, now))),
            // Somebody was faster, perhaps with less: what they wrote is read.
            Err(WriteError::Stale) => {}
            Err(why) => return Halted::Open(why.to_string()),
        }
    }
    Halted::Open(WriteError::Stale.to_string())
}

/// Without a plan the mark says which alias there is: then that is read, too. One that is gone or cannot be read, and why,
/// keeps nothing up in the function itself.
async fn look<P: Functions>(
    ports: &P,
    function: &str,
    alias: Option<&str>,
) -> Result<(FunctionState, Option<ReadError>), ReadError> {
    let (mut state, mut unread) = read_as_far(ports, function, alias).await?;
    if alias.is_none()
        && let Some(name) = alias_in_mark(&state)
    {
        match ports.read_alias(function, &name).await {
            Ok(alias) => state.alias = Some(Box::new(alias)),
            Err(why) => unread = Some(why),
        }
    }
    Ok((state, unread))
}

/// The same of every function that may be touched: the table cannot say which they are.
pub(super) async fn halt_tagged<P: Functions + Tagged + World>(
    ports: &P,
    news: &AlarmNews,
) -> Result<Halts, NotFound> {
    let tagged = ports.tagged().await?;
    let halted = at_once(tagged.iter().map(|function| halt(ports, function, None, news))).await;
    Ok(tagged.into_iter().zip(halted).collect())
}

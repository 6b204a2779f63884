//! What a door tells of itself: a line for each rollout that it looked at, and counts on which its alarms rest.

use control::{
    converge::Converged,
    turn::{TurnError, Turned},
};
use rollout::{event::Event, rollout::RolloutId, time::Timestamp};
use serde_json::json;
use std::{collections::BTreeMap, fmt, io::Write};

/// Of the metrics: whoever reads them asks for it.
const NAMESPACE: &str = "tidegate";

/// What is counted. The template has an alarm on each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Count {
    /// Evaluate has looked at all the work there is, woken by its clock.
    EvaluateTicks,
    /// Advance has.
    AdvanceTicks,
    /// A fact was decided that cannot follow.
    IllegalTransitions,
    /// A turn was given up, because others were faster again and again.
    Contended,
    /// A lowering is past its deadline and was not read back.
    RollbacksUnverified,
}

impl Count {
    /// As CloudWatch knows it.
    pub fn name(self) -> &'static str {
        match self {
            Count::EvaluateTicks => "EvaluateTicks",
            Count::AdvanceTicks => "AdvanceTicks",
            Count::IllegalTransitions => "IllegalTransitions",
            Count::Contended => "Contended",
            Count::RollbacksUnverified => "RollbacksUnverified",
        }
    }
}

/// What came of one invocation. What would fail again is told and is no failure; anything else has the door tried again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    counts: BTreeMap<Count, u64>,
    failed: Vec<String>,
}

impl Account {
    /// Once more.
    pub fn count(&mut self, what: Count) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// What came of a turn.
    pub fn turned(&mut self, id: &RolloutId, turned: &Result<Turned, TurnError>) {
        match turned {
            Ok(Turned::Recorded(events, head)) => {
                let unverified = events.iter().filter(|event| matches!(event, Event::Unverified { .. }));
                unverified.for_each(|_| self.count(Count::RollbacksUnverified));
                let events: Vec<&str> = events.iter().map(|event| event.name()).collect();
                tracing::info!(rollout = %id, version = head.version.0, hash = %head.hash, ?events, "recorded");
            }
            Ok(Turned::Held(hold)) => tracing::info!(rollout = %id, ?hold, "held"),
            Ok(Turned::Duplicate) => tracing::info!(rollout = %id, "taken in before"),
            Err(error) => self.erred(id, error),
        }
    }

    /// What came of a pass over targets.
    pub fn converged(&mut self, id: &RolloutId, converged: &Result<Converged, TurnError>) {
        match converged {
            Ok(converged) => tracing::info!(rollout = %id, ?converged, "converged"),
            Err(error) => self.erred(id, error),
        }
    }

    /// What went wrong with one rollout stops no other.
    pub fn erred(&mut self, id: &RolloutId, error: &TurnError) {
        match error {
            TurnError::Illegal(_) => {
                self.count(Count::IllegalTransitions);
                tracing::error!(rollout = %id, %error, "illegal");
                return;
            }
            TurnError::Contended => self.count(Count::Contended),
            TurnError::Load(_) | TurnError::Unavailable(_) => {}
        }
        self.fail(id, error);
    }

    /// The door is tried again.
    pub fn fail(&mut self, of: &impl fmt::Display, why: &impl fmt::Display) {
        tracing::warn!(%of, error = %why, "retryable");
        self.failed.push(format!("{of}: {why}"));
    }

    /// Tells the counts under the name of the stack; the error is what has the door tried again.
    ///
    /// # Errors
    /// What failed, in one line.
    pub fn close(self, stack: &str, now: Timestamp) -> Result<(), String> {
        if let Some(line) = self.line(stack, now) {
            // The line must stand by itself: what reads it looks for JSON and nothing else.
            drop(writeln!(std::io::stdout().lock(), "{line}"));
        }
        if self.failed.is_empty() { Ok(()) } else { Err(self.failed.join("; ")) }
    }

    /// An embedded metric: CloudWatch makes counts of a line of the log.
    fn line(&self, stack: &str, now: Timestamp) -> Option<String> {
        if self.counts.is_empty() {
            return None;
        }
        let metric = |count: &Count| json!({ "Name": count.name(), "Unit": "Count" });
        let metrics: Vec<_> = self.counts.keys().map(metric).collect();
        let directive = json!({ "Namespace": NAMESPACE, "Dimensions": [["Stack"]], "Metrics": metrics });
        let mut line = json!({
            "_aws": { "Timestamp": now.0, "CloudWatchMetrics": [directive] },
            "Stack": stack,
        });
        for (count, times) in &self.counts {
            line[count.name()] = json!(times);
        }
        Some(line.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use control::ports::Unavailable;

    fn id() -> RolloutId {
        RolloutId("cst-1".to_owned())
    }

    #[test]
    fn what_was_counted_is_one_line_that_cloudwatch_reads() {
        let mut account = Account::default();
        assert_eq!(account.line("tidegate", Timestamp(7)), None, "nothing need not be told");
        account.count(Count::EvaluateTicks);
        account.erred(&id(), &TurnError::Contended);
        account.erred(&id(), &TurnError::Contended);
        let line: serde_json::Value =
            serde_json::from_str(&account.line("tidegate", Timestamp(7)).unwrap()).unwrap();
        let sample: serde_json::Value =
            serde_json::from_str(include_str!("../../../events/embedded-metrics.json")).unwrap();
        assert_eq!(line, sample);
    }

    #[test]
    fn what_may_pass_later_has_the_door_tried_again_and_what_cannot_is_counted() {
        let mut account = Account::default();
        account.converged(&id(), &Ok(Converged::InEffect));
        assert_eq!(account.clone().close("s", Timestamp(0)), Ok(()));
        account.turned(&id(), &Err(Unavailable("away".to_owned()).into()));
        account.erred(&id(), &TurnError::Contended);
        let failed = "cst-1: the store is unavailable: away; cst-1: 8 races lost in a row".to_owned();
        assert_eq!(account.clone().close("s", Timestamp(0)), Err(failed));
        assert_eq!(account.counts, BTreeMap::from([(Count::Contended, 1)]));
    }

    #[test]
    fn a_bug_is_counted_and_not_tried_again() {
        let why = rollout::log::AppendError::Unwritable("so".to_owned());
        let mut account = Account::default();
        account.turned(&id(), &Err(TurnError::Illegal(why)));
        assert_eq!(account.counts, BTreeMap::from([(Count::IllegalTransitions, 1)]));
        assert_eq!(account.close("s", Timestamp(0)), Ok(()));
    }
}

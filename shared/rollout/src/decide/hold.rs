//! Why nothing changed, in words that an operator can act on.

use super::Miss;
use crate::{
    event::{Holder, Seen},
    evidence::{Gap, Verdict},
    plan::Consent,
    time::{Span, Timestamp},
    units::{BudgetId, RuleId, Version},
};

/// Why nothing changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hold {
    /// The rollout is over.
    Over,
    /// It is so already, or what was said was about something that has passed.
    AlreadySo,
    /// It is so already, by whom and what is left to do.
    AlreadySoBy(String),
    /// The command was about an entry that something has followed since.
    Late {
        /// What it named.
        named: Version,
        /// What it would have to name.
        current: Version,
    },
    /// The command cannot be done here, and why.
    Not(String),
    /// Whoever gave the command may not, and why.
    NoRight(String),
    /// They have just signaled the same, which counts once.
    SaidJustNow {
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// The evidence is about an exposure or a version that has passed.
    Stale,
    /// The targets are being read.
    Starting,
    /// Nothing rises anywhere.
    StopLine {
        /// Who pulled it.
        by: String,
    },
    /// The exposure is not in effect yet.
    Applying {
        /// Since when it is wanted.
        since: Timestamp,
        /// When it must be.
        deadline: Timestamp,
    },
    /// The bake goes on.
    Baking {
        /// How long so far.
        baked: Span,
        /// How long at least.
        min: Span,
        /// When that is, if nothing stands in the way.
        until: Timestamp,
        /// What is off, each with one who holds it so: the bake stands still.
        off: Vec<(String, Holder)>,
    },
    /// A cap holds something off: the bake stands still, and nothing is promoted, asked or completed.
    Capped {
        /// Which feature or cohort.
        name: String,
        /// Of which budget.
        budget: BudgetId,
        /// When its window ends.
        until: Timestamp,
    },
    /// A guardrail is true, or not known.
    Guardrail {
        /// Which.
        rule: RuleId,
        /// Which of the two.
        verdict: Verdict,
        /// What it is so because of.
        on: Vec<Seen>,
    },
    /// Not all that was spent today under a budget is known.
    Untold {
        /// Which budget.
        budget: BudgetId,
        /// Why.
        gap: Gap,
    },
    /// A target cannot be read or written: what it says is not known.
    Blocked {
        /// Which, and why.
        why: String,
        /// Since when.
        since: Timestamp,
    },
    /// Somebody must look first.
    Review {
        /// The entry that asked.
        entry: Version,
        /// Until when.
        due: Timestamp,
    },
    /// Lines of `leave` that do not hold.
    Leave(Vec<Miss>),
    /// Lines of the next stage's `enter` that do not hold.
    Enter(Vec<Miss>),
    /// Nothing is promoted, asked or completed on these days.
    Frozen {
        /// Until when.
        until: Timestamp,
    },
    /// The last stage is open: a person completes it.
    Open,
    /// Consent is missing.
    Consent {
        /// The entry that asked.
        entry: Version,
        /// Whose.
        missing: Vec<Consent>,
    },
    /// A person must resume.
    Paused {
        /// The entry that paused.
        entry: Version,
    },
    /// Given up: the locks are freed at this time.
    Abandoning {
        /// When.
        until: Timestamp,
    },
}

/// A step of the ladder: what protects comes before what promotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rung(pub u8);

impl Rung {
    /// What is looked at on it.
    pub fn name(self) -> &'static str {
        match self.0 {
            1 => "halt",
            2 => "stop line",
            3 => "guardrails",
            4 => "in effect",
            5 => "bake",
            6 => "guardrails quiet",
            7 => "leave",
            8 => "last stage",
            9 => "enter",
            10 => "consent",
            11 => "promote",
            _ => "not on the ladder",
        }
    }
}

impl Hold {
    /// Whether it waits for people only: that is never late.
    pub fn is_for_people(&self) -> bool {
        match self {
            Hold::Leave(misses) | Hold::Enter(misses) => misses.iter().all(Miss::is_for_people),
            Hold::Review { .. } | Hold::Open | Hold::Consent { .. } | Hold::Paused { .. } => true,
            Hold::Over
            | Hold::AlreadySo
            | Hold::AlreadySoBy(_)
            | Hold::Late { .. }
            | Hold::Not(_)
            | Hold::NoRight(_)
            | Hold::SaidJustNow { .. }
            | Hold::Stale
            | Hold::Starting
            | Hold::StopLine { .. }
            | Hold::Applying { .. }
            | Hold::Baking { .. }
            | Hold::Capped { .. }
            | Hold::Guardrail { .. }
            | Hold::Untold { .. }
            | Hold::Blocked { .. }
            | Hold::Frozen { .. }
            | Hold::Abandoning { .. } => false,
        }
    }

    /// The rung on which the rollout stands; none when this has nothing to do with the ladder.
    pub fn rung(&self) -> Option<Rung> {
        let rung = match self {
            Hold::StopLine { .. } => 2,
            Hold::Applying { .. } | Hold::Starting => 4,
            Hold::Baking { .. } | Hold::Capped { .. } => 5,
            Hold::Guardrail { .. } | Hold::Untold { .. } | Hold::Blocked { .. } | Hold::Review { .. } => 6,
            Hold::Leave(_) => 7,
            Hold::Open => 8,
            Hold::Enter(_) | Hold::Frozen { .. } => 9,
            Hold::Consent { .. } => 10,
            Hold::Over
            | Hold::AlreadySo
            | Hold::AlreadySoBy(_)
            | Hold::Late { .. }
            | Hold::Not(_)
            | Hold::NoRight(_)
            | Hold::SaidJustNow { .. }
            | Hold::Stale
            | Hold::Paused { .. }
            | Hold::Abandoning { .. } => return None,
        };
        Some(Rung(rung))
    }
}

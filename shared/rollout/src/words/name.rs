//! What things are called in one word.

use crate::{
    event::{Event, Level},
    plan::Severity,
    rollout::Phase,
};

impl Event {
    /// One word, for programs and for the first column of a log.
    pub fn name(&self) -> &'static str {
        match self {
            Event::Started { .. } => "started",
            Event::Captured { .. } => "captured",
            Event::Ready => "ready",
            Event::Refused { .. } => "refused",
            Event::Measured { .. } => "measured",
            Event::Asked { .. } => "asked",
            Event::AskWithdrawn { .. } => "ask-withdrawn",
            Event::Approved { .. } => "approved",
            Event::Rejected { .. } => "rejected",
            Event::Ticked { .. } => "ticked",
            Event::Reported { .. } => "reported",
            Event::Signaled { .. } => "signaled",
            Event::Checked { .. } => "checked",
            Event::Skipped { .. } => "skipped",
            Event::Requested { .. } => "requested",
            Event::RequestDropped { .. } => "request-dropped",
            Event::Promoted { .. } => "promoted",
            Event::Applied { .. } => "applied",
            Event::Released { .. } => "released",
            Event::CodeChanged { .. } => "code-changed",
            Event::Fired { .. } => "fired",
            Event::Cleared { .. } => "cleared",
            Event::Crossed { .. } => "crossed",
            Event::Deferred { .. } => "deferred",
            Event::DeferralEnded { .. } => "deferral-ended",
            Event::ReviewAsked { .. } => "review-asked",
            Event::Reviewed { .. } => "reviewed",
            Event::Notified { .. } => "notified",
            Event::Paused { .. } => "paused",
            Event::Resumed { .. } => "resumed",
            Event::Lowering { .. } => "lowering",
            Event::Written { .. } => "written",
            Event::Disabled { .. } => "disabled",
            Event::Enabled { .. } => "enabled",
            Event::Late { .. } => "late",
            Event::Stopped { .. } => "stopped",
            Event::StopLifted => "stop-lifted",
            Event::Halted { .. } => "halted",
            Event::Drifted { .. } => "drifted",
            Event::Blocked { .. } => "blocked",
            Event::Unverified { .. } => "unverified",
            Event::Acknowledged { .. } => "acknowledged",
            Event::BudgetClosed { .. } => "budget-closed",
            Event::Closing { .. } => "closing",
            Event::Ended { .. } => "ended",
            Event::Abandoning { .. } => "abandoning",
        }
    }
}

impl Severity {
    /// As written in a plan.
    pub fn name(self) -> &'static str {
        match self {
            Severity::P0 => "P0",
            Severity::P1 => "P1",
            Severity::P2 => "P2",
            Severity::P3 => "P3",
        }
    }
}

impl Level {
    /// As a verb.
    pub fn name(self) -> &'static str {
        match self {
            Level::Info => "tell",
            Level::Alert => "alert",
            Level::Page => "page",
            Level::Critical => "CRITICAL to",
        }
    }
}

impl Phase {
    /// One word, for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Phase::Starting => "starting",
            Phase::Waiting { .. } => "waiting",
            Phase::Advancing { .. } => "advancing",
            Phase::Baking { .. } => "baking",
            Phase::Paused { .. } => "paused",
            Phase::Lowering { .. } => "lowering",
            Phase::Closing { .. } => "closing",
            Phase::Abandoning { .. } => "abandoning",
            Phase::Over { outcome, .. } => outcome.name(),
        }
    }
}

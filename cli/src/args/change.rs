//! What can be typed to change something.

use super::{Despite, Which};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What changes something.
#[derive(Subcommand)]
pub(crate) enum Change {
    /// Start a rollout of a plan
    #[command(
        after_help = "Examples:\n  tidegate start plans/elite.yaml --note 'release 4.2' --as admin\n  \
        tidegate start plans/elite.yaml --despite-alarm prod-high-errors --note 'brings the fix for incident 12'"
    )]
    Start(StartArgs),
    /// Start again what was taken back, and say what is different now: the same plan, or a changed one
    #[command(
        after_help = "Examples:\n  tidegate retry elite-endpoints-1 --note 'the index is repaired'\n  \
        tidegate retry elite-endpoints-1 plans/elite.yaml --note 'smaller steps'"
    )]
    Retry(RetryArgs),
    /// Consent to what is asked
    #[command(after_help = "Example:\n  tidegate approve elite-endpoints-1 --as engineering-manager")]
    Approve(Answer),
    /// Refuse what is asked, for a reason; the rollout pauses
    #[command(after_help = "Example:\n  tidegate reject elite-endpoints-1 --note \"not on a Friday\"")]
    Reject(RejectArgs),
    /// Stop promotion until somebody resumes
    Pause(Noted),
    /// Let a paused rollout go on
    Resume(Answer),
    /// Go to the next stage, as soon as everything holds
    #[command(after_help = "Examples:\n  tidegate promote elite-endpoints-1\n  \
        tidegate promote elite-endpoints-1 --to phase-4 --force --as admin --note 'incident 12'")]
    Promote(PromoteArgs),
    /// End a rollout whose last stage is open
    Complete(Answer),
    /// Pass an optional stage over
    Skip(SkipArgs),
    /// Tick an item of a checklist off
    #[command(
        after_help = "Example:\n  tidegate tick elite-endpoints-1 'security scan' --as devops-engineer"
    )]
    Tick(TickArgs),
    /// Report a figure
    #[command(after_help = "Example:\n  tidegate report cst-pipeline-1 survey 4.3 --as olga")]
    Report(ReportArgs),
    /// Raise a signal
    #[command(after_help = "Example:\n  tidegate signal elite-endpoints-1 pii-exposure --note 'ticket 77'")]
    Signal(SignalArgs),
    /// Give a feature back
    Enable(FeatureAt),
    /// Switch a feature off
    Disable(Feature),
    /// Take a rollout back; never refused as late
    #[command(after_help = "Examples:\n  tidegate rollback elite-endpoints-1\n  \
        tidegate rollback elite-endpoints-1 --to previous\n  tidegate rollback elite-endpoints-1 --to 5%")]
    Rollback(RollbackArgs),
    /// Pull the stop line: nothing rises anywhere
    #[command(
        after_help = "Examples:\n  tidegate stop --note 'network incident'\n  tidegate stop --roll-back"
    )]
    Stop(StopArgs),
    /// Let the stop line go
    Go,
    /// Say that you know of a way back that could not be verified: nobody is called again for it, and it goes on
    Acknowledge(Noted),
    /// Give up a rollout whose targets cannot be reached
    Abandon(AbandonArgs),
    /// Close a budget of a rollout that is over: nothing more is held under it, or counted
    #[command(
        after_help = "What has completed goes on spending: until then its money counts from day to day, and its owner is told at\n\
        the warning and at the cap. What is held is still settled.\n\n\
        Example:\n  tidegate close-budget valine-ux-agent-1 llm_cost --note 'the agent is switched off'"
    )]
    CloseBudget(BudgetArgs),
}

#[derive(Args)]
pub(crate) struct StartArgs {
    /// The plan's file
    pub(crate) plan: PathBuf,
    #[command(flatten)]
    pub(crate) insisting: Insisting,
    #[command(flatten)]
    pub(crate) note: Note,
}

/// What stands against a start and shall not stop it; each needs a note, and is recorded.
#[derive(Args)]
pub(crate) struct Insisting {
    #[command(flatten)]
    pub(crate) despite: Despite,
    /// Whatever is not as it must be (`tidegate preflight` says what): start all the same
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Args)]
pub(crate) struct RetryArgs {
    /// What was taken back
    pub(crate) rollout: String,
    /// The changed plan's file; without it the plan is the same
    pub(crate) plan: Option<PathBuf>,
    /// What is different now
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: String,
    #[command(flatten)]
    pub(crate) insisting: Insisting,
}

/// A command that answers an entry.
#[derive(Args)]
pub(crate) struct At {
    /// The entry that you have seen; by default the status is read first, and the entry said
    #[arg(long, value_name = "VERSION")]
    pub(crate) at: Option<u64>,
}

#[derive(Args)]
pub(crate) struct Answer {
    #[command(flatten)]
    pub(crate) which: Which,
    #[command(flatten)]
    pub(crate) at: At,
    #[command(flatten)]
    pub(crate) note: Note,
}

#[derive(Args)]
pub(crate) struct RejectArgs {
    #[command(flatten)]
    pub(crate) which: Which,
    #[command(flatten)]
    pub(crate) at: At,
    /// Why; it is kept in the log
    #[arg(long)]
    pub(crate) note: String,
}

#[derive(Args)]
pub(crate) struct Noted {
    #[command(flatten)]
    pub(crate) which: Which,
    #[command(flatten)]
    pub(crate) note: Note,
}

#[derive(Args)]
pub(crate) struct PromoteArgs {
    #[command(flatten)]
    pub(crate) which: Which,
    /// To this stage
    #[arg(long, value_name = "STAGE")]
    pub(crate) to: Option<String>,
    /// Without waiting for bake, gates and consent; needs an admin, and is recorded
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) at: At,
    #[command(flatten)]
    pub(crate) note: Note,
}

#[derive(Args)]
pub(crate) struct SkipArgs {
    /// The rollout
    pub(crate) rollout: String,
    /// The stage
    pub(crate) stage: String,
    #[command(flatten)]
    pub(crate) at: At,
}

#[derive(Args)]
pub(crate) struct TickArgs {
    /// The rollout
    pub(crate) rollout: String,
    /// The item, or a part of it that no other has
    pub(crate) item: String,
    /// Of this stage
    #[arg(long)]
    pub(crate) stage: Option<String>,
    #[command(flatten)]
    pub(crate) note: Note,
}

#[derive(Args)]
pub(crate) struct ReportArgs {
    /// The rollout
    pub(crate) rollout: String,
    /// The figure
    pub(crate) name: String,
    /// Its value, in the unit in which the plan compares it
    #[arg(allow_hyphen_values = true)]
    pub(crate) value: String,
    /// How many samples it rests on, where the plan asks for a number of them
    #[arg(long, value_name = "COUNT")]
    pub(crate) samples: Option<u64>,
    #[command(flatten)]
    pub(crate) note: Note,
}

#[derive(Args)]
pub(crate) struct SignalArgs {
    /// The rollout
    pub(crate) rollout: String,
    /// The signal
    pub(crate) name: String,
    /// Who told it, for a machine that relays reports: each of them counts once
    #[arg(long, value_name = "NAME")]
    pub(crate) reporter: Option<String>,
    #[command(flatten)]
    pub(crate) note: Note,
}

#[derive(Args)]
pub(crate) struct FeatureAt {
    /// The rollout
    pub(crate) rollout: String,
    /// The feature
    pub(crate) feature: String,
    #[command(flatten)]
    pub(crate) at: At,
    #[command(flatten)]
    pub(crate) note: Note,
}

#[derive(Args)]
pub(crate) struct Feature {
    /// The rollout
    pub(crate) rollout: String,
    /// The feature
    pub(crate) feature: String,
    #[command(flatten)]
    pub(crate) note: Note,
}

#[derive(Args)]
pub(crate) struct RollbackArgs {
    #[command(flatten)]
    pub(crate) which: Which,
    /// A stage, a percentage such as 5%, or `previous`; without it nobody is exposed any more
    #[arg(long, value_name = "STAGE|PERCENT|previous")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) note: Note,
}

#[derive(Args)]
pub(crate) struct StopArgs {
    /// Take everything back, too
    #[arg(long)]
    pub(crate) roll_back: bool,
    #[command(flatten)]
    pub(crate) note: Note,
}

#[derive(Args)]
pub(crate) struct AbandonArgs {
    /// The rollout
    pub(crate) rollout: String,
    /// Why; it is kept in the log
    #[arg(long)]
    pub(crate) note: String,
}

#[derive(Args)]
pub(crate) struct BudgetArgs {
    /// The rollout
    pub(crate) rollout: String,
    /// The budget
    pub(crate) budget: String,
    #[command(flatten)]
    pub(crate) note: Note,
}

#[derive(Args)]
pub(crate) struct Note {
    /// What you want to say; it is kept in the log
    #[arg(long)]
    pub(crate) note: Option<String>,
}

//! What can be typed.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Progressive delivery for AWS Lambda: stage by stage, watched, and taken back by itself.
#[derive(Parser)]
#[command(name = "tidegate", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "Exit codes: 0 done, 1 something about the request, 2 something about tidegate.\n\
    `tidegate wait --help` has those of a pipeline.\n\n\
    Begin with:\n  tidegate local plans/elite.yaml --story bad-at-25")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) verb: Verb,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Whom to talk to, and as whom.
#[derive(Args)]
pub(crate) struct Common {
    /// How to print
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Where the API is
    #[arg(long, global = true, env = "TIDEGATE_ENDPOINT", default_value = "http://127.0.0.1:7070")]
    pub(crate) endpoint: String,
    /// The token that says who you are
    #[arg(long, global = true, env = "TIDEGATE_TOKEN", hide_env_values = true, conflicts_with = "as_name")]
    pub(crate) token: Option<String>,
    /// Who you are, looked up in the tokens of the local state directory
    #[arg(long = "as", global = true, value_name = "NAME")]
    pub(crate) as_name: Option<String>,
    /// The local state directory
    #[arg(long, global = true, value_name = "DIR", default_value = ".tidegate")]
    pub(crate) state: PathBuf,
}

/// How to print.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For programs: one JSON value
    Json,
    /// For programs: one JSON value a line
    Jsonl,
}

/// What to do.
#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Run a whole tidegate in this process: no AWS account, nothing to install
    #[command(
        after_help = "Examples:\n  tidegate local plans/elite.yaml --story bad-at-25 --auto-approve\n  \
        tidegate local my-plan.yaml --speed 60 --port 7071 --stay\n\n\
        Killed and started again with the same --state, it goes on where it was."
    )]
    Local(LocalArgs),
    /// Play a plan in virtual time, in milliseconds
    #[command(
        after_help = "Examples:\n  tidegate simulate plans/cst.yaml --story slow-leak --auto-approve\n  \
        tidegate simulate my-plan.yaml --metrics last-week.csv --format jsonl"
    )]
    Simulate(SimulateArgs),
    /// Check a plan: every problem with its place
    #[command(after_help = "Example:\n  tidegate check plans/elite.yaml")]
    Check(PlanArg),
    /// Show the calendar of a plan
    #[command(after_help = "Example:\n  tidegate timeline plans/cst.yaml")]
    Timeline(PlanArg),
    /// Start a rollout of a plan
    #[command(after_help = "Example:\n  tidegate start plans/elite.yaml --note 'release 4.2' --as admin")]
    Start(StartArgs),
    /// List all rollouts
    List,
    /// Show where a rollout is
    #[command(after_help = "Example:\n  tidegate status elite-endpoints-1 --watch")]
    Status(StatusArgs),
    /// Say why it is where it is, what it waits for, and who may act
    Explain(Which),
    /// Show what happened
    #[command(after_help = "Example:\n  tidegate log elite-endpoints-1 --after 40")]
    Log(LogArgs),
    /// Consent to what is asked
    #[command(after_help = "Example:\n  tidegate approve elite-endpoints-1 --as engineering-manager")]
    Approve(Answer),
    /// Refuse what is asked; the rollout pauses
    Reject(Answer),
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
    /// Give up a rollout whose targets cannot be reached
    Abandon(AbandonArgs),
    /// Wait for an outcome, for a pipeline
    #[command(
        after_help = "Exit codes:\n  0  what was waited for has come\n  1  something about the request\n  \
        2  something about tidegate\n  3  it was rolled back, refused or abandoned\n  4  in time it was still \
        going on\n  5  in time it was paused\n  6  in time it waited for people\n\n\
        Example:\n  tidegate wait elite-endpoints-1 --for completed --timeout 2h"
    )]
    Wait(WaitArgs),
    /// Print the completions of a shell
    #[command(after_help = "Example:\n  tidegate completions bash > /etc/bash_completion.d/tidegate")]
    Completions {
        /// Which
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
}

#[derive(Args)]
pub(crate) struct PlanArg {
    /// The plan's file
    pub(crate) plan: PathBuf,
}

#[derive(Args)]
pub(crate) struct LocalArgs {
    /// The plan's file
    pub(crate) plan: PathBuf,
    /// How many times faster than real time: 3600 is an hour a second
    #[arg(long, default_value_t = 3600, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) speed: u32,
    /// What happens: the name of a built-in story, or a file
    #[arg(long, default_value = "healthy")]
    pub(crate) story: String,
    /// The port of the API on this machine; 0 is any that is free
    #[arg(long, default_value_t = 7070)]
    pub(crate) port: u16,
    /// Tick, approve and complete as the persons of the plan
    #[arg(long)]
    pub(crate) auto_approve: bool,
    /// Plain lines, also where stdout is a terminal
    #[arg(long)]
    pub(crate) plain: bool,
    /// Go on serving the API when the rollout is over
    #[arg(long)]
    pub(crate) stay: bool,
}

#[derive(Args)]
pub(crate) struct SimulateArgs {
    /// The plan's file
    pub(crate) plan: PathBuf,
    /// What happens: the name of a built-in story, or a file
    #[arg(long, default_value = "healthy")]
    pub(crate) story: String,
    /// Recorded figures: a CSV of at,metric,arm,dimension,value,samples
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics: Option<PathBuf>,
    /// Tick, approve and complete as the persons of the plan
    #[arg(long)]
    pub(crate) auto_approve: bool,
    /// Of the noise in the lab's figures
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

#[derive(Args)]
pub(crate) struct StartArgs {
    /// The plan's file
    pub(crate) plan: PathBuf,
    #[command(flatten)]
    pub(crate) note: Note,
}

#[derive(Args)]
pub(crate) struct Which {
    /// The rollout; the only active one when not said
    pub(crate) rollout: Option<String>,
}

#[derive(Args)]
pub(crate) struct Note {
    /// What you want to say; it is kept in the log
    #[arg(long)]
    pub(crate) note: Option<String>,
}

/// A command that answers an entry.
#[derive(Args)]
pub(crate) struct At {
    /// The entry that you have seen; by default the status is read first, and the entry said
    #[arg(long, value_name = "VERSION")]
    pub(crate) at: Option<u64>,
}

#[derive(Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Show it again whenever it has changed
    #[arg(long)]
    pub(crate) watch: bool,
}

#[derive(Args)]
pub(crate) struct LogArgs {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Only what follows this entry
    #[arg(long, value_name = "VERSION", default_value_t = 0)]
    pub(crate) after: u64,
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
    #[command(flatten)]
    pub(crate) note: Note,
}

#[derive(Args)]
pub(crate) struct SignalArgs {
    /// The rollout
    pub(crate) rollout: String,
    /// The signal
    pub(crate) name: String,
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
pub(crate) struct WaitArgs {
    #[command(flatten)]
    pub(crate) which: Which,
    /// What to wait for: completed, rolled-back, over, or the name of a stage that it has reached
    #[arg(long = "for", value_name = "WHAT", default_value = "completed")]
    pub(crate) goal: String,
    /// At most so long, in real time: 30s, 5m, 2h, 1d
    #[arg(long, value_parser = span, default_value = "1h")]
    pub(crate) timeout: rollout::time::Span,
}

fn span(text: &str) -> Result<rollout::time::Span, String> {
    text.parse().map_err(|why: rollout::time::NotASpan| why.to_string())
}

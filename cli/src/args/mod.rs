//! What can be typed.

mod asks;
mod change;
mod diff;
mod drill;
mod init;

pub(crate) use asks::{HealthArgs, ValidateArgs};
pub(crate) use change::{Answer, At, Change, Insisting, Note, Noted, PromoteArgs, ReportArgs, RetryArgs};
pub(crate) use diff::DiffArgs;
pub(crate) use drill::DrillArgs;
pub(crate) use init::InitArgs;

use crate::local::{PORT, STATE};
use clap::{Args, Command, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Progressive delivery for AWS Lambda: stage by stage, watched, and taken back by itself.
#[derive(Parser)]
#[command(name = "tidegate", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "Exit codes: 0 done, 1 something about the request, 2 something about tidegate.\n\
    `wait`, `validate`, `health`, `diff`, `preflight`, `drill` and `doctor` have more: see their help.\n\n\
    Begin with:\n  tidegate local plans/elite.yaml --story bad-at-25\n\n\
    A deployed one, as whoever `aws sts get-caller-identity` says, or with a token:\n  \
    tidegate list --endpoint https://abc123.execute-api.eu-west-1.amazonaws.com\n  \
    TIDEGATE_TOKEN=... tidegate list --endpoint https://rollouts.example.com")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) verb: Verb,
    #[command(flatten)]
    pub(crate) common: Common,
}

const RUN_HELP: &str = "It sets variables of real functions and looks at real metrics, as whoever `aws sts \
    get-caller-identity` says: they need lambda:GetFunctionConfiguration, lambda:UpdateFunctionConfiguration, \
    cloudwatch:GetMetricData and cloudwatch:DescribeAlarms, and lambda:InvokeFunction for a check that is a function. \
    While it does not run nobody watches; killed and started again with the same --state, it goes on where it was. \
    Pages and alerts are shown, and sent to nobody. A plan with budgets is refused: nothing here counts money.\n\n\
    Examples:\n  tidegate run plans/search.yaml --state .search\n  \
    AWS_PROFILE=prod tidegate run plans/search.yaml --region eu-west-1 --state .search\n  \
    AWS_ENDPOINT_URL=http://127.0.0.1:4566 tidegate run plans/search.yaml --plain\n\n\
    In another terminal:\n  tidegate explain --state .search";

const SIGNOFF_HELP: &str = "One row for each consent that the plan asks for. Below it: on which figures they were \
    asked, what was refused, withdrawn, skipped or passed over by force, and the checklists. It is folded from the log \
    each time.\n\n\
    Examples:\n  tidegate signoff valine-ux-agent-1\n  tidegate signoff valine-ux-agent-1 --markdown > signoff.md\n  \
    tidegate signoff --format json";

const DOCTOR_HELP: &str = "It asks the AWS account at hand and changes nothing: whether each door can be called, the \
    clocks come, alarms reach the door that rolls back, nothing is lost, somebody hears of pages, and the functions of \
    all rollouts that are not over, and of the plans that are named, are tagged. What may not be looked at is not \
    known, and says which permission is missing.\n\n\
    Exit codes:\n  0  all is well\n  1  something is not: what to do stands beside it\n  \
    2  nobody answers\n  4  nothing is known to be wrong, but something is not known\n\n\
    Examples:\n  tidegate doctor --stack tidegate --region eu-west-1\n  tidegate doctor plans/search.yaml";

/// What asks no API, and all that it has a use for of what is common: nothing else of that is in its help.
const ALONE: [(&str, &[&str]); 9] = [
    ("simulate", &["format"]),
    ("init", &["format"]),
    ("check", &["format"]),
    ("schema", &[]),
    ("timeline", &["format"]),
    ("completions", &[]),
    ("local", &["state"]),
    ("run", &["region", "state"]),
    ("doctor", &["format", "region"]),
];
/// What is common to all.
const COMMON: [&str; 7] = ["format", "endpoint", "token", "as_name", "sign", "region", "state"];

impl Cli {
    /// The command line, each command's help with what means something to it.
    pub(crate) fn told() -> Command {
        let mut told = <Cli as clap::CommandFactory>::command();
        // Only then the commands have what is common to all.
        told.build();
        for (name, useful) in ALONE {
            told = told.mut_subcommand(name, |command| {
                command.mut_args(|arg| {
                    let id = arg.get_id().as_str();
                    if COMMON.contains(&id) && !useful.contains(&id) { arg.hide(true) } else { arg }
                })
            });
        }
        told
    }
}

/// Whom to talk to, and as whom.
#[derive(Args)]
#[command(next_help_heading = "Common options")]
pub(crate) struct Common {
    /// How to print
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Where the API is; where that of the local state directory answers, when not said
    #[arg(long, global = true, value_name = "URL", env = "TIDEGATE_ENDPOINT")]
    pub(crate) endpoint: Option<String>,
    /// The token that says who you are
    #[arg(long, global = true, env = "TIDEGATE_TOKEN", hide_env_values = true, conflicts_with = "as_name")]
    pub(crate) token: Option<String>,
    /// Who you are, looked up in the tokens of the local state directory
    #[arg(long = "as", global = true, value_name = "NAME")]
    pub(crate) as_name: Option<String>,
    /// Sign requests with the AWS account at hand (a profile, single sign-on, the environment), also where a token is
    /// set; without a token that is done anyway, unless the API is on this machine
    #[arg(long, global = true, conflicts_with = "as_name")]
    pub(crate) sign: bool,
    /// The AWS region; that of the API's host name or of the account when not said
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) region: Option<String>,
    /// The local state directory
    #[arg(long, global = true, value_name = "DIR", default_value = STATE)]
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
        tidegate local my-plan.yaml --speed 60 --port 7071 --stay\n  \
        tidegate local plans/elite.yaml --story by-hand --stay\n\n\
        Killed and started again with the same --state, it goes on where it was."
    )]
    Local(LocalArgs),
    /// Roll out on functions of the AWS account at hand, from this process
    #[command(after_help = RUN_HELP)]
    Run(RunArgs),
    /// Play a plan in virtual time, in milliseconds
    #[command(
        after_help = "Examples:\n  tidegate simulate plans/cst.yaml --story slow-leak --auto-approve\n  \
        tidegate simulate my-plan.yaml --metrics last-week.csv --format jsonl"
    )]
    Simulate(SimulateArgs),
    /// Write a first plan, with its reasons beside it
    #[command(after_help = init::HELP)]
    Init(InitArgs),
    /// Check a plan: every problem with its place
    #[command(after_help = "Example:\n  tidegate check plans/elite.yaml plans/cst.yaml")]
    Check(PlansArg),
    /// Print the JSON Schema of the plan language, for editors
    #[command(after_help = "Example:\n  tidegate schema > plan.schema.json\n\n\
        In a plan, for editors that use the YAML language server:\n  \
        # yaml-language-server: $schema=plan.schema.json")]
    Schema,
    /// Show the calendar of a plan
    #[command(after_help = "Example:\n  tidegate timeline plans/cst.yaml")]
    Timeline(PlanArg),
    /// List all rollouts
    List,
    /// Show where a rollout is
    #[command(after_help = "Example:\n  tidegate status elite-endpoints-1 --watch")]
    Status(StatusArgs),
    /// Say why it is where it is, what it waits for, and who may act
    Explain(Which),
    /// Show what happened
    #[command(after_help = "Examples:\n  tidegate log elite-endpoints-1 --after 40\n  \
        tidegate log elite-endpoints-1 --verify\n  \
        tidegate log elite-endpoints-1 --export > elite-1.jsonl\n  tidegate log --verify --file elite-1.jsonl")]
    Log(LogArgs),
    /// List every rollback there ever was
    Incidents,
    /// Show a rollback: what set it off, on which evidence, how long it took, what is still open
    #[command(after_help = "Example:\n  tidegate incident cst-pipeline-3-i41")]
    Incident(IncidentArg),
    /// Show the sign-off table: who consented to what, when and on which figures, and what came otherwise
    #[command(after_help = SIGNOFF_HELP)]
    Signoff(SignoffArgs),
    /// Wait for an outcome, for a pipeline
    #[command(
        after_help = "Exit codes:\n  0  what was waited for has come\n  1  something about the request\n  \
        2  something about tidegate, or nobody answers: local mode ends with its rollout,\n     unless it was \
        started with --stay\n  3  it was rolled back, refused or abandoned\n  4  in time it was still \
        going on\n  5  in time it was paused\n  6  in time it waited for people\n\n\
        Example:\n  tidegate wait elite-endpoints-1 --for completed --timeout 2h"
    )]
    Wait(WaitArgs),
    /// Compare what two versions answered, pair by pair
    #[command(after_help = diff::HELP)]
    Diff(DiffArgs),
    /// Check everything that must hold before the next stage, now and at once
    #[command(after_help = asks::VALIDATE_HELP)]
    Validate(ValidateArgs),
    /// Show how every metric does over a time, and how near the guardrails are
    #[command(after_help = asks::HEALTH_HELP)]
    Health(HealthArgs),
    /// Show what was spent today, what is held, and where it goes
    #[command(
        after_help = "Examples:\n  tidegate budget\n  tidegate budget valine-ux-agent-1 --format json\n\n\
        What a stage cost is known to the hour; a request is a record of cost."
    )]
    Budget(Which),
    /// Look at everything that must be so before a rollout of a plan begins; nothing is started
    #[command(
        after_help = "The targets are read by the door that may, and nothing is written: each is there, tagged, as it was \
        left, and has room for every stage. Alarms are there and quiet, metrics have values, nobody else holds a target. \
        Every start looks at the same, and is refused where something is wrong.\n\n\
        Exit codes:\n  0  all is well\n  1  something is not: what to do stands beside it\n  2  nobody answers\n  \
        4  nothing is known to be wrong, but something is not known\n\n\
        Examples:\n  tidegate preflight plans/elite.yaml\n  tidegate preflight plans/elite.yaml --as admin   # of local mode"
    )]
    Preflight(PreflightArgs),
    /// Rehearse the rollback of a plan with nobody exposed, and hold it against what the plan promises
    #[command(after_help = drill::HELP)]
    Drill(DrillArgs),
    #[command(flatten)]
    Change(Change),
    /// Look whether a deployed stack is well: each thing that must be so, and what to do where it is not
    #[command(after_help = DOCTOR_HELP)]
    Doctor(DoctorArgs),
    /// Print the completions of a shell
    #[command(after_help = "Example:\n  tidegate completions bash > /etc/bash_completion.d/tidegate")]
    Completions {
        /// Which
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
}

#[derive(Args)]
pub(crate) struct IncidentArg {
    /// Its name, as `tidegate incidents` lists it
    pub(crate) incident: String,
}

#[derive(Args)]
pub(crate) struct SignoffArgs {
    #[command(flatten)]
    pub(crate) which: Which,
    /// As Markdown, to be pasted into a document
    #[arg(long, conflicts_with = "format")]
    pub(crate) markdown: bool,
}

#[derive(Args)]
pub(crate) struct PlanArg {
    /// The plan's file
    pub(crate) plan: PathBuf,
}

#[derive(Args)]
pub(crate) struct PlansArg {
    /// The plans' files
    #[arg(required = true)]
    pub(crate) plans: Vec<PathBuf>,
}

#[derive(Args)]
pub(crate) struct LocalArgs {
    /// The plan's file
    pub(crate) plan: PathBuf,
    /// How many times faster than real time: 3600 is an hour a second
    #[arg(long, default_value_t = 3600, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) speed: u32,
    /// What happens: the name of a built-in story, or a file; with `by-hand` all that people do is left to you
    #[arg(long, default_value = "healthy")]
    pub(crate) story: String,
    /// The port of the API on this machine; 0 is any that is free
    #[arg(long, default_value_t = PORT)]
    pub(crate) port: u16,
    /// Tick, approve, answer and complete as the persons of the plan, besides what the story's people do: most built-in
    /// stories have such people, `by-hand`, `no-approval` and stories of your own may have none
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
pub(crate) struct RunArgs {
    /// The plan's file
    pub(crate) plan: PathBuf,
    /// The port of the API on this machine; 0 is any that is free
    #[arg(long, default_value_t = PORT)]
    pub(crate) port: u16,
    /// Plain lines, also where stdout is a terminal
    #[arg(long)]
    pub(crate) plain: bool,
}

#[derive(Args)]
pub(crate) struct DoctorArgs {
    /// The name of the stack
    #[arg(long, default_value = "tidegate")]
    pub(crate) stack: String,
    /// Plans that are to be started: whether the doors may change and call their functions
    pub(crate) plans: Vec<PathBuf>,
}

#[derive(Args)]
pub(crate) struct PreflightArgs {
    /// The plan's file
    pub(crate) plan: PathBuf,
    #[command(flatten)]
    pub(crate) despite: Despite,
}

/// What may ring.
#[derive(Args)]
pub(crate) struct Despite {
    /// Start while this alarm rings, because the rollout brings what mends it: until it has been quiet once, it holds
    /// nothing and takes nothing back
    #[arg(long = "despite-alarm", value_name = "NAME")]
    pub(crate) alarms: Vec<String>,
}

#[derive(Args)]
pub(crate) struct SimulateArgs {
    /// The plan's file
    pub(crate) plan: PathBuf,
    /// What happens: the name of a built-in story, or a file; with `by-hand` all that people do is left to you
    #[arg(long, default_value = "healthy")]
    pub(crate) story: String,
    /// Recorded figures: a CSV of at,metric,arm,dimension,value,samples
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics: Option<PathBuf>,
    /// Tick, approve, answer and complete as the persons of the plan, besides what the story's people do: most built-in
    /// stories have such people, `by-hand`, `no-approval` and stories of your own may have none
    #[arg(long)]
    pub(crate) auto_approve: bool,
    /// Of the noise in the lab's figures
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

#[derive(Args)]
pub(crate) struct Which {
    /// The rollout; the only active one when not said
    pub(crate) rollout: Option<String>,
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
    /// Prove that no entry was changed, taken out or put in, and that the rollout stands where they say
    #[arg(long, conflicts_with_all = ["after", "export"])]
    pub(crate) verify: bool,
    /// The entries as they were written, one JSON object a line
    #[arg(long, conflicts_with = "after")]
    pub(crate) export: bool,
    /// Prove what was exported to this file, without asking anybody
    #[arg(long, requires = "verify")]
    pub(crate) file: Option<PathBuf>,
    /// A hash that was noted elsewhere: an entry must have it
    #[arg(long, requires = "verify", value_name = "HASH")]
    pub(crate) anchor: Option<String>,
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

//! `tidegate`: the command line, and a whole tidegate in one process.

// The doors are futures inside of futures.
#![recursion_limit = "256"]

mod account;
mod act;
mod args;
mod audit;
mod budget;
mod client;
mod code;
mod diff;
mod doctor;
mod drill;
mod fail;
mod findings;
mod health;
mod incident;
mod init;
mod local;
mod out;
mod plan;
mod read;
mod render;
mod signoff;
mod simulate;
mod spark;
mod tokens;
mod validate;
mod wait;

use args::{Cli, Format, Verb};
use clap::{CommandFactory, FromArgMatches, error::ErrorKind};
use client::Client;
use fail::Fail;
use std::process::ExitCode;

/// A simulation takes and gives back memory a million times a second.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let parsed = Cli::told().try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    match run(cli) {
        Ok(code) => code,
        Err(fail) => {
            out::complain(&fail.to_string());
            ExitCode::from(fail.code())
        }
    }
}

/// Help is what was asked for; anything else is a mistake of whoever typed it.
fn usage(error: &clap::Error) -> ExitCode {
    // Nobody is told when the terminal is gone.
    let _ = error.print();
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if asked { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

fn run(cli: Cli) -> Result<ExitCode, Fail> {
    let Cli { verb, common } = cli;
    let format = common.format;
    let done = |()| ExitCode::SUCCESS;
    let client = || Client::new(&common);
    match verb {
        Verb::Local(args) => local::run(&args, &common),
        Verb::Run(args) => local::run_on_account(&args, &common),
        Verb::Doctor(args) => doctor::run(&common, format, &args),
        Verb::Simulate(args) => simulate::run(&args, format).map(done),
        Verb::Init(args) => init::run(&args, format).map(done),
        Verb::Check(args) => plan::check(&args.plans, format),
        Verb::Schema => {
            out::show(Format::Json, &rollout::plan::schema(), |_| String::new());
            Ok(ExitCode::SUCCESS)
        }
        Verb::Timeline(args) => plan::timeline(&args.plan, format).map(done),
        Verb::Completions { shell } => {
            let mut script = vec![];
            clap_complete::generate(shell, &mut Cli::command(), "tidegate", &mut script);
            out::say(&String::from_utf8_lossy(&script));
            Ok(ExitCode::SUCCESS)
        }
        Verb::List => read::list(&client()?, format).map(done),
        Verb::Status(args) => read::status(&client()?, format, &args).map(done),
        Verb::Explain(which) => read::explain(&client()?, format, &which).map(done),
        Verb::Log(args) => audit::log(client, format, &args).map(done),
        Verb::Incidents => incident::list(&client()?, format).map(done),
        Verb::Incident(arg) => incident::show(&client()?, format, &arg.incident).map(done),
        Verb::Signoff(args) => signoff::show(&client()?, format, &args).map(done),
        Verb::Wait(args) => wait::wait(&client()?, format, &args),
        Verb::Diff(args) => diff::run(&args, &common),
        Verb::Validate(args) => validate::run(&client()?, format, &args),
        Verb::Health(args) => health::run(&client()?, format, &args),
        Verb::Budget(which) => budget::run(&client()?, format, &which).map(done),
        Verb::Preflight(args) => act::preflight(&client()?, format, &args),
        Verb::Drill(args) => drill::run(&common, format, &args),
        Verb::Change(change) => act::run(&client()?, format, change).map(done),
    }
}

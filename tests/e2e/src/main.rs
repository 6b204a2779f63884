//! Every way in and out of a deployed stack, tried at once, each flow on a function of its own.
//!
//! Nothing is faked but the traffic: the doors run as Lambda functions under their own roles, woken by the schedules,
//! alarms and topics of the template. Set up by `tests/e2e/run`, which says where everything is.

#![expect(clippy::print_stdout, reason = "it says what it tries and what came of it")]

mod cloud;
mod flows;
mod people;
mod stage;
mod traffic;

use stage::Stage;
use std::{process::ExitCode, sync::Arc, thread, time::Instant};

/// Why a flow failed, for people.
type Tried<T = ()> = Result<T, String>;

fn main() -> ExitCode {
    let stage = match Stage::set() {
        Ok(stage) => Arc::new(stage),
        Err(why) => {
            println!("the stage cannot be set: {why}");
            return ExitCode::from(2);
        }
    };
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| name.contains(word.as_str()));
    let traffic = traffic::begin(Arc::clone(&stage));
    let begun = Instant::now();
    let running: Vec<_> = flows::ALL
        .iter()
        .filter(|(name, _)| is_wanted(name))
        .map(|(name, flow)| {
            let stage = Arc::clone(&stage);
            (*name, thread::spawn(move || (flow(&stage), begun.elapsed())))
        })
        .collect();
    let mut failed = 0;
    for (name, running) in running {
        let (tried, took) =
            running.join().unwrap_or_else(|_| (Err("it panicked".to_owned()), begun.elapsed()));
        match tried {
            Ok(()) => println!("{:>5.0} s  ok      {name}", took.as_secs_f64()),
            Err(why) => {
                failed += 1;
                println!("{:>5.0} s  FAILED  {name}: {why}", took.as_secs_f64());
            }
        }
    }
    traffic.end();
    println!("{failed} failed, in {:.0} s", begun.elapsed().as_secs_f64());
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

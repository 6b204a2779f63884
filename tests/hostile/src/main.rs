//! `hostile FROM COUNT [FAILURES]`: runs so many worlds, prints how fast, and what was seen in them.

#![expect(clippy::print_stdout, reason = "it prints what it found")]

use hostile::sights::Sights;
use mimalloc::MiMalloc;
use std::{panic::catch_unwind, process::ExitCode, time::Instant};

/// After so many failures nobody reads on.
const FAILURES_MAX: u64 = 10;

/// Many small things live for a moment only.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).filter_map(|text| text.parse::<u64>().ok());
    let (from, count) = (arguments.next().unwrap_or(0), arguments.next().unwrap_or(1000));
    let failures = arguments.next().unwrap_or(FAILURES_MAX);
    let begun = Instant::now();
    let mut sights = Sights::default();
    let mut failed = vec![];
    for seed in from..from + count {
        match catch_unwind(|| hostile::run(seed)) {
            Ok(seen) => sights.add(&seen),
            Err(_) => failed.push(seed),
        }
        if failed.len() as u64 >= failures {
            break;
        }
    }
    if !failed.is_empty() {
        println!("failed: {failed:?}");
        return ExitCode::FAILURE;
    }
    let seconds = begun.elapsed().as_secs_f64();
    for (words, times) in sights.iter() {
        println!("{times:>9}  {words}");
    }
    println!("{count} worlds in {seconds:.1} s: {:.0} worlds a second", count as f64 / seconds);
    match sights.missing().as_slice() {
        [] => ExitCode::SUCCESS,
        missing => {
            println!("never seen: {missing:?}");
            ExitCode::FAILURE
        }
    }
}

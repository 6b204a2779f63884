//! `cargo run --release -p bench`: every figure that the project promises, measured on this machine.

#![expect(clippy::print_stdout, reason = "printing figures is what this program is for")]

mod assigning;
mod consents;
mod decisions;
mod doors;
mod loading;
mod processes;
mod reserving;
mod simulations;
mod tick;

use std::process::ExitCode;

/// What goes wrong in a measurement is told as text: nobody handles it.
type Measured = Result<(), Box<dyn std::error::Error>>;

/// A measurement and its name.
type Measurement = (&'static str, fn() -> Measured);

/// The one that the command line is shipped with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let measurements: [Measurement; 10] = [
        ("assign", assigning::measure),
        ("decide", decisions::measure),
        ("load", loading::measure),
        ("simulate", simulations::measure),
        ("processes", processes::measure),
        ("reserve", reserving::measure),
        ("consent", consents::measure),
        ("doors", doors::measure),
        ("tick", tick::measure),
        ("drills", tick::drill::measure),
    ];
    let wanted = std::env::args().nth(1);
    for (name, measure) in measurements {
        if wanted.as_deref().is_some_and(|wanted| wanted != name) {
            continue;
        }
        if let Err(why) = measure() {
            println!("{name}: {why}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// The middle one of several measurements.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

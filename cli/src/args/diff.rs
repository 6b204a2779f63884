//! What can be typed to compare outputs.

use clap::Args;
use rollout::units::{Decimal, Share};
use std::path::PathBuf;

/// Below the options.
pub(super) const HELP: &str = "A file has the columns id,value; both have the same ids. A difference is \
    |canary - stable|, in the\nunit of the values; a pair differs when that is more than the tolerance.\n\n\
    Exit codes:\n  0  pass: no compared pair differs, or not more than --allow\n  \
    1  something about the request: a bad row, an id without a partner\n  \
    2  something about tidegate\n  7  fail: more pairs differ than may\n\n\
    Examples:\n  tidegate diff --stable a.csv --canary b.csv --tolerance 0.005\n  \
    tidegate diff --stable a.csv --canary b.csv --tolerance 0.005 --allow 0.5% \\\n    \
    --samples 1000 --svg diff.svg\n  \
    tidegate diff --stable a.csv --canary b.csv --tolerance 0 \\\n    \
    --report cst-pipeline-1 --figure outputs --as olga";

#[derive(Args)]
pub(crate) struct DiffArgs {
    /// What the stable version answered: a CSV of id,value
    #[arg(long, value_name = "FILE")]
    pub(crate) stable: PathBuf,
    /// What the canary answered
    #[arg(long, value_name = "FILE")]
    pub(crate) canary: PathBuf,
    /// Values may be so far apart, in their own unit
    #[arg(long, value_name = "DISTANCE", value_parser = tolerance, allow_hyphen_values = true)]
    pub(crate) tolerance: f64,
    /// So many percent of the pairs may be farther apart
    #[arg(long, value_name = "PERCENT", value_parser = share, allow_hyphen_values = true, default_value = "0%")]
    pub(crate) allow: Share,
    /// Compare so many pairs, taken by chance, each at most once; without it all
    #[arg(long, value_name = "PAIRS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) samples: Option<u32>,
    /// The same seed takes the same pairs
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) sampling_seed: u64,
    /// Draw the histogram into this file
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    /// Report the percentage of pairs that differ to this rollout
    #[arg(long, value_name = "ROLLOUT", requires = "figure")]
    pub(crate) report: Option<String>,
    /// As this figure of its plan
    #[arg(long, value_name = "NAME", requires = "report")]
    pub(crate) figure: Option<String>,
}

fn tolerance(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        // Of zero below zero the sign is taken away.
        Ok(tolerance) if (0.0..=diff::TOLERANCE_MAX).contains(&tolerance) => Ok(tolerance.abs()),
        Ok(_) | Err(_) => Err("a distance is a number from 0 to 1e300, such as 0.005".to_owned()),
    }
}

fn share(text: &str) -> Result<Share, String> {
    let percent: Option<Decimal> = text.strip_suffix('%').unwrap_or(text).parse().ok();
    percent
        .and_then(Share::from_percent)
        .ok_or_else(|| "a percentage is 0 to 100 with at most two decimals, such as 0.5%".to_owned())
}

//! What can be typed to have something measured now.

use super::Which;
use clap::Args;

pub(super) const VALIDATE_HELP: &str = "Exit codes:
  0  all of it holds
  1  something about the request
  2  something about tidegate
  3  something does not hold
  4  nothing fails, but something is not known
  6  all else holds, and people are waited for

The metrics are asked for now; nothing is recorded or decided.

Examples:
  tidegate validate elite-endpoints-1
  tidegate validate elite-endpoints-1 --stage phase-4
  tidegate validate releases-2 --cohort beta --format json";

#[derive(Args)]
pub(crate) struct ValidateArgs {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Before this stage, with all that is still to come on the way
    #[arg(long, value_name = "NAME")]
    pub(crate) stage: Option<String>,
    /// Before the stage that first exposes this cohort
    #[arg(long, value_name = "NAME", conflicts_with = "stage")]
    pub(crate) cohort: Option<String>,
}

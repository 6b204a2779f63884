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

pub(super) const HEALTH_HELP: &str = "Exit codes:
  0  every halt trigger in force is quiet
  1  something about the request
  2  something about tidegate
  3  a halt trigger is true, or has fired
  4  a halt trigger is not known

A metric is near (~~) when it is within a fifth of a guardrail's limit. A trend is up or down when its slope is clear of
the noise; a value stands out when it is more than three standard deviations from the mean.

Examples:
  tidegate health elite-endpoints-1
  tidegate health releases-2 --cohort beta --duration 1h
  tidegate health releases-2 --duration 6h --format json";

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

#[derive(Args)]
pub(crate) struct HealthArgs {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Only while this cohort is exposed; measured by itself where a dimension of the plan has it as a member
    #[arg(long, value_name = "NAME")]
    pub(crate) cohort: Option<String>,
    /// Over so much time: 30m, 1h, 6h, at most 30d
    #[arg(long, value_parser = super::span, default_value = "1h")]
    pub(crate) duration: rollout::time::Span,
}

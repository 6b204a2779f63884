//! What can be typed to begin.

use clap::Args;
use std::path::PathBuf;

pub(super) const HELP: &str =
    "On a terminal it asks for what no flag says: five questions. A file that is there is never overwritten.

Examples:
  tidegate init
  tidegate init --function search-service --stages 5,25,100 --owner lena plans/search.yaml";

#[derive(Args, Clone, Default)]
pub(crate) struct InitArgs {
    /// The file to write; NAME.yaml when not said
    pub(crate) file: Option<PathBuf>,
    /// The name of the plan; made of the function's when not said
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The function that is rolled out: its name or ARN
    #[arg(long)]
    pub(crate) function: Option<String>,
    /// The variable of the function that says how many percent are exposed
    #[arg(long)]
    pub(crate) variable: Option<String>,
    /// The metric that counts its errors: NAMESPACE/NAME
    #[arg(long, value_name = "METRIC")]
    pub(crate) error_metric: Option<String>,
    /// How many percent are exposed, stage by stage
    #[arg(long, value_name = "PERCENT,...")]
    pub(crate) stages: Option<String>,
    /// Who owns it, and is asked
    #[arg(long)]
    pub(crate) owner: Option<String>,
}

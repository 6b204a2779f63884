//! What can be typed to rehearse a rollback.

use super::Note;
use clap::Args;
use std::path::PathBuf;

pub(super) const HELP: &str = "Nobody is exposed: the variables are set to what the plan writes for nobody, the mark \
    stands beside them, and the rollback that is set off puts back what was there before. It takes the way of every \
    rollback, and takes the same locks: it is refused while a rollout holds a function. Afterwards the log, `tidegate \
    incidents` and the messages call it a drill.\n\n\
    Without --alarm it is set off by your own `rollback`. With it the alarm is rung: in local mode that of the lab, else in \
    CloudWatch with your own credentials (cloudwatch:SetAlarmState and cloudwatch:DescribeAlarms), and whoever else \
    listens to it hears it, too. Left alone it goes back by itself after 10 minutes.\n\n\
    Against local mode start that with `--speed 60`: at its usual speed ten minutes of the lab are a moment, and the drill \
    may end before it is set off.\n\n\
    Exit codes:\n  0  taken back, and every promise of the plan was kept\n  1  something about the request\n  \
    2  something about tidegate, or nobody answers\n  3  taken back, and a promise was missed\n  \
    4  in time the alarm did not reach it, or it was not taken back\n\n\
    Examples:\n  tidegate drill plans/elite.yaml --as admin   # of local mode\n  \
    tidegate drill plans/search.yaml --alarm search-errors --yes\n  \
    tidegate drill plans/search.yaml --times 20 --format json";

#[derive(Args)]
pub(crate) struct DrillArgs {
    /// The plan's file
    pub(crate) plan: PathBuf,
    /// Set off by this alarm, on which a guardrail of the plan rolls back
    #[arg(long, value_name = "NAME")]
    pub(crate) alarm: Option<String>,
    /// Ring the alarm without asking
    #[arg(long, requires = "alarm")]
    pub(crate) yes: bool,
    /// So often, one after the other; the times are shown as a distribution
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) times: u32,
    /// Wait so long at most for each step of it, in real time: 30s, 5m
    #[arg(long, value_parser = super::span, default_value = "5m")]
    pub(crate) timeout: rollout::time::Span,
    #[command(flatten)]
    pub(crate) note: Note,
}

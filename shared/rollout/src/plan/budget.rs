//! Money that may be spent in a day.

use super::Plan;
use crate::units::{BudgetId, MetricId, Money};
use serde::{Deserialize, Serialize};

/// Money that may be spent in a day of the plan's time zone: in a window, as it is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// The plan's name of it, and of the metric that is the money spent in the present window.
    pub name: String,
    /// That metric.
    pub metric: MetricId,
    /// So much may be spent.
    pub cap: Money,
    /// From here on the owner is warned, once for each window; below the cap.
    pub warn: Option<Money>,
    /// What a day costs while all is well, at least and at most.
    pub expect: Option<(Money, Money)>,
    /// The features and cohorts that are held off from the cap to the end of the window.
    pub at_cap: Vec<String>,
    /// Who tells what was spent.
    pub meter: Meter,
}

/// Who tells what was spent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Meter {
    /// The functions' logs.
    Logs {
        /// Of this log group.
        group: String,
        /// A field of a line, in dollars.
        field: String,
    },
    /// A sum of the source, in dollars.
    Metric(MetricId),
    /// Whoever spends, call by call.
    Calls,
}

impl Budget {
    /// What is told at once is never more caps than this: more is no amount, but another unit.
    pub const CAPS_MAX: u64 = 100;

    /// The most that can be spent at once.
    pub fn most(&self) -> Money {
        Money::micros(self.cap.as_micros().saturating_mul(Budget::CAPS_MAX))
    }

    /// Whether this cannot be what was spent at once.
    pub fn is_absurd(&self, money: Money) -> bool {
        self.most() < money
    }
}

impl Plan {
    /// The budget of this name.
    pub fn budget_named(&self, name: &str) -> Option<(BudgetId, &Budget)> {
        self.budgets().find(|(_, budget)| budget.name == name)
    }

    /// The budget whose money the metric of this name tells.
    pub fn metered_by(&self, metric: &str) -> Option<&Budget> {
        let tells = |meter: &Meter| matches!(meter, Meter::Metric(id) if self.metric(*id).name == metric);
        self.budgets.iter().find(|budget| tells(&budget.meter))
    }
}

//! What the checks of a plan come to in the lab: they pass, until a story says otherwise.

use super::held;
use crate::ports::{Probed, Prober};
use rollout::plan::Check;
use std::{collections::BTreeSet, sync::Mutex};

/// The lab's prober.
#[derive(Default)]
pub struct LabChecks {
    failing: Mutex<BTreeSet<String>>,
}

impl LabChecks {
    /// From now on a check passes, or fails.
    pub fn set(&self, check: &str, passes: bool) {
        let mut failing = held(&self.failing);
        if passes {
            failing.remove(check);
        } else {
            failing.insert(check.to_owned());
        }
    }
}

impl Prober for LabChecks {
    async fn probe(&self, check: &Check) -> Probed {
        let passed = !held(&self.failing).contains(&check.name);
        let detail = if passed { "the lab answered as the plan asks" } else { "the story lets it fail" };
        Probed { passed, detail: detail.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::testing::{now, plan};

    #[test]
    fn a_check_passes_until_it_is_said_to_fail() {
        let (checks, plan) = (LabChecks::default(), plan());
        let passes = |checks: &LabChecks| now(checks.probe(&plan.checks[0])).passed;
        assert!(passes(&checks));
        checks.set("load", false);
        assert!(!passes(&checks));
        checks.set("load", true);
        assert!(passes(&checks));
    }
}

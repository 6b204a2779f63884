//! The functions of other people that rollouts set, and that checks call.

use super::{Doctor, Finding};
use crate::store::DynamoStore;
use control::{ports::Store, spending::is_counted_once};
use rollout::plan::{Plan, Probe};
use std::{collections::BTreeSet, sync::Arc};

/// With this its owner lets the doors change a function...
const MANAGED: &str = "tidegate:managed";
/// ...and with this call it for a check.
const CHECK: &str = "tidegate:check";

impl Doctor {
    /// Those of these plans, and of the rollouts that are not over.
    pub(super) async fn targets(&self, table: Option<String>, plans: &[Plan]) -> Vec<Finding> {
        let (mut found, active) = self.active(table).await;
        let mut asked: BTreeSet<(&str, &str)> = BTreeSet::new();
        for plan in active.iter().map(|plan| &**plan).chain(plans) {
            asked.extend(plan.targets.iter().map(|target| (MANAGED, target.function.as_str())));
            asked.extend(plan.checks.iter().filter_map(|check| match &check.probe {
                Probe::Lambda { function, .. } => Some((CHECK, function.as_str())),
                Probe::Http { .. } => None,
            }));
        }
        for (tag, function) in asked {
            found.push(self.tagged(tag, function).await);
        }
        found
    }

    /// The plans of what is not over.
    async fn active(&self, table: Option<String>) -> (Vec<Finding>, Vec<Arc<Plan>>) {
        let what = "the table can be read";
        let Some(table) = table else {
            let help = "see to the door evaluate first";
            return (vec![Finding::not_known(what, "evaluate does not say which it is", help)], vec![]);
        };
        let store = DynamoStore::new(&self.tables, &table);
        let help = "do the credentials at hand have dynamodb:Query and dynamodb:BatchGetItem on it?";
        let work = match store.work().await {
            Ok(work) => work,
            Err(why) => return (vec![Finding::not_known(what, why.to_string(), help)], vec![]),
        };
        let mut found = vec![Finding::yes(what, format!("{} rollouts are not over", work.active.len()))];
        let ids = work.rollouts();
        let mut all = vec![];
        for (id, loaded) in ids.iter().zip(store.load_all(&ids).await) {
            match loaded {
                Ok(loaded) => all.push(loaded),
                Err(why) => {
                    found.push(Finding::not_known(&format!("{id} can be read"), why.to_string(), help));
                }
            }
        }
        let (spending, active): (Vec<_>, Vec<_>) = all.into_iter().partition(|loaded| loaded.head.is_over());
        found.push(is_counted_once(&spending));
        (found, active.into_iter().map(|loaded| loaded.plan).collect())
    }

    async fn tagged(&self, tag: &str, name: &str) -> Finding {
        let what = match tag {
            CHECK => format!("a check may call {name}"),
            _ => format!("the doors may change {name}"),
        };
        let function = match self.function(&what, name).await {
            Ok(Some(function)) => function,
            Ok(None) => {
                let why =
                    format!("there is no such function in account {}, region {}", self.account, self.region);
                return Finding::no(&what, why, "correct the plan, or deploy the function");
            }
            Err(finding) => return finding,
        };
        if function.tags.get(tag).map(String::as_str) != Some("true") {
            let help =
                format!("whoever owns it tags it: aws lambda tag-resource --resource ARN --tags {tag}=true");
            return Finding::no(&what, format!("it has no tag {tag}=true"), help);
        }
        if tag == MANAGED && function.has_key {
            let help =
                "that key's policy must let the roles of the outputs AdvanceRole and RollbackRole use it";
            return Finding::not_known(&what, "it is tagged, and its environment has a key of its own", help);
        }
        Finding::yes(&what, format!("it is tagged {tag}=true"))
    }
}

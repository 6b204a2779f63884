//! Where a metric's values come from.

use super::{
    fields::{Fields, one_or_more, text},
    keys,
    series::{Measures, Question},
    unknown::unknown,
};
use crate::{
    plan::{Lookup, Problem, Source, Stat, yaml::Node},
    units::Decimal,
};
use std::collections::BTreeMap;

/// Of whom a metric's questions are asked.
pub(super) struct Asked<'a> {
    pub(super) only: &'a BTreeMap<String, String>,
    pub(super) by_arm: bool,
    pub(super) against_arm: bool,
}

impl Asked<'_> {
    fn lookup(&self, metric: &str, stat: Stat, measures: &mut Measures) -> Lookup {
        measures.lookup(&Question { metric, only: self.only, stat }, self.by_arm, self.against_arm)
    }
}

/// `{of: …, to: …}` or `{without: …, to: …}`.
pub(super) fn ratio(
    node: &Node,
    asked: &Asked<'_>,
    measures: &mut Measures,
    found: &mut Vec<Problem>,
) -> Option<Source> {
    let fields = Fields::of(node, "`ratio`", &keys::RATIO, found)?;
    let mut sums = |node: &Node, found: &mut Vec<Problem>| {
        let names = one_or_more(node).iter().filter_map(|node| metric_name(node, found));
        let names: Vec<String> = names.collect();
        names.iter().map(|name| asked.lookup(name, Stat::Sum, measures)).collect::<Vec<Lookup>>()
    };
    let of = match (fields.get("of"), fields.get("without")) {
        (Some(node), None) => Some((sums(node, found), false)),
        (None, Some(node)) => Some((sums(node, found), true)),
        (Some(_), Some(_)) | (None, None) => {
            let help = "write `{of: A, to: B}`, or `{without: A, to: B}` for what is not A".to_owned();
            found.push(node.place.problem("a ratio is either `of` or `without` something", Some(help)));
            None
        }
    };
    let to = fields.need("to", found).map(|node| sums(node, found));
    let ((of, without), to) = (of?, to?);
    Some(Source::Ratio { of, to, without })
}

/// `metric: CST/Latency, stat: p95`, and the unit that it has when none is written.
pub(super) fn series(
    fields: &Fields<'_>,
    asked: &Asked<'_>,
    measures: &mut Measures,
    found: &mut Vec<Problem>,
) -> (Option<Source>, &'static str) {
    let name = fields.get("metric").and_then(|node| metric_name(node, found));
    let stat = fields.need("stat", found).and_then(|node| stat(node, found));
    let (Some(name), Some(stat)) = (name, stat) else { return (None, "number") };
    let Some(stat) = stat else {
        let sum = asked.lookup(&name, Stat::Sum, measures);
        let count = asked.lookup(&name, Stat::SampleCount, measures);
        return (Some(Source::Average { sum, count }), "number");
    };
    let values = asked.lookup(&name, stat, measures);
    let (counted, usual) = match stat {
        Stat::Sum | Stat::SampleCount => (false, "count"),
        Stat::Minimum | Stat::Maximum | Stat::Percentile(_) => (true, "number"),
    };
    let count = counted.then(|| asked.lookup(&name, Stat::SampleCount, measures));
    (Some(Source::Series { values, count, stat }), usual)
}

/// `CST/Errors`: namespace and name.
fn metric_name(node: &Node, found: &mut Vec<Problem>) -> Option<String> {
    let name = text(node, found)?;
    let parts = name.rsplit_once('/').filter(|(namespace, name)| !namespace.is_empty() && !name.is_empty());
    if parts.is_none() || name.contains(char::is_whitespace) {
        let help = "write `Namespace/Name`, such as `AWS/Lambda/Errors`".to_owned();
        found.push(
            node.place.problem(format!("`{name}` is not the name of a metric of the source"), Some(help)),
        );
        return None;
    }
    Some(name)
}

const STATS: [&str; 8] = ["Sum", "SampleCount", "Minimum", "Maximum", "Average", "p50", "p95", "p99"];

/// A statistic; none within for the average, which is made from two others.
fn stat(node: &Node, found: &mut Vec<Problem>) -> Option<Option<Stat>> {
    let name = text(node, found)?;
    let stat = match name.as_str() {
        "Sum" => Some(Stat::Sum),
        "SampleCount" => Some(Stat::SampleCount),
        "Minimum" => Some(Stat::Minimum),
        "Maximum" => Some(Stat::Maximum),
        "Average" => return Some(None),
        other => percentile(other),
    };
    if stat.is_none() {
        found.push(unknown(node.place, "stat", &name, &STATS));
    }
    stat.map(Some)
}

/// `p99.9` in hundredths of a percent.
fn percentile(text: &str) -> Option<Stat> {
    let percent: Decimal = text.strip_prefix('p')?.parse().ok()?;
    let share = crate::units::Share::from_percent(percent)?.hundredths();
    (0 < share && share < 10_000).then_some(Stat::Percentile(share))
}

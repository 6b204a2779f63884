//! What is measured: arms, dimensions and the metrics themselves.

use super::{
    fields::{Fields, integer, mapping, span, strings, text, word},
    keys,
    people::texts,
    series::{Arms, Measures},
    sources::{self, Asked},
    units,
    unknown::unknown,
};
use crate::{
    plan::{
        About, Baseline, Dimension, Kind, Metric, Missing, Problem, Source, parse,
        yaml::{Entry, Node, Value},
    },
    time::Span,
    units::{Decimal, MetricId},
};
use std::collections::BTreeMap;

/// Metrics of a plan.
const MOST: usize = 250;
const MINUTE: Span = Span::minutes(1);
/// A comparison of pairs counts for so long, where the plan says nothing.
const PAIRS_LAST: Span = Span::days(7);
/// Of a dimension; each is a question to the source of its own.
const MOST_MEMBERS: usize = 100;
/// Sources keep figures for 455 days at most.
const OLDEST: Span = Span::days(455);

pub(super) fn read(fields: &Fields<'_>, found: &mut Vec<Problem>) -> Measures {
    let arms = fields.get("arms").and_then(|node| arms(node, found));
    let dimensions = fields.get("dimensions").map_or_else(Vec::new, |node| dimensions(node, found));
    let mut measures = Measures { arms, dimensions, ..Measures::default() };
    let Some(node) = fields.get("metrics") else { return measures };
    measures.place = Some(fields.key_place("metrics"));
    let entries = mapping(node, "`metrics`", found).map(|(entries, _)| entries).unwrap_or_default();
    if let Some(beyond) = entries.get(MOST) {
        found.push(beyond.place.problem(
            format!("more than {MOST} metrics"),
            Some("leave out what no condition names".to_owned()),
        ));
    }
    for entry in entries.iter().take(MOST) {
        let name = &entry.key.text;
        check_name(entry, found);
        let metric = metric(name, &entry.node, &mut measures, found);
        let id = metric.map(|metric| {
            measures.metrics.push(metric);
            MetricId(u16::try_from(measures.metrics.len() - 1).unwrap_or(u16::MAX))
        });
        measures.known.insert(name.clone(), id);
    }
    // What is too many is not unknown, too.
    measures.known.extend(entries.iter().skip(MOST).map(|entry| (entry.key.text.clone(), None)));
    measures
}

/// Whether a key may name a metric or a dimension.
pub(super) fn check_name(entry: &Entry, found: &mut Vec<Problem>) {
    let name = entry.key.text.as_str();
    if parse::RESERVED.contains(&name) || name == "row" {
        found.push(entry.place.problem(
            format!("`{name}` is a word of the language, so it is no name"),
            Some("use another name".to_owned()),
        ));
    } else if !parse::is_name(name) || name.len() > super::LONGEST_NAME {
        let help = "lower-case letters, digits and `_`, a letter first, at most 63".to_owned();
        found.push(entry.place.problem(format!("`{name}` is not the name of a metric"), Some(help)));
    }
}

fn arms(node: &Node, found: &mut Vec<Problem>) -> Option<Arms> {
    let fields = Fields::of(node, "`arms`", &keys::ARMS, found)?;
    let mut arm = |key: &str| fields.need(key, found).map(|node| texts(node, key, found));
    let (canary, baseline) = (arm("canary"), arm("baseline"));
    let (canary, baseline) = (canary?, baseline?);
    if canary == baseline {
        found.push(node.place.problem(
            "both arms are the same",
            Some("write what tells the candidate from the rest".to_owned()),
        ));
    }
    Some(Arms { canary, baseline })
}

fn dimensions(node: &Node, found: &mut Vec<Problem>) -> Vec<Dimension> {
    let entries = mapping(node, "`dimensions`", found).map(|(entries, _)| entries).unwrap_or_default();
    entries.iter().filter_map(|entry| dimension(entry, found)).collect()
}

fn dimension(entry: &Entry, found: &mut Vec<Problem>) -> Option<Dimension> {
    check_name(entry, found);
    let (inner, _) = mapping(&entry.node, "a dimension", found)?;
    let [only] = inner else {
        let help = "write `{Language: [rust, python]}`".to_owned();
        found.push(
            entry.node.place.problem("a dimension is one key of the source and its members", Some(help)),
        );
        return None;
    };
    let mut members: Vec<String> = Vec::new();
    for node in strings(&only.node, found) {
        let Some(member) = text(node, found) else { continue };
        if members.contains(&member) {
            found.push(
                node.place.problem(
                    format!("`{member}` is written twice"),
                    Some("leave one of them out".to_owned()),
                ),
            );
        }
        members.push(member);
    }
    if members.is_empty() || members.len() > MOST_MEMBERS {
        let what = format!("a dimension has 1 to {MOST_MEMBERS} members");
        found.push(only.node.place.problem(what, Some("list them, such as `[rust, go]`".to_owned())));
    }
    Some(Dimension { name: entry.key.text.clone(), key: only.key.text.clone(), members })
}

fn metric(name: &str, node: &Node, measures: &mut Measures, found: &mut Vec<Problem>) -> Option<Metric> {
    let fields = Fields::of(node, "a metric", &keys::METRIC, found)?;
    let Some((form, _)) = fields.first_of(keys::METRIC.one_of) else {
        let help = "write one of `ratio`, `metric`, `signal`, `reported`, `pairs`".to_owned();
        found.push(node.place.problem("a metric needs a source", Some(help)));
        return None;
    };
    let asked = ["unit", "from", "about", "missing", "lag", "period", "where", "baseline"];
    let (more, usual): (&[&str], &[&str]) = match form {
        "ratio" => (&[], &asked),
        "metric" => (&["stat"], &asked),
        "reported" => (&["max_age"], &["unit", "baseline"]),
        "pairs" => (&["max_age"], &["from"]),
        _ => (&[], &[]),
    };
    let all = keys::METRIC.keys.iter().map(|key| key.name);
    for key in all.filter(|key| *key != form && !more.contains(key) && !usual.contains(key)) {
        if fields.get(key).is_some() {
            let what = format!("`{key}` has no place beside `{form}`");
            found.push(fields.key_place(key).problem(what, Some(beside(&[more, usual].concat()))));
        }
    }
    match form {
        "signal" => signal(name, &fields, found),
        "reported" => reported(name, &fields, found),
        "pairs" => pairs(name, &fields, found),
        _ => measured(name, form, &fields, measures, found),
    }
}

/// What may stand beside a metric's source.
fn beside(keys: &[&str]) -> String {
    match keys {
        [] => "beside it stands nothing".to_owned(),
        keys => format!("beside it may stand {}", keys.join(", ")),
    }
}

fn signal(name: &str, fields: &Fields<'_>, found: &mut Vec<Problem>) -> Option<Metric> {
    let signal = super::label(fields.get("signal")?, "a signal", found)?;
    Some(Metric {
        name: name.to_owned(),
        source: Source::Signal(signal),
        kind: Kind::Count,
        unit: "count".to_owned(),
        scale: Decimal::whole(1),
        about: About::All,
        missing: Missing::Zero,
        from: None,
        baseline: Baseline::None,
        lag: Span::ZERO,
        period: MINUTE,
    })
}

/// The share of paired results that differ: somebody compares them and reports it, with the number of pairs.
fn pairs(name: &str, fields: &Fields<'_>, found: &mut Vec<Problem>) -> Option<Metric> {
    let figure = super::label(fields.get("pairs")?, "a set of pairs", found);
    let max_age = fields.get("max_age").map_or(Some(PAIRS_LAST), |node| span(node, found));
    let from = fields.get("from").and_then(|node| samples(node, found));
    Some(Metric {
        name: name.to_owned(),
        source: Source::Reported { name: figure?, max_age: max_age? },
        kind: Kind::Percent,
        unit: "percent".to_owned(),
        scale: Decimal::whole(1),
        about: About::All,
        missing: Missing::Unknown,
        from,
        baseline: Baseline::None,
        lag: Span::ZERO,
        period: MINUTE,
    })
}

fn reported(name: &str, fields: &Fields<'_>, found: &mut Vec<Problem>) -> Option<Metric> {
    let figure = super::label(fields.get("reported")?, "a reported figure", found);
    let max_age = fields.need("max_age", found).and_then(|node| span(node, found));
    let (unit, kind, scale) = unit(fields, "number", found)?;
    let baseline = fields.get("baseline").map_or(Some(Baseline::None), |node| baseline(node, false, found));
    Some(Metric {
        name: name.to_owned(),
        source: Source::Reported { name: figure?, max_age: max_age? },
        kind,
        unit,
        scale,
        about: About::All,
        missing: Missing::Unknown,
        from: None,
        baseline: baseline?,
        lag: Span::ZERO,
        period: MINUTE,
    })
}

/// A metric that is asked of the source: `ratio` or `metric`.
fn measured(
    name: &str,
    form: &str,
    fields: &Fields<'_>,
    measures: &mut Measures,
    found: &mut Vec<Problem>,
) -> Option<Metric> {
    let before = found.len();
    let about = about(fields, measures.arms.is_some(), found);
    let by_arm = about == About::Canary && measures.arms.is_some();
    let baseline = match fields.get("baseline") {
        Some(node) => baseline(node, by_arm, found),
        None if by_arm => Some(Baseline::Arm),
        None => Some(Baseline::None),
    };
    let only = fields.get("where").map_or_else(BTreeMap::new, |node| texts(node, "where", found));
    let twice = measures
        .arms
        .iter()
        .filter(|_| by_arm)
        .flat_map(|arms| arms.canary.keys().chain(arms.baseline.keys()));
    if let Some(key) = twice.into_iter().find(|key| only.contains_key(*key)) {
        let what = format!("`{key}` is also the dimension of an arm");
        found.push(
            fields
                .key_place("where")
                .problem(what, Some("write `about: all` to measure everybody".to_owned())),
        );
    }
    let asked = Asked { only: &only, by_arm, against_arm: baseline == Some(Baseline::Arm) };
    let (source, usual) = match form {
        "ratio" => (sources::ratio(fields.get("ratio")?, &asked, measures, found), "percent"),
        _ => sources::series(fields, &asked, measures, found),
    };
    let (unit, kind, mut scale) = unit(fields, usual, found)?;
    // The quotient of two sums is a fraction, whatever it is called.
    if form == "ratio" && kind == Kind::Percent {
        scale = Decimal::whole(100);
    }
    let metric = Metric {
        name: name.to_owned(),
        source: source?,
        kind,
        unit,
        scale,
        about,
        missing: missing(fields, kind, found),
        from: fields.get("from").and_then(|node| samples(node, found)),
        baseline: baseline?,
        lag: fields.get("lag").map_or(Some(MINUTE), |node| span(node, found))?,
        period: fields.get("period").map_or(Some(MINUTE), |node| period(node, found))?,
    };
    (found.len() == before).then_some(metric)
}

fn unit(fields: &Fields<'_>, usual: &str, found: &mut Vec<Problem>) -> Option<(String, Kind, Decimal)> {
    let Some(node) = fields.get("unit") else {
        return units::of_metric(usual).map(|(kind, scale)| (usual.to_owned(), kind, scale));
    };
    let unit = text(node, found)?;
    let known = units::of_metric(&unit);
    if known.is_none() {
        found.push(unknown(node.place, "unit", &unit, &units::of_metrics()));
    }
    known.map(|(kind, scale)| (unit, kind, scale))
}

fn about(fields: &Fields<'_>, arms: bool, found: &mut Vec<Problem>) -> About {
    match fields.get("about").and_then(|node| word(node, &["canary", "all"], found)) {
        Some(0) => About::Canary,
        None if arms => About::Canary,
        Some(_) | None => About::All,
    }
}

fn missing(fields: &Fields<'_>, kind: Kind, found: &mut Vec<Problem>) -> Missing {
    let Some(node) = fields.get("missing") else { return Missing::Unknown };
    match word(node, &["unknown", "zero", "skip"], found) {
        Some(1) if kind == Kind::Count => Missing::Zero,
        Some(1) => {
            let help = "where there is no data a rate or a latency is not zero but not known: write `skip`"
                .to_owned();
            found.push(node.place.problem("`zero` is for counts", Some(help)));
            Missing::Unknown
        }
        Some(2) => Missing::Skip,
        Some(_) | None => Missing::Unknown,
    }
}

fn samples(node: &Node, found: &mut Vec<Problem>) -> Option<u32> {
    let number = integer(node, found)?;
    let samples = u32::try_from(number).ok().filter(|samples| *samples > 0);
    if samples.is_none() {
        found.push(node.place.problem(
            format!("{number} is not a number of samples"),
            Some("a whole number from 1 on".to_owned()),
        ));
    }
    samples
}

fn period(node: &Node, found: &mut Vec<Problem>) -> Option<Span> {
    let period = span(node, found)?;
    let fits = MINUTE.times(period.whole(MINUTE)) == period && Span::days(1).whole(period) > 0;
    if !fits {
        let help = "whole minutes, at most a day".to_owned();
        found.push(node.place.problem(format!("a period of {period} is not kept by the source"), Some(help)));
    }
    Some(period)
}

/// `none`, `arm` or `{before: 7d}`.
fn baseline(node: &Node, by_arm: bool, found: &mut Vec<Problem>) -> Option<Baseline> {
    if matches!(node.value, Value::Mapping { .. }) {
        let fields = Fields::of(node, "`baseline`", &keys::BEFORE, found)?;
        let before = fields.need("before", found)?;
        let span = span(before, found)?;
        if span > OLDEST {
            found.push(
                before
                    .place
                    .problem(format!("the source keeps nothing for {span}"), Some("at most 455d".to_owned())),
            );
        }
        return Some(Baseline::Before(span));
    }
    match word(node, &["none", "arm"], found)? {
        0 => Some(Baseline::None),
        _ if by_arm => Some(Baseline::Arm),
        _ => {
            let help =
                "declare `arms`, measure `about: canary`, or write `baseline: {before: 7d}`".to_owned();
            found.push(node.place.problem("this metric has no other arm", Some(help)));
            None
        }
    }
}

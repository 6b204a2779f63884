//! From what a condition says to what it means: names resolved, amounts in the metric's base unit.

use super::{
    fields::parsed,
    series::Measures,
    units::{self, Mismatch},
    unknown::unknown,
};
use crate::{
    condition::{Bound, Condition, Hold, Relation, Spread},
    evidence::HISTORY_MIN,
    plan::{
        Baseline, Dimension, Kind, Metric, Problem, Source, Stat,
        parse::{self, Comparison, Exactly, Limit, Over, Parsed, Places},
        yaml::{Node, Place, Value},
    },
    rollout::SIGNALS_MAX,
    time::Span,
    units::{ConditionId, Decimal, DimensionId, MetricId},
};
use std::collections::{BTreeMap, BTreeSet};

/// Conditions of a plan; each is judged every minute.
const MOST: usize = 1_000;

/// A condition reads the windows of so much time at most.
const WINDOWS_MAX: Span = Span::days(31);

/// The conditions read so far, and what they may refer to.
pub(super) struct Book {
    pub(super) conditions: Vec<Condition>,
    /// Of each condition.
    pub(super) places: Vec<Place>,
    /// Which metrics are judged for each member of which dimension.
    pub(super) spreads: BTreeSet<(MetricId, DimensionId)>,
    known: BTreeMap<String, Option<MetricId>>,
    metrics: Vec<Metric>,
    dimensions: Vec<Dimension>,
    /// The source's dimensions that each metric already fixes.
    fixed: Vec<BTreeSet<String>>,
}

/// A line that is a condition.
pub(super) enum Line {
    Condition(ConditionId),
    Stable(Span),
}

impl Book {
    pub(super) fn new(measures: &Measures) -> Book {
        let fixed = measures.metrics.iter().map(|metric| fixed(metric, measures)).collect();
        Book {
            conditions: Vec::new(),
            places: Vec::new(),
            spreads: BTreeSet::new(),
            known: measures.known.clone(),
            metrics: measures.metrics.clone(),
            dimensions: measures.dimensions.clone(),
            fixed,
        }
    }

    /// Reads a condition and keeps it.
    pub(super) fn line(&mut self, node: &Node, found: &mut Vec<Problem>) -> Option<Line> {
        match parsed(node, parse::sentence, found)? {
            (Parsed::Stable(span), _) => Some(Line::Stable(span)),
            (Parsed::Comparison(comparison), places) => {
                let text = comparison_text(node, &comparison);
                let condition = self.resolve(node, text, &comparison, &places, found)?;
                self.keep(condition, node.place, found).map(Line::Condition)
            }
        }
    }

    fn keep(&mut self, condition: Condition, place: Place, found: &mut Vec<Problem>) -> Option<ConditionId> {
        if self.conditions.len() >= MOST {
            found.push(place.problem(
                format!("more than {MOST} conditions"),
                Some("write what all stages share once, under `gates`".to_owned()),
            ));
            return None;
        }
        let id = ConditionId(u16::try_from(self.conditions.len()).ok()?);
        if let Some(spread) = condition.spread {
            self.spreads.insert((condition.metric, spread.dimension));
        }
        self.conditions.push(condition);
        self.places.push(place);
        Some(id)
    }

    fn resolve(
        &self,
        node: &Node,
        text: String,
        said: &Comparison,
        places: &Places,
        found: &mut Vec<Problem>,
    ) -> Option<Condition> {
        let at = |(at, length)| node.part(at, length);
        let Some(id) = self.known.get(&said.name) else {
            let known: Vec<&str> = self.known.keys().map(String::as_str).collect();
            found.push(unknown(at(places.name), "metric", &said.name, &known));
            return None;
        };
        // The problem of a metric that is known but broken has been reported where it is declared.
        let id = (*id)?;
        let metric = self.metrics.get(usize::from(id.0))?;
        let before = found.len();
        if said.confidence.is_some() {
            let what = "`at ... confidence` is not built yet: a hold or a number of samples keeps chance out";
            found.push(
                at(places.confidence).problem(what, Some("write `for 5m` or `from 200 samples`".to_owned())),
            );
        }
        if let Some((what, help)) = shape(said, metric) {
            found.push(at(places.relation).problem(what, help));
        }
        let bound = bound(&said.bound, metric)
            .map_err(|(what, help)| found.push(at(places.bound).problem(what, help)));
        if let Ok(bound) = &bound
            && let Some((what, help)) = baseline(bound, metric)
        {
            found.push(at(places.bound).problem(what, help));
        }
        tails(said, metric, at, places, found);
        let spread =
            said.spread.as_ref().and_then(|over| self.spread(over, id, metric, at(places.spread), found));
        (found.len() == before).then_some(())?;
        Some(Condition {
            text,
            metric: id,
            growth: said.growth,
            relation: said.relation,
            bound: bound.ok()?,
            spread,
            window: said.window,
            hold: said.hold,
            samples: said.samples.or(metric.from),
        })
    }

    fn spread(
        &self,
        over: &Over,
        id: MetricId,
        metric: &Metric,
        place: Place,
        found: &mut Vec<Problem>,
    ) -> Option<Spread> {
        let at = self.dimensions.iter().position(|dimension| dimension.name == over.dimension);
        let Some((at, dimension)) = at.and_then(|at| Some((at, self.dimensions.get(at)?))) else {
            let known: Vec<&str> = self.dimensions.iter().map(|dimension| dimension.name.as_str()).collect();
            found.push(unknown(place, "dimension", &over.dimension, &known));
            return None;
        };
        let as_one = match metric.source {
            Source::Signal(_) | Source::Reported { .. } => Some("reported"),
            Source::Budget(_) => Some("counted"),
            Source::Ratio { .. } | Source::Average { .. } | Source::Series { .. } => None,
        };
        if let Some(verb) = as_one {
            found.push(place.problem(
                format!("`{}` has no dimensions: it is {verb} as one", metric.name),
                Some("leave `for any` or `for every` out".to_owned()),
            ));
        }
        let fixed = self.fixed.get(usize::from(id.0)).is_some_and(|fixed| fixed.contains(&dimension.key));
        if fixed {
            let what = format!("`{}` already says which `{}` it measures", metric.name, dimension.key);
            found.push(place.problem(
                what,
                Some("take it out of `where`, or leave `for any` or `for every` out".to_owned()),
            ));
        }
        Some(Spread { dimension: DimensionId(u16::try_from(at).ok()?), every: over.every })
    }
}

/// The source's dimensions that a metric's `where` and arms fix.
fn fixed(metric: &Metric, measures: &Measures) -> BTreeSet<String> {
    let lookup = match &metric.source {
        Source::Ratio { to, .. } => to.first(),
        Source::Average { count, .. } => Some(count),
        Source::Series { values, .. } => Some(values),
        Source::Signal(_) | Source::Reported { .. } | Source::Budget(_) => None,
    };
    let series = lookup.and_then(|lookup| measures.table.series.get(usize::from(lookup.canary.0)));
    series.map(|series| series.dimensions.keys().cloned().collect()).unwrap_or_default()
}

/// As written; folded lines are shown as one.
fn comparison_text(node: &Node, comparison: &Comparison) -> String {
    match &node.value {
        Value::Scalar(scalar) => scalar.text.split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Sequence { .. } | Value::Mapping { .. } => comparison.to_string(),
    }
}

/// Whether growth, relation and bound go together, and with the metric.
fn shape(said: &Comparison, metric: &Metric) -> Option<Mismatch> {
    let is_rate = matches!(said.bound, Limit::Rate(..));
    if said.growth && !is_rate {
        let what = "growth is compared with a rate".to_owned();
        return Some((what, Some(format!("write `{} growth > 50MB/min`", said.name))));
    }
    let reported = matches!(metric.source, Source::Signal(_) | Source::Reported { .. });
    if reported && (said.growth || said.hold.is_some()) {
        let what = format!("`{}` is reported, so there is nothing between two reports", metric.name);
        return Some((
            what,
            Some("compare it with a number, without `growth`, `for` and `in a row`".to_owned()),
        ));
    }
    if matches!(metric.source, Source::Budget(_)) && (said.growth || said.hold.is_some()) {
        let what = format!("`{}` is the money of a time, which only grows", metric.name);
        let help = "compare it with an amount, without `growth`, `for` and `in a row`".to_owned();
        return Some((what, Some(help)));
    }
    if said.relation != Relation::Equal {
        return None;
    }
    let exact = metric.kind == Kind::Count
        || matches!(metric.source, Source::Ratio { .. } | Source::Reported { .. } | Source::Signal(_));
    let what = match (said.growth || !exact, &said.bound) {
        (true, _) => {
            format!("`==` is for counts, ratios and reported figures, and `{}` is none", metric.name)
        }
        (false, Limit::Constant(_)) => return None,
        (false, _) => "`==` compares with a number".to_owned(),
    };
    Some((what, Some("write `<=` or `>=`".to_owned())))
}

/// A bound in the base unit of the metric.
fn bound(limit: &Limit, metric: &Metric) -> Result<Bound, Mismatch> {
    let hundredth = |percent: Decimal| percent.over(Decimal::whole(100)).unwrap_or_default();
    let positive = |factor: Decimal| {
        let what = "nothing times the baseline is nothing".to_owned();
        if factor > Decimal::ZERO {
            Ok(factor)
        } else {
            Err((what, Some("write a factor above 0".to_owned())))
        }
    };
    match limit {
        Limit::Constant(quantity) => {
            let limit = units::constant(metric.kind, *quantity)?;
            let most = Decimal::whole(i64::try_from(SIGNALS_MAX).unwrap_or(i64::MAX));
            if matches!(metric.source, Source::Signal(_)) && limit >= most {
                let what = format!("no more than {SIGNALS_MAX} reporters of a signal are counted");
                return Err((what, Some("write a smaller number".to_owned())));
            }
            Ok(Bound::Constant(limit))
        }
        Limit::Rate(quantity, per) => {
            let amount = units::difference(metric.kind, *quantity)?;
            Ok(Bound::Rate { amount, per: per.span() })
        }
        Limit::Baseline => Ok(Bound::Offset(Decimal::ZERO)),
        Limit::Above(quantity) => units::difference(metric.kind, *quantity).map(Bound::Offset),
        Limit::Under(quantity) => {
            units::difference(metric.kind, *quantity).map(|amount| Bound::Offset(Decimal::ZERO.minus(amount)))
        }
        Limit::Times(factor) => positive(*factor).map(Bound::Factor),
        Limit::ShareOf(percent) => positive(hundredth(*percent)).map(Bound::Factor),
        Limit::Within(quantity) if quantity.unit == parse::Unit::Percent => {
            Ok(Bound::WithinShare(hundredth(quantity.amount)))
        }
        Limit::Within(quantity) => units::difference(metric.kind, *quantity).map(Bound::WithinAmount),
        Limit::Mean { .. } if matches!(metric.source, Source::Signal(_) | Source::Reported { .. }) => {
            let what = format!("`{}` is reported, and what is usual for it is not kept", metric.name);
            Err((what, Some("compare it with a number".to_owned())))
        }
        Limit::Mean { over, sigma } => Ok(Bound::Mean { over: *over, sigma: sigma.unwrap_or(Decimal::ZERO) }),
    }
}

/// Whether the metric has the baseline that the bound needs.
fn baseline(bound: &Bound, metric: &Metric) -> Option<Mismatch> {
    if !bound.needs_baseline() {
        return None;
    }
    let is_sum = metric.kind == Kind::Count
        || matches!(metric.source, Source::Series { stat: Stat::Sum | Stat::SampleCount, .. });
    match metric.baseline {
        _ if matches!(metric.source, Source::Reported { .. }) => {
            let what = format!("`{}` is reported, and nobody reported it before", metric.name);
            Some((what, Some("compare it with a number".to_owned())))
        }
        Baseline::Arm if is_sum => {
            let what = format!("`{}` is a sum, and the arms have different traffic", metric.name);
            Some((what, Some("make it a ratio, or write `baseline: {before: 7d}` in the metric".to_owned())))
        }
        Baseline::None => {
            let help = match metric.source {
                Source::Signal(_) => "compare a signal with a number".to_owned(),
                Source::Budget(_) => "compare a budget with an amount such as `$5`".to_owned(),
                Source::Reported { .. }
                | Source::Ratio { .. }
                | Source::Average { .. }
                | Source::Series { .. } => {
                    "declare `arms` and measure `about: canary`, or write `baseline: {before: 7d}` in the metric"
                        .to_owned()
                }
            };
            Some((format!("`{}` has no baseline", metric.name), Some(help)))
        }
        Baseline::Arm | Baseline::Before(_) => None,
    }
}

/// How long a source keeps figures of this period.
fn kept(period: Span) -> Span {
    match period {
        minutes if minutes < Span::minutes(5) => Span::days(15),
        minutes if minutes < Span::hours(1) => Span::days(63),
        _ => Span::days(455),
    }
}

/// Whether a history has values enough, each as wide as the one that is compared with them, and is kept.
fn history(over: Span, width: Span, held: Span, place: Place, found: &mut Vec<Problem>) {
    let values = over.whole(width);
    if values < HISTORY_MIN {
        let what = format!("{} has {values} values of {}", Exactly(over), Exactly(width));
        let help = format!("it takes {HISTORY_MIN}: write `{} mean`", Exactly(width.times(HISTORY_MIN)));
        found.push(place.problem(what, Some(help)));
    }
    if over.plus(width).plus(held) > kept(width) {
        let what =
            format!("the source keeps periods of {} for {} only", Exactly(width), Exactly(kept(width)));
        found.push(place.problem(what, Some("write a shorter history, or a longer `in`".to_owned())));
    }
}

/// Whether window, hold and samples go with the metric.
fn tails(
    said: &Comparison,
    metric: &Metric,
    at: impl Fn(parse::Spot) -> Place,
    places: &Places,
    found: &mut Vec<Problem>,
) {
    let period = metric.period;
    if let Some(window) = said.window {
        if matches!(metric.source, Source::Reported { .. }) {
            let what = format!("`{}` is the newest report, so it has no window", metric.name);
            found.push(at(places.window).problem(what, Some("`max_age` says how old it may be".to_owned())));
        } else if period.times(window.whole(period)) != window {
            let what = format!("`in {}` is not a whole number of the metric's periods", Exactly(window));
            found.push(at(places.window).problem(what, Some(format!("a period is {}", Exactly(period)))));
        }
    }
    let held = match said.hold {
        Some(Hold::For(span)) => span,
        Some(Hold::Row(n)) => period.times(u64::from(n)),
        None => Span::ZERO,
    };
    let asked = said.window.unwrap_or(period).plus(held);
    if let Limit::Mean { over, .. } = said.bound {
        history(over, said.window.unwrap_or(period), held, at(places.bound), found);
    }
    if matches!(metric.source, Source::Budget(_)) && asked > WINDOWS_MAX {
        let what = format!("a budget is judged over at most {}", Exactly(WINDOWS_MAX));
        found.push(at(places.window).problem(what, Some("write a shorter `in`".to_owned())));
    }
    let stored =
        matches!(metric.source, Source::Ratio { .. } | Source::Average { .. } | Source::Series { .. });
    if stored && asked > kept(period) {
        let spot = if said.window.is_some() { places.window } else { places.hold };
        let what =
            format!("the source keeps periods of {} for {} only", Exactly(period), Exactly(kept(period)));
        found.push(at(spot).problem(what, Some("write a longer `period` in the metric".to_owned())));
    }
    if said.samples.is_some() && matches!(metric.source, Source::Signal(_)) {
        found.push(at(places.samples).problem(
            "every report of a signal counts: it has no samples",
            Some("leave `from ... samples` out".to_owned()),
        ));
    }
}

//! What may be spent in a day.

use super::{
    actions::{self, After},
    fields::{Fields, mapping, one_or_more, parsed, text, word},
    keys,
    metrics::check_name,
    parse,
    series::Measures,
    stages::Scope,
    unknown::unknown,
};
use crate::{
    plan::{
        About, Baseline, Budget, Kind, Meter, Metric, Missing, Problem, Source, Stat, Step,
        parse::{Misread, Unit},
        yaml::{Entry, Node, Place, Value},
    },
    time::Span,
    units::{BudgetId, Decimal, MetricId, Money, Share},
};

/// Budgets of a plan; each is read on every tick.
const MOST: usize = 20;
/// Wherever a day begins, it is at a quarter of an hour of every other place.
const QUARTER: Span = Span::minutes(15);

impl Scope<'_> {
    /// The budgets, each with a metric of its own name, and where each stands.
    pub(super) fn budgets(
        &self,
        fields: &Fields<'_>,
        measures: &mut Measures,
        found: &mut Vec<Problem>,
    ) -> (Vec<Budget>, Vec<Place>) {
        let (mut budgets, mut places) = (Vec::new(), Vec::new());
        let Some(node) = fields.get("budgets") else { return (budgets, places) };
        let entries = mapping(node, "`budgets`", found).map(|(entries, _)| entries).unwrap_or_default();
        if let Some(beyond) = entries.get(MOST) {
            found.push(beyond.place.problem(
                format!("more than {MOST} budgets"),
                Some("each is read on every tick: make one of several".to_owned()),
            ));
        }
        for entry in entries.iter().take(MOST) {
            check_name(entry, found);
            let name = &entry.key.text;
            if measures.known.contains_key(name) {
                let help = "a budget is a metric under its own name: call one of them otherwise".to_owned();
                let what = format!("`{name}` is already the name of a metric");
                found.push(entry.place.problem(what, Some(help)));
                continue;
            }
            let budget = self.budget(entry, measures, found);
            let id = budget.map(|budget| {
                let id = BudgetId(u16::try_from(budgets.len()).unwrap_or(u16::MAX));
                let metric = budget.metric;
                measures.metrics.push(spent(id, name));
                budgets.push(budget);
                places.push(entry.place);
                metric
            });
            measures.known.insert(name.clone(), id);
        }
        (budgets, places)
    }

    fn budget(&self, entry: &Entry, measures: &Measures, found: &mut Vec<Problem>) -> Option<Budget> {
        let before = found.len();
        let fields = Fields::of(&entry.node, "a budget", &keys::BUDGET, found)?;
        let cap = fields.need("cap", found).and_then(|node| parsed(node, cap, found));
        let warn = fields.get("warn").and_then(|node| parsed(node, warn, found));
        let expect = fields.get("expect").and_then(|node| parsed(node, expect, found));
        let at_cap = fields.get("at_cap").map_or_else(Vec::new, |node| self.at_cap(node, entry, found));
        let meter = fields.need("meter", found).and_then(|node| meter(node, measures, found));
        let cap = cap?;
        if let Some((least, _)) = expect.filter(|(least, _)| cap < *least) {
            let what = format!("at least {least} is expected each day, and the cap is {cap}");
            found.push(
                fields
                    .key_place("expect")
                    .problem(what, Some("write a larger `cap` or a smaller `expect`".to_owned())),
            );
        }
        let budget = Budget {
            name: entry.key.text.clone(),
            metric: MetricId(u16::try_from(measures.metrics.len()).unwrap_or(u16::MAX)),
            cap,
            warn: warn.map(|share| cap.part(share)).filter(|warn| *warn > Money::ZERO),
            expect,
            at_cap,
            meter: meter?,
        };
        (found.len() == before).then_some(budget)
    }

    /// What is held off at the cap, and given back with the next window.
    fn at_cap(&self, node: &Node, entry: &Entry, found: &mut Vec<Problem>) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for node in one_or_more(node) {
            let Some(action) = actions::read(self, node, After::Cap, found) else { continue };
            let Step::Disable(name) = action.step else {
                let what = "at the cap a feature or a cohort is held off, until the window ends";
                let name = &entry.key.text;
                let help = format!("write a guardrail for it: `{{when: {name} >= $5, then: pause}}`");
                found.push(node.place.problem(what, Some(help)));
                continue;
            };
            if names.contains(&name) {
                found.push(
                    node.place.problem(
                        format!("`{name}` is written twice"),
                        Some("leave one of them out".to_owned()),
                    ),
                );
            } else {
                names.push(name);
            }
        }
        names
    }
}

/// The metric of a budget.
fn spent(id: BudgetId, name: &str) -> Metric {
    Metric {
        name: name.to_owned(),
        source: Source::Budget(id),
        kind: Kind::Money,
        unit: "$".to_owned(),
        scale: Decimal::whole(1),
        about: About::All,
        missing: Missing::Zero,
        from: None,
        baseline: Baseline::None,
        lag: Span::ZERO,
        period: Span::hours(1),
    }
}

/// `{logs: GROUP, field: NAME}`, `{metric: NAME}`, or `calls`.
fn meter(node: &Node, measures: &Measures, found: &mut Vec<Problem>) -> Option<Meter> {
    if matches!(node.value, Value::Scalar(_)) {
        return word(node, &["calls"], found).map(|_| Meter::Calls);
    }
    let fields = Fields::of(node, "`meter`", &keys::METER, found)?;
    match (fields.get("logs"), fields.get("field"), fields.get("metric")) {
        (None, None, Some(name)) => metered(name, measures, found).map(Meter::Metric),
        (_, _, None) => {
            let group = fields.need("logs", found).and_then(|node| text(node, found));
            let field = fields.need("field", found).and_then(|node| text(node, found));
            Some(Meter::Logs { group: group?, field: field? })
        }
        (_, _, Some(_)) => {
            let help = "write `{logs: GROUP, field: NAME}`, or `{metric: NAME}`".to_owned();
            found.push(
                node.place.problem("money is counted in a log or by a metric, never twice", Some(help)),
            );
            None
        }
    }
}

/// A metric that can tell what was spent: dollars that are added up, in periods that lie within one hour of one day.
fn metered(node: &Node, measures: &Measures, found: &mut Vec<Problem>) -> Option<MetricId> {
    let name = text(node, found)?;
    let Some(id) = measures.known.get(&name) else {
        let problem = if name.contains('/') {
            let help =
                format!("declare it under `metrics`, as `cost: {{metric: {name}, stat: Sum, unit: $}}`");
            node.place.problem(format!("`{name}` is a metric of the source and none of the plan"), Some(help))
        } else {
            let known: Vec<&str> = measures.known.keys().map(String::as_str).collect();
            unknown(node.place, "metric", &name, &known)
        };
        found.push(problem);
        return None;
    };
    // One that is broken is told of in its own place.
    let metric = (*id).and_then(|id| measures.metrics.get(usize::from(id.0)))?;
    let is_sum = matches!(metric.source, Source::Series { stat: Stat::Sum, .. });
    if !is_sum || metric.kind != Kind::Money {
        let help = "a meter adds dollars up: name a metric with `stat: Sum, unit: $`".to_owned();
        found.push(node.place.problem(format!("`{name}` does not tell what was spent"), Some(help)));
        return None;
    }
    if metric.period.times(QUARTER.whole(metric.period)) != QUARTER {
        let what = format!("a period of {} may lie in two days", metric.period);
        let help =
            "days begin at a quarter of an hour somewhere: write `period: 5m`, or 1m, 3m or 15m".to_owned();
        found.push(node.place.problem(what, Some(help)));
        return None;
    }
    if metric.lag >= Span::days(1) {
        let what = format!("what `{name}` tells is complete after {}, when its day is over", metric.lag);
        let help = "a cap is about the present day: write a shorter `lag`, or let the calls tell".to_owned();
        found.push(node.place.problem(what, Some(help)));
        return None;
    }
    *id
}

fn misread(text: &str, what: &str, right: &str) -> Misread {
    let what = format!("`{text}` is not {what}");
    Misread { at: 0, length: text.chars().count(), what, help: Some(format!("write `{right}`")) }
}

fn money(text: &str) -> Option<Money> {
    let quantity = parse::quantity(text).ok().filter(|money| money.unit == Unit::Dollar);
    quantity.and_then(|quantity| Money::from_dollars(quantity.amount))
}

/// `$5/day`
fn cap(text: &str) -> Result<Money, Misread> {
    let cap = text.strip_suffix("/day").and_then(money).filter(|cap| *cap > Money::ZERO);
    cap.ok_or_else(|| misread(text, "a cap", "$5/day"))
}

/// `80%`: below the cap.
fn warn(text: &str) -> Result<Share, Misread> {
    let percent: Option<Decimal> = text.strip_suffix('%').and_then(|percent| percent.parse().ok());
    if percent.is_some_and(|percent| Decimal::whole(100) <= percent) {
        let what = "the cap does not lie above this warning line".to_owned();
        let help = Some("write a share of the cap below 100%, such as `80%`".to_owned());
        return Err(Misread { at: 0, length: text.chars().count(), what, help });
    }
    let share = percent.and_then(Share::from_percent).filter(|share| *share > Share::NONE);
    share.ok_or_else(|| misread(text, "a share of the cap", "80%"))
}

/// `$0.50-$2.00`
fn expect(text: &str) -> Result<(Money, Money), Misread> {
    let bounds = text.split_once('-').and_then(|(low, high)| Some((money(low)?, money(high)?)));
    let range = bounds.filter(|(low, high)| low <= high);
    range.ok_or_else(|| misread(text, "an expected range", "$0.50-$2.00"))
}

//! A small plan for the lab's tests, built by hand.

use rollout::{
    condition::{Bound, Condition, Relation, Spread},
    plan::{
        About, Action, Back, Bake, Baseline, Check, Dimension, Item, Kind, Lookup, Metric, Missing,
        OnNewCode, Part, Plan, Probe, Promise, Recalled, Rule, Series, Severity, Source, Stage, Stat, Step,
        Switch, Target, Template, When,
    },
    time::{Span, Timestamp},
    units::{ConditionId, Decimal, DimensionId, MetricId, SeriesId, Share, StageIndex},
};
use std::collections::BTreeMap;

/// When the lab's tests begin: a whole minute.
pub(super) const START: Timestamp = Timestamp(1_800_000_000_000);

pub(super) fn minutes(n: u64) -> Timestamp {
    START.after(Span::minutes(n))
}

pub(super) fn percent(n: u16) -> Share {
    Share::from_hundredths(n * 100).unwrap()
}

pub(super) fn metric(plan: &Plan, name: &str) -> MetricId {
    let place = plan.metrics.iter().position(|metric| metric.name == name).unwrap();
    MetricId(u16::try_from(place).unwrap())
}

#[derive(Default)]
struct Sketch {
    series: Vec<Series>,
    metrics: Vec<Metric>,
    conditions: Vec<Condition>,
}

impl Sketch {
    fn ask(&mut self, metric: &str, stat: Stat, dimensions: &[(&str, &str)]) -> SeriesId {
        let dimensions = dimensions.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let series = Series { metric: metric.to_owned(), dimensions, stat };
        let place = self.series.iter().position(|known| *known == series).unwrap_or_else(|| {
            self.series.push(series);
            self.series.len() - 1
        });
        SeriesId(u16::try_from(place).unwrap())
    }

    fn everybody(&mut self, metric: &str, stat: Stat) -> Lookup {
        Lookup { canary: self.ask(metric, stat, &[]), baseline: None, members: BTreeMap::new() }
    }

    fn arms(&mut self, metric: &str, stat: Stat) -> Lookup {
        let canary = self.ask(metric, stat, &[("Arm", "new")]);
        let baseline = Some(self.ask(metric, stat, &[("Arm", "old")]));
        Lookup { canary, baseline, members: BTreeMap::new() }
    }

    fn endpoints(&mut self, metric: &str, stat: Stat) -> Lookup {
        let members = ["e1", "e7"].map(|member| {
            let canary = self.ask(metric, stat, &[("Arm", "new"), ("Endpoint", member)]);
            (canary, Some(self.ask(metric, stat, &[("Arm", "old"), ("Endpoint", member)])))
        });
        let members = BTreeMap::from([(DimensionId(0), members.to_vec())]);
        Lookup { members, ..self.arms(metric, stat) }
    }

    fn metric(
        &mut self,
        name: &str,
        source: Source,
        kind: Kind,
        unit: (&str, i64),
        about: About,
        against: Baseline,
    ) {
        self.metrics.push(Metric {
            name: name.to_owned(),
            source,
            kind,
            unit: unit.0.to_owned(),
            scale: Decimal::whole(unit.1),
            about,
            missing: Missing::Unknown,
            from: None,
            baseline: against,
            lag: Span::minutes(1),
            period: Span::minutes(1),
        });
    }

    fn condition(&mut self, metric: &str, relation: Relation, bound: Bound) -> ConditionId {
        let place = self.metrics.iter().position(|known| known.name == metric).unwrap();
        self.conditions.push(Condition {
            text: metric.to_owned(),
            metric: MetricId(u16::try_from(place).unwrap()),
            growth: matches!(bound, Bound::Rate { .. }),
            relation,
            bound,
            spread: None,
            window: Some(Span::minutes(5)),
            hold: None,
            samples: None,
        });
        ConditionId(u16::try_from(self.conditions.len() - 1).unwrap())
    }
}

fn measure(sketch: &mut Sketch) {
    let percent = ("percent", 100);
    let (errors, requests) =
        (sketch.endpoints("App/Errors", Stat::Sum), sketch.endpoints("App/Requests", Stat::Sum));
    let (of, to) = (vec![errors.clone()], vec![requests]);
    let ratio = Source::Ratio { of: of.clone(), to: to.clone(), without: false };
    sketch.metric("error_rate", ratio, Kind::Percent, percent, About::Canary, Baseline::Arm);
    let ratio = Source::Ratio { of, to, without: true };
    sketch.metric("availability", ratio, Kind::Percent, percent, About::Canary, Baseline::Arm);
    let errors = Source::Series { values: errors, count: None, stat: Stat::Sum };
    sketch.metric("errors", errors, Kind::Count, ("count", 1), About::Canary, Baseline::None);
    let (hits, misses) = (sketch.arms("App/Hits", Stat::Sum), sketch.arms("App/Misses", Stat::Sum));
    let ratio = Source::Ratio { of: vec![hits.clone()], to: vec![hits, misses], without: false };
    sketch.metric("hit_rate", ratio, Kind::Percent, percent, About::Canary, Baseline::Arm);
    for (name, at, stat, kind, unit) in [
        ("p95_latency", "App/Latency", Stat::Percentile(9500), Kind::Duration, ("ms", 1)),
        ("memory", "App/Memory", Stat::Maximum, Kind::Bytes, ("MB", 1_000_000)),
    ] {
        let (values, count) = (sketch.arms(at, stat), Some(sketch.arms(at, Stat::SampleCount)));
        let series = Source::Series { values, count, stat };
        sketch.metric(name, series, kind, unit, About::Canary, Baseline::Arm);
    }
    for (name, against) in [("tickets", Baseline::Before(Span::days(7))), ("crashes", Baseline::None)] {
        let values = sketch.everybody(name, Stat::Sum);
        let series = Source::Series { values, count: None, stat: Stat::Sum };
        sketch.metric(name, series, Kind::Count, ("count", 1), About::All, against);
    }
    let survey = Source::Reported { name: "survey-score".to_owned(), max_age: Span::days(7) };
    sketch.metric("survey", survey, Kind::Number, ("number", 1), About::All, Baseline::None);
    let reports = Source::Signal("critical-report".to_owned());
    sketch.metric("reports", reports, Kind::Count, ("count", 1), About::All, Baseline::None);
}

fn constant(nanos: i128) -> Bound {
    Bound::Constant(Decimal::from_nanos(nanos))
}

fn gates(sketch: &mut Sketch) -> Vec<Item> {
    const ONE: i128 = 1_000_000_000;
    let per_minute = |amount| Bound::Rate { amount: Decimal::whole(amount), per: Span::minutes(1) };
    let gates = [
        sketch.condition("error_rate", Relation::Below, constant(ONE / 10)),
        sketch.condition("availability", Relation::AtLeast, constant(ONE * 999 / 10)),
        sketch.condition("p95_latency", Relation::Below, constant(1000 * ONE)),
        sketch.condition("hit_rate", Relation::Above, constant(80 * ONE)),
        sketch.condition("memory", Relation::Below, per_minute(10_000_000)),
        sketch.condition("survey", Relation::AtLeast, constant(ONE * 42 / 10)),
        sketch.condition("crashes", Relation::Equal, constant(0)),
        sketch.condition("tickets", Relation::Within, Bound::WithinShare(Decimal::from_nanos(ONE / 10))),
        sketch.condition("error_rate", Relation::AtMost, Bound::Offset(Decimal::from_nanos(ONE / 10))),
    ];
    gates.map(Item::Condition).to_vec()
}

fn rules(sketch: &mut Sketch) -> Vec<Rule> {
    let per_minute = Bound::Rate { amount: Decimal::whole(50_000_000), per: Span::minutes(1) };
    let every = sketch.condition("error_rate", Relation::Above, constant(1_000_000_000));
    let latency = sketch.condition("p95_latency", Relation::Above, Bound::Factor(Decimal::whole(2)));
    let memory = sketch.condition("memory", Relation::Above, per_minute);
    let any = sketch.condition("error_rate", Relation::Above, constant(2_000_000_000));
    sketch.conditions[usize::from(any.0)].spread = Some(Spread { dimension: DimensionId(0), every: false });
    let whens = [every, latency, memory, any].map(|id| When::Any(vec![id]));
    let whens = whens.into_iter().chain([When::Signal("pii".to_owned())]);
    let rule = |when| Rule {
        text: "rule".to_owned(),
        when,
        then: vec![Action { step: Step::RollBack(Back::Full), after: None }],
        severity: Severity::P2,
        from: StageIndex(0),
        until: StageIndex(3),
        dry_run: false,
    };
    whens.map(rule).collect()
}

fn template(part: Part) -> Template {
    Template(vec![part])
}

/// A plan with a bit of everything that the lab looks at.
pub(super) fn plan() -> Plan {
    let mut sketch = Sketch::default();
    measure(&mut sketch);
    let (leave, rules) = (gates(&mut sketch), rules(&mut sketch));
    let hour = Bake::Timed { min: Span::hours(1), max: Span::hours(2) };
    let stage = |(name, share): (&str, u16)| Stage {
        name: name.to_owned(),
        share: percent(share),
        cohorts: Vec::new(),
        features: vec!["ux".to_owned()],
        bake: hour,
        enter: Vec::new(),
        leave: if share > 0 { leave.clone() } else { Vec::new() },
        late: Vec::new(),
        optional: false,
        forceable: true,
    };
    let set = [("ENABLED", Part::Is(Switch::Enabled)), ("PERCENT", Part::Percent)];
    let set = set.map(|(name, part)| (name.to_owned(), template(part)));
    let probe = Probe::Lambda { function: "load".into(), payload: "{}".into(), within: Span::hours(1) };
    Plan {
        name: "demo".to_owned(),
        owner: "team".to_owned(),
        timezone: "UTC".to_owned(),
        links: BTreeMap::new(),
        people: BTreeMap::new(),
        escalate: Vec::new(),
        respond: BTreeMap::new(),
        notify: BTreeMap::new(),
        promise: Promise::default(),
        targets: vec![Target { function: "worker".to_owned(), alias: None, set: set.into() }],
        series: sketch.series,
        dimensions: vec![Dimension {
            name: "endpoint".to_owned(),
            key: "Endpoint".to_owned(),
            members: vec!["e1".to_owned(), "e7".to_owned()],
        }],
        metrics: sketch.metrics,
        budgets: Vec::new(),
        version: None,
        features: vec!["ux".to_owned()],
        cohorts: Vec::new(),
        checks: vec![Check { name: "load".to_owned(), probe }],
        freeze: vec![],
        conditions: sketch.conditions,
        rules,
        stages: [("dark", 0), ("canary", 10), ("quarter", 25), ("full", 100)].map(stage).to_vec(),
        self_approval: true,
        on_new_code: OnNewCode::Restart,
        drill: false,
        recalled: Recalled::default(),
    }
}

/// What a future of the lab comes to: none of them ever waits.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("the lab waits"),
    }
}

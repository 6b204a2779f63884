//! What the properties of this room are tried on.

use crate::{
    plan::{About, Baseline, Kind, Lookup, Metric, Missing, Plan, Source, Stat},
    time::Span,
    units::{Decimal, SeriesId},
};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn lookup(series: u16) -> Lookup {
    Lookup { canary: SeriesId(series), baseline: Some(SeriesId(series + 1)), members: BTreeMap::new() }
}

pub(super) fn metric(source: Source, scale: Decimal, missing: Missing) -> Metric {
    Metric {
        name: "m".to_owned(),
        source,
        kind: Kind::Number,
        unit: "number".to_owned(),
        scale,
        about: About::Canary,
        missing,
        from: None,
        baseline: Baseline::Arm,
        lag: Span::ZERO,
        period: Span::minutes(1),
    }
}

pub(super) fn source() -> impl Strategy<Value = Source> {
    let stat = prop_oneof![
        Just(Stat::Sum),
        Just(Stat::Minimum),
        Just(Stat::Maximum),
        Just(Stat::Percentile(9_500)),
    ];
    prop_oneof![
        any::<bool>().prop_map(|without| Source::Ratio { of: vec![lookup(0)], to: vec![lookup(2)], without }),
        Just(Source::Average { sum: lookup(0), count: lookup(2) }),
        (stat, any::<bool>()).prop_map(|(stat, counted)| Source::Series {
            values: lookup(0),
            count: counted.then(|| lookup(2)),
            stat,
        }),
    ]
}

/// Any plan: the metric is put in its place.
pub(super) fn plan() -> Plan {
    let text = "tidegate: 1\nname: p\nowner: o\npeople: {o: {}}\n\
        targets: [{function: f, set: {VALUE: \"${percent}\"}}]\n\
        stages: [{name: s, percent: 100, bake: 1h}]\n";
    crate::plan::load("p.yaml", text).unwrap().plan
}

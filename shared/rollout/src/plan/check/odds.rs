//! How often a ratio guardrail is set off by chance: for people, so floats will do.

use crate::{
    condition::{Bound, Condition, Hold, Relation},
    plan::{Kind, Metric},
    time::Span,
    units::Decimal,
};

/// The traffic for which the odds are given.
const REQUESTS_A_MINUTE: u64 = 10;
/// A healthy service fails this much less often than the guardrail allows.
const HEALTHY: f64 = 10.0;
/// Windows with more requests than this are not a question of chance.
const MANY: u64 = 10_000;

/// `at 10 requests a minute and a healthy 0.5% it is false once in 3h`; none where nothing can be said.
pub(super) fn of_false_alarm(condition: &Condition, metric: &Metric) -> Option<String> {
    let Bound::Constant(limit) = condition.bound else { return None };
    if metric.kind != Kind::Percent {
        return None;
    }
    let line = match condition.relation {
        Relation::Above | Relation::AtLeast => limit,
        Relation::Below | Relation::AtMost => Decimal::whole(100).minus(limit),
        Relation::Equal | Relation::Within => return None,
    };
    let window = condition.window.unwrap_or(metric.period);
    let requests = window.whole(Span::minutes(1)).max(1).saturating_mul(REQUESTS_A_MINUTE);
    let line = line.to_f64() / 100.0;
    if requests > MANY || line <= 0.0 {
        return None;
    }
    let healthy = line / HEALTHY;
    let once = tail(requests, healthy, line);
    let looks = match condition.hold {
        Some(Hold::For(span)) => span.whole(window).max(1),
        Some(Hold::Row(n)) => u64::from(n),
        None => 1,
    };
    let each = once.powi(i32::try_from(looks).unwrap_or(i32::MAX));
    let often = if each < 1e-7 { return None } else { in_words(1.0 / each) };
    let unit =
        if matches!(condition.relation, Relation::Above | Relation::AtLeast) { "" } else { " failures" };
    let percent = Decimal::from_f64(healthy * 100.0)?.rounded(3);
    Some(format!(
        "at {REQUESTS_A_MINUTE} requests a minute and a healthy {percent}%{unit} it is wrong {often}"
    ))
}

/// The chance that of `n` requests more than the share `line` fail when each fails with chance `p`.
fn tail(n: u64, p: f64, line: f64) -> f64 {
    let requests = n as f64;
    let mut term = (1.0 - p).powf(requests);
    let mut below = 0.0;
    let mut failed = 0.0;
    while failed <= requests * line {
        below += term;
        term *= (requests - failed) / (failed + 1.0) * p / (1.0 - p);
        failed += 1.0;
    }
    (1.0 - below).max(0.0)
}

/// So many minutes, for people.
fn in_words(minutes: f64) -> String {
    match minutes {
        few if few < 90.0 => format!("once in {few:.0} minutes"),
        some if some < 48.0 * 60.0 => format!("once in {:.0} hours", some / 60.0),
        many => format!("once in {:.0} days", many / 1440.0),
    }
}

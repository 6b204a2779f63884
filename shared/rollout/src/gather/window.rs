//! Which time a condition looks at, and in which pieces it is asked for.

use super::{LOOK_BACK, Use};
use crate::{
    condition::{Condition, Hold},
    plan::{Metric, Source, Stat},
    time::{Span, Timestamp},
};

/// A window reaches back for samples at most so many periods.
const REACH_BACK_PERIODS: u64 = 60;
/// A growth without a window is judged over so many periods.
const GROWTH_PERIODS: u64 = 5;
/// A percentile is asked over at most this much time at once.
const PERCENTILE_MAX: Span = Span::days(1);

/// The time that is asked for and how it is judged. All edges are whole steps before `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// Nothing before this is looked at.
    pub(super) floor: Option<Timestamp>,
    /// The start of the first period that is asked for.
    pub(super) from: Timestamp,
    /// The newest settled edge.
    pub(super) to: Timestamp,
    /// The time of one point.
    pub(super) period: Span,
    /// The time between two values.
    pub(super) step: Span,
    /// The time of one value; the whole of what is asked when none.
    pub(super) width: Option<Span>,
    /// How much of the newest time a guardrail is judged at; one value for a gate.
    pub(super) judged: Span,
    /// The value is taken over the whole, in a coarse part from `from` and a fine rest up to `to`.
    pub(super) split: Option<Timestamp>,
    /// The fine period of the rest.
    pub(super) fine: Span,
}

impl Window {
    /// The window of a condition. `bake` is where a gate without a tail begins when there is no floor.
    pub(super) fn of(
        condition: &Condition,
        metric: &Metric,
        usage: Use,
        floor: Option<Timestamp>,
        bake: Option<Timestamp>,
        now: Timestamp,
    ) -> Window {
        let to = now.before(metric.lag).floor(metric.period);
        let floor = floor.map(|floor| floor.ceil(metric.period).min(to));
        let bare = condition.window.is_none() && condition.hold.is_none();
        if usage == Use::Gate && bare {
            let from = floor.or(bake).unwrap_or(to).ceil(metric.period).min(to);
            return Window { floor: Some(from), ..Window::whole(metric, from, to) };
        }
        let width = width(condition, metric);
        let step = step(condition, metric, width);
        let judged = if usage == Use::Guard { LOOK_BACK } else { Span::ZERO };
        let reach = if condition.samples.is_some() && bare && usage == Use::Guard {
            metric.period.times(REACH_BACK_PERIODS)
        } else {
            width
        };
        let held = match condition.hold {
            Some(Hold::For(span)) => span,
            Some(Hold::Row(count)) => step.times(u64::from(count) + LOOK_BACK.whole(step)),
            None => Span::ZERO,
        };
        let period = if percentile(metric) { width } else { common(width, step, metric.period) };
        let back = judged.plus(reach).plus(held);
        let from = aligned(to, period, back, floor);
        Window { floor, from, to, period, step, width: Some(width), judged, split: None, fine: metric.period }
    }

    /// Everything from `since` up to the newest settled edge.
    pub(super) fn since(metric: &Metric, since: Timestamp, now: Timestamp) -> Window {
        let to = now.before(metric.lag).floor(metric.period);
        Window::whole(metric, since.ceil(metric.period).min(to), to)
    }

    /// A stretch of the past.
    pub(super) fn fixed(metric: &Metric, from: Timestamp, to: Timestamp) -> Window {
        Window::whole(metric, from.floor(metric.period), to.floor(metric.period))
    }

    fn whole(metric: &Metric, from: Timestamp, to: Timestamp) -> Window {
        let length = to.since(from);
        if percentile(metric) {
            let width = piece(length, metric.period);
            let from = aligned(to, width, length, Some(from));
            return Window {
                floor: Some(from),
                from,
                to,
                period: width,
                step: width,
                width: Some(width),
                judged: to.since(from),
                split: None,
                fine: width,
            };
        }
        let coarse = coarse(length).max(metric.period);
        let split = from.after(coarse.times(length.whole(coarse)));
        let (period, split) =
            if coarse == metric.period { (metric.period, None) } else { (coarse, Some(split)) };
        Window {
            floor: Some(from),
            from,
            to,
            period,
            step: metric.period,
            width: None,
            judged: Span::ZERO,
            split,
            fine: metric.period,
        }
    }
}

/// Equal pieces of at most a day: each must hold, because percentiles cannot be put together.
fn piece(length: Span, period: Span) -> Span {
    let pieces = length.as_millis().div_ceil(PERCENTILE_MAX.as_millis()).max(1);
    Span::millis(length.as_millis() / pieces / period.as_millis().max(1) * period.as_millis()).max(period)
}

/// A percentile must be asked of the source with the period of its window: it is never averaged.
pub(super) fn percentile(metric: &Metric) -> bool {
    matches!(metric.source, Source::Series { stat: Stat::Percentile(_), .. })
}

fn width(condition: &Condition, metric: &Metric) -> Span {
    let bare = if condition.growth { metric.period.times(GROWTH_PERIODS) } else { metric.period };
    condition.window.unwrap_or(bare).max(metric.period)
}

/// Values are a minute apart up to an hour, five minutes up to a day, an hour beyond; never closer than the period.
fn step(condition: &Condition, metric: &Metric, width: Span) -> Span {
    let step = match condition.hold {
        Some(Hold::For(span)) => coarse_step(span),
        Some(Hold::Row(_)) | None => metric.period,
    };
    if percentile(metric) { step.max(width) } else { step.max(metric.period) }
}

fn coarse_step(span: Span) -> Span {
    if span <= Span::hours(1) {
        Span::minutes(1)
    } else if span <= Span::days(1) {
        Span::minutes(5)
    } else {
        Span::hours(1)
    }
}

/// The period in which a long stretch is asked for: a few hundred points at most.
fn coarse(length: Span) -> Span {
    if length <= Span::hours(3) {
        Span::minutes(1)
    } else if length <= Span::days(1) {
        Span::minutes(5)
    } else {
        Span::hours(1)
    }
}

/// The largest usual period that divides both.
fn common(width: Span, step: Span, period: Span) -> Span {
    let divides = |part: Span| {
        width.as_millis().is_multiple_of(part.as_millis())
            && step.as_millis().is_multiple_of(part.as_millis())
    };
    [Span::hours(1), Span::minutes(5)]
        .into_iter()
        .find(|part| *part >= period && divides(*part))
        .unwrap_or(period)
}

/// The earliest edge that is a whole number of periods before `to`, at most `back` before it and not before the floor.
fn aligned(to: Timestamp, period: Span, back: Span, floor: Option<Timestamp>) -> Timestamp {
    let room = floor.map_or(back, |floor| to.since(floor).min(back));
    to.before(period.times(room.whole(period)))
}

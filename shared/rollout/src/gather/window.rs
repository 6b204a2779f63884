//! Which time a condition looks at, and in which pieces it is asked for.

use super::{LOOK_BACK, Use, asked::points};
use crate::{
    condition::{Bound, Condition, Hold},
    plan::{Metric, Source, Stat},
    time::{Span, Timestamp},
};

/// A window reaches back for samples at most so far: its newest periods one by one, what is older in these pieces.
const REACH_BACK: Span = Span::hours(12);
const REACH_BACK_FINE: u64 = 45;
const REACH_BACK_PIECE: Span = Span::minutes(15);
/// A growth without a window is judged over so many periods.
const GROWTH_PERIODS: u64 = 5;
/// A percentile is asked over at most this much time at once.
const PERCENTILE_MAX: Span = Span::days(1);
/// What is older than the first is kept by sources in no finer pieces than the second.
const KEPT: [(Span, Span); 2] = [(Span::days(63), Span::hours(1)), (Span::days(15), Span::minutes(5))];

/// The time that is asked for and how it is judged. All edges are whole steps before `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// Nothing before this is looked at; it may lie ahead of what is settled.
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
    /// How much of the newest time is judged edge by edge; the newest edge alone when zero.
    pub(super) judged: Span,
    /// The value is taken over the whole, in a coarse part from `from` and a fine rest up to `to`.
    pub(super) split: Option<Timestamp>,
    /// The fine period of the rest.
    pub(super) fine: Span,
}

/// From when on a condition may look, and at how much of the newest time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    pub(super) usage: Use,
    /// Nothing before this is looked at.
    pub(super) floor: Option<Timestamp>,
    /// How much of the newest time is judged edge by edge.
    pub(super) judged: Span,
    /// What a window holds may be older, but no edge before this is judged except the newest.
    pub(super) begins: Option<Timestamp>,
    /// Where a gate without a tail begins when there is no floor.
    pub(super) bake: Timestamp,
    /// There is no history before this.
    pub(super) exposed: Option<Timestamp>,
}

/// What is looked at in a time that is known beforehand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Foresight {
    /// What a long window may leave behind.
    head: Option<Window>,
    /// What stays in it, and what it comes to; a short one is whole.
    body: Window,
    /// The edges of the history that limits are taken from.
    pub(super) history: Option<(Timestamp, Timestamp)>,
}

impl Foresight {
    /// The parts, oldest first.
    pub(super) fn parts(&self) -> impl Iterator<Item = Window> + use<> {
        self.head.into_iter().chain([self.body])
    }
}

impl Window {
    /// The window of a condition at `now`.
    pub(super) fn of(condition: &Condition, metric: &Metric, reach: Reach, now: Timestamp) -> Window {
        let to = settled(metric, now);
        let floor = reach.floor.map(|floor| floor.ceil(metric.period));
        let bare = condition.window.is_none() && condition.hold.is_none();
        if reach.usage == Use::Gate && bare {
            let from = floor.unwrap_or(reach.bake.ceil(metric.period));
            return Window { floor: Some(from), ..Window::whole(metric, condition.growth, from.min(to), to) };
        }
        let judged = reach.begins.map_or(reach.judged, |since| to.since(since).min(reach.judged));
        let width = width(condition, metric);
        let step = step(condition, metric, width);
        if reaches_back(condition, metric) {
            return Window::reaching(metric, floor, to, judged);
        }
        if is_long(condition, metric, width) {
            let from = aligned(to, metric.period, width, floor);
            return Window { floor, width: Some(width), ..Window::whole(metric, false, from, to) };
        }
        let held = held(condition, step);
        let period = if condition.growth {
            metric.period
        } else if percentile(metric) {
            width
        } else {
            common(width, step, metric.period)
        };
        let from = aligned(to, period, judged.plus(width).plus(held), floor);
        Window { floor, from, to, period, step, width: Some(width), judged, split: None, fine: metric.period }
    }

    /// As much of the past as it may take to find enough samples before each judged edge.
    fn reaching(metric: &Metric, floor: Option<Timestamp>, to: Timestamp, judged: Span) -> Window {
        let period = metric.period;
        let fine = judged.plus(period.times(REACH_BACK_FINE));
        let from = aligned(to, period, fine, floor);
        let whole = Window { width: Some(period), judged, ..Window::even(floor, from, to, period) };
        let pieces = REACH_BACK_PIECE.as_millis().is_multiple_of(period.as_millis());
        let piece = if pieces { REACH_BACK_PIECE } else { period };
        // The same pieces from one tick to the next, so that what was asked of the source once is what it says again; from
        // the floor on, so that nothing behind it is left out.
        let newest = to.before(fine);
        let begin = newest.before(REACH_BACK);
        let from = floor.filter(|floor| *floor > begin).unwrap_or(begin.floor(piece));
        let split = from.after(piece.times(newest.since(from).whole(piece)));
        if from < split { Window { from, period: piece, split: Some(split), ..whole } } else { whole }
    }

    /// The metric's own history: pieces as wide as a value, before everything that a condition looks at. It moves on by a
    /// hundredth of its length at a time, so that what was asked of the source once need not be asked again for a while.
    pub(super) fn history(
        condition: &Condition,
        metric: &Metric,
        over: Span,
        reach: Reach,
        now: Timestamp,
    ) -> Window {
        let width = width(condition, metric);
        let step = step(condition, metric, width);
        let judged = if reach.usage == Use::Guard { LOOK_BACK } else { Span::ZERO };
        let looked_at = judged.plus(width).plus(held(condition, step));
        let moves = width.times((over.whole(width) / 100).max(1));
        let to = settled(metric, now).before(looked_at).floor(moves);
        let floor = reach.exposed.map(|exposed| exposed.ceil(metric.period));
        let from = aligned(to, width, over, floor);
        Window { width: Some(width), ..Window::even(floor, from, to, width) }
    }

    /// All that a guardrail's condition may look at at any tick after `now` and up to `until`. None where values that are
    /// not whole yet, or another history, would have to be told apart.
    pub(super) fn foreseen(
        condition: &Condition,
        metric: &Metric,
        reach: Reach,
        now: Timestamp,
        until: Timestamp,
    ) -> Option<Foresight> {
        let (first, to) = (settled(metric, now), settled(metric, until));
        let floor = reach.floor.map(|floor| floor.ceil(metric.period));
        if floor.is_some_and(|floor| floor >= first) {
            return None;
        }
        let width = width(condition, metric);
        if is_long(condition, metric, width) {
            return Window::long_foreseen(condition, metric, width, floor, (first, to));
        }
        let history = |over, now| {
            let history = Window::history(condition, metric, over, reach, now);
            (history.from, history.to)
        };
        let over = condition.bound.history();
        let before = over.map(|over| history(over, now));
        if before != over.map(|over| history(over, until)) {
            return None;
        }
        // Where any one point has the samples that are asked for, none looks further back.
        let width = if reaches_back(condition, metric) { metric.period } else { width };
        let step = step(condition, metric, width);
        let judged = to.since(first).plus(LOOK_BACK);
        let back = judged.plus(width).plus(held(condition, step)).plus(metric.period);
        let from = aligned(to, metric.period, back, None);
        let takes_what_is_there =
            condition.hold.is_none() && !condition.growth && over.is_none() && !percentile(metric);
        let clipped = floor.map_or(from, |floor| floor.max(from));
        let even = Window::even(floor, clipped, to, metric.period);
        let whole = Window { step, width: Some(width), judged, ..even };
        let body = (takes_what_is_there || clipped == from).then_some(whole)?;
        Some(Foresight { head: None, body, history: before })
    }

    /// A long window moves on by little: what it may leave behind point by point, and the rest in coarse parts. Of what is
    /// summed up no part says what the whole comes to, nor of two arms, each of which has parts of its own.
    fn long_foreseen(
        condition: &Condition,
        metric: &Metric,
        width: Span,
        floor: Option<Timestamp>,
        (first, to): (Timestamp, Timestamp),
    ) -> Option<Foresight> {
        let sums = matches!(metric.source, Source::Series { stat: Stat::Sum | Stat::SampleCount, .. });
        if sums || !matches!(condition.bound, Bound::Constant(_)) {
            return None;
        }
        let clipped = |at: Timestamp| floor.map_or(at, |floor| floor.max(at));
        let (oldest, inner) = (clipped(first.before(width)), clipped(to.before(width)));
        let coarse = coarse(width, metric.period);
        let split = inner.after(coarse.times(first.since(inner).whole(coarse)));
        let fine = Window::even(floor, oldest, inner, metric.period);
        let body = Window { from: inner, to, period: coarse, split: Some(split), ..fine };
        Some(Foresight { head: (oldest < inner).then_some(fine), body, history: None })
    }

    /// Everything from `since` up to the newest settled edge.
    pub(super) fn since(metric: &Metric, since: Timestamp, now: Timestamp) -> Window {
        let to = settled(metric, now);
        Window::whole(metric, false, since.ceil(metric.period).min(to), to)
    }

    /// Values side by side for people to look at, each over one period: as much of the last `over` as lies behind the
    /// floor, in at most a few hundred of them.
    pub(super) fn row(metric: &Metric, floor: Option<Timestamp>, now: Timestamp, over: Span) -> Window {
        let to = settled(metric, now);
        let floor = floor.map(|floor| floor.ceil(metric.period));
        let period = coarse(over, metric.period);
        let from = aligned(to, period, over, floor);
        Window { width: Some(period), ..Window::even(floor, from, to, period) }
    }

    /// When all of a gate's values fit between the floor and what is settled; none when at least one does already.
    pub(super) fn fits_at(&self, condition: &Condition, metric: &Metric) -> Option<Timestamp> {
        let (floor, width) = (self.floor?, self.width?);
        let is_early = self.to.before(width) < floor;
        is_early.then(|| floor.after(self.takes(condition, width)).after(metric.lag))
    }

    /// How much time the values of a gate take, all of them together.
    pub(super) fn takes(&self, condition: &Condition, width: Span) -> Span {
        match condition.hold {
            // The first value, too, is over its whole width.
            Some(Hold::For(span)) if condition.window.is_some() => {
                span.max(span.minus(self.step).plus(width))
            }
            Some(Hold::For(span)) => span,
            Some(Hold::Row(_)) | None => width,
        }
    }

    /// How many points have the period of the window: all, without a fine rest.
    pub(super) fn coarse_points(&self) -> usize {
        points(self.from, self.split.unwrap_or(self.to), self.period)
    }

    /// A stretch of the past.
    pub(super) fn fixed(metric: &Metric, from: Timestamp, to: Timestamp) -> Window {
        Window::whole(metric, false, from.floor(metric.period), to.floor(metric.period))
    }

    /// Points of one period from `from` to `to`, and one value over all of them.
    fn even(floor: Option<Timestamp>, from: Timestamp, to: Timestamp, period: Span) -> Window {
        let (width, split) = (None, None);
        Window { floor, from, to, period, step: period, width, judged: Span::ZERO, split, fine: period }
    }

    /// One value over everything from `from` to `to`; of a percentile, one over each of a few equal pieces.
    fn whole(metric: &Metric, growth: bool, from: Timestamp, to: Timestamp) -> Window {
        let length = to.since(from);
        let whole = Window::even(Some(from), from, to, metric.period);
        if percentile(metric) && !growth {
            let width = piece(length, metric.period);
            let from = aligned(to, width, length, Some(from));
            let judged = to.since(from);
            return Window { width: Some(width), judged, ..Window::even(whole.floor, from, to, width) };
        }
        let coarse = coarse(length, metric.period);
        // The newest time is always asked in fine periods, so that a source that fell silent is seen.
        let parts = length.minus(metric.period).whole(coarse);
        if coarse == metric.period || parts == 0 {
            return whole;
        }
        Window { period: coarse, split: Some(from.after(coarse.times(parts))), ..whole }
    }
}

/// The newest edge of a period whose value is complete.
pub(super) fn settled(metric: &Metric, now: Timestamp) -> Timestamp {
    now.before(metric.lag).floor(metric.period)
}

/// Equal pieces of at most a day, as fine as the source keeps them: each must hold, because percentiles cannot be put
/// together. What is left over, less than one piece of the source's own, lies at the beginning.
fn piece(length: Span, period: Span) -> Span {
    let kept = KEPT.iter().find(|(age, _)| length > *age).map_or(period, |(_, kept)| period.max(*kept));
    let pieces = length.as_millis().div_ceil(PERCENTILE_MAX.as_millis()).max(1);
    kept.times(Span::millis(length.as_millis() / pieces).whole(kept)).max(kept)
}

/// A percentile must be asked of the source with the period of its window: it is never averaged.
pub(super) fn percentile(metric: &Metric) -> bool {
    matches!(metric.source, Source::Series { stat: Stat::Percentile(_), .. })
}

/// A guardrail without a tail that asks for samples looks back until it has them. One that is compared with its own
/// history does not: the values there are all of one width.
pub(super) fn reaches_back(condition: &Condition, metric: &Metric) -> bool {
    let Condition { window, hold, samples, growth, bound, .. } = condition;
    let bare = window.is_none() && hold.is_none() && !growth;
    bare && samples.is_some() && !percentile(metric) && bound.history().is_none()
}

/// A window over which nothing that matters comes and goes within minutes is asked for in a coarse part and a fine rest,
/// and judged up to its newest edge alone.
fn is_long(condition: &Condition, metric: &Metric, width: Span) -> bool {
    let bare = condition.hold.is_none() && !condition.growth && condition.bound.history().is_none();
    bare && !percentile(metric) && coarse(width, metric.period) > metric.period
}

/// How much time a hold is about.
fn held(condition: &Condition, step: Span) -> Span {
    match condition.hold {
        Some(Hold::For(span)) => span,
        Some(Hold::Row(count)) => step.times(u64::from(count) + LOOK_BACK.whole(step)),
        None => Span::ZERO,
    }
}

fn width(condition: &Condition, metric: &Metric) -> Span {
    let bare = if condition.growth { metric.period.times(GROWTH_PERIODS) } else { metric.period };
    condition.window.unwrap_or(bare).max(metric.period)
}

/// Values are a minute apart up to an hour, five minutes up to a day, an hour beyond; whole periods in any case.
fn step(condition: &Condition, metric: &Metric, width: Span) -> Span {
    let apart = match condition.hold {
        Some(Hold::For(span)) if span > Span::days(1) => Span::hours(1),
        Some(Hold::For(span)) if span > Span::hours(1) => Span::minutes(5),
        Some(Hold::For(_) | Hold::Row(_)) | None => metric.period,
    };
    let periods = apart.as_millis().div_ceil(metric.period.as_millis().max(1)).max(1);
    let step = metric.period.times(periods);
    // A source answers a percentile in periods side by side, so its values cannot overlap.
    if percentile(metric) && !condition.growth { step.max(width) } else { step }
}

/// The period in which a long stretch is asked for: a few hundred points at most.
fn coarse(length: Span, period: Span) -> Span {
    let coarse = if length <= Span::hours(3) {
        Span::minutes(1)
    } else if length <= Span::days(1) {
        Span::minutes(5)
    } else {
        Span::hours(1)
    };
    period.times(coarse.whole(period).max(1))
}

/// The largest usual period that divides both and is made of whole periods.
fn common(width: Span, step: Span, period: Span) -> Span {
    let divides = |whole: Span, part: Span| whole.as_millis().is_multiple_of(part.as_millis());
    [Span::hours(1), Span::minutes(5)]
        .into_iter()
        .find(|part| divides(*part, period) && divides(width, *part) && divides(step, *part))
        .unwrap_or(period)
}

/// The earliest edge that is a whole number of periods before `to`, at most `back` before it and not before the floor.
fn aligned(to: Timestamp, period: Span, back: Span, floor: Option<Timestamp>) -> Timestamp {
    let room = floor.map_or(back, |floor| to.since(floor).min(back));
    to.before(period.times(room.whole(period)))
}

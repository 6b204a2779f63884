//! What the metrics say, minute by minute, of a candidate that may be bad.

use crate::rng::{Rng, mix};
use rollout::{
    evidence::{Answer, Point, Query, Status},
    plan::Plan,
    time::{Span, Timestamp},
};

/// The time of one minute.
const MINUTE: Span = Span::minutes(1);

/// One minute of traffic: the candidate first, the baseline second.
#[derive(Clone, Copy, Debug)]
struct Minute {
    requests: [f64; 2],
    errors: [f64; 2],
    latency: f64,
    queue: f64,
    /// Before this, the source does not have it.
    arrives: Timestamp,
    silent: bool,
}

/// All traffic so far.
#[derive(Debug)]
pub(crate) struct Traffic {
    seed: u64,
    start: Timestamp,
    minutes: Vec<Minute>,
    /// Errors from this percentage on.
    pub failing_from: Option<u16>,
    /// Slow from this percentage on.
    pub slow_from: Option<u16>,
    /// Minutes without data, and minutes that come late, of a thousand.
    pub gaps: u64,
}

/// What a series of the plans counts, and of whom.
#[derive(Clone, Copy, Debug)]
enum Line {
    Requests(usize),
    Errors(usize),
    Latency(usize),
    Queue,
}

impl Traffic {
    /// Of a seed; the candidate is bad in some.
    pub(crate) fn new(rng: &mut Rng, start: Timestamp) -> Traffic {
        let percents = [5, 25, 50, 100];
        let bad = |rng: &mut Rng, per_mille| {
            if rng.chance(per_mille) { rng.pick(&percents).copied() } else { None }
        };
        Traffic {
            seed: rng.number(),
            start,
            minutes: Vec::with_capacity(256),
            failing_from: bad(rng, 250),
            slow_from: bad(rng, 150),
            gaps: if rng.chance(300) { 150 } else { 15 },
        }
    }

    /// Whether a share of the candidate hurts.
    pub(crate) fn is_bad_at(&self, percent: u16) -> bool {
        percent > 0 && self.failing_from.is_some_and(|from| from <= percent)
    }

    /// Lets the minutes up to `now` pass under an exposure.
    pub(crate) fn pass(&mut self, now: Timestamp, percent: impl Fn() -> u16) {
        loop {
            let at = self.start.after(MINUTE.times(self.minutes.len() as u64));
            if at > now {
                return;
            }
            let minute = self.minute(at, percent());
            self.minutes.push(minute);
        }
    }

    fn minute(&self, at: Timestamp, percent: u16) -> Minute {
        let noise = mix(self.seed ^ (self.minutes.len() as u64).wrapping_mul(0x9E37_79B9));
        let from = |shift: u32, below: u64| (noise >> shift) % below;
        let few = from(0, 1000) < self.gaps;
        let total = if few { 8 } else { 200 + from(10, 100) } as f64;
        let exposed = f64::from(percent) / 100.0;
        // A canary has enough traffic of its own at any percentage: what is tested is not the arithmetic of samples.
        let canary = if percent == 0 { 0.0 } else { (total * exposed.max(0.3)).round() };
        let failing = self.is_bad_at(percent);
        let slow = percent > 0 && self.slow_from.is_some_and(|from| from <= percent);
        let late = from(20, 1000) < self.gaps;
        let delay = Span::seconds(if late { 60 * from(30, 9) } else { from(30, 40) });
        Minute {
            requests: [canary, total - canary.min(total) * exposed.min(0.99)],
            errors: [if failing { (canary * 0.2).ceil() } else { (canary * 0.004).floor() }, 1.0],
            latency: if slow { 900.0 } else { 200.0 + from(34, 100) as f64 },
            queue: if from(40, 1000) < 25 { 40.0 + from(50, 62) as f64 } else { from(50, 40) as f64 },
            arrives: at.after(MINUTE).after(delay),
            silent: from(54, 1000) < self.gaps,
        }
    }

    /// How many minutes were silent.
    pub(crate) fn silent(&self) -> usize {
        self.minutes.iter().filter(|minute| minute.silent).count()
    }

    /// The answer of a source that answers.
    pub(crate) fn answer(&self, plan: &Plan, query: &Query, now: Timestamp) -> Answer {
        let line = line(plan, query);
        let per = query.period.whole(MINUTE).max(1);
        let count = query.to.since(query.from).whole(query.period);
        let mut points = Vec::with_capacity(usize::try_from(count).unwrap_or(0));
        for place in 0..count {
            let at = query.from.after(query.period.times(place));
            if at < self.start {
                continue;
            }
            let first = at.since(self.start).whole(MINUTE);
            let minutes = (first..first + per).filter_map(|at| self.known(at, now));
            if let Some(value) = minutes.filter_map(|minute| line.of(minute)).reduce(|a, b| line.join(a, b)) {
                points.push(Point { at, value });
            }
        }
        Answer { points, status: Status::Whole }
    }

    fn known(&self, at: u64, now: Timestamp) -> Option<&Minute> {
        let minute = self.minutes.get(usize::try_from(at).ok()?)?;
        (!minute.silent && minute.arrives <= now).then_some(minute)
    }
}

fn line(plan: &Plan, query: &Query) -> Line {
    let series = plan.series(query.series);
    let arm = usize::from(series.dimensions.values().any(|value| value == "old"));
    match series.metric.as_bytes().get(2) {
        Some(b'R') => Line::Requests(arm),
        Some(b'E') => Line::Errors(arm),
        Some(b'L') => Line::Latency(arm),
        _ => Line::Queue,
    }
}

impl Line {
    fn of(self, minute: &Minute) -> Option<f64> {
        let exposed = minute.requests[0] > 0.0;
        match self {
            Line::Requests(arm) => Some(minute.requests[arm]).filter(|count| *count > 0.0),
            Line::Errors(arm) => (minute.requests[arm] > 0.0).then_some(minute.errors[arm]),
            Line::Latency(0) => exposed.then_some(minute.latency),
            Line::Latency(_) => Some(200.0),
            Line::Queue => Some(minute.queue),
        }
    }

    fn join(self, a: f64, b: f64) -> f64 {
        match self {
            Line::Requests(_) | Line::Errors(_) => a + b,
            Line::Latency(_) | Line::Queue => a.max(b),
        }
    }
}

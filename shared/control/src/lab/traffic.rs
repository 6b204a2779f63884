//! Traffic whose figures follow from the share that is exposed, and from what a story does to it.
//!
//! Each whole minute is made once and never changed, as a source of metrics would keep it. While all is well every
//! figure stands comfortably inside what the plan asks of it, in both arms.

mod minute;
mod twisting;

use super::{
    minutes::{self, Minutes, begin, measured, minute},
    twist::{Lasting, Trouble, Twist},
    world::{Report, World},
};
use crate::{lab::held, ports::Metrics};
use minute::{Flow, Level};
use rollout::{
    evidence::{Answer, Query, Status},
    plan::{Plan, Stat},
    time::{Span, Timestamp},
    units::Share,
};
use std::{
    ops::Range,
    sync::{Mutex, MutexGuard},
};

/// Requests a minute, of both arms together, when nobody says otherwise.
pub const REQUESTS: f64 = 6_000.0;

/// The lab's source of metrics.
pub struct Traffic {
    world: World,
    /// By series of the plan.
    stats: Vec<Stat>,
    seed: u64,
    state: Mutex<State>,
}

/// What has been measured, and what is going on.
struct State {
    now: Timestamp,
    /// The first minute that was made; before it all was well and nobody was exposed.
    first: i64,
    /// The next minute to be made.
    next: i64,
    /// By series; a minute without data is [`minutes::NOTHING`].
    series: Vec<Vec<f64>>,
    /// The requests of each minute, of both arms together.
    requests: Vec<f64>,
    /// By cell of the world.
    levels: Vec<Level>,
    /// By stream of the world.
    flows: Vec<Flow>,
    /// Series that measure nothing at present.
    silent: Vec<bool>,
    going_on: Vec<Lasting<Twist>>,
    /// The requests a minute at present.
    rate: f64,
    /// The levels stay as they are until then.
    steady_until: Timestamp,
    /// What each quantity is multiplied with in the minute that is being made.
    noise: Vec<f64>,
}

impl Traffic {
    /// Traffic that begins to be measured at `start`, with [`REQUESTS`] a minute, each story told by its `seed`.
    pub fn new(plan: &Plan, start: Timestamp, seed: u64) -> Traffic {
        let world = World::of(plan, REQUESTS);
        let first = minute(start);
        let state = State {
            now: start,
            first,
            next: first,
            series: plan.series.iter().map(|_| Vec::new()).collect(),
            requests: Vec::new(),
            levels: world.cells.iter().map(Level::well).collect(),
            flows: world.streams.iter().map(|_| Flow::default()).collect(),
            silent: vec![false; plan.series.len()],
            going_on: Vec::new(),
            rate: REQUESTS,
            steady_until: Timestamp(i64::MAX),
            noise: vec![1.0; world.len()],
        };
        let stats = plan.series.iter().map(|series| series.stat).collect();
        Traffic { world, stats, seed, state: Mutex::new(state) }
    }

    /// Makes the minutes that have ended by `now`, in which `share` was exposed. Time that goes back does nothing.
    pub fn advance(&self, now: Timestamp, share: Share) {
        let mut state = self.state();
        state.now = state.now.max(now);
        while state.next < minute(now) {
            self.make(&mut state, share);
        }
    }

    /// Something happens from `since` on: it shows in the minutes that begin then or later, and before `until`.
    pub fn apply(&self, what: Twist, since: Timestamp, until: Option<Timestamp>) {
        let mut state = self.state();
        state.going_on.push(Lasting { what, since, until });
        state.steady_until = begin(state.next);
    }

    /// The requests a minute at present, of both arms together.
    pub fn requests(&self) -> f64 {
        self.state().rate
    }

    pub(super) fn world(&self) -> &World {
        &self.world
    }

    /// What people report while all is well.
    pub(super) fn reports(&self) -> &[Report] {
        &self.world.reports
    }

    fn state(&self) -> MutexGuard<'_, State> {
        held(&self.state)
    }

    fn answer(&self, state: &State, query: &Query) -> Answer {
        let series = usize::from(query.series.0);
        let (status, late) = state.source();
        let Some(stat) = self.stats.get(series).filter(|_| matches!(status, Status::Whole | Status::Partial))
        else {
            return Answer { points: Vec::new(), status };
        };
        let settled = begin(state.next).min(state.now).before(late);
        let mut answer = minutes::answer(query, *stat, settled, &Kept { traffic: self, state, series });
        if status == Status::Partial {
            answer.points.pop();
            answer.status = status;
        }
        answer
    }
}

impl State {
    /// How the source is just now, and how late.
    fn source(&self) -> (Status, Span) {
        let mut source = (Status::Whole, Span::ZERO);
        for event in self.going_on.iter().filter(|event| event.is_on(self.now)) {
            match event.what {
                Twist::Trouble(Trouble::Partial) => source.0 = Status::Partial,
                Twist::Trouble(Trouble::Forbidden) => source.0 = Status::Forbidden,
                Twist::Trouble(Trouble::Failing) => source.0 = Status::Failing,
                Twist::Trouble(Trouble::Late(by)) => source.1 = by,
                Twist::Trouble(Trouble::NoData(_)) | Twist::Requests(_) | Twist::Figure { .. } => {}
            }
        }
        source
    }

    fn place(&self, minute: i64) -> Option<usize> {
        usize::try_from(minute - self.first).ok()
    }
}

/// The minutes of one series: those that were made, and before them those of a time when all was well.
struct Kept<'a> {
    traffic: &'a Traffic,
    state: &'a State,
    series: usize,
}

impl Minutes for Kept<'_> {
    fn at(&self, minute: i64) -> Option<f64> {
        match self.state.place(minute) {
            Some(place) => self.state.series[self.series].get(place).copied().and_then(measured),
            None => self.traffic.before(self.series, minute),
        }
    }

    fn each(&self, minutes: Range<i64>) -> impl Iterator<Item = f64> {
        let first = self.state.first;
        let made = &self.state.series[self.series];
        let place = |minute: i64| usize::try_from(minute - first).unwrap_or(0).min(made.len());
        let (from, to) = (place(minutes.start), place(minutes.end));
        let before = minutes.start..minutes.end.min(first);
        let before = before.filter_map(|minute| self.traffic.before(self.series, minute));
        before.chain(made[from.min(to)..to].iter().copied().filter_map(measured))
    }

    fn kept(&self, minutes: Range<i64>) -> Option<&[f64]> {
        let range = self.state.place(minutes.start)?..self.state.place(minutes.end)?;
        self.state.series.get(self.series)?.get(range)
    }

    fn weight(&self, minute: i64) -> f64 {
        let made = self.state.place(minute).and_then(|place| self.state.requests.get(place).copied());
        made.unwrap_or(REQUESTS)
    }
}

impl Metrics for Traffic {
    async fn ask(&self, _plan: &Plan, queries: &[Query]) -> Vec<Answer> {
        let state = self.state();
        queries.iter().map(|query| self.answer(&state, query)).collect()
    }
}

#[cfg(test)]
mod tests;

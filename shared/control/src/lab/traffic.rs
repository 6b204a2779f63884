//! Traffic whose figures follow from the share that is exposed, and from what a story does to it.
//!
//! Each whole minute is made once and never changed, as a source of metrics would keep it. While all is well every
//! figure stands comfortably inside what the plan asks of it, in both arms.

mod minute;
mod twisting;

use super::{
    minutes::{self, Minutes, begin, measured, minute, reduce},
    money::Shown,
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
    cell::RefCell,
    collections::BTreeMap,
    ops::Range,
    sync::{Mutex, MutexGuard},
};

/// Requests a minute, of both arms together, when nobody says otherwise.
pub const REQUESTS: f64 = 6_000.0;

/// Nobody has asked for this value yet.
const UNASKED: f64 = f64::from_bits(0x7ff8_0000_0000_7de7);

/// Minutes that are made for whoever looks back: two months.
const PAST_MAX: i64 = 60 * 24 * 60;

/// The lab's source of metrics.
pub struct Traffic {
    world: World,
    /// By series of the plan.
    stats: Vec<Stat>,
    seed: u64,
    state: Mutex<State>,
}

/// What one series measured.
#[derive(Debug, PartialEq)]
struct Measured {
    /// The first minute that is kept: whoever looked back further than the first that was made has had those made, too.
    first: i64,
    /// From then on; a minute without data is [`minutes::NOTHING`].
    minutes: Vec<f64>,
    /// By their number: what so many minutes from each one on came to, once somebody has asked. The next to ask comes an hour
    /// later for most of the same hours.
    together: RefCell<BTreeMap<i64, Vec<f64>>>,
}

/// What has been measured, and what is going on.
struct State {
    now: Timestamp,
    /// The first minute that was made; before it all was well and nobody was exposed.
    first: i64,
    /// The next minute to be made.
    next: i64,
    series: Vec<Measured>,
    /// The requests of each minute, of both arms together.
    requests: Vec<f64>,
    /// By cell of the world.
    levels: Vec<Level>,
    /// By stream of the world.
    flows: Vec<Flow>,
    /// Series that measure nothing at present.
    silent: Vec<bool>,
    going_on: Vec<Lasting<Twist>>,
    /// By minute and series: money that was spent, where a metric is what tells it.
    shown: BTreeMap<(i64, usize), f64>,
    /// The requests a minute at present.
    rate: f64,
    /// The levels stay as they are until then.
    steady_until: Timestamp,
    /// What each quantity is multiplied with in the minute that is being made.
    noise: Vec<f64>,
    /// What was exposed in the minutes that were made last.
    share: Share,
    /// Where minutes were made that have not begun: how it was before them, in case another share is exposed by then.
    turn: Option<Turn>,
}

/// To where the traffic can turn back.
struct Turn {
    next: i64,
    flows: Vec<Flow>,
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
            series: plan.series.iter().map(|_| Measured::from(first)).collect(),
            requests: Vec::new(),
            levels: world.cells.iter().map(Level::well).collect(),
            flows: world.streams.iter().map(|_| Flow::default()).collect(),
            silent: vec![false; plan.series.len()],
            going_on: Vec::new(),
            shown: BTreeMap::new(),
            rate: REQUESTS,
            steady_until: Timestamp(i64::MAX),
            noise: vec![1.0; world.len()],
            share: Share::NONE,
            turn: None,
        };
        let stats = plan.series.iter().map(|series| series.stat).collect();
        Traffic { world, stats, seed, state: Mutex::new(state) }
    }

    /// Makes the minutes that have ended by `now`, in which `share` was exposed. Time that goes back does nothing.
    pub fn advance(&self, now: Timestamp, share: Share) {
        let mut state = self.state();
        if share != state.share {
            self.turn_back(&mut state);
            state.share = share;
        }
        state.now = state.now.max(now);
        if state.next <= minute(now) {
            state.turn = None;
        }
        self.make_until(&mut state, minute(now));
    }

    /// Makes the minutes up to `until` before they have begun, as they will be if the exposure stays as it is. Answers until
    /// when nothing that is known of changes; none where the source does not tell all that it has.
    pub(crate) fn foresee(&self, until: Timestamp) -> Option<Timestamp> {
        let mut state = self.state();
        let until = begin(minute(until.min(state.steady_until)));
        if state.source() != (Status::Whole, Span::ZERO) {
            return None;
        }
        if state.turn.is_none() {
            state.turn = Some(Turn { next: state.next, flows: state.flows.clone() });
        }
        self.make_until(&mut state, minute(until));
        Some(until)
    }

    /// Until when the minutes are made.
    pub(crate) fn foreseen(&self) -> Timestamp {
        begin(self.state().next)
    }

    /// Answers from all the minutes that are made.
    pub(crate) fn ask_ahead(&self, queries: &[Query]) -> Vec<Answer> {
        let mut state = self.state();
        let made = begin(state.next);
        queries.iter().map(|query| self.answer_before(&mut state, query, made)).collect()
    }

    fn make_until(&self, state: &mut State, end: i64) {
        while state.next < end {
            self.make(state, state.share);
        }
    }

    /// Forgets the minutes that have not begun.
    fn turn_back(&self, state: &mut State) {
        let Some(Turn { next, flows }) = state.turn.take() else { return };
        for series in &mut state.series {
            let made = series.place(next).unwrap_or(0);
            series.minutes.truncate(made);
            series.together.take();
        }
        state.requests.truncate(state.place(next).unwrap_or(0));
        (state.next, state.flows) = (next, flows);
        let begun = minute(state.now);
        self.make_until(state, begun);
    }

    /// Something happens from `since` on: it shows in the minutes that begin then or later, and before `until`.
    pub fn apply(&self, what: Twist, since: Timestamp, until: Option<Timestamp>) {
        let mut state = self.state();
        self.turn_back(&mut state);
        state.going_on.push(Lasting { what, since, until });
        state.steady_until = begin(state.next);
    }

    /// Money that was spent in a minute that is made.
    pub(super) fn show(&self, Shown { series, minute, money }: Shown) {
        let mut state = self.state();
        let series = usize::from(series.0);
        if state.silent.get(series).copied().unwrap_or(true) {
            return;
        }
        // A minute that is made again shows it again.
        state.shown.insert((minute, series), money.dollars().to_f64());
        state.show(minute);
        if let Some(known) = state.series.get(series) {
            known.together.take();
        }
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

    /// Makes the minutes of a series from `from` on, where they lie before everything that was made: a history is asked
    /// for again and again.
    fn look_back(&self, state: &mut State, series: usize, from: i64) {
        let Some(known) = state.series.get_mut(series) else { return };
        let missing = known.first - from;
        if missing > 0 && missing <= PAST_MAX {
            let past =
                (from..known.first).map(|minute| self.before(series, minute).unwrap_or(minutes::NOTHING));
            known.minutes.splice(..0, past);
            known.first = from;
            known.together.take();
        }
    }

    fn answer(&self, state: &mut State, query: &Query) -> Answer {
        let now = begin(state.next).min(state.now);
        self.answer_before(state, query, now)
    }

    /// Answers from the minutes before this time.
    fn answer_before(&self, state: &mut State, query: &Query, now: Timestamp) -> Answer {
        let series = usize::from(query.series.0);
        self.look_back(state, series, minute(query.from));
        let (status, late) = state.source();
        let Some(stat) = self.stats.get(series).filter(|_| matches!(status, Status::Whole | Status::Partial))
        else {
            return Answer { points: Vec::new(), status };
        };
        let settled = now.before(late);
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

    /// Puts the money of a minute into what was made of it.
    fn show(&mut self, minute: i64) {
        for ((_, series), money) in self.shown.range((minute, 0)..=(minute, usize::MAX)) {
            let Some(known) = self.series.get_mut(*series) else { continue };
            let place = known.place(minute);
            if let Some(value) = place.and_then(|place| known.minutes.get_mut(place)) {
                *value = *money;
            }
        }
    }
}

/// The minutes of one series: those that were made, and before them those of a time when all was well.
struct Kept<'a> {
    traffic: &'a Traffic,
    state: &'a State,
    series: usize,
}

impl Kept<'_> {
    fn measured(&self) -> Option<&Measured> {
        self.state.series.get(self.series)
    }
}

impl Measured {
    fn from(first: i64) -> Measured {
        Measured { first, minutes: Vec::new(), together: RefCell::default() }
    }

    fn place(&self, minute: i64) -> Option<usize> {
        usize::try_from(minute - self.first).ok()
    }
}

impl Minutes for Kept<'_> {
    fn at(&self, minute: i64) -> Option<f64> {
        let series = self.measured()?;
        match series.place(minute) {
            Some(place) => series.minutes.get(place).copied().and_then(measured),
            None => self.traffic.before(self.series, minute),
        }
    }

    fn each(&self, minutes: Range<i64>) -> impl Iterator<Item = f64> {
        minutes.filter_map(|minute| self.at(minute))
    }

    fn kept(&self, minutes: Range<i64>) -> Option<&[f64]> {
        let series = self.measured()?;
        series.minutes.get(series.place(minutes.start)?..series.place(minutes.end)?)
    }

    fn pieces(
        &self,
        stat: Stat,
        first: Range<i64>,
        every: i64,
        count: usize,
        mut each: impl FnMut(Option<f64>),
    ) {
        let later = (0i64..).take(count).map(|piece| piece * every);
        let minutes = later.map(|later| first.start + later..first.end + later);
        let Some((known, start)) = self.measured().and_then(|known| Some((known, known.place(first.start)?)))
        else {
            // What lies before the first that is kept is remembered nowhere.
            return minutes.for_each(|minutes| each(reduce(stat, minutes, self)));
        };
        let mut together = known.together.borrow_mut();
        let all = together.entry(first.end - first.start).or_default();
        let every = usize::try_from(every).unwrap_or(1);
        all.resize(all.len().max(start + count * every), UNASKED);
        for (value, minutes) in all[start..].iter_mut().step_by(every).zip(minutes) {
            if value.to_bits() == UNASKED.to_bits() {
                *value = reduce(stat, minutes, self).unwrap_or(minutes::NOTHING);
            }
            each(measured(*value));
        }
    }

    fn weight(&self, minute: i64) -> f64 {
        let made = self.state.place(minute).and_then(|place| self.state.requests.get(place).copied());
        made.unwrap_or(REQUESTS)
    }

    fn weights(&self, minutes: Range<i64>) -> Option<&[f64]> {
        self.state.requests.get(self.state.place(minutes.start)?..self.state.place(minutes.end)?)
    }
}

impl Metrics for Traffic {
    async fn ask(&self, _plan: &Plan, queries: &[Query]) -> Vec<Answer> {
        let mut state = self.state();
        queries.iter().map(|query| self.answer(&mut state, query)).collect()
    }
}

#[cfg(test)]
mod tests;

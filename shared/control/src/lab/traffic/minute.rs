//! How one minute is made.

use super::{REQUESTS, State, Traffic};
use crate::lab::{
    chance::swing,
    minutes::{NOTHING, begin, measured},
    world::{Base, Cell, Entry, Side, Stream},
};
use rollout::units::Share;

/// A minute's requests differ from the rate by at most this share of it.
const WAVE: f64 = 0.05;
/// Which chance moves the requests; the quantities have the numbers from zero on.
const OF_REQUESTS: u64 = u64::MAX;

/// The level of a cell at present.
#[derive(Clone, Copy)]
pub(super) struct Level {
    pub(super) value: f64,
    /// A story has set it: it stands still, whatever the share.
    pub(super) is_told: bool,
}

impl Level {
    pub(super) fn well(cell: &Cell) -> Level {
        Level { value: cell.healthy, is_told: false }
    }
}

/// The requests of a stream. They are whole; what is left over waits for the next minute.
///
/// What is counted of them (errors, hits) is not rounded: a thin stream would otherwise show chance where a story
/// says 5 %.
#[derive(Clone, Copy, Default)]
pub(super) struct Flow {
    left_over: f64,
    requests: f64,
    /// Its part of everybody's requests.
    share: f64,
}

impl Flow {
    fn next(&mut self, share: f64, requests: f64) {
        let due = if share > 0.0 { self.left_over + requests * share } else { 0.0 };
        *self = Flow { share, requests: due.floor(), left_over: due.fract() };
    }
}

impl Traffic {
    /// Makes the next minute.
    pub(super) fn make(&self, state: &mut State, share: Share) {
        self.twist(state, begin(state.next));
        let requests = state.rate * self.wave(state.next);
        state.requests.push(requests);
        for (flow, stream) in state.flows.iter_mut().zip(&self.world.streams) {
            flow.next(part(stream, share), requests);
        }
        for quantity in 0..state.noise.len() {
            state.noise[quantity] = self.noise(state.next, quantity);
        }
        let State { series, flows, levels, silent, noise, .. } = state;
        let level = |cell: usize| {
            let Level { value, is_told } = levels[cell];
            let Cell { quantity, dark, .. } = self.world.cells[cell];
            let value = if share == Share::NONE && !is_told { dark } else { value };
            (if is_told { value } else { value * noise[quantity] }, is_told)
        };
        for ((series, entry), silent) in series.iter_mut().zip(&self.world.entries).zip(silent) {
            series.minutes.push(match entry {
                Some(entry) if !*silent => value(entry, flows[entry.stream], level),
                Some(_) | None => NOTHING,
            });
        }
        state.show(state.next);
        state.next += 1;
    }

    /// What a series measured in a minute before the first that was made.
    pub(super) fn before(&self, series: usize, minute: i64) -> Option<f64> {
        let entry = self.world.entries.get(series)?.as_ref()?;
        let mut flow = Flow::default();
        flow.next(part(self.world.streams.get(entry.stream)?, Share::NONE), REQUESTS * self.wave(minute));
        let level = |cell: usize| {
            let cell = self.world.cells[cell];
            (cell.dark * self.noise(minute, cell.quantity), false)
        };
        measured(value(entry, flow, level))
    }

    fn wave(&self, minute: i64) -> f64 {
        1.0 + WAVE * swing(self.seed, minute.unsigned_abs(), OF_REQUESTS)
    }

    fn noise(&self, minute: i64, quantity: usize) -> f64 {
        let most = self.world.noise(quantity);
        if most == 0.0 { 1.0 } else { 1.0 + most * swing(self.seed, minute.unsigned_abs(), quantity as u64) }
    }
}

/// The part of everybody's requests that a stream has.
fn part(stream: &Stream, share: Share) -> f64 {
    let exposed = f64::from(share.hundredths()) / f64::from(Share::ALL.hundredths());
    stream.part
        * match stream.side {
            Side::Canary => exposed,
            Side::Baseline => 1.0 - exposed,
            Side::Everybody => 1.0,
        }
}

/// The value of a series, given the level of each cell and whether a story has set it.
fn value(entry: &Entry, flow: Flow, level: impl Fn(usize) -> (f64, bool)) -> f64 {
    let mut value = entry.part;
    let mut is_told = false;
    for factor in &entry.factors {
        let (level, told) = level(factor.cell);
        value *= if factor.rest { 1.0 - level } else { level };
        is_told |= told;
    }
    match entry.base {
        Base::Share if flow.share == 0.0 => NOTHING,
        Base::Share if is_told => value,
        Base::Share => value * flow.share,
        Base::Requests | Base::One if flow.requests < 1.0 => NOTHING,
        Base::Requests => value * flow.requests,
        Base::One => value,
    }
}

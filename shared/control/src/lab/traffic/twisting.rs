//! How what happens changes the levels from which the minutes are made.

use super::{REQUESTS, State, Traffic, minute::Level};
use crate::lab::{
    minutes::MINUTE,
    twist::{Change, Lasting, Trouble, Twist, Who},
    world::{Member, Sight, View},
};
use rollout::{
    time::Timestamp,
    units::{DimensionId, MetricId},
};

const NEVER: Timestamp = Timestamp(i64::MAX);

impl Lasting<Twist> {
    /// When it next changes the levels, after `at`.
    fn steady_until(&self, at: Timestamp) -> Timestamp {
        let is_growing = matches!(self.what, Twist::Figure { change: Change::Grows { .. }, .. });
        if self.since > at {
            self.since
        } else if is_growing {
            at.after(MINUTE)
        } else {
            self.until.unwrap_or(NEVER)
        }
    }
}

impl Traffic {
    /// Sets the levels for the minute that begins at `at`. What happened later overrides what happened before.
    pub(super) fn twist(&self, state: &mut State, at: Timestamp) {
        if at < state.steady_until {
            return;
        }
        state.going_on.retain(|event| !event.is_over(at));
        state.steady_until = state.going_on.iter().map(|event| event.steady_until(at)).min().unwrap_or(NEVER);
        state.rate = REQUESTS;
        state.silent.fill(false);
        state.levels.clear();
        state.levels.extend(self.world.cells.iter().map(Level::well));
        let events: Vec<Lasting<Twist>> =
            state.going_on.iter().filter(|event| event.is_on(at)).copied().collect();
        for event in events {
            match event.what {
                Twist::Requests(rate) => state.rate = rate,
                Twist::Trouble(Trouble::NoData(metric)) => self.silence(state, metric),
                Twist::Trouble(_) => {}
                Twist::Figure { metric, member, who, change } => {
                    if let Sight::Shows(view) = self.world.sight(metric) {
                        let minutes = at.after(MINUTE).since(event.since);
                        self.figure(
                            state,
                            view,
                            (member, who),
                            &self.changed(view, change, minutes.as_millis() as f64),
                        );
                    }
                }
            }
        }
    }

    fn silence(&self, state: &mut State, metric: Option<MetricId>) {
        match metric {
            None => state.silent.fill(true),
            Some(metric) => {
                for series in self.world.series(metric) {
                    state.silent[usize::from(series.0)] = true;
                }
            }
        }
    }

    /// How a change that began so many milliseconds ago alters a level.
    fn changed(&self, view: View, change: Change, millis: f64) -> impl Fn(Level, f64) -> Level {
        let told = move |value| Level { value, is_told: true };
        move |present: Level, well: f64| match change {
            Change::To(value) => told(view.level(value)),
            Change::Times(factor) => told(view.level(view.shown(well) * factor)),
            Change::Grows { by, per } => {
                let periods = millis / per.as_millis().max(1) as f64;
                told(present.value + view.step(by) * periods)
            }
            Change::Well => Level { value: well, is_told: false },
            Change::NotANumber => told(f64::NAN),
        }
    }

    fn figure(
        &self,
        state: &mut State,
        view: View,
        (member, who): (Option<Member>, Who),
        change: &impl Fn(Level, f64) -> Level,
    ) {
        let quantity = view.quantity();
        for (level, cell) in state.levels.iter_mut().zip(&self.world.cells) {
            let is_meant = member.is_none() || cell.member == member;
            if cell.quantity == quantity && is_meant && who.includes(cell.side) {
                let changed = change(*level, cell.healthy);
                *level = Level { value: self.world.possible(quantity, changed.value), ..changed };
            }
        }
        if let Some((dimension, _)) = member.filter(|_| self.world.adds_up(quantity)) {
            self.add_up(state, quantity, dimension, who);
        }
    }

    /// The whole of a side shows the mean of its members, whose requests are equally many.
    fn add_up(&self, state: &mut State, quantity: usize, dimension: DimensionId, who: Who) {
        for (whole, cell) in self.world.cells.iter().enumerate() {
            if cell.quantity != quantity || cell.member.is_some() || !who.includes(cell.side) {
                continue;
            }
            let members = self.world.cells.iter().zip(&state.levels).filter(|(member, _)| {
                member.quantity == quantity
                    && member.side == cell.side
                    && member.member.is_some_and(|(of, _)| of == dimension)
            });
            let (sum, count) =
                members.fold((0.0, 0.0), |(sum, count), (_, level)| (sum + level.value, count + 1.0));
            if count > 0.0 {
                state.levels[whole] = Level { value: sum / count, is_told: true };
            }
        }
    }
}

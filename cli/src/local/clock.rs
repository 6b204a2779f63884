//! A clock that runs faster than the real one, and never ahead of the work.

use rollout::time::{Span, Timestamp};
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Virtual time. It never passes a tick that has not been carried out: a slow machine makes slow time.
pub(super) struct Clock {
    speed: u32,
    flow: Mutex<Flow>,
}

struct Flow {
    /// At this real moment...
    real: Instant,
    /// ...it was this virtual time.
    base: Timestamp,
    /// The next tick.
    limit: Timestamp,
}

/// Real time that ticks may lag behind and still catch up.
const MADE_UP_MILLIS: u64 = 200;
/// Between two ticks of the doors.
pub(super) const TICK: Span = Span::minutes(1);

impl Clock {
    /// Goes on from `now`, so many times faster than real time.
    pub(super) fn new(now: Timestamp, speed: u32) -> Clock {
        let limit = now.floor(TICK).after(TICK);
        Clock { speed: speed.max(1), flow: Mutex::new(Flow { real: Instant::now(), base: now, limit }) }
    }

    pub(super) fn now(&self) -> Timestamp {
        let flow = self.flow();
        self.flown(&flow).min(flow.limit)
    }

    /// The next tick, and how much real time is left until it is due.
    pub(super) fn next(&self) -> (Timestamp, Duration) {
        let flow = self.flow();
        let left = flow.limit.since(self.flown(&flow)).as_millis();
        (flow.limit, Duration::from_micros(left.saturating_mul(1_000) / u64::from(self.speed)))
    }

    /// The tick was carried out: time may go on to the next. A little that was lost on the way is made up for.
    pub(super) fn ticked(&self) {
        let mut flow = self.flow();
        let tick = flow.limit;
        let made_up = Span::millis(u64::from(self.speed) * MADE_UP_MILLIS);
        if self.flown(&flow).since(tick) > made_up {
            (flow.real, flow.base) = (Instant::now(), tick);
        }
        flow.limit = tick.after(TICK);
    }

    fn flown(&self, flow: &Flow) -> Timestamp {
        let real = u64::try_from(flow.real.elapsed().as_micros()).unwrap_or(u64::MAX);
        flow.base.after(Span::millis(real.saturating_mul(u64::from(self.speed)) / 1_000))
    }

    fn flow(&self) -> MutexGuard<'_, Flow> {
        self.flow.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

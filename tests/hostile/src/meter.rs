//! Money that a metric tells: late, corrected, by a source that fails; and what must hold of the books that are kept of it.

use crate::{
    levels::CAP,
    oracle::{Page, counts},
    ports::Port,
    rng::mix,
    run::LIFE,
    sights::Sight,
    world::State,
};
use control::ports::Spend;
use rollout::{
    calendar::{Calendar, Day, Hour},
    decide::Hold,
    event::Holder,
    evidence::{Answer, Point, Query, Status},
    log::Entry,
    plan::{Budget, Meter as Teller, Plan},
    rollout::{Phase, Rollout, RolloutId},
    time::{Span, Timestamp},
    units::{BudgetId, Money, SeriesId},
};
use std::collections::BTreeMap;

/// The budget whose money the metric tells, where a plan has it.
pub(crate) const BUDGET: &str = "told";
/// The metric, and of how much time each of its points is.
pub(crate) const METRIC: &str = "T/Paid";
const PERIOD: Span = Span::minutes(5);
/// So long after its end a period is complete.
const LAG: Span = Span::minutes(1);
/// No clock in this world is further behind.
const BEHIND_MAX: Span = Span::seconds(3);

/// What the metric tells.
#[derive(Debug)]
pub(crate) struct Meter {
    seed: u64,
    start: Timestamp,
    /// A period costs less than this, in cents.
    below: u64,
    /// Until then the source says nothing of it, or not all.
    pub down: Timestamp,
    /// Of each rollout: what is counted of each hour, and the most that anybody was told of it.
    counted: BTreeMap<(RolloutId, Hour), Money>,
    told: BTreeMap<(RolloutId, Hour), Money>,
}

/// What a door was told of a rollout.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    /// It asked.
    is_asked: bool,
    is_whole: bool,
    hours: BTreeMap<Hour, Money>,
    /// So many windows were read after that.
    pub reads: usize,
    /// Another door counted on top of the same, and first.
    pub is_second: bool,
}

impl Meter {
    /// Of a seed; dear where money is spent.
    pub(crate) fn new(seed: u64, start: Timestamp, costly: bool) -> Meter {
        Meter {
            seed,
            start: start.floor(PERIOD),
            below: if costly { 100 } else { 3 },
            down: start,
            counted: BTreeMap::new(),
            told: BTreeMap::new(),
        }
    }

    /// What the period that begins then is said to have cost: some are late by hours, and some are corrected, now and then
    /// downward.
    fn said(&self, at: Timestamp, now: Timestamp) -> Option<Money> {
        let nth = at.since(self.start).whole(PERIOD);
        let noise = mix(self.seed ^ nth.wrapping_mul(0x9E37_79B9));
        let from = |shift: u32, below: u64| (noise >> shift) % below;
        let late = if from(0, 8) == 0 { Span::minutes(from(8, 180)) } else { Span::seconds(from(8, 90)) };
        let arrives = at.after(PERIOD).after(late);
        if now < arrives || from(16, 16) == 0 {
            return None;
        }
        let first = from(20, self.below) * 10_000 + 7;
        let is_corrected = arrives.after(Span::minutes(from(28, 60))) <= now;
        let micros = match from(36, 8) {
            0 | 1 if is_corrected => first + from(40, self.below) * 10_000,
            2 if is_corrected => first / 2,
            _ => first,
        };
        Some(Money::micros(micros))
    }

    fn points(
        &self,
        from: Timestamp,
        to: Timestamp,
        now: Timestamp,
    ) -> impl Iterator<Item = (Timestamp, Money)> {
        let each = (0..to.since(from).whole(PERIOD)).map(move |nth| from.after(PERIOD.times(nth)));
        each.filter(|at| *at >= self.start).filter_map(move |at| Some((at, self.said(at, now)?)))
    }
}

/// The series that tells a plan's money, where one does.
pub(crate) fn series(plan: &Plan) -> Option<SeriesId> {
    let (_, budget) = plan.budget_named(BUDGET)?;
    let Teller::Metric(_) = &budget.meter else { return None };
    (0u16..).map(SeriesId).zip(&plan.series).find(|(_, series)| series.metric == METRIC).map(|(id, _)| id)
}

impl State {
    /// The source is asked what was spent, and what it tells is kept.
    pub(crate) fn tells(&mut self, plan: &Plan, head: &Rollout, query: &Query) -> (Answer, Told) {
        let (now, is_down) = (self.now, self.meter.down > self.now);
        let mut status = Status::Whole;
        if is_down || self.fails() {
            let bad = [Status::Failing, Status::Partial, Status::Forbidden];
            status = self.rng.pick(&bad).copied().unwrap_or(Status::Failing);
            self.saw(Sight::MeterDown);
        }
        let mut points: Vec<(Timestamp, Money)> = self.meter.points(query.from, query.to, now).collect();
        match status {
            Status::Whole => {}
            // What is missing is the newest.
            Status::Partial => points.truncate(points.len() / 2),
            Status::Forbidden | Status::Failing => points.clear(),
        }
        let mut told = Told { is_asked: true, is_whole: status == Status::Whole, ..Told::default() };
        for (at, money) in &points {
            let hour = told.hours.entry(plan.calendar().hour(*at)).or_default();
            *hour = hour.plus(*money);
        }
        for (hour, money) in &told.hours {
            let most = self.meter.told.entry((head.id.clone(), *hour)).or_default();
            *most = (*most).max(*money);
        }
        let dollars = |money: Money| money.as_micros() as f64 / 1e6;
        let points = points.into_iter().map(|(at, money)| Point { at, value: dollars(money) }).collect();
        (Answer { points, status }, told)
    }

    /// What the metric tells was counted: never more of an hour than somebody was told of it.
    pub(crate) fn counted(&mut self, port: &Port, id: &RolloutId, spend: &Spend) {
        let hour = (id.clone(), spend.hour);
        let told = self.meter.told.get(&hour).copied().unwrap_or_default();
        let counted = self.meter.counted.entry(hour).or_default();
        *counted = counted.plus(spend.money);
        assert!(*counted <= told, "{counted} is counted of an hour of which {told} was told at most");
        if spend.hour.day < self.calendar_day(id) {
            self.saw(Sight::MeteredLate);
        }
        let head = port.gathered(id).expect("whoever counts has asked");
        let (budget, _) = metered(&self.page(id).plan).expect("its plan has the budget");
        assert!(counts(&head, budget), "counted under a budget that is closed, or of what was taken back");
        self.saw(if head.is_over() { Sight::MeteredAfter } else { Sight::Metered });
    }

    /// The most that anybody was told of a day.
    pub(crate) fn told_on(&self, id: &RolloutId, day: Day) -> Money {
        let hours = self.meter.told.iter().filter(|((of, hour), _)| of == id && hour.day == day);
        hours.fold(Money::ZERO, |sum, (_, money)| sum.plus(*money))
    }

    /// What is counted of a day.
    pub(crate) fn counted_on(&self, id: &RolloutId, day: Day) -> Money {
        let hours = self.meter.counted.iter().filter(|((of, hour), _)| of == id && hour.day == day);
        hours.fold(Money::ZERO, |sum, (_, money)| sum.plus(*money))
    }

    /// What the metric says by now was spent on a day under a budget; nothing where it is no meter of it.
    pub(crate) fn said_on(&self, page: &Page, budget: &Budget, day: Day) -> Money {
        if budget.name != BUDGET {
            return Money::ZERO;
        }
        let from = page.plan.calendar().begins(day).max(page.head.created.floor(PERIOD));
        let to = self.now.before(LAG).floor(PERIOD);
        let points = self.meter.points(from, to.max(from), self.now);
        points.fold(Money::ZERO, |sum, (_, money)| sum.plus(money))
    }

    fn calendar_day(&self, id: &RolloutId) -> Day {
        self.page(id).plan.calendar().day(self.now)
    }

    /// What promotes, asks, completes or gives back waits until the meter was read, and what it told is counted; and below
    /// the cap of what it told nothing but giving back goes on.
    pub(crate) fn check_metered(&self, port: &Port, page: &Page, entry: &Entry, gives_back: bool) {
        let told = port.told(&page.head.id);
        assert!(told.reads >= page.plan.budgets.len(), "promoted, and a window could not be read");
        let Some((id, _)) = metered(&page.plan) else { return };
        if !told.is_asked {
            let whole = page.head.created.floor(PERIOD).after(PERIOD).after(LIFE);
            assert!(entry.at < whole, "promoted, and nobody asked what was spent");
            return;
        }
        assert!(told.is_whole, "promoted, and the meter could not be read");
        let today = page.plan.calendar().day(entry.at);
        // What is late by a day is counted on the next tick, if not on this one.
        for (hour, money) in told.hours.iter().filter(|(hour, _)| hour.day == today && !told.is_second) {
            let counted = self.meter.counted.get(&(page.head.id.clone(), *hour)).copied();
            assert!(*money <= counted.unwrap_or_default(), "promoted on {money} that is counted nowhere");
        }
        let is_held = holds_off(&page.head, id, today);
        assert!(gives_back || told.on(today) < CAP || is_held, "goes on beyond the cap");
    }

    /// A tick that saw the money of today beyond the cap leaves nothing on that the cap holds off.
    pub(crate) fn check_capped(&mut self, port: &Port, id: &RolloutId, hold: &Hold) {
        let Some(head) = port.gathered(id).filter(|_| !matches!(hold, Hold::Stale | Hold::Over)) else {
            return;
        };
        let Some(page) = self.books[port.store].pages.get(id) else { return };
        let Some((budget, calendar)) = metered(&page.plan) else { return };
        let Some([_, asked]) = port.asked(id) else { return };
        let (told, today) = (port.told(id), calendar.day(self.now));
        let is_seen = told.is_asked && told.reads == page.plan.budgets.len() && told.on(today) >= CAP;
        if is_seen && calendar.day(asked.before(BEHIND_MAX)) == today && has_overlays(&head) {
            assert!(
                holds_off(&head, budget, today),
                "{} was told under a cap of {CAP}: {hold:?}",
                told.on(today)
            );
            self.saw(Sight::MeterCapped);
        }
        if let Hold::Untold { .. } = hold {
            self.saw(Sight::Untold);
        }
    }

    /// In fine weather a tick counts all that it was told.
    pub(crate) fn check_counted(&self, port: &Port) {
        if self.stormy {
            return;
        }
        for (id, told) in port.told_all() {
            for (hour, money) in &told.hours {
                let counted = self.meter.counted.get(&(id.clone(), *hour)).copied().unwrap_or_default();
                assert!(*money <= counted, "{money} was told of {hour:?}, and {counted} is counted");
            }
        }
    }
}

impl Told {
    /// Whether the meter was asked at all.
    pub(crate) fn is_asked(&self) -> bool {
        self.is_asked
    }

    fn on(&self, day: Day) -> Money {
        let hours = self.hours.iter().filter(|(hour, _)| hour.day == day);
        hours.fold(Money::ZERO, |sum, (_, money)| sum.plus(*money))
    }
}

/// The budget whose money the metric tells, and the days of its plan.
fn metered(plan: &Plan) -> Option<(BudgetId, &Calendar)> {
    plan.budget_named(BUDGET).map(|(id, _)| (id, plan.calendar()))
}

fn holds_off(head: &Rollout, budget: BudgetId, day: Day) -> bool {
    head.off.values().flatten().any(|holder| *holder == Holder::Cap(budget, day))
}

/// Something is shown that may be held off.
fn has_overlays(head: &Rollout) -> bool {
    matches!(
        &head.phase,
        Phase::Waiting { .. }
            | Phase::Advancing { .. }
            | Phase::Baking { .. }
            | Phase::Paused { .. }
            | Phase::Lowering { to: Some(_), .. }
    )
}

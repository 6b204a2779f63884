//! Money that is spent and alarms that ring, and what must hold of them.

use crate::{
    logs, meter,
    oracle::{Page, has_completed},
    ports::Port,
    sights::Sight,
    world::{Sim, State},
};
use control::{
    doors::{self, AlarmNews, Lines, NewState, Wanted},
    ports::{Held, Hold, Paid, ReserveError, Spend, Store},
};
use rollout::{
    calendar::Day,
    event::{Event, Holder},
    levels::{AlarmState, Ringing},
    log::Entry,
    plan::When,
    rollout::{Rollout, RolloutId},
    time::{Span, Timestamp},
    units::{BudgetId, Money},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The alarms of the plans.
const ALARMS: [&str; 2] = ["burning", "noisy"];
/// How much time an alarm looks at.
const WINDOW: Span = Span::minutes(1);
/// The budget that all plans have; some have one more, whose money a metric tells.
pub(crate) const BUDGET: &str = "llm_cost";
const COST: BudgetId = BudgetId(0);
/// What may be spent of each in a day.
pub(crate) const CAP: Money = Money::micros(5_000_000);

/// What is spent and what rings.
#[derive(Default)]
pub(crate) struct Levels {
    /// Whether money is spent in this world.
    pub costly: bool,
    /// Each until a time; quiet after it.
    alarms: BTreeMap<&'static str, (AlarmState, Timestamp)>,
    /// Every time at which one began to ring: somebody may tell of it at any time, and again.
    rang: Vec<(&'static str, Timestamp)>,
    /// One has just begun to ring, and nobody has told of it.
    pub fresh: bool,
    /// Of each rollout: every record that landed, and what was spent on each day, beside what the metric told.
    records: BTreeSet<(RolloutId, String)>,
    spent: BTreeMap<(RolloutId, BudgetId, Day), Money>,
    /// A spend that may come again, and so may lines.
    last: Option<(RolloutId, Spend)>,
    pub lines: Option<Lines>,
    /// Of each rollout: what is held on each day, by the ids of the holds, and how it ended.
    holds: BTreeMap<(RolloutId, Day), BTreeMap<String, Held>>,
    ended: BTreeMap<(RolloutId, String), Money>,
    refused: BTreeSet<(RolloutId, Day)>,
    /// Holds that nobody has settled yet, with what the calls did cost.
    left: Vec<(RolloutId, String, Money)>,
}

impl Levels {
    /// All is quiet, and nothing is spent yet.
    pub(crate) fn new(costly: bool) -> Levels {
        Levels { costly, ..Levels::default() }
    }
}

impl State {
    /// An alarm does something else for a few minutes.
    pub(crate) fn alarm_changes(&mut self) {
        let exposed = self.books[0].active().is_some_and(|page| page.head.touched);
        // Before anything is exposed an alarm ends the story soon: most worlds are spared that.
        if !exposed && self.rng.chance(930) {
            return;
        }
        let name = ALARMS[usize::from(self.rng.chance(300))];
        let state = match self.rng.below(10) {
            0..4 => AlarmState::Ringing(Ringing { since: self.now, window: WINDOW }),
            4 => AlarmState::Insufficient,
            5 => AlarmState::Missing,
            6 => AlarmState::Forbidden,
            _ => AlarmState::Quiet,
        };
        if matches!(state, AlarmState::Ringing(_)) {
            self.levels.rang.push((name, self.now));
            self.levels.fresh = true;
        }
        let until = self.now.after(Span::seconds(60 + self.rng.below(1_200)));
        self.levels.alarms.insert(name, (state, until));
    }

    /// All is quiet from now on.
    pub(crate) fn alarms_end(&mut self) {
        self.levels.alarms.clear();
    }

    /// How an alarm stands, if the source answers.
    pub(crate) fn alarm(&mut self, name: &str) -> AlarmState {
        if self.metrics_down > self.now || self.fails() {
            return AlarmState::Failing;
        }
        let state = self.levels.alarms.get(name).filter(|(_, until)| self.now < *until);
        state.map_or(AlarmState::Quiet, |(state, _)| *state)
    }

    /// Somebody tells that an alarm has begun to ring: mostly the last one, at times one of long ago.
    pub(crate) fn news(&mut self) -> Option<AlarmNews> {
        let last = self.levels.rang.last().copied();
        let (name, at) = if self.rng.chance(700) { last? } else { *self.rng.pick(&self.levels.rang)? };
        Some(AlarmNews { name: name.to_owned(), arn: String::new(), state: NewState::Ringing, at })
    }

    /// A spend landed in a table. Says whether it is new.
    pub(crate) fn spent(&mut self, port: &Port, id: &RolloutId, spend: &Spend) -> bool {
        let is_new = self.levels.records.insert((id.clone(), spend.id.clone()));
        match (is_new, spend.budget == meter::BUDGET) {
            (true, true) => self.counted(port, id, spend),
            (false, true) => self.saw(Sight::MeteredTwice),
            (false, false) => self.saw(Sight::SpentTwice),
            (true, false) => {
                // A drill has none.
                let Some((budget, _)) = self.page(id).plan.budget_named(&spend.budget) else { return true };
                if spend.budget == logs::BUDGET {
                    self.logged(port, id, budget);
                }
                let day = self.levels.spent.entry((id.clone(), budget, spend.hour.day)).or_default();
                *day = day.plus(spend.money);
            }
        }
        is_new
    }

    /// Whether a spend of this name landed.
    pub(crate) fn has_landed(&self, id: &RolloutId, name: &str) -> bool {
        self.levels.records.contains(&(id.clone(), name.to_owned()))
    }

    /// Somebody wanted to hold money: only where there is room for it, whoever else wants some at the same time.
    pub(crate) fn reserved(&mut self, id: &RolloutId, hold: &Hold, outcome: &Result<Held, ReserveError>) {
        let (window, now) = ((id.clone(), hold.day), self.now);
        match outcome {
            Ok(held) => {
                let holds = self.levels.holds.entry(window.clone()).or_default();
                let is_known = holds.insert(hold.id.clone(), *held) == Some(*held);
                let live = holds.values().filter(|held| !held.has_lapsed(now));
                let live = live.fold(Money::ZERO, |sum, held| sum.plus(held.money));
                let taken = self.spent_on(id, COST, hold.day).plus(live);
                assert!(is_known || taken <= CAP, "{taken} is spent and held under a cap of {CAP}");
                self.saw(Sight::Reserved);
            }
            Err(ReserveError::NoRoom { .. }) => {
                self.levels.refused.insert(window);
                self.saw(Sight::NoMoney);
            }
            Err(ReserveError::TooMany | ReserveError::Done | ReserveError::Unavailable(_)) => {}
        }
    }

    /// Somebody said what a hold came to: the first word counts.
    pub(crate) fn settled(&mut self, id: &RolloutId, spend: &Spend, settled: &Paid) {
        let known = self.levels.ended.insert((id.clone(), spend.id.clone()), settled.spend.money);
        if let Some(known) = known {
            assert_eq!(known, settled.spend.money, "a hold came to two amounts");
            self.saw(Sight::SettledTwice);
            return;
        }
        let window = (id.clone(), spend.hour.day);
        if let Some(holds) = self.levels.holds.get_mut(&window) {
            let held = holds.remove(&spend.id).map(|held| held.money).unwrap_or_default();
            assert!(settled.held <= held, "more is given back than was held");
            if settled.held == Money::ZERO {
                self.saw(Sight::HoldLapsed);
            }
        }
        let day = self.levels.spent.entry((id.clone(), COST, spend.hour.day)).or_default();
        *day = day.plus(spend.money);
    }

    /// Somebody spends something, now or a while ago; or tells of it again.
    fn spends(&mut self) -> Option<(RolloutId, Spend)> {
        if let (Some(last), true) = (&self.levels.last, self.rng.chance(200)) {
            return Some(last.clone());
        }
        let page = self.spender()?;
        let (id, calendar) = (page.head.id.clone(), page.plan.calendar().clone());
        let at = if self.rng.chance(100) { self.now.before(Span::hours(3)) } else { self.now };
        let money = Money::micros(self.rng.below(3_000_000));
        let spend = Spend { id: self.unique(), budget: BUDGET.to_owned(), hour: calendar.hour(at), money };
        self.levels.last = Some((id.clone(), spend.clone()));
        Some((id, spend))
    }

    /// Whose money is spent: what has completed goes on spending, whatever else is active; and of what was taken back
    /// somebody may tell late.
    fn spender(&mut self) -> Option<&Page> {
        let State { books, rng, .. } = self;
        let completed: Vec<&Page> =
            books[0].pages.values().filter(|page| has_completed(&page.head)).collect();
        match (books[0].active(), rng.pick(&completed).copied()) {
            (Some(active), Some(completed)) => Some(if rng.chance(400) { completed } else { active }),
            (active, completed) => active.or(completed).or_else(|| books[0].pages.values().last()),
        }
    }

    /// Whether what the table has of a day has met the warning, and the cap.
    pub(crate) fn has_met(&self, page: &Page, id: BudgetId, day: Day) -> [bool; 2] {
        let (budget, of) = (page.plan.budget(id), &page.head.id);
        let is_told = budget.name == meter::BUDGET;
        let spent = if is_told { self.counted_on(of, day) } else { self.spent_on(of, id, day) };
        let refused = id == COST && self.levels.refused.contains(&(of.clone(), day));
        [budget.warn.is_some_and(|warn| warn <= spent), budget.cap <= spent || refused]
    }

    /// The most that anybody can know to be spent.
    fn known_on(&self, page: &Page, day: Day, id: BudgetId) -> Money {
        let of = &page.head.id;
        let is_told = page.plan.budget(id).name == meter::BUDGET;
        if is_told { self.told_on(of, day) } else { self.spent_on(of, id, day) }
    }

    /// What is spent on a day, beside what the metric told.
    fn spent_on(&self, of: &RolloutId, id: BudgetId, day: Day) -> Money {
        self.levels.spent.get(&(of.clone(), id, day)).copied().unwrap_or_default()
    }

    /// What must hold of a fact about money or an alarm.
    pub(crate) fn check_levels(&self, page: &Page, entry: &Entry) {
        let today = || page.plan.calendar().day(entry.at);
        let refused =
            |id: BudgetId, day: Day| id == COST && self.levels.refused.contains(&(page.head.id.clone(), day));
        match &entry.event {
            Event::Crossed { budget: id, day, spent, capped } => {
                let budget = page.plan.budget(*id);
                assert_eq!(*day, today(), "a line is crossed on another day");
                assert!(*spent <= self.known_on(page, *day, *id), "crossed, and less was spent");
                let refused = refused(*id, *day);
                assert!(!*capped || budget.cap <= *spent || refused, "capped at {spent}");
                assert!(*capped || *spent < budget.cap, "not capped at {spent}");
                assert!(refused || budget.warn.is_some_and(|warn| warn <= *spent), "warned for {spent}");
                let known = page.head.crossed.get(id).filter(|known| known.day == *day);
                assert!(known.is_none_or(|known| *capped && !known.capped), "crossed the same line again");
            }
            Event::Disabled { name, holder: Holder::Cap(id, day), .. } => {
                let budget = page.plan.budget(*id);
                assert_eq!(*day, today(), "held off for another day");
                assert!(budget.at_cap.contains(name), "another budget's cap holds {name} off");
                let reached = budget.cap <= self.known_on(page, *day, *id);
                assert!(refused(*id, *day) || reached, "held off below the cap");
            }
            Event::Enabled { name, holder: Holder::Cap(id, day), .. } => {
                assert!(*day < today(), "given back on the day of the cap");
                assert!(
                    page.plan.budget(*id).at_cap.contains(name),
                    "another budget's cap gives {name} back"
                );
            }
            Event::Fired { rule, ringing, .. } => {
                let watches = matches!(page.plan.rule(*rule).when, When::Alarm { .. });
                assert_eq!(ringing.is_some(), watches, "an alarm is heard where there is none, or is not");
                let again = page.head.fired.contains_key(rule);
                if let (Some(ringing), "rollback") = (ringing, entry.by.as_str()) {
                    assert!(!again, "what has acted before acts on news");
                    assert!(page.halted || page.floor() <= Some(ringing.since), "acts on news of the past");
                }
                if let (Some(ringing), true, Some(effective)) = (ringing, again, &page.head.effective) {
                    assert!(
                        effective.at.after(ringing.window) <= entry.at,
                        "acts on another exposure's alarm"
                    );
                }
            }
            _ => {}
        }
    }
}

/// Whether a cap holds something off.
pub(crate) fn is_capped(head: &Rollout) -> bool {
    head.off.values().flatten().any(|holder| matches!(holder, Holder::Cap(..)))
}

/// Counts what was seen of money and alarms.
pub(crate) fn seen(state: &mut State, entry: &Entry) {
    match &entry.event {
        Event::Disabled { holder: Holder::Cap(..), .. } => state.saw(Sight::Capped),
        Event::Enabled { holder: Holder::Cap(..), .. } => state.saw(Sight::CapEnded),
        Event::Refused { why } if why.contains("has been ringing") => state.saw(Sight::AlarmRefuses),
        Event::Fired { ringing: Some(_), .. } if entry.by == "rollback" => state.saw(Sight::NewsFired),
        Event::Fired { ringing: Some(_), .. } if entry.by == "evaluate" => state.saw(Sight::AlarmFired),
        _ => {}
    }
}

/// Somebody tells of money that was spent; the answer may be lost.
pub(crate) fn spend(sim: &Arc<Sim>) -> Option<impl Future<Output = ()> + Send + use<>> {
    let (id, spend) = sim.with(|state| if state.levels.costly { state.spends() } else { None })?;
    let port = Port::new(sim, 0, None);
    Some(async move { drop(port.spend(&id, &spend).await) })
}

/// Somebody is about to pay for a call: holds money, calls, and says what it came to; or dies before that.
pub(crate) fn pay(sim: &Arc<Sim>) -> Option<impl Future<Output = ()> + Send + use<>> {
    let call = sim.with(State::call)?;
    let (port, sim) = (Port::new(sim, 0, None), Arc::clone(sim));
    Some(async move {
        let Call { id, wanted, cost, crashes } = call;
        let is_closed = sim.with(|state| state.is_closed(&id));
        let reserved = doors::reserve(&port, &id, BUDGET, &wanted).await;
        if is_closed {
            assert!(reserved.is_err(), "a budget that was closed before gives money");
            sim.with(|state| state.saw(Sight::ClosedBudget));
        }
        let Ok(reserved) = reserved else { return };
        // Whoever got no answer asks again, and holds no more than before.
        drop(doors::reserve(&port, &id, BUDGET, &wanted).await);
        if crashes {
            let left = (id, reserved.id, cost.unwrap_or(wanted.money));
            return sim.with(|state| state.levels.left.push(left));
        }
        for _ in 0..2 {
            match cost {
                Some(cost) => drop(doors::settle(&port, &id, BUDGET, &reserved.id, cost).await),
                None => drop(doors::release(&port, &id, BUDGET, &reserved.id).await),
            }
        }
    })
}

/// What a call that died has cost is told at last, when its money may long be somebody else's.
pub(crate) fn settle_late(sim: &Arc<Sim>) -> Option<impl Future<Output = ()> + Send + use<>> {
    let (id, hold, cost) = sim.with(|state| state.levels.left.pop())?;
    let port = Port::new(sim, 0, None);
    Some(async move { drop(doors::settle(&port, &id, BUDGET, &hold, cost).await) })
}

/// A call that somebody is about to pay for.
struct Call {
    id: RolloutId,
    wanted: Wanted,
    /// None when it is never made.
    cost: Option<Money>,
    crashes: bool,
}

impl State {
    fn is_closed(&self, id: &RolloutId) -> bool {
        self.books[0].pages.get(id).is_some_and(|page| page.head.closed.contains_key(&COST))
    }

    fn call(&mut self) -> Option<Call> {
        let id = if self.levels.costly { self.spender()?.head.id.clone() } else { return None };
        let money = Money::micros(1 + self.rng.below(3_000_000));
        let lasts = Span::seconds(1 + self.rng.below(240));
        // Of ten calls one costs more than was held for it, and one is never made.
        let cost = match self.rng.below(10) {
            0 => Some(money.plus(Money::micros(self.rng.below(500_000)))),
            1 => None,
            _ => Some(Money::micros(1 + self.rng.below(money.as_micros()) / 4)),
        };
        let (name, crashes) = (Some(self.unique()), self.rng.chance(400));
        Some(Call { id, wanted: Wanted { money, lasts, name }, cost, crashes })
    }
}

//! Money that is spent and alarms that ring, and what must hold of them.

use crate::{
    oracle::Page,
    ports::Port,
    sights::Sight,
    world::{Sim, State},
};
use control::{
    doors::{AlarmNews, NewState},
    ports::{Spend, Store},
};
use rollout::{
    calendar::{Calendar, Day},
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
/// The only budget of the plans.
pub(crate) const BUDGET: &str = "llm_cost";
const COST: BudgetId = BudgetId(0);

/// What is spent and what rings.
#[derive(Default)]
pub(crate) struct Levels {
    /// Whether money is spent in this world.
    costly: bool,
    /// Each until a time; quiet after it.
    alarms: BTreeMap<&'static str, (AlarmState, Timestamp)>,
    /// Every time at which one began to ring: somebody may tell of it at any time, and again.
    rang: Vec<(&'static str, Timestamp)>,
    /// One has just begun to ring, and nobody has told of it.
    pub fresh: bool,
    /// Of each rollout: every record that landed, and what was spent on each day.
    records: BTreeSet<(RolloutId, String)>,
    spent: BTreeMap<(RolloutId, Day), Money>,
    /// A spend that may come again.
    last: Option<(RolloutId, Spend)>,
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

    /// A spend landed in a table.
    pub(crate) fn spent(&mut self, id: &RolloutId, spend: &Spend) {
        if !self.levels.records.insert((id.clone(), spend.id.clone())) {
            self.saw(Sight::SpentTwice);
            return;
        }
        let day = self.levels.spent.entry((id.clone(), spend.hour.day)).or_default();
        *day = day.plus(spend.money);
    }

    /// Somebody spends something, now or a while ago; or tells of it again.
    fn spends(&mut self) -> Option<(RolloutId, Spend)> {
        if let (Some(last), true) = (&self.levels.last, self.rng.chance(200)) {
            return Some(last.clone());
        }
        let page = self.books[0].active()?;
        let (id, calendar) = (page.head.id.clone(), Calendar::of(&page.plan.timezone));
        let at = if self.rng.chance(100) { self.now.before(Span::hours(3)) } else { self.now };
        let money = Money::micros(self.rng.below(3_000_000));
        let spend = Spend { id: self.unique(), budget: BUDGET.to_owned(), hour: calendar.hour(at), money };
        self.levels.last = Some((id.clone(), spend.clone()));
        Some((id, spend))
    }

    fn spent_on(&self, head: &Rollout, day: Day) -> Money {
        self.levels.spent.get(&(head.id.clone(), day)).copied().unwrap_or_default()
    }

    /// What must hold of a fact about money or an alarm.
    pub(crate) fn check_levels(&self, page: &Page, entry: &Entry) {
        let today = || Calendar::of(&page.plan.timezone).day(entry.at);
        let budget = page.plan.budget(COST);
        match &entry.event {
            Event::Crossed { day, spent, capped, .. } => {
                assert_eq!(*day, today(), "a line is crossed on another day");
                assert!(*spent <= self.spent_on(&page.head, *day), "crossed, and less was spent");
                assert_eq!(*capped, budget.cap <= *spent, "crossed {spent}");
                assert!(budget.warn.is_some_and(|warn| warn <= *spent), "warned for {spent}");
                let known = page.head.crossed.get(&COST).filter(|known| known.day == *day);
                assert!(known.is_none_or(|known| *capped && !known.capped), "crossed the same line again");
            }
            Event::Disabled { holder: Holder::Cap(_, day), .. } => {
                assert_eq!(*day, today(), "held off for another day");
                assert!(budget.cap <= self.spent_on(&page.head, *day), "held off below the cap");
            }
            Event::Enabled { holder: Holder::Cap(_, day), .. } => {
                assert!(*day < today(), "given back on the day of the cap");
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

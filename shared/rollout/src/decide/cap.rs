//! Budgets: the owner is warned, at the cap something is held off, and with the next window they are given back.
//!
//! All of it follows from what stands in the windows and in the head on each turn, and from nothing that must be seen
//! at the moment when it happens.

use super::{Hold, Mind};
use crate::{
    calendar::{Day, Days},
    event::{Event, Holder, Level},
    evidence::{Evidence, Gap},
    plan::Budget,
    rollout::Phase,
    units::{BudgetId, Money},
    words,
};

impl Mind<'_> {
    /// What follows from the money of today, if any line was crossed.
    pub(super) fn crossings(&self, evidence: &Evidence) -> Vec<Event> {
        let mut events = vec![];
        let holds_off = self.has_overlays();
        if self.plan.budgets.is_empty() || !(holds_off || self.rollout.is_over()) {
            return events;
        }
        let today = self.plan.calendar().day(self.now);
        for (id, budget) in self.rollout.open_budgets(self.plan) {
            let Some(spent) = spent(evidence, id, today) else {
                continue;
            };
            // Whoever was refused money has met the cap, though less was spent.
            let capped = budget.cap <= spent || has_refused(evidence, id, today);
            let warned = budget.warn.is_some_and(|warn| warn <= spent);
            let known = self.rollout.crossed.get(&id).filter(|known| known.day == today);
            if known.map_or(capped || warned, |known| capped && !known.capped) {
                events.push(Event::Crossed { budget: id, day: today, spent, capped });
                let what = words::crossed(self.plan, id, today, spent, capped);
                events.push(self.tell(Level::Alert, &self.plan.owner, what + &self.follows(budget, capped)));
            }
            if capped && holds_off {
                let holder = Holder::Cap(id, today);
                events.extend(budget.at_cap.iter().filter_map(|name| self.held_off(name, holder.clone())));
            }
        }
        events
    }

    /// What comes of it, for its owner. The functions of what is over are free, or another rollout's.
    fn follows(&self, budget: &Budget, capped: bool) -> String {
        if self.rollout.is_over() {
            let close = format!("`close-budget {} {}` ends the counting", self.rollout.id, budget.name);
            format!("; the rollout has completed: nothing is switched off, and {close}")
        } else if capped && !budget.at_cap.is_empty() {
            format!(": {} off until the day ends", budget.at_cap.join(", "))
        } else {
            String::new()
        }
    }

    /// Why nothing is promoted, asked or completed while a window cannot be read, or a metric does not tell all that was
    /// spent: below its cap a budget would seem to be what nobody has counted.
    pub(super) fn untold(&self, evidence: &Evidence) -> Option<Hold> {
        let today = || self.plan.calendar().day(self.now);
        self.plan.budgets().find_map(|(id, _)| {
            let told = evidence.levels.untold(id, Days { first: today(), last: today() });
            let is_read = spent(evidence, id, today()).is_some();
            let gap = told.or_else(|| (!is_read).then_some(Gap::Failing))?;
            Some(Hold::Untold { budget: id, gap })
        })
    }

    /// Whether anything can be held off: the way back lies on top of all, and what closes stays as it is.
    fn has_overlays(&self) -> bool {
        match &self.rollout.phase {
            Phase::Waiting { .. }
            | Phase::Advancing { .. }
            | Phase::Baking { .. }
            | Phase::Paused { .. }
            | Phase::Lowering { to: Some(_), .. } => true,
            Phase::Starting
            | Phase::Lowering { to: None, .. }
            | Phase::Closing { .. }
            | Phase::Abandoning { .. }
            | Phase::Over { .. } => false,
        }
    }

    /// What the caps of windows that are over give back, each only its own: a raise, for whoever may raise. As long as
    /// the money of today is not known, nothing is given back.
    pub(super) fn reopened(&self, evidence: &Evidence) -> Vec<Event> {
        if self.caps().next().is_none() {
            return vec![];
        }
        let today = self.plan.calendar().day(self.now);
        let over =
            self.caps().filter(|(_, budget, day)| *day < today && spent(evidence, *budget, today).is_some());
        over.map(|(name, budget, day)| Event::Enabled {
            name: name.to_owned(),
            holder: Holder::Cap(budget, day),
        })
        .collect()
    }

    /// Why nothing is promoted, asked or completed while a cap holds something off: the bake stands still, and what
    /// ended so would end without it.
    pub(super) fn capped(&self) -> Option<Hold> {
        let (name, budget, day) = self.caps().max_by_key(|(_, _, day)| *day)?;
        let until = self.plan.calendar().begins(day.next());
        Some(Hold::Capped { name: name.to_owned(), budget, until })
    }

    /// Each feature or cohort that a cap holds off, with the budget and the day of its window.
    pub(super) fn caps(&self) -> impl Iterator<Item = (&str, BudgetId, Day)> {
        let holds =
            self.rollout.off.iter().flat_map(|(name, holders)| holders.iter().map(move |by| (name, by)));
        holds.filter_map(|(name, holder)| match holder {
            Holder::Cap(budget, day) => Some((name.as_str(), *budget, *day)),
            Holder::Person | Holder::Rule(_) => None,
        })
    }
}

/// What was spent on a day; none when that is not known.
fn spent(evidence: &Evidence, id: BudgetId, day: Day) -> Option<Money> {
    let windows = evidence.levels.windows.get(&id)?;
    windows.on(day).map(|tally| tally.money)
}

fn has_refused(evidence: &Evidence, id: BudgetId, day: Day) -> bool {
    evidence.levels.windows.get(&id).is_some_and(|windows| windows.has_refused(day))
}

//! What must hold of a rollout that is over. Where it has completed its budgets outlive it: what it goes on spending is
//! counted, and its owner told, until a person closes them. Nothing else happens to it, and it is in nobody's way.

use super::Page;
use crate::{sights::Sight, world::State};
use control::ports::{Commit, Lock, Work};
use rollout::{
    event::{Event, Outcome},
    rollout::{Phase, Rollout},
    units::{BudgetId, Money},
};

/// Whether what is spent under a budget counts.
pub(crate) fn counts(head: &Rollout, budget: BudgetId) -> bool {
    !head.is_over() || (has_completed(head) && !head.closed.contains_key(&budget))
}

/// Whether it may go on spending.
pub(crate) fn has_completed(head: &Rollout) -> bool {
    matches!(head.phase, Phase::Over { outcome: Outcome::Completed, .. })
}

fn is_spending(page: &Page) -> bool {
    page.head.is_over() && page.plan.budgets().any(|(budget, _)| counts(&page.head, budget))
}

/// After the end a tick tells the owner, once, that a line was crossed, or a person closes a budget.
pub(super) fn check(page: &Page, commit: &Commit) {
    if !page.head.is_over() {
        return;
    }
    assert!(!commit.raises, "the stop line would keep what is over from being told of");
    let mut entries = commit.entries.as_slice();
    while let [entry, rest @ ..] = entries {
        entries = match (&entry.event, rest) {
            (Event::Crossed { budget, .. }, [told, rest @ ..]) => {
                assert!(counts(&page.head, *budget), "told of money that does not count: {entry:?}");
                assert_eq!(entry.by, "evaluate", "told of money that nobody has looked at");
                let is_told = matches!(&told.event, Event::Notified { to, .. } if *to == page.plan.owner);
                assert!(is_told, "a line is crossed, and the owner is not told");
                rest
            }
            (Event::BudgetClosed { .. }, rest) => rest,
            (after, _) => panic!("it is over, and goes on: {after:?}"),
        };
    }
}

impl State {
    /// Checks a list of work against the book: each rollout is where it belongs, and once.
    pub(crate) fn check_work(&self, store: usize, work: &Work) {
        let book = &self.books[store];
        let listed =
            |is: fn(&Page) -> bool| book.pages.iter().filter(move |(_, page)| is(page)).map(|(id, _)| id);
        assert!(work.active.iter().eq(listed(|page| !page.head.is_over())), "not what is active: {work:?}");
        assert!(work.spending.iter().eq(listed(is_spending)), "not what goes on spending: {work:?}");
        assert_eq!(work.stop, book.stop, "another stop line");
    }

    /// What is over keeps nobody from starting.
    pub(crate) fn check_lock(&self, store: usize, lock: &Lock) {
        let holder = lock.holder.as_ref().and_then(|id| self.books[store].pages.get(id));
        assert!(holder.is_none_or(|page| !page.head.is_over()), "held by what is over: {lock:?}");
    }

    /// In fine weather a tick counts all that a metric tells, leaves no line untold that the money of today has met, and
    /// neither counts nor tells of what is closed.
    pub(crate) fn check_told(&mut self, store: usize) {
        let (mut untold, mut uncounted) = (false, false);
        for page in self.books[store].pages.values().filter(|page| has_completed(&page.head)) {
            let calendar = page.plan.calendar();
            let today = calendar.day(self.now);
            for (id, budget) in page.plan.budgets() {
                let said = self.said_on(page, budget, today);
                let counted = self.counted_on(&page.head.id, today);
                let [warned, capped] = self.has_met(page, id, today);
                let known = page.head.crossed.get(&id).filter(|known| known.day == today);
                match page.head.closed.get(&id) {
                    None => {
                        assert!(said <= counted, "{said} is spent after the end, and {counted} is counted");
                        assert!(!warned || known.is_some(), "beyond the warning, and nobody is told");
                        let is_told = known.is_some_and(|known| known.capped);
                        assert!(!capped || is_told, "beyond the cap, and nobody is told");
                    }
                    Some(closed) if calendar.day(closed.at) < today => {
                        assert!(said == Money::ZERO || counted == Money::ZERO, "counted, and it is closed");
                        untold |= warned || capped;
                        uncounted |= said > Money::ZERO;
                    }
                    Some(_) => {}
                }
            }
        }
        if untold {
            self.saw(Sight::ClosedUntold);
        }
        if uncounted {
            self.saw(Sight::ClosedUncounted);
        }
    }
}

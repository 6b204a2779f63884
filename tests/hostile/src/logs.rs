//! Money that the lines of a log tell: in batches, which may come late and come again.

use crate::{
    oracle::counts,
    ports::Port,
    sights::Sight,
    world::{Sim, State},
};
use control::doors::{self, Line, Lines};
use rollout::{rollout::RolloutId, time::Span, units::BudgetId};
use std::sync::Arc;

/// The budget whose money a log tells, where a plan has it; and which log.
pub(crate) const BUDGET: &str = "logged";
pub(crate) const GROUP: &str = "/spends";
/// Lines that have not landed are told again so often.
const TOLD: u32 = 4;

/// Somebody tells of lines, to whatever spends: what is active and what has completed.
pub(crate) fn tell(sim: &Arc<Sim>) -> Option<impl Future<Output = ()> + Send + use<>> {
    let (lines, ids) = sim.with(|state| {
        let ids = Vec::from_iter(state.books[0].pages.keys().cloned());
        Some((state.lines()?, ids))
    })?;
    let port = Port::new(sim, 0, None);
    Some(async move {
        for _ in 0..TOLD {
            if doors::meter(&port, &lines).await.is_ok() {
                return port.sim.with(|state| state.check_logged(&ids, &lines));
            }
        }
    })
}

impl State {
    /// What is told now: lines of just now or of a while ago, or the last ones again.
    fn lines(&mut self) -> Option<Lines> {
        self.plans[0].budget_named(BUDGET).filter(|_| self.levels.costly)?;
        if let (Some(last), true) = (&self.levels.lines, self.rng.chance(200)) {
            return Some(last.clone());
        }
        let line = |_| {
            let at = if self.rng.chance(100) { self.now.before(Span::hours(3)) } else { self.now };
            let text = format!("paid cost_usd={}e-6 model=m", self.rng.below(2_000_000));
            Line { id: self.unique(), at, text }
        };
        let lines = Lines { group: GROUP.to_owned(), lines: (0..2).map(line).collect() };
        self.levels.lines = Some(lines.clone());
        Some(lines)
    }

    /// A line landed: only where it counts.
    pub(crate) fn logged(&mut self, port: &Port, id: &RolloutId, budget: BudgetId) {
        let head = port.loaded(id).expect("whoever counts has read the head");
        assert!(
            counts(&head, budget),
            "a line counts under a budget that is closed, or of what was taken back"
        );
        if head.is_over() {
            self.saw(Sight::LoggedAfter);
        }
    }

    /// What has landed counts wherever it must: under those that were there before it was told, and still count.
    fn check_logged(&self, ids: &[RolloutId], lines: &Lines) {
        for page in ids.iter().filter_map(|id| self.books[0].pages.get(id)) {
            let budget = page.plan.budget_named(BUDGET).filter(|(budget, _)| counts(&page.head, *budget));
            for line in lines.lines.iter().filter(|_| budget.is_some()) {
                assert!(
                    self.has_landed(&page.head.id, &line.id),
                    "a line is lost: {line:?} {:?}",
                    page.head.id
                );
            }
        }
    }
}

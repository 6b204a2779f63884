//! What may ever land in the function.

use super::{Page, shown};
use crate::{
    function::{MANAGED, Marked, Shown},
    sights::Sight,
    world::State,
};
use rollout::{
    event::Outcome,
    plan::Plan,
    rollout::{Exposure, Phase, Rollout, RolloutId},
    target::{Environment, MARK},
    units::{Generation, TargetId},
};
use std::collections::BTreeMap;

impl State {
    /// Checks a door's write before it lands.
    pub(crate) fn check_write(&mut self, store: usize, next: &Environment) {
        let found = &self.function.environment;
        others_survive(&self.foreign, next);
        let mark = Marked::of(next);
        let (id, generation) = mark.owner().expect("every write leaves a mark");
        let page =
            self.books[store].pages.get(&RolloutId(id.to_owned())).expect("a rollout of this controller");
        // Somebody edits in the very seconds of closing, and a door that has read this writes the way back once more.
        let again = self.function.by_hand && page.head.touched && managed(next) == before(&page.head);
        assert!(!page.head.is_over() || again, "a rollout that is over changes the function: {next:?}");
        assert!(generation <= page.head.generation, "in effect, and never decided");
        let decided =
            page.decided.get(&generation).and_then(Option::as_ref).expect("a decision of this generation");
        assert_eq!(managed(next), values(&page.plan, &page.head, decided), "not what was decided");

        let (was, is) = (Shown::of(found), Shown::of(next));
        let old = Marked::of(found);
        if let (Some((owner, before)), false) = (old.owner(), self.hand.forged) {
            assert!(before <= generation, "the generation goes back in a mark: {before} to {generation}");
            assert!(
                owner == id || matches!(old, Marked::Left(..)),
                "the mark of {owner}, which is not finished, is written over by {id}"
            );
            assert!(
                !is.is_above(was) || before < generation || self.function.by_hand,
                "raised by no newer decision"
            );
        }
        if is.is_above(was) {
            assert!(old != Marked::Halt, "a halted function rises");
            assert!(
                self.hand.halted.as_ref().is_none_or(|halted| halted.0 != id),
                "raised after an emergency stop"
            );
            let lowered = self.hand.lowered;
            assert!(
                lowered.is_none_or(|to| !is.is_above(to)),
                "a lowering by hand is undone: {found:?} {next:?}"
            );
        }
        if old == Marked::Halt && self.hand.halted.as_ref().is_some_and(|halted| halted.0 != id) {
            // Another controller went back and wrote over the stop: this one never saw it.
            self.hand.halted = None;
        }
        self.wrote(store, &RolloutId(id.to_owned()), generation, next);
    }

    fn wrote(&mut self, store: usize, id: &RolloutId, generation: Generation, next: &Environment) {
        let found = Marked::of(&self.function.environment);
        let same = managed(&self.function.environment) == managed(next);
        let revision = self.function.revision(self.now).to_string();
        let page = self.books[store].pages.get_mut(id).expect("it was looked at");
        if same && matches!(page.head.phase, Phase::Lowering { .. } | Phase::Paused { .. }) {
            self.sights.saw(Sight::H1);
        }
        if !page.wrote && page.head.captured.values().any(|captured| captured.revision != revision) {
            self.sights.saw(Sight::R1);
        }
        let closes = matches!(Marked::of(next), Marked::Left(..));
        if found.owner().is_some_and(|(owner, before)| owner == id.0 && before < generation)
            && matches!(found, Marked::Left(..))
            && Shown::of(next).percent > 0
        {
            self.sights.saw(Sight::LessWhileClosing);
        }
        if closes && found.owner().is_some_and(|(_, before)| before < generation) {
            self.sights.saw(Sight::R12);
        }
        page.wrote = true;
        if !Shown::of(next).is_above(Shown::of(&self.function.environment)) {
            return;
        }
        debug_assert!(!page.head.is_over(), "it was checked");
    }

    /// What must be in the function when a rollout ends, or an exposure is recorded as in effect.
    pub(super) fn check_in_effect(&self, page: &Page, generation: Generation) {
        let environment = &self.function.environment;
        let mark = Marked::of(environment);
        // Read back; then a hand, or a door that an alarm rang at, was faster than the commit.
        if self.function.by_hand || (mark == Marked::Halt && self.hand.halted.is_some()) {
            return;
        }
        let owner = mark.owner().expect("what is in effect is marked");
        if owner.0 != page.head.id.0 {
            // Read back; then another controller, which had captured too, was faster than the commit.
            return;
        }
        assert_eq!(owner, (page.head.id.0.as_str(), generation), "recorded as in effect, and is not");
        let decided = page.decided.get(&generation).and_then(Option::as_ref).expect("it was decided");
        assert_eq!(
            managed(environment),
            values(&page.plan, &page.head, decided),
            "recorded as in effect, and is not"
        );
    }

    /// What must be in the function at rest.
    pub(crate) fn check_at_rest(&self, page: &Page) {
        let Phase::Over { outcome, standing } = &page.head.phase else {
            panic!("the weather is fine and it does not end: {:?}", page.head);
        };
        let last = Marked::of(&self.function.environment).owner().map(|(id, _)| id.to_owned());
        if self.function.by_hand || last.as_ref() != Some(&page.head.id.0) {
            return;
        }
        match outcome {
            Outcome::RolledBack(_) => {
                assert_eq!(
                    managed(&self.function.environment),
                    before(&page.head),
                    "not as it was, byte for byte"
                );
            }
            Outcome::Completed => {
                let percent = standing.map_or(0, |standing| standing.share.hundredths() / 100);
                assert_eq!(self.function.percent(), percent, "completed, and shows something else");
                let forced = page.forced;
                assert!(forced || !self.traffic.is_bad_at(percent), "a bad candidate completes");
            }
            Outcome::Refused(_) | Outcome::Abandoned(_) => {}
        }
    }
}

/// Whatever else a door writes, it writes as it was.
pub(super) fn others_survive(foreign: &Environment, next: &Environment) {
    let others = next.iter().filter(|(name, _)| !is_ours(name));
    assert!(others.eq(foreign), "other people's variables survive, byte for byte: {next:?}");
}

fn is_ours(name: &str) -> bool {
    name == MARK || MANAGED.contains(&name)
}

/// The managed variables that are there.
pub(super) fn managed(environment: &Environment) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for name in MANAGED {
        if let Some(value) = environment.get(name) {
            found.insert(name.to_owned(), value.clone());
        }
    }
    found
}

/// The managed variables as they were captured.
pub(super) fn before(head: &Rollout) -> BTreeMap<String, String> {
    let captured = head.captured.get(&TargetId(0)).expect("what was touched was captured");
    captured.before.iter().filter_map(|(name, value)| Some((name.clone(), value.clone()?))).collect()
}

/// The managed variables that a decision asks for.
fn values(plan: &Plan, head: &Rollout, decided: &Exposure) -> BTreeMap<String, String> {
    let Some(show) = &decided.show else {
        return before(head);
    };
    debug_assert!(
        shown(plan, Some(decided)).percent == show.share.hundredths() / 100,
        "shares are whole percentages"
    );
    let audience = plan.audience(show);
    let set = &plan.targets[0].set;
    set.iter().map(|(name, template)| (name.clone(), template.render(&audience))).collect()
}

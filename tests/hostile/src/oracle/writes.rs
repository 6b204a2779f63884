//! What may ever land in the function.

use super::{Page, shown};
use crate::{
    callers::others,
    function::{MANAGED, Marked, Shown},
    sights::Sight,
    world::State,
};
use rollout::{
    event::Outcome,
    rollout::{Exposure, Phase, Rollout, RolloutId},
    target::Environment,
    units::{Generation, TargetId},
};
use std::collections::BTreeMap;

impl State {
    /// Checks a door's write before it lands.
    pub(crate) fn check_write(&mut self, store: usize, at: usize, next: &Environment) {
        let function = &self.functions[at];
        let (found, hand) = (&function.environment, &function.hand);
        others_survive(&function.foreign, next);
        let mark = Marked::of(next);
        let (id, generation) = mark.owner().expect("every write leaves a mark");
        let page =
            self.books[store].pages.get(&RolloutId(id.to_owned())).expect("a rollout of this controller");
        // Somebody edits in the very seconds of closing, and a door that has read this writes the way back once more.
        let again = function.by_hand && page.head.touched && managed(next) == before(&page.head, at);
        assert!(!page.head.is_over() || again, "a rollout that is over changes the function: {next:?}");
        assert!(generation <= page.head.generation, "in effect, and never decided");
        let decided =
            page.decided.get(&generation).and_then(Option::as_ref).expect("a decision of this generation");
        assert_eq!(managed(next), values(page, at, decided), "not what was decided");
        assert!(!page.plan.drill || is_nobodys(next), "a drill exposes somebody: {next:?}");

        let (was, is) = (Shown::of(found), Shown::of(next));
        let old = Marked::of(found);
        if let (Some((owner, before)), false) = (old.owner(), hand.forged) {
            assert!(before <= generation, "the generation goes back in a mark: {before} to {generation}");
            assert!(
                owner == id || matches!(old, Marked::Left(..)),
                "the mark of {owner}, which is not finished, is written over by {id}"
            );
            assert!(
                !is.is_above(was) || before < generation || function.by_hand,
                "raised by no newer decision"
            );
        }
        if is.is_above(was) {
            assert!(old != Marked::Halt, "a halted function rises");
            assert!(
                hand.halted.as_ref().is_none_or(|halted| halted.0 != id),
                "raised after an emergency stop"
            );
            let lowered = hand.lowered;
            assert!(
                lowered.is_none_or(|to| !is.is_above(to)),
                "a lowering by hand is undone: {found:?} {next:?}"
            );
        }
        if old == Marked::Halt && hand.halted.as_ref().is_some_and(|halted| halted.0 != id) {
            // Another controller went back and wrote over the stop: this one never saw it.
            self.functions[at].hand.halted = None;
        }
        self.check_order(at, id, generation, next);
        self.wrote(store, at, &RolloutId(id.to_owned()), generation, next);
    }

    fn wrote(&mut self, store: usize, at: usize, id: &RolloutId, generation: Generation, next: &Environment) {
        let function = &self.functions[at];
        let found = Marked::of(&function.environment);
        let same = managed(&function.environment) == managed(next);
        let revision = function.revision(self.now).to_string();
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
    }

    /// What must be in the functions when a rollout ends, or an exposure is recorded as in effect.
    pub(super) fn check_in_effect(&self, page: &Page, generation: Generation) {
        for at in 0..self.functions.len() {
            self.check_one_in_effect(page, at, generation);
            self.check_callers(page, at, generation);
        }
    }

    fn check_one_in_effect(&self, page: &Page, at: usize, generation: Generation) {
        let function = &self.functions[at];
        let environment = &function.environment;
        let mark = Marked::of(environment);
        // Read back; then a hand, or a door that an alarm rang at, was faster than the commit.
        if function.by_hand || (mark == Marked::Halt && function.hand.halted.is_some()) {
            return;
        }
        let owner = mark.owner().expect("what is in effect is marked");
        if owner.0 != page.head.id.0 {
            // Read back; then another controller, which had captured too, was faster than the commit.
            return;
        }
        assert_eq!(owner, (page.head.id.0.as_str(), generation), "recorded as in effect, and is not");
        let decided = page.decided.get(&generation).and_then(Option::as_ref).expect("it was decided");
        assert_eq!(managed(environment), values(page, at, decided), "recorded as in effect, and is not");
    }

    /// What must be in the functions at rest, of every rollout.
    pub(crate) fn check_all_at_rest(&self) {
        self.pages().for_each(|page| self.check_at_rest(page));
    }

    fn check_at_rest(&self, page: &Page) {
        let Phase::Over { outcome, standing } = &page.head.phase else {
            panic!("the weather is fine and it does not end: {:?}", page.head);
        };
        for (at, function) in self.functions.iter().enumerate() {
            let last = Marked::of(&function.environment).owner().map(|(id, _)| id.to_owned());
            if function.by_hand || last.as_ref() != Some(&page.head.id.0) {
                continue;
            }
            match outcome {
                Outcome::RolledBack(_) => {
                    let was = before(&page.head, at);
                    assert_eq!(managed(&function.environment), was, "not as it was, byte for byte");
                }
                Outcome::Completed => {
                    assert!(!page.plan.drill, "a drill leaves something behind");
                    let percent = standing.map_or(0, |standing| standing.share.hundredths() / 100);
                    assert_eq!(function.percent(), percent, "completed, and shows something else");
                    let forced = page.forced;
                    assert!(forced || !self.traffic.is_bad_at(percent), "a bad candidate completes");
                }
                Outcome::Refused(_) | Outcome::Abandoned(_) => {}
            }
        }
    }
}

/// Whatever else a door writes, it writes as it was.
pub(super) fn others_survive(foreign: &Environment, next: &Environment) {
    assert!(others(next) == *foreign, "other people's variables survive, byte for byte: {next:?}");
}

/// Whether a function that reads this lets nobody in: looked at as the function does.
fn is_nobodys(environment: &Environment) -> bool {
    let says = |name: &str| environment.get(name).map_or("", String::as_str);
    matches!(says("PCT"), "" | "0") && says("ON") != "true" && says("FEATURES").is_empty()
}

/// The managed variables that are there.
pub(crate) fn managed(environment: &Environment) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for name in MANAGED {
        if let Some(value) = environment.get(name) {
            found.insert(name.to_owned(), value.clone());
        }
    }
    found
}

/// The managed variables as they were captured.
pub(crate) fn before(head: &Rollout, at: usize) -> BTreeMap<String, String> {
    let captured = head.captured.get(&target(at)).expect("what was touched was captured");
    captured.before.iter().filter_map(|(name, value)| Some((name.clone(), value.clone()?))).collect()
}

/// The id of a function in the plans.
pub(crate) fn target(at: usize) -> TargetId {
    TargetId(u16::try_from(at).unwrap_or(u16::MAX))
}

/// The managed variables that a decision asks for.
pub(super) fn values(page: &Page, at: usize, decided: &Exposure) -> BTreeMap<String, String> {
    let Some(show) = &decided.show else {
        return before(&page.head, at);
    };
    let plan = &page.plan;
    debug_assert!(
        shown(plan, Some(decided)).percent == show.share.hundredths() / 100,
        "shares are whole percentages"
    );
    let audience = plan.audience(show);
    let set = &plan.targets[at].set;
    set.iter().map(|(name, template)| (name.clone(), template.render(&audience))).collect()
}

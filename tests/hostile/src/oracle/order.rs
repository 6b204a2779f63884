//! Several functions are moved as one: raised one after the other, lowered without waiting for any.

use crate::{
    function::{Marked, Shown},
    sights::Sight,
    world::State,
};
use rollout::{target::Environment, units::Generation};

impl State {
    /// Checks a write against what the other functions say.
    pub(super) fn check_order(&mut self, at: usize, id: &str, generation: Generation, next: &Environment) {
        let rises = Shown::of(next).is_above(Shown::of(&self.functions[at].environment));
        if rises && at > 0 {
            for ahead in &self.functions[..at] {
                let mark = Marked::of(&ahead.environment);
                let follows = mark.owner().is_some_and(|(of, known)| of != id || known >= generation);
                // A hand, or an alarm, may have been there after the door had read it.
                let since = ahead.by_hand || mark == Marked::Halt;
                assert!(follows || since, "raised before the function ahead of it: {mark:?}");
            }
            self.saw(Sight::RaisedInOrder);
        }
        let others = self.functions.iter().enumerate().filter(|(other, _)| *other != at);
        let cannot = others.filter(|(_, other)| other.refuses(self.now)).count();
        if !rises && cannot > 0 {
            self.saw(Sight::LoweredAlone);
        }
    }
}

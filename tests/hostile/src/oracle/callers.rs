//! What must hold of an alias: callers run only what somebody else has released, and only what was decided.

use super::{Page, in_effect, writes};
use crate::{
    callers::{BEHIND, DESCRIPTION_MAX, Version, signed},
    function::{Function, Shown},
    ports::Port,
    sights::Sight,
    world::State,
};
use rollout::{
    rollout::{Phase, RolloutId},
    target::Move,
    time::{Span, Timestamp},
    units::Generation,
};
use std::collections::BTreeMap;

impl Page {
    /// The version that an alias pointed to before.
    pub(crate) fn before(&self, at: usize) -> Option<usize> {
        let captured = self.head.captured.get(&writes::target(at))?;
        captured.alias.as_ref()?.version.parse().ok()
    }

    /// Whether an exposure was ever decided in which the managed variables are these.
    pub(crate) fn has_decided(&self, at: usize, shown: &BTreeMap<String, String>) -> bool {
        let exposures = self.decided.values().flatten().filter(|decided| decided.show.is_some());
        exposures.into_iter().any(|decided| writes::values(self, at, decided) == *shown)
    }
}

impl State {
    /// Checks a door's move of an alias before it lands.
    pub(crate) fn check_point(&mut self, port: &Port, at: usize, to: &Move) {
        let Function { code, environment, hand, callers: Some(callers), .. } = &self.functions[at] else {
            panic!("a move of no alias");
        };
        let version: usize = to.version.parse().expect("a number");
        let moved = callers.versions.get(version - 1).expect("a version that was published");
        assert!(callers.released.contains(&moved.made()), "callers run what nobody released: {moved:?}");
        // Somebody may have pointed them there, and a door only signs.
        let is_callable = moved.ready <= self.now || version == callers.version;
        assert!(is_callable, "callers are pointed to what cannot be called");
        let next = &moved.environment;
        assert!(to.description.starts_with("production"), "somebody's words are gone: {:?}", to.description);
        let is_full = to.description.chars().count() == DESCRIPTION_MAX;
        let kept = !callers.description.contains(BEHIND) || to.description.contains(BEHIND);
        assert!(kept || is_full, "somebody's words behind ours are gone: {:?}", to.description);
        let (kind, id, generation) = signed(&to.description).expect("our words");
        let page = self.books.iter().find_map(|book| book.pages.get(&RolloutId(id.to_owned())));
        let (was, is) = (Shown::of(&callers.runs().environment), Shown::of(next));
        let rises = is.is_above(was);
        let Some(page) = page else {
            // A halt believes the mark, which may be forged: even then nobody is exposed by it.
            assert!(
                kind == "halt" && port.news.is_some() && !rises,
                "moved for a rollout that there never was"
            );
            return;
        };
        let before = page.before(at).expect("captured before anything is written");
        let theirs = callers.theirs && callers.version != before;
        assert!(!theirs, "an alias that is somebody else's is moved");
        if kind == "halt" {
            assert!(port.news.is_some() && version == before && !rises, "a halt goes all the way back");
        } else {
            // Somebody, or another controller, was there in the very seconds of closing: a door that has read this says the
            // way back once more.
            let elses = signed(&callers.description).is_some_and(|(_, of, _)| of != id);
            let again = (callers.by_hand || elses) && version == before;
            assert!(!page.head.is_over() || again, "a rollout that is over moves an alias");
            assert!(generation <= page.head.generation, "behind an alias, and never decided");
            assert!(
                generation >= page.head.effective.as_ref().map_or(Generation(0), |_| in_effect(&page.head))
            );
            let decided = page.decided.get(&generation).and_then(Option::as_ref).expect("it was decided");
            if decided.show.is_some() {
                assert_eq!(writes::managed(next), writes::values(page, at, decided), "not what was decided");
            } else {
                assert!(callers.is_back(version, before), "the way back is the version from before");
            }
        }
        if let Some((_, of, known)) = signed(&callers.description) {
            // A halt believes the mark, which may be forged.
            let forged = known > page.head.generation;
            assert!(of != id || forged || known <= generation, "the generation goes back in a description");
            assert!(
                of != id || !rises || known < generation || callers.by_hand,
                "raised by no newer decision"
            );
        }
        assert!(!rises || !callers.put_back, "an alias that was put back by hand is raised again");
        // A hand that writes it between a door's two calls fences only the first: the next pass takes the callers back.
        let halted = port.has_read_halt(at) && hand.halted.as_ref().is_some_and(|halted| halted.0 == id);
        assert!(!rises || !halted, "raised after a halt");
        let full = matches!(page.head.phase, Phase::Lowering { to: None, .. });
        let (other_code, latest_up) = (*code != moved.code, Shown::of(environment).percent > 0);
        let same = version == callers.version;
        if rises {
            self.saw(Sight::AliasRaised);
        }
        if full && other_code {
            self.saw(Sight::H12b);
        }
        if full && latest_up && !rises {
            self.saw(Sight::H12c);
        }
        if full && same {
            self.saw(Sight::R6);
        }
        if full && version != before {
            self.saw(Sight::BackToAnother);
        }
        if !full && !rises && was.is_above(is) && is.percent > 0 {
            self.saw(Sight::AliasLowered);
        }
    }

    /// Publishing gives nobody anything; but whoever goes back for good has no use for it while the version from before is
    /// there. Answers when what it makes can be called.
    pub(crate) fn check_publish(&mut self, port: &Port, at: usize) -> Timestamp {
        let back = |phase: &Phase| {
            matches!(phase, Phase::Lowering { to: None, .. } | Phase::Closing { standing: None, .. })
        };
        let slow = if self.stormy { 120_000 } else { 5_000 };
        let ready = self.now.after(Span::millis(self.rng.below(slow)));
        let next = Version::of(&self.functions[at], ready);
        let Some(callers) = &mut self.functions[at].callers else { panic!("published for no alias") };
        let head = port.moves_for().expect("whoever publishes has read the head");
        assert!(!head.is_over(), "published for a rollout that is over");
        let captured = head.captured[&writes::target(at)].alias.as_ref().expect("captured with its alias");
        let before: usize = captured.version.parse().expect("a number");
        let was = &callers.versions[before - 1];
        assert!(was.gone || !back(&head.phase), "a rollback publishes");
        assert_eq!(next.made(), was.made(), "what nobody released is published");
        let (known, gone) = (callers.versions.len(), callers.versions.iter().any(|version| version.gone));
        let is_new = callers.publish(next) > known;
        let ready = callers.versions.last().map_or(ready, |version| version.ready);
        if !is_new {
            self.saw(Sight::PublishedAgain);
        } else if gone {
            self.saw(Sight::PublishedInstead);
        }
        ready
    }

    /// What callers must run when an exposure is recorded as in effect.
    pub(super) fn check_callers(&self, page: &Page, at: usize, generation: Generation) {
        let Some(callers) = &self.functions[at].callers else { return };
        // Read back; then somebody, or a door that an alarm rang at, was faster than the commit.
        let signed = signed(&callers.description);
        let elses = signed.is_some_and(|(kind, of, _)| of != page.head.id.0 || kind == "halt");
        if callers.by_hand || callers.theirs || elses {
            return;
        }
        let (_, _, known) = signed.expect("what is in effect is signed");
        assert_eq!(known, generation, "callers are said to run it, and do not");
        let decided = page.decided.get(&generation).and_then(Option::as_ref).expect("it was decided");
        if decided.show.is_some() {
            assert_eq!(
                writes::managed(&callers.runs().environment),
                writes::values(page, at, decided),
                "callers run something else"
            );
        } else {
            let before = page.before(at).expect("captured before anything is written");
            assert!(callers.is_back(callers.version, before), "callers were not taken back");
        }
    }
}

//! What must hold of a halt: a door's work by the mark alone.

use super::{Page, writes};
use crate::{
    function::{Marked, Shown},
    ports::{Port, place},
    sights::Sight,
    world::State,
};
use control::doors::{AlarmNews, Halted};
use rollout::{
    event::Event,
    log::Entry,
    plan::{Back, Plan, Step},
    rollout::{Exposure, Phase, RolloutId},
    target::Environment,
    time::Timestamp,
    units::Generation,
};

/// Keeps how old the evidence behind each exposure may be.
pub(super) fn gathered(page: &mut Page, port: &Port, entry: &Entry) {
    let last = page.gathered.values().last().copied().unwrap_or([page.head.created; 2]);
    let generation = page.head.generation;
    let known = match &entry.event {
        Event::Promoted { .. } => port.asked(&page.head.id).expect("whoever promotes has asked"),
        Event::Lowering { .. } => [entry.at; 2],
        _ => last,
    };
    page.gathered.insert(generation, known);
    page.halted = matches!(entry.event, Event::Halted { .. });
}

impl Page {
    /// News of before this is of the past.
    pub(crate) fn floor(&self) -> Option<Timestamp> {
        self.gathered.values().last().map(|[first, _]| *first).max(self.head.resumed)
    }

    /// Whether an alarm takes back all that was decided under a generation.
    fn is_taken_back_by(&self, alarm: &str, generation: Generation) -> bool {
        let decided = self.decided.get(&generation).and_then(Option::as_ref);
        decided.is_some_and(|decided| takes_back(&self.plan, decided, alarm))
    }
}

/// The plans have two alarms, and each is in force in all stages that expose somebody; that of a drill in all of it.
fn takes_back(plan: &Plan, decided: &Exposure, alarm: &str) -> bool {
    let Some(show) = &decided.show else {
        return false;
    };
    let first = plan.stages().find(|(_, stage)| stage.exposes(stage.share)).map(|(index, _)| index);
    let exposed = plan.drill || plan.stage(show.stage).exposes(show.share);
    plan.rules.iter().any(|rule| {
        let watches = rule.when.alarm() == Some(alarm);
        let full = |step: &Step| match step {
            Step::RollBack(Back::Full) => true,
            Step::RollBack(Back::Previous) => Some(show.stage) == first,
            _ => false,
        };
        watches && exposed && rule.then.iter().any(|action| full(&action.step))
    })
}

impl State {
    /// Checks a halt before it lands.
    pub(crate) fn check_halt(&mut self, at: usize, next: &Environment, news: &AlarmNews) {
        let found = &self.functions[at].environment;
        let forged = self.functions[at].hand.forged;
        writes::others_survive(&self.functions[at].foreign, next);
        assert!(!Shown::of(next).is_above(Shown::of(found)), "a halt raises");
        let away = self.table_down > self.now;
        let mark = Marked::of(found);
        let Some((id, generation)) = mark.owner() else { panic!("halted without a mark: {found:?}") };
        let id = RolloutId(id.to_owned());
        let page = self.books.iter().find_map(|book| book.pages.get(&id));
        let Some(page) = page.filter(|_| !forged) else {
            assert!(forged, "halted by nobody's mark");
            return;
        };
        // With the table away nobody knows what was given up.
        let given_up =
            matches!(&page.head.phase, Phase::Over { outcome, .. } if outcome.name() == "abandoned");
        assert!(!page.head.is_over() || given_up, "a rollout that is over changes the function");
        assert_eq!(writes::managed(next), writes::before(&page.head, at), "halted, and not as it was before");
        assert!(page.is_taken_back_by(&news.name, generation), "halted by an alarm that takes nothing back");
        let [first, last] = page.gathered.get(&generation).copied().expect("it was decided");
        assert!(first <= news.at, "halted by an alarm of the past");
        let in_effect = page.head.effective.as_ref().filter(|effective| effective.generation == generation);
        let early = last <= news.at && in_effect.is_none_or(|effective| news.at < effective.at);
        self.functions[at].hand.halted = Some(id);
        self.orphan = !away;
        if away {
            self.saw(Sight::HaltAway);
        }
        let others = self.functions.iter().enumerate().filter(|(other, _)| *other != at);
        if others.filter(|(_, other)| other.barred > self.now).count() > 0 {
            self.saw(Sight::HaltedAlone);
        }
        if early {
            self.saw(Sight::R4);
        }
    }

    /// Checks what a door says of a function that it has found by its tag.
    pub(crate) fn check_halted(&mut self, port: &Port, name: &str, news: &AlarmNews, halted: &Halted) {
        let at = place(name);
        let read = port.read(at).filter(|read| !read.by_hand && !self.functions[at].hand.forged);
        let Some(Marked::Held(id, generation)) = read.map(|read| read.mark) else {
            return;
        };
        let id = RolloutId(id);
        let Some(page) = self.books.iter().find_map(|book| book.pages.get(&id)) else {
            return;
        };
        match halted {
            Halted::Unlisted => {
                assert!(!page.is_taken_back_by(&news.name, generation), "an alarm that is not listed");
            }
            Halted::Late(_) => {
                let [_, last] = page.gathered.get(&generation).copied().expect("it was decided");
                assert!(news.at < last, "called late, and it is about this exposure");
                self.saw(Sight::HaltLate);
            }
            Halted::Written(_) | Halted::Stood(_) | Halted::Open(_) => {}
        }
    }
}

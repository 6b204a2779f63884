//! The invariants. They keep a book of their own beside each table and check every write against it.

mod audience;
mod callers;
mod facts;
mod halts;
mod order;
mod outlives;
mod seen;
mod steps;
pub(crate) mod writes;

pub(crate) use outlives::{counts, has_completed};
pub(crate) use writes::target;

use crate::{function::Shown, ports::Port, sights::Sight, world::State};
use control::ports::{Commit, CommitError, Start};
use rollout::{
    event::{Cause, Event, Outcome},
    evidence::StopLine,
    log,
    plan::Plan,
    rollout::{Exposure, Phase, Rollout, RolloutId},
    time::Timestamp,
    units::{Generation, RuleId, Share, StageIndex, Version},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What a table should hold.
#[derive(Default)]
pub(crate) struct Book {
    /// By the name of the rollout.
    pub pages: BTreeMap<RolloutId, Page>,
    /// Whether the stop line is pulled.
    pub stop: Option<StopLine>,
    /// The names of all pulls: what a late `go` names.
    pub pulls: Vec<String>,
    /// The highest generation that a rollout which is over has used.
    last: Generation,
}

/// What is known of one rollout, folded by the invariants themselves.
pub(crate) struct Page {
    /// Its plan.
    pub plan: Arc<Plan>,
    /// The fold of its log so far.
    pub head: Arc<Rollout>,
    /// Entries that once could be answered: what a late command names.
    pub answerable: Vec<Version>,
    /// What was decided under each generation.
    decided: BTreeMap<Generation, Option<Exposure>>,
    /// Between which times the evidence behind each generation was gathered.
    gathered: BTreeMap<Generation, [Timestamp; 2]>,
    /// Somebody knows that what is wanted now could not be verified.
    known: bool,
    /// A door's halt was found, and is being recorded.
    pub halted: bool,
    /// Stages that were in effect.
    reached: BTreeSet<StageIndex>,
    /// When each rule last acted, and whether it may again.
    acted: BTreeMap<RuleId, Acted>,
    /// Every report of every signal: when, and by whom.
    reports: Vec<(String, Timestamp, String)>,
    /// Anything was written for it.
    wrote: bool,
    /// A person passed over what holds others back.
    forced: bool,
}

/// The last action of a rule.
#[derive(Clone, Copy, Debug)]
struct Acted {
    at: Timestamp,
    generation: Generation,
    armed: bool,
}

impl Book {
    /// The rollout that is not over, if there is one.
    pub(crate) fn active(&self) -> Option<&Page> {
        self.pages.values().find(|page| !page.head.is_over())
    }
}

/// The exposure that evidence is about: the last that was in effect.
fn in_effect(head: &Rollout) -> Generation {
    head.effective.as_ref().map_or(head.generation, |effective| effective.generation)
}

/// What is shown under an exposure that was decided.
pub(crate) fn shown(plan: &Plan, exposure: Option<&Exposure>) -> Shown {
    let Some(show) = exposure.and_then(|exposure| exposure.show.as_ref()) else {
        return Shown { percent: 0, features: 0 };
    };
    let bit = |(at, name): (usize, &String)| {
        if show.off.contains(name) || show.share == Share::NONE { 0 } else { 1 << at }
    };
    Shown {
        percent: show.share.hundredths() / 100,
        features: plan.features.iter().enumerate().map(bit).sum(),
    }
}

impl State {
    /// Every rollout there ever was.
    pub(crate) fn pages(&self) -> impl Iterator<Item = &Page> {
        self.books.iter().flat_map(|book| book.pages.values())
    }

    /// Of a rollout that was started.
    pub(crate) fn page(&self, id: &RolloutId) -> &Page {
        self.books.iter().find_map(|book| book.pages.get(id)).expect("it was started")
    }

    /// A rollout was created.
    pub(crate) fn started(&mut self, store: usize, start: &Start) {
        let book = &mut self.books[store];
        let (head, last) = (&start.head, book.pages.values().last());
        assert!(book.active().is_none(), "two rollouts hold the function");
        assert!(head.generation >= book.last, "a generation restarts");
        if head.generation > Generation(0) {
            self.sights.saw(Sight::H4);
        }
        if last.is_some() {
            self.sights.saw(Sight::SecondRollout);
        }
        if last
            .is_some_and(|page| matches!(page.head.phase, Phase::Over { outcome: Outcome::Abandoned(_), .. }))
        {
            self.sights.saw(Sight::SecondAfterAbandon);
        }
        if store == 1 {
            self.sights.saw(Sight::OtherController);
        }
        self.sights.saw(Sight::Starting);
        assert_eq!(log::hash(&start.entries[0]).as_ref(), Ok(&start.entries[0].hash), "the chain of hashes");
        let page = Page {
            plan: Arc::clone(&start.plan),
            head: Arc::new(head.clone()),
            answerable: vec![],
            decided: BTreeMap::new(),
            gathered: BTreeMap::new(),
            known: false,
            halted: false,
            reached: BTreeSet::new(),
            acted: BTreeMap::new(),
            reports: vec![],
            wrote: false,
            forced: false,
        };
        book.pages.insert(head.id.clone(), page);
        self.functions.iter_mut().for_each(|function| {
            (function.hand.halted, function.hand.lowered) = (None, None);
            function.callers.iter_mut().for_each(|callers| callers.put_back = false);
        });
    }

    /// A commit landed.
    pub(crate) fn committed(&mut self, port: &Port, commit: &Commit) {
        let mut page = self.books[port.store].pages.remove(&commit.head.id).expect("it was started");
        let before = Arc::clone(&page.head);
        assert_eq!(commit.seen, before.version, "a commit on a head that has moved on");
        assert_eq!(
            commit.head.is_over() && !before.is_over(),
            !commit.frees.is_empty(),
            "the locks are freed at the end, and only then"
        );
        outlives::check(&page, commit);
        for entry in &commit.entries {
            assert_eq!(entry.before, page.head.hash, "the chain of hashes");
            assert_eq!(entry.version, page.head.version.next(), "one entry a version");
            if entry.version.0.is_multiple_of(8) {
                assert_eq!(log::hash(entry).as_ref(), Ok(&entry.hash), "the hash of an entry");
            }
            facts::check(self, port, &page, commit.seen, entry);
            steps::follow(&mut page, entry);
            halts::gathered(&mut page, port, entry);
            seen::event(&mut self.sights, &page, entry);
        }
        assert!(page.head == commit.head, "the log folds to the head: {:?} {:?}", page.head, commit.head);
        steps::check(&mut page, &before, commit);
        seen::commit(self, port, &page, &before, commit);
        if let (true, Phase::Over { outcome: Outcome::RolledBack(cause), .. }) =
            (page.plan.drill, &page.head.phase)
        {
            let by_alarm = matches!(cause, Cause::Rule(_) | Cause::Halt(_));
            self.saw(if by_alarm { Sight::DrilledByAlarm } else { Sight::Drilled });
        }
        if commit.entries.iter().any(|entry| matches!(entry.event, Event::Resumed { .. })) {
            self.functions.iter_mut().for_each(|function| {
                function.hand.lowered = None;
                function.callers.iter_mut().for_each(|callers| callers.put_back = false);
            });
            self.consented = true;
        }
        if commit.entries.iter().any(|entry| matches!(entry.event, Event::Applied { .. })) {
            self.consented = false;
        }
        let book = &mut self.books[port.store];
        if page.head.is_over() {
            book.last = book.last.max(page.head.generation);
        }
        book.pages.insert(commit.head.id.clone(), page);
    }

    /// A commit was refused.
    pub(crate) fn not_committed(&mut self, store: usize, commit: &Commit, why: &CommitError) {
        let has = |wanted: fn(&Event) -> bool| commit.entries.iter().any(|entry| wanted(&entry.event));
        let promotes = has(|event| matches!(event, Event::Promoted { .. }));
        match why {
            CommitError::Lost => {
                self.saw(Sight::LostRace);
                if promotes {
                    self.saw(Sight::R16);
                }
                let lowered = self.books[store].pages.get(&commit.head.id);
                let lowered = lowered.is_some_and(|page| matches!(page.head.phase, Phase::Lowering { .. }));
                if lowered && has(|event| matches!(event, Event::Lowering { .. })) {
                    self.saw(Sight::H5);
                }
            }
            CommitError::Duplicate => self.saw(Sight::Duplicate),
            CommitError::Stopped => {
                assert!(self.books[store].stop.is_some(), "refused for a stop line that nobody pulled");
                self.saw(Sight::H18);
            }
            CommitError::Unavailable(_) => {}
        }
    }

    /// The stop line was pulled or let go.
    pub(crate) fn stop_set(&mut self, port: &Port, next: Option<&StopLine>) {
        let book = &mut self.books[port.store];
        let before = std::mem::replace(&mut book.stop, next.cloned());
        match (&before, next) {
            (Some(before), Some(next)) => {
                let again = before.by.split(", ").all(|by| next.by.contains(by));
                assert!(again && next.roll_back >= before.roll_back, "{next:?} forgets {before:?}");
                self.sights.saw(Sight::LineAgain);
            }
            (Some(before), None) => {
                assert_eq!(port.line.as_ref(), Some(&before.id), "let go of a pull that nobody has seen");
                self.sights.saw(Sight::LineGone);
            }
            (None, _) => {}
        }
        let Some(line) = next else {
            return;
        };
        book.pulls.push(line.id.clone());
        let advancing = book.active().map(|page| &page.head.phase);
        if matches!(advancing, Some(Phase::Advancing { .. })) {
            self.sights.saw(Sight::R5);
        }
        self.sights.saw(if line.roll_back { Sight::LineBack } else { Sight::LineStop });
    }
}

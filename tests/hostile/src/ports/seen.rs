//! What a door has read, for the invariants about evidence: of each rollout by itself, and of each function.

use super::Port;
use crate::{
    function::{Marked, NAMES},
    meter::Told,
    sights::Sight,
};
use rollout::{
    rollout::{Phase, Rollout, RolloutId},
    time::Timestamp,
    units::Generation,
};
use std::sync::{Arc, MutexGuard, PoisonError};

/// What a door has read.
#[derive(Default)]
pub(super) struct Seen {
    /// One for each rollout.
    about: Vec<About>,
    /// Those of them whose evidence it gathers, in the order in which it asks about them.
    round: Vec<usize>,
    /// The head that it has read last: whoever moves functions works for one rollout at a time.
    last: Option<Arc<Rollout>>,
    /// Of each function.
    pub reads: [Option<Read>; NAMES.len()],
    /// Somebody's hand was the last on its alias, or other code stands in the way of it.
    pub touched: [bool; NAMES.len()],
    /// What came of its writes to each function, while everything was to be lowered.
    lowered: [Option<Lowered>; NAMES.len()],
}

/// What a door knows of one rollout.
struct About {
    /// The head, as it was last read or written.
    head: Arc<Rollout>,
    /// What its evidence is about.
    gathered: Option<Arc<Rollout>>,
    /// Its evidence is no older than the first, and no younger than the second.
    asked: [Timestamp; 2],
    /// What the meter told when it was last asked.
    told: Told,
}

/// What came of a write that lowers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lowered {
    Tried,
    /// The function refuses to be written, for minutes.
    Barred(Generation),
}

/// The function, as a door last read it.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    /// What stood in the variable of the mark.
    pub mark: Marked,
    /// Somebody's hand was the last on what the rollout manages.
    pub by_hand: bool,
    /// It could be written then.
    pub writable: bool,
}

impl Seen {
    /// A head was read.
    pub(super) fn loads(&mut self, head: &Arc<Rollout>, now: Timestamp) {
        self.knows(head, now).asked[0] = now;
    }

    /// A head was written: whoever has written it knows it, and may gather evidence for it.
    pub(super) fn writes(&mut self, head: &Arc<Rollout>, now: Timestamp) {
        self.knows(head, now);
    }

    fn knows(&mut self, head: &Arc<Rollout>, now: Timestamp) -> &mut About {
        self.last = Some(Arc::clone(head));
        let known = self.place(&head.id);
        let at = known.unwrap_or(self.about.len());
        if known.is_none() {
            let head = Arc::clone(head);
            self.about.push(About { head, gathered: None, asked: [now; 2], told: Told::default() });
        }
        self.about[at].head = Arc::clone(head);
        &mut self.about[at]
    }

    fn place(&self, id: &RolloutId) -> Option<usize> {
        self.about.iter().position(|about| about.head.id == *id)
    }

    fn about(&self, id: &RolloutId) -> Option<&About> {
        self.about.iter().find(|about| about.head.id == *id)
    }

    /// Several heads were read to be asked about, as far as they could be.
    pub(super) fn rounds_up<'a>(&mut self, ids: impl Iterator<Item = &'a RolloutId>) {
        self.round = ids.filter_map(|id| self.place(id)).collect();
    }

    /// What is asked from now on is about the heads as they are known now.
    pub(super) fn gathers(&mut self) -> Vec<Arc<Rollout>> {
        let mut heads = Vec::with_capacity(self.round.len());
        for at in &self.round {
            let about = &mut self.about[*at];
            about.gathered = Some(Arc::clone(&about.head));
            about.told = Told::default();
            heads.push(Arc::clone(&about.head));
        }
        heads
    }

    /// Something that is evidence for all of them was asked.
    pub(super) fn asks(&mut self, now: Timestamp) {
        for at in &self.round {
            self.about[*at].asked[1] = now;
        }
    }

    /// What the meter told of a rollout, once its head was read.
    pub(super) fn told(&mut self, id: &RolloutId) -> Option<&mut Told> {
        let at = self.place(id)?;
        Some(&mut self.about[at].told)
    }
}

impl Port {
    /// What this door has read.
    pub(super) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The head of a rollout, as this door last read it.
    pub(crate) fn loaded(&self, id: &RolloutId) -> Option<Arc<Rollout>> {
        self.seen().about(id).map(|about| Arc::clone(&about.head))
    }

    /// The head for which this door moves functions.
    pub(crate) fn moves_for(&self) -> Option<Arc<Rollout>> {
        self.seen().last.clone()
    }

    /// The head that the evidence about a rollout is about.
    pub(crate) fn gathered(&self, id: &RolloutId) -> Option<Arc<Rollout>> {
        self.seen().about(id)?.gathered.clone()
    }

    /// What the meter told this door of a rollout.
    pub(crate) fn told(&self, id: &RolloutId) -> Told {
        self.seen().about(id).map(|about| about.told.clone()).unwrap_or_default()
    }

    /// The same of all that it asked about.
    pub(crate) fn told_all(&self) -> Vec<(RolloutId, Told)> {
        let asked = |about: &About| (about.head.id.clone(), about.told.clone());
        self.seen().about.iter().filter(|about| about.told.is_asked()).map(asked).collect()
    }

    /// Between which times the evidence about a rollout was gathered.
    pub(crate) fn asked(&self, id: &RolloutId) -> Option<[Timestamp; 2]> {
        self.seen().about(id).map(|about| about.asked)
    }

    /// What this door last read of a function.
    pub(crate) fn read(&self, at: usize) -> Option<Read> {
        let seen = self.seen();
        let read = seen.reads[at].clone()?;
        Some(Read { by_hand: read.by_hand || seen.touched[at], ..read })
    }

    /// The same of all that it has read.
    pub(crate) fn reads(&self) -> Vec<Read> {
        (0..NAMES.len()).filter_map(|at| self.read(at)).collect()
    }

    /// Whether the emergency stop stood in the function when this door last read it.
    pub(crate) fn has_read_halt(&self, at: usize) -> bool {
        self.seen().reads[at].as_ref().is_some_and(|read| read.mark == Marked::Halt)
    }

    /// Keeps what came of a write, where everything is to be lowered.
    pub(super) fn tries(&self, at: usize, came: Lowered) {
        let mut seen = self.seen();
        if matches!(seen.last.as_ref().map(|head| &head.phase), Some(Phase::Lowering { .. })) {
            seen.lowered[at] = Some(came);
        }
    }

    /// Whoever is through with a pass has tried to lower each function that could be, whatever became of the others.
    pub(crate) fn check_lowered_all(&self) {
        let seen = self.seen();
        let barred =
            |came: &Option<Lowered>| if let Some(Lowered::Barred(at)) = came { Some(*at) } else { None };
        let (Some(generation), Some(head)) = (seen.lowered.iter().find_map(barred), &seen.last) else {
            return;
        };
        for (read, came) in seen.reads.iter().zip(&seen.lowered) {
            let Some(read) = read.as_ref().filter(|read| read.writable && !read.by_hand) else { continue };
            let is_behind =
                read.mark.owner().is_some_and(|(id, known)| *id == head.id.0 && known < generation);
            assert!(came.is_some() || !is_behind, "not lowered, because another function refuses: {read:?}");
            if *came == Some(Lowered::Tried) {
                self.sim.with(|state| state.saw(Sight::LoweredDespite));
            }
        }
    }
}

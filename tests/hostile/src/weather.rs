//! What happens to the function and to the ports without any door.

use crate::{
    function::{Hand, MANAGED, Marked, Shown},
    oracle::target,
    sights::Sight,
    world::State,
};
use rollout::{rollout::Phase, target::MARK, time::Span};

impl State {
    /// Something happens.
    pub(crate) fn weather(&mut self) {
        match self.rng.below(40) {
            0 => {
                self.table_down = self.now.after(self.minutes(8));
                if self.rng.chance(500) {
                    self.alarm_changes();
                }
            }
            1 => self.metrics_down = self.now.after(self.minutes(12)),
            2 => {
                let (at, until) = (self.any_function(), self.now.after(self.minutes(15)));
                self.functions[at].dark = until;
                self.saw(Sight::FunctionDark);
            }
            26 => self.meter.down = self.now.after(self.minutes(12)),
            23 => self.alias_changes(),
            25 => {
                let at = self.any_function();
                self.revert(at);
            }
            24 => {
                let (at, until) = (self.any_function(), self.now.after(self.minutes(15)));
                self.functions[at].barred = until;
                self.saw(Sight::FunctionBarred);
            }
            3 if self.rng.chance(300) => {
                let span = self.minutes(90);
                self.pass(span);
                self.saw(Sight::Jump);
            }
            4..8 => {
                let span = self.minutes(6);
                self.pass(span);
            }
            8 | 9 => self.push_code(),
            10..14 => self.edit_foreign(),
            14..20 => self.edit_by_hand(),
            20..23 => self.alarm_changes(),
            _ => {}
        }
    }

    fn minutes(&mut self, most: u64) -> Span {
        Span::seconds(self.rng.below(60 * most))
    }

    fn push_code(&mut self) {
        let at = self.any_function();
        let function = &mut self.functions[at];
        if function.is_settled(self.now) {
            function.newest += 1;
            function.code = function.newest;
            function.changed();
            self.saw(Sight::CodePushed);
        }
    }

    /// One pipeline keeps the variables of all functions. Where callers use an alias it seldom leaves them unreleased.
    fn edit_foreign(&mut self) {
        let aliased = self.functions.iter().any(|function| function.callers.is_some());
        if self.functions.iter().any(|function| !function.is_settled(self.now))
            || (aliased && !self.rng.chance(200))
        {
            return;
        }
        let (value, gone) = (self.rng.number().to_string(), self.rng.chance(200));
        let settles = self.now.after(Span::millis(self.rng.below(20_000)));
        for function in &mut self.functions {
            function.changed();
            function.settles = settles;
            for environment in [&mut function.environment, &mut function.foreign] {
                if gone {
                    environment.remove("FLAG");
                } else {
                    environment.insert("FLAG".to_owned(), value.clone());
                }
            }
        }
        self.saw(Sight::Foreign);
    }

    /// Somebody edits what the rollout manages; most worlds are spared most of it.
    fn edit_by_hand(&mut self) {
        let active = self.books.iter().any(|book| book.active().is_some());
        let at = self.any_function();
        if !self.functions[at].is_settled(self.now) || !self.meddles() {
            return;
        }
        if !active {
            for at in 0..self.functions.len() {
                self.clean(at);
                self.release(at);
            }
            return;
        }
        match self.rng.below(12) {
            0..3 => self.lower(at),
            3 => self.raise(at),
            4 | 5 => self.put_back(at),
            6 | 7 => self.drop_mark(at),
            8 => self.edit_mark(at),
            9 | 10 => self.halt(at),
            _ => self.redeploy(at),
        }
        self.functions[at].changed();
        self.functions[at].by_hand = true;
    }

    fn meddles(&mut self) -> bool {
        let meddling = self.meddling;
        self.rng.chance(meddling)
    }

    /// Between two rollouts somebody clears up: a start wants a clean function.
    fn clean(&mut self, at: usize) {
        let environment = &mut self.functions[at].environment;
        let left = matches!(Marked::of(environment), Marked::Left(..));
        if Shown::of(environment).percent == 0 && (left || !environment.contains_key(MARK)) {
            return;
        }
        MANAGED.iter().for_each(|name| {
            environment.remove(*name);
        });
        if !left || self.rng.chance(500) {
            environment.remove(MARK);
        }
        let function = &mut self.functions[at];
        function.changed();
        (function.by_hand, function.hand) = (true, Hand::default());
        (self.consented, self.orphan) = (false, false);
    }

    fn lower(&mut self, at: usize) {
        let shown = Shown::of(&self.functions[at].environment);
        if shown.percent > 1 && !self.functions[at].by_hand {
            self.functions[at].environment.insert("PCT".to_owned(), "1".to_owned());
            self.functions[at].hand.lowered = Some(Shown { percent: 1, ..shown });
            self.saw(Sight::HandLowered);
        }
    }

    fn raise(&mut self, at: usize) {
        self.functions[at].environment.insert("PCT".to_owned(), "99".to_owned());
        self.functions[at].hand.lowered = None;
        self.saw(Sight::HandRaised);
    }

    /// What was there before the rollout, with its mark left in place.
    fn put_back(&mut self, at: usize) {
        let Some(page) = self.books[0].active() else {
            return;
        };
        let Some(captured) = page.head.captured.get(&target(at)).cloned() else {
            return;
        };
        // What somebody raised by hand and took back again was never this rollout's to undo.
        let exposed = self.functions[at].percent() > 0 && !self.functions[at].by_hand;
        for (name, value) in &captured.before {
            match value {
                Some(value) => self.functions[at].environment.insert(name.clone(), value.clone()),
                None => self.functions[at].environment.remove(name),
            };
        }
        self.saw(Sight::HandBack);
        if exposed && (self.functions[at].environment.contains_key(MARK) || self.can_tell()) {
            self.functions[at].hand.lowered = Some(Shown { percent: 0, features: 0 });
            self.saw(Sight::H11);
        }
    }

    fn drop_mark(&mut self, at: usize) {
        if self.functions[at].environment.remove(MARK).is_some() {
            self.functions[at].hand.halted = None;
            if !self.can_tell() {
                self.functions[at].hand.lowered = None;
            }
            self.saw(Sight::MarkGone);
        }
    }

    fn edit_mark(&mut self, at: usize) {
        let Some(mark) = self.functions[at].environment.get_mut(MARK) else {
            return;
        };
        *mark = match self.rng.below(3) {
            0 => "{}".to_owned(),
            1 => mark.replace("\"gen\":", "\"gen\":9"),
            _ => mark.replace("tide", "ebb"),
        };
        if !self.can_tell() {
            self.functions[at].hand.lowered = None;
        }
        self.functions[at].hand.forged = true;
        self.functions[at].hand.halted = None;
        self.saw(Sight::MarkEdited);
    }

    fn halt(&mut self, at: usize) {
        let spelled = self.spelled_halt(at);
        self.functions[at].environment.insert(MARK.to_owned(), spelled);
        self.saw(Sight::Halted);
        if self.table_down > self.now {
            self.saw(Sight::H10);
        }
        let Some(page) = self.books.iter().find_map(|book| book.active()) else {
            return;
        };
        let closing = matches!(page.head.phase, Phase::Closing { .. });
        self.functions[at].hand.halted = Some(page.head.id.clone());
        if closing {
            self.saw(Sight::H3);
        }
    }

    /// In a hurry people write it in many ways, and some put it into the mark that is there.
    fn spelled_halt(&mut self, at: usize) -> String {
        let found = self.functions[at].environment.get(MARK).filter(|mark| mark.starts_with('{')).cloned();
        let key = ["\"halt\":\"Ann\"", "\"HALT\":true", "\" Halt \":1"];
        let key = self.rng.pick(&key).copied().unwrap_or_default();
        match (found, self.rng.below(4)) {
            (Some(mark), 0 | 1) => {
                self.saw(Sight::HaltedInMark);
                mark.replacen('{', &format!("{{{key},"), 1)
            }
            (_, 2) => "HALT! Ann, 03:10".to_owned(),
            (_, _) => "halt".to_owned(),
        }
    }

    /// Somebody's pipeline writes the whole environment as it knows it: neither mark nor managed variables.
    fn redeploy(&mut self, at: usize) {
        let shown = Shown::of(&self.functions[at].environment);
        self.functions[at].environment = self.functions[at].foreign.clone();
        self.functions[at].hand.halted = None;
        self.saw(Sight::MarkGone);
        if shown.percent > 0 && self.can_tell() && !self.functions[at].by_hand {
            self.functions[at].hand.lowered = Some(Shown { percent: 0, features: 0 });
        } else if !self.can_tell() {
            self.functions[at].hand.lowered = None;
        }
    }

    /// Without a mark, and before anything was in effect, a function is as it was captured: nobody can tell that somebody
    /// lowered it.
    fn can_tell(&self) -> bool {
        let pages = || self.books.iter().filter_map(|book| book.active());
        !self.consented && pages().all(|page| page.head.effective.is_some())
    }
}

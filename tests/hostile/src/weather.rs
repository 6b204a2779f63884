//! What happens to the function and to the ports without any door.

use crate::{
    function::{MANAGED, Marked, Shown},
    sights::Sight,
    world::State,
};
use rollout::{rollout::Phase, target::MARK, time::Span, units::TargetId};

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
                self.function.dark = self.now.after(self.minutes(15));
                self.saw(Sight::FunctionDark);
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
            8 | 9 if self.function.is_settled(self.now) => {
                self.function.code += 1;
                self.function.changed();
                self.saw(Sight::CodePushed);
            }
            10..14 => self.edit_foreign(),
            14..20 => self.edit_by_hand(),
            20..25 => self.alarm_changes(),
            _ => {}
        }
    }

    fn minutes(&mut self, most: u64) -> Span {
        Span::seconds(self.rng.below(60 * most))
    }

    fn edit_foreign(&mut self) {
        if !self.function.is_settled(self.now) {
            return;
        }
        let value = self.rng.number().to_string();
        if self.rng.chance(200) {
            self.foreign.remove("FLAG");
            self.function.environment.remove("FLAG");
        } else {
            self.foreign.insert("FLAG".to_owned(), value.clone());
            self.function.environment.insert("FLAG".to_owned(), value);
        }
        self.function.changed();
        self.function.settles = self.now.after(Span::millis(self.rng.below(20_000)));
        self.saw(Sight::Foreign);
    }

    /// Somebody edits what the rollout manages; most worlds are spared most of it.
    fn edit_by_hand(&mut self) {
        let active = self.books.iter().any(|book| book.active().is_some());
        if !self.function.is_settled(self.now) || !self.meddles() {
            return;
        }
        if !active {
            self.clean();
            return;
        }
        match self.rng.below(12) {
            0..3 => self.lower(),
            3 => self.raise(),
            4 | 5 => self.put_back(),
            6 | 7 => self.drop_mark(),
            8 => self.edit_mark(),
            9 | 10 => self.halt(),
            _ => self.redeploy(),
        }
        self.function.changed();
        self.function.by_hand = true;
    }

    fn meddles(&mut self) -> bool {
        let meddling = self.meddling;
        self.rng.chance(meddling)
    }

    /// Between two rollouts somebody clears up: a start wants a clean function.
    fn clean(&mut self) {
        let environment = &mut self.function.environment;
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
        self.function.changed();
        self.function.by_hand = true;
        self.hand = crate::world::Hand::default();
    }

    fn lower(&mut self) {
        let shown = Shown::of(&self.function.environment);
        if shown.percent > 1 && !self.function.by_hand {
            self.function.environment.insert("PCT".to_owned(), "1".to_owned());
            self.hand.lowered = Some(Shown { percent: 1, ..shown });
            self.saw(Sight::HandLowered);
        }
    }

    fn raise(&mut self) {
        self.function.environment.insert("PCT".to_owned(), "99".to_owned());
        self.hand.lowered = None;
        self.saw(Sight::HandRaised);
    }

    /// What was there before the rollout, with its mark left in place.
    fn put_back(&mut self) {
        let Some(page) = self.books[0].active() else {
            return;
        };
        let Some(captured) = page.head.captured.get(&TargetId(0)) else {
            return;
        };
        // What somebody raised by hand and took back again was never this rollout's to undo.
        let exposed = self.function.percent() > 0 && !self.function.by_hand;
        for (name, value) in &captured.before {
            match value {
                Some(value) => self.function.environment.insert(name.clone(), value.clone()),
                None => self.function.environment.remove(name),
            };
        }
        self.saw(Sight::HandBack);
        if exposed && (self.function.environment.contains_key(MARK) || self.can_tell()) {
            self.hand.lowered = Some(Shown { percent: 0, features: 0 });
            self.saw(Sight::H11);
        }
    }

    fn drop_mark(&mut self) {
        if self.function.environment.remove(MARK).is_some() {
            self.hand.halted = None;
            if !self.can_tell() {
                self.hand.lowered = None;
            }
            self.saw(Sight::MarkGone);
        }
    }

    fn edit_mark(&mut self) {
        let Some(mark) = self.function.environment.get_mut(MARK) else {
            return;
        };
        *mark = match self.rng.below(3) {
            0 => "{}".to_owned(),
            1 => mark.replace("\"gen\":", "\"gen\":9"),
            _ => mark.replace("tide", "ebb"),
        };
        if !self.can_tell() {
            self.hand.lowered = None;
        }
        self.hand.forged = true;
        self.hand.halted = None;
        self.saw(Sight::MarkEdited);
    }

    fn halt(&mut self) {
        let spelled = self.spelled_halt();
        self.function.environment.insert(MARK.to_owned(), spelled);
        self.saw(Sight::Halted);
        if self.table_down > self.now {
            self.saw(Sight::H10);
        }
        let Some(page) = self.books.iter().find_map(|book| book.active()) else {
            return;
        };
        let closing = matches!(page.head.phase, Phase::Closing { .. });
        self.hand.halted = Some(page.head.id.clone());
        if closing {
            self.saw(Sight::H3);
        }
    }

    /// In a hurry people write it in many ways, and some put it into the mark that is there.
    fn spelled_halt(&mut self) -> String {
        let found = self.function.environment.get(MARK).filter(|mark| mark.starts_with('{')).cloned();
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
    fn redeploy(&mut self) {
        let shown = Shown::of(&self.function.environment);
        self.function.environment.clone_from(&self.foreign);
        self.hand.halted = None;
        self.saw(Sight::MarkGone);
        if shown.percent > 0 && self.can_tell() && !self.function.by_hand {
            self.hand.lowered = Some(Shown { percent: 0, features: 0 });
        } else if !self.can_tell() {
            self.hand.lowered = None;
        }
    }

    /// Without a mark, and before anything was in effect, a function is as it was captured: nobody can tell that somebody
    /// lowered it.
    fn can_tell(&self) -> bool {
        let pages = || self.books.iter().filter_map(|book| book.active());
        !self.hand.consented && pages().all(|page| page.head.effective.is_some())
    }
}

//! A story on its way: what is due, given the time, the exposure and the stage.

mod resolve;

use super::{
    alarms::Sound,
    breach::{Breakable, in_force},
    money::Outlay,
    story::{Act, Deed, Habit, Misread, Story, Touch},
    traffic::Traffic,
    twist::Twist,
};
use rollout::{
    plan::Plan,
    time::{Span, Timestamp},
    units::{BudgetId, Share, StageIndex},
};
use std::collections::BTreeSet;

/// A story whose names have been found in a plan, being told.
pub struct Script {
    scenes: Vec<Scene>,
    breaches: Vec<Breakable>,
    leaks: Vec<Breakable>,
    /// Figures that the story itself has reported: the built-in persons keep quiet about them.
    told: BTreeSet<String>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// When it was due: not later than now.
    pub at: Timestamp,
    /// When it ends by itself.
    pub until: Option<Timestamp>,
    /// What.
    pub what: Happening,
}

/// What can happen, with all names found.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// To the traffic or to the source of figures.
    Twist(Twist),
    /// To the checks.
    Check {
        /// Which.
        name: String,
        /// How it goes from now on.
        passes: bool,
    },
    /// To an alarm.
    Alarm {
        /// Which.
        name: String,
        /// What it does from now on.
        sound: Sound,
    },
    /// To the money of a budget.
    Spend {
        /// Of which.
        budget: BudgetId,
        /// How it is spent.
        outlay: Outlay,
    },
    /// The windows of budgets cannot be read.
    BudgetsHidden,
    /// To a function.
    Touch {
        /// Which.
        function: String,
        /// What somebody does to it.
        touch: Touch,
    },
    /// Nothing evaluates and nothing advances.
    DoorsDown,
    /// The story is over: a simulation stops here.
    End,
    /// From now on a built-in person always does this.
    Habit(Habit),
    /// Somebody does something through the doors.
    Act(Act),
}

/// One line of the story, or a part of it.
struct Scene {
    /// Before this it cannot be due; none until the moment has come.
    next: Option<Timestamp>,
    moment: Moment,
    plus: Span,
    every: Option<Span>,
    lasts: Option<Span>,
    what: Plot,
    is_over: bool,
}

#[derive(Clone, Copy)]
enum Moment {
    Start,
    Exposure,
    Share(Share),
    Stage(StageIndex),
}

/// What a scene comes to.
enum Plot {
    Certain(Happening),
    /// Reported by the built-in persons, unless the story reports it itself.
    Routine(Act),
    Breach,
    Leak,
}

impl Script {
    /// Finds the names of a story in a plan.
    ///
    /// # Errors
    /// Every line with a name or an amount that does not fit the plan, each with what would.
    pub fn new(
        story: &Story,
        plan: &Plan,
        traffic: &Traffic,
        start: Timestamp,
    ) -> Result<Script, Vec<Misread>> {
        resolve::script(story, plan, traffic, start)
    }

    /// What has come due since the last call, in the order of its time and of the story.
    pub fn due(&mut self, now: Timestamp, share: Share, stage: Option<StageIndex>) -> Vec<Due> {
        let mut due: Vec<(Timestamp, usize)> = Vec::new();
        for (place, scene) in self.scenes.iter_mut().enumerate() {
            due.extend(scene.due(now, share, stage).map(|at| (at, place)));
        }
        due.sort();
        due.into_iter().filter_map(|(at, place)| self.happens(place, at, stage)).collect()
    }

    /// Whether nothing more will happen at a time that is known; what waits for a moment that may never come is left.
    pub fn is_told(&self) -> bool {
        self.scenes.iter().all(|scene| scene.is_over || scene.every.is_some() || scene.next.is_none())
    }

    fn happens(&mut self, place: usize, at: Timestamp, stage: Option<StageIndex>) -> Option<Due> {
        let scene = self.scenes.get(place)?;
        let of = |rules: &[Breakable]| in_force(rules, stage).map(|rule| Happening::Twist(rule.twist));
        let what = match &scene.what {
            Plot::Certain(what) => Some(what.clone()),
            Plot::Routine(act) if is_told(&self.told, act) => None,
            Plot::Routine(act) => Some(Happening::Act(act.clone())),
            Plot::Breach => of(&self.breaches),
            Plot::Leak => of(&self.leaks),
        }?;
        if let (Plot::Certain(_), Happening::Act(Act { deed: Deed::Report { name, .. }, .. })) =
            (&scene.what, &what)
        {
            self.told.insert(name.clone());
        }
        Some(Due { at, until: scene.lasts.map(|lasts| at.after(lasts)), what })
    }
}

fn is_told(told: &BTreeSet<String>, act: &Act) -> bool {
    matches!(&act.deed, Deed::Report { name, .. } if told.contains(name))
}

impl Scene {
    /// When the scene was due, if it was by now. One that comes again and again comes once, however much was missed.
    fn due(&mut self, now: Timestamp, share: Share, stage: Option<StageIndex>) -> Option<Timestamp> {
        if self.is_over {
            return None;
        }
        let has_come = match self.moment {
            Moment::Start => false,
            Moment::Exposure => share > Share::NONE,
            Moment::Share(least) => share >= least,
            Moment::Stage(named) => stage == Some(named),
        };
        if self.next.is_none() && has_come {
            self.next = Some(now.after(self.plus).after(self.every.unwrap_or(Span::ZERO)));
        }
        let at = self.next.filter(|at| *at <= now)?;
        match self.every {
            Some(every) => self.next = Some(at.after(every.times(now.since(at).whole(every) + 1))),
            None => self.is_over = true,
        }
        Some(at)
    }
}

#[cfg(test)]
mod tests;

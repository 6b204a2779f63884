//! A lab in memory: functions whose environment a rollout sets, traffic that behaves as they say, and the people
//! around them, all told by a story. Nothing here reads a clock, a file or chance: the same plan, story and seed come
//! to the same end each time.

pub mod alarms;
mod breach;
mod chance;
pub mod checks;
pub mod functions;
pub mod metrics_file;
mod minutes;
pub mod money;
mod nearest;
pub mod script;
pub mod share;
pub mod story;
#[cfg(test)]
pub(crate) mod testing;
pub mod traffic;
pub mod twist;
mod world;

use alarms::LabAlarms;
use checks::LabChecks;
use functions::LabFunctions;
use money::{Bill, Purses};
use rollout::{
    plan::Plan,
    time::Timestamp,
    units::{Share, StageIndex},
};
use script::{Due, Happening, Script};
use share::Exposure;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use story::{Act, Habit, Misread, Story, Touch};
use traffic::Traffic;

/// A plan's world while a story is told.
pub struct Lab {
    /// The targets.
    pub functions: Arc<LabFunctions>,
    /// Their figures.
    pub traffic: Arc<Traffic>,
    /// What the plan's checks come to.
    pub checks: Arc<LabChecks>,
    /// Its alarms.
    pub alarms: Arc<LabAlarms>,
    purses: Purses,
    exposure: Exposure,
    script: Script,
    habits: BTreeSet<Habit>,
    doors_down: Option<Timestamp>,
    is_over: bool,
}

impl Lab {
    /// Sets a story up.
    ///
    /// # Errors
    /// Every line of the story that does not fit the plan.
    pub fn new(plan: &Plan, story: &Story, start: Timestamp, seed: u64) -> Result<Lab, Vec<Misread>> {
        let traffic = Traffic::new(plan, start, seed);
        Ok(Lab {
            functions: Arc::new(LabFunctions::of(plan, start, seed)),
            checks: Arc::new(LabChecks::default()),
            alarms: Arc::new(LabAlarms::default()),
            purses: Purses::of(plan, start),
            exposure: Exposure::of(plan),
            script: Script::new(story, plan, &traffic, start)?,
            traffic: Arc::new(traffic),
            habits: BTreeSet::new(),
            doors_down: None,
            is_over: false,
        })
    }

    /// It is this time now, and this stage is in effect. Answers what people do, in order, for the doors to carry out.
    ///
    /// To be called before the doors of each tick: the minutes that have ended were under the exposure that is found.
    pub fn advance(&mut self, now: Timestamp, stage: Option<StageIndex>) -> Vec<Act> {
        self.functions.advance(now);
        let share = self.share();
        let due = self.script.due(now, share, stage);
        let acts = due.into_iter().filter_map(|due| self.happens(due)).collect();
        self.traffic.advance(now, share);
        self.alarms.advance(now);
        if !self.purses.is_empty() {
            let says = |function: &str, variable: &str| {
                self.functions.called(function, |all| all.get(variable).cloned()).flatten()
            };
            self.purses.advance(now, share, self.traffic.requests(), says);
            self.purses.show(&self.traffic);
        }
        acts
    }

    /// What was spent since the last call, for whoever keeps the store.
    pub fn bills(&mut self) -> Vec<Bill> {
        self.purses.bills()
    }

    /// Whether the windows of budgets can be read.
    pub fn shows_money(&self, now: Timestamp) -> bool {
        self.purses.is_readable(now)
    }

    /// What the targets expose at present.
    pub fn share(&mut self) -> Share {
        self.exposure.now(&self.functions)
    }

    /// What the built-in persons always do.
    pub fn habits(&self) -> &BTreeSet<Habit> {
        &self.habits
    }

    /// Whether nothing evaluates and nothing advances at present.
    pub fn doors_are_down(&self, now: Timestamp) -> bool {
        self.doors_down.is_some_and(|until| now < until)
    }

    /// Whether the story has come to its `end`.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// Whether nothing more will happen at a time that is known.
    pub fn is_told(&self) -> bool {
        self.script.is_told()
    }

    fn happens(&mut self, due: Due) -> Option<Act> {
        match due.what {
            Happening::Twist(twist) => self.traffic.apply(twist, due.at, due.until),
            Happening::Check { name, passes } => self.checks.set(&name, passes),
            Happening::Alarm { name, sound } => self.alarms.set(&name, sound, due.at, due.until),
            Happening::Spend { budget, outlay } => self.purses.apply(budget, outlay, due.at, due.until),
            Happening::BudgetsHidden => self.purses.hide(due.at, due.until),
            Happening::Touch { function, touch } => match touch {
                Touch::Edit { variable, value } => self.functions.edit(&function, &variable, Some(&value)),
                Touch::Unset(variable) => self.functions.edit(&function, &variable, None),
                Touch::Deploy(code) => self.functions.deploy(&function, &code),
                Touch::Point { alias, version: None } => self.functions.release(&function, &alias),
                Touch::Point { alias, version: Some(version) } => {
                    self.functions.repoint(&function, &alias, version);
                }
                Touch::Refuse(fault) => self.functions.refuse(&function, fault, due.at, due.until),
            },
            Happening::DoorsDown => self.doors_down = Some(due.until.unwrap_or(Timestamp(i64::MAX))),
            Happening::End => self.is_over = true,
            Happening::Habit(habit) => {
                self.habits.insert(habit);
            }
            Happening::Act(act) => return Some(act),
        }
        None
    }
}

/// Holds a lock. What a panicking thread left behind is as whole as what any other did.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;

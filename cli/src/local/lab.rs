//! The lab around the functions: traffic that follows their environment, and the story that is told.
//!
//! Nothing of it is kept but what was exposed when: the traffic and the story follow from that, so after a kill they
//! are made again minute by minute.

use super::{
    clock::TICK,
    state::{Run, torn},
};
use crate::{fail::Fail, simulate::misread};
use control::{
    lab::{
        alarms::LabAlarms,
        checks::LabChecks,
        money::{Bill, Purses},
        script::{Due, Happening, Script},
        story::{self, Habit},
        traffic::Traffic,
    },
    ports::Metrics,
};
use rollout::{
    evidence::{Answer, Query, Status},
    plan::Plan,
    time::Timestamp,
    units::{Share, StageIndex},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    io::Write,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The lab of one rollout.
pub(super) struct Lab {
    plan: Arc<Plan>,
    traffic: Traffic,
    pub(super) checks: LabChecks,
    pub(super) alarms: LabAlarms,
    tale: Mutex<Tale>,
}

struct Tale {
    script: Script,
    journal: File,
    last: Option<Exposed>,
    habits: BTreeSet<Habit>,
    doors_down_until: Option<Timestamp>,
    purses: Purses,
}

/// What was exposed from a moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exposed {
    at: Timestamp,
    share: Share,
    /// The stage that was in effect.
    stage: Option<StageIndex>,
}

impl Lab {
    /// Whether it has traffic for a plan; if not, the name of the plan that it has.
    pub(super) fn traffic_is_of(&self, plan: &Plan) -> Result<(), &str> {
        if *plan == *self.plan { Ok(()) } else { Err(&self.plan.name) }
    }

    /// The lab of a run as it was at the end of its journal; answers that time, too.
    pub(super) fn open(
        plan: &Arc<Plan>,
        run: &Run,
        journal: &Path,
        habits: BTreeSet<Habit>,
    ) -> Result<(Lab, Option<Timestamp>), Fail> {
        let told = story::parse(&run.text).map_err(|wrong| misread(&run.story, &wrong))?;
        let traffic = Traffic::new(plan, run.start, run.seed);
        let script = Script::new(&told, plan, &traffic, run.start);
        let script = script.map_err(|wrong| misread(&run.story, &wrong))?;
        let known = read(journal)?;
        let file = OpenOptions::new().create(true).append(true).open(journal);
        let journal = file.map_err(|why| Fail::ours(format!("{}: {why}", journal.display())))?;
        let last = known.last().copied();
        let purses = Purses::of(plan, run.start);
        let tale = Tale { script, journal, last, habits, doors_down_until: None, purses };
        let lab = Lab {
            plan: Arc::clone(plan),
            traffic,
            checks: LabChecks::default(),
            alarms: LabAlarms::default(),
            tale: Mutex::new(tale),
        };
        Ok((lab, last.map(|last| last.at)))
    }

    /// Makes again what had happened by `until`. What persons had done by then is done.
    pub(super) fn replay(&self, run: &Run, journal: &Path, until: Timestamp) -> Result<(), Fail> {
        let known = read(journal)?;
        let mut at = run.start.after(TICK);
        let mut tale = self.tale();
        while at <= until {
            let here = known.iter().rev().find(|exposed| exposed.at <= at);
            let (share, stage) = here.map_or((Share::NONE, None), |exposed| (exposed.share, exposed.stage));
            self.happen(&mut tale, at, share, stage);
            // Whatever was spent by then is in the store.
            tale.purses.advance(at, share, self.traffic.requests(), |_, _| None);
            tale.purses.bills();
            tale.purses.show(&self.traffic);
            at = at.after(TICK);
        }
        Ok(())
    }

    /// A minute goes by. What is left to do is somebody's: the functions' or a person's.
    pub(super) fn tick(
        &self,
        now: Timestamp,
        share: Share,
        stage: Option<StageIndex>,
    ) -> Result<Vec<Due>, Fail> {
        let mut tale = self.tale();
        let here = Exposed { at: now, share, stage };
        if tale.last.is_none_or(|last| (last.share, last.stage) != (share, stage)) {
            tale.write(here)?;
        }
        Ok(self.happen(&mut tale, now, share, stage))
    }

    /// What was spent since the last call, given what the functions' environments say.
    pub(super) fn bills(
        &self,
        now: Timestamp,
        share: Share,
        says: impl Fn(&str, &str) -> Option<String>,
    ) -> Vec<Bill> {
        let mut tale = self.tale();
        if tale.purses.is_empty() {
            return vec![];
        }
        tale.purses.advance(now, share, self.traffic.requests(), says);
        tale.purses.show(&self.traffic);
        tale.purses.bills()
    }

    /// Whether the windows of budgets can be read.
    pub(super) fn shows_money(&self, now: Timestamp) -> bool {
        self.tale().purses.is_readable(now)
    }

    fn happen(&self, tale: &mut Tale, now: Timestamp, share: Share, stage: Option<StageIndex>) -> Vec<Due> {
        self.traffic.advance(now, share);
        self.alarms.advance(now);
        let mut left = vec![];
        for due in tale.script.due(now, share, stage) {
            match due.what {
                Happening::Twist(twist) => self.traffic.apply(twist, due.at, due.until),
                Happening::Check { name, passes } => self.checks.set(&name, passes),
                Happening::Alarm { name, sound } => self.alarms.set(&name, sound, due.at, due.until),
                Happening::Spend { budget, outlay } => tale.purses.apply(budget, outlay, due.at, due.until),
                Happening::BudgetsHidden => tale.purses.hide(due.at, due.until),
                Happening::DoorsDown => tale.doors_down_until = due.until,
                Happening::Habit(habit) => {
                    tale.habits.insert(habit);
                }
                // Whoever watches a rollout in local mode goes on watching it.
                Happening::End => {}
                Happening::Touch { .. } | Happening::Act(_) => left.push(due),
            }
        }
        left
    }

    /// Whether the story keeps the doors from running.
    pub(super) fn doors_are_down(&self, now: Timestamp) -> bool {
        self.tale().doors_down_until.is_some_and(|until| now < until)
    }

    /// What the built-in persons do.
    pub(super) fn habits(&self) -> BTreeSet<Habit> {
        self.tale().habits.clone()
    }

    fn tale(&self) -> MutexGuard<'_, Tale> {
        self.tale.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Metrics for Lab {
    /// The lab measures its own plan; of any other nothing is known.
    async fn ask(&self, plan: &Plan, queries: &[Query]) -> Vec<Answer> {
        match self.traffic_is_of(plan) {
            Ok(()) => self.traffic.ask(plan, queries).await,
            Err(_) => queries.iter().map(|_| Answer { points: vec![], status: Status::Failing }).collect(),
        }
    }
}

impl Tale {
    /// Before anything follows from it: what is not in the journal has not been exposed.
    fn write(&mut self, exposed: Exposed) -> Result<(), Fail> {
        let line = serde_json::to_string(&exposed).map_err(|why| Fail::ours(why.to_string()))?;
        let written = self.journal.write_all(format!("{line}\n").as_bytes());
        written.map_err(|why| Fail::ours(format!("exposure.jsonl cannot be written: {why}")))?;
        self.last = Some(exposed);
        Ok(())
    }
}

fn read(path: &Path) -> Result<Vec<Exposed>, Fail> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(vec![]),
        Err(why) if why.kind() == std::io::ErrorKind::InvalidData => {
            return Err(torn(path.parent().unwrap_or(path), "exposure.jsonl is no text"));
        }
        Err(why) => return Err(Fail::ours(format!("{}: {why}", path.display()))),
    };
    let line = |(number, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|why| {
            let root = path.parent().unwrap_or(path);
            torn(root, &format!("line {number} of exposure.jsonl cannot be read: {why}"))
        })
    };
    (1..).zip(text.lines()).map(line).collect()
}

//! Rehearses a rollback: a drill is started, set off, waited for, and held against the plan's promises.

mod bell;
mod report;

use crate::{
    args::{Common, DrillArgs, Format},
    client::Client,
    code,
    fail::Fail,
    out, plan,
};
use bell::Bell;
use console::{Done, Started};
use control::view::Status;
use report::{Drill, Report};
use serde_json::json;
use std::{
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(200);

pub(crate) fn run(common: &Common, format: Format, args: &DrillArgs) -> Result<ExitCode, Fail> {
    let client = Client::new(common)?;
    let text = plan::text(&args.plan)?;
    let bell = args.alarm.as_deref().map(|alarm| Bell::at_hand(&client, common, alarm)).transpose()?;
    bell.as_ref().map_or(Ok(()), |bell| bell.warn(args.yes))?;
    let timeout = Duration::from_millis(args.timeout.as_millis());
    let asked = Asked { client: &client, args, text, bell, timeout };
    let mut drills = vec![];
    for nth in 1..=args.times {
        if args.times > 1 {
            out::complain(&format!("drill {nth} of {}", args.times));
        }
        match asked.once()? {
            Ended::Back(drill) => drills.push(drill),
            Ended::Late(why) => {
                out::complain(&why);
                return Ok(ExitCode::from(code::NOT_KNOWN));
            }
        }
    }
    let report = Report::of(drills);
    out::show(format, &report, Report::text);
    Ok(if report.kept { ExitCode::SUCCESS } else { ExitCode::from(code::NO) })
}

/// How a drill ended.
enum Ended {
    Back(Drill),
    /// Something did not happen in time, and what is done about it.
    Late(String),
}

struct Asked<'a> {
    client: &'a Client,
    args: &'a DrillArgs,
    /// Of the plan.
    text: String,
    bell: Option<Bell<'a>>,
    timeout: Duration,
}

impl Asked<'_> {
    fn once(&self) -> Result<Ended, Fail> {
        let DrillArgs { plan, alarm, note, .. } = self.args;
        let body = json!({ "plan": self.text, "file": plan.display().to_string(), "alarm": alarm,
            "note": note.note });
        let Started { id } = self.client.post("/v1/drills", &body)?;
        out::complain(&format!(
            "{id} is started, a drill: its targets are read and marked, nobody is exposed"
        ));
        // Whatever goes wrong from here on, nothing stays behind: what is not taken back here goes back by itself.
        let ended = self.rehearse(&id);
        if !matches!(ended, Ok(Ended::Back(_))) {
            let back: Result<Done, Fail> = self.roll_back(&id);
            out::complain(&match back {
                Ok(_) => format!("{id} is taken back by hand: `tidegate explain {id}` says how it goes"),
                Err(_) => format!("{id} goes back by itself: `tidegate explain {id}` says how it goes"),
            });
        }
        ended
    }

    fn rehearse(&self, id: &str) -> Result<Ended, Fail> {
        let is_set = |status: &Status| status.phase == "baking" || status.outcome.is_some();
        let Some(status) = self.until(id, is_set)? else {
            return Ok(Ended::Late(format!("the mark of {id} was not in effect in time")));
        };
        if status.outcome.is_some() {
            return Err(self.ended_early(&status));
        }
        out::complain(&format!("{id} is in effect: it is set off"));
        let rung = self.set_off(id)?;
        let ended = self.until(id, |status| status.outcome.is_some());
        drop(rung);
        let Some(status) = ended? else {
            let what = match &self.args.alarm {
                Some(alarm) => {
                    format!("alarm {alarm} has not taken {id} back in time: does it reach the door?")
                }
                None => format!("{id} was not taken back in time"),
            };
            return Ok(Ended::Late(what));
        };
        match Drill::of(&status, self.args.alarm.as_deref()) {
            Some(drill) => Ok(Ended::Back(drill)),
            None => Err(self.ended_early(&status)),
        }
    }

    fn ended_early(&self, status: &Status) -> Fail {
        let fail = Fail::yours(format!("{} ended before it was rehearsed: {}", status.id, status.why));
        if self.client.is_of_lab() {
            return fail
                .help("in the lab ten minutes may be a moment: start `tidegate local` with --speed 60");
        }
        fail.help(format!("`tidegate log {}` says what happened", status.id))
    }

    fn set_off(&self, id: &str) -> Result<Option<bell::Rung<'_>>, Fail> {
        match &self.bell {
            Some(bell) => bell.ring(id).map(Some),
            None => self.roll_back(id).map(|_| None),
        }
    }

    fn roll_back(&self, id: &str) -> Result<Done, Fail> {
        self.client.post(&format!("/v1/rollouts/{id}/rollback"), &json!({ "note": "drill" }))
    }

    /// The status once it is so; none when it is not in time.
    fn until(&self, id: &str, is_so: impl Fn(&Status) -> bool) -> Result<Option<Status>, Fail> {
        let begun = Instant::now();
        loop {
            let status = self.client.status(id)?;
            if is_so(&status) {
                return Ok(Some(status));
            }
            if begun.elapsed() >= self.timeout {
                out::complain(&format!("{id} is {}: {}", status.phase, status.why));
                return Ok(None);
            }
            thread::sleep(LOOK_EVERY);
        }
    }
}

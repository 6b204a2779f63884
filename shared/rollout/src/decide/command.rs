//! What a person (or a machine on a leash) may want.
//!
//! What raises, resumes or consents names the entry that it answers, and is late when another has followed. What
//! lowers names only the rollout and is never refused as late.

use super::{Decision, Hold, Mind, record};
use crate::{
    event::{Cause, Event, Holder, Outcome, PauseReason, Wish},
    gather::next_stage,
    plan::Back,
    rollout::{Ask, Closed, Phase, Review},
    units::{Decimal, Version},
    words::one_line,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Who acts. Known from a token or a principal, never from what they say of themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Their name.
    pub name: String,
    /// Names from the plan's people whose role they hold.
    pub roles: BTreeSet<String>,
    /// May force, abandon, and let the stop line go.
    pub admin: bool,
    /// May report and lower; never raise, approve or resume.
    pub machine: bool,
}

/// What somebody wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
#[expect(
    missing_docs,
    reason = "`at` is the entry that is answered, `note` what they said; the rest is in the names"
)]
pub enum Command {
    Approve { at: Version, note: Option<String> },
    Reject { at: Version, note: String },
    Pause { note: Option<String> },
    Resume { at: Version, note: Option<String> },
    Promote { at: Version, to: Option<String>, force: bool, note: Option<String> },
    Complete { at: Version, note: Option<String> },
    Skip { at: Version, stage: String },
    Tick { text: String, stage: Option<String>, note: Option<String> },
    Report { name: String, value: Decimal, samples: Option<u64>, note: Option<String> },
    Signal { name: String, reporter: Option<String>, note: Option<String> },
    Enable { at: Version, feature: String, note: Option<String> },
    Disable { feature: String, note: Option<String> },
    RollBack { to: Option<String>, note: Option<String> },
    Acknowledge { note: Option<String> },
    Abandon { note: String },
    CloseBudget { budget: String, note: Option<String> },
}

impl Mind<'_> {
    pub(super) fn command(&self, command: &Command, actor: &Actor) -> Decision {
        if let Some(why) = command.right().refuses(actor) {
            return no_right(why);
        }
        match command {
            Command::Approve { at, note } => self.approve(*at, note, actor),
            Command::Reject { at, note } => self.reject(*at, note, actor),
            Command::Pause { note } => self.ask_pause(note, actor),
            Command::Resume { at, note } => self.resume(*at, note),
            Command::Promote { at, to, force, note } => self.ask_promotion(*at, to.as_deref(), *force, note),
            Command::Complete { at, note } => self.ask_completion(*at, note),
            Command::Skip { at, stage } => self.skip(*at, stage),
            Command::Tick { text, stage, note } => self.ticked(text, stage.as_deref(), note),
            Command::Report { name, value, samples, note } => self.reported(name, *value, *samples, note),
            Command::Signal { name, reporter, note } => self.signaled(name, reporter.as_deref(), note, actor),
            Command::Enable { at, feature, note } => self.ask_enabling(*at, feature, note),
            Command::Disable { feature, note } => self.disable(feature, note),
            Command::RollBack { to, note } => self.roll_back(to.as_deref(), note.as_deref(), actor),
            Command::Acknowledge { note } => self.acknowledge(note),
            Command::Abandon { note } => self.abandon(note, actor),
            Command::CloseBudget { budget, note } => self.close_budget(budget, note),
        }
    }

    /// What asked: a review, or the open question about the next stage.
    fn asked(&self, at: Version) -> Result<Asked<'_>, Hold> {
        if let Some(review) = self.rollout.reviews.iter().find(|review| review.entry == at) {
            return Ok(Asked::Review(review));
        }
        let Phase::Waiting { ask: Some(ask), .. } = &self.rollout.phase else {
            return Err(Hold::Not("nothing is asked now".to_owned()));
        };
        if ask.entry == at { Ok(Asked::Ask(ask)) } else { Err(Hold::Late { named: at, current: ask.entry }) }
    }

    fn approve(&self, at: Version, note: &Option<String>, actor: &Actor) -> Decision {
        let ask = match self.asked(at) {
            Ok(Asked::Ask(ask)) => ask,
            Ok(Asked::Review(review)) => return self.reviewed(review, note, actor),
            Err(hold) => return Decision::Hold(hold),
        };
        if actor.name == self.rollout.started_by && !self.plan.self_approval {
            return no_right(format!("{} started this rollout and may not approve it", actor.name));
        }
        if ask.given.iter().any(|given| given.by == actor.name) {
            return Decision::Hold(Hold::AlreadySo);
        }
        let missing = ask.missing();
        if missing.is_empty() {
            return Decision::Hold(Hold::AlreadySo);
        }
        let held = ask.needs.iter().map(|need| &need.role).filter(|role| actor.roles.contains(*role));
        let held: Vec<String> = held.cloned().collect();
        if !ask.would_count(&held) {
            let roles: Vec<&str> = missing.iter().map(|need| need.role.as_str()).collect();
            return no_right(format!(
                "{} holds none of the roles that are asked: {}",
                actor.name,
                roles.join(", ")
            ));
        }
        Decision::Record(vec![Event::Approved { ask: at, roles: held, note: note.clone() }])
    }

    fn reviewed(&self, review: &Review, note: &Option<String>, actor: &Actor) -> Decision {
        match &review.by {
            Some(role) if !actor.roles.contains(role) => no_right(format!("{role} is asked for this review")),
            Some(_) | None if actor.roles.is_empty() && !actor.admin => {
                no_right(format!("{} holds no role in this plan", actor.name))
            }
            Some(_) | None => {
                Decision::Record(vec![Event::Reviewed { ask: review.entry, note: note.clone() }])
            }
        }
    }

    fn reject(&self, at: Version, note: &str, actor: &Actor) -> Decision {
        let may = match self.asked(at) {
            Ok(Asked::Ask(ask)) => ask.needs.iter().any(|need| actor.roles.contains(&need.role)),
            Ok(Asked::Review(review)) => review.by.as_ref().is_none_or(|by| actor.roles.contains(by)),
            Err(hold) => return Decision::Hold(hold),
        };
        if !may && !actor.admin {
            return no_right(format!("{} holds none of the roles that are asked", actor.name));
        }
        if note.trim().is_empty() {
            return not("refusing takes a reason; to stop without one, pause".to_owned());
        }
        let note = Some(note.to_owned());
        let mut events = vec![Event::Rejected { ask: at, note: note.clone() }];
        events.extend(self.pause(PauseReason::Rejected { by: actor.name.clone(), note }));
        Decision::Record(events)
    }

    /// Whoever pauses must be able to rely on the answer: nothing rises after it, or it says so.
    fn ask_pause(&self, note: &Option<String>, actor: &Actor) -> Decision {
        match &self.rollout.phase {
            Phase::Baking { .. } | Phase::Waiting { .. } | Phase::Advancing { .. } => {
                let why = PauseReason::Person(said(&actor.name, note.as_deref()));
                Decision::Record(vec![Event::Paused { why }])
            }
            Phase::Starting => {
                let waits = self.rollout.request.is_some();
                let asked = Event::Requested { request: Wish::Pause { note: note.clone() }, note: None };
                record(if waits { vec![] } else { vec![asked] }, Hold::AlreadySo)
            }
            Phase::Paused { .. } | Phase::Lowering { .. } | Phase::Closing { standing: None, .. } => {
                Decision::Hold(Hold::AlreadySo)
            }
            Phase::Closing { standing: Some(_), .. } => not(
                "it is about to end with what is exposed now: nothing rises any more, and a rollback still takes it \
                 back"
                    .to_owned(),
            ),
            Phase::Abandoning { .. } | Phase::Over { .. } => self.given_up(),
        }
    }

    /// What was given up is no longer lowered by anybody here: that must not look like a success.
    fn given_up(&self) -> Decision {
        let names: Vec<&str> = self.plan.targets.iter().map(|target| target.function.as_str()).collect();
        not(format!("it was given up and is never written again: change {} by hand", names.join(", ")))
    }

    fn resume(&self, at: Version, note: &Option<String>) -> Decision {
        let Phase::Paused { entry, .. } = &self.rollout.phase else {
            return Decision::Hold(Hold::AlreadySo);
        };
        if *entry != at {
            return Decision::Hold(Hold::Late { named: at, current: *entry });
        }
        if self.rollout.stopped.is_some() {
            return not("the stop line is pulled: let it go first".to_owned());
        }
        Decision::Record(vec![Event::Resumed { note: note.clone() }])
    }

    /// Whether the rollout has moved on since the entry that a command names.
    fn fresh(&self, at: Version) -> Result<(), Decision> {
        let current = self.rollout.moved.entry;
        if at == current { Ok(()) } else { Err(Decision::Hold(Hold::Late { named: at, current })) }
    }

    fn ask_promotion(&self, at: Version, to: Option<&str>, force: bool, note: &Option<String>) -> Decision {
        if let Err(late) = self.fresh(at) {
            return late;
        }
        if force && self.rollout.stopped.is_some() {
            return not("the stop line is pulled: let it go first".to_owned());
        }
        let next = next_stage(self.plan, self.rollout);
        let to = match to.map(|name| self.plan.stage_named(name).ok_or(name)).transpose() {
            Ok(to) => to,
            Err(name) => return not(format!("the plan has no stage {name}")),
        };
        let Some(next) = next else {
            return not("no stage is ahead: `complete` ends the rollout".to_owned());
        };
        if let (Some(to), false) = (to, force)
            && to != next
        {
            return not(format!(
                "the next stage is {}: to pass over it takes --force",
                self.plan.stage(next).name
            ));
        }
        if to.is_some_and(|to| to < next) {
            return not("that stage is not ahead".to_owned());
        }
        self.wish(Wish::Promote { to, force }, note)
    }

    fn ask_completion(&self, at: Version, note: &Option<String>) -> Decision {
        if let Err(late) = self.fresh(at) {
            return late;
        }
        match next_stage(self.plan, self.rollout) {
            Some(next) => not(format!("the stage {} is still ahead", self.plan.stage(next).name)),
            None => self.wish(Wish::Complete, note),
        }
    }

    fn ask_enabling(&self, at: Version, feature: &str, note: &Option<String>) -> Decision {
        if let Err(late) = self.fresh(at) {
            return late;
        }
        if let Some(unknown) = self.is_no_switch(feature) {
            return unknown;
        }
        let held = self.rollout.off.get(feature);
        let others = |holder: &Holder| !matches!(holder, Holder::Cap(..));
        if let Some(holders) = held
            && !holders.iter().any(others)
        {
            return not(format!("{feature} is given back when its budget has a new window"));
        }
        if held.is_some() {
            self.wish(Wish::Enable { feature: feature.to_owned() }, note)
        } else {
            Decision::Hold(Hold::AlreadySo)
        }
    }

    /// Recorded here, carried out by a turn of the clock on fresh evidence.
    fn wish(&self, request: Wish, note: &Option<String>) -> Decision {
        if !matches!(self.rollout.phase, Phase::Baking { .. } | Phase::Waiting { .. }) {
            let phase = self.rollout.phase.name();
            return not(format!("not while it is {phase}: it must bake, or wait for people"));
        }
        if self.rollout.request.as_ref().is_some_and(|open| open.wish == request) {
            return Decision::Hold(Hold::AlreadySo);
        }
        Decision::Record(vec![Event::Requested { request, note: note.clone() }])
    }

    fn skip(&self, at: Version, name: &str) -> Decision {
        if let Err(late) = self.fresh(at) {
            return late;
        }
        let Some(stage) = self.plan.stage_named(name) else {
            return not(format!("the plan has no stage {name}"));
        };
        let ahead = self.rollout.standing().is_none_or(|standing| standing.stage < stage);
        if !self.plan.stage(stage).optional {
            return not(format!("{name} is not optional"));
        }
        if !ahead || self.rollout.skipped.contains(&stage) {
            return Decision::Hold(Hold::AlreadySo);
        }
        Decision::Record(vec![Event::Skipped { stage }])
    }

    fn is_no_switch(&self, name: &str) -> Option<Decision> {
        let is_known = self.plan.switches().any(|known| known == name);
        (!is_known).then(|| not(format!("the plan has no feature and no cohort {name}")))
    }

    fn disable(&self, name: &str, note: &Option<String>) -> Decision {
        if matches!(self.rollout.phase, Phase::Abandoning { .. }) {
            return self.given_up();
        }
        if let Some(unknown) = self.is_no_switch(name) {
            return unknown;
        }
        let held = self.rollout.off.get(name).is_some_and(|holders| holders.contains(&Holder::Person));
        let off = Event::Disabled { name: name.to_owned(), holder: Holder::Person, note: note.clone() };
        record(if held { vec![] } else { vec![off] }, Hold::AlreadySo)
    }

    /// Never refused as late: whoever is afraid is right.
    fn roll_back(&self, to: Option<&str>, note: Option<&str>, actor: &Actor) -> Decision {
        if matches!(self.rollout.phase, Phase::Abandoning { .. }) {
            return self.given_up();
        }
        let cause = Cause::Person(said(&actor.name, note));
        let back = match to {
            None => Back::Full,
            Some("previous") => Back::Previous,
            Some(text) => match self.goal_named(text) {
                Ok(back) => back,
                Err(why) => return not(why),
            },
        };
        match (self.goal_of_person(back), to) {
            (Some(goal), _) => record(self.lower_to(goal, back, cause), Hold::AlreadySo),
            (None, Some(to)) => Decision::Hold(Hold::AlreadySoBy(format!("no less would be shown at {to}"))),
            (None, None) => Decision::Hold(Hold::AlreadySo),
        }
    }

    /// `5%`, or the name of a stage.
    fn goal_named(&self, text: &str) -> Result<Back, String> {
        if let Some(stage) = self.plan.stage_named(text) {
            return Ok(Back::Stage(stage));
        }
        let percent = text.strip_suffix('%').unwrap_or(text).parse::<Decimal>().ok();
        percent
            .and_then(crate::units::Share::from_percent)
            .map(Back::To)
            .ok_or_else(|| format!("{text:?} is neither a stage of the plan nor a percentage such as 5%"))
    }

    /// Whoever answers CRITICAL is not called again for it. What could not be verified goes on being tried.
    fn acknowledge(&self, note: &Option<String>) -> Decision {
        match (&self.rollout.critical, &self.rollout.acknowledged) {
            (None, _) => not("nobody is called for anything that could not be verified".to_owned()),
            (Some(_), Some(known)) => {
                Decision::Hold(Hold::AlreadySoBy(format!("{} has known it since {}", known.by, known.at)))
            }
            (Some(_), None) => Decision::Record(vec![Event::Acknowledged { note: note.clone() }]),
        }
    }

    fn abandon(&self, note: &str, actor: &Actor) -> Decision {
        if note.trim().is_empty() {
            return not("abandoning takes a reason".to_owned());
        }
        if matches!(self.rollout.phase, Phase::Abandoning { .. }) {
            return Decision::Hold(Hold::AlreadySo);
        }
        Decision::Record(vec![Event::Abandoning { why: format!("{}: {}", actor.name, one_line(note)) }])
    }

    /// The one command to a rollout that is over: what completed goes on spending under its budgets until somebody says
    /// that it does not. While somebody is exposed a budget guards what they cost.
    fn close_budget(&self, name: &str, note: &Option<String>) -> Decision {
        let Some((budget, _)) = self.plan.budget_named(name) else {
            return not(format!("the plan has no budget {name}"));
        };
        if let Some(Closed { by, at }) = self.rollout.closed.get(&budget) {
            return Decision::Hold(Hold::AlreadySoBy(format!("{by} closed {name} at {at}")));
        }
        let Phase::Over { outcome, .. } = &self.rollout.phase else {
            return not(format!("{name} guards what is exposed: it is closed when the rollout is over"));
        };
        if *outcome == Outcome::Completed {
            return Decision::Record(vec![Event::BudgetClosed { budget, note: note.clone() }]);
        }
        let ended = outcome.name();
        let so = format!("it ended as {ended}: nothing more is held under {name}");
        Decision::Hold(Hold::AlreadySoBy(so))
    }
}

/// Who, and what they said.
pub(super) fn said(name: &str, note: Option<&str>) -> String {
    note.map_or_else(|| name.to_owned(), |note| format!("{name}: {}", one_line(note)))
}

/// What somebody can answer.
enum Asked<'a> {
    Ask(&'a Ask),
    Review(&'a Review),
}

pub(super) fn no_right(why: String) -> Decision {
    Decision::Hold(Hold::NoRight(why))
}

pub(super) fn not(why: String) -> Decision {
    Decision::Hold(Hold::Not(why))
}

//! Rung 3: guardrails. Messages are all sent; of several exposures the lowest wins.

use super::{Hold, Mind};
use crate::{
    event::{Breached, Cause, Event, Holder, Level, PauseReason, Seen},
    evidence::{Evidence, Gap, Verdict, judge},
    gather::{acted, in_force, is_armed},
    levels::Ringing,
    plan::{Action, Back, Rule, Step, When},
    rollout::{Fired, Phase},
    units::{ConditionId, RuleId, StageIndex},
    words::{breach, one_line, urgency},
};

/// What several guardrails come to in one turn.
#[derive(Default)]
pub(super) struct Acts {
    pub(super) events: Vec<Event>,
    lower: Vec<(Back, Cause)>,
    pub(super) pause: Option<PauseReason>,
}

impl Mind<'_> {
    /// What the guardrails do about this evidence; nothing when all is quiet.
    pub(super) fn protect(&self, evidence: &Evidence) -> Vec<Event> {
        let mut acts = Acts::default();
        self.watch(evidence, &mut acts);
        acts.events.extend(self.crossings(evidence));
        self.deferred(evidence, &mut acts);
        self.unanswered(&mut acts);
        self.settle(acts)
    }

    /// Each guardrail by itself: true and armed, it acts; false, it is armed again.
    fn watch(&self, evidence: &Evidence, acts: &mut Acts) {
        for (id, verdict, seen) in self.guardrails(evidence) {
            let fired = self.rollout.fired.get(&id);
            let ringing = self.ringing(id, evidence);
            match verdict {
                Verdict::True if self.may_act(fired) && self.is_young(fired, &seen, ringing.as_ref()) => {
                    self.fire(id, seen, ringing, None, acts);
                }
                Verdict::False => {
                    let over = fired.filter(|fired| fired.cleared.is_none());
                    acts.events.extend(over.map(|fired| Event::Cleared { rule: id, on: fired.on.clone() }));
                }
                Verdict::True | Verdict::NotKnown(_) => {}
            }
        }
    }

    /// Each guardrail in force that is judged, with its verdict and the figures behind it.
    pub(super) fn guardrails<'e>(
        &'e self,
        evidence: &'e Evidence,
    ) -> impl Iterator<Item = (RuleId, Verdict, Vec<Seen>)> + 'e {
        self.plan.rules().filter_map(move |(id, rule)| match &rule.when {
            When::Any(conditions) if in_force(self.plan, self.rollout, id) => {
                let (verdict, seen) = self.any(id, conditions, evidence);
                Some((id, verdict, seen))
            }
            When::Alarm { name, insufficient_ok } if in_force(self.plan, self.rollout, id) => {
                Some((id, self.alarm(id, name, *insufficient_ok, evidence), vec![]))
            }
            When::Any(_) | When::Alarm { .. } | When::Signal(_) | When::Drift => None,
        })
    }

    /// True if one is; else not known if one is not; else false. Only what decides is kept: every breach, or the first
    /// that is not known.
    fn any(&self, id: RuleId, conditions: &[ConditionId], evidence: &Evidence) -> (Verdict, Vec<Seen>) {
        let acted = acted(self.rollout, id);
        let mut whole = Verdict::False;
        let mut seen = vec![];
        let mut unknown = vec![];
        for condition in conditions {
            let figure = self.figure(*condition, evidence, self.signal_floor(acted));
            let verdict = figure.map_or(Verdict::NotKnown(Gap::NoData), |figure| {
                judge(self.plan.condition(*condition).relation, &figure)
            });
            let figure = figure.map(|figure| Seen { condition: *condition, figure });
            if verdict == Verdict::True {
                seen.extend(figure);
                whole = Verdict::True;
            } else if whole == Verdict::False {
                unknown.extend(figure.filter(|_| verdict != Verdict::False));
                whole = verdict;
            }
        }
        (whole, if whole == Verdict::True { seen } else { unknown })
    }

    /// It has not acted, or is armed anew.
    fn may_act(&self, fired: Option<&Fired>) -> bool {
        fired.is_none_or(|fired| is_armed(self.rollout, fired))
    }

    /// It acts only on data younger than its last action.
    fn is_young(&self, fired: Option<&Fired>, seen: &[Seen], ringing: Option<&Ringing>) -> bool {
        fired.is_none_or(|fired| match ringing {
            Some(ringing) => self.fits(ringing),
            None => seen.iter().any(|seen| seen.figure.at > fired.at),
        })
    }

    /// `said` is what somebody said of it, for those who are told.
    fn fire(&self, id: RuleId, on: Vec<Seen>, ringing: Option<Ringing>, said: Option<&str>, acts: &mut Acts) {
        let rule = self.plan.rule(id);
        let what = breach(self.plan, rule, &on, ringing.as_ref());
        let what = said.map_or(what.clone(), |said| format!("{what}: {}", one_line(said)));
        let breached = Breached { rule: id, on: on.iter().map(|seen| seen.condition).collect() };
        let (severity, dry_run) = (rule.severity, rule.dry_run);
        acts.events.push(Event::Fired { rule: id, severity, dry_run, on, ringing });
        if rule.dry_run {
            return;
        }
        for (place, action) in (0u8..).zip(&rule.then) {
            match action.after {
                Some(after) => {
                    acts.events.push(Event::Deferred { rule: id, action: place, due: self.now.after(after) });
                }
                None => self.act(&breached, action, &what, acts),
            }
        }
    }

    /// Whoever is woken up is told where to look.
    pub(super) fn with_runbook(&self, what: &str) -> String {
        let runbook = self.plan.links.get("runbook");
        runbook.map_or(what.to_owned(), |link| format!("{what} (runbook: {link})"))
    }

    pub(super) fn page(&self, to: &str, what: &str) -> Event {
        self.tell(Level::Page, to, self.with_runbook(what))
    }

    /// `what` is what people are told of it.
    fn act(&self, breached: &Breached, action: &Action, what: &str, acts: &mut Acts) {
        let id = breached.rule;
        let severity = self.plan.rule(id).severity;
        let urgent = || format!("{}: {what}", urgency(self.plan, severity));
        match &action.step {
            Step::RollBack(back) => acts.lower.push((*back, Cause::Rule(breached.clone()))),
            Step::Pause => acts.pause = Some(PauseReason::Rule(breached.clone())),
            Step::Page(to) => acts.events.push(self.page(to, &urgent())),
            Step::Alert(to) => acts.events.push(self.tell(Level::Alert, to, urgent())),
            Step::Disable(feature) => self.switch_off(feature, Holder::Rule(id), acts),
            Step::Review { by, within } => {
                let due = self.now.after(*within);
                acts.events.push(Event::ReviewAsked { rule: id, by: by.clone(), due });
                let to = by.as_deref().unwrap_or(&self.plan.owner);
                acts.events.push(self.tell(
                    Level::Alert,
                    to,
                    format!("{}, review within {within}: {what}", severity.name()),
                ));
            }
        }
    }

    fn switch_off(&self, feature: &str, holder: Holder, acts: &mut Acts) {
        acts.events.extend(self.held_off(feature, holder));
    }

    /// A feature or a cohort is held off, unless this holder does so already.
    pub(super) fn held_off(&self, name: &str, holder: Holder) -> Option<Event> {
        let held = self.rollout.off.get(name).is_some_and(|holders| holders.contains(&holder));
        (!held).then(|| Event::Disabled { name: name.to_owned(), holder, note: None })
    }

    /// What waited is judged again: true, act; false, dropped; not known, pause.
    fn deferred(&self, evidence: &Evidence, acts: &mut Acts) {
        for waiting in self.rollout.deferred.iter().filter(|waiting| waiting.due <= self.now) {
            let rule = self.plan.rule(waiting.rule);
            let (verdict, on) = match &rule.when {
                When::Any(conditions) => self.any(waiting.rule, conditions, evidence),
                When::Alarm { name, insufficient_ok } => {
                    (self.alarm(waiting.rule, name, *insufficient_ok, evidence), vec![])
                }
                When::Signal(_) | When::Drift => (Verdict::True, vec![]),
            };
            let still_true = match verdict {
                Verdict::True => Some(true),
                Verdict::False => Some(false),
                Verdict::NotKnown(_) => None,
            };
            acts.events.push(Event::DeferralEnded { rule: waiting.rule, action: waiting.action, still_true });
            match (still_true, rule.then.get(usize::from(waiting.action))) {
                (Some(true), Some(action)) => {
                    let ringing = self.ringing(waiting.rule, evidence);
                    let what = breach(self.plan, rule, &on, ringing.as_ref());
                    let on = on.iter().map(|seen| seen.condition).collect();
                    self.act(&Breached { rule: waiting.rule, on }, action, &what, acts);
                }
                (None, _) => acts.pause = Some(PauseReason::NotKnownAgain(waiting.rule)),
                (Some(_), _) => {}
            }
        }
    }

    /// One change of exposure at most: the lowest that was asked, else a pause.
    fn settle(&self, acts: Acts) -> Vec<Event> {
        let mut events = acts.events;
        let fired = events.iter().any(|event| matches!(event, Event::Fired { dry_run: false, .. }));
        let asked = matches!(self.rollout.phase, Phase::Waiting { ask: Some(_), .. });
        let lower = self.lowest(&acts.lower);
        if fired && asked && lower.is_empty() && acts.pause.is_none() {
            events.push(Event::AskWithdrawn { why: "a guardrail fired".to_owned() });
        }
        if let Some(paused) = acts.pause.filter(|_| lower.is_empty()).and_then(|why| self.pause(why)) {
            // No rule asked for this one, so none has told anybody.
            if let Event::Paused { why: why @ PauseReason::NotKnownAgain(_) } = &paused {
                events.push(self.told_of_pause(&why.words(self.plan)));
            }
            events.push(paused);
        }
        events.extend(lower);
        events
    }

    /// What pauses by itself waits for a person: where no rule has told anybody, the owner is.
    pub(super) fn told(&self, mut events: Vec<Event>, why: &str) -> Vec<Event> {
        let is_told = events.iter().any(|event| matches!(event, Event::Notified { .. }));
        if !is_told && events.iter().any(|event| matches!(event, Event::Paused { .. })) {
            events.push(self.told_of_pause(why));
        }
        events
    }

    fn told_of_pause(&self, why: &str) -> Event {
        let what = format!("it is paused until a person looks at it: {why}");
        self.tell(Level::Alert, &self.plan.owner, what)
    }

    /// A pause, where there is something to pause.
    pub(super) fn pause(&self, why: PauseReason) -> Option<Event> {
        self.is_pausable().then_some(Event::Paused { why })
    }

    pub(super) fn is_pausable(&self) -> bool {
        matches!(self.rollout.phase, Phase::Baking { .. } | Phase::Waiting { .. } | Phase::Advancing { .. })
    }

    /// What a drift sets off at once, in the very turn that records it.
    pub(super) fn on_drift(&self, said: &str) -> Vec<Event> {
        let mut acts = Acts::default();
        self.set_off(|when| *when == When::Drift, Some(said), &mut acts);
        self.settle(acts)
    }

    /// What a signal sets off at once: the rules of its name, and those that count it. Counting needs no evidence but
    /// the head; what does need more is not known here, and does nothing.
    pub(super) fn on_signal(&self, sets_off: impl Fn(&When) -> bool, said: Option<&str>) -> Vec<Event> {
        let mut acts = Acts::default();
        self.set_off(sets_off, said, &mut acts);
        self.watch(&Evidence::default(), &mut acts);
        // A signal is no sign that anything is over: that is for the clock to find.
        acts.events.retain(|event| !matches!(event, Event::Cleared { .. }));
        self.settle(acts)
    }

    /// What the ringing of an alarm sets off at once.
    pub(super) fn on_alarm(&self, rules: &[RuleId], ringing: Ringing) -> Vec<Event> {
        let mut acts = Acts::default();
        rules.iter().for_each(|id| self.fire(*id, vec![], Some(ringing), None, &mut acts));
        self.settle(acts)
    }

    fn set_off(&self, wanted: impl Fn(&When) -> bool, said: Option<&str>, acts: &mut Acts) {
        let rules = self.plan.rules().filter(|(_, rule)| wanted(&rule.when) && self.is_between(rule));
        for (id, _) in rules {
            self.fire(id, vec![], None, said, acts);
        }
    }

    /// Whether it is a stage between a guardrail's first and its last, exposed or not. On the way from one stage to
    /// another both count: either may be what somebody saw.
    fn is_between(&self, rule: &Rule) -> bool {
        let here = [self.rollout.exposed(), self.rollout.standing()];
        let stages = here.map(|standing| standing.map_or(StageIndex(0), |standing| standing.stage));
        stages.iter().any(|stage| rule.from <= *stage && *stage <= rule.until)
    }

    /// The `late` action of a stage, done once.
    pub(super) fn act_when_late(&self, actions: &[Action], hold: &Hold) -> Vec<Event> {
        let mut acts = Acts::default();
        let why = hold.words(self.plan, self.now);
        for action in actions {
            match &action.step {
                Step::RollBack(back) => acts.lower.push((*back, Cause::Late)),
                Step::Pause | Step::Review { .. } => acts.pause = Some(PauseReason::Late),
                Step::Page(to) => acts.events.push(self.page(to, &format!("late: {why}"))),
                Step::Alert(to) => acts.events.push(self.tell(Level::Alert, to, format!("late: {why}"))),
                Step::Disable(feature) => self.switch_off(feature, Holder::Person, &mut acts),
            }
        }
        self.settle(acts)
    }
}

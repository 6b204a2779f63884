//! What must hold of each fact when it is recorded: bake, gates, consent, arming, fences.

use super::Page;
use crate::{
    calm::TICKS_APART,
    function::Marked,
    levels::is_capped,
    people,
    ports::{Port, Read},
    world::State,
};
use rollout::{
    event::{Cause, Event, Outcome, Seen, Wish},
    evidence::{Verdict, judge},
    log::Entry,
    plan::{Back, Bake, Consent, Item, Plan, Source, When},
    rollout::{Phase, Rollout, Standing},
    time::{Span, Timestamp},
    units::{CheckId, RuleId, StageIndex, Version},
};

/// A fact about to follow a head.
struct Fact<'a> {
    state: &'a State,
    port: &'a Port,
    page: &'a Page,
    plan: &'a Plan,
    head: &'a Rollout,
    seen: Version,
    entry: &'a Entry,
}

/// Checks a fact against the head that it follows.
pub(super) fn check(state: &State, port: &Port, page: &Page, seen: Version, entry: &Entry) {
    let fact = Fact { state, port, page, plan: &page.plan, head: &page.head, seen, entry };
    state.check_levels(page, entry);
    match &entry.event {
        Event::Promoted { to, on, .. } => fact.promoted(*to, on),
        Event::Closing { outcome: Outcome::Completed, on } => fact.completing(on),
        Event::Enabled { .. } => fact.metered(true),
        Event::Asked { next, on, .. } => {
            fact.metered(false);
            assert!(!is_capped(fact.head), "asked under a cap");
            fact.fresh(true);
            fact.thawed();
            fact.doors(*next, on);
        }
        Event::Approved { ask, roles, .. } => fact.approved(*ask, roles),
        Event::Resumed { .. } => fact.resumed(),
        Event::Requested { request: Wish::Pause { .. }, .. } => {
            assert!(matches!(page.head.phase, Phase::Starting), "a pause that waits");
        }
        Event::Requested { .. } | Event::Skipped { .. } => {
            assert_eq!(port.names, Some(fact.head.moved.entry), "a late command raises");
            fact.person();
        }
        Event::Lowering { cause: Cause::Halt(_), .. } => fact.drifted(&port.reads()),
        Event::Lowering { to: Some((stage, _)), asked: Back::Previous, .. } => {
            assert!(page.reached.contains(stage), "back to a stage that was never in effect");
        }
        Event::Fired { rule, on, .. } => fact.fired(*rule, on),
        Event::Checked { check, tried, .. } => fact.checked(*check, *tried),
        Event::Signaled { name, reporter, .. } => fact.signaled(name, reporter.as_deref()),
        Event::DeferralEnded { .. } => assert_eq!(entry.by, "evaluate", "judged again without evidence"),
        Event::Applied { generation, .. } => {
            fact.not_halted();
            state.check_in_effect(page, *generation);
        }
        Event::Halted { target, .. } => {
            let read = port.read(usize::from(target.0));
            assert_eq!(read.map(|read| read.mark), Some(Marked::Halt), "nobody has halted it");
        }
        Event::Unverified { .. } => assert!(!page.known, "somebody is called who knows it"),
        Event::Acknowledged { .. } => {
            assert!(page.head.critical.is_some(), "known, and nobody was called");
            fact.person();
        }
        Event::BudgetClosed { budget, .. } => {
            assert!(!page.head.closed.contains_key(budget), "closed twice");
            assert!(
                matches!(page.head.phase, Phase::Over { outcome: Outcome::Completed, .. }),
                "closed early"
            );
            fact.person();
        }
        Event::Drifted { target, .. } => fact.drifted(&Vec::from_iter(port.read(usize::from(target.0)))),
        Event::Ended { .. } if fact.head.touched && matches!(fact.head.phase, Phase::Closing { .. }) => {
            fact.not_halted();
            state.check_in_effect(page, fact.head.generation);
        }
        Event::Ended { outcome } => fact.ended(outcome),
        Event::Refused { why } if why.contains("could not be read within") => {
            let fine = state.now.since(state.cleared);
            // The second tick at the latest finds it settled.
            let soon = Span::minutes(2 * TICKS_APART);
            assert!(state.stormy || fine <= soon, "nobody reads the function in fine weather");
        }
        _ => {}
    }
}

impl Fact<'_> {
    fn standing(&self) -> Option<Standing> {
        self.head.standing()
    }

    /// Evidence is about this very exposure; what promotes, about this very version.
    fn fresh(&self, promotes: bool) {
        assert_eq!(self.entry.by, "evaluate", "only evaluate has evidence");
        let gathered = self.port.gathered(&self.head.id).expect("evaluate has gathered evidence for it");
        assert_eq!(gathered.generation, self.head.generation, "evidence of another exposure acts");
        assert!(!promotes || gathered.version == self.seen, "evidence of another version promotes");
    }

    /// A try counts once, and only for the exposure in which it began.
    fn checked(&self, check: CheckId, tried: Option<Timestamp>) {
        let since = self.head.exposed().and_then(|standing| standing.since).unwrap_or(self.head.created);
        let tried = tried.expect("a try says when it began");
        assert!(since <= tried, "a check of another exposure counts");
        assert!(self.head.checks.get(&check).is_none_or(|last| last.at < tried), "a try counts again");
    }

    fn promoted(&self, to: StageIndex, on: &[Seen]) {
        self.fresh(true);
        assert!(self.head.stopped.is_none(), "raised under the stop line");
        let request = self.head.request.as_ref().map(|request| &request.wish);
        assert!(!matches!(request, Some(Wish::Pause { .. })), "raised although somebody has paused it");
        assert!(self.state.books[self.port.store].stop.is_none(), "raised under the stop line");
        if self.is_forced() {
            let by = self.head.request.as_ref().map_or("", |request| request.by.as_str());
            assert!(people::is_admin(by), "{by} forces");
            let next = self.next().expect("there is a next stage");
            let passed = (next.0..=to.0).map(StageIndex);
            assert!(
                passed.clone().all(|stage| self.plan.stage(stage).forceable),
                "a stage that may never be forced"
            );
            return;
        }
        self.metered(false);
        assert_eq!(Some(to), self.next(), "the next stage");
        assert!(!is_capped(self.head), "promoted under a cap");
        self.thawed();
        self.bake();
        self.doors(Some(to), on);
        self.consented(Some(to));
    }

    fn completing(&self, on: &[Seen]) {
        assert!(!is_capped(self.head), "completes under a cap");
        self.fresh(true);
        if self.is_forced() {
            return;
        }
        self.metered(false);
        assert_eq!(self.next(), None, "a stage is still ahead");
        self.thawed();
        self.bake();
        self.doors(None, on);
        self.consented(None);
    }

    fn is_forced(&self) -> bool {
        let request = self.head.request.as_ref();
        request.is_some_and(|request| matches!(request.wish, Wish::Promote { force: true, .. }))
    }

    fn next(&self) -> Option<StageIndex> {
        let first = self.standing().map_or(0, |standing| standing.stage.0 + 1);
        let last = self.plan.last().0;
        (first..=last).map(StageIndex).find(|stage| !self.head.skipped.contains(stage))
    }

    /// Where a metric tells what was spent, it was read, and what it told is counted.
    fn metered(&self, gives_back: bool) {
        self.state.check_metered(self.port, self.page, self.entry, gives_back);
    }

    /// Nobody is promoted, asked or completed in a freeze.
    fn thawed(&self) {
        assert_eq!(self.plan.frozen_until(self.entry.at), None, "in a freeze");
    }

    /// A stage bakes as long as its plan says; an open one until a person says so.
    fn bake(&self) {
        let Some(standing) = self.standing() else {
            return;
        };
        let asked = self.head.request.is_some();
        match self.plan.stage(standing.stage).bake {
            Bake::Timed { min, .. } => {
                let since = standing.since.expect("a stage that is left was in effect");
                let whole = self.entry.at.since(since);
                assert!(whole.minus(standing.veiled) >= min, "the bake is ignored");
                assert!(standing.baked(self.entry.at) >= min, "the bake is ignored");
            }
            Bake::Open => assert!(asked, "an open stage is left by nobody"),
        }
    }

    fn items(&self, next: Option<StageIndex>) -> impl Iterator<Item = (Option<StageIndex>, &Item)> {
        let stage = self.standing().map(|standing| standing.stage);
        let leave = stage.map_or(&[][..], |stage| &self.plan.stage(stage).leave);
        let enter = next.map_or(&[][..], |next| &self.plan.stage(next).enter);
        leave.iter().map(move |item| (stage, item)).chain(enter.iter().map(move |item| (next, item)))
    }

    /// Every line holds, on the figures that the entry carries.
    fn doors(&self, next: Option<StageIndex>, on: &[Seen]) {
        for (stage, item) in self.items(next) {
            match item {
                Item::Condition(id) => {
                    let seen =
                        on.iter().find(|seen| seen.condition == *id).expect("its figure is in the entry");
                    let verdict = judge(self.plan.condition(*id).relation, &seen.figure);
                    assert_eq!(verdict, Verdict::True, "passed on {:?}", seen.figure);
                }
                Item::Tick(text) => {
                    let ticked =
                        self.head.ticks.iter().any(|tick| Some(tick.stage) == stage && tick.text == *text);
                    assert!(ticked, "nobody ticked {text:?}");
                }
                Item::Check(id) => {
                    assert!(
                        self.head.checks.get(id).is_some_and(|check| check.passed),
                        "a check was not passed"
                    );
                }
                Item::Stable(span) => {
                    let since = self.standing().and_then(|standing| standing.since).expect("in effect");
                    assert!(self.entry.at.since(since) >= *span, "not stable for long enough");
                }
                Item::Approve(_) => {}
            }
        }
    }

    /// Consent was given if and only if it is needed, by different people, none of them the author.
    fn consented(&self, next: Option<StageIndex>) {
        let needs = self
            .items(next)
            .filter_map(|(_, item)| if let Item::Approve(need) = item { Some(need) } else { None });
        let needs: Vec<&Consent> = needs.collect();
        let ask = if let Phase::Waiting { ask, .. } = &self.head.phase { ask.as_ref() } else { None };
        let Some(ask) = ask else {
            assert!(needs.is_empty(), "nobody was asked");
            return;
        };
        assert_eq!(ask.next, next, "consent to another stage");
        for need in needs {
            let given = ask.given.iter().filter(|given| given.roles.contains(&need.role)).count();
            assert!(given >= usize::from(need.count), "consent of {} is missing", need.role);
        }
    }

    fn approved(&self, ask: Version, roles: &[String]) {
        let Phase::Waiting { ask: Some(open), .. } = &self.head.phase else {
            panic!("approved, and nothing is asked");
        };
        let by = &self.entry.by;
        assert_eq!((open.entry, self.port.names), (ask, Some(ask)), "consent to another question");
        assert!(open.given.iter().all(|given| given.by != *by), "{by} consents twice");
        assert!(self.plan.self_approval || *by != self.head.started_by, "the author consents");
        assert!(!roles.is_empty(), "{by} consents as nobody");
        for role in roles {
            assert!(people::roles(by).contains(&role.as_str()), "{by} is no {role}");
        }
    }

    fn resumed(&self) {
        let Phase::Paused { entry, .. } = &self.head.phase else {
            panic!("resumed, and nothing was paused");
        };
        assert_eq!(self.port.names, Some(*entry), "a late command resumes");
        assert!(self.head.stopped.is_none(), "resumed under the stop line");
        self.person();
    }

    fn person(&self) {
        assert!(!people::is_machine(&self.entry.by), "a machine raises");
    }

    /// Whoever has just said it says it again only of something new, and in another's name only as a machine.
    fn signaled(&self, name: &str, reporter: Option<&str>) {
        assert!(reporter.is_none() || people::is_machine(&self.entry.by), "in another's name");
        let by = reporter.unwrap_or(&self.entry.by);
        let mut before = self.page.reports.iter().rev();
        if let Some((_, at, _)) = before.find(|(what, _, who)| (what.as_str(), who.as_str()) == (name, by)) {
            let again = self.entry.at.since(*at) >= Span::minutes(10) || self.head.moved.at > *at;
            assert!(again, "{by} counts twice");
        }
    }

    /// A rule that counts reports counts people.
    fn counted(&self, seen: &Seen) {
        let condition = self.plan.condition(seen.condition);
        let (Source::Signal(name), Some(window)) =
            (&self.plan.metric(condition.metric).source, condition.window)
        else {
            return;
        };
        let recent = self
            .page
            .reports
            .iter()
            .filter(|(what, at, _)| what == name && *at > self.entry.at.before(window));
        let people: std::collections::BTreeSet<&str> = recent.map(|(_, _, by)| by.as_str()).collect();
        let counted = rollout::units::Decimal::whole(i64::try_from(people.len()).unwrap_or(0));
        assert!(seen.figure.value.is_some_and(|value| value <= counted), "somebody counts twice: {seen:?}");
    }

    /// It is true on what the entry carries, and it was armed.
    fn fired(&self, id: RuleId, on: &[Seen]) {
        let rule = self.plan.rule(id);
        let conditions = match &rule.when {
            When::Any(conditions) => conditions.as_slice(),
            When::Alarm { .. } => &[],
            When::Signal(_) | When::Drift => return,
        };
        assert!(!on.is_empty() || matches!(rule.when, When::Alarm { .. }), "fired on nothing");
        for seen in on {
            let verdict = judge(self.plan.condition(seen.condition).relation, &seen.figure);
            assert_eq!(verdict, Verdict::True, "fired on {:?}", seen.figure);
            assert!(conditions.contains(&seen.condition), "fired on another rule's figure");
            self.counted(seen);
        }
        let reported = |seen: &Seen| {
            let metric = self.plan.condition(seen.condition).metric;
            matches!(self.plan.metric(metric).source, Source::Signal(_) | Source::Reported { .. })
        };
        // News of an alarm is no evidence, and acts all the same.
        let told = matches!(rule.when, When::Alarm { .. }) && self.entry.by != "evaluate";
        if !told && !on.iter().any(reported) {
            self.fresh(false);
        }
        if let Some(acted) = self.page.acted.get(&id) {
            let exposure = super::in_effect(self.head);
            assert!(acted.armed || acted.generation != exposure, "acts without being armed");
            let young = on.iter().any(|seen| seen.figure.at > acted.at);
            assert!(young || on.is_empty(), "acts on data as old as its last action");
        }
    }

    /// What says that all is as it should be has seen no emergency stop.
    fn not_halted(&self) {
        let halted = self.port.reads().iter().any(|read| read.mark == Marked::Halt);
        assert!(!halted, "an emergency stop is passed over");
    }

    /// Drift waits for a person: what we wrote ourselves must not.
    fn drifted(&self, reads: &[Read]) {
        let ours = |id: &str| id == self.head.id.0;
        let is_someones = |read: &Read| {
            let elses = read.mark.owner().is_some_and(|(id, _)| !ours(id));
            read.by_hand || elses || read.mark == Marked::Halt
        };
        assert!(
            reads.iter().any(is_someones),
            "our own write is taken for somebody's hand: {:?} {reads:?} {:?}",
            self.entry.event,
            self.head.phase
        );
    }

    fn ended(&self, outcome: &Outcome) {
        match outcome {
            Outcome::Abandoned(_) => {
                let waited = self.entry.at.since(self.head.moved.at);
                assert!(waited >= crate::run::LIFE, "given up while a door may still be at work");
            }
            Outcome::RolledBack(_) => assert!(!self.head.touched, "ended, and nothing was put back"),
            Outcome::Completed | Outcome::Refused(_) => panic!("it ends in one step: {outcome:?}"),
        }
    }
}

//! The doors of a stage: each line of `enter` and `leave`, and what is missing of it.

use super::{ASKED_EVERY, CHECK_AGAIN, CHECK_LASTS, CHECK_RENEWED, Decision, Hold, Mind};
use crate::{
    condition::Bound,
    event::Event,
    evidence::{Evidence, Figure, Gap, Nonsense, Verdict, judge},
    gather::{Scope, baselines_missing, doors_are_judged, early, guard_floor, is_forced, next_stage},
    plan::{Item, Plan, Severity, Source, When},
    rollout::{Checked, Fired, Phase, Rollout},
    time::{Span, Timestamp},
    units::{CheckId, ConditionId, Decimal, MetricId, RuleId, StageIndex},
};

/// A line of a door that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Miss {
    /// A gate that is false or not known.
    Condition {
        /// Which.
        condition: ConditionId,
        /// Which of the two.
        verdict: Verdict,
        /// What was seen, if anything was.
        figure: Option<Figure>,
    },
    /// Not stable for long enough.
    Stable {
        /// When it will be, if nothing happens.
        until: Timestamp,
        /// The guardrail that has fired and is not known to be false again: it must be before that.
        firing: Option<RuleId>,
    },
    /// A check that was not tried, or did not pass.
    Check {
        /// Which.
        check: CheckId,
        /// What was seen the last time.
        last: Option<String>,
    },
    /// An item that nobody has ticked off.
    Tick(String),
    /// The next stage leaves no baseline, lines there compare with it, and it cannot be measured now.
    Baseline(MetricId),
}

impl Miss {
    /// Whether it waits for people only: that is never late. What was not asked waits for what stands beside it.
    pub fn is_for_people(&self) -> bool {
        self.was_not_asked() || matches!(self, Miss::Tick(_))
    }

    /// Whether it is a gate whose metric was not asked for this time.
    pub fn was_not_asked(&self) -> bool {
        matches!(self, Miss::Condition { verdict: Verdict::NotKnown(Gap::NotAsked), .. })
    }
}

/// The guardrail of P2 or above that has fired and is not known to be false again.
pub fn still_firing(plan: &Plan, rollout: &Rollout) -> Option<RuleId> {
    let goes_on = |(id, fired): (&RuleId, &Fired)| {
        let rule = plan.rule(*id);
        let here = matches!(rule.when, When::Any(_) | When::Alarm { .. })
            && fired.generation == rollout.in_effect_generation();
        let seen = rollout.resumed.is_some_and(|resumed| resumed > fired.at);
        let counts = !rule.dry_run && rule.severity <= Severity::P2;
        (here && !seen && fired.cleared.is_none() && counts).then_some(*id)
    };
    rollout.fired.iter().find_map(goes_on)
}

pub(super) fn condition(item: &Item) -> Option<ConditionId> {
    if let Item::Condition(id) = item { Some(*id) } else { None }
}

impl<'a> Mind<'a> {
    /// The lines between here and `next`: `leave` of the stage in effect, `enter` of the next.
    pub(super) fn door_items(&self, next: Option<StageIndex>) -> impl Iterator<Item = &'a Item> {
        let plan: &'a Plan = self.plan;
        let leave = self.rollout.exposed().map(|standing| plan.stage(standing.stage).leave.as_slice());
        let enter = next.map(|next| plan.stage(next).enter.as_slice());
        leave.unwrap_or_default().iter().chain(enter.unwrap_or_default())
    }

    /// The lines of a door that do not hold; consent is asked for later.
    pub(super) fn misses(&self, evidence: &Evidence, of: Option<StageIndex>, items: &[Item]) -> Vec<Miss> {
        items.iter().filter_map(|item| self.miss(evidence, of, item)).collect()
    }

    /// What is missing to enter the next stage: its lines, and what must be kept of this one.
    pub(super) fn enter_misses(&self, evidence: &Evidence, next: StageIndex) -> Vec<Miss> {
        let mut misses = self.misses(evidence, Some(next), &self.plan.stage(next).enter);
        // What was not asked for this time is not missing.
        if self.scope() == Scope::Doors {
            let missing = baselines_missing(self.plan, self.rollout, evidence, next);
            misses.extend(missing.into_iter().map(Miss::Baseline));
        }
        misses
    }

    fn miss(&self, evidence: &Evidence, of: Option<StageIndex>, item: &Item) -> Option<Miss> {
        match item {
            Item::Condition(id) => {
                let figure = self.figure(*id, evidence, None);
                let verdict = figure.map_or(Verdict::NotKnown(Gap::NotAsked), |figure| {
                    judge(self.plan.condition(*id).relation, &figure)
                });
                (verdict != Verdict::True).then_some(Miss::Condition { condition: *id, verdict, figure })
            }
            Item::Stable(span) => {
                let since = self.rollout.exposed().and_then(|standing| standing.since);
                let calm = since.max(self.rollout.disturbed).unwrap_or(self.now);
                let until = calm.after(*span);
                let firing = still_firing(self.plan, self.rollout);
                let shaky = self.now < until || since.is_none() || firing.is_some();
                shaky.then_some(Miss::Stable { until, firing })
            }
            Item::Check(id) => self.check_miss(*id),
            Item::Tick(text) => {
                let ticked =
                    self.rollout.ticks.iter().any(|tick| Some(tick.stage) == of && tick.text == *text);
                (!ticked).then(|| Miss::Tick(text.clone()))
            }
            Item::Approve(_) => None,
        }
    }

    /// What must be asked this time. Gates cost money: they are asked when they can open a door, or make a stage late.
    pub(super) fn scope(&self) -> Scope {
        let judged = doors_are_judged(self.plan, self.rollout, self.now);
        let asked =
            if let Phase::Waiting { ask: Some(ask), .. } = &self.rollout.phase { Some(ask) } else { None };
        // What a force passes over is kept with it, so it is measured; so is the last baseline.
        let waits = if is_forced(self.rollout) {
            false
        } else if asked.is_some_and(|ask| !ask.missing().is_empty()) {
            self.now.floor(ASKED_EVERY) != self.now.floor(Span::minutes(1))
        } else {
            self.rollout.request.is_none()
                && (self.lacks() || asked.is_none() && self.is_early())
                && !self.rollout.exposed().is_some_and(|standing| self.is_late(&standing))
        };
        if judged && !waits { Scope::Doors } else { Scope::Guardrails }
    }

    /// Whether no value of some gate of this stage fits yet, so that the doors stay shut.
    fn is_early(&self) -> bool {
        let leave = self.rollout.exposed().map_or(&[][..], |here| &self.plan.stage(here.stage).leave);
        leave.iter().filter_map(condition).any(|id| early(self.plan, self.rollout, id, self.now).is_some())
    }

    /// Whether the head alone says that the doors stay shut.
    fn lacks(&self) -> bool {
        let next = next_stage(self.plan, self.rollout);
        let here = self.rollout.exposed().map(|standing| standing.stage);
        let shut = |of: Option<StageIndex>, items: &[Item]| {
            items.iter().any(|item| {
                let asked = matches!(item, Item::Condition(_) | Item::Approve(_));
                !asked && self.miss(&Evidence::default(), of, item).is_some()
            })
        };
        self.capped().is_some()
            || shut(here, here.map_or(&[][..], |here| &self.plan.stage(here).leave))
            || shut(next, next.map_or(&[][..], |next| &self.plan.stage(next).enter))
    }

    /// Checks that a door which is judged asks for, and that have not passed or are soon too old.
    pub(super) fn awaited_checks(&self) -> impl Iterator<Item = CheckId> {
        let is_old = |id: &CheckId| {
            self.rollout.checks.get(id).is_some_and(|last| self.now.since(last.at) >= CHECK_RENEWED)
        };
        let judged = doors_are_judged(self.plan, self.rollout, self.now);
        let items = judged.then(|| self.door_items(next_stage(self.plan, self.rollout)));
        let checks = items.into_iter().flatten();
        checks
            .filter_map(|item| if let Item::Check(id) = item { Some(*id) } else { None })
            .filter(move |id| self.check_miss(*id).is_some() || is_old(id))
    }

    /// Those of them that were not tried lately.
    pub(super) fn due_checks(&self) -> Vec<CheckId> {
        // A failure that goes on leaves no entry, and so no time of its last try: it has a minute in each ten.
        let waits = self.now.since(self.now.floor(CHECK_AGAIN)) >= Span::minutes(1);
        let lately = |id: &CheckId| {
            self.rollout
                .checks
                .get(id)
                .is_some_and(|last| self.now.since(last.at) < CHECK_AGAIN || (!last.passed && waits))
        };
        self.awaited_checks().filter(|id| !lately(id)).collect()
    }

    /// A try counts once, and only for the exposure in which it began. One that goes on failing as it did is no news.
    pub(super) fn checked(&self, check: CheckId, tried: &Checked) -> Decision {
        let is_known = self.rollout.checks.get(&check).is_some_and(|last| tried.at <= last.at);
        let is_of_plan = usize::from(check.0) < self.plan.checks.len();
        let is_now = self.exposed_since() <= tried.at && tried.at <= self.now;
        let same = |last: &Checked| !last.passed && !tried.passed && last.detail == tried.detail;
        if is_known || !is_of_plan || !is_now || self.last_check(check).is_some_and(same) {
            return Decision::Hold(Hold::AlreadySo);
        }
        let Checked { passed, detail, at } = tried.clone();
        Decision::Record(vec![Event::Checked { check, passed, detail, tried: Some(at) }])
    }

    /// The newest result of a check in this exposure.
    fn last_check(&self, id: CheckId) -> Option<&Checked> {
        self.rollout.checks.get(&id).filter(|checked| checked.at >= self.exposed_since())
    }

    fn exposed_since(&self) -> Timestamp {
        self.rollout.exposed().and_then(|standing| standing.since).unwrap_or(self.rollout.created)
    }

    /// A check counts when it passed in this exposure, and not too long ago.
    fn check_miss(&self, id: CheckId) -> Option<Miss> {
        let last = self.last_check(id);
        let passed = last.is_some_and(|last| last.passed && self.now.since(last.at) < CHECK_LASTS);
        let said = |last: &Checked| {
            if last.passed { format!("passed more than {CHECK_LASTS} ago") } else { last.detail.clone() }
        };
        (!passed).then(|| Miss::Check { check: id, last: last.map(said) })
    }

    /// What a condition came to: from the evidence, or from what the head itself keeps. `after` leaves out signals
    /// that a guardrail has already acted on.
    pub(super) fn figure(
        &self,
        id: ConditionId,
        evidence: &Evidence,
        after: Option<Timestamp>,
    ) -> Option<Figure> {
        let condition = self.plan.condition(id);
        let Bound::Constant(limit) = condition.bound else {
            return self.measured(id, evidence);
        };
        match &self.plan.metric(condition.metric).source {
            Source::Signal(name) => {
                let bake = self.rollout.exposed().and_then(|standing| standing.since);
                let from = match condition.window {
                    Some(window) => self.now.before(window),
                    None => bake.unwrap_or(self.rollout.created).before(Span::millis(1)),
                };
                let from = Some(from).max(after).unwrap_or(from);
                // Of each reporter the newest is kept, so that whoever reports twice is counted once.
                let reports = self.rollout.signals.get(name).map(Vec::as_slice).unwrap_or_default();
                let count = reports.iter().filter(|report| report.at > from).count();
                let value = Decimal::whole(i64::try_from(count).unwrap_or(i64::MAX));
                Some(Figure::known(value, limit, Some(count as u64), self.now))
            }
            Source::Reported { name, max_age } => Some(match self.rollout.reports.get(name) {
                None => Figure::unknown(Gap::NoData, self.now),
                Some(report) if report.at > self.now => {
                    Figure::unknown(Gap::Invalid(Nonsense::TimeGoesBack), self.now)
                }
                Some(report) if self.now.since(report.at) > *max_age => {
                    Figure::unknown(Gap::Stale, report.at)
                }
                Some(report) => {
                    let (have, need) = (report.samples.unwrap_or(1), condition.samples.map_or(0, u64::from));
                    if have == 0 {
                        // A figure of nothing says nothing.
                        Figure::unknown(Gap::NoData, report.at)
                    } else if have < need {
                        Figure::unknown(Gap::TooFew { have, need }, report.at)
                    } else {
                        Figure::known(report.value, limit, Some(have), report.at)
                    }
                }
            }),
            Source::Ratio { .. } | Source::Average { .. } | Source::Series { .. } | Source::Budget(_) => {
                evidence.figure(id).copied()
            }
        }
    }

    /// What is compared with a baseline or grows is measured; nobody measures what is only reported.
    fn measured(&self, id: ConditionId, evidence: &Evidence) -> Option<Figure> {
        match &self.plan.metric(self.plan.condition(id).metric).source {
            Source::Signal(_) | Source::Reported { .. } => Some(Figure::unknown(Gap::NoBaseline, self.now)),
            Source::Ratio { .. } | Source::Average { .. } | Source::Series { .. } | Source::Budget(_) => {
                evidence.figure(id).copied()
            }
        }
    }

    /// Signals before the last resume were acknowledged by it.
    pub(super) fn signal_floor(&self, acted: Option<Timestamp>) -> Option<Timestamp> {
        self.rollout.resumed.max(acted).filter(|_| guard_floor(self.rollout).is_some() || acted.is_some())
    }
}

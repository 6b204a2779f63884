//! Everything that must hold before a stage is entered, at once.
//!
//! The ladder stops at the first rung that does not hold; whoever is about to expand wants to see all of them. Each
//! line is judged as a turn of the clock would judge it.

use super::{ABANDON_WAIT, Hold, Mind, Miss};
use crate::{
    evidence::{Evidence, Figure, Gap, StopLine, Verdict, judge},
    gather::{acted, baselines_missing, in_force, next_stage},
    plan::{Bake, Consent, Item, Plan, When},
    rollout::{Phase, Review, Rollout},
    time::{Span, Timestamp},
    units::{ConditionId, MetricId, RuleId, StageIndex},
};

/// A line between here and a stage ahead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What must hold.
    pub what: Must,
    /// Whether it does; none when that is not known.
    pub holds: Option<bool>,
    /// What was measured, where something is.
    pub figure: Option<Figure>,
}

/// What must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Must {
    /// The rollout goes on: nothing keeps it where it is whatever is measured. If something does, this.
    GoOn(Option<Hold>),
    /// The stage has baked.
    Bake {
        /// So far.
        baked: Span,
        /// At least; none when only a person ends it.
        min: Option<Span>,
    },
    /// This condition of a guardrail is false.
    Guardrail(RuleId, ConditionId),
    /// The alarm of this guardrail is quiet.
    Alarm(RuleId),
    /// Somebody has looked.
    Review(Review),
    /// A line of a door.
    Door {
        /// Of which stage.
        stage: StageIndex,
        /// Of its `enter`, or of its `leave`.
        enter: bool,
        /// As the plan has it.
        item: Item,
        /// What is missing of it.
        miss: Option<Miss>,
    },
    /// What the candidate is compared with when everybody is exposed can be kept.
    Baseline(MetricId),
    /// A line of a door that is judged when another stage is in effect.
    Later {
        /// Of which stage.
        stage: StageIndex,
        /// Of its `enter`, or of its `leave`.
        enter: bool,
        /// As the plan has it.
        item: Item,
        /// While this stage is in effect.
        during: StageIndex,
    },
}

impl Line {
    fn new(what: Must, holds: Option<bool>) -> Line {
        Line { what, holds, figure: None }
    }

    /// Whether it is a person who can make it hold.
    pub fn is_for_people(&self) -> bool {
        match &self.what {
            Must::Review(_) | Must::Bake { min: None, .. } => true,
            Must::Door { item, .. } | Must::Later { item, .. } => {
                matches!(item, Item::Tick(_) | Item::Approve(_))
            }
            Must::GoOn(_) | Must::Bake { .. } | Must::Guardrail(..) | Must::Alarm(_) | Must::Baseline(_) => {
                false
            }
        }
    }
}

/// Every line that must hold before `to` is entered; before the next step, whichever it is, without.
pub fn ahead(
    plan: &Plan,
    rollout: &Rollout,
    evidence: &Evidence,
    now: Timestamp,
    to: Option<StageIndex>,
) -> Vec<Line> {
    let mind = Mind { plan, rollout, now: now.max(rollout.updated) };
    let goes_on = mind.goes_on(evidence);
    if rollout.is_over() {
        return vec![goes_on];
    }
    let mut lines = vec![goes_on];
    lines.extend(mind.bake_line());
    lines.extend(mind.guardrail_lines(evidence));
    lines.extend(rollout.reviews.iter().map(|review| Line::new(Must::Review(review.clone()), Some(false))));
    let next = next_stage(plan, rollout);
    if let Some(here) = rollout.exposed() {
        lines.extend(mind.door_lines(evidence, here.stage, false));
    }
    if let Some(next) = next {
        lines.extend(mind.door_lines(evidence, next, true));
        let missing = baselines_missing(plan, rollout, evidence, next);
        lines.extend(missing.into_iter().map(|metric| Line::new(Must::Baseline(metric), None)));
    }
    if let (Some(next), Some(to)) = (next, to) {
        lines.extend(mind.later_lines(next, to));
    }
    lines
}

impl Mind<'_> {
    /// What keeps the rollout where it is, whatever is measured.
    fn goes_on(&self, evidence: &Evidence) -> Line {
        let stop = evidence.stop.as_ref().map(StopLine::who).or(self.rollout.stopped.clone());
        let stopped = || stop.map(|by| Hold::StopLine { by });
        let (since, deadline) = (self.rollout.moved.at, self.rollout.moved.at.after(self.apply_within()));
        let applying = Hold::Applying { since, deadline };
        let hold = match &self.rollout.phase {
            Phase::Over { .. } => Some(Hold::Over),
            Phase::Abandoning { .. } => Some(Hold::Abandoning { until: since.after(ABANDON_WAIT) }),
            Phase::Starting => Some(Hold::Starting),
            Phase::Paused { entry, .. } => stopped().or(Some(Hold::Paused { entry: *entry })),
            Phase::Advancing { .. } | Phase::Lowering { .. } | Phase::Closing { .. } => {
                stopped().or(Some(applying))
            }
            Phase::Waiting { .. } | Phase::Baking { .. } => {
                let frozen = || self.plan.frozen_until(self.now).map(|until| Hold::Frozen { until });
                let applying = (!self.rollout.in_effect()).then_some(applying);
                let holds = stopped().or(applying).or(self.capped()).or(self.blocked_hold());
                holds.or_else(|| self.untold(evidence)).or_else(frozen)
            }
        };
        let holds = hold.is_none();
        Line::new(Must::GoOn(hold), Some(holds))
    }

    fn bake_line(&self) -> Option<Line> {
        let standing = self.rollout.exposed()?;
        let baked = standing.baked(self.now);
        let min = match self.plan.stage(standing.stage).bake {
            Bake::Timed { min: Span::ZERO, .. } => return None,
            Bake::Timed { min, .. } => Some(min),
            Bake::Open => None,
        };
        // An open stage is left when a person wants it.
        let holds = min.map_or(self.rollout.request.is_some(), |min| baked >= min);
        Some(Line::new(Must::Bake { baked, min }, Some(holds)))
    }

    /// Each condition by itself, of each guardrail that could hold the next step back.
    fn guardrail_lines(&self, evidence: &Evidence) -> Vec<Line> {
        let blocks = |id: RuleId| in_force(self.plan, self.rollout, id) && !self.plan.rule(id).dry_run;
        let mut lines = vec![];
        for (id, rule) in self.plan.rules().filter(|(id, _)| blocks(*id)) {
            let conditions = match &rule.when {
                When::Any(conditions) => conditions,
                When::Alarm { name, insufficient_ok } => {
                    let rings = known(self.alarm(id, name, *insufficient_ok, evidence));
                    lines.push(Line::new(Must::Alarm(id), rings.map(|rings| !rings)));
                    continue;
                }
                When::Signal(_) | When::Drift => continue,
            };
            let floor = self.signal_floor(acted(self.rollout, id));
            for condition in conditions {
                let figure = self.figure(*condition, evidence, floor);
                let holds = self.verdict(*condition, figure.as_ref()).map(|breached| !breached);
                lines.push(Line { what: Must::Guardrail(id, *condition), holds, figure });
            }
        }
        let ahead = self.alarms_ahead(evidence);
        lines.extend(ahead.map(|(id, rings)| Line::new(Must::Alarm(id), known(rings).map(|rings| !rings))));
        lines
    }

    fn verdict(&self, id: ConditionId, figure: Option<&Figure>) -> Option<bool> {
        let relation = self.plan.condition(id).relation;
        known(figure.map_or(Verdict::NotKnown(Gap::NoData), |figure| judge(relation, figure)))
    }

    fn door_lines(&self, evidence: &Evidence, stage: StageIndex, enter: bool) -> Vec<Line> {
        let door = self.plan.stage(stage);
        let items = if enter { &door.enter } else { &door.leave };
        items.iter().map(|item| self.door_line(evidence, stage, enter, item)).collect()
    }

    fn door_line(&self, evidence: &Evidence, stage: StageIndex, enter: bool, item: &Item) -> Line {
        let miss = self.misses(evidence, Some(stage), std::slice::from_ref(item)).pop();
        let mut figure = None;
        let holds = match item {
            Item::Condition(id) => {
                figure = self.figure(*id, evidence, None);
                self.verdict(*id, figure.as_ref())
            }
            // What was not tried, or too long ago, is not known; what was tried and failed is.
            Item::Check(id) => match (&miss, self.rollout.checks.get(id)) {
                (None, _) => Some(true),
                (Some(Miss::Check { last: Some(_), .. }), Some(last)) if !last.passed => Some(false),
                (Some(_), _) => None,
            },
            Item::Approve(consent) => Some(self.has_consent(consent)),
            Item::Stable(_) | Item::Tick(_) => Some(miss.is_none()),
        };
        Line { what: Must::Door { stage, enter, item: item.clone(), miss }, holds, figure }
    }

    fn has_consent(&self, consent: &Consent) -> bool {
        let Phase::Waiting { ask: Some(ask), .. } = &self.rollout.phase else {
            return false;
        };
        ask.given_for(&consent.role).len() >= usize::from(consent.count)
    }

    /// The doors between the next stage and one further ahead: `leave` of each on the way, `enter` of the one after it.
    fn later_lines(&self, next: StageIndex, to: StageIndex) -> Vec<Line> {
        let mut lines = vec![];
        let mut during = next;
        while during < to {
            let mut after = self.plan.after(during);
            while let Some(stage) = after.filter(|stage| self.rollout.skipped.contains(stage)) {
                after = self.plan.after(stage);
            }
            let Some(after) = after else {
                break;
            };
            let leave = self.plan.stage(during).leave.iter().map(|item| (during, false, item));
            let enter = self.plan.stage(after).enter.iter().map(|item| (after, true, item));
            lines.extend(leave.chain(enter).map(|(stage, enter, item)| {
                let ticked = |text: &String| {
                    self.rollout.ticks.iter().any(|tick| tick.stage == stage && tick.text == *text)
                };
                let holds = match item {
                    Item::Tick(text) => Some(ticked(text)),
                    Item::Approve(_) => Some(false),
                    Item::Condition(_) | Item::Stable(_) | Item::Check(_) => None,
                };
                Line::new(Must::Later { stage, enter, item: item.clone(), during }, holds)
            }));
            during = after;
        }
        lines
    }
}

fn known(verdict: Verdict) -> Option<bool> {
    match verdict {
        Verdict::True => Some(true),
        Verdict::False => Some(false),
        Verdict::NotKnown(_) => None,
    }
}

//! From a rollout to questions, and from answers to evidence.
//!
//! [`questions`] says what must be asked of the source of metrics; [`Questions::reduce`] makes one figure a condition
//! of the answers. Between the two lies the only I/O. Both walk the same lines in the same order.

mod arm;
mod asked;
mod compare;
mod far;
mod figure;
mod foresee;
mod history;
mod metered;
mod money;
mod near;
mod points;
#[cfg(test)]
mod samples;
mod sums;
mod usual;
mod window;

pub use foresee::{Foreseen, foresee};
pub use history::{History, Past, Value as PastValue, history};
pub use metered::Owed;

use crate::{
    calendar::Days,
    condition::{Bound, Condition},
    event::Wish,
    evidence::{Answer, Evidence, Figure, Frozen, Gap, Query, StopLine},
    levels::Levels,
    plan::{About, Bake, Baseline, Item, Metric, Plan, Source, When},
    rollout::{Fired, Phase, Request, Rollout},
    time::{Span, Timestamp},
    units::{BudgetId, ConditionId, Decimal, DimensionId, MetricId, RuleId, Share, StageIndex},
};
use asked::{Asked, Asking, Side};
use metered::Metering;
use money::Count;
use points::Points;
use std::collections::BTreeMap;
use usual::Usual;
use window::{Reach, Window, settled};

/// How far back a guardrail is judged, so that a missed tick or a late point is still seen.
pub const LOOK_BACK: Span = Span::minutes(15);

/// What is asked this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// What protects.
    Guardrails,
    /// What promotes, too: the doors between this stage and the next.
    Doors,
}

/// How a condition is used: a gate is judged over what was seen, a guardrail at each moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// A line of `enter` or `leave`.
    Gate,
    /// A line of `when`.
    Guard,
}

/// What must be asked, and how the answers are to be read.
#[derive(Debug)]
pub struct Questions<'p> {
    plan: &'p Plan,
    rollout: &'p Rollout,
    /// For the source, in this order.
    pub queries: Vec<Query>,
    /// The windows of each budget that must be read.
    pub windows: BTreeMap<BudgetId, Days>,
    asking: Asking,
    lines: Vec<Line>,
    keeps: Vec<Keep>,
    counts: Vec<Count>,
    meterings: Vec<Metering>,
    /// What need not be asked: it is foreseen, or no value fits yet.
    known: Vec<(ConditionId, Figure)>,
    now: Timestamp,
}

/// One condition, or one of the members that it spreads over.
#[derive(Debug)]
struct Line {
    condition: ConditionId,
    usage: Use,
    window: Window,
    member: Option<u16>,
    /// The places of the arms that are asked.
    canary: usize,
    baseline: Option<usize>,
    history: Option<Before>,
}

/// The history that a condition is compared with.
#[derive(Debug)]
enum Before {
    /// The place of the arm that is asked.
    Asked(usize, Window),
    /// What it came to when it was asked.
    Recalled(Decimal),
}

/// A baseline's figure that will be kept.
#[derive(Debug)]
struct Keep {
    metric: MetricId,
    member: Option<(DimensionId, u16)>,
    arm: usize,
    window: Window,
}

/// What must be asked to decide about `rollout` at `now`.
pub fn questions<'p>(plan: &'p Plan, rollout: &'p Rollout, now: Timestamp, scope: Scope) -> Questions<'p> {
    questions_beside(plan, rollout, now, scope, &Foreseen::default())
}

/// What must be asked to decide about `rollout` at `now`, beside what is foreseen.
pub fn questions_beside<'p>(
    plan: &'p Plan,
    rollout: &'p Rollout,
    now: Timestamp,
    scope: Scope,
    foreseen: &Foreseen,
) -> Questions<'p> {
    let mut asked = Questions::new(plan, rollout, now);
    if rollout.is_over() {
        asked.levels();
        asked.meters();
        return asked;
    }
    let is_foreseen = foreseen.is_about(rollout, now);
    for (rule, id) in guards(plan, rollout) {
        match foreseen.figure(id).filter(|_| is_foreseen) {
            Some(figure) => asked.known.push((id, figure)),
            None => asked.condition(id, guard_reach(plan, rollout, rule, id), now),
        }
    }
    if scope == Scope::Doors || doors_are_judged(plan, rollout, now) {
        for id in gates(plan, rollout) {
            match early(plan, rollout, id, now) {
                Some(figure) => asked.known.push((id, figure)),
                None if scope == Scope::Doors => asked.condition(id, gate_reach(plan, rollout, id), now),
                None => {}
            }
        }
    }
    asked.before(now);
    asked.levels();
    if scope == Scope::Doors {
        asked.freeze(now);
    }
    asked.queries = asked.asking.queries(plan);
    asked.meters();
    asked
}

/// Whether a person's force is waiting to be carried out.
pub fn is_forced(rollout: &Rollout) -> bool {
    rollout.request.as_ref().is_some_and(|request| matches!(request.wish, Wish::Promote { force: true, .. }))
}

/// Whether the doors of the stage are judged: its bake has passed and there is no freeze, or a person forces them.
pub fn doors_are_judged(plan: &Plan, rollout: &Rollout, now: Timestamp) -> bool {
    may_be_left(plan, rollout, now) && (is_forced(rollout) || plan.frozen_until(now).is_none())
}

fn may_be_left(plan: &Plan, rollout: &Rollout, now: Timestamp) -> bool {
    match &rollout.phase {
        Phase::Baking { standing } | Phase::Waiting { standing: Some(standing), .. } => {
            let passed = match plan.stage(standing.stage).bake {
                Bake::Timed { min, .. } => standing.baked(now) >= min,
                Bake::Open => true,
            };
            passed || is_forced(rollout)
        }
        Phase::Waiting { standing: None, .. } => true,
        Phase::Starting
        | Phase::Advancing { .. }
        | Phase::Paused { .. }
        | Phase::Lowering { .. }
        | Phase::Closing { .. }
        | Phase::Abandoning { .. }
        | Phase::Over { .. } => false,
    }
}

/// Whether a guardrail is in force: on exposed stages between its first and its last; at 0 % only a stage's own.
pub fn in_force(plan: &Plan, rollout: &Rollout, id: RuleId) -> bool {
    rollout.exposed().is_some_and(|standing| in_force_at(plan, id, standing.stage, standing.share))
}

/// Whether a guardrail is in force at a stage that exposes this share.
pub fn in_force_at(plan: &Plan, id: RuleId, stage: StageIndex, share: Share) -> bool {
    let rule = plan.rule(id);
    let own = rule.from == rule.until && rule.from == stage;
    (plan.stage(stage).exposes(share) || own) && rule.from <= stage && stage <= rule.until
}

/// Since when a guardrail may look: never before the exposure was in effect, nor before the last resume.
pub fn guard_floor(rollout: &Rollout) -> Option<Timestamp> {
    rollout.effective.as_ref().map(|effective| effective.at).max(rollout.resumed)
}

/// Whether a guardrail that has acted may act again: it was known false since, another exposure came into effect, or a
/// person resumed.
pub fn is_armed(rollout: &Rollout, fired: &Fired) -> bool {
    let resumed = rollout.resumed.is_some_and(|resumed| resumed > fired.at);
    fired.cleared.is_some() || resumed || fired.generation != rollout.in_effect_generation()
}

/// When a guardrail last acted, if it may act again: it looks only at what is younger.
pub fn acted(rollout: &Rollout, id: RuleId) -> Option<Timestamp> {
    rollout.fired.get(&id).filter(|fired| is_armed(rollout, fired)).map(|fired| fired.at)
}

/// The conditions of the guardrails in force, each with its guardrail.
fn guards<'p>(plan: &'p Plan, rollout: &'p Rollout) -> impl Iterator<Item = (RuleId, ConditionId)> + use<'p> {
    let in_force = plan.rules().filter(|(id, _)| in_force(plan, rollout, *id));
    in_force.flat_map(|(id, rule)| {
        let conditions = if let When::Any(conditions) = &rule.when { conditions.as_slice() } else { &[] };
        conditions.iter().map(move |condition| (id, *condition))
    })
}

fn guard_reach(plan: &Plan, rollout: &Rollout, rule: RuleId, id: ConditionId) -> Reach {
    let (acted, fired) = (acted(rollout, rule), rollout.fired.get(&rule));
    // A guardrail that has acted and is still true finds nothing new in the past: is it over, or not?
    let judged = if fired.is_some() && acted.is_none() { Span::ZERO } else { LOOK_BACK };
    // What was true until the guardrail was known false has been acted on.
    let begins = guard_floor(rollout).max(fired.and_then(|fired| fired.cleared));
    let everybody = plan.metric(plan.condition(id).metric).about == About::All;
    let floor = if everybody { rollout.resumed } else { guard_floor(rollout) }.max(acted);
    let exposed = effective(rollout).filter(|_| !everybody);
    Reach { usage: Use::Guard, floor, judged, begins, bake: bake_began(rollout), exposed }
}

/// The conditions of the doors before the next stage.
fn gates(plan: &Plan, rollout: &Rollout) -> impl Iterator<Item = ConditionId> {
    doors(plan, rollout).filter_map(|item| if let Item::Condition(id) = item { Some(*id) } else { None })
}

/// A gate looks at all of the bake; before the first stage at the time since the rollout was created.
fn bake_began(rollout: &Rollout) -> Timestamp {
    rollout.exposed().and_then(|standing| standing.since).unwrap_or(rollout.created)
}

fn effective(rollout: &Rollout) -> Option<Timestamp> {
    rollout.effective.as_ref().map(|effective| effective.at)
}

fn gate_reach(plan: &Plan, rollout: &Rollout, id: ConditionId) -> Reach {
    let everybody = plan.metric(plan.condition(id).metric).about == About::All;
    let floor = effective(rollout).filter(|_| !everybody);
    let (judged, begins, exposed) = (Span::ZERO, None, floor);
    Reach { usage: Use::Gate, floor, judged, begins, bake: bake_began(rollout), exposed }
}

/// What a gate comes to that cannot be known yet, whatever is measured: not one value fits into the time since the exposure
/// was in effect.
pub fn early(plan: &Plan, rollout: &Rollout, id: ConditionId, now: Timestamp) -> Option<Figure> {
    let condition = plan.condition(id);
    let metric = plan.metric(condition.metric);
    if matches!(metric.source, Source::Signal(_) | Source::Reported { .. } | Source::Budget(_)) {
        return None;
    }
    let window = Window::of(condition, metric, gate_reach(plan, rollout, id), now);
    let until = window.fits_at(condition, metric)?;
    let member = members(plan, condition).next().flatten();
    Some(Figure { member, ..Figure::unknown(Gap::TooEarly { until }, window.to) })
}

/// The lines of the doors before the next stage: `leave` of the one in effect, `enter` of the next.
fn doors<'p>(plan: &'p Plan, rollout: &Rollout) -> impl Iterator<Item = &'p Item> {
    let standing = rollout.exposed();
    let leave = standing.map_or(&[][..], |standing| &plan.stage(standing.stage).leave);
    let enter = next_stage(plan, rollout).map_or(&[][..], |next| &plan.stage(next).enter);
    leave.iter().chain(enter)
}

/// Metrics whose baseline somebody judges from `next` on, where there is none left, and of which nothing is kept: once
/// everybody is exposed, those lines would never be known again.
pub fn baselines_missing(
    plan: &Plan,
    rollout: &Rollout,
    evidence: &Evidence,
    next: StageIndex,
) -> Vec<MetricId> {
    let both = rollout.exposed().is_some_and(|standing| standing.share < Share::ALL);
    if !both || plan.stage(next).share < Share::ALL {
        return vec![];
    }
    let rules = plan.rules.iter().filter(|rule| rule.until >= next && !rule.dry_run);
    let watched = rules.flat_map(|rule| match &rule.when {
        When::Any(conditions) => conditions.as_slice(),
        When::Signal(_) | When::Alarm { .. } | When::Drift => &[],
    });
    let ahead = plan.stages().filter(|(index, _)| *index >= next);
    let gates = ahead.flat_map(|(_, stage)| &stage.leave).filter_map(|item| match item {
        Item::Condition(id) => Some(id),
        Item::Stable(_) | Item::Check(_) | Item::Tick(_) | Item::Approve(_) => None,
    });
    let conditions = watched.chain(gates).map(|id| plan.condition(*id));
    let is_kept = |(metric, member): &Compared| {
        let mut all = evidence.frozen.iter().chain(&rollout.frozen);
        all.any(|kept| (kept.metric, kept.member) == (*metric, *member))
    };
    let all = compared_by(plan, conditions, |baseline| baseline == Baseline::Arm);
    let mut missing: Vec<MetricId> =
        all.iter().filter(|compared| !is_kept(compared)).map(|(metric, _)| *metric).collect();
    missing.dedup();
    missing
}

/// The stage that would be entered next: the first when nothing is exposed, past those that are skipped.
pub fn next_stage(plan: &Plan, rollout: &Rollout) -> Option<StageIndex> {
    let mut next = match rollout.exposed() {
        Some(standing) => plan.after(standing.stage),
        None => Some(StageIndex(0)),
    };
    while let Some(stage) = next
        && rollout.skipped.contains(&stage)
    {
        next = plan.after(stage);
    }
    next
}

impl<'p> Questions<'p> {
    fn new(plan: &'p Plan, rollout: &'p Rollout, now: Timestamp) -> Questions<'p> {
        Questions {
            plan,
            rollout,
            queries: vec![],
            windows: BTreeMap::new(),
            asking: Asking::default(),
            lines: vec![],
            keeps: vec![],
            counts: vec![],
            meterings: vec![],
            known: Vec::with_capacity(plan.conditions.len()),
            now,
        }
    }

    fn condition(&mut self, id: ConditionId, reach: Reach, now: Timestamp) {
        let condition = self.plan.condition(id);
        let metric = self.plan.metric(condition.metric);
        match metric.source {
            Source::Signal(_) | Source::Reported { .. } => return,
            Source::Budget(budget) => return self.counts.push(Count::of(id, condition, budget, reach)),
            Source::Ratio { .. } | Source::Average { .. } | Source::Series { .. } => {}
        }
        let window = Window::of(condition, metric, reach, now);
        let baseline = self.asks_baseline(condition, metric);
        let history = condition.bound.history();
        let history = history.map(|over| Window::history(condition, metric, over, reach, now));
        let counted = condition.samples.is_some();
        for member in members(self.plan, condition) {
            let recalled = |over: &Window| self.plan.recalled.get((id, member), (over.from, over.to));
            let recalled = history.as_ref().and_then(recalled);
            let spread = condition.spread.map(|spread| spread.dimension).zip(member);
            let arm = |side, window| Asked { metric: condition.metric, side, spread, counted, window };
            self.lines.push(Line {
                condition: id,
                usage: reach.usage,
                window,
                member,
                canary: self.asking.arm(arm(Side::Canary, window)),
                baseline: baseline.then(|| self.asking.arm(arm(Side::Baseline, window))),
                history: history.map(|before| match recalled {
                    Some(limit) => Before::Recalled(limit),
                    None => Before::Asked(self.asking.arm(arm(Side::Canary, before)), before),
                }),
            });
        }
    }

    /// The baseline arm has traffic of its own only below 100 %.
    fn asks_baseline(&self, condition: &Condition, metric: &Metric) -> bool {
        let both = self.rollout.exposed().is_some_and(|standing| standing.share < Share::ALL);
        condition.bound.needs_baseline() && metric.baseline == Baseline::Arm && both
    }

    /// Figures from before the rollout, measured once.
    fn before(&mut self, now: Timestamp) {
        for (metric, member) in compared(self.plan, |baseline| matches!(baseline, Baseline::Before(_))) {
            let Baseline::Before(over) = self.plan.metric(metric).baseline else {
                continue;
            };
            let kept = self.rollout.frozen.iter().any(|kept| (kept.metric, kept.member) == (metric, member));
            if !kept {
                let window = Window::fixed(
                    self.plan.metric(metric),
                    self.rollout.created.before(over),
                    self.rollout.created,
                );
                if settled(self.plan.metric(metric), now) >= window.to {
                    self.keep(metric, member, Side::Canary, window);
                }
            }
        }
    }

    /// The baseline's figures over this bake, when the next stage leaves no baseline.
    fn freeze(&mut self, now: Timestamp) {
        let forced = self.rollout.request.as_ref().and_then(forced_to);
        let next = forced.or(next_stage(self.plan, self.rollout));
        let (Some(standing), Some(next)) = (self.rollout.exposed(), next) else {
            return;
        };
        let (Some(effective), true) = (&self.rollout.effective, standing.share < Share::ALL) else {
            return;
        };
        if self.plan.stage(next).share < Share::ALL {
            return;
        }
        for (metric, member) in compared(self.plan, |baseline| baseline == Baseline::Arm) {
            let window = Window::since(self.plan.metric(metric), effective.at, now);
            self.keep(metric, member, Side::Baseline, window);
        }
    }

    fn keep(&mut self, metric: MetricId, member: Option<(DimensionId, u16)>, side: Side, window: Window) {
        let arm = self.asking.arm(Asked { metric, side, spread: member, counted: true, window });
        self.keeps.push(Keep { metric, member, arm, window });
    }

    /// Makes the evidence of the answers, which are in the order of the queries.
    pub fn reduce(&self, answers: &[Answer], stop: Option<StopLine>) -> Evidence {
        let points = Points::of(self.plan, &self.asking, &self.queries, answers);
        let mut evidence = Evidence {
            version: self.rollout.version,
            generation: self.rollout.generation,
            at: self.now,
            figures: vec![None; self.plan.conditions.len()],
            frozen: self.keeps.iter().filter_map(|keep| self.kept(keep, &points)).collect(),
            levels: Levels { untold: self.untold(answers), ..Levels::default() },
            stop,
        };
        let mut rest = &self.lines[..];
        while let Some(first) = rest.first() {
            let (members, after) =
                rest.split_at(rest.iter().take_while(|l| l.condition == first.condition).count());
            let figures = members.iter().map(|line| self.line(line, &points));
            let condition = self.plan.condition(first.condition);
            if let Some(slot) = evidence.figures.get_mut(usize::from(first.condition.0)) {
                *slot = figure::combine(condition, figures);
            }
            rest = after;
        }
        for (id, figure) in &self.known {
            if let Some(slot) = evidence.figures.get_mut(usize::from(id.0)) {
                *slot = Some(*figure);
            }
        }
        evidence
    }

    /// A line with all that it is judged on.
    fn judged<'a>(&'a self, line: &'a Line, points: &'a Points<'_>) -> figure::Judged<'a> {
        let condition = self.plan.condition(line.condition);
        let metric = self.plan.metric(condition.metric);
        let spread = condition.spread.map(|spread| spread.dimension).zip(line.member);
        let kept =
            self.rollout.frozen.iter().find(|kept| (kept.metric, kept.member) == (condition.metric, spread));
        figure::Judged {
            condition,
            metric,
            usage: line.usage,
            window: &line.window,
            canary: points.arm(line.canary, &line.window),
            baseline: line.baseline.map(|baseline| points.arm(baseline, &line.window)),
            kept,
            history: match (&line.history, &condition.bound) {
                (Some(Before::Asked(place, window)), Bound::Mean { over, sigma }) => {
                    Some(Usual::new(points.arm(*place, window), *over, *sigma))
                }
                (Some(Before::Recalled(limit)), _) => Some(Usual::Recalled(*limit)),
                (_, _) => None,
            },
            scale: metric.scale.to_f64(),
        }
    }

    fn line(&self, line: &Line, points: &Points<'_>) -> Figure {
        let judged = self.judged(line, points);
        let mut figure = judged.figure();
        if let (Some(Before::Asked(_, window)), Some(usual)) = (&line.history, &judged.history)
            && let Some(limit) = usual.found()
        {
            self.plan.recalled.put((line.condition, line.member), (window.from, window.to), limit);
        }
        figure.member = line.member;
        figure
    }

    fn kept(&self, keep: &Keep, points: &Points<'_>) -> Option<Frozen> {
        let metric = self.plan.metric(keep.metric);
        let arm = points.arm(keep.arm, &keep.window);
        let value = arm.value(metric, arm.whole()).ok()?;
        Some(Frozen {
            metric: keep.metric,
            member: keep.member,
            value: value.value,
            samples: Some(value.samples),
            over: keep.window.to.since(keep.window.from),
            at: keep.window.to,
        })
    }
}

/// The stage that a person's force aims at.
fn forced_to(request: &Request) -> Option<StageIndex> {
    if let Wish::Promote { to, force: true } = request.wish { to } else { None }
}

/// A metric, or a member of it.
type Compared = (MetricId, Option<(DimensionId, u16)>);

/// Every metric (and member) that some condition compares with such a baseline.
fn compared(plan: &Plan, with: impl Fn(Baseline) -> bool) -> Vec<Compared> {
    compared_by(plan, plan.conditions.iter(), with)
}

/// Those that one of these conditions compares.
fn compared_by<'p>(
    plan: &'p Plan,
    conditions: impl Iterator<Item = &'p Condition>,
    with: impl Fn(Baseline) -> bool,
) -> Vec<Compared> {
    let mut found = vec![];
    let needs = |condition: &&Condition| {
        condition.bound.needs_baseline() && with(plan.metric(condition.metric).baseline)
    };
    for condition in conditions.filter(needs) {
        for member in members(plan, condition) {
            let member = condition.spread.map(|spread| spread.dimension).zip(member);
            if !found.contains(&(condition.metric, member)) {
                found.push((condition.metric, member));
            }
        }
    }
    found
}

/// The members that a condition spreads over; one that is none where it does not spread.
fn members(plan: &Plan, condition: &Condition) -> impl Iterator<Item = Option<u16>> + use<> {
    let members = condition.spread.map(|spread| plan.dimension(spread.dimension).members.len());
    let count = members.map(|count| u16::try_from(count).unwrap_or(u16::MAX));
    (0..count.unwrap_or(1)).map(move |member| count.and(Some(member)))
}

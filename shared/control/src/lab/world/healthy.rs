//! What everything measures while all is well: derived from what the plan asks of it.

use super::quantities::{Nature, Quantity, Sight, View};
use crate::lab::minutes::MINUTE;
use rollout::{
    condition::{Bound, Condition, Relation},
    plan::{Bake, Baseline, Item, Kind, Metric, Plan, Source, When},
    time::Span,
    units::Decimal,
};

/// What the bound of a bake without an end is counted over.
const LONGEST: Span = Span::days(14);
/// The most that a minute differs from the level, as a share of it.
const NOISE: f64 = 0.01;
/// Where the baseline may stand, if it cannot be where the candidate is.
const ELSEWHERE: [f64; 5] = [1.0, 1.25, 0.8, 2.0, 0.5];

/// The levels of a quantity while all is well.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Healthy {
    pub(super) canary: f64,
    pub(super) baseline: f64,
    /// The candidate's before anybody is exposed.
    pub(super) dark: f64,
    /// A minute differs from the level by at most this share of it: never enough to cross a limit.
    pub(super) noise: f64,
    /// No level is above this.
    pub(super) cap: Option<f64>,
}

/// A condition, and whether it holds while all is well: a gate does, a guardrail does not.
pub(super) struct Asked<'a> {
    pub(super) condition: &'a Condition,
    pub(super) gate: Option<Gate>,
}

/// What a gate looks back at.
#[derive(Clone, Copy)]
pub(super) struct Gate {
    /// How long it bakes before it is asked, at least and at most.
    bake: (Span, Span),
    /// Nobody is exposed meanwhile.
    is_dark: bool,
}

impl Asked<'_> {
    pub(super) fn is_gate(&self) -> bool {
        self.gate.is_some()
    }

    /// Whether it says anything of the time before anybody is exposed, or of the time after.
    fn counts(&self, dark: bool) -> bool {
        self.gate.is_none_or(|gate| gate.is_dark == dark)
    }

    /// The minutes over which a sum is compared with the bound: the shortest bake must reach a lower one.
    fn minutes(&self, plan: &Plan) -> f64 {
        let span = match (self.condition.window, self.gate) {
            (Some(window), _) => window,
            (None, Some(Gate { bake: (min, max), .. })) => match self.condition.relation {
                Relation::Above | Relation::AtLeast => min,
                Relation::Below | Relation::AtMost | Relation::Equal | Relation::Within => max,
            },
            (None, None) => plan.metric(self.condition.metric).period,
        };
        span.whole(MINUTE).max(1) as f64
    }
}

/// Every condition of a plan's doors and guardrails.
pub(super) fn asked(plan: &Plan) -> Vec<Asked<'_>> {
    let mut all = Vec::new();
    // Whatever opens the first stage looks at the time before it.
    let mut before = Gate { bake: (LONGEST, LONGEST), is_dark: true };
    for stage in &plan.stages {
        let bake = match stage.bake {
            Bake::Timed { min, max } => (min, max),
            Bake::Open => (LONGEST, LONGEST),
        };
        let during = Gate { bake, is_dark: !stage.exposes(stage.share) };
        let mut gates = |items: &[Item], gate: Gate| {
            for item in items {
                if let Item::Condition(id) = item {
                    all.push(Asked { condition: plan.condition(*id), gate: Some(gate) });
                }
            }
        };
        gates(&stage.enter, before);
        gates(&stage.leave, during);
        before = during;
    }
    for rule in &plan.rules {
        if let When::Any(ids) = &rule.when {
            all.extend(ids.iter().map(|id| Asked { condition: plan.condition(*id), gate: None }));
        }
    }
    all
}

/// The levels of every quantity while all is well.
pub(super) fn healthy(plan: &Plan, quantities: &[Quantity], sights: &[Sight], requests: f64) -> Vec<Healthy> {
    let asked = asked(plan);
    let of = |(index, quantity)| Seen { plan, asked: &asked, sights, requests, index, quantity }.healthy();
    quantities.iter().enumerate().map(of).collect()
}

/// One quantity, and all that the plan asks of it.
struct Seen<'a> {
    plan: &'a Plan,
    asked: &'a [Asked<'a>],
    sights: &'a [Sight],
    requests: f64,
    index: usize,
    quantity: &'a Quantity,
}

impl<'a> Seen<'a> {
    fn healthy(&self) -> Healthy {
        let mut cap = None;
        let mut usual = None;
        for (metric, sight) in self.plan.metrics.iter().zip(self.sights) {
            if let Some(view) = self.view(*sight) {
                usual = usual.or(Some(common(metric.kind) / view.scale));
                cap = if metric.kind == Kind::Percent { Some(100.0 / view.scale) } else { cap };
            }
        }
        let compared = self.compared();
        let choose = |room: &Room| room.choose(self.quantity, usual.unwrap_or(1.0), !compared.is_empty());
        let (room, dark) = (self.room(cap, false), self.room(cap, true));
        let canary = choose(&room);
        let before = compared.iter().any(|(_, metric, _)| matches!(metric.baseline, Baseline::Before(_)));
        let noise = if before { 0.0 } else { room.noise(canary) };
        let baseline = other_arm(canary, &compared, cap);
        let well = Healthy { canary, baseline, dark: canary, noise, cap };
        if !dark.is_narrowed {
            return well;
        }
        let level = choose(&dark);
        Healthy { dark: level, noise: noise.min(dark.noise(level)), ..well }
    }

    fn view(&self, sight: Sight) -> Option<View> {
        match sight {
            Sight::Shows(view) if view.quantity == self.index => Some(view),
            Sight::Shows(_) | Sight::Counts(_) | Sight::Told => None,
        }
    }

    /// What is asked of this quantity, and how its metric shows it.
    fn shown(&self) -> impl Iterator<Item = (&'a Asked<'a>, &'a Metric, Sight)> {
        let (plan, sights) = (self.plan, self.sights);
        self.asked.iter().filter_map(move |ask| {
            let place = usize::from(ask.condition.metric.0);
            Some((ask, plan.metrics.get(place)?, *sights.get(place)?))
        })
    }

    /// Where its level may be before anybody is exposed, or after.
    fn room(&self, cap: Option<f64>, dark: bool) -> Room {
        let mut room = Room { cap, ..Room::default() };
        for (ask, _, sight) in self.shown().filter(|(ask, ..)| ask.counts(dark)) {
            if let Some(view) = self.view(sight) {
                let minutes = if self.quantity.nature == Nature::Rate { ask.minutes(self.plan) } else { 1.0 };
                room.narrow(ask, |bound| view.level(bound / minutes), view.rest);
            } else if matches!(sight, Sight::Counts(Some(counted)) if counted == self.index) {
                let samples = ask.minutes(self.plan) * self.requests;
                room.narrow(ask, |bound| bound / samples, false);
            } else {
                continue;
            }
            room.is_narrowed |= ask.is_gate();
        }
        room
    }

    /// The conditions that compare it with a baseline.
    fn compared(&self) -> Vec<(&'a Asked<'a>, &'a Metric, View)> {
        let shown = self.shown().filter(|(ask, ..)| ask.condition.bound.needs_baseline());
        shown.filter_map(|(ask, metric, sight)| Some((ask, metric, self.view(sight)?))).collect()
    }
}

/// What a value of this kind often is, in its base unit.
fn common(kind: Kind) -> f64 {
    match kind {
        Kind::Percent | Kind::Count | Kind::Number => 1.0,
        Kind::Duration => 200.0,
        Kind::Bytes => 500e6,
        Kind::Money => 0.01,
    }
}

/// Where the baseline stands, so that what is compared with it comes out well.
fn other_arm(canary: f64, compared: &[(&Asked<'_>, &Metric, View)], cap: Option<f64>) -> f64 {
    let is_well = |baseline: f64| {
        compared.iter().filter(|(_, metric, _)| metric.baseline == Baseline::Arm).all(|(ask, _, view)| {
            let stands = compare(ask.condition, view.shown(canary), view.shown(baseline));
            stands.is_none_or(|stands| stands == ask.is_gate())
        })
    };
    let places = ELSEWHERE.iter().map(|factor| canary * factor);
    places.filter(|place| cap.is_none_or(|cap| *place <= cap)).find(|place| is_well(*place)).unwrap_or(canary)
}

/// Whether a condition that needs a baseline holds; none for one that doesn't.
fn compare(condition: &Condition, value: f64, baseline: f64) -> Option<bool> {
    let value = Decimal::from_f64(value)?;
    let baseline = Decimal::from_f64(baseline)?;
    let holds = |value, limit| condition.relation.holds(value, limit);
    match condition.bound {
        Bound::Constant(_) | Bound::Rate { .. } | Bound::Mean { .. } => None,
        Bound::Offset(by) => Some(holds(value, baseline.plus(by))),
        Bound::Factor(by) => Some(holds(value, baseline.times(by)?)),
        Bound::WithinShare(by) => Some(holds(value.minus(baseline).abs(), baseline.abs().times(by)?)),
        Bound::WithinAmount(by) => Some(holds(value.minus(baseline).abs(), by)),
    }
}

/// Where a level may be.
#[derive(Default)]
struct Room {
    low: Option<f64>,
    high: Option<f64>,
    exact: Option<f64>,
    is_flat: bool,
    /// A gate has something to say of it.
    is_narrowed: bool,
    cap: Option<f64>,
}

impl Room {
    /// Takes away what a condition forbids. Strict or not makes no difference: no level stands at a limit.
    fn narrow(&mut self, ask: &Asked<'_>, level: impl Fn(f64) -> f64, mirrored: bool) {
        self.is_flat |= ask.condition.growth;
        let Bound::Constant(bound) = ask.condition.bound else { return };
        let bound = level(bound.to_f64());
        let is_upper = match ask.condition.relation {
            Relation::Below | Relation::AtMost => ask.is_gate(),
            Relation::Above | Relation::AtLeast => !ask.is_gate(),
            Relation::Equal if ask.is_gate() => return self.exact = Some(bound),
            Relation::Equal | Relation::Within => return,
        };
        if is_upper != mirrored {
            self.high = Some(self.high.map_or(bound, |high| high.min(bound)));
        } else {
            self.low = Some(self.low.map_or(bound, |low| low.max(bound)));
        }
    }

    /// A level well inside: nearer to the good end, where there is one.
    fn choose(&self, quantity: &Quantity, usual: f64, is_compared: bool) -> f64 {
        if let Some(exact) = self.exact {
            return exact;
        }
        match (self.low.filter(|low| *low > 0.0), self.high) {
            (None, None) => usual,
            (None, Some(_)) if quantity.nature == Nature::Rate && !is_compared => 0.0,
            (None, Some(high)) if high <= 0.0 => high,
            (None, Some(high)) => high * 0.3,
            (Some(low), Some(high)) => f64::midpoint(low, high),
            (Some(low), None) => match self.cap {
                Some(cap) => low + (cap - low) * 0.7,
                // Most scores have a top that the plan doesn't tell.
                None if quantity.kind == Kind::Number => low * 1.1,
                None => low * 1.5,
            },
        }
    }

    fn noise(&self, level: f64) -> f64 {
        if self.exact.is_some() || self.is_flat || level <= 0.0 {
            return 0.0;
        }
        let limits = [self.low, self.high, self.cap];
        let margins = limits.iter().flatten().map(|limit| (limit - level).abs() / level / 4.0);
        margins.fold(NOISE, f64::min)
    }
}

/// A figure that people report, good enough for every condition about it.
pub(in crate::lab) struct Report {
    /// The name of the figure.
    pub(in crate::lab) name: String,
    /// In the base unit of its kind.
    pub(in crate::lab) value: Decimal,
    /// As many samples as any condition asks for.
    pub(in crate::lab) samples: Option<u64>,
    /// Older than this it is stale.
    pub(in crate::lab) max_age: Span,
}

/// A good value for every reported figure of the plan.
pub(super) fn reports(plan: &Plan) -> Vec<Report> {
    let asked = asked(plan);
    let mut reports: Vec<Report> = Vec::new();
    for metric in &plan.metrics {
        let Source::Reported { name, max_age } = &metric.source else { continue };
        let is_same =
            |other: &Metric| matches!(&other.source, Source::Reported { name: also, .. } if also == name);
        match reports.iter_mut().find(|report| report.name == *name) {
            Some(known) => known.max_age = known.max_age.min(*max_age),
            None => {
                let about = || asked.iter().filter(|ask| is_same(plan.metric(ask.condition.metric)));
                let samples = about().filter_map(|ask| ask.condition.samples).max().map(u64::from);
                reports.push(Report {
                    name: name.clone(),
                    value: report(metric.kind, about()),
                    samples,
                    max_age: *max_age,
                });
            }
        }
    }
    reports
}

fn report<'a>(kind: Kind, about: impl Iterator<Item = &'a Asked<'a>>) -> Decimal {
    let cap = (kind == Kind::Percent).then_some(100.0);
    let mut room = Room { cap, ..Room::default() };
    about.for_each(|ask| room.narrow(ask, |bound| bound, false));
    let quantity = Quantity { nature: Nature::Level, kind, of: Vec::new(), to: Vec::new() };
    let value = room.choose(&quantity, common(kind), false);
    Decimal::from_f64(value).unwrap_or_default().rounded(2)
}

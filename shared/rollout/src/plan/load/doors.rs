//! What must hold to enter and to leave a stage, and whether it can.

use super::{
    conditions::{Book, Line},
    fields::{label, mapping, one_or_more, parsed, text},
    keys, people,
    stages::{NEVER, Scope},
    unknown::unknown,
};
use crate::{
    condition::{Bound, Condition, Relation},
    gather::in_force_at,
    plan::{
        About, Bake, Consent, Item, Person, Plan, Problem, Rule, Stage, When, parse,
        yaml::{Entry, Node, Place, Scalar, Value},
    },
    time::Span,
    units::{CheckId, ConditionId, Decimal, RuleId, StageIndex},
};

/// The lines of a door, and where each stands.
#[derive(Clone, Default)]
pub(super) struct Door {
    pub(super) items: Vec<Item>,
    pub(super) places: Vec<Place>,
}

impl Door {
    pub(super) fn extend(&mut self, other: Door) {
        self.items.extend(other.items);
        self.places.extend(other.places);
    }

    fn lines(&self) -> impl Iterator<Item = (&Item, Place)> {
        self.items.iter().zip(self.places.iter().copied())
    }
}

impl Scope<'_> {
    /// Reads `enter`, `leave` or `gates`.
    pub(super) fn door(&self, node: &Node, book: &mut Book, found: &mut Vec<Problem>) -> Door {
        let mut door = Door::default();
        let flow = matches!(node.value, Value::Sequence { flow: true, .. });
        let mut split = false;
        for node in one_or_more(node) {
            let before = found.len();
            let items = self.item(node, book, found);
            let is_text = matches!(node.value, Value::Scalar(_));
            if let Some(problem) = found.get_mut(before)
                && flow
                && split
                && is_text
            {
                let help = "inside […] a comma ends an item: put a text with a comma in quotes";
                problem.help = Some(help.to_owned());
            }
            split = !is_text || split && found.len() > before;
            door.places.extend(items.iter().map(|_| node.place));
            door.items.extend(items);
        }
        door
    }

    fn item(&self, node: &Node, book: &mut Book, found: &mut Vec<Problem>) -> Vec<Item> {
        if matches!(node.value, Value::Scalar(_)) {
            let line = book.line(node, found);
            let item = line.map(|line| match line {
                Line::Condition(id) => Item::Condition(id),
                Line::Stable(span) => Item::Stable(span),
            });
            return item.into_iter().collect();
        }
        let Some((entries, _)) = mapping(node, "a line of a door", found) else { return Vec::new() };
        let [Entry { key, place, node: value }] = entries else {
            let help = "write each in a line, or in braces, of its own".to_owned();
            found.push(node.place.problem("one line holds one thing", Some(help)));
            return Vec::new();
        };
        match key.text.as_str() {
            "check" => self.check(value, found).into_iter().collect(),
            "tick" => text(value, found).map(Item::Tick).into_iter().collect(),
            "approve" => one_or_more(value).iter().filter_map(|node| self.consent(node, found)).collect(),
            other => {
                found.push(not_an_item(*place, other, value));
                Vec::new()
            }
        }
    }

    fn check(&self, node: &Node, found: &mut Vec<Problem>) -> Option<Item> {
        let name = label(node, "a check", found)?;
        let at = self.checks.iter().position(|known| *known == name);
        if at.is_none() {
            let known: Vec<&str> = self.checks.iter().map(String::as_str).collect();
            found.push(unknown(node.place, "check", &name, &known));
        }
        at.and_then(|at| u16::try_from(at).ok()).map(|at| Item::Check(CheckId(at)))
    }

    fn consent(&self, node: &Node, found: &mut Vec<Problem>) -> Option<Item> {
        let (consent, (at, length)) = parsed(node, parse::consent, found)?;
        let place = node.part(at, length);
        match self.people.get(&consent.role) {
            None => found.push(unknown(place, "person", &consent.role, &people::known(self.people))),
            Some(person) => {
                found.extend(cannot_consent(person, &consent).map(|(what, help)| place.problem(what, help)));
            }
        }
        Some(Item::Approve(consent))
    }
}

/// Whether there are people enough to consent or to look; members of groups are not known here.
pub(super) fn cannot_consent(person: &Person, consent: &Consent) -> Option<(String, Option<String>)> {
    let Consent { role, count } = consent;
    if !person.groups.is_empty() || person.members.len() >= usize::from(*count) {
        return None;
    }
    let more = Some(format!("list more `members:` or `groups:` under `{role}`, or ask for fewer"));
    Some(match person.members.len() {
        0 => (
            format!("nobody holds the role `{role}`"),
            Some(format!("write `members:` or `groups:` under `{role}`")),
        ),
        1 => (format!("`{role}` has 1 member, and {count} are asked"), more),
        n => (format!("`{role}` has {n} members, and {count} are asked"), more),
    })
}

fn not_an_item(place: Place, key: &str, value: &Node) -> Problem {
    let known: Vec<&str> = keys::ITEM.keys.iter().map(|key| key.name).collect();
    if let Some(dimension) = key.strip_prefix("each ") {
        let condition = match &value.value {
            Value::Scalar(Scalar { text, .. }) => text.as_str(),
            Value::Sequence { .. } | Value::Mapping { .. } => "error_rate < 1%",
        };
        let help = format!("write `{condition} for every {dimension}`");
        return place.problem("`each` is not a word of the language", Some(help));
    }
    unknown(place, "line", key, &known)
}

/// Whether the doors of all stages can be passed.
pub(super) fn check(plan: &Plan, doors: &[(Door, Door)], rules: &[Place], found: &mut Vec<Problem>) {
    let mut before: Option<&Stage> = None;
    for ((index, stage), (enter, leave)) in plan.stages().zip(doors) {
        let exposes = |stage: &Stage| stage.exposes(stage.share);
        judged_on_somebody(plan, enter, before.is_some_and(exposes), found);
        judged_on_somebody(plan, leave, exposes(stage), found);
        history_of_a_width(plan, enter, found);
        history_of_a_width(plan, leave, found);
        stable_in_time(enter, before, found);
        stable_in_time(leave, Some(stage), found);
        // What is entered is judged while the stage before is in effect, with its guardrails.
        let left = StageIndex(index.0.saturating_sub(1));
        let entered = enter.lines().filter(|_| before.is_some()).map(|line| (left, line));
        for (here, (item, place)) in entered.chain(leave.lines().map(|line| (index, line))) {
            if let Item::Condition(gate) = item {
                satisfiable(plan, *gate, place, here, rules, found);
            }
        }
        before = Some(stage);
    }
}

/// At 0 % there is no candidate to measure.
fn judged_on_somebody(plan: &Plan, door: &Door, exposed: bool, found: &mut Vec<Problem>) {
    for (item, place) in door.lines().filter(|_| !exposed) {
        let Item::Condition(id) = item else { continue };
        let metric = plan.metric(plan.condition(*id).metric);
        if metric.about == About::Canary {
            let what =
                format!("`{}` is about the canary, and nobody is exposed when this is judged", metric.name);
            let help = "measure `about: all`, or judge it at a later stage".to_owned();
            found.push(place.problem(what, Some(help)));
        }
    }
}

/// A gate without a tail is one value of the whole bake, and a history of bakes there is not.
fn history_of_a_width(plan: &Plan, door: &Door, found: &mut Vec<Problem>) {
    for (item, place) in door.lines() {
        let Item::Condition(id) = item else { continue };
        let Condition { bound, window, hold, .. } = plan.condition(*id);
        if bound.history().is_some() && window.is_none() && hold.is_none() {
            let what =
                "a gate without a tail is one value of the whole bake, and nothing before it was as long";
            let help = "write `in 1h`: the history is of values of an hour then".to_owned();
            found.push(place.problem(what, Some(help)));
        }
    }
}

/// A stage must be able to be stable before it is late; `None` is the time before the first stage.
fn stable_in_time(door: &Door, stage: Option<&Stage>, found: &mut Vec<Problem>) {
    for (item, place) in door.lines() {
        let Item::Stable(span) = item else { continue };
        match stage.map(|stage| (stage, stage.bake)) {
            Some((_, Bake::Open)) => {}
            Some((_, Bake::Timed { max, .. })) if *span <= max || max == NEVER => {}
            Some((stage, Bake::Timed { max, .. })) => {
                let what =
                    format!("`{}` is late after {max}, before it can be stable for {span}", stage.name);
                found.push(place.problem(what, Some("write a longer `bake`".to_owned())));
            }
            None => {
                let what = "nothing is in effect before the first stage, so nothing is stable";
                found.push(place.problem(what, Some("write it under `leave`".to_owned())));
            }
        }
    }
}

/// Whether some value passes the gate without setting off a guardrail that is in force.
fn satisfiable(
    plan: &Plan,
    gate: ConditionId,
    place: Place,
    stage: StageIndex,
    rules: &[Place],
    found: &mut Vec<Problem>,
) {
    let share = plan.stage(stage).share;
    let in_force = |id: RuleId, rule: &Rule| !rule.dry_run && in_force_at(plan, id, stage, share);
    let wanted = plan.condition(gate);
    for ((_, rule), rule_place) in plan.rules().zip(rules).filter(|((id, rule), _)| in_force(*id, rule)) {
        let When::Any(ids) = &rule.when else { continue };
        if let Some(breach) = ids.iter().map(|id| plan.condition(*id)).find(|breach| swallows(breach, wanted))
        {
            let what = format!("every value that passes this breaks the guardrail `{}`", breach.text);
            found.push(place.problem(what, Some(format!("the guardrail is on line {}", rule_place.line))));
        }
    }
}

/// Whether every value for which `gate` holds is one for which `breach` does.
fn swallows(breach: &Condition, gate: &Condition) -> bool {
    let same = breach.metric == gate.metric && breach.growth == gate.growth && is_seen_by(breach, gate);
    let (Some((a, limit)), Some((b, wanted))) = (limit(&breach.bound), limit(&gate.bound)) else {
        return false;
    };
    if !same || a != b {
        return false;
    }
    match (breach.relation, gate.relation) {
        (Relation::Below, Relation::Below) | (Relation::AtMost, Relation::AtMost | Relation::Below) => {
            wanted <= limit
        }
        (Relation::Below, Relation::AtMost) => wanted < limit,
        (Relation::Above, Relation::Above) | (Relation::AtLeast, Relation::AtLeast | Relation::Above) => {
            wanted >= limit
        }
        (Relation::Above, Relation::AtLeast) => wanted > limit,
        (Relation::Within, Relation::Within) => wanted <= limit,
        (breach, Relation::Equal) => breach.holds(wanted, limit),
        _ => false,
    }
}

/// Whether the guardrail sees what the gate sees: where the whole is beyond a limit some member is, and where every
/// member is the whole is, and not the other way round.
fn is_seen_by(breach: &Condition, gate: &Condition) -> bool {
    match (breach.spread, gate.spread) {
        (None, None) => true,
        (None, Some(gate)) => gate.every,
        (Some(breach), None) => !breach.every,
        (Some(breach), Some(gate)) => breach.dimension == gate.dimension && (gate.every || !breach.every),
    }
}

/// A bound as one number, with what it is a number of.
fn limit(bound: &Bound) -> Option<((u8, Span), Decimal)> {
    match bound {
        Bound::Constant(limit) => Some(((0, Span::ZERO), *limit)),
        Bound::Rate { amount, per } => Some(((1, *per), *amount)),
        Bound::Offset(offset) => Some(((2, Span::ZERO), *offset)),
        Bound::Factor(factor) => Some(((3, Span::ZERO), *factor)),
        Bound::WithinShare(share) => Some(((4, Span::ZERO), *share)),
        Bound::WithinAmount(amount) => Some(((5, Span::ZERO), *amount)),
        Bound::Mean { .. } => None,
    }
}

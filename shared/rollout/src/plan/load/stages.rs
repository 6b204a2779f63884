//! The stages: how many are exposed, for how long, and through which doors one goes.

use super::{
    LONGEST_NAME,
    actions::{self, After},
    cohorts,
    conditions::Book,
    doors::Door,
    fields::{Fields, flag, list, parsed, scalar, text, word},
    keys,
    rules::Rules,
};
use crate::{
    plan::{
        Action, Bake, Cohort, Person, Problem, Stage, Step, parse,
        yaml::{Node, Place},
    },
    time::Span,
    units::{CohortId, Share, StageIndex},
};
use std::collections::BTreeMap;

/// Stages of a plan.
const MOST: usize = 100;
/// A stage without a bake is never late: this is beyond any plan.
pub(super) const NEVER: Span = Span::days(36_525);

/// What the lines of a plan may refer to.
pub(super) struct Scope<'a> {
    pub(super) people: &'a BTreeMap<String, Person>,
    pub(super) features: &'a [String],
    pub(super) cohorts: &'a [Cohort],
    pub(super) checks: &'a [String],
    pub(super) stages: &'a Outline<'a>,
}

/// The stages with what must be known before any rule is read.
#[derive(Default)]
pub(super) struct Outline<'a> {
    pub(super) heads: Vec<Head<'a>>,
}

/// A stage's name and exposure.
pub(super) struct Head<'a> {
    fields: Fields<'a>,
    pub(super) name: String,
    share: Share,
    cohorts: Vec<CohortId>,
    features: Vec<String>,
}

impl Head<'_> {
    fn exposes(&self) -> bool {
        self.share > Share::NONE || !self.cohorts.is_empty()
    }
}

/// The finished stages, and what is said about their places.
#[derive(Default)]
pub(super) struct Stages {
    pub(super) stages: Vec<Stage>,
    pub(super) places: Vec<Place>,
    /// `enter` and `leave` of each.
    pub(super) doors: Vec<(Door, Door)>,
}

/// Reads names and exposures; exposure never shrinks on the way up.
pub(super) fn outline<'a>(
    fields: &Fields<'a>,
    features: &[String],
    cohorts: &[Cohort],
    found: &mut Vec<Problem>,
) -> Outline<'a> {
    let mut outline = Outline::default();
    let Some(node) = fields.need("stages", found) else { return outline };
    for node in list(node, "`stages`", found) {
        let Some(head) = head(node, features, cohorts, found) else { continue };
        if outline.heads.iter().any(|other| other.name == head.name) && !head.name.is_empty() {
            let what = format!("there are two stages `{}`", head.name);
            found.push(
                head.fields.key_place("name").problem(what, Some("give one of them another name".to_owned())),
            );
        }
        if let Some(before) = outline.heads.last() {
            grows(before, &head, cohorts, found);
        }
        outline.heads.push(head);
    }
    if !outline.heads.iter().any(Head::exposes) && found.is_empty() {
        found.push(
            node.place.problem("no stage exposes anybody", Some("write `percent: 10` in a stage".to_owned())),
        );
    }
    if outline.heads.len() > MOST {
        found.push(
            node.place
                .problem(format!("more than {MOST} stages"), Some("write fewer, or two plans".to_owned())),
        );
    }
    outline
}

/// Neither the sample nor what it has nor the cohorts shrink on the way up; a cohort may be dropped once everybody is in
/// the sample, and has what it had.
fn grows(before: &Head<'_>, head: &Head<'_>, cohorts: &[Cohort], found: &mut Vec<Problem>) {
    let help = "a rollout goes up; to go down there are guardrails and `roll back`";
    if before.share > head.share {
        let what = format!("exposure shrinks from {} at `{}` to {}", before.share, before.name, head.share);
        found.push(head.fields.key_place("percent").problem(what, Some(help.to_owned())));
    }
    let lost = before.features.iter().find(|name| !head.features.contains(name));
    if let Some(feature) = lost.filter(|_| before.share > Share::NONE) {
        let what = format!("exposure shrinks: the feature `{feature}` of `{}` is left out", before.name);
        found.push(head.fields.key_place("features").problem(what, Some(help.to_owned())));
    }
    let dropped = before.cohorts.iter().filter(|id| !head.cohorts.contains(id));
    for cohort in dropped.filter_map(|id| cohorts.get(usize::from(id.0))) {
        let lost = cohort.features.iter().find(|name| !head.features.contains(name));
        let what = if head.share < Share::ALL {
            format!("exposure shrinks: the cohort `{}` of `{}` is left out", cohort.name, before.name)
        } else if let Some(feature) = lost {
            format!("exposure shrinks: the cohort `{}` is left out, and `{feature}` with it", cohort.name)
        } else {
            continue;
        };
        found.push(head.fields.key_place("cohorts").problem(what, Some(help.to_owned())));
        break;
    }
}

fn head<'a>(
    node: &'a Node,
    features: &[String],
    cohorts: &[Cohort],
    found: &mut Vec<Problem>,
) -> Option<Head<'a>> {
    let fields = Fields::of(node, "a stage", &keys::STAGE, found)?;
    let name = fields.need("name", found).and_then(|node| name(node, found)).unwrap_or_default();
    let share = fields.get("percent").map_or(Some(Share::NONE), |node| percent(node, found));
    let cohorts = cohorts::of_stage(&fields, cohorts, found);
    let features = cohorts::features_of(&fields, features, found);
    Some(Head { fields, name, share: share?, cohorts, features })
}

/// `[a-z0-9][a-z0-9-]*`, at most 63, not `previous`.
fn name(node: &Node, found: &mut Vec<Problem>) -> Option<String> {
    let name = text(node, found)?;
    if name == "previous" {
        let what = "a stage is not called `previous`: `roll back to previous` means the one before";
        found.push(node.place.problem(what, Some("use another name".to_owned())));
        return None;
    }
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.starts_with('-') || !name.chars().all(legal) || name.len() > LONGEST_NAME {
        let help = "lower-case letters, digits and `-`, at most 63".to_owned();
        found.push(node.place.problem(format!("`{name}` is not the name of a stage"), Some(help)));
        return None;
    }
    Some(name)
}

pub(super) fn percent(node: &Node, found: &mut Vec<Problem>) -> Option<Share> {
    let written = &scalar(node, found)?.text;
    let share = written.parse().ok().and_then(Share::from_percent);
    if share.is_none() {
        let bare = written.trim_end_matches('%').trim_end();
        let help = match bare.parse().ok().and_then(Share::from_percent) {
            Some(_) => format!("write `percent: {bare}`"),
            None => "a number from 0 to 100 with at most two decimals".to_owned(),
        };
        found.push(node.place.problem(format!("`{written}` is not a percentage of everybody"), Some(help)));
    }
    share
}

impl Scope<'_> {
    /// Reads the rest of every stage; adds the guardrails that they bring.
    pub(super) fn stages(
        &self,
        gates: &Door,
        owner: &str,
        book: &mut Book,
        rules: &mut Rules,
        found: &mut Vec<Problem>,
    ) -> Stages {
        let mut stages = Stages::default();
        for (index, head) in (0u16..).map(StageIndex).zip(&self.stages.heads) {
            if let Some(node) = head.fields.get("guardrails") {
                self.add_rules(node, Some(index), book, rules, found);
            }
            let is_last = index.next().at() == self.stages.heads.len();
            let (stage, enter, leave) = self.stage_of(head, is_last, gates, owner, book, found);
            stages.stages.push(stage);
            stages.places.push(Place { length: 1, ..head.fields.place });
            stages.doors.push((enter, leave));
        }
        stages
    }

    fn stage_of(
        &self,
        head: &Head<'_>,
        is_last: bool,
        gates: &Door,
        owner: &str,
        book: &mut Book,
        found: &mut Vec<Problem>,
    ) -> (Stage, Door, Door) {
        let fields = &head.fields;
        let mut door = |key: &str, found: &mut Vec<Problem>| {
            fields.get(key).map_or_else(Door::default, |node| self.door(node, book, found))
        };
        let enter = door("enter", found);
        // At 0 % only what the stage itself writes is judged.
        let mut leave = if head.exposes() { gates.clone() } else { Door::default() };
        leave.extend(door("gates", found));
        leave.extend(door("leave", found));
        let bake = bake(fields, &leave, is_last, found);
        let late = fields.get("late").map_or_else(
            || vec![at_once(Step::Pause), at_once(Step::Alert(owner.to_owned()))],
            |node| actions::read_all(self, node, After::Late, found),
        );
        let optional = fields.get("optional").is_some_and(|node| flag(node, found) == Some(true));
        let forceable =
            fields.get("force").and_then(|node| word(node, &["allowed", "never"], found)) != Some(1);
        let stage = Stage {
            name: head.name.clone(),
            share: head.share,
            cohorts: head.cohorts.clone(),
            features: head.features.clone(),
            bake,
            enter: enter.items.clone(),
            leave: leave.items.clone(),
            late,
            optional,
            forceable,
        };
        (stage, enter, leave)
    }
}

fn at_once(step: Step) -> Action {
    Action { step, after: None }
}

fn bake(fields: &Fields<'_>, leave: &Door, is_last: bool, found: &mut Vec<Problem>) -> Bake {
    let none = Bake::Timed { min: Span::ZERO, max: NEVER };
    let Some(node) = fields.get("bake") else {
        if !is_last && leave.items.is_empty() {
            let help = "write `bake: 24h`, or under `leave` what must hold".to_owned();
            found.push(fields.place.part(0, 1).problem("this stage has no way to be left", Some(help)));
        }
        return none;
    };
    let bake = parsed(node, parse::bake, found).unwrap_or(none);
    if bake == Bake::Open && !is_last {
        let help = "only the last stage stays open; write how long this one bakes".to_owned();
        found.push(node.place.problem("this stage has no way to be left", Some(help)));
    }
    bake
}

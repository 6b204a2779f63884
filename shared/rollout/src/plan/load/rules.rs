//! Guardrails: what sets them off, what they do, and from which stage until which.

use super::{
    actions::{self, After},
    conditions::{Book, Line},
    fields::{Fields, flag, label, list, one_or_more, text, word},
    keys, people,
    stages::Scope,
    unknown::unknown,
};
use crate::{
    plan::{
        Problem, RULE_ARROW, Rule, Severity, When,
        yaml::{Node, Place, Scalar, Value},
    },
    units::{ConditionId, StageIndex},
};

/// Guardrails of a plan.
const MOST: usize = 200;
/// Characters of the name of an alarm.
const LONGEST_ALARM: usize = 255;

/// Guardrails and where they stand.
#[derive(Default)]
pub(super) struct Rules {
    pub(super) rules: Vec<Rule>,
    pub(super) places: Vec<Place>,
}

impl Scope<'_> {
    /// The guardrails of the plan.
    pub(super) fn rules(&self, fields: &Fields<'_>, book: &mut Book, found: &mut Vec<Problem>) -> Rules {
        let mut rules = Rules::default();
        if let Some(node) = fields.get("guardrails") {
            self.add_rules(node, None, book, &mut rules, found);
        }
        rules
    }

    /// Adds a list of guardrails; those of a stage are in force at that stage.
    pub(super) fn add_rules(
        &self,
        node: &Node,
        stage: Option<StageIndex>,
        book: &mut Book,
        rules: &mut Rules,
        found: &mut Vec<Problem>,
    ) {
        for node in list(node, "`guardrails`", found) {
            if let Some(rule) = self.rule(node, stage, book, found) {
                rules.rules.push(rule);
                rules.places.push(node.place);
            }
        }
        if rules.rules.len() > MOST {
            found.push(node.place.problem(
                format!("more than {MOST} guardrails"),
                Some("list conditions that do the same under one `when`".to_owned()),
            ));
        }
    }

    fn rule(
        &self,
        node: &Node,
        stage: Option<StageIndex>,
        book: &mut Book,
        found: &mut Vec<Problem>,
    ) -> Option<Rule> {
        let fields = Fields::of(node, "a guardrail", &keys::RULE, found)?;
        let when = when(&fields, book, found);
        let after = if fields.get("signal").is_some() { After::Signal } else { After::Allowed };
        let then = fields.need("then", found).map(|node| actions::read_all(self, node, after, found));
        let severity =
            fields.get("severity").map_or(Some(Severity::P2), |node| people::severity(node, found));
        let (from, until) = self.in_force(&fields, stage, found);
        let dry_run = fields.get("dry_run").map_or(Some(false), |node| flag(node, found));
        let (when, then) = (when?, then?);
        let text = format!("{}{RULE_ARROW}{}", what(&when, book), written(fields.get("then")));
        Some(Rule { text, when, then, severity: severity?, from, until, dry_run: dry_run? })
    }

    /// The first and the last stage in which a guardrail is in force.
    fn in_force(
        &self,
        fields: &Fields<'_>,
        stage: Option<StageIndex>,
        found: &mut Vec<Problem>,
    ) -> (StageIndex, StageIndex) {
        if let Some(stage) = stage {
            if let Some((key, _)) = fields.first_of(&["from", "until"]) {
                let help = "write it under the plan's own `guardrails`".to_owned();
                let what = format!("a guardrail of a stage is in force at that stage, so it has no `{key}`");
                found.push(fields.key_place(key).problem(what, Some(help)));
            }
            return (stage, stage);
        }
        let last = StageIndex(u16::try_from(self.stages.heads.len().saturating_sub(1)).unwrap_or(u16::MAX));
        let from = fields.get("from").and_then(|node| self.stage(node, found)).unwrap_or(StageIndex(0));
        let until = fields.get("until").and_then(|node| self.stage(node, found)).unwrap_or(last);
        if until < from {
            let what = "this guardrail ends before it begins: `until` stands before `from` in the plan";
            found.push(
                fields
                    .key_place("until")
                    .problem(what, Some("write the earlier stage under `from`".to_owned())),
            );
        }
        (from, until)
    }

    /// A stage of the plan.
    fn stage(&self, node: &Node, found: &mut Vec<Problem>) -> Option<StageIndex> {
        let name = text(node, found)?;
        let at = self.stages.heads.iter().position(|head| head.name == name);
        if at.is_none() {
            let known: Vec<&str> = self.stages.heads.iter().map(|head| head.name.as_str()).collect();
            found.push(unknown(node.place, "stage", &name, &known));
        }
        at.and_then(|at| u16::try_from(at).ok()).map(StageIndex)
    }
}

/// What sets a guardrail off: exactly one of the keys for it.
fn when(fields: &Fields<'_>, book: &mut Book, found: &mut Vec<Problem>) -> Option<When> {
    let forms = keys::RULE.one_of;
    let said: Vec<&str> = forms.iter().copied().filter(|key| fields.get(key).is_some()).collect();
    if let [_, second, ..] = said.as_slice() {
        let help = "write one guardrail for each".to_owned();
        found.push(fields.key_place(second).problem("a guardrail watches one kind of thing", Some(help)));
        return None;
    }
    if let (Some(_), None) = (fields.get("insufficient"), fields.get("alarm")) {
        let what = "only an alarm has too little data: here `insufficient` has no place";
        found.push(
            fields
                .key_place("insufficient")
                .problem(what, Some("`missing` of a metric says what no data means".to_owned())),
        );
    }
    match fields.first_of(forms) {
        Some(("when", node)) => conditions(node, book, found),
        Some(("signal", node)) => label(node, "a signal", found).map(When::Signal),
        Some(("drift", node)) => word(node, &["any"], found).map(|_| When::Drift),
        Some((_, node)) => alarm(node, fields, found),
        None => {
            let help = "write `when: CONDITION`, `signal: NAME`, `alarm: NAME` or `drift: any`".to_owned();
            found.push(fields.place.problem("nothing sets this guardrail off", Some(help)));
            None
        }
    }
}

/// The name of an alarm, and what too little data for it means.
fn alarm(node: &Node, fields: &Fields<'_>, found: &mut Vec<Problem>) -> Option<When> {
    let name = text(node, found)?;
    if name.chars().count() > LONGEST_ALARM {
        found.push(node.place.problem(
            format!("an alarm's name has at most {LONGEST_ALARM} characters"),
            Some("write the name of the alarm as its source has it".to_owned()),
        ));
        return None;
    }
    let insufficient_ok = match fields.get("insufficient") {
        None => false,
        Some(node) => word(node, &["ok", "unknown"], found)? == 0,
    };
    Some(When::Alarm { name, insufficient_ok })
}

fn conditions(node: &Node, book: &mut Book, found: &mut Vec<Problem>) -> Option<When> {
    let nodes = one_or_more(node);
    if nodes.is_empty() {
        found.push(node.place.problem(
            "no condition is written here",
            Some("write one, such as `error_rate > 2%`".to_owned()),
        ));
    }
    let lines: Vec<Option<ConditionId>> = nodes.iter().map(|node| condition(node, book, found)).collect();
    lines.into_iter().collect::<Option<Vec<_>>>().map(When::Any)
}

fn condition(node: &Node, book: &mut Book, found: &mut Vec<Problem>) -> Option<ConditionId> {
    match book.line(node, found)? {
        Line::Condition(id) => Some(id),
        Line::Stable(_) => {
            let what = "`stable` is what a stage is left or entered for; it sets no guardrail off";
            found.push(
                node.place.problem(what, Some("write a condition, such as `error_rate > 2%`".to_owned())),
            );
            None
        }
    }
}

fn what(when: &When, book: &Book) -> String {
    match when {
        When::Any(ids) => {
            let texts = ids.iter().filter_map(|id| book.conditions.get(usize::from(id.0)));
            texts.map(|condition| condition.text.as_str()).collect::<Vec<_>>().join(" or ")
        }
        When::Signal(name) => format!("signal {name}"),
        When::Alarm { name, .. } => format!("alarm {name}"),
        When::Drift => "drift".to_owned(),
    }
}

/// The actions as they are written.
fn written(node: Option<&Node>) -> String {
    let scalar = |node: &Node| match &node.value {
        Value::Scalar(Scalar { text, .. }) => text.clone(),
        Value::Sequence { .. } | Value::Mapping { .. } => String::new(),
    };
    node.map(one_or_more).unwrap_or_default().iter().map(scalar).collect::<Vec<_>>().join(", ")
}

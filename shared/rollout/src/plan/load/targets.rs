//! The functions whose environment is set, and the variables in it.

use super::{
    fields::{Fields, list, mapping, scalar, text},
    keys,
    unknown::unknown,
};
use crate::plan::{
    Cohort, Part, Plan, Problem, Switch, Target, Template,
    yaml::{Entry, Node, Place, Value},
};
use std::collections::BTreeMap;

/// Lambda refuses an environment of more bytes: all names and values together.
const ENVIRONMENT: usize = 4 * 1024;
/// What the system's own variable may need beside those of the plan.
const BOOKKEEPING: usize = 1_024;

/// Functions that are moved as one.
const TARGETS_MAX: usize = 10;

/// Characters of the name of a function.
const FUNCTION_CHARS_MAX: usize = 64;

/// Characters of the name of an alias.
const ALIAS_CHARS_MAX: usize = 128;

/// Variables that Lambda sets, or that make a runtime run code or look for it elsewhere.
const RESERVED: [&str; 21] = [
    "TZ",
    "TIDEGATE",
    "_HANDLER",
    "PATH",
    "NODE_OPTIONS",
    "NODE_PATH",
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONSTARTUP",
    "RUBYOPT",
    "RUBYLIB",
    "GEM_PATH",
    "PERL5OPT",
    "PERL5LIB",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "_JAVA_OPTIONS",
    "DOTNET_STARTUP_HOOKS",
    "BASH_ENV",
    "ENV",
    "CLASSPATH",
];
const RESERVED_BEGINNINGS: [&str; 5] = ["AWS_", "LAMBDA_", "_X_AMZN_", "LD_", "CORECLR_"];

/// The targets, and where they stand.
pub(super) struct Targets {
    pub(super) targets: Vec<Target>,
    pub(super) place: Place,
}

pub(super) fn read(
    fields: &Fields<'_>,
    features: &[String],
    cohorts: &[Cohort],
    found: &mut Vec<Problem>,
) -> Targets {
    let names =
        Names { features, cohorts: &cohorts.iter().map(|cohort| cohort.name.clone()).collect::<Vec<_>>() };
    let Some(node) = fields.need("targets", found) else {
        return Targets { targets: Vec::new(), place: fields.place };
    };
    let nodes = list(node, "`targets`", found);
    if nodes.is_empty() && matches!(node.value, Value::Sequence { .. }) {
        found.push(
            node.place.problem("a plan needs a target", Some("write `- function: NAME` under it".to_owned())),
        );
    }
    if let Some(more) = nodes.get(TARGETS_MAX) {
        let what = format!("more than {TARGETS_MAX} targets");
        let help = "each is read on every pass: make plans of those that need not move as one".to_owned();
        found.push(more.place.problem(&what, Some(help)));
    }
    let mut targets: Vec<Target> = Vec::with_capacity(nodes.len());
    for node in nodes {
        let Some(target) = target(node, &names, found) else { continue };
        if targets.iter().any(|known| known.held_as() == target.held_as()) {
            let what = format!("`{}` is a target already", target.function);
            found.push(node.place.problem(&what, Some("name it once, with all of its variables".to_owned())));
        }
        targets.push(target);
    }
    Targets { targets, place: fields.key_place("targets") }
}

fn target(node: &Node, names: &Names<'_>, found: &mut Vec<Problem>) -> Option<Target> {
    let fields = Fields::of(node, "a target", &keys::TARGET, found)?;
    let alias = fields.get("alias").and_then(|node| {
        let name = text(node, found)?;
        found.extend(not_an_alias(&name).map(|what| {
            let help = "letters, digits, `-` and `_`, at most 128, and not digits alone".to_owned();
            node.place.problem(what, Some(help))
        }));
        Some(name)
    });
    let function = fields.need("function", found).and_then(|node| {
        let name = text(node, found)?;
        found.extend(
            not_a_function(&name).map(|(what, help)| node.place.problem(what, Some(help.to_owned()))),
        );
        Some(name)
    });
    let set = fields.need("set", found).map(|node| variables(node, names, found));
    Some(Target { function: function?, alias, set: set? })
}

/// Why Lambda has no alias of this name.
fn not_an_alias(text: &str) -> Option<String> {
    let legal = (1..=ALIAS_CHARS_MAX).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        && !text.chars().all(|c| c.is_ascii_digit());
    (!legal).then(|| format!("`{text}` is not the name of an alias"))
}

/// Why Lambda has no function of this name or ARN, and what would be right.
fn not_a_function(text: &str) -> Option<(String, &'static str)> {
    let is_name = |name: &str| {
        (1..=FUNCTION_CHARS_MAX).contains(&name.len())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    };
    let parts: Vec<&str> = text.split(':').collect();
    let (name, more) = match parts.as_slice() {
        ["arn", partition, "lambda", region, account, "function", name, more @ ..]
            if partition.starts_with("aws") && !region.is_empty() && is_account(account) =>
        {
            (*name, more)
        }
        ["arn", ..] => ("", [].as_slice()),
        [account, "function", name, more @ ..] if is_account(account) => (*name, more),
        [name, more @ ..] => (*name, more),
        [] => ("", [].as_slice()),
    };
    if !is_name(name) {
        let help = "write a name of letters, digits, `-` and `_`, at most 64, or \
                    `arn:aws:lambda:REGION:ACCOUNT:function:NAME`";
        return Some((format!("`{text}` is neither the name nor the ARN of a function"), help));
    }
    let what = || format!("`{text}` names a version or an alias: variables are set on the function itself");
    (!more.is_empty()).then(|| {
        (what(), "leave out what stands behind the name; an alias that callers use is the key `alias`")
    })
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|digit| digit.is_ascii_digit())
}

fn variables(node: &Node, names: &Names<'_>, found: &mut Vec<Problem>) -> BTreeMap<String, Template> {
    let Some((entries, _)) = mapping(node, "`set`", found) else { return BTreeMap::new() };
    let mut set = BTreeMap::new();
    for Entry { key, place, node } in entries {
        check_name(*place, &key.text, found);
        set.extend(template(node, names, found).map(|template| (key.text.clone(), template)));
    }
    if entries.is_empty() {
        found.push(node.place.problem(
            "a target needs a variable to set",
            Some("write `set: {API_PERCENT: \"${percent}\"}`".to_owned()),
        ));
    }
    set
}

fn check_name(place: Place, name: &str, found: &mut Vec<Problem>) {
    let legal = name.len() > 1
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let upper = name.to_ascii_uppercase();
    if RESERVED.contains(&upper.as_str()) || RESERVED_BEGINNINGS.iter().any(|begin| upper.starts_with(begin))
    {
        let help =
            "Lambda, a runtime or this system gives it a meaning of its own: use another name".to_owned();
        found.push(place.problem(format!("the variable `{name}` is reserved"), Some(help)));
    } else if !legal || name.starts_with('_') {
        let help = "two or more letters, digits and `_`, a letter first".to_owned();
        found.push(place.problem(format!("`{name}` is not the name of a variable"), Some(help)));
    }
}

fn template(node: &Node, names: &Names<'_>, found: &mut Vec<Problem>) -> Option<Template> {
    let written = scalar(node, found)?;
    // A variable is always a text, so `true` and `10` mean what they say; `Yes` and `off` may not.
    let unclear = written.is_ambiguous() && !matches!(written.text.as_str(), "true" | "false");
    if unclear || written.cut {
        text(node, found);
        return None;
    }
    let mut parts = Vec::new();
    let (mut rest, mut at) = (written.text.as_str(), 0);
    while let Some((before, inside)) = rest.split_once("${") {
        push_text(&mut parts, before);
        at += before.chars().count();
        let Some((expression, behind)) = inside.split_once('}') else {
            let help = Some("write `${percent}`".to_owned());
            found.push(node.part(at, 2).problem("`${` is not closed", help));
            return None;
        };
        let length = expression.chars().count() + 3;
        match part(expression, node.part(at, length), names) {
            Ok(part) => parts.push(part),
            Err(problem) => found.push(problem),
        }
        at += length;
        rest = behind;
    }
    push_text(&mut parts, rest);
    Some(Template(parts))
}

fn push_text(parts: &mut Vec<Part>, text: &str) {
    if !text.is_empty() {
        parts.push(Part::Text(text.to_owned()));
    }
}

/// What an expression may name.
struct Names<'a> {
    features: &'a [String],
    cohorts: &'a [String],
}

/// What stands between `${` and `}`.
fn part(expression: &str, place: Place, names: &Names<'_>) -> Result<Part, Problem> {
    let (not, name) = expression.strip_prefix("not ").map_or((false, expression), |name| (true, name));
    let value = match name {
        "percent" => Some(Part::Percent),
        "cohorts" => Some(Part::Cohorts),
        "users" => Some(Part::Users),
        "features" => Some(Part::Features),
        "flags" => Some(Part::Flags),
        _ => None,
    };
    match value {
        Some(value) if !not => Ok(value),
        Some(_) => {
            let help = "`not` stands before what is true or false: `${not enabled}`, `${not features.x}`";
            Err(place.problem(format!("`{name}` is neither true nor false"), Some(help.to_owned())))
        }
        None => {
            switch(name, place, names).map(|switch| if not { Part::Not(switch) } else { Part::Is(switch) })
        }
    }
}

fn switch(name: &str, place: Place, names: &Names<'_>) -> Result<Switch, Problem> {
    if name == "enabled" {
        return Ok(Switch::Enabled);
    }
    let among = |what: &str, known: &[String], name: &str| {
        let listed: Vec<&str> = known.iter().map(String::as_str).collect();
        if listed.contains(&name) { Ok(name.to_owned()) } else { Err(unknown(place, what, name, &listed)) }
    };
    if let Some(feature) = name.strip_prefix("features.") {
        return among("feature", names.features, feature).map(Switch::Feature);
    }
    if let Some(cohort) = name.strip_prefix("cohorts.") {
        return among("cohort", names.cohorts, cohort).map(Switch::Cohort);
    }
    let known = ["percent", "enabled", "not enabled", "features", "cohorts", "users", "flags"];
    Err(unknown(place, "expression", name, &known))
}

/// The environment must fit at every stage, whatever is on.
pub(super) fn check_size(plan: &Plan, place: Place, found: &mut Vec<Problem>) {
    for target in &plan.targets {
        let sizes = plan.stages().map(|(index, stage)| (plan.longest_of(target, index) + BOOKKEEPING, stage));
        if let Some((size, stage)) =
            sizes.max_by_key(|(size, _)| *size).filter(|(size, _)| *size > ENVIRONMENT)
        {
            let what = format!(
                "the environment of {} could have {size} bytes at stage `{}`, more than Lambda's {ENVIRONMENT}",
                target.function, stage.name
            );
            let help = format!("{BOOKKEEPING} of them are kept free for this system's own variable");
            found.push(place.problem(what, Some(help)));
        }
    }
}

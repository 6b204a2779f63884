//! The text of a starter plan: whole, with its reasons beside it, and right for the loader.

use rollout::units::{Decimal, Share};
use std::fmt::Write;

/// What a starter plan must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answers {
    pub(super) name: String,
    pub(super) function: String,
    pub(super) variable: String,
    pub(super) errors: String,
    pub(super) stages: Vec<Share>,
    pub(super) owner: String,
}

/// Lambda counts these by itself.
pub(super) const LAMBDA_ERRORS: &str = "AWS/Lambda/Errors";
/// Where editors look for the language: beside the plan.
pub(super) const SCHEMA: &str = "plan.schema.json";
const LAMBDA_CALLS: &str = "AWS/Lambda/Invocations";

/// The plan.
pub(super) fn plan(answers: &Answers) -> String {
    let Answers { name, function, variable, owner, .. } = answers;
    let (name, owner) = (scalar(name), scalar(owner));
    let mut text = format!(
        "# yaml-language-server: $schema={SCHEMA}\n\
         # A starter plan. `tidegate check` says what is wrong with a plan, `tidegate timeline` shows its days, and\n\
         # `tidegate simulate` what would happen. Change whatever does not fit.\n\n\
         tidegate: 1\n\
         name: {name}\n\
         owner: {owner}\n\n\
         # Everybody who is told, asked or called. Members are named as they sign in; whoever starts a rollout does not\n\
         # approve it, unless the plan says `self_approval: allowed`.\n\
         people:\n  \
           {owner}:\n    \
             members: [{owner}]\n    \
             # slack: \"#channel\"\n    \
             # page: pagerduty\n\n\
         targets:\n  \
           - function: {}\n    \
             set:\n      \
               {}: \"${{percent}}\"          # every other variable of the function is left alone\n\n",
        scalar(function),
        scalar(variable),
    );
    // Writing to a String cannot fail.
    let _ = write!(text, "{}{}{}", metrics(answers), rules(&answers.owner), stages(answers, &owner));
    text
}

fn metrics(answers: &Answers) -> String {
    let Answers { function, errors, .. } = answers;
    if errors == LAMBDA_ERRORS {
        return format!(
            "metrics:\n  \
               # As Lambda itself counts them, over all of the function's calls. With fewer than 100 nothing is judged.\n  \
               error_rate:\n    \
                 ratio: {{of: {LAMBDA_ERRORS}, to: {LAMBDA_CALLS}}}\n    \
                 where: {{FunctionName: {}}}\n    \
                 from: 100\n\n",
            scalar(&bare(function)),
        );
    }
    let (namespace, _) = errors.rsplit_once('/').unwrap_or((errors, ""));
    format!(
        "metrics:\n  \
           # The share of requests that fail. Put in the name under which your function counts all requests. With fewer\n  \
           # than 100 nothing is judged.\n  \
           error_rate:\n    \
             ratio: {{of: {}, to: {}}}\n    \
             from: 100\n\n",
        scalar(errors),
        scalar(&format!("{namespace}/Requests")),
    )
}

fn rules(owner: &str) -> String {
    format!(
        "# What must hold before a stage is left, over its whole bake.\n\
         gates:\n  \
           - error_rate < 1%\n\n\
         # What takes the rollout back by itself, at any moment.\n\
         guardrails:\n  \
           - when: error_rate > 2% in 5m for 2m\n    \
             then: [roll back, alert {owner}]\n  \
           # Somebody else changed the variables: a person looks.\n  \
           - drift: any\n    \
             then: [pause, alert {owner}]\n\n"
    )
}

fn stages(answers: &Answers, owner: &str) -> String {
    let mut text = "stages:\n".to_owned();
    for (place, share) in answers.stages.iter().enumerate() {
        let is_last = place + 1 == answers.stages.len();
        let (name, percent) = (stage_name(place, *share), share.percent());
        let _ = write!(text, "  - name: {name}\n    percent: {percent}\n");
        if is_last {
            let _ = writeln!(text, "    enter: [approve: {owner}]          # asked when all else holds");
        }
        let _ = writeln!(text, "    bake: 24h");
    }
    text
}

/// `canary`, `percent-25`, `everyone`.
fn stage_name(place: usize, share: Share) -> String {
    if share == Share::ALL {
        "everyone".to_owned()
    } else if place == 0 {
        "canary".to_owned()
    } else {
        format!("percent-{}", share.percent()).replace('.', "-")
    }
}

/// `5,25,100`: each more than the one before.
pub(super) fn shares(text: &str) -> Result<Vec<Share>, String> {
    let wrong = || format!("{text:?} is no list of growing percentages such as 5,25,100");
    let share = |part: &str| {
        let percent: Decimal = part.trim().trim_end_matches('%').parse().ok()?;
        Share::from_percent(percent).filter(|share| *share > Share::NONE)
    };
    let shares: Vec<Share> = text.split(',').map(share).collect::<Option<_>>().ok_or_else(wrong)?;
    if shares.windows(2).all(|pair| pair[0] < pair[1]) { Ok(shares) } else { Err(wrong()) }
}

/// The name of a function, without what an ARN has around it.
pub(super) fn bare(function: &str) -> String {
    match function.strip_prefix("arn:") {
        Some(_) => function.split(':').nth(6).unwrap_or(function).to_owned(),
        None => function.split(':').next().unwrap_or(function).to_owned(),
    }
}

/// A name for the plan, made of the function's.
pub(super) fn plan_name(function: &str) -> String {
    let legal = |c: char| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' };
    let name: String = bare(function).to_lowercase().chars().map(legal).take(60).collect();
    let name = name.trim_matches('-').trim_start_matches(|c: char| !c.is_ascii_lowercase());
    if name.is_empty() { "rollout".to_owned() } else { name.to_owned() }
}

/// A name for the variable, made of the plan's.
pub(super) fn variable(name: &str) -> String {
    format!("{}_PERCENT", name.to_uppercase().replace('-', "_"))
}

/// As YAML reads it back unchanged: in quotes wherever a reader could see something else in it.
fn scalar(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '.'));
    let reserved = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"];
    if plain && !reserved.contains(&text.to_lowercase().as_str()) {
        return text.to_owned();
    }
    // JSON's texts are YAML's.
    serde_json::Value::from(text).to_string()
}

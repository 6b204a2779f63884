//! Why nothing changed, and what is missing.

use super::{breach, consents, figure};
use crate::{
    decide::{Hold, Miss, SIGNAL_AGAIN},
    evidence::Verdict,
    plan::Plan,
    time::Timestamp,
    units::RuleId,
};

impl Miss {
    /// For people.
    pub fn words(&self, plan: &Plan) -> String {
        match self {
            Miss::Condition { condition, verdict, figure: seen } => {
                let text = &plan.condition(*condition).text;
                match (seen, verdict) {
                    (None, Verdict::NotKnown(gap)) => format!("{text}: not known: {gap}"),
                    (Some(seen), _) => format!("{text}: {}", figure(plan, *condition, seen)),
                    (None, _) => format!("{text}: not known"),
                }
            }
            Miss::Stable { firing: Some(rule), .. } => format!("to be stable: {}", fired(plan, *rule)),
            Miss::Stable { until, firing: None } => format!("stable until {until}"),
            Miss::Check { check, last: Some(last) } => format!("check {}: {last}", plan.check(*check).name),
            Miss::Check { check, last: None } => format!("check {}: not tried yet", plan.check(*check).name),
            Miss::Tick(text) => format!("tick: {text}"),
            Miss::Baseline(metric) => {
                let name = &plan.metric(*metric).name;
                format!("a baseline of {name} to keep: at 100% there is none left, and it is not known now")
            }
        }
    }
}

/// Why it is not calm.
pub fn fired(plan: &Plan, rule: RuleId) -> String {
    format!("{} has fired and is not known to be false again", plan.rule(rule).cause())
}

/// What is missing. What was not asked waits for what stands beside it, so its number is enough.
fn missing(plan: &Plan, misses: &[Miss]) -> String {
    let list = |misses: &[&Miss]| misses.iter().map(|miss| miss.words(plan)).collect::<Vec<_>>().join("; ");
    let (later, now): (Vec<&Miss>, Vec<&Miss>) = misses.iter().partition(|miss| miss.was_not_asked());
    match (now.len(), later.len()) {
        (0, _) => list(&later),
        (_, 0) => list(&now),
        (_, 1) => format!("{}; one condition is asked after that", list(&now)),
        (_, more) => format!("{}; {more} conditions are asked after that", list(&now)),
    }
}

impl Hold {
    /// For people: why nothing changed, and who or what can change that.
    pub fn words(&self, plan: &Plan, now: Timestamp) -> String {
        match self {
            Hold::Over => {
                "the rollout is over, and changes nothing more; `captured` in its log says what was there before".to_owned()
            }
            Hold::AlreadySo => "it is so already: nothing changed".to_owned(),
            Hold::AlreadySoBy(how) => format!("nothing changed: {how}"),
            Hold::Late { named, current } => {
                format!(
                    "that answered entry {named}, but it is entry {current} that stands now: nothing changed"
                )
            }
            Hold::Not(why) | Hold::NoRight(why) => why.clone(),
            Hold::SaidJustNow { by, at } => {
                format!(
                    "{by} said so at {at}, and that counts once: nothing changed; it counts again after \
                     {SIGNAL_AGAIN}, or when the rollout has moved on"
                )
            }
            Hold::Stale => "what was measured is about an exposure that has passed".to_owned(),
            Hold::Starting => "the targets are being read".to_owned(),
            Hold::StopLine { by } => format!("the stop line is pulled by {by}: nothing rises until `go`"),
            Hold::Applying { since, deadline } if *deadline > now => {
                format!("the targets are being written since {since}; in effect by {deadline}")
            }
            Hold::Applying { since, .. } => format!("the targets do not say what is wanted since {since}"),
            Hold::Baking { baked, min, until, off } if off.is_empty() => {
                format!("baking: {baked} of {min}, until {until}")
            }
            Hold::Baking { baked, min, off, .. } => {
                let off: Vec<String> = off
                    .iter()
                    .map(|(name, by)| format!("{name} is off, held by {}", by.words(plan)))
                    .collect();
                format!("the bake stands still at {baked} of {min} while {}", off.join("; "))
            }
            Hold::Untold { budget, gap } => {
                format!("not all that was spent today under {} is known: {gap}", plan.budget(*budget).name)
            }
            Hold::Capped { name, budget, until } => {
                let budget = &plan.budget(*budget).name;
                if now < *until {
                    format!("{name} is off at the cap of {budget}, until {until}: the bake stands still")
                } else {
                    format!("{name} is still off at the cap of {budget}: what was spent since is not known")
                }
            }
            Hold::Guardrail { rule, verdict, on } => {
                let rule = plan.rule(*rule);
                match (verdict, on.first()) {
                    (Verdict::NotKnown(_), Some(seen)) => {
                        let text = &plan.condition(seen.condition).text;
                        format!(
                            "a guardrail is not known: {text}: {}",
                            figure(plan, seen.condition, &seen.figure)
                        )
                    }
                    (Verdict::NotKnown(gap), None) => {
                        format!("a guardrail is not known ({gap}): {}", rule.cause())
                    }
                    (Verdict::True | Verdict::False, _) => {
                        format!("a guardrail is true: {}", breach(plan, rule, on, None))
                    }
                }
            }
            Hold::Blocked { why, since } => format!("what a target says is not known since {since}: {why}"),
            Hold::Review { entry, due } => format!("a review is asked by entry {entry}, until {due}"),
            Hold::Leave(misses) => format!("to leave the stage: {}", missing(plan, misses)),
            Hold::Enter(misses) => format!("to enter the next stage: {}", missing(plan, misses)),
            Hold::Frozen { until } => {
                let local = plan.local(*until).map_or(String::new(), |local| format!(" ({local})"));
                format!("a freeze until {until}{local}: nothing is promoted, asked or completed before")
            }
            Hold::Open => "the last stage is open: a person completes it".to_owned(),
            Hold::Consent { entry, missing } => {
                format!("asked by entry {entry}: approval by {}", consents(missing))
            }
            Hold::Paused { entry } => format!("paused by entry {entry}: a person resumes or rolls back"),
            Hold::Abandoning { until } => {
                format!("given up: its targets are no longer written, and free at {until}")
            }
        }
    }
}

//! What an alias must be before the first write, what somebody has changed in `$LATEST` that its callers do not run, and what a
//! version of ours is known by.

use super::{
    super::{
        CapturedAlias, Environment, FOUND_MAX, FunctionState, MARK, Refusal, managed,
        mark::{Found, Mark, find},
        plain, render, sum, sum_of, told,
    },
    AliasState,
    signature::{DESCRIPTION_CHARS_MAX, Kind, Signature, Told, WORDS_CHARS_MAX, take, words},
};
use crate::{
    plan::{Plan, Target},
    rollout::RolloutId,
    units::Generation,
};
use std::collections::{BTreeMap, BTreeSet};

/// So many names are told of what has changed; of the others, how many.
const NAMES_TOLD_MAX: usize = 5;

/// What must be known of an alias before the first write: the version, and its generation that is used up.
pub(in crate::target) fn capture(
    plan: &Plan,
    set: &Target,
    state: &FunctionState,
) -> Result<Option<(CapturedAlias, Generation)>, Refusal> {
    let Some(name) = &set.alias else { return Ok(None) };
    let Some(alias) = &state.alias else {
        return Err(Refusal::Unreadable(format!("the alias {name} was not read")));
    };
    let refused = |why: String| Err(Refusal::Alias { alias: name.clone(), why });
    let environment = alias.environment.as_ref().map_err(|why| Refusal::Unreadable(why.clone()))?;
    if !is_published(alias) {
        return refused("points to no published version: publish one, and point it there".to_owned());
    }
    if alias.is_split {
        return refused(
            "sends a part of the calls to another version: point it to one version alone, with no weights"
                .to_owned(),
        );
    }
    if let Some(what) = unreleased(set, state, alias) {
        let version = &alias.version;
        return refused(format!(
            "points to version {version}, and $LATEST differs from it in {what}: release that first, or put $LATEST back"
        ));
    }
    let own = words(&alias.description).chars().count();
    if own > WORDS_CHARS_MAX {
        let room = DESCRIPTION_CHARS_MAX - WORDS_CHARS_MAX;
        return refused(format!(
            "has a description of {own} characters, and {room} of {DESCRIPTION_CHARS_MAX} are needed beside it: shorten it"
        ));
    }
    let used = match take(&alias.description) {
        Some(Told { signature: Signature { generation, .. }, .. }) if generation > FOUND_MAX => {
            return refused(
                "has a description that says of tidegate what it never said: take that out".to_owned(),
            );
        }
        // Words that name another version no longer fit: somebody has released this one since.
        Some(Told { signature: Signature { kind, generation, .. }, version })
            if kind == Kind::Was || version != alias.version =>
        {
            generation
        }
        Some(Told { signature: Signature { id, .. }, .. }) => {
            return refused(format!(
                "is held by {id}, as its description says: finish that where it was started; was it given up, point the alias \
                 to the version from before, and take `[tidegate ...]` out of its description"
            ));
        }
        None => Generation(0),
    };
    let clean = render(set, &plan.nobody());
    for (variable, found) in managed(set, environment) {
        let expected = clean.get(&variable).cloned().unwrap_or_default();
        if let Some(found) = found.filter(|found| *found != expected) {
            return refused(format!(
                "points to version {}, in which {variable} is {}: a start needs it absent or {expected:?}",
                alias.version,
                told(&found)
            ));
        }
    }
    let captured = CapturedAlias {
        name: name.clone(),
        version: alias.version.clone(),
        code: alias.code.clone(),
        made: Some(made(alias, environment, |name| set.set.contains_key(name))),
    };
    Ok(Some((captured, used)))
}

/// It points to a version, and not to `$LATEST`.
fn is_published(alias: &AliasState) -> bool {
    alias.version.bytes().all(|digit| digit.is_ascii_digit())
}

/// What a version is made of beside what a rollout manages: code, settings, other people's variables.
fn made(alias: &AliasState, environment: &Environment, is_managed: impl Fn(&str) -> bool) -> String {
    let others = environment.iter().filter(|(name, _)| name.as_str() != MARK && !is_managed(name));
    let others = others.map(|(name, value)| (name.as_str(), Some(value.as_str())));
    let settings = alias.settings.iter().map(|(name, value)| (*name, Some(value.as_str())));
    sum([(alias.code.as_str(), None)].into_iter().chain(settings).chain(others))
}

/// Whether callers run a version that a rollout has exposed them to, by what the version itself says: our mark, the values that
/// were written with it, and all else as before. A release of somebody else may carry the mark along; it is made of something
/// else. What shows what was there before is nothing to take back.
pub(super) fn is_exposed_by(alias: &AliasState, rollout: &RolloutId) -> bool {
    let Ok(environment) = &alias.environment else { return false };
    let Found::Mark(Mark::Held { id, sum, back, made: Some(before), .. }) = find(environment) else {
        return false;
    };
    let values = back.keys().map(|name| (name.clone(), environment.get(name).cloned())).collect();
    let is_ours = id == *rollout && sum_of(&values) == sum && values != back;
    is_ours && is_published(alias) && made(alias, environment, |name| back.contains_key(name)) == before
}

/// What stands in `$LATEST` and is not what callers run, beside what the rollout manages: somebody else's change, which only
/// they release. A publish would.
pub(super) fn unreleased(set: &Target, state: &FunctionState, alias: &AliasState) -> Option<String> {
    let mut what = vec![];
    if state.code != alias.code {
        what.push("its code".to_owned());
    }
    if let (Ok(latest), Ok(called)) = (&state.environment, &alias.environment) {
        let others = differing(latest, called).into_iter();
        let others = others.filter(|name| name.as_str() != MARK && !set.set.contains_key(*name));
        what.extend(others.map(|name| format!("the variable {}", plain(name))));
    }
    what.extend(differing(&state.settings, &alias.settings).into_iter().map(|name| format!("its {name}")));
    let more = what.len().saturating_sub(NAMES_TOLD_MAX);
    what.truncate(NAMES_TOLD_MAX);
    if more > 0 {
        what.push(format!("{more} more"));
    }
    (!what.is_empty()).then(|| what.join(", "))
}

/// The keys that have another value in one of the two, or none.
fn differing<'a, K: Ord>(here: &'a BTreeMap<K, String>, there: &'a BTreeMap<K, String>) -> BTreeSet<&'a K> {
    let all = here.keys().chain(there.keys());
    all.filter(|key| here.get(*key) != there.get(*key)).collect()
}

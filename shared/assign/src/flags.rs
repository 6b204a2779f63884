//! `${flags}`: the whole configuration as one JSON document.

use crate::{
    Assignment, Problem,
    assignment::{Parts, Set},
    plain::{hundredths, required},
};
use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{collections::BTreeMap, fmt};

/// Features or cohorts that a document may have: as many as a [`Set`] has bits.
const MOST: usize = 128;

/// A field that is not known may say who is not meant: such a document is refused, never half obeyed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document<'a> {
    enabled: bool,
    #[serde(rename = "version")]
    _version: Option<String>,
    /// As it is written, so that no float stands between.
    #[serde(borrow)]
    percentage: &'a RawValue,
    features: Vec<String>,
    cohorts: Cohorts,
    #[serde(rename = "halt_conditions")]
    _halt_conditions: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cohort {
    enabled: bool,
    /// The share that it is expected to be, which limits nobody.
    #[serde(rename = "percentage")]
    _percentage: Option<IgnoredAny>,
    users: Vec<String>,
    groups: Vec<String>,
    #[serde(default)]
    opt_in: bool,
    features: Vec<String>,
}

/// By name, each once: of two with one name it would not be known which is meant.
struct Cohorts(BTreeMap<String, Cohort>);

impl Assignment {
    /// What a variable with the JSON of `${flags}` says. For salt and `read` see [`Assignment::from_plain`].
    ///
    /// A variable that is missing or unreadable leaves nobody in, and [`Assignment::problem`] says why. Unreadable are
    /// also fields that this version does not know, and more than 128 features or cohorts. The percentage of a cohort
    /// is the share that it is expected to be: nobody is kept out by it.
    pub fn from_flags(salt: &str, variable: &str, read: impl Fn(&str) -> Option<String>) -> Assignment {
        required(variable, read(variable))
            .and_then(|text| parts(variable, &text))
            .map_or_else(Assignment::refused, |parts| Assignment::of(salt, parts))
    }
}

fn parts(variable: &str, text: &str) -> Result<Parts, Problem> {
    let document: Document<'_> = serde_json::from_str(text)
        .map_err(|why| Problem::new(variable, format!("it is not the JSON of `${{flags}}`: {why}")))?;
    let hundredths = hundredths(variable, document.percentage.get())?;
    if !document.enabled {
        return Ok(Parts::default());
    }
    let exposed: Vec<(String, Cohort)> =
        document.cohorts.0.into_iter().filter(|(_, cohort)| cohort.enabled).collect();
    let mut parts = Parts { hundredths, ..Parts::default() };
    parts.sampled = numbered(&mut parts.features, document.features);
    for (place, (name, cohort)) in exposed.into_iter().enumerate() {
        let set = bit(place);
        if cohort.opt_in {
            parts.opt_in.push((name, set));
        }
        // An empty name would take in whoever has none.
        let named = |names: Vec<String>| names.into_iter().filter(|name| !name.is_empty());
        parts.listed.extend(named(cohort.users).map(|user| (user, set)));
        parts.groups.extend(named(cohort.groups).map(|group| (group, set)));
        let features = numbered(&mut parts.features, cohort.features);
        parts.cohorts.push(features);
    }
    merge(&mut parts.groups);
    if parts.features.len() > MOST || parts.cohorts.len() > MOST {
        return Err(Problem::new(variable, format!("more than {MOST} features or cohorts: take some out")));
    }
    Ok(parts)
}

/// The places of features among all that are known, which these join.
fn numbered(known: &mut Vec<String>, features: Vec<String>) -> Set {
    let mut set = 0;
    for feature in features {
        let place = known.iter().position(|name| *name == feature).unwrap_or_else(|| {
            known.push(feature);
            known.len() - 1
        });
        set |= bit(place);
    }
    set
}

/// Places beyond [`MOST`] have none: such a document is refused in the end.
fn bit(place: usize) -> Set {
    u32::try_from(place).ok().and_then(|place| Set::checked_shl(1, place)).unwrap_or(0)
}

/// A group that several cohorts name is in all of them.
fn merge(groups: &mut Vec<(String, Set)>) {
    groups.sort();
    groups.dedup_by(|(name, set), (kept, all)| {
        let is_same = name == kept;
        *all |= if is_same { *set } else { 0 };
        is_same
    });
}

impl<'de> Deserialize<'de> for Cohorts {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Cohorts, D::Error> {
        from.deserialize_map(CohortsVisitor)
    }
}

struct CohortsVisitor;

impl<'de> Visitor<'de> for CohortsVisitor {
    type Value = Cohorts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cohorts by name")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Cohorts, M::Error> {
        let mut cohorts = BTreeMap::new();
        while let Some((name, cohort)) = map.next_entry::<String, Cohort>()? {
            if cohorts.insert(name.clone(), cohort).is_some() {
                return Err(M::Error::custom(format!("the cohort `{name}` stands there twice")));
            }
        }
        Ok(Cohorts(cohorts))
    }
}

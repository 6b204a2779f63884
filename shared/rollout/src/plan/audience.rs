//! Who is exposed, and what the variables of a target say about it.

use super::{Plan, Stage, Target, flags};
use crate::units::{CohortId, Share, StageIndex};
use serde::{Deserialize, Serialize};

/// A named part of the users, exposed in full whatever the percentage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cohort {
    /// The plan's name of it.
    pub name: String,
    /// Its members, one by one.
    pub users: Vec<String>,
    /// Groups whose members are in it.
    pub groups: Vec<String>,
    /// Whoever asks for it is in it.
    pub opt_in: bool,
    /// The share of the traffic that it is expected to be: shown beside what is measured, and never a limit.
    pub expected: Option<Share>,
    /// The features that its members have, in the plan's order.
    pub features: Vec<String>,
}

/// An exposure: a stage, how much of it, and what is switched off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its cohorts and features are those of this stage.
    pub stage: StageIndex,
    /// A sticky sample of everybody; less than the stage's own after a rollback to a percentage.
    pub share: Share,
    /// Features and cohorts that are off, by name.
    pub off: Vec<String>,
}

/// Those who are exposed, with what is switched off taken out.
#[derive(Clone, Debug)]
pub struct Audience<'p> {
    pub(super) plan: &'p Plan,
    pub(super) share: Share,
    pub(super) cohorts: Vec<&'p Cohort>,
    /// What the sample of everybody has.
    pub(super) sampled: Vec<&'p str>,
    /// What any of the exposed have.
    pub(super) features: Vec<&'p str>,
}

impl Stage {
    /// Whether anybody is exposed at this share of it.
    pub fn exposes(&self, share: Share) -> bool {
        share > Share::NONE || !self.cohorts.is_empty()
    }
}

impl Plan {
    /// The cohort of an id of this plan.
    pub fn cohort(&self, id: CohortId) -> &Cohort {
        &self.cohorts[usize::from(id.0)]
    }

    /// What may be switched off, by name: features, then cohorts.
    pub fn switches(&self) -> impl Iterator<Item = &str> {
        let cohorts = self.cohorts.iter().map(|cohort| &cohort.name);
        self.features.iter().chain(cohorts).map(String::as_str)
    }

    /// The names of the cohorts that a stage exposes.
    pub fn cohorts_of(&self, stage: StageIndex) -> Vec<&str> {
        self.stage(stage).cohorts.iter().map(|id| self.cohort(*id).name.as_str()).collect()
    }

    /// The stage whose features a sample of everybody has. A stage without one, at which a rollback to a percentage lands,
    /// shows it those of the first that has one: nobody gets a feature by going down.
    fn sampled(&self, at: StageIndex) -> &Stage {
        let has_sample = |(index, stage): &(StageIndex, &Stage)| *index >= at && stage.share > Share::NONE;
        self.stages().find(has_sample).map_or(self.stage(at), |(_, stage)| stage)
    }

    /// Nobody.
    pub fn nobody(&self) -> Audience<'_> {
        Audience { plan: self, share: Share::NONE, cohorts: vec![], sampled: vec![], features: vec![] }
    }

    /// Who is exposed.
    pub fn audience(&self, shown: &Shown) -> Audience<'_> {
        let stage = self.stage(shown.stage);
        let is_on = |name: &str| !shown.off.iter().any(|off| off == name);
        let cohorts: Vec<&Cohort> =
            stage.cohorts.iter().map(|id| self.cohort(*id)).filter(|cohort| is_on(&cohort.name)).collect();
        let on = |of: &dyn Fn(&String) -> bool| -> Vec<&str> {
            self.features.iter().filter(|name| is_on(name) && of(name)).map(String::as_str).collect()
        };
        let sample = self.sampled(shown.stage);
        let sampled = |name: &String| shown.share > Share::NONE && sample.features.contains(name);
        let by_cohort = |name: &String| cohorts.iter().any(|cohort| cohort.features.contains(name));
        Audience {
            share: shown.share,
            sampled: on(&sampled),
            features: on(&|name| sampled(name) || by_cohort(name)),
            plan: self,
            cohorts,
        }
    }
}

impl Plan {
    /// The most bytes that the variables of a target can have at a stage, names and all: whatever is off, and also where
    /// a rollback to a percentage may end, in as many digits as it can have. Each part of a text is as long as it can
    /// be, so that no combination of them is longer.
    pub fn longest_of(&self, target: &Target, stage: StageIndex) -> usize {
        let between = Share::from_hundredths(9_999).unwrap_or(Share::ALL);
        let cohorts: Vec<String> = self.cohorts.iter().map(|cohort| cohort.name.clone()).collect();
        let all = self.switches().map(str::to_owned).collect();
        let mut shown = vec![];
        for off in [vec![], cohorts, self.features.clone(), all] {
            for share in [self.stage(stage).share, between] {
                shown.push(Shown { stage, share, off: off.clone() });
            }
        }
        let mut audiences: Vec<Audience<'_>> = shown.iter().map(|shown| self.audience(shown)).collect();
        audiences.push(self.nobody());
        target.set.iter().map(|(name, value)| name.len() + value.longest(&audiences)).sum()
    }
}

impl Audience<'_> {
    /// Whether it is anybody.
    pub fn is_somebody(&self) -> bool {
        self.share > Share::NONE || !self.cohorts.is_empty()
    }

    /// Whether everybody in it is in the other one, too, with every feature that they have here.
    pub fn is_within(&self, other: &Audience<'_>) -> bool {
        let has = |name: &str| other.sampled.contains(&name);
        let sample = self.share <= other.share && self.sampled.iter().all(|name| has(name));
        let cohort = |cohort: &Cohort| {
            let named = other.cohorts.iter().any(|known| known.name == cohort.name);
            let mut theirs =
                self.features.iter().filter(|name| cohort.features.iter().any(|own| own == *name));
            named || (other.share == Share::ALL && theirs.all(|name| has(name)))
        };
        sample && self.cohorts.iter().all(|named| cohort(named))
    }
}

/// The text of a variable, with the exposure's values put in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Template(pub Vec<Part>);

/// A piece of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// As it stands.
    Text(String),
    /// `${percent}`
    Percent,
    /// `${cohorts}`: those that are exposed, with commas.
    Cohorts,
    /// `${users}`: the members of those, one by one, with commas.
    Users,
    /// `${features}`: those that any of the exposed have, with commas.
    Features,
    /// `${flags}`: the whole configuration as JSON.
    Flags,
    /// What is `true` or `false`.
    Is(Switch),
    /// `${not ...}`
    Not(Switch),
}

/// What is on or off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Switch {
    /// `enabled`: anybody is exposed.
    Enabled,
    /// `features.x`: any of the exposed have it.
    Feature(String),
    /// `cohorts.x`: it is exposed.
    Cohort(String),
}

impl Template {
    /// The text for those who are exposed.
    pub fn render(&self, audience: &Audience<'_>) -> String {
        self.0.iter().map(|part| part.render(audience)).collect()
    }

    /// The most bytes that it can have, where each part may be for any of these audiences.
    fn longest(&self, audiences: &[Audience<'_>]) -> usize {
        let longest = |part: &Part| audiences.iter().map(|audience| part.render(audience).len()).max();
        self.0.iter().filter_map(longest).sum()
    }
}

impl Part {
    fn render(&self, audience: &Audience<'_>) -> String {
        match self {
            Part::Text(as_it_is) => as_it_is.clone(),
            Part::Percent => audience.share.percent().to_string(),
            Part::Cohorts => {
                let names: Vec<&str> = audience.cohorts.iter().map(|cohort| cohort.name.as_str()).collect();
                names.join(",")
            }
            Part::Users => users(audience).join(","),
            Part::Features => audience.features.join(","),
            Part::Flags => flags::json(audience),
            Part::Is(switch) => switch.is_on(audience).to_string(),
            Part::Not(switch) => (!switch.is_on(audience)).to_string(),
        }
    }
}

impl Switch {
    fn is_on(&self, audience: &Audience<'_>) -> bool {
        match self {
            Switch::Enabled => audience.is_somebody(),
            Switch::Feature(name) => audience.features.contains(&name.as_str()),
            Switch::Cohort(name) => audience.cohorts.iter().any(|cohort| cohort.name == *name),
        }
    }
}

/// The members of the exposed cohorts, each once.
fn users<'a>(audience: &Audience<'a>) -> Vec<&'a str> {
    let mut users: Vec<&str> = Vec::new();
    for user in audience.cohorts.iter().flat_map(|cohort| &cohort.users) {
        if !users.contains(&user.as_str()) {
            users.push(user);
        }
    }
    users
}

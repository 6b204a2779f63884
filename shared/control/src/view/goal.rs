//! Which stage or cohort somebody means, and whether it can be asked about.

use rollout::{
    gather::next_stage,
    plan::Plan,
    rollout::Rollout,
    units::{CohortId, Share, StageIndex},
};

/// Which stage is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// The next one, whichever it is.
    Next,
    /// The one of this name.
    Stage(String),
    /// The first that exposes the cohort of this name.
    Cohort(String),
}

/// Why a stage or a cohort cannot be asked about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAsked {
    /// The plan has none of this name.
    #[error("no stage of this name: {name}; {known}")]
    NoStage {
        /// As it was asked for.
        name: String,
        /// Those that the plan has, for people.
        known: String,
    },
    /// The plan has none of this name.
    #[error("no cohort of this name: {name}; {known}")]
    NoCohort {
        /// As it was asked for.
        name: String,
        /// Those that the plan has, for people.
        known: String,
    },
    /// It is in no stage.
    #[error("no stage of the plan exposes the cohort {0}")]
    NeverExposed(String),
    /// It is in a stage ahead, or is switched off.
    #[error("the cohort {0} is not exposed now")]
    NotExposed(String),
    /// It was entered or skipped.
    #[error("{stage} is not ahead of {here}: nothing must hold before it any more")]
    Behind {
        /// The stage that was meant.
        stage: String,
        /// Where the rollout stands.
        here: String,
    },
}

/// The stage ahead that is meant; none for the next step.
///
/// # Errors
/// [`NotAsked`] when there is none of this name, or it lies behind.
pub fn goal(plan: &Plan, head: &Rollout, goal: &Goal) -> Result<Option<StageIndex>, NotAsked> {
    let stage = match goal {
        Goal::Next => return Ok(None),
        Goal::Stage(name) => plan.stage_named(name).ok_or_else(|| NotAsked::NoStage {
            name: name.clone(),
            known: known(plan.stages.iter().map(|stage| stage.name.as_str())),
        })?,
        Goal::Cohort(name) => first_exposing(plan, name)?,
    };
    let next = next_stage(plan, head);
    if next.is_none_or(|next| stage < next) || head.skipped.contains(&stage) {
        let here = head.place().map_or("the start", |standing| plan.stage(standing.stage).name.as_str());
        return Err(NotAsked::Behind { stage: plan.stage(stage).name.clone(), here: here.to_owned() });
    }
    Ok(Some(stage))
}

fn known<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    if names.is_empty() {
        "the plan has none".to_owned()
    } else {
        format!("the plan has {}", names.join(", "))
    }
}

/// Whether a cohort is exposed now: by its name, or because everybody is.
///
/// # Errors
/// [`NotAsked`] when it is not, or there is none of this name.
pub fn exposed_cohort(plan: &Plan, head: &Rollout, cohort: &str) -> Result<(), NotAsked> {
    let id = cohort_named(plan, cohort)?;
    let standing = head.exposed().filter(|_| !head.off.contains_key(cohort));
    let exposed = standing.is_some_and(|standing| {
        standing.share == Share::ALL || plan.stage(standing.stage).cohorts.contains(&id)
    });
    if exposed { Ok(()) } else { Err(NotAsked::NotExposed(cohort.to_owned())) }
}

fn cohort_named(plan: &Plan, cohort: &str) -> Result<CohortId, NotAsked> {
    let id = (0u16..).map(CohortId).zip(&plan.cohorts).find(|(_, known)| known.name == cohort);
    id.map(|(id, _)| id).ok_or_else(|| NotAsked::NoCohort {
        name: cohort.to_owned(),
        known: known(plan.cohorts.iter().map(|cohort| cohort.name.as_str())),
    })
}

/// The first stage that exposes a cohort: by its name, or because everybody is exposed.
fn first_exposing(plan: &Plan, cohort: &str) -> Result<StageIndex, NotAsked> {
    let id = cohort_named(plan, cohort)?;
    let mut stages = plan.stages();
    let first = stages.find(|(_, stage)| stage.cohorts.contains(&id) || stage.share == Share::ALL);
    first.map(|(index, _)| index).ok_or_else(|| NotAsked::NeverExposed(cohort.to_owned()))
}

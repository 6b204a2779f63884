//! What share of the traffic an environment exposes.

use super::functions::LabFunctions;
use rollout::{
    plan::{Audience, Cohort, Part, Plan, Shown, Switch, Target, Template},
    units::{Decimal, Share},
};
use std::collections::BTreeMap;

/// What the targets of a plan expose.
pub struct Exposure {
    readers: Vec<(String, Reader)>,
    /// What was found last, and how many changes there had been.
    last: Option<(u64, Share)>,
}

/// How the share is read from the environment of a target: as the function's own code would, so that a hand-made
/// edit counts, too.
#[derive(Clone, Debug, PartialEq)]
pub struct Reader {
    /// A switch, with the text that it has when nobody is exposed.
    off: Option<(String, String)>,
    /// The values that the stages write.
    stages: Vec<(BTreeMap<String, String>, Share)>,
    percent: Option<Percent>,
    cohorts: Option<Cohorts>,
}

/// A number in a variable, between two texts.
#[derive(Clone, Debug, PartialEq)]
struct Percent {
    variable: String,
    before: String,
    after: String,
}

/// A variable that lists cohorts, and the share of the traffic that each is.
#[derive(Clone, Debug, PartialEq)]
struct Cohorts {
    variable: String,
    shares: BTreeMap<String, Share>,
}

impl Exposure {
    /// Knows how to read the targets of a plan.
    pub fn of(plan: &Plan) -> Exposure {
        let readers = plan.targets.iter().map(|target| (target.function.clone(), Reader::of(plan, target)));
        Exposure { readers: readers.collect(), last: None }
    }

    /// What is exposed now: where targets differ, the most that any of them exposes.
    pub fn now(&mut self, functions: &LabFunctions) -> Share {
        let changes = functions.changes();
        if let Some((seen, share)) = self.last
            && seen == changes
        {
            return share;
        }
        let of =
            |(function, reader): &(String, Reader)| functions.called(function, |values| reader.share(values));
        let share = self.readers.iter().filter_map(of).max().unwrap_or(Share::NONE);
        self.last = Some((changes, share));
        share
    }
}

impl Reader {
    /// How a target of a plan is read.
    pub fn of(plan: &Plan, target: &Target) -> Reader {
        let off = target.set.iter().find(|(_, text)| is_switch(text));
        let off = off.map(|(name, text)| (name.clone(), text.render(&plan.nobody())));
        let percent = target.set.iter().find_map(|(variable, text)| {
            let (before, after) = around_percent(text)?;
            Some(Percent { variable: variable.clone(), before, after })
        });
        let listed = target.set.iter().find(|(_, text)| text.0 == [Part::Cohorts]);
        let cohorts = listed.map(|(variable, _)| {
            let shares = plan.cohorts.iter().map(|cohort| (cohort.name.clone(), expected(cohort))).collect();
            Cohorts { variable: variable.clone(), shares }
        });
        Reader { off, stages: stages(plan, target), percent, cohorts }
    }

    /// The share that an environment exposes; nobody where it says nothing that can be read.
    pub fn share(&self, environment: &BTreeMap<String, String>) -> Share {
        if self.off.as_ref().is_some_and(|(name, off)| environment.get(name).is_none_or(|value| value == off))
        {
            return Share::NONE;
        }
        let stands = |values: &BTreeMap<String, String>| {
            values.iter().all(|(name, value)| environment.get(name) == Some(value))
        };
        // Where two stages write the same, a function cannot tell them apart: it exposes what the larger one does.
        if let Some((_, share)) = self.stages.iter().rfind(|(values, _)| stands(values)) {
            return *share;
        }
        let percent = self.percent.as_ref().and_then(|percent| percent.read(environment));
        let cohorts = self.cohorts.as_ref().map(|cohorts| cohorts.read(environment));
        match (percent, cohorts) {
            (None, None) if self.off.is_some() && self.percent.is_none() => Share::ALL,
            (percent, cohorts) => together([percent, cohorts].into_iter().flatten()),
        }
    }
}

impl Percent {
    fn read(&self, environment: &BTreeMap<String, String>) -> Option<Share> {
        let text = environment.get(&self.variable)?;
        let number = text.strip_prefix(self.before.as_str())?.strip_suffix(self.after.as_str())?;
        Share::from_percent(number.trim().parse::<Decimal>().ok()?)
    }
}

impl Cohorts {
    fn read(&self, environment: &BTreeMap<String, String>) -> Share {
        let names = environment.get(&self.variable).map_or("", String::as_str).split(',');
        together(names.filter_map(|name| self.shares.get(name)).copied())
    }
}

/// A cohort that no plan says anything about is so much of the traffic.
const USUAL: u16 = 100;

fn expected(cohort: &Cohort) -> Share {
    cohort.expected.or(Share::from_hundredths(USUAL)).unwrap_or(Share::NONE)
}

/// The traffic of several parts of the users, as if nobody were in two of them.
fn together(shares: impl Iterator<Item = Share>) -> Share {
    let sum = shares.fold(0u16, |sum, share| sum.saturating_add(share.hundredths()));
    Share::from_hundredths(sum).unwrap_or(Share::ALL)
}

fn is_switch(text: &Template) -> bool {
    let enabled = |part: &Part| matches!(part, Part::Is(Switch::Enabled) | Part::Not(Switch::Enabled));
    text.0.iter().any(enabled) && text.0.iter().all(|part| matches!(part, Part::Text(_)) || enabled(part))
}

/// The texts around the only `${percent}`; none where anything else varies.
fn around_percent(text: &Template) -> Option<(String, String)> {
    let place = text.0.iter().position(|part| *part == Part::Percent)?;
    let fixed = |parts: &[Part]| {
        parts.iter().try_fold(String::new(), |all, part| match part {
            Part::Text(text) => Some(all + text),
            Part::Percent
            | Part::Cohorts
            | Part::Users
            | Part::Features
            | Part::Flags
            | Part::Is(_)
            | Part::Not(_) => None,
        })
    };
    Some((fixed(&text.0[..place])?, fixed(&text.0[place + 1..])?))
}

/// What each stage writes, in their order: with something switched off, then with everything on.
fn stages(plan: &Plan, target: &Target) -> Vec<(BTreeMap<String, String>, Share)> {
    let written = |audience: &Audience<'_>| {
        target.set.iter().map(|(name, text)| (name.clone(), text.render(audience))).collect()
    };
    let nobody = (written(&plan.nobody()), Share::NONE);
    let exposed = |off: Vec<String>| {
        let written = &written;
        plan.stages().map(move |(index, stage)| {
            let cohorts = stage.cohorts.iter().map(|id| plan.cohort(*id));
            let cohorts = cohorts.filter(|cohort| !off.contains(&cohort.name)).map(expected);
            let share = together(cohorts.chain([stage.share]));
            let shown = Shown { stage: index, share: stage.share, off: off.clone() };
            (written(&plan.audience(&shown)), share)
        })
    };
    let alone = plan.switches().map(|name| vec![name.to_owned()]);
    let off = alone.chain([plan.features.clone(), vec![]]);
    std::iter::once(nobody).chain(off.flat_map(exposed)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::testing::{START, percent, plan};

    fn text(text: &str) -> Part {
        Part::Text(text.to_owned())
    }

    fn check(set: &[(&str, Vec<Part>)], environment: &[(&str, &str)], expected: u16) {
        let mut plan = plan();
        let set = set.iter().map(|(name, parts)| ((*name).to_owned(), Template(parts.clone())));
        plan.targets[0].set = set.collect();
        let reader = Reader::of(&plan, &plan.targets[0]);
        let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        assert_eq!(reader.share(&environment), percent(expected), "{environment:?}");
    }

    #[test]
    fn a_percentage_is_read_wherever_it_stands() {
        let set = [("P", vec![Part::Percent])];
        check(&set, &[("P", "25")], 25);
        check(&set, &[("P", "7")], 7);
        check(&set, &[("P", "a quarter")], 0);
        check(&set, &[], 0);
        check(&[("CONFIG", vec![text("share="), Part::Percent, text("%")])], &[("CONFIG", "share=40%")], 40);
    }

    #[test]
    fn a_switch_that_is_off_exposes_nobody_whatever_the_percentage() {
        let set = [("ON", vec![Part::Is(Switch::Enabled)]), ("P", vec![Part::Percent])];
        check(&set, &[("ON", "true"), ("P", "25")], 25);
        check(&set, &[("ON", "false"), ("P", "25")], 0);
        check(&set, &[("P", "25")], 0);
        check(&[("OFF", vec![Part::Not(Switch::Enabled)])], &[("OFF", "false")], 100);
        check(&[("OFF", vec![Part::Not(Switch::Enabled)])], &[("OFF", "true")], 0);
    }

    #[test]
    fn without_either_the_stages_tell() {
        let set = [("MODE", vec![Part::Features, text("/"), Part::Percent])];
        check(&set, &[("MODE", "ux/25")], 25);
        check(&set, &[("MODE", "/0")], 0);
        check(&set, &[("MODE", "/25")], 25);
        check(&set, &[("MODE", "something else")], 0);
    }

    #[test]
    fn an_edit_by_hand_counts() {
        let plan = plan();
        let functions = LabFunctions::of(&plan, START, 1);
        let mut exposure = Exposure::of(&plan);
        assert_eq!(exposure.now(&functions), Share::NONE);
        functions.edit("worker", "ENABLED", Some("true"));
        functions.edit("worker", "PERCENT", Some("12.5"));
        assert_eq!(exposure.now(&functions).hundredths(), 1250);
        functions.edit("worker", "PERCENT", None);
        assert_eq!(exposure.now(&functions), Share::NONE);
    }
}

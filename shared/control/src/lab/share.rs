//! What share of the traffic an environment exposes: read from the variables as the function's own code would, so that
//! a hand-made edit counts, too.

use super::functions::LabFunctions;
use rollout::{
    plan::{Part, Plan, Target, Template},
    units::{Decimal, Share},
};
use std::collections::BTreeMap;

/// What the targets of a plan expose.
pub struct Exposure {
    readers: Vec<(String, Reader)>,
    /// What was found last, and how many changes there had been.
    last: Option<(u64, Share)>,
}

/// How the share is read from the environment of a target.
#[derive(Clone, Debug, PartialEq)]
pub struct Reader {
    /// A switch, with the text that it has when nobody is exposed.
    off: Option<(String, String)>,
    how: How,
}

#[derive(Clone, Debug, PartialEq)]
enum How {
    /// A number in a variable, between two texts.
    Percent { variable: String, before: String, after: String },
    /// A switch only: everybody or nobody.
    Switch,
    /// The values that the stages write.
    Stages(Vec<(BTreeMap<String, String>, Share)>),
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
        let of = |(function, reader): &(String, Reader)| {
            functions.environment(function, |values| reader.share(values))
        };
        let share = self.readers.iter().filter_map(of).max().unwrap_or(Share::NONE);
        self.last = Some((changes, share));
        share
    }
}

impl Reader {
    /// How a target of a plan is read.
    pub fn of(plan: &Plan, target: &Target) -> Reader {
        let off = target.set.iter().find(|(_, text)| is_switch(text));
        let off = off.map(|(name, text)| (name.clone(), text.render(Share::NONE, &[])));
        let percent = target.set.iter().find_map(|(variable, text)| {
            let (before, after) = around_percent(text)?;
            Some(How::Percent { variable: variable.clone(), before, after })
        });
        let how = percent.unwrap_or_else(|| if off.is_some() { How::Switch } else { stages(plan, target) });
        Reader { off, how }
    }

    /// The share that an environment exposes; nobody where it says nothing that can be read.
    pub fn share(&self, environment: &BTreeMap<String, String>) -> Share {
        if self.off.as_ref().is_some_and(|(name, off)| environment.get(name).is_none_or(|value| value == off))
        {
            return Share::NONE;
        }
        let share = match &self.how {
            How::Switch => Some(Share::ALL),
            How::Percent { variable, before, after } => environment.get(variable).and_then(|text| {
                let number = text.strip_prefix(before.as_str())?.strip_suffix(after.as_str())?;
                Share::from_percent(number.trim().parse::<Decimal>().ok()?)
            }),
            How::Stages(stages) => {
                let stands = |values: &BTreeMap<String, String>| {
                    values.iter().all(|(name, value)| environment.get(name) == Some(value))
                };
                stages.iter().find(|(values, _)| stands(values)).map(|(_, share)| *share)
            }
        };
        share.unwrap_or(Share::NONE)
    }
}

fn is_switch(text: &Template) -> bool {
    text.0.iter().any(|part| matches!(part, Part::Enabled | Part::NotEnabled))
        && text.0.iter().all(|part| matches!(part, Part::Text(_) | Part::Enabled | Part::NotEnabled))
}

/// The texts around the only `${percent}`; none where anything else varies.
fn around_percent(text: &Template) -> Option<(String, String)> {
    let place = text.0.iter().position(|part| *part == Part::Percent)?;
    let fixed = |parts: &[Part]| {
        parts.iter().try_fold(String::new(), |all, part| match part {
            Part::Text(text) => Some(all + text),
            Part::Percent
            | Part::Enabled
            | Part::NotEnabled
            | Part::Features
            | Part::Feature(_)
            | Part::NotFeature(_) => None,
        })
    };
    Some((fixed(&text.0[..place])?, fixed(&text.0[place + 1..])?))
}

/// What each stage writes with all features on. The lowest stage that writes the same comes first.
fn stages(plan: &Plan, target: &Target) -> How {
    let features: Vec<&str> = plan.features.iter().map(String::as_str).collect();
    let values = |share: Share| {
        let render = |(name, text): (&String, &Template)| (name.clone(), text.render(share, &features));
        (target.set.iter().map(render).collect(), share)
    };
    let nobody = std::iter::once(Share::NONE);
    How::Stages(nobody.chain(plan.stages.iter().map(|stage| stage.share)).map(values).collect())
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
        let set = [("ON", vec![Part::Enabled]), ("P", vec![Part::Percent])];
        check(&set, &[("ON", "true"), ("P", "25")], 25);
        check(&set, &[("ON", "false"), ("P", "25")], 0);
        check(&set, &[("P", "25")], 0);
        check(&[("OFF", vec![Part::NotEnabled])], &[("OFF", "false")], 100);
        check(&[("OFF", vec![Part::NotEnabled])], &[("OFF", "true")], 0);
    }

    #[test]
    fn without_either_the_stages_tell() {
        let set = [("MODE", vec![Part::Features, text("/"), Part::Percent])];
        check(&set, &[("MODE", "ux/25")], 25);
        check(&set, &[("MODE", "/0")], 0);
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

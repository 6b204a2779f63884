//! What people and machines report: items ticked off, figures, signals.

use super::{Actor, Decision, Mind, command::not};
use crate::{
    event::Event,
    plan::{Item, Source, When},
    units::{Decimal, StageIndex},
};

impl Mind<'_> {
    /// An item is named by its text, or by a part of it that no other open item has.
    pub(super) fn ticked(&self, text: &str, stage: Option<&str>, note: &Option<String>) -> Decision {
        let wanted = text.to_lowercase();
        let open: Vec<(StageIndex, &String)> = self
            .plan
            .stages()
            .filter(|(_, found)| stage.is_none_or(|name| name == found.name))
            .flat_map(|(index, stage)| stage.enter.iter().chain(&stage.leave).map(move |item| (index, item)))
            .filter_map(|(index, item)| if let Item::Tick(text) = item { Some((index, text)) } else { None })
            .filter(|(index, text)| !self.is_ticked(*index, text))
            .collect();
        let exact = open.iter().filter(|(_, text)| text.to_lowercase() == wanted).collect::<Vec<_>>();
        let alike = open.iter().filter(|(_, text)| text.to_lowercase().contains(&wanted)).collect::<Vec<_>>();
        match (exact.first(), alike.as_slice()) {
            (Some((stage, text)), _) | (None, [(stage, text)]) => Decision::Record(vec![Event::Ticked {
                stage: *stage,
                text: (*text).clone(),
                note: note.clone(),
            }]),
            (None, []) => not(format!("no open item says {text:?}")),
            (None, more) => not(format!("{} open items say {text:?}: say more of it", more.len())),
        }
    }

    fn is_ticked(&self, stage: StageIndex, text: &str) -> bool {
        self.rollout.ticks.iter().any(|tick| tick.stage == stage && tick.text == text)
    }

    pub(super) fn reported(
        &self,
        name: &str,
        value: Decimal,
        samples: Option<u64>,
        note: &Option<String>,
    ) -> Decision {
        let known = self.plan.metrics.iter().any(
            |metric| matches!(&metric.source, Source::Reported { name: reported, .. } if reported == name),
        );
        if !known {
            return not(format!("the plan asks for no figure {name}"));
        }
        Decision::Record(vec![Event::Reported { name: name.to_owned(), value, samples, note: note.clone() }])
    }

    /// A signal is decided on at once, by whoever takes it in.
    pub(super) fn signaled(&self, name: &str, note: &Option<String>, actor: &Actor) -> Decision {
        let sets_off = |when: &When| matches!(when, When::Signal(known) if known == name);
        let heard = self.plan.rules.iter().any(|rule| sets_off(&rule.when));
        let is_counted = |source: &Source| matches!(source, Source::Signal(known) if known == name);
        let counted = self.plan.metrics.iter().any(|metric| is_counted(&metric.source));
        if !heard && !counted {
            return not(format!("the plan knows no signal {name}"));
        }
        let event = Event::Signaled { name: name.to_owned(), note: note.clone() };
        let Ok(after) = self.rollout.clone().evolve(&event, &actor.name, self.now) else {
            return not("nothing can be signaled here".to_owned());
        };
        let mind = Mind { rollout: &after, ..*self };
        let mut events = vec![event];
        events.extend(mind.on_signal(sets_off));
        Decision::Record(events)
    }
}

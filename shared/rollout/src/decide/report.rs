//! What people and machines report: items ticked off, figures, signals.

use super::{
    Actor, Decision, Hold, Mind, SIGNAL_AGAIN,
    command::{no_right, not},
};
use crate::{
    event::Event,
    plan::{Item, Source, When},
    time::Timestamp,
    units::{Decimal, StageIndex},
};

/// Characters of the name under which a machine knows a reporter.
const REPORTER_MAX: usize = 64;

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
            (None, []) => not(self.not_open(text, &open)),
            (None, more) => not(format!("{} open items say {text:?}: say more of it", more.len())),
        }
    }

    /// Why no item was meant: it may be ticked already, and these are the open ones.
    fn not_open(&self, text: &str, open: &[(StageIndex, &String)]) -> String {
        let wanted = text.to_lowercase();
        let ticked = self.rollout.ticks.iter().find(|tick| tick.text.to_lowercase().contains(&wanted));
        let why = match ticked {
            Some(tick) => format!("{:?} is ticked off already, by {}", tick.text, tick.by),
            None => format!("no open item says {text:?}"),
        };
        let open: Vec<String> = open.iter().map(|(_, text)| format!("{text:?}")).collect();
        let open =
            if open.is_empty() { "none is open".to_owned() } else { format!("open: {}", open.join(", ")) };
        format!("{why}; {open}")
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
        // By its own name or by that of the metric.
        let figures =
            || self.plan.metrics.iter().filter_map(|metric| Some((metric, metric.source.reported()?)));
        let found = figures().find(|(metric, figure)| *figure == name || metric.name == name);
        let Some((_, figure)) = found else {
            let known: Vec<&str> = figures().map(|(_, figure)| figure).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return not(format!("the plan asks for no figure {name}: it asks for {known}"));
        };
        Decision::Record(vec![Event::Reported {
            name: figure.to_owned(),
            value,
            samples,
            note: note.clone(),
        }])
    }

    /// A signal is decided on at once, by whoever takes it in. One person counts once, however often they say it: what
    /// they have just said changes nothing while nothing else has changed.
    pub(super) fn signaled(
        &self,
        name: &str,
        reporter: Option<&str>,
        note: &Option<String>,
        actor: &Actor,
    ) -> Decision {
        let sets_off = |when: &When| matches!(when, When::Signal(known) if known == name);
        let heard = self.plan.rules.iter().any(|rule| sets_off(&rule.when));
        let is_counted = |source: &Source| matches!(source, Source::Signal(known) if known == name);
        let counted = self.plan.metrics.iter().any(|metric| is_counted(&metric.source));
        if !heard && !counted {
            return not(format!("the plan knows no signal {name}"));
        }
        let relayed = reporter.filter(|reporter| *reporter != actor.name);
        if let Some(reporter) = relayed
            && let Some(refused) = refused(reporter, actor)
        {
            return refused;
        }
        let by = relayed.unwrap_or(&actor.name);
        if let Some(at) = self.said_just_now(name, by) {
            return Decision::Hold(Hold::SaidJustNow { by: by.to_owned(), at });
        }
        let reporter = relayed.map(str::to_owned);
        let event = Event::Signaled { name: name.to_owned(), reporter, note: note.clone() };
        let Ok(after) = self.rollout.clone().evolve(&event, &actor.name, self.now) else {
            return not("nothing can be signaled here".to_owned());
        };
        let mind = Mind { rollout: &after, ..*self };
        let mut events = vec![event];
        events.extend(mind.on_signal(sets_off, note.as_deref()));
        Decision::Record(events)
    }

    /// When a reporter said the same, if that is not long ago and the rollout has not moved on since.
    fn said_just_now(&self, name: &str, by: &str) -> Option<Timestamp> {
        let reports = self.rollout.signals.get(name)?;
        let last = reports.iter().find(|report| report.by.as_deref() == Some(by))?.at;
        (self.now.since(last) < SIGNAL_AGAIN && self.rollout.moved.at <= last).then_some(last)
    }
}

/// Why somebody may not report in another's name.
fn refused(reporter: &str, actor: &Actor) -> Option<Decision> {
    if !actor.machine {
        let why = format!("{} is no machine: only a machine relays what others report", actor.name);
        return Some(no_right(why));
    }
    let fits = (1..=REPORTER_MAX).contains(&reporter.chars().count())
        && !reporter.chars().any(char::is_control)
        && reporter.trim() == reporter;
    let why = || format!("a reporter has a name of 1 to {REPORTER_MAX} characters, without blanks around it");
    (!fits).then(|| not(why()))
}

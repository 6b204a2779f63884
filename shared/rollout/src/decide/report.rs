//! What people and machines report: items ticked off, figures, signals.

use super::{
    Actor, Decision, Hold, Mind, SIGNAL_AGAIN,
    command::{no_right, not},
};
use crate::{
    event::Event,
    gather::next_stage,
    plan::{Item, Source, When},
    time::Timestamp,
    units::{Decimal, StageIndex},
};

/// Characters of the name under which a machine knows a reporter.
const REPORTER_MAX: usize = 64;

impl Mind<'_> {
    /// An item is named by its text, or by a part of it that no other open item has. The doors that are judged now come
    /// first: what is said twice about them is no consent to a later stage that asks the same.
    pub(super) fn ticked(&self, text: &str, stage: Option<&str>, note: &Option<String>) -> Decision {
        let wanted = text.trim().to_lowercase();
        let all = self.items(stage);
        // Each item has nothing in it: whoever says nothing consents to nothing.
        if wanted.is_empty() {
            return not(format!("say which item; {}", self.open(&all)));
        }
        let that = |says: &dyn Fn(&str) -> bool| -> Vec<&Listed<'_>> {
            let named: Vec<_> = all.iter().filter(|item| says(&item.text.to_lowercase())).collect();
            let here: Vec<_> = named.iter().copied().filter(|item| item.is_here).collect();
            if here.is_empty() { named } else { here }
        };
        let exact = that(&|text| text == wanted);
        let is_exact = !exact.is_empty();
        let named = if is_exact { exact } else { that(&|text| text.contains(&wanted)) };
        let open: Vec<_> = named.iter().filter(|item| !self.is_ticked(item)).collect();
        match open.as_slice() {
            [item] => tick(item, note),
            [item, ..] if is_exact => tick(item, note),
            [] => match named.first() {
                Some(item) => Decision::Hold(Hold::AlreadySoBy(self.is_ticked_by(item, &all))),
                None => not(format!("no open item says {text:?}; {}", self.open(&all))),
            },
            more => not(format!("{} open items say {text:?}: say more of it", more.len())),
        }
    }

    /// The lists of all stages, or of the one that is named.
    fn items(&self, named: Option<&str>) -> Vec<Listed<'_>> {
        let here = self.rollout.exposed().map(|standing| standing.stage);
        let next = next_stage(self.plan, self.rollout);
        let stages = self.plan.stages().filter(|(_, stage)| named.is_none_or(|name| name == stage.name));
        let mut items = vec![];
        for (index, stage) in stages {
            items.extend(listed(index, &stage.enter, next == Some(index)));
            items.extend(listed(index, &stage.leave, here == Some(index)));
        }
        items
    }

    /// Who has ticked an item off, and what is still open.
    fn is_ticked_by(&self, item: &Listed<'_>, all: &[Listed<'_>]) -> String {
        let mut ticks = self.rollout.ticks.iter();
        let tick = ticks.find(|tick| tick.stage == item.stage && tick.text == item.text);
        let by = tick.map_or("somebody", |tick| tick.by.as_str());
        format!("{:?} is ticked off already, by {by}; {}", item.text, self.open(all))
    }

    fn open(&self, all: &[Listed<'_>]) -> String {
        let open = all.iter().filter(|item| !self.is_ticked(item));
        let open: Vec<String> = open.map(|item| format!("{:?}", item.text)).collect();
        if open.is_empty() { "none is open".to_owned() } else { format!("open: {}", open.join(", ")) }
    }

    fn is_ticked(&self, item: &Listed<'_>) -> bool {
        self.rollout.ticks.iter().any(|tick| tick.stage == item.stage && tick.text == item.text)
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

/// An item of a checklist.
struct Listed<'a> {
    stage: StageIndex,
    text: &'a str,
    /// One of the doors that are judged now asks for it.
    is_here: bool,
}

fn listed(stage: StageIndex, door: &[Item], is_here: bool) -> impl Iterator<Item = Listed<'_>> {
    door.iter().filter_map(move |item| match item {
        Item::Tick(text) => Some(Listed { stage, text, is_here }),
        Item::Condition(_) | Item::Stable(_) | Item::Check(_) | Item::Approve(_) => None,
    })
}

fn tick(item: &Listed<'_>, note: &Option<String>) -> Decision {
    let (stage, text) = (item.stage, item.text.to_owned());
    Decision::Record(vec![Event::Ticked { stage, text, note: note.clone() }])
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

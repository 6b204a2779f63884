//! A rollout and what it is told of, turn by turn. Everything that is decided must be able to follow.

use rollout::{
    condition::Relation,
    decide::{Actor, Command, Decision, Hold, Trigger, decide},
    event::{Captured, Event},
    evidence::{Evidence, Figure, Gap, StopLine, Verdict},
    levels::Levels,
    log::{Entry, append, begin, first},
    plan::{Plan, load},
    rollout::{Checked, Phase, Rollout, RolloutId},
    time::{Span, Timestamp},
    units::{CheckId, ConditionId, Decimal, Generation, StageIndex, TargetId, Version},
};
use std::collections::BTreeMap;

const START: Timestamp = Timestamp(1_767_571_200_000);

pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) head: Rollout,
    pub(crate) now: Timestamp,
    pub(crate) stop: Option<StopLine>,
    /// Money and alarms, as they stand.
    pub(crate) levels: Levels,
    entries: Vec<Entry>,
}

/// What conditions come to, by their text; gates that are not named are true, guardrails false.
pub(crate) type Seen<'a> = &'a [(&'a str, Verdict)];

pub(crate) const TRUE: Verdict = Verdict::True;
pub(crate) const FALSE: Verdict = Verdict::False;
pub(crate) const UNKNOWN: Verdict = Verdict::NotKnown(Gap::NoData);

pub(crate) fn ann(roles: &[&str]) -> Actor {
    let roles = roles.iter().map(|role| (*role).to_owned()).collect();
    Actor { name: "ann".to_owned(), roles, admin: false, machine: false }
}

pub(crate) fn named(name: &str, roles: &[&str]) -> Actor {
    Actor { name: name.to_owned(), ..ann(roles) }
}

pub(crate) fn admin() -> Actor {
    Actor { admin: true, ..named("root", &[]) }
}

impl World {
    /// Started, and nothing is known of the target.
    pub(crate) fn new() -> World {
        World::of(include_str!("plan.yaml"))
    }

    /// Started, with the name of the plan replaced by this: a place for whatever a test adds to it.
    pub(crate) fn planned(named: &str) -> World {
        World::of(&include_str!("plan.yaml").replace("name: example", named))
    }

    /// Started, with another plan.
    pub(crate) fn of(plan: &str) -> World {
        World::planned_as(load("plan.yaml", plan).unwrap_or_else(|problems| panic!("{problems}")).plan)
    }

    /// Started, with a plan that is there.
    pub(crate) fn planned_as(plan: Plan) -> World {
        let id = RolloutId("example-1".to_owned());
        let (entries, head) =
            begin(id, plan.hash().unwrap(), Generation(0), rollout::log::Why::default(), "sam", START, "c0")
                .unwrap();
        World { plan, head, now: START, stop: None, levels: Levels::default(), entries }
    }

    /// In effect at the first stage.
    pub(crate) fn baking() -> World {
        World::new().exposed()
    }

    /// In effect at the first stage, after it was started.
    pub(crate) fn exposed(self) -> World {
        let mut world = self.captured();
        world.tick(&[]).unwrap();
        world.applied().unwrap();
        world
    }

    /// What stands in the target is known.
    pub(crate) fn captured(mut self) -> World {
        self.tell(&Trigger::Captured(TargetId(0), captured())).unwrap();
        self
    }

    /// In effect at a stage, by an admin's force.
    pub(crate) fn at(stage: &str) -> World {
        World::baking().forced(stage)
    }

    /// In effect at a later stage, by an admin's force.
    pub(crate) fn forced(self, stage: &str) -> World {
        let mut world = self;
        let to = Some(stage.to_owned());
        let at = world.moved();
        world.command(Command::Promote { at, to, force: true, note: None }, &admin()).unwrap();
        world.tick(&[]).unwrap();
        world.applied().unwrap();
        assert_eq!(world.stage(), Some(stage));
        world
    }

    /// With the bake of this stage passed and its lists done: nothing but consent is missing.
    pub(crate) fn asking() -> World {
        let mut world = World::baking();
        world.later(Span::hours(1));
        world.tell(&world.tried(true, "200")).unwrap();
        world
            .command(Command::Tick { text: "Briefed".to_owned(), stage: None, note: None }, &ann(&["team"]))
            .unwrap();
        assert_eq!(world.names(&world.entries[world.entries.len() - 2..]), ["checked", "ticked"]);
        world.tick(&[]).unwrap();
        assert!(matches!(world.head.phase, Phase::Waiting { ask: Some(_), .. }), "{:?}", world.head.phase);
        world
    }

    /// The whole log.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn names(&self, entries: &[Entry]) -> Vec<&'static str> {
        entries.iter().map(|entry| entry.event.name()).collect()
    }

    /// The check was tried just now.
    pub(crate) fn tried(&self, passed: bool, detail: &str) -> Trigger {
        Trigger::Checked(CheckId(0), Checked { passed, detail: detail.to_owned(), at: self.now })
    }

    /// One turn; what is decided is recorded.
    pub(crate) fn tell(&mut self, trigger: &Trigger) -> Result<Vec<Event>, Hold> {
        let events = match decide(&self.plan, &self.head, trigger, self.now) {
            Decision::Hold(hold) => return Err(hold),
            Decision::Record(events) => events,
        };
        assert!(!events.is_empty(), "nothing is recorded, and no reason is given");
        let by = if let Trigger::Command(_, actor) = trigger { &actor.name } else { "door" };
        let at = self.now.max(self.head.updated);
        let (entries, head) = append(&self.head, events.clone(), by, at, "c")
            .unwrap_or_else(|error| panic!("{trigger:?}\nled to {events:?}:\n{error}"));
        self.head = head;
        self.entries.extend(entries);
        Ok(events)
    }

    pub(crate) fn tick(&mut self, seen: Seen<'_>) -> Result<Vec<Event>, Hold> {
        let evidence = self.evidence(seen);
        self.tell(&Trigger::Tick(Box::new(evidence)))
    }

    pub(crate) fn command(&mut self, command: Command, actor: &Actor) -> Result<Vec<Event>, Hold> {
        self.tell(&Trigger::Command(command, actor.clone()))
    }

    pub(crate) fn applied(&mut self) -> Result<Vec<Event>, Hold> {
        let code = BTreeMap::from([(TargetId(0), "code-1".to_owned())]);
        self.tell(&Trigger::Applied(self.head.generation, code))
    }

    pub(crate) fn later(&mut self, span: Span) {
        self.now = self.now.after(span);
    }

    pub(crate) fn evidence(&self, seen: Seen<'_>) -> Evidence {
        for (text, _) in seen {
            assert!(self.plan.conditions.iter().any(|condition| condition.text == *text), "{text}");
        }
        let figures = self.plan.conditions.iter().map(|condition| {
            let usual = if condition.text == "errors < 1%" { TRUE } else { FALSE };
            let verdict =
                seen.iter().find(|(text, _)| *text == condition.text).map_or(usual, |(_, verdict)| *verdict);
            Some(figure(condition.relation, verdict, self.now))
        });
        Evidence {
            version: self.head.version,
            generation: self.head.generation,
            at: self.now,
            figures: figures.collect(),
            frozen: vec![],
            levels: self.levels.clone(),
            stop: self.stop.clone(),
        }
    }

    /// The name of the stage that is wanted.
    pub(crate) fn stage(&self) -> Option<&str> {
        self.head.standing().map(|standing| self.plan.stage(standing.stage).name.as_str())
    }

    /// The entry that a command to go on must name.
    pub(crate) fn moved(&self) -> Version {
        self.head.moved.entry
    }

    pub(crate) fn ask(&self) -> Version {
        let Phase::Waiting { ask: Some(ask), .. } = &self.head.phase else { panic!("{:?}", self.head.phase) };
        ask.entry
    }

    pub(crate) fn condition(&self, text: &str) -> ConditionId {
        let at = self.plan.conditions.iter().position(|condition| condition.text == text).unwrap();
        ConditionId(u16::try_from(at).unwrap())
    }

    /// The log folds to the head, after it was written and read again.
    pub(crate) fn check_log(&self) {
        let json = serde_json::to_string(&self.entries).unwrap();
        let entries: Vec<Entry> = serde_json::from_str(&json).unwrap();
        let mut head = first(self.head.id.clone(), &entries[0]).unwrap();
        for entry in &entries[1..] {
            head = head.evolve(&entry.event, &entry.by, entry.at).unwrap();
            head.hash.clone_from(&entry.hash);
        }
        assert_eq!(head, self.head);
    }
}

pub(crate) fn captured() -> Captured {
    let before = BTreeMap::from([("PERCENT".to_owned(), None), ("SEARCH".to_owned(), None)]);
    Captured {
        before,
        revision: "r1".to_owned(),
        code: "code-1".to_owned(),
        generation: Generation(0),
        alias: None,
    }
}

fn figure(relation: Relation, verdict: Verdict, at: Timestamp) -> Figure {
    let (small, limit, large) = (Decimal::whole(1), Decimal::whole(2), Decimal::whole(3));
    let below = matches!(relation, Relation::Below | Relation::AtMost);
    match verdict {
        Verdict::NotKnown(gap) => Figure::unknown(gap, at),
        Verdict::True | Verdict::False => {
            let value = if below == (verdict == Verdict::True) { small } else { large };
            Figure::known(value, limit, Some(100), at)
        }
    }
}

pub(crate) fn names(events: &[Event]) -> Vec<&'static str> {
    events.iter().map(Event::name).collect()
}

/// What was recorded, in short; or why nothing was.
#[track_caller]
pub(crate) fn check(turned: Result<Vec<Event>, Hold>, expected: &[&str]) {
    match turned {
        Ok(events) => assert_eq!(names(&events), expected),
        Err(hold) => panic!("{hold:?}"),
    }
}

/// A hold of this kind.
#[track_caller]
pub(crate) fn holds(turned: Result<Vec<Event>, Hold>, kind: &str) {
    let said = format!("{:?}", turned.map(|events| names(&events)));
    assert!(said.starts_with(&format!("Err({kind}")), "{said}");
}

pub(crate) fn stage(index: u16) -> StageIndex {
    StageIndex(index)
}

impl World {
    /// How many facts there are.
    pub(crate) fn recorded(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn events(&self) -> Vec<&Event> {
        self.entries.iter().map(|entry| &entry.event).collect()
    }
}

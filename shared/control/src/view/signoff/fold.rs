//! Entry by entry, how each consent stands.

use super::{Asked, Door, Otherwise, Row, Said, State, Tick};
use rollout::{
    event::{Event, Wish},
    gather::is_forced,
    log::Entry,
    plan::{Item, Plan, Stage},
    rollout::{Ask, Phase, Rollout, needs},
    units::{StageIndex, Version},
    words::{figure, one_line},
};

pub(super) struct Fold<'a> {
    plan: &'a Plan,
    rows: Vec<(StageIndex, Row)>,
    ticks: Vec<(StageIndex, Tick)>,
    otherwise: Vec<Otherwise>,
    /// The question that was put last.
    asked: Option<Asked>,
    /// Every consent that was ever given.
    given: Vec<Given>,
    /// Who asked for the force that waits for fresh evidence.
    forcing: Option<Said>,
}

/// A consent, and the question that it answers.
struct Given {
    ask: Version,
    about: String,
    said: Said,
}

/// A question that is open, and the stage at whose end it is put.
#[derive(Clone, Copy)]
struct Question<'a> {
    ask: &'a Ask,
    from: Option<StageIndex>,
}

impl<'a> Question<'a> {
    fn of(head: &'a Rollout) -> Option<Question<'a>> {
        let Phase::Waiting { ask: Some(ask), standing } = &head.phase else { return None };
        Some(Question { ask, from: standing.map(|standing| standing.stage) })
    }

    /// It is put for the end of one stage and the beginning of the next at once.
    fn is_about(&self, stage: StageIndex, door: Door) -> bool {
        match door {
            Door::Enter => self.ask.next == Some(stage),
            Door::Leave => self.from == Some(stage),
        }
    }

    fn about(&self, plan: &Plan) -> String {
        self.ask.next.map_or("complete".to_owned(), |next| enter(plan, next))
    }
}

fn enter(plan: &Plan, stage: StageIndex) -> String {
    format!("enter {}", plan.stage(stage).name)
}

impl<'a> Fold<'a> {
    /// Before anything was asked.
    pub(super) fn new(plan: &'a Plan) -> Fold<'a> {
        let stages = || plan.stages().flat_map(|(index, stage)| doors(stage).map(move |door| (index, door)));
        let rows = |(index, (stage, door, items)): (StageIndex, (&Stage, Door, &[Item]))| {
            rows(stage, door, items).into_iter().map(move |row| (index, row))
        };
        let ticks = |(index, (stage, door, items)): (StageIndex, (&Stage, Door, &[Item]))| {
            ticks(stage, door, items).into_iter().map(move |tick| (index, tick))
        };
        Fold {
            plan,
            rows: stages().flat_map(rows).collect(),
            ticks: stages().flat_map(ticks).collect(),
            otherwise: vec![],
            asked: None,
            given: vec![],
            forcing: None,
        }
    }

    /// The next entry, with the rollout before and after it.
    pub(super) fn take(&mut self, entry: &Entry, before: &Rollout, after: &Rollout) {
        let (was, is) = (Question::of(before), Question::of(after));
        if let Event::Asked { on, .. } = &entry.event {
            let figures = on.iter().map(|seen| figure(self.plan, seen.condition, &seen.figure)).collect();
            let at = self.plan.calendar().shown(entry.at);
            self.asked = Some(Asked { entry: entry.version, at, figures });
        } else if let (Event::Approved { ask, note, .. }, Some(question)) = (&entry.event, was) {
            let about = question.about(self.plan);
            self.given.push(Given { ask: *ask, about, said: self.said(entry, note.as_deref()) });
        } else if let Event::Ticked { stage, text, note } = &entry.event {
            self.ticked(*stage, text, self.said(entry, note.as_deref()));
        } else if let Event::Requested { request: Wish::Promote { force: true, .. }, note } = &entry.event {
            self.forcing = Some(self.said(entry, note.as_deref()));
        } else if let Event::Skipped { stage } = &entry.event {
            self.skipped(*stage, self.said(entry, None));
        } else if let Event::Promoted { to, forced, .. } = &entry.event
            && is_forced(before)
        {
            self.forced(before, *to, forced);
        }
        match (was, is) {
            (_, Some(question)) => self.put(question),
            (Some(question), None) => self.ended(question, entry),
            (None, None) => {}
        }
    }

    /// A question is open: who has answered it, and who is still asked.
    fn put(&mut self, question: Question<'_>) {
        for row in covered(&mut self.rows, question) {
            let given = question.ask.given_for(&row.role);
            let by = given.get(usize::from(row.nth.saturating_sub(1)));
            let given = self
                .given
                .iter()
                .find(|one| one.ask == question.ask.entry && Some(&one.said.by.as_str()) == by);
            row.state = if given.is_some() { State::Given } else { State::Asked };
            row.said = given.map(|given| given.said.clone());
            row.asked.clone_from(&self.asked);
        }
    }

    /// A question is open no more. What it led to is its answer; whatever else ends it voids what was answered.
    fn ended(&mut self, question: Question<'_>, entry: &Entry) {
        if matches!(entry.event, Event::Promoted { .. } | Event::Closing { .. }) {
            return;
        }
        let (what, note) = if let Event::Rejected { note, .. } = &entry.event {
            (State::Refused, note.clone())
        } else if let Event::AskWithdrawn { why } = &entry.event {
            (State::Withdrawn, Some(why.clone()))
        } else {
            (State::Withdrawn, Some(entry.event.words(self.plan)))
        };
        let said = self.said(entry, note.as_deref());
        for row in covered(&mut self.rows, question) {
            (row.state, row.said) = (what, Some(said.clone()));
        }
        let (about, ask) = (question.about(self.plan), Some(question.ask.entry));
        self.otherwise.push(Otherwise { what, about, said, ask, over: vec![] });
    }

    /// A force passes over every door on its way. Who had consented to what is still asked has consented.
    fn forced(&mut self, before: &Rollout, to: StageIndex, over: &[String]) {
        let Some(said) = self.forcing.take() else { return };
        let from = before.exposed().map(|standing| standing.stage);
        let question = Question::of(before);
        for (stage, row) in &mut self.rows {
            let is_passed = match row.door {
                Door::Enter => from < Some(*stage) && *stage <= to,
                Door::Leave => from <= Some(*stage) && *stage < to,
            };
            let is_asked = question.is_some_and(|question| question.is_about(*stage, row.door));
            if !is_passed || row.state == State::Skipped || is_asked && row.state == State::Given {
                continue;
            }
            (row.state, row.said) = (State::Forced, Some(said.clone()));
            row.asked = row.asked.take().filter(|_| is_asked);
        }
        let (about, ask) = (enter(self.plan, to), question.map(|question| question.ask.entry));
        self.otherwise.push(Otherwise { what: State::Forced, about, said, ask, over: over.to_vec() });
    }

    /// With the stage its consents are passed over.
    fn skipped(&mut self, stage: StageIndex, said: Said) {
        let mut is_asked = false;
        for (_, row) in self.rows.iter_mut().filter(|(of, _)| *of == stage) {
            (row.state, row.said, row.asked) = (State::Skipped, Some(said.clone()), None);
            is_asked = true;
        }
        if is_asked {
            let about = enter(self.plan, stage);
            self.otherwise.push(Otherwise { what: State::Skipped, about, said, ask: None, over: vec![] });
        }
    }

    fn ticked(&mut self, stage: StageIndex, text: &str, said: Said) {
        let those = self.ticks.iter_mut().filter(|(of, tick)| *of == stage && tick.text == text);
        those.for_each(|(_, tick)| tick.said = Some(said.clone()));
    }

    fn said(&self, entry: &Entry, note: Option<&str>) -> Said {
        Said {
            entry: entry.version,
            by: entry.by.clone(),
            at: self.plan.calendar().shown(entry.at),
            note: note.map(one_line),
        }
    }

    /// The consents, what came otherwise, and the ticks.
    pub(super) fn done(self) -> (Vec<Row>, Vec<Otherwise>, Vec<Tick>) {
        let Fold { rows, ticks, mut otherwise, given, .. } = self;
        let consents: Vec<Row> = rows.into_iter().map(|(_, row)| row).collect();
        let stands = |given: &Given| {
            let is_it = |row: &Row| row.state == State::Given && row.said.as_ref() == Some(&given.said);
            consents.iter().any(is_it)
        };
        let void = given.iter().filter(|given| !stands(given)).map(|given| Otherwise {
            what: State::Void,
            about: given.about.clone(),
            said: given.said.clone(),
            ask: Some(given.ask),
            over: vec![],
        });
        otherwise.extend(void);
        otherwise.sort_by_key(|one| one.said.entry);
        (consents, otherwise, ticks.into_iter().map(|(_, tick)| tick).collect())
    }
}

/// The rows that a question is about. What is skipped is passed over, whatever is still asked.
fn covered<'r>(
    rows: &'r mut [(StageIndex, Row)],
    question: Question<'_>,
) -> impl Iterator<Item = &'r mut Row> {
    let is_about = move |stage, row: &Row| question.is_about(stage, row.door) && row.state != State::Skipped;
    rows.iter_mut().filter(move |(stage, row)| is_about(*stage, row)).map(|(_, row)| row)
}

fn doors(stage: &Stage) -> impl Iterator<Item = (&Stage, Door, &[Item])> {
    [(stage, Door::Enter, stage.enter.as_slice()), (stage, Door::Leave, stage.leave.as_slice())].into_iter()
}

fn rows(stage: &Stage, door: Door, items: &[Item]) -> Vec<Row> {
    let row = |(role, nth, of): (&String, u8, u8)| Row {
        stage: stage.name.clone(),
        door,
        role: role.clone(),
        nth,
        of,
        state: State::Open,
        said: None,
        asked: None,
    };
    let needs = needs(items.iter());
    let each = needs.iter().flat_map(|need| (1..=need.count).map(|nth| (&need.role, nth, need.count)));
    each.map(row).collect()
}

fn ticks(stage: &Stage, door: Door, items: &[Item]) -> Vec<Tick> {
    let tick = |item: &Item| {
        let Item::Tick(text) = item else { return None };
        Some(Tick { stage: stage.name.clone(), door, text: text.clone(), said: None })
    };
    items.iter().filter_map(tick).collect()
}

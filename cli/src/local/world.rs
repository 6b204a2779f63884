//! The lab around the doors: functions in files, traffic that follows them, a fast clock, and the story that is told.

use super::{
    around::Around, bell, clock::Clock, drive::Drive, functions::FileFunctions, lab::Lab, ports::Ports,
    state::Run,
};
use crate::fail::Fail;
use axum::Router;
use console::Tokens;
use control::{
    deeds,
    doors::{self, NotGone},
    finding::Finding,
    lab::{
        script::{Due, Happening},
        story::{Act, Deed},
    },
    people::somebody,
    ports::{Alarms, Functions, Loaded, Metrics, Prober, StartError, Store, Unavailable, World},
    turn::{TurnError, Turned},
};
use rollout::{
    decide::{Actor, Hold},
    plan::Plan,
    rollout::RolloutId,
    time::{Span, Timestamp},
};
use std::{sync::Arc, time::Duration};

/// What surrounds the doors of local mode.
pub(super) struct LabWorld {
    pub(super) functions: FileFunctions,
    pub(super) lab: Lab,
    pub(super) clock: Clock,
    pub(super) run: Run,
    /// The story that was asked for now, and how fast.
    pub(super) story: String,
    pub(super) speed: u32,
}

impl Around for LabWorld {
    const TIME_OF: &'static str = " of the lab's time";
    const SEE: &'static str = "Open and edit the environment in";
    const IS_REAL: bool = false;

    fn routes(ports: &Arc<Ports<Self>>, tokens: &Arc<Tokens>) -> Option<Router> {
        Some(bell::routes(Arc::clone(ports), Arc::clone(tokens)))
    }

    fn functions(&self) -> &impl Functions {
        &self.functions
    }
    fn metrics(&self) -> &impl Metrics {
        &self.lab
    }
    fn alarms(&self) -> &impl Alarms {
        &self.lab.alarms
    }
    fn checks(&self) -> &impl Prober {
        &self.lab.checks
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
    fn next(&self) -> (Timestamp, Duration) {
        self.clock.next()
    }
    fn ticked(&self) {
        self.clock.ticked();
    }

    /// Whatever is started here finds its functions; the lab's traffic is that of its own plan.
    fn admit(&self, plan: &Plan) -> Result<(), StartError> {
        if let Some(target) = plan.targets.iter().find(|target| target.alias.is_some()) {
            return Err(StartError::Unfit(format!(
                "{}: files have no aliases: try it with `tidegate simulate`, or with `tidegate run` on the account",
                target.function
            )));
        }
        self.functions.make(plan).map_err(|why| StartError::Unavailable(Unavailable(why.to_string())))
    }
    fn lacks(&self, plan: &Plan) -> Option<Finding> {
        let own = self.lab.traffic_is_of(plan).err().filter(|_| !plan.metrics.is_empty())?;
        let why = format!("traffic is made up for {own} alone: nothing that {} measures is known", plan.name);
        Some(Finding::not_known("it has traffic", why, "try it by itself: `tidegate local` with its file"))
    }
    fn hides_money(&self) -> Option<Unavailable> {
        let hidden = || Unavailable("the story hides the windows".to_owned());
        (!self.lab.shows_money(self.clock.now())).then(hidden)
    }
    fn doors_are_down(&self, now: Timestamp) -> bool {
        self.lab.doors_are_down(now)
    }
    fn settles_in(&self) -> Option<Duration> {
        None
    }

    async fn pass(drive: &Drive<Self>, now: Timestamp) -> Result<bool, Fail> {
        let (ports, around) = (&*drive.ports, &drive.ports.around);
        let share = around.functions.look(now);
        let loaded = ports.load(&drive.id).await;
        let Some(loaded) = drive.seen(&drive.id, loaded.map_err(TurnError::from)) else {
            return Ok(false);
        };
        let head = &loaded.head;
        let standing = head.exposed().filter(|_| head.in_effect());
        let due = around.lab.tick(now, share, standing.map(|standing| standing.stage))?;
        for (nth, due) in due.into_iter().enumerate() {
            drive.happen(due, nth).await?;
        }
        for bill in around
            .lab
            .bills(now, share, |function, variable| around.functions.environment(function)?.remove(variable))
        {
            if bill.counts(&loaded.plan, head) {
                bill.pay(&ports.store, &drive.id).await.unwrap_or_else(|why| drive.tell(why.to_string()));
            }
        }
        Ok(!around.doors_are_down(now))
    }
    async fn wait(drive: &Drive<Self>, id: &RolloutId, hold: &Hold) {
        drive.do_by_habit(id, hold).await;
    }

    fn note(&self) -> String {
        format!("local, story {}", self.run.story)
    }
    fn heading(&self) -> String {
        let hour = Span::hours(1).as_millis() / u64::from(self.speed);
        format!("story {}, an hour in {}", self.run.story, Span::millis(hour))
    }
    fn remarks(&self, goes_on: bool) -> Vec<String> {
        let other = goes_on && self.run.story != self.story;
        if other { vec![format!("(--story {} is for the next rollout)", self.story)] } else { vec![] }
    }
    fn place(&self, function: &str) -> String {
        self.functions.path(function).display().to_string()
    }
}

/// What the story leaves to functions and persons.
impl Drive<LabWorld> {
    /// The built-in persons do what a hold waits for.
    async fn do_by_habit(&self, id: &RolloutId, hold: &Hold) {
        let habits = self.ports.around.lab.habits();
        let doors = matches!(hold, Hold::Leave(_) | Hold::Enter(_));
        if habits.is_empty() || !(doors || hold.is_for_people()) {
            return;
        }
        let Some(Loaded { plan, head }) = self.loaded(id).await else {
            return;
        };
        for (command, actor) in deeds::of_habit(&plan, &head, hold, &habits) {
            self.seen(id, doors::command(&*self.ports, id, command, &actor, None).await);
        }
    }

    async fn happen(&self, due: Due, nth: usize) -> Result<(), Fail> {
        match due.what {
            Happening::Touch { function, touch } => {
                self.ports.around.functions.touch(&function, touch, due.at, due.until);
            }
            Happening::Act(act) => self.act(&act, &format!("story-{}-{nth}", due.at.0)).await,
            Happening::Twist(_)
            | Happening::Check { .. }
            | Happening::Alarm { .. }
            | Happening::Spend { .. }
            | Happening::BudgetsHidden
            | Happening::DoorsDown
            | Happening::End
            | Happening::Habit(_) => {}
        }
        // What was done is not done again after a kill.
        self.keep()
    }

    async fn act(&self, act: &Act, record: &str) {
        let ports = &*self.ports;
        let Some(Loaded { plan, head }) = self.loaded(&self.id).await else {
            return;
        };
        if deeds::is_past(&head, act) {
            return;
        }
        if let Some((command, actor)) = deeds::command(&plan, &head, act) {
            let turned = doors::command(ports, &self.id, command, &actor, Some(record)).await;
            if let Some(Turned::Held(hold)) = self.seen(&self.id, turned) {
                self.in_vain(act, &hold.words(&plan, ports.now()));
            }
            return;
        }
        let actor = somebody(&plan, &act.by);
        if let Deed::Stop { roll_back } = act.deed {
            let stopped = doors::stop(ports, &actor, roll_back, act.note.clone(), None).await;
            stopped.map_or_else(|why| self.tell(why.to_string()), drop);
        } else if act.deed == Deed::Go {
            match self.go(&actor).await {
                Ok(true) => {}
                Ok(false) => self.in_vain(act, "the stop line is not pulled"),
                Err(why) => self.in_vain(act, &why.to_string()),
            }
        } else if act.deed == Deed::Halt {
            ports.around.functions.halt(ports.now());
        }
    }

    /// A person of a story has seen the line that is pulled now.
    async fn go(&self, actor: &Actor) -> Result<bool, NotGone> {
        match self.ports.work().await?.stop {
            Some(line) => doors::go(&*self.ports, actor, &line.id).await,
            None => Ok(false),
        }
    }

    /// Somebody of the story did this, and nothing came of it.
    fn in_vain(&self, act: &Act, why: &str) {
        let _ = self.troubles.send(format!("no effect: {} by {}: {why}", act.deed.verb(), act.by));
    }
}

//! What a person sees of a rollout in this process, from the first line to the last.

use super::{Asked, again, around::Around, ports::Ports, screen::Screen, state::State, typed};
use crate::{fail::Fail, out, render, tokens::TokenFile};
use control::{
    ports::{Loaded, Store, World},
    view::{self, Sight, Status, Teller},
};
use rollout::{
    plan::{Plan, Target},
    rollout::RolloutId,
    time::{Span, Timestamp},
    units::Version,
};
use std::{collections::BTreeSet, fmt::Write, net::SocketAddr, pin::pin, process::ExitCode, time::Duration};
use tokio::{sync::mpsc::UnboundedReceiver, task::JoinHandle};

/// Between two looks at the rollout.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(150);
/// Entries that are read at once.
const ENTRIES_AT_ONCE: usize = 500;

/// What is said first.
pub(super) struct Welcome<'a> {
    pub(super) asked: &'a Asked<'a>,
    pub(super) plan: &'a Plan,
    pub(super) address: SocketAddr,
    pub(super) state: &'a State,
    pub(super) tokens: &'a TokenFile,
    pub(super) id: &'a RolloutId,
    /// The file says another plan than the one that it was started with.
    pub(super) is_other: bool,
}

impl Welcome<'_> {
    pub(super) fn text(&self, goes_on: bool, around: &impl Around) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let verb = if goes_on { "goes on" } else { "starts" };
        let _ = writeln!(
            text,
            "{} {verb}: {}, API http://{}, state {}",
            self.id,
            around.heading(),
            self.address,
            self.state.root().display()
        );
        if self.is_other {
            let _ = writeln!(
                text,
                "({} has changed since: {} goes on with the plan that it was started with, and the next rollout has this one)",
                self.asked.plan.display(),
                self.id
            );
        }
        for remark in around.remarks(goes_on) {
            let _ = writeln!(text, "{remark}");
        }
        let _ = writeln!(
            text,
            "Who may act, each with a token (also in {}):",
            self.state.root().join("tokens").display()
        );
        for bearer in &self.tokens.people {
            let roles = match (bearer.admin, bearer.machine) {
                (true, _) => "admin: may do everything, and may force".to_owned(),
                (_, true) => "a machine: may report and lower".to_owned(),
                _ => bearer.caller().actor(self.plan).roles.into_iter().collect::<Vec<_>>().join(", "),
            };
            let _ = writeln!(text, "  {:<20} {}  {roles}", bearer.name, bearer.token);
        }
        for target in &self.plan.targets {
            let _ = writeln!(text, "{} {}", see(around), around.place(&target.function));
        }
        let explain = format!("tidegate explain {}", self.id);
        let _ = writeln!(text, "Elsewhere, type:\n  {}", typed(&explain, self.state.root()));
        text
    }
}

fn see<A: Around>(_: &A) -> &'static str {
    A::SEE
}

/// Somebody who looks at one rollout.
pub(super) struct Watch<'a, A> {
    pub(super) ports: &'a Ports<A>,
    pub(super) state: &'a State,
    pub(super) tokens: &'a TokenFile,
    pub(super) asked: &'a Asked<'a>,
    pub(super) id: RolloutId,
}

/// What has been shown.
struct Shown {
    screen: Screen,
    troubles: UnboundedReceiver<String>,
    tail: Tail,
    /// The trouble that was told last.
    trouble: String,
    /// The end was told.
    end: bool,
    /// What was over by then: whatever is started later is shown, also if it is over before anybody looks.
    over: BTreeSet<RolloutId>,
}

/// Where a log was read to.
struct Tail {
    teller: Teller,
    read: Version,
}

impl<A: Around> Watch<'_, A> {
    /// Shows what happens until the rollout is over, somebody ends it, or the doors fail.
    pub(super) async fn until_over(
        mut self,
        screen: Screen,
        troubles: UnboundedReceiver<String>,
        mut driven: JoinHandle<Result<(), Fail>>,
        goes_on: bool,
    ) -> Result<ExitCode, Fail> {
        let tail = Tail { teller: Teller::new(self.id.clone()), read: Version(0) };
        let mut shown =
            Shown { screen, troubles, tail, trouble: String::new(), end: false, over: BTreeSet::new() };
        if goes_on {
            let before = self.news(&mut shown.tail).await?.len();
            let line =
                format!("goes on after entry {before}: `tidegate log {}` shows what was before", self.id);
            shown.screen.line(&line);
        }
        // One future for all looks: a signal that came between two of them would be lost.
        let mut ended = pin!(ended());
        loop {
            if let Some(status) = self.look(&mut shown).await? {
                let summary = self.summary(&status).await?;
                // Whoever is exposed by another rollout must not be left alone.
                let others = A::IS_REAL && !self.active().await?.is_empty();
                if !self.asked.stay && !others {
                    shown.screen.close();
                    out::say(&summary.lines().map(render::paragraph).collect::<Vec<_>>().join("\n"));
                    return Ok(ExitCode::SUCCESS);
                }
                let more =
                    if others { "Another rollout goes on." } else { "The API goes on: end it with Ctrl-C." };
                shown.over = self.over().await?;
                shown.screen.line(&format!("{summary}\n{more}"));
                shown.end = true;
            } else if shown.end {
                self.turn_to_the_newest(&mut shown).await?;
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = &mut ended => {
                    shown.screen.close();
                    let again = again(self.asked, self.state);
                    out::say(&format!("\nEverything is kept. To go on where it was: {again}"));
                    if A::IS_REAL {
                        out::say("Until then nobody watches, and whoever is exposed stays so.");
                    }
                    return Ok(ExitCode::SUCCESS);
                }
                failed = &mut driven => {
                    shown.screen.close();
                    return Err(match failed {
                        Ok(Err(fail)) => fail,
                        Ok(Ok(())) => Fail::ours("the doors ended by themselves"),
                        Err(why) => Fail::ours(format!("the doors failed: {why}")),
                    });
                }
            }
        }
    }

    /// Whoever stays sees what was started since.
    async fn turn_to_the_newest(&mut self, shown: &mut Shown) -> Result<(), Fail> {
        let mut newest: Option<(Timestamp, RolloutId)> = None;
        for id in self.rollouts().await?.into_iter().filter(|id| !shown.over.contains(id)) {
            let loaded = self.ports.load(&id).await.map_err(|why| Fail::ours(why.to_string()))?;
            newest = newest.max(Some((loaded.head.created, id)));
        }
        if let Some((_, id)) = newest {
            shown.screen.line(&format!("\n{id} was started:"));
            shown.tail = Tail { teller: Teller::new(id.clone()), read: Version(0) };
            shown.end = false;
            self.id = id;
        }
        Ok(())
    }

    async fn rollouts(&self) -> Result<Vec<RolloutId>, Fail> {
        self.ports.rollouts().await.map_err(|why| Fail::ours(why.to_string()))
    }

    async fn over(&self) -> Result<BTreeSet<RolloutId>, Fail> {
        // In this order: what is started between the two is not taken for one that is over.
        let (all, active) = (self.rollouts().await?, self.active().await?);
        Ok(all.into_iter().filter(|id| !active.contains(id)).collect())
    }

    async fn active(&self) -> Result<Vec<RolloutId>, Fail> {
        Ok(self.ports.work().await.map_err(|why| Fail::ours(why.to_string()))?.active)
    }

    /// One look; the status when the rollout is over and that was not told yet.
    async fn look(&self, shown: &mut Shown) -> Result<Option<Status>, Fail> {
        let status = self.status().await?;
        for line in self.news(&mut shown.tail).await? {
            shown.screen.event(&line);
        }
        while let Ok(trouble) = shown.troubles.try_recv() {
            // What goes wrong each minute is said once.
            if trouble != shown.trouble {
                shown.screen.line(&trouble);
                shown.trouble = trouble;
            }
        }
        if shown.tail.read > status.version {
            // Something was recorded between the two reads: the next look shows where that led.
            return Ok(None);
        }
        shown.screen.status(&status);
        Ok(Some(status).filter(|status| status.outcome.is_some() && !shown.end))
    }

    async fn status(&self) -> Result<Status, Fail> {
        let failed = |why: String| Fail::ours(why);
        let loaded = self.ports.load(&self.id).await.map_err(|why| failed(why.to_string()))?;
        let look = self.ports.look(&self.id).await.map_err(|why| failed(why.to_string()))?;
        let stop = self.ports.work().await.map_err(|why| failed(why.to_string()))?.stop;
        let now = self.ports.now();
        let sight = Sight { loaded: &loaded, look: look.as_ref(), stop: stop.as_ref(), now };
        let mut status = view::status(&sight);
        self.tokens.name_persons(&mut status);
        Ok(status)
    }

    /// What was recorded since the last look.
    async fn news(&self, tail: &mut Tail) -> Result<Vec<view::Line>, Fail> {
        let loaded = self.ports.load(&self.id).await.map_err(|why| Fail::ours(why.to_string()))?;
        let (plan, newest) = (loaded.plan, loaded.head.version);
        let mut lines = vec![];
        if tail.read == newest {
            return Ok(lines);
        }
        loop {
            let entries = self.ports.entries(&self.id, tail.read, ENTRIES_AT_ONCE).await;
            let entries = entries.map_err(|why| Fail::ours(why.to_string()))?;
            for entry in &entries {
                lines.push(tail.teller.tell(&plan, entry).map_err(|why| Fail::ours(why.to_string()))?);
                tail.read = entry.version;
            }
            if entries.len() < ENTRIES_AT_ONCE {
                return Ok(lines);
            }
        }
    }

    /// The last word.
    async fn summary(&self, status: &Status) -> Result<String, Fail> {
        let loaded = self.ports.load(&self.id).await.map_err(|why| Fail::ours(why.to_string()))?;
        let Loaded { plan, head } = loaded;
        // What goes on spending is told of its money after the end.
        let took: Span = head.moved.at.since(head.created);
        let from: Timestamp = head.created;
        let mut text = format!("\n{} is over: {}.\n", self.id, status.why);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "It took {took}{} since {from}, and {} entries.", A::TIME_OF, status.version);
        for Target { function, .. } in &plan.targets {
            let _ = writeln!(text, "What {function} says now: {}", self.ports.around.place(function));
        }
        if !self.asked.stay && !A::IS_REAL {
            let _ = write!(
                text,
                "With --stay the API goes on, and `tidegate log {}` shows everything again.",
                self.id
            );
        }
        Ok(text)
    }
}

/// Until somebody ends the process in an orderly way.
async fn ended() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminated) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        // A process that cannot hear of Ctrl-C is ended by it.
        _ = tokio::signal::ctrl_c() => {}
        _ = terminated.recv() => {}
    }
}

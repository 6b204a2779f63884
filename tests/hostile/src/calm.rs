//! The calm after the storm: everything must come to its end, and what has completed goes on spending after that.

use crate::{
    levels, logs,
    oracle::has_completed,
    people::{self, Said},
    ports::Port,
    run::{Running, begin, let_go, open, tell},
    sights::Sight,
    world::{Door, Sim},
};
use control::doors;
use rollout::{decide::Command, time::Span};
use std::{
    sync::Arc,
    task::{Context, Waker},
};

/// After so long in fine weather everything is over.
const PATIENCE: Span = Span::minutes(400);
/// In fine weather, too, a schedule is late or leaves out a tick: this is the longest time between two.
pub(crate) const TICKS_APART: u64 = 5;
/// Budgets are closed after so many ticks, which are so many hours apart at most; and so many come after that.
const TICKS_UNTIL_CLOSED: u32 = 4;
const HOURS_APART: u64 = 20;
const TICKS_SINCE_CLOSED: u32 = 2;

/// Runs a door to its end.
fn finish(sim: &Sim, running: Running) {
    finish_all(sim, vec![running]);
}

/// Now and then a rollout was there before the storm, and goes on spending in it if it has completed.
pub(crate) fn before_the_storm(sim: &Arc<Sim>) {
    sim.with(|state| {
        state.stormy = false;
        state.pass(Span::millis(60_007));
    });
    finish(sim, Box::pin(begin(Port::new(sim, 0, None))));
    settle(sim);
    sim.with(|state| {
        state.stormy = true;
        state.woken.clear();
    });
}

/// The weather clears: all doors run every few minutes, people answer, and every rollout must end.
pub(crate) fn calm(sim: &Arc<Sim>) {
    sim.with(|state| {
        state.stormy = false;
        state.alarms_end();
        (state.table_down, state.metrics_down, state.meter.down) = (state.now, state.now, state.now);
        for function in &mut state.functions {
            (function.dark, function.barred) = (state.now, state.now);
        }
        state.aliases_calm();
        if state.wakes_lost < 1000 {
            state.wakes_lost = 0;
        }
    });
    settle(sim);
    sim.with(|state| state.check_all_at_rest());
    outlive(sim);
    // Whatever was spent and told since then has changed no function.
    sim.with(|state| state.check_all_at_rest());
}

/// Runs all doors until everything is over.
fn settle(sim: &Arc<Sim>) {
    sim.with(|state| state.cleared = state.now);
    for turn in 0.. {
        sim.with(|state| {
            let minutes = 1 + state.rng.below(TICKS_APART);
            state.pass(Span::minutes(minutes));
        });
        if is_over(sim) || sim.with(|state| state.now.since(state.cleared) > PATIENCE) {
            break;
        }
        for store in 0..2 {
            if sim.with(|state| state.books[store].active().is_some()) {
                tick(sim, store, turn);
            }
        }
    }
}

/// What has completed goes on spending for days; then people close its budgets, and it spends on.
fn outlive(sim: &Arc<Sim>) {
    let spends = sim.with(|state| state.pages().any(|page| has_completed(&page.head)));
    if spends {
        days_pass(sim, TICKS_UNTIL_CLOSED);
    }
    close(sim);
    if spends {
        days_pass(sim, TICKS_SINCE_CLOSED);
    }
}

/// Money is spent, the stop line is pulled and let go, and now and then the clock looks at it.
fn days_pass(sim: &Arc<Sim>, ticks: u32) {
    for turn in 0..ticks {
        let is_pulled = sim.with(|state| {
            // Nobody asks about the traffic any more: it need not pass.
            state.now = state.now.after(Span::minutes(1 + state.rng.below(60 * HOURS_APART)));
            state.rng.chance(200)
        });
        for _ in 0..2 {
            levels::spend(sim).into_iter().for_each(|spending| finish(sim, Box::pin(spending)));
            logs::tell(sim).into_iter().for_each(|telling| finish(sim, Box::pin(telling)));
        }
        levels::pay(sim).into_iter().for_each(|paying| finish(sim, Box::pin(paying)));
        if is_pulled {
            let port = Port::new(sim, 0, None);
            let pull = async move { drop(doors::stop(&port, &people::actor("bob"), true, None, None).await) };
            finish(sim, Box::pin(pull));
        }
        for store in 0..2 {
            if sim.with(|state| !state.books[store].pages.is_empty()) {
                tick(sim, store, turn);
            }
        }
    }
}

/// Runs doors side by side to their ends.
fn finish_all(sim: &Sim, mut running: Vec<Running>) {
    let mut context = Context::from_waker(Waker::noop());
    let mut steps = 0;
    while !running.is_empty() {
        steps += 1;
        running.retain_mut(|door| door.as_mut().poll(&mut context).is_pending());
    }
    sim.with(|state| state.sights.saw_times(Sight::StepsInCalm, steps));
}

/// Two people close each budget of each rollout, while others ask it for money, tell what was spent, and look at it.
fn close(sim: &Arc<Sim>) {
    let all = sim.with(|state| {
        let mut all = vec![];
        for (store, book) in state.books.iter().enumerate() {
            for (id, page) in &book.pages {
                all.extend(page.plan.budgets.iter().map(|budget| (store, id.clone(), budget.name.clone())));
            }
        }
        if state.rng.chance(500) {
            all.reverse();
        }
        all
    });
    for (store, id, budget) in all {
        let closes = |by| -> Running {
            let command = Command::CloseBudget { budget: budget.clone(), note: None };
            let said = Said { store, id: id.clone(), command, by, record: None };
            Box::pin(tell(Port::new(sim, store, None), said))
        };
        let looks = open(Port::new(sim, store, None), Door::Evaluate, None);
        let mut running = vec![closes("ann"), closes("cat"), looks];
        running.extend(levels::pay(sim).map(|paying| -> Running { Box::pin(paying) }));
        running.extend(logs::tell(sim).map(|telling| -> Running { Box::pin(telling) }));
        finish_all(sim, running);
    }
}

fn is_over(sim: &Sim) -> bool {
    sim.with(|state| state.books.iter().all(|book| book.active().is_none()))
}

fn tick(sim: &Arc<Sim>, store: usize, turn: u32) {
    for door in [Door::Advance, Door::Evaluate] {
        finish(sim, open(Port::new(sim, store, None), door, None));
    }
    sim.with(|state| state.check_told(store));
    if turn.is_multiple_of(3) {
        finish(sim, open(Port::new(sim, store, None), Door::Probe, None));
    }
    for woken in sim.with(|state| std::mem::take(&mut state.woken)) {
        finish(sim, open(Port::new(sim, woken.store, None), woken.door, Some(woken.id)));
    }
    let (answers, line) = sim.with(|state| {
        let book = &state.books[store];
        let line = book.stop.as_ref().map(|line| line.id.clone());
        (
            book.active()
                .map(|page| people::answer(page, turn, state.now.since(state.cleared)))
                .unwrap_or_default(),
            line,
        )
    });
    if let Some(seen) = line {
        let mut port = Port::new(sim, store, None);
        port.line = Some(seen.clone());
        finish(sim, Box::pin(let_go(port, "ann", seen)));
    }
    for (by, command) in answers {
        let id = sim.with(|state| state.books[store].active().map(|page| page.head.id.clone()));
        if let Some(id) = id {
            let said = Said { store, id, command, by, record: None };
            finish(sim, Box::pin(tell(Port::new(sim, store, said.names()), said)));
        }
    }
}

//! The state of a world, and the weather that a call meets in it.

use crate::{
    callers::Callers,
    function::Function,
    levels::Levels,
    meter::Meter,
    oracle::Book,
    plans::{self, Pair},
    rng::Rng,
    sights::{Sight, Sights},
    traffic::Traffic,
};
use control::memory::MemoryStore;
use rollout::{
    rollout::RolloutId,
    target::Environment,
    time::{Span, Timestamp},
};
use std::sync::{Mutex, PoisonError};

/// Every world begins here: a whole minute.
const BEGINNING: Timestamp = Timestamp(1_699_999_980_000);

/// A world: a function or two, two controllers with a table each, and the weather.
pub(crate) struct Sim {
    state: Mutex<State>,
    /// The tables: the second one is another controller's.
    pub stores: [MemoryStore; 2],
}

/// Everything that changes.
pub(crate) struct State {
    /// All chance.
    pub rng: Rng,
    /// The time.
    pub now: Timestamp,
    /// Bad weather.
    pub stormy: bool,
    /// When the weather cleared.
    pub cleared: Timestamp,
    /// How bad, per call and per thousand.
    pub fault: u64,
    /// How often somebody edits what the rollout manages, per thousand occasions.
    pub meddling: u64,
    /// Until then the table is away.
    pub table_down: Timestamp,
    /// Until then the metrics are away.
    pub metrics_down: Timestamp,
    /// Wakes are lost: never, sometimes, always (per thousand).
    pub wakes_lost: u64,
    /// The functions, moved as one.
    pub functions: Vec<Function>,
    /// What the metrics say.
    pub traffic: Traffic,
    /// The plans of the two controllers.
    pub plans: Pair,
    /// What each table should hold, kept by the invariants.
    pub books: [Book; 2],
    /// Somebody resumed, and what they resumed is not in effect yet: the same change made twice is one to them.
    pub consented: bool,
    /// A door that could not reach the table halted a function, and nobody has recorded that.
    pub orphan: bool,
    /// Money and alarms.
    pub levels: Levels,
    /// Money that a metric tells.
    pub meter: Meter,
    /// Who was woken.
    pub woken: Vec<Woken>,
    /// What was seen.
    pub sights: Sights,
    ids: u64,
}

/// A hint that was not lost.
#[derive(Clone, Debug)]
pub(crate) struct Woken {
    /// In which controller.
    pub store: usize,
    /// About which rollout.
    pub id: RolloutId,
    /// Which door.
    pub door: Door,
}

/// A door that a hint can wake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    Evaluate,
    Advance,
    Probe,
}

impl Sim {
    /// The world of a seed.
    pub(crate) fn new(seed: u64) -> Sim {
        Sim { state: Mutex::new(State::new(seed)), stores: [MemoryStore::new(), MemoryStore::new()] }
    }

    /// Looks at the state, or changes it.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    fn new(seed: u64) -> State {
        let mut rng = Rng(seed.wrapping_mul(0x2545_F491_4F6C_DD1D));
        let plans = plans::pick(&mut rng);
        let now = BEGINNING;
        let mut environment = Environment::from([
            ("DB_URL".to_owned(), "postgres://x".to_owned()),
            ("EMPTY".to_owned(), String::new()),
        ]);
        let found = match rng.below(20) {
            0 => vec![("PCT", "7"), ("ON", "true")],
            1..6 => vec![("PCT", "0"), ("ON", "false"), ("FEATURES", "")],
            _ => vec![],
        };
        environment.extend(found.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
        let targets = plans[0].targets.iter();
        let functions = targets.map(|target| {
            let mut function = Function::new(environment.clone(), now);
            function.callers = target.alias.as_ref().map(|_| Box::new(Callers::new(&function, now)));
            function
        });
        let functions = functions.collect();
        let traffic = Traffic::new(&mut rng, now);
        let costly = rng.chance(200);
        let (levels, meter) = (Levels::new(costly), Meter::new(seed, now, costly));
        State {
            now,
            stormy: true,
            cleared: now,
            fault: [0, 5, 20, 60][usize::try_from(rng.below(4)).unwrap_or(0)],
            meddling: [50, 200, 800][usize::try_from(rng.below(3)).unwrap_or(0)],
            table_down: now,
            metrics_down: now,
            wakes_lost: [0, 500, 1000][usize::try_from(rng.below(3)).unwrap_or(0)],
            functions,
            traffic,
            plans,
            books: [Book::default(), Book::default()],
            consented: false,
            orphan: false,
            levels,
            meter,
            woken: vec![],
            sights: Sights::default(),
            ids: 0,
            rng,
        }
    }

    /// Lets time pass.
    pub(crate) fn pass(&mut self, span: Span) {
        self.now = self.now.after(span);
        let most = || self.functions.iter().map(Function::traffic).max().unwrap_or(0);
        self.traffic.pass(self.now, most);
    }

    /// One of the functions.
    pub(crate) fn any_function(&mut self) -> usize {
        let all = self.functions.len() as u64;
        usize::try_from(self.rng.below(all)).unwrap_or(0)
    }

    /// Counts a sight.
    pub(crate) fn saw(&mut self, sight: Sight) {
        self.sights.saw(sight);
    }

    /// A text that nobody else has.
    pub(crate) fn unique(&mut self) -> String {
        self.ids += 1;
        format!("c{}", self.ids)
    }

    /// Whether a call fails before it does anything.
    pub(crate) fn fails(&mut self) -> bool {
        let fails = self.stormy && self.rng.chance(self.fault);
        if fails {
            self.saw(Sight::Fault);
        }
        fails
    }

    /// Whether an answer is lost.
    pub(crate) fn loses(&mut self) -> bool {
        let loses = self.stormy && self.rng.chance(self.fault / 2);
        if loses {
            self.saw(Sight::LostReply);
        }
        loses
    }
}

//! The same doors as everywhere, in one process: `tidegate local` with a lab around them, `tidegate run` on an account.

#[cfg(feature = "aws")]
mod account;
mod around;
mod bell;
mod cache;
mod clock;
mod drive;
mod functions;
mod lab;
mod plain;
mod ports;
mod screen;
mod state;
mod watch;
mod world;

#[cfg(feature = "aws")]
pub(crate) use account::run as run_on_account;

/// This build knows no account.
#[cfg(not(feature = "aws"))]
pub(crate) fn run_on_account(_: &crate::args::RunArgs, _: &Common) -> Result<ExitCode, Fail> {
    Err(crate::account::not_built("`tidegate run` needs an AWS account"))
}

use crate::{
    args::{Common, LocalArgs},
    fail::Fail,
    out, plan,
    simulate::tell,
    tokens::{TokenFile, random},
};
pub(crate) use state::{PORT, STATE, is_for_account, local_endpoint};

use around::Around;
use aws::embedded::Embedded;
use cache::Cache;
use clock::Clock;
use control::{
    doors::{self, NotStarted},
    lab::story::Habit,
    people::{ADMIN, somebody},
    ports::{Loaded, StartError, Store, World},
};
use drive::Drive;
use functions::FileFunctions;
use lab::Lab;
use ports::Ports;
use rollout::{log::Why, plan::Plan, rollout::RolloutId, time::Timestamp};
use screen::Screen;
use state::{Home, Run, State, Tide};
use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::ExitCode,
    sync::{Arc, atomic::AtomicU32},
    time::{SystemTime, UNIX_EPOCH},
};
use tokio::{net::TcpListener, runtime::Runtime, sync::mpsc};
use world::LabWorld;

/// The seed of the lab's noise: the same story is told the same way each time.
const SEED: u64 = 1;
/// One thread asks, the other one answers.
const WORKERS: usize = 2;
/// As much as the main thread of a door has: doors are futures inside of futures, and large where nothing is optimised.
const STACK_BYTES: usize = 8 << 20;

/// What was typed, whatever surrounds the doors.
struct Asked<'a> {
    /// All of it that is to be typed again.
    again: String,
    /// The plan's file.
    plan: &'a Path,
    port: u16,
    plain: bool,
    stay: bool,
}

/// Local mode, until the rollout is over, or somebody ends it.
pub(crate) fn run(args: &LocalArgs, common: &Common) -> Result<ExitCode, Fail> {
    let plan = Arc::new(plan::read(&args.plan)?);
    let state = Arc::new(State::open(&common.state, &Home::Lab)?);
    let LocalArgs { plan: file, port, plain, stay, .. } = args;
    let again = typed_again(args);
    let asked = Asked { again, plan: file, port: *port, plain: *plain, stay: *stay };
    let surround =
        async |plan: &Arc<Plan>, state: &State, active: Option<&Loaded>| lab(args, plan, state, active);
    runtime()?.block_on(serve(&asked, plan, state, surround))
}

/// What the state does not keep; the story it does.
fn typed_again(args: &LocalArgs) -> String {
    let LocalArgs { plan, speed, story: _, port, auto_approve, plain, stay } = args;
    let mut again = format!("tidegate local {} --speed {speed} --port {port}", plan.display());
    for (is_set, option) in [(auto_approve, " --auto-approve"), (plain, " --plain"), (stay, " --stay")] {
        again.push_str(if *is_set { option } else { "" });
    }
    again
}

fn runtime() -> Result<Runtime, Fail> {
    let built = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .thread_stack_size(STACK_BYTES)
        .enable_all()
        .build();
    built.map_err(|why| Fail::ours(format!("no runtime: {why}")))
}

async fn serve<A: Around>(
    asked: &Asked<'_>,
    plan: Arc<Plan>,
    state: Arc<State>,
    surround: impl AsyncFnOnce(&Arc<Plan>, &State, Option<&Loaded>) -> Result<A, Fail>,
) -> Result<ExitCode, Fail> {
    let listener = listen(asked.port).await?;
    let address = listener.local_addr().map_err(|why| Fail::ours(why.to_string()))?;
    state.put_endpoint(address)?;
    let table = Embedded::open(&state.table()).await.map_err(|why| Fail::yours(why.to_string()))?;
    let active = active(table.store(), &plan.name).await?;
    let goes_on = active.as_ref().map(|loaded| loaded.head.id.clone());
    let named = plan.hash().map_err(|why| Fail::ours(why.to_string()))?;
    let is_other = active.as_ref().is_some_and(|loaded| !loaded.plan.drill && loaded.head.plan != named);
    // A drill that was killed is brought to its end; its plan measures nothing, so the lab is that of the file.
    let own = active.as_ref().filter(|loaded| !loaded.plan.drill);
    let plan = own.map_or(plan, |loaded| Arc::clone(&loaded.plan));
    let tokens = TokenFile::complete(state.root(), &plan)?;
    let around = surround(&plan, &state, active.as_ref()).await?;
    state.put_tide(Tide { now: around.now() })?;
    let ports = Arc::new(Ports::new(Cache::new(table.store().clone()), around, random()?));
    let known = Arc::new(tokens.table());
    let api = console::router(Arc::clone(&ports), Arc::clone(&known));
    let api = A::routes(&ports, &known).map_or(api.clone(), |more| more.merge(api));
    let served = tokio::spawn(async move { axum::serve(listener, api).await });
    let id = match goes_on.clone() {
        Some(id) => id,
        None => {
            let go = typed(&format!("tidegate go --as {ADMIN}"), state.root());
            start(&*ports, &plan, &format!("API http://{address}, elsewhere type:\n  {go}")).await?
        }
    };
    let (troubles, told) = mpsc::unbounded_channel();
    let (drives, keeps) = (Arc::clone(&ports), Arc::clone(&state));
    let drive = Drive { ports: drives, state: keeps, id: id.clone(), troubles, looks: AtomicU32::new(0) };
    let driven = tokio::spawn(drive.run());
    let mut screen = Screen::open(asked.plain, &plan);
    let welcome =
        watch::Welcome { asked, plan: &plan, address, state: &state, tokens: &tokens, id: &id, is_other };
    screen.line(&welcome.text(goes_on.is_some(), &ports.around));
    let watch = watch::Watch { ports: &ports, state: &state, tokens: &tokens, asked, id };
    let code = watch.until_over(screen, told, driven, goes_on.is_some()).await;
    served.abort();
    state.put_tide(Tide { now: ports.now() })?;
    code
}

/// Starts a rollout. A stop line is let go where the API answers, so whoever pulled it is waited for here.
async fn start<A: Around>(ports: &Ports<A>, plan: &Arc<Plan>, how_to_go_on: &str) -> Result<RolloutId, Fail> {
    let mut is_told = false;
    loop {
        let (admin, note) = (somebody(plan, ADMIN), ports.around.note());
        match doors::start(ports, Arc::clone(plan), &admin, Why { note: Some(note), ..Why::default() }).await
        {
            Err(why @ NotStarted::Refused(StartError::Stopped)) => {
                if !is_told {
                    out::say(&format!("{why}, {how_to_go_on}"));
                    is_told = true;
                }
                tokio::time::sleep(watch::LOOK_EVERY).await;
            }
            started => return started.map_err(|why| Fail::yours(why.to_string())),
        }
    }
}

async fn listen(port: u16) -> Result<TcpListener, Fail> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await.map_err(|why| {
        if why.kind() == std::io::ErrorKind::AddrInUse {
            Fail::yours(format!("port {port} is in use, perhaps by another tidegate"))
                .help("choose another with --port, or any that is free with --port 0")
        } else {
            Fail::yours(format!("port {port} cannot be used: {why}")).help("choose another with --port")
        }
    })
}

/// The rollout of this plan that is not over.
async fn active(store: &impl Store, plan: &str) -> Result<Option<Loaded>, Fail> {
    let work = store.work().await.map_err(|why| Fail::ours(why.to_string()))?;
    for id in work.active {
        let loaded = store.load(&id).await.map_err(|why| Fail::ours(why.to_string()))?;
        if loaded.plan.name == plan {
            return Ok(Some(loaded));
        }
    }
    Ok(None)
}

/// The lab as it was, or a new one.
fn lab(args: &LocalArgs, plan: &Arc<Plan>, state: &State, active: Option<&Loaded>) -> Result<LabWorld, Fail> {
    let before = state.tide()?.map(|tide| tide.now);
    let run = match (active, state.run()?) {
        (Some(_), Some(run)) => run,
        (Some(_), None) => return Err(state::torn(state.root(), "its run.json is gone")),
        (None, _) => begin(args, plan, state, before)?,
    };
    let functions = FileFunctions::of(plan, state.functions(), active.is_none())?;
    let habits =
        if args.auto_approve { BTreeSet::from([Habit::Tick, Habit::Approve]) } else { BTreeSet::new() };
    let (lab, exposed) = Lab::open(plan, &run, &state.journal(), habits)?;
    // Whatever was written last says how far time had come.
    let updated = active.map(|loaded| loaded.head.updated);
    let now = before.max(exposed).max(updated).max(Some(run.start)).unwrap_or(run.start);
    lab.replay(&run, &state.journal(), drive::begin(now))?;
    let clock = Clock::new(now, args.speed);
    Ok(LabWorld { functions, lab, clock, run, story: args.story.clone(), speed: args.speed })
}

/// A new story, in a directory whose last rollout is over.
fn begin(args: &LocalArgs, plan: &Plan, state: &State, before: Option<Timestamp>) -> Result<Run, Fail> {
    let (text, _) = tell(&args.story, plan)?;
    let real = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let real = Timestamp(i64::try_from(real).unwrap_or(0));
    let start = drive::begin(before.max(Some(real)).unwrap_or(real));
    let run = Run { story: args.story.clone(), text, seed: SEED, start };
    state.put_run(&run)?;
    match std::fs::remove_file(state.journal()) {
        Err(why) if why.kind() != std::io::ErrorKind::NotFound => {
            Err(Fail::ours(format!("{}: {why}", state.journal().display())))
        }
        Ok(()) | Err(_) => Ok(run),
    }
}

/// What to type to go on here.
fn again(asked: &Asked<'_>, state: &State) -> String {
    format!("{} --state {}", asked.again, state.root().display())
}

/// What is typed next, wherever the API answers: the directory knows.
fn typed(command: &str, state: &Path) -> String {
    if state == Path::new(STATE) {
        command.to_owned()
    } else {
        format!("{command} --state {}", state.display())
    }
}

//! What every store must do. Each test has rollouts and functions of its own, so that one store serves them all.

use control::ports::{
    Asked, Commit, CommitError, Listing, LoadError, Lock, Look, Probed, Spend, Start, StartError, StopError,
    Store, Tried,
};
use rollout::{
    calendar::{Days, Hour},
    event::Event,
    evidence::StopLine,
    levels::Levels,
    log::{self, Entry},
    rollout::{Rollout, RolloutId},
    time::Timestamp,
    units::{BudgetId, CheckId, Generation, Money, Version},
};
use std::sync::Arc;
use tests::sample;

/// Every promise of the port.
pub(crate) async fn conforms<S: Store + 'static>(store: S) {
    let store = Arc::new(store);
    a_start_is_found_again(&*store).await;
    a_start_is_refused(&*store).await;
    what_is_missing(&*store).await;
    several_are_found_at_once(&*store).await;
    of_two_commits_one_is_lost(&*store).await;
    a_record_counts_once(&*store).await;
    an_unknown_outcome_is_answered_by_repeating(&*store).await;
    nothing_rises_while_the_stop_line_is_pulled(&*store).await;
    a_stop_line_moves_only_from_the_pull_that_was_seen(&*store).await;
    the_end_frees_and_the_next_one_takes(&*store).await;
    what_has_completed_is_listed_until_its_budgets_are_closed(&*store).await;
    a_log_is_read_in_pages(&*store).await;
    a_log_may_be_long(&*store).await;
    a_look_is_kept(&*store).await;
    crate::money::conforms(&store).await;
    money_is_counted_once(&*store).await;
    each_budget_has_windows_of_its_own(&*store).await;
    the_newest_try_of_a_check_is_kept(&*store).await;
    many_hands_spend(&store).await;
    many_hands_and_one_log(&store).await;
}

fn id(name: &str) -> RolloutId {
    RolloutId(name.into())
}

fn start(name: &str, functions: &[&str], generation: u64) -> Start {
    sample::start(name, functions, generation, &format!("{name} starts")).unwrap()
}

fn commit(seen: &Rollout, by: &str) -> Commit {
    let commit = format!("{}@{} by {by}", seen.id, seen.version);
    sample::commit(seen, vec![sample::note(by)], &commit).unwrap()
}

async fn head(store: &impl Store, name: &str) -> Arc<Rollout> {
    store.load(&id(name)).await.unwrap().head
}

async fn a_start_is_found_again(store: &impl Store) {
    for name in ["found-2", "found-1"] {
        let start = start(name, &[name], 0);
        assert_eq!(store.start(&start).await, Ok(()));
        let loaded = store.load(&id(name)).await.unwrap();
        assert_eq!((&*loaded.head, &loaded.plan), (&start.head, &start.plan));
        assert_eq!(store.entries(&id(name), Version(0), 10).await.unwrap(), start.entries);
        let lock = Lock { holder: Some(id(name)), generation: Generation(0) };
        assert_eq!(store.lock(name).await, Ok(lock));
    }
    let ours =
        |ids: Vec<RolloutId>| ids.into_iter().filter(|id| id.0.starts_with("found-")).collect::<Vec<_>>();
    assert_eq!(ours(store.work().await.unwrap().active), [id("found-1"), id("found-2")]);
    assert_eq!(ours(store.rollouts().await.unwrap()), [id("found-1"), id("found-2")]);
}

async fn several_are_found_at_once(store: &impl Store) {
    for name in ["several-1", "several-2"] {
        store.start(&start(name, &[name], 0)).await.unwrap();
    }
    let day = "2026-03-01".parse().unwrap();
    let spend =
        Spend { id: "s".into(), budget: "llm".into(), hour: Hour { day, hour: 3 }, money: Money::micros(7) };
    store.spend(&id("several-2"), &spend).await.unwrap();

    let all = store.load_all(&[id("several-2"), id("nobody-1"), id("several-1"), id("several-2")]).await;
    let found: Vec<Result<String, LoadError>> =
        all.into_iter().map(|loaded| loaded.map(|loaded| loaded.head.id.0.clone())).collect();
    let named = |name: &str| Ok(name.to_owned());
    let missing = Err(LoadError::Missing(id("nobody-1")));
    assert_eq!(found, [named("several-2"), missing, named("several-1"), named("several-2")]);
    assert!(store.load_all(&[]).await.is_empty());

    let days = Days { first: "2026-02-27".parse().unwrap(), last: "2026-03-02".parse().unwrap() };
    let asked = |name: &str, budget: &str| Asked { id: id(name), budget: budget.to_owned(), days };
    let windows = store
        .windows_all(&[asked("several-1", "llm"), asked("several-2", "llm"), asked("several-2", "x")])
        .await;
    let spent: Vec<Vec<_>> =
        windows.into_iter().map(|windows| windows.unwrap().into_iter().collect()).collect();
    assert!(spent[0].is_empty() && spent[2].is_empty());
    assert_eq!(spent[1], [(day, store.windows(&id("several-2"), "llm", days).await.unwrap()[&day].clone())]);
}

async fn a_start_is_refused(store: &impl Store) {
    store.start(&start("first-1", &["taken"], 0)).await.unwrap();

    let same_name = sample::start("first-1", &["free"], 0, "another").unwrap();
    assert_eq!(store.start(&same_name).await, Err(StartError::Exists));

    let held = StartError::Held { function: "taken".into(), holder: id("first-1") };
    assert_eq!(store.start(&start("second-1", &["free", "taken"], 0)).await, Err(held));
    assert_eq!(store.lock("free").await, Ok(Lock::default()), "all or nothing");
    assert_eq!(store.load(&id("second-1")).await.unwrap_err(), LoadError::Missing(id("second-1")));
    assert!(!store.rollouts().await.unwrap().contains(&id("second-1")));

    let read_too_early = start("second-1", &["free"], 7);
    assert_eq!(store.start(&read_too_early).await, Err(StartError::Raced));
    assert_eq!(store.start(&start("second-1", &["free"], 0)).await, Ok(()));
}

async fn what_is_missing(store: &impl Store) {
    assert_eq!(store.load(&id("nobody-1")).await.unwrap_err(), LoadError::Missing(id("nobody-1")));
    assert_eq!(store.entries(&id("nobody-1"), Version(0), 10).await, Ok(vec![]));
    assert_eq!(store.look(&id("nobody-1")).await, Ok(None));
    assert_eq!(store.lock("untouched").await, Ok(Lock::default()));
    let never_started = start("nobody-1", &[], 0).head;
    assert_eq!(store.commit(&commit(&never_started, "ann")).await, Err(CommitError::Lost));
}

async fn of_two_commits_one_is_lost(store: &impl Store) {
    let start = start("race-1", &[], 0);
    store.start(&start).await.unwrap();
    let (first, second) = (commit(&start.head, "ann"), commit(&start.head, "bob"));
    assert_eq!(store.commit(&first).await, Ok(()));
    assert_eq!(store.commit(&second).await, Err(CommitError::Lost));
    let unwritten = commit(&first.head, "cid");
    let ahead = commit(&unwritten.head, "dan");
    assert_eq!(store.commit(&ahead).await, Err(CommitError::Lost), "it would leave a gap");
    assert_eq!(head(store, "race-1").await, first.head);
    assert_eq!(store.entries(&id("race-1"), Version(1), 10).await, Ok(first.entries));
}

async fn a_record_counts_once(store: &impl Store) {
    store.start(&start("report-1", &[], 0)).await.unwrap();
    store.start(&start("report-2", &[], 0)).await.unwrap();
    let report = |head: &Rollout, by| Commit { record: Some("r-17".into()), ..commit(head, by) };

    let seen = head(store, "report-1").await;
    assert_eq!(store.commit(&report(&seen, "ann")).await, Ok(()));
    assert_eq!(store.commit(&report(&seen, "bob")).await, Err(CommitError::Duplicate), "on an old head");
    let seen = head(store, "report-1").await;
    assert_eq!(store.commit(&report(&seen, "cid")).await, Err(CommitError::Duplicate), "on the present one");
    assert_eq!(*head(store, "report-1").await, *seen);

    let other = head(store, "report-2").await;
    assert_eq!(store.commit(&report(&other, "ann")).await, Ok(()), "each rollout has its own");
}

async fn an_unknown_outcome_is_answered_by_repeating(store: &impl Store) {
    let start = start("echo-1", &["echo"], 0);
    for _ in 0..2 {
        assert_eq!(store.start(&start).await, Ok(()));
    }
    let first = Commit { record: Some("r-1".into()), ..commit(&start.head, "ann") };
    for _ in 0..2 {
        assert_eq!(store.commit(&first).await, Ok(()));
    }
    let second = commit(&first.head, "bob");
    assert_eq!(store.commit(&second).await, Ok(()));
    assert_eq!(store.commit(&first).await, Ok(()), "though others have moved the head since");
    assert_eq!(store.start(&start).await, Ok(()));
    assert_eq!(head(store, "echo-1").await, second.head);
    assert_is_a_log_of(&whole_log(store, "echo-1").await, &second.head);
}

async fn nothing_rises_while_the_stop_line_is_pulled(store: &impl Store) {
    let first = start("line-1", &[], 0);
    store.start(&first).await.unwrap();
    let line = pulled("ann");
    assert_eq!(store.set_stop(None, Some(&line)).await, Ok(()));
    let work = store.work().await.unwrap();
    assert_eq!(work.stop, Some(line.clone()));
    assert!(work.active.contains(&id("line-1")));

    let second = start("line-2", &["idle"], 0);
    assert_eq!(store.start(&second).await, Err(StartError::Stopped));
    assert_eq!(store.lock("idle").await, Ok(Lock::default()));
    let raising = Commit { raises: true, ..commit(&first.head, "ann") };
    assert_eq!(store.commit(&raising).await, Err(CommitError::Stopped));
    let lowering = commit(&first.head, "bob");
    assert_eq!(store.commit(&lowering).await, Ok(()));

    assert_eq!(store.set_stop(Some(&line), None).await, Ok(()));
    assert_eq!(store.work().await.unwrap().stop, None);
    let raising = Commit { raises: true, ..commit(&lowering.head, "ann") };
    assert_eq!(store.commit(&raising).await, Ok(()));
    assert_eq!(store.start(&second).await, Ok(()));

    let line = pulled("cid");
    store.set_stop(None, Some(&line)).await.unwrap();
    assert_eq!(store.commit(&raising).await, Ok(()), "it was written before");
    assert_eq!(store.start(&second).await, Ok(()), "it was written before");
    store.set_stop(Some(&line), None).await.unwrap();
}

/// A stop line that was pulled.
fn pulled(by: &str) -> StopLine {
    let id = format!("pulled by {by}");
    StopLine { id, by: by.into(), at: Timestamp(5), roll_back: by == "ann", note: Some("why".into()) }
}

async fn a_stop_line_moves_only_from_the_pull_that_was_seen(store: &impl Store) {
    let (ann, bob, cid) = (&pulled("ann"), &pulled("bob"), &pulled("cid"));
    let check = async |seen, next, moves, after: Option<&StopLine>| {
        let expected = if moves { Ok(()) } else { Err(StopError::Moved) };
        for _ in 0..2 {
            assert_eq!(store.set_stop(seen, next).await, expected, "{seen:?} {next:?}, and its echo");
            assert_eq!(store.work().await.unwrap().stop.as_ref(), after);
        }
    };
    check(Some(ann), Some(bob), false, None).await;
    check(None, Some(ann), true, Some(ann)).await;
    check(None, Some(bob), false, Some(ann)).await;
    check(Some(bob), None, false, Some(ann)).await;
    check(Some(ann), Some(bob), true, Some(bob)).await;
    check(Some(ann), None, false, Some(bob)).await;
    check(Some(ann), Some(cid), false, Some(bob)).await;
    check(Some(bob), None, true, None).await;
}

async fn the_end_frees_and_the_next_one_takes(store: &impl Store) {
    let start_1 = start("turns-1", &["a", "b"], 0);
    store.start(&start_1).await.unwrap();
    let end = sample::commit(&start_1.head, sample::to_the_end(&start_1.head), "the end").unwrap();
    let end = Commit { frees: vec!["a".into(), "b".into()], ..end };
    assert!(end.head.is_over());
    for _ in 0..2 {
        assert_eq!(store.commit(&end).await, Ok(()));
    }
    let free = Lock { holder: None, generation: Generation(2) };
    assert_eq!(store.lock("a").await, Ok(free.clone()));
    assert_eq!(store.lock("b").await, Ok(free));
    assert!(!store.work().await.unwrap().active.contains(&id("turns-1")));
    assert!(store.rollouts().await.unwrap().contains(&id("turns-1")));
    assert_eq!(head(store, "turns-1").await, end.head);

    assert_eq!(store.start(&start("turns-2", &["a", "b"], 0)).await, Err(StartError::Raced));
    assert_eq!(store.start(&start("turns-2", &["a", "b"], 2)).await, Ok(()));
    let taken = Lock { holder: Some(id("turns-2")), generation: Generation(2) };
    assert_eq!(store.lock("a").await, Ok(taken.clone()));
    assert_eq!(store.commit(&end).await, Ok(()), "a late echo of the end frees nothing");
    assert_eq!(store.lock("a").await, Ok(taken.clone()));

    assert!(!store.work().await.unwrap().active.contains(&id("turns-1")));
}

/// Its functions may be somebody else's by then.
async fn what_has_completed_is_listed_until_its_budgets_are_closed(store: &impl Store) {
    let start_1 = start("spends-1", &["c"], 0);
    store.start(&start_1).await.unwrap();
    let end = sample::commit(&start_1.head, sample::to_the_end(&start_1.head), "it ends").unwrap();
    let end = Commit { frees: vec!["c".into()], listing: Listing::Spending, ..end };
    assert_eq!(store.commit(&end).await, Ok(()));
    store.start(&start("spends-2", &["c"], 2)).await.unwrap();
    let told = |before: &Rollout, what| {
        let told = sample::commit(before, vec![sample::note(what)], what).unwrap();
        Commit { listing: Listing::Spending, ..told }
    };
    let warned = told(&end.head, "warned");
    let capped = told(&warned.head, "capped");
    for commit in [&warned, &warned, &capped, &end] {
        assert_eq!(store.commit(commit).await, Ok(()));
        let work = store.work().await.unwrap();
        assert_eq!(work.spending, [id("spends-1")]);
        assert!(work.active.contains(&id("spends-2")) && !work.active.contains(&id("spends-1")));
    }
    let event = Event::BudgetClosed { budget: BudgetId(0), note: None };
    let closed = sample::commit(&capped.head, vec![event], "closed").unwrap();
    for _ in 0..2 {
        assert_eq!(store.commit(&closed).await, Ok(()));
        assert!(store.work().await.unwrap().spending.is_empty());
    }
    assert_eq!(store.commit(&capped).await, Ok(()), "a late echo lists nothing");
    assert!(store.work().await.unwrap().spending.is_empty());
    assert_eq!(head(store, "spends-1").await, closed.head);
    let holder = store.lock("c").await.unwrap().holder;
    assert_eq!(holder, Some(id("spends-2")));
}

async fn a_log_is_read_in_pages(store: &impl Store) {
    let start = start("pages-1", &[], 0);
    store.start(&start).await.unwrap();
    let notes = (0..12).map(|n| sample::note(&n.to_string())).collect();
    let commit = sample::commit(&start.head, notes, "twelve").unwrap();
    store.commit(&commit).await.unwrap();

    let versions = async |after, limit| -> Vec<u64> {
        let page = store.entries(&id("pages-1"), Version(after), limit).await.unwrap();
        page.iter().map(|entry| entry.version.0).collect()
    };
    assert_eq!(versions(0, 3).await, [1, 2, 3]);
    assert_eq!(versions(9, 3).await, [10, 11, 12]);
    assert_eq!(versions(12, 3).await, [13]);
    assert_eq!(versions(13, 3).await, [] as [u64; 0]);
    assert_eq!(versions(u64::MAX, 3).await, [] as [u64; 0]);
    assert_eq!(versions(0, 0).await, [] as [u64; 0]);
    assert_is_a_log_of(&whole_log(store, "pages-1").await, &commit.head);
}

/// DynamoDB answers with at most 1 MB at a time.
async fn a_log_may_be_long(store: &impl Store) {
    let start = start("long-1", &[], 0);
    store.start(&start).await.unwrap();
    let notes = vec![sample::note(&"so it goes ".repeat(4_000)); 30];
    let commit = sample::commit(&start.head, notes, "thirty").unwrap();
    store.commit(&commit).await.unwrap();
    let log = store.entries(&id("long-1"), Version(0), usize::MAX).await.unwrap();
    assert_eq!(log.len(), 31);
    assert_is_a_log_of(&log, &commit.head);
}

async fn a_look_is_kept(store: &impl Store) {
    let start = start("look-1", &[], 0);
    store.start(&start).await.unwrap();
    for at in [1, 2] {
        let (version, figures, levels) = (start.head.version, vec![None], Levels::default());
        let look = Look { at: Timestamp(at), version, figures, frozen: vec![], levels };
        assert_eq!(store.put_look(&id("look-1"), &look).await, Ok(()));
        assert_eq!(store.look(&id("look-1")).await, Ok(Some(look)));
    }
    assert_eq!(*head(store, "look-1").await, start.head);
}

fn hour(day: &str, hour: u8) -> Hour {
    Hour { day: day.parse().unwrap(), hour }
}

fn spend(id: &str, budget: &str, hour: Hour, micros: u64) -> Spend {
    Spend { id: id.into(), budget: budget.into(), hour, money: Money::micros(micros) }
}

/// What was spent in each hour of these days: `day hour: money in so many records`.
async fn spent(store: &impl Store, rollout: &str, budget: &str, first: &str, last: &str) -> Vec<String> {
    let days = Days { first: first.parse().unwrap(), last: last.parse().unwrap() };
    let windows = store.windows(&id(rollout), budget, days).await.unwrap();
    let hours = windows.iter().flat_map(|(day, spent)| spent.hours.iter().map(move |hour| (day, hour)));
    hours.map(|(day, (hour, of))| format!("{day} {hour}: {} in {}", of.money, of.records)).collect()
}

async fn money_is_counted_once(store: &impl Store) {
    let (monday, name) = ("2026-01-05", "spend-1");
    assert_eq!(spent(store, name, "llm", monday, monday).await, [] as [&str; 0], "nothing is no failure");
    let first = spend("r-1", "llm", hour(monday, 7), 1_500_000);
    for _ in 0..3 {
        assert_eq!(store.spend(&id(name), &first).await, Ok(()));
    }
    let again = spend("r-1", "llm", hour(monday, 8), 9_000_000);
    assert_eq!(store.spend(&id(name), &again).await, Ok(()), "its id is known");
    store.spend(&id(name), &spend("r-2", "llm", hour(monday, 7), 1)).await.unwrap();
    store.spend(&id(name), &spend("r-3", "llm", hour(monday, 23), 250_000)).await.unwrap();
    store.spend(&id(name), &spend("r-4", "llm", hour(monday, 0), 0)).await.unwrap();
    let expected = ["2026-01-05 0: $0 in 1", "2026-01-05 7: $1.500001 in 2", "2026-01-05 23: $0.25 in 1"];
    assert_eq!(spent(store, name, "llm", monday, monday).await, expected);
}

async fn each_budget_has_windows_of_its_own(store: &impl Store) {
    let days = ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"];
    for day in days {
        store.spend(&id("days-1"), &spend(day, "llm", hour(day, 1), 1_000_000)).await.unwrap();
    }
    store.spend(&id("days-1"), &spend(days[0], "other", hour(days[0], 1), 2_000_000)).await.unwrap();
    store.spend(&id("days-2"), &spend(days[0], "llm", hour(days[0], 1), 3_000_000)).await.unwrap();
    let expected = ["2026-02-28 1: $1 in 1", "2026-03-01 1: $1 in 1"];
    assert_eq!(spent(store, "days-1", "llm", days[1], days[2]).await, expected);
    assert_eq!(spent(store, "days-1", "other", days[0], days[3]).await, ["2026-02-27 1: $2 in 1"]);
    assert_eq!(spent(store, "days-2", "llm", days[0], days[3]).await, ["2026-02-27 1: $3 in 1"]);
}

fn tried(check: u16, at: i64, probed: Option<bool>) -> Tried {
    let probed = probed.map(|passed| Probed { passed, detail: format!("at {at}") });
    Tried { check: CheckId(check), at: Timestamp(at), probed }
}

async fn the_newest_try_of_a_check_is_kept(store: &impl Store) {
    let (id, other) = (id("check-1"), id("check-2"));
    assert_eq!(store.checked(&id).await, Ok(vec![]), "nothing is no failure");
    let put = async |tried: &Tried| {
        for _ in 0..2 {
            assert_eq!(store.put_checked(&id, tried).await, Ok(()));
        }
    };
    put(&tried(10, 5, Some(true))).await;
    put(&tried(9, 20, None)).await;
    assert_eq!(store.checked(&id).await, Ok(vec![tried(9, 20, None), tried(10, 5, Some(true))]));
    put(&tried(9, 20, Some(false))).await;
    put(&tried(9, 19, Some(true))).await;
    put(&tried(10, 100, Some(false))).await;
    let newest = vec![tried(9, 20, Some(false)), tried(10, 100, Some(false))];
    assert_eq!(store.checked(&id).await, Ok(newest), "what began earlier ends in nothing");
    assert_eq!(store.checked(&other).await, Ok(vec![]), "each rollout has its own");
}

async fn many_hands_spend<S: Store + 'static>(store: &Arc<S>) {
    let one = async |store: Arc<S>, hand: usize| {
        for n in 0..COMMITS_EACH {
            let money = spend(&format!("r-{hand}-{n}"), "llm", hour("2026-01-05", 3), 10);
            store.spend(&id("hands-2"), &money).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let hands: Vec<_> = (0..HANDS).map(|hand| tokio::spawn(one(Arc::clone(store), hand))).collect();
    for hand in hands {
        hand.await.unwrap();
    }
    let all = Money::micros(10 * u64::try_from(HANDS * COMMITS_EACH).unwrap());
    let expected = format!("2026-01-05 3: {all} in {}", HANDS * COMMITS_EACH);
    assert_eq!(spent(&**store, "hands-2", "llm", "2026-01-05", "2026-01-05").await, [expected]);
}

const HANDS: usize = 8;
const COMMITS_EACH: usize = 5;

async fn many_hands_and_one_log<S: Store + 'static>(store: &Arc<S>) {
    store.start(&start("hands-1", &[], 0)).await.unwrap();
    let hands: Vec<_> = (0..HANDS).map(|hand| tokio::spawn(one_hand(Arc::clone(store), hand))).collect();
    for hand in hands {
        hand.await.unwrap();
    }
    let (head, log) = (head(&**store, "hands-1").await, whole_log(&**store, "hands-1").await);
    assert_eq!(log.len(), 1 + HANDS * COMMITS_EACH, "exactly one wins each version");
    assert_is_a_log_of(&log, &head);
    for hand in 0..HANDS {
        let won = log.iter().filter(|entry| entry.event == sample::note(&hand.to_string())).count();
        assert_eq!(won, COMMITS_EACH);
    }
}

async fn one_hand<S: Store>(store: Arc<S>, hand: usize) {
    let mut won = 0;
    while won < COMMITS_EACH {
        let seen = head(&*store, "hands-1").await;
        match store.commit(&commit(&seen, &hand.to_string())).await {
            Ok(()) => won += 1,
            Err(error) => assert_eq!(error, CommitError::Lost),
        }
        tokio::task::yield_now().await;
    }
}

/// The log of a rollout, read in pages.
pub(crate) async fn whole_log(store: &impl Store, name: &str) -> Vec<Entry> {
    let mut log: Vec<Entry> = vec![];
    loop {
        let after = log.last().map_or(Version(0), |entry| entry.version);
        let page = store.entries(&id(name), after, 5).await.unwrap();
        if page.is_empty() {
            return log;
        }
        log.extend(page);
    }
}

/// The log has no gap, each entry seals the one before it, and all of them together are the head.
pub(crate) fn assert_is_a_log_of(log: &[Entry], head: &Rollout) {
    let Event::Started { plan, generation, note, after, despite, passed_over, once, drill } =
        log[0].event.clone()
    else {
        panic!("a log begins with the start: {:?}", log[0]);
    };
    let first = &log[0];
    let (entries, mut folded) = log::begin(
        head.id.clone(),
        plan,
        generation,
        log::Why { note, after, despite, passed_over, once, drill },
        &first.by,
        first.at,
        &first.commit,
    )
    .unwrap();
    assert_eq!(entries, log[..1]);
    for entry in &log[1..] {
        assert_eq!((entry.version, &entry.before), (folded.version.next(), &folded.hash));
        assert_eq!(log::hash(entry).unwrap(), entry.hash);
        folded = folded.evolve(&entry.event, &entry.by, entry.at).unwrap();
        folded.hash.clone_from(&entry.hash);
    }
    assert_eq!(folded, *head);
}

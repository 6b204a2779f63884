//! Every store keeps the same promises: in memory, in a file, and in a file behind a bad network.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

#[path = "conformance/money.rs"]
mod money;
#[path = "conformance/outliving.rs"]
mod outliving;
#[path = "conformance/proxy.rs"]
mod proxy;
#[path = "conformance/suite.rs"]
mod suite;

use aws::{
    boot,
    embedded::{Embedded, EmbeddedError},
    store::DynamoStore,
};
use control::{
    memory::MemoryStore,
    ports::{Asked, Commit, CommitError, Held, Hold, Spend, StartError, Store},
};
use proxy::{Fault, Proxy};
use rollout::{
    calendar::{Days, Hour},
    levels::Tally,
    rollout::RolloutId,
    time::Timestamp,
    units::Money,
};
use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};
use tests::sample;

/// A folder of one test, empty.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("conformance").join(test);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    folder
}

async fn behind_proxy(test: &str) -> (Embedded, Proxy, DynamoStore) {
    let embedded = Embedded::open(&folder(test).join("state.db")).await.unwrap();
    let (proxy, endpoint) = Proxy::before(embedded.endpoint()).await;
    let store = DynamoStore::new(&boot::local(&endpoint), embedded.table());
    (embedded, proxy, store)
}

#[tokio::test(flavor = "multi_thread")]
async fn in_memory() {
    suite::conforms(MemoryStore::new()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_file() {
    let embedded = Embedded::open(&folder("in_a_file").join("state.db")).await.unwrap();
    suite::conforms(embedded.store().clone()).await;
    embedded.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn hundreds_reserve_at_once() {
    money::hundreds_at_once(&Arc::new(MemoryStore::new()), 240).await;
    let embedded = Embedded::open(&folder("hundreds").join("state.db")).await.unwrap();
    money::hundreds_at_once(&Arc::new(embedded.store().clone()), 240).await;
    embedded.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_of_holds_is_refused() {
    money::a_crowd_is_refused(&MemoryStore::new()).await;
    let embedded = Embedded::open(&folder("crowd").join("state.db")).await.unwrap();
    money::a_crowd_is_refused(embedded.store()).await;
    embedded.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn in_bad_weather() {
    use Fault::*;
    let (_embedded, proxy, store) = behind_proxy("in_bad_weather").await;
    // At most three faults in a row: what the attempts of one call must outlast.
    let day = [
        Conflict,
        ReplyLost,
        Throttled,
        Fair,
        BrokenAfterwards,
        Fair,
        CallLost,
        ThrottledInside,
        Broken,
        Fair,
    ];
    proxy.brew("TransactWriteItems", day.into_iter().cycle().take(70));
    proxy.brew("GetItem", [Throttled, ReplyLost, Fair, Broken, Fair, Fair].into_iter().cycle().take(40));
    proxy.brew("Query", [CallLost, Throttled, Fair].into_iter().cycle().take(20));
    proxy.brew("PutItem", [ReplyLost, Throttled]);
    suite::conforms(store).await;
    let (_, all_came) = proxy.seen();
    assert!(all_came, "the weather never came");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_leaves_one_entry_and_one_truth() {
    use Fault::*;
    let (_embedded, proxy, store) = behind_proxy("each_fault").await;
    for fault in [Conflict, ThrottledInside, Throttled, Broken, BrokenAfterwards, ReplyLost, CallLost] {
        let name = format!("{fault:?}-1").to_lowercase();
        let start = sample::start(&name, &[&name], 0, &format!("{name} starts")).unwrap();
        proxy.brew("TransactWriteItems", [fault]);
        assert_eq!(store.start(&start).await, Ok(()), "{fault:?}");
        let commit =
            sample::commit(&start.head, vec![sample::note("once")], &format!("{name} goes on")).unwrap();
        proxy.brew("TransactWriteItems", [fault]);
        assert_eq!(store.commit(&commit).await, Ok(()), "{fault:?}");
        suite::assert_is_a_log_of(&suite::whole_log(&store, &name).await, &commit.head);
        assert!(proxy.seen().1, "{fault:?} never came");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn contention_without_end_is_no_lost_race() {
    let (_embedded, proxy, store) = behind_proxy("contention").await;
    let start = sample::start("busy-1", &[], 0, "start").unwrap();
    store.start(&start).await.unwrap();
    let commit = sample::commit(&start.head, vec![sample::note("never")], "commit").unwrap();
    proxy.brew("TransactWriteItems", [Fault::Conflict; 50]);
    let Err(CommitError::Unavailable(why)) = store.commit(&commit).await else {
        panic!("nothing was written, and nobody else was there");
    };
    assert!(why.0.starts_with("contended: TransactionConflict"), "{why}");
}

/// All attempts are written and none is answered: the log itself knows.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_nobody_answers_is_found_in_the_log() {
    let (_embedded, proxy, store) = behind_proxy("nobody_answers").await;
    let start = sample::start("dark-1", &[], 0, "start").unwrap();
    store.start(&start).await.unwrap();
    let commit = sample::commit(&start.head, vec![sample::note("dark")], "commit").unwrap();
    proxy.brew("TransactWriteItems", [Fault::ReplyLost; 50]);
    assert_eq!(store.commit(&commit).await, Ok(()));
    suite::assert_is_a_log_of(&suite::whole_log(&store, "dark-1").await, &commit.head);
}

/// DynamoDB forgets a token after ten minutes, the embedded table when it ends; the entry is what stays.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_is_known_as_ours_without_its_token() {
    let file = folder("without_token").join("state.db");
    let start = sample::start("late-1", &["f"], 0, "start").unwrap();
    let commit = sample::commit(&start.head, vec![sample::note("first")], "commit").unwrap();
    let commit = Commit { record: Some("r".into()), ..commit };
    let other = sample::commit(&start.head, vec![sample::note("other")], "other").unwrap();

    let before = Embedded::open(&file).await.unwrap();
    before.store().start(&start).await.unwrap();
    before.store().commit(&commit).await.unwrap();
    before.close().await.unwrap();

    let after = Embedded::open(&file).await.unwrap();
    assert_eq!(after.store().start(&start).await, Ok(()));
    assert_eq!(after.store().commit(&commit).await, Ok(()));
    assert_eq!(after.store().commit(&other).await, Err(CommitError::Lost));
    let namesake = sample::start("late-1", &["f"], 0, "namesake").unwrap();
    assert_eq!(after.store().start(&namesake).await, Err(StartError::Exists));
    after.close().await.unwrap();
}

/// All attempts of a spend are written and none is answered; it counts once all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_spend_that_is_not_answered_counts_once() {
    use Fault::*;
    let (_embedded, proxy, store) = behind_proxy("spend").await;
    let id = RolloutId("spend-1".into());
    for fault in [Conflict, ThrottledInside, Throttled, Broken, BrokenAfterwards, ReplyLost, CallLost] {
        let day = "2026-01-05".parse().unwrap();
        let hour = Hour { day, hour: 0 };
        let spend = Spend { id: format!("{fault:?}"), budget: "llm".into(), hour, money: Money::micros(5) };
        proxy.brew("TransactWriteItems", [fault, fault]);
        assert_eq!(store.spend(&id, &spend).await, Ok(()), "{fault:?}");
        assert!(proxy.seen().1, "{fault:?} never came");
    }
    let day = "2026-01-05".parse().unwrap();
    let windows = store.windows(&id, "llm", Days { first: day, last: day }).await.unwrap();
    assert_eq!(windows[&day].whole(), Tally { money: Money::micros(35), records: 7 });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_things_cost() {
    let (_embedded, proxy, store) = behind_proxy("cost").await;
    let cost = |what: &str, expected: &[(&str, usize)]| {
        let expected: BTreeMap<String, usize> =
            expected.iter().map(|(call, n)| ((*call).to_owned(), *n)).collect();
        let (calls, _) = proxy.seen();
        println!("{what}: {calls:?}");
        assert_eq!(calls, expected, "{what}");
    };
    let (get, query, write) = (("GetItem", 1), ("Query", 1), ("TransactWriteItems", 1));
    let id = RolloutId("cost-1".into());

    store.work().await.unwrap();
    cost("work, idle", &[query]);
    let start = sample::start(&id.0, &["f"], 0, "start").unwrap();
    store.start(&start).await.unwrap();
    cost("start", &[write]);
    store.load(&id).await.unwrap();
    cost("load, the first time", &[("BatchGetItem", 1)]);
    store.load(&id).await.unwrap();
    cost("load", &[get]);
    store.work().await.unwrap();
    cost("work", &[query]);
    let commit =
        sample::commit(&start.head, vec![sample::note("one"), sample::note("two")], "commit").unwrap();
    store.commit(&Commit { raises: true, record: Some("r".into()), ..commit }).await.unwrap();
    cost("commit", &[write]);
    let late = sample::commit(&start.head, vec![sample::note("late")], "late").unwrap();
    store.commit(&late).await.unwrap_err();
    cost("commit, lost", &[get, write]);
    let head = store.load(&id).await.unwrap().head;
    cost("load", &[get]);
    let next = sample::commit(&head, vec![sample::note("next")], "next").unwrap();
    proxy.brew("TransactWriteItems", [Fault::ReplyLost]);
    store.commit(&next).await.unwrap();
    cost("commit, the reply lost: its token answers", &[("TransactWriteItems", 2)]);
    let day = "2026-01-05".parse().unwrap();
    let (hour, money) = (Hour { day, hour: 0 }, Money::micros(5));
    store.spend(&id, &Spend { id: "r".into(), budget: "llm".into(), hour, money }).await.unwrap();
    cost("spend", &[write]);
    store.windows(&id, "llm", Days { first: day, last: day }).await.unwrap();
    cost("the windows of a budget", &[query]);
    let held = Held { money, until: Timestamp(9) };
    let hold = Hold { id: "h".into(), budget: "llm".into(), day, held };
    store.reserve(&id, &hold, Money::micros(10), Timestamp(0)).await.unwrap();
    cost("reserve", &[write]);
    store.settle(&id, &Spend { id: "h".into(), budget: "llm".into(), hour, money }).await.unwrap();
    cost("settle", &[get, write]);
    let late = Hold { id: "i".into(), ..hold };
    store.reserve(&id, &late, Money::micros(10), Timestamp(0)).await.unwrap_err();
    cost("reserve, the first that is refused", &[("TransactWriteItems", 2)]);
    store.reserve(&id, &late, Money::micros(10), Timestamp(0)).await.unwrap_err();
    cost("reserve, refused", &[write]);

    let mut ids = vec![id];
    for number in 2..=150 {
        let (name, function) = (format!("cost-{number}"), format!("f{number}"));
        let start = sample::start(&name, &[&function], 0, &format!("{name} starts")).unwrap();
        store.start(&start).await.unwrap();
        ids.push(start.head.id);
    }
    proxy.seen();
    store.load_all(&ids[..100]).await.into_iter().for_each(|loaded| drop(loaded.unwrap()));
    cost("a hundred rollouts, the first time", &[("BatchGetItem", 2)]);
    store.load_all(&ids[..100]).await.into_iter().for_each(|loaded| drop(loaded.unwrap()));
    cost("a hundred rollouts", &[("BatchGetItem", 1)]);
    for again in ["", ", again", ", and again"] {
        store.load_all(&ids).await.into_iter().for_each(|loaded| drop(loaded.unwrap()));
        // A hundred plans are kept: each time only the others are read again.
        cost(&format!("a hundred and fifty{again}"), &[("BatchGetItem", 2)]);
    }
    let one =
        |id: &RolloutId| Asked { id: id.clone(), budget: "llm".into(), days: Days { first: day, last: day } };
    let asked: Vec<Asked> = ids.iter().map(one).collect();
    let windows = store.windows_all(&asked).await;
    cost("a window of each of 150 rollouts", &[("BatchGetItem", 2)]);
    assert_eq!(windows[0].as_ref().unwrap()[&day].whole().money, money.plus(money));
    assert!(windows[1..].iter().all(|none| none.as_ref().is_ok_and(BTreeMap::is_empty)));
}

/// What was answered is there after a kill, again and again.
#[tokio::test(flavor = "multi_thread")]
async fn a_kill_loses_nothing_that_was_answered() {
    let file = folder("kill").join("state.db");
    for round in 1..=3 {
        let mut writer = Command::new(env!("CARGO_BIN_EXE_writer"))
            .arg(&file)
            .arg("killed-1")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(writer.stdout.take().unwrap()).lines().nth(10).unwrap().unwrap();
        writer.kill().unwrap();
        writer.wait().unwrap();

        let embedded = Embedded::open(&file).await.unwrap();
        let head = embedded.store().load(&RolloutId("killed-1".into())).await.unwrap().head;
        assert!(head.version.0 >= said.parse().unwrap(), "round {round}: {} after {said}", head.version);
        suite::assert_is_a_log_of(&suite::whole_log(embedded.store(), "killed-1").await, &head);
        embedded.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_ours_or_torn_is_left_as_it_is() {
    let folder = folder("not_ours");
    let file = folder.join("state.db");
    Embedded::open(&file).await.unwrap().close().await.unwrap();
    let ours = fs::read(&file).unwrap();
    let mut others = ours.clone();
    others[68..72].copy_from_slice(b"fire");
    let mut holed = ours.clone();
    holed[4096..].fill(0xAA);

    let unusable: [(&str, Vec<u8>, &str); 6] = [
        ("empty", vec![], "is damaged (it is empty)"),
        ("text", b"dear diary".repeat(20), "is not a tidegate database (it is not an SQLite file)"),
        (
            "short",
            ours[..50].to_vec(),
            "is not a tidegate database (it is an SQLite file of another program)",
        ),
        ("others", others, "is not a tidegate database (it is an SQLite file of another program)"),
        ("torn", ours[..ours.len() / 2].to_vec(), "is damaged ("),
        ("holed", holed, "is damaged ("),
    ];
    for (name, bytes, message) in unusable {
        let file = folder.join(name);
        fs::write(&file, &bytes).unwrap();
        let error = Embedded::open(&file).await.unwrap_err();
        assert!(error.to_string().contains(message), "{name}: {error}");
        assert!(error.to_string().contains("it was left as it is"), "{name}: {error}");
        assert_eq!(fs::read(&file).unwrap(), bytes, "{name}");
    }

    fs::write(folder.join("gone-wal"), b"pages of a file that is gone").unwrap();
    let error = Embedded::open(&folder.join("gone")).await.unwrap_err();
    assert!(matches!(error, EmbeddedError::Damaged { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_starts_at_once_and_ends_by_itself_half_created() {
    let folder = folder("start");
    let file = folder.join("state.db");
    fs::write(folder.join("state.db.new"), b"a kill left this").unwrap();
    for how in ["created", "opened"] {
        let began = std::time::Instant::now();
        let embedded = Embedded::open(&file).await.unwrap();
        println!("{how} in {:?}", began.elapsed());
        assert_eq!(embedded.store().rollouts().await, Ok(vec![]));
        embedded.close().await.unwrap();
    }
    assert!(!folder.join("state.db.new").exists());
}

//! What a newer program, or damage, may have left in the table.

use super::*;
use crate::embedded::Embedded;

async fn open(test: &str) -> (Embedded, DynamoStore, std::path::PathBuf) {
    let file = std::env::temp_dir().join(format!("tidegate-{test}-{}.db", std::process::id()));
    let embedded = Embedded::open(&file).await.unwrap();
    let store = embedded.store().clone();
    (embedded, store, file)
}

#[tokio::test]
async fn what_is_newer_holds_one_rollout_and_never_defaults() {
    let (embedded, store, file) = open("newer").await;
    let id = RolloutId("new-1".into());
    let unreadable = |why: &str| LoadError::Unreadable { id: id.clone(), why: why.into() };

    store.calls.put(Key::head(&id).with_body(r#"{"v":2,"is":{}}"#.into())).await.unwrap();
    let error = store.load(&id).await.unwrap_err();
    assert_eq!(error, unreadable("its head: its body has version 2, and this program reads version 1"));

    store.calls.put(Key::head(&id).with_body(r#"{"v":1,"is":{"phase":"levitating"}}"#.into())).await.unwrap();
    assert!(matches!(store.load(&id).await.unwrap_err(), LoadError::Unreadable { .. }));

    let (_, head) = rollout::log::begin(
        id.clone(),
        "hash".into(),
        rollout::units::Generation(0),
        rollout::log::Why::default(),
        "ann",
        Timestamp(0),
        "id",
    )
    .unwrap();
    store.calls.put(Key::head(&id).with_body(body::write(&head).unwrap())).await.unwrap();
    assert_eq!(store.load(&id).await.unwrap_err(), unreadable("it has no plan"));

    store.calls.put(Key::plan(&id).with_body(r#"{"v":3}"#.into())).await.unwrap();
    let error = store.load(&id).await.unwrap_err();
    assert_eq!(error, unreadable("its plan: its body has version 3, and this program reads version 1"));

    let vanished = Key::entry(&id, Version(1)).with_body(r#"{"v":1,"is":{"event":"vanished"}}"#.into());
    store.calls.put(vanished).await.unwrap();
    assert!(store.entries(&id, Version(0), 1).await.is_err());
    embedded.close().await.unwrap();
    std::fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn a_stop_line_that_cannot_be_read_stops() {
    let (embedded, store, file) = open("stop").await;
    store.calls.put(Key::stop().with_body(r#"{"v":2}"#.into())).await.unwrap();
    let stop = store.work().await.unwrap().stop.unwrap();
    assert!(!stop.roll_back);
    assert!(stop.note.as_ref().unwrap().contains("version 2"));
    let again = StopLine { id: "again".into(), ..stop.clone() };
    assert_eq!(store.set_stop(None, Some(&again)).await, Err(StopError::Moved));
    assert_eq!(store.set_stop(Some(&stop), Some(&again)).await, Ok(()), "it can be pulled again");
    assert_eq!(store.work().await.unwrap().stop, Some(again));
    embedded.close().await.unwrap();
    std::fs::remove_file(file).unwrap();
}

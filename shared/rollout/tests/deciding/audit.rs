//! A log proves itself: whatever is changed in it afterwards is found, and where.

use crate::world::World;
use rollout::{
    event::Event,
    log::{Audit, Broken, Entry, hash},
    rollout::{Rollout, RolloutId},
    time::Timestamp,
    units::Version,
};

fn audit(entries: &[Entry]) -> Result<Option<Rollout>, Broken> {
    let mut audit = Audit::new(RolloutId("example-1".to_owned()));
    entries.iter().try_for_each(|entry| audit.take(entry))?;
    Ok(audit.head().cloned())
}

/// Changes one entry, and says where the log is broken then.
fn changed(world: &World, at: usize, change: impl FnOnce(&mut Entry)) -> u64 {
    let mut entries = world.entries().to_vec();
    change(&mut entries[at]);
    audit(&entries).unwrap_err().version.0
}

#[test]
fn a_log_that_nobody_touched_folds_to_the_head() {
    let world = World::at("two");
    assert_eq!(audit(world.entries()), Ok(Some(world.head.clone())));
    assert_eq!(audit(&[]), Ok(None));
}

#[test]
fn whatever_is_changed_in_an_entry_is_found_there() {
    let world = World::at("two");
    for at in 0..world.entries().len() {
        let version = at as u64 + 1;
        assert_eq!(changed(&world, at, |entry| entry.at = Timestamp(entry.at.0 + 1)), version);
        assert_eq!(changed(&world, at, |entry| entry.by.push('x')), version);
        assert_eq!(changed(&world, at, |entry| entry.commit.push('x')), version);
        assert_eq!(changed(&world, at, |entry| entry.event = forged()), version);
        assert_eq!(changed(&world, at, |entry| entry.before.push('0')), version);
        assert_eq!(changed(&world, at, |entry| entry.version = Version(90)), 90);
    }
}

#[test]
fn an_entry_that_is_missing_repeated_or_out_of_its_place_is_found() {
    let world = World::at("two");
    let all = world.entries().to_vec();
    for at in 1..all.len() - 1 {
        let mut without = all.clone();
        without.remove(at);
        assert_eq!(audit(&without).unwrap_err().version, all[at + 1].version);
        let mut twice = all.clone();
        twice.insert(at, all[at].clone());
        assert_eq!(audit(&twice).unwrap_err().version, all[at].version);
        let mut swapped = all.clone();
        swapped.swap(at, at + 1);
        assert_eq!(audit(&swapped).unwrap_err().version, all[at + 1].version);
    }
    assert_eq!(audit(&all[1..]).unwrap_err().version, Version(2), "the first is missing");
}

#[test]
fn hashes_that_are_made_anew_do_not_hide_what_cannot_follow() {
    let world = World::at("two");
    let mut entries = world.entries().to_vec();
    let last = entries.len() - 1;
    entries[last].event = Event::Ready;
    entries[last].hash = hash(&entries[last]).unwrap();
    let broken = audit(&entries).unwrap_err();
    assert!(broken.version == entries[last].version && broken.why.contains("cannot happen"), "{broken}");
}

/// A fact that nobody found.
fn forged() -> Event {
    Event::Blocked { why: Some("forged".to_owned()) }
}

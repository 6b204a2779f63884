//! Somebody tells that an alarm has begun to ring: early, late, twice.

use crate::{
    levels::{at_two, started},
    world::{World, admin, ann, check, names},
};
use rollout::{
    decide::{Command, Hold, Trigger},
    event::Event,
    time::{Span, Timestamp},
};

impl World {
    /// An alarm is told of, and this is what is said where nothing follows.
    fn told_of(&mut self, name: &str, at: Timestamp) -> Result<Vec<Event>, String> {
        let told = self.tell(&Trigger::Alarmed(name.to_owned(), at));
        told.map_err(|hold| {
            let Hold::Not(why) = hold else { return format!("{hold:?}") };
            why.rsplit(": ").next().unwrap_or_default().to_owned()
        })
    }
}

const EARLIER: &str = "that was before the evidence of the present exposure was gathered, or before a resume";
const NOT_IN_FORCE: &str = "no guardrail that watches it is in force";
const AGAIN: &str = "its guardrail has acted before, and acts again on what a tick finds";

#[test]
fn what_watches_the_alarm_acts_and_nothing_else_is_decided() {
    let mut world = at_two();
    world.later(Span::hours(2));
    let since = world.now;
    // The bake is over, the money is at its cap and another alarm rings: all that is for the clock.
    world.spends(500);
    world.rings("noisy");
    let events = world.told_of("burning", since).unwrap();
    assert_eq!(names(&events), ["fired", "notified", "lowering"]);
    let Event::Fired { ringing, .. } = &events[0] else { panic!("{events:?}") };
    assert_eq!(ringing.map(|ringing| ringing.since), Some(since));
    let then = "roll back to previous, page on-call";
    assert_eq!(events[0].words(&world.plan), format!("alarm burning -> {then}: rings since {since}"));
    world.check_log();
}

#[test]
fn what_waits_is_neither_ended_nor_cleared_by_news() {
    let mut world = at_two();
    check(world.told_of("crowded", world.now).map_err(Hold::Not), &["fired", "notified", "deferred"]);
    world.later(Span::minutes(11));
    check(world.told_of("noisy", world.now).map_err(Hold::Not), &["fired", "notified"]);
    assert_eq!(
        world.head.deferred.len(),
        1,
        "it is judged again by the clock, which asks how the alarm stands"
    );
}

#[test]
fn twice_is_once_and_the_second_action_is_the_clocks() {
    let mut world = at_two();
    let since = world.now;
    world.told_of("burning", since).unwrap();
    assert_eq!(world.told_of("burning", since).unwrap_err(), AGAIN);
    check(world.applied(), &["applied", "paused"]);
    assert_eq!(world.told_of("burning", since.before(Span::millis(1))).unwrap_err(), EARLIER);
    world.later(Span::minutes(1));
    assert_eq!(world.told_of("burning", world.now).unwrap_err(), AGAIN);
    world.rings("burning");
    world.later(Span::minutes(5));
    check(world.tick(&[]), &["fired", "notified", "lowering"]);
}

#[test]
fn what_rang_in_an_earlier_exposure_says_nothing_of_this_one() {
    let mut world = at_two();
    let before = world.now.before(Span::seconds(1));
    assert_eq!(world.told_of("burning", before).unwrap_err(), EARLIER);
    check(world.told_of("burning", world.now).map_err(Hold::Not), &["fired", "notified", "lowering"]);
}

#[test]
fn an_alarm_counts_from_the_evidence_on_and_not_from_the_write() {
    let mut world = started().exposed();
    world.later(Span::hours(1));
    let (evidence, gathered) = (world.evidence(&[]), world.now);
    world.later(Span::seconds(5));
    check(world.tell(&Trigger::Tick(Box::new(evidence))), &["promoted"]);
    world.later(Span::seconds(5));
    world.applied().unwrap();
    assert_eq!(world.told_of("burning", gathered.before(Span::millis(1))).unwrap_err(), EARLIER);
    check(world.told_of("burning", gathered).map_err(Hold::Not), &["fired", "notified", "lowering"]);
}

#[test]
fn a_resume_acknowledges_what_rang_before_it() {
    let mut world = at_two();
    let since = world.now;
    world.later(Span::minutes(1));
    check(world.command(Command::Pause { note: None }, &ann(&["team"])), &["paused"]);
    let at = world.moved();
    check(world.command(Command::Resume { at, note: None }, &ann(&["team"])), &["resumed"]);
    assert_eq!(world.told_of("burning", since).unwrap_err(), EARLIER);
}

#[test]
fn whoever_is_not_exposed_is_not_taken_back() {
    let mut world = started();
    assert_eq!(world.told_of("burning", world.now).unwrap_err(), NOT_IN_FORCE);
    let mut world = world.exposed();
    assert_eq!(world.told_of("crowded", world.now).unwrap_err(), NOT_IN_FORCE, "it begins later");
    assert_eq!(world.told_of("unknown", world.now).unwrap_err(), "no guardrail of this plan watches it");
    let note = "gone".to_owned();
    check(world.command(Command::Abandon { note }, &admin()), &["abandoning"]);
    assert_eq!(world.told_of("burning", world.now).unwrap_err(), NOT_IN_FORCE);
}

#[test]
fn a_clock_that_is_ahead_is_believed_about_the_alarm_and_not_about_the_time() {
    let mut world = at_two();
    let events = world.told_of("burning", world.now.after(Span::hours(1))).unwrap();
    let Event::Fired { ringing, .. } = &events[0] else { panic!("{events:?}") };
    assert_eq!(ringing.map(|ringing| ringing.since), Some(world.now));
}

#[test]
fn a_rehearsal_only_says_what_it_would_do() {
    let mut world = at_two();
    let events = world.told_of("rehearsal", world.now).unwrap();
    assert_eq!(names(&events), ["fired"]);
}

#[test]
fn a_time_is_read_as_clocks_of_alarms_write_it() {
    let at = Timestamp(1_787_331_188_431);
    for text in ["2026-08-21T16:53:08.431Z", "2026-08-21T16:53:08.431+0000", "2026-08-21T18:53:08.431+02:00"]
    {
        assert_eq!(text.parse(), Ok(at), "{text}");
    }
    for text in ["", "yesterday", "2026-08-21", "2026-08-21T16:53:08"] {
        assert!(text.parse::<Timestamp>().is_err(), "{text}");
    }
}

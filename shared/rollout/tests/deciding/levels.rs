//! What stands: money that crosses a line, and alarms that ring.

use crate::world::{FALSE, TRUE, UNKNOWN, World, admin, ann, captured, check, holds, names};
use rollout::{
    calendar::{Calendar, Days},
    decide::{Command, Hold, Trigger},
    event::{Event, Holder, Level, Outcome},
    evidence::Gap,
    levels::{AlarmState, Ringing, Spent, Tally, Windows},
    rollout::Phase,
    time::Span,
    units::{BudgetId, Money, TargetId},
};
use std::collections::BTreeMap;

const PLAN: &str = include_str!("levels.yaml");
pub(crate) const ALARMS: [&str; 4] = ["burning", "noisy", "rehearsal", "crowded"];
pub(crate) const COST: BudgetId = BudgetId(0);

/// Started; all alarms are quiet and nothing is spent.
pub(crate) fn started() -> World {
    let mut world = World::of(PLAN);
    ALARMS.iter().for_each(|name| world.sounds(name, AlarmState::Quiet));
    world.spends(0);
    world
}

/// At its first exposed stage.
fn exposed() -> World {
    let mut world = started().exposed();
    world.goes_on();
    world
}

/// At the stage of a half.
pub(crate) fn at_two() -> World {
    let mut world = exposed();
    world.goes_on();
    assert_eq!(world.stage(), Some("two"));
    world
}

impl World {
    pub(crate) fn sounds(&mut self, name: &str, state: AlarmState) {
        let watching = self.plan.rules().filter(|(_, rule)| rule.when.alarm() == Some(name));
        self.levels.alarms.extend(watching.map(|(id, _)| (id, state)));
    }

    /// It rings from now on, and looks at five minutes.
    pub(crate) fn rings(&mut self, name: &str) {
        let ringing = Ringing { since: self.now, window: Span::minutes(5) };
        self.sounds(name, AlarmState::Ringing(ringing));
    }

    /// So many cents are spent today.
    pub(crate) fn spends(&mut self, cents: u64) {
        let day = Calendar::of(&self.plan.timezone).day(self.now);
        let tally = Tally { money: Money::micros(cents * 10_000), records: 1 };
        let spent = BTreeMap::from([(day, Spent { hours: BTreeMap::from([(0, tally)]), refused: false })]);
        let windows = Windows { days: Days { first: day, last: day }, spent };
        self.levels.windows.insert(COST, windows);
    }

    /// Bakes, and enters the next stage.
    pub(crate) fn goes_on(&mut self) {
        self.later(Span::hours(1));
        self.spends(0);
        check(self.tick(&[]), &["promoted"]);
        self.applied().unwrap();
    }

    /// Half an hour after the next midnight in Berlin, with nothing spent yet.
    pub(crate) fn tomorrow(&mut self) {
        let calendar = Calendar::of(&self.plan.timezone);
        self.now = calendar.begins(calendar.day(self.now).next()).after(Span::minutes(30));
        self.spends(0);
    }

    fn off(&self) -> Vec<(&str, Vec<&Holder>)> {
        self.head.off.iter().map(|(name, by)| (name.as_str(), by.iter().collect())).collect()
    }
}

pub(crate) fn told(events: &[Event]) -> Vec<(Level, &str, &str)> {
    let told = events.iter().filter_map(|event| {
        let Event::Notified { level, to, what } = event else { return None };
        Some((*level, to.as_str(), what.as_str()))
    });
    told.collect()
}

#[test]
fn the_owner_is_warned_once_a_day() {
    let mut world = exposed();
    world.spends(399);
    holds(world.tick(&[]), "Baking");
    world.spends(400);
    let events = world.tick(&[]).unwrap();
    assert_eq!(names(&events), ["crossed", "notified"]);
    let what = "llm_cost: $4 of $5 spent on 2026-01-05, told from $4 on";
    assert_eq!(told(&events), [(Level::Alert, "team", what)]);
    world.later(Span::minutes(1));
    world.spends(480);
    holds(world.tick(&[]), "Baking");
    world.tomorrow();
    check(world.tick(&[]), &["promoted"]);
    world.spends(401);
    check(world.tick(&[]), &["crossed", "notified"]);
    world.check_log();
}

#[test]
fn at_the_cap_a_feature_is_off_until_the_day_ends_and_the_bake_stands_still() {
    let mut world = exposed();
    world.later(Span::minutes(20));
    world.spends(510);
    let events = world.tick(&[]).unwrap();
    assert_eq!(names(&events), ["crossed", "notified", "disabled"]);
    let what = "llm_cost: $5.1 spent on 2026-01-05, and the cap is $5: llm off until the day ends";
    assert_eq!(told(&events), [(Level::Alert, "team", what)], "one message tells both");
    let monday = Calendar::of(&world.plan.timezone).day(world.now);
    assert_eq!(world.off(), [("llm", vec![&Holder::Cap(COST, monday)])]);
    check(world.applied(), &["applied"]);
    world.later(Span::hours(9));
    world.spends(600);
    let Err(Hold::Capped { name, until, .. }) = world.tick(&[]) else { panic!("it holds") };
    assert_eq!((name.as_str(), until.to_string()), ("llm", "2026-01-05T23:00:00Z".to_owned()));
    world.tomorrow();
    check(world.tick(&[]), &["enabled"]);
    check(world.applied(), &["applied"]);
    let Err(Hold::Baking { baked, .. }) = world.tick(&[]) else { panic!("it bakes on") };
    assert_eq!(baked, Span::minutes(20));
    world.later(Span::minutes(40));
    check(world.tick(&[]), &["promoted"]);
    world.check_log();
}

#[test]
fn whoever_was_refused_money_has_met_the_cap() {
    let mut world = exposed();
    world.spends(490);
    check(world.tick(&[]), &["crossed", "notified"]);
    let windows = world.levels.windows.get_mut(&COST).unwrap();
    windows.spent.values_mut().for_each(|spent| spent.refused = true);
    let events = world.tick(&[]).unwrap();
    assert_eq!(names(&events), ["crossed", "notified", "disabled"]);
    let what = "llm_cost: $4.9 spent on 2026-01-05, and the cap is $5, which leaves too little for what was asked: \
                llm off until the day ends";
    assert_eq!(told(&events), [(Level::Alert, "team", what)]);
    check(world.applied(), &["applied"]);
    world.tomorrow();
    check(world.tick(&[]), &["enabled"]);
    world.check_log();
}

#[test]
fn what_is_spent_on_the_new_day_holds_it_off_anew_without_a_moment_between() {
    let mut world = exposed();
    world.spends(510);
    world.tick(&[]).unwrap();
    world.applied().unwrap();
    world.tomorrow();
    world.spends(700);
    let generation = world.head.generation;
    check(world.tick(&[]), &["crossed", "notified", "disabled"]);
    check(world.tick(&[]), &["enabled"]);
    let Err(Hold::Capped { until, .. }) = world.tick(&[]) else { panic!("it is still off") };
    assert_eq!(until.to_string(), "2026-01-06T23:00:00Z");
    assert_eq!(world.head.generation, generation, "nothing changed in the targets");
}

#[test]
fn a_cap_of_yesterday_that_is_seen_late_holds_nothing_off() {
    let mut world = exposed();
    world.spends(510);
    let late = world.evidence(&[]);
    world.now = world.now.after(Span::hours(24));
    // What was read of the day before says nothing about this one, and nobody knows what this one's is.
    let events = world.tell(&Trigger::Tick(Box::new(late))).unwrap_or_default();
    let crosses = |event: &Event| matches!(event, Event::Crossed { .. } | Event::Disabled { .. });
    let promotes = |event: &Event| matches!(event, Event::Promoted { .. });
    assert!(!events.iter().any(|event| crosses(event) || promotes(event)), "{events:?}");
}

#[test]
fn while_the_money_is_not_known_nothing_is_held_off_and_nothing_is_given_back() {
    let mut world = exposed();
    world.levels.windows.clear();
    holds(world.tick(&[]), "Baking");
    world.spends(510);
    world.tick(&[]).unwrap();
    world.applied().unwrap();
    world.tomorrow();
    world.levels.windows.clear();
    let held = world.tick(&[]).unwrap_err();
    let words = held.words(&world.plan, world.now);
    assert_eq!(words, "llm is still off at the cap of llm_cost: what was spent since is not known");
}

#[test]
fn giving_back_is_a_raise() {
    let mut world = exposed();
    world.spends(510);
    world.tick(&[]).unwrap();
    world.applied().unwrap();
    world.tomorrow();
    holds(world.tick(&[("errors > 5%", UNKNOWN)]), "Guardrail");
    let at = world.now;
    world.stop = Some(rollout::evidence::StopLine {
        id: "s1".to_owned(),
        by: "ann".to_owned(),
        at,
        roll_back: false,
        note: None,
    });
    check(world.tick(&[]), &["stopped"]);
    holds(world.tick(&[]), "StopLine");
    world.stop = None;
    check(world.tick(&[]), &["stop-lifted"]);
    check(world.command(Command::Pause { note: None }, &ann(&["team"])), &["paused"]);
    holds(world.tick(&[]), "Paused");
    let at = world.moved();
    check(world.command(Command::Resume { at, note: None }, &ann(&["team"])), &["resumed"]);
    check(world.tick(&[]), &["enabled"]);
}

#[test]
fn each_gives_back_only_its_own() {
    let mut world = exposed();
    let disable = Command::Disable { feature: "llm".to_owned(), note: None };
    check(world.command(disable, &ann(&["team"])), &["disabled"]);
    world.applied().unwrap();
    let named = |world: &World, feature: &str| Command::Enable {
        at: world.moved(),
        feature: feature.to_owned(),
        note: None,
    };
    holds(world.command(named(&world, "lmm"), &ann(&["team"])), "Not");
    let enable = |world: &World| named(world, "llm");
    world.spends(510);
    check(world.tick(&[]), &["crossed", "notified", "disabled"]);
    check(world.command(enable(&world), &ann(&["team"])), &["requested"]);
    let events = world.tick(&[]).unwrap();
    let Some(Event::RequestDropped { why }) = events.last() else { panic!("{events:?}") };
    assert_eq!(why, "llm is given back when its budget has a new window");
    holds(world.command(enable(&world), &ann(&["team"])), "Not");
    holds(world.tick(&[]), "Capped");
    world.tomorrow();
    check(world.tick(&[]), &["enabled"]);
    assert!(world.off().is_empty());
}

#[test]
fn nothing_completes_under_a_cap_not_even_by_force() {
    let mut world = at_two();
    world.goes_on();
    world.spends(510);
    world.tick(&[]).unwrap();
    world.applied().unwrap();
    let force = Command::Promote { at: world.moved(), to: None, force: true, note: None };
    holds(world.command(force, &admin()), "Not");
    let complete = Command::Complete { at: world.moved(), note: None };
    check(world.command(complete, &ann(&["team"])), &["requested"]);
    holds(world.tick(&[]), "Capped");
    world.tomorrow();
    check(world.tick(&[]), &["enabled"]);
    world.applied().unwrap();
    check(world.tick(&[]), &["closing"]);
}

#[test]
fn a_force_to_another_stage_passes_a_cap_over_and_says_so() {
    let mut world = exposed();
    world.spends(510);
    world.tick(&[]).unwrap();
    world.applied().unwrap();
    let force = Command::Promote { at: world.moved(), to: None, force: true, note: None };
    world.command(force, &admin()).unwrap();
    let events = world.tick(&[]).unwrap();
    let [Event::Promoted { forced, .. }] = events.as_slice() else { panic!("{events:?}") };
    assert!(forced.iter().any(|over| over.starts_with("llm is off at the cap of llm_cost")), "{forced:?}");
}

#[test]
fn the_way_back_lies_on_top_of_a_cap() {
    let mut world = exposed();
    let roll_back = Command::RollBack { to: None, note: None };
    world.command(roll_back, &ann(&["team"])).unwrap();
    world.spends(510);
    holds(world.tick(&[]), "Applying");
    check(world.applied(), &["applied", "closing"]);
    holds(world.tick(&[]), "Applying");
    check(world.applied(), &["applied", "ended"]);
}

#[test]
fn before_anybody_is_exposed_a_cap_is_an_overlay_already() {
    let mut world = started();
    world.tell(&Trigger::Captured(TargetId(0), captured())).unwrap();
    world.spends(510);
    check(world.tick(&[]), &["crossed", "notified", "disabled"]);
    holds(world.tick(&[]), "Capped");
    world.tomorrow();
    check(world.tick(&[]), &["enabled"]);
    check(world.tick(&[]), &["promoted"]);
}

#[test]
fn an_alarm_that_rings_acts_at_once() {
    let mut world = at_two();
    world.rings("burning");
    let since = world.now;
    let events = world.tick(&[]).unwrap();
    assert_eq!(names(&events), ["fired", "notified", "lowering"]);
    let Event::Fired { on, ringing, .. } = &events[0] else { panic!("{events:?}") };
    assert_eq!((on.len(), ringing.map(|ringing| ringing.since)), (0, Some(since)));
    let words = events[0].words(&world.plan);
    let then = "roll back to previous, page on-call";
    assert_eq!(words, format!("alarm burning -> {then}: rings since {since}"));
    world.check_log();
}

#[test]
fn an_alarm_acts_again_only_when_all_that_it_looks_at_is_this_exposure() {
    let mut world = at_two();
    world.rings("burning");
    check(world.tick(&[]), &["fired", "notified", "lowering"]);
    holds(world.tick(&[]), "Applying");
    check(world.applied(), &["applied", "paused"]);
    world.later(Span::minutes(4));
    holds(world.tick(&[]), "Paused");
    world.later(Span::minutes(1));
    check(world.tick(&[]), &["fired", "notified", "lowering"]);
    assert_eq!(world.stage(), None, "in the first exposed stage it goes all the way");
}

#[test]
fn a_resume_arms_an_alarm_anew_after_its_own_window() {
    let mut world = at_two();
    world.rings("noisy");
    check(world.tick(&[]), &["fired", "notified"]);
    world.later(Span::minutes(1));
    check(world.command(Command::Pause { note: None }, &ann(&["team"])), &["paused"]);
    let at = world.moved();
    check(world.command(Command::Resume { at, note: None }, &ann(&["team"])), &["resumed"]);
    world.later(Span::minutes(4));
    holds(world.tick(&[]), "Baking");
    world.later(Span::minutes(1));
    check(world.tick(&[]), &["fired", "notified"]);
}

#[test]
fn an_alarm_that_rings_or_is_not_known_keeps_the_stage() {
    let states = [
        (AlarmState::Insufficient, "no data"),
        (AlarmState::Missing, "there is no alarm of this name"),
        (AlarmState::Forbidden, "the source may not be asked: permission is missing"),
        (AlarmState::Failing, "the source does not answer"),
    ];
    for (state, why) in states {
        let mut world = exposed();
        world.later(Span::hours(1));
        world.spends(0);
        world.sounds("burning", state);
        let held = world.tick(&[]).unwrap_err();
        let expected = format!("a guardrail is not known ({why}): alarm burning");
        assert_eq!(held.words(&world.plan, world.now), expected);
        world.sounds("burning", AlarmState::Quiet);
        check(world.tick(&[]), &["promoted"]);
    }
    let mut world = exposed();
    world.rings("noisy");
    world.tick(&[]).unwrap();
    world.later(Span::hours(1));
    let held = world.tick(&[]).unwrap_err();
    assert_eq!(held.words(&world.plan, world.now), "a guardrail is true: alarm noisy");
    world.sounds("noisy", AlarmState::Quiet);
    check(world.tick(&[]), &["cleared"]);
    check(world.tick(&[]), &["promoted"]);
}

#[test]
fn where_the_plan_says_so_too_little_data_is_quiet() {
    let mut world = exposed();
    world.later(Span::hours(1));
    world.spends(0);
    world.sounds("noisy", AlarmState::Insufficient);
    check(world.tick(&[]), &["promoted"]);
}

#[test]
fn an_alarm_that_was_not_asked_is_not_known() {
    let mut world = exposed();
    world.later(Span::hours(1));
    world.levels.alarms.clear();
    holds(world.tick(&[]), "Guardrail");
}

#[test]
fn a_rehearsal_only_says_what_it_would_do() {
    let mut world = exposed();
    world.rings("rehearsal");
    check(world.tick(&[]), &["fired"]);
    world.later(Span::hours(1));
    world.spends(0);
    check(world.tick(&[]), &["promoted"]);
}

#[test]
fn what_waits_for_an_alarm_is_judged_again() {
    for (state, then) in [
        (AlarmState::Quiet, vec!["cleared", "deferral-ended"]),
        (AlarmState::Failing, vec!["deferral-ended", "notified", "paused"]),
    ] {
        let mut world = at_two();
        world.rings("crowded");
        check(world.tick(&[]), &["fired", "notified", "deferred"]);
        world.later(Span::minutes(10));
        world.sounds("crowded", state);
        check(world.tick(&[]), &then);
    }
    let mut world = at_two();
    world.rings("crowded");
    world.tick(&[]).unwrap();
    world.later(Span::minutes(10));
    check(world.tick(&[]), &["deferral-ended", "lowering"]);
}

#[test]
fn an_alarm_that_it_is_started_despite_holds_nothing_until_it_rings_anew() {
    let mut world = started();
    world.rings("burning");
    world.rings("crowded");
    world.head.despite = BTreeMap::from([("burning".to_owned(), world.now)]);
    let events = world.tick(&[]).unwrap();
    assert!(matches!(events.as_slice(), [Event::Refused { .. }]), "the other one is nobody's: {events:?}");
    let mut world = started();
    world.rings("burning");
    world.head.despite = BTreeMap::from([("burning".to_owned(), world.now.before(Span::minutes(1)))]);
    let events = world.tick(&[]).unwrap();
    assert!(matches!(events.as_slice(), [Event::Refused { .. }]), "it was another ring: {events:?}");

    let mut world = started();
    world.rings("burning");
    world.head.despite = BTreeMap::from([("burning".to_owned(), world.now)]);
    let mut world = world.exposed();
    world.goes_on();
    world.later(Span::minutes(20));
    holds(world.tick(&[]), "Baking");
    // It was quiet, and rings again: that is about what is exposed now.
    world.rings("burning");
    let events = world.tick(&[]).unwrap();
    assert!(names(&events).contains(&"lowering"), "{events:?}");
}

#[test]
fn a_start_under_an_alarm_is_refused_with_what_to_do() {
    let mut world = started();
    world.rings("crowded");
    let events = world.tick(&[]).unwrap();
    let [Event::Refused { why }] = events.as_slice() else { panic!("{events:?}") };
    let since = world.now;
    let expected = format!(
        "alarm crowded has been ringing since {since}: see to it and start again, or start despite it"
    );
    assert_eq!(*why, expected);
    assert!(matches!(&world.head.phase, Phase::Over { outcome: Outcome::Refused(_), .. }));

    let mut world = started();
    world.rings("burning");
    // The targets may have been read before the first tick.
    world.tell(&Trigger::Captured(TargetId(0), captured())).unwrap();
    check(world.tick(&[]), &["refused"]);
    world.check_log();

    let mut world = started();
    world.rings("rehearsal");
    world.tell(&Trigger::Captured(TargetId(0), captured())).unwrap();
    check(world.tick(&[]), &["promoted"]);
}

#[test]
fn an_alarm_that_began_after_the_start_refuses_nothing_and_holds_the_first_exposure() {
    let mut world = started().exposed();
    world.later(Span::hours(1));
    world.spends(0);
    world.rings("burning");
    let held = world.tick(&[]).unwrap_err();
    assert_eq!(held.words(&world.plan, world.now), "a guardrail is true: alarm burning");
    world.sounds("burning", AlarmState::Missing);
    let held = world.tick(&[]).unwrap_err();
    let expected = "a guardrail is not known (there is no alarm of this name): alarm burning";
    assert_eq!(held.words(&world.plan, world.now), expected);
    // What nobody uses yet has no data.
    world.sounds("burning", AlarmState::Insufficient);
    check(world.tick(&[]), &["promoted"]);
}

#[test]
fn a_stage_is_not_entered_under_an_alarm_that_would_be_in_force_there() {
    let mut world = exposed();
    world.rings("crowded");
    holds(world.tick(&[]), "Baking");
    world.later(Span::hours(1));
    world.spends(0);
    holds(world.tick(&[]), "Guardrail");
    world.sounds("crowded", AlarmState::Quiet);
    check(world.tick(&[]), &["promoted"]);
}

#[test]
fn an_alarm_disturbs_what_must_be_stable() {
    let plan = PLAN.replace("percent: 10, bake: 1h", "percent: 10, bake: 1h-9h, leave: [stable for 1h]");
    let mut world = World::of(&plan);
    ALARMS.iter().for_each(|name| world.sounds(name, AlarmState::Quiet));
    world.spends(0);
    let mut world = world.exposed();
    world.goes_on();
    world.later(Span::minutes(30));
    world.rings("noisy");
    world.tick(&[]).unwrap();
    world.sounds("noisy", AlarmState::Quiet);
    check(world.tick(&[]), &["cleared"]);
    world.later(Span::minutes(59));
    holds(world.tick(&[]), "Leave([Stable");
    world.later(Span::minutes(1));
    check(world.tick(&[]), &["promoted"]);
}

#[test]
fn money_and_alarms_hold_no_other_guardrail_back() {
    let mut world = exposed();
    world.levels = rollout::levels::Levels::default();
    check(world.tick(&[("errors > 5%", TRUE), ("errors < 1%", FALSE)]), &["fired", "lowering"]);
}

#[test]
fn while_a_window_cannot_be_read_nothing_is_promoted() {
    let mut world = exposed();
    world.later(Span::hours(1));
    world.levels.windows.clear();
    let hold = world.tick(&[]).unwrap_err();
    assert_eq!(hold.rung().map(|rung| rung.0), Some(6));
    let why = "not all that was spent today under llm_cost is known: the source does not answer";
    assert_eq!(hold.words(&world.plan, world.now), why);
    world.spends(0);
    check(world.tick(&[]), &["promoted"]);
}

/// The same plan, with a metric as its meter.
fn metered() -> World {
    let metric = "paid: {metric: App/Paid, stat: Sum, unit: $, about: all}\nbudgets:";
    let plan =
        PLAN.replace("budgets:", &format!("  {metric}")).replace("meter: calls", "meter: {metric: paid}");
    let mut world = World::of(&plan);
    ALARMS.iter().for_each(|name| world.sounds(name, AlarmState::Quiet));
    world.spends(0);
    world = world.exposed();
    world.goes_on();
    world
}

#[test]
fn while_a_metric_does_not_tell_what_was_spent_nothing_is_promoted() {
    let mut world = metered();
    let today = Calendar::of(&world.plan.timezone).day(world.now);
    world.levels.untold.insert(COST, BTreeMap::from([(today, Gap::Forbidden)]));
    holds(world.tick(&[]), "Baking");
    world.later(Span::hours(1));
    world.spends(100);
    let hold = world.tick(&[]).unwrap_err();
    assert_eq!(hold.rung().map(|rung| rung.0), Some(6));
    let why = "not all that was spent today under llm_cost is known: the source may not be asked: permission is missing";
    assert_eq!(hold.words(&world.plan, world.now), why);
    // The cap is met by what is known.
    world.spends(500);
    check(world.tick(&[]), &["crossed", "notified", "disabled"]);
    world.check_log();
}

#[test]
fn what_a_metric_did_not_tell_yesterday_keeps_nobody_today() {
    let mut world = metered();
    let yesterday = Calendar::of(&world.plan.timezone).day(world.now);
    world.levels.untold.insert(COST, BTreeMap::from([(yesterday, Gap::Forbidden)]));
    world.tomorrow();
    check(world.tick(&[]), &["promoted"]);
}

#[test]
fn where_a_meters_window_cannot_be_read_nothing_is_promoted() {
    let mut world = metered();
    world.later(Span::hours(1));
    world.levels.windows.clear();
    holds(world.tick(&[]), "Untold");
}

use super::*;
use crate::{
    lab::testing::{START, minutes, now, percent, plan},
    ports::{Functions, Metrics, Prober},
};
use rollout::{evidence::Query, plan::Source, time::Span};

fn lab(text: &str) -> Lab {
    Lab::new(&plan(), &story::parse(text).unwrap(), START, 1).unwrap_or_else(|wrong| panic!("{wrong:?}"))
}

fn expose(lab: &Lab, share: &str) {
    let read = now(lab.functions.read("worker")).unwrap();
    let mut environment = read.environment.unwrap();
    environment.insert("ENABLED".to_owned(), "true".to_owned());
    environment.insert("PERCENT".to_owned(), share.to_owned());
    now(lab.functions.write("worker", &environment, &read.revision)).unwrap();
}

/// Errors and requests of the canary in one minute.
fn canary(lab: &Lab, minute: u64) -> (Option<f64>, Option<f64>) {
    let plan = plan();
    let Source::Ratio { of, to, .. } = &plan.metrics[0].source else { panic!("a ratio") };
    let period = Span::minutes(1);
    let ask = |series| Query { series, period, from: minutes(minute), to: minutes(minute + 1) };
    let answers = now(lab.traffic.ask(&plan, &[ask(of[0].canary), ask(to[0].canary)]));
    let value = |place: usize| answers.get(place).and_then(|a| a.points.first()).map(|point| point.value);
    (value(0), value(1))
}

#[test]
fn the_traffic_follows_what_the_functions_say() {
    let mut lab = lab("at 25% + 5m: breach for 5m");
    lab.advance(minutes(1), None);
    assert_eq!(canary(&lab, 0), (None, None));
    expose(&lab, "25");
    (2..=20).for_each(|minute| assert!(lab.advance(minutes(minute), None).is_empty()));
    assert_eq!(lab.share(), percent(25));
    let rate = |minute| {
        let (errors, requests) = canary(&lab, minute);
        (errors.unwrap() / requests.unwrap() * 1e4).round() / 100.0
    };
    assert_eq!([rate(6), rate(7), rate(11), rate(12)], [0.03, 3.0, 3.0, 0.03]);
}

#[test]
fn people_act_and_the_world_changes() {
    let mut lab = lab(
        "tick all\nat 2m: pause by lena\nat 3m: doors down for 5m\nat 3m: check load fails\nat 4m: edit PERCENT=50 in worker\nat 4m: edit ENABLED=true",
    );
    assert_eq!(lab.advance(minutes(1), None), []);
    assert!(lab.habits().contains(&Habit::Tick) && !lab.habits().contains(&Habit::Approve));
    assert_eq!(lab.advance(minutes(2), None)[0].by, "lena");
    lab.advance(minutes(4), None);
    assert!(lab.doors_are_down(minutes(7)) && !lab.doors_are_down(minutes(8)));
    assert!(!now(lab.checks.probe(&plan().checks[0])).passed);
    assert_eq!(lab.share(), percent(50));
}

#[test]
fn every_builtin_story_runs_for_days() {
    for builtin in story::builtins() {
        let mut lab = lab(builtin.text);
        expose(&lab, "25");
        let days: u64 = 2;
        for minute in 1..=days * 24 * 60 {
            lab.advance(minutes(minute), Some(StageIndex(2)));
        }
        // One story lets the figures come ten minutes late.
        let (_, requests) = canary(&lab, days * 24 * 60 - 30);
        // A tenth of a request a minute comes now and then: whether in this minute, chance decides.
        assert!(requests.is_some() != (builtin.name == "no-traffic") || builtin.name == "thin-traffic");
    }
}

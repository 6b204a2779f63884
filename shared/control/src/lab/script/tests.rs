use super::*;
use crate::lab::{
    story::{builtins, parse},
    testing::{START, minutes, percent, plan},
    twist::{Change, Trouble},
};

/// The page that people read.
const GUIDE: &str = include_str!("../../../../../docs/stories.md");

fn script(text: &str) -> Result<Script, Vec<Misread>> {
    let plan = plan();
    Script::new(&parse(text).unwrap(), &plan, &Traffic::new(&plan, START, 1), START)
}

/// What is due in each of some minutes, at shares and stages that change with the hour: 0, 10, 25, then 100 %.
fn check(text: &str, expected: &[(u64, &str)]) {
    let mut script = script(text).unwrap();
    let mut happened = Vec::new();
    for minute in 0..=240 {
        let stage = StageIndex(u16::try_from(minute / 60).unwrap().min(3));
        let share = percent([0, 10, 25, 100][stage.at()]);
        let due = script.due(minutes(minute), share, Some(stage));
        happened.extend(due.into_iter().map(|due| (minute, format!("{:?}", due.what))));
    }
    assert_eq!(happened.len(), expected.len(), "{happened:?}");
    for ((minute, what), (expected, part)) in happened.iter().zip(expected) {
        assert!(minute == expected && what.contains(part), "{minute} {what}, not {expected} {part}");
    }
}

fn check_wrong(text: &str, expected: &str) {
    let wrong = script(text).err().unwrap();
    assert_eq!(wrong.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
}

#[test]
fn each_line_happens_once_at_its_moment() {
    check("approve all", &[(0, "Approve")]);
    check("at 90m: pause by lena", &[(90, "Pause")]);
    check("at exposure: pause by lena", &[(60, "Pause")]);
    check("at 25% + 10m: pause by lena", &[(130, "Pause")]);
    check("at stage full: pause by lena", &[(180, "Pause")]);
    check("at stage canary + 2h: pause by lena", &[(180, "Pause")]);
    check("every 1h from 25%: pause by lena", &[(180, "Pause"), (240, "Pause")]);
}

#[test]
fn what_is_due_together_comes_in_the_order_of_the_story() {
    check(
        "at 2m: pause by b\nat 1m: pause by a\nat 2m: resume by c",
        &[(1, "\"a\""), (2, "\"b\""), (2, "\"c\"")],
    );
}

#[test]
fn a_clock_that_jumps_misses_nothing_and_repeats_nothing() {
    let mut script = script("at 10m: breach for 5m\nevery 1h: leak").unwrap();
    let due = script.due(minutes(200), percent(10), None);
    let times: Vec<_> = due.iter().map(|due| (due.at, due.until)).collect();
    assert_eq!(times, [(minutes(10), Some(minutes(15))), (minutes(60), None)]);
    assert_eq!(script.due(minutes(201), percent(10), None), []);
    assert_eq!(script.due(minutes(240), percent(10), None).len(), 1);
}

#[test]
fn reports_are_repeated_until_the_story_reports_itself() {
    let mut script = script("report all\nat 5d: report survey 2.1 by olga").unwrap();
    let mut reports = Vec::new();
    for hour in 0..24 * 14 {
        for due in script.due(minutes(hour * 60), percent(10), None) {
            let Happening::Act(Act { by, deed: Deed::Report { name, value, .. }, .. }) = due.what else {
                panic!()
            };
            reports.push(format!("{hour}h {name} {value} by {by}"));
        }
    }
    let expected = [
        "0h survey-score 4.62 by reporter",
        "84h survey-score 4.62 by reporter",
        "120h survey-score 2.1 by olga",
    ];
    assert_eq!(reports, expected);
}

#[test]
fn names_are_found_in_the_plan() {
    check("at 1m: error_rate endpoint=e7 canary 8%", &[(1, "member: Some((DimensionId(0), 1))")]);
    check("at 1m: memory canary grows 20MB/min", &[(1, "by: 20000000.0")]);
    check("at 1m: signal any by ada", &[(1, "Signal { name: \"pii\", from: None }")]);
    check("at 1m: signal critical-report by ada", &[(1, "Signal { name: \"critical-report\", from: None }")]);
    check("at 1m: check all fails", &[(1, "\"load\"")]);
    check("at 1m: function busy for 10m", &[(1, "function: \"worker\"")]);
    check("at 1m: edit PERCENT=50", &[(1, "variable: \"PERCENT\"")]);
}

#[test]
fn a_line_that_does_not_fit_the_plan_says_what_would() {
    check_wrong("eror_rate 5%", "line 1: unknown metric `eror_rate`: did you mean `error_rate`?");
    check_wrong("memory 5%", "line 1: that is no amount of `memory`: its values are in MB");
    let told = "line 1: `survey` is not measured: people tell it: write `report FIGURE 4.3 by NAME` or `signal NAME by NAME`";
    check_wrong("survey 4", told);
    let counts = "line 1: `errors` counts what a ratio or the traffic is made of: tell the ratio, or `traffic 600/min`";
    check_wrong("errors 4", counts);
    check_wrong("at stage canari: breach", "line 1: unknown stage `canari`: did you mean `canary`?");
    check_wrong("check lod fails", "line 1: unknown check `lod`: did you mean `load`?");
    check_wrong("disable uy by ada", "line 1: unknown feature or cohort `uy`: did you mean `ux`?");
    check_wrong("deploy x in wroker", "line 1: unknown function `wroker`: did you mean `worker`?");
    let members = "line 1: unknown member `e9`: did you mean `e1`?";
    check_wrong("error_rate endpoint=e9 5%", members);
    let unjudged = "line 1: `memory` is not measured by endpoint: no condition judges it `for any endpoint`: leave `endpoint=e7` out";
    check_wrong("memory endpoint=e7 5GB", unjudged);
}

#[test]
fn every_builtin_story_can_be_read_and_told_and_says_what_it_shows() {
    for builtin in builtins() {
        let told = script(builtin.text);
        assert!(told.is_ok(), "{}: {:?}", builtin.name, told.err());
        assert!(GUIDE.contains(&format!("| `{}` |", builtin.name)), "{} is not in the guide", builtin.name);
        assert!(builtin.text.starts_with("# ") && builtin.shows().ends_with('.'), "{}", builtin.name);
    }
}

#[test]
fn a_plan_without_guardrails_has_nothing_to_break() {
    let mut plan = plan();
    plan.rules.clear();
    let told = Script::new(&parse("breach").unwrap(), &plan, &Traffic::new(&plan, START, 1), START);
    let help = "line 1: the plan has no guardrail that the lab could set off: give it a rule about a metric that is measured";
    assert_eq!(told.err().unwrap()[0].to_string(), help);
}

#[test]
fn a_breach_is_of_a_rule_in_force_and_ends() {
    let mut script = script("at 25%: breach for 2m\nat 25%: no data for 1m").unwrap();
    let due = script.due(minutes(7), percent(25), Some(StageIndex(2)));
    assert!(matches!(due[0].what, Happening::Twist(Twist::Figure { change: Change::To(3.0), .. })));
    assert_eq!(due[0].until, Some(minutes(9)));
    assert_eq!(due[1].what, Happening::Twist(Twist::Trouble(Trouble::NoData(None))));
}

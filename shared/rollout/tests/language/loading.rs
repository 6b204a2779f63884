//! What a good plan becomes.

use crate::{EXAMPLE, loaded};
use rollout::{
    condition::{Bound, Hold},
    plan::{
        About, Action, Audience, Back, Bake, Baseline, Item, Missing, Plan, Problems, Shown, Source, Step,
        When, load, timeline,
    },
    time::Span,
    units::{Decimal, Share, StageIndex},
};

const CST: &str = include_str!("../../../../plans/cst.yaml");
const ELITE: &str = include_str!("../../../../plans/elite.yaml");

#[test]
fn the_plans_of_the_house_load_without_a_doubt() {
    for (file, text) in [("cst.yaml", CST), ("elite.yaml", ELITE)] {
        let found = load(file, text).unwrap_or_else(|problems| panic!("{problems}")).warnings;
        assert!(found.is_empty(), "{}", Problems { file: file.to_owned(), text: text.to_owned(), found });
    }
}

#[test]
fn what_is_stored_is_what_was_loaded() {
    for text in [CST, ELITE, EXAMPLE] {
        let plan = loaded(text).plan;
        let json = serde_json::to_string(&plan).unwrap();
        let again: Plan = serde_json::from_str(&json).unwrap();
        assert_eq!(again, plan);
        assert_eq!(serde_json::to_string(&again).unwrap(), json);
        assert_eq!(again.hash().unwrap(), loaded(text).plan.hash().unwrap());
    }
}

#[test]
fn comments_and_blanks_do_not_change_a_plan() {
    let other = EXAMPLE.replace("owner: team", "# who answers for it\nowner:   team   # the team");
    assert_eq!(loaded(&other).plan.hash().unwrap(), loaded(EXAMPLE).plan.hash().unwrap());
}

#[test]
fn the_timeline_of_cst_is_the_one_that_its_team_wrote() {
    let expected = "\
stage           percentage  duration  total days  approvals
pre-production  0%          7d        0-7         engineering-lead
canary          10%         2d        7-9
expanded        25%         3d        9-12        engineering-lead
majority        50%         7d        12-19       engineering-lead, product-owner
full            100%        open      19+         engineering-director
total: 19 days, then open";
    let timeline = timeline(&loaded(CST).plan);
    assert_eq!(timeline.to_string(), expected);
    assert_eq!(timeline.total, Span::days(19));
}

#[test]
fn the_stages_of_the_plans_are_those_of_their_teams() {
    let shares =
        |text: &str| loaded(text).plan.stages.iter().map(|stage| stage.share.to_string()).collect::<Vec<_>>();
    assert_eq!(shares(CST), ["0%", "10%", "25%", "50%", "100%"]);
    assert_eq!(shares(ELITE), ["5%", "10%", "25%", "50%", "100%"]);
    let plan = loaded(CST).plan;
    let variables = |audience: &Audience<'_>| {
        let set = &plan.targets.first().unwrap().set;
        ["CST_PIPELINE_ENABLED", "CST_ROLLOUT_PERCENTAGE", "CST_LEGACY_FALLBACK"]
            .map(|name| set[name].render(audience))
    };
    assert_eq!(variables(&plan.nobody()), ["false", "0", "true"]);
    let full = Shown { stage: plan.last(), share: Share::ALL, off: vec![] };
    assert_eq!(variables(&plan.audience(&full)), ["true", "100", "true"]);
    let strict = plan.rules.first().unwrap();
    assert_eq!((strict.from, strict.until), (StageIndex(0), StageIndex(3)));
}

#[test]
fn defaults_are_resolved() {
    let plan = loaded(EXAMPLE).plan;
    let metric = |name: &str| plan.metrics.iter().find(|metric| metric.name == name).unwrap();
    let errors = metric("error_rate");
    assert_eq!((errors.lag, errors.period), (Span::minutes(1), Span::minutes(1)));
    assert_eq!(
        (errors.about, errors.baseline, errors.missing),
        (About::Canary, Baseline::Arm, Missing::Unknown)
    );
    assert_eq!(errors.scale, Decimal::whole(100));
    assert_eq!(metric("reports").missing, Missing::Zero);
    assert_eq!(metric("reports").about, About::All);
    let stage = plan.stage(StageIndex(0));
    assert_eq!(stage.bake, Bake::Timed { min: Span::hours(24), max: Span::hours(48) });
    let late = [Step::Pause, Step::Alert("team".to_owned())].map(|step| Action { step, after: None });
    assert_eq!(stage.late, late);
    assert!(stage.forceable && !stage.optional && !plan.self_approval);
    let rule = plan.rules.first().unwrap();
    assert_eq!((rule.from, rule.until), (StageIndex(0), StageIndex(1)));
    assert_eq!(rule.text, "error_rate > 5% in 5m -> roll back");
    assert_eq!(plan.timezone, "UTC");
}

#[test]
fn amounts_are_in_base_units() {
    check_bound("error_rate > 5% in 5m", &Bound::Constant(Decimal::whole(5)));
    check_bound("latency > 2s", &Bound::Constant(Decimal::whole(2_000)));
    check_bound("memory > 1GiB", &Bound::Constant(Decimal::whole(1 << 30)));
    check_bound("error_rate > baseline + 0.5pp", &Bound::Offset("0.5".parse().unwrap()));
    check_bound("latency < baseline - 1s", &Bound::Offset(Decimal::whole(-1_000)));
    check_bound("latency > 110% of baseline", &Bound::Factor("1.1".parse().unwrap()));
    check_bound("latency within 5% of baseline", &Bound::WithinShare("0.05".parse().unwrap()));
    check_bound("latency within 5ms of baseline", &Bound::WithinAmount(Decimal::whole(5)));
    let per = Span::minutes(1);
    check_bound("memory growth > 50MB/min in 5m", &Bound::Rate { amount: Decimal::whole(50_000_000), per });
}

/// The example's guardrail with this condition has this bound.
fn check_bound(condition: &str, expected: &Bound) {
    let plan = loaded(&EXAMPLE.replace("error_rate > 5% in 5m", condition)).plan;
    let When::Any(ids) = &plan.rules.first().unwrap().when else { panic!("{:?}", plan.rules) };
    let found = plan.condition(*ids.first().unwrap());
    assert_eq!(found.bound, *expected);
    assert_eq!(found.text, condition);
}

#[test]
fn series_are_asked_for_each_arm_and_member_once() {
    let plan = loaded(&EXAMPLE.replace("error_rate > 5% in 5m", "error_rate > 5% for any language")).plan;
    let errors = plan.metrics.iter().find(|metric| metric.name == "error_rate").unwrap();
    let Source::Ratio { of, to, without: false } = &errors.source else { panic!("{:?}", errors.source) };
    let (of, to) = (of.first().unwrap(), to.first().unwrap());
    let dimensions =
        |id| plan.series(id).dimensions.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>();
    assert_eq!(dimensions(of.canary), ["Track=new"]);
    assert_eq!(dimensions(of.baseline.unwrap()), ["Track=old"]);
    let members = of.members.values().next().unwrap();
    let [(rust, old_rust), (go, _)] = members.as_slice() else { panic!("{members:?}") };
    assert_eq!(dimensions(*rust), ["Language=rust", "Track=new"]);
    assert_eq!(dimensions(old_rust.unwrap()), ["Language=rust", "Track=old"]);
    assert_eq!(dimensions(*go), ["Language=go", "Track=new"]);
    assert_ne!(of.canary, to.canary);
    let different: std::collections::BTreeSet<_> = plan.series.iter().collect();
    assert_eq!(different.len(), plan.series.len());
}

#[test]
fn the_plans_gates_join_every_stage_that_exposes_somebody() {
    let stages = "stages:\n  - {name: zero, percent: 0, bake: 1h}";
    let plan = loaded(&EXAMPLE.replace("stages:", stages)).plan;
    let gates = |index| plan.stage(StageIndex(index)).leave.len();
    assert_eq!([gates(0), gates(1), gates(2)], [0, 1, 1]);
}

#[test]
fn guardrails_of_a_stage_are_in_force_there() {
    let more =
        "bake: 24h, guardrails: [{when: latency > 9s 3 times in a row, then: [roll back to 5%, alert team]}]";
    let plan = loaded(&EXAMPLE.replace("bake: 24h", more)).plan;
    let rule = plan.rules.last().unwrap();
    assert_eq!((rule.from, rule.until), (StageIndex(0), StageIndex(0)));
    let five = Share::from_hundredths(500).unwrap();
    assert_eq!(rule.then.first().unwrap().step, Step::RollBack(Back::To(five)));
    assert_eq!(plan.conditions.last().unwrap().hold, Some(Hold::Row(3)));
}

#[test]
fn doors_hold_conditions_checks_ticks_and_consents() {
    let door = "bake: 24h, late: roll back, optional: true, leave: [stable for 24h, check: health, \
                tick: Looked at it, approve: [lead, 2 of sre]]";
    let plan = loaded(&EXAMPLE.replace("bake: 24h", door)).plan;
    let stage = plan.stage(StageIndex(0));
    assert!(stage.optional);
    assert_eq!(stage.late, [Action { step: Step::RollBack(Back::Full), after: None }]);
    let [
        Item::Condition(_),
        Item::Stable(day),
        Item::Check(_),
        Item::Tick(tick),
        Item::Approve(lead),
        Item::Approve(sre),
    ] = stage.leave.as_slice()
    else {
        panic!("{:?}", stage.leave)
    };
    assert_eq!((*day, tick.as_str()), (Span::hours(24), "Looked at it"));
    assert_eq!((lead.count, sre.count, sre.role.as_str()), (1, 2, "sre"));
}

#[test]
fn a_problem_is_shown_under_its_line() {
    let text = EXAMPLE.replace("error_rate > 5% in 5m", "eror_rate > 5% in 5m");
    let expected = "\
error: unknown metric `eror_rate`
  --> example.yaml:25:12
   |
25 |   - {when: eror_rate > 5% in 5m, then: roll back}
   |            ^^^^^^^^^
   = help: did you mean `error_rate`?

example.yaml: 1 problem
";
    assert_eq!(load("example.yaml", &text).unwrap_err().to_string(), expected);
}

#[test]
fn files_that_are_no_plans_are_refused() {
    let check = |text: &str, expected: &str| assert_eq!(crate::problems(text), [expected]);
    check("", "1:1+1: the file is empty | `tidegate init` writes a first plan");
    check(
        "- a",
        "1:1+1: a plan is a mapping, not a list | write `KEY: VALUE` under it, each in a line of its own",
    );
    check(&format!("a: {}", "[".repeat(40)), "1:35+1: more than 32 levels deep | a plan has fewer than ten");
    check(&"x".repeat(5_000), "1:1+1: this line has more than 4000 characters | break it up");
    check("a: 1\n---\nb: 2", "2:1+3: a second document begins here | one plan in one file");
    let large = "#\n".repeat(200_000);
    check(
        &large,
        "1:1+1: the file has 400000 bytes, more than the 262144 that a plan may have | leave out what nobody reads, or write two plans",
    );
}

#[test]
fn a_gate_that_some_value_passes_without_setting_off_a_guardrail_is_good() {
    let with = |rule: &str, gate: &str| {
        let text = EXAMPLE.replace("error_rate > 5% in 5m", rule);
        crate::problems(&text.replace("gates: [error_rate < 1%]", &format!("gates: [{gate}]")))
    };
    let good = |rule: &str, gate: &str| assert_eq!(with(rule, gate), [""; 0], "{rule} and {gate}");
    let bad = |rule: &str, gate: &str| assert_eq!(with(rule, gate).len(), 1, "{rule} and {gate}");
    bad("error_rate > 3%", "error_rate > 5%");
    good("error_rate > 5%", "error_rate > 3%");
    bad("latency within 10ms of baseline", "latency within 5ms of baseline");
    good("latency within 5ms of baseline", "latency within 10ms of baseline");
    // One language may be beyond what all of them are together.
    good("error_rate > 3%", "error_rate > 5% for any language");
    good("error_rate > 3% for every language", "error_rate > 5%");
    bad("error_rate > 3% for any language", "error_rate > 5% for every language");
    bad("error_rate > 3% for any language", "error_rate > 5%");
    // Nor does it set off one that says nothing, or that is in force elsewhere.
    good("error_rate > 3%, dry_run: true", "error_rate > 5%");
    let own = "percent: 10, bake: 24h, leave: [error_rate > 5%]";
    let elsewhere = EXAMPLE.replace("error_rate > 5% in 5m,", "error_rate > 3%, from: all,");
    let elsewhere = elsewhere.replace("percent: 10, bake: 24h", own);
    assert_eq!(crate::problems(&elsewhere), [""; 0]);
}

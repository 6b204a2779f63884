//! Bad plans: the transcript beside this file has one example for each message. With `BLESS=1` it is written anew.

use crate::{EXAMPLE, problems};

const TRANSCRIPT: &str = include_str!("bad.txt");

#[test]
fn every_bad_plan_is_told_what_is_wrong_with_it() {
    let mut cases = 0;
    let mut played = String::new();
    for line in TRANSCRIPT.lines().filter(|line| !line.starts_with("    ")) {
        played.push_str(line);
        played.push('\n');
        let Some((old, new)) = line.split_once(" =>").filter(|_| !line.starts_with('#')) else { continue };
        assert!(EXAMPLE.contains(old), "the example has no `{old}`");
        let new = new.strip_prefix(' ').unwrap_or(new).replace("\\n", "\n");
        for problem in problems(&EXAMPLE.replacen(old, &new, 1)) {
            played.push_str(&format!("    {problem}\n"));
        }
        cases += 1;
    }
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/language/bad.txt"), played).unwrap();
        return;
    }
    assert!(cases > 100, "only {cases} cases were found in the transcript");
    for (played, expected) in played.lines().zip(TRANSCRIPT.lines()) {
        assert_eq!(played, expected);
    }
    assert_eq!(played.lines().count(), TRANSCRIPT.lines().count());
}

/// What a message that names the right words itself has in it.
const SAYS_ITSELF: [&str; 3] = [" needs `", " is none of ", "this is not YAML: "];

#[test]
fn every_message_says_what_would_be_right() {
    let messages = TRANSCRIPT.lines().filter(|line| line.starts_with("    "));
    let silent: Vec<&str> = messages
        .filter(|line| !line.contains(" | ") && !SAYS_ITSELF.iter().any(|words| line.contains(words)))
        .collect();
    assert_eq!(silent, [""; 0], "these do not");
}

#[test]
fn an_environment_that_outgrows_lambda_is_refused() {
    let large = EXAMPLE.replace("${percent}", &"x".repeat(3_500));
    let expected = "9:1+7: the environment of api could have 4535 bytes at stage `all`, more than Lambda's 4096 | 1024 \
                    of them are kept free for this system's own variable";
    assert_eq!(problems(&large), [expected]);
}

#[test]
fn a_metric_of_one_member_is_not_spread() {
    let one = EXAMPLE
        .replace("to: App/Requests}, from: 50}", "to: App/Requests}, from: 50, where: {Language: rust}}")
        .replace("error_rate > 5% in 5m", "error_rate > 5% for any language");
    let expected = "25:36+8: `error_rate` already says which `Language` it measures | take it out of `where`, or leave \
                    `for any` or `for every` out";
    assert_eq!(problems(&one), [expected]);
}

#[test]
fn a_plan_that_exposes_nobody_is_refused() {
    let nobody = EXAMPLE.replace("percent: 100", "percent: 0").replace("percent: 10", "percent: 0");
    let nobody = nobody.replace("gates: [error_rate < 1%]\n", "");
    assert_eq!(problems(&nobody), ["26:3+1: no stage exposes anybody | write `percent: 10` in a stage"]);
}

#[test]
fn what_is_too_much_is_told_with_what_would_do() {
    let many = |each: &dyn Fn(usize) -> String, n: usize| (0..n).map(each).collect::<Vec<_>>().join("\n");
    let check = |old: &str, more: &str, expected: &str| {
        assert!(EXAMPLE.contains(old), "the example has no `{old}`");
        let found = problems(&EXAMPLE.replacen(old, &format!("{old}\n{more}"), 1));
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(found[0].contains(expected), "{found:#?}");
    };
    let budget = |n: usize| format!("  cost_{n}: {{cap: $5/day, meter: calls}}");
    let budgets = format!("budgets:\n{}", many(&budget, 21));
    let target = |n: usize| format!("  - {{function: f{n}, set: {{PERCENT: \"${{percent}}\"}}}}");
    let set = "    set: {API_PERCENT: \"${percent}\"}";
    check(set, &many(&target, 10), "more than 10 targets | each is read on every pass: make plans of those");
    check("owner: team", &budgets, "more than 20 budgets | each is read on every tick: make one of several");
    let cohort = |n: usize| format!("  group-{n}: {{users: [ada]}}");
    let cohorts = format!("cohorts:\n{}", many(&cohort, 51));
    check(
        "owner: team",
        &cohorts,
        "more than 50 cohorts | put users into `groups`, and groups into one cohort",
    );
    let signals = many(&|n| format!("  reports_{n}: {{signal: critical-report}}"), 250);
    check("metrics:", &signals, "more than 250 metrics | leave out what no condition names");
    let rules = many(&|_| "  - {drift: any, then: pause}".to_owned(), 200);
    check(
        "guardrails:",
        &rules,
        "more than 200 guardrails | list conditions that do the same under one `when`",
    );
    let stages = many(&|n| format!("  - {{name: stage-{n}, bake: 1h}}"), 99);
    check("stages:", &stages, "more than 100 stages | write fewer, or two plans");
    let when = many(&|n| format!("    - latency > {}s", n + 9), 990);
    let rule = format!("  - then: pause\n    when:\n{when}\n  - then: pause\n    when:\n{when}");
    let found = problems(&EXAMPLE.replacen("guardrails:", &format!("guardrails:\n{rule}"), 1));
    let most = "more than 1000 conditions | write what all stages share once, under `gates`";
    assert!(found.first().is_some_and(|found| found.contains(most)), "{found:#?}");
    let entries = many(&|n| format!("  link-{n}: x"), 1_001);
    let links = format!("links:\n{entries}");
    check("owner: team", &links, "more than 1000 items or entries in one place | write fewer");
    let members: Vec<String> = (0..100).map(|n| format!("m{n}")).collect();
    let metrics = many(&|n| format!("  rate_{n}: {{ratio: {{of: A/F{n}, to: A/T{n}}}, from: 9}}"), 6);
    let rules = many(&|n| format!("  - {{when: rate_{n} > 5% for any language, then: pause}}"), 6);
    let series = EXAMPLE
        .replace("[rust, go]", &format!("[{}]", members.join(", ")))
        .replace("metrics:", &format!("metrics:\n{metrics}"))
        .replace("guardrails:", &format!("guardrails:\n{rules}"));
    let found = problems(&series);
    assert!(found[0].contains("series, more than 2000 | list fewer members"), "{found:#?}");
}

//! Bad plans: every message, word for word, and the place that it stands at.

use crate::{EXAMPLE, problems};

/// The example with one text replaced has exactly these problems: `line:column+length: what | help`.
fn check(old: &str, new: &str, expected: &[&str]) {
    assert!(EXAMPLE.contains(old), "the example has no `{old}`");
    assert_eq!(problems(&EXAMPLE.replacen(old, new, 1)), expected, "{old} -> {new}");
}

#[test]
fn conditions_are_checked_against_their_metrics() {
    check(
        "error_rate > 5% in 5m",
        "eror_rate > 5% in 5m",
        &["25:12+9: unknown metric `eror_rate` | did you mean `error_rate`?"],
    );
    check(
        "error_rate > 5% in 5m",
        "error_rate > 500ms in 5m",
        &[
            "25:25+5: `500ms` is a duration, and the metric is a percentage | write a percentage such as `1%`, or `0.1pp` for a difference",
        ],
    );
    check(
        "error_rate > 5% in 5m",
        "latency > 5%",
        &[
            "25:22+2: `5%` is a percentage, and the metric is a duration | write a duration such as `500ms` or `2s`",
        ],
    );
    check(
        "error_rate > 5% in 5m",
        "latency > baseline + 5",
        &[
            "25:22+12: `5` is a bare number, and the metric is a duration | write a duration such as `500ms` or `2s`",
        ],
    );
    check(
        "error_rate > 5% in 5m",
        "error_rate > baseline + 0.5% in 5m",
        &["25:25+15: `0.5%` more than a percentage can mean two things | write `0.5pp`: percentage points"],
    );
    check(
        "error_rate > 5% in 5m",
        "error_rate > 0.5pp in 5m",
        &["25:25+5: `0.5pp` is a difference of percentages | `pp` is for differences: write `0.5%`"],
    );
    check(
        "error_rate > 5% in 5m",
        "throttles > baseline + 5",
        &[
            "25:24+12: `throttles` is a sum, and the arms have different traffic | make it a ratio, or write `baseline: {before: 7d}` in the metric",
        ],
    );
    check(
        "error_rate > 5% in 5m",
        "throttles > 2.5",
        &["25:24+3: `2.5` is not a count | a count is a whole number"],
    );
    check(
        "error_rate > 5% in 5m",
        "survey < baseline",
        &["25:21+8: `survey` has no baseline | write `baseline: {before: 7d}` in the metric"],
    );
    check(
        "error_rate > 5% in 5m",
        "reports > 2x baseline",
        &["25:22+11: `reports` has no baseline | compare a signal with a number"],
    );
    check(
        "error_rate > 5% in 5m",
        "memory growth > 50MB",
        &["25:26+1: growth is compared with a rate | write `memory growth > 50MB/min`"],
    );
    check(
        "error_rate > 5% in 5m",
        "latency == 5ms",
        &[
            "25:20+2: `==` is for counts, ratios and reported figures, and `latency` is none | write `<=` or `>=`",
        ],
    );
    check(
        "error_rate > 5% in 5m",
        "error_rate > 5% for any langauge",
        &["25:36+8: unknown dimension `langauge` | did you mean `language`?"],
    );
    check(
        "error_rate > 5% in 5m",
        "survey < 3 in 5m",
        &["25:26+2: `survey` is the newest report, so it has no window | `max_age` says how old it may be"],
    );
    check(
        "error_rate > 5% in 5m",
        "survey < 3 for any language",
        &["25:31+8: `survey` has no dimensions: it is reported as one"],
    );
    check(
        "error_rate > 5% in 5m",
        "error_rate > 5% in 90s",
        &["25:31+3: `in 90s` is not a whole number of the metric's periods | a period is 1m"],
    );
    check(
        "error_rate > 5% in 5m",
        "error_rate > 5% in 20d",
        &["25:31+3: the source keeps periods of 1m for 15d only | write a longer `period` in the metric"],
    );
    check(
        "error_rate > 5% in 5m",
        "reports > 3 from 50 samples",
        &["25:29+2: every report of a signal counts: it has no samples"],
    );
    check(
        "error_rate > 5% in 5m",
        "error_rate > 7d mean + 3 sigma",
        &["25:25+17: `mean` and `sigma` are not built yet: compare with a constant or with `baseline`"],
    );
    check(
        "error_rate > 5% in 5m",
        "error_rate > baseline at 99% confidence",
        &[
            "25:37+3: `at ... confidence` is not built yet: a hold or a number of samples keeps chance out | write `for 5m` or `from 200 samples`",
        ],
    );
    check(
        "error_rate > 5% in 5m",
        "stable for 5m",
        &["25:12+13: `stable` is what a stage is left or entered for; it sets no guardrail off"],
    );
    check(
        "error_rate > 5% in 5m",
        "error_rate < 2%",
        &[
            "23:9+15: every value that passes this breaks the guardrail `error_rate < 2%` | the guardrail is on line 25",
        ],
    );
    check(
        "error_rate > 5% in 5m",
        "eror_rate > 5% in 5 minutes, then: rol back, untl: one",
        &[
            "25:30+9: no blank between a number and its unit, and units are short | write `5m`",
            "25:47+3: expected an action, found `rol` | write `roll back | roll back to previous | roll back to 5% | pause | page WHO | alert WHO | disable FEATURE | review by WHO within 30m`",
            "25:57+4: a guardrail has no key `untl` | did you mean `until`?",
            "25:68+4: `then` is written twice | the first is on line 25",
        ],
    );
    check(
        "error_rate > 5% in 5m",
        "[error_rate > 5 in 5m, latency > 2 x baseline, memory > 5MB/min]",
        &[
            "25:26+1: `5` is a bare number, and the metric is a percentage | write a percentage such as `1%`, or `0.1pp` for a difference",
            "25:45+3: no blank between a number and its unit | write `2x baseline`",
            "25:68+7: a rate is the bound of a growth | write `NAME growth > 5MB/min`, or `> 5MB in 1m`",
        ],
    );
}

#[test]
fn guardrails_are_checked() {
    check(
        "then: roll back",
        "then: rollback",
        &["25:41+8: `rollback` is two words here | write `roll back`"],
    );
    check(
        "then: roll back",
        "then: alert #team",
        &[
            "26:1+1: this is not YAML: invalid indentation | `#` after a blank begins a comment: put the text in quotes",
        ],
    );
    check(
        "then: roll back",
        "then: alert nobody",
        &["25:47+6: unknown person `nobody` | known are lead, sre, team"],
    );
    check(
        "then: roll back",
        "then: page lead",
        &["25:46+4: `lead` cannot be paged | write `page:` under `lead`, or `alert lead`"],
    );
    check(
        "then: roll back",
        "then: disable serach",
        &["25:49+6: unknown feature `serach` | did you mean `search`?"],
    );
    check(
        "then: roll back",
        "then: roll back to 5",
        &[
            "25:54+1: expected a percentage up to 100 with at most two decimals, found `5` | write `roll back to previous` or `roll back to 5%`",
        ],
    );
    check(
        "then: roll back",
        "then: [pause, alert team], severity: P5",
        &["25:72+2: `P5` is none of P0, P1, P2, P3"],
    );
    check(
        "then: roll back",
        "then: roll back, until: too",
        &["25:59+3: unknown stage `too` | known are one, all"],
    );
    check(
        "then: roll back",
        "then: roll back, from: all, until: one",
        &["25:63+5: this guardrail ends before it begins: `until` stands before `from` in the plan"],
    );
    check(
        "then: roll back",
        "then: roll back, dry_run: yes",
        &["25:61+3: `yes` is neither `true` nor `false` | write true or false, without quotes"],
    );
    check(
        "when: error_rate > 5% in 5m, then: roll back",
        "signal: pii, then: roll back after 1h",
        &["25:25+18: a signal is one event, which cannot be judged again after a time"],
    );
    check(
        "when: error_rate > 5% in 5m, then: roll back",
        "alarm: prod-errors, then: roll back",
        &[
            "25:6+5: guardrails on an `alarm` are not built yet: write the alarm's own condition | write `when: …`",
        ],
    );
    check(
        "when: error_rate > 5% in 5m, then: roll back",
        "then: roll back",
        &[
            "25:5+1: nothing sets this guardrail off | write `when: CONDITION`, `signal: NAME` or `drift: any`",
        ],
    );
    check(
        "when: error_rate > 5% in 5m,",
        "when: error_rate > 5% in 5m, signal: x,",
        &["25:35+6: a guardrail watches one kind of thing | write one guardrail for each"],
    );
}

#[test]
fn people_and_the_small_print_are_checked() {
    check("owner: team", "owner: tem", &["3:8+3: unknown person `tem` | did you mean `team`?"]);
    check(
        "owner: team",
        "owner: team\nowner: team",
        &["4:1+5: `owner` is written twice | the first is on line 3"],
    );
    check(
        "owner: team",
        "owner: *team",
        &[
            "3:8+1: this is not YAML: while parsing node, found unknown anchor | put a text that begins with it in quotes, or write the value out",
        ],
    );
    check(
        "owner: team",
        "owner: &a team",
        &[
            "3:8+7: anchors (`&`) are not part of the language | put a text that begins with it in quotes, or write the value out",
        ],
    );
    check(
        "owner: team",
        "owner: !x team",
        &[
            "3:8+7: tags (`!`) are not part of the language | put a text that begins with it in quotes, or write the value out",
        ],
    );
    check(
        "owner: team",
        "owner: Off",
        &["3:8+3: `Off` without quotes is not a text to every YAML reader | put it in quotes: \"Off\""],
    );
    check("owner: team", "owner:", &["3:6+1: nothing is written here"]);
    check(
        "owner: team",
        "owner: team\ntimezone: Mars/Olympus",
        &["4:11+12: unknown time zone `Mars/Olympus` | an IANA name such as UTC or Europe/Berlin"],
    );
    check("owner: team", "owner: team\ngarden: 1", &["4:1+6: a plan has no key `garden`"]);
    check(
        "owner: team",
        "owner: team\nbudgets: {llm: {cap: $5/day, warn: 120%, meter: {logs: x}}}",
        &[
            "4:1+7: budgets are not built yet: watch the money with a metric in `$` and a guardrail",
            "4:36+4: `120%` is not a share of the cap | write `80%`",
        ],
    );
    check(
        "owner: team",
        "owner: team\ncohorts: {beta: {percent: 25}}",
        &["4:1+7: cohorts are not built yet: stages expose a `percent` of everybody"],
    );
    check(
        "owner: team",
        "owner: team\nfreeze: [{days: [sat, son]}]",
        &[
            "4:1+6: a freeze is not built yet: pause the rollout by hand",
            "4:23+3: `son` is none of mon, tue, wed, thu, fri, sat, sun",
        ],
    );
    check("owner: team", "owner: team\nself_approval: yes", &["4:16+3: `yes` is none of barred, allowed"]);
    check(
        "tidegate: 1",
        "tidegate: 2",
        &["1:11+1: this program does not read version 2 of the language | write `tidegate: 1`"],
    );
    check(
        "name: example",
        "name: Example",
        &[
            "2:7+7: `Example` is not the name of a plan | lower-case letters, digits and `-`, a letter first, at most 63",
        ],
    );
    check(
        "slack: \"#team\"",
        "slack: #team",
        &[
            "6:3+1: this is not YAML: invalid indentation in flow construct | `#` after a blank begins a comment: put the text in quotes",
        ],
    );
    check(
        "owner: team",
        "owner: #team",
        &["3:6+1: nothing is written here | `#` after a blank begins a comment: put the text in quotes"],
    );
    check(
        "owner: team",
        "owner: team\nescalate: [team, led]",
        &["4:18+3: unknown person `led` | did you mean `lead`?"],
    );
    check(
        "owner: team",
        "owner: team\nrespond: {P0: now, P1: soon}",
        &[
            "4:24+4: `soon` is not a duration | a whole number and one of s, m, h, d: `30s`, `5m`, `24h`, `7d`",
        ],
    );
    check(
        "owner: team",
        "owner: team\nnotify: {stages: team}",
        &["4:10+6: `notify` has no key `stages` | did you mean `stage`?"],
    );
    check("owner: team", "owner: team\npromise: {detect: 0m}", &["4:19+2: a duration of zero"]);
}

#[test]
fn variables_are_checked() {
    check(
        "API_PERCENT: \"${percent}\"",
        "AWS_REGION: \"${percent}\"",
        &[
            "11:11+10: the variable `AWS_REGION` is reserved | Lambda, a runtime or this system gives it a meaning of its own: use another name",
        ],
    );
    check(
        "API_PERCENT: \"${percent}\"",
        "NODE_OPTIONS: x",
        &[
            "11:11+12: the variable `NODE_OPTIONS` is reserved | Lambda, a runtime or this system gives it a meaning of its own: use another name",
        ],
    );
    check(
        "API_PERCENT: \"${percent}\"",
        "TIDEGATE: x",
        &[
            "11:11+8: the variable `TIDEGATE` is reserved | Lambda, a runtime or this system gives it a meaning of its own: use another name",
        ],
    );
    check(
        "API_PERCENT: \"${percent}\"",
        "API-PERCENT: x",
        &[
            "11:11+11: `API-PERCENT` is not the name of a variable | two or more letters, digits and `_`, a letter first",
        ],
    );
    check(
        "API_PERCENT: \"${percent}\"",
        "API_PERCENT: \"${percnt}\"",
        &["11:25+9: unknown expression `percnt` | did you mean `percent`?"],
    );
    check(
        "API_PERCENT: \"${percent}\"",
        "API_PERCENT: \"${users}\"",
        &[
            "11:25+8: `${users}` is not built yet: cohorts, users and whole configurations | use ${percent}, ${enabled} or ${features.x}",
        ],
    );
    check(
        "API_PERCENT: \"${percent}\"",
        "API_PERCENT: \"${features.serach}\"",
        &["11:25+18: unknown feature `serach` | did you mean `search`?"],
    );
    check(
        "API_PERCENT: \"${percent}\"",
        "API_PERCENT: \"${percent\"",
        &["11:25+2: `${` is not closed | write `${percent}`"],
    );
    check(
        "API_PERCENT: \"${percent}\"",
        "API_PERCENT: off",
        &["11:24+3: `off` without quotes is not a text to every YAML reader | put it in quotes: \"off\""],
    );
    check(
        "function: api",
        "function: api\n    alias: live",
        &["11:5+5: moving an alias is not built yet: the variables are set on the function itself"],
    );
    check(
        "    set: {API_PERCENT: \"${percent}\"}",
        &format!("    set: {{API_PERCENT: \"{}\"}}", "x".repeat(3_500)),
        &[
            "9:1+7: the environment of api would have 4535 bytes at stage `all`, more than Lambda's 4096 | 1024 of them are kept free for this system's own variable",
        ],
    );
    check(
        "  - function: api",
        "  - {function: web, set: {WEB_PERCENT: \"${percent}\"}}\n  - function: api",
        &["11:5+1: more than one target is not built yet: one function in one plan"],
    );
    check(
        "    set: {API_PERCENT: \"${percent}\"}",
        "    set: {}",
        &["11:10+1: a target needs a variable to set"],
    );
}

#[test]
fn metrics_and_checks_are_checked() {
    check(
        "of: App/Errors",
        "off: App/Errors",
        &[
            "15:23+1: a ratio is either `of` or `without` something | write `{of: A, to: B}`, or `{without: A, to: B}` for what is not A",
            "15:24+3: `ratio` has no key `off` | did you mean `of`?",
        ],
    );
    check(
        "of: App/Errors",
        "of: Errors",
        &[
            "15:28+6: `Errors` is not the name of a metric of the source | write `Namespace/Name`, such as `AWS/Lambda/Errors`",
        ],
    );
    check(
        "stat: p95",
        "stat: p101",
        &[
            "16:40+4: unknown stat `p101` | known are Sum, SampleCount, Minimum, Maximum, Average, p50, p95, p99",
        ],
    );
    check("stat: p95", "stat: sum", &["16:40+3: unknown stat `sum` | did you mean `Sum`?"]);
    check(
        "unit: ms",
        "unit: msec",
        &[
            "16:51+4: unknown unit `msec` | known are percent, fraction, ms, s, m, h, d, B, kB, MB, GB, KiB, MiB, GiB, $, count, number",
        ],
    );
    check(
        "unit: ms",
        "unit: ms, missing: zero",
        &[
            "16:64+4: `zero` is for counts | where there is no data a rate or a latency is not zero but not known: write `skip`",
        ],
    );
    check(
        "unit: ms",
        "unit: ms, about: all, baseline: arm",
        &[
            "16:77+3: this metric has no other arm | declare `arms`, measure `about: canary`, or write `baseline: {before: 7d}`",
        ],
    );
    check(
        "unit: ms",
        "unit: ms, period: 90s",
        &["16:63+3: a period of 1m 30s is not kept by the source | whole minutes, at most a day"],
    );
    check(
        "unit: ms",
        "unit: ms, where: {Track: new}",
        &["16:55+5: `Track` is also the dimension of an arm | write `about: all` to measure everybody"],
    );
    check(
        "signal: critical-report",
        "signal: critical-report, lag: 5m",
        &["19:38+3: `lag` has no place beside `signal`"],
    );
    check(
        "reported: survey-score, max_age: 7d",
        "reported: survey-score",
        &["20:11+1: a metric needs `max_age`"],
    );
    check(
        "reported: survey-score, max_age: 7d",
        "pairs: calculation",
        &[
            "20:12+5: metrics of `pairs` are not built yet: report the share that differs as a figure | write `reported: NAME`",
        ],
    );
    check(
        "GET https",
        "FETCH https",
        &["22:19+33: `FETCH` is not a method | GET, HEAD, POST, PUT, PATCH, DELETE"],
    );
    check(
        "error_rate:",
        "every:",
        &[
            "15:3+5: `every` is a word of the language, so it is no name",
            "23:9+10: unknown metric `error_rate` | known are every, latency, memory, reports, survey, throttles",
            "25:12+10: unknown metric `error_rate` | known are every, latency, memory, reports, survey, throttles",
        ],
    );
    check(
        "max_age: 7d",
        "max_age: 7d, unit: percent, from: 5",
        &["20:64+4: `from` has no place beside `reported`"],
    );
}

#[test]
fn doors_are_checked() {
    check(
        "gates: [error_rate < 1%]",
        "gates: [error_rate > 6%]",
        &[
            "23:9+15: every value that passes this breaks the guardrail `error_rate > 5% in 5m` | the guardrail is on line 25",
        ],
    );
    check(
        "gates: [error_rate < 1%]",
        "gates: [each language: error_rate < 1%]",
        &["23:9+13: `each` is not a word of the language | write `error_rate < 1% for every language`"],
    );
    check(
        "gates: [error_rate < 1%]",
        "gates: [tick: One, two]",
        &[
            "23:23+1: one of < <= > >= == within is missing here | inside […] a comma ends an item: put a text with a comma in quotes",
        ],
    );
    check(
        "gates: [error_rate < 1%]",
        "gates: [check: helth]",
        &["23:16+5: unknown check `helth` | did you mean `health`?"],
    );
    check(
        "gates: [error_rate < 1%]",
        "gates: [approve: team]",
        &["23:18+4: nobody holds the role `team` | write `members:` or `groups:` under `team`"],
    );
    check(
        "gates: [error_rate < 1%]",
        "gates: [approve: 3 of sre]",
        &["23:23+3: `sre` has 2 members, and 3 are asked | write `members:` or `groups:` under `sre`"],
    );
}

#[test]
fn stages_are_checked() {
    check(
        "percent: 10, bake: 24h",
        "percent: 10%, bake: 24h",
        &["27:26+3: `10%` is not a percentage of everybody | write `percent: 10`"],
    );
    check(
        "percent: 10, bake: 24h",
        "percent: 10.001, bake: 24h",
        &[
            "27:26+6: `10.001` is not a percentage of everybody | a number from 0 to 100 with at most two decimals",
        ],
    );
    check(
        "percent: 10, bake: 24h",
        "percent: 10, bake: open",
        &[
            "27:36+4: this stage has no way to be left | only the last stage stays open; write how long this one bakes",
        ],
    );
    check(
        "percent: 10, bake: 24h",
        "percent: 10, bake: 48h - 72h",
        &["27:40+1: no blanks around the `-` of a range | write `48h-72h`"],
    );
    check(
        "percent: 10, bake: 24h",
        "percent: 10, bake: 72h-48h",
        &["27:36+7: the range ends before it begins"],
    );
    check(
        "percent: 10, bake: 24h",
        "percent: 10, bake: 24h, leave: [stable for 3d]",
        &["27:49+13: `one` is late after 2d, before it can be stable for 3d | write a longer `bake`"],
    );
    check(
        "percent: 10, bake: 24h",
        "percent: 10, bake: 24h, cohorts: [beta]",
        &["27:41+7: exposing cohorts is not built yet: a stage exposes a `percent` of everybody"],
    );
    check(
        "percent: 10, bake: 24h",
        "percent: 10, bake: 24h, enter: [error_rate < 1%]",
        &[
            "27:49+15: `error_rate` is about the canary, and nobody is exposed when this is judged | measure `about: all`, or judge it at a later stage",
        ],
    );
    check(
        "percent: 10, bake: 24h",
        "percent: 10, bake: 24h, enter: [stable for 1h]",
        &["27:49+13: nothing is in effect before the first stage, so nothing is stable"],
    );
    check(
        "percent: 10, bake: 24h",
        "percent: 0, bake: 24h, leave: [latency < 5s]",
        &[
            "27:48+12: `latency` is about the canary, and nobody is exposed when this is judged | measure `about: all`, or judge it at a later stage",
        ],
    );
    check(
        "percent: 10, bake: 24h",
        "percent: 10, bake: 24h, late: pause after 1h",
        &["27:47+14: what is done when a stage is late is done at once"],
    );
    check(
        "percent: 100",
        "percent: 5",
        &[
            "28:17+7: exposure shrinks from 10% at `one` to 5% | a rollout goes up; to go down there are guardrails and `roll back`",
        ],
    );
    check("name: all", "name: one", &["28:6+4: there are two stages `one`"]);
    check(
        "name: all",
        "name: previous",
        &["28:12+8: a stage is not called `previous`: `roll back to previous` means the one before"],
    );
    check("name: all, percent", "percent", &["28:5+1: a stage needs `name`"]);
    check(
        "name: one, percent: 10, bake: 24h",
        "name: zero, percent: 0",
        &["27:5+1: this stage has no way to be left | write `bake: 24h`, or under `leave` what must hold"],
    );
}

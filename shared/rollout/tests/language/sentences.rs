//! Conditions by themselves: near misses have a message of their own, and what is printed can be read again.

use proptest::prelude::*;
use rollout::plan::parse_condition;

/// `at+length: what is wrong | what would be right`
fn check(text: &str, expected: &str) {
    let said = match parse_condition(text) {
        Ok(parsed) => format!("parsed as {parsed}"),
        Err(wrong) => {
            let help = wrong.help.map_or_else(String::new, |help| format!(" | {help}"));
            format!("{}+{}: {}{help}", wrong.at, wrong.length, wrong.what)
        }
    };
    assert_eq!(said, expected, "{text}");
}

#[test]
fn near_misses_say_what_is_right() {
    check("error_rate > 1 %", "13+3: no blank between a number and its unit | write `1%`");
    check(
        "error_rate > 1% in 5 minutes",
        "19+9: no blank between a number and its unit, and units are short | write `5m`",
    );
    check("error_rate > 1% for 5min", "20+4: `5min` is not a duration | write `5m`");
    check("memory growth > +50MB/min", "16+1: a bound has no sign | write `> 50MB/min`");
    check("latency > 2 x baseline", "10+3: no blank between a number and its unit | write `2x baseline`");
    check("throttles > 1,000", "12+5: no commas inside a number | write `1000`");
    check(
        "throttles > 5/hour",
        "12+6: a rate is the bound of a growth | for a count in a time write `> 5 in 1h`",
    );
    check("error_rate > 1% 3 in a row", "18+2: `times` is missing here | write `3 times in a row`");
    check("error_rate > 1% in a row", "16+2: how many in a row? | write `3 times in a row`");
    check(
        "error_rate > 1% for each language",
        "20+4: `for each` is not clear | write `for every language` or `for any language`",
    );
    check(
        "error_rate > 1% for 10m in 5m",
        "24+2: this is in the wrong place | write `error_rate > 1% in 5m for 10m`",
    );
    check(
        "error_rate > 1% from 50 samples for any language in 5m",
        "32+3: this is in the wrong place | write `error_rate > 1% for any language in 5m from 50 samples`",
    );
    check("error_rate > 1% in 5m in 6m", "22+2: this is said twice | leave one of them out");
    check(
        "within > 1%",
        "0+6: `within` is a word of the language, so it cannot be the name of a metric | use another name",
    );
    check("error_rate = 1%", "11+1: `=` is not a relation | write `==`");
    check(
        "error_rate > 1% and latency > 5s",
        "16+3: `and` was not expected here | one condition in one line: `when` may be a list (any of them), gates are a list (all)",
    );
    check(
        "Error-Rate > 1%",
        "0+10: `Error-Rate` is not a name: lower-case letters, digits and `_` | write `error_rate`",
    );
    check("error_rate > baseline * 2", "22+1: the factor stands first | write `2x baseline`");
    check(
        "error_rate > 1% at 99 confidence",
        "19+2: expected a percentage between 0% and 100%, found `99` | write `at 99% confidence`",
    );
    check(
        "error_rate > 1% in 5m at 99% confidence",
        "25+3: `at ... confidence` looks at the whole stage, so it goes with neither `in` nor `for` | leave them out",
    );
    check(
        "latency > 5 sec",
        "10+5: no blank between a number and its unit, and units are short | write `5s`",
    );
    check("latency > 5sec", "10+4: `sec` is not a unit | write `5s`");
    check(
        "error_rate > 5‰",
        "13+2: `‰` is not a unit | units are % pp ms s m h d B kB MB GB KiB MiB GiB, and $ before the number",
    );
    check(
        "error_rate >",
        "12+1: a number or `baseline` is missing here | write `error_rate > 1% in 5m for 10m`",
    );
    check(
        "error_rate",
        "10+1: one of < <= > >= == within is missing here | write `error_rate > 1% in 5m for 10m`",
    );
    check(
        "error_rate > 1% for",
        "19+1: a duration is missing here | a whole number and one of s, m, h, d: `30s`, `5m`, `24h`, `7d`",
    );
    check("error_rate > 1% in 0m", "19+2: a duration of zero | write more than nothing, such as `5m`");
    check(
        "error_rate > 1.0000000001%",
        "13+13: `1.0000000001%` is more digits than are kept: at most 18 before the point and 9 after it | write fewer digits",
    );
    check("memory growth > 50MB/m", "16+6: `m` is not the time of a rate | write `50MB/min`");
    check("error_rate > -1%", "13+3: a bound has no sign | write `> 1%`");
    check(
        "stable for 2 days",
        "11+6: no blank between a number and its unit, and units are short | write `2d`",
    );
    check("error_rate > 1% 50 samples", "16+2: `from` is missing here | write `from 50 samples`");
}

#[test]
fn canonical_texts_are_printed() {
    check("error_rate>1%", "parsed as error_rate > 1%");
    check("error_rate > 1.50%   in 300s for 120m", "parsed as error_rate > 1.5% in 5m for 2h");
    check("latency within 5% of baseline", "parsed as latency within 5% of baseline");
    check("cost < $5 in 24h", "parsed as cost < $5 in 1d");
    check(
        "denials > 7d mean + 3 sigma 3 times in a row",
        "parsed as denials > 7d mean + 3 sigma 3 times in a row",
    );
    check("stable for 48h", "parsed as stable for 2d");
}

fn amount() -> impl Strategy<Value = String> {
    let units = ["", "%", "pp", "ms", "s", "m", "h", "d", "B", "kB", "MB", "GB", "KiB", "MiB", "GiB"];
    let number = (0u32..100_000, 0u32..1_000).prop_map(|(whole, rest)| format!("{whole}.{rest:03}"));
    prop_oneof![
        (number.clone(), proptest::sample::select(units.to_vec())).prop_map(|(n, unit)| format!("{n}{unit}")),
        number.prop_map(|n| format!("${n}")),
    ]
}

fn length() -> impl Strategy<Value = String> {
    (1u32..2_000, proptest::sample::select(vec!["s", "m", "h", "d"]))
        .prop_map(|(n, unit)| format!("{n}{unit}"))
}

/// A metric, a relation and a bound.
fn head() -> impl Strategy<Value = String> {
    let relation = || proptest::sample::select(vec!["<", "<=", ">", ">=", "=="]);
    let bound = prop_oneof![
        amount(),
        Just("baseline".to_owned()),
        (proptest::sample::select(vec!["+", "-"]), amount())
            .prop_map(|(sign, n)| format!("baseline {sign} {n}")),
        (1u32..900).prop_map(|n| format!("{}.{}x baseline", n / 10, n % 10)),
        (1u32..900).prop_map(|n| format!("{n}% of baseline")),
        length().prop_map(|over| format!("{over} mean")),
        (length(), 1u32..9).prop_map(|(over, n)| format!("{over} mean - {n} sigma")),
    ];
    let rate = (amount(), proptest::sample::select(vec!["min", "hour", "day"]));
    prop_oneof![
        (relation(), bound).prop_map(|(relation, bound)| format!("a_metric {relation} {bound}")),
        (relation(), rate).prop_map(|(relation, (n, per))| format!("a_metric growth {relation} {n}/{per}")),
        amount().prop_map(|n| format!("a_metric within {n} of baseline")),
    ]
}

/// Everything that may stand behind a bound, in the right order.
fn tails() -> impl Strategy<Value = String> {
    let spread = proptest::option::of(proptest::sample::select(vec![" for any language", " for every role"]));
    let window = proptest::option::of(length().prop_map(|span| format!(" in {span}")));
    let hold = proptest::option::of(prop_oneof![
        length().prop_map(|span| format!(" for {span}")),
        (1u32..50).prop_map(|n| format!(" {n} times in a row")),
    ]);
    let samples = proptest::option::of((1u32..10_000).prop_map(|n| format!(" from {n} samples")));
    (spread, window, hold, samples).prop_map(|(spread, window, hold, samples)| {
        let tails = [spread.map(str::to_owned), window, hold, samples];
        tails.into_iter().flatten().collect()
    })
}

proptest! {
    #[test]
    fn what_is_printed_is_read_as_the_same((head, tails) in (head(), tails())) {
        let parsed = parse_condition(&format!("{head}{tails}")).unwrap();
        let printed = parsed.to_string();
        prop_assert_eq!(parse_condition(&printed).unwrap(), parsed);
    }
}

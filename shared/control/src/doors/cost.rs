//! What a line of a log says that something has cost.

use rollout::units::{Decimal, Money};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;
use std::fmt;

/// So much of a line that cannot be read is shown.
const SHOWN_MAX: usize = 200;
/// A line that a Lambda runtime writes as a text has so many parts, with tabs between them.
const LAMBDA_PARTS: usize = 4;
/// Where a runtime that writes JSON itself puts what the function said.
const MESSAGE: &str = "message";

/// What a line says of money.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cost {
    /// Nothing.
    None,
    /// It cost so much.
    Money(Money),
    /// Something of a cost, in which no amount can be read: this line.
    Unread(String),
}

impl Cost {
    fn of(line: &str, money: Option<Money>) -> Cost {
        money.map_or_else(|| Cost::Unread(line.chars().take(SHOWN_MAX).collect()), Cost::Money)
    }
}

/// What a line says of a field: JSON, by itself or behind what Lambda writes in front of it, or words of a text.
pub(super) fn cost(line: &str, field: &str) -> Cost {
    // Time, request and level, or level, time and request; then what was said.
    let said = || line.splitn(LAMBDA_PARTS, '\t').nth(LAMBDA_PARTS - 1);
    match object(line).or_else(|| object(said()?)) {
        Some(fields) => in_object(line, &fields, field),
        None => in_text(line, field),
    }
}

/// Where Lambda writes JSON, what the function said is a part of it: JSON in its turn, or such a line.
fn in_object(line: &str, fields: &Fields, field: &str) -> Cost {
    match (fields.of(field).as_slice(), fields.of(MESSAGE).last()) {
        ([value], _) => Cost::of(line, dollars(value)),
        // Which of them is meant is anybody's guess.
        ([_, _, ..], _) => Cost::of(line, None),
        ([], Some(Value::String(said))) => cost(said, field),
        ([], Some(Value::Object(said))) => match said.get(field) {
            None | Some(Value::Null) => Cost::None,
            Some(value) => Cost::of(line, dollars(value)),
        },
        ([], _) => Cost::None,
    }
}

/// Words of a text, and no JSON that is cut off.
fn in_text(line: &str, field: &str) -> Cost {
    let mut words = worded(line, field);
    match (words.next(), words.next()) {
        (Some(word), None) => Cost::of(line, in_digits(word)),
        (None, _) if !is_cut_off(line, field) => Cost::None,
        (_, _) => Cost::of(line, None),
    }
}

fn object(text: &str) -> Option<Fields> {
    serde_json::from_str(text).ok()
}

/// What stands in an object, also what stands there twice.
struct Fields(Vec<(String, Value)>);

impl Fields {
    /// The values of a field that are any.
    fn of(&self, field: &str) -> Vec<&Value> {
        let named = self.0.iter().filter(|(name, value)| name == field && !value.is_null());
        named.map(|(_, value)| value).collect()
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Fields, D::Error> {
        from.deserialize_map(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields = vec![];
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Fields(fields))
    }
}

/// Whether it has the field as JSON has it, though it is none: what is too long for a log ends anywhere.
fn is_cut_off(line: &str, field: &str) -> bool {
    line.split(&format!("\"{field}\"")).skip(1).any(|behind| behind.trim_start().starts_with(':'))
}

/// What stands behind each `field=` that begins a word, up to white space or a comma. A comma inside a number ends
/// nothing: `1,5` is no amount, and surely not one dollar.
fn worded<'a>(line: &'a str, field: &'a str) -> impl Iterator<Item = &'a str> {
    let is_end = |c: char| c.is_whitespace() || c == ',';
    let begins =
        move |at: usize| line.get(..at).is_some_and(|before| before.chars().next_back().is_none_or(is_end));
    let found = line.match_indices(field).filter(move |(at, _)| begins(*at));
    found.filter_map(move |(at, _)| {
        let value = line.get(at..)?.strip_prefix(field)?.strip_prefix('=')?;
        let is_last = |(at, c): &(usize, char)| {
            let next = value.get(at + c.len_utf8()..).and_then(|rest| rest.chars().next());
            is_end(*c) && !(*c == ',' && next.is_some_and(|next| next.is_ascii_digit()))
        };
        value.get(..value.char_indices().find(is_last).map_or(value.len(), |(at, _)| at))
    })
}

/// An amount of dollars in digits, as JSON writes a number.
fn in_digits(word: &str) -> Option<Money> {
    let number: serde_json::Number = serde_json::from_str(word).ok()?;
    dollars(&Value::Number(number))
}

/// An amount of dollars, as a number or a text, rounded up to the millionth; none for whatever is no amount.
pub fn dollars(value: &Value) -> Option<Money> {
    let dollars = match value {
        Value::Number(number) => number.as_f64().and_then(Decimal::from_f64),
        Value::String(text) => text.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    dollars.and_then(Money::rounded_up)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(line: &str) -> Option<u64> {
        match cost(line, "cost_usd") {
            Cost::Money(money) => Some(money.as_micros()),
            Cost::None => None,
            Cost::Unread(what) => panic!("{what}"),
        }
    }

    #[test]
    fn a_cost_is_read_to_the_millionth_and_never_less() {
        assert_eq!(micros(r#"{"cost_usd": 0.00734, "model": "m"}"#), Some(7_340));
        assert_eq!(micros(r#"{"cost_usd": "0.00734"}"#), Some(7_340));
        assert_eq!(micros(r#"{"cost_usd": 7.34e-7}"#), Some(1));
        assert_eq!(micros(r#"{"cost_usd": 0.0000011}"#), Some(2));
        assert_eq!(micros(r#"{"cost_usd": 3}"#), Some(3_000_000));
        assert_eq!(micros(r#"{"cost_usd": 0}"#), Some(0));
    }

    #[test]
    fn a_line_without_a_cost_is_none_and_one_that_cannot_be_is_told() {
        for line in ["", "[1]", "{}", r#"{"cost": 1}"#, r#"{"cost_usd": null}"#] {
            assert_eq!(cost(line, "cost_usd"), Cost::None, "{line}");
        }
        let twice = r#"{"cost_usd": 1, "cost_usd": 2}"#;
        assert_eq!(cost(twice, "cost_usd"), Cost::Unread(twice.to_owned()));
        for value in ["-0.01", r#""much""#, "true", "[1]", "1e300", r#""NaN""#] {
            let line = format!(r#"{{"cost_usd": {value}}}"#);
            assert_eq!(cost(&line, "cost_usd"), Cost::Unread(line.clone()), "{line}");
        }
    }

    #[test]
    fn a_word_of_a_text_is_a_cost() {
        let lambda = "2026-08-21T16:53:08.911Z\t8f3e\tINFO\tcost_usd=0.0021 feature=USE_LLM_PARSING\n";
        assert_eq!(micros(lambda), Some(2_100));
        for line in [
            "cost_usd=0.0021",
            "a cost_usd=0.0021,model=m",
            "model=m,cost_usd=0.0021\n",
            "x\tcost_usd=2.1e-03, y",
        ] {
            assert_eq!(micros(line), Some(2_100), "{line}");
        }
        assert_eq!(micros("cost_usd=0"), Some(0));
        assert_eq!(micros("cost_usd=0.0000001"), Some(1));
    }

    #[test]
    fn json_behind_what_lambda_writes_in_front_of_it_is_a_cost() {
        assert_eq!(micros("2026-08-21T16:53:08.911Z\t8f3e\tINFO\t{\"cost_usd\": 0.5}\n"), Some(500_000));
        assert_eq!(
            micros("[INFO]\t2026-08-21T16:53:08.911Z\t8f3e\t{\"cost_usd\": \"0.5\",\t\"a\": 1}\n"),
            Some(500_000)
        );
        assert_eq!(micros("2026-08-21T16:53:08.911Z\t8f3e\tINFO\t{\"cost\": 0.5}\n"), None);
    }

    /// As Lambda writes lines when its log format is JSON.
    #[test]
    fn what_a_function_says_in_the_json_of_its_runtime_is_a_cost() {
        let wrapped = |said: &str| {
            format!(
                r#"{{"timestamp":"2026-08-21T16:53:08Z","level":"INFO","requestId":"8f3e","message":{said}}}"#
            )
        };
        assert_eq!(micros(&wrapped(r#"{"cost_usd": 0.0021}"#)), Some(2_100));
        assert_eq!(micros(&wrapped(r#""{\"cost_usd\": \"0.0021\"}""#)), Some(2_100));
        assert_eq!(micros(&wrapped(r#""paid cost_usd=0.0021 model=m""#)), Some(2_100));
        assert_eq!(micros(&wrapped(r#""said", "cost_usd": 0.5"#)), Some(500_000));
        assert_eq!(micros(r#"{"cost_usd": null, "message": {"cost_usd": 1}}"#), Some(1_000_000));
        for said in ["null", "7", r#""""#, "{}", r#"{"cost_usd": null}"#, r#"["cost_usd=1"]"#] {
            assert_eq!(cost(&wrapped(said), "cost_usd"), Cost::None, "{said}");
        }
        for said in [r#"{"cost_usd": "free"}"#, r#""cost_usd=free""#] {
            assert!(matches!(cost(&wrapped(said), "cost_usd"), Cost::Unread(_)), "{said}");
        }
    }

    #[test]
    fn json_that_is_cut_off_is_told() {
        for line in [
            r#"{"cost_usd": 0.5, "prompt": "a long"#,
            r#"{"cost_usd" : 0.5, "prompt": "a long"#,
            "2026-08-21T16:53:08.911Z\t8f3e\tINFO\t{\"a\": 1, \"cost_usd\": 0.",
            r#"{"cost_usd": 0.5}{"cost_usd": 0.5}"#,
        ] {
            assert_eq!(cost(line, "cost_usd"), Cost::Unread(line.to_owned()), "{line}");
        }
        for line in [r#"no "cost_usd" here"#, r#"{"total_cost_usd": 1"#, r#"["cost_usd", 1"#] {
            assert_eq!(cost(line, "cost_usd"), Cost::None, "{line}");
        }
    }

    #[test]
    fn embedded_metrics_are_a_cost() {
        let metrics =
            r#"[{"Namespace": "App", "Dimensions": [["feature"]], "Metrics": [{"Name": "cost_usd"}]}]"#;
        let line = format!(
            r#"{{"_aws": {{"Timestamp": 7, "CloudWatchMetrics": {metrics}}}, "feature": "llm", "cost_usd": 0.00734}}"#
        );
        assert_eq!(micros(&line), Some(7_340));
    }

    #[test]
    fn what_is_no_whole_word_is_no_cost() {
        for line in [
            "total_cost_usd=1",
            "cost_usd_total=1",
            "cost_usd: 1",
            "cost_usd",
            "cost_usd 1",
            "cost_usd =1",
            "x.cost_usd=1",
            "?cost_usd=1",
            "\u{e9}cost_usd=1",
        ] {
            assert_eq!(cost(line, "cost_usd"), Cost::None, "{line}");
        }
    }

    #[test]
    fn a_word_that_is_no_amount_or_comes_twice_is_told() {
        for line in [
            "cost_usd=",
            "cost_usd= 1",
            "cost_usd=free",
            "cost_usd=-0.01",
            "cost_usd=NaN",
            "cost_usd=1e300",
            "cost_usd=$1",
            "cost_usd=0.0021)",
            "cost_usd=\"1\"",
            "cost_usd=1,5",
            "cost_usd=1,234.50",
            "cost_usd=0,0021 x",
            "cost_usd=.5",
            "cost_usd=1 cost_usd=1",
            "cost_usd=1,cost_usd=2",
            "cost_usd=+1",
            "cost_usd=0x10",
            "cost_usd=1;",
        ] {
            assert_eq!(cost(line, "cost_usd"), Cost::Unread(line.to_owned()), "{line}");
        }
    }
}

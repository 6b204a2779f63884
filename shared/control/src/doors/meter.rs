//! What was spent, told by the logs of whoever spends it.

use crate::ports::{LoadError, Loaded, Spend, Store, Unavailable, Wake, World};
use rollout::{
    calendar::Days,
    condition::Bound,
    evidence::{Answer, Gap},
    gather::{Owed, Questions},
    levels::{Levels, Tally},
    plan::{Budget, Meter, Plan, When},
    rollout::RolloutId,
    time::Timestamp,
    units::{Decimal, Money},
};
use serde_json::{Map, Value};

/// So much of a line that cannot be read is shown.
const SHOWN_MAX: usize = 200;
/// A line that a Lambda runtime writes as a text has so many parts, with tabs between them.
const LAMBDA_PARTS: usize = 4;
/// Where a runtime that writes JSON itself puts what the function said.
const MESSAGE: &str = "message";

/// Lines of one log group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines {
    /// Whose.
    pub group: String,
    /// In the order in which they came.
    pub lines: Vec<Line>,
}

/// A line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its own: however often it is told, it counts once.
    pub id: String,
    /// When it was written.
    pub at: Timestamp,
    /// What it says.
    pub text: String,
}

/// What lines came to.
#[derive(Debug, Default)]
pub struct Metered {
    /// Costs that count under a budget, known before or not.
    pub counted: u64,
    /// Lines with such a field in which no amount could be read.
    pub unread: Vec<String>,
    /// Rollouts that could not be read: what they spend is not counted.
    pub unreadable: Vec<LoadError>,
}

/// Counts what these lines cost under every budget that is metered by their group, and wakes whoever decides when a line
/// was crossed: each tick looks at the money anyway.
///
/// # Errors
/// [`Unavailable`] when something could not be counted: told again, what was counted already counts no second time.
pub async fn meter<P: Store + World + Wake>(ports: &P, lines: &Lines) -> Result<Metered, Unavailable> {
    let mut metered = Metered::default();
    let work = ports.work().await?;
    let spending = [work.active, work.spending].concat();
    let loaded = ports.load_all(&spending).await;
    for (id, loaded) in spending.into_iter().zip(loaded) {
        let loaded = match loaded {
            Ok(loaded) => loaded,
            Err(LoadError::Unavailable(why)) => return Err(why),
            Err(why) => {
                metered.unreadable.push(why);
                continue;
            }
        };
        for (_, budget) in loaded.plan.budgets().filter(|(budget, _)| loaded.head.counts(*budget)) {
            let field = match &budget.meter {
                Meter::Logs { group, field } if *group == lines.group => field,
                Meter::Logs { .. } | Meter::Metric(_) | Meter::Calls => continue,
            };
            let spent = count(ports, &loaded, budget, field, lines, &mut metered).await?;
            if crosses(ports, &id, &loaded.plan, budget, spent).await? {
                ports.evaluate(&id);
            }
        }
    }
    Ok(metered)
}

/// How much of it was spent today.
async fn count<P: Store + World>(
    ports: &P,
    loaded: &Loaded,
    budget: &Budget,
    field: &str,
    lines: &Lines,
    metered: &mut Metered,
) -> Result<Money, Unavailable> {
    let calendar = loaded.plan.calendar();
    let today = calendar.day(ports.now());
    let mut spent = Money::ZERO;
    for line in &lines.lines {
        let money = match cost(&line.text, field) {
            Cost::None => continue,
            Cost::Unread(what) => {
                metered.unread.push(what);
                continue;
            }
            // A sum of what cannot be is none that a window can hold, and this is beyond every line.
            Cost::Money(money) => money.min(budget.most()),
        };
        let hour = calendar.hour(line.at);
        let spend = Spend { id: line.id.clone(), budget: budget.name.clone(), hour, money };
        ports.spend(&loaded.head.id, &spend).await?;
        metered.counted += 1;
        if hour.day == today {
            spent = spent.plus(money);
        }
    }
    Ok(spent)
}

/// Counts what metrics say was spent and nobody has counted, in the windows that were read, too: this tick sees what it
/// crosses. What cannot be written is counted again on the next one, and is not known until then.
pub(super) async fn count_owed<P: Store>(
    ports: &P,
    loaded: &Loaded,
    asked: &Questions<'_>,
    answers: &[Answer],
    levels: &mut Levels,
) {
    for Owed { budget, hour, counted, more } in asked.owed(answers, &levels.windows) {
        let name = loaded.plan.budget(budget).name.clone();
        let begins = loaded.plan.calendar().hour_begins(hour);
        // Named by what it is counted on top of: of two doors that count the same, one does.
        let id = format!("metric@{begins}+{}", counted.as_micros());
        let spend = Spend { id, budget: name, hour, money: more };
        if ports.spend(&loaded.head.id, &spend).await.is_err() {
            levels.untold.entry(budget).or_default().insert(hour.day, Gap::Failing);
        }
        if let Some(windows) = levels.windows.get_mut(&budget) {
            let tally = windows.spent.entry(hour.day).or_default().hours.entry(hour.hour).or_default();
            *tally = tally.plus(Tally { money: more, records: 1 });
        }
    }
}

/// Whether the money of today lies beyond a line and did not without this: the warning, the cap, or what a guardrail
/// compares it with.
pub(super) async fn crosses<P: Store + World>(
    ports: &P,
    id: &RolloutId,
    plan: &Plan,
    budget: &Budget,
    spent: Money,
) -> Result<bool, Unavailable> {
    if spent == Money::ZERO {
        return Ok(false);
    }
    let today = plan.calendar().day(ports.now());
    let windows = ports.windows(id, &budget.name, Days { first: today, last: today }).await?;
    let now = windows.get(&today).map(|window| window.whole().money).unwrap_or_default();
    let before = now.minus(spent);
    let reached = |line: Money| before < line && line <= now;
    // A guardrail may want it to be more than that, or as much.
    let touched = |line: Decimal| before.dollars() <= line && line <= now.dollars();
    let is_reached = budget.warn.is_some_and(reached) || reached(budget.cap);
    Ok(is_reached || guarded(plan, budget).any(touched))
}

/// What guardrails compare the money of a budget with.
fn guarded<'p>(plan: &'p Plan, budget: &'p Budget) -> impl Iterator<Item = Decimal> + 'p {
    let conditions = plan.rules().filter_map(|(_, rule)| match &rule.when {
        When::Any(conditions) => Some(conditions),
        When::Signal(_) | When::Alarm { .. } | When::Drift => None,
    });
    let of_it = conditions.flatten().map(|id| plan.condition(*id)).filter(|it| it.metric == budget.metric);
    of_it.filter_map(|it| if let Bound::Constant(limit) = it.bound { Some(limit) } else { None })
}

/// What a line says of money.
#[derive(Debug, PartialEq, Eq)]
enum Cost {
    None,
    Money(Money),
    Unread(String),
}

/// What a line says of a field: JSON, by itself or behind what Lambda writes in front of it, or words of a text. Where
/// Lambda writes JSON, what the function said is a part of it: JSON in its turn, or such a line.
fn cost(line: &str, field: &str) -> Cost {
    // Time, request and level, or level, time and request; then what was said.
    let said = || line.splitn(LAMBDA_PARTS, '\t').nth(LAMBDA_PARTS - 1);
    let money = match object(line).or_else(|| object(said()?)) {
        Some(mut fields) => match (value(&mut fields, field), fields.remove(MESSAGE)) {
            (Some(value), _) => dollars(&value),
            (None, Some(Value::Object(mut said))) => match value(&mut said, field) {
                Some(value) => dollars(&value),
                None => return Cost::None,
            },
            (None, Some(Value::String(said))) => return cost(&said, field),
            (None, _) => return Cost::None,
        },
        None => {
            let mut words = worded(line, field);
            match (words.next(), words.next()) {
                (None, _) if is_cut_off(line, field) => None,
                (None, _) => return Cost::None,
                (Some(word), None) => in_digits(word),
                // Which of them is meant is anybody's guess.
                (Some(_), Some(_)) => None,
            }
        }
    };
    money.map_or_else(|| Cost::Unread(line.chars().take(SHOWN_MAX).collect()), Cost::Money)
}

fn object(text: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(text).ok()
}

fn value(fields: &mut Map<String, Value>, field: &str) -> Option<Value> {
    fields.remove(field).filter(|value| !value.is_null())
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

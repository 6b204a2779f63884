//! What calls cost, as logs tell it: each line counts once, in the window of its own time, under every budget that is
//! metered there.

use crate::ports::{Loaded, Spend, Store, Unavailable, Wake};
use rollout::{
    calendar::Calendar,
    plan::{Budget, Meter},
    time::Timestamp,
    units::{Decimal, Money},
};
use serde_json::Value;

/// A cost beyond this is taken for a mistake, and refused.
const COST_MAX: Money = Money::micros(1_000_000_000);

/// A line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its own, whoever brings it and however often.
    pub id: String,
    /// When it was written.
    pub at: Timestamp,
    /// Its text.
    pub text: String,
}

/// What came of some lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// So many costs were counted, now or before.
    pub costs: usize,
    /// Lines that say a cost which cannot be: which, and why.
    pub refused: Vec<String>,
}

/// Counts what lines of a log group say about costs, under the budgets of all active rollouts; whoever has a cost
/// counted is looked at.
///
/// # Errors
/// [`Unavailable`]: the same lines again count no second time.
pub async fn costs<P: Store + Wake>(ports: &P, group: &str, lines: &[Line]) -> Result<Counted, Unavailable> {
    let active = ports.work().await?.active;
    let mut counted = Counted::default();
    for loaded in ports.load_all(&active).await.into_iter().flatten() {
        let before = counted.costs;
        for budget in &loaded.plan.budgets {
            if let Meter::Logs { group: metered, field } = &budget.meter
                && metered == group
            {
                count(ports, &loaded, budget, field, lines, &mut counted).await?;
            }
        }
        if counted.costs > before {
            ports.evaluate(&loaded.head.id);
        }
    }
    Ok(counted)
}

async fn count<P: Store>(
    ports: &P,
    loaded: &Loaded,
    budget: &Budget,
    field: &str,
    lines: &[Line],
    counted: &mut Counted,
) -> Result<(), Unavailable> {
    let calendar = Calendar::of(&loaded.plan.timezone);
    for line in lines {
        match cost(&line.text, field) {
            Ok(Some(money)) => {
                let (id, budget, hour) = (line.id.clone(), budget.name.clone(), calendar.hour(line.at));
                ports.spend(&loaded.head.id, &Spend { id, budget, hour, money }).await?;
                counted.costs += 1;
            }
            Ok(None) => {}
            Err(why) => counted.refused.push(format!("{} of {}: {why}", line.id, loaded.head.id)),
        }
    }
    Ok(())
}

/// The cost that a line says, in whole micro-dollars, rounded up; none when it says nothing of costs. A line is a JSON
/// object with the field, or a text with `field=0.0123`.
fn cost(text: &str, field: &str) -> Result<Option<Money>, String> {
    let said = match serde_json::from_str::<Value>(text.trim()) {
        Ok(Value::Object(object)) => match object.get(field) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Number(number)) => number.to_string(),
            Some(other) => return Err(format!("{field} is no number: {other}")),
        },
        Ok(_) | Err(_) => {
            let mut words = text.split(|char: char| char.is_whitespace() || char == ',');
            match words.find_map(|word| word.strip_prefix(field)?.strip_prefix('=')) {
                Some(said) => said.to_owned(),
                None => return Ok(None),
            }
        }
    };
    let dollars = said.parse::<f64>().ok().and_then(Decimal::from_f64);
    let dollars = dollars.ok_or_else(|| format!("{field} is no number: {said}"))?;
    match micros(dollars) {
        Some(money) if money > Money::ZERO && money <= COST_MAX => Ok(Some(money)),
        Some(_) | None => Err(format!("{field} is {said}: a cost is more than $0 and at most {COST_MAX}")),
    }
}

/// Whole micro-dollars, rounded up: what was spent is never counted as less.
fn micros(dollars: Decimal) -> Option<Money> {
    const NANOS: i128 = 1_000;
    let up = dollars.nanos().checked_add(NANOS - 1)?.div_euclid(NANOS);
    u64::try_from(up).ok().map(Money::micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(text: &str) -> Result<Option<u64>, String> {
        cost(text, "cost_usd").map(|money| money.map(Money::as_micros))
    }

    #[test]
    fn a_cost_is_read_from_json_and_from_text() {
        assert_eq!(says(r#"{"event":"llm_call","cost_usd":0.00734}"#), Ok(Some(7_340)));
        assert_eq!(says("2026-08-21T16:53:08.911Z\tx\tINFO\tcost_usd=0.0021 feature=LLM\n"), Ok(Some(2_100)));
        assert_eq!(says("calls=3,cost_usd=1,model=m"), Ok(Some(1_000_000)));
        assert_eq!(says(r#"{"cost_usd":7.3e-5}"#), Ok(Some(73)));
        assert_eq!(says(r#"{"cost_usd":0.0000001}"#), Ok(Some(1)), "never less than it was");
    }

    #[test]
    fn whoever_says_nothing_of_costs_costs_nothing() {
        for text in ["", "hello", "{}", r#"{"cost_usd":null}"#, "not_cost_usd=3", "cost_usd 3", "[1]"] {
            assert_eq!(says(text), Ok(None), "{text}");
        }
    }

    #[test]
    fn a_cost_that_cannot_be_is_refused() {
        for text in [
            r#"{"cost_usd":0}"#,
            r#"{"cost_usd":-0.5}"#,
            r#"{"cost_usd":"0.5"}"#,
            r#"{"cost_usd":1000.01}"#,
            r#"{"cost_usd":1e300}"#,
            r#"{"cost_usd":true}"#,
            "cost_usd=NaN",
            "cost_usd=inf",
            "cost_usd=",
            "cost_usd=1.2.3",
        ] {
            assert!(says(text).is_err(), "{text}");
        }
    }
}

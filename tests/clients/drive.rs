//! Says each step that it is told on a line to the client for Rust, and answers on a line what came of it.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::panic,
    reason = "whoever drives it sees why it ended"
)]

use serde_json::{Value, json};
use std::{collections::BTreeMap, io, time::Duration};
use tidegate_budget::{Budget, Hold, Limits, Money, Outcome, State, Unreachable, WrongUse, bearer};

#[derive(Default)]
struct Driver {
    budgets: BTreeMap<String, Budget>,
    holds: BTreeMap<String, Hold>,
}

fn main() {
    let mut driver = Driver::default();
    for line in io::stdin().lines() {
        let step: Value = serde_json::from_str(&line.expect("a line")).expect("a step");
        let came = driver.act(&step).unwrap_or_else(|wrong| json!({ "wrong": wrong.to_string() }));
        println!("{came}");
    }
}

impl Driver {
    fn act(&mut self, step: &Value) -> Result<Value, WrongUse> {
        let text = |name: &str| step[name].as_str().unwrap_or_default();
        let budget = self.budget(step)?;
        let hold = self.holds.get(text("hold"));
        let hold = || hold.expect("a hold");
        Ok(match text("do") {
            "reserve" => {
                let then = match text("then") {
                    "open" => Unreachable::Open,
                    "closed" => Unreachable::Closed,
                    other => panic!("{other} is no choice"),
                };
                let hold = budget.reserve(text("amount").parse()?, step["key"].as_str(), then)?;
                let came = said(&hold);
                self.holds.insert(text("as").to_owned(), hold);
                came
            }
            "settle" => outcome(&budget.settle(hold(), text("cost").parse()?)),
            "release" => outcome(&budget.release(hold())),
            "during" => {
                let cost: Option<Money> = text("cost").parse().ok();
                match budget.during(hold(), || cost.map(|cost| ((), cost)).ok_or("it failed")) {
                    Ok(Some(((), came))) => outcome(&came),
                    Ok(None) => json!({ "state": "not made" }),
                    Err(_) => json!({ "state": "failed" }),
                }
            }
            "late" => {
                let came: Vec<Value> =
                    budget.report_late().iter().map(|came| outcome(came)["state"].clone()).collect();
                json!({ "states": came, "left": budget.late_count() })
            }
            other => panic!("{other} is no step"),
        })
    }

    fn budget(&mut self, step: &Value) -> Result<Budget, WrongUse> {
        let text = |name: &str| step[name].as_str().unwrap_or_default();
        let (at, name, token) = (text("at"), text("budget"), text("token"));
        let known = format!("{at} {} {name} {token}", text("rollout"));
        if let Some(budget) = self.budgets.get(&known) {
            return Ok(budget.clone());
        }
        let limits = Limits { timeout: Duration::from_millis(500), ..Limits::default() };
        let budget = Budget::new(at, text("rollout"), name, bearer(token), limits)?;
        self.budgets.insert(known, budget.clone());
        Ok(budget)
    }
}

fn said(hold: &Hold) -> Value {
    let came = json!({ "may_call": hold.may_call(), "amount": hold.amount.to_string() });
    let more = match &hold.state {
        State::Held(until) => json!({ "state": "held", "until": until }),
        State::Refused(why, next) => json!({ "state": "refused", "why": why, "next": next }),
        State::Unreachable(why, _) => json!({ "state": "unreachable", "why": why }),
    };
    merged(came, more)
}

fn outcome(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Settled(cost, held, over) => {
            let [cost, held, over] = [cost, held, over].map(ToString::to_string);
            json!({ "state": "settled", "cost": cost, "held": held, "over": over })
        }
        Outcome::Released(held) => json!({ "state": "released", "held": held.to_string() }),
        Outcome::Refused(why) => json!({ "state": "refused", "why": why }),
        Outcome::Late(why) => json!({ "state": "late", "why": why }),
        Outcome::Lost(why) => json!({ "state": "lost", "why": why }),
        Outcome::Lapses(why) => json!({ "state": "lapses", "why": why }),
    }
}

fn merged(mut one: Value, other: Value) -> Value {
    if let (Value::Object(one), Value::Object(other)) = (&mut one, other) {
        one.extend(other);
    }
    one
}

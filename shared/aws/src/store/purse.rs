//! The window of a budget: what is written to it, and what is read of it.
//!
//! Conditions have no arithmetic, so the sum of what is spent and held stands there by itself, and is compared with what
//! the cap leaves beside the money that is asked for. Each hold is an attribute of its own beside the sums: one write
//! changes all of them, a refusal brings all of them along, and so whose time has passed is seen without a further read.

use super::item::{Item, Key, Writes, number, read_number};
use aws_sdk_dynamodb::{
    error::BuildError,
    types::{
        AttributeValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
        builders::UpdateBuilder,
    },
};
use control::ports::{HOLDS_MAX, Held, Hold, Purse, Spend};
use rollout::{
    calendar::Day,
    levels::{Spent, Tally},
    rollout::RolloutId,
    time::Timestamp,
    units::Money,
};

const SPENT: &str = "spent";
/// What is spent and held, together.
const TAKEN: &str = "taken";
/// How many holds there are.
const HOLDS: &str = "holds";
/// Somebody wanted more than was left.
const REFUSED: &str = "refused";
/// Before the number of an hour: its money, and its records.
const HOUR_MONEY: &str = "h";
const HOUR_RECORDS: &str = "n";
/// Before the id of a hold.
const HOLD: &str = "hold:";
/// Holds that are given back in one write: an expression has at most 4 KB.
const GIVEN_BACK_MAX: usize = 40;

/// A hold that is given back: its id, and what is held.
pub(super) type Lapsed = (String, Held);

impl Writes<'_> {
    /// Adds money to its window, and to its hour.
    pub(super) fn count(self, id: &RolloutId, spend: &Spend) -> Result<TransactWriteItem, BuildError> {
        let update = self
            .window(id, &spend.budget, spend.hour.day)
            .update_expression(format!("ADD {TAKEN} :money, {}", of_hour(spend)))
            .expression_attribute_values(":money", number(spend.money.as_micros()))
            .expression_attribute_values(":one", number(1));
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }

    /// Holds money, if what is taken leaves room for it. A refusal brings the window along.
    pub(super) fn hold(
        self,
        id: &RolloutId,
        hold: &Hold,
        cap: Money,
    ) -> Result<TransactWriteItem, BuildError> {
        let money = hold.held.money;
        let room = i128::from(cap.as_micros()) - i128::from(money.as_micros());
        // In a window that nobody has written to, there is all of the cap.
        let fresh = if room < 0 {
            String::new()
        } else {
            format!("(attribute_not_exists({TAKEN}) AND attribute_not_exists({SPENT})) OR ")
        };
        let update = self
            .window(id, &hold.budget, hold.day)
            .condition_expression(format!(
                "attribute_not_exists(#hold) AND ({fresh}{TAKEN} <= :room) AND \
                 (attribute_not_exists({HOLDS}) OR {HOLDS} < :most)"
            ))
            .update_expression(format!("SET #hold = :hold ADD {TAKEN} :money, {HOLDS} :one"))
            .expression_attribute_names("#hold", attribute(&hold.id))
            .expression_attribute_values(":hold", written(hold.held))
            .expression_attribute_values(":room", AttributeValue::N(room.to_string()))
            .expression_attribute_values(":money", number(money.as_micros()))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":most", AttributeValue::N(HOLDS_MAX.to_string()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }

    /// Gives back holds whose time has passed, if nobody else has.
    pub(super) fn give_back(
        self,
        id: &RolloutId,
        budget: &str,
        day: Day,
        lapsed: &[Lapsed],
    ) -> Result<TransactWriteItem, BuildError> {
        let (mut update, mut conditions, mut names) = (self.window(id, budget, day), vec![], vec![]);
        for (nth, (hold, held)) in lapsed.iter().enumerate() {
            let name = format!("#l{nth}");
            conditions.push(format!("{name} = :l{nth}"));
            update = update
                .expression_attribute_names(&name, attribute(hold))
                .expression_attribute_values(format!(":l{nth}"), written(*held));
            names.push(name);
        }
        let sum = lapsed.iter().fold(Money::ZERO, |sum, (_, held)| sum.plus(held.money));
        let update = update
            .condition_expression(conditions.join(" AND "))
            .update_expression(format!("REMOVE {} ADD {TAKEN} :less, {HOLDS} :fewer", names.join(", ")))
            .expression_attribute_values(":less", change(Money::ZERO, sum))
            .expression_attribute_values(":fewer", AttributeValue::N(format!("-{}", lapsed.len())));
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }

    /// The window says that it has refused somebody, if it did not yet.
    pub(super) fn refused(
        self,
        id: &RolloutId,
        budget: &str,
        day: Day,
    ) -> Result<TransactWriteItem, BuildError> {
        let update = self
            .window(id, budget, day)
            .condition_expression(format!("attribute_not_exists({REFUSED})"))
            .update_expression(format!("SET {REFUSED} = :yes"))
            .expression_attribute_values(":yes", AttributeValue::Bool(true));
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }

    /// What a hold came to, in its place; it must be as it was read, there or not.
    pub(super) fn settle(
        self,
        id: &RolloutId,
        spend: &Spend,
        held: Option<Held>,
    ) -> Result<TransactWriteItem, BuildError> {
        let (money, was) = (spend.money, held.map(|held| held.money).unwrap_or_default());
        let mut update = self
            .window(id, &spend.budget, spend.hour.day)
            .expression_attribute_names("#hold", attribute(&spend.id))
            .expression_attribute_values(":change", change(money, was));
        let mut adds = format!("ADD {TAKEN} :change");
        if money > Money::ZERO {
            adds = format!("{adds}, {}", of_hour(spend));
            update = update
                .expression_attribute_values(":money", number(money.as_micros()))
                .expression_attribute_values(":one", number(1));
        }
        update = match held {
            Some(held) => update
                .condition_expression("#hold = :hold")
                .update_expression(format!("REMOVE #hold {adds}, {HOLDS} :fewer"))
                .expression_attribute_values(":hold", written(held))
                .expression_attribute_values(":fewer", AttributeValue::N("-1".into())),
            None => update.condition_expression("attribute_not_exists(#hold)").update_expression(adds),
        };
        Ok(TransactWriteItem::builder().update(update.build()?).build())
    }

    fn window(self, id: &RolloutId, budget: &str, day: Day) -> UpdateBuilder {
        Update::builder().table_name(self.0).set_key(Some(Key::window(id, budget, day).item()))
    }
}

fn of_hour(spend: &Spend) -> String {
    let hour = spend.hour.hour;
    format!("{SPENT} :money, {HOUR_MONEY}{hour:02} :money, {HOUR_RECORDS}{hour:02} :one")
}

fn attribute(hold: &str) -> String {
    format!("{HOLD}{hold}")
}

/// From one amount to another.
fn change(to: Money, from: Money) -> AttributeValue {
    AttributeValue::N((i128::from(to.as_micros()) - i128::from(from.as_micros())).to_string())
}

fn written(held: Held) -> AttributeValue {
    AttributeValue::S(format!("{} {}", held.money.as_micros(), held.until.0))
}

fn held(value: &AttributeValue) -> Option<Held> {
    let (money, until) = value.as_s().ok()?.split_once(' ')?;
    Some(Held { money: Money::micros(money.parse().ok()?), until: Timestamp(until.parse().ok()?) })
}

/// What a window says; none when it cannot be read, or its parts are not its sums.
pub(super) fn purse(item: &Item) -> Option<Purse> {
    let mut purse = Purse { spent: Spent::default(), ..Purse::default() };
    for (name, value) in item {
        if let Some(hold) = name.strip_prefix(HOLD) {
            purse.holds.insert(hold.to_owned(), held(value)?);
        } else if let Some(hour) = name.strip_prefix(HOUR_MONEY).and_then(|hour| hour.parse().ok()) {
            let money = Money::micros(read_number(item, name)?);
            let records = read_number(item, &format!("{HOUR_RECORDS}{hour:02}"))?;
            purse.spent.hours.insert(hour, Tally { money, records });
        }
    }
    purse.spent.refused = item.contains_key(REFUSED);
    let sum = |name| if item.contains_key(name) { read_number(item, name) } else { Some(0) };
    let spent = purse.spent.whole().money;
    let taken = purse.holds.values().fold(spent, |sum, held| sum.plus(held.money));
    let count = u64::try_from(purse.holds.len()).ok();
    let agrees =
        sum(SPENT) == Some(spent.as_micros()) && sum(TAKEN) == Some(taken.as_micros()) && sum(HOLDS) == count;
    agrees.then_some(purse)
}

/// Whether no further hold fits beside those that there are.
pub(super) fn is_crowded(purse: &Purse) -> bool {
    purse.holds.len() >= HOLDS_MAX
}

/// Holds whose time has passed: as many as fit one write.
pub(super) fn lapsed(purse: &Purse, now: Timestamp) -> Vec<Lapsed> {
    let lapsed = purse.holds.iter().filter(|(_, held)| held.has_lapsed(now));
    lapsed.take(GIVEN_BACK_MAX).map(|(id, held)| (id.clone(), *held)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_whose_parts_are_not_its_sums_is_not_guessed_at() {
        let day: Day = "2026-01-05".parse().unwrap();
        let with = |attributes: &[(&str, u64)], hold: Option<&str>| {
            let mut item = Key::window(&RolloutId("cst-1".into()), "llm_cost", day).item();
            item.extend(attributes.iter().map(|(name, n)| ((*name).to_owned(), number(*n))));
            item.extend(hold.map(|hold| ("hold:a".to_owned(), AttributeValue::S(hold.to_owned()))));
            purse(&item)
        };
        let sums = [("spent", 7), ("taken", 7), ("h00", 3), ("n00", 1), ("h23", 4), ("n23", 2)];
        let found = with(&sums, None).unwrap();
        assert_eq!(found.spent.whole(), Tally { money: Money::micros(7), records: 3 });
        assert_eq!(with(&sums[..4], None), None);
        assert_eq!(with(&sums, Some("5 9")), None, "what is held is not in the sum");
        assert_eq!(with(&[("spent", 3), ("taken", 3), ("h00", 3)], None), None);
        assert_eq!(with(&[("taken", 3), ("h00", 3), ("n00", 1)], None), None);
        let held = Held { money: Money::micros(5), until: Timestamp(9) };
        let found = with(&[("taken", 5), ("holds", 1)], Some("5 9")).unwrap();
        assert_eq!(found.holds.into_iter().collect::<Vec<_>>(), [("a".to_owned(), held)]);
        assert_eq!(with(&[("taken", 5), ("holds", 1)], Some("5")), None);
    }
}

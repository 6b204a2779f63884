//! A condition: a metric, a relation, a bound and its tails.

use super::{
    Comparison, Exactly, Limit, Misread, Over, Parsed, Per, Quantity, Unit,
    action::Spot,
    quantity::{is_name, read_duration, read_quantity, read_rate, torn},
    tokens::{Cursor, Token, unexpected},
};
use crate::{
    condition::{Hold, Relation},
    time::Span,
    units::Decimal,
};

/// Words of the grammar, which are therefore no names.
pub(in crate::plan) const RESERVED: [&str; 16] = [
    "any",
    "every",
    "stable",
    "growth",
    "baseline",
    "within",
    "of",
    "mean",
    "sigma",
    "for",
    "in",
    "from",
    "at",
    "times",
    "samples",
    "confidence",
];

const SHAPE: &str = "error_rate > 1% in 5m for 10m";

/// Where in its text the parts of a condition stand.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::plan) struct Places {
    pub(in crate::plan) name: Spot,
    pub(in crate::plan) growth: Spot,
    pub(in crate::plan) relation: Spot,
    pub(in crate::plan) bound: Spot,
    pub(in crate::plan) spread: Spot,
    pub(in crate::plan) window: Spot,
    pub(in crate::plan) hold: Spot,
    pub(in crate::plan) samples: Spot,
    pub(in crate::plan) confidence: Spot,
}

/// Reads a condition.
///
/// # Errors
/// When it does not follow the grammar: where, why, and what would.
pub fn condition(text: &str) -> Result<Parsed, Misread> {
    sentence(text).map(|(parsed, _)| parsed)
}

/// Reads a condition and the places of its parts.
pub(in crate::plan) fn sentence(text: &str) -> Result<(Parsed, Places), Misread> {
    let mut cursor = Cursor::new(text);
    let mut places = Places::default();
    let first = cursor.take();
    if first.text == "stable" {
        cursor.expect("for", "stable for 48h")?;
        let start = cursor.peek();
        let span = duration(&mut cursor)?;
        places.hold = (start.at, start.length());
        cursor.finish("stable for 48h")?;
        return Ok((Parsed::Stable(span), places));
    }
    let name = name(first, "a metric")?;
    places.name = (first.at, first.length());
    let growth = cursor.peek();
    let is_growth = cursor.takes("growth");
    places.growth = (growth.at, growth.length());
    let symbol = cursor.peek();
    let relation = relation(&mut cursor)?;
    places.relation = (symbol.at, symbol.length());
    let start = cursor.peek();
    let bound =
        if relation == Relation::Within { distance(&mut cursor)? } else { limit(&mut cursor, is_growth)? };
    places.bound = cursor.since(start);
    let mut tails = Tails::default();
    while !cursor.is_at_end() {
        tail(&mut cursor, &mut tails, &mut places)?;
    }
    let Tails { spread, window, hold, samples, confidence, .. } = tails;
    let comparison =
        Comparison { name, growth: is_growth, relation, bound, spread, window, hold, samples, confidence };
    if let Some(token) = tails.misplaced {
        return Err(token.misread("this is in the wrong place", format!("write `{comparison}`")));
    }
    exclusive(&comparison, &places)?;
    Ok((Parsed::Comparison(comparison), places))
}

/// `at P% confidence` says itself how long it looks.
fn exclusive(comparison: &Comparison, places: &Places) -> Result<(), Misread> {
    let (at, length) = places.confidence;
    let excluded = comparison.window.is_some() || comparison.hold.is_some();
    if comparison.confidence.is_none() || !excluded {
        return Ok(());
    }
    let what = "`at ... confidence` looks at the whole stage, so it goes with neither `in` nor `for`";
    Err(Misread { at, length, what: what.to_owned(), help: Some("leave them out".to_owned()) })
}

fn name(token: Token<'_>, what: &str) -> Result<String, Misread> {
    let text = token.text;
    if text == "each" {
        return Err(token.misread(
            "`each` is not a word of the language",
            "write `error_rate < 1% for every x`".to_owned(),
        ));
    }
    if RESERVED.contains(&text) || text == "row" {
        let what = format!("`{text}` is a word of the language, so it cannot be the name of {what}");
        return Err(token.misread(what, "use another name".to_owned()));
    }
    if is_name(text) {
        return Ok(text.to_owned());
    }
    let lower = text.to_lowercase().replace('-', "_");
    if is_name(&lower) {
        let what = format!("`{text}` is not a name: lower-case letters, digits and `_`");
        return Err(token.misread(what, format!("write `{lower}`")));
    }
    Err(unexpected(token, &format!("the name of {what}"), SHAPE))
}

fn relation(cursor: &mut Cursor<'_>) -> Result<Relation, Misread> {
    let token = cursor.take();
    let relation = match token.text {
        "<" => Relation::Below,
        "<=" => Relation::AtMost,
        ">" => Relation::Above,
        ">=" => Relation::AtLeast,
        "==" => Relation::Equal,
        "within" => Relation::Within,
        ">+" | "<+" => return Err(signed(token)),
        _ => return Err(no_relation(token)),
    };
    Ok(relation)
}

fn no_relation(token: Token<'_>) -> Misread {
    let right = match token.text {
        "=" | "===" | "is" | "equals" => "==",
        "=<" | "≤" => "<=",
        "=>" | "≥" => ">=",
        "below" | "under" => "<",
        "above" | "over" => ">",
        "!=" | "<>" => {
            return token
                .misread("`!=` is not a relation", "say what must hold, with < <= > >= or ==".to_owned());
        }
        _ => return unexpected(token, "one of < <= > >= == within", SHAPE),
    };
    token.misread(format!("`{}` is not a relation", token.text), format!("write `{right}`"))
}

fn signed(token: Token<'_>) -> Misread {
    token.misread("a bound has no sign", "write `> 50MB/min`".to_owned())
}

/// What stands behind `within`.
fn distance(cursor: &mut Cursor<'_>) -> Result<Limit, Misread> {
    let shape = "cost within 5% of baseline";
    let token = number(cursor, shape)?;
    let quantity = read_quantity(token)?;
    cursor.expect("of", shape)?;
    cursor.expect("baseline", shape)?;
    Ok(Limit::Within(quantity))
}

/// A number with its unit in one piece.
fn number<'a>(cursor: &mut Cursor<'a>, shape: &str) -> Result<Token<'a>, Misread> {
    let token = cursor.take();
    if !token.is_number() {
        return Err(unexpected(token, "a number", shape));
    }
    match torn(token, cursor.peek()) {
        Some(misread) => Err(misread),
        None => Ok(token),
    }
}

/// What stands behind any other relation.
fn limit(cursor: &mut Cursor<'_>, growth: bool) -> Result<Limit, Misread> {
    let token = cursor.peek();
    if token.text == "baseline" {
        cursor.take();
        return offset(cursor);
    }
    if token.text == "+" || token.text.starts_with('-') {
        let number = cursor.ahead(1).text;
        let right = if token.text == "+" { number } else { token.text.trim_start_matches('-') };
        return Err(token.misread("a bound has no sign", format!("write `> {right}`")));
    }
    if !token.is_number() {
        return Err(unexpected(token, "a number or `baseline`", SHAPE));
    }
    let next = cursor.ahead(1);
    if let Some(misread) = torn(token, next) {
        let factor = next.text == "x";
        let help = factor.then(|| format!("write `{}x baseline`", token.text));
        return Err(Misread { help: help.or(misread.help), ..misread });
    }
    if let Some(factor) = token.text.strip_suffix('x') {
        cursor.take();
        cursor.expect("baseline", "p95_latency > 2x baseline")?;
        let Quantity { amount, .. } = read_quantity(Token { text: factor, ..token })?;
        return Ok(Limit::Times(amount));
    }
    if next.text == "mean" {
        return mean(cursor);
    }
    cursor.take();
    let (quantity, per) = read_rate(token)?;
    match per {
        Some(per) if growth => Ok(Limit::Rate(quantity, per)),
        Some(per) => Err(token.misread("a rate is the bound of a growth", help_for_rate(quantity, per))),
        None if quantity.unit == Unit::Percent && cursor.takes("of") => {
            cursor.expect("baseline", "p95_latency <= 110% of baseline")?;
            Ok(Limit::ShareOf(quantity.amount))
        }
        None => Ok(Limit::Constant(quantity)),
    }
}

fn help_for_rate(quantity: Quantity, per: Per) -> String {
    let window = Exactly(per.span());
    if quantity.unit == Unit::None {
        return format!("for a count in a time write `> {quantity} in {window}`");
    }
    format!("write `NAME growth > {quantity}/{}`, or `> {quantity} in {window}`", per.word())
}

/// What stands behind `baseline`.
fn offset(cursor: &mut Cursor<'_>) -> Result<Limit, Misread> {
    let shape = "error_rate <= baseline + 0.1pp";
    match cursor.peek().text {
        "+" => {
            cursor.take();
            Ok(Limit::Above(read_quantity(number(cursor, shape)?)?))
        }
        "-" => {
            cursor.take();
            Ok(Limit::Under(read_quantity(number(cursor, shape)?)?))
        }
        "*" | "x" | "×" => {
            Err(cursor.peek().misread("the factor stands first", "write `2x baseline`".to_owned()))
        }
        _ => Ok(Limit::Baseline),
    }
}

/// `7d mean + 3 sigma`
fn mean(cursor: &mut Cursor<'_>) -> Result<Limit, Misread> {
    let over = duration(cursor)?;
    cursor.take();
    let sign = cursor.peek().text;
    if sign != "+" && sign != "-" {
        return Ok(Limit::Mean { over, sigma: None });
    }
    cursor.take();
    let shape = "denials > 7d mean + 3 sigma";
    let token = number(cursor, shape)?;
    let Quantity { amount, unit } = read_quantity(token)?;
    if unit != Unit::None {
        return Err(unexpected(token, "a number of sigmas", shape));
    }
    cursor.expect("sigma", shape)?;
    Ok(Limit::Mean { over, sigma: Some(if sign == "-" { Decimal::ZERO.minus(amount) } else { amount }) })
}

/// The tails found so far, in whatever order they were written.
#[derive(Default)]
struct Tails<'a> {
    spread: Option<Over>,
    window: Option<Span>,
    hold: Option<Hold>,
    samples: Option<u32>,
    confidence: Option<Decimal>,
    /// The place of the last tail in the grammar's order: spread, window, hold, samples, confidence.
    last: u8,
    /// The first tail that stands behind one which it should precede.
    misplaced: Option<Token<'a>>,
}

impl<'a> Tails<'a> {
    /// A tail of this place in the order begins at `token`.
    fn begin(&mut self, order: u8, token: Token<'a>) -> Result<(), Misread> {
        let twice = match order {
            1 => self.spread.is_some(),
            2 => self.window.is_some(),
            3 => self.hold.is_some(),
            4 => self.samples.is_some(),
            _ => self.confidence.is_some(),
        };
        if twice {
            return Err(token.misread("this is said twice", "leave one of them out".to_owned()));
        }
        if order < self.last {
            self.misplaced = self.misplaced.or(Some(token));
        }
        self.last = self.last.max(order);
        Ok(())
    }
}

/// Reads one tail.
fn tail<'a>(cursor: &mut Cursor<'a>, tails: &mut Tails<'a>, places: &mut Places) -> Result<(), Misread> {
    let token = cursor.take();
    let start = cursor.peek();
    let spot = (start.at, start.length());
    match token.text {
        "for" if matches!(start.text, "any" | "every") => {
            tails.begin(1, token)?;
            cursor.take();
            let member = cursor.take();
            places.spread = (member.at, member.length());
            tails.spread =
                Some(Over { every: start.text == "every", dimension: name(member, "a dimension")? });
        }
        "for" if matches!(start.text, "each" | "all") => {
            let help = format!("write `for every {0}` or `for any {0}`", cursor.ahead(1).text);
            return Err(start.misread(format!("`for {}` is not clear", start.text), help));
        }
        "in" if start.text == "a" => {
            return Err(token.misread("how many in a row?", "write `3 times in a row`".to_owned()));
        }
        "in" => {
            tails.begin(2, token)?;
            places.window = spot;
            tails.window = Some(duration(cursor)?);
        }
        "for" => {
            tails.begin(3, token)?;
            places.hold = spot;
            tails.hold = Some(Hold::For(duration(cursor)?));
        }
        "from" => {
            tails.begin(4, token)?;
            places.samples = spot;
            tails.samples = Some(count(cursor.take(), "from 50 samples")?);
            cursor.expect("samples", "from 50 samples")?;
        }
        "at" => {
            tails.begin(5, token)?;
            places.confidence = spot;
            tails.confidence = Some(confidence(cursor)?);
        }
        _ if token.is_number() => {
            tails.begin(3, token)?;
            places.hold = (token.at, token.length());
            tails.hold = Some(Hold::Row(row(token, cursor)?));
        }
        "over" | "above" | "below" | "under" if start.text == "baseline" => {
            let help = "write `> 120% of baseline`, `> 1.2x baseline` or `> baseline + 2pp`".to_owned();
            return Err(token.misread(format!("`{} baseline` is no bound", token.text), help));
        }
        _ => return Err(stray(token)),
    }
    Ok(())
}

/// `N times in a row`, of which the number has been taken.
fn row(token: Token<'_>, cursor: &mut Cursor<'_>) -> Result<u32, Misread> {
    let shape = "3 times in a row";
    if cursor.peek().text == "in" {
        let right = format!("write `{} times in a row`", token.text);
        return Err(cursor.peek().misread("`times` is missing here", right));
    }
    if cursor.peek().text == "samples" {
        return Err(token.misread("`from` is missing here", format!("write `from {} samples`", token.text)));
    }
    cursor.expect("times", shape)?;
    for word in ["in", "a", "row"] {
        cursor.expect(word, shape)?;
    }
    count(token, shape)
}

fn count(token: Token<'_>, shape: &str) -> Result<u32, Misread> {
    if token.text.contains(',') {
        read_quantity(token)?;
    }
    let number = token.text.bytes().all(|b| b.is_ascii_digit()).then(|| token.text.parse().ok()).flatten();
    match number {
        Some(0) => Err(token.misread("not a number from 1 on", format!("write `{shape}`"))),
        Some(n) => Ok(n),
        None => Err(unexpected(token, "a whole number", shape)),
    }
}

fn confidence(cursor: &mut Cursor<'_>) -> Result<Decimal, Misread> {
    let shape = "at 99% confidence";
    let token = number(cursor, shape)?;
    let Quantity { amount, unit } = read_quantity(token)?;
    let fits = unit == Unit::Percent && amount > Decimal::ZERO && amount < Decimal::whole(100);
    if !fits {
        return Err(unexpected(token, "a percentage between 0% and 100%", shape));
    }
    cursor.expect("confidence", shape)?;
    Ok(amount)
}

/// A duration in one piece.
fn duration(cursor: &mut Cursor<'_>) -> Result<Span, Misread> {
    let token = cursor.take();
    match torn(token, cursor.peek()) {
        Some(misread) => Err(misread),
        None => read_duration(token),
    }
}

fn stray(token: Token<'_>) -> Misread {
    let help = match token.text {
        "and" | "or" | "&&" | "||" => {
            "one condition in one line: `when` may be a list (any of them), gates are a list (all)"
        }
        "over" | "during" | "within" => "a window is written `in 5m`, a hold `for 5m`",
        "each" => "write `for every x` or `for any x`",
        _ => {
            "behind a bound stand, in this order: for any|every X, in 5m, for 5m | 3 times in a row, from 50 samples"
        }
    };
    token.misread(format!("`{}` was not expected here", token.text), help.to_owned())
}

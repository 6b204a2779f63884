//! What a guardrail does, whose consent is asked, and how long a stage bakes.

use super::{
    Misread, Unit,
    quantity::{is_label, read_duration, read_quantity, torn},
    tokens::{Cursor, Token, unexpected},
};
use crate::{
    plan::{Action, Back, Bake, Consent, Step},
    time::Span,
    units::Share,
};

const STEPS: &str = "roll back | roll back to previous | roll back to 5% | pause | page WHO | alert WHO | \
                     disable FEATURE | review by WHO within 30m";

/// A text inside a sentence that refers to something, and where it stands.
pub(in crate::plan) type Spot = (usize, usize);

/// Reads `roll back`, `alert team`, `roll back to previous after 1h`; the spot is that of the name in it.
pub(in crate::plan) fn action(text: &str) -> Result<(Action, Spot), Misread> {
    let mut cursor = Cursor::new(text);
    let first = cursor.take();
    let mut spot = (first.at, first.length());
    let mut named = |cursor: &mut Cursor<'_>, shape: &str| {
        let token = label(cursor, shape)?;
        spot = (token.at, token.length());
        Ok::<String, Misread>(token.text.to_owned())
    };
    let step = match first.text {
        "roll" => roll_back(&mut cursor)?,
        "pause" => Step::Pause,
        "page" => Step::Page(named(&mut cursor, "page on-call")?),
        "alert" => Step::Alert(named(&mut cursor, "alert team")?),
        "disable" => Step::Disable(named(&mut cursor, "disable feature")?),
        "review" => {
            let shape = "review by lead within 30m";
            let by = if cursor.takes("by") { Some(named(&mut cursor, shape)?) } else { None };
            cursor.expect("within", shape)?;
            Step::Review { by, within: span(&mut cursor)? }
        }
        "rollback" => {
            return Err(first.misread("`rollback` is two words here", "write `roll back`".to_owned()));
        }
        _ => return Err(unexpected(first, "an action", STEPS)),
    };
    let after = if cursor.takes("after") { Some(span(&mut cursor)?) } else { None };
    cursor.finish("ACTION after 1h")?;
    Ok((Action { step, after }, spot))
}

fn roll_back(cursor: &mut Cursor<'_>) -> Result<Step, Misread> {
    cursor.expect("back", "roll back")?;
    if !cursor.takes("to") {
        return Ok(Step::RollBack(Back::Full));
    }
    let token = cursor.take();
    if token.text == "previous" {
        return Ok(Step::RollBack(Back::Previous));
    }
    let shape = "roll back to previous` or `roll back to 5%";
    if !token.is_number() {
        return Err(unexpected(token, "`previous` or a percentage", shape));
    }
    if let Some(misread) = torn(token, cursor.peek()) {
        return Err(misread);
    }
    let quantity = read_quantity(token)?;
    let share = Share::from_percent(quantity.amount).filter(|_| quantity.unit == Unit::Percent);
    let share =
        share.ok_or_else(|| unexpected(token, "a percentage up to 100 with at most two decimals", shape))?;
    Ok(Step::RollBack(if share == Share::NONE { Back::Full } else { Back::To(share) }))
}

fn span(cursor: &mut Cursor<'_>) -> Result<Span, Misread> {
    let token = cursor.take();
    match torn(token, cursor.peek()) {
        Some(misread) => Err(misread),
        None => read_duration(token),
    }
}

fn label<'a>(cursor: &mut Cursor<'a>, shape: &str) -> Result<Token<'a>, Misread> {
    let token = cursor.take();
    if is_label(token.text) { Ok(token) } else { Err(unexpected(token, "a name", shape)) }
}

/// Reads `pm` or `2 of sre`.
pub(in crate::plan) fn consent(text: &str) -> Result<(Consent, Spot), Misread> {
    let mut cursor = Cursor::new(text);
    let first = cursor.peek();
    let count = if first.is_number() {
        cursor.take();
        cursor.expect("of", "2 of sre")?;
        let count = first.text.parse().ok().filter(|count| *count > 0);
        count.ok_or_else(|| {
            first.misread("not a number of people from 1 to 255", "write `2 of sre`".to_owned())
        })?
    } else {
        1
    };
    let role = label(&mut cursor, "pm` or `2 of sre")?;
    cursor.finish("pm` or `2 of sre")?;
    Ok((Consent { role: role.text.to_owned(), count }, (role.at, role.length())))
}

/// Reads `24h`, `48h-72h` or `open`.
pub(in crate::plan) fn bake(text: &str) -> Result<Bake, Misread> {
    let mut cursor = Cursor::new(text);
    if cursor.takes("open") {
        cursor.finish("open")?;
        return Ok(Bake::Open);
    }
    let token = cursor.take();
    if let Some(misread) = torn(token, cursor.peek()) {
        return Err(misread);
    }
    if cursor.peek().text.starts_with(['-', '–']) {
        return Err(cursor
            .peek()
            .misread("no blanks around the `-` of a range", "write `48h-72h`".to_owned()));
    }
    cursor.finish("48h` or `48h-72h` or `open")?;
    let Some((min, max)) = token.text.split_once('-') else {
        let min = read_duration(token)?;
        return Ok(Bake::Timed { min, max: min.times(2) });
    };
    let behind = token.at + min.chars().count() + 1;
    let (min, max) =
        (read_duration(Token { text: min, at: token.at })?, read_duration(Token { text: max, at: behind })?);
    if max < min {
        return Err(
            token.misread("the range ends before it begins", "the shorter time stands first".to_owned())
        );
    }
    Ok(Bake::Timed { min, max })
}

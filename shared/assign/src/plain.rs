//! Variables with one value each: a percentage, a switch, a list of users.

use crate::{Assignment, Problem, assignment::Parts, bucket::BUCKETS};

/// The names of the variables to read.
#[derive(Clone, Copy, Debug)]
pub struct Plain<'a> {
    /// The switch, `"${enabled}"` in the plan: `true` or `false`. Without one it counts as `true`.
    pub enabled: Option<&'a str>,
    /// The percentage, `"${percent}"` in the plan: 0 to 100 with at most two decimals.
    pub percent: &'a str,
    /// The users who are in whatever the percentage, `"${users}"` in the plan: ids with commas between them.
    pub users: Option<&'a str>,
}

impl Assignment {
    /// What the variables say. The salt is the plan's name, so that two rollouts don't begin with the same users;
    /// two rollouts that shall have the same users share a salt. The crate reads no environment by itself: in a
    /// function, `read` is `|name: &str| std::env::var(name).ok()`.
    ///
    /// A variable that is missing or unreadable leaves nobody in, and [`Assignment::problem`] says why. A switch that
    /// is off is obeyed whatever the other variables say.
    pub fn from_plain(salt: &str, names: &Plain<'_>, read: impl Fn(&str) -> Option<String>) -> Assignment {
        parts(names, read).map_or_else(Assignment::refused, |parts| Assignment::of(salt, parts))
    }
}

fn parts(names: &Plain<'_>, read: impl Fn(&str) -> Option<String>) -> Result<Parts, Problem> {
    let value = |name: &str| required(name, read(name));
    let is_on = names.enabled.map_or(Ok(true), |name| switch(name, &value(name)?))?;
    let hundredths = hundredths(names.percent, &value(names.percent)?)?;
    let users = names.users.map(&value).transpose()?.unwrap_or_default();
    if !is_on {
        return Ok(Parts::default());
    }
    let users = users.split(',').map(|user| user.trim().to_owned()).filter(|user| !user.is_empty());
    Ok(Parts { hundredths, listed: users.map(|user| (user, 0)).collect(), ..Parts::default() })
}

/// The text of a variable that must be there.
pub(crate) fn required(variable: &str, text: Option<String>) -> Result<String, Problem> {
    text.ok_or_else(|| Problem::new(variable, "the variable is missing, or is not UTF-8: set it"))
}

fn switch(variable: &str, text: &str) -> Result<bool, Problem> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        other => Err(Problem::new(variable, format!("`{}` is not `true` or `false`", other.escape_debug()))),
    }
}

/// A percentage in hundredths of a percent, exactly: digits are read, never a float.
pub(crate) fn hundredths(variable: &str, text: &str) -> Result<u32, Problem> {
    let wrong = || {
        let what = "is not a percentage from 0 to 100 with at most two decimals, such as 10 or 0.5";
        Problem::new(variable, format!("`{}` {what}", text.escape_debug()))
    };
    let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
    let is_digits = |part: &str, most: usize| {
        (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !is_digits(whole, 3) || !is_digits(rest, 2) {
        return Err(wrong());
    }
    let hundredths: u32 = format!("{whole}{rest:0<2}").parse().map_err(|_| wrong())?;
    if hundredths <= BUCKETS { Ok(hundredths) } else { Err(wrong()) }
}

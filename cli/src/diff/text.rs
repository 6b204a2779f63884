//! A comparison for people.

use super::Told;
use crate::act;
use diff::{Bar, Outlier, short};
use std::fmt::{self, Write};

/// The longest bar, in columns.
const BAR_WIDTH: usize = 40;
/// One column, in eighths.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

pub(super) fn text(told: &Told) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write(told, &mut text);
    text
}

/// What was compared.
pub(super) fn pairs(told: &Told) -> String {
    match (told.comparison.compared, told.pairs) {
        (compared, all) if compared == all => format!("all {all} pairs"),
        (compared, all) => format!("{compared} of {all} pairs, taken with seed {}", told.sampling_seed),
    }
}

fn write(told: &Told, to: &mut String) -> fmt::Result {
    let found = &told.comparison;
    let [min, median, mean, max] =
        [found.difference.min, found.difference.median, found.difference.mean, found.difference.max]
            .map(short);
    writeln!(to, "compared    {}", pairs(told))?;
    writeln!(
        to,
        "differ      {} ({}%) by more than {}",
        found.differ,
        found.percent.rounded(4),
        found.tolerance
    )?;
    writeln!(to, "difference  min {min}, median {median}, mean {mean}, max {max}\n")?;
    bars(&found.histogram, to)?;
    if !found.outliers.is_empty() {
        outliers(&found.outliers, found.differ, to)?;
    }
    let verdict = if found.passed { "pass" } else { "fail" };
    writeln!(to, "\n{verdict}: {}", found.reason)?;
    told.reported.iter().try_for_each(|done| writeln!(to, "{}", act::words(done)))
}

fn bars(bars: &[Bar], to: &mut String) -> fmt::Result {
    let names: Vec<String> = bars.iter().map(name).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let most = bars.iter().map(|bar| bar.pairs).max().unwrap_or(0).max(1);
    for (name, one) in names.iter().zip(bars) {
        let mark = if one.beyond { '!' } else { ' ' };
        let bar = bar(one.pairs, most);
        let blank = if bar.is_empty() { "" } else { " " };
        writeln!(to, "{mark} {name:<width$}  {bar}{blank}{}", one.pairs)?;
    }
    Ok(())
}

fn name(bar: &Bar) -> String {
    match bar.to {
        Some(to) if to == bar.from => format!("equal to {}", short(to)),
        Some(to) => format!("{} to {}", short(bar.from), short(to)),
        None => format!("more than {}", short(bar.from)),
    }
}

/// A bar in blocks; the smallest that can be seen for few among many.
fn bar(pairs: usize, most: usize) -> String {
    let eighths = (pairs * BAR_WIDTH * 8 / most).max(usize::from(pairs > 0));
    let rest = EIGHTHS.get(eighths % 8).copied().unwrap_or_default();
    format!("{}{rest}", "█".repeat(eighths / 8))
}

/// With all digits that count, but no rows of zeros.
fn exact(value: f64) -> String {
    let is_plain = value == 0.0 || (1e-7..1e15).contains(&value.abs());
    if is_plain { value.to_string() } else { format!("{value:e}") }
}

fn outliers(outliers: &[Outlier], differ: usize, to: &mut String) -> fmt::Result {
    let cells = |outlier: &Outlier| {
        let Outlier { id, stable, canary, difference } = outlier;
        [id.escape_debug().to_string(), exact(*stable), exact(*canary), short(*difference)]
    };
    let head = ["id", "stable", "canary", "difference"].map(str::to_owned);
    let rows: Vec<[String; 4]> = [head].into_iter().chain(outliers.iter().map(cells)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let [first, second, third] = [width(0), width(1), width(2)];
    writeln!(to, "\nthe largest {} of {differ} that differ", outliers.len())?;
    for [id, stable, canary, difference] in &rows {
        writeln!(to, "  {id:<first$}  {stable:>second$}  {canary:>third$}  {difference}")?;
    }
    Ok(())
}

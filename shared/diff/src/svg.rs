//! A histogram as a picture.

use crate::{compare::Comparison, histogram::Bar};
use std::fmt::{self, Write};

/// In pixels, as everything here.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 24.0;
const TOP: f64 = 76.0;
const BOTTOM: f64 = 300.0;
const GAP: f64 = 6.0;

/// An SVG document, without anything from outside. Its text holds no id.
pub fn svg(comparison: &Comparison) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = draw(comparison, &mut text);
    text
}

fn draw(comparison: &Comparison, to: &mut String) -> fmt::Result {
    writeln!(
        to,
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="#333">
<rect width="100%" height="100%" fill="#fff"/>"##
    )?;
    let title = if comparison.passed { "Pass" } else { "Fail" };
    writeln!(to, r#"<text x="{LEFT}" y="30" font-size="18" font-weight="600">{title}</text>"#)?;
    writeln!(to, r#"<text x="{LEFT}" y="50">{}</text>"#, comparison.reason)?;
    let most = comparison.histogram.iter().map(|bar| bar.pairs).max().unwrap_or(0).max(1) as f64;
    let step = (WIDTH - 2.0 * LEFT) / comparison.histogram.len().max(1) as f64;
    for (place, one) in comparison.histogram.iter().enumerate() {
        bar(one, LEFT + step * place as f64, step - GAP, one.pairs as f64 / most, to)?;
    }
    let right = WIDTH - LEFT;
    writeln!(to, r##"<path d="M{LEFT} {BOTTOM}H{right}" stroke="#333"/>"##)?;
    let legend = "number of pairs by |canary - stable|, up to the figure below a bar; in orange beyond the tolerance of";
    let tolerance = short(comparison.tolerance);
    writeln!(to, r#"<text x="{LEFT}" y="{:.1}">{legend} {tolerance}</text>"#, BOTTOM + 44.0)?;
    writeln!(to, "</svg>")
}

/// One bar with its count and its upper end, this much of the full height.
fn bar(bar: &Bar, x: f64, width: f64, part: f64, to: &mut String) -> fmt::Result {
    let height = (BOTTOM - TOP) * part;
    let (y, middle) = (BOTTOM - height, x + width / 2.0);
    let colour = if bar.beyond { "#c2410c" } else { "#2563eb" };
    writeln!(to, r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" fill="{colour}"/>"#)?;
    if bar.pairs > 0 {
        let above = y - 5.0;
        writeln!(to, r#"<text x="{middle:.1}" y="{above:.1}" text-anchor="middle">{}</text>"#, bar.pairs)?;
    }
    let end = bar.to.map_or_else(|| "more".to_owned(), short);
    writeln!(
        to,
        r#"<text x="{middle:.1}" y="{:.1}" font-size="10" text-anchor="middle">{end}</text>"#,
        BOTTOM + 18.0
    )
}

/// A number for people, with four digits that count: 0.001235, 1.235e-7.
pub fn short(value: f64) -> String {
    let exact = format!("{value:.3e}").parse::<f64>().unwrap_or(value);
    let is_plain = exact == 0.0 || (1e-4..1e6).contains(&exact.abs());
    if is_plain { exact.to_string() } else { format!("{exact:e}") }
}

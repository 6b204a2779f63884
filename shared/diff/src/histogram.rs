//! Counts differences, in bars that end at the tolerance and begin beyond it.

use crate::compare::Distance;
use serde::Serialize;

/// Bars up to the tolerance.
const WITHIN: usize = 5;
/// Bars of one width: the tolerance is in the middle. Beyond them is one for the rest.
const BARS: usize = 2 * WITHIN;

/// How many differences lie above `from` and are at most `to`; in the first bar `from` itself, too.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bar {
    /// Its lower end.
    pub from: f64,
    /// Its upper end; none for the last bar when it holds all the rest.
    pub to: Option<f64>,
    /// How many.
    pub pairs: usize,
    /// Whether these are beyond the tolerance.
    pub beyond: bool,
}

/// Counts differences.
///
/// Five bars up to the tolerance, five up to twice of it, and one for the rest: an outlier does not squash the others,
/// and two runs with one tolerance can be laid side by side. Where nothing is tolerated, a bar for what is equal and ten
/// up to the largest difference.
pub(crate) fn bars(distances: &[Distance], tolerance: f64) -> Vec<Bar> {
    let mut bars = if tolerance > 0.0 { around(tolerance) } else { up_to(largest(distances)) };
    for distance in distances {
        // Among those of its own side, so that what is drawn agrees with what was decided.
        let is_its = |bar: &Bar| bar.beyond == distance.exceeds(tolerance);
        let holds = |bar: &Bar| bar.to.is_none_or(|to| !distance.exceeds(to));
        let place = bars.iter().position(|bar| is_its(bar) && holds(bar));
        let last = bars.iter().rposition(is_its);
        if let Some(bar) = place.or(last).and_then(|place| bars.get_mut(place)) {
            bar.pairs += 1;
        }
    }
    bars
}

fn around(tolerance: f64) -> Vec<Bar> {
    let end = |place: usize| tolerance * place as f64 / WITHIN as f64;
    let bar = |place| Bar { from: end(place), to: Some(end(place + 1)), pairs: 0, beyond: place >= WITHIN };
    let rest = Bar { from: end(BARS), to: None, pairs: 0, beyond: true };
    (0..BARS).map(bar).chain([rest]).collect()
}

fn up_to(largest: f64) -> Vec<Bar> {
    let equal = Bar { from: 0.0, to: Some(0.0), pairs: 0, beyond: false };
    if largest == 0.0 {
        return vec![equal];
    }
    let end = |place: usize| largest * (place as f64 / BARS as f64);
    let bar = |place| Bar { from: end(place), to: Some(end(place + 1)), pairs: 0, beyond: true };
    [equal].into_iter().chain((0..BARS).map(bar)).collect()
}

fn largest(distances: &[Distance]) -> f64 {
    distances.iter().map(|distance| distance.value).fold(0.0, f64::max)
}

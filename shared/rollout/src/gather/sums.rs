//! Sums and slopes of points side by side; a NaN is a period without data.

/// So many additions go on side by side: one after the other, each would wait for the one before it.
const LANES: usize = 4;

/// Each point goes to one of the lanes, in turn.
fn lanes(points: &[f64], start: f64, fold: impl Fn(f64, f64) -> f64) -> [f64; LANES] {
    let mut lanes = [start; LANES];
    let chunks = points.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks.chain([rest]) {
        lanes.iter_mut().zip(chunk).for_each(|(lane, point)| *lane = fold(*lane, *point));
    }
    lanes
}

/// The sum of the points that are there.
pub(super) fn total(points: &[f64]) -> f64 {
    lanes(points, 0.0, |sum, point| if point.is_nan() { sum } else { sum + point }).iter().sum()
}

/// How many points are there.
pub(super) fn present(points: &[f64]) -> u64 {
    points.iter().filter(|point| !point.is_nan()).count() as u64
}

/// The smallest or the largest of the points that are there; of a number and a NaN, `f64::min` and `f64::max` take the
/// number.
pub(super) fn outermost(points: &[f64], of: fn(f64, f64) -> f64) -> Option<f64> {
    let found = lanes(points, f64::NAN, of).into_iter().reduce(of)?;
    (!found.is_nan()).then_some(found)
}

/// The slope of the line that is nearest to points one period apart, for each period; none when one is missing or they
/// are fewer than two.
pub(super) fn slope_of_all(points: &[f64]) -> Option<f64> {
    let (first, count) = (*points.first()?, points.len() as f64);
    let middle = (count - 1.0) / 2.0;
    let mut sums = [0.0; LANES];
    let mut at = [0.0, 1.0, 2.0, 3.0].map(|at: f64| at - middle);
    let chunks = points.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks.chain([rest]) {
        for ((sum, at), point) in sums.iter_mut().zip(&mut at).zip(chunk) {
            *sum += *at * (point - first);
            *at += LANES as f64;
        }
    }
    let slope = sums.iter().sum::<f64>() * 12.0 / (count * (count * count - 1.0));
    slope.is_finite().then_some(slope)
}

/// The slope of the line that is nearest to points `(at, value, weight)`, and their number; none for fewer than two.
pub(super) fn least_squares(points: impl Iterator<Item = (f64, f64, f64)>) -> Option<(f64, u64)> {
    let (mut count, mut whole, mut x, mut y, mut xx, mut xy) = (0u64, 0.0, 0.0, 0.0, 0.0, 0.0);
    let mut first = None;
    for (at, value, weight) in points {
        // Taken from the first point, so that small slopes on large values keep their digits.
        let (from, base) = *first.get_or_insert((at, value));
        let (at, value) = (at - from, value - base);
        count += 1;
        whole += weight;
        x += weight * at;
        y += weight * value;
        xx += weight * at * at;
        xy += weight * at * value;
    }
    let under = whole * xx - x * x;
    (count >= 2 && under > 0.0).then(|| ((whole * xy - x * y) / under, count))
}

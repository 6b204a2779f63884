//! Sums and slopes of points side by side; a NaN is a period without data.

/// The sum of the points that are there.
pub(super) fn total(points: &[f64]) -> f64 {
    points.iter().filter(|point| !point.is_nan()).sum()
}

/// How many points are there.
pub(super) fn present(points: &[f64]) -> u64 {
    points.iter().filter(|point| !point.is_nan()).count() as u64
}

/// The slope of the line that is nearest to points one period apart, for each period; none when one is missing or they
/// are fewer than two.
pub(super) fn slope_of_all(points: &[f64]) -> Option<f64> {
    let (first, count) = (*points.first()?, points.len() as f64);
    let mut at = (1.0 - count) / 2.0;
    let mut slope = 0.0;
    for point in points {
        slope += at * (point - first);
        at += 1.0;
    }
    let slope = slope * 12.0 / (count * (count * count - 1.0));
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

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

/// The smallest and the largest of the points that are there.
pub(super) fn ends(points: &[f64]) -> Option<(f64, f64)> {
    Some((outermost(points, f64::min)?, outermost(points, f64::max)?))
}

/// The smallest and the largest quotient of the points that are there, none of a divisor below one.
pub(super) fn quotients(upper: &[f64], lower: &[f64]) -> Option<(f64, f64)> {
    let (mut least, mut most) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
    let mut divisor = [f64::INFINITY; LANES];
    let (uppers, lowers) = (upper.chunks_exact(LANES), lower.chunks_exact(LANES));
    let rest = (uppers.remainder(), lowers.remainder());
    for (upper, lower) in uppers.zip(lowers).chain([rest]) {
        for (lane, (upper, lower)) in upper.iter().zip(lower).enumerate() {
            let quotient = upper / lower;
            least[lane] = least[lane].min(quotient);
            most[lane] = most[lane].max(quotient);
            divisor[lane] = divisor[lane].min(*lower);
        }
    }
    let all = |of: [f64; LANES], by: fn(f64, f64) -> f64| of.into_iter().fold(f64::NAN, by);
    let (least, most) = (all(least, f64::min), all(most, f64::max));
    (all(divisor, f64::min) >= 1.0 && least <= most).then_some((least, most))
}

/// The least and the most slope for each period over any `width` points side by side, and how far the points lie from
/// the first; none when a point is missing or there are fewer.
pub(super) fn steepest(points: &[f64], width: usize) -> Option<(f64, f64, f64)> {
    let first = *points.first()?;
    let count = width as f64;
    let under = count * (count * count - 1.0) / 12.0;
    if width < 2 || points.len() < width {
        return None;
    }
    let middle = (count - 1.0) / 2.0;
    // The sum of a stretch, and that of its points times their distance from the middle, move on with it.
    let (begin, rest) = points.split_at(width);
    let mut sum: f64 = begin.iter().map(|point| point - first).sum();
    let mut moment: f64 =
        (0u32..).zip(begin).map(|(at, point)| (f64::from(at) - middle) * (point - first)).sum();
    let (mut least, mut most, mut spread) = (moment, moment, 0.0_f64);
    for (gone, next) in points.iter().zip(rest) {
        let (gone, next) = (gone - first, next - first);
        moment += middle * (gone + next) - (sum - gone);
        sum += next - gone;
        (least, most) = (least.min(moment), most.max(moment));
        spread = spread.max(next.abs());
    }
    spread = begin.iter().fold(spread, |spread, point| spread.max((point - first).abs()));
    // A point that is missing makes the sums, which remember it, no numbers.
    (sum + moment).is_finite().then_some((least / under, most / under, spread))
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_steepest_is_found_among_all(
            points in proptest::collection::vec(-1e3..1e3, 2..40),
            width in 2usize..20,
        ) {
            let slopes: Vec<f64> = points.windows(width).filter_map(slope_of_all).collect();
            let of = |by: fn(f64, f64) -> f64| slopes.iter().copied().reduce(by);
            let found = steepest(&points, width);
            prop_assert_eq!(found.is_some(), !slopes.is_empty());
            if let (Some((least, most, spread)), Some(min), Some(max)) = (found, of(f64::min), of(f64::max)) {
                prop_assert!((least - min).abs() < 1e-9 && (most - max).abs() < 1e-9);
                let far = points.iter().fold(0.0_f64, |far, point| far.max((point - points[0]).abs()));
                prop_assert!((spread - far).abs() < 1e-12);
            }
        }

        #[test]
        fn a_quotient_of_sums_lies_between_the_quotients(
            pairs in proptest::collection::vec((-1e3..1e3, 1.0..1e3), 1..40),
        ) {
            let (upper, lower): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let (least, most) = quotients(&upper, &lower).unwrap();
            let whole = total(&upper) / total(&lower);
            prop_assert!(least - 1e-9 <= whole && whole <= most + 1e-9);
        }
    }

    #[test]
    fn what_is_missing_is_left_out_or_makes_nothing_certain() {
        assert_eq!(quotients(&[1.0, f64::NAN, 3.0], &[1.0, f64::NAN, 1.0]), Some((1.0, 3.0)));
        assert_eq!(quotients(&[1.0, 3.0], &[1.0, 0.5]), None);
        assert_eq!(quotients(&[f64::NAN], &[f64::NAN]), None);
        assert_eq!(ends(&[2.0, f64::NAN, 1.0]), Some((1.0, 2.0)));
        assert_eq!(steepest(&[1.0, f64::NAN, 3.0, 4.0], 2), None);
    }
}

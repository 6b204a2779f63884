//! Where values side by side are going, and which of them stand out. For people: nothing is decided on it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Fewer values have no trend.
const FEWEST: usize = 4;
/// A slope counts when it is so many times its own standard error...
const CLEAR: f64 = 3.0;
/// ...and comes to so much of the mean over the whole time.
const WORTH_SAYING: f64 = 0.01;
/// Values so many standard deviations from the mean stand out.
const SIGMAS: f64 = 3.0;

/// Which way values go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// More.
    Up,
    /// Less.
    Down,
    /// Neither: the slope is within the noise, or too small to matter.
    Flat,
}

/// The line that is nearest to the points `(at, value)`: its direction, and its slope for one unit of `at`.
pub(super) fn trend(points: &[(f64, f64)]) -> Option<(Direction, f64)> {
    if points.len() < FEWEST {
        return None;
    }
    let count = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0 / count, y + point.1 / count));
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (at, value) in points {
        xx += (at - x) * (at - x);
        xy += (at - x) * (value - y);
        yy += (value - y) * (value - y);
    }
    let slope = xy / xx;
    if !slope.is_finite() {
        return None;
    }
    // Of the slope, from what the line leaves unexplained.
    let error = ((yy - slope * xy).max(0.0) / (count - 2.0) / xx).sqrt();
    let first = points.iter().map(|point| point.0).fold(f64::INFINITY, f64::min);
    let last = points.iter().map(|point| point.0).fold(f64::NEG_INFINITY, f64::max);
    let is_clear = slope.abs() > CLEAR * error && (slope * (last - first)).abs() > WORTH_SAYING * y.abs();
    let direction = match is_clear {
        false => Direction::Flat,
        true if slope > 0.0 => Direction::Up,
        true => Direction::Down,
    };
    Some((direction, slope))
}

/// Mean and standard deviation; none for fewer than two values.
pub(super) fn spread(values: &[f64]) -> Option<(f64, f64)> {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let square = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (count - 1.0);
    (values.len() > 1 && mean.is_finite() && square.is_finite()).then(|| (mean, square.sqrt()))
}

/// The places of the values that stand out, each with its distance from the mean in standard deviations.
pub(super) fn anomalies(values: &[f64]) -> Vec<(usize, f64)> {
    let Some((mean, sigma)) = spread(values).filter(|(_, sigma)| *sigma > 0.0) else {
        return vec![];
    };
    let far = |(place, value): (usize, &f64)| {
        let sigmas = (value - mean) / sigma;
        (sigmas.abs() > SIGMAS).then_some((place, sigmas))
    };
    values.iter().enumerate().filter_map(far).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One value a minute, in hours.
    fn minutes(values: impl IntoIterator<Item = f64>) -> Vec<(f64, f64)> {
        values.into_iter().enumerate().map(|(minute, value)| (minute as f64 / 60.0, value)).collect()
    }

    /// Noise that is the same each time and leads nowhere.
    fn noise(at: usize) -> f64 {
        [0.3, -0.2, 0.1, -0.4, 0.2, -0.1, 0.4, -0.3][at % 8]
    }

    #[test]
    fn a_slope_that_is_clear_of_the_noise_has_a_direction_and_a_figure() {
        let (direction, per_hour) = trend(&minutes((0..60).map(|at| 100.0 + at as f64 + noise(at)))).unwrap();
        assert_eq!(direction, Direction::Up);
        assert!((per_hour - 60.0).abs() < 0.5, "{per_hour}");
        let (direction, per_hour) = trend(&minutes((0..60).map(|at| 100.0 - at as f64))).unwrap();
        assert_eq!((direction, per_hour.round()), (Direction::Down, -60.0));
    }

    #[test]
    fn noise_and_changes_too_small_to_matter_are_flat() {
        let check = |values: Vec<f64>| assert_eq!(trend(&minutes(values)).unwrap().0, Direction::Flat);
        check((0..60).map(|at| 1.0 + noise(at)).collect());
        check((0..60).map(|at| 1_000.0 + at as f64 * 0.1).collect());
        check(vec![0.0; 60]);
        assert_eq!(trend(&minutes([1.0, 2.0, 3.0])), None, "three values lead nowhere");
        assert_eq!(trend(&[(1.0, 1.0); 5]), None, "one moment leads nowhere");
    }

    #[test]
    fn a_value_beyond_three_sigma_stands_out() {
        let mut values: Vec<f64> = (0..60).map(|at| 1.0 + noise(at)).collect();
        assert_eq!(anomalies(&values), []);
        values[40] = 5.0;
        values[50] = -4.0;
        let found = anomalies(&values);
        assert_eq!(found.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [40, 50]);
        assert!(found[0].1 > 3.0 && found[1].1 < -3.0, "{found:?}");
        assert_eq!(anomalies(&[7.0; 60]), [], "what never moves has no sigma");
        assert_eq!(anomalies(&[]), []);
    }
}

//! A row of values as a row of small bars.

/// From the lowest to the highest.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// What has no height of its own: all values are the same.
const LEVEL: char = '▄';

/// At most `width` bars, each for the mean of as many values; a blank where nothing is known.
pub(crate) fn line(values: &[Option<f64>], width: usize) -> String {
    let each = values.len().div_ceil(width.max(1)).max(1);
    let means: Vec<Option<f64>> = values.chunks(each).map(mean).collect();
    let known = || means.iter().flatten().copied();
    let (low, high) = (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
    let bar = |mean: &Option<f64>| match mean {
        None => ' ',
        Some(_) if high <= low => LEVEL,
        Some(mean) => BARS[place((mean - low) / (high - low))],
    };
    means.iter().map(bar).collect()
}

fn mean(values: &[Option<f64>]) -> Option<f64> {
    let known: Vec<f64> = values.iter().flatten().copied().collect();
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of the height lies between 0 and 1, and a cast saturates"
)]
fn place(share: f64) -> usize {
    ((share * (BARS.len() - 1) as f64).round() as usize).min(BARS.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn bars_are_as_high_as_their_values_and_holes_are_seen() {
        let values = [Some(0.0), Some(1.0), None, Some(4.0), Some(7.9), Some(8.0)];
        assert_eq!(line(&values, 10), "▁▂ ▅██");
        assert_eq!(line(&[Some(3.0); 4], 10), "▄▄▄▄");
        assert_eq!(line(&[None, None], 10), "  ");
        assert_eq!(line(&[], 10), "");
    }

    #[test]
    fn more_values_than_bars_are_put_together() {
        let values: Vec<Option<f64>> = (0..60).map(|at| Some(f64::from(at))).collect();
        assert_eq!(line(&values, 8), "▁▂▃▄▅▆▇█");
        assert_eq!(line(&values, 1).chars().count(), 1);
    }
}

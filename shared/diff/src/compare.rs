//! Compares pairs, and says whether they are alike enough.

use crate::{
    histogram::{Bar, bars},
    read::Pair,
};
use rollout::units::{Decimal, Share};
use serde::Serialize;

/// Outliers that are listed.
pub const OUTLIERS_MAX: usize = 20;

/// The largest tolerance: bars beyond it still have ends.
pub const TOLERANCE_MAX: f64 = 1e300;

/// What may differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Allow {
    /// Values may be so far apart, in their own unit; from 0 to [`TOLERANCE_MAX`]. What
    /// comes from the rounding of floats (2^-50 of the larger value) is tolerated beside it.
    pub tolerance: f64,
    /// Of the pairs this share may be farther apart.
    pub share: Share,
}

/// What was found. A difference is the distance between two values, |canary - stable|, in their own unit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Pairs that were compared.
    pub compared: usize,
    /// Of these, how many differ by more than the tolerance.
    pub differ: usize,
    /// That as a percentage, rounded towards zero at the ninth decimal.
    pub percent: Decimal,
    /// Values may be so far apart.
    pub tolerance: f64,
    /// So many percent of the pairs may be farther apart.
    pub allowed_percent: Decimal,
    /// Whether not more differ than may.
    pub passed: bool,
    /// Why, for people.
    pub reason: String,
    /// All differences in four figures.
    pub difference: Difference,
    /// All differences, counted.
    pub histogram: Vec<Bar>,
    /// The largest differences beyond the tolerance, the largest first; at most [`OUTLIERS_MAX`].
    pub outliers: Vec<Outlier>,
}

/// Differences in four figures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The smallest.
    pub min: f64,
    /// The middle one; of an even number the mean of the two.
    pub median: f64,
    /// The arithmetic mean.
    pub mean: f64,
    /// The largest.
    pub max: f64,
}

/// A pair that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outlier {
    /// What both versions were asked about.
    pub id: String,
    /// What the stable version said.
    pub stable: f64,
    /// What the canary said.
    pub canary: f64,
    /// How far apart that is.
    pub difference: f64,
}

/// Compares; `None` when there is no pair, which is neither a pass nor a failure.
pub fn compare(pairs: &[Pair], allow: Allow) -> Option<Comparison> {
    let mut distances: Vec<Distance> = pairs.iter().map(Distance::of).collect();
    distances.sort_by(|one, other| one.value.total_cmp(&other.value));
    let difference = figures(&distances)?;
    let differ = distances.iter().filter(|distance| distance.exceeds(allow.tolerance)).count();
    let compared = pairs.len();
    let whole = |count: usize| i64::try_from(count).map_or(Decimal::ZERO, Decimal::whole);
    let percent = whole(differ).times(Decimal::whole(100))?.over(whole(compared))?;
    // Whole numbers: nothing is rounded where it is decided.
    let passed = differ as u128 * 10_000 <= u128::from(allow.share.hundredths()) * compared as u128;
    Some(Comparison {
        compared,
        differ,
        percent,
        tolerance: allow.tolerance,
        allowed_percent: allow.share.percent(),
        passed,
        reason: reason(compared, differ, percent, allow),
        difference,
        histogram: bars(&distances, allow.tolerance),
        outliers: outliers(pairs, allow.tolerance),
    })
}

/// How far apart a pair is.
///
/// The values are the floats nearest to what was written, so that 0.305 and 0.3 are apart by a little more than 0.005.
/// What may come from such rounding is not held against the pair: 2^-50 of the larger value, which covers half a unit in
/// the last place (2^-53) of each value, of their difference and of the limit, each at most twice the larger value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Distance {
    pub(crate) value: f64,
    rounding: f64,
}

impl Distance {
    fn of(pair: &Pair) -> Distance {
        let rounding = 4.0 * f64::EPSILON * pair.canary.abs().max(pair.stable.abs());
        Distance { value: (pair.canary - pair.stable).abs(), rounding }
    }

    /// Whether it is more than a limit.
    pub(crate) fn exceeds(self, limit: f64) -> bool {
        self.value - limit > self.rounding
    }
}

/// Of distances in their order.
fn figures(sorted: &[Distance]) -> Option<Difference> {
    let (min, max) = (sorted.first()?.value, sorted.last()?.value);
    let (below, above) = (sorted.get((sorted.len() - 1) / 2)?.value, sorted.get(sorted.len() / 2)?.value);
    let count = sorted.len() as f64;
    // Halved and divided before they are added, so that nothing overflows.
    let mean: f64 = sorted.iter().map(|distance| distance.value / count).sum();
    Some(Difference { min, median: below / 2.0 + above / 2.0, mean: mean.clamp(min, max), max })
}

fn outliers(pairs: &[Pair], tolerance: f64) -> Vec<Outlier> {
    let distances = pairs.iter().map(|pair| (pair, Distance::of(pair)));
    let differing = distances.filter(|(_, distance)| distance.exceeds(tolerance));
    let mut differing: Vec<(&Pair, f64)> = differing.map(|(pair, distance)| (pair, distance.value)).collect();
    differing
        .sort_by(|(one, far), (other, farther)| farther.total_cmp(far).then_with(|| one.id.cmp(&other.id)));
    differing.truncate(OUTLIERS_MAX);
    let outlier = |(pair, difference): (&Pair, f64)| Outlier {
        id: pair.id.clone(),
        stable: pair.stable,
        canary: pair.canary,
        difference,
    };
    differing.into_iter().map(outlier).collect()
}

fn reason(compared: usize, differ: usize, percent: Decimal, allow: Allow) -> String {
    let tolerance = allow.tolerance;
    let allowed =
        if allow.share == Share::NONE { "none may".to_owned() } else { format!("{} may", allow.share) };
    if differ == 0 {
        return format!("none of {compared} pairs differs by more than {tolerance}");
    }
    // A share that is rounded to nothing would look like none.
    let percent = match percent.rounded(4) {
        Decimal::ZERO => "less than 0.0001".to_owned(),
        percent => percent.to_string(),
    };
    let verb = if differ == 1 { "differs" } else { "differ" };
    format!("{differ} of {compared} pairs ({percent}%) {verb} by more than {tolerance}; {allowed}")
}

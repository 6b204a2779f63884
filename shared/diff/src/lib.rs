//! Do two versions answer the same? What the stable and the canary version said of the same ids is compared pair by
//! pair.

mod compare;
mod histogram;
mod read;
mod sample;
mod svg;

pub use compare::{Allow, Comparison, Difference, OUTLIERS_MAX, Outlier, TOLERANCE_MAX, compare};
pub use histogram::Bar;
pub use read::{BadRow, Outputs, Pair, Side, pair};
pub use sample::sample;
pub use svg::{short, svg};

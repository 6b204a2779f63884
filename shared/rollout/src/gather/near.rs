//! Judging by floats where a limit is so far away that no rounding can matter. Nothing that is kept comes from here.

use super::{arm::Rough, points::LARGEST};
use crate::condition::Relation;

/// Whether a value stands in this relation to a limit, if that is certain: they differ by far more than either can
/// be wrong.
pub(crate) fn clearly(relation: Relation, value: Rough, limit: Rough) -> Option<bool> {
    let apart = (value.value - limit.value).abs();
    let doubt = 4.0 * (value.error + limit.error) + 1e-6 * (value.value.abs() + limit.value.abs());
    // A NaN anywhere is no certainty, and what is too large for a decimal is not known exactly.
    let certain = apart > doubt && value.value.abs() < LARGEST && limit.value.abs() < LARGEST;
    if !certain {
        return None;
    }
    match relation {
        Relation::Below | Relation::AtMost => Some(value.value < limit.value),
        Relation::Above | Relation::AtLeast => Some(value.value > limit.value),
        Relation::Equal => Some(false),
        Relation::Within => None,
    }
}

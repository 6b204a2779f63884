//! Exit codes for a pipeline, in one place: 0 is yes, 1 and 2 are failures ([`crate::fail::Fail::code`]).

/// What was asked does not hold, or ended otherwise; a promise was missed.
pub(crate) const NO: u8 = 3;
/// Nothing fails, but something is not known, or not over yet.
pub(crate) const NOT_KNOWN: u8 = 4;
/// It is paused.
pub(crate) const PAUSED: u8 = 5;
/// All else holds: people are waited for.
pub(crate) const WAITS_FOR_PEOPLE: u8 = 6;
/// Two versions differ.
pub(crate) const DIFFERS: u8 = 7;

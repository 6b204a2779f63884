//! Chance that is none: a number that follows from a seed and a place.

/// A number between -1 and 1, always the same for the same seed and place.
pub(super) fn swing(seed: u64, place: u64, which: u64) -> f64 {
    let bits = mixed(seed, place, which) >> 11;
    bits as f64 / (1u64 << 52) as f64 - 1.0
}

/// Any number, always the same for the same seed and place. The mixing is SplitMix64's.
pub(super) fn mixed(seed: u64, place: u64, which: u64) -> u64 {
    let mut z = seed ^ place.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ which.wrapping_mul(0xd1b5_4a32_d192_ed03);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::swing;

    #[test]
    fn it_swings_around_zero_and_never_beyond_one() {
        let all: Vec<f64> = (0..10_000).map(|minute| swing(7, minute, 3)).collect();
        assert!(all.iter().all(|value| (-1.0..1.0).contains(value)));
        assert!((all.iter().sum::<f64>() / 10_000.0).abs() < 0.02);
        assert_eq!(all[5], swing(7, 5, 3));
        assert_ne!(swing(7, 5, 3), swing(8, 5, 3));
    }
}

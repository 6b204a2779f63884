//! Chance, as a function of the seed.

/// Takes so many of all without putting any back, each with the same chance; all of them when there are not more.
///
/// The same seed takes the same ones of the same list on every machine. They keep their order. The numbers are those of
/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014); which are taken is decided by
/// the first steps of a Fisher-Yates shuffle.
pub fn sample<T>(all: Vec<T>, count: usize, seed: u64) -> Vec<T> {
    if count >= all.len() {
        return all;
    }
    let mut places: Vec<usize> = (0..all.len()).collect();
    let mut state = seed;
    for at in 0..count {
        let other = at + below(&mut state, places.len() - at);
        places.swap(at, other);
    }
    let mut is_taken = vec![false; all.len()];
    for place in places.iter().take(count) {
        is_taken[*place] = true;
    }
    all.into_iter().zip(is_taken).filter_map(|(one, is_taken)| is_taken.then_some(one)).collect()
}

/// A number below `n`. A number of 64 bits is scaled down: no one is likelier than another by more than n in 2^64.
fn below(state: &mut u64, n: usize) -> usize {
    let scaled = (u128::from(next(state)) * n as u128) >> 64;
    // It is below `n`, which is a usize.
    usize::try_from(scaled).unwrap_or(0)
}

fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

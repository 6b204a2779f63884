//! Where a user falls.
//!
//! The method is "fractional", version 2, of OpenFeature's flagd: the key is hashed with `MurmurHash3_x86_32`, seed 0,
//! and the hash is scaled to a total weight without a division: `bucket = hash * total >> 32`.
//!
//! The key is the salt and the user's id, one after the other, in UTF-8. The total is 10,000, a bucket for each
//! hundredth of a percent: at 0.5 % those are in whose bucket is below 50. It is what flagd says to
//! `"fractional": [["in", 50], ["out", 9950]]` for a flag that is called like the salt.

/// The buckets that users fall into: one for each hundredth of a percent.
pub const BUCKETS: u32 = 10_000;

/// `MurmurHash3_x86_32` of the UTF-8 of a key, with seed 0.
pub fn hash(key: &str) -> u32 {
    Salt::new(key).hash("")
}

/// The bucket of a hash, of so many: always below `total`, and 0 of none.
pub fn bucket(hash: u32, total: u32) -> u32 {
    // The product is shifted back to below `total`, which is 32 bits wide.
    ((u64::from(hash) * u64::from(total)) >> 32) as u32
}

/// The hash of a text that others follow, so that the salt is not hashed anew for each user.
#[derive(Clone, Debug, Default)]
pub(crate) struct Salt {
    /// Of the whole blocks so far.
    state: u32,
    /// The bytes that fill no block yet, the first one lowest.
    rest: u64,
    /// How many bits that are: 0, 8, 16 or 24.
    rest_bits: u32,
    /// In bytes, modulo 2^32.
    length: u32,
}

impl Salt {
    pub(crate) fn new(text: &str) -> Salt {
        Salt::default().then(text)
    }

    /// The hash of this text and then another one.
    pub(crate) fn hash(&self, text: &str) -> u32 {
        let end = self.then(text);
        // A rest of no bytes is zero, and scrambled zero changes nothing.
        finish((end.state ^ scramble(low(end.rest))) ^ end.length)
    }

    fn then(&self, text: &str) -> Salt {
        let Salt { mut state, mut rest, rest_bits, length } = *self;
        let (blocks, last) = text.as_bytes().as_chunks::<4>();
        for block in blocks {
            rest |= u64::from(u32::from_le_bytes(*block)) << rest_bits;
            state = mix(state, low(rest));
            rest >>= 32;
        }
        let mut bits = rest_bits;
        for byte in last {
            rest |= u64::from(*byte) << bits;
            bits += 8;
        }
        if bits >= 32 {
            state = mix(state, low(rest));
            rest >>= 32;
            bits -= 32;
        }
        Salt { state, rest, rest_bits: bits, length: length.wrapping_add(low(text.len() as u64)) }
    }
}

/// The lower 32 bits.
fn low(bits: u64) -> u32 {
    (bits & 0xffff_ffff) as u32
}

fn scramble(block: u32) -> u32 {
    block.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593)
}

fn mix(state: u32, block: u32) -> u32 {
    (state ^ scramble(block)).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64)
}

fn finish(hash: u32) -> u32 {
    let hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    let hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

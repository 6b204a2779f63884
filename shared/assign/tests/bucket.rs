//! The bucket is flagd's, and a raised percentage only ever adds users.

use assign::{
    Assignment, Plain, User,
    bucket::{BUCKETS, bucket, hash},
};
use proptest::prelude::*;

fn sample(salt: &str, hundredths: u32) -> Assignment {
    let percent = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    let names = Plain { enabled: None, percent: "PERCENT", users: None };
    let assignment = Assignment::from_plain(salt, &names, |_| Some(percent.clone()));
    assert_eq!(assignment.problem(), None);
    assignment
}

#[test]
fn every_vector_of_flagd_falls_into_its_bucket() {
    let vectors: serde_json::Value = serde_json::from_str(include_str!("fractional-v2.json")).unwrap();
    let vectors = vectors["vectors"].as_array().unwrap();
    assert!(vectors.len() >= 16);
    for vector in vectors {
        let number = |field: &str| u32::try_from(vector[field].as_u64().unwrap()).unwrap();
        let key = vector["key"].as_str().unwrap();
        let hash = hash(key);
        assert_eq!(hash, number("hash_u32"), "{key}");
        for total in [100, 10_000, 2_147_483_647] {
            assert_eq!(bucket(hash, total), number(&format!("bucket_{total}")), "{key} of {total}");
        }
        check_split(key, number("bucket_10000"));
    }
}

/// Wherever the salt ends and the id begins, the key is the same, and so is the percentage from which it is in.
fn check_split(key: &str, bucket: u32) {
    for (at, _) in key.char_indices() {
        let (salt, id) = key.split_at(at);
        assert!(!sample(salt, bucket).is_in(&User::new(id)), "{salt}+{id}");
        assert!(sample(salt, bucket + 1).is_in(&User::new(id)), "{salt}+{id}");
    }
}

#[test]
fn whoever_has_no_id_is_in_only_when_everybody_is() {
    let nobody = User::new("");
    assert!(!sample("", 9_999).is_in(&nobody), "the bucket of an empty key is 0");
    assert!(sample("", 10_000).is_in(&nobody));
}

#[test]
fn two_salts_begin_with_different_users() {
    let users: Vec<String> = (0..10_000).map(|n| format!("user-{n}")).collect();
    let (one, other) = (sample("search", 1_000), sample("pricing", 1_000));
    let both = users.iter().map(|id| User::new(id)).filter(|user| one.is_in(user) && other.is_in(user));
    // A tenth of a tenth, of 10,000: 100, with a standard deviation of 10.
    assert!((50..150).contains(&both.count()));
}

#[test]
fn a_percentage_takes_its_share() {
    let users: Vec<String> = (0..100_000).map(|n| format!("user-{n}")).collect();
    for hundredths in [50, 1_000, 5_000] {
        let sample = sample("elite-endpoints", hundredths);
        let found = users.iter().filter(|id| sample.is_in(&User::new(id))).count();
        let expected = f64::from(hundredths) * 10.0;
        // Five standard deviations of that many.
        let off = (found as f64 - expected).abs();
        assert!(off < 5.0 * expected.sqrt(), "{found} of 100,000 at {hundredths} hundredths");
    }
}

proptest! {
    #[test]
    fn a_raised_percentage_only_ever_adds_users(salt in ".{0,9}", id in ".{0,12}", low in 0..=BUCKETS, high in 0..=BUCKETS) {
        let (low, high) = (low.min(high), low.max(high));
        let user = User::new(&id);
        let (before, after) = (sample(&salt, low).is_in(&user), sample(&salt, high).is_in(&user));
        prop_assert!(!before || after);
        prop_assert!(!sample(&salt, 0).is_in(&user));
        prop_assert!(sample(&salt, BUCKETS).is_in(&user));
    }

    #[test]
    fn the_same_user_gets_the_same_answer(salt in ".{0,9}", id in ".{0,12}", at in 0..=BUCKETS) {
        prop_assert_eq!(sample(&salt, at).answer(&User::new(&id)), sample(&salt, at).answer(&User::new(&id)));
    }

    #[test]
    fn a_bucket_is_below_the_total(hash in any::<u32>(), total in 1u32..) {
        prop_assert!(bucket(hash, total) < total);
        prop_assert_eq!(bucket(hash, 0), 0);
    }
}

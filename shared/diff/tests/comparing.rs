//! What differs, how much of it may, and what is drawn.

#![expect(clippy::expect_used, reason = "a test fails by panicking, in its helpers too")]

use diff::{Allow, Comparison, Pair, compare, sample, short, svg};
use rollout::units::Share;

fn pairs(differences: &[f64]) -> Vec<Pair> {
    let pair =
        |(n, difference): (usize, &f64)| Pair { id: format!("{n:05}"), stable: 0.0, canary: *difference };
    differences.iter().enumerate().map(pair).collect()
}

fn compared(differences: &[f64], tolerance: f64, hundredths: u16) -> Comparison {
    let share = Share::from_hundredths(hundredths).expect("a share");
    compare(&pairs(differences), Allow { tolerance, share }).expect("there are pairs")
}

#[test]
fn no_pair_is_neither_a_pass_nor_a_failure() {
    assert_eq!(compare(&[], Allow { tolerance: 1.0, share: Share::ALL }), None);
}

#[test]
fn the_tolerance_itself_is_tolerated_as_it_is_written() {
    let check = |stable: f64, canary: f64, tolerance: f64, differ: usize| {
        let pair = Pair { id: "a".to_owned(), stable, canary };
        let found = compare(&[pair], Allow { tolerance, share: Share::NONE }).expect("there is a pair");
        assert_eq!((found.differ, found.passed), (differ, differ == 0), "{stable} {canary} {tolerance}");
    };
    check(0.3, 0.305, 0.005, 0);
    check(0.305, 0.3, 0.005, 0);
    check(1.1, 1.105, 0.005, 0);
    check(1_000_000.1, 1_000_000.105, 0.005, 0);
    check(0.3, 0.305_000_001, 0.005, 1);
    check(0.3, -0.3, 0.5, 1);
    check(1.0, 1.0, 0.0, 0);
    check(0.1 + 0.2, 0.3, 0.0, 0);
    check(1.0, 1.000_000_000_01, 0.0, 1);
    check(0.0, 5e-324, 0.0, 1);
}

#[test]
fn as_many_as_allowed_may_differ_and_not_one_more() {
    let mut differences = vec![0.0; 1_000];
    for (differ, hundredths, passed) in
        [(0, 0, true), (1, 0, false), (5, 50, true), (6, 50, false), (6, 60, true)]
    {
        differences.fill(0.0);
        differences[..differ].fill(-1.0);
        let found = compared(&differences, 0.5, hundredths);
        assert_eq!((found.differ, found.passed), (differ, passed), "{}", found.reason);
    }
    assert_eq!(compared(&[1.0, 0.0, 0.0], 0.5, 0).percent.to_string(), "33.333333333");
    assert!(!compared(&[1.0, 0.0, 0.0], 0.5, 3_333).passed);
    assert!(compared(&[1.0, 0.0, 0.0], 0.5, 3_334).passed);
}

#[test]
fn the_reason_says_what_was_found_and_what_may_be() {
    assert_eq!(compared(&[0.0, 0.1], 0.5, 0).reason, "none of 2 pairs differs by more than 0.5");
    assert_eq!(
        compared(&[0.0, 1.0], 0.5, 50).reason,
        "1 of 2 pairs (50%) differs by more than 0.5; 0.5% may"
    );
    let mut many = vec![0.0; 3_000_000];
    many[7] = 1.0;
    let reason = compared(&many, 0.5, 0).reason;
    assert_eq!(reason, "1 of 3000000 pairs (less than 0.0001%) differs by more than 0.5; none may");
}

#[test]
fn the_figures_are_those_of_the_distances() {
    let found = compared(&[-4.0, 1.0, 2.0, -3.0], 10.0, 0).difference;
    assert_eq!((found.min, found.median, found.mean, found.max), (1.0, 2.5, 2.5, 4.0));
    let odd = compared(&[9.0, 1.0, 2.0], 10.0, 0).difference;
    assert_eq!((odd.min, odd.median, odd.mean, odd.max), (1.0, 2.0, 4.0, 9.0));
    let large = compared(&[f64::MAX, f64::MAX], 1.0, 0).difference;
    assert_eq!((large.median, large.mean), (f64::MAX, f64::MAX));
}

#[test]
fn the_largest_differences_are_listed_with_the_largest_first() {
    let differences: Vec<f64> = (0..30).map(f64::from).collect();
    let found = compared(&differences, 5.0, 0);
    assert_eq!(found.differ, 24);
    let listed: Vec<f64> = found.outliers.iter().map(|outlier| outlier.difference).collect();
    assert_eq!(listed, (10..30).rev().map(f64::from).collect::<Vec<_>>());
    assert_eq!(compared(&[5.0, 6.0], 5.0, 0).outliers.len(), 1, "what is tolerated is no outlier");
}

#[test]
fn every_difference_is_in_one_bar_on_its_side_of_the_tolerance() {
    for (differences, tolerance) in [
        (&[0.0, 0.2, 0.21, 1.0, 1.01, 2.0, 2.01, 900.0][..], 1.0),
        (&[0.0, 0.0, 1.0, 10.0, 0.5], 0.0),
        (&[0.0, 0.0], 0.0),
        (&[0.305 - 0.3, 0.0], 0.005),
    ] {
        let found = compared(differences, tolerance, 0);
        let count = |beyond: bool| -> usize {
            found.histogram.iter().filter(|bar| bar.beyond == beyond).map(|bar| bar.pairs).sum()
        };
        assert_eq!((count(true), count(false)), (found.differ, differences.len() - found.differ));
        assert!(
            found.histogram.windows(2).all(|two| two[0].to == Some(two[1].from)),
            "{:?}",
            found.histogram
        );
    }
    let bars = compared(&[0.0, 0.2, 0.21, 1.0, 1.01, 2.0, 2.01, 900.0], 1.0, 0).histogram;
    let counts: Vec<usize> = bars.iter().map(|bar| bar.pairs).collect();
    assert_eq!(counts, [2, 1, 0, 0, 1, 1, 0, 0, 0, 1, 2]);
    let counts: Vec<usize> =
        compared(&[0.0, 0.0, 1.0, 10.0, 0.5], 0.0, 0).histogram.iter().map(|bar| bar.pairs).collect();
    assert_eq!(counts, [2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
}

#[test]
fn what_is_as_far_apart_as_it_is_written_is_in_one_bar() {
    let pair =
        |n: u32| Pair { id: n.to_string(), stable: f64::from(n) / 8.0, canary: f64::from(n) / 8.0 + 0.001 };
    let pairs: Vec<Pair> = (0..1_000).map(pair).collect();
    let allow = Allow { tolerance: 0.005, share: Share::NONE };
    let found = compare(&pairs, allow).expect("there are pairs");
    assert_eq!(found.histogram[0].pairs, 1_000);
}

#[test]
fn a_sample_has_each_at_most_once_and_is_the_same_for_a_seed() {
    let all: Vec<u32> = (0..1_000).collect();
    let taken = sample(all.clone(), 100, 1);
    assert_eq!(taken.len(), 100);
    assert!(taken.windows(2).all(|two| two[0] < two[1]), "each once, in their order");
    assert_eq!(taken, sample(all.clone(), 100, 1));
    assert_ne!(taken, sample(all.clone(), 100, 2));
    assert_eq!(sample(all.clone(), 1_000, 1), all);
    assert_eq!(sample(all.clone(), 5_000, 1), all);
    // Fixed, so that a seed that somebody wrote down still means the same sample.
    assert_eq!(sample((0..20).collect::<Vec<u32>>(), 5, 1), [0, 10, 11, 15, 19]);
}

#[test]
fn every_one_is_taken_as_often_as_any_other() {
    let mut counts = [0u32; 20];
    for seed in 0..10_000 {
        for one in sample((0..20usize).collect(), 5, seed) {
            counts[one] += 1;
        }
    }
    // 2,500 each, with a standard deviation of 43.
    assert!(counts.iter().all(|count| (2_280..2_720).contains(count)), "{counts:?}");
}

#[test]
fn the_picture_has_a_bar_for_each_and_is_well_formed() {
    let found = compared(&[0.0, 0.2, 3.0, 1e300], 1.0, 0);
    let picture = svg(&found);
    assert_eq!(picture.matches("<rect x=").count(), found.histogram.len());
    assert_eq!(picture.matches("fill=\"#c2410c\"").count(), 6);
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"), "{picture}");
    assert!(picture.contains(&found.reason) && picture.contains(">Fail<"), "{picture}");
    assert!(!picture.contains("NaN") && !picture.contains("inf"), "{picture}");
    assert_eq!(picture.matches("<text").count(), picture.matches("</text>").count());
}

#[test]
fn a_number_for_people_has_four_digits() {
    let shown = [0.0, 0.305 - 0.3, 12.34567, 0.000_012_345_67, 1e300, -2.5].map(short);
    assert_eq!(shown, ["0", "0.005", "12.35", "1.235e-5", "1e300", "-2.5"]);
}

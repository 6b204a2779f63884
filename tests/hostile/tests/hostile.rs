//! The ordinary run: some thousand worlds, and every world that ever broke something.

use hostile::sights::Sights;

/// So many worlds see everything that there is to see.
const WORLDS: u64 = 4_000;

#[test]
fn every_invariant_holds_in_every_world_and_all_weather_came() {
    let mut sights = Sights::default();
    for seed in 0..WORLDS {
        sights.add(&hostile::run(seed));
    }
    assert_eq!(sights.missing(), Vec::<&str>::new(), "never seen in {WORLDS} worlds");
}

#[test]
fn the_seeds_that_broke_something_break_nothing_now() {
    let seeds = include_str!("../failing-seeds.txt").lines().filter(|line| !line.starts_with('#'));
    for seed in seeds.filter_map(|line| line.split_whitespace().next()) {
        hostile::run(seed.parse().expect("a seed"));
    }
}

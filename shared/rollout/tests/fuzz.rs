//! Whatever stands in a file, reading it ends, and ends with a plan or with problems that can be shown.
//!
//! `FUZZ_ITERATIONS` says how long to try (default 2,000); `FUZZ_SEED` with what chance.

use rollout::plan::{load, parse_condition, timeline};

const PLANS: [&str; 2] = [include_str!("../../../plans/elite.yaml"), include_str!("../../../plans/cst.yaml")];
/// What plans are made of, and what breaks them.
const SNIPPETS: [&str; 32] = [
    ":",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    "#",
    " #x",
    "&a ",
    "*a",
    "!t ",
    "|",
    ">",
    "\t",
    "\n",
    "---\n",
    "${",
    "}",
    "%",
    "99999999999999999999",
    "0",
    "-1",
    "baseline",
    "for every ",
    "in 5m",
    "stable",
    "é",
    "\u{0}",
    "\u{feff}",
    "~",
];

/// A small generator (SplitMix64): the same seed gives the same plans on every machine.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap_or(0) % n.max(1)
    }
}

fn mutate(text: &str, chance: &mut Chance) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=chance.below(4) {
        let (from, other) = (chance.below(chars.len()), chance.below(chars.len()));
        let length = chance.below(40).min(chars.len().saturating_sub(from.max(other)));
        match chance.below(5) {
            0 => drop(chars.drain(from..from + length)),
            1 => {
                let copy = chars[from..from + length].to_vec();
                chars.splice(other..other, copy);
            }
            2 => chars.truncate(from),
            3 if !chars.is_empty() => {
                chars[from] = (' '..='~').nth(chance.below(95)).unwrap_or(' ');
            }
            _ => {
                chars.splice(from..from, SNIPPETS[chance.below(SNIPPETS.len())].chars());
            }
        }
    }
    chars.into_iter().collect()
}

#[expect(clippy::disallowed_methods, reason = "how long to try is for the one who tries to say")]
fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn mutated_plans_load_or_are_refused() {
    let mut chance = Chance(setting("FUZZ_SEED", 1));
    let (mut loaded, mut refused) = (0, 0);
    for _ in 0..setting("FUZZ_ITERATIONS", 2_000) {
        let text = mutate(PLANS[chance.below(PLANS.len())], &mut chance);
        match load("mutated.yaml", &text) {
            Ok(plan) => {
                loaded += 1;
                let json = serde_json::to_string(&plan.plan).unwrap();
                assert_eq!(serde_json::from_str::<rollout::plan::Plan>(&json).unwrap(), plan.plan, "{text}");
                timeline(&plan.plan).to_string();
            }
            Err(problems) => {
                refused += 1;
                assert!(!problems.found.is_empty(), "refused without a reason:\n{text}");
                assert!(problems.found.iter().all(|problem| problem.line > 0 && problem.column > 0));
                problems.to_string();
            }
        }
    }
    // Both must have come, or nothing was tried.
    assert!(loaded > 0 && refused > 0, "{loaded} loaded, {refused} refused");
}

#[test]
fn mutated_conditions_parse_or_are_refused() {
    let mut chance = Chance(setting("FUZZ_SEED", 2));
    for _ in 0..setting("FUZZ_ITERATIONS", 2_000) {
        let text = mutate(
            "error_rate growth > 1.25x baseline + 0.5pp for any language in 5m for 2m from 50 samples",
            &mut chance,
        );
        match parse_condition(&text) {
            Ok(parsed) => assert_eq!(parse_condition(&parsed.to_string()), Ok(parsed), "{text}"),
            Err(misread) => assert!(misread.at <= text.chars().count() && misread.length > 0, "{text}"),
        }
    }
}

//! Whatever stands in a file, reading it ends soon, in little memory, and with a plan or with problems that can be shown.
//!
//! `FUZZ_ITERATIONS` says how often to try (default 2,000), or `FUZZ_SECONDS` how long; `FUZZ_SEED` with what chance.
//! For ten minutes each, with the number of tries at the end:
//! `FUZZ_SECONDS=600 cargo test --release -p rollout --test fuzz plans -- --nocapture`, and `conditions` in place of
//! `plans`.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use rollout::plan::{Plan, load, parse_condition, timeline};
use std::time::{Duration, Instant};

const PLANS: [&str; 6] = [
    include_str!("../../../plans/elite.yaml"),
    include_str!("../../../plans/cst.yaml"),
    include_str!("../../../plans/cohorts.yaml"),
    include_str!("../../../plans/ilana.yaml"),
    include_str!("../../../plans/valine.yaml"),
    include_str!("language/example.yaml"),
];
const CONDITIONS: [&str; 7] = [
    "error_rate growth > 1.25x baseline + 0.5pp for any language in 5m for 2m from 50 samples",
    "error_rate <= baseline + 0.1pp in 1h for 48h",
    "latency within 10% of baseline in 5m 3 times in a row",
    "denials > 7d mean + 3 sigma for every tenant in 1h for 3h",
    "memory growth > 50MB/min in 5m",
    "p95 > 120% of baseline at 99% confidence",
    "stable for 48h",
];
/// What plans are made of, and what breaks them.
const SNIPPETS: [&str; 38] = [
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
    "$5/day",
    "[{",
    "- - ",
    "2026-12-20",
    "\u{1f41e}",
    "? ",
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

/// A text of at most these bytes: more than a plan may have, so that the limit is tried, too.
const LARGEST: usize = 300 * 1024;

fn mutate(text: &str, chance: &mut Chance) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=chance.below(4) {
        let (from, other) = (chance.below(chars.len()), chance.below(chars.len()));
        let length = chance.below(40).min(chars.len().saturating_sub(from.max(other)));
        match chance.below(6) {
            0 => drop(chars.drain(from..from + length)),
            1 => {
                let copy = chars[from..from + length].to_vec();
                chars.splice(other..other, copy);
            }
            2 => chars.truncate(from),
            3 if !chars.is_empty() => {
                chars[from] = (' '..='~').nth(chance.below(95)).unwrap_or(' ');
            }
            4 if chance.below(20) == 0 => repeat(&mut chars, from, length, chance),
            _ => {
                chars.splice(from..from, SNIPPETS[chance.below(SNIPPETS.len())].chars());
            }
        }
    }
    chars.into_iter().collect()
}

/// Something again and again: deep, wide or long.
fn repeat(chars: &mut Vec<char>, from: usize, length: usize, chance: &mut Chance) {
    let piece: Vec<char> = match chance.below(2) {
        0 => chars[from..from + length].to_vec(),
        _ => SNIPPETS[chance.below(SNIPPETS.len())].chars().collect(),
    };
    let times = (1 << chance.below(18)).min(LARGEST / piece.len().max(1));
    chars.splice(from..from, piece.iter().copied().cycle().take(times * piece.len()));
}

#[expect(clippy::disallowed_methods, reason = "how long to try is for the one who tries to say")]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

#[expect(clippy::disallowed_methods, reason = "whether reading hangs is a question of real time")]
fn now() -> Instant {
    Instant::now()
}

/// Calls `once` until there was enough of it; none may take long, and all together not much memory.
#[expect(clippy::print_stderr, reason = "whoever tries for minutes wants to know how often")]
fn keep_trying(seed: u64, mut once: impl FnMut(&mut Chance)) {
    const LONGEST: Duration = Duration::from_secs(5);
    const MOST_KB: u64 = 100 * 1024;
    let mut chance = Chance(setting("FUZZ_SEED").unwrap_or(seed));
    let seconds = setting("FUZZ_SECONDS").map(Duration::from_secs);
    let times = setting("FUZZ_ITERATIONS").unwrap_or(2_000);
    let (began, mut tries, mut slowest) = (now(), 0, Duration::ZERO);
    while seconds.map_or(tries < times, |seconds| began.elapsed() < seconds) {
        let (at, state) = (now(), chance.0);
        once(&mut chance);
        let took = at.elapsed();
        assert!(took < LONGEST, "FUZZ_SEED={state} FUZZ_ITERATIONS=1 takes {took:?}");
        (tries, slowest) = (tries + 1, slowest.max(took));
    }
    let peak = peak_kb();
    eprintln!(
        "{tries} tries in {:?}, the slowest {slowest:?}; {} MB at most",
        began.elapsed(),
        peak.div_ceil(1024)
    );
    assert!(peak < MOST_KB, "{peak} kB of memory");
}

/// The most memory that this process has had, where the system says so.
#[expect(clippy::disallowed_methods, reason = "only the system knows the memory of a process")]
fn peak_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().strip_suffix(" kB")).map_or(0, |peak| peak.parse().unwrap())
}

#[test]
fn mutated_plans_load_or_are_refused() {
    let (mut loaded, mut refused) = (0, 0);
    keep_trying(1, |chance| {
        let text = mutate(PLANS[chance.below(PLANS.len())], chance);
        match load("mutated.yaml", &text) {
            Ok(plan) => {
                loaded += 1;
                let json = serde_json::to_string(&plan.plan).unwrap();
                assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan.plan, "{text}");
                timeline(&plan.plan).to_string();
            }
            Err(problems) => {
                refused += 1;
                assert!(!problems.found.is_empty(), "refused without a reason:\n{text}");
                assert!(problems.found.iter().all(|problem| problem.line > 0 && problem.column > 0));
                problems.to_string();
            }
        }
    });
    // Both must have come, or nothing was tried.
    assert!(loaded > 0 && refused > 0, "{loaded} loaded, {refused} refused");
}

#[test]
fn mutated_conditions_parse_or_are_refused() {
    let (mut parsed, mut refused) = (0, 0);
    keep_trying(2, |chance| {
        let text = mutate(CONDITIONS[chance.below(CONDITIONS.len())], chance);
        match parse_condition(&text) {
            Ok(condition) => {
                parsed += 1;
                assert_eq!(parse_condition(&condition.to_string()), Ok(condition), "{text}");
            }
            Err(misread) => {
                refused += 1;
                assert!(misread.at <= text.chars().count() && misread.length > 0, "{text}");
            }
        }
    });
    assert!(parsed > 0 && refused > 0, "{parsed} parsed, {refused} refused");
}

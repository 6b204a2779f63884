//! The plans of the worlds: small ones that use everything.

use crate::{
    logs::{BUDGET as LOGGED, GROUP},
    meter::{BUDGET, METRIC},
    rng::Rng,
};
use rollout::plan::{Plan, load};
use std::sync::{Arc, OnceLock};

/// Every combination of so many choices is a plan of its own.
const CHOICES: u32 = 8;

/// What one plan makes of the choices.
struct Choices(u32);

impl Choices {
    fn of<'a>(&self, bit: u32, yes: &'a str, no: &'a str) -> &'a str {
        if self.0 >> bit & 1 == 1 { yes } else { no }
    }

    fn text(&self, name: &str) -> String {
        let head = self.head(name);
        let rules = self.rules();
        let stages = self.stages();
        format!("{head}\nguardrails:\n{rules}\nstages:\n{stages}")
    }

    fn head(&self, name: &str) -> String {
        // What the team alone has, the sample gets later.
        let cohorts = self.of(5, "cohorts: {team: {users: [ada, bob], features: [ux]}}\n", "");
        let (code, own) = (self.of(0, "pause", "restart"), self.of(1, "allowed", "barred"));
        // Two midnights that most worlds live to see.
        let zone = self.of(2, "Europe/Berlin", "UTC");
        let (frozen, [paid, told]) = (self.frozen(), self.metered());
        let set = r#"{PCT: "${percent}", ON: "${enabled}", FEATURES: "${features}"}"#;
        // A quarter of the plans: what they do costs more than what the others do.
        let alias = if self.0 >> 7 & 1 == 1 && self.0 >> 4 & 1 == 1 { "\n    alias: live" } else { "" };
        let second = format!("  - function: gn{alias}\n    set: {set}\n");
        let second = self.of(6, &second, "");
        format!(
            r#"tidegate: 1
name: {name}
owner: sre
timezone: {zone}
people:
  sre: {{members: [ann, bob, cat], page: sre}}
  lead: {{members: [cat, dan], slack: "lead"}}
escalate: [sre, lead]
{frozen}features: [llm, ux]
{cohorts}targets:
  - function: fn{alias}
    set: {set}
{second}arms: {{canary: {{Track: new}}, baseline: {{Track: old}}}}
code: {code}
self_approval: {own}
metrics:
  error_rate: {{ratio: {{of: T/Errors, to: T/Requests}}, from: 20}}
  latency: {{metric: T/Latency, stat: Maximum, unit: ms}}
  queue: {{metric: T/Queue, stat: Maximum, unit: count, about: all}}
  reports: {{signal: critical-report}}
  survey: {{reported: survey-score, max_age: 7d}}
{paid}budgets:
  llm_cost: {{cap: $5/day, warn: 80%, at_cap: disable ux, meter: calls}}
{told}checks:
  health: {{http: "GET https://example.com/healthz"}}"#
        )
    }

    /// The worlds begin 47 minutes before midnight in Berlin: an eighth of the plans is frozen until then or from then on.
    fn frozen(&self) -> String {
        let day = self.of(3, "2023-11-14", "2023-11-15");
        let frozen = format!("freeze: [{{from: {day}, to: {day}}}]\n");
        if self.0 & 0b111 == 0b111 { frozen } else { String::new() }
    }

    /// A quarter of the plans have money that a metric tells, beside what is told call by call; another quarter has some
    /// that a log tells.
    fn metered(&self) -> [String; 2] {
        if self.0 >> 1 & 1 == 0 && self.0 >> 5 & 1 == 1 {
            let by = format!("{{logs: {GROUP}, field: cost_usd}}");
            let logged = format!("  {LOGGED}: {{cap: $5/day, warn: 50%, at_cap: disable ux, meter: {by}}}\n");
            return [String::new(), logged];
        }
        if self.0 >> 1 & 1 == 0 || self.0 >> 5 & 1 == 1 {
            return Default::default();
        }
        let off = self.of(3, "disable ux", "[disable llm, disable ux]");
        let paid =
            format!("  paid: {{metric: {METRIC}, stat: Sum, unit: $, about: all, period: 5m, lag: 1m}}\n");
        [paid, format!("  {BUDGET}: {{cap: $5/day, warn: 50%, at_cap: {off}, meter: {{metric: paid}}}}\n")]
    }

    fn rules(&self) -> String {
        let back = self.of(2, "roll back to previous", "[roll back to previous after 3m, alert sre]");
        let many = self.of(3, "roll back to 5%", "pause");
        let drift = self.of(4, "pause", "alert sre");
        let burning = self.of(3, "roll back", "roll back to previous");
        format!(
            r"  - {{when: error_rate > baseline + 2pp in 2m, then: [roll back, page sre], severity: P1, until: most}}
  - {{when: error_rate > 5% in 2m, then: roll back, severity: P1, from: all}}
  - {{when: latency > 500ms for 2m, then: {back}}}
  - {{when: queue > 90, then: alert sre, severity: P3}}
  - {{when: queue > 96, then: review by sre within 10m, severity: P3}}
  - {{when: queue > 50, then: roll back, dry_run: true}}
  - {{when: queue > 30m mean + 2 sigma for 2m, then: pause, dry_run: true}}
  - {{when: reports > 2 in 1h, then: {many}}}
  - {{when: llm_cost > $6 in 2h, then: alert sre, severity: P3}}
  - {{alarm: burning, then: [{burning}, page sre]}}
  - {{alarm: noisy, then: alert sre, severity: P3, insufficient: ok, from: some}}
  - {{signal: pii, then: [disable llm, page sre], severity: P0}}
  - {{drift: any, then: {drift}}}"
        )
    }

    fn stages(&self) -> String {
        let dark = self.of(
            0,
            "",
            "  - {name: dark, percent: 0, bake: 2m-20m, leave: [tick: rehearsed, check: health, approve: lead]}\n",
        );
        let team = self.of(5, "  - {name: inside, cohorts: [team], bake: 2m-20m}\n", "");
        let (with, less) = (self.of(5, ", cohorts: [team]", ""), self.of(5, ", features: [llm]", ""));
        let some = self.of(2, "[approve: 2 of sre]", "[tick: briefed, approve: [lead, sre]]");
        let optional = self.of(1, "true", "false");
        let forced = self.of(3, "never", "allowed");
        let forced = if forced == "never" { ", force: never" } else { "" };
        let most = self.of(4, "[survey >= 4, error_rate < 3%]", "[check: health]");
        let last = self.of(5, "open", "3m-40m");
        format!(
            "{dark}{team}  - {{name: canary, percent: 5{with}{less}, bake: 3m-20m, leave: [error_rate < 3%, stable for 2m]}}
  - {{name: some, percent: 25{with}{less}, bake: 3m-20m, optional: {optional}, enter: {some}}}
  - {{name: most, percent: 50{with}, bake: 2m-20m{forced}, enter: {most}, leave: [latency < 600ms in 2m]}}
  - {{name: all, percent: 100, bake: {last}, leave: [error_rate < 4%]}}"
        )
    }
}

/// The same plan under two names: the second is for another controller.
pub(crate) type Pair = [Arc<Plan>; 2];

/// One of the plans.
///
/// # Panics
/// When a plan of this file does not load.
pub(crate) fn pick(rng: &mut Rng) -> Pair {
    static PLANS: OnceLock<Vec<Pair>> = OnceLock::new();
    let plans = PLANS.get_or_init(|| (0..1 << CHOICES).map(made).collect());
    rng.pick(plans).expect("there are plans").clone()
}

fn made(bits: u32) -> Pair {
    let tide = match load("hostile.yaml", &Choices(bits).text("tide")) {
        Ok(loaded) => loaded.plan,
        Err(problems) => panic!("{problems}"),
    };
    let neap = Plan { name: "neap".to_owned(), ..tide.clone() };
    [Arc::new(tide), Arc::new(neap)]
}

use super::*;
use crate::{
    lab::story,
    simulate::{Simulated, Simulation, simulate},
};
use rollout::{event::Event, plan::load};
use std::sync::Arc;

const VALINE: &str = include_str!("../../../../../plans/valine.yaml");
const HEALTHY: &str = include_str!("../../../../../tests/scenarios/real/valine/healthy.story");

/// One lead and two of sre before everybody; one more at the end, whom nobody answers in these stories.
const CONSENT: &str = r#"
tidegate: 1
name: consent
owner: team
timezone: Europe/Berlin
people:
  team: {members: [tina]}
  lead: {members: [lena]}
  sre:  {members: [sam, sue]}
targets: [{function: worker, set: {PERCENT: "${percent}"}}]
arms: {canary: {Version: new}, baseline: {Version: old}}
metrics:
  error_rate: {ratio: {of: App/Errors, to: App/Requests}, from: 200}
guardrails:
  - {when: error_rate > 5% in 5m, then: roll back}
stages:
  - {name: trial, percent: 10, bake: 10m-40m, leave: [error_rate < 1% in 5m, approve: sre]}
  - name: half
    percent: 50
    optional: true
    enter: [tick: Runbook read, tick: Support is ready, approve: [lead, 2 of sre]]
    bake: 10m
  - {name: full, percent: 100, bake: 10m, leave: [approve: lead]}
"#;

fn simulated(plan: &str, told: &str, auto_approve: bool) -> (Plan, Simulated) {
    let plan = load("plan.yaml", plan).unwrap_or_else(|problems| panic!("{problems}")).plan;
    let story = story::parse(told).unwrap_or_else(|misread| panic!("{misread:?}"));
    let simulation = Simulation {
        plan: Arc::new(plan.clone()),
        story,
        figures: None,
        auto_approve,
        seed: 1,
        asks_all: false,
    };
    let simulated = simulate(simulation).unwrap();
    (plan, simulated)
}

/// The table of a story, and the story's log.
fn told(plan: &str, story: &str, auto_approve: bool) -> (Signoff, Vec<Entry>) {
    let (plan, Simulated { head, entries, .. }) = simulated(plan, story, auto_approve);
    let table = signoff(&plan, &head.id, &entries).unwrap();
    // What a client is sent is what it reads.
    let sent = serde_json::to_string(&table).unwrap();
    assert_eq!(serde_json::from_str::<Signoff>(&sent).unwrap(), table);
    (table, entries)
}

/// `full enter sre 1/2 given lena`.
fn rows(table: &Signoff) -> Vec<String> {
    let row = |row: &Row| {
        let by = row.said.as_ref().map_or("-", |said| said.by.as_str());
        let Row { stage, door, role, nth, of, state, .. } = row;
        format!("{stage} {door:?} {role} {nth}/{of} {state:?} {by}").to_lowercase()
    };
    table.consents.iter().map(row).collect()
}

#[track_caller]
fn check(story: &str, consents: [&str; 5], otherwise: &[&str]) -> (Signoff, Vec<Entry>) {
    let (table, log) = told(CONSENT, story, false);
    assert_eq!(rows(&table), consents, "{}", page(&table));
    let line = |one: &Otherwise| {
        let note = one.said.note.as_deref().unwrap_or("-");
        format!("{:?} {} by {}: {note}", one.what, one.about, one.said.by).to_lowercase()
    };
    assert_eq!(table.otherwise.iter().map(line).collect::<Vec<_>>(), otherwise, "{}", page(&table));
    (table, log)
}

#[test]
fn a_rollout_that_went_well_has_every_consent_with_its_evidence_and_every_tick() {
    let (table, log) = told(VALINE, HEALTHY, true);
    let stages =
        ["infrastructure", "admin-canary", "pm-users", "developers", "llm-parsing", "general-availability"];
    assert_eq!(rows(&table), stages.map(|stage| format!("{stage} enter pm 1/1 given paula")));
    let entry = |version: Version| &log[usize::try_from(version.0).unwrap() - 1];
    for row in &table.consents {
        let (said, asked) = (row.said.as_ref().unwrap(), row.asked.as_ref().unwrap());
        let (given, question) = (entry(said.entry), entry(asked.entry));
        assert!(matches!(given.event, Event::Approved { ask, .. } if ask == asked.entry), "{row:?}");
        assert!(
            matches!(&question.event, Event::Asked { on, .. } if on.len() == asked.figures.len()),
            "{row:?}"
        );
        assert_eq!((&said.at, &asked.at), (&given.at.to_string(), &question.at.to_string()));
    }
    let shown = |row: usize| table.consents[row].asked.as_ref().unwrap().figures.as_slice();
    assert_eq!(
        shown(0),
        [] as [&str; 0],
        "nobody is exposed before the first phase, and nothing is measured"
    );
    assert!(shown(1)[0].starts_with("lambda_errors 0 "), "{:?}", shown(1));
    assert!(shown(5).iter().any(|figure| figure.starts_with("accuracy ")), "{:?}", shown(5));
    assert_eq!(table.otherwise, []);
    let items = VALINE.lines().filter(|line| line.trim_start().starts_with("- tick: ")).count();
    assert_eq!(table.ticks.len(), items);
    assert!(table.ticks.iter().all(|tick| tick.said.is_some()), "{}", page(&table));
    assert_eq!((table.phase.as_str(), table.timezone.as_str()), ("completed", "UTC"));
    let (text, document) = (page(&table), markdown(&table));
    assert!(text.contains("6 of 6 consents are given"), "{text}");
    let row = "| enter admin-canary | pm | paula | 2026-01-07T00:01:00Z | - | entry ";
    assert!(document.contains(row), "{document}");
    assert!(document.contains("### Checklists\n\n| Stage | Item | Who | When | Note |\n|---|"), "{document}");
}

#[test]
fn who_has_not_signed_stands_there_empty_and_since_when_they_are_asked() {
    let story = "at 10% + 5m: tick \"Runbook read\" by tina \"page 4\"\nat 10% + 15m: end";
    let open = ["trial leave sre 1/1 open -", "half enter lead 1/1 open -"];
    let rest = ["half enter sre 1/2 open -", "half enter sre 2/2 open -", "full leave lead 1/1 open -"];
    let (table, _) = check(story, [open[0], open[1], rest[0], rest[1], rest[2]], &[]);
    let text = page(&table);
    let ticks = "STAGE       ITEM              WHO   WHEN                       NOTE\n  \
        enter half  Runbook read      tina  2026-01-05T01:07:00+01:00  page 4\n  \
        enter half  Support is ready  -     -                          -\n";
    assert!(text.contains(ticks), "{text}");

    let story = "tick all\nat 10% + 15m: approve by sam \"go\"\nat 10% + 16m: end";
    let asked = ["trial leave sre 1/1 given sam", "half enter lead 1/1 asked -"];
    let rest = ["half enter sre 1/2 given sam", "half enter sre 2/2 asked -", "full leave lead 1/1 open -"];
    let (table, _) = check(story, [asked[0], asked[1], rest[0], rest[1], rest[2]], &[]);
    let text = page(&table);
    // One word of Sam's answers a line of the one door and a line of the other.
    assert!(text.contains("enter half   sre, 1 of 2  sam  2026-01-05T01:17:00+01:00  go\n"), "{text}");
    assert!(
        text.contains(
            "enter half   sre, 2 of 2  -    -                          asked since 2026-01-05T01:1"
        ),
        "{text}"
    );
    assert!(text.contains("leave full   lead         -    -                          -\n"), "{text}");
    assert_eq!(text.matches("error_rate 0.").count(), 1, "what was shown stands once: {text}");
}

#[test]
fn what_came_otherwise_than_by_consent_is_not_left_out() {
    let story = r#"
tick all
at 10% + 15m: approve by lena "go"
at 10% + 20m: error_rate canary 2% for 10m
at 10% + 2h: approve by lena "go | now"
at 10% + 3h: reject by sue "not on a Friday"
at 10% + 4h: resume by lena
at 10% + 5h: approve by sam
at 10% + 6h: pause by lena
at 10% + 7h: resume by lena
at 10% + 8h: approve by sam "still"
at 10% + 9h: promote --force by admin "incident 77"
at 50% + 5m: rollback to previous by lena
at 50% + 1h: resume by lena
at 50% + 2h: approve by sue
at 50% + 3h: end
"#;
    let forced = story.split("at 50%").next().unwrap();
    let before = [
        "void enter half by lena: go",
        "withdrawn enter half by evaluate: error_rate < 1% in 5m: error_rate 2% (limit 1%, 3054 samples)",
        "void enter half by lena: go | now",
        "refused enter half by sue: not on a friday",
        "void enter half by sam: -",
        "withdrawn enter half by lena: asked by lena",
        "forced enter half by admin: incident 77",
    ];
    let consents = [
        "trial leave sre 1/1 given sam",
        "half enter lead 1/1 forced admin",
        "half enter sre 1/2 given sam",
        "half enter sre 2/2 forced admin",
        "full leave lead 1/1 asked -",
    ];
    let (table, log) = check(&format!("{forced}at 100% + 15m: end"), consents, &before);
    for one in &table.otherwise {
        let entry = |version: Version| &log[usize::try_from(version.0).unwrap() - 1].event;
        assert!(matches!(entry(one.ask.unwrap()), Event::Asked { .. }), "{one:?}");
    }
    let force = table.otherwise.last().unwrap();
    assert_eq!(force.over, ["approval by sre", "approval by lead"]);
    let text = page(&table);
    assert!(
        text.contains(
            "  enter half   lead         -    -                          passed over by force by admin, "
        ),
        "{text}"
    );
    let document = markdown(&table);
    assert!(
        document.contains(
            r"| given, and void since | enter half | lena | 2026-01-05T03:02:00+01:00 | go \| now |"
        ),
        "{document}"
    );

    // Taken back and asked again: what was said the first time no longer stands.
    let consents = [
        "trial leave sre 1/1 given sue",
        "half enter lead 1/1 asked -",
        "half enter sre 1/2 given sue",
        "half enter sre 2/2 asked -",
        "full leave lead 1/1 open -",
    ];
    let again: Vec<&str> =
        before[..6].iter().copied().chain(["void enter half by sam: still", before[6]]).collect();
    check(story, consents, &again);
}

#[test]
fn who_skips_a_stage_stands_where_its_consents_would() {
    let skipped =
        "tick all\nat 10% + 5m: skip half by tina\nat 10% + 15m: approve by sam\nat 100% + 15m: end";
    let consents = [
        "trial leave sre 1/1 given sam",
        "half enter lead 1/1 skipped tina",
        "half enter sre 1/2 skipped tina",
        "half enter sre 2/2 skipped tina",
        "full leave lead 1/1 asked -",
    ];
    check(skipped, consents, &["skipped enter half by tina: -"]);
    let late = "tick all\nat 10% + 15m: approve by sam\nat 10% + 16m: skip half by tina\nat 10% + 20m: end";
    let consents =
        ["trial leave sre 1/1 asked -", consents[1], consents[2], consents[3], "full leave lead 1/1 open -"];
    let why = "withdrawn enter half by evaluate: the next stage is another one now";
    check(late, consents, &["void enter half by sam: -", "skipped enter half by tina: -", why]);
}

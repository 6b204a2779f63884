use super::*;
use crate::{
    lab::story,
    simulate::{Simulated, Simulation, simulate},
};
use rollout::{log::first, plan::load};
use std::sync::Arc;

const PLAN: &str = r#"
tidegate: 1
name: search
owner: ops
people: {ops: {members: [olga], page: pager}, lead: {members: [lena]}}
targets: [{function: search, set: {PERCENT: "${percent}"}}]
metrics: {errors: {ratio: {of: S/Errors, to: S/Requests}, from: 20}}
guardrails: [{when: errors > 2% in 5m, then: [roll back, page ops]}]
stages:
  - {name: canary, percent: 5, bake: 1h}
  - {name: everyone, percent: 100, bake: open, enter: [approve: lead]}
"#;

/// Every message of a story.
fn of(told: &str) -> Vec<Message> {
    let plan = Arc::new(load("search.yaml", PLAN).unwrap_or_else(|problems| panic!("{problems}")).plan);
    let story = story::parse(told).unwrap_or_else(|why| panic!("{why:?}"));
    let simulation = Simulation {
        plan: Arc::clone(&plan),
        story,
        figures: None,
        auto_approve: true,
        seed: 1,
        asks_all: false,
    };
    let Simulated { entries, head, .. } = simulate(simulation).unwrap();
    let begun = first(head.id.clone(), &entries[0]).unwrap();
    let (start, rest) = entries.split_at(1);
    let told = |entries, after| messages(&plan, &begun, entries, after).unwrap();
    let all = [told(start, &begun), told(rest, &head)].concat();
    assert_eq!(all.len(), entries.len());
    for (entry, message) in entries.iter().zip(&all) {
        let Some(message) = message else { continue };
        assert_eq!(message.id, format!("search-1#{}", entry.version), "each has the name of its entry");
        assert!(message.text.starts_with(&entry.event.words(&plan)), "{message:?}");
        let is_line = message.subject.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        assert!(is_line && message.subject.len() <= SUBJECT_MAX, "{}", message.subject);
    }
    all.into_iter().flatten().collect()
}

fn the<'m>(all: &'m [Message], event: &str) -> &'m Message {
    all.iter().find(|message| message.event == event).unwrap_or_else(|| panic!("no {event} in {all:#?}"))
}

#[test]
fn a_stage_a_question_and_the_end_are_told() {
    let all = of("at 100% + 1h: complete by olga");
    let stage = the(&all, "promoted");
    assert_eq!((stage.channel, stage.stage.as_deref()), (Channel::Update, Some("canary 5%")));
    assert_eq!(stage.subject, "search-1: promoted at canary 5%: to canary (5%)");
    let text = "to canary (5%)\n\nsearch-1: promoted at canary 5%, by evaluate, 2026-01-05T00:01:00Z, entry 4\n\
                Why, and who may act: tidegate explain search-1";
    assert_eq!(stage.text, text);
    let asked = the(&all, "asked");
    assert_eq!((asked.channel, asked.to.as_slice()), (Channel::Alert, &["lead".to_owned()][..]));
    assert!(asked.text.starts_with("may it enter everyone (100%)? asked: lead"), "{}", asked.text);
    assert_eq!((the(&all, "approved").by.as_str(), the(&all, "ended").channel), ("lena", Channel::Update));
    assert!(all.iter().all(|message| message.channel != Channel::Page), "nobody is woken");
}

#[test]
fn whoever_is_paged_is_told_why_and_the_way_back_is_an_alert() {
    let all = of("at 5% + 10m: breach");
    let page = the(&all, "notified");
    assert_eq!((page.channel, page.to.as_slice()), (Channel::Page, &["ops".to_owned()][..]));
    assert!(page.text.starts_with("page ops: P2: errors > 2% in 5m: errors "), "{}", page.text);
    assert_eq!(page.stage.as_deref(), Some("canary 5%"), "where it was when that was seen");
    let back = the(&all, "lowering");
    assert_eq!((back.channel, back.stage.as_deref()), (Channel::Alert, None));
    assert_eq!(all.iter().filter(|message| message.channel == Channel::Page).count(), 1);
}

#[test]
fn a_subject_is_one_plain_line_of_less_than_a_hundred() {
    assert_eq!(subject("caf\u{e9}\nno"), "caf??no");
    let long = subject(&"\u{1f30a}x".repeat(200));
    assert!(long.len() == 99 && long.ends_with("..."), "{long}");
}

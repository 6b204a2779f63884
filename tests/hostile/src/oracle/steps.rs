//! What must hold between the head before a commit and the head after it.

use super::{Acted, Page, audience::gained, in_effect, shown};
use control::ports::Commit;
use rollout::{
    event::{Event, Wish},
    log::Entry,
    rollout::{Phase, Rollout},
};
use std::sync::Arc;

/// Folds one more entry.
pub(super) fn follow(page: &mut Page, entry: &Entry) {
    let head = Rollout::clone(&page.head);
    let mut head = head.evolve(&entry.event, &entry.by, entry.at).expect("a legal fact");
    head.hash.clone_from(&entry.hash);
    assert!(page.head.updated <= head.updated, "the time of a rollout never goes back");
    assert!(page.head.generation <= head.generation, "a generation goes back");
    match &entry.event {
        Event::Fired { rule, .. } => {
            page.acted.insert(*rule, Acted { at: entry.at, generation: in_effect(&page.head), armed: false });
        }
        Event::Cleared { rule, .. } => {
            page.acted.entry(*rule).and_modify(|acted| acted.armed = true);
        }
        Event::Applied { .. } => page.reached.extend(page.head.standing().map(|standing| standing.stage)),
        Event::Resumed { .. } => page.acted.values_mut().for_each(|acted| acted.armed = true),
        Event::Signaled { name, reporter, .. } => {
            let by = reporter.as_ref().unwrap_or(&entry.by);
            page.reports.push((name.clone(), entry.at, by.clone()));
        }
        Event::Asked { .. } | Event::Paused { .. } | Event::ReviewAsked { .. } => {
            page.answerable.push(entry.version);
        }
        _ => {}
    }
    let request = page.head.request.as_ref().map(|request| &request.wish);
    if matches!(entry.event, Event::Promoted { .. } | Event::Closing { .. }) {
        page.forced |= matches!(request, Some(Wish::Promote { force: true, .. }));
    }
    match &entry.event {
        Event::Acknowledged { .. } => page.known = true,
        Event::Applied { .. } => page.known = false,
        _ => page.known &= head.generation == page.head.generation,
    }
    if head.moved != page.head.moved {
        page.answerable.push(head.moved.entry);
    }
    page.head = Arc::new(head);
}

/// What must hold of a commit as a whole.
pub(super) fn check(page: &mut Page, before: &Rollout, commit: &Commit) {
    let (was, is) = (before.wants(), page.head.wants());
    let raised = shown(&page.plan, is.as_ref()).is_above(shown(&page.plan, was.as_ref()));
    let may_raise = |entry: &Entry| matches!(entry.event, Event::Promoted { .. } | Event::Enabled { .. });
    assert!(!raised || commit.entries.iter().any(may_raise), "raised by {:?}", commit.entries);
    assert!(!raised || commit.raises, "a raise that does not say so passes the stop line");
    if !commit.entries.iter().any(may_raise) && was != is {
        let gained = gained(&page.plan, was.as_ref(), is.as_ref());
        assert_eq!(gained, None, "somebody got something, and nothing was raised");
    }
    if let Some(exposure) = is {
        let known = page.decided.entry(exposure.generation).or_insert_with(|| Some(exposure.clone()));
        assert_eq!(known.as_ref(), Some(&exposure), "the exposure changed and its generation did not");
    }
    let pauses = commit.entries.iter().any(|entry| matches!(entry.event, Event::Paused { .. }));
    if let (true, Phase::Advancing { from, .. }) = (pauses, &before.phase) {
        let kept = page.head.standing().map(|standing| (standing.stage, standing.share));
        assert_eq!(
            kept,
            from.map(|from| (from.stage, from.share)),
            "a pause while advancing keeps the raise"
        );
    }
}

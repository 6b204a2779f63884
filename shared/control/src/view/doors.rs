//! Each line between the stage in effect and the next one, as it stands.

use super::figure_of;
use rollout::{
    decide::{CHECK_LASTS, Needs, still_firing},
    evidence::Figure,
    gather::next_stage,
    plan::{Consent, Item, Plan},
    rollout::{Phase, Rollout},
    time::{Span, Timestamp},
    units::{CheckId, StageIndex},
    words::{Judged, fired, judged},
};

pub(super) fn gates(plan: &Plan, head: &Rollout, figures: &[Option<Figure>], now: Timestamp) -> Vec<Judged> {
    if head.is_over() {
        return vec![];
    }
    let standing = head.exposed().map(|standing| standing.stage);
    let leave = standing.map(|stage| (stage, plan.stage(stage).leave.as_slice()));
    let enter = next_stage(plan, head).map(|stage| (stage, plan.stage(stage).enter.as_slice()));
    let lines = leave.into_iter().chain(enter);
    lines
        .flat_map(|(stage, items)| items.iter().map(move |item| (stage, item)))
        .map(|(stage, item)| line(plan, head, figures, now, (stage, item)))
        .collect()
}

/// A line of a door of a stage, as it stands.
pub(super) fn line(
    plan: &Plan,
    head: &Rollout,
    figures: &[Option<Figure>],
    now: Timestamp,
    of: (StageIndex, &Item),
) -> Judged {
    Doors { plan, head, figures, now }.line(of)
}

struct Doors<'a> {
    plan: &'a Plan,
    head: &'a Rollout,
    figures: &'a [Option<Figure>],
    now: Timestamp,
}

impl Doors<'_> {
    fn line(&self, (stage, item): (StageIndex, &Item)) -> Judged {
        match item {
            Item::Condition(id) => judged(self.plan, *id, figure_of(self.figures, *id)),
            Item::Stable(span) => self.stable(*span),
            Item::Check(id) => self.check(*id),
            Item::Tick(text) => self.tick(stage, text),
            Item::Approve(consent) => self.approve(consent),
        }
    }

    fn stable(&self, span: Span) -> Judged {
        let since = self.head.exposed().and_then(|standing| standing.since);
        let calm = since.max(self.head.disturbed);
        if let Some(rule) = still_firing(self.plan, self.head) {
            return said(format!("stable for {span}"), Some(false), fired(self.plan, rule));
        }
        let so_far = calm.filter(|_| since.is_some()).map_or(Span::ZERO, |calm| self.now.since(calm));
        said(format!("stable for {span}"), Some(so_far >= span), format!("calm for {so_far}"))
    }

    fn check(&self, id: CheckId) -> Judged {
        let begun = self.head.exposed().and_then(|standing| standing.since).unwrap_or(self.head.created);
        let text = format!("check {}", self.plan.check(id).name);
        match self.head.checks.get(&id).filter(|last| last.at >= begun) {
            None => said(text, None, "not tried yet".to_owned()),
            Some(last) if last.passed && self.now.since(last.at) >= CHECK_LASTS => {
                said(text, None, format!("passed more than {CHECK_LASTS} ago"))
            }
            Some(last) => said(text, Some(last.passed), last.detail.clone()),
        }
    }

    fn tick(&self, stage: StageIndex, text: &str) -> Judged {
        let ticked = self.head.ticks.iter().find(|tick| tick.stage == stage && tick.text == text);
        let figure = ticked
            .map_or(format!("nobody has ticked it off; who may: {}", Needs::Member.words()), |tick| {
                format!("by {}", tick.by)
            });
        said(format!("tick: {text}"), Some(ticked.is_some()), figure)
    }

    fn approve(&self, consent: &Consent) -> Judged {
        let text = match consent.count {
            1 => format!("approve: {}", consent.role),
            count => format!("approve: {count} of {}", consent.role),
        };
        let Phase::Waiting { ask: Some(ask), .. } = &self.head.phase else {
            return said(text, Some(false), "asked when all else holds".to_owned());
        };
        let given = ask.given_for(&consent.role);
        let enough = given.len() >= usize::from(consent.count);
        let figure =
            if given.is_empty() { "nobody yet".to_owned() } else { format!("by {}", given.join(", ")) };
        said(text, Some(enough), figure)
    }
}

fn said(text: String, verdict: Option<bool>, figure: String) -> Judged {
    let verdict = match verdict {
        Some(true) => "true",
        Some(false) => "false",
        None => "not known",
    };
    Judged { text, verdict: verdict.to_owned(), figure }
}

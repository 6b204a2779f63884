//! Reviews that nobody answered: they pause, and go to the next in line.

use super::{Mind, protect::Acts};
use crate::{
    event::{Event, PauseReason},
    plan::Step,
    rollout::Review,
    time::{Span, Timestamp},
    units::RuleId,
    words::urgency,
};

impl Mind<'_> {
    /// A review that was not answered in time pauses, and the next in line is asked and woken up; and so on, while the
    /// pause lasts, until somebody answers or there is nobody left to ask.
    pub(super) fn unanswered(&self, acts: &mut Acts) {
        for review in self.rollout.reviews.iter().filter(|review| review.due <= self.now) {
            let next = self.next_in_line(review);
            if let Some((to, due)) = next {
                let by = Some(to.to_owned());
                acts.events.push(Event::ReviewAsked { rule: review.rule, by, due });
            }
            let pauses = self.is_pausable();
            if pauses {
                acts.pause = Some(PauseReason::Unanswered(review.rule));
            }
            // Whoever is last in line is told that it pauses, even if they are the one who did not answer.
            let last = pauses.then(|| self.on_call());
            if let Some(to) = next.map(|(to, _)| to).or(last) {
                acts.events.push(self.page(to, &self.overdue(review, next.is_some())));
            }
        }
    }

    /// Who is asked after this one, and until when: the first of those to whom the plan escalates, or the one behind
    /// whoever was asked; none when that was the last.
    fn next_in_line(&self, review: &Review) -> Option<(&str, Timestamp)> {
        let owner = std::slice::from_ref(&self.plan.owner);
        let line = if self.plan.escalate.is_empty() { owner } else { &self.plan.escalate };
        let asked = line.iter().position(|name| review.by.as_ref() == Some(name));
        let next = line.get(asked.map_or(0, |at| at + 1))?;
        Some((next, self.now.after(self.patience(review.rule))))
    }

    /// How long a guardrail gives for an answer.
    fn patience(&self, rule: RuleId) -> Span {
        let within = |step: &Step| if let Step::Review { within, .. } = step { Some(*within) } else { None };
        self.plan.rule(rule).then.iter().find_map(|action| within(&action.step)).unwrap_or(Span::ZERO)
    }

    /// What the next in line is told: to look themselves, or, the last, that nobody did.
    fn overdue(&self, review: &Review, goes_on: bool) -> String {
        let rule = self.plan.rule(review.rule);
        let urgency = if goes_on {
            format!("{}, review within {}", rule.severity.name(), self.patience(review.rule))
        } else {
            urgency(self.plan, rule.severity)
        };
        let who = review.by.as_deref().unwrap_or("anybody");
        format!("{urgency}: {who} was asked and did not look: {}", rule.cause())
    }
}

//! Everything that people read about a rollout, in one place and in one voice.

mod hold;
mod name;

pub use hold::fired;

use crate::{
    calendar::Day,
    condition::Bound,
    event::{Breached, Cause, Event, Holder, Outcome, PauseReason, Seen, Wish},
    evidence::{Figure, Frozen, Gap, Verdict, judge},
    levels::{AlarmState, Ringing},
    plan::{Back, Consent, DRILL_LASTS, Kind, Plan, Rule, Severity, Step},
    rollout::{Phase, Rollout, Standing},
    target::Halt,
    time::Span,
    units::{BudgetId, ConditionId, Decimal, Money, Share, StageIndex},
};
use std::cmp::Ordering;

/// An amount in the unit in which people think of it.
pub fn amount(kind: Kind, value: Decimal) -> String {
    let scaled = |units: &[(i64, &str)]| {
        let fits = |size: &i64| Decimal::whole(*size) <= value.abs();
        let (size, unit) =
            units.iter().find(|(size, _)| fits(size)).or(units.last()).copied().unwrap_or((1, ""));
        let shown = value.over(Decimal::whole(size)).unwrap_or(value);
        format!("{}{unit}", figures(shown))
    };
    match kind {
        Kind::Percent => format!("{}%", figures(value)),
        Kind::Duration => scaled(&[(86_400_000, "d"), (3_600_000, "h"), (1_000, "s"), (1, "ms")]),
        Kind::Bytes => scaled(&[(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB"), (1, "B")]),
        Kind::Money => format!("${}", figures(value)),
        Kind::Count if Decimal::whole(10) <= value.abs() => value.rounded(0).to_string(),
        Kind::Count | Kind::Number => figures(value).to_string(),
    }
}

/// About three telling digits.
fn figures(value: Decimal) -> Decimal {
    // In millionths, so that no fraction needs a literal of its own.
    let steps = [(100_000_000, 1), (1_000_000, 2), (100_000, 3)];
    let is_at_least = |least: &i128| Decimal::from_nanos(least * 1_000) <= value.abs();
    let places = steps.into_iter().find(|(least, _)| is_at_least(least)).map_or(4, |(_, places)| places);
    value.rounded(places)
}

/// `error_rate 3.2% (limit 2%, 1200 samples, endpoint e7)`.
pub fn figure(plan: &Plan, id: ConditionId, figure: &Figure) -> String {
    let condition = plan.condition(id);
    let metric = plan.metric(condition.metric);
    let member = condition.spread.zip(figure.member).and_then(|(spread, member)| {
        let dimension = plan.dimension(spread.dimension);
        dimension.members.get(usize::from(member)).map(|member| format!("{} {member}", dimension.name))
    });
    let per = if let Bound::Rate { per, .. } = condition.bound { each(per) } else { "" };
    let from = match condition.bound {
        Bound::WithinShare(_) | Bound::WithinAmount(_) => " from the baseline",
        Bound::Constant(_)
        | Bound::Rate { .. }
        | Bound::Offset(_)
        | Bound::Factor(_)
        | Bound::Mean { .. } => "",
    };
    let mut more = vec![];
    if let Some(limit) = figure.limit {
        // What looks the same once it is rounded is not.
        let near = figure.value.filter(|value| amount(metric.kind, *value) == amount(metric.kind, limit));
        let side = match near.map(|value| value.cmp(&limit)) {
            Some(Ordering::Greater) => "just above the ",
            Some(Ordering::Less) => "just below the ",
            Some(Ordering::Equal) | None => "",
        };
        more.push(format!("{side}limit {}{per}", amount(metric.kind, limit)));
    }
    more.extend(
        figure.samples.filter(|_| condition.samples.is_some()).map(|count| format!("{count} samples")),
    );
    more.extend(member);
    let what = if condition.growth { " growth" } else { "" };
    let value = match (figure.value, figure.gap) {
        (Some(value), _) => format!("{}{per}{from}", amount(metric.kind, value)),
        (None, Some(gap)) => format!("not known: {gap}"),
        (None, None) => "not known".to_owned(),
    };
    let more = if more.is_empty() { String::new() } else { format!(" ({})", more.join(", ")) };
    format!("{}{what} {value}{more}", metric.name)
}

/// The times in which a plan may say how fast something grows.
fn each(per: Span) -> &'static str {
    let known = [(Span::minutes(1), "/min"), (Span::hours(1), "/hour"), (Span::days(1), "/day")];
    known.into_iter().find(|(span, _)| *span == per).map_or("", |(_, word)| word)
}

/// What a guardrail saw: what people are told of it.
pub fn breach(plan: &Plan, rule: &Rule, on: &[Seen], ringing: Option<&Ringing>) -> String {
    let on_these: Vec<ConditionId> = on.iter().map(|seen| seen.condition).collect();
    format!("{}{}", set_off_by(plan, rule, &on_these), saw(plan, on, ringing))
}

/// What set a guardrail off: of a list of conditions, those that were true.
fn set_off_by(plan: &Plan, rule: &Rule, on: &[ConditionId]) -> String {
    let those: Vec<&str> = on.iter().map(|id| plan.condition(*id).text.as_str()).collect();
    if those.is_empty() { rule.cause().to_owned() } else { those.join(" and ") }
}

fn breached(plan: &Plan, Breached { rule, on }: &Breached) -> String {
    format!("guardrail: {}", set_off_by(plan, plan.rule(*rule), on))
}

fn saw(plan: &Plan, on: &[Seen], ringing: Option<&Ringing>) -> String {
    match ringing {
        Some(ringing) => format!(": rings since {}", ringing.since),
        None if on.is_empty() => String::new(),
        None => format!(": {}", seen(plan, on)),
    }
}

/// How bad something is, and how fast the plan wants it answered: `P1, respond within 1h`.
pub fn urgency(plan: &Plan, severity: Severity) -> String {
    let name = severity.name();
    match plan.respond.get(&severity) {
        None => name.to_owned(),
        Some(&Span::ZERO) => format!("{name}, respond now"),
        Some(within) => format!("{name}, respond within {within}"),
    }
}

fn seen(plan: &Plan, on: &[Seen]) -> String {
    let shown: Vec<String> = on.iter().map(|seen| figure(plan, seen.condition, &seen.figure)).collect();
    shown.join("; ")
}

/// What was spent under a budget on a day, and the line that it has crossed.
pub fn crossed(plan: &Plan, id: BudgetId, day: Day, spent: Money, capped: bool) -> String {
    let budget = plan.budget(id);
    let money = |money: Money| amount(Kind::Money, money.dollars());
    let is_below = spent < budget.cap;
    let (name, spent, cap) = (&budget.name, money(spent), money(budget.cap));
    if !capped {
        let warn = money(budget.warn.unwrap_or(budget.cap));
        return format!("{name}: {spent} of {cap} spent on {day}, told from {warn} on");
    }
    let refused = if is_below { ", which leaves too little for what was asked" } else { "" };
    format!("{name}: {spent} spent on {day}, and the cap is {cap}{refused}")
}

/// Figures of a baseline, by member where there are members.
fn kept(plan: &Plan, frozen: &[Frozen]) -> String {
    let one = |frozen: &Frozen| {
        let metric = plan.metric(frozen.metric);
        let member = frozen.member.and_then(|(of, at)| plan.dimension(of).members.get(usize::from(at)));
        let member = member.map_or(String::new(), |member| format!(" of {member}"));
        format!("{}{member} {}", metric.name, amount(metric.kind, frozen.value))
    };
    frozen.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn consents(needs: &[Consent]) -> String {
    let one = |need: &Consent| match need.count {
        1 => need.role.clone(),
        count => format!("{count} of {}", need.role),
    };
    needs.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn stage(plan: &Plan, index: StageIndex) -> String {
    stage_at(plan, index, plan.stage(index).share)
}

/// A stage at a share that a partial rollback may have left between two stages.
fn stage_at(plan: &Plan, index: StageIndex, share: Share) -> String {
    format!("{} ({})", plan.stage(index).name, exposed(share.percent(), &plan.cohorts_of(index)))
}

/// Who is exposed, for people: `10%`, `testers`, `5% + testers + beta`.
pub fn exposed<S: AsRef<str>>(percent: Decimal, cohorts: &[S]) -> String {
    let sample = (percent > Decimal::ZERO || cohorts.is_empty()).then(|| format!("{percent}%"));
    let cohorts = cohorts.iter().map(|name| name.as_ref().to_owned());
    sample.into_iter().chain(cohorts).collect::<Vec<_>>().join(" + ")
}

/// An action as the plan writes it.
fn step(step: &Step) -> String {
    match step {
        Step::RollBack(to) => back(*to),
        Step::Pause => "pause".to_owned(),
        Step::Page(to) => format!("page {to}"),
        Step::Alert(to) => format!("alert {to}"),
        Step::Disable(feature) => format!("disable {feature}"),
        Step::Review { by: Some(by), within } => format!("review by {by} within {within}"),
        Step::Review { by: None, within } => format!("review within {within}"),
    }
}

fn back(back: Back) -> String {
    match back {
        Back::Full => "roll back".to_owned(),
        Back::Previous => "roll back to previous".to_owned(),
        Back::To(share) => format!("roll back to {share}"),
        Back::Stage(_) => "roll back to a stage".to_owned(),
    }
}

fn with_note(text: String, note: &Option<String>) -> String {
    match note {
        Some(note) => format!("{text}: {}", one_line(note)),
        None => text,
    }
}

/// What people say in several lines must not look like several lines of a log.
pub fn one_line(said: &str) -> String {
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<String> = said.lines().map(words).filter(|line| !line.is_empty()).collect();
    lines.join(" / ")
}

impl Cause {
    /// For people.
    pub fn words(&self, plan: &Plan) -> String {
        match self {
            Cause::Rule(rule) => breached(plan, rule),
            Cause::Late if plan.drill => format!("nobody set it off within {DRILL_LASTS}"),
            Cause::Late => "the stage was late".to_owned(),
            Cause::Person(who) => format!("asked by {who}"),
            Cause::StopLine(by) => format!("stop line pulled by {by}"),
            Cause::Halt(why) => format!("halted in the target: {why}"),
            Cause::NotApplied(within) => format!("the raise was not in effect within {within}"),
        }
    }
}

impl Outcome {
    /// For people.
    pub fn words(&self, plan: &Plan) -> String {
        match self {
            Outcome::Completed => "completed".to_owned(),
            Outcome::RolledBack(cause) => format!("rolled back ({})", cause.words(plan)),
            Outcome::Refused(why) => format!("refused: {why}"),
            Outcome::Abandoned(why) => format!("abandoned: {why}"),
        }
    }

    /// One word, for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Completed => "completed",
            Outcome::RolledBack(_) => "rolled-back",
            Outcome::Refused(_) => "refused",
            Outcome::Abandoned(_) => "abandoned",
        }
    }
}

impl PauseReason {
    /// For people.
    pub fn words(&self, plan: &Plan) -> String {
        match self {
            PauseReason::Person(who) => format!("asked by {who}"),
            PauseReason::Rule(rule) => breached(plan, rule),
            PauseReason::NotKnownAgain(rule) => {
                format!("could not be judged again in time: {}", plan.rule(*rule).cause())
            }
            PauseReason::RolledBackTo(at, share) => format!("rolled back to {}", stage_at(plan, *at, *share)),
            PauseReason::Late => "the stage is late".to_owned(),
            PauseReason::Rejected { by, note } => with_note(format!("{by} refused"), note),
            PauseReason::Unanswered(rule) => {
                format!("nobody answered the review: {}", plan.rule(*rule).cause())
            }
            PauseReason::Drift if plan.targets.iter().any(|target| target.alias.is_some()) => {
                "somebody else changed a target; resuming writes over its variables, takes no alias from anybody, and publishes nothing that they changed"
                    .to_owned()
            }
            PauseReason::Drift => "somebody else changed a target; resuming writes over it".to_owned(),
            PauseReason::NewCode => "other code runs behind the exposure".to_owned(),
            PauseReason::StopLine => "the stop line was pulled while it was rising".to_owned(),
        }
    }
}

impl Event {
    /// What happened and why, for people.
    pub fn words(&self, plan: &Plan) -> String {
        let function = |target| plan.target(target).map_or("a target", |target| target.function.as_str());
        match self {
            Event::Started { note, after, despite, passed_over, drill, .. } => {
                let what = if *drill { "a drill" } else { "a rollout" };
                let mut words = format!("{what} of {}", plan.name);
                if let Some(after) = after {
                    words += &format!(", after {after}, which was taken back");
                }
                for (alarm, since) in despite {
                    words += &format!(", despite alarm {alarm}, which rings since {since}");
                }
                if !passed_over.is_empty() {
                    words += &format!(", passing over: {}", passed_over.join("; "));
                }
                with_note(words, note)
            }
            Event::Captured { target, captured } => {
                let set = captured.before.values().filter(|value| value.is_some()).count();
                format!(
                    "{} is read: {set} of {} managed variables are set",
                    function(*target),
                    captured.before.len()
                )
            }
            Event::Ready => "every target is read".to_owned(),
            Event::Refused { why } => why.clone(),
            Event::Measured { frozen } => format!("kept to compare with: {}", kept(plan, frozen)),
            Event::Asked { next, needs, on } => {
                let what = next.map_or("complete".to_owned(), |next| format!("enter {}", stage(plan, next)));
                let on = if on.is_empty() { String::new() } else { format!(" on {}", seen(plan, on)) };
                format!("may it {what}? asked: {}{on}", consents(needs))
            }
            Event::AskWithdrawn { why } => format!("the question no longer stands: {why}"),
            Event::Approved { roles, note, .. } => with_note(format!("as {}", roles.join(" or ")), note),
            Event::Rejected { note, .. } => with_note("consent is refused".to_owned(), note),
            Event::Ticked { text, note, .. } => with_note(text.clone(), note),
            Event::Reported { name, value, samples, note } => {
                let of = samples.map_or(String::new(), |samples| format!(" of {samples} samples"));
                let metric = plan.metrics.iter().find(|metric| metric.source.is_reported_as(name));
                let value = metric.map_or(value.to_string(), |metric| amount(metric.kind, *value));
                with_note(format!("{name} is {value}{of}"), note)
            }
            Event::Signaled { name, reporter, note } => {
                let from = reporter.as_ref().map_or(String::new(), |reporter| format!(" from {reporter}"));
                with_note(format!("{name}{from}"), note)
            }
            Event::Checked { check, passed, detail, .. } => {
                let verb = if *passed { "passed" } else { "failed" };
                format!("{} {verb}: {detail}", plan.check(*check).name)
            }
            Event::Skipped { stage: skipped } => format!("{} is passed over", stage(plan, *skipped)),
            Event::Requested { request, note } => with_note(wish(plan, request), note),
            Event::RequestDropped { why } => why.clone(),
            Event::Promoted { to, on, frozen, forced, .. } => {
                let kept = if frozen.is_empty() {
                    String::new()
                } else {
                    format!("; the baseline is kept as it was: {}", kept(plan, frozen))
                };
                let on = if on.is_empty() { String::new() } else { format!(" on {}", seen(plan, on)) };
                let forced = if forced.is_empty() {
                    String::new()
                } else {
                    format!("; forced past: {}", forced.join("; "))
                };
                format!("to {}{on}{kept}{forced}", stage(plan, *to))
            }
            Event::Applied { generation, .. } => format!("generation {generation} is in effect"),
            Event::Released { target, released } => {
                format!("callers of {} run version {}", function(*target), released.version)
            }
            Event::CodeChanged { target, code } => {
                format!("{} runs other code now ({code}): the bake starts anew", function(*target))
            }
            Event::Fired { rule, dry_run, on, ringing, .. } => {
                let dry = if *dry_run { "dry run: " } else { "" };
                let rule = plan.rule(*rule);
                let those: Vec<ConditionId> = on.iter().map(|seen| seen.condition).collect();
                let cause = set_off_by(plan, rule, &those);
                let then = rule.text.strip_prefix(rule.cause()).unwrap_or_default();
                format!("{dry}{cause}{then}{}", saw(plan, on, ringing.as_ref()))
            }
            Event::Crossed { budget, day, spent, capped } => crossed(plan, *budget, *day, *spent, *capped),
            Event::Cleared { rule, on } => format!("false again: {}", set_off_by(plan, plan.rule(*rule), on)),
            Event::Deferred { rule, action, due } => {
                let rule = plan.rule(*rule);
                let waits =
                    rule.then.get(usize::from(*action)).map_or("it".to_owned(), |action| step(&action.step));
                format!("{waits} waits until {due}, if it is still so then: {}", rule.cause())
            }
            Event::DeferralEnded { rule, still_true, .. } => {
                let now = match still_true {
                    Some(true) => "still true",
                    Some(false) => "no longer true",
                    None => "not known",
                };
                format!("{now}: {}", plan.rule(*rule).cause())
            }
            Event::ReviewAsked { by, due, .. } => {
                format!("{} is asked to look until {due}", by.as_deref().unwrap_or("anybody"))
            }
            Event::Reviewed { note, .. } => with_note("looked at".to_owned(), note),
            Event::Notified { level, to, what } => format!("{} {to}: {what}", level.name()),
            Event::Paused { why } => why.words(plan),
            Event::Resumed { note } => with_note("it goes on".to_owned(), note),
            Event::Written { generation } => {
                format!("generation {generation} is written, and not read back yet")
            }
            Event::Lowering { to, asked, cause, .. } => {
                let to = match to {
                    Some((at, share)) => {
                        let exposed = exposed(share.percent(), &plan.cohorts_of(*at));
                        format!("{} at {exposed}", plan.stage(*at).name)
                    }
                    None => "what was there before".to_owned(),
                };
                let how = match asked {
                    Back::Full | Back::Stage(_) => format!("back to {to}"),
                    Back::Previous | Back::To(_) => format!("{}, that is to {to}", back(*asked)),
                };
                format!("{how}: {}", cause.words(plan))
            }
            Event::Disabled { name, holder, note } => {
                with_note(format!("{name} is off, held by {}", holder.words(plan)), note)
            }
            Event::Enabled { name, holder } => {
                format!("{name} is no longer held off by {}", holder.words(plan))
            }
            Event::Late { waits_for } => format!("later than planned: {waits_for}"),
            Event::Stopped { by } => format!("the stop line is pulled by {by}: nothing rises"),
            Event::StopLifted => "the stop line is gone".to_owned(),
            Event::Halted { target, halt } => {
                let at =
                    if let Halt::Alarm { at, .. } = halt { format!(", written {at}") } else { String::new() };
                format!("{} says what it said before: {halt}{at}", function(*target))
            }
            Event::Drifted { target, what } => {
                format!("{} was changed by somebody else: {what}", function(*target))
            }
            Event::Blocked { why: Some(why) } => why.clone(),
            Event::Blocked { why: None } => "no longer: every target can be read and written".to_owned(),
            Event::Unverified { since } => format!("CRITICAL: not verified since {since}"),
            Event::Acknowledged { note } => {
                with_note("known: nobody is called again for it".to_owned(), note)
            }
            Event::BudgetClosed { budget, note } => {
                let name = &plan.budget(*budget).name;
                with_note(format!("nothing more is held under {name}, or counted"), note)
            }
            Event::Closing { outcome, .. } => format!("to end as {}", outcome.name()),
            Event::Ended { outcome } => outcome.words(plan),
            Event::Abandoning { why } => why.clone(),
        }
    }
}

fn wish(plan: &Plan, wish: &Wish) -> String {
    match wish {
        Wish::Promote { to, force } => {
            let to = to.map_or("the next stage".to_owned(), |to| stage(plan, to));
            format!("{}to {to}", if *force { "by force " } else { "" })
        }
        Wish::Complete => "to complete".to_owned(),
        Wish::Pause { note } => with_note("to pause as soon as every target is read".to_owned(), note),
        Wish::Enable { feature } => format!("to give {feature} back"),
    }
}

impl AlarmState {
    /// For people.
    pub fn words(&self) -> String {
        match self {
            AlarmState::Quiet => "it is quiet".to_owned(),
            AlarmState::Ringing(ringing) => format!("it rings since {}", ringing.since),
            AlarmState::Insufficient => "it has too little data".to_owned(),
            AlarmState::Missing => Gap::NoAlarm.to_string(),
            AlarmState::Forbidden => Gap::Forbidden.to_string(),
            AlarmState::Failing => Gap::Failing.to_string(),
        }
    }
}

impl Holder {
    /// For people.
    pub fn words(&self, plan: &Plan) -> String {
        match self {
            Holder::Person => "a person".to_owned(),
            Holder::Rule(rule) => format!("guardrail: {}", plan.rule(*rule).cause()),
            Holder::Cap(budget, day) => format!("the cap of {} for {day}", plan.budget(*budget).name),
        }
    }
}

impl Rollout {
    /// The share that is wanted now: what a reader of a log means by «percent».
    pub fn share(&self) -> Share {
        self.place().map_or(Share::NONE, |standing| standing.share)
    }

    /// Where it is, also when it is over or given up.
    pub fn place(&self) -> Option<Standing> {
        match self.phase {
            Phase::Over { standing, .. } | Phase::Abandoning { standing, .. } => standing,
            Phase::Starting
            | Phase::Waiting { .. }
            | Phase::Advancing { .. }
            | Phase::Baking { .. }
            | Phase::Paused { .. }
            | Phase::Lowering { .. }
            | Phase::Closing { .. } => self.standing(),
        }
    }
}

/// A gate or guardrail as it stands, for people and programs.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Judged {
    /// As the plan writes it.
    pub text: String,
    /// `true`, `false` or `not known`.
    pub verdict: String,
    /// What was seen.
    pub figure: String,
}

/// A condition with its figure and verdict, for people.
pub fn judged(plan: &Plan, id: ConditionId, seen: Option<&Figure>) -> Judged {
    let verdict =
        seen.map_or(Verdict::NotKnown(Gap::NoData), |figure| judge(plan.condition(id).relation, figure));
    Judged {
        text: plan.condition(id).text.clone(),
        verdict: match verdict {
            Verdict::True => "true".to_owned(),
            Verdict::False => "false".to_owned(),
            Verdict::NotKnown(_) => "not known".to_owned(),
        },
        figure: seen.map_or("not measured yet".to_owned(), |seen| figure(plan, id, seen)),
    }
}

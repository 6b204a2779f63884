//! Finds the names of a story in a plan.

use super::{Happening, Moment, Plot, Scene, Script};
use crate::{
    lab::{
        breach::{breaches, leaks},
        money::Outlay,
        nearest,
        story::{self, Act, Amount, Deed, Habit, Line, Misread, Shows, Story, Touch, Unit, What},
        traffic::Traffic,
        twist::{Change, Trouble, Twist, Who},
        world::{Member, Sight, metrics},
    },
    people::REPORTER,
};
use rollout::{
    plan::{Budget, Kind, Metric, Plan, Source, When},
    time::{Span, Timestamp},
    units::{DimensionId, MetricId, Money, StageIndex},
};
use std::collections::BTreeSet;

/// What is wrong, and what would be right.
type Wrong = (String, String);

pub(super) fn script(
    story: &Story,
    plan: &Plan,
    traffic: &Traffic,
    start: Timestamp,
) -> Result<Script, Vec<Misread>> {
    let world = traffic.world();
    let mut script = Script {
        scenes: Vec::new(),
        breaches: breaches(plan, world),
        leaks: leaks(plan, world),
        told: BTreeSet::new(),
    };
    let mut wrong = Vec::new();
    for line in &story.lines {
        let found = moment(plan, line).and_then(|moment| {
            let plots = plots(plan, traffic, &script, line)?;
            Ok((moment, plots))
        });
        match found {
            Ok((moment, plots)) => {
                script
                    .scenes
                    .extend(plots.into_iter().map(|(what, every)| scene(line, moment, every, what, start)));
            }
            Err((what, help)) => wrong.push(Misread { line: line.number, what, help }),
        }
    }
    if wrong.is_empty() { Ok(script) } else { Err(wrong) }
}

fn scene(line: &Line, moment: Moment, every: Option<Span>, what: Plot, start: Timestamp) -> Scene {
    let plus = line.when.plus;
    let first = start.after(plus).after(every.unwrap_or(Span::ZERO));
    let next = matches!(moment, Moment::Start).then_some(first);
    Scene { next, moment, plus, every, lasts: line.lasts, what, is_over: false }
}

fn moment(plan: &Plan, line: &Line) -> Result<Moment, Wrong> {
    match &line.when.moment {
        story::Moment::Start => Ok(Moment::Start),
        story::Moment::Exposure => Ok(Moment::Exposure),
        story::Moment::Share(share) => Ok(Moment::Share(*share)),
        story::Moment::Stage(name) => stage(plan, name).map(Moment::Stage),
    }
}

/// What a line comes to, each with how often it comes again.
fn plots(
    plan: &Plan,
    traffic: &Traffic,
    script: &Script,
    line: &Line,
) -> Result<Vec<(Plot, Option<Span>)>, Wrong> {
    let unbreakable = || {
        let help = "give it a rule about a metric that is measured".to_owned();
        Err(("the plan has no guardrail that the lab could set off".to_owned(), help))
    };
    let every = line.when.every;
    if matches!(line.what, What::Breach) {
        return if script.breaches.is_empty() { unbreakable() } else { Ok(vec![(Plot::Breach, every)]) };
    }
    if matches!(line.what, What::Leak) {
        return if script.leaks.is_empty() { unbreakable() } else { Ok(vec![(Plot::Leak, every)]) };
    }
    if matches!(line.what, What::Habit(Habit::Report)) {
        return Ok(reports(traffic));
    }
    let all = happenings(plan, traffic, &line.what)?;
    let is_once = |what: &Happening| matches!(what, Happening::Spend { outlay: Outlay::UpTo(_), .. });
    if line.lasts.is_some() && all.iter().any(is_once) {
        let help = "leave `for` out, or write `grows $1/hour`".to_owned();
        return Err(("this does not last: it is spent at once".to_owned(), help));
    }
    Ok(all.into_iter().map(|what| (Plot::Certain(what), every)).collect())
}

/// Each figure is reported at once, and again before it is stale.
fn reports(traffic: &Traffic) -> Vec<(Plot, Option<Span>)> {
    let of = |report: &crate::lab::world::Report| {
        let deed = Deed::Report { name: report.name.clone(), value: report.value, samples: report.samples };
        let act = Act { by: REPORTER.to_owned(), deed, note: None };
        let again = Span::millis((report.max_age.as_millis() / 2).max(60_000));
        [(Plot::Routine(act.clone()), None), (Plot::Routine(act), Some(again))]
    };
    traffic.reports().iter().flat_map(of).collect()
}

fn happenings(plan: &Plan, traffic: &Traffic, what: &What) -> Result<Vec<Happening>, Wrong> {
    let trouble = |trouble| Happening::Twist(Twist::Trouble(trouble));
    if let What::Figure { metric: name, member, who, change } = what
        && let Ok((_, metric)) = metric(plan, name)
        && let Source::Budget(budget) = metric.source
    {
        let outlay = outlay(name, *change)?;
        if member.is_some() || *who != Who::Both {
            let what = format!("`{name}` is spent by everybody who is exposed");
            return Err((what, format!("write `{name} $12` or `{name} 3x`")));
        }
        return Ok(vec![Happening::Spend { budget, outlay }]);
    }
    let one = match what {
        What::Breach | What::Leak => return Ok(Vec::new()),
        What::Habit(habit) => Happening::Habit(*habit),
        What::Requests(rate) => Happening::Twist(Twist::Requests(rate.to_f64())),
        What::Figure { metric, member, who, change } => {
            let (metric, change) = figure(plan, traffic, metric, *change)?;
            let member = member.as_ref().map(|member| self::member(plan, metric, member)).transpose()?;
            Happening::Twist(Twist::Figure { metric, member, who: *who, change })
        }
        What::NoData(metric) => {
            let metric = metric.as_ref().map(|name| self::metric(plan, name)).transpose()?;
            if metric.is_some_and(|(_, metric)| matches!(metric.source, Source::Budget(_))) {
                let what = "money is counted: where there is no record, nothing was spent".to_owned();
                return Err((what, "write `budgets unreadable`".to_owned()));
            }
            trouble(Trouble::NoData(metric.map(|(id, _)| id)))
        }
        What::Partial => trouble(Trouble::Partial),
        What::Forbidden => trouble(Trouble::Forbidden),
        What::Failing => trouble(Trouble::Failing),
        What::Late(by) => trouble(Trouble::Late(*by)),
        What::DoorsDown => Happening::DoorsDown,
        What::End => Happening::End,
        What::Alarm { name, sound } => Happening::Alarm { name: alarm(plan, name)?, sound: *sound },
        What::BudgetsUnreadable => Happening::BudgetsHidden,
        What::Check { name, passes } => return checks(plan, name.as_deref(), *passes),
        What::Touch { function, touch } => return touches(plan, function.as_deref(), touch),
        What::Act(act) => Happening::Act(deed(plan, act)?),
    };
    Ok(vec![one])
}

fn unknown<'a>(noun: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Wrong {
    let known: Vec<&str> = known.collect();
    (format!("unknown {noun} `{name}`"), nearest::help(name, &known))
}

fn stage(plan: &Plan, name: &str) -> Result<StageIndex, Wrong> {
    let stages = || plan.stages.iter().map(|stage| stage.name.as_str());
    plan.stage_named(name).ok_or_else(|| unknown("stage", name, stages()))
}

fn metric<'a>(plan: &'a Plan, name: &str) -> Result<(MetricId, &'a Metric), Wrong> {
    let found = metrics(plan).find(|(_, metric)| metric.name == name);
    found.ok_or_else(|| unknown("metric", name, plan.metrics.iter().map(|metric| metric.name.as_str())))
}

/// How the money of a budget is spent.
fn outlay(name: &str, shows: Shows) -> Result<Outlay, Wrong> {
    let help = || format!("write `{name} $12`, `{name} 3x`, `{name} grows $1/hour` or `{name} recovers`");
    let money = |amount: Amount| {
        let money = Money::from_dollars(amount.value).filter(|_| amount.unit == Unit::Money);
        money.ok_or_else(|| (format!("that is no amount of `{name}`"), help()))
    };
    match shows {
        Shows::To(amount) => money(amount).map(Outlay::UpTo),
        Shows::Times(factor) => Ok(Outlay::Times(factor)),
        Shows::Grows { by, per } => Ok(Outlay::Each(money(by)?, per)),
        Shows::Well => Ok(Outlay::Well),
        Shows::NotANumber => Err((format!("`{name}` is counted, never NaN"), help())),
    }
}

/// An alarm of the plan; `any` is the first.
fn alarm(plan: &Plan, name: &str) -> Result<String, Wrong> {
    let known: Vec<&str> = plan.rules.iter().filter_map(|rule| rule.when.alarm()).collect();
    let found = known.iter().find(|known| **known == name || name == "any");
    found.map(|name| (*name).to_owned()).ok_or_else(|| unknown("alarm", name, known.iter().copied()))
}

fn figure(plan: &Plan, traffic: &Traffic, name: &str, shows: Shows) -> Result<(MetricId, Change), Wrong> {
    let (id, metric) = metric(plan, name)?;
    if let Some(Budget { name: budget, .. }) = plan.metered_by(name) {
        let what = format!("`{name}` shows what is spent under `{budget}`");
        return Err((what, format!("write `{budget} $12` or `{budget} 3x`")));
    }
    match traffic.world().sight(id) {
        Sight::Shows(_) => {}
        Sight::Told => {
            let what = format!("`{name}` is not measured: people tell it");
            return Err((what, "write `report FIGURE 4.3 by NAME` or `signal NAME by NAME`".to_owned()));
        }
        Sight::Counts(_) => {
            let what = format!("`{name}` counts what a ratio or the traffic is made of");
            return Err((what, "tell the ratio, or `traffic 600/min`".to_owned()));
        }
    }
    let fits = |amount: Amount| {
        let unit = match metric.kind {
            Kind::Percent => Unit::Percent,
            Kind::Duration => Unit::Duration,
            Kind::Bytes => Unit::Bytes,
            Kind::Money => Unit::Money,
            Kind::Count | Kind::Number => Unit::Bare,
        };
        let help = || format!("its values are in {}", metric.unit);
        let what = || format!("that is no amount of `{name}`");
        if amount.unit == unit { Ok(amount.value.to_f64()) } else { Err((what(), help())) }
    };
    let change = match shows {
        Shows::To(amount) => Change::To(fits(amount)?),
        Shows::Times(factor) => Change::Times(factor.to_f64()),
        Shows::Grows { by, per } => Change::Grows { by: fits(by)?, per },
        Shows::Well => Change::Well,
        Shows::NotANumber => Change::NotANumber,
    };
    Ok((id, change))
}

fn member(plan: &Plan, metric: MetricId, (dimension, member): &(String, String)) -> Result<Member, Wrong> {
    let known = (0u16..).map(DimensionId).zip(&plan.dimensions).find(|(_, known)| known.name == *dimension);
    let names = || plan.dimensions.iter().map(|known| known.name.as_str());
    let (id, known) = known.ok_or_else(|| unknown("dimension", dimension, names()))?;
    let place = (0u16..).zip(&known.members).find(|(_, known)| *known == member).map(|(place, _)| place);
    let members = || known.members.iter().map(String::as_str);
    let place = place.ok_or_else(|| unknown("member", member, members()))?;
    let of_metric = crate::lab::world::lookups(&plan.metric(metric).source);
    if of_metric.iter().any(|lookup| lookup.members.contains_key(&id)) {
        return Ok((id, place));
    }
    let what = format!("`{}` is not measured by {dimension}", plan.metric(metric).name);
    Err((what, format!("no condition judges it `for any {dimension}`: leave `{dimension}={member}` out")))
}

fn checks(plan: &Plan, name: Option<&str>, passes: bool) -> Result<Vec<Happening>, Wrong> {
    let names = || plan.checks.iter().map(|check| check.name.as_str());
    if let Some(name) = name.filter(|name| !names().any(|known| known == *name)) {
        return Err(unknown("check", name, names()));
    }
    let meant = names().filter(|known| name.is_none_or(|name| name == *known));
    Ok(meant.map(|name| Happening::Check { name: name.to_owned(), passes }).collect())
}

/// Without a name: a variable is touched where the plan sets it, else in the first target; anything else everywhere.
fn touches(plan: &Plan, function: Option<&str>, touch: &Touch) -> Result<Vec<Happening>, Wrong> {
    let names = || plan.targets.iter().map(|target| target.function.as_str());
    let meant: Vec<&str> = match (function, touch) {
        (Some(name), _) if names().any(|known| known == name) => vec![name],
        (Some(name), _) => return Err(unknown("function", name, names())),
        (None, Touch::Edit { variable, .. } | Touch::Unset(variable)) => {
            let sets = plan.targets.iter().filter(|target| target.set.contains_key(variable));
            let sets: Vec<&str> = sets.map(|target| target.function.as_str()).collect();
            if sets.is_empty() { names().take(1).collect() } else { sets }
        }
        (None, Touch::Point { alias, .. }) => {
            let has = |target: &&rollout::plan::Target| target.alias.as_ref() == Some(alias);
            let found: Vec<&str> =
                plan.targets.iter().filter(has).map(|target| target.function.as_str()).collect();
            if found.is_empty() {
                let known = plan.targets.iter().filter_map(|target| target.alias.as_deref());
                return Err(unknown("alias", alias, known));
            }
            found
        }
        (None, Touch::Deploy(_) | Touch::Refuse(_)) => names().collect(),
    };
    let touch = |function: &str| Happening::Touch { function: function.to_owned(), touch: touch.clone() };
    Ok(meant.into_iter().map(touch).collect())
}

fn deed(plan: &Plan, act: &Act) -> Result<Act, Wrong> {
    let deed = match &act.deed {
        Deed::Signal { name, from } => Deed::Signal { name: signal(plan, name)?, from: from.clone() },
        Deed::Report { name, value, samples } => {
            Deed::Report { name: reported(plan, name)?, value: *value, samples: *samples }
        }
        Deed::Skip(name) => stage(plan, name).map(|_| act.deed.clone())?,
        Deed::Disable(name) | Deed::Enable(name) if !plan.switches().any(|known| known == name) => {
            return Err(unknown("feature or cohort", name, plan.switches()));
        }
        Deed::CloseBudget(name) if plan.budget_named(name).is_none() => {
            return Err(unknown("budget", name, plan.budgets.iter().map(|budget| budget.name.as_str())));
        }
        Deed::RollBack { to: Some(to) } if to != "previous" && !to.ends_with('%') => {
            stage(plan, to).map(|_| act.deed.clone())?
        }
        Deed::Disable(_) | Deed::Enable(_) | Deed::Tick(_) | Deed::RollBack { .. } => act.deed.clone(),
        Deed::Approve | Deed::Reject | Deed::Review | Deed::Pause | Deed::Resume => act.deed.clone(),
        Deed::Promote { .. } | Deed::Complete | Deed::Acknowledge | Deed::Abandon => act.deed.clone(),
        Deed::Stop { .. } | Deed::Go | Deed::Halt | Deed::CloseBudget(_) => act.deed.clone(),
    };
    Ok(Act { deed, ..act.clone() })
}

fn signal(plan: &Plan, name: &str) -> Result<String, Wrong> {
    let rules = plan.rules.iter().filter_map(|rule| match &rule.when {
        When::Signal(name) => Some(name.as_str()),
        When::Any(_) | When::Alarm { .. } | When::Drift => None,
    });
    let metrics = plan.metrics.iter().filter_map(|metric| match &metric.source {
        Source::Signal(name) => Some(name.as_str()),
        Source::Ratio { .. }
        | Source::Average { .. }
        | Source::Series { .. }
        | Source::Reported { .. }
        | Source::Budget(_) => None,
    });
    let known: Vec<&str> = rules.chain(metrics).collect();
    let found = known.iter().find(|known| **known == name || name == "any");
    found.map(|name| (*name).to_owned()).ok_or_else(|| unknown("signal", name, known.iter().copied()))
}

/// A figure goes by its own name or by that of the metric.
fn reported(plan: &Plan, name: &str) -> Result<String, Wrong> {
    let figures = || {
        plan.metrics.iter().filter_map(|metric| match &metric.source {
            Source::Reported { name, .. } => Some((metric.name.as_str(), name.as_str())),
            Source::Ratio { .. }
            | Source::Average { .. }
            | Source::Series { .. }
            | Source::Signal(_)
            | Source::Budget(_) => None,
        })
    };
    let found = figures().find(|(metric, figure)| *metric == name || *figure == name);
    found
        .map(|(_, figure)| figure.to_owned())
        .ok_or_else(|| unknown("figure", name, figures().map(|(metric, _)| metric)))
}

//! What a line of a story says.

use super::{
    Act, Deed, Habit, Shows, Touch, What,
    tokens::{Words, Wrong, amount, rate},
};
use crate::lab::{alarms::Sound, functions::Fault, twist::Who};
use rollout::{time::Span, units::Decimal};

/// Reads what happens. The words for the world and for people come first; anything else is the name of a metric.
pub(super) fn what(words: &mut Words<'_>) -> Result<What, Wrong> {
    if let Some(habit) = habit(words) {
        return Ok(What::Habit(habit));
    }
    if let Some(source) = source(words)? {
        return Ok(source);
    }
    if let Some((function, touch)) = touch(words)? {
        return Ok(What::Touch { function, touch });
    }
    if let Some(deed) = deed(words)? {
        return act(words, deed).map(What::Act);
    }
    figure(words)
}

/// What a built-in person can always do.
const HABITS: [(&str, Habit); 5] = [
    ("tick", Habit::Tick),
    ("approve", Habit::Approve),
    ("report", Habit::Report),
    ("review", Habit::Review),
    ("resume", Habit::Resume),
];

fn habit(words: &mut Words<'_>) -> Option<Habit> {
    HABITS.into_iter().find(|(word, _)| words.take(&[*word, "all"])).map(|(_, habit)| habit)
}

fn source(words: &mut Words<'_>) -> Result<Option<What>, Wrong> {
    let fixed: [(&[&str], What); 8] = [
        (&["breach"], What::Breach),
        (&["leak"], What::Leak),
        (&["partial", "data"], What::Partial),
        (&["source", "forbidden"], What::Forbidden),
        (&["source", "fails"], What::Failing),
        (&["doors", "down"], What::DoorsDown),
        (&["end"], What::End),
        (&["budgets", "unreadable"], What::BudgetsUnreadable),
    ];
    for (said, what) in fixed {
        if words.take(said) {
            return Ok(Some(what));
        }
    }
    let what = if words.take(&["no", "data"]) {
        What::NoData(inside(words, "no data in METRIC")?)
    } else if words.take(&["data", "late", "by"]) {
        What::Late(words.span("data late by 5m")?)
    } else if words.take(&["NaN"]) {
        let help = || ("the metric is missing".to_owned(), "write `NaN in METRIC`".to_owned());
        let metric = inside(words, "NaN in METRIC")?.ok_or_else(help)?;
        What::Figure { metric, member: None, who: Who::Both, change: Shows::NotANumber }
    } else if words.take(&["traffic"]) {
        What::Requests(traffic(words)?)
    } else if words.take(&["check"]) {
        check(words)?
    } else if words.take(&["alarm"]) {
        alarm(words)?
    } else {
        return Ok(None);
    };
    Ok(Some(what))
}

/// `in NAME`, if it is said.
fn inside(words: &mut Words<'_>, example: &str) -> Result<Option<String>, Wrong> {
    let name = words.take(&["in"]).then(|| words.need("the name", example)).transpose()?;
    Ok(name.map(str::to_owned))
}

fn traffic(words: &mut Words<'_>) -> Result<Decimal, Wrong> {
    let word = words.need("how much traffic", "traffic 600/min")?;
    let help = || (format!("`{word}` is not an amount of traffic"), "write `traffic 600/min`".to_owned());
    let (number, per) = word.split_once('/').ok_or_else(help)?;
    let number: Decimal = number.parse().map_err(|_| help())?;
    let per_minute = match per {
        "min" => Some(number),
        "hour" => number.over(Decimal::whole(60)),
        _ => None,
    };
    per_minute.filter(|number| *number >= Decimal::ZERO).ok_or_else(help)
}

fn check(words: &mut Words<'_>) -> Result<What, Wrong> {
    let name = words.need("the check", "check NAME fails")?.to_owned();
    let passes = match words.need("how it goes", "check NAME fails")? {
        "passes" => true,
        "fails" => false,
        other => {
            let help = format!("write `check {name} passes` or `check {name} fails`");
            return Err((format!("`{other}` is not how a check goes"), help));
        }
    };
    Ok(What::Check { name: Some(name).filter(|name| name != "all"), passes })
}

fn alarm(words: &mut Words<'_>) -> Result<What, Wrong> {
    let name = words.need("the alarm", "alarm NAME rings")?.to_owned();
    let known = [
        ("rings", Sound::Rings),
        ("quiet", Sound::Quiet),
        ("insufficient", Sound::Insufficient),
        ("missing", Sound::Missing),
        ("forbidden", Sound::Forbidden),
        ("fails", Sound::Fails),
    ];
    let word = words.need("what it does", "alarm NAME rings")?;
    let sound = known.into_iter().find(|(known, _)| *known == word).map(|(_, sound)| sound);
    let help = || {
        let help = "write `rings`, `quiet`, `insufficient`, `missing`, `forbidden` or `fails`".to_owned();
        (format!("`{word}` is not what an alarm does"), help)
    };
    sound.map(|sound| What::Alarm { name, sound }).ok_or_else(help)
}

fn touch(words: &mut Words<'_>) -> Result<Option<(Option<String>, Touch)>, Wrong> {
    let touch = if words.take(&["edit"]) {
        let word = words.need("the variable", "edit VARIABLE=value")?;
        let wrong = || (format!("`{word}` sets nothing"), "write `edit VARIABLE=value`".to_owned());
        let (variable, value) = word.split_once('=').ok_or_else(wrong)?;
        Touch::Edit { variable: variable.to_owned(), value: value.to_owned() }
    } else if words.take(&["unset"]) {
        Touch::Unset(words.need("the variable", "unset VARIABLE")?.to_owned())
    } else if words.take(&["deploy"]) {
        Touch::Deploy(words.need("the code", "deploy code-2")?.to_owned())
    } else if words.take(&["release"]) {
        Touch::Point { alias: words.need("the alias", "release live")?.to_owned(), version: None }
    } else if words.take(&["point"]) {
        let alias = words.need("the alias", "point live to 1")?.to_owned();
        let wrong = || ("an alias points to a version".to_owned(), "write `point live to 1`".to_owned());
        let number = if words.take(&["to"]) { words.need("the version", "point live to 1")? } else { "" };
        let version = number.parse().ok().filter(|version| *version > 0).ok_or_else(wrong)?;
        Touch::Point { alias, version: Some(version) }
    } else if let Some(fault) = fault(words)? {
        Touch::Refuse(fault)
    } else {
        return Ok(None);
    };
    Ok(Some((inside(words, "in FUNCTION")?, touch)))
}

fn fault(words: &mut Words<'_>) -> Result<Option<Fault>, Wrong> {
    let known = [
        ("busy", Fault::Busy),
        ("unreadable", Fault::Unreadable),
        ("throttled", Fault::Throttled),
        ("missing", Fault::Missing),
        ("forbidden", Fault::Forbidden),
        ("unwritable", Fault::Unwritable),
        ("unpublishable", Fault::Unpublishable),
    ];
    let is_said = words.take(&["function"]);
    let found = known.into_iter().find(|(word, _)| words.take(&[*word])).map(|(_, fault)| fault);
    if is_said && found.is_none() {
        let help = "write `function busy`, `unreadable`, `throttled`, `missing`, `forbidden`, `unwritable` or `unpublishable`"
            .to_owned();
        return Err(("a function does not do that".to_owned(), help));
    }
    Ok(found)
}

fn deed(words: &mut Words<'_>) -> Result<Option<Deed>, Wrong> {
    let Some(word) = words.peek() else { return Ok(None) };
    words.next();
    let mut named = |example: &str| words.need("the name", example).map(str::to_owned);
    let deed = match word {
        "approve" => Deed::Approve,
        "reject" => Deed::Reject,
        "pause" => Deed::Pause,
        "resume" => Deed::Resume,
        "review" => Deed::Review,
        "complete" => Deed::Complete,
        "acknowledge" => Deed::Acknowledge,
        "abandon" => Deed::Abandon,
        "go" => Deed::Go,
        "halt" => Deed::Halt,
        "disable" => Deed::Disable(named("disable FEATURE by NAME")?),
        "enable" => Deed::Enable(named("enable FEATURE by NAME")?),
        "close-budget" => Deed::CloseBudget(named("close-budget BUDGET by NAME")?),
        "skip" => Deed::Skip(named("skip STAGE by NAME")?),
        "tick" => Deed::Tick(named("tick \"what is done\" by NAME")?),
        "signal" => {
            let name = named("signal NAME by NAME")?;
            let from =
                words.take(&["from"]).then(|| words.need("who told it", "signal NAME from NAME by machine"));
            Deed::Signal { name, from: from.transpose()?.map(str::to_owned) }
        }
        "promote" => Deed::Promote { force: words.take(&["--force"]) },
        "stop" => Deed::Stop { roll_back: words.take(&["--roll-back"]) },
        "rollback" => Deed::RollBack { to: back(words)? },
        "report" => report(words)?,
        _ => {
            words.put_back();
            return Ok(None);
        }
    };
    Ok(Some(deed))
}

/// `previous`, a share such as `5%` or a stage; nothing is all the way.
fn back(words: &mut Words<'_>) -> Result<Option<String>, Wrong> {
    if !words.take(&["to"]) {
        return Ok(None);
    }
    words.need("how far", "rollback to previous by NAME").map(|to| Some(to.to_owned()))
}

fn report(words: &mut Words<'_>) -> Result<Deed, Wrong> {
    let name = words.need("the figure", "report FIGURE 4.3 by NAME")?.to_owned();
    let word = words.need("the value", "report FIGURE 4.3 by NAME")?;
    let amount = amount(word).ok_or_else(|| {
        (
            format!("`{word}` is not a value"),
            "write a number with its unit, such as `4.3` or `80%`".to_owned(),
        )
    })?;
    let mut samples = None;
    if words.take(&["from"]) {
        let word = words.need("how many samples", "report FIGURE 0.1% from 1000 samples by NAME")?;
        let number = word.parse().ok().filter(|_| words.take(&["samples"]));
        samples = Some(number.ok_or_else(|| {
            (format!("`{word}` is not a number of samples"), "write `from 1000 samples`".to_owned())
        })?);
    }
    Ok(Deed::Report { name, value: amount.value, samples })
}

/// `by NAME "what they say"`. A halt is nobody's command: it may stand alone.
fn act(words: &mut Words<'_>, deed: Deed) -> Result<Act, Wrong> {
    let by = if words.take(&["by"]) {
        words.need("the name", "by NAME")?.to_owned()
    } else if deed == Deed::Halt {
        "somebody".to_owned()
    } else {
        return Err(by_nobody(words));
    };
    let note = words.peek().filter(|word| *word != "for").map(str::to_owned);
    if note.is_some() {
        words.next();
    }
    Ok(Act { by, deed, note })
}

/// No name follows what somebody does: it is missing, or something else stands in its place.
fn by_nobody(words: &Words<'_>) -> Wrong {
    let verb = words.first();
    let all = HABITS.iter().any(|(known, _)| *known == verb);
    let all = if all { format!(", or `{verb} all` for whoever is asked") } else { String::new() };
    let help = format!("write `{} by NAME`{all}", words.so_far());
    match words.peek() {
        None => ("nobody does it".to_owned(), help),
        Some(word) => (format!("`{word}` stands where `by NAME` must"), help),
    }
}

fn figure(words: &mut Words<'_>) -> Result<What, Wrong> {
    let metric = words.need("what happens", "breach")?.to_owned();
    let member = words.peek().and_then(|word| word.split_once('='));
    let member = member.map(|(dimension, member)| (dimension.to_owned(), member.to_owned()));
    if member.is_some() {
        words.next();
    }
    let who = [("canary", Who::Canary), ("baseline", Who::Baseline), ("both", Who::Both)];
    let who = who.into_iter().find(|(word, _)| words.take(&[*word])).map_or(Who::Both, |(_, who)| who);
    Ok(What::Figure { metric, member, who, change: shows(words)? })
}

fn shows(words: &mut Words<'_>) -> Result<Shows, Wrong> {
    let help = "write `5%`, `900ms`, `2x`, `grows 20MB/min` or `recovers`".to_owned();
    let word = words.next().ok_or_else(|| ("what it shows is missing".to_owned(), help.clone()))?;
    let shows = match word {
        "recovers" => Some(Shows::Well),
        "grows" => {
            let rate: Option<(_, Span)> = words.next().and_then(rate);
            rate.map(|(by, per)| Shows::Grows { by, per })
        }
        _ => match word.strip_suffix('x').and_then(|factor| factor.parse().ok()) {
            Some(factor) => Some(Shows::Times(factor)),
            None => amount(word).map(Shows::To),
        },
    };
    shows.ok_or_else(|| (format!("`{word}` is not what a metric shows"), help))
}

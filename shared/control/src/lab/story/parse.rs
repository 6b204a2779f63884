//! From the text of a story to its lines.

use super::{
    Line, Misread, Moment, Story, What, When,
    tokens::{Words, Wrong, share, span},
    what,
};
use rollout::time::Span;

/// More lines than a story may have.
const LINES_MAX: usize = 2_000;

/// Reads a story.
///
/// # Errors
/// Every line that cannot be read, each with what would be right.
pub fn parse(text: &str) -> Result<Story, Vec<Misread>> {
    let (story, wrong) = read(text);
    if wrong.is_empty() { Ok(story) } else { Err(wrong) }
}

/// Reads what can be read of a story, and says what cannot: names in the rest can be looked up all the same.
pub fn read(text: &str) -> (Story, Vec<Misread>) {
    let mut story = Story::default();
    let mut wrong = Vec::new();
    for (number, text) in (1..).zip(text.lines()) {
        let text = without_comment(text);
        if text.is_empty() {
            continue;
        }
        if story.lines.len() == LINES_MAX {
            let help = "tell a shorter story".to_owned();
            wrong.push(Misread {
                line: number,
                what: format!("a story has at most {LINES_MAX} lines"),
                help,
            });
            break;
        }
        match line(number, text) {
            Ok(line) => story.lines.push(line),
            Err((what, help)) => wrong.push(Misread { line: number, what, help }),
        }
    }
    (story, wrong)
}

/// A comment goes from a `#` at the beginning or after a blank, outside of quotes, to the end of the line.
fn without_comment(text: &str) -> &str {
    let mut is_quoted = false;
    let mut before = ' ';
    for (place, c) in text.char_indices() {
        is_quoted ^= c == '"';
        if c == '#' && !is_quoted && before.is_whitespace() {
            return text[..place].trim();
        }
        before = c;
    }
    text.trim()
}

fn line(number: usize, text: &str) -> Result<Line, Wrong> {
    let (when, rest) = match text.split_once(char::is_whitespace) {
        Some(("at" | "from" | "every", _)) => {
            let (when, rest) = text.split_once(':').ok_or_else(|| {
                (
                    "what happens is missing".to_owned(),
                    "write a colon after the time: `at 2h: breach`".to_owned(),
                )
            })?;
            (self::when(when)?, rest)
        }
        Some(_) | None => (When { moment: Moment::Start, plus: Span::ZERO, every: None }, text),
    };
    let mut words = Words::of(rest)?;
    let what = what::what(&mut words)?;
    let lasts = lasts(&mut words, &what)?;
    words.end()?;
    Ok(Line { number, when, what, lasts })
}

/// `for 10m` after what can end.
fn lasts(words: &mut Words<'_>, what: &What) -> Result<Option<Span>, Wrong> {
    if !words.take(&["for"]) {
        return Ok(None);
    }
    if !can_end(what) {
        let help = "leave `for` out, or write a second line for what undoes it".to_owned();
        return Err(("this does not last: it happens once".to_owned(), help));
    }
    words.span("for 10m").map(Some)
}

fn can_end(what: &What) -> bool {
    match what {
        What::Requests(_)
        | What::Figure { .. }
        | What::Breach
        | What::Leak
        | What::NoData(_)
        | What::Partial
        | What::Forbidden
        | What::Failing
        | What::Late(_)
        | What::DoorsDown
        | What::Alarm { .. }
        | What::BudgetsUnreadable
        | What::Touch { touch: super::Touch::Refuse(_), .. } => true,
        What::Habit(_) | What::Check { .. } | What::Touch { .. } | What::End | What::Act(_) => false,
    }
}

/// `from start`, `at 2h`, `at 25% + 10m`, `at stage canary + 2h`, `every 30m`, `every 30m from 25%`.
fn when(text: &str) -> Result<When, Wrong> {
    let mut words = Words::of(text)?;
    let when = match words.next() {
        Some("every") => {
            let every = words.span("every 30m")?;
            if every < Span::minutes(1) {
                let help = "a minute is the shortest: `every 1m`".to_owned();
                return Err((format!("every {every} is too often"), help));
            }
            let from = words.take(&["from"]).then(|| moment(&mut words)).transpose()?;
            let (moment, plus) = from.unwrap_or((Moment::Start, Span::ZERO));
            When { moment, plus, every: Some(every) }
        }
        _ => {
            let (moment, plus) = moment(&mut words)?;
            When { moment, plus, every: None }
        }
    };
    words.end()?;
    Ok(when)
}

fn moment(words: &mut Words<'_>) -> Result<(Moment, Span), Wrong> {
    let word = words.need("the time", "at 2h, at 25%, at stage NAME or from start")?;
    let (moment, at) = match word {
        "start" => (Moment::Start, Span::ZERO),
        "exposure" => (Moment::Exposure, Span::ZERO),
        "stage" => (Moment::Stage(words.need("the stage", "at stage canary")?.to_owned()), Span::ZERO),
        _ => match (share(word), span(word)) {
            (Some(share), _) => (Moment::Share(share), Span::ZERO),
            (None, Some(span)) => (Moment::Start, span),
            (None, None) if word.contains('+') => {
                let help = format!("leave blanks around the `+`: `{}`", word.replace('+', " + "));
                return Err((format!("`{word}` is not a moment"), help));
            }
            (None, None) => {
                let help = "write a time such as `2h` or `1d2h`, a share such as `25%`, `exposure`, `stage NAME` or `start`";
                return Err((format!("`{word}` is not a moment"), help.to_owned()));
            }
        },
    };
    let plus = if words.take(&["+"]) { words.span("+ 2h")? } else { Span::ZERO };
    Ok((moment, at.plus(plus)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::{
        alarms::Sound,
        functions::Fault,
        story::{Act, Amount, Deed, Habit, Shows, Touch, Unit},
        twist::Who,
    };
    use rollout::units::{Decimal, Share};

    fn read_one(text: &str) -> Line {
        let story = parse(text).unwrap_or_else(|wrong| panic!("{wrong:?}"));
        assert_eq!(story.lines.len(), 1);
        story.lines[0].clone()
    }

    fn check(text: &str, what: What) {
        assert_eq!(read_one(text).what, what);
    }

    fn check_when(text: &str, moment: Moment, plus: Span, every: Option<Span>) {
        assert_eq!(read_one(text).when, When { moment, plus, every });
    }

    fn check_wrong(text: &str, expected: &str) {
        let wrong = parse(text).unwrap_err();
        assert_eq!(wrong.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
    }

    fn act(by: &str, deed: Deed, note: Option<&str>) -> What {
        What::Act(Act { by: by.to_owned(), deed, note: note.map(str::to_owned) })
    }

    fn shows(metric: &str, who: Who, change: Shows) -> What {
        What::Figure { metric: metric.to_owned(), member: None, who, change }
    }

    #[test]
    fn when_something_happens() {
        let hours = Span::hours;
        check_when("approve all", Moment::Start, Span::ZERO, None);
        check_when("from start: breach", Moment::Start, Span::ZERO, None);
        check_when("at 1d2h: breach", Moment::Start, hours(26), None);
        check_when(
            "at 12.5%: breach",
            Moment::Share(Share::from_hundredths(1250).unwrap()),
            Span::ZERO,
            None,
        );
        check_when("at stage canary + 2h: breach", Moment::Stage("canary".to_owned()), hours(2), None);
        check_when("at exposure: breach", Moment::Exposure, Span::ZERO, None);
        check_when("every 30m: breach", Moment::Start, Span::ZERO, Some(Span::minutes(30)));
        check_when(
            "every 1h from stage canary: breach",
            Moment::Stage("canary".into()),
            Span::ZERO,
            Some(hours(1)),
        );
    }

    #[test]
    fn what_the_figures_do() {
        let percent = |n| Amount { value: Decimal::whole(n), unit: Unit::Percent };
        let bytes = |n| Amount { value: Decimal::whole(n), unit: Unit::Bytes };
        check("error_rate canary 5%", shows("error_rate", Who::Canary, Shows::To(percent(5))));
        check("error_rate 5%", shows("error_rate", Who::Both, Shows::To(percent(5))));
        check("latency baseline 2x", shows("latency", Who::Baseline, Shows::Times(Decimal::whole(2))));
        check("memory both recovers", shows("memory", Who::Both, Shows::Well));
        check("NaN in memory", shows("memory", Who::Both, Shows::NotANumber));
        let grows = Shows::Grows { by: bytes(20_000_000), per: Span::minutes(1) };
        check("memory canary grows 20MB/min", shows("memory", Who::Canary, grows));
        let member = Some(("endpoint".to_owned(), "e7".to_owned()));
        let figure =
            What::Figure { metric: "x".into(), member, who: Who::Canary, change: Shows::To(percent(8)) };
        check("x endpoint=e7 canary 8%", figure);
        check("traffic 600/min", What::Requests(Decimal::whole(600)));
        assert_eq!(read_one("at 2h: breach for 10m").lasts, Some(Span::minutes(10)));
    }

    #[test]
    fn what_the_world_does() {
        let touch =
            |function: Option<&str>, touch| What::Touch { function: function.map(str::to_owned), touch };
        check("no data for 20m", What::NoData(None));
        check("no data in memory for 20m", What::NoData(Some("memory".to_owned())));
        check("partial data", What::Partial);
        check("source forbidden for 1h", What::Forbidden);
        check("source fails", What::Failing);
        check("check all passes", What::Check { name: None, passes: true });
        check("data late by 5m", What::Late(Span::minutes(5)));
        check("alarm prod-errors rings", What::Alarm { name: "prod-errors".to_owned(), sound: Sound::Rings });
        check("budgets unreadable for 1h", What::BudgetsUnreadable);
        check("check load fails", What::Check { name: Some("load".to_owned()), passes: false });
        let edit = Touch::Edit { variable: "A".to_owned(), value: "b=c".to_owned() };
        check("edit A=b=c in worker", touch(Some("worker"), edit));
        check("unset A", touch(None, Touch::Unset("A".to_owned())));
        check("deploy code-2", touch(None, Touch::Deploy("code-2".to_owned())));
        check("release live", touch(None, Touch::Point { alias: "live".to_owned(), version: None }));
        check("point live to 1", touch(None, Touch::Point { alias: "live".to_owned(), version: Some(1) }));
        check("function busy for 10m", touch(None, Touch::Refuse(Fault::Busy)));
        check("throttled in worker for 10m", touch(Some("worker"), Touch::Refuse(Fault::Throttled)));
        check("doors down for 10m", What::DoorsDown);
        check("end", What::End);
        check("report all", What::Habit(Habit::Report));
    }

    #[test]
    fn what_people_do() {
        check("reject by lena \"not yet\"", act("lena", Deed::Reject, Some("not yet")));
        check("rollback by lena", act("lena", Deed::RollBack { to: None }, None));
        check(
            "rollback to previous by lena",
            act("lena", Deed::RollBack { to: Some("previous".to_owned()) }, None),
        );
        check("rollback to 5% by lena", act("lena", Deed::RollBack { to: Some("5%".to_owned()) }, None));
        check("promote --force by admin", act("admin", Deed::Promote { force: true }, None));
        check("stop --roll-back by lena", act("lena", Deed::Stop { roll_back: true }, None));
        let pii = |from: Option<&str>| Deed::Signal { name: "pii".to_owned(), from: from.map(str::to_owned) };
        check("signal pii by ada", act("ada", pii(None), None));
        check("signal pii from user-7 by machine", act("machine", pii(Some("user-7")), None));
        let report = Deed::Report {
            name: "survey".to_owned(),
            value: Decimal::from_nanos(4_300_000_000),
            samples: None,
        };
        check("report survey 4.3 by olga", act("olga", report, None));
        check("tick \"Runbook # read\" by olga", act("olga", Deed::Tick("Runbook # read".to_owned()), None));
    }

    #[test]
    fn comments_and_empty_lines_are_no_lines() {
        let story = parse("# a story\n\n  approve all  # whatever comes\n").unwrap();
        assert_eq!((story.lines.len(), story.lines[0].number), (1, 3));
    }

    #[test]
    fn a_line_that_cannot_be_read_says_what_would_be_right() {
        check_wrong(
            "at 2h",
            "line 1: what happens is missing: write a colon after the time: `at 2h: breach`",
        );
        check_wrong(
            "at noon: breach",
            "line 1: `noon` is not a moment: write a time such as `2h` or `1d2h`, a share such as `25%`, `exposure`, `stage NAME` or `start`",
        );
        check_wrong("pause", "line 1: nobody does it: write `pause by NAME`");
        check_wrong(
            "tick al",
            "line 1: nobody does it: write `tick al by NAME`, or `tick all` for whoever is asked",
        );
        check_wrong(
            "report survey-score 4.5 5 by x",
            "line 1: `5` stands where `by NAME` must: write `report survey-score 4.5 by NAME`, or `report all` for whoever is asked",
        );
        check_wrong(
            "at 10%+1h: breach",
            "line 1: `10%+1h` is not a moment: leave blanks around the `+`: `10% + 1h`",
        );
        check_wrong(
            "pause by lena for 5m",
            "line 1: this does not last: it happens once: leave `for` out, or write a second line for what undoes it",
        );
        check_wrong(
            "memory canary big",
            "line 1: `big` is not what a metric shows: write `5%`, `900ms`, `2x`, `grows 20MB/min` or `recovers`",
        );
        check_wrong(
            "alarm errors sings",
            "line 1: `sings` is not what an alarm does: write `rings`, `quiet`, `insufficient`, `missing`, `forbidden` or `fails`",
        );
        check_wrong("breach now", "line 1: `now` is too much: end the line before it");
        check_wrong(
            "every 5s: breach",
            "line 1: every 5s is too often: a minute is the shortest: `every 1m`",
        );
        check_wrong(
            "tick \"all by lena",
            "line 1: `\"all by lena` has no closing quote: close the text with `\"`",
        );
        assert_eq!(parse("at x: breach\napprove all\nfoo").unwrap_err().len(), 2);
    }
}

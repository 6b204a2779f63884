//! What is reported: signals and figures.

use crate::{gate, guard, world::edge};
use rollout::{
    rollout::{Report, Rollout, Signal},
    time::Span,
};

fn signals(minutes: &[i64]) -> impl FnOnce(&mut Rollout) {
    let report = |(at, minute): (usize, &i64)| Signal { at: edge(*minute), by: Some(format!("user-{at}")) };
    let reports = minutes.iter().enumerate().map(report).collect();
    move |head| {
        head.signals.insert("critical-report".to_owned(), reports);
    }
}

#[test]
fn no_report_of_a_signal_is_none() {
    gate("reports == 0", "").at(10).is("true: 0 == 0");
    guard("reports > 0 in 24h", "").at(10).is("false: 0 > 0");
}

#[test]
fn a_gate_counts_the_reports_of_the_bake() {
    gate("reports == 2", "").at(10).after(signals(&[-5, 0, 9])).is("true: 2 == 2");
}

#[test]
fn a_window_counts_the_reports_of_that_time_even_from_before_the_exposure() {
    // Judged 75 seconds after the tenth minute.
    guard("reports > 1 in 10m", "").at(10).after(signals(&[-60, 2, 9])).is("true: 2 > 1");
    guard("reports > 1 in 5m", "").at(10).after(signals(&[2, 9])).is("false: 1 > 1");
    guard("reports > 1 in 1h", "").at(10).after(signals(&[-60, -40, 9])).is("true: 2 > 1");
}

fn survey(minute: i64, score: &str) -> impl FnOnce(&mut Rollout) {
    survey_of(None, minute, score)
}

fn survey_of(samples: Option<u64>, minute: i64, score: &str) -> impl FnOnce(&mut Rollout) {
    let report = Report { value: score.parse().unwrap(), samples, by: "pat".to_owned(), at: edge(minute) };
    move |head| {
        head.reports.insert("survey-score".to_owned(), report);
    }
}

#[test]
fn a_reported_figure_is_the_newest_report() {
    gate("survey >= 4.2", "").at(10).is("not known: no data");
    gate("survey >= 4.2", "").at(10).after(survey(-60, "4.2")).is("true: 4.2 >= 4.2");
    guard("survey < 3", "").at(10).after(survey(5, "2.9")).is("true: 2.9 < 3 at 5m");
}

#[test]
fn a_report_of_too_few_samples_is_not_known() {
    let of = |samples| gate("survey >= 4 from 100 samples", "").at(10).after(survey_of(samples, 5, "5"));
    of(Some(100)).is("true: 5 >= 4");
    of(Some(99)).is("not known: too few samples: 99 of 100");
    of(None).is("not known: too few samples: 1 of 100");
}

#[test]
fn a_report_of_no_samples_says_nothing() {
    gate("survey >= 4", "").at(10).after(survey_of(Some(0), 5, "5")).is("not known: no data");
    guard("survey < 3", "").at(10).after(survey_of(Some(0), 5, "2")).is("not known: no data");
}

#[test]
fn an_old_report_is_stale_and_one_of_tomorrow_cannot_be() {
    let week = 7 * 24 * 60;
    gate("survey >= 4", "").at(10).after(survey(12 - week, "5")).is("true");
    gate("survey >= 4", "")
        .at(10)
        .after(survey(11 - week, "5"))
        .is("not known: the newest figure is too old");
    gate("survey >= 4", "").at(10).after(survey(12, "5")).is("not known: the source's times go backwards");
}

#[test]
fn a_report_lasts_exactly_as_long_as_the_plan_says() {
    let world = gate("survey >= 4", "").at(10);
    let limit = world.now().before(Span::days(7));
    let at = |at| {
        move |head: &mut Rollout| {
            let value = "5".parse().unwrap();
            head.reports
                .insert("survey-score".to_owned(), Report { value, samples: None, by: "pat".to_owned(), at });
        }
    };
    gate("survey >= 4", "").at(10).after(at(limit)).is("true");
    gate("survey >= 4", "").at(10).after(at(limit.before(Span::millis(1)))).is("not known");
}

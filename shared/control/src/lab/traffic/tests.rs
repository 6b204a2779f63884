use super::*;
use crate::lab::{
    testing::{START, metric, minutes, percent, plan},
    twist::{Change, Who},
};
use rollout::{plan::Source, units::SeriesId};

/// A lab that has run for an hour under one share.
struct Hour {
    plan: Plan,
    traffic: Traffic,
}

fn hour(share: u16, twists: &[Twist]) -> Hour {
    let plan = plan();
    let traffic = Traffic::new(&plan, START, 1);
    for twist in twists {
        traffic.apply(*twist, minutes(30), Some(minutes(40)));
    }
    (0..=60).for_each(|minute| traffic.advance(minutes(minute), percent(share)));
    Hour { plan, traffic }
}

impl Hour {
    fn points(&self, series: SeriesId, from: u64, to: u64) -> Vec<f64> {
        let query = Query { series, period: Span::minutes(1), from: minutes(from), to: minutes(to) };
        let answer = self.traffic.answer(&mut self.traffic.state(), &query);
        answer.points.iter().map(|point| point.value).collect()
    }

    /// Of a metric over some minutes: the value of the canary and of the baseline, where there is one.
    fn shows(&self, name: &str, member: Option<usize>, from: u64, to: u64) -> (Option<f64>, Option<f64>) {
        let metric = self.plan.metric(metric(&self.plan, name));
        let pair = |lookup: &rollout::plan::Lookup| match member {
            None => (lookup.canary, lookup.baseline),
            Some(member) => lookup.members.values().next().unwrap()[member],
        };
        let sum = |ids: Vec<Option<SeriesId>>| {
            let points: Vec<f64> =
                ids.into_iter().flatten().flat_map(|id| self.points(id, from, to)).collect();
            (!points.is_empty()).then(|| points.iter().sum::<f64>())
        };
        let mean = |id: Option<SeriesId>| {
            let points = self.points(id?, from, to);
            (!points.is_empty()).then(|| points.iter().sum::<f64>() / points.len() as f64)
        };
        match &metric.source {
            Source::Ratio { of, to, without } => {
                let arm = |pick: &dyn Fn(&rollout::plan::Lookup) -> Option<SeriesId>| {
                    let of = sum(of.iter().map(pick).collect())?;
                    let quotient = of / sum(to.iter().map(pick).collect())?;
                    Some(100.0 * if *without { 1.0 - quotient } else { quotient })
                };
                (arm(&|lookup| Some(pair(lookup).0)), arm(&|lookup| pair(lookup).1))
            }
            Source::Series { values, .. } => (mean(Some(pair(values).0)), mean(pair(values).1)),
            Source::Average { .. } | Source::Signal(_) | Source::Reported { .. } | Source::Budget(_) => {
                (None, None)
            }
        }
    }

    fn check(&self, name: &str, minutes: (u64, u64), canary: Option<f64>, baseline: Option<f64>) {
        self.check_member(name, None, minutes, canary, baseline);
    }

    fn check_member(
        &self,
        name: &str,
        member: Option<usize>,
        (from, to): (u64, u64),
        canary: Option<f64>,
        baseline: Option<f64>,
    ) {
        let near = |value: Option<f64>, expected: Option<f64>| match (value, expected) {
            (Some(value), Some(expected)) => (value - expected).abs() <= expected.abs() * 0.01 + 1e-9,
            (value, expected) => value == expected,
        };
        let shown = self.shows(name, member, from, to);
        assert!(
            near(shown.0, canary) && near(shown.1, baseline),
            "{name}: {shown:?}, not {canary:?}, {baseline:?}"
        );
    }
}

fn figure(hour: &str, who: Who, change: Change) -> Twist {
    Twist::Figure { metric: metric(&plan(), hour), member: None, who, change }
}

#[test]
fn while_all_is_well_every_figure_is_comfortable() {
    let hour = hour(10, &[]);
    hour.check("error_rate", (0, 60), Some(0.03), Some(0.03));
    hour.check("availability", (0, 60), Some(99.97), Some(99.97));
    hour.check("p95_latency", (0, 60), Some(300.0), Some(300.0));
    hour.check("hit_rate", (0, 60), Some(94.0), Some(94.0));
    hour.check("memory", (0, 60), Some(500.0), Some(500.0));
    hour.check("crashes", (0, 60), Some(0.0), None);
    hour.check("tickets", (0, 60), Some(1.0), None);
    hour.check_member("error_rate", Some(1), (0, 60), Some(0.03), Some(0.03));
    assert_eq!(hour.traffic.reports()[0].value.to_string(), "4.62");
}

#[test]
fn noise_never_crosses_a_limit_and_what_may_not_grow_is_flat() {
    let hour = hour(10, &[]);
    for minute in 0..60 {
        assert!(hour.shows("error_rate", None, minute, minute + 1).0.unwrap() < 0.1);
        assert!(hour.shows("hit_rate", None, minute, minute + 1).0.unwrap() > 80.0);
        assert_eq!(hour.shows("memory", None, minute, minute + 1).0, Some(500.0));
    }
    assert_ne!(hour.shows("error_rate", None, 3, 4), hour.shows("error_rate", None, 4, 5));
}

#[test]
fn counts_follow_the_share_and_arms_without_traffic_have_no_data() {
    let requests = |share: u16| {
        let hour = hour(share, &[]);
        let Source::Ratio { to, .. } = &hour.plan.metrics[0].source else { panic!("a ratio") };
        let sum = |id| hour.points(id, 0, 60).iter().sum::<f64>() / 60.0;
        (sum(to[0].canary).round(), sum(to[0].baseline.unwrap()).round())
    };
    let (canary, baseline) = requests(25);
    assert!(
        (1450.0..1550.0).contains(&canary) && (4350.0..4650.0).contains(&baseline),
        "{canary} {baseline}"
    );
    assert_eq!(requests(0).0, 0.0);
    assert_eq!(requests(100).1, 0.0);
    hour(0, &[]).check("error_rate", (0, 60), None, Some(0.03));
    hour(100, &[]).check("p95_latency", (0, 60), Some(300.0), None);
    hour(0, &[]).check("tickets", (0, 60), Some(1.0), None);
}

#[test]
fn a_broken_figure_is_broken_in_every_view_and_only_for_its_time() {
    let hour = hour(10, &[figure("error_rate", Who::Canary, Change::To(5.0))]);
    hour.check("error_rate", (30, 40), Some(5.0), Some(0.03));
    hour.check("availability", (30, 40), Some(95.0), Some(99.97));
    hour.check_member("error_rate", Some(0), (30, 40), Some(5.0), Some(0.03));
    hour.check("error_rate", (0, 30), Some(0.03), Some(0.03));
    hour.check("error_rate", (40, 60), Some(0.03), Some(0.03));
}

#[test]
fn a_member_that_breaks_shows_in_the_whole() {
    let member = Some((rollout::units::DimensionId(0), 1));
    let metric = metric(&plan(), "error_rate");
    let hour = hour(10, &[Twist::Figure { metric, member, who: Who::Canary, change: Change::To(8.0) }]);
    hour.check_member("error_rate", Some(1), (30, 40), Some(8.0), Some(0.03));
    hour.check_member("error_rate", Some(0), (30, 40), Some(0.03), Some(0.03));
    hour.check("error_rate", (30, 40), Some(4.015), Some(0.03));
}

#[test]
fn figures_grow_multiply_and_recover() {
    let grows = Change::Grows { by: 20e6, per: Span::minutes(1) };
    let hour = hour(
        10,
        &[
            figure("memory", Who::Canary, grows),
            figure("p95_latency", Who::Both, Change::Times(3.0)),
            figure("p95_latency", Who::Baseline, Change::Well),
            figure("hit_rate", Who::Canary, Change::To(1000.0)),
            figure("tickets", Who::Canary, Change::To(7.0)),
        ],
    );
    hour.check("memory", (30, 31), Some(520.0), Some(500.0));
    hour.check("memory", (39, 40), Some(700.0), Some(500.0));
    hour.check("p95_latency", (30, 40), Some(900.0), Some(300.0));
    hour.check("hit_rate", (30, 40), Some(100.0), Some(94.0));
    hour.check("tickets", (30, 40), Some(7.0), None);
}

#[test]
fn nothing_is_known_of_a_metric_without_data_and_nan_is_kept() {
    let silent = Twist::Trouble(Trouble::NoData(Some(metric(&plan(), "memory"))));
    let hour = hour(10, &[silent, figure("hit_rate", Who::Canary, Change::NotANumber)]);
    hour.check("memory", (30, 40), None, None);
    hour.check("memory", (40, 60), Some(500.0), Some(500.0));
    assert!(hour.shows("hit_rate", None, 30, 40).0.unwrap().is_nan());
    hour.check("error_rate", (30, 40), Some(0.03), Some(0.03));
}

#[test]
fn thin_traffic_has_minutes_without_data_and_the_right_rate() {
    let hour = hour(10, &[Twist::Requests(5.0), figure("error_rate", Who::Canary, Change::To(5.0))]);
    let Source::Ratio { to, .. } = &hour.plan.metrics[0].source else { panic!("a ratio") };
    let points = hour.points(to[0].canary, 30, 40);
    assert!((4..=6).contains(&points.len()) && points.iter().all(|count| *count == 1.0), "{points:?}");
}

#[test]
fn a_source_in_trouble_says_so() {
    let check = |trouble, status, points| {
        let hour = hour(10, &[]);
        hour.traffic.apply(Twist::Trouble(trouble), minutes(50), None);
        let query =
            Query { series: SeriesId(0), period: Span::minutes(1), from: minutes(0), to: minutes(60) };
        let answer = hour.traffic.answer(&mut hour.traffic.state(), &query);
        assert_eq!((answer.status, answer.points.len()), (status, points));
    };
    check(Trouble::Partial, Status::Partial, 59);
    check(Trouble::Forbidden, Status::Forbidden, 0);
    check(Trouble::Failing, Status::Failing, 0);
    check(Trouble::Late(Span::minutes(7)), Status::Whole, 53);
}

#[test]
fn before_the_start_all_was_well_for_everybody() {
    let hour = hour(10, &[]);
    let Source::Series { values, .. } = &hour.plan.metric(metric(&hour.plan, "tickets")).source else {
        panic!("a series")
    };
    let week = Span::days(7);
    let query = Query { series: values.canary, period: week, from: START.before(week), to: START };
    let answer = hour.traffic.answer(&mut hour.traffic.state(), &query);
    assert_eq!(answer.points.iter().map(|point| point.value).collect::<Vec<f64>>(), [10_080.0]);
}

#[test]
fn the_same_seed_makes_the_same_minutes_however_the_clock_moves() {
    let (once, often) = (Traffic::new(&plan(), START, 9), hour(10, &[]));
    once.advance(minutes(60), percent(10));
    assert_eq!(once.state().series[0].minutes.len(), often.traffic.state().series[0].minutes.len());
    let other = Traffic::new(&plan(), START, 1);
    other.advance(minutes(60), percent(10));
    assert_eq!(other.state().series, often.traffic.state().series);
    assert_ne!(once.state().series, often.traffic.state().series);
}

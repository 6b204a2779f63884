use super::*;
use crate::lab::testing::{START, minutes, plan};
use rollout::{evidence::Status, time::Span};

const HEAD: &str = "at,metric,arm,dimension,value,samples\n";

fn read(rows: &str) -> Result<Recorded, Vec<BadRow>> {
    Recorded::read(format!("{HEAD}{rows}").as_bytes(), &plan(), START)
}

/// What the series of this source's metric, arm and endpoint says over the first ten minutes.
fn check(
    rows: &str,
    (metric, arm, endpoint): (&str, &str, Option<&str>),
    period: u64,
    expected: &[(u64, f64)],
) {
    let (recorded, plan) = (read(rows).unwrap(), plan());
    recorded.advance(minutes(10));
    let wanted = |series: &&(usize, &rollout::plan::Series)| {
        let has = |key: &str| series.1.dimensions.get(key).map(String::as_str);
        series.1.metric == metric && has("Arm") == Some(arm) && has("Endpoint") == endpoint
    };
    let all: Vec<_> = plan.series.iter().enumerate().collect();
    let series = SeriesId(u16::try_from(all.iter().find(wanted).unwrap().0).unwrap());
    let query = Query { series, period: Span::minutes(period), from: START, to: minutes(10) };
    let answer = recorded.answer(&query, minutes(10));
    let points: Vec<(u64, f64)> =
        answer.points.iter().map(|p| (p.at.since(START).whole(Span::seconds(1)), p.value)).collect();
    assert_eq!((points.as_slice(), answer.status), (expected, Status::Whole));
}

fn check_wrong(rows: &str, expected: &[&str]) {
    let wrong = read(rows).err().unwrap();
    assert_eq!(wrong.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
}

#[test]
fn a_ratio_becomes_its_two_sums() {
    let rows = "0,error_rate,canary,,5,200\n120,error_rate,canary,,2.5,400\n";
    check(rows, ("App/Errors", "new", None), 1, &[(0, 10.0), (120, 10.0)]);
    check(rows, ("App/Requests", "new", None), 1, &[(0, 200.0), (120, 400.0)]);
    check(rows, ("App/Requests", "new", None), 5, &[(0, 600.0)]);
    check("0,availability,baseline,,75,200\n", ("App/Errors", "old", None), 1, &[(0, 50.0)]);
    check("0,hit_rate,canary,,75,200\n", ("App/Hits", "new", None), 1, &[(0, 150.0)]);
    check("0,hit_rate,canary,,75,200\n", ("App/Misses", "new", None), 1, &[(0, 50.0)]);
}

#[test]
fn members_and_gauges_go_to_their_own_series() {
    check("60,error_rate,canary,e7,50,2\n", ("App/Errors", "new", Some("e7")), 1, &[(60, 1.0)]);
    check("60,error_rate,canary,endpoint=e7,50,2\n", ("App/Errors", "new", Some("e7")), 1, &[(60, 1.0)]);
    check("60,memory,canary,,700,\n", ("App/Memory", "new", None), 1, &[(60, 700.0)]);
    let latency = "0,p95_latency,canary,,100,30\n60,p95_latency,canary,,400,10\n";
    check(latency, ("App/Latency", "new", None), 5, &[(0, 175.0)]);
}

#[test]
fn what_is_no_number_reaches_the_mind() {
    let recorded =
        read("0,memory,canary,,NaN,\n60,memory,canary,,inf,\n0,error_rate,canary,,NaN,7\n").unwrap();
    let values = recorded.series.values().flat_map(|minutes| minutes.values().map(|told| told.value));
    assert_eq!(values.filter(|value| !value.is_finite()).count(), 3);
}

#[test]
fn a_minute_that_has_not_ended_is_not_answered() {
    let recorded = read("0,memory,canary,,700,\n60,memory,canary,,800,\n").unwrap();
    let (series, _) = recorded.series.first_key_value().unwrap();
    let query = Query { series: *series, period: Span::minutes(1), from: START, to: minutes(10) };
    assert_eq!(recorded.answer(&query, minutes(1)).points.len(), 1);
    assert_eq!(recorded.end(), Some(minutes(2)));
}

#[test]
fn a_bad_row_is_named_with_its_column() {
    check_wrong("x,memory,canary,,7,\n", &["row 2, at: `x` is not a number of seconds since the start"]);
    check_wrong(
        "90,memory,canary,,7,\n",
        &["row 2, at: 90 is not the beginning of a minute: write 60 or 120"],
    );
    check_wrong("0,memry,canary,,7,\n", &["row 2, metric: unknown metric `memry`: did you mean `memory`?"]);
    let told = "row 2, metric: `survey` is not measured: let a story tell it with `signal` or `report`";
    check_wrong("0,survey,canary,,7,\n", &[told]);
    check_wrong("0,memory,green,,7,\n", &["row 2, arm: unknown arm `green`: write `canary` or `baseline`"]);
    check_wrong("0,tickets,baseline,,7,\n", &["row 2, arm: `tickets` is not measured in the baseline"]);
    check_wrong(
        "0,error_rate,canary,e8,7,1\n",
        &["row 2, dimension: unknown member `e8`: did you mean `e1`?"],
    );
    let empty = "row 2, dimension: `memory` is not judged by `e7`: leave the column empty";
    check_wrong("0,memory,canary,e7,7,1\n", &[empty]);
    check_wrong("0,memory,canary,,lots,\n", &["row 2, value: `lots` is not a number"]);
    check_wrong("0,memory,canary,,7,-1\n", &["row 2, samples: -1 samples are fewer than none"]);
    let quotient = "row 2, samples: `error_rate` is a quotient: its denominator is missing";
    check_wrong("0,error_rate,canary,,7,\n", &[quotient]);
}

#[test]
fn a_time_beyond_all_times_is_named() {
    for seconds in [i64::MAX, i64::MIN, i64::MAX - 7, 60 * 52_596_001] {
        let told = format!("row 2, at: {seconds} seconds are more than a century");
        check_wrong(&format!("{seconds},memory,canary,,7,\n"), &[&told]);
    }
}

/// `rows` with a bad one, whatever its lines end in.
fn check_number(rows: &str, number: u64) {
    for end in ["\n", "\r\n"] {
        let wrong = read(&rows.replace('\n', end)).err().unwrap();
        let found: Vec<u64> = wrong.iter().map(|bad| bad.row).collect();
        assert_eq!(found, [number], "{rows:?} with {end:?}: {wrong:?}");
    }
}

#[test]
fn rows_are_counted_as_an_editor_counts_lines() {
    check_number("0,memory,canary,,7,\n60,memory,canary,,x,\n", 3);
    check_number("0,memory,canary,,7,\n60,memory,canary,,x,", 3);
    check_number("0,memory,canary,,7,\n\n\n60,memory,canary,,x,\n", 5);
    check_number("# why\n\n0,memory,canary,,x,\n", 4);
    check_number("\n0,memory\n", 3);
    check_number("0,memory,\"can\nary\",,7,\n", 2);
    check_number("0,memory,canary,,7,\n60,\"memory,canary,,7,\n120,memory,canary,,7,\n", 3);
}

#[test]
fn all_bad_rows_are_named_at_once() {
    let rows =
        "60,memory,canary,,7,\n0,memory,canary,,7,\n60,memory,baseline,,7,\n60,memory,canary,,x,\n1,2\n";
    let wrong = read(rows).err().unwrap();
    assert_eq!(wrong.iter().map(|bad| bad.row).collect::<Vec<_>>(), [3, 5, 6]);
    let back = "row 3, at: 0 does not come after 60, which stands above it for the same figure";
    assert_eq!(wrong[0].to_string(), back);
}

#[test]
fn rows_that_contradict_each_other_are_named() {
    let rows = "0,error_rate,canary,,5,200\n0,availability,canary,,75,200\n";
    check_wrong(rows, &["row 3, value: it says 50 of what row 2 says 10"]);
    assert!(read("0,error_rate,canary,,5,200\n0,availability,canary,,95,200\n").is_ok());
}

#[test]
fn other_columns_are_refused() {
    let wrong = Recorded::read("at,metric\n".as_bytes(), &plan(), START).err().unwrap();
    let columns = "the columns are `at,metric,arm,dimension,value,samples`, not `at,metric`";
    assert_eq!(wrong[0].to_string(), format!("row 1, the names of the columns: {columns}"));
}

use super::*;
use aws_sdk_cloudwatch::types::MetricDataResult;

fn page(code: StatusCode, values: &[f64]) -> MetricDataResult {
    let at = |minute: i64| DateTime::from_millis(minute * 60_000);
    let times = (0i64..).take(values.len()).map(at).collect();
    MetricDataResult::builder()
        .id("q0")
        .status_code(code)
        .set_timestamps(Some(times))
        .set_values(Some(values.to_vec()))
        .build()
}

fn told(pages: &[MetricDataResult]) -> (Status, usize) {
    let mut answer = Answer::default();
    pages.iter().for_each(|page| take(&mut answer, page));
    (answer.status, answer.points.len())
}

#[test]
fn a_statistic_is_written_as_cloudwatch_writes_it() {
    let written = [(5_000, "p50"), (9_990, "p99.9"), (9_950, "p99.5"), (9_999, "p99.99"), (9_505, "p95.05")];
    for (hundredths, expected) in written {
        assert_eq!(statistic(Stat::Percentile(hundredths)), expected);
    }
    assert_eq!(statistic(Stat::SampleCount), "SampleCount");
}

#[test]
fn a_later_page_completes_an_earlier_one_and_a_refusal_stays() {
    assert_eq!(told(&[page(StatusCode::Complete, &[1.0])]), (Status::Whole, 1));
    assert_eq!(told(&[page(StatusCode::PartialData, &[1.0])]), (Status::Partial, 1));
    let rest = [page(StatusCode::PartialData, &[1.0]), page(StatusCode::Complete, &[2.0, 3.0])];
    assert_eq!(told(&rest), (Status::Whole, 3));
    let refused = [page(StatusCode::Forbidden, &[]), page(StatusCode::Complete, &[1.0])];
    assert_eq!(told(&refused).0, Status::Forbidden);
    assert_eq!(told(&[page(StatusCode::InternalError, &[1.0])]).0, Status::Failing);
    assert_eq!(told(&[page(StatusCode::from("Strange"), &[1.0])]).0, Status::Failing);
}

#[test]
fn a_question_names_all_that_a_series_is() {
    let dimensions = BTreeMap::from([("FunctionName".to_owned(), "f".to_owned())]);
    let asking =
        Asking { period: rollout::time::Span::minutes(5), from: Timestamp(0), to: Timestamp(300_000) };
    let question = Question { metric: "AWS/Lambda/Errors", dimensions: &dimensions, stat: Stat::Sum, asking };
    let named = question.named(7);
    let stat = named.metric_stat().unwrap();
    let metric = stat.metric().unwrap();
    assert_eq!((named.id(), stat.stat(), stat.period()), (Some("q7"), Some("Sum"), Some(300)));
    assert_eq!((metric.namespace(), metric.metric_name()), (Some("AWS/Lambda"), Some("Errors")));
    assert_eq!(metric.dimensions()[0].value(), Some("f"));
}

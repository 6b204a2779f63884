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

/// What a real CloudWatch says and a local one does not, in its own binary JSON.
#[cfg(all(feature = "notify", feature = "probe"))]
mod told {
    use super::*;
    use crate::testing::{Said, Server};
    use rollout::levels::Ringing;

    fn text(text: &str) -> Vec<u8> {
        [&[0x78, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
    }

    fn list(items: &[Vec<u8>]) -> Vec<u8> {
        [vec![0x80 + u8::try_from(items.len()).unwrap()], items.concat()].concat()
    }

    fn map(fields: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let fields: Vec<Vec<u8>> =
            fields.iter().map(|(name, is)| [text(name), is.clone()].concat()).collect();
        [vec![0xa0 + u8::try_from(fields.len()).unwrap()], fields.concat()].concat()
    }

    fn said(fields: &[(&str, Vec<u8>)]) -> Option<Said> {
        Some((200, "smithy-protocol: rpc-v2-cbor\r\ncontent-type: application/cbor", map(fields)))
    }

    fn of(server: &Server) -> CloudWatch {
        CloudWatch::new(&Client::new(&server.config))
    }

    #[tokio::test]
    async fn an_alarm_rings_on_any_page() {
        let alarm = |name: &str| map(&[("AlarmName", text(name)), ("StateValue", text("ALARM"))]);
        let server = Server::start(move |call, _| match call {
            0 => said(&[("CompositeAlarms", list(&[alarm("a")])), ("NextToken", text("more"))]),
            1 => said(&[("MetricAlarms", list(&[alarm("b")]))]),
            // The token never ends: then nobody knows what is not there.
            _ => said(&[("NextToken", text("more"))]),
        });
        let names = ["a", "b", "c"];
        let rings =
            AlarmState::Ringing(Ringing { since: Timestamp(0), window: rollout::time::Span::minutes(1) });
        assert_eq!(of(&server).alarms(&names).await, [rings, rings, AlarmState::Missing]);
        assert_eq!(of(&server).alarms(&names[..1]).await, [AlarmState::Failing]);
    }

    fn asked(dimensions: &BTreeMap<String, String>) -> Question<'_> {
        let minute = rollout::time::Span::minutes(1);
        let asking = Asking { period: minute, from: Timestamp(0), to: Timestamp(60_000) };
        Question { metric: "a/b", dimensions, stat: Stat::Sum, asking }
    }

    #[tokio::test]
    async fn what_could_not_be_asked_is_not_quiet() {
        let server = Server::start(|call, _| {
            let message = map(&[("Code", text("MaxMetricsExceeded")), ("Value", text("too many"))]);
            let messages = if call == 0 { vec![message] } else { vec![] };
            said(&[("MetricDataResults", list(&[])), ("Messages", list(&messages))])
        });
        let dimensions = BTreeMap::new();
        assert_eq!(of(&server).answers(&[asked(&dimensions)]).await[0].status, Status::Failing);
        assert_eq!(of(&server).answers(&[asked(&dimensions)]).await[0].status, Status::Whole);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_does_not_answer_holds_nobody_up() {
        let server = Server::start(|_, _| None);
        let (dimensions, cloudwatch) = (BTreeMap::new(), of(&server));
        let questions = [asked(&dimensions)];
        let answers = tokio::time::timeout(2 * ASKING_TAKES, cloudwatch.answers(&questions)).await;
        assert_eq!(answers.map(|all| all[0].status), Ok(Status::Failing));
    }
}

//! How alarms stand, asked and not told: one that rings already tells nobody.

use crate::errors::is_forbidden;
use aws_sdk_cloudwatch::{
    Client,
    types::{AlarmType, CompositeAlarm, MetricAlarm, StateValue},
};
use rollout::{
    levels::{AlarmState, Ringing},
    time::{Span, Timestamp},
};
use std::collections::BTreeMap;

/// The most names of a call.
const NAMES_MAX: usize = 100;

/// Pages of one call: it asks for no more than one of them holds.
const PAGES_MAX: usize = 20;

/// Of each in the order of its name.
pub(super) async fn states(client: &Client, names: &[&str]) -> Vec<AlarmState> {
    let mut all = Vec::with_capacity(names.len());
    for some in names.chunks(NAMES_MAX) {
        let (known, rest) = known(client, some).await;
        all.extend(some.iter().map(|name| known.get(*name).copied().unwrap_or(rest)));
    }
    all
}

/// How those stand that were answered, and what that says of the rest: only who has read every page knows of one that is
/// not there.
async fn known(client: &Client, names: &[&str]) -> (BTreeMap<String, AlarmState>, AlarmState) {
    let call = client
        .describe_alarms()
        .set_alarm_names(Some(names.iter().map(|name| (*name).to_owned()).collect()))
        .alarm_types(AlarmType::MetricAlarm)
        .alarm_types(AlarmType::CompositeAlarm)
        .max_records(100);
    let (mut known, mut next) = (BTreeMap::new(), None);
    for _ in 0..PAGES_MAX {
        let page = match call.clone().set_next_token(next).send().await {
            Ok(page) => page,
            Err(error) if is_forbidden(&error) => return (known, AlarmState::Forbidden),
            Err(_) => return (known, AlarmState::Failing),
        };
        known.extend(page.metric_alarms().iter().filter_map(of_metric));
        known.extend(page.composite_alarms().iter().filter_map(of_others));
        next = page.next_token;
        if next.is_none() {
            return (known, AlarmState::Missing);
        }
    }
    (known, AlarmState::Failing)
}

fn of_metric(alarm: &MetricAlarm) -> Option<(String, AlarmState)> {
    // Of metric math each metric has a period of its own: the longest is how far the alarm looks.
    let period = |query: &aws_sdk_cloudwatch::types::MetricDataQuery| {
        query.period().or(query.metric_stat().and_then(|stat| stat.period()))
    };
    let longest = alarm.metrics().iter().filter_map(period).max();
    let period = seconds(alarm.period().or(longest).unwrap_or(60));
    let window = period.times(u64::try_from(alarm.evaluation_periods().unwrap_or(1)).unwrap_or(1).max(1));
    let since = alarm.state_transitioned_timestamp().or(alarm.state_updated_timestamp());
    let since = since.and_then(|at| at.to_millis().ok()).map(Timestamp);
    Some((alarm.alarm_name()?.to_owned(), state(alarm.state_value(), since, window)))
}

fn of_others(alarm: &CompositeAlarm) -> Option<(String, AlarmState)> {
    let since = alarm.state_transitioned_timestamp().or(alarm.state_updated_timestamp());
    let since = since.and_then(|at| at.to_millis().ok()).map(Timestamp);
    // What it is made of has windows of its own, which it does not tell.
    Some((alarm.alarm_name()?.to_owned(), state(alarm.state_value(), since, Span::minutes(1))))
}

fn state(value: Option<&StateValue>, since: Option<Timestamp>, window: Span) -> AlarmState {
    match (value, since) {
        (Some(StateValue::Ok), _) => AlarmState::Quiet,
        (Some(StateValue::Alarm), Some(since)) => AlarmState::Ringing(Ringing { since, window }),
        // It rings and does not say since when: then it always did.
        (Some(StateValue::Alarm), None) => AlarmState::Ringing(Ringing { since: Timestamp(0), window }),
        (Some(StateValue::InsufficientData), _) => AlarmState::Insufficient,
        (Some(_) | None, _) => AlarmState::Failing,
    }
}

fn seconds(seconds: i32) -> Span {
    Span::seconds(u64::try_from(seconds).unwrap_or(60))
}

//! What surrounds the doors: the lab with its clock, or the account at hand.

use super::{drive::Drive, ports::Ports};
use crate::fail::Fail;
use axum::Router;
use console::Tokens;
use control::{
    finding::Finding,
    ports::{Alarms, Functions, Metrics, Prober, StartError, Unavailable},
};
use rollout::{decide::Hold, plan::Plan, rollout::RolloutId, time::Timestamp};
use std::{future::Future, sync::Arc, time::Duration};

/// The functions, the source, the clock; and how people are told of them.
pub(super) trait Around: Send + Sync + Sized + 'static {
    /// What a time is a time of, where it is not that of everybody.
    const TIME_OF: &'static str;
    /// What stands before the place of a function.
    const SEE: &'static str;
    /// Who is exposed here is somebody: nothing ends by itself while anything is under way.
    const IS_REAL: bool;

    /// What is served beside the API, if anything is.
    fn routes(_ports: &Arc<Ports<Self>>, _tokens: &Arc<Tokens>) -> Option<Router> {
        None
    }

    fn functions(&self) -> &impl Functions;
    fn metrics(&self) -> &impl Metrics;
    fn alarms(&self) -> &impl Alarms;
    fn checks(&self) -> &impl Prober;

    fn now(&self) -> Timestamp;
    /// The next tick, and how much real time is left until it is due.
    fn next(&self) -> (Timestamp, Duration);
    /// That tick was carried out.
    fn ticked(&self);

    /// A rollout of this plan is to be started: it finds its functions, or the reason why it cannot be had here.
    fn admit(&self, plan: &Plan) -> Result<(), StartError>;
    /// What its metrics could never be known by here, if that is so.
    fn lacks(&self, plan: &Plan) -> Option<Finding>;
    /// Why the windows of budgets cannot be read, if they cannot.
    fn hides_money(&self) -> Option<Unavailable>;
    fn doors_are_down(&self, now: Timestamp) -> bool;
    /// After so long an update of a function is looked at again; none where it is done at once.
    fn settles_in(&self) -> Option<Duration>;

    /// A minute goes by; answers whether the doors look at it.
    fn pass(drive: &Drive<Self>, now: Timestamp) -> impl Future<Output = Result<bool, Fail>> + Send;
    /// Something is waited for, and somebody may do it.
    fn wait(drive: &Drive<Self>, id: &RolloutId, hold: &Hold) -> impl Future<Output = ()> + Send;

    /// For the log of a rollout that is started here.
    fn note(&self) -> String;
    /// In a few words.
    fn heading(&self) -> String;
    /// Whatever else should be known from the first moment.
    fn remarks(&self, goes_on: bool) -> Vec<String>;
    /// Where a function's environment can be seen.
    fn place(&self, function: &str) -> String;
}

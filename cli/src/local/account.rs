//! `tidegate run`: the account around the doors, with its functions, its metrics and the time of everybody.

use super::{
    Asked,
    around::Around,
    clock::TICK,
    drive::Drive,
    runtime, serve,
    state::{Home, State},
};
use crate::{
    account::nobody,
    args::{Common, RunArgs},
    fail::Fail,
    out, plan,
};
use aws::laptop::Account;
use control::{
    finding::Finding,
    ports::{Alarms, FunctionState, Functions, Loaded, Metrics, Prober, StartError, Unavailable},
};
use rollout::{decide::Hold, plan::Plan, rollout::RolloutId, target::MARK, time::Timestamp};
use std::{
    fmt::Write,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Between two looks at an update that settles.
const SETTLES_IN: Duration = Duration::from_millis(500);

/// Until the rollout is over, or somebody ends it.
pub(crate) fn run(args: &RunArgs, common: &Common) -> Result<ExitCode, Fail> {
    let plan = Arc::new(plan::read(&args.plan)?);
    let runtime = runtime()?;
    let account = runtime.block_on(Account::at_hand(common.region.clone())).map_err(|why| nobody(&why))?;
    let home = Home::Account { account: account.id.clone(), region: account.region.clone() };
    let state = Arc::new(State::open(&common.state, &home)?);
    let region = common.region.as_ref().map_or(String::new(), |region| format!(" --region {region}"));
    let again = format!("tidegate run {}{region}", args.plan.display());
    let asked = Asked { again, plan: &args.plan, port: args.port, plain: args.plain, stay: false };
    let surround = async |plan: &Arc<Plan>, _: &State, active: Option<&Loaded>| {
        let around = AccountWorld { account, tick: Mutex::new(now().floor(TICK)) };
        out::say(&around.before(plan, active.is_some()).await?);
        Ok(around)
    };
    runtime.block_on(serve(&asked, plan, state, surround))
}

/// Why a plan cannot be had here, if it cannot. What nobody would count must not look as if it were quiet.
fn fits(plan: &Plan) -> Result<(), String> {
    if plan.budgets.is_empty() {
        return Ok(());
    }
    let budgets: Vec<&str> = plan.budgets.iter().map(|budget| budget.name.as_str()).collect();
    Err(format!("{} has budgets ({}), and `tidegate run` counts no money", plan.name, budgets.join(", ")))
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// What surrounds the doors of `tidegate run`.
struct AccountWorld {
    account: Account,
    /// The minute that comes next. Those that were missed, because nobody ran or the machine slept, are one.
    tick: Mutex<Timestamp>,
}

impl AccountWorld {
    /// What is about to be touched, before anything is. A start finds all of it in order, or is none; what goes on
    /// protects somebody, and goes on whatever it finds.
    async fn before(&self, plan: &Plan, goes_on: bool) -> Result<String, Fail> {
        if !goes_on {
            let help = "deploy it instead (docs/deploy.md), or take them out of the plan";
            fits(plan).map_err(|why| Fail::yours(why).help(help))?;
        }
        let Account { id, who, region, endpoint, .. } = &self.account;
        let mut text = format!("AWS account {id}, region {region}, as {who}");
        // Writing to a String cannot fail.
        if let Some(endpoint) = endpoint {
            let _ = write!(text, "\nThis is not AWS itself: AWS_ENDPOINT_URL leads to {endpoint}");
        }
        let verb = if goes_on { "It goes on setting" } else { "It will set" };
        for target in &plan.targets {
            let names: Vec<&str> = target.set.keys().map(String::as_str).chain([MARK]).collect();
            let others = match self.account.functions.read(&target.function).await {
                Ok(FunctionState { environment: Ok(found), .. }) => {
                    let others = found.keys().filter(|name| !names.contains(&name.as_str())).count();
                    format!("its {others} other variables are left alone")
                }
                Ok(FunctionState { environment: Err(why), .. }) => {
                    self.cannot(&target.function, &why, goes_on)?
                }
                Err(why) => self.cannot(&target.function, &why.to_string(), goes_on)?,
            };
            let _ = write!(text, "\n{verb} {} of {}; {others}", names.join(", "), target.function);
        }
        Ok(text)
    }

    fn cannot(&self, function: &str, why: &str, goes_on: bool) -> Result<String, Fail> {
        if goes_on {
            return Ok(format!("it cannot be read now: {why}"));
        }
        let Account { id, region, .. } = &self.account;
        Err(Fail::yours(format!("{function} cannot be read: {why}; nothing was started")).help(format!(
            "is it in account {id}, region {region}, and may these credentials read and update its configuration?"
        )))
    }
}

impl Around for AccountWorld {
    const TIME_OF: &'static str = "";
    const SEE: &'static str = "See the environment with";
    const IS_REAL: bool = true;

    fn functions(&self) -> &impl Functions {
        &self.account.functions
    }
    fn metrics(&self) -> &impl Metrics {
        &self.account.metrics
    }
    fn alarms(&self) -> &impl Alarms {
        &self.account.metrics
    }
    fn checks(&self) -> &impl Prober {
        &self.account.tries
    }

    fn now(&self) -> Timestamp {
        now()
    }
    fn next(&self) -> (Timestamp, Duration) {
        let tick = *self.tick.lock().unwrap_or_else(PoisonError::into_inner);
        (tick, Duration::from_millis(tick.since(now()).as_millis()))
    }
    fn ticked(&self) {
        *self.tick.lock().unwrap_or_else(PoisonError::into_inner) = now().floor(TICK).after(TICK);
    }

    fn admit(&self, plan: &Plan) -> Result<(), StartError> {
        fits(plan).map_err(StartError::Unfit)
    }
    fn lacks(&self, _: &Plan) -> Option<Finding> {
        None
    }
    fn hides_money(&self) -> Option<Unavailable> {
        None
    }
    fn doors_are_down(&self, _: Timestamp) -> bool {
        false
    }
    fn settles_in(&self) -> Option<Duration> {
        Some(SETTLES_IN)
    }

    async fn pass(_: &Drive<Self>, _: Timestamp) -> Result<bool, Fail> {
        Ok(true)
    }
    async fn wait(_: &Drive<Self>, _: &RolloutId, _: &Hold) {}

    fn note(&self) -> String {
        self.heading()
    }
    fn heading(&self) -> String {
        format!("run on account {}, region {}", self.account.id, self.account.region)
    }
    fn remarks(&self, _: bool) -> Vec<String> {
        vec![
            "Pages and alerts are shown here, and sent to nobody. While this does not run nobody watches."
                .to_owned(),
        ]
    }
    fn place(&self, function: &str) -> String {
        format!(
            "aws lambda get-function-configuration --region {} --function-name {function} --query \
            Environment.Variables",
            self.account.region
        )
    }
}

//! Money: what is held before it is spent, and what was spent.
//!
//! Whoever is known may reserve: a function that is about to pay acts for nobody, and can raise nothing.

use crate::{App, Caller, Identify, Ports, Problem, Purses, body::Body, path::Id, writes};
use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use control::{
    accounts::{self, Accounts},
    doors::{self, Reserved, Wanted},
};
use rollout::{time::Span, units::Money};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A hold that nobody settles comes back after so long, when nobody says otherwise.
const LASTS: &str = "5m";

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReserveBody {
    #[schemars(with = "Dollars")]
    amount: Value,
    /// How long it is held.
    #[serde(default = "usual")]
    #[schemars(regex(pattern = r"^[0-9]{1,6}[smhd]$"))]
    lasts: String,
}

fn usual() -> String {
    LASTS.to_owned()
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettleBody {
    #[schemars(with = "Dollars")]
    cost: Value,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// An amount: a number, or best a decimal as a text.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "it describes what `dollars` reads")]
#[schemars(untagged, inline)]
enum Dollars {
    Number(#[schemars(range(min = 0))] f64),
    Text(#[schemars(regex(pattern = r"^[0-9]{1,18}(\.[0-9]{1,9})?$"))] String),
}

/// Money that is held. Amounts are in dollars.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Held {
    /// Names it: whoever settles or releases it says this.
    pub id: String,
    /// Under which budget.
    pub budget: String,
    /// Of which day.
    pub window: String,
    /// How much.
    pub amount: String,
    /// Until when, as RFC 3339.
    pub until: String,
}

/// What came of a hold. Amounts are in dollars.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Settled {
    /// What is counted: of a hold that was settled before, what it was settled with then.
    pub cost: String,
    /// What was held for it; nothing when its time had passed.
    pub held: String,
    /// How much more it cost than was held.
    pub over: String,
}

/// What was given back. In dollars.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Released {
    /// How much; nothing when it was given back before.
    pub held: String,
}

pub(crate) async fn reserve<P: Purses, I: Identify>(
    State(app): State<App<P, I>>,
    Id(id): Id,
    Path((_, budget)): Path<(String, String)>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Held>), Problem> {
    let ReserveBody { amount, lasts } = body.json()?;
    let lasts = lasts.parse::<Span>().map_err(|why| Problem::malformed(format!("lasts: {why}")))?;
    let name = writes::named(&headers, &caller, "reserve", &body)?;
    let name = name.unwrap_or_else(|| app.ports.unique());
    let name = Some(format!("{}{name}", owner(&caller)));
    let wanted = Wanted { money: dollars("amount", &amount)?, lasts, name };
    let Reserved { id, day, held } = doors::reserve(&*app.ports, &id, &budget, &wanted).await?;
    let (amount, until) = (shown(held.money), held.until.to_string());
    Ok((StatusCode::CREATED, Json(Held { id, budget, window: day.to_string(), amount, until })))
}

pub(crate) async fn settle<P: Purses, I: Identify>(
    State(app): State<App<P, I>>,
    Id(id): Id,
    Path((_, budget, hold)): Path<(String, String, String)>,
    caller: Caller,
    body: Body,
) -> Result<Json<Settled>, Problem> {
    let SettleBody { cost } = body.json()?;
    own(&caller, &hold)?;
    let settled = doors::settle(&*app.ports, &id, &budget, &hold, dollars("cost", &cost)?).await?;
    let (cost, held) = (settled.spend.money, settled.held);
    Ok(Json(Settled { cost: shown(cost), held: shown(held), over: shown(cost.minus(held)) }))
}

pub(crate) async fn release<P: Purses, I: Identify>(
    State(app): State<App<P, I>>,
    Id(id): Id,
    Path((_, budget, hold)): Path<(String, String, String)>,
    caller: Caller,
    body: Body,
) -> Result<Json<Released>, Problem> {
    let Nothing {} = body.json()?;
    own(&caller, &hold)?;
    let held = doors::release(&*app.ports, &id, &budget, &hold).await?;
    Ok(Json(Released { held: shown(held) }))
}

pub(crate) async fn budgets<P: Ports, I: Identify>(
    State(app): State<App<P, I>>,
    Id(id): Id,
    _: Caller,
) -> Result<Json<Accounts>, Problem> {
    let loaded = app.ports.load(&id).await?;
    Ok(Json(accounts::read(&*app.ports, &loaded).await?))
}

/// How the name of a hold says whose it is, behind its day.
const OF: &str = "of-";

fn owner(caller: &Caller) -> String {
    format!("{OF}{}-", writes::digest([caller.name.as_bytes()]))
}

/// A hold ends by whoever reserved it, or by an admin: given back by somebody else it would leave a call that is not
/// counted. What nobody reserved is nobody's.
fn own(caller: &Caller, hold: &str) -> Result<(), Problem> {
    // A day has three parts.
    let name = hold.splitn(4, '-').nth(3).unwrap_or_default();
    if caller.admin || !name.starts_with(OF) || name.starts_with(&owner(caller)) {
        return Ok(());
    }
    let who = &caller.name;
    Err(Problem::no_right(format!(
        "{who} did not reserve this: whoever did, or an admin, settles and releases it"
    )))
}

fn dollars(field: &str, value: &Value) -> Result<Money, Problem> {
    let detail = || format!("{field} is an amount of dollars that is more than nothing, such as \"0.02\"");
    doors::dollars(value).ok_or_else(|| Problem::malformed(detail()))
}

/// A decimal as a text, so that no program makes a float of it.
fn shown(money: Money) -> String {
    money.dollars().to_string()
}

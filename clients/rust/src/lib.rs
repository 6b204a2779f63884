//! Money is held before it is spent: reserve, call, settle. One file; its HTTP client is `ureq`.
//!
//! ```no_run
//! use tidegate_budget::{Budget, Limits, Money, Unreachable, bearer};
//! # fn ask_the_model() -> Result<(String, u64), String> { Ok((String::new(), 1)) }
//! # fn without_the_model() -> String { String::new() }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let endpoint = "https://abc.execute-api.eu-west-1.amazonaws.com";
//! let budget = Budget::new(endpoint, "valine-ux-agent-1", "llm_cost", bearer("TOKEN"), Limits::default())?;
//! // The most that the call may cost.
//! let hold = budget.reserve("0.02".parse()?, None, Unreachable::Closed)?;
//! let call = || ask_the_model().map(|(answer, micros)| (answer, Money::micros(micros)));
//! let answer = match budget.during(&hold, call)? {
//!     Some((answer, _)) => answer,
//!     None => without_the_model(), // `hold.state` says why, and when there is money again
//! };
//! # drop(answer); Ok(()) }
//! ```
//!
//! - What happens where nobody answers is yours to choose. [`Unreachable::Closed`]: the call is not made, as if it were
//!   refused. [`Unreachable::Open`]: it is made without a hold. Its cost is still settled, and waits until
//!   [`Budget::report_late`] brings it.
//! - What ends [`Budget::during`] with an error was no call: its money is given back. What was paid for all the same (a
//!   time-out of the model) is an `Ok` with its cost.
//! - A process that dies leaves its hold to lapse. Give a `key` where the call itself may be tried again by another process:
//!   the same key and amount are the same hold. Two calls need two keys: the second cost under one key is not counted.
//! - A refusal is a value. [`WrongUse`] is for what never works: money that is none, an unknown budget, a wrong token.
//! - It waits for its answers. In an async function (a Lambda with tokio) it is cloned into a thread that may wait:
//!   `spawn_blocking({ let budget = budget.clone(); move || budget.reserve(most, None, Unreachable::Closed) }).await`, then
//!   the call is awaited, and `settle` is asked for in the same way.

use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    fmt,
    hash::{BuildHasher, RandomState},
    str::FromStr,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, SystemTime},
};
use ureq::http::Request;

/// A lost answer is asked for once more, under the same key.
const TRIES: usize = 2;
/// Costs that wait until somebody answers.
const LATE_MAX: usize = 1_000;

/// It does not work this way, and will not when it is tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongUse(String);

impl fmt::Display for WrongUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WrongUse {}

/// Dollars, in whole millionths. From a text: what is less than a millionth is rounded up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(u64);

impl Money {
    /// From millionths.
    #[must_use]
    pub const fn micros(micros: u64) -> Money {
        Money(micros)
    }
}

impl FromStr for Money {
    type Err = WrongUse;

    fn from_str(text: &str) -> Result<Money, WrongUse> {
        let is_number = |part: &str, most| {
            (1..=most).contains(&part.len()) && part.bytes().all(|digit| digit.is_ascii_digit())
        };
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let wrong = || WrongUse(format!("{text:?} is no money: write dollars as a text such as \"0.02\""));
        if !is_number(whole, 12) || !is_number(part, 18) {
            return Err(wrong());
        }
        let (kept, rest) = part.split_at(part.len().min(6));
        let more = u64::from(rest.bytes().any(|digit| digit != b'0'));
        let micros: u64 = format!("{whole}{kept:0<6}").parse().map_err(|_| wrong())?;
        Ok(Money(micros + more))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// What happens where nobody answers. There is no default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreachable {
    /// The call is made without a hold.
    Open,
    /// It is not made.
    Closed,
}

/// What came of a reservation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Whether the money is there.
    pub state: State,
    /// The most that the call may cost.
    pub amount: Money,
    /// Of what is not held: under which its cost is settled, from then on. A clone is the same hold, also the one that waits.
    name: Arc<OnceLock<String>>,
}

/// Whether the money is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Until then, RFC 3339. After it the money is there for others, and a cost still counts.
    Held(String),
    /// Why, and when the next window begins, if money was what was missing.
    Refused(String, Option<String>),
    /// Why, and whether the call is made all the same.
    Unreachable(String, Unreachable),
}

impl Hold {
    /// Whether the call may be made.
    #[must_use]
    pub fn may_call(&self) -> bool {
        matches!(self.state, State::Held(_) | State::Unreachable(_, Unreachable::Open))
    }
}

/// What came of a settle or a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// What is counted (of a hold that was settled before, what it was settled with then), what was held, and how much
    /// more it cost.
    Settled(Money, Money, Money),
    /// What was given back.
    Released(Money),
    /// Why nothing is counted, or given back.
    Refused(String),
    /// Nobody answered: the cost is kept for [`Budget::report_late`].
    Late(String),
    /// Nobody answered, and too many costs are kept.
    Lost(String),
    /// Nobody answered: the hold gives its money back by itself.
    Lapses(String),
}

/// From method, address and body to what says who asks: the headers of a token, or of a signature. Where it fails nobody
/// can be asked, as if nobody had answered.
pub type Headers = Box<dyn Fn(&str, &str, &str) -> Result<Vec<(String, String)>, String> + Send + Sync>;

/// Who has a token: in local mode, or of an issuer.
#[must_use]
pub fn bearer(token: &str) -> Headers {
    let says = format!("Bearer {token}");
    Box::new(move |_, _, _| Ok(vec![("authorization".to_owned(), says.clone())]))
}

/// How long things take.
#[derive(Clone, Debug)]
pub struct Limits {
    /// One try, at most.
    pub timeout: Duration,
    /// For so long a hold is kept for its call: at most `1h`.
    pub lasts: String,
}

impl Default for Limits {
    /// Two seconds and five minutes.
    fn default() -> Limits {
        Limits { timeout: Duration::from_secs(2), lasts: "5m".to_owned() }
    }
}

/// One budget of one rollout. A clone is the same one.
#[derive(Clone)]
pub struct Budget(Arc<Inner>);

struct Inner {
    agent: ureq::Agent,
    headers: Headers,
    lasts: String,
    endpoint: String,
    rollout: String,
    name: String,
    late: Mutex<VecDeque<(Hold, Money)>>,
}

impl Budget {
    /// # Errors
    /// [`WrongUse`]: no endpoint, or a name that no rollout and no budget has.
    pub fn new(
        endpoint: &str,
        rollout: &str,
        budget: &str,
        headers: Headers,
        limits: Limits,
    ) -> Result<Budget, WrongUse> {
        let Limits { timeout, lasts } = limits;
        let is_web = endpoint.starts_with("https://") || endpoint.starts_with("http://");
        if !is_web || endpoint.contains(['?', '#']) || !endpoint.bytes().all(|byte| byte.is_ascii_graphic()) {
            let what = "is no endpoint: it begins with http:// or https:// and has no query";
            return Err(WrongUse(format!("{endpoint:?} {what}")));
        }
        let fits = |name: &&str| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        };
        if let Some(name) = [rollout, budget].iter().find(|name| !fits(name)) {
            return Err(WrongUse(format!("{name:?} is the name of no rollout and no budget")));
        }
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(timeout));
        // No redirect is followed: who asks is told to one host only.
        let agent = config.max_redirects(0).build().into();
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        let (rollout, name, late) = (rollout.to_owned(), budget.to_owned(), Mutex::default());
        Ok(Budget(Arc::new(Inner { agent, headers, lasts, endpoint, rollout, name, late })))
    }

    /// Holds the most that a call may cost. The call is made only if the answer [`Hold::may_call`].
    ///
    /// # Errors
    /// [`WrongUse`]: nothing is held, and never will be.
    pub fn reserve(&self, most: Money, key: Option<&str>, then: Unreachable) -> Result<Hold, WrongUse> {
        let key = key.map_or_else(unique, str::to_owned);
        if most == Money(0) {
            return Err(WrongUse("an amount is more than nothing".to_owned()));
        }
        if !(1..=128).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(WrongUse("a key is 1 to 128 visible ASCII characters".to_owned()));
        }
        let body = json!({ "amount": most.to_string(), "lasts": self.0.lasts });
        let name = Arc::new(OnceLock::new());
        let state = match self.ask(&self.purse(), "id", Some(&body), Some(&key)) {
            Ok((..300, said)) => {
                let _ = name.set(text(&said, "id"));
                State::Held(text(&said, "until"))
            }
            Ok((409, said)) => State::Refused(why(&said), said["next"].as_str().map(str::to_owned)),
            Ok((status, said)) => return Err(WrongUse(format!("{status}: {}", why(&said)))),
            Err(nobody) => State::Unreachable(nobody, then),
        };
        Ok(Hold { state, amount: most, name })
    }

    /// Counts what the call did cost, once and in full. A cost of nothing releases.
    pub fn settle(&self, hold: &Hold, cost: Money) -> Outcome {
        if cost == Money(0) {
            return self.release(hold);
        }
        let settled = self.named(hold).and_then(|name| {
            let body = json!({ "cost": cost.to_string() });
            self.ask(&format!("{}/{name}/settle", self.purse()), "cost", Some(&body), None)
        });
        let nobody = match settled {
            Ok((..300, said)) => {
                return Outcome::Settled(money(&said, "cost"), money(&said, "held"), money(&said, "over"));
            }
            // For good. After any other answer the cost is kept.
            Ok((400 | 409, said)) => return Outcome::Refused(why(&said)),
            Ok((status, said)) => format!("{status}: {}", why(&said)),
            Err(nobody) => nobody,
        };
        let mut late = self.late();
        if late.len() >= LATE_MAX {
            return Outcome::Lost(nobody);
        }
        late.push_back((hold.clone(), cost));
        Outcome::Late(nobody)
    }

    /// Gives back what is held: there was no call, or a log or a metric tells its cost.
    pub fn release(&self, hold: &Hold) -> Outcome {
        let Some(name) = hold.name.get() else {
            return Outcome::Released(Money(0));
        };
        match self.ask(&format!("{}/{name}/release", self.purse()), "held", Some(&json!({})), None) {
            Ok((..300, said)) => Outcome::Released(money(&said, "held")),
            Ok((_, said)) => Outcome::Refused(why(&said)),
            Err(nobody) => Outcome::Lapses(nobody),
        }
    }

    /// Makes the call, if it may be made, and settles what it says that it did cost; where it fails its money is given
    /// back.
    ///
    /// # Errors
    /// That of the call.
    pub fn during<T, E>(
        &self,
        hold: &Hold,
        call: impl FnOnce() -> Result<(T, Money), E>,
    ) -> Result<Option<(T, Outcome)>, E> {
        if !hold.may_call() {
            return Ok(None);
        }
        match call() {
            Ok((made, cost)) => Ok(Some((made, self.settle(hold, cost)))),
            Err(why) => {
                self.release(hold);
                Err(why)
            }
        }
    }

    /// How many costs are not counted yet.
    #[must_use]
    pub fn late_count(&self) -> usize {
        self.late().len()
    }

    /// Settles what could not be settled, until nobody answers again.
    pub fn report_late(&self) -> Vec<Outcome> {
        let mut outcomes = vec![];
        for _ in 0..self.late_count() {
            let next = self.late().pop_front();
            outcomes.extend(next.map(|(hold, cost)| self.settle(&hold, cost)));
            if matches!(outcomes.last(), Some(Outcome::Late(_))) {
                break;
            }
        }
        outcomes
    }

    fn late(&self) -> MutexGuard<'_, VecDeque<(Hold, Money)>> {
        self.0.late.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn purse(&self) -> String {
        format!("/v1/budgets/{}/{}/reservations", self.0.rollout, self.0.name)
    }

    /// Under which a cost is settled. One for which nothing was held counts in the window that is now.
    fn named(&self, hold: &Hold) -> Result<String, String> {
        if let Some(name) = hold.name.get() {
            return Ok(name.clone());
        }
        let (status, said) =
            self.ask(&format!("/v1/rollouts/{}/budgets", self.0.rollout), "budgets", None, None)?;
        let own = |one: &&Value| one["name"].as_str() == Some(&self.0.name);
        let window = said["budgets"].as_array().and_then(|all| all.iter().find(own)?["window"].as_str());
        let window = window.ok_or_else(|| format!("{status}: {}", why(&said)))?;
        Ok(hold.name.get_or_init(|| format!("{window}-{}", unique())).clone())
    }

    /// The status, and what is said: of a success it has this field.
    fn ask(
        &self,
        path: &str,
        field: &str,
        body: Option<&Value>,
        key: Option<&str>,
    ) -> Result<(u16, Value), String> {
        let endpoint = &self.0.endpoint;
        let mut lost = String::new();
        for _ in 0..TRIES {
            let (status, said) = match self.send(&format!("{endpoint}{path}"), body, key) {
                Ok(answer) => answer,
                Err(why) => {
                    lost = format!("no answer from {endpoint}: {why}");
                    continue;
                }
            };
            // Whoever stands in between answers for tidegate with 408, 425 and 429.
            let is_refused = (400..500).contains(&status) && !matches!(status, 408 | 425 | 429);
            if is_refused && said.is_object() || (200..300).contains(&status) && said.get(field).is_some() {
                return Ok((status, said));
            }
            lost = format!("{endpoint} answered {status}: {}", why(&said));
        }
        Err(lost)
    }

    fn send(&self, url: &str, body: Option<&Value>, key: Option<&str>) -> Result<(u16, Value), String> {
        let (method, sent) = body.map_or(("GET", String::new()), |body| ("POST", body.to_string()));
        let mut request =
            Request::builder().method(method).uri(url).header("content-type", "application/json");
        for (name, value) in (self.0.headers)(method, url, &sent)? {
            request = request.header(name, value);
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let request = request.body(sent).map_err(|why| why.to_string())?;
        let mut answer = self.0.agent.run(request).map_err(|why| why.to_string())?;
        let said = answer.body_mut().read_to_string().map_err(|why| why.to_string())?;
        let said = serde_json::from_str(&said).map_err(|why| format!("it is not JSON: {why}"))?;
        Ok((answer.status().as_u16(), said))
    }
}

fn text(said: &Value, field: &str) -> String {
    said[field].as_str().unwrap_or_default().to_owned()
}

fn money(said: &Value, field: &str) -> Money {
    text(said, field).parse().unwrap_or(Money(0))
}

fn why(said: &Value) -> String {
    let told = said["detail"].as_str().or_else(|| said["message"].as_str());
    told.unwrap_or("it does not say why").to_owned()
}

/// A text that nobody else has. It is no secret.
fn unique() -> String {
    let word = || RandomState::new().hash_one((std::process::id(), SystemTime::now()));
    format!("{:016x}{:016x}", word(), word())
}

//! The API, as a client sees it.

mod endpoint;
mod gateway;

use crate::{
    account::{Account, Header},
    args::Common,
    fail::Fail,
    local::{is_for_account, local_endpoint},
    tokens::{TokenFile, random},
};
use console::{Listed, Summary};
use control::view::Status;
use endpoint::Endpoint;
use gateway::Refusal;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use std::{path::PathBuf, time::Duration};
use ureq::http::{Request, Response, header::DATE};

/// What the API says of where rollouts are listed.
const LISTS: &str = "GET /v1/rollouts";
/// An answer takes at most so long.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// A write whose answer was lost is sent once more under the same name, so that it counts once.
const SENDS: u32 = 2;

/// One endpoint, and who talks to it.
pub(crate) struct Client {
    agent: ureq::Agent,
    endpoint: Endpoint,
    /// Who acts, if that was said.
    proof: Option<Proof>,
    /// Everybody whom the local state directory knows, if the API may be that of local mode.
    local: Option<TokenFile>,
    /// Where that directory is.
    state: PathBuf,
}

/// How it is known who acts.
enum Proof {
    Token(String),
    Account(Account),
}

impl Proof {
    /// What says it of a request.
    fn headers(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Vec<Header>, Fail> {
        match self {
            Proof::Token(token) => Ok(vec![("authorization".to_owned(), format!("Bearer {token}"))]),
            Proof::Account(account) => account.sign(method, url, headers, body),
        }
    }
}

/// The part of a problem that people read.
#[derive(Deserialize)]
struct Told {
    title: String,
    detail: String,
}

impl Client {
    pub(crate) fn new(common: &Common) -> Result<Client, Fail> {
        let endpoint = match &common.endpoint {
            Some(said) => Endpoint::of(said)?,
            None => Endpoint::of(&local_endpoint(&common.state)?)?,
        };
        let is_local = endpoint.is_here() && !common.sign || common.as_name.is_some();
        let local = if is_local { TokenFile::read(&common.state)? } else { None };
        let proof = match (&common.token, &common.as_name) {
            (_, Some(name)) => Some(Proof::Token(token_of(common, local.as_ref(), name)?)),
            (Some(token), None) if !common.sign => Some(Proof::Token(token.clone())),
            (None, None) if endpoint.is_here() && !common.sign => None,
            (_, None) => Some(Proof::Account(Account::at_hand(endpoint.host(), common.region.as_deref())?)),
        };
        let agent = endpoint.agent(ANSWER_WITHIN);
        Ok(Client { agent, endpoint, proof, local, state: common.state.clone() })
    }

    /// Whether the API is that of local mode, with a lab around it.
    pub(crate) fn is_of_lab(&self) -> bool {
        let signs = matches!(self.proof, Some(Proof::Account(_)));
        self.endpoint.is_here() && !signs && !is_for_account(&self.state)
    }

    /// Reads. Anybody who has a token may, so that of a local admin will do.
    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Fail> {
        let admin = || self.local.as_ref()?.people.first().map(|bearer| Proof::Token(bearer.token.clone()));
        let anybody = if self.proof.is_none() { admin() } else { None };
        let proof = self.proof.as_ref().or(anybody.as_ref()).ok_or_else(|| self.nobody())?;
        let url = self.endpoint.url(path);
        let mut request = Request::get(&url);
        for (name, value) in proof.headers("GET", &url, &[], &[])? {
            request = request.header(name, value);
        }
        let request = request.body(()).map_err(|why| no_request(&url, &why))?;
        let answer = self.agent.run(request);
        self.read(proof, answer.map_err(|why| self.unreachable(&why))?)
    }

    /// Writes, as somebody.
    pub(crate) fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, Fail> {
        let proof = self.proof.as_ref().ok_or_else(|| self.unsaid())?;
        let (url, once, body) = (self.endpoint.url(path), random()?, body.to_string());
        let told = [("content-type", "application/json"), ("idempotency-key", once.as_str())];
        let mut sends = 0;
        loop {
            sends += 1;
            let mut request = Request::post(&url);
            for (name, value) in told {
                request = request.header(name, value);
            }
            for (name, value) in proof.headers("POST", &url, &told, body.as_bytes())? {
                request = request.header(name, value);
            }
            let request = request.body(body.as_bytes()).map_err(|why| no_request(&url, &why))?;
            match self.agent.run(request) {
                Ok(answer) => return self.read(proof, answer),
                Err(ureq::Error::Io(why))
                    if sends < SENDS && why.kind() == std::io::ErrorKind::ConnectionReset => {}
                Err(why) => return Err(self.unreachable(&why)),
            }
        }
    }

    fn read<T: DeserializeOwned>(&self, proof: &Proof, mut answer: Response<ureq::Body>) -> Result<T, Fail> {
        let status = answer.status();
        let date = answer.headers().get(DATE).and_then(|date| date.to_str().ok()).map(str::to_owned);
        let text = answer.body_mut().read_to_string().map_err(|why| self.unreachable(&why))?;
        if status.is_success() {
            let strange = |why| Fail::ours(format!("{} answered what is not expected: {why}", self.endpoint));
            return serde_json::from_str(&text).map_err(strange);
        }
        let Ok(Told { title, detail }) = serde_json::from_str::<Told>(&text) else {
            let region = match proof {
                Proof::Account(account) => Some(account.region()),
                Proof::Token(_) => None,
            };
            let (endpoint, ahead) = (self.endpoint.to_string(), date.as_deref().and_then(Account::ahead));
            let refusal =
                Refusal { endpoint: &endpoint, status: status.as_u16(), text: &text, region, ahead };
            return Err(refusal.fail());
        };
        let what = format!("{title}: {}", detail.replace(LISTS, "`tidegate list`"));
        Err(match (status.as_u16(), status.is_client_error()) {
            (401, _) => self.rejected(proof, what),
            (_, true) => Fail::yours(what),
            (_, false) => Fail::ours(what),
        })
    }

    fn rejected(&self, proof: &Proof, what: String) -> Fail {
        match (proof, &self.local) {
            (Proof::Account(_), _) => Fail::yours(what).help(
                "users and roles of the account may act, its root user may not: `aws sts get-caller-identity` says who \
                you are",
            ),
            (Proof::Token(_), Some(file)) => {
                Fail::yours(what).help(format!("say --as NAME; known here: {}", file.names()))
            }
            (Proof::Token(_), None) => Fail::yours(what).help("set --token or TIDEGATE_TOKEN"),
        }
    }

    fn unsaid(&self) -> Fail {
        match &self.local {
            Some(file) => Fail::yours("a command is somebody's: who acts is not said")
                .help(format!("say --as NAME; known here: {}", file.names())),
            None => self.nobody(),
        }
    }

    fn nobody(&self) -> Fail {
        let fail = Fail::yours("who acts is not known");
        if self.endpoint.is_here() && !self.state.exists() {
            let state = self.state.display();
            return fail.help(format!(
                "there is no {state}: name the directory of `tidegate local` with --state, or set --token"
            ));
        }
        fail.help("set --token or TIDEGATE_TOKEN, or say --as NAME on a laptop")
    }

    fn unreachable(&self, why: &ureq::Error) -> Fail {
        let fail = Fail::ours(format!("no answer from {}: {why}", self.endpoint));
        if !self.endpoint.is_here() {
            return fail.help("is --endpoint right, and can this machine reach it?");
        }
        if self.local.is_none() {
            return fail.help("start `tidegate local PLAN`, or say where it runs with --endpoint");
        }
        let state = self.state.display();
        if is_for_account(&self.state) {
            return fail.help(format!(
                "was `tidegate run` ended, or does it run on another port? Until `tidegate run PLAN --state {state}` goes \
                on nobody watches; or say where it runs with --endpoint"
            ));
        }
        fail.help(format!(
            "was local mode ended? Without --stay it ends with its rollout. The log is kept in {state}: the next \
            `tidegate local PLAN --stay --state {state}` answers for it, too, and starts a new rollout of PLAN where \
            none of it goes on; or say where it runs with --endpoint"
        ))
    }

    /// The rollout that was named, or the only one that can be meant.
    pub(crate) fn which(&self, named: Option<&String>) -> Result<String, Fail> {
        if let Some(name) = named {
            return checked(name);
        }
        let all: Listed = self.get("/v1/rollouts")?;
        let active: Vec<&Summary> = all.rollouts.iter().filter(|one| one.outcome.is_none()).collect();
        match (active.as_slice(), all.rollouts.as_slice()) {
            ([one], _) => Ok(one.id.clone()),
            ([], [one]) => Ok(one.id.clone()),
            ([], []) => Err(Fail::yours("there is no rollout yet").help("`tidegate start PLAN` starts one")),
            ([], all) => Err(ambiguous("no rollout is active", all.iter())),
            (active, _) => Err(ambiguous("several rollouts are active", active.iter().copied())),
        }
    }

    pub(crate) fn status(&self, id: &str) -> Result<Status, Fail> {
        let mut status: Status = self.get(&format!("/v1/rollouts/{id}"))?;
        self.name_persons(&mut status);
        Ok(status)
    }

    /// What to type on this laptop.
    pub(crate) fn name_persons(&self, status: &mut Status) {
        if let Some(file) = &self.local {
            file.name_persons(status);
        }
    }
}

fn token_of(common: &Common, local: Option<&TokenFile>, name: &str) -> Result<String, Fail> {
    let Some(file) = local else {
        let state = common.state.display();
        return Err(Fail::yours(format!("{state} has no tokens"))
            .help("--as works beside `tidegate local` and `tidegate run`; name their directory with --state, or use --token"));
    };
    match file.of(name) {
        Some(bearer) => Ok(bearer.token.clone()),
        None => {
            Err(Fail::yours(format!("nobody is called {name}")).help(format!("known here: {}", file.names())))
        }
    }
}

fn no_request(url: &str, why: &ureq::http::Error) -> Fail {
    Fail::yours(format!("{url} is no address: {why}")).help("is --endpoint right?")
}

/// Names go into a path as they are.
fn checked(name: &str) -> Result<String, Fail> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if !name.is_empty() && name.chars().all(fits) {
        Ok(name.to_owned())
    } else {
        Err(Fail::yours(format!("{name:?} is not the name of a rollout"))
            .help("`tidegate list` shows their names, such as elite-endpoints-1"))
    }
}

fn ambiguous<'a>(what: &str, among: impl Iterator<Item = &'a Summary>) -> Fail {
    let names: Vec<&str> = among.map(|one| one.id.as_str()).collect();
    Fail::yours(format!("{what}: say which")).help(format!("one of {}", names.join(", ")))
}

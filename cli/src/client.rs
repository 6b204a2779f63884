//! The API, as a client sees it.

use crate::{
    args::Common,
    fail::Fail,
    tokens::{TokenFile, random},
};
use console::{Listed, Summary};
use control::view::Status;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use std::{path::PathBuf, time::Duration};

/// What the API says of where rollouts are listed.
const LISTS: &str = "GET /v1/rollouts";
/// An answer takes at most so long.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// A write whose answer was lost is sent once more under the same name, so that it counts once.
const SENDS: u32 = 2;

/// One endpoint, and who talks to it.
pub(crate) struct Client {
    agent: ureq::Agent,
    endpoint: String,
    /// Who acts, if that was said.
    token: Option<String>,
    /// Everybody whom the local state directory knows.
    local: Option<TokenFile>,
    /// Where that directory is.
    state: PathBuf,
}

/// The part of a problem that people read.
#[derive(Deserialize)]
struct Told {
    title: String,
    detail: String,
}

impl Client {
    pub(crate) fn new(common: &Common) -> Result<Client, Fail> {
        let local = TokenFile::read(&common.state)?;
        let token = match (&common.token, &common.as_name) {
            (Some(token), _) => Some(token.clone()),
            (None, Some(name)) => Some(token_of(common, local.as_ref(), name)?),
            (None, None) => None,
        };
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(ANSWER_WITHIN))
            .proxy(None)
            .build();
        let endpoint = common.endpoint.trim_end_matches('/').to_owned();
        Ok(Client { agent: config.into(), endpoint, token, local, state: common.state.clone() })
    }

    /// Reads. Anybody who has a token may, so that of a local admin will do.
    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Fail> {
        let admin = || self.local.as_ref()?.people.first().map(|bearer| bearer.token.clone());
        let token = self.token.clone().or_else(admin).ok_or_else(nobody)?;
        let request = self.agent.get(format!("{}{path}", self.endpoint));
        let answer = request.header("authorization", format!("Bearer {token}")).call();
        self.read(answer.map_err(|why| self.unreachable(&why))?)
    }

    /// Writes, as somebody.
    pub(crate) fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, Fail> {
        let token = self.token.as_ref().ok_or_else(|| self.unsaid())?;
        let (url, once) = (format!("{}{path}", self.endpoint), random()?);
        let mut sends = 0;
        loop {
            sends += 1;
            let request = self.agent.post(&url).header("authorization", format!("Bearer {token}"));
            match request.header("idempotency-key", &once).send_json(body) {
                Ok(answer) => return self.read(answer),
                Err(ureq::Error::Io(why))
                    if sends < SENDS && why.kind() == std::io::ErrorKind::ConnectionReset => {}
                Err(why) => return Err(self.unreachable(&why)),
            }
        }
    }

    fn read<T: DeserializeOwned>(&self, mut answer: ureq::http::Response<ureq::Body>) -> Result<T, Fail> {
        let status = answer.status();
        let text = answer.body_mut().read_to_string().map_err(|why| self.unreachable(&why))?;
        if status.is_success() {
            let strange = |why| Fail::ours(format!("{} answered what is not expected: {why}", self.endpoint));
            return serde_json::from_str(&text).map_err(strange);
        }
        let what = match serde_json::from_str::<Told>(&text) {
            Ok(Told { title, detail }) => format!("{title}: {}", detail.replace(LISTS, "`tidegate list`")),
            Err(_) => format!("{} answered {status}", self.endpoint),
        };
        Err(match (status.as_u16(), status.is_client_error()) {
            (401, _) => self.rejected(what),
            (_, true) => Fail::yours(what),
            (_, false) => Fail::ours(what),
        })
    }

    fn rejected(&self, what: String) -> Fail {
        match &self.local {
            Some(file) => Fail::yours(what).help(format!("say --as NAME; known here: {}", file.names())),
            None => Fail::yours(what).help("set --token or TIDEGATE_TOKEN"),
        }
    }

    fn unsaid(&self) -> Fail {
        match &self.local {
            Some(file) => Fail::yours("a command is somebody's: who acts is not said")
                .help(format!("say --as NAME; known here: {}", file.names())),
            None => nobody(),
        }
    }

    fn unreachable(&self, why: &ureq::Error) -> Fail {
        let fail = Fail::ours(format!("no answer from {}: {why}", self.endpoint));
        if self.local.is_none() {
            return fail.help("start `tidegate local PLAN`, or say where it runs with --endpoint");
        }
        let state = self.state.display();
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
            .help("--as works beside `tidegate local`; name its directory with --state, or use --token"));
    };
    match file.of(name) {
        Some(bearer) => Ok(bearer.token.clone()),
        None => {
            Err(Fail::yours(format!("nobody is called {name}")).help(format!("known here: {}", file.names())))
        }
    }
}

fn nobody() -> Fail {
    Fail::yours("who acts is not known").help("set --token or TIDEGATE_TOKEN, or say --as NAME on a laptop")
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

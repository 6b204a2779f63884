//! The tokens file of a local state directory: who may do what, for whoever may read the file.

use crate::fail::Fail;
use console::Caller;
use control::{people::cast, view::Status};
use rollout::{decide::Needs, plan::Plan};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// Its name in the directory.
const FILE: &str = "tokens";
/// Bytes of a token.
const TOKEN_BYTES: usize = 16;

/// Everybody who has a token. It has no `Debug`: tokens are secrets.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenFile {
    pub(crate) people: Vec<Bearer>,
}

/// Somebody with a token.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bearer {
    pub(crate) name: String,
    /// For which they stand in, where a plan names nobody. Who is named by a plan holds what that plan says.
    pub(crate) roles: BTreeSet<String>,
    pub(crate) admin: bool,
    pub(crate) machine: bool,
    pub(crate) token: String,
}

impl TokenFile {
    fn path(state: &Path) -> PathBuf {
        state.join(FILE)
    }

    /// The file of a state directory, if there is one.
    pub(crate) fn read(state: &Path) -> Result<Option<TokenFile>, Fail> {
        let path = TokenFile::path(state);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(why) => return Err(Fail::yours(format!("{}: {why}", path.display()))),
        };
        let parsed = serde_json::from_slice(&bytes);
        parsed.map(Some).map_err(|why| {
            Fail::yours(format!("{} is not a tokens file: {why}", path.display())).help(
                "remove it: new tokens are made when `tidegate local` or `tidegate run` is started again",
            )
        })
    }

    /// The file with a token for everybody who can act in a plan. Tokens that were given stay as they are.
    pub(crate) fn complete(state: &Path, plan: &Plan) -> Result<TokenFile, Fail> {
        let mut file = TokenFile::read(state)?.unwrap_or_default();
        let is_named = |role: &String| plan.people.get(role).is_some_and(|person| !person.members.is_empty());
        for mut actor in cast(plan) {
            actor.roles.retain(|role| !is_named(role));
            match file.people.iter_mut().find(|known| known.name == actor.name) {
                Some(known) => known.roles.extend(actor.roles),
                None => file.people.push(Bearer {
                    name: actor.name,
                    roles: actor.roles,
                    admin: actor.admin,
                    machine: actor.machine,
                    token: random()?,
                }),
            }
        }
        file.write(state)?;
        Ok(file)
    }

    /// Readable for the owner only, and never half written.
    fn write(&self, state: &Path) -> Result<(), Fail> {
        let path = TokenFile::path(state);
        let draft = state.join(format!("{FILE}.new"));
        let write = || -> std::io::Result<()> {
            let mut options = std::fs::OpenOptions::new();
            let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
            serde_json::to_writer_pretty(&mut file, self)?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            std::fs::rename(&draft, &path)
        };
        write().map_err(|why| Fail::ours(format!("{} cannot be written: {why}", path.display())))
    }

    /// The token of somebody.
    pub(crate) fn of(&self, name: &str) -> Option<&Bearer> {
        self.people.iter().find(|bearer| bearer.name == name)
    }

    /// All names, for people.
    pub(crate) fn names(&self) -> String {
        self.people.iter().map(|bearer| bearer.name.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// Puts a name behind each command that somebody may type: of one whose token is here.
    pub(crate) fn name_persons(&self, status: &mut Status) {
        for may in &mut status.who {
            let stands_in = |bearer: &Bearer| match &may.role {
                Some(role) => bearer.roles.contains(role),
                None => !bearer.roles.is_empty(),
            };
            let able = |bearer: &&Bearer| match may.needs {
                Needs::Admin => bearer.admin,
                Needs::Known => !bearer.admin && !bearer.machine,
                Needs::Teller | Needs::Member | Needs::Asked if may.members.is_empty() => stands_in(bearer),
                Needs::Teller | Needs::Member | Needs::Asked => may.members.contains(&bearer.name),
            };
            if let Some(bearer) = self.people.iter().find(able) {
                may.command.push_str(&format!(" --as {}", bearer.name));
            }
        }
    }

    /// As the API needs it.
    pub(crate) fn table(&self) -> console::Tokens {
        console::Tokens::new(self.people.iter().map(|bearer| (bearer.token.clone(), bearer.caller())))
    }
}

impl Bearer {
    /// As the API knows them.
    pub(crate) fn caller(&self) -> Caller {
        Caller {
            name: self.name.clone(),
            groups: BTreeSet::new(),
            roles: self.roles.clone(),
            admin: self.admin,
            machine: self.machine,
        }
    }
}

/// A text that nobody else has.
pub(crate) fn random() -> Result<String, Fail> {
    let mut bytes = [0; TOKEN_BYTES];
    getrandom::fill(&mut bytes).map_err(|why| Fail::ours(format!("no randomness: {why}")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    /// A plan whose lead is somebody.
    fn plan(lead: &str) -> Plan {
        let text = include_str!("../tests/plans/two-steps.yaml").replace("lead: {members: [lena]}", lead);
        rollout::plan::load("two-steps.yaml", &text).unwrap().plan
    }

    #[test]
    fn who_is_taken_out_of_a_role_keeps_a_token_and_no_role() {
        let state = std::env::temp_dir().join(format!("tidegate-tokens-{}", random().unwrap()));
        std::fs::create_dir(&state).unwrap();
        let plans =
            ["lead: {members: [lena]}", "lead: {groups: [leads]}", "lead: {members: [omar]}"];
        let leads: Vec<Vec<String>> = plans
            .map(|lead| {
                let plan = plan(lead);
                let file = TokenFile::complete(&state, &plan).unwrap();
                let holds = |bearer: &&Bearer| bearer.caller().actor(&plan).roles.contains("lead");
                file.people.iter().filter(holds).map(|bearer| bearer.name.clone()).collect()
            })
            .into();
        // Who stands in for a role bears its name, and goes when somebody is named.
        assert_eq!(leads, [["lena"], ["lead"], ["omar"]]);
        std::fs::remove_dir_all(&state).unwrap();
    }
}

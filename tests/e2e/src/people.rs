//! People, each with keys of their own, who use the command line.

use crate::{Tried, cloud::Cloud};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Somebody who may call the API.
pub(crate) struct Person {
    name: &'static str,
    key: String,
    secret: String,
}

impl Person {
    /// A new user of the account, who may do nothing but call the API.
    pub(crate) fn new(cloud: &Cloud, name: &'static str) -> Tried<Person> {
        cloud.call(&["iam", "create-user", "--user-name", name])?;
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}],
        });
        let (policy, named) = (policy.to_string(), ["--policy-name", "api", "--policy-document"]);
        cloud.call(
            &[&["iam", "put-user-policy", "--user-name", name], named.as_slice(), &[&policy]].concat(),
        )?;
        let key = cloud.call(&["iam", "create-access-key", "--user-name", name])?;
        let part = |name: &str| {
            let text = key.pointer(&format!("/AccessKey/{name}")).and_then(Value::as_str);
            text.map(str::to_owned).ok_or_else(|| format!("a key without {name}"))
        };
        Ok(Person { name, key: part("AccessKeyId")?, secret: part("SecretAccessKey")? })
    }
}

/// The command line, at the deployed API.
pub(crate) struct Cli {
    pub(crate) program: PathBuf,
    pub(crate) endpoint: String,
    /// An empty directory: what is deployed needs nothing of this machine.
    pub(crate) directory: PathBuf,
}

impl Cli {
    /// What a command prints as JSON, when it succeeds.
    pub(crate) fn json(&self, by: &Person, arguments: &[&str]) -> Tried<Value> {
        let text = self.run(by, &[arguments, &["--format", "json"]].concat())?;
        serde_json::from_str(&text).map_err(|why| format!("tidegate {}: {why}: {text}", arguments.join(" ")))
    }

    /// What a command prints, when it succeeds.
    pub(crate) fn run(&self, by: &Person, arguments: &[&str]) -> Tried<String> {
        let mut signed = self.command(&self.endpoint, arguments);
        signed.arg("--sign").env("AWS_ACCESS_KEY_ID", &by.key).env("AWS_SECRET_ACCESS_KEY", &by.secret);
        self.done(signed, by.name, arguments)
    }

    /// The same with a token, at another endpoint.
    pub(crate) fn with_token(&self, endpoint: &str, token: &str, arguments: &[&str]) -> Tried<String> {
        let mut told = self.command(endpoint, arguments);
        told.env("TIDEGATE_TOKEN", token);
        self.done(told, "with a token", arguments)
    }

    fn command(&self, endpoint: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).args(["--endpoint", endpoint]).current_dir(&self.directory);
        command
    }

    fn done(&self, mut command: Command, by: &str, arguments: &[&str]) -> Tried<String> {
        let output = command.output().map_err(|why| format!("{}: {why}", self.program.display()))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let why = String::from_utf8_lossy(&output.stderr);
        Err(format!("{by}: tidegate {}: {}", arguments.join(" "), why.trim()))
    }

    /// Where a plan file is put for a command to read.
    pub(crate) fn file(&self, name: &str, text: &str) -> Tried<PathBuf> {
        let path = Path::new(&self.directory).join(name);
        std::fs::write(&path, text).map_err(|why| format!("{}: {why}", path.display()))?;
        Ok(path)
    }
}

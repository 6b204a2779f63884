//! What all flows share: the account, the people, and the functions that are rolled out.

use crate::{
    Tried,
    cloud::Cloud,
    people::{Cli, Person},
    traffic,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    env,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// Between two looks at a rollout.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// A flow that takes longer has failed. The schedules come once a minute, and each stage takes one or two of them.
pub(crate) const PATIENCE: Duration = Duration::from_secs(420);
/// The variable in which the mark stands.
pub(crate) const MARK: &str = "TIDEGATE";

/// The deployed stack and everybody around it.
pub(crate) struct Stage {
    pub(crate) cloud: Cloud,
    pub(crate) cli: Cli,
    /// Owns the plans, and is an admin.
    pub(crate) olga: Person,
    /// Approves.
    pub(crate) lena: Person,
    /// The name of the stack.
    pub(crate) stack: String,
    /// What the stack says of itself.
    outputs: BTreeMap<String, String>,
    /// The code of the functions that are rolled out.
    target_zip: String,
    /// Where the code of each door is.
    doors: String,
    /// Each flow, and how many of a hundred requests of its candidate fail.
    flows: Mutex<BTreeMap<String, u32>>,
}

impl Stage {
    /// As `tests/e2e/run` says.
    pub(crate) fn set() -> Tried<Stage> {
        let said = |name: &str| env::var(name).map_err(|_| format!("{name} is not set: run tests/e2e/run"));
        let outputs: Value = serde_json::from_str(&said("E2E_OUTPUTS")?).map_err(|why| why.to_string())?;
        let outputs = outputs.as_array().into_iter().flatten().filter_map(|output| {
            let text = |name: &str| output.get(name)?.as_str().map(str::to_owned);
            text("OutputKey").zip(text("OutputValue"))
        });
        let cloud = Cloud { program: PathBuf::from(said("E2E_AWS")?), endpoint: said("AWS_ENDPOINT_URL")? };
        let trusts = json!({
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
            ],
        });
        let (trusts, named) = (trusts.to_string(), ["--assume-role-policy-document"]);
        cloud.call(
            &[&["iam", "create-role", "--role-name", "e2e-target"], named.as_slice(), &[&trusts]].concat(),
        )?;
        let (olga, lena) = (Person::new(&cloud, "olga")?, Person::new(&cloud, "lena")?);
        let cli = Cli {
            program: PathBuf::from(said("E2E_TIDEGATE")?),
            endpoint: said("E2E_ENDPOINT")?,
            directory: PathBuf::from(said("E2E_DIRECTORY")?),
        };
        Ok(Stage {
            cloud,
            cli,
            olga,
            lena,
            stack: said("E2E_STACK")?,
            outputs: outputs.collect(),
            target_zip: format!("fileb://{}", said("E2E_TARGET")?),
            doors: said("E2E_DOORS")?,
            flows: Mutex::default(),
        })
    }

    /// What the stack calls so.
    pub(crate) fn output(&self, name: &str) -> Tried<&str> {
        self.outputs.get(name).map(String::as_str).ok_or_else(|| format!("the stack has no output {name}"))
    }

    /// The function that is one of the doors.
    pub(crate) fn door(&self, name: &str) -> String {
        format!("{}-{name}", self.stack)
    }

    /// A second door that rolls back, with the rights of the first, for which the table is away: other flows need theirs.
    pub(crate) fn door_without_table(&self, name: &str) -> Tried<String> {
        let rollback = self.door("rollback");
        let known =
            self.cloud.call(&["lambda", "get-function-configuration", "--function-name", &rollback])?;
        let role = known.get("Role").and_then(Value::as_str).ok_or("a door without a role")?;
        let mut variables = self.cloud.environment(&rollback)?;
        // Nobody listens there.
        variables.insert("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), "http://127.0.0.1:9".to_owned());
        let (name, environment) = (format!("e2e-{name}"), json!({ "Variables": variables }).to_string());
        let code = format!("fileb://{}/rollback.zip", self.doors);
        let call = [
            ["lambda", "create-function", "--function-name", &name],
            ["--runtime", "provided.al2023", "--handler", "bootstrap"],
            ["--role", role, "--zip-file", &code],
            ["--environment", &environment, "--timeout", "120"],
        ];
        self.cloud.call(&call.concat())?;
        Ok(name)
    }

    /// Every flow, and how many of a hundred requests of its candidate fail.
    pub(crate) fn flows(&self) -> Vec<(String, u32)> {
        let flows = self.flows.lock().unwrap_or_else(PoisonError::into_inner);
        flows.iter().map(|(flow, fails)| (flow.clone(), *fails)).collect()
    }

    /// From now on so many of a hundred requests of the candidate fail.
    pub(crate) fn fails(&self, flow: &str, of_a_hundred: u32) {
        self.flows.lock().unwrap_or_else(PoisonError::into_inner).insert(flow.to_owned(), of_a_hundred);
    }

    /// A function of other people, with variables that are none of our business, and the tag that lets us touch ours.
    pub(crate) fn target(&self, flow: &str) -> Tried<Target<'_>> {
        let function = format!("e2e-{flow}");
        let before = foreign();
        let environment = json!({ "Variables": before }).to_string();
        let call = [
            ["lambda", "create-function", "--function-name", &function],
            ["--runtime", "provided.al2023", "--handler", "bootstrap"],
            ["--role", "arn:aws:iam::000000000000:role/e2e-target", "--zip-file", &self.target_zip],
            ["--environment", &environment, "--tags", "tidegate:managed=true"],
        ];
        self.cloud.call(&call.concat())?;
        self.fails(flow, 0);
        // A start asks whether anything was ever measured.
        traffic::report(self);
        Ok(Target { stage: self, function, before })
    }

    /// Everything that must be so before a rollout of the plan of a flow begins.
    pub(crate) fn is_ready(&self, flow: &str, plan: &str) -> Tried {
        self.cli.run(&self.olga, &["preflight", &self.written(flow, plan)?]).map(drop)
    }

    /// Starts a rollout of the plan of a flow, and says what it is called.
    pub(crate) fn start(&self, flow: &str, plan: &str) -> Tried<String> {
        self.start_with(flow, plan, &[])
    }

    /// The same, whatever is found wrong before.
    pub(crate) fn insist(&self, flow: &str, plan: &str) -> Tried<String> {
        self.start_with(flow, plan, &["--force", "--note", "all the same"])
    }

    /// The same, with these options.
    pub(crate) fn start_with(&self, flow: &str, plan: &str, options: &[&str]) -> Tried<String> {
        let file = self.written(flow, plan)?;
        let started = self.cli.json(&self.olga, &[&["start", file.as_str()], options].concat())?;
        let id = started.get("id").and_then(Value::as_str);
        id.map(str::to_owned).ok_or_else(|| format!("nothing was started: {started}"))
    }

    /// The file of the plan of a flow.
    pub(crate) fn written(&self, flow: &str, plan: &str) -> Tried<String> {
        let file = self.cli.file(&format!("{flow}.yaml"), &plan.replace("FLOW", flow))?;
        Ok(file.display().to_string())
    }

    /// The status, once it is as wanted.
    pub(crate) fn until(&self, id: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> Tried<Value> {
        let begun = Instant::now();
        loop {
            let status = self.cli.json(&self.olga, &["status", id])?;
            if is_so(&status) {
                return Ok(status);
            }
            let said = |name: &str| status.get(name).cloned().unwrap_or(Value::Null);
            if begun.elapsed() > PATIENCE || said("outcome") != Value::Null {
                let (phase, stage, why) = (said("phase"), said("stage"), said("why"));
                return Err(format!("{id} was never {what}: it is {phase} at {stage}: {why}"));
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    /// Waits until it is over, in this way.
    pub(crate) fn until_over(&self, id: &str, outcome: &str) -> Tried {
        self.until(id, outcome, |status| status.get("outcome").and_then(Value::as_str) == Some(outcome))
            .map(drop)
    }

    /// The log must have an entry of this name that holds all of these words.
    pub(crate) fn log_says(&self, id: &str, event: &str, words: &[&str]) -> Tried {
        let log = self.cli.json(&self.olga, &["log", id])?;
        let said = log.as_array().into_iter().flatten().any(|entry| {
            let text = entry.to_string();
            entry.get("event").is_some_and(|name| name == event)
                && words.iter().all(|word| text.contains(word))
        });
        if said { Ok(()) } else { Err(format!("{id}: no entry {event} says {words:?}: {log}")) }
    }
}

/// A function that is rolled out.
pub(crate) struct Target<'a> {
    pub(crate) stage: &'a Stage,
    pub(crate) function: String,
    before: BTreeMap<String, String>,
}

impl Target<'_> {
    /// Somebody else's change, in between.
    pub(crate) fn edit(&mut self, name: &str, value: &str) -> Tried {
        let mut now = self.stage.cloud.environment(&self.function)?;
        now.insert(name.to_owned(), value.to_owned());
        self.stage.cloud.set_environment(&self.function, &now)?;
        self.before.insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    /// What is not ours is what it was, to the byte; ours is this.
    pub(crate) fn is(&self, ours: &[(&str, &str)]) -> Tried {
        let mut now = self.stage.cloud.environment(&self.function)?;
        now.remove(MARK).ok_or_else(|| format!("{} carries no mark", self.function))?;
        let ours = ours.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let wanted: BTreeMap<String, String> = self.before.clone().into_iter().chain(ours).collect();
        if now == wanted { Ok(()) } else { Err(format!("{}: {now:?} instead of {wanted:?}", self.function)) }
    }

    /// Nobody has written anything, not even a mark.
    pub(crate) fn is_untouched(&self) -> Tried {
        let now = self.stage.cloud.environment(&self.function)?;
        if now == self.before { Ok(()) } else { Err(format!("{}: {now:?}", self.function)) }
    }

    /// As it was before anything was rolled out.
    pub(crate) fn is_as_before(&self) -> Tried {
        self.is(&[])
    }
}

/// Variables of other people, among them what a careless writer loses.
fn foreign() -> BTreeMap<String, String> {
    [
        ("EXAMPLE_GREETING", "Grüß Gott, \"friend\" = 'x' \\ $HOME"),
        ("DATABASE_URL", "postgres://u:p%40ss@db.internal:5432/app?sslmode=require&x=1"),
        ("EMPTY", ""),
        ("LINES", "one\ntwo\ttabbed"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

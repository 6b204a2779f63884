//! The local AWS, through its command line: this program is as much of a stranger to tidegate as an operator is.

use crate::Tried;
use serde_json::Value;
use std::{collections::BTreeMap, path::PathBuf, process::Command};

/// Who sets the stage: whoever owns the account.
pub(crate) struct Cloud {
    /// The program `aws`.
    pub(crate) program: PathBuf,
    /// Said with each call: for queues the program forgets what the environment says.
    pub(crate) endpoint: String,
}

impl Cloud {
    /// What a call answers; null when it answers nothing.
    pub(crate) fn call(&self, arguments: &[&str]) -> Tried<Value> {
        let output = Command::new(&self.program)
            .args(arguments)
            .args(["--output", "json", "--endpoint-url", &self.endpoint])
            .output()
            .map_err(|why| format!("{}: {why}", self.program.display()))?;
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr);
            return Err(format!("aws {}: {}", arguments.join(" "), why.trim()));
        }
        if output.stdout.trim_ascii().is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&output.stdout).map_err(|why| format!("aws {}: {why}", arguments.join(" ")))
    }

    /// The variables of a function, and its revision.
    pub(crate) fn environment(&self, function: &str) -> Tried<BTreeMap<String, String>> {
        let answer = self.call(&["lambda", "get-function-configuration", "--function-name", function])?;
        let variables = answer.pointer("/Environment/Variables").cloned().unwrap_or(Value::Null);
        serde_json::from_value(variables).map_err(|why| format!("{function}: {why}"))
    }

    /// Writes all of them, as somebody does who knows of no rollout.
    pub(crate) fn set_environment(&self, function: &str, all: &BTreeMap<String, String>) -> Tried {
        let all = serde_json::json!({ "Variables": all }).to_string();
        let call =
            ["lambda", "update-function-configuration", "--function-name", function, "--environment", &all];
        self.call(&call).map(drop)
    }

    /// Calls a function and waits for what it says; its error is ours.
    pub(crate) fn invoke(&self, function: &str, payload: &Value) -> Tried {
        let payload = payload.to_string();
        let call = ["lambda", "invoke", "--function-name", function, "--payload", &payload];
        let raw = ["/dev/null"];
        let answer = self.call(&[call.as_slice(), raw.as_slice()].concat())?;
        match answer.get("FunctionError") {
            Some(error) => Err(format!("{function}: {error}")),
            None => Ok(()),
        }
    }
}

//! What `tidegate run` asks of AWS, in this process: whose the credentials are, and functions whose updates take their
//! time to settle. Any function may be called, `/well` is well, and `/mute` never answers. Whatever else is asked fails.

use crate::arrived::{Arrived, Said, serve};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    thread,
};

/// So many reads find an update still in progress.
const SETTLES_AFTER: u32 = 2;

/// The account that is at hand.
pub(crate) const ACCOUNT: &str = "123456789012";

pub(crate) struct Fake {
    pub(crate) url: String,
    world: Arc<Mutex<World>>,
}

#[derive(Default)]
struct World {
    functions: BTreeMap<String, Function>,
    /// How often a function was written.
    writes: u32,
    /// The credentials are of nobody.
    is_shut: bool,
}

#[derive(Default)]
struct Function {
    variables: BTreeMap<String, String>,
    revision: u32,
    settling: u32,
}

impl Fake {
    pub(crate) fn with(functions: &[&str]) -> Fake {
        let world: Arc<Mutex<World>> = Arc::default();
        for function in functions {
            world.lock().unwrap().functions.insert((*function).to_owned(), Function::default());
        }
        let kept = Arc::clone(&world);
        let answer = move |arrived: Arrived| match arrived.path.as_str() {
            "/mute" => loop {
                thread::park();
            },
            _ => kept.lock().unwrap().answer(&arrived),
        };
        Fake { url: serve(answer), world }
    }

    /// Somebody sets a variable.
    pub(crate) fn set(&self, function: &str, name: &str, value: &str) {
        let mut world = self.world.lock().unwrap();
        let function = world.functions.get_mut(function).unwrap();
        function.variables.insert(name.to_owned(), value.to_owned());
        function.revision += 1;
    }

    pub(crate) fn shut(&self) {
        self.world.lock().unwrap().is_shut = true;
    }

    pub(crate) fn variables(&self, function: &str) -> BTreeMap<String, String> {
        self.world.lock().unwrap().functions[function].variables.clone()
    }

    pub(crate) fn writes(&self) -> u32 {
        self.world.lock().unwrap().writes
    }
}

impl World {
    fn answer(&mut self, arrived: &Arrived) -> Said {
        if arrived.body.contains("Action=GetCallerIdentity") {
            return self.identity();
        }
        let name = arrived.path.strip_prefix("/2015-03-31/functions/");
        if arrived.path == "/well" || name.is_some_and(|rest| rest.ends_with("/invocations")) {
            return Said::new(200, "{}");
        }
        let Some(name) = name.and_then(|rest| rest.strip_suffix("/configuration")) else {
            return Said::new(500, "");
        };
        let Some(function) = self.functions.get_mut(name) else {
            let headers = "x-amzn-errortype: ResourceNotFoundException\r\n";
            return Said { headers, ..Said::new(404, "{\"Message\":\"Function not found\"}") };
        };
        if arrived.method == "PUT" {
            let asked: Value = serde_json::from_str(&arrived.body).unwrap();
            if asked["RevisionId"] != function.revision.to_string().as_str() {
                let headers = "x-amzn-errortype: PreconditionFailedException\r\n";
                return Said { headers, ..Said::new(412, "{\"Message\":\"another revision\"}") };
            }
            function.variables = serde_json::from_value(asked["Environment"]["Variables"].clone()).unwrap();
            function.revision += 1;
            function.settling = SETTLES_AFTER;
            self.writes += 1;
        }
        Said::new(200, function.read(name).to_string())
    }

    fn identity(&self) -> Said {
        if self.is_shut {
            let why = "<Type>Sender</Type><Code>ExpiredToken</Code><Message>it is over</Message>";
            return Said::new(403, format!("<ErrorResponse><Error>{why}</Error></ErrorResponse>"));
        }
        let who = format!(
            "<Arn>arn:aws:iam::{ACCOUNT}:user/ada</Arn><UserId>ada</UserId><Account>{ACCOUNT}</Account>"
        );
        Said::new(
            200,
            format!(
                "<GetCallerIdentityResponse><GetCallerIdentityResult>{who}</GetCallerIdentityResult>\
                </GetCallerIdentityResponse>"
            ),
        )
    }
}

impl Function {
    fn read(&mut self, name: &str) -> Value {
        let status = if self.settling > 0 { "InProgress" } else { "Successful" };
        // What settles has another revision then.
        self.revision += u32::from(self.settling == 1);
        self.settling = self.settling.saturating_sub(1);
        json!({
            "FunctionName": name,
            "CodeSha256": "code",
            "RevisionId": self.revision.to_string(),
            "LastUpdateStatus": status,
            "Environment": {"Variables": self.variables},
        })
    }
}

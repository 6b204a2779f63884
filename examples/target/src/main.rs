//! A function to try a rollout on. Some of its users get the new greeting; which ones, tidegate says.
//!
//! All that it does for tidegate: it reads two variables, once, and it tells CloudWatch apart how both arms are doing.
//! The event names users, `{"users": ["ada"]}`, or asks for a crowd, `{"crowd": 200}`, which stands in for traffic.

mod metrics;

use assign::{Assignment, Plain, User, bucket};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use metrics::{Arm, Line};
use serde::{Deserialize, Serialize};
use std::{
    env,
    io::{Write, stdout},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

/// The name of the plan. Two rollouts with one salt would begin with the same users.
const SALT: &str = "example";
/// The variables that the plan sets.
const PLAIN: Plain<'_> = Plain { enabled: Some("EXAMPLE_ENABLED"), percent: "EXAMPLE_PERCENT", users: None };
/// A variable that no rollout knows: it must come through each of them as it is.
const OLD_GREETING: &str = "EXAMPLE_GREETING";
/// A larger crowd would not be done in time.
const CROWD_MAX: usize = 1_000;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Asked {
    users: Vec<String>,
    crowd: usize,
    /// So many of a hundred new greetings fail. Ask for some, and see what tidegate does.
    new_errors: u32,
}

/// How it went for one user.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Served {
    user: String,
    arm: Arm,
    /// None when it failed.
    greeting: Option<String>,
}

struct Greeter {
    assignment: Assignment,
    old: String,
}

/// Lambda starts a new process whenever a variable changes, so that they need to be read only here.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let greeter = &Greeter::new(|name| env::var(name).ok());
    run(service_fn(async |event: LambdaEvent<Asked>| greeter.answer(event.payload, &mut stdout()))).await
}

impl Greeter {
    fn new(read: impl Fn(&str) -> Option<String>) -> Greeter {
        let old = read(OLD_GREETING).unwrap_or_else(|| "Hello".to_owned());
        Greeter { assignment: Assignment::from_plain(SALT, &PLAIN, read), old }
    }

    fn answer(&self, asked: Asked, log: &mut impl Write) -> Result<Vec<Served>, Error> {
        if let Some(problem) = self.assignment.problem() {
            // Nobody gets the new greeting until it is put right: a log that says so spares the search.
            writeln!(log, "{}", serde_json::json!({ "problem": problem.to_string() }))?;
        }
        let crowd = (0..asked.crowd.min(CROWD_MAX)).map(|number| format!("user-{number}"));
        let mut all = vec![];
        for user in asked.users.into_iter().chain(crowd) {
            let began = Instant::now();
            let served = self.serve(user, asked.new_errors);
            let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
            let line =
                Line { at: now, arm: served.arm, took: began.elapsed(), failed: served.greeting.is_none() };
            writeln!(log, "{}", line.json())?;
            all.push(served);
        }
        Ok(all)
    }

    /// The work, which is little.
    fn serve(&self, user: String, new_errors: u32) -> Served {
        if !self.assignment.is_in(&User::new(&user)) {
            let greeting = Some(format!("{}, {user}.", self.old));
            return Served { user, arm: Arm::Baseline, greeting };
        }
        let fails = bucket::bucket(bucket::hash(&user), 100) < new_errors;
        let greeting = (!fails).then(|| format!("Good to see you, {user}!"));
        Served { user, arm: Arm::Canary, greeting }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With these variables, in one string.
    fn greeter(variables: &'static str) -> Greeter {
        let read = move |name: &str| {
            let pair =
                variables.split(' ').find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name));
            pair.map(|(_, value)| value.to_owned())
        };
        Greeter::new(read)
    }

    fn crowd(variables: &'static str, new_errors: u32) -> (Vec<Served>, String) {
        let mut log = vec![];
        let asked = Asked { users: vec![], crowd: 200, new_errors };
        let served = greeter(variables).answer(asked, &mut log).unwrap();
        (served, String::from_utf8(log).unwrap())
    }

    fn new(served: &[Served]) -> usize {
        served.iter().filter(|served| served.arm == Arm::Canary).count()
    }

    #[test]
    fn as_many_as_decided_get_the_new_greeting() {
        assert_eq!(new(&crowd("EXAMPLE_ENABLED=false EXAMPLE_PERCENT=100", 0).0), 0);
        assert_eq!(new(&crowd("EXAMPLE_ENABLED=true EXAMPLE_PERCENT=100", 0).0), 200);
        let half = new(&crowd("EXAMPLE_ENABLED=true EXAMPLE_PERCENT=50", 0).0);
        assert!((70..130).contains(&half), "{half}");
    }

    #[test]
    fn variables_that_are_not_there_leave_everybody_with_the_old_one_and_say_so() {
        let (served, log) = crowd("EXAMPLE_GREETING=Hi", 0);
        assert_eq!((served.len(), new(&served)), (200, 0));
        assert_eq!(served[7].greeting.as_deref(), Some("Hi, user-7."));
        assert!(log.starts_with(r#"{"problem":"#), "{log}");
    }

    #[test]
    fn only_new_greetings_fail() {
        let (served, log) = crowd("EXAMPLE_ENABLED=true EXAMPLE_PERCENT=50", 100);
        for served in &served {
            assert_eq!(served.greeting.is_none(), served.arm == Arm::Canary, "{served:?}");
        }
        assert_eq!(log.matches(r#""Errors":1"#).count(), new(&served));
        assert_eq!(log.lines().count(), 200);
    }
}

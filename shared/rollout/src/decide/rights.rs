//! Who may do what. One table for the mind, the doors, the API, its description and its page.

use super::{Actor, Command};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What somebody must be to do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Needs {
    /// Somebody whose name is known, be it a machine: what looks, reports and lowers.
    Known,
    /// A machine, a person who holds a role of the plan, or an admin: what is told may let something rise later.
    Teller,
    /// A person who holds a role of the plan, or an admin.
    Member,
    /// A person who holds a role of the plan that is asked for.
    Asked,
    /// An admin of the deployment.
    Admin,
}

impl Needs {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Needs::Known => "anybody who is known",
            Needs::Teller => "a machine, a person with a role of the plan, or an admin",
            Needs::Member => "a person with a role of the plan, or an admin",
            Needs::Asked => "a person with a role that is asked",
            Needs::Admin => "an admin",
        }
    }
}

/// Something that can be done, and what it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Right {
    /// What is done.
    pub to: &'static str,
    /// By whom.
    pub needs: Needs,
}

const fn right(to: &'static str, needs: Needs) -> Right {
    Right { to, needs }
}

impl Right {
    /// Why this actor may not, whatever the plan.
    pub fn refuses_at_large(self, actor: &Actor) -> Option<String> {
        let Right { to, needs } = self;
        let name = &actor.name;
        match needs {
            Needs::Admin if !actor.admin => Some(format!("{name} is no admin: only an admin may {to}")),
            Needs::Member | Needs::Asked | Needs::Admin if actor.machine => {
                Some(format!("{name} is a machine: it may report and lower, never raise, approve or resume"))
            }
            Needs::Known | Needs::Teller | Needs::Member | Needs::Asked | Needs::Admin => None,
        }
    }

    /// Why this actor may not, with the roles that they hold in the plan. Which of them is asked is known only from the
    /// rollout: that is looked at by the mind.
    pub fn refuses(self, actor: &Actor) -> Option<String> {
        let needs_role = match self.needs {
            Needs::Teller | Needs::Member => actor.roles.is_empty() && !actor.admin && !actor.machine,
            Needs::Known | Needs::Asked | Needs::Admin => false,
        };
        let no_role = || {
            let name = &actor.name;
            format!(
                "{name} holds no role in this plan: add them, or a group of theirs, to its `people`, or ask an admin"
            )
        };
        self.refuses_at_large(actor).or_else(|| needs_role.then(no_role))
    }
}

/// To look, and to hold money: nothing rises by it.
pub const ASK: Right = right("ask", Needs::Known);
/// To start a rollout.
pub const START: Right = right("start a rollout", Needs::Member);
/// To rehearse the way back.
pub const DRILL: Right = right("start a drill", Needs::Member);
/// To pull the stop line: whoever is afraid is right.
pub const STOP: Right = right("stop", Needs::Known);
/// To let it go: for one who answers for all rollouts.
pub const GO: Right = right("let the stop line go", Needs::Admin);
/// To promote past what does not hold.
pub const FORCE: Right = right("force", Needs::Admin);

/// Every command, as it is called.
pub const COMMANDS: [Right; 16] = [
    right("approve", Needs::Asked),
    right("reject", Needs::Asked),
    right("pause", Needs::Known),
    right("resume", Needs::Member),
    right("promote", Needs::Member),
    right("complete", Needs::Member),
    right("skip", Needs::Member),
    right("tick", Needs::Member),
    right("report", Needs::Teller),
    right("signal", Needs::Known),
    right("enable", Needs::Member),
    right("disable", Needs::Known),
    right("rollback", Needs::Known),
    right("acknowledge", Needs::Member),
    right("abandon", Needs::Admin),
    right("close-budget", Needs::Member),
];

/// What the command of this name needs, if there is one.
pub fn command_right(name: &str) -> Option<Right> {
    COMMANDS.into_iter().find(|right| right.to == name)
}

impl Command {
    /// As it is called.
    pub fn name(&self) -> &'static str {
        match self {
            Command::Approve { .. } => "approve",
            Command::Reject { .. } => "reject",
            Command::Pause { .. } => "pause",
            Command::Resume { .. } => "resume",
            Command::Promote { .. } => "promote",
            Command::Complete { .. } => "complete",
            Command::Skip { .. } => "skip",
            Command::Tick { .. } => "tick",
            Command::Report { .. } => "report",
            Command::Signal { .. } => "signal",
            Command::Enable { .. } => "enable",
            Command::Disable { .. } => "disable",
            Command::RollBack { .. } => "rollback",
            Command::Acknowledge { .. } => "acknowledge",
            Command::Abandon { .. } => "abandon",
            Command::CloseBudget { .. } => "close-budget",
        }
    }

    /// What it needs. One that stands in no table is an admin's.
    pub fn right(&self) -> Right {
        if matches!(self, Command::Promote { force: true, .. }) {
            return FORCE;
        }
        command_right(self.name()).unwrap_or(right(self.name(), Needs::Admin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_stands_in_the_table_and_nothing_that_raises_is_a_machines_or_a_passer_bys() {
        let note = || None;
        let at = crate::units::Version(1);
        let named = || "x".to_owned();
        let all = [
            Command::Approve { at, note: note() },
            Command::Reject { at, note: named() },
            Command::Pause { note: note() },
            Command::Resume { at, note: note() },
            Command::Promote { at, to: None, force: false, note: note() },
            Command::Complete { at, note: note() },
            Command::Skip { at, stage: named() },
            Command::Tick { text: named(), stage: None, note: note() },
            Command::Report { name: named(), value: Default::default(), samples: None, note: note() },
            Command::Signal { name: named(), reporter: None, note: note() },
            Command::Enable { at, feature: named(), note: note() },
            Command::Disable { feature: named(), note: note() },
            Command::RollBack { to: None, note: note() },
            Command::Acknowledge { note: note() },
            Command::Abandon { note: named() },
            Command::CloseBudget { budget: named(), note: note() },
        ];
        assert_eq!(all.each_ref().map(Command::name), COMMANDS.map(|right| right.to));
        let may = |actor: &Actor| -> Vec<&str> {
            all.iter().filter(|command| command.right().refuses(actor).is_none()).map(Command::name).collect()
        };
        let passer_by = Actor { name: named(), roles: Default::default(), admin: false, machine: false };
        let robot = Actor { machine: true, ..passer_by.clone() };
        assert_eq!(may(&robot), ["pause", "report", "signal", "disable", "rollback"]);
        // To consent is refused by the mind, which knows the roles that are asked.
        assert_eq!(may(&passer_by), ["approve", "reject", "pause", "signal", "disable", "rollback"]);
    }
}

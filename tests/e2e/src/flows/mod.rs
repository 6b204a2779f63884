//! The flows, each with a function and a plan of its own.

mod alarms;
mod doctor;
mod drill;
mod hands;
mod healthy;
mod laptop;
mod money;
mod permissions;
mod targets;
mod tokens;
mod trouble;

use crate::{Tried, stage::Stage};

/// A flow fails with the reason.
type Flow = fn(&Stage) -> Tried;

/// All flows and what they show.
pub(crate) const ALL: [(&str, Flow); 23] = [
    ("started through the API, promoted by the schedules alone, to the end", healthy::promoted),
    ("approved through the gateway, and three messages reach three topics", healthy::approved),
    ("a breached guardrail rolls back", trouble::breached),
    ("the door that decides is killed in the middle", trouble::killed),
    ("a wake is lost", trouble::unwoken),
    ("somebody edits the environment in between", hands::edited),
    ("somebody changes what is managed: it waits for a person, and is written over then", hands::drifted),
    ("two functions: the second waits for the first, and an alarm takes both back", targets::both),
    ("an exposure is a version behind an alias, and an alarm moves the alias back", targets::aliased),
    ("an alarm rings while the table is away: the function is found by its tag", alarms::away),
    ("a rollback is rehearsed, by hand and by its alarm", drill::rehearsed),
    ("an alarm reaches the door by its topic", alarms::by_topic),
    ("an alarm reaches the door by EventBridge and directly", alarms::by_hand),
    ("a rollout brings the fix for an alarm that rings", alarms::despite),
    ("a function without the tag is not touched", permissions::untagged),
    ("a function of another region is refused", permissions::elsewhere),
    ("the permission is taken away in the middle, and given back", permissions::revoked),
    ("the function is deleted in the middle", permissions::deleted),
    ("a token is let in as who it says; expired, forged or changed it is not", tokens::checked),
    ("costs in a log reach the budget", money::costs),
    ("they go on reaching it when the rollout has completed, until it is closed", money::outlive),
    ("`tidegate doctor` finds what is wrong, and nothing else", doctor::looks),
    ("without a stack, `tidegate run` goes on after each kill", laptop::killed),
];

//! Facts of a rollout. Past tense; never undone, only followed.

use crate::{
    calendar::Day,
    evidence::{Figure, Frozen},
    levels::Ringing,
    plan::{Back, Consent, Severity},
    rollout::RolloutId,
    target::Halt,
    time::{Span, Timestamp},
    units::{
        BudgetId, CheckId, ConditionId, Decimal, Generation, Money, RuleId, Share, StageIndex, TargetId,
        Version,
    },
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The values that managed variables had: `None` was absent, an empty text was empty.
pub type Values = BTreeMap<String, Option<String>>;

/// What happened to a rollout. Its entry in the log says when and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Event {
    /// The rollout exists and holds its targets.
    Started {
        /// The hash of its plan.
        plan: String,
        /// The last generation that its targets have seen.
        generation: Generation,
        /// What the person said.
        note: Option<String>,
        /// The rollout of the same plan before it, where that one was taken back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<RolloutId>,
        /// Alarms that ring since then, and do not hold it: the fix is on its way.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        despite: BTreeMap<String, Timestamp>,
        /// What was found wrong before it began, and passed over.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        passed_over: Vec<String>,
        /// Names the request, so that one that is sent again starts no second rollout.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        once: Option<String>,
        /// It rehearses the way back, and exposes nobody.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        drill: bool,
    },
    /// A target was read, and what must be put back is known.
    Captured {
        /// Which.
        target: TargetId,
        /// What was there.
        captured: Captured,
    },
    /// Every target is captured: the first stage may be entered.
    Ready,
    /// The rollout could not start; nothing was changed.
    Refused {
        /// Why, for a person.
        why: String,
    },
    /// Figures from before the rollout were measured, once.
    Measured {
        /// What conditions compare with from now on.
        frozen: Vec<Frozen>,
    },
    /// Consent is asked for: everything else holds.
    Asked {
        /// The stage that would be entered; none for completion.
        next: Option<StageIndex>,
        /// Whose consent.
        needs: Vec<Consent>,
        /// What they are shown.
        on: Vec<Seen>,
    },
    /// The question no longer stands, nor does any answer to it.
    AskWithdrawn {
        /// Why, for a person.
        why: String,
    },
    /// Somebody consented to what the entry `ask` asked.
    Approved {
        /// The entry that asked.
        ask: Version,
        /// The asked roles that they hold: it counts for one of them.
        roles: Vec<String>,
        /// What they said.
        note: Option<String>,
    },
    /// Somebody refused what the entry `ask` asked.
    Rejected {
        /// The entry that asked.
        ask: Version,
        /// Why.
        note: Option<String>,
    },
    /// An item of a checklist was ticked off.
    Ticked {
        /// Of which stage's doors.
        stage: StageIndex,
        /// The item as the plan writes it.
        text: String,
        /// What they said.
        note: Option<String>,
    },
    /// A figure was reported.
    Reported {
        /// Which.
        name: String,
        /// In the unit in which the plan compares it.
        value: Decimal,
        /// How many samples it rests on, where somebody counted them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        samples: Option<u64>,
        /// What they said.
        note: Option<String>,
    },
    /// A signal was raised.
    Signaled {
        /// Which.
        name: String,
        /// Who told it to a machine that relays reports; none when it was whoever raised it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reporter: Option<String>,
        /// What they said.
        note: Option<String>,
    },
    /// A check was tried.
    Checked {
        /// Which.
        check: CheckId,
        /// How it went.
        passed: bool,
        /// What was seen.
        detail: String,
        /// When the try began; with the entry where it does not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tried: Option<Timestamp>,
    },
    /// An upcoming optional stage will be passed over.
    Skipped {
        /// Which.
        stage: StageIndex,
    },
    /// Somebody asked for a step up, which waits for fresh evidence.
    Requested {
        /// For what.
        request: Wish,
        /// What they said.
        note: Option<String>,
    },
    /// A request lapsed without being carried out.
    RequestDropped {
        /// Why, for a person.
        why: String,
    },
    /// The exposure of a stage is wanted from now on.
    Promoted {
        /// The stage.
        to: StageIndex,
        /// Its share.
        share: Share,
        /// On which figures.
        on: Vec<Seen>,
        /// The baseline's figures, kept because no baseline is left from here on.
        frozen: Vec<Frozen>,
        /// What a person's force passed over, for people.
        forced: Vec<String>,
        /// When these figures were gathered; with the entry where it does not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gathered: Option<Timestamp>,
    },
    /// The wanted exposure was read back from every target.
    Applied {
        /// Of which decision.
        generation: Generation,
        /// The candidate's code in each target.
        #[serde(with = "pairs")]
        code: BTreeMap<TargetId, String>,
    },
    /// The alias that callers use points to a version that shows what is wanted: whatever leads back to this exposure leads to
    /// that version.
    Released {
        /// Which.
        target: TargetId,
        /// The version, and what it shows.
        released: Released,
    },
    /// Other code runs behind the exposure than the evidence was about.
    CodeChanged {
        /// Where.
        target: TargetId,
        /// What runs now.
        code: String,
    },
    /// A guardrail was true.
    Fired {
        /// Which.
        rule: RuleId,
        /// Of the plan's rule.
        severity: Severity,
        /// It only says what it would have done.
        dry_run: bool,
        /// On which figures.
        on: Vec<Seen>,
        /// On which alarm, where it watches one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ringing: Option<Ringing>,
    },
    /// A guardrail that had fired is known to be false: it is armed again.
    Cleared {
        /// Which.
        rule: RuleId,
        /// Those of its conditions that had been true.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        on: Vec<ConditionId>,
    },
    /// A part of a guardrail's action waits.
    Deferred {
        /// Which.
        rule: RuleId,
        /// The place of the action in the rule.
        action: u8,
        /// Until when.
        due: Timestamp,
    },
    /// What had waited was judged again.
    DeferralEnded {
        /// Which.
        rule: RuleId,
        /// The place of the action in the rule.
        action: u8,
        /// True: it is still so, and the action follows.
        still_true: Option<bool>,
    },
    /// The money that was spent on a day has crossed a line of its budget.
    Crossed {
        /// Which.
        budget: BudgetId,
        /// In the window of this day.
        day: Day,
        /// So much by then.
        spent: Money,
        /// The line is the cap, and not only the warning before it.
        capped: bool,
    },
    /// Somebody is asked to look before anything is promoted.
    ReviewAsked {
        /// By which guardrail.
        rule: RuleId,
        /// Who; anybody with a role when not said.
        by: Option<String>,
        /// Until when.
        due: Timestamp,
    },
    /// A person looked.
    Reviewed {
        /// The entry that asked.
        ask: Version,
        /// What they said.
        note: Option<String>,
    },
    /// Somebody is told.
    Notified {
        /// How loudly.
        level: Level,
        /// A name from the plan's people.
        to: String,
        /// What.
        what: String,
    },
    /// Promotion stops until a person resumes.
    Paused {
        /// Why.
        why: PauseReason,
    },
    /// A person resumed.
    Resumed {
        /// What they said.
        note: Option<String>,
    },
    /// A lower exposure is wanted from now on.
    Lowering {
        /// The stage and share to go back to; none for the way back.
        to: Option<(StageIndex, Share)>,
        /// As asked, for people.
        asked: Back,
        /// Why.
        cause: Cause,
        /// When it came to this.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        onset: Option<Onset>,
    },
    /// The lower exposure was written into every target; it is not read back yet.
    Written {
        /// Of which decision.
        generation: Generation,
    },
    /// A feature is held off.
    Disabled {
        /// Which.
        name: String,
        /// By whom.
        holder: Holder,
        /// What they said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// One who held it off no longer does.
    Enabled {
        /// Which.
        name: String,
        /// By whom.
        holder: Holder,
    },
    /// A stage took longer than it may.
    Late {
        /// For what it waited, for people.
        waits_for: String,
    },
    /// The stop line was seen: nothing rises.
    Stopped {
        /// Who pulled it, and why.
        by: String,
    },
    /// The stop line is gone.
    StopLifted,
    /// A target was found halted by a door, on news of an alarm, before anything was recorded.
    Halted {
        /// Which.
        target: TargetId,
        /// The alarm, and when the way back was written.
        halt: Halt,
    },
    /// A target does not say what was written.
    Drifted {
        /// Which.
        target: TargetId,
        /// What was found, for people.
        what: String,
    },
    /// Something keeps the targets from saying what is wanted, or from being read.
    Blocked {
        /// What, for people; none when it is gone.
        why: Option<String>,
    },
    /// A lowering could not be verified in time; it goes on.
    Unverified {
        /// Since when it is wanted.
        since: Timestamp,
    },
    /// A person knows that a lowering could not be verified: nobody is called again for it.
    Acknowledged {
        /// What they said.
        note: Option<String>,
    },
    /// Nothing more is held under a budget, which had outlived its rollout.
    BudgetClosed {
        /// Which.
        budget: BudgetId,
        /// What the person said.
        note: Option<String>,
    },
    /// The final values are wanted, with nothing but the generation left behind.
    Closing {
        /// How it ends.
        outcome: Outcome,
        /// On which figures it is complete.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        on: Vec<Seen>,
    },
    /// It ended without anything to write.
    Ended {
        /// How.
        outcome: Outcome,
    },
    /// An admin gives up what can never be verified; its locks are freed when no door can still be at work.
    Abandoning {
        /// Why.
        why: String,
    },
}

/// What a person asked for that needs fresh evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wish {
    /// Leave the stage now.
    Promote {
        /// To which stage; the next when not said.
        to: Option<StageIndex>,
        /// Without waiting for bake, gates and consent.
        force: bool,
    },
    /// End the rollout at the last stage.
    Complete,
    /// Go no further: said while the targets are still being read.
    Pause {
        /// What they said.
        note: Option<String>,
    },
    /// Stop holding a feature off.
    Enable {
        /// Which.
        feature: String,
    },
}

/// When it came to a lowering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Onset {
    /// The first window that was bad ended, or the alarm began to ring, where something was breached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<Timestamp>,
    /// It was seen.
    pub detected: Timestamp,
    /// A door had taken everything back by then, before anything was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub halted: Option<Timestamp>,
}

/// What a target was before the first write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Captured {
    /// The managed variables.
    pub before: Values,
    /// Lambda's revision at which they were read.
    pub revision: String,
    /// The code that ran.
    pub code: String,
    /// The generation that an earlier, finished rollout left behind.
    pub generation: Generation,
    /// The alias that callers use, where the plan names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<CapturedAlias>,
}

/// What an alias was before the first write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapturedAlias {
    /// Its name.
    pub name: String,
    /// The version that it pointed to.
    pub version: String,
    /// The code of that.
    pub code: String,
    /// Tells what that was made of, beside what the rollout manages, from anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<String>,
}

/// A published version, and what it shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    /// Tells the managed values in its environment from others.
    pub sum: String,
    /// Its number.
    pub version: String,
}

/// A condition with the figure it was judged on: what a reader needs to judge it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Which.
    pub condition: ConditionId,
    /// What was measured.
    pub figure: Figure,
}

/// How loudly somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// For the record.
    Info,
    /// Look at it today.
    Alert,
    /// Wake up.
    Page,
    /// Wake up: a promise is broken.
    Critical,
}

/// Why nothing is promoted until a person resumes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PauseReason {
    /// A person, with what they said.
    Person(String),
    /// A guardrail.
    Rule(Breached),
    /// What a guardrail had deferred could not be judged again.
    NotKnownAgain(RuleId),
    /// A partial rollback ends in this stage, at this share.
    RolledBackTo(StageIndex, Share),
    /// A stage took too long.
    Late,
    /// Consent was refused.
    Rejected {
        /// By whom.
        by: String,
        /// What they said.
        note: Option<String>,
    },
    /// A review was not answered.
    Unanswered(RuleId),
    /// Somebody else changed a target.
    Drift,
    /// Other code runs behind the exposure.
    NewCode,
    /// The stop line was pulled while it was rising.
    StopLine,
}

/// A guardrail that acts. One that lists several conditions says which of them were true: that is why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Breached {
    /// Which.
    pub rule: RuleId,
    /// Those of its conditions that were true; none for a signal, an alarm or a drift.
    pub on: Vec<ConditionId>,
}

/// Why the exposure is lowered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A guardrail.
    Rule(Breached),
    /// A stage's `late` action.
    Late,
    /// A person, with what they said.
    Person(String),
    /// The stop line, by whom.
    StopLine(String),
    /// The emergency stop was found in a target.
    Halt(String),
    /// A raise did not land in time.
    NotApplied(Span),
}

/// Who holds a feature off. Each gives back only its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holder {
    /// A person.
    Person,
    /// A guardrail.
    Rule(RuleId),
    /// The cap of a budget, for the window of a day.
    Cap(BudgetId, Day),
}

/// How a rollout ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The last stage's exposure stays.
    Completed,
    /// Everything is as it was before.
    RolledBack(Cause),
    /// It never started.
    Refused(String),
    /// It was given up.
    Abandoned(String),
}

/// A map with numbers for keys, as a list of pairs: JSON would make texts of the keys, which serde does not take for
/// numbers again inside an enum with a tag.
mod pairs {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::collections::BTreeMap;

    pub(super) fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_seq(map)
    }

    pub(super) fn deserialize<'de, K, V, D>(from: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Vec::<(K, V)>::deserialize(from).map(|pairs| pairs.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_about_targets_can_be_read_again() {
        let code = BTreeMap::from([(TargetId(0), "code-1".to_owned()), (TargetId(7), "code-2".to_owned())]);
        let applied = Event::Applied { generation: Generation(3), code };
        let json = serde_json::to_string(&applied).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), applied);
    }
}

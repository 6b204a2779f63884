//! What was seen: a simulation needs "sometimes" as well as "never".

/// Names each thing that must be seen, and says it in words.
macro_rules! sights {
    ($($name:ident: $words:literal,)*) => {
        /// Something that a run over many seeds must have seen.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each is said in words beside it")]
        pub enum Sight { $($name,)* }

        const WORDS: &[&str] = &[$($words,)*];
    };
}

sights! {
    StepsInStorm: "steps in the storm",
    StepsInCalm: "steps in the calm after it",

    Starting: "phase: starting",
    Waiting: "phase: waiting",
    Asking: "phase: waiting with a question",
    Advancing: "phase: advancing",
    Baking: "phase: baking",
    Paused: "phase: paused",
    Lowering: "phase: lowering to the way back",
    LoweringSome: "phase: lowering to a stage",
    ClosingDone: "phase: closing, completed",
    ClosingBack: "phase: closing, rolled back",
    Abandoning: "phase: abandoning",
    Completed: "over: completed",
    RolledBack: "over: rolled back",
    Refused: "over: refused",
    Abandoned: "over: abandoned",

    EventCaptured: "event: captured",
    EventReady: "event: ready",
    EventAsked: "event: asked",
    EventAskWithdrawn: "event: ask withdrawn",
    EventApproved: "event: approved",
    EventRejected: "event: rejected",
    EventTicked: "event: ticked",
    EventReported: "event: reported",
    EventSignaled: "event: signaled",
    EventChecked: "event: checked",
    EventSkipped: "event: skipped",
    EventRequested: "event: requested",
    EventRequestDropped: "event: request dropped",
    PauseWaits: "event: paused while the targets were read",
    EventPromoted: "event: promoted",
    EventForced: "event: promoted by force",
    EventWritten: "event: written",
    EventApplied: "event: applied",
    EventCodeChanged: "event: code changed",
    EventFired: "event: fired",
    EventDryRun: "event: fired as a dry run",
    EventCleared: "event: cleared",
    EventDeferred: "event: deferred",
    EventDeferralEnded: "event: deferral ended",
    EventCrossed: "event: crossed",
    EventReviewAsked: "event: review asked",
    EventReviewed: "event: reviewed",
    EventNotified: "event: notified",
    EventPaused: "event: paused",
    EventResumed: "event: resumed",
    EventLowering: "event: lowering",
    EventDisabled: "event: disabled",
    EventEnabled: "event: enabled",
    EventLate: "event: late",
    EventStopped: "event: stopped",
    EventStopLifted: "event: stop lifted",
    EventDrifted: "event: drifted",
    DriftPaused: "event: drifted under a pause",
    EventBlocked: "event: blocked",
    EventUnblocked: "event: no longer blocked",
    EventUnverified: "event: unverified",
    EventAcknowledged: "event: acknowledged",
    EventReleased: "event: released",
    EventBudgetClosed: "event: budget closed",
    EventClosing: "event: closing",
    EventEnded: "event: ended",
    EventAbandoning: "event: abandoning",

    Fault: "weather: a call failed before its effect",
    LostReply: "weather: a write landed and its answer was lost",
    TableDown: "weather: the table was away for minutes",
    MetricsDown: "weather: the metrics were away for minutes",
    NoPoints: "weather: minutes without data",
    FunctionDark: "weather: the environment could not be read",
    FunctionBarred: "weather: a function could be read, and not written",
    Busy: "weather: a write met an update in progress",
    StaleWrite: "weather: a write met a moved revision",
    UpdateFailed: "weather: an update failed",
    Killed: "weather: a door was killed",
    TimedOut: "weather: a door lived too long",
    WakeLost: "weather: a wake was lost",
    Jump: "weather: the clock jumped",
    Foreign: "weather: somebody edited another variable",
    HandLowered: "weather: somebody lowered by hand",
    HandRaised: "weather: somebody raised by hand",
    HandBack: "weather: somebody put the way back by hand",
    MarkGone: "weather: somebody took the mark out",
    MarkEdited: "weather: somebody edited the mark",
    Halted: "weather: somebody pulled the emergency stop",
    HaltedInMark: "weather: somebody wrote the emergency stop into the mark",
    CodePushed: "weather: somebody pushed code",
    LineStop: "weather: the stop line was pulled",
    LineBack: "weather: the stop line was pulled, and everything goes back",
    LineAgain: "weather: the stop line was pulled by somebody else, too",
    NewsFired: "levels: what watches an alarm acted on news of it",
    HaltFirst: "halt: the way back was written before anything was recorded",
    HaltAway: "H9: an alarm rang while the table was away, and the mark said what to do",
    HaltFound: "halt: a pass found in the function what a door had left there, and recorded it",
    HaltOrphan: "halt: a door that could reach the table did not live to record it",
    RaisedInOrder: "targets: the second function was raised once the first said it",
    LoweredAlone: "H13: a function was lowered while the other could not be",
    LoweredDespite: "targets: a function was lowered while the one before it refused to be written",
    HaltedAlone: "targets: an alarm took one function back while the other refused to be written",
    AliasRaised: "alias: callers were raised",
    AliasLowered: "alias: callers were lowered to a stage that was there before",
    AliasTaken: "weather: somebody pointed the alias to a version of their own",
    AliasHandBack: "weather: somebody pointed the alias to the version from before",
    AliasGone: "weather: somebody deleted the alias",
    AliasSplit: "weather: somebody sent a part of the calls to another version",
    AliasDescribed: "weather: somebody wrote the description of the alias anew, or more into it",
    VersionGone: "weather: somebody deleted a version that no alias points to",
    VersionPending: "weather: a version that was published could not be called yet",
    Memory: "weather: somebody gave a function behind an alias more memory, and has not released it",
    PublishedInstead: "alias: published anew, where somebody had deleted versions",
    BackToAnother: "alias: callers were taken back to another version, because the one from before is gone",
    AliasDark: "weather: the version behind the alias cannot be read",
    Unreleased: "alias: what nobody had released stood in the way of a publish",
    AliasStale: "H12: a move of the alias met another revision",
    AliasHalted: "halt: callers were taken back before anything was recorded",
    PublishedAgain: "alias: published, killed before the move, and published again",
    H12a: "H12: a raise of callers landed nowhere, because the way back was there first",
    H12b: "H12: callers were taken back while other code stood in $LATEST",
    H12c: "H12: callers were taken back while $LATEST was still up",
    R6: "R6: the alias was at the version from before, and was written all the same",
    HaltSecond: "R17: a halt was found in the second function",
    Drilled: "drill: by hand, or by nobody, it was taken back",
    DrilledByAlarm: "drill: an alarm took it back",
    HaltLate: "halt: by the mark the alarm was about an earlier exposure",
    R4: "R4: an alarm rang after the evidence was gathered, and before the exposure was in effect",
    NewsLate: "levels: news of an alarm came late or again, and changed nothing",
    CheckLate: "weather: a check had been tried in an exposure that has passed",
    LineLate: "weather: somebody was late to let the stop line go",
    LineGone: "weather: the stop line was let go",
    Duplicate: "weather: a record came twice and counted once",
    Late: "weather: a command came too late",
    SaidTwice: "weather: somebody signaled the same again, and it counted once",
    Frozen: "weather: a freeze",
    LostRace: "weather: a commit lost the race",
    SecondRollout: "weather: a second rollout after the first",
    SecondAfterAbandon: "weather: a second rollout after one that was abandoned",
    OtherController: "weather: another controller on the same function",
    BadCandidate: "weather: a bad candidate",
    SpentTwice: "weather: money was told of twice and counted once",
    SelfApproval: "weather: the author tried to approve",
    MachineRaise: "weather: a machine tried to raise",

    Capped: "H16: a cap held a feature off",
    CapEnded: "H16: the next day gave it back",
    Metered: "money: what a metric told was counted",
    MeteredLate: "money: what a metric told was counted on a day that was over",
    MeteredTwice: "money: two ticks counted what a metric told, and one counted",
    MeterDown: "weather: a metric did not tell what was spent",
    MeterCapped: "money: the cap held what a metric told",
    Untold: "money: held, because a metric did not tell what was spent",
    MeteredAfter: "after the end: what a metric told was counted",
    LoggedAfter: "after the end: what a log told was counted",
    CrossedAfter: "after the end: the owner was warned",
    CappedAfter: "after the end: the owner was told of the cap",
    RoundOfBoth: "after the end: one round looked at it and at an active rollout",
    ClosedUntold: "after the end: a budget that was closed met a line, and nobody was told",
    ClosedUncounted: "after the end: a metric told of a budget that was closed, and nothing was counted",
    Reserved: "money: it was held before it was spent",
    ClosedBudget: "money: a closed budget gives none",
    NoMoney: "R7: money was refused, since the cap would be passed",
    SettledTwice: "money: it was settled twice and counted once",
    HoldLapsed: "money: it was settled after its hold had been given back",
    AlarmFired: "R9: a polled alarm acted",
    AlarmRefuses: "levels: a start was refused for an alarm",

    H1: "H1: a lowering found the values as they must be, and wrote all the same",
    H2: "H2: the mark was gone when a pass read the target",
    H3: "H3: the emergency stop was pulled while closing",
    H4: "H4: a rollout started above the generation of another",
    H5: "H5: a second lowering on the same evidence lost the race",
    H6: "H6: a partial rollback ended paused",
    H7: "H7: consent to an older question came while another was open",
    H8: "H8: consent was complete before evaluate looked",
    H10: "H10: the emergency stop was pulled while the table was away",
    H11: "H11: the way back was put by hand under an exposure",
    H14: "H14: paused while advancing",
    H15: "H15: the generation changed within a stage",
    H17: "H17: a report was decided on in its own commit",
    H18: "H18: a raise met the stop line in its commit",
    H19: "H19: a commit landed and nobody was told",
    H20: "H20: a tick found its work without any wake",
    H21: "H21: a breach was found late",
    H22: "H22: code was pushed under a baking stage",
    H23: "H23: a start was refused for what was there",
    H25: "H25: a door's clock was behind the head's",
    H26: "H26: several entries in one commit",
    N1: "N1: a rule fired again on another exposure, never known false between",
    N2: "N2: a rule that has acted is still true when the bake has passed",
    N3: "N3: a rollback that is already so",
    N4: "N4: a bake stood still under a feature that is off",
    N5: "N5: one holder of a feature gave it back, and another kept it off",
    LessWhileClosing: "closing: less was decided after the last values had been written",
    R1: "R1: the revision moved between the capture and the first write",
    R2: "R2: abandoned while a door was at work",
    R3: "R3: a lowering found its own mark, and wrote no more",
    R5: "R5: the stop line was pulled while advancing",
    R10: "R10: everything as before at 0 %, and no halt",
    R11: "R11: a start was refused for another controller's mark",
    R12: "R12: closing wrote under a generation of its own",
    R16: "R16: a promotion lost the race to another fact",
}

/// How often each was seen.
#[derive(Clone, Debug)]
pub struct Sights(Vec<u64>);

impl Default for Sights {
    fn default() -> Sights {
        Sights(vec![0; WORDS.len()])
    }
}

impl Sights {
    /// Counts one.
    pub fn saw(&mut self, sight: Sight) {
        self.saw_times(sight, 1);
    }

    /// Counts several.
    pub fn saw_times(&mut self, sight: Sight, times: u32) {
        if let Some(count) = self.0.get_mut(sight as usize) {
            *count += u64::from(times);
        }
    }

    /// How often it was seen.
    pub fn count(&self, sight: Sight) -> u64 {
        self.0.get(sight as usize).copied().unwrap_or(0)
    }

    /// Adds what another world saw.
    pub fn add(&mut self, other: &Sights) {
        for (sum, more) in self.0.iter_mut().zip(&other.0) {
            *sum += more;
        }
    }

    /// Each in words, with its count.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        WORDS.iter().copied().zip(self.0.iter().copied())
    }

    /// What was never seen.
    pub fn missing(&self) -> Vec<&'static str> {
        self.iter().filter(|(_, count)| *count == 0).map(|(words, _)| words).collect()
    }
}

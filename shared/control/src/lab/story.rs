//! Stories: what happens around a rollout, as a text that a person reads aloud.
//!
//! A story is plain data. It knows no plan: the names in it are looked up when a [`Script`](super::script::Script) is
//! made of it. `docs/stories.md` has the grammar.

mod builtin;
mod parse;
mod tokens;
mod what;

pub use builtin::{Builtin, builtin, builtins};
pub use parse::{parse, read};

use super::{alarms::Sound, functions::Fault, twist::Who};
use rollout::{
    time::Span,
    units::{Decimal, Share},
};

/// What happens, line by line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Story {
    /// In the order of the text.
    pub lines: Vec<Line>,
}

/// One thing that happens, once or again and again.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its number in the text, from one.
    pub number: usize,
    /// When it begins.
    pub when: When,
    /// What happens.
    pub what: What,
    /// When it ends by itself.
    pub lasts: Option<Span>,
}

/// When a line of a story happens.
#[derive(Clone, Debug, PartialEq)]
pub struct When {
    /// The moment.
    pub moment: Moment,
    /// So much after the moment.
    pub plus: Span,
    /// And again and again, so much apart: first one such time after the moment.
    pub every: Option<Span>,
}

/// A moment that a story names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The start of the story.
    Start,
    /// The first time that anybody is exposed.
    Exposure,
    /// The first time that at least this share is exposed.
    Share(Share),
    /// The first time that this stage is in effect.
    Stage(String),
}

/// What happens.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Somebody is there who always does this.
    Habit(Habit),
    /// So many requests a minute.
    Requests(Decimal),
    /// A metric shows something.
    Figure {
        /// Which.
        metric: String,
        /// A dimension and one of its members.
        member: Option<(String, String)>,
        /// In which arm.
        who: Who,
        /// What.
        change: Shows,
    },
    /// The first guardrail that rolls back and can be broken, is broken.
    Breach,
    /// The same, little by little.
    Leak,
    /// Nothing is measured, of one metric or of any.
    NoData(Option<String>),
    /// The source's answers lack their newest point.
    Partial,
    /// The source may not be asked.
    Forbidden,
    /// The source does not answer.
    Failing,
    /// Figures come so much later.
    Late(Span),
    /// A check passes or fails from now on.
    Check {
        /// Which; all of them when none is said.
        name: Option<String>,
        /// How it goes.
        passes: bool,
    },
    /// An alarm does this from now on.
    Alarm {
        /// Which; `any` is the first of the plan.
        name: String,
        /// What.
        sound: Sound,
    },
    /// The windows of budgets cannot be read.
    BudgetsUnreadable,
    /// Somebody else changes a function.
    Touch {
        /// Which; without a name those targets that the change fits.
        function: Option<String>,
        /// What they do.
        touch: Touch,
    },
    /// Nothing evaluates and nothing advances.
    DoorsDown,
    /// The story is over: a simulation stops here.
    End,
    /// Somebody does something.
    Act(Act),
}

/// What a built-in person always does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Habit {
    /// Ticks every item off.
    Tick,
    /// Approves whatever is asked.
    Approve,
    /// Reports a good value of every figure, often enough.
    Report,
    /// Answers every review.
    Review,
    /// Resumes whatever is paused.
    Resume,
}

/// What a metric shows, in the words of the story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// This.
    To(Amount),
    /// So many times what it shows while all is well.
    Times(Decimal),
    /// So much more in each time.
    Grows {
        /// How much.
        by: Amount,
        /// In which time.
        per: Span,
    },
    /// What it shows while all is well.
    Well,
    /// No number.
    NotANumber,
}

/// A number with a unit, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// In the base unit of its kind.
    pub value: Decimal,
    /// Which kinds of metrics it is an amount of.
    pub unit: Unit,
}

/// What a number is an amount of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the kinds of a metric")]
pub enum Unit {
    Percent,
    Duration,
    Bytes,
    Money,
    /// A bare number: a count or a score.
    Bare,
}

/// What somebody else does to a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touch {
    /// They set a variable.
    Edit {
        /// Which.
        variable: String,
        /// To what.
        value: String,
    },
    /// They remove a variable.
    Unset(String),
    /// They deploy other code.
    Deploy(String),
    /// They point an alias to a version; where none is said, to what they publish now.
    Point {
        /// Which.
        alias: String,
        /// Its number.
        version: Option<usize>,
    },
    /// It refuses.
    Refuse(Fault),
}

/// Something that a person does through the doors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// Who.
    pub by: String,
    /// What.
    pub deed: Deed,
    /// What they say.
    pub note: Option<String>,
}

/// What a person does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// They consent to what is asked.
    Approve,
    /// They refuse what is asked.
    Reject,
    /// They stop promotion.
    Pause,
    /// They let it go on.
    Resume,
    /// They lower the exposure.
    RollBack {
        /// `previous`, a share such as `5%` or a stage; none is all the way.
        to: Option<String>,
    },
    /// They ask for the next stage.
    Promote {
        /// Without waiting for bake, gates and consent.
        force: bool,
    },
    /// They end the rollout at its last stage.
    Complete,
    /// They know that a lowering could not be verified.
    Acknowledge,
    /// They give it up.
    Abandon,
    /// They pull the stop line.
    Stop {
        /// Everything goes back, too.
        roll_back: bool,
    },
    /// They let the stop line go.
    Go,
    /// They hold a feature off.
    Disable(String),
    /// They no longer hold a feature off.
    Enable(String),
    /// They say that nothing spends under a budget any more.
    CloseBudget(String),
    /// They pass an optional stage over.
    Skip(String),
    /// They tick an item off.
    Tick(String),
    /// They raise a signal; `any` is the first that a guardrail of the plan waits for.
    Signal {
        /// Which.
        name: String,
        /// Who told it to the machine that relays it.
        from: Option<String>,
    },
    /// They report a figure, in the unit in which the plan compares it.
    Report {
        /// Which.
        name: String,
        /// What.
        value: Decimal,
        /// Of how many samples.
        samples: Option<u64>,
    },
    /// They have looked at what a review asks.
    Review,
    /// They write the emergency stop into the targets.
    Halt,
}

impl Deed {
    /// As a story writes it.
    pub fn verb(&self) -> &'static str {
        match self {
            Deed::Approve => "approve",
            Deed::Reject => "reject",
            Deed::Pause => "pause",
            Deed::Resume => "resume",
            Deed::RollBack { .. } => "rollback",
            Deed::Promote { .. } => "promote",
            Deed::Complete => "complete",
            Deed::Acknowledge => "acknowledge",
            Deed::Abandon => "abandon",
            Deed::Stop { .. } => "stop",
            Deed::Go => "go",
            Deed::Disable(_) => "disable",
            Deed::Enable(_) => "enable",
            Deed::CloseBudget(_) => "close-budget",
            Deed::Skip(_) => "skip",
            Deed::Tick(_) => "tick",
            Deed::Signal { .. } => "signal",
            Deed::Report { .. } => "report",
            Deed::Review => "review",
            Deed::Halt => "halt",
        }
    }
}

/// What is wrong with a line of a story.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}: {help}")]
pub struct Misread {
    /// Its number, from one.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub help: String,
}

//! The mappings of a plan, key by key.

use super::{
    Shape::{
        Anything, Each, Either, Flag, List, OneOrMore, Sentence, Table as Keys, Text, Unit, Value, Whole,
        Words,
    },
    Table, key, need,
    sentences::{
        ACTION, ANY_NAME, BAKE, CALL, CAP, CONDITION, CONSENT, DATE, DURATION, METRIC_NAME, NAME, PART,
        PERCENT, PLAN_NAME, RESPONSE, SOURCE_METRIC, SPENDING, STAGE_NAME, STAT, TIME, VARIABLE,
    },
};

pub(in crate::plan::load) static PLAN: Table = Table::of(
    "plan",
    &[
        need("tidegate", Whole(1, 1), "The version of the language: 1."),
        need(
            "name",
            Sentence(&PLAN_NAME),
            "The name of the plan. Its rollouts are called NAME-1, NAME-2, and so on.",
        ),
        key(
            "version",
            Text,
            "The version of what is rolled out, for people and for `${flags}`. In quotes when it looks like a number.",
        ),
        need(
            "owner",
            Sentence(&NAME),
            "A name from `people`: who is told and asked when nobody else is named.",
        ),
        key(
            "timezone",
            Text,
            "An IANA name such as Europe/Berlin. The days of budgets and freezes are its days. UTC when not said.",
        ),
        key(
            "links",
            Each(&ANY_NAME, &Text),
            "Where to look: a dashboard, a runbook. Shown when they matter.",
        ),
        need(
            "people",
            Each(&NAME, &Keys(&PERSON)),
            "Who is asked, paged and told, by name. `owner`, `approve`, `page`, `alert` and `review` use these names.",
        ),
        key(
            "escalate",
            OneOrMore(&Sentence(&NAME)),
            "Whom an unanswered review goes to, one after the other.",
        ),
        key("respond", Keys(&RESPOND), "How fast each severity is answered: said in every page and alert."),
        key("notify", Keys(&NOTIFY), "Who hears of what."),
        key(
            "promise",
            Keys(&PROMISE),
            "How fast a rollback is promised to be, step by step. A promise that the source cannot keep is a warning.",
        ),
        need(
            "targets",
            List(&Keys(&TARGET)),
            "The functions whose variables the rollout sets, at most 10, moved as one: raised in this order, each once the one before it is in effect.",
        ),
        key(
            "arms",
            Keys(&ARMS),
            "How the source tells the candidate's figures from the baseline's. With arms, a condition may say `baseline`.",
        ),
        key(
            "dimensions",
            Each(&METRIC_NAME, &Each(&ANY_NAME, &OneOrMore(&Text))),
            "What a condition may spread over, `for any language`: the source's own key, and its members.",
        ),
        key(
            "metrics",
            Each(&METRIC_NAME, &Keys(&METRIC)),
            "What is measured, by name. Each has one of `ratio`, `metric`, `signal`, `reported` and `pairs`.",
        ),
        key(
            "budgets",
            Each(&METRIC_NAME, &Keys(&BUDGET)),
            "What may be spent in a day. Each is a metric under its own name, too: the money of the present day.",
        ),
        key(
            "features",
            OneOrMore(&Sentence(&NAME)),
            "What can be switched off one by one: `${features.x}` is true while any of the exposed have it.",
        ),
        key(
            "cohorts",
            Each(&NAME, &Keys(&COHORT)),
            "Named parts of the users, exposed in full by the stages that name them.",
        ),
        key(
            "checks",
            Each(&NAME, &Keys(&CHECK)),
            "What the system tries by itself, before a door with `check: NAME` opens.",
        ),
        key(
            "freeze",
            List(&Keys(&FREEZE)),
            "When nothing is promoted. What protects goes on, and nobody is late.",
        ),
        key("gates", OneOrMore(&LINE), "What must hold to leave each stage that exposes somebody."),
        key(
            "guardrails",
            List(&Keys(&RULE)),
            "What takes the rollout back, pauses it or calls somebody, at any moment.",
        ),
        need(
            "stages",
            List(&Keys(&STAGE)),
            "The way up, in order. Neither percentages nor cohorts shrink from one to the next.",
        ),
        key(
            "code",
            Words(&["restart", "pause"]),
            "When other code runs under a stage: it bakes anew (`restart`, when not said), or a person decides (`pause`).",
        ),
        key(
            "self_approval",
            Words(&["barred", "allowed"]),
            "Whether whoever started a rollout may approve it, too. `barred` when not said.",
        ),
    ],
);

/// A line of a door.
const LINE: super::Shape = Either(&[Sentence(&CONDITION), Keys(&ITEM)]);

pub(in crate::plan::load) static ITEM: Table = Table {
    name: "line",
    keys: &[
        key("check", Sentence(&NAME), "A check of the plan has passed within the last day."),
        key("tick", Text, "A person has ticked this off."),
        key(
            "approve",
            OneOrMore(&Sentence(&CONSENT)),
            "One holder of a role, `2 of sre`, or a list: all of them. Asked last, when all else holds.",
        ),
    ],
    one_of: &["check", "tick", "approve"],
    with: &[],
};

pub(in crate::plan::load) static PERSON: Table = Table::of(
    "person",
    &[
        key("page", Text, "How they are woken. Without it nobody can write `page NAME`."),
        key("slack", Text, "Their channel, in quotes: what follows a bare `#` is a comment."),
        key("email", OneOrMore(&Text), "Their addresses."),
        key("members", OneOrMore(&Text), "Who holds the role, named as they sign in."),
        key("groups", OneOrMore(&Text), "Groups whose members hold the role."),
    ],
);

pub(in crate::plan::load) static RESPOND: Table = Table::of(
    "respond",
    &[
        key("P0", Sentence(&RESPONSE), "The worst."),
        key("P1", Sentence(&RESPONSE), "Urgent."),
        key("P2", Sentence(&RESPONSE), "What a guardrail has when it does not say."),
        key("P3", Sentence(&RESPONSE), "The least: it disturbs no `stable for`."),
    ],
);

pub(in crate::plan::load) static NOTIFY: Table = Table::of(
    "notify",
    &[
        key("stage", OneOrMore(&Sentence(&NAME)), "Who hears that a stage begins."),
        key("daily", OneOrMore(&Sentence(&NAME)), "Who hears every day."),
        key("weekly", OneOrMore(&Sentence(&NAME)), "Who hears every week."),
        key("incident", OneOrMore(&Sentence(&NAME)), "Who hears that a guardrail has fired."),
        key("done", OneOrMore(&Sentence(&NAME)), "Who hears that it is over."),
    ],
);

pub(in crate::plan::load) static PROMISE: Table = Table::of(
    "promise",
    &[
        key(
            "detect",
            Sentence(&DURATION),
            "From a breach to its being seen. No less than the `lag` and the `period` of a metric.",
        ),
        key("decide", Sentence(&DURATION), "From there to a decision."),
        key(
            "apply",
            Sentence(&DURATION),
            "From there to the variables being written. A raise that takes longer goes back.",
        ),
        key("verify", Sentence(&DURATION), "From there to their being read back."),
        key("rollback", Sentence(&DURATION), "All of it, by itself."),
        key("by_hand", Sentence(&DURATION), "All of it, by a person."),
    ],
);

pub(in crate::plan::load) static TARGET: Table = Table::of(
    "target",
    &[
        need("function", Text, "A Lambda function: its name or ARN, without a version or an alias."),
        key(
            "alias",
            Text,
            "The alias that callers use: after each change a version is published and this is pointed to it; the way back points it to the version from before. A version takes all else in the function with it, so what somebody has changed there and not released (code, other variables, layers, memory) refuses the start, and pauses a rollout.",
        ),
        need(
            "set",
            Each(&VARIABLE, &Value),
            "The variables that the rollout manages; all others are left alone. Put in `${percent}`, `${enabled}`, `${cohorts}`, `${users}`, `${features}`, `${features.x}`, `${cohorts.x}` or `${flags}`; `${not enabled}` is the opposite.",
        ),
    ],
);

pub(in crate::plan::load) static ARMS: Table = Table::of(
    "arms",
    &[
        need("canary", Each(&ANY_NAME, &Text), "The source's dimensions of the candidate."),
        need("baseline", Each(&ANY_NAME, &Text), "The source's dimensions of what it is compared with."),
    ],
);

pub(in crate::plan::load) static METRIC: Table = Table {
    name: "metric",
    keys: &[
        key(
            "ratio",
            Keys(&RATIO),
            "Two sums of the source, divided here: never asked as a quotient, so that the number of samples is known.",
        ),
        key("metric", Sentence(&SOURCE_METRIC), "One series of the source, `Namespace/Name`; needs `stat`."),
        key("signal", Sentence(&NAME), "Counted reports of this name. No report is 0."),
        key(
            "reported",
            Sentence(&NAME),
            "The newest figure that somebody reported under this name; needs `max_age`.",
        ),
        key(
            "pairs",
            Sentence(&NAME),
            "The share of paired results that differ, as `tidegate diff` reports it, with the number of pairs.",
        ),
        key(
            "stat",
            Sentence(&STAT),
            "What one value of the series is: Sum, SampleCount, Minimum, Maximum, Average, or a percentile such as p95 or p99.9.",
        ),
        key(
            "unit",
            Unit,
            "The unit of a value as the source gives it. A ratio is in percent when not said, a sum a count, anything else a number.",
        ),
        key(
            "from",
            Whole(1, u32::MAX as u64),
            "Samples below which nothing is known: with few requests one error is a high rate.",
        ),
        key(
            "about",
            Words(&["canary", "all"]),
            "Whose traffic it measures: the candidate's (`canary`, when there are arms) or everybody's (`all`).",
        ),
        key(
            "missing",
            Words(&["unknown", "zero", "skip"]),
            "What a period without data means: `unknown` when not said, `zero` for counts, `skip` where it does not count.",
        ),
        key("lag", Sentence(&DURATION), "How long after a period its value is complete. 1m when not said."),
        key(
            "period",
            Sentence(&DURATION),
            "The time of one value, in whole minutes up to a day. 1m when not said.",
        ),
        key("where", Each(&ANY_NAME, &Text), "More dimensions of the source, beside those of an arm."),
        key(
            "baseline",
            Either(&[Words(&["none", "arm"]), Keys(&BEFORE)]),
            "What it is compared with: the other arm (when there is one), itself before the rollout, or nothing.",
        ),
        key(
            "max_age",
            Sentence(&DURATION),
            "Older than this a reported figure is not known. 7d for pairs when not said.",
        ),
    ],
    one_of: &["ratio", "metric", "signal", "reported", "pairs"],
    with: &[("metric", "stat"), ("reported", "max_age")],
};

pub(in crate::plan::load) static RATIO: Table = Table {
    name: "ratio",
    keys: &[
        key("of", OneOrMore(&Sentence(&SOURCE_METRIC)), "The part; several are added up."),
        key(
            "without",
            OneOrMore(&Sentence(&SOURCE_METRIC)),
            "What is taken off the whole: one minus its share.",
        ),
        need(
            "to",
            OneOrMore(&Sentence(&SOURCE_METRIC)),
            "The whole, and the number of samples; several are added up.",
        ),
    ],
    one_of: &["of", "without"],
    with: &[],
};

pub(in crate::plan::load) static BEFORE: Table = Table::of(
    "baseline",
    &[need(
        "before",
        Sentence(&DURATION),
        "So much time before the rollout was created: measured once, and kept.",
    )],
);

pub(in crate::plan::load) static BUDGET: Table = Table::of(
    "budget",
    &[
        need("cap", Sentence(&CAP), "The most in a day of the plan's time zone."),
        key("expect", Sentence(&SPENDING), "What a day usually costs: shown beside what it does cost."),
        key("warn", Sentence(&PART), "The part of the cap at which the owner is told, once a day."),
        key(
            "at_cap",
            OneOrMore(&Sentence(&ACTION)),
            "What is switched off at the cap, a feature or a cohort, and given back with the next day.",
        ),
        need(
            "meter",
            Either(&[Keys(&METER), Words(&["calls"])]),
            "Where the money is counted: in a log, by a metric, or by the calls that report it.",
        ),
    ],
);

pub(in crate::plan::load) static METER: Table = Table {
    name: "meter",
    one_of: &["logs", "metric"],
    with: &[("logs", "field")],
    keys: &[
        key("logs", Text, "A log group; needs `field`."),
        key("field", Text, "The field of a log record that holds its cost in dollars."),
        key(
            "metric",
            Sentence(&METRIC_NAME),
            "One of the plan's `metrics`: of `stat: Sum` and `unit: $`, with a `period` of 1m, 3m, 5m or 15m.",
        ),
    ],
};

pub(in crate::plan::load) static COHORT: Table = Table::of(
    "cohort",
    &[
        key("users", OneOrMore(&Text), "Its members, one by one."),
        key("groups", OneOrMore(&Text), "Groups whose members are in it."),
        key("opt_in", Flag, "Whoever asks for it is in it."),
        key(
            "percent",
            Sentence(&PERCENT),
            "The share of the traffic that it is expected to be: shown, never a limit.",
        ),
        key(
            "features",
            OneOrMore(&Sentence(&NAME)),
            "The features that its members have; all when not said.",
        ),
    ],
);

pub(in crate::plan::load) static CHECK: Table = Table {
    name: "check",
    keys: &[
        key("http", Sentence(&CALL), "A call that must be answered as expected."),
        key("expect", Keys(&EXPECT), "The answer to the call; status 200 when not said."),
        key("lambda", Text, "A function that must answer without an error."),
        key("payload", Anything, "What the function is given, as JSON."),
        key("within", Sentence(&TIME), "The time in which the function must answer; 15m when not said."),
        key(
            "body",
            Anything,
            "What the call sends: a text as it stands, anything else as JSON. Not with GET or HEAD.",
        ),
    ],
    one_of: &["http", "lambda"],
    with: &[],
};

pub(in crate::plan::load) static EXPECT: Table = Table::of(
    "expect",
    &[
        key("status", Whole(100, 599), "The status of the answer."),
        key("within", Sentence(&TIME), "The time in which it must come; 10s when not said."),
        key("body", Text, "A text that must be in it."),
    ],
);

pub(in crate::plan::load) static FREEZE: Table = Table {
    name: "freeze",
    keys: &[
        key(
            "days",
            OneOrMore(&Words(&["mon", "tue", "wed", "thu", "fri", "sat", "sun"])),
            "Days of each week.",
        ),
        key("from", Sentence(&DATE), "The first day."),
        key("to", Sentence(&DATE), "The last day; it is frozen, too."),
    ],
    one_of: &["days", "from"],
    with: &[("from", "to"), ("to", "from")],
};

pub(in crate::plan::load) static RULE: Table = Table {
    name: "guardrail",
    keys: &[
        key(
            "when",
            OneOrMore(&Sentence(&CONDITION)),
            "A condition, or a list: any of them, each judged by itself.",
        ),
        key(
            "signal",
            Sentence(&NAME),
            "Somebody reports this: each new report acts once, at the stages where the guardrail is in force.",
        ),
        key("drift", Words(&["any"]), "The function no longer says what was written."),
        key(
            "alarm",
            Text,
            "The name of an alarm of the source: it rings. One that already rings at the start refuses the start.",
        ),
        key(
            "insufficient",
            Words(&["ok", "unknown"]),
            "What too little data for the alarm means: nothing is wrong (`ok`), or nothing is known (`unknown`, when not said), which keeps a stage from being left.",
        ),
        need(
            "then",
            OneOrMore(&Sentence(&ACTION)),
            "What is done, all of it. Of several exposures the lowest wins.",
        ),
        key("severity", Words(&["P0", "P1", "P2", "P3"]), "Of the incident that it opens. P2 when not said."),
        key("from", Sentence(&STAGE_NAME), "The first stage in which it is in force."),
        key("until", Sentence(&STAGE_NAME), "The last stage in which it is in force."),
        key("dry_run", Flag, "Judged, shown and logged; it never acts, sends or blocks."),
    ],
    one_of: &["when", "signal", "drift", "alarm"],
    with: &[],
};

pub(in crate::plan::load) static STAGE: Table = Table::of(
    "stage",
    &[
        need("name", Sentence(&STAGE_NAME), "The name of the stage, once in a plan."),
        key(
            "percent",
            Sentence(&PERCENT),
            "A sticky sample of everybody, from 0 to 100. Nobody when not said.",
        ),
        key(
            "cohorts",
            OneOrMore(&Sentence(&NAME)),
            "Exposed in full, whatever the percentage. Name those of the stage before again.",
        ),
        key("features", OneOrMore(&Sentence(&NAME)), "What the sample has; all when not said."),
        key(
            "enter",
            OneOrMore(&LINE),
            "What must hold to enter it; judged while the stage before is in effect.",
        ),
        key(
            "bake",
            Sentence(&BAKE),
            "How long it is watched before it may be left: `24h`, `48h-72h`, or `open` for the last stage.",
        ),
        key(
            "leave",
            OneOrMore(&LINE),
            "What must hold to leave it, beside the plan's `gates`; judged when the bake has passed.",
        ),
        key("gates", OneOrMore(&LINE), "The same as `leave`."),
        key("guardrails", List(&Keys(&RULE)), "In force at this stage, beside those of the plan."),
        key(
            "late",
            OneOrMore(&Sentence(&ACTION)),
            "What is done once when the stage is late. Pause and alert the owner when not said.",
        ),
        key("optional", Flag, "A person may skip it."),
        key(
            "force",
            Words(&["allowed", "never"]),
            "Whether `promote --force` may enter it. `allowed` when not said.",
        ),
    ],
);

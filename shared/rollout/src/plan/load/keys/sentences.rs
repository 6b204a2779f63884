//! The forms of texts.

use super::Sentence;

pub(super) static NAME: Sentence = Sentence {
    name: "name",
    form: "^[a-z][a-z0-9_-]{0,62}$",
    number: None,
    examples: &["team", "on-call"],
    about: "Lower-case letters, digits, `_` and `-`, a letter first, at most 63.",
};

pub(super) static PLAN_NAME: Sentence = Sentence {
    name: "planName",
    form: "^[a-z][a-z0-9-]{0,62}$",
    number: None,
    examples: &["search", "cst-pipeline"],
    about: "Lower-case letters, digits and `-`, a letter first, at most 63.",
};

pub(super) static STAGE_NAME: Sentence = Sentence {
    name: "stageName",
    form: "^(?!previous$)[a-z0-9][a-z0-9-]{0,62}$",
    number: Some(u64::MAX),
    examples: &["canary", "everyone"],
    about: "Lower-case letters, digits and `-`, at most 63; not `previous`.",
};

pub(super) static METRIC_NAME: Sentence = Sentence {
    name: "metricName",
    form: "^[a-z][a-z0-9_]{0,62}$",
    number: None,
    examples: &["error_rate", "p95_latency"],
    about: "Lower-case letters, digits and `_`, a letter first, at most 63; no word of the language.",
};

pub(super) static VARIABLE: Sentence = Sentence {
    name: "variable",
    form: "^[A-Za-z][A-Za-z0-9_]+$",
    number: None,
    examples: &["SEARCH_PERCENT"],
    about: "The name of an environment variable, none that Lambda or a runtime reserves.",
};

pub(super) static ANY_NAME: Sentence = Sentence {
    name: "anyName",
    form: "^[\\s\\S]+$",
    number: Some(u64::MAX),
    examples: &[],
    about: "Any name.",
};

pub(super) static SOURCE_METRIC: Sentence = Sentence {
    name: "sourceMetric",
    form: "^\\S+/\\S+$",
    number: None,
    examples: &["AWS/Lambda/Errors"],
    about: "Namespace and name of a metric of the source, divided at the last slash.",
};

pub(super) static STAT: Sentence = Sentence {
    name: "stat",
    form: "^(Sum|SampleCount|Minimum|Maximum|Average|p[0-9]{1,2}(\\.[0-9]{1,2})?)$",
    number: None,
    examples: &["Sum", "Average", "Maximum", "p95"],
    about: "What a source makes of the samples of a period.",
};

pub(super) static DURATION: Sentence = Sentence {
    name: "duration",
    form: "^[0-9]+[smhd]$",
    number: None,
    examples: &["30s", "5m", "24h", "7d"],
    about: "A whole number and one of s, m, h, d.",
};

pub(super) static RESPONSE: Sentence = Sentence {
    name: "response",
    form: "^(now|[0-9]+[smhd])$",
    number: None,
    examples: &["now", "1h"],
    about: "`now`, or a duration.",
};

pub(super) static TIME: Sentence = Sentence {
    name: "time",
    form: "^[0-9]+(\\.[0-9]+)?(ms|s|m|h|d)$",
    number: None,
    examples: &["1500ms", "2s"],
    about: "A time to answer in.",
};

pub(super) static PERCENT: Sentence = Sentence {
    name: "percent",
    form: "^[0-9]{1,3}(\\.[0-9]{1,2})?$",
    number: Some(100),
    examples: &["5", "0.5", "100"],
    about: "A share of everybody, from 0 to 100 with at most two decimals.",
};

pub(super) static BAKE: Sentence = Sentence {
    name: "bake",
    form: "^(open|[0-9]+[smhd](-[0-9]+[smhd])?)$",
    number: None,
    examples: &["24h", "48h-72h", "open"],
    about: "At least so long, and late after the second time (twice the first when not said); `open` is never left \
            by itself.",
};

pub(super) static CONDITION: Sentence = Sentence {
    name: "condition",
    form: "^\\s*(stable\\s+for\\s+\\S+|[a-z][a-z0-9_]*(\\s+growth)?\\s*(<=|>=|==|<|>)\\s*\\S.*|\
           [a-z][a-z0-9_]*(\\s+growth)?\\s+within\\s+\\S.*\\s+of\\s+baseline(\\s.*)?)\\s*$",
    number: None,
    examples: &[
        "error_rate < 1%",
        "error_rate > 2% in 5m for 2m",
        "p95_latency <= 110% of baseline",
        "error_rate > baseline + 0.5pp in 5m for 2m",
        "memory growth > 50MB/min in 5m",
        "error_rate > 2% for any language",
        "reports > 3 in 24h",
        "tickets within 10% of baseline",
        "stable for 48h",
    ],
    about: "METRIC [growth] RELATION BOUND [for any|every DIMENSION] [in DURATION] [for DURATION | N times in a row] \
            [from N samples], in this order; or `stable for DURATION`. No blank between a number and its unit.",
};

pub(super) static ACTION: Sentence = Sentence {
    name: "action",
    form: "^\\s*(roll\\s+back(\\s+to\\s+\\S+)?|pause|page\\s+\\S+|alert\\s+\\S+|disable\\s+\\S+|\
           review(\\s+by\\s+\\S+)?\\s+within\\s+\\S+)(\\s+after\\s+\\S+)?\\s*$",
    number: None,
    examples: &[
        "roll back",
        "roll back to previous",
        "roll back to 5%",
        "pause",
        "page on-call",
        "alert team",
        "disable feature",
        "review by lead within 30m",
        "roll back to previous after 1h",
    ],
    about: "What is done; with `after` it is judged again then, and done only if still true.",
};

pub(super) static CONSENT: Sentence = Sentence {
    name: "consent",
    form: "^\\s*([0-9]+\\s+of\\s+)?[a-z][a-z0-9_-]*\\s*$",
    number: None,
    examples: &["lead", "2 of sre"],
    about: "One holder of a role, or so many different ones.",
};

pub(super) static CALL: Sentence = Sentence {
    name: "call",
    form: "^(GET|HEAD|POST|PUT|PATCH|DELETE) https?://\\S+$",
    number: None,
    examples: &["GET https://example.com/healthz"],
    about: "A method and an address.",
};

pub(super) static DATE: Sentence = Sentence {
    name: "date",
    form: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    number: None,
    examples: &["2026-12-20"],
    about: "A day.",
};

pub(super) static CAP: Sentence = Sentence {
    name: "cap",
    form: "^\\$[0-9]+(\\.[0-9]+)?/day$",
    number: None,
    examples: &["$5/day"],
    about: "Dollars a day.",
};

pub(super) static SPENDING: Sentence = Sentence {
    name: "spending",
    form: "^\\$[0-9]+(\\.[0-9]+)?-\\$[0-9]+(\\.[0-9]+)?$",
    number: None,
    examples: &["$0.50-$2.00"],
    about: "From so many dollars to so many.",
};

pub(super) static PART: Sentence = Sentence {
    name: "part",
    form: "^[0-9]{1,3}(\\.[0-9]{1,2})?%$",
    number: None,
    examples: &["80%"],
    about: "A part of a whole, in percent.",
};

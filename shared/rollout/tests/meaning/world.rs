//! A rollout of a small plan, a source of metrics that holds what a test writes, and one condition to be judged.

use rollout::{
    calendar::{Calendar, Days, Hour},
    event::{Captured, Event},
    evidence::{Answer, Evidence, Figure, Frozen, Gap, Point, Query, Status, Verdict, judge},
    gather::{Owed, Past, Questions, Scope, history, questions},
    levels::{Levels, Tally, Windows},
    log::{Why, append, begin},
    plan::{Plan, Stat, load},
    rollout::{Rollout, RolloutId},
    time::{Span, Timestamp},
    units::{BudgetId, ConditionId, Decimal, Generation, Money, StageIndex, TargetId},
};
use std::collections::BTreeMap;

/// When the exposure of the first stage came into effect: a whole day, so that minutes are easy to count.
pub(crate) const EFFECTIVE: Timestamp = Timestamp(1_767_571_200_000);

const PLAN: &str = include_str!("plan.yaml");

/// A condition in its place, and all that is known when it is judged.
pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) head: Rollout,
    condition: ConditionId,
    /// By metric, statistic and dimensions: the values of minutes.
    series: BTreeMap<String, BTreeMap<i64, f64>>,
    status: BTreeMap<String, Status>,
    /// The source says these minutes twice.
    twice: Vec<i64>,
    /// What was counted before, each at a minute, under any budget; none when that cannot be read.
    spent: Option<Vec<(i64, Money)>>,
    /// The newest settled minute.
    minute: i64,
}

/// The condition as a gate of the stage, with these series.
#[track_caller]
pub(crate) fn gate(condition: &str, series: &str) -> World {
    World::new(&format!("gates: ['{condition}']"), "", condition).with(series)
}

/// The condition as a guardrail, with these series.
#[track_caller]
pub(crate) fn guard(condition: &str, series: &str) -> World {
    let rule = format!("guardrails: [{{when: '{condition}', then: pause}}]");
    World::new("", &rule, condition).with(series)
}

impl World {
    #[track_caller]
    fn new(gates: &str, guards: &str, condition: &str) -> World {
        let text = PLAN.replace("GATES", gates).replace("GUARDS", guards);
        let plan = load("example.yaml", &text).unwrap_or_else(|problems| panic!("{problems}")).plan;
        let at = plan.conditions.iter().position(|known| known.text == condition).unwrap();
        let head = exposed(&plan);
        World {
            plan,
            head,
            condition: ConditionId(u16::try_from(at).unwrap()),
            series: BTreeMap::new(),
            status: BTreeMap::new(),
            twice: vec![],
            spent: Some(vec![]),
            minute: 0,
        }
    }

    /// Series, one a line: `old rust count App/Errors @-5 1*60 - 2`. Of the words before the metric `old` is the
    /// baseline arm, `rust` and `go` are members, `count` the number of samples, `whole` everybody's. Values are a
    /// minute each, from minute 0 or from the one after `@`; `-` is a minute without data, `7*60` sixty of them.
    #[track_caller]
    pub(crate) fn with(mut self, series: &str) -> World {
        for line in series.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (name, values) = read(line);
            self.minute = self.minute.max(values.1);
            self.series.entry(name).or_default().extend(values.0);
        }
        self
    }

    /// The source says this minute twice.
    pub(crate) fn says_twice(mut self, minute: i64) -> World {
        self.twice.push(minute);
        self
    }

    /// Judged beside another guardrail.
    pub(crate) fn beside(self, other: &str) -> World {
        let mine = &self.plan.condition(self.condition).text;
        let rule = format!("guardrails: [{{when: ['{mine}', '{other}'], then: pause}}]");
        let World { series, minute, .. } = &self;
        World { series: series.clone(), minute: *minute, ..World::new("", &rule, mine) }
    }

    /// Judged when this minute is the newest settled one.
    pub(crate) fn at(mut self, minute: i64) -> World {
        self.minute = minute;
        self
    }

    /// Cents that were spent, each at a minute: `-600:250 5:10`.
    pub(crate) fn spending(mut self, cents: &str) -> World {
        let read = |word: &str| {
            let (minute, cents) = word.rsplit_once(':').unwrap();
            (minute.parse().unwrap(), Money::micros(cents.parse::<u64>().unwrap() * 10_000))
        };
        self.spent = Some(cents.split_whitespace().map(read).collect());
        self
    }

    /// The money that the metric tells is complete only after so long.
    pub(crate) fn lagging(mut self, lag: Span) -> World {
        let paid = self.plan.metrics.iter_mut().find(|metric| metric.name == "paid");
        paid.unwrap().lag = lag;
        self
    }

    /// What was spent cannot be read.
    pub(crate) fn without_windows(self) -> World {
        World { spent: None, ..self }
    }

    /// Days begin elsewhere.
    pub(crate) fn in_zone(mut self, timezone: &str) -> World {
        timezone.clone_into(&mut self.plan.timezone);
        self
    }

    /// The windows that are asked for, and no others.
    fn windows(&self, days: Days) -> Option<Windows> {
        let calendar = Calendar::of(&self.plan.timezone);
        let mut windows = Windows { days, spent: BTreeMap::new() };
        for (minute, money) in self.spent.as_ref()? {
            let Hour { day, hour } = calendar.hour(edge(*minute));
            if days.contains(day) {
                let tally = windows.spent.entry(day).or_default().hours.entry(hour).or_default();
                *tally = tally.plus(Tally { money: *money, records: 1 });
            }
        }
        Some(windows)
    }

    /// The source answers so about a series.
    pub(crate) fn answering(mut self, line: &str, status: Status) -> World {
        self.status.insert(read(line).0, status);
        self
    }

    /// The rollout as something else has left it.
    pub(crate) fn after(mut self, change: impl FnOnce(&mut Rollout)) -> World {
        change(&mut self.head);
        self
    }

    /// The last stage is in effect since this minute.
    pub(crate) fn at_all_since(mut self, minute: i64, frozen: Vec<Frozen>) -> World {
        let to = StageIndex(1);
        let share = self.plan.stage(to).share;
        let promoted = Event::Promoted { to, share, on: vec![], frozen, forced: vec![], gathered: None };
        let generation = self.head.generation.next();
        let applied = Event::Applied { generation, code: BTreeMap::new() };
        self.head = append(&self.head, vec![promoted, applied], "test", edge(minute), "c2").unwrap().1;
        self
    }

    pub(crate) fn now(&self) -> Timestamp {
        edge(self.minute).after(Span::seconds(75))
    }

    fn ask(&self, query: &Query) -> Answer {
        let series = self.plan.series(query.series);
        let mut name = vec![series.metric.clone()];
        name.extend(series.dimensions.values().filter(|value| *value != "new").cloned());
        name.extend((series.stat == Stat::SampleCount).then(|| "count".to_owned()));
        if series.dimensions.is_empty() {
            name.push("whole".to_owned());
        }
        name.sort();
        let name = name.join(" ");
        let status = self.status.get(&name).copied().unwrap_or_default();
        let minutes = self.series.get(&name);
        let mut points = vec![];
        let mut at = query.from;
        while at < query.to {
            let end = at.after(query.period);
            let inside = |minute: i64| edge(minute) >= at && edge(minute) < end;
            let values: Vec<f64> = minutes
                .into_iter()
                .flatten()
                .filter(|(minute, _)| inside(**minute))
                .map(|(_, value)| *value)
                .collect();
            let most = values.iter().copied().reduce(f64::max);
            let value = match series.stat {
                Stat::Sum | Stat::SampleCount => most.map(|_| values.iter().sum()),
                Stat::Minimum => values.iter().copied().reduce(f64::min),
                // The highest stands for a percentile: whoever averages is found out.
                Stat::Maximum | Stat::Percentile(_) => most,
            };
            points.extend(value.map(|value| Point { at, value }));
            let twice = self.twice.iter().filter(|minute| edge(**minute) == at);
            points.extend(twice.filter_map(|_| points.last().copied()).collect::<Vec<_>>());
            at = end;
        }
        Answer { points, status }
    }

    pub(crate) fn evidence(&self) -> Evidence {
        let asked = questions(&self.plan, &self.head, self.now(), Scope::Doors);
        let answers: Vec<Answer> = asked.queries.iter().map(|query| self.ask(query)).collect();
        let mut windows = self.all_windows(&asked);
        for owed in asked.owed(&answers, &windows) {
            let spent = windows.get_mut(&owed.budget).unwrap().spent.entry(owed.hour.day).or_default();
            let tally = spent.hours.entry(owed.hour.hour).or_default();
            *tally = tally.plus(Tally { money: owed.more, records: 1 });
        }
        let levels = Levels { windows, ..Levels::default() };
        asked.with_levels(asked.reduce(&answers, None), levels)
    }

    fn all_windows(&self, asked: &Questions<'_>) -> BTreeMap<BudgetId, Windows> {
        let each = asked.windows.iter().filter_map(|(budget, days)| Some((*budget, self.windows(*days)?)));
        each.collect()
    }

    /// What a metric says was spent and nobody has counted: `2026-01-05 10: $1 on $0.5`.
    pub(crate) fn owed(&self) -> Vec<String> {
        let asked = questions(&self.plan, &self.head, self.now(), Scope::Guardrails);
        let answers: Vec<Answer> = asked.queries.iter().map(|query| self.ask(query)).collect();
        let owed = asked.owed(&answers, &self.all_windows(&asked));
        let said = |it: &Owed| format!("{} {}: {} on {}", it.hour.day, it.hour.hour, it.more, it.counted);
        owed.iter().map(said).collect()
    }

    /// The recent past of a metric.
    pub(crate) fn past(&self, metric: &str, over: Span, member: Option<&str>) -> Past {
        let asked = history(&self.plan, &self.head, self.now(), over, member);
        let answers: Vec<Answer> = asked.queries.iter().map(|query| self.ask(query)).collect();
        let all = asked.reduce(&answers);
        all.into_iter().find(|past| self.plan.metric(past.metric).name == metric).unwrap()
    }

    pub(crate) fn figure(&self) -> Figure {
        let evidence = self.evidence();
        let figures = rollout::decide::figures(&self.plan, &self.head, &evidence, self.now());
        figures[usize::from(self.condition.0)].unwrap()
    }

    /// `true: 2 > 1 at 10m, 500 samples, rust`, or `not known: no data`; what is expected may be its beginning.
    #[track_caller]
    pub(crate) fn is(self, expected: &str) {
        let figure = self.figure();
        let said = self.words(&figure);
        assert!(said.starts_with(expected), "{said}\nand not {expected}");
        // What is kept in the log is judged the same by whoever reads it.
        let kept: Figure = serde_json::from_str(&serde_json::to_string(&figure).unwrap()).unwrap();
        let relation = self.plan.condition(self.condition).relation;
        assert_eq!(judge(relation, &kept), judge(relation, &figure));
    }

    fn words(&self, figure: &Figure) -> String {
        let condition = self.plan.condition(self.condition);
        let minutes = |at: Timestamp| (at.0 - EFFECTIVE.0) / 60_000;
        let holds = match judge(condition.relation, figure) {
            Verdict::NotKnown(Gap::TooEarly { until }) => {
                return format!("not known: too early until {}m", minutes(until));
            }
            Verdict::NotKnown(gap) => return format!("not known: {gap}"),
            Verdict::True => "true",
            Verdict::False => "false",
        };
        let number = |number: Option<Decimal>| number.unwrap().rounded(6);
        let (value, limit) = (number(figure.value), number(figure.limit));
        let samples = figure.samples.unwrap();
        let at = minutes(figure.at);
        let member = figure.member.map_or("", |member| [", rust", ", go"][usize::from(member)]);
        format!(
            "{holds}: {value} {} {limit} at {at}m, {samples} samples{member}",
            condition.relation.symbol()
        )
    }
}

pub(crate) fn edge(minute: i64) -> Timestamp {
    Timestamp(EFFECTIVE.0 + minute * 60_000)
}

type Minutes = (BTreeMap<i64, f64>, i64);

/// The name of a series with its words in order, its values, and the minute after the last.
#[track_caller]
fn read(line: &str) -> (String, Minutes) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let metric = words.iter().position(|word| word.contains('/')).unwrap();
    let mut name = words[..=metric].to_vec();
    name.sort_unstable();
    let mut minute = 0;
    let mut values = BTreeMap::new();
    for word in &words[metric + 1..] {
        if let Some(start) = word.strip_prefix('@') {
            minute = start.parse().unwrap();
            continue;
        }
        let (value, times) = word.split_once('*').unwrap_or((word, "1"));
        for _ in 0..times.parse::<u32>().unwrap() {
            if value != "-" {
                values.insert(minute, value.parse().unwrap());
            }
            minute += 1;
        }
    }
    (name.join(" "), (values, minute))
}

/// A rollout whose first stage came into effect two hours after it was created.
fn exposed(plan: &Plan) -> Rollout {
    let id = RolloutId("example-1".to_owned());
    let created = edge(-120);
    let (_, head) =
        begin(id, plan.hash().unwrap(), Generation(0), Why::default(), "ann", created, "c0").unwrap();
    let captured = Captured {
        before: BTreeMap::new(),
        revision: "r1".to_owned(),
        code: "code-1".to_owned(),
        generation: Generation(0),
        alias: None,
    };
    let to = StageIndex(0);
    let share = plan.stage(to).share;
    let events = vec![
        Event::Captured { target: TargetId(0), captured },
        Event::Ready,
        Event::Promoted { to, share, on: vec![], frozen: vec![], forced: vec![], gathered: None },
        Event::Applied { generation: Generation(1), code: BTreeMap::new() },
    ];
    append(&head, events, "test", EFFECTIVE, "c1").unwrap().1
}

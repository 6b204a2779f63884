//! `tidegate simulate`: a plan in virtual time.

use crate::{
    args::{Format, SimulateArgs},
    fail::Fail,
    out, plan, render,
};
use control::{
    lab::{
        Lab,
        metrics_file::Recorded,
        story::{self, Misread, Story, What},
    },
    simulate::{START, Simulated, Simulation, Unsimulated, simulate},
};
use rollout::{plan::Plan, words::exposed};
use std::{fs::File, io::BufReader, path::Path, sync::Arc};

pub(crate) fn run(args: &SimulateArgs, format: Format) -> Result<(), Fail> {
    let plan = plan::read(&args.plan)?;
    let (_, story) = tell(&args.story, &plan)?;
    let figures = args.metrics.as_deref().map(|path| recorded(path, &plan)).transpose()?;
    let simulation = Simulation {
        plan: Arc::new(plan),
        story,
        figures,
        auto_approve: args.auto_approve,
        seed: args.seed,
        asks_all: false,
    };
    let simulated = simulate(simulation).map_err(|why| failed(&args.story, &why))?;
    print(&simulated, format);
    Ok(())
}

fn failed(story: &str, why: &Unsimulated) -> Fail {
    match why {
        Unsimulated::Story(wrong) => misread(story, wrong),
        Unsimulated::NotStarted(_) => Fail::yours(why.to_string()),
        Unsimulated::Turn { .. } | Unsimulated::Store(_) | Unsimulated::NotReady => {
            Fail::ours(why.to_string())
        }
    }
}

fn print(simulated: &Simulated, format: Format) {
    let Simulated { told, ending, .. } = simulated;
    if format == Format::Json {
        let all = serde_json::json!({ "log": told, "ending": ending });
        return out::show(format, &all, ToString::to_string);
    }
    for line in told {
        out::show(format, line, |line| render::log_line(&line.to_string()));
    }
    out::show(format, ending, |ending| {
        let place = ending.stage.as_deref().unwrap_or("nobody exposed");
        let exposed = exposed(ending.percent.0, &ending.cohorts);
        let why =
            if ending.reason == ending.outcome { String::new() } else { format!(": {}", ending.reason) };
        format!("\n{}: {place}, {exposed}{why}", ending.outcome)
    });
}

fn recorded(path: &Path, plan: &Plan) -> Result<Recorded, Fail> {
    let file = File::open(path).map_err(|why| Fail::yours(format!("{}: {why}", path.display())))?;
    Recorded::read(BufReader::new(file), plan, START).map_err(|bad| {
        let rows: Vec<String> = bad.iter().map(|row| format!("{}: {row}", path.display())).collect();
        Fail::yours(rows.join("\n")).help("the columns are at,metric,arm,dimension,value,samples")
    })
}

/// The story of this name, or in this file, with its text. All that is wrong with it is said at once.
pub(crate) fn tell(name: &str, plan: &Plan) -> Result<(String, Story), Fail> {
    let text = match story::builtin(name) {
        Some(builtin) => builtin.text.to_owned(),
        None => plan::bounded(Path::new(name)).map_err(|why| {
            let known: Vec<&str> = story::builtins().iter().map(|story| story.name).collect();
            Fail::yours(format!("{name} is neither a built-in story nor a file: {why}"))
                .help(format!("the built-in stories are {}", known.join(", ")))
        })?,
    };
    let (story, mut wrong) = story::read(&text);
    wrong.extend(Lab::new(plan, &story, START, 1).err().unwrap_or_default());
    wrong.sort_by_key(|misread| misread.line);
    if !wrong.is_empty() {
        return Err(misread(name, &wrong));
    }
    for line in &story.lines {
        if matches!(line.what, What::Check { .. }) && plan.checks.is_empty() {
            out::complain(&format!(
                "{name}: line {}: the plan has no check: nothing happens here",
                line.number
            ));
        }
    }
    Ok((text, story))
}

/// Every line of a story that cannot be told.
pub(crate) fn misread(name: &str, wrong: &[Misread]) -> Fail {
    let lines: Vec<String> = wrong.iter().map(|misread| format!("{name}: {misread}")).collect();
    Fail::yours(lines.join("\n"))
}

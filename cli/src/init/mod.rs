//! A first plan, from flags or from five questions.

mod starter;

use crate::{
    args::{Format, InitArgs},
    fail::Fail,
    out,
};
use rollout::plan::load;
use serde_json::json;
use starter::{Answers, LAMBDA_ERRORS, SCHEMA, bare, plan, plan_name, shares, variable};
use std::{
    fs::OpenOptions,
    io::{self, BufRead, IsTerminal, Write},
    path::{Path, PathBuf},
};

/// Of everybody, when nobody says otherwise.
const STAGES: &str = "5,25,100";
const OWNER: &str = "team";

pub(crate) fn run(args: &InitArgs, format: Format) -> Result<(), Fail> {
    // Nobody answers five questions for nothing.
    args.file.iter().try_for_each(|file| is_free(file))?;
    let answers = if io::stdin().is_terminal() {
        ask(args, &mut io::stdin().lock(), &mut io::stderr().lock())?
    } else {
        given(args)?
    };
    let text = plan(&answers);
    if let Some(problem) = problem(&answers) {
        return Err(Fail::yours(problem));
    }
    let file = args.file.clone().unwrap_or_else(|| PathBuf::from(format!("{}.yaml", answers.name)));
    write(&file, &text)?;
    let said = json!({ "file": file.display().to_string(), "name": answers.name });
    out::show(format, &said, |_| {
        let schema = file.with_file_name(SCHEMA);
        let (file, schema, stages) = (file.display(), schema.display(), answers.stages.len());
        format!(
            "{file} is a plan of {stages} stages. Look at it, then:\n  tidegate check {file}\n  tidegate timeline {file}\n  \
             tidegate simulate {file} --auto-approve\n  tidegate local {file} --auto-approve\n\
             For an editor that completes keys and shows what they are for:\n  tidegate schema > {schema}"
        )
    });
    Ok(())
}

fn is_free(file: &Path) -> Result<(), Fail> {
    match file.try_exists() {
        Ok(false) => Ok(()),
        Ok(true) => Err(there_already(file)),
        Err(why) => Err(Fail::yours(format!("{}: {why}", file.display()))),
    }
}

fn there_already(file: &Path) -> Fail {
    Fail::yours(format!("{} is there already: it is left as it is", file.display()))
        .help("name another file: tidegate init FILE")
}

/// Never over something that is there, whoever else is writing.
fn write(file: &Path, text: &str) -> Result<(), Fail> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        std::fs::create_dir_all(folder)
            .map_err(|why| Fail::yours(format!("{} cannot be made: {why}", folder.display())))?;
    }
    let opened = OpenOptions::new().write(true).create_new(true).open(file);
    let written = opened.and_then(|mut opened| opened.write_all(text.as_bytes()));
    written.map_err(|why| {
        if why.kind() == io::ErrorKind::AlreadyExists {
            there_already(file)
        } else {
            Fail::yours(format!("{}: {why}", file.display()))
        }
    })
}

/// What is wrong with the plan that these answers make, in the words of the loader.
fn problem(answers: &Answers) -> Option<String> {
    let problems = load("plan.yaml", &plan(answers)).err()?;
    let first = problems.found.first()?;
    Some(match &first.help {
        Some(help) => format!("{}: {help}", first.what),
        None => first.what.clone(),
    })
}

/// From flags alone: only the function has no usual answer.
fn given(args: &InitArgs) -> Result<Answers, Fail> {
    let Some(function) = args.function.clone() else {
        return Err(Fail::yours("which function is rolled out is not said")
            .help("say --function NAME, or run `tidegate init` on a terminal to be asked"));
    };
    let name = args.name.clone().unwrap_or_else(|| plan_name(&function));
    Ok(Answers {
        variable: args.variable.clone().unwrap_or_else(|| variable(&name)),
        errors: args.error_metric.clone().unwrap_or_else(|| LAMBDA_ERRORS.to_owned()),
        stages: shares(args.stages.as_deref().unwrap_or(STAGES)).map_err(Fail::yours)?,
        owner: args.owner.clone().unwrap_or_else(|| OWNER.to_owned()),
        name,
        function,
    })
}

/// Asks for what no flag says; an answer that makes no plan is asked for again.
fn ask(args: &InitArgs, from: &mut impl BufRead, to: &mut impl Write) -> Result<Answers, Fail> {
    let mut told = Told { from, to };
    let start = given(&InitArgs { function: Some("function".to_owned()), ..args.clone() })?;
    let mut answers = start;
    told.question(
        &mut answers,
        args.function.as_ref(),
        "Which function is rolled out? Its name or ARN",
        None,
        |answers, text| {
            answers.function = text.to_owned();
            answers.name = args.name.clone().unwrap_or_else(|| plan_name(text));
            answers.variable = args.variable.clone().unwrap_or_else(|| variable(&answers.name));
            Ok(())
        },
    )?;
    let usual = answers.variable.clone();
    let asked = format!("Which variable of {} says how many percent are exposed?", bare(&answers.function));
    told.question(&mut answers, args.variable.as_ref(), &asked, Some(&usual), |answers, text| {
        answers.variable = text.to_owned();
        Ok(())
    })?;
    let asked = "Which metric counts its errors? NAMESPACE/NAME";
    told.question(&mut answers, args.error_metric.as_ref(), asked, Some(LAMBDA_ERRORS), |answers, text| {
        answers.errors = text.to_owned();
        Ok(())
    })?;
    let asked = "How many percent are exposed, stage by stage?";
    told.question(&mut answers, args.stages.as_ref(), asked, Some(STAGES), |answers, text| {
        answers.stages = shares(text)?;
        Ok(())
    })?;
    told.question(
        &mut answers,
        args.owner.as_ref(),
        "Who owns it, and is asked?",
        Some(OWNER),
        |answers, text| {
            answers.owner = text.to_owned();
            Ok(())
        },
    )?;
    Ok(answers)
}

/// Somebody at a terminal.
struct Told<'a, R, W> {
    from: &'a mut R,
    to: &'a mut W,
}

impl<R: BufRead, W: Write> Told<'_, R, W> {
    /// One question; an empty answer is the usual one.
    fn question(
        &mut self,
        answers: &mut Answers,
        flag: Option<&String>,
        asked: &str,
        usual: Option<&str>,
        take: impl Fn(&mut Answers, &str) -> Result<(), String>,
    ) -> Result<(), Fail> {
        if let Some(flag) = flag {
            return take(answers, flag).map_err(Fail::yours);
        }
        loop {
            let shown = usual.map_or(String::new(), |usual| format!(" [{usual}]"));
            self.say(&format!("{asked}{shown} "))?;
            let mut line = String::new();
            if self.from.read_line(&mut line).map_err(|why| Fail::ours(why.to_string()))? == 0 {
                return Err(Fail::yours("the questions were not answered: nothing is written"));
            }
            let text = if line.trim().is_empty() { usual.unwrap_or_default() } else { line.trim() };
            let mut tried = answers.clone();
            let wrong = if text.is_empty() {
                Some("this has no usual answer".to_owned())
            } else {
                take(&mut tried, text).err()
            };
            match wrong.or_else(|| problem(&tried)) {
                None => {
                    *answers = tried;
                    return Ok(());
                }
                Some(wrong) => self.say(&format!("  {wrong}\n"))?,
            }
        }
    }

    fn say(&mut self, text: &str) -> Result<(), Fail> {
        let said = self.to.write_all(text.as_bytes()).and_then(|()| self.to.flush());
        said.map_err(|why| Fail::ours(why.to_string()))
    }
}

#[cfg(test)]
mod tests;

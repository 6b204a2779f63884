//! What is wrong with a file, and where.

use std::fmt;

/// One thing that is wrong (or unwise) in a plan file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[schemars(rename = "PlanProblem")]
pub struct Problem {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// How many characters it covers, at least 1.
    pub length: usize,
    /// What is wrong: a lower-case fragment.
    pub what: String,
    /// What would be right.
    pub help: Option<String>,
    /// False for what is legal but unwise.
    pub fatal: bool,
}

/// All problems of a file at once, in the order of their places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    /// The name of the file, for people.
    pub file: String,
    /// Its text, for the lines under which the problems are shown.
    pub text: String,
    /// What was found.
    pub found: Vec<Problem>,
}

/// A line of a plan longer than this is shown in part, around the place that matters.
const WIDEST: usize = 160;

impl fmt::Display for Problems {
    /// Each problem as `file:line:column`, the line, a run of carets under what is meant, and what would be right.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.found {
            self.show(problem, f)?;
        }
        let fatal = self.found.iter().filter(|problem| problem.fatal).count();
        let warnings = self.found.len() - fatal;
        match (fatal, warnings) {
            (0, n) => writeln!(f, "{}: {}", self.file, counted(n, "warning")),
            (n, 0) => writeln!(f, "{}: {}", self.file, counted(n, "problem")),
            (n, m) => writeln!(f, "{}: {}, {}", self.file, counted(n, "problem"), counted(m, "warning")),
        }
    }
}

impl Problems {
    fn show(&self, problem: &Problem, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { line, column, what, help, .. } = problem;
        let level = if problem.fatal { "error" } else { "warning" };
        let number = line.to_string();
        let margin = " ".repeat(number.len());
        writeln!(f, "{level}: {what}")?;
        writeln!(f, "{margin}--> {}:{line}:{column}", self.file)?;
        if let Some(source) = self.text.lines().nth(line.saturating_sub(1)) {
            let (shown, indent, carets) = excerpt(source, column.saturating_sub(1), problem.length);
            writeln!(f, "{margin} |")?;
            writeln!(f, "{number} | {shown}")?;
            writeln!(f, "{margin} | {}{}", " ".repeat(indent), "^".repeat(carets))?;
        }
        if let Some(help) = help {
            writeln!(f, "{margin} = help: {help}")?;
        }
        writeln!(f)
    }
}

/// The part of a line to show, where in it the carets begin, and how many there are.
fn excerpt(source: &str, at: usize, length: usize) -> (String, usize, usize) {
    let wide = source.chars().count();
    let from = if wide <= WIDEST { 0 } else { at.saturating_sub(WIDEST / 2) };
    // A tab would shift the carets, and a control character could repaint the terminal.
    let visible = |c: char| if c.is_control() { ' ' } else { c };
    let shown: String = source.chars().skip(from).take(WIDEST).map(visible).collect();
    let indent = at.saturating_sub(from).min(WIDEST);
    let room = shown.chars().count().saturating_sub(indent);
    (shown.trim_end().to_owned(), indent, length.min(room).max(1))
}

fn counted(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

impl std::error::Error for Problems {}

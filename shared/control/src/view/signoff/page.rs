//! The sign-off table as a page of text, and as Markdown for a document.

use super::{Asked, Door, Otherwise, Row, Said, Signoff, State, Tick};

/// Where nothing stands.
const EMPTY: &str = "-";

const CONSENTS: [&str; 5] = ["Stage", "Role", "Who", "When", "Note"];
const EVIDENCE: &str = "Evidence";
const OTHERWISE: [&str; 6] = ["What", "About", "Who", "When", "Note", "Entry"];
const TICKS: [&str; 5] = ["Stage", "Item", "Who", "When", "Note"];

const OTHERWISE_TITLE: &str = "What came otherwise";
const TICKS_TITLE: &str = "Checklists";

/// As text. What was shown with a question stands once, below the table.
pub fn page(table: &Signoff) -> String {
    let mut text = format!("{}\n", headline(table));
    let mut list = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            text.push_str(&format!("\n{title}:\n"));
            lines.iter().for_each(|line| text.push_str(&format!("  {line}\n")));
        }
    };
    list("Consents", columns(&CONSENTS, table.consents.iter().map(consent).collect()));
    list("On what evidence", questions(table).into_iter().map(evidence).collect());
    list(OTHERWISE_TITLE, columns(&OTHERWISE, table.otherwise.iter().map(otherwise).collect()));
    list(TICKS_TITLE, columns(&TICKS, table.ticks.iter().map(tick).collect()));
    text
}

/// As Markdown, to be pasted into a document: each row with its evidence.
pub fn markdown(table: &Signoff) -> String {
    let mut text = format!("## Approval sign-off\n\n{}\n", escaped(&headline(table)));
    let mut list = |title: &str, heads: &[&str], rows: Vec<Vec<String>>| {
        if rows.is_empty() {
            return;
        }
        if !title.is_empty() {
            text.push_str(&format!("\n### {title}\n"));
        }
        text.push_str(&format!("\n| {} |\n|{}\n", heads.join(" | "), "---|".repeat(heads.len())));
        for row in rows {
            let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
            text.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
    };
    let heads: Vec<&str> = CONSENTS.into_iter().chain([EVIDENCE]).collect();
    let consents = table.consents.iter().map(|row| {
        let shown = row.asked.as_ref().map_or(EMPTY.to_owned(), evidence);
        consent(row).into_iter().chain([shown]).collect()
    });
    list("", &heads, consents.collect());
    list(OTHERWISE_TITLE, &OTHERWISE, table.otherwise.iter().map(otherwise).collect());
    list(TICKS_TITLE, &TICKS, table.ticks.iter().map(tick).collect());
    text
}

fn headline(table: &Signoff) -> String {
    let Signoff { rollout, plan, phase, timezone, consents, .. } = table;
    let given = consents.iter().filter(|row| row.state == State::Given).count();
    let signed = match consents.len() {
        0 => "the plan asks for nobody's consent".to_owned(),
        asked => format!("{given} of {asked} consents are given"),
    };
    format!("{rollout}, of the plan {plan}, is {phase}: {signed}. Times are those of {timezone}.")
}

fn consent(row: &Row) -> Vec<String> {
    let Row { stage, door, role, nth, of, state, said, asked } = row;
    let role = if *of > 1 { format!("{role}, {nth} of {of}") } else { role.clone() };
    let place = format!("{} {stage}", verb(*door));
    let empty = |note: String| vec![place.clone(), role.clone(), EMPTY.to_owned(), EMPTY.to_owned(), note];
    match (state, said) {
        (State::Given, Some(Said { by, at, note, .. })) => {
            vec![place, role, by.clone(), at.clone(), note.clone().unwrap_or(EMPTY.to_owned())]
        }
        // Who did not sign does not stand where those stand who did.
        (_, Some(said)) => empty(instead(*state, said)),
        (State::Asked, None) => {
            empty(asked.as_ref().map_or("asked".to_owned(), |asked| format!("asked since {}", asked.at)))
        }
        (_, None) => empty(EMPTY.to_owned()),
    }
}

/// What stands where a consent would.
fn instead(state: State, Said { by, at, note, .. }: &Said) -> String {
    let note = note.as_ref().map_or(String::new(), |note| format!(": {note}"));
    format!("{} by {by}, {at}{note}", word(state))
}

fn otherwise(one: &Otherwise) -> Vec<String> {
    let Otherwise { what, about, said: Said { entry, by, at, note }, ask, over } = one;
    let over = (!over.is_empty()).then(|| format!("passed over: {}", over.join("; ")));
    let note: Vec<String> = note.iter().cloned().chain(over).collect();
    let note = if note.is_empty() { EMPTY.to_owned() } else { note.join("; ") };
    let entry = match ask {
        Some(ask) => format!("{entry}, to {ask}"),
        None => entry.to_string(),
    };
    vec![word(*what).to_owned(), about.clone(), by.clone(), at.clone(), note, entry]
}

fn tick(tick: &Tick) -> Vec<String> {
    let Tick { stage, door, text, said } = tick;
    let (by, at, note) = match said {
        Some(Said { by, at, note, .. }) => (by.as_str(), at.as_str(), note.as_deref().unwrap_or(EMPTY)),
        None => (EMPTY, EMPTY, EMPTY),
    };
    [&format!("{} {stage}", verb(*door)), text.as_str(), by, at, note].map(str::to_owned).to_vec()
}

fn verb(door: Door) -> &'static str {
    match door {
        Door::Enter => "enter",
        Door::Leave => "leave",
    }
}

fn word(state: State) -> &'static str {
    match state {
        State::Open => EMPTY,
        State::Asked => "asked",
        State::Given => "given",
        State::Refused => "refused",
        State::Withdrawn => "withdrawn",
        State::Forced => "passed over by force",
        State::Skipped => "skipped with its stage",
        State::Void => "given, and void since",
    }
}

/// Each question that a row is about, once, in the order of the log.
fn questions(table: &Signoff) -> Vec<&Asked> {
    let mut questions: Vec<&Asked> = table.consents.iter().filter_map(|row| row.asked.as_ref()).collect();
    questions.sort_by_key(|asked| asked.entry);
    questions.dedup();
    questions
}

fn evidence(Asked { entry, at, figures }: &Asked) -> String {
    let figures = if figures.is_empty() { "no figures".to_owned() } else { figures.join("; ") };
    format!("entry {entry}, {at}: {figures}")
}

/// Rows under their heads, each column as wide as its widest cell; none where there are no rows.
fn columns(heads: &[&str], rows: Vec<Vec<String>>) -> Vec<String> {
    if rows.is_empty() {
        return vec![];
    }
    let heads = heads.iter().map(|head| head.to_uppercase()).collect();
    let rows: Vec<Vec<String>> = std::iter::once(heads).chain(rows).collect();
    let wide =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let line = |row: &Vec<String>| {
        let cell =
            |(column, cell): (usize, &String)| format!("{cell:<width$}", width = wide(column).unwrap_or(0));
        let cells: Vec<String> = row.iter().enumerate().map(cell).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// What people say must not look like a row, a link or a picture of the document that it is pasted into.
fn escaped(cell: &str) -> String {
    let mut text = String::new();
    for c in cell.chars() {
        if matches!(c, '\\' | '|' | '<' | '[' | ']' | '*' | '`') {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

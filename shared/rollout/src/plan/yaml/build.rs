//! From the parser's events to a tree.

use super::{Entry, Node, Place, Problem, Scalar, Value, traps};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

/// A plan is written by people: what is larger is a mistake.
const LARGEST: usize = 256 * 1024;
/// Collections inside collections.
const DEEPEST: usize = 32;
/// Characters of a line; also keeps the search for a column short.
const LONGEST_LINE: usize = 4_000;
/// Items of a list, entries of a mapping; also keeps the search for a duplicate short.
const MOST: usize = 1_000;

/// Reads the one document of `text`; none without a problem.
pub(in crate::plan) fn read(text: &str, found: &mut Vec<Problem>) -> Option<Node> {
    if text.len() > LARGEST {
        let what = format!("the file has {} bytes, more than the {LARGEST} that a plan may have", text.len());
        found.push(Place::START.problem(what, help("leave out what nobody reads, or write two plans")));
        return None;
    }
    let lines: Vec<&str> = text.lines().collect();
    if let Some(line) = lines.iter().position(|line| line.len() > LONGEST_LINE) {
        let what = format!("this line has more than {LONGEST_LINE} characters");
        found.push(Place { line: line + 1, ..Place::START }.problem(what, help("break it up")));
        return None;
    }
    if let Some(tab) = tab(&lines) {
        found.push(tab.problem("this line is set in with a tab", help("use blanks: YAML takes no tabs")));
        return None;
    }
    let mut builder = Builder { lines, found, open: Vec::new(), root: None, documents: 0 };
    for event in Parser::new_from_str(text) {
        if let Err(problem) =
            event.map_err(|error| not_yaml(&error, text)).and_then(|(e, span)| builder.take(e, span))
        {
            builder.found.push(problem);
            return None;
        }
    }
    if builder.root.is_none() {
        builder
            .found
            .push(Place::START.problem("the file is empty", help("`tidegate init` writes a first plan")));
    }
    builder.root
}

/// What the parser says, and the trap that was most likely the cause: a line that a comment cut off.
fn not_yaml(error: &ScanError, text: &str) -> Problem {
    let at = error.marker();
    let place = Place { line: at.line().max(1), column: at.col() + 1, length: 1 };
    let mut before = text.lines().skip(place.line.saturating_sub(2)).take(2);
    let help = if error.info().contains("anchor") {
        quote_or_write_out()
    } else {
        before.any(traps::is_cut).then(|| traps::COMMENT.to_owned())
    };
    place.problem(format!("this is not YAML: {}", error.info()), help)
}

/// The first tab before the text of a line: YAML stumbles over it, mostly somewhere else.
fn tab(lines: &[&str]) -> Option<Place> {
    (1..).zip(lines).find_map(|(line, text)| {
        let begins = text.find(|c: char| c != ' ' && c != '\t')?;
        let tab = text.get(..begins)?.find('\t')?;
        Some(Place { line, column: tab + 1, length: 1 })
    })
}

struct Builder<'a> {
    lines: Vec<&'a str>,
    found: &'a mut Vec<Problem>,
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
}

/// A collection whose end has not been seen.
struct Open {
    place: Place,
    flow: bool,
    content: Content,
}

enum Content {
    Sequence(Vec<Node>),
    Mapping { entries: Vec<Entry>, key: Option<(Scalar, Place)> },
}

impl Content {
    fn len(&self) -> usize {
        match self {
            Content::Sequence(items) => items.len(),
            Content::Mapping { entries, .. } => entries.len(),
        }
    }
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Problem> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => {
                self.documents += 1;
                let second = self.documents > 1;
                let what = "a second document begins here";
                if second {
                    Err(self.place(span).problem(what, help("one plan in one file")))
                } else {
                    Ok(())
                }
            }
            Event::Alias(_) => Err(self
                .place(span)
                .problem("`*` refers to an anchor, and plans have none", quote_or_write_out())),
            Event::Scalar(text, style, anchor, tag) => {
                self.plainly(span, anchor, tag.is_some())?;
                let (place, scalar) = self.scalar(text.into_owned(), style, span);
                self.put(place, Value::Scalar(scalar))
            }
            Event::SequenceStart(anchor, tag) => {
                self.plainly(span, anchor, tag.is_some())?;
                self.begin(span, Content::Sequence(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                self.plainly(span, anchor, tag.is_some())?;
                self.begin(span, Content::Mapping { entries: Vec::new(), key: None })
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
        }
    }

    /// Neither anchored nor tagged: both change what a reader sees into something else.
    fn plainly(&self, span: Span, anchor: usize, tagged: bool) -> Result<(), Problem> {
        if anchor > 0 {
            return Err(self
                .place(span)
                .problem("anchors (`&`) are not part of the language", quote_or_write_out()));
        }
        if tagged {
            return Err(self
                .place(span)
                .problem("tags (`!`) are not part of the language", quote_or_write_out()));
        }
        Ok(())
    }

    fn begin(&mut self, span: Span, content: Content) -> Result<(), Problem> {
        let place = self.place(span);
        if self.open.len() >= DEEPEST {
            return Err(
                place.problem(format!("more than {DEEPEST} levels deep"), help("a plan has fewer than ten"))
            );
        }
        let first = self.rest(place.line, place.column - 1).chars().next();
        let flow = matches!(first, Some('[' | '{'));
        self.open.push(Open { place, flow, content });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Problem> {
        let Some(Open { place, flow, content }) = self.open.pop() else { return Ok(()) };
        match content {
            Content::Sequence(items) => self.put(place, Value::Sequence { items, flow }),
            Content::Mapping { entries, .. } => self.put(place, Value::Mapping { entries, flow }),
        }
    }

    /// Puts a finished value where it belongs: into the innermost open collection, as a key, or at the root.
    fn put(&mut self, place: Place, value: Value) -> Result<(), Problem> {
        let node = Node { place, value };
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        if open.content.len() >= MOST {
            return Err(
                place.problem(format!("more than {MOST} items or entries in one place"), help("write fewer"))
            );
        }
        let cut = match &open.content {
            Content::Mapping { key: Some((_, at)), .. } => {
                let behind = at.column - 1 + at.length;
                let line = self.lines.get(at.line.saturating_sub(1)).copied().unwrap_or_default();
                let rest = line.char_indices().nth(behind).map_or("", |(byte, _)| &line[byte..]);
                traps::cuts(rest.strip_prefix(':').unwrap_or(rest))
            }
            Content::Mapping { key: None, .. } | Content::Sequence(_) => false,
        };
        match &mut open.content {
            Content::Sequence(items) => items.push(node),
            Content::Mapping { entries, key } => match (key.take(), node.value) {
                (None, Value::Scalar(scalar)) => *key = Some((scalar, place)),
                (None, Value::Sequence { .. } | Value::Mapping { .. }) => {
                    return Err(place.problem("a key must be a text", help("write `KEY: VALUE`")));
                }
                (Some((key, at)), mut value) => {
                    let mut place = place;
                    if let Value::Scalar(scalar) = &mut value
                        && scalar.is_empty()
                        && place.line != at.line
                    {
                        // The parser puts nothing where the next thing begins: it belongs to its key.
                        place = at;
                        scalar.cut = cut;
                    }
                    if let Some(first) = entries.iter().find(|entry| entry.key.text == key.text) {
                        let what = format!("`{}` is written twice", key.text);
                        let help = help(&format!("the first is on line {}", first.place.line));
                        self.found.push(at.problem(what, help));
                    }
                    entries.push(Entry { key, place: at, node: Node { place, value } });
                }
            },
        }
        Ok(())
    }

    fn scalar(&self, text: String, style: ScalarStyle, span: Span) -> (Place, Scalar) {
        let plain = style == ScalarStyle::Plain;
        let mut place = self.place(span);
        let behind = if plain { 0 } else { 1 };
        let inside = place.part(behind, text.chars().count());
        let source = self.rest(inside.line, inside.column - 1);
        let verbatim = source.starts_with(&text) && (plain || span.start.line() == span.end.line());
        if plain && verbatim {
            place = inside;
        }
        let end = self.rest(span.start.line(), place.column - 1 + place.length);
        let cut =
            plain && verbatim && (traps::cuts(end) || text.is_empty() && traps::cuts(&format!(" {end}")));
        (place, Scalar { text, plain, verbatim: verbatim.then_some(inside), cut })
    }

    fn place(&self, span: Span) -> Place {
        let (line, column) = (span.start.line().max(1), span.start.col() + 1);
        let one_line = span.end.line() == span.start.line();
        let length = if one_line { span.end.col().saturating_sub(span.start.col()) } else { 0 };
        let until_end = self.rest(line, column - 1).trim_end().chars().count();
        Place { line, column, length: if one_line { length } else { until_end }.max(1) }
    }

    /// A line of the file from a character on.
    fn rest(&self, line: usize, from: usize) -> &str {
        let text = self.lines.get(line.saturating_sub(1)).copied().unwrap_or_default();
        text.char_indices().nth(from).map_or("", |(byte, _)| &text[byte..])
    }
}

fn help(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn quote_or_write_out() -> Option<String> {
    help("put a text that begins with it in quotes, or write the value out")
}

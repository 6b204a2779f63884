//! A template of CloudFormation as JSON. Its short forms become texts: `!Ref Table`, `!GetAtt Table.Arn`.

use saphyr_parser::{Event, Parser, Tag};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

pub(crate) fn read(text: &str) -> Value {
    let mut events = Parser::new_from_str(text)
        .map(|event| event.unwrap().0)
        .filter(|event| !matches!(event, Event::Nothing | Event::StreamStart | Event::DocumentStart(_)));
    let first = events.next().unwrap();
    value(first, &mut events)
}

fn value<'a>(event: Event<'a>, rest: &mut impl Iterator<Item = Event<'a>>) -> Value {
    match event {
        Event::Scalar(text, .., None) => Value::String(text.into_owned()),
        Event::Scalar(text, .., Some(tag)) => json!(format!("!{} {text}", tag.suffix)),
        Event::SequenceStart(_, tag) => {
            let mut items = vec![];
            loop {
                match rest.next().unwrap() {
                    Event::SequenceEnd => return tagged(tag, Value::Array(items)),
                    item => items.push(value(item, rest)),
                }
            }
        }
        Event::MappingStart(_, tag) => {
            let mut entries = Map::new();
            loop {
                let Event::Scalar(key, ..) = rest.next().unwrap() else {
                    return tagged(tag, Value::Object(entries));
                };
                let event = rest.next().unwrap();
                let before = entries.insert(key.to_string(), value(event, rest));
                assert!(before.is_none(), "the key `{key}` stands there twice");
            }
        }
        other => panic!("{other:?} is no value"),
    }
}

fn tagged(tag: Option<Cow<'_, Tag>>, value: Value) -> Value {
    match tag {
        None => value,
        Some(tag) => json!({ format!("!{}", tag.suffix): value }),
    }
}

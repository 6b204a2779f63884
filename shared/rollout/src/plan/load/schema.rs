//! The language as a JSON Schema, for editors: made of the tables that the loader reads keys by.

use super::{
    keys::{Key, PLAN, Sentence, Shape, Table},
    units,
};
use serde::{Serialize, Serializer};

/// A JSON Schema of draft 2020-12. Fields stand in the order in which people read them.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Schema {
    #[serde(rename = "$schema", skip_serializing_if = "Option::is_none")]
    dialect: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'static str>,
    #[serde(rename = "$ref", skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<Kind>,
    #[serde(rename = "enum", skip_serializing_if = "Vec::is_empty")]
    words: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    required: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dependent_required: Option<Ordered<Vec<&'static str>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<Ordered<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    property_names: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_properties: Option<More>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    one_of: Vec<Schema>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    any_of: Vec<Schema>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    examples: &'static [&'static str],
    #[serde(rename = "$defs", skip_serializing_if = "Option::is_none")]
    defs: Option<Ordered<Schema>>,
}

/// One type, or any of several.
#[derive(Serialize)]
#[serde(untagged)]
enum Kind {
    One(&'static str),
    Any(&'static [&'static str]),
}

/// Whether other keys are allowed, or what stands under them.
#[derive(Serialize)]
#[serde(untagged)]
enum More {
    No(bool),
    Like(Box<Schema>),
}

/// Entries in the order of the tables.
struct Ordered<T>(Vec<(&'static str, T)>);

impl<T: Serialize> Serialize for Ordered<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

/// The schema of a plan.
pub fn schema() -> Schema {
    let mut defs = Defs::default();
    let plan = defs.table(&PLAN);
    Schema {
        dialect: Some("https://json-schema.org/draft/2020-12/schema"),
        title: Some("A rollout plan of tidegate"),
        description: Some("How to roll out: stage by stage, watched, asked about, and taken back by itself."),
        defs: Some(Ordered(defs.0)),
        ..plan
    }
}

/// What several places refer to.
#[derive(Default)]
struct Defs(Vec<(&'static str, Schema)>);

impl Defs {
    fn table(&mut self, table: &Table) -> Schema {
        let properties = table.keys.iter().map(|key| (key.name, self.key(key))).collect();
        let needs = |name: &&'static str| Schema { required: vec![*name], ..Schema::default() };
        let with = table.with.iter().map(|(key, other)| (*key, vec![*other])).collect::<Vec<_>>();
        Schema {
            kind: Some(Kind::One("object")),
            required: table.keys.iter().filter(|key| key.needed).map(|key| key.name).collect(),
            dependent_required: (!with.is_empty()).then_some(Ordered(with)),
            properties: Some(Ordered(properties)),
            additional_properties: Some(More::No(false)),
            one_of: table.one_of.iter().map(needs).collect(),
            ..Schema::default()
        }
    }

    fn key(&mut self, key: &Key) -> Schema {
        Schema { description: Some(key.about), ..self.shape(key.under) }
    }

    fn shape(&mut self, shape: Shape) -> Schema {
        let of_kind = |kind| Schema { kind: Some(kind), ..Schema::default() };
        match shape {
            Shape::Sentence(sentence) => self.sentence(sentence),
            Shape::Words(words) => Schema { words: words.to_vec(), ..Schema::default() },
            Shape::Unit => Schema { words: units::of_metrics(), ..Schema::default() },
            Shape::Flag => of_kind(Kind::One("boolean")),
            Shape::Whole(least, most) => {
                Schema { minimum: Some(least), maximum: Some(most), ..of_kind(Kind::One("integer")) }
            }
            Shape::Text => of_kind(Kind::Any(&["string", "number"])),
            Shape::Value => of_kind(Kind::Any(&["string", "number", "boolean"])),
            Shape::Anything => Schema::default(),
            Shape::Table(table) => self.named(table),
            Shape::Each(name, each) => Schema {
                property_names: Some(Box::new(self.sentence(name))),
                additional_properties: Some(More::Like(Box::new(self.shape(*each)))),
                ..of_kind(Kind::One("object"))
            },
            Shape::List(each) => {
                Schema { items: Some(Box::new(self.shape(*each))), ..of_kind(Kind::One("array")) }
            }
            Shape::OneOrMore(each) => {
                let one = self.shape(*each);
                Schema { any_of: vec![one, self.shape(Shape::List(each))], ..Schema::default() }
            }
            Shape::Either(shapes) => {
                let any_of = shapes.iter().map(|shape| self.shape(*shape)).collect();
                Schema { any_of, ..Schema::default() }
            }
        }
    }

    /// A reference to the mapping, which is written down once.
    fn named(&mut self, table: &'static Table) -> Schema {
        if !self.has(table.name) {
            let schema = self.table(table);
            self.0.push((table.name, schema));
        }
        refer(table.name)
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| *known == name)
    }

    /// A reference to the form, which is written down once.
    fn sentence(&mut self, sentence: &'static Sentence) -> Schema {
        if !self.has(sentence.name) {
            let kind = match sentence.number {
                Some(_) => Kind::Any(&["string", "number"]),
                None => Kind::One("string"),
            };
            let most = sentence.number.filter(|most| *most < u64::MAX);
            let form = Schema {
                description: Some(sentence.about),
                kind: Some(kind),
                pattern: Some(sentence.form),
                minimum: most.map(|_| 0),
                maximum: most,
                examples: sentence.examples,
                ..Schema::default()
            };
            self.0.push((sentence.name, form));
        }
        refer(sentence.name)
    }
}

fn refer(name: &str) -> Schema {
    Schema { reference: Some(format!("#/$defs/{name}")), ..Schema::default() }
}

//! What a template has: resources, doors, and what their roles permit.

use crate::yaml;
use serde_json::Value;

/// A template, and its text.
pub(crate) struct Template {
    pub(crate) text: String,
    root: Value,
}

/// A resource with its name.
#[derive(Clone, Copy)]
pub(crate) struct Resource<'a> {
    pub(crate) id: &'a str,
    pub(crate) all: &'a Value,
}

/// One thing that a role permits.
pub(crate) struct Statement<'a> {
    /// The name of the role's policy, which is that of the door.
    pub(crate) policy: &'a str,
    pub(crate) actions: Vec<&'a str>,
    pub(crate) resources: Vec<&'a str>,
    pub(crate) condition: &'a Value,
}

impl Template {
    pub(crate) fn read(text: String) -> Template {
        let root = yaml::read(&text);
        Template { text, root }
    }

    pub(crate) fn resources(&self) -> impl Iterator<Item = Resource<'_>> {
        let all = self.root["Resources"].as_object().unwrap();
        all.iter().map(|(id, all)| Resource { id, all })
    }

    /// All resources of a type.
    pub(crate) fn of(&self, kind: &str) -> Vec<Resource<'_>> {
        let found: Vec<_> = self.resources().filter(|resource| resource.all["Type"] == kind).collect();
        assert!(!found.is_empty(), "the template has no {kind}");
        found
    }

    pub(crate) fn resource(&self, id: &str) -> Option<Resource<'_>> {
        self.resources().find(|resource| resource.id == id)
    }

    pub(crate) fn doors(&self) -> Vec<Resource<'_>> {
        self.of("AWS::Serverless::Function")
    }

    /// Every action that stands in a policy, also in those of queues, topics and keys.
    pub(crate) fn actions(&self) -> Vec<&str> {
        let mut all = vec![];
        actions(&self.root, &mut all);
        all
    }

    /// What every role permits, and every policy that is attached to one.
    pub(crate) fn statements(&self) -> Vec<Statement<'_>> {
        let mut all = vec![];
        for role in self.of("AWS::IAM::Role") {
            all.extend(items(role.property("Policies")).into_iter().flat_map(statements));
        }
        for policy in self.resources().filter(|resource| resource.all["Type"] == "AWS::IAM::Policy") {
            all.extend(statements(&policy.all["Properties"]));
        }
        all
    }

    /// What a door's role permits.
    pub(crate) fn statements_of(&self, door: &Resource<'_>) -> Vec<Statement<'_>> {
        let name = door.name();
        self.statements().into_iter().filter(|statement| statement.policy == name).collect()
    }
}

impl<'a> Resource<'a> {
    pub(crate) fn property(&self, name: &str) -> &'a Value {
        &self.all["Properties"][name]
    }

    /// Of a door: the folder that it is built from.
    pub(crate) fn name(&self) -> String {
        text(self.property("CodeUri")).trim_start_matches("functions/").to_owned()
    }
}

impl Statement<'_> {
    pub(crate) fn permits(&self, action: &str) -> bool {
        self.actions.contains(&action)
    }

    /// Whether it applies only where a tag says so.
    pub(crate) fn needs_tag(&self, tag: &str) -> bool {
        self.condition["StringEquals"][format!("aws:ResourceTag/{tag}")] == "true"
    }
}

fn statements(policy: &Value) -> Vec<Statement<'_>> {
    let all = items(&policy["PolicyDocument"]["Statement"]);
    all.into_iter().map(|all| statement(text(&policy["PolicyName"]), all)).collect()
}

fn statement<'a>(policy: &'a str, all: &'a Value) -> Statement<'a> {
    let (actions, resources) = (texts(&all["Action"]), texts(&all["Resource"]));
    Statement { policy, actions, resources, condition: &all["Condition"] }
}

fn actions<'a>(value: &'a Value, all: &mut Vec<&'a str>) {
    for (name, value) in value.as_object().into_iter().flatten() {
        if name == "Action" {
            all.extend(texts(value));
        }
        actions(value, all);
    }
    value.as_array().into_iter().flatten().for_each(|item| actions(item, all));
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The items of a list; one that stands alone is a list of one, and nothing is none.
pub(crate) fn items(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => vec![],
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

pub(crate) fn texts(value: &Value) -> Vec<&str> {
    items(value).into_iter().map(text).collect()
}

//! The functions that may be touched at all, found by their tag: the table is away, and an alarm rings.

use crate::{errors::words, functions::LambdaFunctions};
use aws_sdk_resourcegroupstagging::{Client, types::TagFilter};
use control::ports::{Functions, NotFound, Tagged, Through};

/// Whoever owns a function says with it that it may be touched; the roles of the doors rest on the same tag.
const TAG: (&str, &str) = ("tidegate:managed", "true");
/// A page has a hundred of them; an account that has tagged more is no account that rolls out by hand.
const PAGES_MAX: usize = 20;

/// What the door holds that an alarm rings at: functions, and the way to find them without the table.
#[derive(Clone, Debug)]
pub struct TaggedFunctions {
    functions: LambdaFunctions,
    client: Client,
}

impl TaggedFunctions {
    /// Of one account and region.
    pub fn new(functions: LambdaFunctions, client: Client) -> TaggedFunctions {
        TaggedFunctions { functions, client }
    }
}

impl Tagged for TaggedFunctions {
    async fn tagged(&self) -> Result<Vec<String>, NotFound> {
        let tag = TagFilter::builder().key(TAG.0).values(TAG.1).build();
        let mut names = vec![];
        let mut next = None;
        for _ in 0..PAGES_MAX {
            let call =
                self.client.get_resources().resource_type_filters("lambda:function").tag_filters(tag.clone());
            let page = call.set_pagination_token(next).send().await;
            let page = page.map_err(|error| NotFound(words(&error)))?;
            let arns = page.resource_tag_mapping_list().iter().filter_map(|found| found.resource_arn());
            names.extend(arns.filter_map(name));
            next = page.pagination_token().filter(|token| !token.is_empty()).map(str::to_owned);
            if next.is_none() {
                names.sort();
                return Ok(names);
            }
        }
        Err(NotFound(format!("there are more than {} of them", names.len())))
    }
}

/// The name of a function in its ARN.
fn name(arn: &str) -> Option<String> {
    let (_, name) = arn.split_once(":function:")?;
    Some(name.split(':').next().unwrap_or(name).to_owned())
}

impl Through for TaggedFunctions {
    fn functions(&self) -> &impl Functions {
        &self.functions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_known_by_its_name() {
        let arn = "arn:aws:lambda:eu-central-1:123456789012:function:cst-pipeline";
        assert_eq!(name(arn).as_deref(), Some("cst-pipeline"));
        assert_eq!(name(&format!("{arn}:live")).as_deref(), Some("cst-pipeline"));
        assert_eq!(name("arn:aws:sqs:eu-central-1:123456789012:cst-pipeline"), None);
    }
}

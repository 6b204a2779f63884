//! Creating the table, for a laptop and for tests. On AWS the template does it.

use super::item;
use crate::errors::{self, Failure};
use aws_sdk_dynamodb::{
    Client,
    operation::create_table::CreateTableError,
    types::{BillingMode, TableStatus},
};
use std::time::Duration;

/// How long a table may take to become active.
const ACTIVE_WITHIN: Duration = Duration::from_secs(30);
/// Between two looks at it.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Why there is no table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// It was refused, or nobody answered.
    #[error("the table {table} was not created: {why}")]
    Refused {
        /// Which.
        table: String,
        /// Why.
        why: String,
    },
    /// It was created, but is not ready.
    #[error("the table {0} was created and is still not active")]
    NotActive(String),
}

/// Creates the table, unless it is there already, and waits until it can be used.
///
/// # Errors
/// [`TableError`] when it cannot be used after 30 seconds.
pub async fn create_table(client: &Client, table: &str) -> Result<(), TableError> {
    let refused = |why: String| TableError::Refused { table: table.to_owned(), why };
    let (keys, attributes) = item::schema().map_err(|error| refused(error.to_string()))?;
    let call = client
        .create_table()
        .table_name(table)
        .set_key_schema(Some(keys))
        .set_attribute_definitions(Some(attributes))
        .billing_mode(BillingMode::PayPerRequest);
    match call.send().await {
        Ok(_) => {}
        Err(error)
            if matches!(error.as_service_error(), Some(CreateTableError::ResourceInUseException(_))) => {}
        Err(error) => return Err(refused(told(errors::failure(&error)))),
    }
    tokio::time::timeout(ACTIVE_WITHIN, active(client, table))
        .await
        .map_err(|_| TableError::NotActive(table.to_owned()))?
        .map_err(|failure| refused(told(failure)))
}

async fn active(client: &Client, table: &str) -> Result<(), Failure> {
    loop {
        let answer = client.describe_table().table_name(table).send().await;
        let status =
            answer.map_err(|error| errors::failure(&error))?.table.and_then(|table| table.table_status);
        if status == Some(TableStatus::Active) {
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn told(failure: Failure) -> String {
    match failure {
        Failure::Refused(_) => "a condition was false".into(),
        Failure::Contended(why) | Failure::NoAnswer(why) | Failure::Final(why) => why,
    }
}

/// What the embedded table is created from, without a server.
#[cfg(feature = "embedded")]
pub(crate) fn embedded_table(table: &str) -> dynoxide::actions::create_table::CreateTableRequest {
    use dynoxide::types::{AttributeDefinition, KeySchemaElement, KeyType, ScalarAttributeType};

    let [pk, sk] = item::KEYS.map(str::to_owned);
    let text = |name: &String| AttributeDefinition {
        attribute_name: name.clone(),
        attribute_type: ScalarAttributeType::S,
    };
    dynoxide::actions::create_table::CreateTableRequest {
        table_name: table.to_owned(),
        attribute_definitions: vec![text(&pk), text(&sk)],
        key_schema: vec![
            KeySchemaElement { attribute_name: pk, key_type: KeyType::HASH },
            KeySchemaElement { attribute_name: sk, key_type: KeyType::RANGE },
        ],
        billing_mode: Some("PAY_PER_REQUEST".into()),
        ..Default::default()
    }
}

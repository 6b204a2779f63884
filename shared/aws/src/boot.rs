//! Clients, ready to be used. The only file that reads environment variables.

use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Config, Credentials, Region},
};

/// The table is named by this variable.
#[cfg(feature = "doors")]
const TABLE_VARIABLE: &str = "TIDEGATE_TABLE";

/// A client of a DynamoDB on this machine. Nothing about it is secret, and no configuration is looked for.
pub fn local(endpoint: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("local"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(endpoint)
        .build();
    Client::from_conf(config)
}

/// Why a process cannot begin.
#[cfg(feature = "doors")]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BootError {
    /// A variable must be set and is not.
    #[error("the environment variable {0} is not set")]
    NotSet(&'static str),
}

/// What every deployed door needs.
#[cfg(feature = "doors")]
struct Base {
    config: aws_config::SdkConfig,
    store: crate::store::DynamoStore,
}

/// The table that the environment names, and the region and the permissions of the function's role. `AWS_ENDPOINT_URL`
/// leads to a local AWS.
#[cfg(feature = "doors")]
async fn base() -> Result<Base, BootError> {
    let table = std::env::var(TABLE_VARIABLE).map_err(|_| BootError::NotSet(TABLE_VARIABLE))?;
    let config = crate::credentials::at_hand(None).await;
    let store = crate::store::DynamoStore::new(&Client::new(&config), &table);
    Ok(Base { config, store })
}

/// The store of a Lambda function.
///
/// # Errors
/// [`BootError::NotSet`] when the environment names no table.
#[cfg(feature = "doors")]
pub async fn from_env() -> Result<crate::store::DynamoStore, BootError> {
    Ok(base().await?.store)
}

#[cfg(feature = "doors")]
mod doors {
    use super::{Base, BootError, base};
    use crate::{
        functions::LambdaFunctions,
        hands::Hands,
        metrics::CloudWatch,
        wakes::{Door, Wakes},
    };
    use std::{collections::BTreeSet, env::var};
    use tracing_subscriber::EnvFilter;

    /// The functions that are woken, each named by a variable.
    const DOORS: [(Door, &str); 3] = [
        (Door::Evaluate, "TIDEGATE_EVALUATE"),
        (Door::Advance, "TIDEGATE_ADVANCE"),
        (Door::Probe, "TIDEGATE_PROBE"),
    ];

    /// One line of JSON for each thing that is told, for CloudWatch Logs. `TIDEGATE_LOG` says of what: `info` by default.
    pub fn logs() {
        let filter = EnvFilter::try_from_env("TIDEGATE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
        tracing_subscriber::fmt().json().flatten_event(true).without_time().with_env_filter(filter).init();
    }

    /// Whom the API believes to be what.
    #[derive(Clone, Debug, Default)]
    pub struct Trust {
        /// The claim of a token that names a person, as plans name them. An `email` counts only once it is verified.
        pub name_claim: String,
        /// The claim that lists their groups.
        pub groups_claim: String,
        /// Groups, roles and names that may force and abandon.
        pub admins: BTreeSet<String>,
        /// Groups, roles and names that report and lower, and never raise, approve or resume.
        pub machines: BTreeSet<String>,
    }

    /// As the environment says: `TIDEGATE_NAME_CLAIM`, `TIDEGATE_GROUPS_CLAIM`, `TIDEGATE_ADMINS`, `TIDEGATE_MACHINES`,
    /// the last two with commas. Without them nobody is an admin.
    pub fn trust() -> Trust {
        let text = |name: &str, usual: &str| {
            var(name).ok().filter(|text| !text.is_empty()).unwrap_or_else(|| usual.to_owned())
        };
        let names = |name: &str| {
            let listed = var(name).unwrap_or_default();
            listed.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
        };
        Trust {
            name_claim: text("TIDEGATE_NAME_CLAIM", "email"),
            groups_claim: text("TIDEGATE_GROUPS_CLAIM", "cognito:groups"),
            admins: names("TIDEGATE_ADMINS"),
            machines: names("TIDEGATE_MACHINES"),
        }
    }

    /// Where messages go: three topics by their ARNs, and the bus for whoever wants to hear more.
    #[derive(Clone, Debug)]
    #[expect(missing_docs, reason = "the names say it")]
    pub struct Channels {
        pub updates: String,
        pub alerts: String,
        pub pages: String,
        pub bus: String,
    }

    /// As the environment says.
    ///
    /// # Errors
    /// [`BootError::NotSet`] when it does not.
    pub fn channels() -> Result<Channels, BootError> {
        let set = |name| var(name).map_err(|_| BootError::NotSet(name));
        Ok(Channels {
            updates: set("TIDEGATE_UPDATES")?,
            alerts: set("TIDEGATE_ALERTS")?,
            pages: set("TIDEGATE_PAGES")?,
            bus: set("TIDEGATE_BUS")?,
        })
    }

    /// The name of the stack, under which a door tells of itself.
    ///
    /// # Errors
    /// [`BootError::NotSet`]: the alarms on a door would wait for what it tells under another name.
    pub fn stack() -> Result<String, BootError> {
        var(STACK).map_err(|_| BootError::NotSet(STACK))
    }

    const STACK: &str = "TIDEGATE_STACK";

    /// What evaluate holds, and the API, which asks only when a person wants to know.
    pub type Watching = Hands<CloudWatch>;
    /// What advance holds.
    pub type Touching = Hands<LambdaFunctions>;

    /// What evaluate holds: it watches, and touches no function.
    ///
    /// # Errors
    /// [`BootError::NotSet`] when the environment names no table.
    pub async fn watching() -> Result<Watching, BootError> {
        let base = base().await?;
        let source = CloudWatch::new(&aws_sdk_cloudwatch::Client::new(&base.config));
        Ok(base.hands(source))
    }

    /// What advance holds: it touches functions, and asks no source.
    ///
    /// # Errors
    /// [`BootError::NotSet`] when the environment names no table.
    pub async fn touching() -> Result<Touching, BootError> {
        let base = base().await?;
        let functions = LambdaFunctions::new(&aws_sdk_lambda::Client::new(&base.config));
        Ok(base.hands(functions))
    }

    /// What rollback holds.
    #[cfg(feature = "rollback")]
    pub type Halting = Hands<crate::tags::TaggedFunctions>;

    /// What rollback holds: it touches functions, and finds them without the table.
    ///
    /// # Errors
    /// [`BootError::NotSet`] when the environment names no table.
    #[cfg(feature = "rollback")]
    pub async fn halting() -> Result<Halting, BootError> {
        let base = base().await?;
        let functions = LambdaFunctions::new(&aws_sdk_lambda::Client::new(&base.config));
        let client = aws_sdk_resourcegroupstagging::Client::new(&base.config);
        Ok(base.hands(crate::tags::TaggedFunctions::new(functions, client)))
    }

    /// What budget holds: the table, and nothing besides.
    pub type Counting = Hands<()>;

    /// What budget holds.
    ///
    /// # Errors
    /// [`BootError::NotSet`] when the environment names no table.
    pub async fn counting() -> Result<Counting, BootError> {
        Ok(base().await?.hands(()))
    }

    /// What probe holds.
    #[cfg(feature = "probe")]
    pub type Probing = Hands<crate::prober::Tries>;

    /// What probe holds: it calls strangers.
    ///
    /// # Errors
    /// [`BootError::NotSet`] when the environment names no table.
    #[cfg(feature = "probe")]
    pub async fn probing() -> Result<Probing, BootError> {
        let base = base().await?;
        let tries = crate::prober::Tries::new(&aws_sdk_lambda::Client::new(&base.config));
        Ok(base.hands(tries))
    }

    /// What notify holds: topics and a bus, and no table.
    ///
    /// # Errors
    /// [`BootError::NotSet`] when the environment does not name them all.
    #[cfg(feature = "notify")]
    pub async fn telling() -> Result<crate::notices::Notices, BootError> {
        let (channels, config) = (channels()?, crate::credentials::at_hand(None).await);
        let (topics, bus) = (aws_sdk_sns::Client::new(&config), aws_sdk_eventbridge::Client::new(&config));
        Ok(crate::notices::Notices::new(topics, bus, channels))
    }

    impl Base {
        fn hands<T>(self, tool: T) -> Hands<T> {
            let named = DOORS.iter().filter_map(|(door, variable)| Some((*door, var(variable).ok()?)));
            let wakes = Wakes::new(aws_sdk_lambda::Client::new(&self.config), named.collect());
            Hands::new(self.store, tool, wakes)
        }
    }
}

#[cfg(feature = "notify")]
pub use doors::telling;
#[cfg(feature = "doors")]
pub use doors::{
    Channels, Counting, Touching, Trust, Watching, channels, counting, logs, stack, touching, trust, watching,
};
#[cfg(feature = "rollback")]
pub use doors::{Halting, halting};
#[cfg(feature = "probe")]
pub use doors::{Probing, probing};

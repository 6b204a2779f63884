//! Rings an alarm for a rehearsal, with the credentials of whoever asks: no door of ours may.

use crate::{
    errors::{is_forbidden, words},
    laptop::{Caller, NoAccount},
};
use aws_sdk_cloudwatch::{Client, types::StateValue};

/// CloudWatch, as whoever is signed in.
#[derive(Debug)]
pub struct Bell {
    /// The number of the account.
    pub account: String,
    /// Where its alarms are.
    pub region: String,
    client: Client,
}

/// Why an alarm's state was not set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRung {
    /// Whoever asks may not.
    #[error("the alarm may not be set: {0}")]
    Forbidden(String),
    /// AWS did not do it.
    #[error("the alarm cannot be set: {0}")]
    Failed(String),
}

impl Bell {
    /// Asks AWS whose the credentials are.
    ///
    /// # Errors
    /// [`NoAccount`].
    pub async fn at_hand(region: Option<String>) -> Result<Bell, NoAccount> {
        let Caller { config, id, region, .. } = Caller::at_hand(region).await?;
        Ok(Bell { account: id, region, client: Client::new(&config) })
    }

    /// Sets an alarm to ALARM, and says why. CloudWatch judges it anew at its next look.
    ///
    /// # Errors
    /// [`NotRung`].
    pub async fn ring(&self, alarm: &str, why: &str) -> Result<(), NotRung> {
        self.set(alarm, StateValue::Alarm, why).await
    }

    /// Sets it to OK again, so that nobody waits for that next look.
    ///
    /// # Errors
    /// [`NotRung`].
    pub async fn hush(&self, alarm: &str) -> Result<(), NotRung> {
        self.set(alarm, StateValue::Ok, "the tidegate drill is over").await
    }

    async fn set(&self, alarm: &str, state: StateValue, why: &str) -> Result<(), NotRung> {
        let call = self.client.set_alarm_state().alarm_name(alarm).state_value(state).state_reason(why);
        call.send().await.map(drop).map_err(|error| {
            let why = words(&error);
            if is_forbidden(&error) { NotRung::Forbidden(why) } else { NotRung::Failed(why) }
        })
    }
}

//! Alarms of CloudWatch, rung with the credentials at hand.

use crate::{account, args::Common, fail::Fail};
use aws::bell::{Bell, NotRung};
use tokio::runtime::{Builder, Runtime};

pub(super) struct Cloud {
    bell: Bell,
    runtime: Runtime,
}

impl Cloud {
    pub(super) fn at_hand(common: &Common, _alarm: &str) -> Result<Cloud, Fail> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|why| Fail::ours(format!("no runtime: {why}")))?;
        let bell = runtime.block_on(Bell::at_hand(common.region.clone()));
        Ok(Cloud { bell: bell.map_err(|why| account::nobody(&why))?, runtime })
    }

    pub(super) fn place(&self) -> String {
        format!("account {}, region {}", self.bell.account, self.bell.region)
    }

    pub(super) fn ring(&self, alarm: &str, why: &str) -> Result<(), Fail> {
        self.runtime.block_on(self.bell.ring(alarm, why)).map_err(|why| unrung(&why))
    }

    pub(super) fn hush(&self, alarm: &str) -> Result<(), Fail> {
        self.runtime.block_on(self.bell.hush(alarm)).map_err(|why| unrung(&why))
    }
}

fn unrung(why: &NotRung) -> Fail {
    let fail = Fail::yours(why.to_string());
    match why {
        NotRung::Forbidden(_) => {
            fail.help("ask for cloudwatch:SetAlarmState on this alarm, or leave --alarm out")
        }
        NotRung::Failed(_) => fail,
    }
}

//! Rings the alarm that sets a drill off, and lets it be quiet again.

#[cfg(feature = "aws")]
mod cloud;
/// This build knows no account.
#[cfg(not(feature = "aws"))]
mod cloud {
    use crate::{account::not_built, args::Common, fail::Fail};

    pub(super) enum Cloud {}

    impl Cloud {
        pub(super) fn at_hand(_: &Common, alarm: &str) -> Result<Cloud, Fail> {
            Err(not_built(&format!("alarm {alarm} is rung in CloudWatch")))
        }

        pub(super) fn place(&self) -> String {
            match *self {}
        }

        pub(super) fn ring(&self, _alarm: &str, _why: &str) -> Result<(), Fail> {
            match *self {}
        }

        pub(super) fn hush(&self, _alarm: &str) -> Result<(), Fail> {
            match *self {}
        }
    }
}

use crate::{args::Common, client::Client, fail::Fail, out};
use cloud::Cloud;
use serde_json::{Value, json};
use std::io::{BufRead, IsTerminal, stdin};

/// An alarm that can be rung.
pub(super) struct Bell<'a> {
    alarm: &'a str,
    tower: Tower<'a>,
}

/// Where it hangs.
enum Tower<'a> {
    /// In local mode the lab's alarms are rung where the API is.
    Lab(&'a Client),
    Cloud(Cloud),
}

/// It rings: no longer than this lives, so that nothing goes on ringing when the drill is over.
pub(super) struct Rung<'a>(&'a Bell<'a>);

impl<'a> Bell<'a> {
    pub(super) fn at_hand(client: &'a Client, common: &Common, alarm: &'a str) -> Result<Bell<'a>, Fail> {
        let tower = if client.is_of_lab() {
            Tower::Lab(client)
        } else {
            Tower::Cloud(Cloud::at_hand(common, alarm)?)
        };
        Ok(Bell { alarm, tower })
    }

    /// Others hear it, too: that is for a person to allow.
    pub(super) fn warn(&self, yes: bool) -> Result<(), Fail> {
        let (Tower::Cloud(cloud), alarm) = (&self.tower, self.alarm) else {
            return Ok(());
        };
        let what = format!(
            "alarm {alarm} will be set to ALARM in {}: everything else that it notifies, pages or scales hears it, too",
            cloud.place()
        );
        out::complain(&what);
        if yes {
            return Ok(());
        }
        if !stdin().is_terminal() {
            return Err(Fail::yours("nobody can be asked whether that is meant").help("say --yes"));
        }
        out::complain("ring it? [y/N]");
        let mut answer = String::new();
        let read = stdin().lock().read_line(&mut answer);
        if read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes") {
            Ok(())
        } else {
            Err(Fail::yours("nothing was rung, and nothing started"))
        }
    }

    pub(super) fn ring(&'a self, drill: &str) -> Result<Rung<'a>, Fail> {
        match &self.tower {
            Tower::Lab(client) => self.tell(client, true)?,
            Tower::Cloud(cloud) => cloud.ring(self.alarm, &format!("tidegate drill {drill}"))?,
        }
        out::complain(&format!("alarm {} rings", self.alarm));
        Ok(Rung(self))
    }

    fn tell(&self, client: &Client, rings: bool) -> Result<(), Fail> {
        let body = json!({ "alarm": self.alarm, "rings": rings });
        client.post::<Value>("/lab/alarms", &body).map(drop)
    }

    fn hush(&self) -> Result<(), Fail> {
        match &self.tower {
            Tower::Lab(client) => self.tell(client, false),
            Tower::Cloud(cloud) => cloud.hush(self.alarm),
        }
    }
}

impl Drop for Rung<'_> {
    fn drop(&mut self) {
        if let Err(why) = self.0.hush() {
            out::complain(&format!("alarm {} could not be set back: {why}", self.0.alarm));
        }
    }
}

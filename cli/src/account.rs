//! Who acts, where no token says so: the AWS account at hand.

use crate::fail::Fail;

/// What a build without AWS says to whoever needs it.
pub(crate) fn not_built(what: &str) -> Fail {
    Fail::yours(format!("{what}, and this tidegate was built without it"))
        .help("build it with AWS: `cargo install --path cli --features aws`")
}

#[cfg(feature = "aws")]
pub(crate) use with::{Account, nobody};
#[cfg(not(feature = "aws"))]
pub(crate) use without::Account;

/// A header that says who acts.
pub(crate) type Header = (String, String);

#[cfg(feature = "aws")]
mod with {
    use super::Header;
    use crate::fail::Fail;
    use aws::laptop::NoAccount;
    use aws::sign::{NotSigned, Outgoing, Signer, ahead};
    use std::time::SystemTime;
    use tokio::runtime::{Builder, Runtime};

    /// Whose credentials are at hand.
    pub(crate) struct Account {
        signer: Signer,
        runtime: Runtime,
    }

    impl Account {
        /// The account at hand, to sign for the API of this host.
        pub(crate) fn at_hand(host: &str, region: Option<&str>) -> Result<Account, Fail> {
            let runtime = Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|why| Fail::ours(format!("no runtime: {why}")))?;
            let signer = runtime.block_on(Signer::at_hand(host, region)).map_err(|why| unsigned(&why))?;
            Ok(Account { signer, runtime })
        }

        /// What to send besides, so that it is this account's.
        pub(crate) fn sign(
            &self,
            method: &str,
            url: &str,
            headers: &[(&str, &str)],
            body: &[u8],
        ) -> Result<Vec<Header>, Fail> {
            let request = Outgoing { method, url, headers, body };
            let signed = self.runtime.block_on(self.signer.sign(request, SystemTime::now()));
            signed.map_err(|why| unsigned(&why))
        }

        pub(crate) fn region(&self) -> &str {
            self.signer.region()
        }

        /// How many seconds another clock is ahead of ours.
        pub(crate) fn ahead(date: &str) -> Option<i64> {
            ahead(date, SystemTime::now())
        }
    }

    fn unsigned(why: &NotSigned) -> Fail {
        let fail = Fail::yours(why.to_string());
        match why {
            NotSigned::NoRegion => fail.help("say --region, set AWS_REGION, or give the profile a region"),
            NotSigned::NoCredentials(_) => fail.help(
                "sign in (`aws sso login`), name a profile (AWS_PROFILE), or set AWS_ACCESS_KEY_ID and \
                AWS_SECRET_ACCESS_KEY, until `aws sts get-caller-identity` answers; with a token instead: --token or \
                TIDEGATE_TOKEN",
            ),
            NotSigned::Unsignable(_) => fail.help("is --endpoint right?"),
        }
    }

    /// What to do where there is no account at hand.
    pub(crate) fn nobody(why: &NoAccount) -> Fail {
        match why {
            NoAccount::NoRegion => Fail::yours(why.to_string())
                .help("say --region, set AWS_REGION, or give the profile a region"),
            NoAccount::NoCredentials(_) => Fail::yours(why.to_string()).help(
                "sign in (`aws sso login`), name a profile (AWS_PROFILE), or set AWS_ACCESS_KEY_ID and \
                AWS_SECRET_ACCESS_KEY, until `aws sts get-caller-identity` answers",
            ),
            NoAccount::NoAnswer(_) => Fail::ours(why.to_string())
                .help("can this machine reach AWS, or what AWS_ENDPOINT_URL names?"),
        }
    }
}

#[cfg(not(feature = "aws"))]
mod without {
    use super::{Header, not_built};
    use crate::fail::Fail;

    /// Nobody: this build signs nothing.
    pub(crate) enum Account {}

    impl Account {
        pub(crate) fn at_hand(host: &str, _region: Option<&str>) -> Result<Account, Fail> {
            Err(not_built(&format!("without a token, requests to {host} are signed with an AWS account")))
        }

        pub(crate) fn sign(
            &self,
            _method: &str,
            _url: &str,
            _headers: &[(&str, &str)],
            _body: &[u8],
        ) -> Result<Vec<Header>, Fail> {
            match *self {}
        }

        pub(crate) fn region(&self) -> &str {
            match *self {}
        }

        pub(crate) fn ahead(_date: &str) -> Option<i64> {
            None
        }
    }
}

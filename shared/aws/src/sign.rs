//! Requests to a deployed API, signed with the account at hand.

use crate::{credentials, errors::story};
use aws_sdk_dynamodb::{
    config::{Credentials, ProvideCredentials, SharedCredentialsProvider},
    primitives::{DateTime, DateTimeFormat},
};
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4::SigningParams,
};
use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

/// The service that a gateway's requests are signed for.
const SERVICE: &str = "execute-api";
/// Credentials that end sooner are asked for anew.
const SPARE: Duration = Duration::from_secs(300);

/// Signs requests.
#[derive(Debug)]
pub struct Signer {
    provider: SharedCredentialsProvider,
    region: String,
    /// Whoever waits for hours asks again when these end, and not each time: a role is taken by a call.
    kept: Mutex<Option<Credentials>>,
}

/// A request as it will be sent.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// `GET`, `POST`.
    pub method: &'a str,
    /// All of it, with scheme and host.
    pub url: &'a str,
    /// What must arrive as it is, in lower case.
    pub headers: &'a [(&'a str, &'a str)],
    /// Byte for byte.
    pub body: &'a [u8],
}

/// Why a request is not signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    /// Neither the host nor the account says it.
    #[error("the region of the API is not known")]
    NoRegion,
    /// Nobody is signed in.
    #[error("no credentials of an AWS account are at hand: {0}")]
    NoCredentials(String),
    /// It is no request.
    #[error("the request cannot be signed: {0}")]
    Unsignable(String),
}

impl Signer {
    /// The account at hand: a profile, single sign-on, the environment. The region is the one that was said, that of
    /// the API's host name, or the account's own.
    ///
    /// # Errors
    /// [`NotSigned`].
    pub async fn at_hand(host: &str, region: Option<&str>) -> Result<Signer, NotSigned> {
        let config = credentials::at_hand(None).await;
        let own = || config.region().map(ToString::to_string).filter(|region| !region.is_empty());
        let region = region.or_else(|| region_of(host)).map(str::to_owned).or_else(own);
        let region = region.ok_or(NotSigned::NoRegion)?;
        let nobody = || NotSigned::NoCredentials("there is no provider of them".to_owned());
        let provider = config.credentials_provider().ok_or_else(nobody)?;
        Ok(Signer { provider, region, kept: Mutex::default() })
    }

    /// The region that is signed for.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The headers that make it somebody's, to be sent besides those that it has.
    ///
    /// # Errors
    /// [`NotSigned`].
    pub async fn sign(
        &self,
        request: Outgoing<'_>,
        at: SystemTime,
    ) -> Result<Vec<(String, String)>, NotSigned> {
        let identity = self.credentials(at).await?.into();
        let unsignable = |why: &dyn std::error::Error| NotSigned::Unsignable(story(why));
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(SERVICE)
            .time(at)
            .settings(SigningSettings::default())
            .build()
            .map_err(|why| unsignable(&why))?;
        let Outgoing { method, url, headers, body } = request;
        let signable = SignableRequest::new(method, url, headers.iter().copied(), SignableBody::Bytes(body));
        let signed = sign(signable.map_err(|why| unsignable(&why))?, &params.into());
        let (told, _) = signed.map_err(|why| unsignable(&why))?.into_parts();
        Ok(told.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    async fn credentials(&self, at: SystemTime) -> Result<Credentials, NotSigned> {
        let lasts = |known: &Credentials| known.expiry().is_none_or(|end| at + SPARE < end);
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = kept.filter(lasts) {
            return Ok(known);
        }
        let found = self.provider.provide_credentials().await;
        let found = found.map_err(|why| NotSigned::NoCredentials(story(&why)))?;
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(found.clone());
        Ok(found)
    }
}

/// The region that a gateway's own host name has in it: `abc123.execute-api.eu-west-1.amazonaws.com`.
fn region_of(host: &str) -> Option<&str> {
    let (_, after) = host.split_once(".execute-api.")?;
    let (region, domain) = after.split_once('.')?;
    let is_theirs = ["amazonaws.com", "amazonaws.com.cn", "api.aws", "vpce.amazonaws.com"].contains(&domain);
    is_theirs.then_some(region)
}

/// How many seconds the sender of this `Date` header is ahead of `at`.
pub fn ahead(date: &str, at: SystemTime) -> Option<i64> {
    let theirs = DateTime::from_str(date, DateTimeFormat::HttpDate).ok()?;
    Some(theirs.secs() - DateTime::from(at).secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    #[test]
    fn a_gateways_own_name_says_its_region() {
        assert_eq!(region_of("abc123.execute-api.eu-west-1.amazonaws.com"), Some("eu-west-1"));
        assert_eq!(region_of("abc123.execute-api.cn-north-1.amazonaws.com.cn"), Some("cn-north-1"));
        assert_eq!(region_of("abc123.execute-api.us-east-1.api.aws"), Some("us-east-1"));
        for host in
            ["rollouts.example.com", "abc.execute-api.localhost", "a.execute-api.eu-west-1.example.com"]
        {
            assert_eq!(region_of(host), None, "{host}");
        }
    }

    #[test]
    fn another_clock_is_compared_with_ours() {
        let at = UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        assert_eq!(ahead("Sun, 09 Sep 2001 01:46:40 GMT", at), Some(0));
        assert_eq!(ahead("Sun, 09 Sep 2001 02:46:40 GMT", at), Some(3_600));
        assert_eq!(ahead("yesterday", at), None);
    }

    #[tokio::test]
    async fn credentials_are_kept_until_shortly_before_they_end() {
        let at = UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        let end = at + Duration::from_secs(3_600);
        let of = |key: &str| Credentials::new(key, "secret", None, Some(end), "test");
        let signer = Signer {
            provider: SharedCredentialsProvider::new(of("NEW")),
            region: "eu-west-1".to_owned(),
            kept: Mutex::new(Some(of("OLD"))),
        };
        let key = async |at| signer.credentials(at).await.unwrap().access_key_id().to_owned();
        assert_eq!(key(at).await, "OLD");
        assert_eq!(key(end - Duration::from_secs(301)).await, "OLD");
        assert_eq!(key(end - Duration::from_secs(299)).await, "NEW");
    }
}

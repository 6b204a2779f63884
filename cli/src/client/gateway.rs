//! What the gateway before a deployed API says when it lets nobody through, and what to do about it.
//!
//! It has words of its own, `{"message": "Forbidden"}`, and mostly fewer than it knows.

use crate::fail::Fail;
use serde::Deserialize;

/// A signature is taken for so long before and after the time that it names.
const SKEW_SECONDS_MAX: u64 = 300;

/// An answer that is none of the API's own.
pub(super) struct Refusal<'a> {
    pub(super) endpoint: &'a str,
    pub(super) status: u16,
    pub(super) text: &'a str,
    /// The region that the request was signed for; none for one with a token.
    pub(super) region: Option<&'a str>,
    /// How many seconds the gateway's clock is ahead of ours.
    pub(super) ahead: Option<i64>,
}

/// How a gateway says it.
#[derive(Deserialize)]
struct Said {
    #[serde(alias = "Message")]
    message: String,
}

impl Refusal<'_> {
    pub(super) fn fail(&self) -> Fail {
        let Refusal { endpoint, status, .. } = self;
        let Some(said) = serde_json::from_str::<Said>(self.text).ok().map(|said| said.message) else {
            let what = format!("{endpoint} answered {status}");
            return if (400..500).contains(status) { Fail::yours(what) } else { Fail::ours(what) };
        };
        let what = format!("{endpoint} answered {status}: {said}");
        match status {
            429 => Fail::ours(what).help("it is asked too often: say it again in a moment"),
            500.. => {
                Fail::ours(what).help("what is behind it failed: the log /aws/lambda/STACK-api says why")
            }
            404 => Fail::yours(what).help(
                "is --endpoint the output `Endpoint` of the stack? `tidegate` adds the rest of the address",
            ),
            _ => Fail::yours(what).help(self.help(&said.to_lowercase())),
        }
    }

    /// What to do, as far as it can be told from what was said.
    fn help(&self, said: &str) -> String {
        let Some(region) = self.region else {
            return self.about_token();
        };
        let off = self.ahead.filter(|ahead| ahead.unsigned_abs() > SKEW_SECONDS_MAX);
        if let Some(off) = off {
            let way = if off > 0 { "behind" } else { "ahead of" };
            return format!(
                "the clock of this machine is {} s {way} that of the API, and a signature holds for \
                {SKEW_SECONDS_MAX} s: set the clock",
                off.unsigned_abs()
            );
        }
        let has = |words: &str| said.contains(words);
        if has("signature expired") || has("not yet current") {
            "a signature holds for five minutes: set the clock of this machine".to_owned()
        } else if has("expired") {
            "sign in anew (`aws sso login`), or get new credentials".to_owned()
        } else if has("missing authentication token") {
            "nothing is at this address: is --endpoint the output `Endpoint` of the stack?".to_owned()
        } else if has("signature") {
            format!(
                "it was signed for the region {region} (say --region if the API is in another one); is the secret \
                that of the key, and does nothing on the way change requests?"
            )
        } else if has("security token") {
            "AWS does not know these credentials: `aws sts get-caller-identity` says whose they are"
                .to_owned()
        } else if self.status == 401 {
            "this API takes tokens of its issuer: set --token or TIDEGATE_TOKEN".to_owned()
        } else {
            format!(
                "`aws sts get-caller-identity` says whose credentials were used. They must still hold, need \
                `execute-api:Invoke` on this API, and were used for the region {region} (--region says another); an API \
                that takes tokens wants --token or TIDEGATE_TOKEN"
            )
        }
    }

    fn about_token(&self) -> String {
        if self.status == 401 {
            "the token has run out, or is not of this API's issuer and audience: get a new one".to_owned()
        } else {
            "this API may take requests that are signed with an AWS account: leave out --token and TIDEGATE_TOKEN, or \
            say --sign"
                .to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Refusal;

    fn told(status: u16, message: &str, region: Option<&str>, ahead: Option<i64>) -> (u8, String) {
        let text = format!("{{\"message\":\"{message}\"}}");
        let fail = Refusal { endpoint: "https://a", status, text: &text, region, ahead }.fail();
        (fail.code(), fail.to_string())
    }

    #[test]
    fn every_refusal_of_a_signature_says_what_to_do() {
        let expired = "The security token included in the request is expired";
        let wrong = "The request signature we calculated does not match the signature you provided.";
        for (status, message, says) in [
            (403, "Missing Authentication Token", "is --endpoint the output"),
            (403, expired, "aws sso login"),
            (403, "Signature expired: 20260101T000000Z is now earlier than", "set the clock"),
            (403, "Signature not yet current: 20260101T000000Z is still later", "set the clock"),
            (
                403,
                "The security token included in the request is invalid.",
                "does not know these credentials",
            ),
            (403, wrong, "--region"),
            (403, "User: arn:aws:iam::1:user/a is not authorized to perform", "`execute-api:Invoke`"),
            (403, "Forbidden", "`execute-api:Invoke`"),
            (401, "Unauthorized", "TIDEGATE_TOKEN"),
            (404, "Not Found", "output `Endpoint`"),
        ] {
            let (code, text) = told(status, message, Some("eu-west-1"), Some(2));
            assert!(code == 1 && text.contains(message) && text.contains(says), "{message}: {text}");
        }
    }

    #[test]
    fn a_clock_that_is_off_is_told_even_where_the_gateway_only_forbids() {
        let (_, text) = told(403, "Forbidden", Some("eu-west-1"), Some(301));
        assert!(text.contains("301 s behind that of the API"), "{text}");
        let (_, text) = told(403, "Forbidden", Some("eu-west-1"), Some(-3_600));
        assert!(text.contains("3600 s ahead of that of the API"), "{text}");
        for ahead in [None, Some(300), Some(-300)] {
            let (_, text) = told(403, "Forbidden", Some("eu-west-1"), ahead);
            assert!(!text.contains("clock"), "{text}");
        }
    }

    #[test]
    fn a_token_is_told_apart_from_a_signature() {
        let (code, text) = told(401, "Unauthorized", None, None);
        assert!(code == 1 && text.contains("the token has run out"), "{text}");
        let (_, text) = told(403, "Forbidden", None, Some(3_600));
        assert!(text.contains("--sign") && !text.contains("clock"), "{text}");
    }

    #[test]
    fn what_is_theirs_is_no_mistake_of_whoever_asked() {
        for status in [429, 500, 503, 504] {
            assert_eq!(told(status, "Service Unavailable", Some("eu-west-1"), None).0, 2);
        }
        let none = Refusal { endpoint: "http://a", status: 502, text: "<html>", region: None, ahead: None };
        assert!(none.fail().code() == 2 && none.fail().to_string().contains("answered 502"));
    }
}

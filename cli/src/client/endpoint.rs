//! Where the API is.

use crate::{account::not_built, fail::Fail};
use std::{fmt, net::IpAddr, time::Duration};
use ureq::http::Uri;

/// The beginning of every address of one API.
pub(super) struct Endpoint {
    base: String,
    host: String,
    is_here: bool,
}

impl Endpoint {
    pub(super) fn of(text: &str) -> Result<Endpoint, Fail> {
        let base = text.trim_end_matches('/').to_owned();
        let bad = |why: &str| {
            Fail::yours(format!("{text:?} is no endpoint: {why}"))
                .help("write --endpoint as http://127.0.0.1:7070, or as the output `Endpoint` of the stack")
        };
        let uri: Uri = base.parse().map_err(|why: ureq::http::uri::InvalidUri| bad(&why.to_string()))?;
        let host = uri.host().ok_or_else(|| bad("it names no host"))?.to_owned();
        if uri.query().is_some() {
            return Err(bad("it has a query"));
        }
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") if cfg!(feature = "aws") => {}
            Some("https") => return Err(not_built(&format!("{base} is reached with TLS"))),
            Some(_) | None => return Err(bad("it begins with neither http:// nor https://")),
        }
        Ok(Endpoint { base, is_here: is_here(&host), host })
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Whether it is on this machine, as that of local mode always is.
    pub(super) fn is_here(&self) -> bool {
        self.is_here
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Who sends. A proxy of the environment stands before others, never before this machine.
    pub(super) fn agent(&self, answer_within: Duration) -> ureq::Agent {
        let config =
            ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(answer_within));
        #[cfg(feature = "aws")]
        let config = if self.base.starts_with("https:") { config.tls_config(trust()) } else { config };
        let config = if self.is_here { config.proxy(None) } else { config };
        config.build().into()
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)
    }
}

/// Those whom this machine trusts, as the SDK does.
#[cfg(feature = "aws")]
fn trust() -> ureq::tls::TlsConfig {
    use ureq::tls::{Certificate, RootCerts, TlsConfig};
    // One that cannot be read is none; without any, nobody is trusted, and the handshake says so.
    let known = rustls_native_certs::load_native_certs().certs;
    let known: Vec<_> = known.iter().map(|one| Certificate::from_der(one).to_owned()).collect();
    TlsConfig::builder().root_certs(RootCerts::new_with_certs(&known)).build()
}

fn is_here(host: &str) -> bool {
    let plain = host.trim_start_matches('[').trim_end_matches(']');
    let name = plain.to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || plain.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::{Endpoint, is_here};

    #[test]
    fn only_this_machine_is_here() {
        for host in ["127.0.0.1", "127.8.8.8", "[::1]", "localhost", "LOCALHOST", "abc.execute-api.localhost"]
        {
            assert!(is_here(host), "{host}");
        }
        for host in ["10.0.0.1", "abc.execute-api.eu-west-1.amazonaws.com", "localhost.example.com", "[::2]"]
        {
            assert!(!is_here(host), "{host}");
        }
    }

    #[test]
    fn an_endpoint_has_a_scheme_and_a_host() {
        for text in ["", "127.0.0.1:7070", "ftp://host", "/v1", "http://", "http://host?x=1", "http://a b"] {
            assert!(Endpoint::of(text).is_err(), "{text:?}");
        }
        let endpoint = Endpoint::of("http://host:80/prod/").unwrap_or_else(|why| panic!("{why}"));
        assert_eq!((endpoint.host(), endpoint.url("/v1/go").as_str()), ("host", "http://host:80/prod/v1/go"));
    }
}

//! One HTTP exchange, bounded in every direction: connection, first byte, pauses, whole time, headers, body. No
//! redirect is followed, no proxy of the environment is used, no compressed body is asked for or unpacked, and a name
//! is resolved once, to addresses that the endpoint's rules allow.

#![expect(clippy::disallowed_types, reason = "the wall around model providers owns its HTTP client")]

use super::answer::FailureKind;
use super::endpoint::is_never;
use super::policy::Policy;
use super::protocol::Encoded;
use super::retry::{RetryAfter, Trouble};
use super::secret::Secret;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Proxy, Response, Url, redirect, retry};
use std::error::Error;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio::time::timeout;

/// Which addresses a resolved name may have.
pub type AddressRule = Arc<dyn Fn(IpAddr) -> bool + Send + Sync>;

/// How to reach a provider.
#[derive(Clone)]
pub struct Route {
    /// Scheme, host and path that every request's path is appended to, without a slash at the end.
    pub base_url: String,
    /// The key's header and what comes before the key in it.
    pub key_header: Option<(&'static str, &'static str)>,
    /// The key.
    pub key: Option<Secret>,
    /// Which addresses the host's name may resolve to.
    pub allowed: AddressRule,
    /// A proxy, if the user's own config names one.
    pub proxy: Option<String>,
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

/// An answer over HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) retry_after: Option<RetryAfter>,
    pub(super) should_retry: Option<bool>,
    /// Calls that the provider still takes in its current window.
    pub(super) remaining: Option<u64>,
    pub(super) body: Vec<u8>,
}

/// A client for one provider.
#[derive(Clone, Debug)]
pub(super) struct Line {
    client: Client,
    base_url: String,
    key: Option<(HeaderName, HeaderValue)>,
    policy: Policy,
}

impl Line {
    /// The client for `route`; an error is in our words.
    pub(super) fn new(route: &Route, policy: Policy) -> Result<Self, String> {
        // Whether it was installed before does not matter: the provider is the same.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .connect_timeout(policy.connect)
            .user_agent(concat!("reprompt/", env!("CARGO_PKG_VERSION")));
        let mut resolver = Resolver { allowed: Arc::clone(&route.allowed), proxy: None };
        if let Some(proxy) = &route.proxy {
            let not_url = "the proxy is not a URL";
            // Behind a proxy the endpoint's name is not resolved here; the proxy's own is, and it may be inside.
            let url = Url::parse(proxy).map_err(|_| not_url)?;
            resolver.proxy = url.host_str().map(str::to_string);
            builder = builder.proxy(Proxy::https(url).map_err(|_| not_url)?);
        }
        builder = builder.dns_resolver(resolver);
        let client = builder.build().map_err(|error| innermost(&error.without_url()))?;
        let key = match (route.key_header, &route.key) {
            (Some((name, prefix)), Some(key)) => {
                let mut value = HeaderValue::from_str(&format!("{prefix}{}", key.expose()))
                    .map_err(|_| "the key holds characters that no header can carry".to_string())?;
                value.set_sensitive(true);
                Some((HeaderName::from_static(name), value))
            }
            _ => None,
        };
        Ok(Self { client, base_url: route.base_url.clone(), key, policy })
    }

    /// Posts a request. `now_ms` is compared with dates in `Retry-After`.
    pub(super) async fn exchange(&self, request: &Encoded, now_ms: i64) -> Result<Heard, Trouble> {
        match timeout(self.policy.total, self.post(request, now_ms)).await {
            Ok(result) => result,
            Err(_) => Err(Trouble::Exchange { kind: FailureKind::TimedOut("whole reply"), sent: true }),
        }
    }

    async fn post(&self, request: &Encoded, now_ms: i64) -> Result<Heard, Trouble> {
        let mut post = self.client.post(format!("{}{}", self.base_url, request.path)).body(request.body.clone());
        for (name, value) in &request.headers {
            post = post.header(*name, value);
        }
        if let Some((name, value)) = &self.key {
            post = post.header(name, value);
        }
        let limit = self.policy.connect + self.policy.first_byte;
        let response = match timeout(limit, post.send()).await {
            Ok(result) => result.map_err(trouble)?,
            Err(_) => return Err(Trouble::Exchange { kind: FailureKind::TimedOut("first byte"), sent: true }),
        };
        self.read(response, now_ms).await
    }

    async fn read(&self, mut response: Response, now_ms: i64) -> Result<Heard, Trouble> {
        let too_large = Trouble::Exchange { kind: FailureKind::TooLarge, sent: true };
        let headers = response.headers();
        let size: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        if size > self.policy.headers {
            return Err(too_large);
        }
        let mut heard = Heard {
            status: response.status().as_u16(),
            content_type: text(headers, "content-type").unwrap_or_default().to_ascii_lowercase(),
            retry_after: RetryAfter::parse(text(headers, "retry-after-ms"), text(headers, "retry-after"), now_ms),
            should_retry: text(headers, "x-should-retry").and_then(|value| value.parse().ok()),
            remaining: ["x-ratelimit-remaining-requests", "anthropic-ratelimit-requests-remaining"]
                .iter()
                .find_map(|name| text(headers, name)?.parse().ok()),
            body: Vec::new(),
        };
        let packed = text(headers, "content-encoding").is_some_and(|coding| coding != "identity");
        if packed {
            // None was asked for, and unpacking is how a small reply becomes a large one.
            return Err(Trouble::Exchange { kind: FailureKind::NotTheProtocol, sent: true });
        }
        loop {
            match timeout(self.policy.idle, response.chunk()).await {
                Ok(Ok(Some(piece))) if heard.body.len() + piece.len() <= self.policy.body => {
                    heard.body.extend_from_slice(&piece);
                }
                Ok(Ok(Some(_))) => return Err(too_large),
                Ok(Ok(None)) => return Ok(heard),
                Ok(Err(error)) => return Err(trouble(error)),
                Err(_) => return Err(Trouble::Exchange { kind: FailureKind::TimedOut("next byte"), sent: true }),
            }
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// What an error of the client means. Its own text may hold the URL and is not kept.
fn trouble(error: reqwest::Error) -> Trouble {
    let error = error.without_url();
    let sent = !error.is_connect() && !error.is_builder();
    let kind = if found::<NoAddress>(&error) {
        FailureKind::Dns
    } else if found::<rustls::Error>(&error) {
        FailureKind::Tls
    } else if error.is_connect() {
        FailureKind::Connect
    } else {
        FailureKind::Broken
    };
    Trouble::Exchange { kind, sent }
}

/// Whether an error of type `T` is among the causes, also inside an `io::Error`.
fn found<T: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<T>() {
            return true;
        }
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    false
}

fn innermost(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text = source.to_string();
        next = source.source();
    }
    text
}

/// A name has no address that may be used.
#[derive(Debug)]
struct NoAddress;

impl fmt::Display for NoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name has no address that may be used")
    }
}

impl Error for NoAddress {}

struct Resolver {
    allowed: AddressRule,
    /// The proxy's host, which the user's own file names.
    proxy: Option<String>,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let to_proxy = self.proxy.as_deref().is_some_and(|proxy| name.as_str().eq_ignore_ascii_case(proxy));
        let allowed: AddressRule =
            if to_proxy { Arc::new(|address| !is_never(address)) } else { Arc::clone(&self.allowed) };
        Box::pin(async move {
            // The port is put in by the client.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|_| NoAddress)?;
            let addresses: Vec<SocketAddr> = found.filter(|address| allowed(address.ip())).collect();
            if addresses.is_empty() {
                return Err(NoAddress.into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

//! Where a model may be asked: https to the provider's own host or to hosts that the user's own file names, anything
//! to this machine, and after the name is resolved only to addresses of that kind. A repository's config can choose
//! among these; it can add none.

use super::name::Provider;
use super::transport::AddressRule;
use reqwest::Url;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// An address that may be asked.
#[derive(Clone)]
pub struct Endpoint {
    /// Without a slash at the end.
    pub base_url: String,
    /// Which addresses its host may have.
    pub allowed: AddressRule,
    /// Whether a proxy may stand in between: only for another machine and only with https, where it sees neither key
    /// nor text.
    pub proxied: bool,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

/// Why an address may not be asked. The address itself is named by its host only.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// The provider has no address of its own.
    #[error("{0} has no address of its own: name its `base_url`")]
    NoAddress(&'static str),
    /// Not a URL, or one with parts that an address must not have.
    #[error("the base URL is not a plain http(s) address")]
    NotPlain,
    /// The host is not on the list.
    #[error("the host `{host}` is not one that {provider}'s key may be sent to")]
    Host {
        /// The host.
        host: String,
        /// The provider.
        provider: &'static str,
    },
    /// http to another machine.
    #[error("`http://{0}` is not encrypted: https is needed for another machine")]
    NotEncrypted(String),
}

/// Hosts of a provider that its key may be sent to; those that begin with a dot stand for all below them.
fn hosts(provider: Provider) -> &'static [&'static str] {
    match provider {
        Provider::OpenAi => &["api.openai.com", "eu.api.openai.com", "us.api.openai.com"],
        Provider::Anthropic => &["api.anthropic.com"],
        Provider::Gemini => &["generativelanguage.googleapis.com"],
        Provider::Ollama => &[],
        Provider::Azure => &[".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com"],
    }
}

/// Checks an address: the provider's own where `base_url` is missing. `named` are the hosts that the user's own file
/// names for this provider.
pub fn endpoint(provider: Provider, base_url: Option<&str>, named: &[String]) -> Result<Endpoint, EndpointError> {
    let text = base_url.or(provider.base_url()).ok_or(EndpointError::NoAddress(provider.as_str()))?;
    let url = Url::parse(text).map_err(|_| EndpointError::NotPlain)?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    let host = url.host_str().filter(|_| plain).ok_or(EndpointError::NotPlain)?.to_ascii_lowercase();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let literal: Option<IpAddr> = bare.parse().ok();
    let local = bare == "localhost" || bare.ends_with(".localhost") || literal.is_some_and(|ip| ip.is_loopback());
    let own = hosts(provider).iter().any(|known| bare == *known || (known.starts_with('.') && bare.ends_with(known)));
    let named = named.iter().any(|known| known.eq_ignore_ascii_case(bare));
    let allowed: AddressRule = match (local, named, own) {
        (true, ..) => Arc::new(|ip| ip.is_loopback()),
        (_, true, _) => Arc::new(|ip| !is_never(ip)),
        (.., true) => Arc::new(is_public),
        _ => return Err(EndpointError::Host { host: bare.to_string(), provider: provider.as_str() }),
    };
    let private = literal.is_some_and(|ip| !is_public(ip)) || bare.ends_with(".internal") || bare.ends_with(".local");
    if url.scheme() == "http" && !local && !(named && private) {
        return Err(EndpointError::NotEncrypted(bare.to_string()));
    }
    if literal.is_some_and(|ip| !allowed(ip)) {
        return Err(EndpointError::Host { host: bare.to_string(), provider: provider.as_str() });
    }
    let proxied = !local && url.scheme() == "https";
    Ok(Endpoint { base_url: text.trim_end_matches('/').to_string(), allowed, proxied })
}

/// Addresses that no model lives at: link-local ones (where clouds hand out credentials), and none at all.
pub(super) fn is_never(ip: IpAddr) -> bool {
    match mapped(ip) {
        IpAddr::V4(ip) => ip.is_link_local() || ip.is_unspecified() || ip.is_multicast() || ip.is_broadcast(),
        IpAddr::V6(ip) => ip.is_unspecified() || ip.is_multicast() || (ip.segments()[0] & 0xffc0) == 0xfe80,
    }
}

/// Addresses of the public internet.
fn is_public(ip: IpAddr) -> bool {
    let ip = mapped(ip);
    let shared = |ip: Ipv4Addr| ip.octets()[0] == 100 && (ip.octets()[1] & 0xc0) == 64;
    let unique_local = |ip: Ipv6Addr| (ip.segments()[0] & 0xfe00) == 0xfc00;
    !is_never(ip)
        && !ip.is_loopback()
        && match ip {
            IpAddr::V4(ip) => !ip.is_private() && !shared(ip) && ip.octets()[0] != 0,
            IpAddr::V6(ip) => !unique_local(ip),
        }
}

/// An IPv4 address in IPv6's clothes is that IPv4 address.
fn mapped(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(six) => six.to_ipv4_mapped().map_or(ip, IpAddr::V4),
        IpAddr::V4(_) => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(provider: Provider, url: &str, named: &[&str]) -> Result<(), String> {
        let named: Vec<String> = named.iter().map(|host| (*host).to_string()).collect();
        endpoint(provider, Some(url), &named).map(|_| ()).map_err(|error| error.to_string())
    }

    #[test]
    fn keys_go_to_their_provider_to_this_machine_and_to_hosts_that_the_user_names() {
        for (provider, url, named) in [
            (Provider::OpenAi, "https://api.openai.com/v1", &[][..]),
            (Provider::Azure, "https://mine.openai.azure.com", &[]),
            (Provider::OpenAi, "http://127.0.0.1:8080/v1", &[]),
            (Provider::OpenAi, "http://[::1]:8080/v1", &[]),
            (Provider::Ollama, "http://localhost:11434", &[]),
            (Provider::OpenAi, "https://gateway.example/v1", &["gateway.example"]),
            (Provider::OpenAi, "http://10.1.2.3:8000/v1", &["10.1.2.3"]),
            (Provider::OpenAi, "http://llm.internal/v1", &["llm.internal"]),
        ] {
            assert_eq!(check(provider, url, named), Ok(()), "{url}");
        }
        for (provider, url, named) in [
            (Provider::OpenAi, "https://api.anthropic.com/v1", &[][..]),
            (Provider::OpenAi, "https://evil.example/v1", &[]),
            (Provider::OpenAi, "https://api.openai.com.evil.example/v1", &[]),
            (Provider::Azure, "https://openai.azure.com.evil.example", &[]),
            (Provider::OpenAi, "http://api.openai.com/v1", &[]),
            (Provider::OpenAi, "http://gateway.example/v1", &["gateway.example"]),
            (Provider::OpenAi, "http://10.1.2.3:8000/v1", &[]),
            (Provider::OpenAi, "http://169.254.169.254/v1", &["169.254.169.254"]),
            (Provider::OpenAi, "https://user:pass@api.openai.com/v1", &[]),
            (Provider::OpenAi, "https://api.openai.com/v1?x=1", &[]),
            (Provider::OpenAi, "ftp://api.openai.com", &[]),
            (Provider::OpenAi, "nonsense", &[]),
        ] {
            assert!(check(provider, url, named).is_err(), "{url}");
        }
        assert_eq!(endpoint(Provider::Azure, None, &[]).unwrap_err(), EndpointError::NoAddress("azure"));
    }

    #[test]
    fn a_proxy_stands_before_encrypted_hosts_elsewhere_only() {
        let proxied = |url: &str| {
            let named = ["llm.internal".to_string(), "10.1.2.3".to_string()];
            endpoint(Provider::OpenAi, Some(url), &named).unwrap().proxied
        };
        assert!(proxied("https://api.openai.com/v1"));
        assert!(proxied("https://llm.internal/v1"));
        for url in ["http://127.0.0.1:8080/v1", "https://localhost/v1", "http://10.1.2.3/v1", "http://llm.internal/v1"]
        {
            assert!(!proxied(url), "{url}");
        }
    }

    #[test]
    fn a_public_hosts_name_may_not_lead_inside() {
        let rule = endpoint(Provider::OpenAi, None, &[]).unwrap().allowed;
        for inside in ["127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "100.64.0.1", "169.254.169.254", "::1"] {
            assert!(!rule(inside.parse().unwrap()), "{inside}");
        }
        for inside in ["fd00::1", "fe80::1", "::ffff:10.0.0.1", "0.0.0.0"] {
            assert!(!rule(inside.parse().unwrap()), "{inside}");
        }
        assert!(rule("104.18.6.192".parse().unwrap()));
    }
}

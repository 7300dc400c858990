//! The user's own file, `$XDG_CONFIG_HOME/reprompt/config.yaml`: what no repository may decide. Where keys come from,
//! which hosts besides the providers' own may be asked, what tokens cost, a proxy, and caps of one's own.

use super::context::Context;
use super::error::{CommandError, ErrorKind};
use crate::llm::name::{ModelName, Provider};
use crate::llm::price::Price;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// Largest file that is read, in bytes.
const MOST_BYTES: u64 = 256 << 10;

/// The file, as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OwnConfig {
    /// By provider.
    pub keys: BTreeMap<String, KeySource>,
    /// By provider: hosts that its key may be sent to.
    pub hosts: BTreeMap<String, Vec<String>>,
    /// By `provider/model`: dollars for a million tokens.
    prices: BTreeMap<String, PriceEntry>,
    /// A proxy for calls to models.
    pub proxy: Option<String>,
    /// Most dollars a run may spend, whatever a repository says.
    pub max_cost_per_run: Option<f64>,
    /// Most dollars a month, for each ledger.
    pub max_cost_per_month: Option<f64>,
}

/// Where a key comes from; never the key itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, untagged)]
pub enum KeySource {
    /// `{ env: NAME }`
    Env {
        /// The variable.
        env: String,
    },
    /// `{ command: [pass, show, openai] }`: its first line of output.
    Command {
        /// Program and arguments; no shell.
        command: Vec<String>,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceEntry {
    input: f64,
    #[serde(default)]
    output: f64,
}

impl OwnConfig {
    /// Reads the file; without one, nothing is set.
    pub fn read(context: &Context) -> Result<Self, CommandError> {
        let Some(home) = &context.environment.config_home else { return Ok(Self::default()) };
        let path = home.join("reprompt").join("config.yaml");
        let shown = path.display().to_string();
        let attempt = || format!("cannot read your own config `{shown}`");
        let meta = match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            other => other.map_err(|error| CommandError::io(attempt(), error))?,
        };
        others_cannot_write(&path, &meta)?;
        if meta.len() > MOST_BYTES {
            return Err(CommandError::usage(format!("`{shown}` is larger than {} KiB", MOST_BYTES >> 10)));
        }
        let text = fs::read_to_string(&path).map_err(|error| CommandError::io(attempt(), error))?;
        Self::parse(&text).map_err(|reason| {
            CommandError::usage(format!("cannot use your own config `{shown}`: {reason}"))
                .hint("It knows: keys, hosts, prices, proxy, max_cost_per_run, max_cost_per_month.")
        })
    }

    /// An error repeats nothing of the text: a key may stand in it by mistake.
    fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let own: Self = serde_yaml::from_str(text).map_err(|error| match error.location() {
            Some(place) => format!("line {}, column {} is not as expected", place.line(), place.column()),
            None => "it is not a map of the known keys (a key's place is `{ env: NAME }` or `{ command: [...] }`)"
                .to_string(),
        })?;
        let providers = own.keys.keys().chain(own.hosts.keys());
        if let Some(odd) = providers.into_iter().find(|name| Provider::parse(name).is_none()) {
            return Err(format!("`{}` is not a provider", super::untrusted::excerpt(odd, 30)));
        }
        for source in own.keys.values() {
            let plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.is_empty();
            match source {
                KeySource::Env { env } if !plain(env) || crate::trace::redact::is_token(env) => {
                    return Err("`env` names a variable; a key itself never stands in a config".to_string());
                }
                KeySource::Command { command } if command.is_empty() => {
                    return Err("`command` names a program and its arguments".to_string());
                }
                KeySource::Command { command } if command.iter().any(|word| crate::trace::redact::is_token(word)) => {
                    return Err(
                        "`command` holds what looks like a key; a key itself never stands in a config".to_string()
                    );
                }
                _ => {}
            }
        }
        let fine = |dollars: Option<f64>| dollars.is_none_or(|dollars| (0.0..=1e6).contains(&dollars));
        if !fine(own.max_cost_per_run) || !fine(own.max_cost_per_month) {
            return Err("a cost is in dollars, from 0 to 1000000".to_string());
        }
        own.priced()?;
        Ok(own)
    }

    /// Prices by model.
    fn priced(&self) -> Result<Vec<(String, Price)>, String> {
        let price = |(name, entry): (&String, &PriceEntry)| {
            let shown = super::untrusted::excerpt(name, 60);
            ModelName::parse(name).map_err(|error| format!("`prices.{shown}`: {error}"))?;
            let price = Price::per_million(entry.input, entry.output);
            let price = price.ok_or_else(|| format!("`prices.{shown}` is no price: dollars for a million tokens"))?;
            Ok((name.clone(), price))
        };
        self.prices.iter().map(price).collect()
    }

    /// The prices that the file gives.
    pub fn prices(&self) -> Vec<(String, Price)> {
        self.priced().unwrap_or_default()
    }

    /// Hosts that the file names for a provider.
    pub fn hosts(&self, provider: Provider) -> &[String] {
        self.hosts.get(provider.as_str()).map_or(&[], Vec::as_slice)
    }
}

/// What anybody may write decides nothing about keys.
#[cfg(unix)]
fn others_cannot_write(path: &Path, meta: &fs::Metadata) -> Result<(), CommandError> {
    use std::os::unix::fs::PermissionsExt as _;
    if meta.permissions().mode() & 0o022 == 0 {
        return Ok(());
    }
    Err(CommandError::new(
        ErrorKind::Refused,
        format!("your own config `{}` can be written by others, and it says where keys go", path.display()),
    )
    .hint(format!("chmod go-w {}", path.display())))
}

/// Permissions are not looked at here.
#[cfg(not(unix))]
fn others_cannot_write(_path: &Path, _meta: &fs::Metadata) -> Result<(), CommandError> {
    let _kind = ErrorKind::Refused;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_keys_are_read() {
        let text = "keys:\n  openai: { env: WORK_KEY }\n  anthropic: { command: [pass, show, anthropic] }\n\
            hosts: { openai: [gateway.example] }\nprices: { openai/mine: { input: 1, output: 2.5 } }\n\
            proxy: http://127.0.0.1:3128\nmax_cost_per_month: 20\n";
        let own = OwnConfig::parse(text).unwrap();
        assert_eq!(own.hosts(Provider::OpenAi), ["gateway.example"]);
        assert_eq!((own.prices().len(), own.max_cost_per_month), (1, Some(20.0)));
        assert!(OwnConfig::parse("").is_ok());
    }

    #[test]
    fn ordinary_commands_and_names_are_no_keys() {
        for source in [
            "{ command: [op, read, \"op://Engineering/OpenAI production/api-key-2026\"] }",
            "{ command: [aws, secretsmanager, get-secret-value, --secret-id, prod/llm/OpenAI-Key-7f3K9xQ2] }",
            "{ command: [security, find-generic-password, -s, reprompt-Openai-eu-central-1, -w] }",
            "{ env: ACME_PRODUCTION_OPENAI_KEY_2026_EU1 }",
        ] {
            OwnConfig::parse(&format!("keys: {{ openai: {source} }}")).unwrap();
        }
    }

    #[test]
    fn a_key_in_the_file_is_refused_and_not_repeated() {
        let key = concat!("sk-", "obviously-fake-0123456789abcdef");
        for text in [
            format!("keys: {{ openai: {key} }}"),
            format!("keys: {{ openai: {{ env: {key} }} }}"),
            format!("keys: {{ openai: {{ command: [echo, {key}] }} }}"),
            format!("{key}: 1"),
        ] {
            let error = OwnConfig::parse(&text).unwrap_err();
            assert!(!error.contains("fake"), "{error}");
        }
        for text in ["keys: { acme: { env: X } }", "prices: { mine: { input: 1 } }", "max_cost_per_run: -1", "hosts: 3"]
        {
            assert!(OwnConfig::parse(text).is_err(), "{text}");
        }
    }
}

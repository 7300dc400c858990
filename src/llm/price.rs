//! What tokens cost. The built-in list has a date; the user's own config adds to it and overrides it. A model that is
//! in neither has no price, and is not asked.

use super::answer::Usage;
use super::books::Usd;
use super::name::{ModelName, Provider};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Prices, in billionths of a dollar for a million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    input: u64,
    output: u64,
}

impl Price {
    /// From dollars for a million tokens; `None` for what is no price.
    pub fn per_million(input: f64, output: f64) -> Option<Self> {
        Some(Self { input: Usd::from_dollars(input)?.0, output: Usd::from_dollars(output)?.0 })
    }

    /// The cost of so many tokens, rounded up.
    pub fn cost(&self, input: u64, output: u64) -> Usd {
        let millionths = u128::from(input) * u128::from(self.input) + u128::from(output) * u128::from(self.output);
        Usd(u64::try_from(millionths.div_ceil(1_000_000)).unwrap_or(u64::MAX))
    }

    /// What a call is charged with: the provider's own count, also when that is more than was set aside; the whole
    /// worst case where it does not say, or says that it read nothing, which no request is.
    pub fn charge(&self, usage: Usage, worst: Usd) -> Usd {
        match usage {
            Usage { input: Some(input @ 1..), output: Some(output) } => self.cost(input, output),
            Usage { input: Some(input @ 1..), output: None } if self.output == 0 => self.cost(input, 0),
            _ => worst,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    as_of: String,
    models: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    input: f64,
    output: f64,
}

/// Prices by model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PriceTable {
    /// The day the built-in prices are of.
    pub as_of: String,
    prices: BTreeMap<String, Price>,
}

impl PriceTable {
    /// The built-in list.
    pub fn builtin() -> Self {
        let file: Result<File, _> = serde_yaml::from_str(include_str!("prices.yaml"));
        let Ok(File { as_of, models }) = file else { return Self::default() };
        let prices = models
            .into_iter()
            .filter_map(|(name, entry)| Some((name, Price::per_million(entry.input, entry.output)?)))
            .collect();
        Self { as_of, prices }
    }

    /// With the prices of `other` in front.
    #[must_use]
    pub fn with(mut self, other: impl IntoIterator<Item = (String, Price)>) -> Self {
        self.prices.extend(other);
        self
    }

    /// The price of a model: by its name, or by its name without the date of a snapshot. Ollama's are free.
    pub fn of(&self, name: &ModelName) -> Option<Price> {
        let full = name.to_string();
        let found = self.prices.get(&full).or_else(|| self.prices.get(without_date(&full)));
        let free = Price { input: 0, output: 0 };
        found.copied().or_else(|| (name.provider == Provider::Ollama).then_some(free))
    }
}

/// `gpt-4.1-2025-04-14` and `claude-opus-4-1-20250805` are snapshots of what stands before the date.
fn without_date(name: &str) -> &str {
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some((rest, last)) = name.rsplit_once('-') else { return name };
    if digits(last, 8) && last.starts_with("20") {
        return rest;
    }
    let mut parts = rest.rsplitn(3, '-');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(month), Some(year), Some(base)) if digits(last, 2) && digits(month, 2) && digits(year, 4) => base,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(text: &str) -> ModelName {
        ModelName::parse(text).unwrap()
    }

    #[test]
    fn the_built_in_list_is_whole_and_dated() {
        let table = PriceTable::builtin();
        assert_eq!(table.as_of, "2026-06-01");
        let file: File = serde_yaml::from_str(include_str!("prices.yaml")).unwrap();
        assert_eq!(table.prices.len(), file.models.len());
        assert!(file.models.keys().all(|name| ModelName::parse(name).is_ok()));
    }

    #[test]
    fn snapshots_cost_what_their_model_costs_and_strangers_have_no_price() {
        let table = PriceTable::builtin();
        let mini = table.of(&name("openai/gpt-4.1-mini")).unwrap();
        assert_eq!(table.of(&name("openai/gpt-4.1-mini-2025-04-14")), Some(mini));
        assert_eq!(table.of(&name("anthropic/claude-opus-4-1-20250805")), table.of(&name("anthropic/claude-opus-4-1")));
        assert_eq!(table.of(&name("openai/gpt-4.1-mega")), None);
        assert_eq!(table.of(&name("openai/gpt-4.1-mini-turbo")), None);
        assert_eq!(table.of(&name("azure/gpt-4.1-mini")), None);
        assert_eq!(table.of(&name("ollama/qwen3:8b")), Price::per_million(0.0, 0.0));
        let own = table.with([("openai/gpt-4.1-mini".to_string(), Price::per_million(1.0, 2.0).unwrap())]);
        assert_eq!(own.of(&name("openai/gpt-4.1-mini")), Price::per_million(1.0, 2.0));
    }

    #[test]
    fn a_cost_is_rounded_up_and_exact() {
        let price = Price::per_million(0.40, 1.60).unwrap();
        assert_eq!(price.cost(1_000_000, 0), Usd(400_000_000));
        assert_eq!(price.cost(1, 1), Usd(2000));
        assert_eq!(Price::per_million(0.0001, 0.0).unwrap().cost(1, 0), Usd(1));
        assert_eq!(Price::per_million(-1.0, 0.0), None);
        assert_eq!(Price::per_million(f64::NAN, 0.0), None);
    }

    #[test]
    fn what_is_not_counted_is_charged_at_its_worst() {
        let price = Price::per_million(1.0, 1.0).unwrap();
        let worst = Usd(777);
        assert_eq!(price.charge(Usage { input: Some(3), output: Some(4) }, worst), Usd(7000));
        assert_eq!(price.charge(Usage { input: Some(3), output: None }, worst), worst);
        assert_eq!(price.charge(Usage::default(), worst), worst);
        assert_eq!(price.charge(Usage { input: Some(0), output: Some(0) }, worst), worst);
    }

    proptest! {
        #[test]
        fn more_tokens_never_cost_less(input in 0u64..1_000_000_000, more in 0u64..1_000_000, output in 0u64..1_000_000) {
            let price = Price::per_million(0.4, 1.6).unwrap();
            prop_assert!(price.cost(input + more, output) >= price.cost(input, output));
            let dollars = input as f64 * 0.4e-6 + output as f64 * 1.6e-6;
            prop_assert!(price.cost(input, output).dollars() >= dollars * (1.0 - 1e-12));
        }
    }
}

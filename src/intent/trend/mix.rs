//! Did failures rise, or did other traffic come? The failure rates of two periods, taken apart into the part of the mix and
//! the part of the rates. Traffic is told apart by what was wanted, language, channel, whether a tool was out, and model.

use crate::stats::standardisation::{Decomposition, Stratum, decompose, pool_small};
use crate::trace::Outcome;
use serde::Serialize;
use std::collections::BTreeMap;

use super::tally::CONFIDENCE;

/// Conversations in each period below which a kind of traffic is not compared by itself.
const LEAST: u64 = 10;
/// The name of what is compared together.
const REST: &str = "the rest";

/// One kind of traffic. What is not known is its own kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    /// The intent, or a part of it.
    pub intent: Option<String>,
    /// Language.
    pub language: Option<String>,
    /// Channel: web, mail, phone.
    pub channel: Option<String>,
    /// Whether a tool was out.
    pub tool_outage: bool,
    /// The model that answered.
    pub model: Option<String>,
}

impl Kind {
    /// What is known of it, as printed: `refund, de, web, tool outage`.
    pub fn label(&self) -> String {
        let parts = [&self.intent, &self.language, &self.channel, &self.model];
        let mut parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        if self.tool_outage {
            parts.push("tool outage");
        }
        if parts.is_empty() { "unnamed".to_string() } else { parts.join(", ") }
    }
}

/// Which of the two periods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// The earlier one.
    Base,
    /// The later one.
    Head,
}

/// What one kind of traffic contributes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contribution {
    /// The kind's label.
    pub kind: String,
    /// Failures and known outcomes in both periods.
    pub stratum: Stratum,
    /// Added by its share of the traffic.
    pub mix: f64,
    /// Added by its rate.
    pub rate: f64,
}

/// The change of the failure rate, taken apart. `decomposition.parts` is parallel to `contributions`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MixShift {
    /// Crude, standardised, mix and rate.
    pub decomposition: Decomposition,
    /// By kind, largest part of the mix first.
    pub contributions: Vec<Contribution>,
}

impl MixShift {
    /// What is left of the change at the earlier mix: `Some(true)` worse, `Some(false)` better, `None` unclear.
    pub fn worse(&self) -> Option<bool> {
        let interval = self.decomposition.standardised.interval;
        if interval.contains(0.0) { None } else { Some(interval.low > 0.0) }
    }

    /// With `rate` for what is compared: `failure rate +8.8 points: +9.8 from the mix of traffic, -1.0 from the rates; at the
    /// earlier mix -0.9 [-4.4, +2.6], no clear change`.
    pub fn sentence(&self, rate: &str) -> String {
        // Not "-0.0".
        let points = |value: f64| format!("{:+.1}", (value * 1000.0).round() / 10.0 + 0.0);
        let Decomposition { crude, standardised, mix, rate: rates, .. } = &self.decomposition;
        let verdict = match self.worse() {
            None => "no clear change",
            Some(true) => "worse",
            Some(false) => "better",
        };
        format!(
            "{rate} {} points: {} from the mix of traffic, {} from the rates; at the earlier mix {} [{}, {}], {verdict}",
            points(*crude),
            points(*mix),
            points(*rates),
            points(standardised.estimate),
            points(standardised.interval.low),
            points(standardised.interval.high),
        )
    }
}

/// Counts conversations by kind and period; those with an unknown outcome say nothing.
pub fn strata(cases: impl IntoIterator<Item = (Kind, Period, Outcome)>) -> BTreeMap<Kind, Stratum> {
    let mut strata: BTreeMap<Kind, Stratum> = BTreeMap::new();
    for (kind, period, outcome) in cases {
        let failed = match outcome {
            Outcome::Failure => 1,
            Outcome::Success => 0,
            Outcome::Unknown => continue,
        };
        let stratum = strata.entry(kind).or_default();
        let count = match period {
            Period::Base => &mut stratum.base,
            Period::Head => &mut stratum.head,
        };
        *count = (count.0 + failed, count.1 + 1);
    }
    strata
}

/// Takes the change of the failure rate apart. Kinds with fewer than ten known outcomes in a period are compared together.
/// `None` when a period has no known outcome.
pub fn shift(strata: &BTreeMap<Kind, Stratum>) -> Option<MixShift> {
    let (kinds, cells): (Vec<&Kind>, Vec<Stratum>) = strata.iter().map(|(kind, stratum)| (kind, *stratum)).unzip();
    let pooling = pool_small(&cells, LEAST);
    let mut compared: Vec<(String, Stratum)> =
        pooling.alone.iter().filter_map(|&place| Some((kinds.get(place)?.label(), *cells.get(place)?))).collect();
    let together = pooling.together.iter().filter_map(|&place| cells.get(place));
    if let Some(rest) = together.copied().reduce(Stratum::plus) {
        compared.push((REST.to_string(), rest));
    }
    let cells: Vec<Stratum> = compared.iter().map(|(_, stratum)| *stratum).collect();
    let mut decomposition = decompose(&cells, CONFIDENCE)?;
    let mut parts: Vec<_> = decomposition.parts.drain(..).zip(compared).collect();
    parts.sort_by(|(left, one), (right, two)| right.mix.abs().total_cmp(&left.mix.abs()).then(one.0.cmp(&two.0)));
    decomposition.parts = parts.iter().map(|(part, _)| *part).collect();
    let contributions = parts
        .into_iter()
        .map(|(part, (kind, stratum))| Contribution { kind, stratum, mix: part.mix, rate: part.rate })
        .collect();
    Some(MixShift { decomposition, contributions })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(intent: &str) -> Kind {
        Kind { intent: Some(intent.to_string()), ..Kind::default() }
    }

    fn example() -> BTreeMap<Kind, Stratum> {
        BTreeMap::from([
            (kind("a"), Stratum { base: (50, 500), head: (18, 200) }),
            (kind("b"), Stratum { base: (60, 300), head: (50, 250) }),
            (kind("c"), Stratum { base: (80, 200), head: (210, 550) }),
        ])
    }

    #[test]
    fn a_rise_that_is_only_mix_is_said_to_be() {
        let shift = shift(&example()).unwrap();
        assert_eq!(shift.worse(), None);
        assert_eq!(
            shift.sentence("failure rate"),
            "failure rate +8.8 points: +9.8 from the mix of traffic, -1.0 from the rates; \
             at the earlier mix -0.9 [-4.4, +2.6], no clear change"
        );
        assert_eq!(shift.contributions[0].kind, "c", "the largest part of the mix");
        assert_eq!(shift.contributions.len(), shift.decomposition.parts.len());
        assert_eq!(shift.contributions[0].mix, shift.decomposition.parts[0].mix);
    }

    #[test]
    fn rates_that_move_are_said_to_be_worse_or_better() {
        let worse = BTreeMap::from([(kind("a"), Stratum { base: (20, 400), head: (80, 400) })]);
        assert_eq!(shift(&worse).unwrap().worse(), Some(true));
        let better = BTreeMap::from([(kind("a"), Stratum { base: (80, 400), head: (20, 400) })]);
        assert!(shift(&better).unwrap().sentence("failure rate").ends_with("better"));
    }

    #[test]
    fn small_kinds_are_compared_together() {
        let mut strata = example();
        strata.insert(kind("d"), Stratum { base: (1, 8), head: (0, 30) });
        strata.insert(kind("e"), Stratum { base: (1, 4), head: (0, 0) });
        let found = shift(&strata).unwrap();
        let rest = found.contributions.iter().find(|part| part.kind == REST).unwrap();
        assert_eq!(rest.stratum, Stratum { base: (2, 12), head: (0, 30) });
        let all = found.decomposition;
        assert!((all.crude - all.mix - all.rate).abs() < 1e-12);
        // A period without anything cannot be compared.
        assert_eq!(shift(&BTreeMap::from([(kind("e"), Stratum { base: (1, 40), head: (0, 0) })])), None);
        assert_eq!(shift(&BTreeMap::new()), None);
    }

    #[test]
    fn conversations_are_counted_by_kind_and_unknown_ones_left_out() {
        let german = Kind { language: Some("de".into()), tool_outage: true, ..kind("refund") };
        let counted = strata([
            (german.clone(), Period::Base, Outcome::Failure),
            (german.clone(), Period::Base, Outcome::Success),
            (german.clone(), Period::Head, Outcome::Unknown),
            (Kind::default(), Period::Head, Outcome::Success),
        ]);
        assert_eq!(counted[&german], Stratum { base: (1, 2), head: (0, 0) });
        assert_eq!(counted[&Kind::default()], Stratum { base: (0, 0), head: (0, 1) });
        assert_eq!(german.label(), "refund, de, tool outage");
        assert_eq!(Kind::default().label(), "unnamed");
    }
}

//! A trend in a word, for a table, and in sentences.

use crate::intent::trend::report::Trend;
use crate::intent::trend::resolution::Resolved;
use crate::intent::trend::surge::Tier;

/// What a subject's figures are called.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// What is counted.
    pub counted: &'static str,
    /// Its share of the traffic.
    pub share: &'static str,
    /// How bad it is.
    pub rate: &'static str,
    /// What it means that it is resolved by a fall of that.
    pub fell: &'static str,
    /// What it means that it is resolved by silence.
    pub silent: &'static str,
    /// What users do who run into it.
    pub met: &'static str,
}

/// Of an intent.
pub const INTENT: Words = Words {
    counted: "goals",
    share: "its share of goals",
    rate: "its failure rate",
    fell: "its failures fell clearly",
    silent: "nobody asks for it any more",
    met: "failed at it",
};

/// Of a finding.
pub const FINDING: Words = Words {
    counted: "conversations",
    share: "its share of all conversations",
    rate: "its share of its intent",
    fell: "its share of its intent fell clearly",
    silent: "nobody meets it any more",
    met: "met it",
};

/// A trend in a word; empty where there is nothing to say.
pub fn word(trend: Option<&Trend>) -> String {
    let Some(trend) = trend else { return String::new() };
    match trend.surge {
        Some(surge) if surge.tier == Tier::Alert => format!("surging {:.1} x", surge.ratio),
        Some(surge) if surge.tier == Tier::Watch => format!("watch {:.1} x", surge.ratio),
        _ if trend.new => "new".to_string(),
        _ if trend.resolved.is_some() => "resolved".to_string(),
        _ => String::new(),
    }
}

/// A trend in sentences.
pub fn sentences(trend: &Trend, words: Words) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(surge) = trend.surge {
        let tier = match surge.tier {
            Tier::Alert => "surging",
            Tier::Watch => "worth watching",
            Tier::Quiet => "as usual",
        };
        lines.push(format!(
            "last full week {tier}: {} {}, {:.1} expected (p {:.2}, adjusted {:.2}); from {} on it would have been noticed",
            surge.observed, words.counted, surge.expected, surge.p, surge.q, surge.noticeable_from
        ));
    }
    if let Some(drift) = trend.drift
        && (drift.direction.is_some() || drift.risen_by_half)
    {
        let (now, usual) = (drift.now, drift.usual);
        lines.push(format!("slow drift: {now:.1} {} a week now, {usual:.1} were usual", words.counted));
    }
    lines.extend(trend.changes.iter().map(|change| change.sentence(words.share)));
    lines.extend(trend.failure_changes.iter().map(|change| change.sentence(words.rate)));
    lines.extend(trend.resolved.map(|resolved| match resolved {
        Resolved::Improvement { .. } => format!("resolved: {}", words.fell),
        Resolved::Silence { .. } => format!("resolved: {}", words.silent),
    }));
    lines
}

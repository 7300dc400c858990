//! A trend in a word, for a table, and in sentences; and what its weeks leave out.

use super::super::view::number::{counted, p_value};
use crate::intent::trend::report::Trend;
use crate::intent::trend::resolution::Resolved;
use crate::intent::trend::surge::Tier;
use crate::intent::trend::tally::Tally;

/// What a subject's figures are called.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// What is counted, one of them.
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
    counted: "goal",
    share: "its share of goals",
    rate: "its failure rate",
    fell: "its failures fell clearly",
    silent: "nobody asks for it any more",
    met: "failed at it",
};

/// Of a finding.
pub const FINDING: Words = Words {
    counted: "conversation",
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
            "last full week {tier}: {}, {:.1} expected (p {}, adjusted {}); from {} on it would have been noticed",
            counted(surge.observed, words.counted),
            surge.expected,
            p_value(surge.p),
            p_value(surge.q),
            surge.noticeable_from
        ));
    }
    if let Some(drift) = trend.drift
        && (drift.direction.is_some() || drift.risen_by_half)
    {
        let (now, usual) = (drift.now, drift.usual);
        lines.push(format!("slow drift: {now:.1} {}s a week now, {usual:.1} were usual", words.counted));
    }
    lines.extend(trend.changes.iter().map(|change| change.sentence(words.share)));
    lines.extend(trend.failure_changes.iter().map(|change| change.sentence(words.rate)));
    lines.extend(trend.resolved.map(|resolved| match resolved {
        Resolved::Improvement { .. } => format!("resolved: {}", words.fell),
        Resolved::Silence { .. } => format!("resolved: {}", words.silent),
    }));
    lines
}

/// How many conversations are in none of the weeks; `None` where all are, or where there are no weeks.
pub fn without_week(weeks: &[Tally], count: u64) -> Option<String> {
    (count > 0 && !weeks.is_empty()).then(|| {
        let conversations = counted(count, "conversation");
        format!(
            "{conversations} in no week: without a time, in a week that --since cuts, in the future or more than two years before the others"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::trend::surge::Surge;

    fn trend() -> Trend {
        Trend {
            new: false,
            surge: None,
            drift: None,
            changes: Vec::new(),
            failure_changes: Vec::new(),
            resolved: None,
            newly_resolved: false,
        }
    }

    fn surge(tier: Tier) -> Option<Surge> {
        let (observed, expected, ratio) = (1, 0.25, 4.0);
        Some(Surge { tier, observed, expected, ratio, p: 0.004, q: 1e-4, noticeable_from: 2, explained_by: None })
    }

    #[test]
    fn the_loudest_is_the_word() {
        let resolved = Some(Resolved::Silence { expected: 8.0 });
        let words = [
            trend(),
            Trend { resolved, ..trend() },
            Trend { resolved, new: true, ..trend() },
            Trend { new: true, surge: surge(Tier::Quiet), ..trend() },
            Trend { new: true, surge: surge(Tier::Watch), ..trend() },
            Trend { surge: surge(Tier::Alert), ..trend() },
        ];
        let words: Vec<String> = words.iter().map(|trend| word(Some(trend))).collect();
        assert_eq!(words, ["", "resolved", "new", "new", "watch 4.0 x", "surging 4.0 x"]);
        assert_eq!(word(None), "");
    }

    #[test]
    fn sentences_call_things_by_their_names() {
        let said = Trend { surge: surge(Tier::Alert), resolved: Some(Resolved::Silence { expected: 8.0 }), ..trend() };
        assert_eq!(
            sentences(&said, FINDING),
            [
                "last full week surging: 1 conversation, 0.2 expected (p 0.004, adjusted <0.001); from 2 on it would \
                 have been noticed",
                "resolved: nobody meets it any more"
            ]
        );
        assert_eq!(sentences(&said, INTENT)[1], "resolved: nobody asks for it any more");
        assert!(sentences(&trend(), INTENT).is_empty());
    }
}

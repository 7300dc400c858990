//! How a conversation went: success, failure or unknown. Scores and facts that came with the trace decide first, by
//! rules that the deployment may set; where none speaks, implicit feedback does; where there is none, nothing is
//! known. Silence is never success.

use super::{Conversation, Judgement, Outcome, Signal, SignalKind};
use crate::clock::Timestamp;
use crate::digest::Digest;
use std::collections::BTreeMap;

/// Share of failures before anything is known.
pub const BASE_RATE: f64 = 0.25;
/// From this probability of failure on a conversation counts as failed.
pub const FAILURE_FROM: f64 = 0.60;
/// Up to this one it counts as a success, if something speaks for it.
pub const SUCCESS_UP_TO: f64 = 0.30;
/// Changes when the arithmetic changes, so that files are judged again.
const VERSION: &str = "outcome 1";

/// One rule about what came with a trace.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// A score of this name is at least this.
    ScoreAtLeast(String, f64),
    /// A score of this name is below this.
    ScoreBelow(String, f64),
    /// A fact of this name has this value.
    MetadataEquals(String, String),
    /// A tool of this name was called and did not fail.
    ToolSucceeded(String),
}

impl Rule {
    fn matches(&self, conversation: &Conversation) -> bool {
        match self {
            Self::ScoreAtLeast(name, least) => conversation.scores.get(name).is_some_and(|score| score >= least),
            Self::ScoreBelow(name, bound) => conversation.scores.get(name).is_some_and(|score| score < bound),
            Self::MetadataEquals(name, value) => conversation.metadata.get(name) == Some(value),
            Self::ToolSucceeded(name) => conversation
                .calls()
                .any(|(_, call)| call.name == *name && call.error.is_none() && call.result.is_some()),
        }
    }

    /// What a judgement by this rule rests on.
    fn basis(&self) -> String {
        match self {
            Self::ScoreAtLeast(name, _) | Self::ScoreBelow(name, _) => format!("score {name}"),
            Self::MetadataEquals(name, _) => format!("metadata {name}"),
            Self::ToolSucceeded(name) => format!("tool {name}"),
        }
    }
}

/// What another system says of a conversation or of a user: churn, conversion, an answer in a survey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The key is a user and not a conversation.
    pub of_user: bool,
    /// Our id or the source's id of the conversation, or the user.
    pub key: String,
    /// The fact's name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// When it became true.
    pub at: Option<Timestamp>,
}

impl Joined {
    /// `user` or `conversation`.
    pub fn kind(&self) -> &'static str {
        if self.of_user { "user" } else { "conversation" }
    }

    /// Whether it can be about this conversation: what happened to a user before the conversation began is not what
    /// the conversation led to.
    pub fn concerns(&self, conversation: &Conversation) -> bool {
        match (self.of_user, self.at, conversation.started.or(conversation.ended)) {
            (true, Some(at), Some(started)) => at >= started,
            _ => true,
        }
    }
}

/// Adds joined facts to the conversation's own, by name; a number or a truth value is a score too.
pub fn join(conversation: &mut Conversation, facts: &[Joined]) {
    for fact in facts {
        if !fact.concerns(conversation) {
            continue;
        }
        let number = match fact.value.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" => Some(1.0),
            "false" | "no" => Some(0.0),
            text => text.parse().ok().filter(|number: &f64| number.is_finite()),
        };
        conversation.scores.extend(number.map(|number| (fact.name.clone(), number)));
        conversation.metadata.insert(fact.name.clone(), fact.value.clone());
    }
}

/// The rules of a deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct OutcomeRules {
    /// Any of these makes a success.
    pub success: Vec<Rule>,
    /// Any of these makes a failure, even where one of `success` matches.
    pub failure: Vec<Rule>,
}

impl Default for OutcomeRules {
    /// The scores `reward` and `resolved`, from 0.5 on a success, and the usual words for a fact named `outcome`.
    fn default() -> Self {
        let names = ["reward", "resolved"];
        let scores = |rule: fn(String, f64) -> Rule| names.iter().map(move |name| rule((*name).to_string(), 0.5));
        let words = |words: [&'static str; 4]| {
            words.into_iter().map(|word| Rule::MetadataEquals("outcome".to_string(), word.to_string()))
        };
        Self {
            success: scores(Rule::ScoreAtLeast).chain(words(["success", "resolved", "converted", "solved"])).collect(),
            failure: scores(Rule::ScoreBelow).chain(words(["failure", "failed", "churned", "unresolved"])).collect(),
        }
    }
}

impl OutcomeRules {
    /// Digest of the rules and of the arithmetic behind them.
    pub fn digest(&self) -> Digest {
        Digest::of(format!("{VERSION} {self:?}"))
    }

    /// How `conversation` went.
    pub fn judge(&self, conversation: &Conversation, signals: &[Signal]) -> Judgement {
        let by = |rules: &[Rule], outcome| {
            let rule = rules.iter().find(|rule| rule.matches(conversation))?;
            Some(Judgement { outcome, basis: rule.basis(), p_fail: None })
        };
        by(&self.failure, Outcome::Failure)
            .or_else(|| by(&self.success, Outcome::Success))
            .unwrap_or_else(|| by_signals(signals))
    }
}

/// Estimated probability of failure: `sigmoid(logit(base) + sum of weights)`, each kind of signal once, because
/// politeness repeated is not more evidence. `None` without signals.
pub fn failure_probability(signals: &[Signal]) -> Option<f64> {
    let kinds: BTreeMap<SignalKind, f64> = signals.iter().map(|signal| (signal.kind, signal.weight)).collect();
    if kinds.is_empty() {
        return None;
    }
    let base = (BASE_RATE / (1.0 - BASE_RATE)).ln();
    let log_odds = base + kinds.values().sum::<f64>();
    Some(1.0 / (1.0 + (-log_odds).exp()))
}

fn by_signals(signals: &[Signal]) -> Judgement {
    let Some(p_fail) = failure_probability(signals) else {
        return Judgement { outcome: Outcome::Unknown, basis: "nothing".to_string(), p_fail: None };
    };
    // The base rate alone is below the bound, so that something must speak for success: the user's own words or a
    // tool that does what the user came for.
    let direct = [SignalKind::Thanks, SignalKind::Praise, SignalKind::SuccessTool];
    let spoken = signals.iter().any(|signal| direct.contains(&signal.kind));
    let outcome = if p_fail >= FAILURE_FROM {
        Outcome::Failure
    } else if p_fail <= SUCCESS_UP_TO && spoken {
        Outcome::Success
    } else {
        Outcome::Unknown
    };
    Judgement { outcome, basis: "signals".to_string(), p_fail: Some(p_fail) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::signal::weight;
    use crate::trace::{ConversationId, Role, Turn};

    fn conversation(score: Option<(&str, f64)>, fact: Option<(&str, &str)>) -> Conversation {
        Conversation {
            id: ConversationId("c-1".to_string()),
            external_id: None,
            parent: None,
            user: None,
            agent: None,
            prompt_version: None,
            system_digest: None,
            model: None,
            started: None,
            ended: None,
            turns: vec![Turn { role: Role::User, text: "hi".to_string(), calls: Vec::new(), time: None }],
            scores: score.into_iter().map(|(name, value)| (name.to_string(), value)).collect(),
            metadata: fact.into_iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
            cost: None,
        }
    }

    fn signals(kinds: &[SignalKind]) -> Vec<Signal> {
        kinds.iter().map(|kind| Signal { kind: *kind, turn: 0, weight: weight(*kind) }).collect()
    }

    #[test]
    fn scores_decide_before_signals_and_failure_wins() {
        let rules = OutcomeRules::default();
        let angry = signals(&[SignalKind::Escalation]);
        let judgement = rules.judge(&conversation(Some(("reward", 1.0)), None), &angry);
        assert_eq!((judgement.outcome, &*judgement.basis, judgement.p_fail), (Outcome::Success, "score reward", None));
        assert_eq!(rules.judge(&conversation(Some(("resolved", 0.0)), None), &[]).outcome, Outcome::Failure);
        let churned = OutcomeRules {
            failure: vec![Rule::MetadataEquals("churned".to_string(), "true".to_string())],
            ..OutcomeRules::default()
        };
        let both = conversation(Some(("reward", 1.0)), Some(("churned", "true")));
        assert_eq!(churned.judge(&both, &[]).basis, "metadata churned");
    }

    #[test]
    fn signals_decide_by_their_sum_and_silence_is_unknown() {
        let rules = OutcomeRules::default();
        let judge = |kinds: &[SignalKind]| rules.judge(&conversation(None, None), &signals(kinds));
        assert_eq!((judge(&[]).outcome, &*judge(&[]).basis), (Outcome::Unknown, "nothing"));
        assert_eq!(judge(&[SignalKind::Correction]).outcome, Outcome::Failure);
        assert_eq!(judge(&[SignalKind::Abandonment]).outcome, Outcome::Unknown);
        assert_eq!(judge(&[SignalKind::Thanks]).outcome, Outcome::Success);
        assert_eq!(judge(&[SignalKind::NewGoal]).outcome, Outcome::Unknown);
        assert_eq!(
            judge(&[SignalKind::Thanks, SignalKind::Escalation, SignalKind::Correction]).outcome,
            Outcome::Failure
        );
    }

    #[test]
    fn probability_follows_the_formula_and_counts_each_kind_once() {
        let one = failure_probability(&signals(&[SignalKind::Correction])).unwrap();
        // logit(0.25) + 1.6 = 0.501388
        assert!((one - 0.622_786).abs() < 1e-5, "{one}");
        assert_eq!(failure_probability(&signals(&[SignalKind::Correction; 3])), Some(one));
        assert_eq!(failure_probability(&[]), None);
    }
}

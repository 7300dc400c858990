//! What would be sent and what it could cost, worked out without sending anything.

use super::books::Usd;
use super::request::Stage;
use std::collections::BTreeMap;

/// One request as it would be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What it is for.
    pub stage: Stage,
    /// Where it would go. The key is in a header and not shown.
    pub url: String,
    /// Its body, byte for byte.
    pub body: Vec<u8>,
    /// Tokens of the body, estimated.
    pub input_tokens: u64,
    /// Tokens of the answer at most.
    pub output_tokens: u64,
    /// Cost with the estimated tokens and the longest answer.
    pub estimate: Usd,
    /// What is set aside before it is sent.
    pub at_most: Usd,
}

/// Requests that would be sent, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The requests.
    pub shown: Vec<Shown>,
    /// Requests whose replies are stored already.
    pub stored: usize,
}

/// Sums of one stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageSum {
    /// Requests.
    pub calls: u64,
    /// Tokens in, estimated.
    pub input_tokens: u64,
    /// Tokens out, at most.
    pub output_tokens: u64,
    /// Cost, estimated.
    pub estimate: Usd,
    /// Cost at most, without repeated tries.
    pub at_most: Usd,
}

impl Plan {
    /// Adds a request.
    pub(super) fn add(&mut self, shown: Shown) {
        self.shown.push(shown);
    }

    /// Adds another plan.
    pub(super) fn join(&mut self, other: Self) {
        self.shown.extend(other.shown);
        self.stored += other.stored;
    }

    /// Sums by stage.
    pub fn stages(&self) -> BTreeMap<Stage, StageSum> {
        let mut sums: BTreeMap<Stage, StageSum> = BTreeMap::new();
        for shown in &self.shown {
            let sum = sums.entry(shown.stage).or_default();
            sum.calls += 1;
            sum.input_tokens += shown.input_tokens;
            sum.output_tokens += shown.output_tokens;
            sum.estimate += shown.estimate;
            sum.at_most += shown.at_most;
        }
        sums
    }
}

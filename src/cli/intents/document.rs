//! What `--json` prints.

use super::super::trends::company::Company;
use super::super::trends::mixture::Mixture;
use super::super::untrusted::one_line;
use super::survey::{Line, Survey};
use super::trends::Trends;
use crate::intent::Intent;
use crate::intent::trend::report::{Summary, Trend};
use crate::intent::trend::tally::Tally;
use serde::Serialize;

/// `--json` when there is nothing to show.
#[derive(Serialize)]
pub struct Unnamed {
    /// None.
    pub intents: [(); 0],
    /// Why.
    pub reason: String,
}

/// `--json` of one intent, or of all weeks, when there are none to show.
#[derive(Serialize)]
pub struct Unknown {
    /// None.
    pub intent: Option<()>,
    /// None.
    pub weeks: [(); 0],
    /// Why.
    pub reason: String,
}

/// `--json` of the summary when there is nothing to sum up.
#[derive(Serialize)]
pub struct UnknownSummary {
    /// Zeros.
    #[serde(flatten)]
    pub summary: Summary,
    /// Why.
    pub reason: String,
}

/// `--json` of a refit that was only to be told.
#[derive(Serialize)]
pub struct WouldBe {
    /// What would happen, in sentences.
    pub news: Vec<String>,
}

/// `--json` of the list.
#[derive(Serialize)]
pub struct ListDocument<'a> {
    intents: Vec<LineDocument<'a>>,
    long_tail_goals: u64,
    conversations_without_week: u64,
    summary: Option<Summary>,
    news: &'a [String],
}

impl<'a> ListDocument<'a> {
    /// Of all intents.
    pub fn of(survey: &'a Survey<'a>, trends: Option<&'a Trends>, news: &'a [String]) -> Self {
        let trend = |index: usize| trends.and_then(|trends| trends.report.trends.get(index));
        Self {
            intents: survey
                .lines
                .iter()
                .enumerate()
                .map(|(index, line)| LineDocument::of(line, trend(index)))
                .collect(),
            long_tail_goals: survey.long_tail,
            conversations_without_week: survey.without_week,
            summary: trends.map(|trends| trends.report.summary),
            news,
        }
    }
}

/// `--json` of one intent, or of all conversations together.
#[derive(Serialize)]
pub struct LineDocument<'a> {
    intent: Option<&'a Intent>,
    goals: u32,
    conversations: u32,
    failing: u32,
    passing: u32,
    unknown: u32,
    failure_rate: Option<f64>,
    interval: [f64; 2],
    preventable_failures_per_week: f64,
    weeks: Vec<WeekDocument>,
    trend: Option<&'a Trend>,
}

/// What is said beside the weeks.
#[derive(Default, Serialize)]
pub struct Beside {
    /// Who fails at one intent again, and what its failures go along with.
    pub company: Option<Company>,
    /// Of all conversations: whether it was the mix of traffic that changed.
    pub mixture: Option<Mixture>,
}

/// `--json` of the weeks of one intent, or of all conversations together.
#[derive(Serialize)]
pub struct TrendDocument<'a> {
    #[serde(flatten)]
    line: LineDocument<'a>,
    #[serde(flatten)]
    beside: Beside,
}

impl<'a> TrendDocument<'a> {
    /// Of this line.
    pub fn of(line: &'a Line<'_>, trend: Option<&'a Trend>, beside: Beside) -> Self {
        Self { line: LineDocument::of(line, trend), beside }
    }
}

/// One week.
#[derive(Serialize)]
pub struct WeekDocument {
    start: String,
    failing: u32,
    passing: u32,
    unknown: u32,
    complete: bool,
    asks: u64,
    share: Option<f64>,
    failure_rate: Option<f64>,
    failure_low: Option<f64>,
    failure_high: Option<f64>,
    mean_cost: Option<f64>,
    median_latency_ms: Option<f64>,
    p95_latency_ms: Option<f64>,
}

impl WeekDocument {
    /// Of this week.
    pub fn of(week: &Tally) -> Self {
        Self {
            complete: week.complete,
            asks: week.asks,
            share: week.share,
            failure_rate: week.failure.map(|rate| rate.share),
            failure_low: week.failure.map(|rate| rate.interval.low),
            failure_high: week.failure.map(|rate| rate.interval.high),
            mean_cost: week.cost.map(|cost| cost.mean),
            median_latency_ms: week.latency.map(|latency| latency.median_ms),
            p95_latency_ms: week.latency.map(|latency| latency.p95_ms),
            start: week.start.date(),
            failing: week.counts.failure,
            passing: week.counts.success,
            unknown: week.counts.unknown,
        }
    }
}

/// One intent as a row of values.
#[derive(Serialize)]
pub struct Row<'a> {
    intent: &'a str,
    name: String,
    goals: u32,
    conversations: u32,
    failing: u32,
    passing: u32,
    unknown: u32,
    failure_rate: Option<f64>,
    low: f64,
    high: f64,
    preventable_failures_per_week: f64,
}

impl<'a> Row<'a> {
    /// Of one line.
    pub fn of(line: &'a Line<'a>) -> Self {
        Self {
            intent: line.intent.map_or("", |intent| &intent.id.0),
            name: line.intent.map(|intent| one_line(&intent.name)).unwrap_or_default(),
            goals: line.goals(),
            conversations: line.counts.all(),
            failing: line.counts.failure,
            passing: line.counts.success,
            unknown: line.counts.unknown,
            failure_rate: line.pain.failure_rate,
            low: line.pain.low,
            high: line.pain.high,
            preventable_failures_per_week: line.pain.preventable_per_week,
        }
    }
}

impl<'a> LineDocument<'a> {
    /// Of one line.
    pub fn of(line: &'a Line<'a>, trend: Option<&'a Trend>) -> Self {
        Self {
            trend,
            intent: line.intent,
            goals: line.goals(),
            conversations: line.counts.all(),
            failing: line.counts.failure,
            passing: line.counts.success,
            unknown: line.counts.unknown,
            failure_rate: line.pain.failure_rate,
            interval: [line.pain.low, line.pain.high],
            preventable_failures_per_week: line.pain.preventable_per_week,
            weeks: line.weeks.iter().map(WeekDocument::of).collect(),
        }
    }
}

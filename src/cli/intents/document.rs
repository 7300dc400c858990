//! What `--json` prints.

use super::survey::{Line, Survey};
use crate::intent::Intent;
use crate::intent::trend::Week;
use serde::Serialize;

/// `--json` when there is too little to name intents.
#[derive(Serialize)]
pub struct Unnamed {
    /// None.
    pub intents: [(); 0],
    /// Why.
    pub reason: String,
}

/// `--json` of the list.
#[derive(Serialize)]
pub struct ListDocument<'a> {
    intents: Vec<LineDocument<'a>>,
    long_tail_goals: u64,
    news: &'a [String],
}

impl<'a> ListDocument<'a> {
    /// Of all intents.
    pub fn of(survey: &'a Survey<'a>, news: &'a [String]) -> Self {
        Self { intents: survey.lines.iter().map(LineDocument::of).collect(), long_tail_goals: survey.long_tail, news }
    }
}

/// `--json` of one intent, or of all conversations together.
#[derive(Serialize)]
pub struct LineDocument<'a> {
    intent: Option<&'a Intent>,
    failing: u32,
    passing: u32,
    unknown: u32,
    failure_rate: Option<f64>,
    interval: [f64; 2],
    preventable_failures_per_week: f64,
    weeks: Vec<WeekDocument>,
}

/// One week.
#[derive(Serialize)]
pub struct WeekDocument {
    start: String,
    failing: u32,
    passing: u32,
    unknown: u32,
}

impl WeekDocument {
    /// Of this week.
    pub fn of(week: &Week) -> Self {
        Self {
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
    name: &'a str,
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
            name: line.intent.map_or("", |intent| &intent.name),
            goals: line.intent.map_or(0, |intent| intent.goals),
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
    pub fn of(line: &'a Line<'a>) -> Self {
        Self {
            intent: line.intent,
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

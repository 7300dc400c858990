//! What `--json` and `--csv` print.

use super::super::trends::company::Company;
use super::super::trends::mixture::Mixture;
use super::super::trends::words::word;
use super::super::untrusted::one_line;
use super::state_name;
use super::survey::{Line, Survey};
use crate::clock::Timestamp;
use crate::diagnosis::Finding;
use crate::diagnosis::events::Event;
use crate::intent::trend::report::{Summary, Trend};
use crate::intent::trend::tally::{Rate, Tally};
use crate::store::findings::StoredFinding;
use serde::Serialize;

/// `--json` of the list.
#[derive(Serialize)]
pub struct ListDocument<'a> {
    findings: Vec<ListedDocument<'a>>,
    summary: Option<Summary>,
}

impl<'a> ListDocument<'a> {
    /// Of all findings.
    pub fn of(findings: &'a [StoredFinding], survey: &'a Survey<'_>) -> Self {
        let listed = |stored: &'a StoredFinding| {
            let trend = survey.of(&stored.finding.id).and_then(|(_, trend)| trend);
            ListedDocument { document: Document::of(stored), trend }
        };
        Self {
            findings: findings.iter().map(listed).collect(),
            summary: survey.report.as_ref().map(|report| report.summary),
        }
    }
}

#[derive(Serialize)]
struct ListedDocument<'a> {
    #[serde(flatten)]
    document: Document<'a>,
    trend: Option<&'a Trend>,
}

/// `--json` of one finding.
#[derive(Serialize)]
pub struct Document<'a> {
    first_seen: Timestamp,
    last_seen: Timestamp,
    finding: &'a Finding,
}

impl<'a> Document<'a> {
    /// Of this finding.
    pub fn of(stored: &'a StoredFinding) -> Self {
        Self { first_seen: stored.first_seen, last_seen: stored.last_seen, finding: &stored.finding }
    }
}

/// `--json` of one finding's weeks.
#[derive(Serialize)]
pub struct TrendDocument<'a> {
    #[serde(flatten)]
    document: Document<'a>,
    conversations: u64,
    conversations_without_week: u64,
    conversations_gone: u64,
    conversations_not_read: u64,
    weeks: Vec<WeekDocument>,
    trend: Option<&'a Trend>,
    company: Option<Company>,
    mixture: Option<Mixture>,
}

impl<'a> TrendDocument<'a> {
    /// Of this line.
    pub fn of(
        line: &'a Line<'_>,
        trend: Option<&'a Trend>,
        company: Option<Company>,
        mixture: Option<Mixture>,
    ) -> Self {
        Self {
            document: Document::of(line.stored),
            conversations: line.conversations,
            conversations_without_week: line.without_week,
            conversations_gone: line.gone,
            conversations_not_read: line.unread,
            weeks: WeekDocument::all(line).collect(),
            trend,
            company,
            mixture,
        }
    }
}

/// `--json` of a finding whose weeks are not known.
#[derive(Serialize)]
pub struct UnknownDocument<'a> {
    #[serde(flatten)]
    document: Document<'a>,
    reason: &'a str,
}

impl<'a> UnknownDocument<'a> {
    /// Of this finding, for this reason.
    pub fn of(stored: &'a StoredFinding, reason: &'a str) -> Self {
        Self { document: Document::of(stored), reason }
    }
}

/// `--json` when there is nothing to show.
#[derive(Serialize)]
pub struct Nothing {
    /// None.
    pub weeks: [(); 0],
    /// Why.
    pub reason: &'static str,
}

/// One week.
#[derive(Serialize)]
pub struct WeekDocument {
    start: String,
    complete: bool,
    conversations: u64,
    all_conversations: u64,
    share: Option<f64>,
    intent_conversations: u64,
    share_of_intent: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    mean_cost: Option<f64>,
    median_latency_ms: Option<f64>,
    p95_latency_ms: Option<f64>,
}

impl WeekDocument {
    /// All weeks of a line.
    pub fn all(line: &Line<'_>) -> impl Iterator<Item = Self> {
        line.weeks
            .iter()
            .zip(line.of_intent.iter().zip(line.rates()))
            .map(|(week, (of, rate))| Self::of(week, of.1, rate))
    }

    fn of(week: &Tally, intent_conversations: u64, rate: Option<Rate>) -> Self {
        Self {
            start: week.start.date(),
            complete: week.complete,
            conversations: week.asks,
            all_conversations: week.exposure,
            share: week.share,
            intent_conversations,
            share_of_intent: rate.map(|rate| rate.share),
            low: rate.map(|rate| rate.interval.low),
            high: rate.map(|rate| rate.interval.high),
            mean_cost: week.cost.map(|cost| cost.mean),
            median_latency_ms: week.latency.map(|latency| latency.median_ms),
            p95_latency_ms: week.latency.map(|latency| latency.p95_ms),
        }
    }
}

/// One finding as a row of values.
#[derive(Serialize)]
pub struct Row<'a> {
    finding: &'a str,
    state: &'static str,
    cause: String,
    intent: &'a str,
    intent_name: String,
    failing_with: u32,
    failing: u32,
    passing_with: u32,
    passing: u32,
    users: u32,
    first_seen: String,
    last_seen: String,
    trend: String,
}

impl<'a> Row<'a> {
    /// Of this finding.
    pub fn of(stored: &'a StoredFinding, trend: Option<&Trend>) -> Self {
        let StoredFinding { finding, first_seen, last_seen, .. } = stored;
        Self {
            finding: &finding.id.0,
            state: state_name(finding.state),
            cause: one_line(&Event::Cause(finding.cause.clone()).to_string()),
            intent: &finding.intent.0,
            intent_name: one_line(&finding.intent_name),
            failing_with: finding.support.failing_with,
            failing: finding.support.failing,
            passing_with: finding.support.passing_with,
            passing: finding.support.passing,
            users: finding.support.users,
            first_seen: first_seen.date(),
            last_seen: last_seen.date(),
            trend: word(trend),
        }
    }
}

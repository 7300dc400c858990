//! The findings with their conversations counted by week, and what the weeks of all of them mean together. A week counts only
//! conversations that the finding's last diagnosis read: one that came since is not free of it, nobody has looked.

use super::super::error::CommandError;
use super::super::trends::company::Company;
use super::super::trends::filter::Filter;
use super::super::trends::mixture::Mixture;
use crate::diagnosis::FindingId;
use crate::intent::Intent;
use crate::intent::trend::calendar::Calendar;
use crate::intent::trend::mix::Kind;
use crate::intent::trend::release::Mark;
use crate::intent::trend::report::{Report, Subject, Trend, report};
use crate::intent::trend::span;
use crate::intent::trend::tally::{Rate, Tally, Visit, asks_by_week, tally};
use crate::stats::effect::Count;
use crate::store::TraceStore;
use crate::store::findings::{Basis, Diagnosed, StoredFinding};
use crate::trace::{ConversationId, Outcome};
use std::collections::BTreeMap;

/// What was read for findings.
pub struct Reading {
    /// Conversations that pass the filter, by number.
    pub rows: Vec<Diagnosed>,
    /// The rounds of all that were read, whether they pass or not.
    rounds: Vec<i64>,
    /// All conversations that there are.
    there: u64,
    intents: Vec<Intent>,
    /// What each finding was looked for in.
    compared: BTreeMap<FindingId, Vec<(i64, bool)>>,
}

impl Reading {
    /// Loads what was read for these findings.
    pub fn load(store: &TraceStore, findings: &[StoredFinding], filter: &Filter) -> Result<Self, CommandError> {
        let rows = store.diagnosed()?;
        let mut compared = BTreeMap::new();
        for id in findings.iter().map(|stored| &stored.finding.id) {
            compared.insert(id.clone(), store.compared(id)?);
        }
        Ok(Self {
            rounds: rows.iter().map(|one| one.round).collect(),
            rows: filter.apply(rows, |one| &one.row),
            there: store.main_len()?,
            intents: store.load_intents()?,
            compared,
        })
    }
}

/// A conversation of a finding's intent, and whether the finding is in it.
#[derive(Clone, Copy, Debug)]
struct Case<'a> {
    read: &'a Diagnosed,
    with: bool,
    latency_ms: Option<f64>,
}

impl<'a> Case<'a> {
    /// As trends count it, where having the finding is the failure; `None` without a time.
    fn visit(&self) -> Option<Visit<&'a str>> {
        let row = &self.read.row;
        Some(Visit {
            at: row.started?,
            asks: 1,
            outcome: if self.with { Outcome::Failure } else { Outcome::Success },
            user: row.user.as_deref(),
            cost: row.cost,
            latency_ms: self.latency_ms,
        })
    }
}

/// One finding counted.
pub struct Line<'a> {
    /// The finding.
    pub stored: &'a StoredFinding,
    /// Conversations that it is in, by week of the calendar, out of all that were read.
    pub weeks: Vec<Tally>,
    /// (With it, all) of its intent's conversations, parallel to the weeks.
    pub of_intent: Vec<Count>,
    /// Conversations that it is in, of those that pass the filter.
    pub conversations: u64,
    /// Of these, those in no week of the calendar.
    pub without_week: u64,
    /// Conversations that it was found in and that are not there as they were then.
    pub gone: u64,
    /// Conversations that were not read for it: they came since, or were in no intent.
    pub unread: u64,
    basis: Basis,
    cases: Vec<Case<'a>>,
}

/// All findings counted.
pub struct Survey<'a> {
    /// Those whose conversations are known, in the order of the findings.
    pub lines: Vec<Line<'a>>,
    /// The weeks; `None` when no conversation that was read has a time.
    pub calendar: Option<Calendar>,
    /// What the weeks mean, parallel to the lines; `None` without weeks.
    pub report: Option<Report>,
}

impl<'a> Survey<'a> {
    /// Counts the findings.
    pub fn new(
        findings: &'a [StoredFinding],
        reading: &'a Reading,
        latencies: &BTreeMap<ConversationId, u64>,
        filter: &Filter,
        marks: &[Mark],
    ) -> Self {
        let latest = filter.latest();
        let started = reading.rows.iter().filter_map(|one| one.row.started);
        let calendar = span(started.filter(|at| *at <= latest)).map(|range| Calendar::new(range, filter.now));
        let lines: Vec<Line<'a>> = findings
            .iter()
            .filter_map(|stored| Some(line(stored, stored.basis?, reading, latencies, calendar.as_ref())))
            .collect();
        let subjects: Vec<Subject> = lines.iter().map(|line| subject(line, &lines, &reading.intents)).collect();
        let report = calendar.as_ref().map(|calendar| report(&subjects, calendar, marks));
        Self { lines, calendar, report }
    }

    /// The line of a finding and what is said of its weeks; `None` when an older program found it.
    pub fn of(&self, id: &FindingId) -> Option<(&Line<'a>, Option<&Trend>)> {
        let index = self.lines.iter().position(|line| line.stored.finding.id == *id)?;
        Some((self.lines.get(index)?, self.report.as_ref().and_then(|report| report.trends.get(index))))
    }
}

fn line<'a>(
    stored: &'a StoredFinding,
    basis: Basis,
    reading: &'a Reading,
    latencies: &BTreeMap<ConversationId, u64>,
    calendar: Option<&Calendar>,
) -> Line<'a> {
    let compared = reading.compared.get(&stored.finding.id).map(Vec::as_slice).unwrap_or_default();
    let cases: Vec<Case<'a>> = compared
        .iter()
        .filter_map(|(number, with)| {
            let place = reading.rows.binary_search_by_key(number, |one| one.number).ok()?;
            let read = reading.rows.get(place)?;
            let latency_ms = latencies.get(&read.row.id).map(|&latency| latency as f64);
            Some(Case { read, with: *with, latency_ms })
        })
        .collect();
    let with: Vec<Visit<&str>> = cases.iter().filter(|case| case.with).filter_map(Case::visit).collect();
    let conversations = cases.iter().filter(|case| case.with).count() as u64;
    let read = reading.rows.iter().filter(|one| one.round <= basis.round);
    let (weeks, of_intent) = calendar.map_or_else(Default::default, |calendar| {
        let asks = |times: &mut dyn Iterator<Item = &Diagnosed>| {
            asks_by_week(times.filter_map(|one| Some((one.row.started?, 1))), calendar)
        };
        let weeks = tally(&with, calendar, &asks(&mut { read }));
        let all = asks(&mut cases.iter().map(|case| case.read));
        let of_intent = weeks.iter().map(|week| week.asks).zip(all).collect();
        (weeks, of_intent)
    });
    let in_weeks: u64 = weeks.iter().map(|week| week.asks).sum();
    let read = reading.rounds.iter().filter(|&&round| round <= basis.round).count() as u64;
    Line {
        stored,
        weeks,
        of_intent,
        conversations,
        without_week: conversations.saturating_sub(in_weeks),
        gone: basis.conversations.saturating_sub(stored.finding.conversations.len() as u64),
        unread: reading.there.saturating_sub(read),
        basis,
        cases,
    }
}

/// A finding as trends read it. The same cause in an intent that wants nearly the same is one problem in two places.
fn subject(line: &Line<'_>, lines: &[Line<'_>], intents: &[Intent]) -> Subject {
    let finding = &line.stored.finding;
    let intent = intents.iter().find(|intent| intent.id == finding.intent);
    let near = intent.map_or(&[][..], |intent| &intent.related);
    let cause = finding.cause.key();
    let is_related = |other: &Line<'_>| {
        let other = &other.stored.finding;
        near.contains(&other.intent) && other.cause.key() == cause
    };
    Subject {
        failures: line.of_intent.clone(),
        related: lines.iter().enumerate().filter(|(_, other)| is_related(other)).map(|(place, _)| place).collect(),
        // What the first diagnosis found was there before anybody looked.
        born: line.basis.came_later.then_some(line.stored.first_seen),
        ..Subject::of(&line.weeks)
    }
}

impl Line<'_> {
    /// Its share of its intent by week, with the interval; `None` in a week without a conversation of the intent.
    pub fn rates(&self) -> impl Iterator<Item = Option<Rate>> {
        self.of_intent.iter().map(|count| Rate::of(*count))
    }

    /// The same for a sparkline.
    pub fn shares(&self) -> Vec<f64> {
        self.rates().map(|rate| rate.map_or(f64::NAN, |rate| rate.share)).collect()
    }

    /// Users who met it again, and what became of those who met it, among all who came for its intent.
    pub fn company(&self, store: &TraceStore, calendar: &Calendar) -> Result<Company, CommandError> {
        let visits: Vec<Visit<&str>> = self.cases.iter().filter_map(Case::visit).collect();
        Company::of(store, &visits, calendar)
    }

    /// Whether its share of its intent changed by itself or by the mix of models; `None` where no two models can be told
    /// apart. Prompt versions are no mix: that a new one took over is what may have changed it.
    pub fn mixture(&self, calendar: &Calendar) -> Option<Mixture> {
        let cases = self.cases.iter().filter_map(|case| {
            let kind = Kind { model: case.read.row.model.clone(), ..Kind::default() };
            case.visit().map(|visit| (visit.at, kind, visit.outcome))
        });
        Mixture::of(calendar, cases).filter(Mixture::tells_kinds_apart)
    }
}

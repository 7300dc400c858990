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
    /// Loads what was read.
    pub fn load(store: &TraceStore, filter: &Filter) -> Result<Self, CommandError> {
        let rows = store.diagnosed()?;
        Ok(Self {
            rounds: rows.iter().map(|one| one.round).collect(),
            rows: filter.apply(rows, |one| &one.row),
            there: store.main_len()?,
            intents: store.load_intents()?,
            compared: store.compared()?,
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
        let calendar = filter.calendar(reading.rows.iter().filter_map(|one| one.row.started));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::trends::filter::FilterArgs;
    use crate::clock::Timestamp;
    use crate::diagnosis::{Cause, Finding, FindingState, Support};
    use crate::intent::IntentId;
    use crate::store::ConversationRow;

    fn day(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn stored(intent: &str, round: i64, conversations: usize) -> StoredFinding {
        let cause = Cause::RepeatedFailure { tool: "load".into() };
        let intent = IntentId(intent.into());
        let support = Support {
            failing_with: 0,
            passing_with: 0,
            failing: 0,
            passing: 0,
            users: 0,
            top_user_share: 0.0,
            z: 0.0,
            q: 0.0,
        };
        let finding = Finding {
            id: FindingId::of(&intent, &cause),
            intent,
            intent_name: String::new(),
            agent: String::new(),
            cause,
            score: 1.0,
            support,
            levers: Vec::new(),
            quotes: Vec::new(),
            conversations: (0..conversations).map(|number| ConversationId(number.to_string())).collect(),
            weeks: Vec::new(),
            state: FindingState::Open,
            cohort_end: None,
        };
        let basis = Some(Basis { round, came_later: round > 1, conversations: 4 });
        StoredFinding { finding, first_seen: day("2026-03-17"), last_seen: day("2026-03-17"), basis }
    }

    fn read(number: i64, round: i64, started: Option<&str>) -> Diagnosed {
        let row = ConversationRow {
            id: ConversationId(number.to_string()),
            external_id: None,
            user: None,
            agent: None,
            prompt_version: None,
            system_digest: None,
            model: None,
            started: started.map(day),
            ended: None,
            turns: 2,
            user_turns: 1,
            tool_calls: 0,
            tool_errors: 0,
            cost: None,
            outcome: Outcome::Failure,
            outcome_basis: String::new(),
            p_fail: None,
        };
        Diagnosed { number, round, row }
    }

    fn intent(id: &str, related: &[&str]) -> Intent {
        Intent {
            id: IntentId(id.into()),
            name: id.into(),
            named_by: None,
            rules: None,
            phrases: Vec::new(),
            medoid: (ConversationId("0".into()), 0),
            goals: 1,
            conversations: 1,
            born: day("2026-01-01"),
            related: related.iter().map(|id| IntentId((*id).into())).collect(),
            suggestions: Vec::new(),
        }
    }

    #[test]
    fn each_finding_is_counted_out_of_what_was_read_for_it() {
        let findings = [stored("i-a", 1, 3), stored("i-b", 2, 4), StoredFinding { basis: None, ..stored("i-c", 1, 1) }];
        let rows = vec![
            read(1, 1, Some("2026-03-03")),
            read(2, 1, Some("2026-03-04")),
            read(3, 1, None),
            read(4, 2, Some("2026-03-11")),
            read(5, 2, Some("2026-03-12")),
        ];
        let of = |place: usize| findings[place].finding.id.clone();
        let reading = Reading {
            rounds: rows.iter().map(|one| one.round).collect(),
            rows,
            there: 7,
            intents: vec![intent("i-a", &["i-b"]), intent("i-b", &[])],
            // The ninth does not pass the filter.
            compared: BTreeMap::from([
                (of(0), vec![(1, true), (2, false), (3, true), (9, true)]),
                (of(1), vec![(4, true), (5, true)]),
            ]),
        };
        let filter = Filter::of(&FilterArgs::default(), day("2026-03-17"));
        let latencies = BTreeMap::from([(ConversationId("4".into()), 250)]);
        let survey = Survey::new(&findings, &reading, &latencies, &filter, &[]);
        let (first, _) = survey.of(&of(0)).unwrap();
        let weeks =
            |line: &Line<'_>| -> Vec<(u64, u64)> { line.weeks.iter().map(|week| (week.asks, week.exposure)).collect() };
        assert_eq!((weeks(first), &first.of_intent[..]), (vec![(1, 2), (0, 0)], &[(1, 2), (0, 0)][..]));
        assert_eq!((first.conversations, first.without_week, first.unread, first.gone), (2, 1, 4, 1));
        let shares = first.shares();
        assert!(shares[0] == 0.5 && shares[1].is_nan(), "nobody has read the second week for it");
        let (second, trend) = survey.of(&of(1)).unwrap();
        assert_eq!((weeks(second), &second.of_intent[..]), (vec![(0, 2), (2, 2)], &[(0, 0), (2, 2)][..]));
        assert_eq!((second.unread, second.weeks[1].latency.unwrap().median_ms), (2, 250.0));
        assert!(trend.unwrap().new, "the first diagnosis had not found it");
        assert!(survey.of(&of(2)).is_none(), "what was read for it is not known");
        assert_eq!(subject(first, &survey.lines, &reading.intents).related, [1]);
        assert_eq!(subject(second, &survey.lines, &reading.intents).related, [0_usize; 0]);
    }
}

//! Everything that is said of all intents, or of all findings, in one reading: surges, drift, changes after releases, what is
//! new and what is resolved, and the line that sums it up.

use super::calendar::Calendar;
use super::drift::{Drift, drift};
use super::release::{Change, Mark, changes};
use super::resolution::{Course, Resolved, newly_resolved, resolved};
use super::surge::{HISTORY, Series, Surge, Surges, Tier, surges};
use super::tally::Tally;
use crate::clock::Timestamp;
use crate::stats::count::pooled_size;
use crate::stats::effect::Count;
use crate::stats::multiplicity::benjamini_hochberg;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// An intent or a finding by week of the calendar, the running week included.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Subject {
    /// Asks of an intent, conversations with a finding.
    pub asks: Vec<u64>,
    /// What these are out of.
    pub exposure: Vec<u64>,
    /// (Failures, known outcomes) of an intent; (with, all) of a finding.
    pub failures: Vec<Count>,
    /// Places of the subjects that want nearly the same.
    pub related: Vec<usize>,
    /// When it came up, for one that came up later than the first reading of all; `None` otherwise.
    pub born: Option<Timestamp>,
}

impl Subject {
    /// An intent's subject from its weeks.
    pub fn of(weeks: &[Tally]) -> Self {
        Self {
            asks: weeks.iter().map(|week| week.asks).collect(),
            exposure: weeks.iter().map(|week| week.exposure).collect(),
            failures: weeks.iter().map(|week| week.counts.failures()).collect(),
            related: Vec::new(),
            born: None,
        }
    }
}

/// What is said of one subject.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trend {
    /// Whether it came up since the newest complete week began.
    pub new: bool,
    /// The verdict on the newest complete week; `None` where there is too little to test.
    pub surge: Option<Surge>,
    /// Slow drift; `None` where there is too little to chart.
    pub drift: Option<Drift>,
    /// Changes of its share of the traffic after releases, oldest first.
    pub changes: Vec<Change>,
    /// Changes of its failure rate after releases, oldest first.
    pub failure_changes: Vec<Change>,
    /// Set while it is resolved.
    pub resolved: Option<Resolved>,
    /// Whether it is so only since the newest complete week.
    pub newly_resolved: bool,
}

/// What is said of all.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The Monday of the week judged; `None` while no week is over.
    pub week: Option<Timestamp>,
    /// Overdispersion shared by all subjects.
    pub size: f64,
    /// Subjects whose week could be tested.
    pub tested: usize,
    /// Parallel to the subjects.
    pub trends: Vec<Trend>,
    /// All in one line.
    pub summary: Summary,
}

/// How many subjects ask for attention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// New since the newest complete week began.
    pub new: usize,
    /// With an alert.
    pub surging: usize,
    /// Worth watching.
    pub watched: usize,
    /// Newly resolved.
    pub resolved: usize,
}

impl fmt::Display for Summary {
    /// `3 new, 1 surging, 2 resolved`; what is not there is left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts =
            [(self.new, "new"), (self.surging, "surging"), (self.watched, "to watch"), (self.resolved, "resolved")];
        let parts: Vec<String> =
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
        if parts.is_empty() { f.write_str("nothing new, surging or resolved") } else { f.write_str(&parts.join(", ")) }
    }
}

/// Reads all subjects. Only complete weeks are judged; the running one is used where nothing else follows a release yet, and
/// then called provisional. The changes after one release are adjusted for the number of subjects (Benjamini and Hochberg).
pub fn report(subjects: &[Subject], calendar: &Calendar, marks: &[Mark]) -> Report {
    let weeks = calendar.complete();
    let series: Vec<Series> = subjects
        .iter()
        .map(|subject| Series {
            asks: first(&subject.asks, weeks).to_vec(),
            exposure: first(&subject.exposure, weeks).to_vec(),
            related: subject.related.clone(),
        })
        .collect();
    let Surges { size, tested, verdicts } = surges(&series);
    let rates: Vec<Vec<(u64, f64)>> = subjects
        .iter()
        .map(|subject| {
            let complete = first(&subject.failures, weeks);
            let recent = complete.get(complete.len().saturating_sub(HISTORY)..).unwrap_or_default();
            recent.iter().map(|&(failed, known)| (failed, known as f64)).collect()
        })
        .collect();
    let failure_size = pooled_size(rates.iter().map(Vec::as_slice));
    let week = calendar.newest_complete();
    let mut trends: Vec<Trend> = subjects
        .iter()
        .zip(&series)
        .zip(verdicts)
        .map(|((subject, series), surge)| {
            let course =
                Course { asks: &series.asks, exposure: &series.exposure, failures: first(&subject.failures, weeks) };
            let (failed, known): (Vec<u64>, Vec<u64>) = subject.failures.iter().copied().unzip();
            Trend {
                new: subject.born.zip(week).is_some_and(|(born, week)| born >= week),
                surge,
                drift: drift(&series.asks, &series.exposure, size),
                changes: changes(&subject.asks, &subject.exposure, calendar, marks, size),
                failure_changes: changes(&failed, &known, calendar, marks, failure_size),
                resolved: resolved(course),
                newly_resolved: newly_resolved(course).is_some(),
            }
        })
        .collect();
    adjust(trends.iter_mut().flat_map(|trend| &mut trend.changes));
    adjust(trends.iter_mut().flat_map(|trend| &mut trend.failure_changes));
    let summary = summary(&trends);
    Report { week, size, tested, trends, summary }
}

/// The summary of these trends.
pub fn summary(trends: &[Trend]) -> Summary {
    let tier =
        |wanted: Tier| trends.iter().filter(|trend| trend.surge.is_some_and(|surge| surge.tier == wanted)).count();
    Summary {
        new: trends.iter().filter(|trend| trend.new).count(),
        surging: tier(Tier::Alert),
        watched: tier(Tier::Watch),
        resolved: trends.iter().filter(|trend| trend.newly_resolved).count(),
    }
}

fn first<T>(weeks: &[T], count: usize) -> &[T] {
    weeks.get(..count.min(weeks.len())).unwrap_or_default()
}

/// Sets the `q` of changes that follow the same marks.
fn adjust<'a>(changes: impl Iterator<Item = &'a mut Change>) {
    let mut families: BTreeMap<Vec<Mark>, Vec<&mut Change>> = BTreeMap::new();
    for change in changes {
        families.entry(change.marks.clone()).or_default().push(change);
    }
    for family in families.into_values() {
        let p: Vec<f64> = family.iter().map(|change| change.p).collect();
        for (change, q) in family.into_iter().zip(benjamini_hochberg(&p)) {
            change.q = q;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::release::Origin;
    use super::*;

    fn day(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    /// Thirteen complete weeks from Monday 5 January 2026 and a running one.
    fn calendar() -> Calendar {
        Calendar::new((day("2026-01-05"), day("2026-04-08")), day("2026-04-08"))
    }

    fn subject(asks: [u64; 14]) -> Subject {
        let failures = asks.iter().map(|&asks| (asks / 4, asks)).collect();
        Subject { asks: asks.to_vec(), exposure: vec![1000; 14], failures, ..Subject::default() }
    }

    fn steady() -> [u64; 14] {
        [20, 24, 18, 21, 17, 22, 19, 23, 20, 18, 21, 22, 19, 6]
    }

    #[test]
    fn a_reading_says_what_is_new_surging_and_resolved() {
        let mut loud = steady();
        loud[12] = 70;
        let mut silent = steady();
        silent[9..].fill(0);
        let born = Subject { born: Some(day("2026-03-31")), ..subject(steady()) };
        let old = Subject { born: Some(day("2026-03-01")), ..subject(steady()) };
        let report = report(&[subject(loud), subject(silent), born, old], &calendar(), &[]);
        assert_eq!(report.week, Some(day("2026-03-30")));
        assert_eq!(report.summary, Summary { new: 1, surging: 1, watched: 0, resolved: 1 });
        assert_eq!(report.summary.to_string(), "1 new, 1 surging, 1 resolved");
        assert_eq!(report.trends[0].surge.unwrap().tier, Tier::Alert);
        assert!(matches!(report.trends[1].resolved, Some(Resolved::Silence { .. })));
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["trends"][0]["surge"]["tier"], "alert");
        assert_eq!(json["trends"][1]["resolved"]["by"], "silence");
        assert_eq!(json["summary"]["surging"], 1);
    }

    /// The running week has 6 asks of 1,000: judged as a whole week it would be a fall, and here is no week at all.
    #[test]
    fn the_running_week_is_not_judged() {
        let mut rushing = steady();
        rushing[13] = 900;
        let report = report(&[subject(rushing)], &calendar(), &[]);
        assert_eq!(report.trends[0].surge.unwrap().observed, 19);
        assert_eq!(report.summary.to_string(), "nothing new, surging or resolved");
    }

    #[test]
    fn changes_after_a_release_are_adjusted_for_the_number_of_subjects() {
        let mut rising = steady();
        rising[9..13].copy_from_slice(&[60, 66, 58, 64]);
        let mark = Mark { at: day("2026-03-04"), origin: Origin::Tag, name: "v1.4".into() };
        let subjects: Vec<Subject> = (0..20).map(|index| subject(if index == 7 { rising } else { steady() })).collect();
        let report = report(&subjects, &calendar(), std::slice::from_ref(&mark));
        for (index, trend) in report.trends.iter().enumerate() {
            let [change] = &trend.changes[..] else { panic!("{:?}", trend.changes) };
            assert!(change.q >= change.p - 1e-12);
            assert_eq!(change.is_clear(), index == 7, "{}", change.sentence("this"));
        }
        let alone = super::report(&subjects[7..8], &calendar(), &[mark]);
        assert!((alone.trends[0].changes[0].q - alone.trends[0].changes[0].p).abs() < 1e-15);
    }

    #[test]
    fn a_failure_rate_that_rose_after_a_release_is_told_apart_from_the_volume() {
        let mut worse = subject(steady());
        for week in 9..14 {
            worse.failures[week] = (worse.asks[week] * 3 / 4, worse.asks[week]);
        }
        let mark = Mark { at: day("2026-03-04"), origin: Origin::Merge, name: "rp-1".into() };
        let report = report(&[worse, subject(steady())], &calendar(), &[mark]);
        let [worse, same] = &report.trends[..] else { panic!() };
        assert!(worse.failure_changes[0].is_clear() && !worse.changes[0].is_clear());
        let said = worse.failure_changes[0].sentence("its failure rate");
        assert!(said.starts_with("after rp-1 (merge) its failure rate rose 3."), "{said}");
        assert!(!same.failure_changes[0].is_clear());
    }

    #[test]
    fn nothing_gives_an_empty_reading() {
        let report = report(&[], &calendar(), &[]);
        assert_eq!((report.tested, report.trends.len()), (0, 0));
        let empty = Calendar::new((day("2026-03-01"), day("2026-03-01")), day("2026-01-01"));
        let nothing = super::report(&[Subject::default()], &empty, &[]);
        assert_eq!((nothing.week, nothing.trends[0].surge, nothing.trends[0].new), (None, None, false));
    }
}

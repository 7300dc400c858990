//! What changed after a release: an intent's share of the asks (or a finding's, or the failures among known outcomes) after
//! a moment over the same before it. "After" is all that is claimed. The week of the release itself belongs to neither side.

use crate::clock::Timestamp;
use crate::stats::normal::two_sided_p;
use crate::stats::ratio::{Ratio, rate_ratio};
use serde::Serialize;

use super::calendar::Calendar;
use super::surge::HISTORY;
use super::tally::CONFIDENCE;

/// Counts on both sides together below which there is nothing to compare.
const LEAST_COUNT: u64 = 5;
/// Level, adjusted for all series compared, at which a change counts as clear.
const CLEAR: f64 = 0.05;

/// Where a mark comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// A proposal that was merged.
    Merge,
    /// The first conversation under another prompt version.
    Version,
    /// A tag of the repository.
    Tag,
}

impl Origin {
    /// As printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Version => "version",
            Self::Tag => "tag",
        }
    }
}

/// A moment from which on something was different.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Mark {
    /// When.
    pub at: Timestamp,
    /// Where it comes from.
    pub origin: Origin,
    /// What it is called: `v1.4`, a version's short digest, a proposal's id.
    pub name: String,
}

/// The change after the marks of one week.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// The marks; several when they fall into one week and cannot be told apart.
    pub marks: Vec<Mark>,
    /// The rate after over the rate before.
    pub ratio: Ratio,
    /// Two-sided p of no change.
    pub p: f64,
    /// The same, adjusted for all series compared; equal to `p` until somebody adjusts it.
    pub q: f64,
    /// Whether no week after the release is complete yet, so that the mix of weekdays may differ.
    pub provisional: bool,
}

impl Change {
    /// Whether it is clear that something changed.
    pub fn is_clear(&self) -> bool {
        self.q <= CLEAR && self.ratio.direction().is_some()
    }

    /// `after v1.4 (tag) this rose 3.1 x [1.9, 5.0]`, with `what` for "this".
    pub fn sentence(&self, what: &str) -> String {
        let names: Vec<String> =
            self.marks.iter().map(|mark| format!("{} ({})", mark.name, mark.origin.name())).collect();
        let names = names.join(" and ");
        let Ratio { estimate, interval, .. } = self.ratio;
        let figures = format!("{estimate:.1} x [{:.1}, {:.1}]", interval.low, interval.high);
        let provisional = if self.provisional { ", provisional: no full week yet" } else { "" };
        if !self.is_clear() {
            format!("after {names} no clear change of {what}: {figures}{provisional}")
        } else if estimate > 1.0 {
            format!("after {names} {what} rose {figures}{provisional}")
        } else {
            let figures = format!("{estimate:.2} x [{:.2}, {:.2}]", interval.low, interval.high);
            format!("after {names} {what} fell to {figures}{provisional}")
        }
    }
}

/// The changes of a series after each mark, oldest first. `counts` and `exposure` are parallel to the calendar's weeks.
/// Each side has at most eight weeks and ends at the next mark, before or after, so that no other release is within; marks
/// that leave no week on a side (releases in two weeks running, a release before the data) give nothing, as do fewer than
/// five counts on both sides together.
pub fn changes(counts: &[u64], exposure: &[u64], calendar: &Calendar, marks: &[Mark], size: f64) -> Vec<Change> {
    let mut marks: Vec<(Side, &Mark)> =
        marks.iter().filter_map(|mark| Some((Side::of(mark.at, calendar)?, mark))).collect();
    marks.sort();
    let mut weeks: Vec<(Side, Vec<Mark>)> = Vec::new();
    for (side, mark) in marks {
        match weeks.last_mut() {
            Some((last, together)) if last.after == side.after => {
                last.before = last.before.min(side.before);
                together.push(mark.clone());
            }
            _ => weeks.push((side, vec![mark.clone()])),
        }
    }
    let week = |place: usize| Some((*counts.get(place)?, *exposure.get(place)? as f64));
    let mut found = Vec::new();
    for (index, (side, marks)) in weeks.iter().enumerate() {
        let since = index.checked_sub(1).and_then(|last| weeks.get(last)).map_or(0, |last| last.0.after);
        let until = weeks.get(index + 1).map_or(calendar.weeks().len(), |next| next.0.before);
        let before: Vec<(u64, f64)> =
            (since.max(side.before.saturating_sub(HISTORY))..side.before).filter_map(week).collect();
        let whole = until.min(calendar.complete()).min(side.after + HISTORY);
        let provisional = whole <= side.after;
        let end = if provisional { until.min(side.after + 1) } else { whole };
        let after: Vec<(u64, f64)> = (side.after..end).filter_map(week).collect();
        let total: u64 = before.iter().chain(&after).map(|week| week.0).sum();
        if total < LEAST_COUNT {
            continue;
        }
        if let Some(ratio) = rate_ratio(&before, &after, size, CONFIDENCE) {
            let p = two_sided_p(ratio.estimate.ln() / ratio.log_error);
            found.push(Change { marks: marks.clone(), ratio, p, q: p, provisional });
        }
    }
    found
}

/// Where a mark cuts the calendar: weeks below `before` lie wholly before it, weeks from `after` on wholly after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Side {
    after: usize,
    before: usize,
}

impl Side {
    fn of(at: Timestamp, calendar: &Calendar) -> Option<Self> {
        let before = calendar.place(at)?;
        let on_monday = at == at.week_start();
        Some(Self { before, after: if on_monday { before } else { before + 1 } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn mark(at: &str, name: &str) -> Mark {
        Mark { at: day(at), origin: Origin::Tag, name: name.to_string() }
    }

    /// Twelve complete weeks from Monday 5 January 2026 and a running one.
    fn calendar() -> Calendar {
        Calendar::new((day("2026-01-05"), day("2026-04-01")), day("2026-04-01"))
    }

    const RISING: [u64; 13] = [10, 9, 11, 10, 10, 12, 8, 10, 25, 31, 30, 32, 12];

    #[test]
    fn a_rise_after_a_release_is_said_with_its_interval() {
        let exposure = [200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 80];
        // Wednesday of the ninth week: that week is on neither side.
        let found = changes(&RISING, &exposure, &calendar(), &[mark("2026-03-04", "v1.4")], 50.0);
        let [change] = &found[..] else { panic!("{found:?}") };
        assert!((change.ratio.estimate - (93.0 / 3.0) / (80.0 / 8.0)).abs() < 1e-9);
        assert!(change.is_clear() && !change.provisional);
        assert!(
            change.sentence("this").starts_with("after v1.4 (tag) this rose 3.1 x ["),
            "{}",
            change.sentence("this")
        );
        // On a Monday the week belongs to the time after.
        let monday = changes(&RISING, &exposure, &calendar(), &[mark("2026-03-02", "v1.4")], 50.0);
        assert!((monday[0].ratio.estimate - (118.0 / 4.0) / 10.0).abs() < 1e-9);
    }

    #[test]
    fn a_fall_and_no_change_have_their_own_words() {
        let falling: Vec<u64> = RISING.iter().rev().copied().collect();
        let found = changes(&falling, &[200; 13], &calendar(), &[mark("2026-02-09", "v2")], 50.0);
        assert!(
            found[0].sentence("this").starts_with("after v2 (tag) this fell to 0."),
            "{}",
            found[0].sentence("this")
        );
        let flat = changes(&[10; 13], &[200; 13], &calendar(), &[mark("2026-03-04", "v2")], 8.0);
        assert!(
            flat[0].sentence("this").starts_with("after v2 (tag) no clear change of this: 1.0 x ["),
            "{}",
            flat[0].sentence("this")
        );
    }

    #[test]
    fn a_release_of_the_week_before_is_provisional() {
        let mut exposure = [200; 13];
        exposure[12] = 60;
        let counts = [10, 9, 11, 10, 10, 12, 8, 10, 9, 11, 10, 10, 21];
        let found = changes(&counts, &exposure, &calendar(), &[mark("2026-03-27", "v3")], 50.0);
        assert!(found[0].provisional && found[0].sentence("this").ends_with("provisional: no full week yet"));
        // Weeks four to eleven: 80 of 1,600.
        assert!((found[0].ratio.estimate - (21.0 / 60.0) / (80.0 / 1600.0)).abs() < 1e-9);
    }

    #[test]
    fn no_other_release_lies_within_the_comparison() {
        let marks = [mark("2026-03-04", "v1.4"), mark("2026-01-28", "v1.3")];
        let found = changes(&RISING, &[200; 13], &calendar(), &marks, 50.0);
        assert_eq!(found.iter().map(|change| change.marks[0].name.as_str()).collect::<Vec<_>>(), ["v1.3", "v1.4"]);
        // v1.4 is compared with the weeks since v1.3: weeks five to eight.
        assert!((found[1].ratio.estimate - 31.0 / 10.0).abs() < 1e-9);
        // v1.3 with weeks one to three before and five to eight after.
        assert!((found[0].ratio.estimate - 1.0).abs() < 1e-9);
    }

    #[test]
    fn releases_that_cannot_be_told_apart_are_named_together() {
        let same_week = [mark("2026-03-05", "v1.5"), mark("2026-03-04", "v1.4")];
        let found = changes(&RISING, &[200; 13], &calendar(), &same_week, 50.0);
        assert_eq!(found.len(), 1);
        assert!(found[0].sentence("this").contains("v1.4 (tag) and v1.5 (tag)"));
        // Two weeks running: no week between them, so nothing is said of the first.
        let running = [mark("2026-02-25", "a"), mark("2026-03-04", "b")];
        let found = changes(&RISING, &[200; 13], &calendar(), &running, 50.0);
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn nothing_to_compare_gives_nothing() {
        assert!(changes(&RISING, &[200; 13], &calendar(), &[mark("2025-01-01", "old")], 8.0).is_empty());
        assert!(changes(&RISING, &[200; 13], &calendar(), &[mark("2026-01-05", "first")], 8.0).is_empty());
        assert!(changes(&[0; 13], &[200; 13], &calendar(), &[mark("2026-03-04", "v1")], 8.0).is_empty());
        assert!(changes(&RISING, &[0; 13], &calendar(), &[mark("2026-03-04", "v1")], 8.0).is_empty());
        assert!(changes(&[], &[], &calendar(), &[mark("2026-03-04", "v1")], 8.0).is_empty());
    }
}

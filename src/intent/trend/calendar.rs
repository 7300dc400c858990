//! The weeks that trends are counted in, and which of them are over. A week that is still running, or that an export
//! stopped in the middle of, is shown and never tested: its exposure is known, its mix of weekdays is not.

use super::MOST_WEEKS;
use crate::clock::{DAY_MS, Timestamp};

/// Weeks without holes, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    weeks: Vec<Timestamp>,
    complete: usize,
}

impl Calendar {
    /// The weeks of `span` (first and last moment of all conversations), at most the last two years. Moments after `now`
    /// are clocks gone wrong: no week is made for them. The newest week is complete when it is over by `now` and the data
    /// reach into its last day, so an export from a Wednesday does not pass for a quiet week.
    pub fn new(span: (Timestamp, Timestamp), now: Timestamp) -> Self {
        let newest = span.1.min(now);
        let (first, last) = (span.0.week_start(), newest.week_start());
        let mut weeks = Vec::new();
        let mut start = last;
        while start >= first && weeks.len() < MOST_WEEKS {
            weeks.push(start);
            start = start.plus_days(-7);
        }
        weeks.reverse();
        let end = last.plus_days(7);
        let over = now >= end && newest.0 >= end.0.saturating_sub(DAY_MS);
        let complete = if over { weeks.len() } else { weeks.len().saturating_sub(1) };
        Self { weeks, complete }
    }

    /// The Mondays.
    pub fn weeks(&self) -> &[Timestamp] {
        &self.weeks
    }

    /// How many of them, from the first on, are over.
    pub fn complete(&self) -> usize {
        self.complete
    }

    /// The Monday of the newest week that is over.
    pub fn newest_complete(&self) -> Option<Timestamp> {
        self.weeks.get(self.complete.checked_sub(1)?).copied()
    }

    /// The place of a moment's week; `None` outside the calendar.
    pub fn place(&self, at: Timestamp) -> Option<usize> {
        self.weeks.binary_search(&at.week_start()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    /// 2 March 2026 is a Monday.
    fn calendar(last: &str, now: &str) -> Calendar {
        Calendar::new((day("2026-03-04"), day(last)), day(now))
    }

    #[test]
    fn a_running_week_is_there_but_not_complete() {
        let running = calendar("2026-03-18", "2026-03-18T12:00");
        assert_eq!((running.weeks().len(), running.complete()), (3, 2));
        assert_eq!(running.newest_complete(), Some(day("2026-03-09")));
        assert_eq!(running.place(day("2026-03-18")), Some(2));
        assert_eq!(running.place(day("2026-03-25")), None);
    }

    #[test]
    fn a_week_is_complete_when_it_is_over_and_the_data_reach_its_end() {
        assert_eq!(calendar("2026-03-22T08:00", "2026-03-23").complete(), 3);
        assert_eq!(calendar("2026-03-22T08:00", "2026-03-22T23:00").complete(), 2, "not over");
        assert_eq!(calendar("2026-03-18", "2026-11-01").complete(), 2, "exported on a Wednesday");
    }

    #[test]
    fn clocks_gone_wrong_make_no_weeks() {
        let far = calendar("2099-01-01", "2026-03-18");
        assert_eq!((far.weeks().len(), far.place(day("2099-01-01"))), (3, None));
        let early = Calendar::new((Timestamp(0), day("2026-03-18")), day("2026-03-18"));
        assert_eq!(early.weeks().len(), MOST_WEEKS);
        let none = calendar("2026-03-18", "2026-01-01");
        assert_eq!((none.weeks().len(), none.complete(), none.newest_complete()), (0, 0, None));
    }
}

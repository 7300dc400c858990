//! The newest full weeks against those before them: did a rate change, or did other traffic come?

use crate::clock::Timestamp;
use crate::intent::trend::calendar::Calendar;
use crate::intent::trend::mix::{Kind, MixShift, Period, shift, strata};
use crate::trace::Outcome;
use serde::Serialize;

/// Weeks that the recent side has, and those before it.
const RECENT: usize = 4;
const BEFORE: usize = 8;

/// The comparison.
#[derive(Debug, Serialize)]
pub struct Mixture {
    /// Full weeks on the earlier side.
    earlier_weeks: usize,
    /// Full weeks on the later side.
    later_weeks: usize,
    /// What changed.
    shift: MixShift,
}

impl Mixture {
    /// Of these conversations: when each started, what kind of traffic it is, how it went. `None` with fewer than five full
    /// weeks, or with nothing known on one side.
    pub fn of(calendar: &Calendar, cases: impl IntoIterator<Item = (Timestamp, Kind, Outcome)>) -> Option<Self> {
        let weeks = calendar.weeks().get(..calendar.complete())?;
        let split = weeks.len().checked_sub(RECENT).filter(|&before| before > 0)?;
        let (before, recent) = weeks.split_at(split);
        let before = before.get(before.len().saturating_sub(BEFORE)..)?;
        let (since, middle, end) = (*before.first()?, *recent.first()?, recent.last()?.plus_days(7));
        let cases = cases.into_iter().filter_map(|(started, kind, outcome)| {
            let period = if started < since || started >= end {
                return None;
            } else if started < middle {
                Period::Base
            } else {
                Period::Head
            };
            Some((kind, period, outcome))
        });
        let shift = shift(&strata(cases))?;
        Some(Self { earlier_weeks: before.len(), later_weeks: recent.len(), shift })
    }

    /// Whether kinds of traffic could be told apart: with one kind there is no mix.
    pub fn tells_kinds_apart(&self) -> bool {
        self.shift.contributions.len() > 1
    }

    /// In a sentence, with `rate` for what is compared.
    pub fn sentence(&self, rate: &str) -> String {
        let (earlier, later) = (self.earlier_weeks, self.later_weeks);
        format!("last {later} full weeks against the {earlier} before: {}", self.shift.sentence(rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn case(at: &str, model: &str, failed: bool) -> (Timestamp, Kind, Outcome) {
        let kind = Kind { model: Some(model.to_string()), ..Kind::default() };
        (day(at), kind, if failed { Outcome::Failure } else { Outcome::Success })
    }

    #[test]
    fn the_newest_four_full_weeks_are_compared_with_those_before() {
        // Six full weeks from Monday 5 January 2026 and a running one.
        let calendar = Calendar::new((day("2026-01-05"), day("2026-02-18")), day("2026-02-18"));
        // A small model fails always, and takes half of the traffic instead of a quarter.
        let cases = |late: &'static str| {
            (0..80).flat_map(move |number| {
                [("2026-01-06", 4), (late, 2)].map(|(at, every)| {
                    let small = number % every == 0;
                    case(at, if small { "small" } else { "large" }, small)
                })
            })
        };
        let mixture = Mixture::of(&calendar, cases("2026-01-20")).unwrap();
        assert!(mixture.tells_kinds_apart());
        let said = mixture.sentence("failure rate");
        let expected =
            "last 4 full weeks against the 2 before: failure rate +25.0 points: +25.0 from the mix of traffic";
        assert!(said.starts_with(expected), "{said}");
        assert!(Mixture::of(&calendar, cases("2026-02-17")).is_none(), "the running week is on no side");
        assert!(Mixture::of(&calendar, std::iter::empty()).is_none());
        let short = Calendar::new((day("2026-01-05"), day("2026-02-01")), day("2026-02-18"));
        assert!(Mixture::of(&short, cases("2026-01-20")).is_none(), "nothing lies before four full weeks");
    }

    #[test]
    fn one_kind_of_traffic_has_no_mix() {
        let calendar = Calendar::new((day("2026-01-05"), day("2026-02-18")), day("2026-02-18"));
        let cases = (0..40).flat_map(|n| [case("2026-01-06", "m", n == 0), case("2026-02-02", "m", n < 20)]);
        assert!(!Mixture::of(&calendar, cases).unwrap().tells_kinds_apart());
    }
}

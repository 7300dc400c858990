//! Which conversations are looked at.

use super::super::moment::Since;
use crate::clock::{DAY_MS, Timestamp};
use crate::intent::trend::calendar::Calendar;
use crate::intent::trend::{MOST_WEEKS, span};
use crate::store::ConversationRow;

/// Which conversations are looked at, and whether their numbers are printed as values.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Filters")]
pub struct FilterArgs {
    /// Only conversations since a date or within a time: 2026-03-14, 7d, 8w
    #[arg(long, value_name = "WHEN", global = true)]
    pub since: Option<Since>,
    /// Only the last N weeks, counted from the newest conversation
    #[arg(long, value_name = "N", global = true, value_parser = clap::value_parser!(u16).range(1..=104))]
    pub window: Option<u16>,
    /// Only conversations of this agent
    #[arg(long, global = true)]
    pub agent: Option<String>,
    /// Only conversations with this prompt version
    #[arg(long, global = true)]
    pub version: Option<String>,
    /// Print comma-separated values instead of text
    #[arg(long, global = true)]
    pub csv: bool,
}

impl FilterArgs {
    /// Whether any conversation is left out.
    pub fn chooses(&self) -> bool {
        self.since.is_some() || self.window.is_some() || self.agent.is_some() || self.version.is_some()
    }
}

/// What is looked at.
#[derive(Clone, Debug)]
pub struct Filter {
    since: Option<Timestamp>,
    window: Option<u16>,
    agent: Option<String>,
    version: Option<String>,
    /// The moment that it is seen from.
    pub now: Timestamp,
}

impl Filter {
    /// As the arguments say.
    pub fn of(args: &FilterArgs, now: Timestamp) -> Self {
        Self {
            since: args.since.map(|since| since.moment(now)),
            window: args.window,
            agent: args.agent.clone(),
            version: args.version.clone(),
            now,
        }
    }

    /// A clock that runs ahead of this must not move the weeks away from everybody else.
    fn latest(&self) -> Timestamp {
        self.now.plus_days(1)
    }

    /// The weeks of these moments; `None` without any. A clock that lags by years does not begin them, and neither does a
    /// week that --since cuts, unless it is the only one: it would pass for a quiet one.
    pub fn calendar(&self, moments: impl Iterator<Item = Timestamp> + Clone) -> Option<Calendar> {
        let moments = moments.filter(|at| *at <= self.latest());
        let (_, newest) = span(moments.clone())?;
        let oldest = newest.min(self.now).week_start().plus_days(-7 * (MOST_WEEKS as i64 - 1));
        let (first, last) = span(moments.filter(|at| *at >= oldest))?;
        let next = first.week_start().plus_days(7);
        let cut = self.since.is_some_and(|since| since > first.week_start()) && next <= last.week_start();
        Some(Calendar::new((if cut { next } else { first }, last), self.now))
    }

    /// Those of `rows` whose conversation, as `of` gives it, passes.
    pub fn apply<T>(&self, mut rows: Vec<T>, of: impl Fn(&T) -> &ConversationRow) -> Vec<T> {
        rows.retain(|row| {
            let row = of(row);
            (self.agent.is_none() || self.agent == row.agent)
                && (self.version.is_none() || self.version == row.prompt_version)
        });
        let started = rows.iter().filter_map(|row| of(row).started);
        let newest = started.filter(|started| *started <= self.latest()).max();
        let window = self
            .window
            .zip(newest)
            .map(|(weeks, newest)| Timestamp(newest.week_start().0.saturating_sub(i64::from(weeks - 1) * 7 * DAY_MS)));
        if self.window.is_some() && newest.is_none() {
            // What has no time is in no week.
            rows.clear();
        }
        for since in [self.since, window].into_iter().flatten() {
            rows.retain(|row| of(row).started.is_some_and(|started| started >= since));
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn filter(since: Option<&str>) -> Filter {
        let since = since.map(day);
        Filter { since, window: None, agent: None, version: None, now: day("2026-03-31") }
    }

    /// The first week's Monday and how many there are.
    fn weeks(filter: &Filter, moments: &[&str]) -> (Timestamp, usize) {
        let calendar = filter.calendar(moments.iter().map(|text| day(text))).unwrap();
        (calendar.weeks()[0], calendar.weeks().len())
    }

    #[test]
    fn a_clock_that_lags_by_years_begins_no_weeks_and_one_that_runs_ahead_ends_none() {
        let all = ["1970-01-01", "2024-01-20", "2026-03-04", "2026-03-25", "2099-12-31"];
        assert_eq!(weeks(&filter(None), &all), (day("2026-03-02"), 4));
        assert!(filter(None).calendar([day("2099-12-31")].into_iter()).is_none());
        assert_eq!(weeks(&filter(None), &["2024-06-03", "2026-03-25"]).0, day("2024-06-03"), "within two years");
    }

    #[test]
    fn weeks_begin_with_the_first_full_one_since_a_date_unless_there_is_no_other() {
        let since = |text| filter(Some(text));
        assert_eq!(weeks(&since("2026-03-04"), &["2026-03-05", "2026-03-25"]), (day("2026-03-09"), 3));
        assert_eq!(weeks(&since("2026-03-02"), &["2026-03-05", "2026-03-25"]), (day("2026-03-02"), 4));
        assert_eq!(weeks(&since("2026-02-25"), &["2026-03-05", "2026-03-25"]), (day("2026-03-02"), 4), "later data");
        assert_eq!(weeks(&since("2026-03-24"), &["2026-03-25", "2026-03-26"]), (day("2026-03-23"), 1));
    }
}

//! Which conversations are looked at.

use super::super::moment::Since;
use crate::clock::{DAY_MS, Timestamp};
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
    pub fn latest(&self) -> Timestamp {
        self.now.plus_days(1)
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
        for since in [self.since, window].into_iter().flatten() {
            rows.retain(|row| of(row).started.is_some_and(|started| started >= since));
        }
        rows
    }
}

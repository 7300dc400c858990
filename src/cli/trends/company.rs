//! What goes along with a subject: users who run into it again, and what became of those who did.

use super::super::error::CommandError;
use super::words::Words;
use crate::intent::trend::calendar::Calendar;
use crate::intent::trend::lift::{Customer, Event, Lift, lift};
use crate::intent::trend::tally::Visit;
use crate::intent::trend::wall::{Wall, wall};
use crate::store::TraceStore;
use crate::trace::Outcome;
use serde::Serialize;
use std::collections::BTreeSet;

/// What other systems call what became of users.
const EVENTS: [(Event, [&str; 2]); 2] =
    [(Event::Churn, ["churn", "churned"]), (Event::Conversion, ["conversion", "converted"])];

/// What goes along with running into it.
#[derive(Debug, Serialize)]
pub struct Company {
    /// Users who ran into it twice or more; `None` when no user is known.
    again: Option<Wall>,
    /// Churn and conversion of users who ran into it, beside those who came for the same and did not.
    lifts: Vec<Lift>,
}

impl Company {
    /// Of the conversations that users came for the subject in; those that ran into it are failures.
    pub fn of(store: &TraceStore, visits: &[Visit<&str>], calendar: &Calendar) -> Result<Self, CommandError> {
        let weeks = calendar.weeks();
        let again = weeks.first().zip(weeks.last()).and_then(|(first, last)| wall(visits, *first, last.plus_days(7)));
        let seen: BTreeSet<&str> = visits.iter().filter_map(|visit| visit.user).collect();
        let ran: BTreeSet<&str> =
            visits.iter().filter(|visit| visit.outcome == Outcome::Failure).filter_map(|visit| visit.user).collect();
        let mut lifts = Vec::new();
        for (event, names) in EVENTS {
            let users = store.users_with(&names)?;
            let customers = seen.iter().filter_map(|user| {
                let event = *users.get(*user)?;
                Some(Customer { exposed: ran.contains(user), event, group: None::<u8> })
            });
            lifts.extend(lift(event, customers));
        }
        Ok(Self { again, lifts })
    }

    /// In sentences.
    pub fn sentences(&self, words: Words) -> Vec<String> {
        let again = self.again.filter(|wall| wall.stuck > 0).map(|wall| {
            let (stuck, users, percent) = (wall.stuck, wall.users, 100.0 * wall.share);
            format!("{stuck} of {users} users {} twice or more ({percent:.0} %)", words.met)
        });
        let lifts = self.lifts.iter().map(|lift| format!("users who {}: {}", words.met, lift.sentence()));
        again.into_iter().chain(lifts).collect()
    }
}

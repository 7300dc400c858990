//! What the weeks of all intents mean together: what surges, drifts, changed after a release, is new or resolved; and for
//! one of them, who runs into it again, and for all, whether it was the mix of traffic that changed.

use super::super::error::CommandError;
use super::super::trends::company::Company;
use super::super::trends::mixture::Mixture;
use super::survey::{Line, Member, Survey};
use crate::clock::Timestamp;
use crate::intent::trend::calendar::Calendar;
use crate::intent::trend::mix::Kind;
use crate::intent::trend::release::Mark;
use crate::intent::trend::report::{Report, Subject, Trend, report};
use crate::intent::trend::tally::Visit;
use crate::intent::{Intent, IntentId, LineageEvent, LineageKind};
use crate::store::intents::StoredGoal;
use crate::store::{ConversationRow, TraceStore};
use crate::trace::ConversationId;
use std::collections::BTreeMap;

/// Days for which an intent is new at most: the newest full week began so long ago, where data come every day.
const NEWS_DAYS: i64 = 14;

/// Everything that is said of the intents' weeks.
pub struct Trends {
    /// Parallel to the survey's lines.
    pub report: Report,
    calendar: Calendar,
}

impl Trends {
    /// Reads the weeks; `None` without any.
    pub fn read(survey: &Survey<'_>, lineage: &[LineageEvent], marks: &[Mark], now: Timestamp) -> Option<Self> {
        let calendar = survey.calendar.clone()?;
        let place: BTreeMap<&str, usize> = survey
            .lines
            .iter()
            .enumerate()
            .filter_map(|(index, line)| Some((line.intent?.id.0.as_str(), index)))
            .collect();
        // What a first fit found was there before anybody looked, and a part that was split off is what it was part of: only
        // what was born of later goals is new, and not for ever where no more data come.
        let is_new = |intent: &Intent| {
            intent.born.plus_days(NEWS_DAYS) > now
                && lineage.iter().any(|event| {
                    event.intent == intent.id && event.kind == LineageKind::Born && event.at == intent.born
                })
        };
        let subject = |line: &Line<'_>| {
            let intent = line.intent;
            let related = intent.map_or(&[][..], |intent| &intent.related);
            Subject {
                related: related.iter().filter_map(|id| place.get(id.0.as_str()).copied()).collect(),
                born: intent.filter(|intent| is_new(intent)).map(|intent| intent.born),
                ..Subject::of(&line.weeks)
            }
        };
        let subjects: Vec<Subject> = survey.lines.iter().map(subject).collect();
        Some(Self { report: report(&subjects, &calendar, marks), calendar })
    }

    /// What is said of an intent.
    pub fn of(&self, survey: &Survey<'_>, intent: &Intent) -> Option<&Trend> {
        let index = survey.lines.iter().position(|line| line.intent.is_some_and(|other| other.id == intent.id))?;
        self.report.trends.get(index)
    }

    /// Users who fail at an intent again, and what its failures go along with.
    pub fn company(&self, store: &TraceStore, line: &Line<'_>) -> Result<Company, CommandError> {
        let visits: Vec<Visit<&str>> = line.members.iter().filter_map(Member::visit).collect();
        Company::of(store, &visits, &self.calendar)
    }

    /// Whether the failure rate of all changed by itself or by the mix of traffic.
    pub fn mixture(&self, goals: &[StoredGoal], rows: &[ConversationRow]) -> Option<Mixture> {
        // A conversation is one kind of traffic: what its first goal wants.
        let first = goals.iter().filter(|goal| goal.ordinal == 0);
        let intents: BTreeMap<&ConversationId, &IntentId> =
            first.filter_map(|goal| Some((&goal.conversation, goal.intent.as_ref()?))).collect();
        let cases = rows.iter().filter_map(|row| {
            let intent = intents.get(&row.id).map(|id| id.0.clone());
            Some((row.started?, Kind { intent, model: row.model.clone(), ..Kind::default() }, row.outcome))
        });
        Mixture::of(&self.calendar, cases)
    }
}

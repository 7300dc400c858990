//! What the weeks of all intents mean together: what surges, drifts, changed after a release, is new or resolved; and for
//! one subject, who runs into it again, what its failures go along with, and whether it was the mix of traffic that changed.

use super::super::context::Context;
use super::super::error::CommandError;
use super::super::standing;
use super::super::untrusted::one_line;
use super::super::workspace::Workspace;
use super::survey::{Line, Member, Survey};
use crate::clock::Timestamp;
use crate::intent::trend::calendar::Calendar;
use crate::intent::trend::lift::{Customer, Event, lift};
use crate::intent::trend::mix::{Kind, Period, shift, strata};
use crate::intent::trend::release::{Mark, Origin};
use crate::intent::trend::report::{Report, Subject, Trend, report};
use crate::intent::trend::surge::Tier;
use crate::intent::trend::tally::Visit;
use crate::intent::trend::wall::wall;
use crate::intent::{Intent, IntentId};
use crate::store::intents::StoredGoal;
use crate::store::{ConversationRow, TraceStore};
use crate::trace::{ConversationId, Outcome};
use std::collections::{BTreeMap, BTreeSet};

/// Weeks that the recent side of a comparison has, and those before it.
const RECENT: usize = 4;
const BEFORE: usize = 8;
/// Tags that are looked at, the newest first.
const TAGS: usize = 200;

/// Everything that is said of the intents' weeks.
pub struct Trends {
    /// Parallel to the survey's lines.
    pub report: Report,
    calendar: Calendar,
}

impl Trends {
    /// Reads the weeks; `None` without any.
    pub fn read(survey: &Survey<'_>, marks: &[Mark]) -> Option<Self> {
        let calendar = survey.calendar.clone()?;
        let place: BTreeMap<&str, usize> = survey
            .lines
            .iter()
            .enumerate()
            .filter_map(|(index, line)| Some((line.intent?.id.0.as_str(), index)))
            .collect();
        // What the first fit found is not new: it was there before anybody looked.
        let first = survey.lines.iter().filter_map(|line| line.intent).map(|intent| intent.born).min();
        let subject = |line: &Line<'_>| {
            let intent = line.intent;
            let related = intent.map_or(&[][..], |intent| &intent.related);
            Subject {
                related: related.iter().filter_map(|id| place.get(id.0.as_str()).copied()).collect(),
                born: intent.map(|intent| intent.born).filter(|born| Some(*born) != first),
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

    /// The first and last moment of the weeks before the newest complete ones, and of these; and how many those before are.
    fn periods(&self) -> Option<([(Timestamp, Timestamp); 2], usize)> {
        let weeks = self.calendar.weeks().get(..self.calendar.complete())?;
        let split = weeks.len().checked_sub(RECENT).filter(|&before| before > 0)?;
        let (before, recent) = weeks.split_at(split);
        let end = recent.last()?.plus_days(7);
        let before = before.get(before.len().saturating_sub(BEFORE)..)?;
        let (since, middle) = (*before.first()?, *recent.first()?);
        Some(([(since, middle), (middle, end)], before.len()))
    }
}

/// A trend in a word, for a table.
pub fn word(trend: Option<&Trend>) -> String {
    let Some(trend) = trend else { return String::new() };
    match trend.surge {
        Some(surge) if surge.tier == Tier::Alert => format!("surging {:.1} x", surge.ratio),
        Some(surge) if surge.tier == Tier::Watch => format!("watch {:.1} x", surge.ratio),
        _ if trend.new => "new".to_string(),
        _ if trend.resolved.is_some() => "resolved".to_string(),
        _ => String::new(),
    }
}

/// A trend in sentences.
pub fn sentences(trend: &Trend) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(surge) = trend.surge {
        let tier = match surge.tier {
            Tier::Alert => "surging",
            Tier::Watch => "worth watching",
            Tier::Quiet => "as usual",
        };
        lines.push(format!(
            "last full week {tier}: {} goals, {:.1} expected (p {:.2}, adjusted {:.2}); from {} on it would have been noticed",
            surge.observed, surge.expected, surge.p, surge.q, surge.noticeable_from
        ));
    }
    if let Some(drift) = trend.drift
        && (drift.direction.is_some() || drift.risen_by_half)
    {
        lines.push(format!("slow drift: {:.1} goals a week now, {:.1} were usual", drift.now, drift.usual));
    }
    lines.extend(trend.changes.iter().map(|change| change.sentence("its share of goals")));
    lines.extend(trend.failure_changes.iter().map(|change| change.sentence("its failure rate")));
    if trend.resolved.is_some() {
        lines.push("resolved: its failures fell clearly, or nobody asks for it any more".to_string());
    }
    lines
}

/// What else there is to say of one intent: users who fail at it again, and what its failures go along with.
pub fn company(store: &TraceStore, line: &Line<'_>, trends: &Trends) -> Result<Vec<String>, CommandError> {
    let visits: Vec<Visit<&str>> = line.members.iter().filter_map(Member::visit).collect();
    let weeks = trends.calendar.weeks();
    let mut lines = Vec::new();
    if let (Some(first), Some(last)) = (weeks.first(), weeks.last())
        && let Some(wall) = wall(&visits, *first, last.plus_days(7))
        && wall.stuck > 0
    {
        lines.push(format!(
            "{} of {} users failed at it twice or more ({:.0} %)",
            wall.stuck,
            wall.users,
            100.0 * wall.share
        ));
    }
    let failed: BTreeSet<&str> =
        visits.iter().filter(|visit| visit.outcome == Outcome::Failure).filter_map(|visit| visit.user).collect();
    for (event, names) in [(Event::Churn, ["churn", "churned"]), (Event::Conversion, ["conversion", "converted"])] {
        let users = store.users_with(&names)?;
        let seen: BTreeSet<&str> = visits.iter().filter_map(|visit| visit.user).collect();
        let customers = seen.iter().filter_map(|user| {
            let event = *users.get(*user)?;
            Some(Customer { exposed: failed.contains(user), event, group: None::<u8> })
        });
        lines.extend(lift(event, customers).map(|lift| format!("users who failed at it: {}", lift.sentence())));
    }
    Ok(lines)
}

/// Whether the failure rate of all changed by itself or by the mix of traffic.
pub fn mix(goals: &[StoredGoal], rows: &[ConversationRow], trends: &Trends) -> Option<String> {
    let ([before, recent], weeks) = trends.periods()?;
    // A conversation is one kind of traffic: what its first goal wants.
    let first = goals.iter().filter(|goal| goal.ordinal == 0);
    let intents: BTreeMap<&ConversationId, &IntentId> =
        first.filter_map(|goal| Some((&goal.conversation, goal.intent.as_ref()?))).collect();
    let cases = rows.iter().filter_map(|row| {
        let started = row.started?;
        let within = |(from, to): (Timestamp, Timestamp)| started >= from && started < to;
        let period = if within(before) {
            Period::Base
        } else if within(recent) {
            Period::Head
        } else {
            return None;
        };
        let kind =
            Kind { intent: intents.get(&row.id).map(|id| id.0.clone()), model: row.model.clone(), ..Kind::default() };
        Some((kind, period, row.outcome))
    });
    let shift = shift(&strata(cases))?;
    Some(format!("last {RECENT} full weeks against the {weeks} before: {}", shift.sentence()))
}

/// Releases: merges of proposals, tags, and prompt versions by their first conversation.
pub fn marks(
    context: &mut Context,
    workspace: &Workspace,
    rows: &[ConversationRow],
) -> Result<Vec<Mark>, CommandError> {
    let mut marks = Vec::new();
    let mut versions: BTreeMap<&str, Timestamp> = BTreeMap::new();
    for row in rows {
        if let (Some(version), Some(started)) = (row.prompt_version.as_deref(), row.started) {
            let first = versions.entry(version).or_insert(started);
            *first = started.min(*first);
        }
    }
    let oldest = versions.values().min().copied();
    // The first version of all is where the data begin.
    for (version, at) in versions.into_iter().filter(|(_, at)| Some(*at) != oldest) {
        marks.push(Mark { at, origin: Origin::Version, name: one_line(version) });
    }
    if let Some(repo) = &workspace.repo
        && let Some(head) = repo.head()?.oid()
    {
        match standing::read(workspace, head) {
            Ok(standing) => {
                let merges = standing.merged.into_iter();
                marks.extend(merges.map(|one| Mark { at: one.at, origin: Origin::Merge, name: one.record.id.0 }));
            }
            // What users wanted can be read all the same.
            Err(error) => context.ui.status(format!("merges of proposals are not marked: {error}"))?,
        }
        let mut tags = Vec::new();
        for tag in repo.tags()? {
            tags.push(Mark { at: repo.commit_info(tag.oid)?.time, origin: Origin::Tag, name: one_line(&tag.name) });
        }
        tags.sort_by_key(|tag| std::cmp::Reverse(tag.at));
        tags.truncate(TAGS);
        marks.extend(tags);
    }
    marks.sort();
    Ok(marks)
}

//! The intents with their conversations counted: by outcome, by week, and by the failures worth preventing.

use super::super::error::CommandError;
use super::super::trends::filter::Filter;
use super::Sort;
use crate::clock::Timestamp;
use crate::intent::rank::{Pain, order, pain};
use crate::intent::trend::OutcomeCounts;
use crate::intent::trend::calendar::Calendar;
use crate::intent::trend::tally::{Tally, Visit, asks_by_week, tally};
use crate::intent::{Intent, IntentId};
use crate::store::ConversationRow;
use crate::store::intents::StoredGoal;
use crate::trace::{ConversationId, Outcome};
use std::collections::BTreeMap;

/// One conversation of an intent: where its goal is and how it went.
#[derive(Clone, Debug)]
pub struct Member<'a> {
    /// The conversation.
    pub conversation: &'a ConversationId,
    /// First turn of the goal.
    pub first_turn: u32,
    /// Last turn of the goal.
    pub last_turn: u32,
    /// Goals of the subject in it.
    pub asks: u32,
    /// How it went.
    pub outcome: Outcome,
    p_fail: f64,
    started: i64,
    user: Option<&'a str>,
    cost: Option<f64>,
    latency_ms: Option<f64>,
}

impl<'a> Member<'a> {
    /// As trends count it; `None` without a time.
    pub fn visit(&self) -> Option<Visit<&'a str>> {
        (self.started != i64::MIN).then_some(Visit {
            at: Timestamp(self.started),
            asks: self.asks,
            outcome: self.outcome,
            user: self.user,
            cost: self.cost,
            latency_ms: self.latency_ms,
        })
    }
}

/// One intent counted, or all conversations together.
#[derive(Clone, Debug)]
pub struct Line<'a> {
    /// The intent; `None` for all conversations.
    pub intent: Option<&'a Intent>,
    /// Conversations by outcome, each once.
    pub counts: OutcomeCounts,
    /// By week, from the first to the last of all conversations.
    pub weeks: Vec<Tally>,
    /// How much it hurts.
    pub pain: Pain,
    /// Its conversations.
    pub members: Vec<Member<'a>>,
}

impl Line<'_> {
    /// Goals of its conversations.
    pub fn goals(&self) -> u32 {
        self.members.iter().map(|member| member.asks).sum()
    }
}

/// All intents counted.
#[derive(Clone, Debug)]
pub struct Survey<'a> {
    /// Intents, most preventable failures first.
    pub lines: Vec<Line<'a>>,
    /// All conversations, whatever their intent.
    pub all: Line<'a>,
    /// The weeks; `None` when no conversation has a time.
    pub calendar: Option<Calendar>,
    /// Goals that belong to no intent.
    pub long_tail: u64,
    /// Conversations whose time is not known, or cannot be: they are in no week.
    pub without_week: u64,
}

impl<'a> Survey<'a> {
    /// Counts conversations by intent. A conversation counts once in each intent that it has a goal in.
    pub fn new(
        intents: &'a [Intent],
        goals: &[StoredGoal],
        conversations: &'a [ConversationRow],
        latencies: &BTreeMap<ConversationId, u64>,
        filter: &Filter,
        sort: Sort,
    ) -> Self {
        let mut all: Vec<Member<'a>> = conversations.iter().map(|row| member(row, None, latencies)).collect();
        let mut members: BTreeMap<&IntentId, Vec<Member<'a>>> = BTreeMap::new();
        let mut long_tail = 0;
        for (goal, place) in within(goals, conversations) {
            all[place].asks += 1;
            let Some(intent) = &goal.intent else {
                long_tail += 1;
                continue;
            };
            let members = members.entry(intent).or_default();
            // Goals of one conversation follow each other.
            match members.last_mut() {
                Some(last) if *last.conversation == goal.conversation => last.asks += 1,
                _ => {
                    let first = member(&conversations[place], Some(goal), latencies);
                    members.push(Member { asks: 1, ..first });
                }
            }
        }
        let calendar = filter.calendar(conversations.iter().filter_map(|row| row.started));
        let exposure = calendar.as_ref().map_or_else(Vec::new, |calendar| {
            asks_by_week(all.iter().filter_map(Member::visit).map(|visit| (visit.at, visit.asks)), calendar)
        });
        let weeks_of = |members: &[Member<'a>]| {
            let visits: Vec<Visit<&str>> = members.iter().filter_map(Member::visit).collect();
            calendar.as_ref().map_or_else(Vec::new, |calendar| tally(&visits, calendar, &exposure))
        };
        let all_weeks = weeks_of(&all);
        let volumes: Vec<u32> = all_weeks.iter().map(|week| week.counts.all()).collect();
        let weeks = all_weeks.len().max(1) as f64;
        let members: Vec<Vec<Member<'a>>> =
            intents.iter().map(|intent| members.remove(&intent.id).unwrap_or_default()).collect();
        let counts: Vec<OutcomeCounts> =
            members.iter().map(|members| members.iter().map(|member| member.outcome).collect()).collect();
        let pains = pain(&counts, weeks);
        let sizes: Vec<u32> = counts.iter().map(OutcomeCounts::all).collect();
        let mut lines: Vec<Option<Line<'a>>> = intents
            .iter()
            .zip(members)
            .zip(counts.iter().zip(&pains))
            .map(|((intent, members), (counts, pain))| {
                let weeks = weeks_of(&members);
                Some(Line { intent: Some(intent), counts: *counts, weeks, pain: *pain, members })
            })
            .collect();
        let lines = order(&pains, &sizes).into_iter().filter_map(|index| lines.get_mut(index).and_then(Option::take));
        let mut lines: Vec<Line<'a>> = lines.filter(|line| line.counts.all() > 0).collect();
        by(sort, &mut lines);
        let in_weeks: u32 = volumes.iter().sum();
        let total: OutcomeCounts = all.iter().map(|member| member.outcome).collect();
        let hurt = pain(&[total], weeks).first().copied().unwrap_or(Pain {
            failure_rate: None,
            low: 0.0,
            high: 1.0,
            unknown_share: 0.0,
            preventable_per_week: 0.0,
        });
        Self {
            lines,
            calendar,
            all: Line { intent: None, counts: total, weeks: all_weeks, pain: hurt, members: all },
            long_tail,
            without_week: (conversations.len() as u64).saturating_sub(u64::from(in_weeks)),
        }
    }

    /// The line of an intent.
    pub fn line(&self, id: &IntentId) -> Option<&Line<'a>> {
        self.lines.iter().find(|line| line.intent.is_some_and(|intent| intent.id == *id))
    }

    /// The line of an intent that somebody asked for.
    pub fn expect_line(&self, intent: &Intent) -> Result<&Line<'a>, CommandError> {
        self.line(&intent.id)
            .ok_or_else(|| CommandError::usage(format!("intent {} has no goals that pass these filters", intent.id)))
    }
}

/// Those of `goals` that are in one of `conversations`, with its place among them. Both are by conversation.
pub fn within<'a>(
    goals: &'a [StoredGoal],
    conversations: &'a [ConversationRow],
) -> impl Iterator<Item = (&'a StoredGoal, usize)> {
    let mut place = 0;
    goals.iter().filter_map(move |goal| {
        while conversations.get(place).is_some_and(|row| row.id < goal.conversation) {
            place += 1;
        }
        conversations.get(place).is_some_and(|row| row.id == goal.conversation).then_some((goal, place))
    })
}

/// Sorts lines that come with the most preventable failures first; those that tie stay as they are.
fn by(sort: Sort, lines: &mut [Line<'_>]) {
    let rate = |line: &Line<'_>| line.pain.failure_rate.unwrap_or(-1.0);
    match sort {
        Sort::Avoidable => {}
        Sort::Count => lines.sort_by_key(|line| std::cmp::Reverse(line.counts.all())),
        Sort::Failing => lines.sort_by(|one, other| rate(other).total_cmp(&rate(one))),
        Sort::Newest => lines.sort_by_key(|line| std::cmp::Reverse(line.intent.map(|intent| intent.born))),
        Sort::Name => lines.sort_by(|one, other| name(one).cmp(name(other))),
    }
}

fn name<'a>(line: &Line<'a>) -> &'a str {
    line.intent.map_or("", |intent| &intent.name)
}

impl<'a> Line<'a> {
    /// Conversations a week.
    pub fn volumes(&self) -> Vec<f64> {
        self.weeks.iter().map(|week| f64::from(week.counts.all())).collect()
    }

    /// The newest conversation, of this outcome if one is named.
    pub fn newest(&self, outcome: Option<Outcome>) -> Option<&Member<'a>> {
        let matching = self.members.iter().filter(|member| outcome.is_none_or(|outcome| member.outcome == outcome));
        matching.max_by_key(|member| (member.started, member.conversation))
    }

    /// The conversation that most surely failed, of several the newest.
    pub fn worst(&self) -> Option<&Member<'a>> {
        let failed = self.members.iter().filter(|member| member.outcome == Outcome::Failure);
        failed.max_by(|left, right| {
            let newest = || (left.started, left.conversation).cmp(&(right.started, right.conversation));
            left.p_fail.total_cmp(&right.p_fail).then_with(newest)
        })
    }

    /// The conversation nearest the intent's centre.
    pub fn typical(&self, intent: &Intent) -> Option<&Member<'a>> {
        self.members.iter().find(|member| *member.conversation == intent.medoid.0)
    }
}

fn member<'a>(
    row: &'a ConversationRow,
    goal: Option<&StoredGoal>,
    latencies: &BTreeMap<ConversationId, u64>,
) -> Member<'a> {
    Member {
        conversation: &row.id,
        first_turn: goal.map_or(0, |goal| goal.first_turn),
        last_turn: goal.map_or(0, |goal| goal.last_turn),
        outcome: row.outcome,
        // A failure that a score or a rule says is sure.
        p_fail: row.p_fail.unwrap_or(1.0),
        started: row.started.map_or(i64::MIN, |started| started.0),
        asks: 0,
        user: row.user.as_deref(),
        cost: row.cost,
        latency_ms: latencies.get(&row.id).map(|&latency| latency as f64),
    }
}

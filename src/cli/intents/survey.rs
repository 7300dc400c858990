//! The intents with their conversations counted: by outcome, by week, and by the failures worth preventing.

use crate::intent::rank::{Pain, order, pain};
use crate::intent::trend::{OutcomeCounts, Week, span, weekly};
use crate::intent::{Intent, IntentId};
use crate::store::Stored;
use crate::store::intents::StoredGoal;
use crate::trace::{ConversationId, Outcome};
use std::collections::BTreeMap;

/// One conversation of an intent: where its goal is and how it went.
#[derive(Clone, Debug)]
pub struct Member {
    /// The conversation.
    pub conversation: ConversationId,
    /// First turn of the goal.
    pub first_turn: u32,
    /// Last turn of the goal.
    pub last_turn: u32,
    outcome: Outcome,
    started: i64,
}

/// One intent counted, or all conversations together.
#[derive(Clone, Debug)]
pub struct Line<'a> {
    /// The intent; `None` for all conversations.
    pub intent: Option<&'a Intent>,
    /// Conversations by outcome, each once.
    pub counts: OutcomeCounts,
    /// By week, from the first to the last of all conversations.
    pub weeks: Vec<Week>,
    /// All conversations in those weeks.
    pub volumes_of_all: Vec<u32>,
    /// How much it hurts.
    pub pain: Pain,
    members: Vec<Member>,
}

/// All intents counted.
#[derive(Clone, Debug)]
pub struct Survey<'a> {
    /// Intents, most preventable failures first.
    pub lines: Vec<Line<'a>>,
    /// All conversations, whatever their intent.
    pub all: Line<'a>,
    /// Goals that belong to no intent.
    pub long_tail: u64,
}

impl<'a> Survey<'a> {
    /// Counts conversations by intent. A conversation counts once in each intent that it has a goal in.
    pub fn new(intents: &'a [Intent], goals: &[StoredGoal], conversations: &[Stored]) -> Self {
        let by_id: BTreeMap<&ConversationId, &Stored> =
            conversations.iter().map(|stored| (&stored.conversation.id, stored)).collect();
        let range = span(conversations.iter().filter_map(|stored| stored.conversation.started));
        let mut members: BTreeMap<&IntentId, BTreeMap<&ConversationId, Member>> = BTreeMap::new();
        for goal in goals {
            if let (Some(intent), Some(stored)) = (&goal.intent, by_id.get(&goal.conversation)) {
                members
                    .entry(intent)
                    .or_default()
                    .entry(&goal.conversation)
                    .or_insert_with(|| member(stored, Some(goal)));
            }
        }
        let all: Vec<Member> = conversations.iter().map(|stored| member(stored, None)).collect();
        let weeks_of = |members: &[Member]| match range {
            None => Vec::new(),
            Some(range) => {
                let timed = members.iter().filter(|member| member.started != i64::MIN);
                weekly(timed.map(|member| (crate::clock::Timestamp(member.started), member.outcome)), range)
            }
        };
        let all_weeks = weeks_of(&all);
        let volumes: Vec<u32> = all_weeks.iter().map(|week| week.counts.all()).collect();
        let weeks = all_weeks.len().max(1) as f64;
        let members: Vec<Vec<Member>> = intents
            .iter()
            .map(|intent| members.remove(&intent.id).map(|found| found.into_values().collect()).unwrap_or_default())
            .collect();
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
                let volumes_of_all = volumes.clone();
                Some(Line { intent: Some(intent), counts: *counts, weeks, volumes_of_all, pain: *pain, members })
            })
            .collect();
        let lines = order(&pains, &sizes).into_iter().filter_map(|index| lines.get_mut(index).and_then(Option::take));
        let total: OutcomeCounts = all.iter().map(|member| member.outcome).collect();
        let hurt = pain(&[total], weeks).first().copied().unwrap_or(Pain {
            failure_rate: None,
            low: 0.0,
            high: 1.0,
            unknown_share: 0.0,
            preventable_per_week: 0.0,
        });
        Self {
            lines: lines.filter(|line| line.counts.all() > 0).collect(),
            all: Line {
                intent: None,
                counts: total,
                weeks: all_weeks,
                volumes_of_all: volumes,
                pain: hurt,
                members: all,
            },
            long_tail: goals.iter().filter(|goal| goal.intent.is_none()).count() as u64,
        }
    }

    /// The line of an intent.
    pub fn line(&self, id: &IntentId) -> Option<&Line<'a>> {
        self.lines.iter().find(|line| line.intent.is_some_and(|intent| intent.id == *id))
    }
}

impl Line<'_> {
    /// Conversations a week.
    pub fn volumes(&self) -> Vec<f64> {
        self.weeks.iter().map(|week| f64::from(week.counts.all())).collect()
    }

    /// The newest conversation with this outcome.
    pub fn newest(&self, outcome: Outcome) -> Option<&Member> {
        let matching = self.members.iter().filter(|member| member.outcome == outcome);
        matching.max_by(|left, right| (left.started, &left.conversation).cmp(&(right.started, &right.conversation)))
    }

    /// The conversation nearest the intent's centre.
    pub fn typical(&self, intent: &Intent) -> Option<&Member> {
        self.members.iter().find(|member| member.conversation == intent.medoid.0)
    }
}

fn member(stored: &Stored, goal: Option<&StoredGoal>) -> Member {
    let conversation = &stored.conversation;
    Member {
        conversation: conversation.id.clone(),
        first_turn: goal.map_or(0, |goal| goal.first_turn),
        last_turn: goal.map_or(0, |goal| goal.last_turn),
        outcome: stored.judgement.outcome,
        started: conversation.started.map_or(i64::MIN, |started| started.0),
    }
}

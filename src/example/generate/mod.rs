//! The seeded generator of the example: a prompt repository, its history, and weeks of conversations that simulated
//! users had with the scripted agent under the prompt in force. Nothing is scripted into the conversations: what
//! fails in them fails because of what the prompt lacks, or by a mishap that no prompt can help.

mod backend;
mod person;
pub mod random;
pub mod repository;
pub mod wording;

use self::backend::Backend;
use self::person::{Errand, Mishap, Reaction};
use self::random::Random;
use self::repository::{GITIGNORE_PATH, PROMPT_PATH, Revision, TRACES_PATH, Version};
use self::wording::{Hand, Phrases};
use super::agent::{MODEL, Wish, answer};
use super::reading::Policies;
use crate::clock::{DAY_MS, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Weeks of traffic.
pub const WEEKS: usize = 8;
/// The first week under the prompt's second version, counted from 0.
pub const CHANGED_WEEK: usize = 4;
/// Monday 2026-08-03; the last week ends on Sunday 2026-09-27.
const FIRST_MONDAY: Timestamp = Timestamp(1_785_715_200_000);

/// What the prompt lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlantedCause {
    /// To ask for the region of a database.
    ArgumentGuessed,
    /// The names of the plans.
    ArgumentRejected,
    /// Which tool helps people who are locked out.
    WrongTool,
    /// Not to repeat a failed import.
    RepeatedFailure,
    /// That people who ask for a price often mean a year's.
    RepeatedCorrection,
}

impl PlantedCause {
    /// All causes.
    pub const ALL: [Self; 5] = [
        Self::ArgumentGuessed,
        Self::ArgumentRejected,
        Self::WrongTool,
        Self::RepeatedFailure,
        Self::RepeatedCorrection,
    ];

    /// The mark of the prompt's line that is left out.
    fn mark(self) -> &'static str {
        match self {
            Self::ArgumentGuessed => "region",
            Self::ArgumentRejected => "plans",
            Self::WrongTool => "access",
            Self::RepeatedFailure => "imports",
            Self::RepeatedCorrection => "prices",
        }
    }

    /// What the users want whose conversations fail for it.
    pub fn wish(self) -> Wish {
        match self {
            Self::ArgumentGuessed => Wish::Connect,
            Self::ArgumentRejected => Wish::ChangePlan,
            Self::WrongTool => Wish::Access,
            Self::RepeatedFailure => Wish::Import,
            Self::RepeatedCorrection => Wish::Prices,
        }
    }
}

/// What to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// Decides everything that is drawn.
    pub seed: u64,
    /// What the prompt lacks; `None`: nothing.
    pub cause: Option<PlantedCause>,
    /// How many conversations.
    pub conversations: usize,
}

impl Scenario {
    /// The one in `prompts-example/`.
    pub const SHIPPED: Self = Self { seed: 2, cause: Some(PlantedCause::ArgumentGuessed), conversations: 400 };
}

/// A generated example.
#[derive(Clone, Debug, PartialEq)]
pub struct Generated {
    /// The repository as it is after the last revision, by path; without the conversations.
    pub files: BTreeMap<String, Vec<u8>>,
    /// How it came to be, oldest first.
    pub history: Vec<Revision>,
    /// The conversations, one JSON record per line, oldest first.
    pub traces: Vec<u8>,
    /// What became of each conversation, in the order of `traces`: for tests, and in no trace.
    pub truth: Vec<Truth>,
}

/// What is known about a generated conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// The record's id.
    pub id: String,
    /// The user.
    pub user: String,
    /// Week, from 0.
    pub week: usize,
    /// What the user wanted first.
    pub wish: Wish,
    /// Whether they got all they came for.
    pub resolved: bool,
    /// Whether something went wrong that no prompt helps.
    pub mishap: bool,
}

/// One line of the trace file.
#[derive(Serialize)]
struct Record<'a> {
    id: &'a str,
    user: &'a str,
    started: String,
    model: &'static str,
    metadata: BTreeMap<&'static str, &'static str>,
    scores: BTreeMap<&'static str, f64>,
    messages: &'a [Value],
}

/// When the prompt's second version went live: in the evening before the changed week.
pub fn shortened_at() -> Timestamp {
    Timestamp(FIRST_MONDAY.plus_days(7 * CHANGED_WEEK as i64).0 - DAY_MS / 4)
}

impl Generated {
    /// What of the example is kept in `prompts-example/`, by path there: the repository's files, its conversations
    /// and the prompt's earlier version.
    pub fn kept(&self) -> BTreeMap<String, Vec<u8>> {
        let mut kept = self.files.clone();
        // The repository that `demo` writes keeps its conversations out of git; this one is their source.
        kept.remove(GITIGNORE_PATH);
        kept.insert(TRACES_PATH.to_string(), self.traces.clone());
        let first = self.history.first().and_then(|revision| revision.files.get(PROMPT_PATH));
        kept.insert(format!("history/first/{PROMPT_PATH}"), first.cloned().unwrap_or_default());
        kept
    }
}

/// Generates the example of a scenario; the same bytes for the same scenario.
pub fn generate(scenario: Scenario) -> Generated {
    let history = repository::history(scenario.cause, shortened_at());
    let mut files = BTreeMap::new();
    for revision in &history {
        files.extend(revision.files.clone());
    }
    let mut random = Random::new(scenario.seed);
    let mut traffic = traffic(scenario, &mut random);
    traffic.sort_by_key(|(started, week, _)| (*started, *week));
    let tools = repository::tools();
    let (mut traces, mut truth) = (Vec::new(), Vec::new());
    let versions = [prompt_in_force(scenario, 0), prompt_in_force(scenario, CHANGED_WEEK)]
        .map(|prompt| (Policies::read(&prompt, &tools), prompt));
    for (number, (started, week, wish)) in traffic.into_iter().enumerate() {
        let (policies, prompt) = &versions[usize::from(week >= CHANGED_WEEK)];
        let id = format!("tw-{:05}", number + 1);
        let setting = Setting { id, started, week, wish, prompt, policies: *policies, tools: &tools };
        let (line, facts) = conversation(setting, &mut random);
        traces.extend_from_slice(line.as_bytes());
        traces.push(b'\n');
        truth.push(facts);
    }
    Generated { files, history, traces, truth }
}

/// The prompt that answered in a week.
fn prompt_in_force(scenario: Scenario, week: usize) -> String {
    match (scenario.cause, week < CHANGED_WEEK) {
        (Some(PlantedCause::ArgumentGuessed), true) => repository::prompt(Version::First, None),
        (Some(PlantedCause::ArgumentGuessed), false) => repository::prompt(Version::Second, scenario.cause),
        (cause, _) => repository::prompt(Version::First, cause),
    }
}

/// When the conversations start and what they are about.
fn traffic(scenario: Scenario, random: &mut Random) -> Vec<(Timestamp, usize, Wish)> {
    let wishes = [
        (Wish::Connect, 0.20),
        (Wish::ChangePlan, 0.13),
        (Wish::Access, 0.14),
        (Wish::Import, 0.13),
        (Wish::Prices, 0.13),
        (Wish::Invite, 0.09),
        (Wish::Invitation, 0.02),
        (Wish::Backups, 0.06),
        (Wish::Delete, 0.05),
        (Wish::Usage, 0.05),
    ];
    let mut traffic = Vec::new();
    for number in 0..scenario.conversations {
        let week = number * WEEKS / scenario.conversations.max(1);
        let weights: Vec<f64> = wishes
            .iter()
            .map(|(wish, weight)| {
                // A campaign in Europe brings new customers, who start with their databases.
                let campaign = *wish == Wish::Connect && week >= CHANGED_WEEK;
                // A cause that only few users meet could not be told from chance in so little traffic.
                let busy = scenario.cause.is_some_and(|cause| cause.wish() == *wish) && *wish != Wish::Connect;
                weight * if campaign { CAMPAIGN } else { 1.0 } * if busy { BUSY } else { 1.0 }
            })
            .collect();
        let wish = wishes.get(random.weighted(&weights)).map_or(Wish::Connect, |(wish, _)| *wish);
        let day = random.weighted(&[1.0, 1.1, 1.0, 1.0, 0.9, 0.3, 0.3]);
        let minute = 6 * 60 + random.below(14 * 60);
        let started = FIRST_MONDAY.plus_days((7 * week + day) as i64);
        let started = Timestamp(started.0 + minute as i64 * 60_000 + random.below(60) as i64 * 1000);
        traffic.push((started, week, wish));
    }
    traffic
}

/// What a conversation starts from.
struct Setting<'a> {
    id: String,
    started: Timestamp,
    week: usize,
    wish: Wish,
    prompt: &'a str,
    policies: Policies,
    tools: &'a [Value],
}

/// How much more often databases are connected since the campaign.
const CAMPAIGN: f64 = 2.0;
/// How much more often people want what the planted cause spoils.
const BUSY: f64 = 1.5;
/// Users whose database lives where the agent assumes, and as many whose does not.
const USERS_PER_KIND: usize = 110;
/// Share of users with a database elsewhere, before the campaign and since.
const ABROAD: [f64; 2] = [1.0 / 3.0, 2.0 / 3.0];
/// Share of conversations that go wrong whatever the prompt says.
const MISHAPS: f64 = 0.07;
/// Share of conversations with a second goal, if the first is reached.
const SECOND_GOAL: f64 = 0.12;
/// Share of conversations with a score.
const SCORED: f64 = 0.75;
/// Share of content users who say so.
const THANKS: f64 = 0.45;
/// Messages after which everybody gives up.
const PATIENCE: usize = 8;

fn conversation(setting: Setting<'_>, random: &mut Random) -> (String, Truth) {
    let abroad = random.chance(ABROAD[usize::from(setting.week >= CHANGED_WEEK)]);
    let user = format!("u-{:04}", 1 + random.below(USERS_PER_KIND) + if abroad { USERS_PER_KIND } else { 0 });
    let hand = Hand::new(random);
    let mishap = random.chance(MISHAPS).then(|| if random.chance(0.55) { Mishap::BackendDown } else { Mishap::Leaves });
    let mut talk = Talk {
        messages: vec![json!({"role": "system", "content": setting.prompt})],
        tools: setting.tools,
        policies: setting.policies,
        backend: Backend { down: mishap == Some(Mishap::BackendDown), ..Backend::default() },
        calls: 0,
    };
    let mut errand = Errand::new(setting.wish, abroad, &hand, &mut talk.backend, random);
    let mut resolved = talk.run(&mut errand, &hand, mishap, random);
    if resolved && random.chance(SECOND_GOAL) {
        let next = random.pick(&[Some(Wish::Usage), Some(Wish::Backups), Some(Wish::Invite), Some(Wish::Delete)]);
        let next = next.filter(|wish| *wish != setting.wish).unwrap_or(Wish::Backups);
        let mut second = Errand::new(next, abroad, &hand, &mut talk.backend, random);
        let bridge = random.pick(&["one more thing:", "and another question:", "great. Next,", "also,"]);
        second.opening = format!("{bridge} {}", second.opening);
        resolved = talk.run(&mut second, &hand, mishap, random);
    }
    if resolved && random.chance(THANKS) {
        let thanks = Phrases::Thanks.say(random, &BTreeMap::new());
        let thanks = hand.write(random, &thanks);
        talk.say(&thanks);
    }
    let mut scores = BTreeMap::new();
    if random.chance(SCORED) {
        scores.insert("resolved", f64::from(u8::from(resolved)));
    }
    let channel = random.pick(&["web", "web", "web", "slack", "email"]);
    let metadata = BTreeMap::from([("service.name", "onboarding-agent"), ("channel", channel), ("language", "en")]);
    let record = Record {
        id: &setting.id,
        user: &user,
        started: setting.started.to_string(),
        model: MODEL,
        metadata,
        scores,
        messages: &talk.messages,
    };
    // Plain structs with text keys always serialise.
    let line = serde_json::to_string(&record).unwrap_or_default();
    let truth = Truth {
        id: setting.id,
        user: user.clone(),
        week: setting.week,
        wish: setting.wish,
        resolved,
        mishap: mishap.is_some(),
    };
    (line, truth)
}

/// A conversation in the making.
struct Talk<'a> {
    messages: Vec<Value>,
    tools: &'a [Value],
    policies: Policies,
    backend: Backend,
    calls: usize,
}

impl Talk<'_> {
    /// One goal from its opening to its end; whether it was reached.
    fn run(&mut self, errand: &mut Errand, hand: &Hand, mishap: Option<Mishap>, random: &mut Random) -> bool {
        let mut text = errand.opening.clone();
        for _ in 0..PATIENCE {
            let said = self.say(&text);
            if mishap == Some(Mishap::Leaves) {
                return false;
            }
            match errand.react(&said, random) {
                Reaction::Say(next) => text = hand.write(random, &next),
                Reaction::Content => return true,
                Reaction::Lost(last) => {
                    if let Some(last) = last {
                        let last = hand.write(random, &last);
                        self.say(&last);
                    }
                    return false;
                }
            }
        }
        false
    }

    /// The user says something; the agent calls what it calls; returns what it says in the end.
    fn say(&mut self, text: &str) -> String {
        self.messages.push(json!({"role": "user", "content": text}));
        loop {
            let message = answer(&self.policies, &self.messages, self.tools);
            let calls = message.get("tool_calls").and_then(Value::as_array).cloned().unwrap_or_default();
            let said = message.get("content").and_then(Value::as_str).unwrap_or_default().to_string();
            self.messages.push(message);
            if calls.is_empty() || self.calls >= 40 {
                return said;
            }
            for call in calls {
                self.calls += 1;
                let name = call.pointer("/function/name").and_then(Value::as_str).unwrap_or_default();
                let arguments = call.pointer("/function/arguments").and_then(Value::as_str).unwrap_or_default();
                let arguments = serde_json::from_str(arguments).unwrap_or(Value::Null);
                let result = self.backend.answer(name, &arguments);
                let id = call.get("id").cloned().unwrap_or(Value::Null);
                self.messages.push(json!({"role": "tool", "tool_call_id": id, "content": result}));
            }
        }
    }
}

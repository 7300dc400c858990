//! Names by a language model for the intents that have none by one yet, and its opinion on which are one and which are
//! two.

use super::super::context::Context;
use super::super::error::CommandError;
use super::super::hints::failed;
use super::super::model::{Reader, instructions};
use super::super::view::number::counted;
use super::super::workspace::Workspace;
use crate::intent::naming::{self, Heard, Question, Suggestion, Told};
use crate::intent::registry::Registry;
use crate::intent::{Fit, IntentId};
use crate::llm::books::Usd;
use crate::llm::{Answer, Model as _, ModelError};
use crate::store::TraceStore;
use crate::trace::ConversationId;
use std::collections::BTreeMap;

/// Who is asked, and what was decided before.
pub struct Asking<'a> {
    /// Whose instructions.
    pub workspace: &'a Workspace,
    /// What people named and decided.
    pub registry: &'a Registry,
    /// The model.
    pub reader: &'a Reader,
}

/// What asking came to.
pub enum Named {
    /// Replies were taken.
    Done(Done),
    /// Nothing was to be sent.
    Planned,
}

/// What was taken.
pub struct Done {
    /// What to say about it.
    pub news: Vec<String>,
    /// What the model takes for one or for two.
    pub suggested: Vec<(IntentId, Suggestion)>,
    /// Why the batch ended early.
    pub error: Option<CommandError>,
}

/// Asks, and puts what was answered into `fit`, also where the batch ends early.
pub fn name(context: &Context, store: &TraceStore, asking: &Asking<'_>, fit: &mut Fit) -> Result<Named, CommandError> {
    let Asking { workspace, registry, reader } = asking;
    let own = &workspace.config.model.llm;
    let told = Told {
        name: instructions(context, workspace, own.name_instructions.as_ref(), naming::NAME_INSTRUCTIONS)?,
        pair: instructions(context, workspace, own.pair_instructions.as_ref(), naming::PAIR_INSTRUCTIONS)?,
        split: instructions(context, workspace, own.split_instructions.as_ref(), naming::SPLIT_INSTRUCTIONS)?,
    };
    let users = users(store)?;
    let questions = naming::questions(fit, registry, &users, &told, &|text| reader.redactor.redact(text));
    let requests: Vec<_> = questions.iter().map(|question| question.request.clone()).collect();
    let bar = context.ui.bar("Asking for names", Some(requests.len() as u64), false);
    let (mut replies, mut count) = (BTreeMap::new(), 0);
    let mut tally = Tally { asks_for_names: questions.iter().any(Question::is_for_a_name), ..Tally::default() };
    let mut first_failure = None;
    let result = reader.model.complete(&requests, &mut |index, answer| {
        count += 1;
        bar.set(count);
        let Some(question) = questions.get(index) else { return };
        let reason = match answer {
            Answer::Reply(reply) => {
                tally.paid(question, reply.cost);
                replies.insert(index, reply.value);
                return;
            }
            Answer::Refused => "the model would not answer".to_string(),
            Answer::Truncated => "the reply was cut".to_string(),
            Answer::Invalid { .. } => "the reply did not fit".to_string(),
            Answer::Failed(failure) => {
                let reason = failure.kind.to_string();
                first_failure.get_or_insert(failure);
                reason
            }
        };
        tally.unanswered(question, reason);
    });
    drop(bar);
    if result == Err(ModelError::Planned) || (reader.plans && result.is_ok()) {
        return Ok(Named::Planned);
    }
    let error = match (result, first_failure) {
        (Err(error), _) => Some(error.into()),
        (Ok(()), Some(failure)) if replies.is_empty() => Some(failed(&reader.name, &failure)),
        _ => None,
    };
    let mut suggested = Vec::new();
    // In the questions' order, not the replies': of two that want the same name always the same one gets it.
    for (index, value) in &replies {
        let Some(question) = questions.get(*index) else { continue };
        let heard = fit.hear(question, value, &reader.name);
        tally.heard(&heard);
        if let Heard::Suggests(intent, suggestion) = heard {
            suggested.push((intent, suggestion));
        }
    }
    Ok(Named::Done(Done { news: tally.sentences(&reader.name), suggested, error }))
}

/// The users of conversations, where the traces tell.
fn users(store: &TraceStore) -> Result<BTreeMap<ConversationId, String>, CommandError> {
    let rows = store.main_conversations()?.into_iter();
    Ok(rows.filter_map(|row| Some((row.id, row.user?))).collect())
}

/// What became of the questions.
#[derive(Default)]
struct Tally {
    named: u64,
    names_cost: Usd,
    asks_for_names: bool,
    opinions: u64,
    opinions_cost: Usd,
    /// Names that stay, rules that are left out, opinions that are missing or of no use: by reason.
    kept: BTreeMap<String, u64>,
    rules: BTreeMap<String, u64>,
    open: BTreeMap<String, u64>,
    unsplit: BTreeMap<String, u64>,
}

impl Tally {
    fn paid(&mut self, question: &Question, cost: Usd) {
        if question.is_for_a_name() {
            self.names_cost += cost;
        } else {
            self.opinions_cost += cost;
        }
    }

    fn unanswered(&mut self, question: &Question, reason: String) {
        if question.is_for_a_name() {
            *self.kept.entry(reason).or_default() += 1;
        } else {
            *self.open.entry(reason).or_default() += 1;
        }
    }

    fn heard(&mut self, heard: &Heard) {
        match heard {
            Heard::Named(left_out) => {
                self.named += 1;
                for unfit in left_out {
                    *self.rules.entry(unfit.to_string()).or_default() += 1;
                }
            }
            Heard::Unnamed(unfit) => *self.kept.entry(unfit.to_string()).or_default() += 1,
            Heard::Fine | Heard::Suggests(..) => self.opinions += 1,
            Heard::Unsplit(unfit) => {
                self.opinions += 1;
                *self.unsplit.entry(unfit.to_string()).or_default() += 1;
            }
        }
    }

    /// All of it, `model` being who answered.
    fn sentences(self, model: &str) -> Vec<String> {
        let mut news = Vec::new();
        if self.asks_for_names {
            news.push(format!("{} named by {model} for {}", counted(self.named, "intent"), self.names_cost));
        }
        if self.opinions > 0 {
            let questions = counted(self.opinions, "question");
            news.push(format!("{questions} whether intents are one or two answered for {}", self.opinions_cost));
        }
        let mut tell = |reasons: BTreeMap<String, u64>, what: &dyn Fn(u64) -> String| {
            news.extend(reasons.into_iter().map(|(reason, count)| format!("{}: {reason}", what(count))));
        };
        tell(self.kept, &|count| {
            let keep = if count == 1 { "1 keeps its name".to_string() } else { format!("{count} keep their names") };
            format!("{keep} by our own key phrases")
        });
        tell(self.rules, &|count| format!("{} left out", counted(count, "rule")));
        tell(self.open, &|count| format!("{} whether intents are one or two not answered", counted(count, "question")));
        tell(self.unsplit, &|count| format!("{} not suggested", counted(count, "split")));
        news
    }
}

//! Choosing what `propose` proposes: drafts in order of preference, each held to the contract, against the
//! conversations that the finding rests on, and against how far the prompt has come from what people wrote.

use super::context::Context;
use super::drift::anchors;
use super::error::{CommandError, ErrorKind};
use super::library::InForce;
use super::model::Reader;
use super::untrusted::one_line;
use super::workspace::Workspace;
use super::writer::{Written, write};
use crate::clock::Timestamp;
use crate::diagnosis::{Finding, LeverKind};
use crate::git::Oid;
use crate::guard::limit::drift_since;
use crate::guard::taint::Tracer;
use crate::guard::{Severity, Violation};
use crate::prompt::config::Limits;
use crate::proposal::candidate::{Breach, Candidate, accept, is_known};
use crate::proposal::draft::{Draft, DraftRefusal, drafts};
use crate::store::Stored;
use crate::trace::Role;

/// What came of drafting.
pub enum Drafted {
    /// A change that may be proposed.
    Candidate(Box<Candidate>),
    /// The prompts say it already.
    AlreadyThere {
        /// The file that does.
        path: String,
        /// The sentence.
        sentence: String,
    },
    /// A language model was to be asked, and nothing was to be sent.
    Planned,
}

/// The first draft that keeps to the contract, is not copied from a conversation, and does not carry the prompt too
/// far from what people wrote: our own, or a language model's where there is one.
pub fn draft(
    context: &Context,
    workspace: &Workspace,
    finding: &Finding,
    in_force: &InForce,
    head: Oid,
    reader: Option<&Reader>,
) -> Result<Drafted, CommandError> {
    let library = in_force.library();
    let evidence = workspace.traces()?.load(&finding.conversations)?;
    let hold = Hold { workspace, in_force, head, now: context.now(), evidence: &evidence };
    if let Some(reader) = reader {
        let mut accept = |draft: Draft| hold.to_the_rules(draft);
        return Ok(match write(context, workspace, reader, finding, library, &mut accept)? {
            Written::Accepted(drafted) => drafted,
            Written::Planned => Drafted::Planned,
        });
    }
    let mut reasons = Vec::new();
    for draft in drafts(finding, library).map_err(|error| no_draft(finding, &error))? {
        let place = format!("{} › {}", draft.lever.path, draft.lever.label);
        match hold.to_the_rules(draft)? {
            Ok(drafted) => return Ok(drafted),
            Err(reason) => reasons.push(format!("{place}: {reason}")),
        }
    }
    let mut error =
        CommandError::new(ErrorKind::Refused, format!("no draft for {} keeps to the guardrails", finding.id));
    for reason in reasons {
        error = error.hint(one_line(&reason));
    }
    Err(error)
}

/// What every draft is held to, whoever wrote it.
struct Hold<'a> {
    workspace: &'a Workspace,
    in_force: &'a InForce,
    head: Oid,
    now: Timestamp,
    evidence: &'a [Stored],
}

impl Hold<'_> {
    /// The candidate, or why there is none.
    fn to_the_rules(&self, draft: Draft) -> Result<Result<Drafted, String>, CommandError> {
        let Self { workspace, in_force, head, now, evidence } = *self;
        let library = in_force.library();
        let limits = &workspace.config.guardrails.limits;
        let vocabulary = library.vocabulary();
        let is_rule = draft.lever.kind == LeverKind::LearnedRules;
        let mut candidate = match accept(draft, library, &in_force.snapshot) {
            Ok(candidate) => candidate,
            Err(Breach::AlreadyThere { path, sentence }) if is_rule => {
                return Ok(Ok(Drafted::AlreadyThere { path, sentence }));
            }
            Err(error) => return Ok(Err(chain(&error))),
        };
        let mut found = copied(&candidate, evidence, limits, &|word| is_known(word, &vocabulary));
        if is_rule {
            let path = &candidate.draft.change.path;
            let anchors = anchors(workspace, head, path, now)?;
            let text = |bytes: Option<Vec<u8>>| bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            let (human, earlier) = (text(anchors.last_human), text(anchors.ninety_days_ago));
            found.extend(drift_since(path, human.as_deref(), earlier.as_deref(), &candidate.after, limits));
        }
        let (refused, warnings): (Vec<Violation>, Vec<Violation>) =
            found.into_iter().partition(|violation| violation.severity == Severity::Refuse);
        if refused.is_empty() {
            candidate.warnings.extend(warnings);
            return Ok(Ok(Drafted::Candidate(Box::new(candidate))));
        }
        let texts: Vec<String> = refused.iter().map(|one| format!("{}: {}", one.rule, one.explanation)).collect();
        Ok(Err(texts.join("; ")))
    }
}

pub fn no_draft(finding: &Finding, refusal: &DraftRefusal) -> CommandError {
    let hint = match refusal {
        DraftRefusal::NoTool(_) | DraftRefusal::NoArgument { .. } => {
            "Add the tool's description to the files under `tools:` in the config: nothing is said to an agent about a tool that the repository does not know."
        }
        DraftRefusal::UnknownWord(_) | DraftRefusal::NoWord => {
            "Words that only users say are never copied into a prompt; write this change by hand."
        }
        DraftRefusal::NoPurpose(_) => {
            "Let that tool's description begin with what it does, as in \"Search the documentation\"."
        }
        DraftRefusal::NoPrompt => "Name the prompt files under `prompts:` in the config.",
        DraftRefusal::OddName(_) | DraftRefusal::NoPlace { .. } => "Write this change by hand.",
    };
    let reason = one_line(&chain(refusal));
    CommandError::new(ErrorKind::Refused, format!("nothing can be drafted for {}: {reason}", finding.id)).hint(hint)
}

/// An error with its reasons on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(reason) = next {
        text.push_str(": ");
        text.push_str(&reason.to_string());
        next = reason.source();
    }
    text
}

/// What the added text shares with the conversations that the finding rests on.
fn copied(candidate: &Candidate, evidence: &[Stored], limits: &Limits, known: &dyn Fn(&str) -> bool) -> Vec<Violation> {
    let mut tracer = Tracer::new(&candidate.added);
    for stored in evidence {
        let said = stored.conversation.turns.iter().filter(|turn| turn.role != Role::System);
        tracer.read(said.flat_map(|turn| {
            let calls = turn
                .calls
                .iter()
                .flat_map(|call| std::iter::once(call.arguments.as_str()).chain(call.result.as_deref()));
            std::iter::once(turn.text.as_str()).chain(calls)
        }));
    }
    tracer.violations(limits, known)
}

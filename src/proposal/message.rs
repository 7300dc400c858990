//! What git is told about a proposal: branch, subject, body, trailers. Counts in our words, names that the
//! repository holds, ids; nothing that was said in a trace, since a commit message is read by forges that act on
//! what they find in one.

use super::record::Record;
use crate::diagnosis::{Cause, FindingId};
use crate::digest::Digest;

/// Prefix of every branch of this program.
pub const BRANCH_PREFIX: &str = "reprompt/";
/// Prefix of the branches that take something back.
pub const ROLLBACK_PREFIX: &str = "reprompt/rollback-";
/// Trailer with the finding's id.
pub const FINDING_TRAILER: &str = "Reprompt-Finding";
/// Trailer with the proposal's id.
pub const PROPOSAL_TRAILER: &str = "Reprompt-Proposal";
/// Trailer with the cause's kind.
pub const CAUSE_TRAILER: &str = "Reprompt-Cause";
/// Trailer of a rollback, with the proposal that it takes back.
pub const ROLLBACK_TRAILER: &str = "Reprompt-Rollback";

/// Columns of the body.
const WIDTH: usize = 72;

/// The branch of a proposal: the finding's id and eight hex digits of the content.
pub fn branch(record: &Record) -> String {
    let content = record.id.0.strip_prefix("p-").unwrap_or(&record.id.0);
    format!("{BRANCH_PREFIX}{}-{content}", record.finding)
}

/// The branch of a rollback, by the digest of what it writes.
pub fn rollback_branch(content: Digest) -> String {
    format!("{ROLLBACK_PREFIX}{}", content.short(8))
}

/// The finding that a branch answers; `None` for rollbacks and for names that are not ours.
pub fn finding_of_branch(name: &str) -> Option<FindingId> {
    let (finding, content) = name.strip_prefix(BRANCH_PREFIX)?.rsplit_once('-')?;
    let hex = |text: &str| text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (finding.strip_prefix("f-").is_some_and(hex) && hex(content)).then(|| FindingId(finding.to_string()))
}

/// The commit message of a proposal for the prompt called `prompt`. `intent` is the intent's name when the reviewed
/// registry of the base has one.
pub fn commit_message(record: &Record, cause: &Cause, prompt: &str, intent: Option<&str>) -> String {
    let counts = &record.counts;
    let ([failing_with, failing], [passing_with, passing]) = (counts.failing, counts.passing);
    let intent = match intent.filter(|name| is_plain(name)) {
        Some(name) => format!("intent {} ({name})", record.intent),
        None => format!("intent {}", record.intent),
    };
    // A guess is contrasted among the conversations that make the call at all.
    let among = if matches!(cause, Cause::ArgumentGuessed { .. }) { " that call it" } else { "" };
    let why = format!(
        "{} in {failing_with} of {failing} failing and {passing_with} of {passing} passing conversations of {intent}{among}, {} users (z {:.2}, q {}).",
        happening(cause),
        counts.users,
        counts.z,
        p_text(counts.q),
    );
    let measure = &record.measure;
    let [with, all] = measure.baseline;
    let later = format!(
        "Judged on the {} days after the merge: the share was {with} of {all}, and a fall of {:.1} points or more counts.",
        measure.window_days,
        measure.smallest_effect * 100.0,
    );
    format!(
        "{}\n\n{}\n\n{}\n\n{FINDING_TRAILER}: {}\n{PROPOSAL_TRAILER}: {}\n{CAUSE_TRAILER}: {}\n",
        subject(cause, prompt),
        wrapped(&why),
        wrapped(&later),
        record.finding,
        record.id,
        record.cause.kind,
    )
}

/// The commit message of a rollback of the prompt called `prompt`: of a proposal by its record, or to the version
/// that the commit `version` brought.
pub fn rollback_message(prompt: &str, undone: Option<&Record>, version: Option<&str>) -> String {
    let prompt = if is_plain(prompt) { prompt } else { "prompt" };
    let fit = |subject: String| {
        if subject.chars().count() <= WIDTH { subject } else { subject.replacen(prompt, "prompt", 1) }
    };
    match (undone, version) {
        (Some(record), _) => format!(
            "{}\n\n{}\n\n{ROLLBACK_TRAILER}: {}\n{FINDING_TRAILER}: {}\n",
            fit(format!("{prompt}: take back {}", record.id)),
            wrapped(&format!(
                "Removes what {} added for finding {} and keeps everything that was changed since.",
                record.id, record.finding
            )),
            record.id,
            record.finding,
        ),
        (None, version) => {
            let version = version.unwrap_or("an earlier version");
            let short: String = version.chars().take(10).collect();
            let body = wrapped(&format!("Restores the file as commit {version} had it."));
            format!("{}\n\n{body}\n", fit(format!("{prompt}: back to {short}")))
        }
    }
}

/// At most 72 characters; what the change does, by the cause.
pub fn subject(cause: &Cause, prompt: &str) -> String {
    let prompt = if is_plain(prompt) { prompt } else { "prompt" };
    let long = match cause {
        Cause::ArgumentGuessed { tool, argument } => format!("ask for {argument} before {tool}"),
        Cause::ArgumentRejected { tool, argument, .. } => format!("keep {argument} of {tool} to accepted values"),
        Cause::WrongTool { called, instead } => format!("call {instead} where {called} was called"),
        Cause::RepeatedFailure { tool } => format!("do not repeat a failed {tool}"),
        Cause::RepeatedCorrection { .. } => "ask when it is unclear what users mean".to_string(),
    };
    let fits = |what: &str| is_plain(what) && prompt.chars().count() + 2 + what.chars().count() <= WIDTH;
    if fits(&long) {
        return format!("{prompt}: {long}");
    }
    let short = format!("answer \"{}\"", cause.kind());
    let text = format!("{prompt}: {short}");
    if text.chars().count() <= WIDTH { text } else { format!("prompt: {short}") }
}

/// The cause as the beginning of a sentence.
fn happening(cause: &Cause) -> String {
    let named = |text: String, general: &str| if is_plain(&text.replace('`', "")) { text } else { general.to_string() };
    match cause {
        Cause::ArgumentGuessed { tool, argument } => named(
            format!("The agent filled `{argument}` of `{tool}` with a value that nobody gave"),
            "The agent filled an argument with a value that nobody gave",
        ),
        Cause::ArgumentRejected { tool, argument, .. } => {
            named(format!("`{tool}` rejected the value of `{argument}`"), "A tool rejected the value of an argument")
        }
        Cause::WrongTool { called, instead } => named(
            format!("The agent called `{called}` where `{instead}` succeeds"),
            "The agent called another tool than the one that succeeds",
        ),
        Cause::RepeatedFailure { tool } => named(
            format!("The agent repeated a failed call of `{tool}` unchanged"),
            "The agent repeated a failed call unchanged",
        ),
        Cause::RepeatedCorrection { .. } => "Users corrected the agent in the same way".to_string(),
    }
}

/// A p to three decimals, and never as none at all.
fn p_text(p: f64) -> String {
    if p < 0.001 { "below 0.001".to_string() } else { format!("{p:.3}") }
}

/// Whether a name may stand in a message: letters, digits, spaces and `_ - . /`, nothing that a forge acts on.
fn is_plain(text: &str) -> bool {
    !text.trim().is_empty()
        && text.len() <= 120
        && text.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '_' | '-' | '.' | '/'))
}

/// `text` in lines of at most 72 characters, cut at spaces.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else { break };
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(word.to_string());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::fixtures;
    use super::super::hunk::Hunk;
    use super::*;

    fn record(cause: Cause) -> Record {
        let finding = fixtures::finding_of(cause);
        let hunk = Hunk { path: "a.md".to_string(), removed: String::new(), added: "- x\n".to_string() };
        Record::new(&finding, &finding.levers[0], vec![hunk], None, 90, fixtures::NOW)
    }

    fn causes() -> Vec<Cause> {
        let text = |text: &str| text.to_string();
        vec![
            fixtures::guessed(),
            Cause::ArgumentRejected { tool: text("book"), argument: text("cabin"), accepted: vec![text("economy")] },
            Cause::WrongTool { called: text("create_ticket"), instead: text("search_docs") },
            Cause::RepeatedFailure { tool: text("pay") },
            Cause::RepeatedCorrection { wanted: vec![text("secretword")], instead: vec![text("otherword")] },
        ]
    }

    #[test]
    fn the_message_tells_counts_and_ids() {
        let record = record(fixtures::guessed());
        insta::assert_snapshot!(commit_message(&record, &fixtures::guessed(), "onboarding-system", None));
    }

    #[test]
    fn messages_keep_to_their_width_and_hold_no_word_of_a_trace() {
        for cause in causes() {
            let message = commit_message(&record(cause.clone()), &cause, "onboarding-system", Some("connect postgres"));
            assert!(message.lines().all(|line| line.chars().count() <= WIDTH), "{message}");
            assert!(!message.contains("secretword") && !message.contains("economy"), "{message}");
            assert!(message.replace('\n', " ").contains("(connect postgres)"));
        }
    }

    #[test]
    fn names_that_a_forge_would_act_on_are_left_out() {
        let cause = Cause::RepeatedFailure { tool: "[skip ci] Fixes #1 @all".to_string() };
        let message = commit_message(&record(cause.clone()), &cause, "[skip ci]", Some("closes #3"));
        for evil in ["[skip", "#1", "@", "#3"] {
            assert!(!message.contains(evil), "{message}");
        }
        let long = Cause::RepeatedFailure { tool: "x".repeat(100) };
        assert_eq!(subject(&long, "onboarding"), "onboarding: answer \"failing call repeated\"");
    }

    #[test]
    fn a_rollback_says_what_it_takes_back() {
        let record = record(fixtures::guessed());
        let message = rollback_message("onboarding-system", Some(&record), None);
        assert!(message.starts_with(&format!("onboarding-system: take back {}\n\n", record.id)), "{message}");
        assert!(
            message.ends_with(&format!("\nReprompt-Rollback: {}\nReprompt-Finding: {}\n", record.id, record.finding))
        );
        let message = rollback_message(&"x".repeat(70), None, Some(&"ab".repeat(20)));
        assert!(message.starts_with("prompt: back to ababababab\n\n"), "{message}");
        assert!(message.lines().all(|line| line.chars().count() <= WIDTH), "{message}");
    }

    #[test]
    fn branches_are_read_back() {
        let record = record(fixtures::guessed());
        let name = branch(&record);
        assert_eq!(finding_of_branch(&name), Some(record.finding));
        let rollback = rollback_branch(Digest::of("x"));
        for other in [rollback.as_str(), "main", "reprompt/", "reprompt/f-12-34", "reprompt/x-12345678-12345678"] {
            assert_eq!(finding_of_branch(other), None, "{other}");
        }
    }
}

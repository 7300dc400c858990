//! `findings [list|show|trend|ignore]`: the problems that were found, their state and their share of traffic over
//! time. A finding's state is not stored with it: what people said is in the ledger, what was proposed and merged is
//! in git.

use super::context::Context;
use super::error::CommandError;
use super::exit_code::ExitCode;
use super::standing;
use super::ui::Tone;
use super::untrusted::{excerpt, one_line};
use super::view::cause::{compared, sentence};
use super::view::number::{counted, p_value, percent};
use super::view::sparkline::sparkline;
use super::view::table::{Align, Table};
use super::workspace::Workspace;
use crate::clock::Timestamp;
use crate::diagnosis::events::Event;
use crate::diagnosis::{Finding, FindingState};
use crate::git::Repo;
use crate::proposal::cadence::Standing;
use crate::stats::interval::jeffreys;
use crate::store::findings::StoredFinding;
use serde::Serialize;

/// Arguments of `findings`.
#[derive(Debug, clap::Args)]
pub struct FindingsArgs {
    /// What to do with them; a list when nothing is named
    #[command(subcommand)]
    pub action: Option<Action>,
}

/// What to do with findings.
#[derive(Debug, clap::Subcommand)]
pub enum Action {
    /// List all findings, open ones first
    List,
    /// Show one finding with its evidence and levers
    Show {
        /// The finding's id, or a unique prefix of it
        finding: String,
    },
    /// Show how much of its intent's traffic a finding takes, week by week
    Trend {
        /// The finding's id, or a unique prefix of it
        finding: String,
    },
    /// Say that a finding does not matter; it is kept, and no longer proposed for
    Ignore {
        /// The finding's id, or a unique prefix of it
        finding: String,
        /// Why, for whoever asks later
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
}

/// Runs `findings`.
pub fn run(context: &mut Context, args: &FindingsArgs) -> Result<ExitCode, CommandError> {
    let workspace = Workspace::open(context)?;
    let findings = load(&workspace)?;
    match &args.action {
        None | Some(Action::List) => list(context, &findings),
        Some(Action::Show { finding }) => show(context, &workspace, find(&findings, finding)?),
        Some(Action::Trend { finding }) => trend(context, find(&findings, finding)?),
        Some(Action::Ignore { finding, reason }) => {
            let chosen = find(&findings, finding)?;
            let mut ledger = workspace.ledger()?;
            ledger.set_finding_state(&chosen.finding.id, FindingState::Ignored, reason, context.now())?;
            ledger.record(context.now(), "findings ignore", &chosen.finding.id.0, "ignored", reason)?;
            context.ui.line(format!("{} is ignored; `reprompt findings` still lists it", chosen.finding.id))?;
            Ok(ExitCode::Done)
        }
    }
}

/// All findings with their state now, open ones first, most supported first.
pub fn load(workspace: &Workspace) -> Result<Vec<StoredFinding>, CommandError> {
    let mut findings = workspace.traces()?.findings()?;
    let said = workspace.ledger()?.finding_states()?;
    let standing = standing_now(workspace)?;
    for stored in &mut findings {
        let id = &stored.finding.id;
        stored.finding.state = if said.get(id).is_some_and(|(state, ..)| *state == FindingState::Ignored) {
            FindingState::Ignored
        } else if standing
            .merged
            .iter()
            .any(|merged| merged.record.finding == *id && merged.record.rolled_back.is_none())
        {
            FindingState::Shipped
        } else if standing.open.iter().any(|open| open.finding == *id) {
            FindingState::Proposed
        } else {
            FindingState::Open
        };
    }
    findings.sort_by(|left, right| {
        left.finding
            .state
            .cmp(&right.finding.state)
            .then_with(|| right.finding.support.failing_with.cmp(&left.finding.support.failing_with))
            .then_with(|| left.finding.id.cmp(&right.finding.id))
    });
    Ok(findings)
}

/// What git says about earlier proposals; nothing where there is no commit to ask.
fn standing_now(workspace: &Workspace) -> Result<Standing, CommandError> {
    let head = workspace.repo.as_ref().map(Repo::head).transpose()?.and_then(|head| head.oid());
    head.map_or_else(|| Ok(Standing { open: Vec::new(), merged: Vec::new() }), |head| standing::read(workspace, head))
}

/// The finding that `wanted` names: its id or a unique prefix of it.
pub fn find<'a>(findings: &'a [StoredFinding], wanted: &str) -> Result<&'a StoredFinding, CommandError> {
    let bare = wanted.strip_prefix("f-").unwrap_or(wanted);
    let mut matching = findings.iter().filter(|stored| {
        let id = &stored.finding.id.0;
        id == wanted || (!bare.is_empty() && id.strip_prefix("f-").is_some_and(|digits| digits.starts_with(bare)))
    });
    match (matching.next(), matching.next()) {
        (Some(found), None) => Ok(found),
        (Some(_), Some(_)) => {
            Err(CommandError::usage(format!("`{}` fits more than one finding", one_line(wanted)))
                .hint("Give more digits."))
        }
        (None, _) => Err(CommandError::usage(format!("there is no finding `{}`", one_line(wanted)))
            .hint("`reprompt findings` lists them; `reprompt diagnose` looks for new ones.")),
    }
}

fn list(context: &mut Context, findings: &[StoredFinding]) -> Result<ExitCode, CommandError> {
    if context.globals.json {
        let findings: Vec<Document<'_>> = findings.iter().map(Document::of).collect();
        context.json("reprompt/findings/v1", &List { findings })?;
        return Ok(ExitCode::Done);
    }
    if findings.is_empty() {
        context.ui.line("No findings yet.")?;
        context.ui.hint("`reprompt diagnose` looks for them")?;
        return Ok(ExitCode::Done);
    }
    let mut table = Table::new(&[
        ("finding", Align::Left),
        ("state", Align::Left),
        ("cause", Align::Left),
        ("intent", Align::Left),
        ("failing", Align::Right),
        ("users", Align::Right),
        ("weeks", Align::Left),
    ]);
    for stored in findings {
        let finding = &stored.finding;
        table.row([
            finding.id.0.clone(),
            state_name(finding.state).to_string(),
            one_line(&Event::Cause(finding.cause.clone()).to_string()),
            one_line(&finding.intent_name),
            format!("{} of {}", finding.support.failing_with, finding.support.failing),
            finding.support.users.to_string(),
            sparkline(&shares(finding)),
        ]);
    }
    for line in table.lines(context.ui.width(), 0) {
        context.ui.line(line)?;
    }
    if let Some(open) = findings.iter().find(|stored| stored.finding.state == FindingState::Open) {
        context.ui.hint(format!("`reprompt propose {}` drafts the smallest change for it", open.finding.id))?;
    }
    Ok(ExitCode::Done)
}

fn show(context: &mut Context, workspace: &Workspace, stored: &StoredFinding) -> Result<ExitCode, CommandError> {
    if context.globals.json {
        context.json("reprompt/finding/v1", &Document::of(stored))?;
        return Ok(ExitCode::Done);
    }
    let finding = &stored.finding;
    let quoted: Vec<_> = finding.quotes.iter().map(|quote| quote.conversation.clone()).collect();
    let conversations = workspace.traces()?.load(&quoted)?;
    let redactor = super::privacy::redactor(context, workspace)?;
    let ui = &mut context.ui;
    ui.line(format!("{} {}", ui.paint(Tone::Name, &finding.id.0), ui.paint(Tone::Heading, &sentence(&finding.cause))))?;
    let support = &finding.support;
    ui.line(format!("  state    {}", state_name(finding.state)))?;
    ui.line(format!("  agent    {}", one_line(&finding.agent)))?;
    ui.line(format!("  intent   {} ({})", one_line(&finding.intent_name), finding.intent))?;
    ui.line(format!("  seen     first {}, last {}", stored.first_seen.date(), stored.last_seen.date()))?;
    ui.line(format!(
        "  support  {} of {} failing, {} of {} passing conversations{} (z {:.2}, q {}), {}, top user {}",
        support.failing_with,
        support.failing,
        support.passing_with,
        support.passing,
        compared(&finding.cause),
        support.z,
        p_value(support.q),
        counted(u64::from(support.users), "user"),
        percent(support.top_user_share)
    ))?;
    ui.line(ui.paint(Tone::Heading, "Levers"))?;
    for lever in &finding.levers {
        ui.line(format!(
            "  {} › {} (bytes {}-{})",
            ui.paint(Tone::Name, &lever.path),
            lever.label,
            lever.start,
            lever.end
        ))?;
    }
    ui.line(ui.paint(Tone::Heading, "Evidence"))?;
    let width = ui.width().saturating_sub(30).max(20);
    let mut linked = "";
    for quote in &finding.quotes {
        let stored = conversations.iter().find(|stored| stored.conversation.id == quote.conversation);
        let text = stored.and_then(|stored| quote.verify(&stored.conversation));
        let shown = match text {
            Some(text) => format!("\"{}\"", excerpt(&redactor.redact(text), width)),
            None => "no longer in the cache as it was quoted".to_string(),
        };
        ui.line(format!("  {} turn {:>2}: {shown}", quote.conversation, quote.turn))?;
        if let (Some(template), Some(stored)) = (&workspace.config.archive_link, stored)
            && let Some(external) = &stored.conversation.external_id
            && linked != quote.conversation.0
        {
            linked = &quote.conversation.0;
            ui.line(format!("    {}", one_line(&template.replace("{id}", &in_url(external)))))?;
        }
    }
    ui.hint(format!("`reprompt propose {}` drafts the smallest change for it", finding.id))?;
    Ok(ExitCode::Done)
}

/// An id as it may stand in a URL: everything but letters, digits and `-._~` in percent signs (RFC 3986).
fn in_url(id: &str) -> String {
    let mut url = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
    url
}

fn trend(context: &mut Context, stored: &StoredFinding) -> Result<ExitCode, CommandError> {
    if context.globals.json {
        context.json("reprompt/finding/v1", &Document::of(stored))?;
        return Ok(ExitCode::Done);
    }
    let finding = &stored.finding;
    let mut table = Table::new(&[
        ("week of", Align::Left),
        ("conversations", Align::Right),
        ("failing with it", Align::Right),
        ("share", Align::Right),
        ("95 % interval", Align::Left),
    ]);
    for (week, with, all) in &finding.weeks {
        let interval = jeffreys(u64::from(*with), u64::from(*all), 0.95);
        table.row([
            week.date(),
            all.to_string(),
            with.to_string(),
            if *all == 0 { "-".to_string() } else { percent(f64::from(*with) / f64::from(*all)) },
            interval.map_or_else(
                || "-".to_string(),
                |interval| format!("{} to {}", percent(interval.low), percent(interval.high)),
            ),
        ]);
    }
    context.ui.line(format!(
        "{} in \"{}\": {}",
        finding.id,
        one_line(&finding.intent_name),
        sparkline(&shares(finding))
    ))?;
    if table.is_empty() {
        context.ui.line("  no conversation of this intent has a time")?;
    }
    for line in table.lines(context.ui.width(), 2) {
        context.ui.line(line)?;
    }
    Ok(ExitCode::Done)
}

fn shares(finding: &Finding) -> Vec<f64> {
    finding.weeks.iter().map(|(_, with, all)| f64::from(*with) / f64::from((*all).max(1))).collect()
}

/// A state as printed.
pub fn state_name(state: FindingState) -> &'static str {
    match state {
        FindingState::Open => "open",
        FindingState::Proposed => "proposed",
        FindingState::Shipped => "shipped",
        FindingState::Resolved => "resolved",
        FindingState::Regressed => "regressed",
        FindingState::Ignored => "ignored",
    }
}

/// `--json` of the list.
#[derive(Serialize)]
struct List<'a> {
    findings: Vec<Document<'a>>,
}

/// `--json` of one finding.
#[derive(Serialize)]
struct Document<'a> {
    first_seen: Timestamp,
    last_seen: Timestamp,
    finding: &'a Finding,
}

impl<'a> Document<'a> {
    fn of(stored: &'a StoredFinding) -> Self {
        Self { first_seen: stored.first_seen, last_seen: stored.last_seen, finding: &stored.finding }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_escaped_before_they_stand_in_a_link() {
        assert_eq!(in_url("c-1._~"), "c-1._~");
        assert_eq!(in_url("a/b?c d\u{e9}\n"), "a%2Fb%3Fc%20d%C3%A9%0A");
    }
}

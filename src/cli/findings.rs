//! `findings [list|show|trend|ignore]`: the problems that were found, their state and their share of traffic over
//! time. A finding's state is not stored with it: what people said is in the ledger, what was proposed and merged is
//! in git.

mod document;
mod list;
mod show;
mod survey;
mod weeks;

use super::context::Context;
use super::error::CommandError;
use super::exit_code::ExitCode;
use super::standing;
use super::trends::filter::{Filter, FilterArgs};
use super::trends::marks;
use super::untrusted::one_line;
use super::workspace::Workspace;
use crate::diagnosis::FindingState;
use crate::git::Repo;
use crate::proposal::cadence::Standing;
use crate::store::findings::StoredFinding;
use survey::{Reading, Survey};

/// Arguments of `findings`.
#[derive(Debug, Default, clap::Args)]
pub struct FindingsArgs {
    /// What to do with them; a list when nothing is named
    #[command(subcommand)]
    pub action: Option<Action>,
    /// Print one line of what is new, surging or resolved
    #[arg(long)]
    pub summary: bool,
    /// What is looked at.
    #[command(flatten)]
    pub filter: FilterArgs,
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
    /// Show how much of all traffic and of its intent a finding takes, week by week, and what that means
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
    /// Work on a finding again
    Unignore {
        /// The finding's id, or a unique prefix of it
        finding: String,
    },
}

/// Runs `findings`.
pub fn run(context: &mut Context, args: &FindingsArgs) -> Result<ExitCode, CommandError> {
    if let Some((what, hint)) = args.without_effect(context.globals.json) {
        return Err(CommandError::usage(what).hint(hint));
    }
    let workspace = Workspace::open(context)?;
    let findings = load(&workspace)?;
    match &args.action {
        Some(Action::Show { finding }) => show::print(context, &workspace, find(&findings, finding)?)?,
        Some(Action::Ignore { finding, reason }) => {
            let chosen = find(&findings, finding)?;
            let mut ledger = workspace.ledger()?;
            ledger.set_finding_state(&chosen.finding.id, FindingState::Ignored, reason, context.now())?;
            ledger.record(context.now(), "findings ignore", &chosen.finding.id.0, "ignored", reason)?;
            context.ui.line(format!("{} is ignored; `reprompt findings` still lists it", chosen.finding.id))?;
        }
        Some(Action::Unignore { finding }) => {
            let chosen = find(&findings, finding)?;
            if chosen.finding.state != FindingState::Ignored {
                return Err(CommandError::usage(format!("{} is not ignored", chosen.finding.id)));
            }
            let mut ledger = workspace.ledger()?;
            ledger.set_finding_state(&chosen.finding.id, FindingState::Open, "", context.now())?;
            ledger.record(context.now(), "findings unignore", &chosen.finding.id.0, "open", "")?;
            context.ui.line(format!("{} is open again", chosen.finding.id))?;
        }
        None | Some(Action::List | Action::Trend { .. }) => over_time(context, &workspace, &findings, args)?,
    }
    Ok(ExitCode::Done)
}

/// The list, the summary, or the weeks of one finding.
fn over_time(
    context: &mut Context,
    workspace: &Workspace,
    findings: &[StoredFinding],
    args: &FindingsArgs,
) -> Result<(), CommandError> {
    let chosen = match &args.action {
        Some(Action::Trend { finding }) => Some(find(findings, finding)?),
        _ => None,
    };
    let store = workspace.traces()?;
    let filter = Filter::of(&args.filter, context.now());
    let reading = Reading::load(&store, &filter)?;
    if reading.rows.is_empty() && args.filter.chooses() && !args.summary {
        return nothing_passes(context);
    }
    // A table and a summary need neither: git is not walked, and no call is read, for nothing.
    let (latencies, marks) = if context.globals.json || chosen.is_some() {
        let rows = reading.rows.iter().map(|one| &one.row);
        (store.tool_latencies()?, marks::read(context, workspace, rows)?)
    } else {
        Default::default()
    };
    let survey = Survey::new(findings, &reading, &latencies, &filter, &marks);
    if let Some(stored) = chosen {
        return weeks::print(context, &store, &survey, stored, args.filter.csv);
    }
    if args.summary {
        let summary = survey.report.map(|report| report.summary).unwrap_or_default();
        if context.globals.json {
            return context.json("reprompt/findings-summary/v1", &summary);
        }
        return Ok(context.ui.line(summary)?);
    }
    list::print(context, findings, &survey, args.filter.csv)
}

/// Says why there is nothing to show.
fn nothing_passes(context: &mut Context) -> Result<(), CommandError> {
    let reason = "no conversation that was read passes these filters";
    if context.globals.json {
        return context.json("reprompt/finding/v1", &document::Nothing { weeks: [], reason });
    }
    Ok(context.ui.line(reason)?)
}

impl FindingsArgs {
    /// What was asked for beside something that makes no use of it, and what to do.
    fn without_effect(&self, json: bool) -> Option<(&'static str, &'static str)> {
        let lists = matches!(self.action, None | Some(Action::List));
        let weeks = matches!(self.action, Some(Action::Trend { .. }));
        match () {
            () if self.filter.csv && json => Some(("--csv and --json cannot be used together", "Choose one.")),
            () if self.summary && !lists => Some(("--summary is about all findings", "Leave out what follows.")),
            () if self.filter.chooses() && !weeks && !self.summary => {
                Some(("filters choose the conversations that weeks count; a finding holds for all", "Leave them out."))
            }
            () if self.filter.csv && (self.summary || !(lists || weeks)) => {
                Some(("--csv is for the list and `trend`", "--json prints all that is known."))
            }
            () => None,
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

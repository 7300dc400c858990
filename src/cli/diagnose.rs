//! `diagnose [INTENT]`: contrasts failing with passing conversations, first over everything an agent did, then
//! intent by intent, and stores the findings.

mod reading;

use super::context::Context;
use super::error::CommandError;
use super::exit_code::ExitCode;
use super::model::{self, ModelArgs};
use super::ui::Tone;
use super::untrusted::{excerpt, one_line};
use super::view::cause::{compared, sentence};
use super::view::number::{counted, p_value, thousands};
use super::view::table::{Align, Table, cut};
use super::workspace::Workspace;
use crate::diagnosis::assemble::{Diagnosis, Overview, Scope, diagnose, overview};
use crate::diagnosis::contrast::Contrast;
use crate::diagnosis::decide::{Decision, UNCOVERED};
use crate::diagnosis::lever::places;
use crate::diagnosis::reading::{INSTRUCTIONS, readings};
use crate::diagnosis::{Case, Finding, FindingId};
use crate::intent::Intent;
use crate::store::Stored;
use crate::store::findings::Found;
use crate::trace::ConversationId;
use crate::trace::redact::Redactor;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;

/// Arguments of `diagnose`.
#[derive(Debug, clap::Args)]
pub struct DiagnoseArgs {
    /// Only this intent: its id, a unique prefix of it, or its name
    pub intent: Option<String>,
    /// How many events to print in each table
    #[arg(long, default_value_t = 8, value_name = "N")]
    pub top: usize,
    /// Count the calls, tokens and dollars that a language model's reading would take, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Who reads what events cannot show.
    #[command(flatten)]
    pub model: ModelArgs,
}

/// Runs `diagnose`.
pub fn run(context: &mut Context, args: &DiagnoseArgs) -> Result<ExitCode, CommandError> {
    let workspace = Workspace::open(context)?;
    let mut store = workspace.traces()?;
    let there = store.all_there()?;
    let conversations: BTreeMap<String, Stored> =
        store.load_main()?.into_iter().map(|stored| (stored.conversation.id.0.clone(), stored)).collect();
    let shown = super::intents::registry::Shown::load(&workspace, &store)?;
    let (intents, goals) = (&shown.intents, &shown.goals);
    let chosen = match &args.intent {
        None => None,
        Some(wanted) => Some(super::intents::find(intents, wanted)?.id.clone()),
    };
    let reader = model::open(context, &workspace, &args.model, "diagnose", args.dry_run)?;
    if args.dry_run && reader.is_none() {
        return Err(CommandError::usage("the embedded engine asks nobody, so there is nothing to count")
            .hint("Add --engine llm, or set `engine: llm` in the config."));
    }
    let own = workspace.config.model.llm.label_instructions.as_ref().filter(|_| reader.is_some());
    let instructions = model::instructions(context, &workspace, own, INSTRUCTIONS)?;
    let mut targets = Vec::new();
    let at = workspace.newest()?;
    let mut reports = Vec::new();
    let mut among: BTreeMap<FindingId, Vec<ConversationId>> = BTreeMap::new();
    for agent in &workspace.config.agents {
        let mine = |stored: &Stored| workspace.belongs(agent, &stored.conversation);
        let all: Vec<Case<'_>> = conversations.values().filter(|stored| mine(stored)).map(whole).collect();
        let places = places(&workspace.prompts(at, agent)?, &workspace.tools(at, agent)?);
        let mut diagnoses = Vec::new();
        let wanted = |intent: &&Intent| match &chosen {
            Some(chosen) => intent.id == *chosen,
            None => !shown.is_ignored(&intent.id),
        };
        for intent in intents.iter().filter(wanted) {
            let cases: Vec<Case<'_>> = goals
                .iter()
                .filter(|goal| goal.intent.as_ref() == Some(&intent.id))
                .filter_map(|goal| Some((goal, conversations.get(&goal.conversation.0)?)))
                .filter(|(_, stored)| mine(stored))
                .map(|(goal, stored)| Case {
                    start: goal.first_turn as usize,
                    end: part_end(stored, goal.last_turn as usize),
                    ..whole(stored)
                })
                .collect();
            if cases.is_empty() {
                continue;
            }
            let scope = Scope { agent: agent.name.clone(), intent: intent.id.clone(), name: intent.name.clone() };
            let diagnosis = diagnose(scope, &cases, &places);
            if let Some(finding) = &diagnosis.finding {
                among.insert(finding.id.clone(), cases.iter().map(|case| case.conversation.id.clone()).collect());
            }
            if let (Some(reader), None) = (&reader, &diagnosis.finding)
                && diagnosis.failing >= LEAST_SHOWN
            {
                let readings = readings(&cases, &instructions, &|text| reader.redactor.redact(text));
                targets.push(reading::Target { intent: intent.id.clone(), failing: diagnosis.failing, readings });
            }
            diagnoses.push(diagnosis);
        }
        diagnoses.sort_by_key(|diagnosis| std::cmp::Reverse(diagnosis.failing));
        reports.push(Report { agent: agent.name.clone(), overview: overview(&all), diagnoses });
    }
    let findings: Vec<Finding> =
        reports.iter().flat_map(|report| &report.diagnoses).filter_map(|diagnosis| diagnosis.finding.clone()).collect();
    let mut read = reader.as_ref().map(|reader| reading::read(context, reader, targets)).unwrap_or_default();
    if let (true, Some(reader)) = (read.planned, &reader) {
        reader.print_plan(context)?;
        return Ok(ExitCode::Done);
    }
    let found: Vec<Found<'_>> = findings
        .iter()
        .map(|finding| Found { finding, among: among.get(&finding.id).map(Vec::as_slice).unwrap_or_default() })
        .collect();
    store.save_findings(&found, &there, context.now())?;
    if let Some(error) = read.error.take() {
        return Err(error);
    }
    if context.globals.json {
        let document = Document { observed: read.documents(), ..Document::of(&reports) };
        context.json("reprompt/diagnose/v1", &document)?;
        return Ok(ExitCode::Done);
    }
    let redactor = super::privacy::redactor(context, &workspace)?;
    for report in &reports {
        print_overview(context, report, args.top)?;
        for diagnosis in &report.diagnoses {
            print_diagnosis(context, diagnosis, args, &conversations, &redactor)?;
        }
        print_abstentions(context, report)?;
    }
    reading::print(context, &read)?;
    for note in &read.notes {
        context.ui.status(one_line(note))?;
    }
    if intents.is_empty() {
        context.ui.hint("No intents are named yet, so only the whole was contrasted: `reprompt intents`")?;
    } else if let Some(finding) = findings.first() {
        context.ui.hint(format!("`reprompt propose {}` drafts the smallest change for it", finding.id))?;
    } else {
        context.ui.hint("Nothing to propose. `reprompt intents show ID` prints the worst threads of an intent")?;
    }
    Ok(ExitCode::Done)
}

/// Failing conversations that an event must occur in to be shown as a mark of failure.
const LEAST_SHOWN: u32 = 3;

/// One agent's results.
struct Report {
    agent: String,
    overview: Overview,
    diagnoses: Vec<Diagnosis>,
}

fn whole(stored: &Stored) -> Case<'_> {
    Case::whole(&stored.conversation, &stored.signals, stored.judgement.outcome)
}

/// A goal's part of the conversation runs to the turn before the user's next one after it.
fn part_end(stored: &Stored, last_turn: usize) -> usize {
    let turns = &stored.conversation.turns;
    let next = turns.iter().enumerate().skip(last_turn + 1).find(|(_, turn)| turn.role == crate::trace::Role::User);
    next.map_or(turns.len(), |(index, _)| index)
}

fn print_overview(context: &mut Context, report: &Report, top: usize) -> io::Result<()> {
    let Overview { failing, passing, unknown, contrasts, tool_errors } = &report.overview;
    let ui = &mut context.ui;
    let total = u64::from(failing + passing + unknown);
    ui.line(format!(
        "{}: {}, {} failing, {} passing, {} unknown",
        ui.paint(Tone::Heading, &report.agent),
        counted(total, "conversation"),
        thousands(u64::from(*failing)),
        thousands(u64::from(*passing)),
        thousands(u64::from(*unknown))
    ))?;
    if total == 0 {
        return ui.line("  no conversation in the cache is this agent's");
    }
    let marks: Vec<&Contrast> =
        contrasts.iter().filter(|one| one.z > 0.0 && one.failing_with >= LEAST_SHOWN).take(top).collect();
    if !marks.is_empty() {
        ui.line("")?;
        ui.line(ui.paint(Tone::Heading, "What marks failures, over whole conversations"))?;
        print_contrasts(context, &marks)?;
    }
    if !tool_errors.is_empty() {
        let ui = &mut context.ui;
        ui.line("")?;
        ui.line(ui.paint(Tone::Heading, "Tool errors: counts, and what they mean"))?;
        let mut table = Table::new(&[
            ("tool", Align::Left),
            ("calls", Align::Right),
            ("failed", Align::Right),
            ("in failing", Align::Right),
            ("in passing", Align::Right),
            ("z", Align::Right),
        ]);
        for tool in tool_errors.iter().take(top) {
            table.row([
                one_line(&tool.tool),
                thousands(u64::from(tool.calls)),
                thousands(u64::from(tool.errors)),
                format!("{} of {failing}", tool.failing_with),
                format!("{} of {passing}", tool.passing_with),
                format!("{:.2}", tool.z),
            ]);
        }
        for line in table.lines(ui.width(), 2) {
            ui.line(line)?;
        }
    }
    Ok(())
}

fn print_contrasts(context: &mut Context, contrasts: &[&Contrast]) -> io::Result<()> {
    let mut table = Table::new(&[
        ("event", Align::Left),
        ("failing", Align::Right),
        ("passing", Align::Right),
        ("z", Align::Right),
        ("q", Align::Right),
    ]);
    for contrast in contrasts {
        table.row([
            one_line(&contrast.event.to_string()),
            format!("{} of {}", contrast.failing_with, contrast.failing),
            format!("{} of {}", contrast.passing_with, contrast.passing),
            format!("{:.2}", contrast.z),
            p_value(contrast.q),
        ]);
    }
    for line in table.lines(context.ui.width(), 2) {
        context.ui.line(line)?;
    }
    Ok(())
}

fn print_diagnosis(
    context: &mut Context,
    diagnosis: &Diagnosis,
    args: &DiagnoseArgs,
    conversations: &BTreeMap<String, Stored>,
    redactor: &Redactor,
) -> io::Result<()> {
    let Some(finding) = &diagnosis.finding else {
        if args.intent.is_some() || context.ui.verbose() {
            let ui = &mut context.ui;
            ui.line("")?;
            ui.line(format!(
                "{} {}",
                ui.paint(Tone::Name, &diagnosis.scope.intent.0),
                one_line(&diagnosis.scope.name)
            ))?;
            let marks: Vec<&Contrast> = diagnosis.contrasts.iter().filter(|one| one.z > 0.0).take(args.top).collect();
            print_contrasts(context, &marks)?;
        }
        return Ok(());
    };
    let ui = &mut context.ui;
    ui.line("")?;
    ui.line(format!(
        "{} {} in \"{}\" ({})",
        ui.paint(Tone::Name, &finding.id.0),
        ui.paint(Tone::Heading, &sentence(&finding.cause)),
        one_line(&finding.intent_name),
        finding.intent
    ))?;
    let support = &finding.support;
    ui.line(format!(
        "  {} of {} failing and {} of {} passing conversations{} show it (z {:.2}, q {}), {}; {:.0} % of the evidence",
        support.failing_with,
        support.failing,
        support.passing_with,
        support.passing,
        compared(&finding.cause),
        support.z,
        p_value(support.q),
        counted(u64::from(support.users), "user"),
        100.0 * finding.score
    ))?;
    if !finding.weeks.is_empty() {
        let shares: Vec<f64> =
            finding.weeks.iter().map(|(_, with, all)| f64::from(*with) / f64::from((*all).max(1))).collect();
        let first = finding.weeks.first().map(|(week, ..)| week.date()).unwrap_or_default();
        let line =
            format!("  share of the intent by week since {first}: {}", super::view::sparkline::sparkline(&shares));
        ui.line(line)?;
    }
    for other in diagnosis.weighed.iter().skip(1).take(3) {
        ui.line(format!(
            "  also weighed: {} ({:.0} %)",
            one_line(&other.contrast.event.to_string()),
            100.0 * other.share
        ))?;
    }
    ui.line("  levers:")?;
    for lever in finding.levers.iter().take(4) {
        let span = if lever.start == lever.end {
            format!("at byte {}", lever.start)
        } else {
            format!("bytes {}-{}", lever.start, lever.end)
        };
        ui.line(format!("    {} › {} ({span}), {:.1}", ui.paint(Tone::Name, &lever.path), lever.label, lever.score))?;
    }
    ui.line("  evidence:")?;
    let width = ui.width().saturating_sub(30).max(20);
    for quote in finding.quotes.iter().take(4) {
        let verified = conversations.get(&quote.conversation.0).and_then(|stored| quote.verify(&stored.conversation));
        if let Some(text) = verified {
            ui.line(format!(
                "    {} turn {:>2}: \"{}\"",
                quote.conversation,
                quote.turn,
                excerpt(&redactor.redact(text), width)
            ))?;
        }
    }
    Ok(())
}

/// Columns that an intent's name may take beside the reason, which matters more.
const NAME_WIDTH: usize = 22;

fn print_abstentions(context: &mut Context, report: &Report) -> io::Result<()> {
    let abstained: Vec<&Diagnosis> = report.diagnoses.iter().filter(|diagnosis| diagnosis.finding.is_none()).collect();
    let ui = &mut context.ui;
    if !abstained.is_empty() {
        ui.line("")?;
        ui.line(ui.paint(Tone::Heading, "No cause named"))?;
        let mut table = Table::new(&[("intent", Align::Left), ("name", Align::Left), ("why", Align::Left)]);
        for diagnosis in abstained {
            if let Decision::Abstained(reason) = &diagnosis.decision {
                table.row([
                    diagnosis.scope.intent.0.clone(),
                    cut(&one_line(&diagnosis.scope.name), NAME_WIDTH),
                    one_line(reason),
                ]);
            }
        }
        for line in table.lines(ui.width(), 2) {
            ui.line(line)?;
        }
    }
    if ui.verbose() {
        ui.line(format!("Not yet covered as causes: {}", UNCOVERED.join(", ")))?;
    }
    Ok(())
}

/// `--json` of `diagnose`.
#[derive(Serialize)]
struct Document {
    agents: Vec<AgentDocument>,
    not_yet_covered: [&'static str; 8],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    observed: Vec<reading::ObservedDocument>,
}

#[derive(Serialize)]
struct AgentDocument {
    agent: String,
    failing: u32,
    passing: u32,
    unknown: u32,
    contrasts: Vec<ContrastDocument>,
    tool_errors: Vec<ToolErrorDocument>,
    findings: Vec<Finding>,
    abstentions: Vec<AbstentionDocument>,
}

#[derive(Serialize)]
struct ContrastDocument {
    event: String,
    failing_with: u32,
    passing_with: u32,
    users: u32,
    z: f64,
    q: f64,
}

#[derive(Serialize)]
struct ToolErrorDocument {
    tool: String,
    calls: u32,
    errors: u32,
    failing_with: u32,
    passing_with: u32,
    z: f64,
}

#[derive(Serialize)]
struct AbstentionDocument {
    intent: String,
    failing: u32,
    passing: u32,
    reason: String,
}

impl Document {
    fn of(reports: &[Report]) -> Self {
        let agents = reports
            .iter()
            .map(|report| AgentDocument {
                agent: report.agent.clone(),
                failing: report.overview.failing,
                passing: report.overview.passing,
                unknown: report.overview.unknown,
                contrasts: report.overview.contrasts.iter().map(contrast_document).collect(),
                tool_errors: report
                    .overview
                    .tool_errors
                    .iter()
                    .map(|tool| ToolErrorDocument {
                        tool: tool.tool.clone(),
                        calls: tool.calls,
                        errors: tool.errors,
                        failing_with: tool.failing_with,
                        passing_with: tool.passing_with,
                        z: tool.z,
                    })
                    .collect(),
                findings: report.diagnoses.iter().filter_map(|diagnosis| diagnosis.finding.clone()).collect(),
                abstentions: report
                    .diagnoses
                    .iter()
                    .filter_map(|diagnosis| match &diagnosis.decision {
                        Decision::Named => None,
                        Decision::Abstained(reason) => Some(AbstentionDocument {
                            intent: diagnosis.scope.intent.0.clone(),
                            failing: diagnosis.failing,
                            passing: diagnosis.passing,
                            reason: reason.clone(),
                        }),
                    })
                    .collect(),
            })
            .collect();
        Self { agents, not_yet_covered: UNCOVERED, observed: Vec::new() }
    }
}

fn contrast_document(contrast: &Contrast) -> ContrastDocument {
    ContrastDocument {
        event: contrast.event.to_string(),
        failing_with: contrast.failing_with,
        passing_with: contrast.passing_with,
        users: contrast.users,
        z: contrast.z,
        q: contrast.q,
    }
}

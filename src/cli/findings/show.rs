//! One finding: its support, its levers, and its evidence, each quote checked against the conversation before it is shown.

use super::super::context::Context;
use super::super::error::CommandError;
use super::super::privacy;
use super::super::ui::Tone;
use super::super::untrusted::{excerpt, one_line};
use super::super::view::cause::{compared, sentence};
use super::super::view::number::{counted, p_value, percent};
use super::super::workspace::Workspace;
use super::document::Document;
use super::state_name;
use crate::diagnosis::FindingState;
use crate::store::findings::StoredFinding;

/// Prints it.
pub fn print(context: &mut Context, workspace: &Workspace, stored: &StoredFinding) -> Result<(), CommandError> {
    if context.globals.json {
        return context.json("reprompt/finding/v1", &Document::of(stored));
    }
    let finding = &stored.finding;
    let quoted: Vec<_> = finding.quotes.iter().map(|quote| quote.conversation.clone()).collect();
    let conversations = workspace.traces()?.load(&quoted)?;
    let redactor = privacy::redactor(context, workspace)?;
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
    if finding.state == FindingState::Ignored {
        ui.hint(format!("`reprompt findings unignore {}` takes that back", finding.id))?;
    } else {
        ui.hint(format!("`reprompt propose {}` drafts the smallest change for it", finding.id))?;
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_escaped_before_they_stand_in_a_link() {
        assert_eq!(in_url("c-1._~"), "c-1._~");
        assert_eq!(in_url("a/b?c d\u{e9}\n"), "a%2Fb%3Fc%20d%C3%A9%0A");
    }
}

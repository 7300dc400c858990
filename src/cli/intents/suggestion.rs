//! What a language model takes for one intent or for two, with the command by which a person carries it out. Nothing
//! here does.

use super::super::error::CommandError;
use super::super::ui::Ui;
use super::super::untrusted::one_line;
use crate::intent::naming::{Part, Suggestion};
use crate::intent::{Intent, IntentId};

/// Suggestions that are printed at once.
const SHOWN: usize = 10;

/// Says what a model has just suggested, as far as it is still open among `intents`.
pub fn hint(ui: &mut Ui, intents: &[Intent], suggested: &[(IntentId, Suggestion)]) -> Result<(), CommandError> {
    let sentences: Vec<String> =
        suggested.iter().filter_map(|(id, suggestion)| sentence(intents, id, suggestion)).collect();
    for sentence in sentences.iter().take(SHOWN) {
        ui.hint(one_line(sentence))?;
    }
    if sentences.len() > SHOWN {
        let more = sentences.len() - SHOWN;
        ui.hint(format!(
            "{more} more like these: `reprompt intents show` and `reprompt intents --json` have them all"
        ))?;
    }
    Ok(())
}

/// The suggestion about `id` as a sentence with its command; `None` where it is open no longer. The smaller of two intents
/// goes into the larger.
pub fn sentence(intents: &[Intent], id: &IntentId, suggestion: &Suggestion) -> Option<String> {
    // They are sorted by size.
    let place = |id: &IntentId| intents.iter().position(|intent| intent.id == *id);
    let intent = intents.get(place(id)?).filter(|intent| intent.suggestions.contains(suggestion))?;
    match suggestion {
        Suggestion::Merge { with } => {
            let (small, large) = if place(id)? < place(with)? { (with, id) } else { (id, with) };
            Some(format!(
                "the model takes {small} and {large} for one intent: `reprompt intents merge {small} {large}`"
            ))
        }
        Suggestion::Split(Part { containing, name }) => {
            let phrases: Vec<String> = containing.iter().map(|phrase| format!(" --containing \"{phrase}\"")).collect();
            let is_free =
                |name: &&String| !intents.iter().any(|other| other.name.to_lowercase() == name.to_lowercase());
            let name = name.as_ref().filter(is_free).map(|name| format!(" --name \"{name}\"")).unwrap_or_default();
            let command = format!("reprompt intents split {}{}{name}", intent.id, phrases.concat());
            Some(format!("the model takes {} for two intents: `{command}`", intent.id))
        }
    }
}

//! Typed events of one conversation: which tools it calls, in which order, with which failures, and the traces of
//! the causes that events can prove. An event occurs or does not; how often is not counted, because failing
//! conversations are longer than passing ones and everything occurs more often in them.

use super::grounding::Ground;
use super::{Case, Cause};
use crate::trace::{Role, SignalKind, ToolCall};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Something that occurs in a conversation or does not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// An event that proves a cause. Listed first: where two events occur in the same conversations, the one
    /// that sorts first names them.
    Cause(Cause),
    /// A call of the tool failed.
    ToolError(String),
    /// A call of the tool returned nothing.
    ToolEmpty(String),
    /// The second tool was called right after the first.
    ToolPair(String, String),
    /// The tool was called.
    Tool(String),
    /// The tool was not called, though at least 30 % of passing conversations call it.
    NoTool(String),
    /// The first reply asks back and calls nothing.
    ClarifiesFirst,
    /// The prompt version in force, by its digest's first eight digits.
    PromptVersion(String),
    /// The model that answered.
    Model(String),
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cause(Cause::ArgumentGuessed { tool, argument }) => write!(f, "{tool}.{argument} guessed"),
            Self::Cause(Cause::ArgumentRejected { tool, argument, .. }) => {
                write!(f, "{tool}.{argument} outside the accepted set")
            }
            Self::Cause(Cause::WrongTool { called, instead }) => write!(f, "{called} where others call {instead}"),
            Self::Cause(Cause::RepeatedFailure { tool }) => write!(f, "{tool} repeated after it failed"),
            Self::Cause(Cause::RepeatedCorrection { wanted, .. }) => {
                write!(f, "corrected about {}", wanted.first().map_or("", String::as_str))
            }
            Self::ToolError(tool) => write!(f, "{tool} fails"),
            Self::ToolEmpty(tool) => write!(f, "{tool} returns nothing"),
            Self::ToolPair(first, second) => write!(f, "{first} then {second}"),
            Self::Tool(tool) => write!(f, "{tool} called"),
            Self::NoTool(tool) => write!(f, "{tool} not called"),
            Self::ClarifiesFirst => write!(f, "first reply asks back"),
            Self::PromptVersion(version) => write!(f, "prompt version {version}"),
            Self::Model(model) => write!(f, "model {model}"),
        }
    }
}

/// The events of one conversation, each with the turn where it first shows.
pub type Occurrences = BTreeMap<Event, usize>;

/// Extracts the events of `case`. With `before_complaint`, only turns before the user's first negative signal are
/// read, so that what the agent does after a complaint does not pass for its cause. Repeated corrections and wrong
/// tools need all conversations together and are added by their own modules.
pub fn extract(case: &Case<'_>, before_complaint: bool) -> Occurrences {
    let end = if before_complaint { first_complaint(case).unwrap_or(case.end) } else { case.end };
    let mut events = Occurrences::new();
    let mut add = |event: Event, turn: usize| {
        events.entry(event).or_insert(turn);
    };
    let mut previous: Option<(usize, &ToolCall)> = None;
    let mut replied = false;
    for (index, turn) in case.conversation.turns.iter().enumerate().take(end).skip(case.start) {
        if turn.role != Role::Assistant {
            if turn.role == Role::User {
                // A user in between makes a repeated call the user's wish.
                previous = previous.map(|(_, call)| (usize::MAX, call));
            }
            continue;
        }
        if !replied && (!turn.text.trim().is_empty() || !turn.calls.is_empty()) {
            replied = true;
            if turn.calls.is_empty() && turn.text.contains('?') {
                add(Event::ClarifiesFirst, index);
            }
        }
        for (position, call) in turn.calls.iter().enumerate() {
            add(Event::Tool(call.name.clone()), index);
            if call.error.is_some() {
                add(Event::ToolError(call.name.clone()), index);
            } else if call.is_empty_result() {
                add(Event::ToolEmpty(call.name.clone()), index);
            }
            if let Some((_, before)) = previous {
                add(Event::ToolPair(before.name.clone(), call.name.clone()), index);
            }
            if let Some((at, before)) = previous
                && at != usize::MAX
                && before.error.is_some()
                && before.name == call.name
                && same_arguments(before, call)
            {
                add(Event::Cause(Cause::RepeatedFailure { tool: call.name.clone() }), index);
            }
            for cause in argument_causes(case, index, position, call) {
                add(Event::Cause(cause), index);
            }
            previous = Some((index, call));
        }
    }
    if let Some(digest) = case.conversation.system_digest {
        add(Event::PromptVersion(digest.short(8)), case.start);
    }
    if let Some(model) = &case.conversation.model {
        add(Event::Model(model.clone()), case.start);
    }
    events
}

/// Adds [`Event::NoTool`] for the tools that at least 30 % of passing conversations call.
pub fn add_absences(occurrences: &mut [Occurrences], passing: &[bool]) {
    let successes = passing.iter().filter(|passed| **passed).count();
    let mut used: BTreeMap<String, usize> = BTreeMap::new();
    for (events, passed) in occurrences.iter().zip(passing) {
        for event in events.keys() {
            if let (Event::Tool(tool), true) = (event, *passed) {
                *used.entry(tool.clone()).or_default() += 1;
            }
        }
    }
    for (tool, count) in used {
        if successes == 0 || count * 10 < successes * 3 {
            continue;
        }
        for events in &mut *occurrences {
            if !events.contains_key(&Event::Tool(tool.clone())) {
                events.insert(Event::NoTool(tool.clone()), usize::MAX);
            }
        }
    }
}

/// Index of the turn with the user's first negative signal within the case.
pub fn first_complaint(case: &Case<'_>) -> Option<usize> {
    case.signals
        .iter()
        .filter(|signal| {
            matches!(
                signal.kind,
                SignalKind::Correction | SignalKind::Frustration | SignalKind::Escalation | SignalKind::Repetition
            )
        })
        .map(|signal| signal.turn as usize)
        .filter(|turn| {
            (case.start..case.end).contains(turn)
                && case.conversation.turns.get(*turn).is_some_and(|turn| turn.role == Role::User)
        })
        .min()
}

fn same_arguments(left: &ToolCall, right: &ToolCall) -> bool {
    // Parsed maps compare without regard to order and spacing.
    left.arguments == right.arguments
        || (!left.argument_map().is_empty() && left.argument_map() == right.argument_map())
}

/// Causes that one call's arguments prove.
fn argument_causes(case: &Case<'_>, turn: usize, position: usize, call: &ToolCall) -> Vec<Cause> {
    let arguments = call.argument_map();
    if arguments.is_empty() {
        return Vec::new();
    }
    let mut causes = Vec::new();
    let error = if call.error.is_some() { call.result.as_deref().unwrap_or_default() } else { "" };
    if let Some(accepted) = accepted_set(error) {
        let rejected = arguments.iter().find(|(name, value)| names_argument(error, name) && outside(value, &accepted));
        let rejected = rejected.or_else(|| {
            let mut strings = arguments.iter().filter(|(_, value)| value.is_string() && outside(value, &accepted));
            let only = strings.next();
            if strings.next().is_none() { only } else { None }
        });
        if let Some((argument, _)) = rejected {
            causes.push(Cause::ArgumentRejected { tool: call.name.clone(), argument: argument.clone(), accepted });
        }
    }
    let ground = Ground::before(case.conversation, turn, position);
    for (argument, value) in &arguments {
        let rejected = causes
            .iter()
            .any(|cause| matches!(cause, Cause::ArgumentRejected { argument: other, .. } if other == argument));
        if !rejected && !ground.gives(value) && !ground.asked_for(argument) {
            causes.push(Cause::ArgumentGuessed { tool: call.name.clone(), argument: argument.clone() });
        }
    }
    causes
}

fn outside(value: &serde_json::Value, accepted: &[String]) -> bool {
    value.as_str().is_some_and(|text| !accepted.iter().any(|item| item.eq_ignore_ascii_case(text)))
}

fn names_argument(error: &str, argument: &str) -> bool {
    let error = format!(" {} ", super::grounding::words(error));
    error.contains(&format!(" {} ", super::grounding::words(argument)))
}

/// The accepted values that an error message names, if it names any: the list after "must be one of", "allowed
/// values", "expected one of" and their like. At least two values, each a short identifier.
pub fn accepted_set(error: &str) -> Option<Vec<String>> {
    const INTRODUCTIONS: [&str; 14] = [
        "must be one of",
        "should be one of",
        "has to be one of",
        "needs to be one of",
        "expected one of",
        "allowed values are",
        "allowed values",
        "accepted values are",
        "accepted values",
        "valid values are",
        "valid values",
        "valid options are",
        "valid options",
        "choose from",
    ];
    let lower = error.to_ascii_lowercase();
    let start = INTRODUCTIONS.iter().find_map(|words| lower.find(words).map(|at| at + words.len()))?;
    let list = error.get(start..)?.trim_start_matches([':', ' ', '=', '[', '(', '{']);
    let end = list.find(['\n', ']', ')', '}', ';']).unwrap_or(list.len());
    let list = list.get(..end)?;
    let mut values = Vec::new();
    for piece in list.split([',', '|', '/']) {
        for part in piece.split(" or ").flat_map(|part| part.split(" and ")) {
            let part = part.trim().trim_start_matches("or ").trim_start_matches("and ");
            let value = part.trim().trim_matches(['"', '\'', '`', ' ']).trim_end_matches(['.', '!']);
            let value = value.trim_matches(['"', '\'', '`', ' ']);
            if value.is_empty() {
                continue;
            }
            let identifier = value.len() <= 32
                && value
                    .chars()
                    .all(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.'));
            if !identifier {
                // The list has ended and prose goes on.
                return distinct(values);
            }
            values.push(value.to_string());
        }
    }
    distinct(values)
}

fn distinct(values: Vec<String>) -> Option<Vec<String>> {
    let mut seen = BTreeSet::new();
    let values: Vec<String> = values.into_iter().filter(|value| seen.insert(value.clone())).collect();
    (values.len() >= 2).then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::fixtures::{dialogue, fails};

    fn events(turns: &[(&str, &str)]) -> Vec<String> {
        let talk = dialogue("c", turns);
        let case = Case::whole(&talk, &[], crate::trace::Outcome::Failure);
        extract(&case, false).keys().map(ToString::to_string).collect()
    }

    #[test]
    fn accepted_sets_are_read_from_the_usual_wordings() {
        let set = |text| accepted_set(text).unwrap_or_default().join("+");
        assert_eq!(set("Error: tier must be one of: hobby, pro, scale"), "hobby+pro+scale");
        assert_eq!(set("ValueError: expected one of ['a-1', \"b_2\"]"), "a-1+b_2");
        assert_eq!(set("invalid size; allowed values are small, medium or large."), "small+medium+large");
        assert_eq!(set("Valid options: x | y | z"), "x+y+z");
        assert_eq!(set("must be one of the following two things"), "");
        assert_eq!(set("Error: flight not found"), "");
        assert_eq!(set("must be one of: only"), "");
    }

    #[test]
    fn a_rejected_argument_is_not_also_a_guess() {
        let seen = events(&[
            ("user", "put me on premium"),
            ("assistant", "set_plan {\"tier\":\"gold\"} -> Error: tier must be one of: hobby, pro"),
        ]);
        assert!(seen.contains(&"set_plan.tier outside the accepted set".to_string()), "{seen:?}");
        assert!(!seen.contains(&"set_plan.tier guessed".to_string()));
    }

    #[test]
    fn the_same_failing_call_again_is_a_repetition_unless_the_user_asked_for_it() {
        let call = "load {\"url\":\"x\"} -> Error: no access";
        assert!(
            events(&[("user", "load x"), ("assistant", call), ("assistant", call)])
                .contains(&"load repeated after it failed".to_string())
        );
        let asked = [("user", "load x"), ("assistant", call), ("user", "try again"), ("assistant", call)];
        assert!(!events(&asked).contains(&"load repeated after it failed".to_string()));
        let other = "load {\"url\":\"y\"} -> Error: no access";
        assert!(
            !events(&[("user", "load x y"), ("assistant", call), ("assistant", other)])
                .contains(&"load repeated after it failed".to_string())
        );
    }

    #[test]
    fn events_after_a_complaint_are_left_out() {
        let talk = dialogue(
            "c",
            &[
                ("user", "connect"),
                ("assistant", "a {} -> ok"),
                ("user", "no, that's wrong"),
                ("assistant", "b {} -> ok"),
            ],
        );
        let signals = [fails(SignalKind::Correction, 2)];
        let case = Case::whole(&talk, &signals, crate::trace::Outcome::Failure);
        let early = extract(&case, true);
        assert!(early.contains_key(&Event::Tool("a".into())) && !early.contains_key(&Event::Tool("b".into())));
        assert!(extract(&case, false).contains_key(&Event::Tool("b".into())));
    }

    #[test]
    fn absences_are_only_noted_for_tools_that_successes_use() {
        let with = |tool: &str| Occurrences::from([(Event::Tool(tool.into()), 1)]);
        let mut all = vec![with("a"), with("a"), with("a"), with("b")];
        add_absences(&mut all, &[true, true, true, false]);
        assert!(all[3].contains_key(&Event::NoTool("a".into())));
        assert!(!all[0].contains_key(&Event::NoTool("b".into())));
    }
}

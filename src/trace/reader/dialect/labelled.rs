//! Conversations written down as one text, with a label before each message (`system: ...`, `user: ...`), as AutoGen's
//! instrumentation and LangChain's buffers write what went into a call.

use crate::trace::Role;
use crate::trace::message::Message;

/// What a text says that went in or came out. Words with a colon open lines of ordinary texts too: only a text that
/// went in, begins with the system's label and has another role's at the beginning of a later line is taken apart.
pub(super) fn said(text: &str, speaker: Role) -> Vec<Message> {
    let whole = || vec![Message::new(speaker, text)];
    if speaker != Role::User || !matches!(label(text.trim_start()), Some((Role::System, _))) {
        return whole();
    }
    let mut found: Vec<(Role, String)> = Vec::new();
    for line in text.trim_start().split_inclusive('\n') {
        match (label(line), found.last_mut()) {
            (Some((role, rest)), _) => found.push((role, rest.to_string())),
            (None, Some((_, text))) => text.push_str(line),
            // The first line has a label.
            (None, None) => return whole(),
        }
    }
    if found.iter().all(|(role, _)| *role == Role::System) {
        return whole();
    }
    found.into_iter().map(|(role, text)| Message::new(role, text.trim())).collect()
}

/// The role that a line names first, and what stands after it.
fn label(line: &str) -> Option<(Role, &str)> {
    let (name, rest) = line.split_once(':')?;
    let role = match name.to_ascii_lowercase().as_str() {
        "system" => Role::System,
        "user" | "human" => Role::User,
        "assistant" | "ai" => Role::Assistant,
        _ => return None,
    };
    rest.starts_with(char::is_whitespace).then(|| (role, rest.trim_start_matches([' ', '\t'])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(Role, String)> {
        said(text, Role::User).into_iter().map(|message| (message.role, message.text)).collect()
    }

    #[test]
    fn labelled_texts_are_several_messages_and_others_one() {
        assert_eq!(
            read("system: Be kind.\nNote: always.\nuser: hi\nassistant: hello\nHuman: more"),
            [
                (Role::System, "Be kind.\nNote: always.".to_string()),
                (Role::User, "hi".to_string()),
                (Role::Assistant, "hello".to_string()),
                (Role::User, "more".to_string())
            ]
        );
        for whole in [
            "user: hi\nassistant: hello",
            "system: down since noon",
            "system: a\nSystem: b",
            "system:user: x\nuser: y",
            "hi\nsystem: a\nuser: b",
        ] {
            assert_eq!(read(whole), [(Role::User, whole.to_string())]);
        }
        assert_eq!(said("system: a\nuser: b", Role::Assistant).len(), 1);
    }
}

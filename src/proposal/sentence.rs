//! The sentences of the local engine, one per cause and place. Plain imperative English of at most forty words, made
//! of fixed words around names that the repository holds. Whoever changes one changes what agents will be told:
//! the tests hold every sentence whole.

use super::vocabulary::words;

/// A learned rule: ask the user before a call.
pub fn ask_before_call(tool: &str, argument: &str) -> String {
    format!("Before calling `{tool}`, ask the user for `{argument}` unless they have already given it; never guess it.")
}

/// The same as a note in the argument's own description.
pub fn ask_note() -> String {
    "Ask the user for it unless they have already given it; never guess it.".to_string()
}

/// The same as a note in the tool's description.
pub fn ask_tool_note(argument: &str) -> String {
    format!("Ask the user for `{argument}` first unless they have already given it; never guess it.")
}

/// A learned rule: keep to a set of values, or, when they are not given here, to those that the tool accepts.
pub fn one_of(tool: &str, argument: &str, values: &[&str]) -> String {
    if values.is_empty() {
        return format!(
            "When calling `{tool}`, set `{argument}` only to a value that the tool accepts; when the user's words fit none of them, ask which one they mean."
        );
    }
    format!("When calling `{tool}`, set `{argument}` to exactly one of {}.", either(values))
}

/// `x`, `y` or `z`, each in back quotes. Not a bare list with commas: that is how tools write their errors, and a
/// sentence must not share a run of tokens with one.
fn either(values: &[&str]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

/// The same as a note in the argument's own description; `None` when there are no values to name.
pub fn one_of_note(values: &[&str]) -> Option<String> {
    (!values.is_empty()).then(|| format!("Exactly one of {}.", either(values)))
}

/// A learned rule: which of two tools does what. `purpose` begins with a verb in its plain form.
pub fn right_tool(purpose: &str, right: &str, wrong: &str) -> String {
    format!("To {purpose}, call `{right}`, not `{wrong}`.")
}

/// The same as a note in the wrong tool's description.
pub fn right_tool_note(purpose: &str, right: &str) -> String {
    format!("To {purpose}, call `{right}` instead.")
}

/// A learned rule: do not repeat a call that failed.
pub fn do_not_repeat(tool: &str) -> String {
    format!(
        "When `{tool}` fails, do not repeat the call with the same arguments: tell the user what failed and ask for what is missing, or try another way."
    )
}

/// The same as a note in the tool's description.
pub fn do_not_repeat_note() -> String {
    "When a call fails, do not repeat it with the same arguments: tell the user what failed and ask for what is missing."
        .to_string()
}

/// A learned rule: what users often mean, and what they get instead.
pub fn ask_which(wanted: &str, instead: Option<&str>) -> String {
    match instead {
        Some(instead) => format!(
            "Users often mean \"{wanted}\", not \"{instead}\": when it is unclear, ask which one they want before answering."
        ),
        None => format!(
            "Users often mean \"{wanted}\" without saying so: when it is unclear, ask whether they do before answering."
        ),
    }
}

/// Whether `word` (lower case) is one of the fixed words of these sentences: trusted wherever it stands.
pub fn has_fixed_word(word: &str) -> bool {
    let all = [
        ask_before_call("", ""),
        ask_note(),
        ask_tool_note(""),
        one_of("", "", &[]),
        one_of("", "", &[""]),
        right_tool("", "", ""),
        right_tool_note("", ""),
        do_not_repeat(""),
        do_not_repeat_note(),
        ask_which("", Some("")),
        ask_which("", None),
    ];
    all.iter().any(|sentence| words(sentence).iter().any(|fixed| fixed == word))
}

/// Most words of a purpose.
const PURPOSE_WORDS: usize = 18;

/// What a tool is for, as words that can follow "To": from the first sentence of its own description, else from its
/// name (`list_invoices`: "list invoices"). `None` when neither begins with a verb that we know.
pub fn purpose(name: &str, description: Option<&str>) -> Option<String> {
    description.and_then(purpose_of_description).or_else(|| purpose_of_name(name))
}

fn purpose_of_description(description: &str) -> Option<String> {
    let mut text = description.trim().lines().next()?.trim();
    if let Some(at) = text.find(['.', ';', ':', '(', '!']) {
        text = text.get(..at)?;
    }
    let mut words: Vec<String> = text.split_whitespace().map(str::to_string).collect();
    for opening in [
        "use this tool to",
        "use this to",
        "use it to",
        "this tool can be used to",
        "used to",
        "tool to",
        "a tool to",
        "to",
    ] {
        let opening: Vec<&str> = opening.split(' ').collect();
        let begins = opening
            .iter()
            .enumerate()
            .all(|(at, word)| words.get(at).is_some_and(|found| found.eq_ignore_ascii_case(word)));
        if begins {
            words.drain(..opening.len());
            break;
        }
    }
    if words.len() >= 2 && words.first().is_some_and(|word| word.eq_ignore_ascii_case("this")) {
        words.drain(..2);
    }
    let first = words.first()?;
    let verb = plain_verb(&first.to_lowercase())?;
    if words.len() < 2 || words.len() > PURPOSE_WORDS || !words.iter().all(|word| is_plain_word(word)) {
        return None;
    }
    let rest = words.get(1..)?.join(" ");
    Some(format!("{verb} {}", rest.trim_end_matches(',')))
}

fn purpose_of_name(name: &str) -> Option<String> {
    let words: Vec<String> = name.split(['_', '-']).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let verb = plain_verb(words.first()?)?;
    let plain = words.len() >= 2 && words.iter().all(|word| word.chars().all(|letter| letter.is_ascii_alphabetic()));
    let object = words.get(1..).unwrap_or_default();
    let leads_on = object.first().is_some_and(|word| LEADING.contains(&word.as_str()));
    let article = if leads_on || object.last().is_some_and(|word| word.ends_with('s')) { "" } else { "the " };
    plain.then(|| format!("{verb} {article}{}", object.join(" ")))
}

/// Words after a verb before which no article can stand.
const LEADING: [&str; 10] = ["a", "all", "by", "for", "from", "in", "on", "the", "to", "with"];

fn is_plain_word(word: &str) -> bool {
    word.trim_end_matches(',')
        .chars()
        .all(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '\'' | '_' | '`' | '/'))
}

/// Verbs that descriptions of tools begin with, in their plain form.
const VERBS: &[&str] = &[
    "activate",
    "add",
    "adjust",
    "allow",
    "analyse",
    "analyze",
    "answer",
    "append",
    "apply",
    "approve",
    "archive",
    "arrange",
    "ask",
    "assign",
    "attach",
    "book",
    "browse",
    "build",
    "calculate",
    "call",
    "cancel",
    "change",
    "charge",
    "check",
    "clear",
    "close",
    "collect",
    "compare",
    "compute",
    "configure",
    "confirm",
    "connect",
    "convert",
    "copy",
    "count",
    "create",
    "deactivate",
    "decline",
    "delete",
    "deploy",
    "describe",
    "detect",
    "determine",
    "disable",
    "disconnect",
    "display",
    "download",
    "draft",
    "edit",
    "email",
    "enable",
    "escalate",
    "estimate",
    "evaluate",
    "exchange",
    "execute",
    "explain",
    "export",
    "extract",
    "fetch",
    "fill",
    "filter",
    "finalise",
    "finalize",
    "find",
    "fix",
    "forward",
    "generate",
    "get",
    "give",
    "grant",
    "hand",
    "identify",
    "import",
    "initiate",
    "inspect",
    "install",
    "invite",
    "issue",
    "let",
    "list",
    "load",
    "lock",
    "log",
    "look",
    "mail",
    "make",
    "manage",
    "mark",
    "measure",
    "merge",
    "modify",
    "monitor",
    "move",
    "notify",
    "obtain",
    "offer",
    "open",
    "order",
    "parse",
    "pause",
    "pay",
    "perform",
    "place",
    "plan",
    "play",
    "post",
    "print",
    "process",
    "provide",
    "publish",
    "pull",
    "query",
    "read",
    "rebook",
    "receive",
    "recommend",
    "record",
    "refund",
    "register",
    "reject",
    "release",
    "remove",
    "rename",
    "renew",
    "replace",
    "reply",
    "report",
    "request",
    "reschedule",
    "reserve",
    "reset",
    "resolve",
    "restart",
    "restore",
    "resume",
    "retrieve",
    "return",
    "review",
    "revoke",
    "run",
    "save",
    "schedule",
    "search",
    "select",
    "send",
    "set",
    "share",
    "show",
    "sort",
    "start",
    "stop",
    "store",
    "submit",
    "subscribe",
    "suggest",
    "summarise",
    "summarize",
    "switch",
    "tell",
    "test",
    "track",
    "transfer",
    "translate",
    "trigger",
    "turn",
    "unlock",
    "unsubscribe",
    "update",
    "upgrade",
    "upload",
    "use",
    "validate",
    "verify",
    "view",
    "work",
    "write",
];

/// The plain form of a verb that may stand in the third person (`searches`, `copies`, `returns`).
fn plain_verb(word: &str) -> Option<&'static str> {
    let known = |candidate: &str| VERBS.iter().copied().find(|verb| *verb == candidate);
    known(word)
        .or_else(|| known(word.strip_suffix('s')?))
        .or_else(|| known(word.strip_suffix("es")?))
        .or_else(|| known(&format!("{}y", word.strip_suffix("ies")?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_is_whole_and_short() {
        let sentences = [
            (
                ask_before_call("create_connection", "region"),
                "Before calling `create_connection`, ask the user for `region` unless they have already given it; never guess it.",
            ),
            (
                one_of("book", "cabin", &["economy", "business"]),
                "When calling `book`, set `cabin` to exactly one of `economy` or `business`.",
            ),
            (
                one_of("book", "cabin", &[]),
                "When calling `book`, set `cabin` only to a value that the tool accepts; when the user's words fit none of them, ask which one they mean.",
            ),
            (
                right_tool("search the documentation", "search_docs", "create_ticket"),
                "To search the documentation, call `search_docs`, not `create_ticket`.",
            ),
            (
                do_not_repeat("pay"),
                "When `pay` fails, do not repeat the call with the same arguments: tell the user what failed and ask for what is missing, or try another way.",
            ),
            (
                ask_which("yearly", Some("monthly")),
                "Users often mean \"yearly\", not \"monthly\": when it is unclear, ask which one they want before answering.",
            ),
            (
                ask_which("yearly", None),
                "Users often mean \"yearly\" without saying so: when it is unclear, ask whether they do before answering.",
            ),
            (ask_note(), "Ask the user for it unless they have already given it; never guess it."),
            (
                ask_tool_note("region"),
                "Ask the user for `region` first unless they have already given it; never guess it.",
            ),
            (one_of_note(&["a", "b", "c"]).unwrap(), "Exactly one of `a`, `b` or `c`."),
            (right_tool_note("list invoices", "list_invoices"), "To list invoices, call `list_invoices` instead."),
            (
                do_not_repeat_note(),
                "When a call fails, do not repeat it with the same arguments: tell the user what failed and ask for what is missing.",
            ),
        ];
        for (made, expected) in sentences {
            assert_eq!(made, expected);
            assert!(made.split_whitespace().count() <= 40, "{made}");
        }
    }

    #[test]
    fn the_purpose_of_a_tool_comes_from_its_own_description() {
        for (description, expected) in [
            ("Search the documentation for a topic. Returns up to five pages.", "search the documentation for a topic"),
            ("Returns the user's invoices", "return the user's invoices"),
            ("Searches flights between two cities (direct only)", "search flights between two cities"),
            ("Copies a table to another cluster", "copy a table to another cluster"),
            ("Use this tool to cancel a reservation.", "cancel a reservation"),
            ("This tool cancels a reservation", "cancel a reservation"),
            ("To list all regions; free of charge", "list all regions"),
        ] {
            assert_eq!(purpose("x", Some(description)).as_deref(), Some(expected), "{description}");
        }
    }

    #[test]
    fn a_description_that_does_not_begin_with_a_verb_gives_way_to_the_name() {
        assert_eq!(purpose("list_invoices", Some("Invoices of the user.")).as_deref(), Some("list invoices"));
        assert_eq!(purpose("list_invoices", None).as_deref(), Some("list invoices"));
        assert_eq!(purpose("reset_password", None).as_deref(), Some("reset the password"));
        assert_eq!(purpose("transfer_to_human", None).as_deref(), Some("transfer to human"));
        assert_eq!(purpose("invoices", Some("Invoices of the user.")), None);
        assert_eq!(purpose("get", None), None);
        let long = format!("Get {}", "a ".repeat(40));
        assert_eq!(purpose("get_all", Some(&long)).as_deref(), Some("get all"));
        assert_eq!(purpose("x", Some("Get <b>everything</b> now")), None);
    }
}

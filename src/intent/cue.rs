//! Whether a user turn, seen after the agent's reply, has the form of a new request. Most later turns do not state a
//! goal: they answer, accept, decline, haggle and give thanks. A new goal comes where the last one has been dealt with
//! (the reply ends in a statement, or offers more help) and reads like a request, or it announces itself ("also …").
//!
//! The phrases are English. In other languages only the opening states a goal: a second wish is counted with the first,
//! which is better than counting every "yes, please" as a wish.

/// Ways to offer more help.
const INVITATIONS: &[&str] = &[
    "anything else",
    "something else",
    "anything more",
    "any other",
    "anything i can",
    "what else",
    "how else",
    "else i can",
    "else can i",
    "else you",
    "further assist",
    "further help",
    "help you further",
    "assist you further",
    "more can i",
    "what more",
    "any further",
];
/// What a turn says that reacts to the reply, at its start.
const REACTIONS: &[&str] = &[
    "yes",
    "yeah",
    "yep",
    "yup",
    "no",
    "nope",
    "nah",
    "sure",
    "correct",
    "right",
    "exactly",
    "i understand",
    "i see",
    "but",
    "i'm sorry",
    "sorry",
    "actually",
    "hmm",
    "well",
    "understood",
    "i appreciate",
    "i really",
    "i just",
    "fine",
    "what about",
    "how about",
    "is it",
    "is that",
    "is there",
    "are there",
    "are they",
    "does it",
    "do they",
    "what is the",
    "what's the",
    "what are the",
    "which",
    "in that case",
    "if that",
    "if not",
    "if it",
    "then",
    "please proceed",
    "go ahead",
    "please go",
    "let's go",
    "i'll take",
    "i'll go",
    "i'd prefer",
    "i prefer",
    "my user",
    "my name",
    "my email",
    "my order",
    "my account",
    "my reservation",
    "that",
    "it",
    "these",
    "those",
    "they",
    "still",
    "i still",
    "so",
    "are you sure",
    "why",
    "none",
    "neither",
    "either",
    "could you check again",
    "let me",
    "i don't",
    "i do not",
    "i'll",
    "i will",
    "i can't",
    "i have",
    "i've",
];
/// Courtesies before the point.
const COURTESIES: &[&str] = &[
    "ok",
    "okay",
    "thanks",
    "thank you so much",
    "thank you very much",
    "thank you",
    "great",
    "perfect",
    "awesome",
    "cool",
    "good",
    "nice",
    "alright",
    "all right",
    "got it",
    "wonderful",
    "excellent",
    "super",
    "fantastic",
    "sounds good",
    "that's great",
    "that's good",
    "that's nice",
    "that's perfect",
    "that's fine",
    "that's okay",
    "that works",
    "and",
    "now",
    "next",
    "for your help",
    "for the help",
    "for that",
    "please",
    "a lot",
    "lovely",
    "that sounds good",
    "that sounds great",
    "not now",
    "not right now",
    "later",
    "maybe later",
    "no thanks",
    "no thank you",
    "hi",
    "hello",
    "hey",
];
/// How a further wish announces itself.
const ADDITIONS: &[&str] = &[
    "also",
    "another question",
    "another thing",
    "another issue",
    "one more",
    "something else",
    "by the way",
    "additionally",
    "separate",
    "different question",
    "different issue",
    "next question",
    "moving on",
    "while i have you",
    "second question",
    "unrelated",
    "besides",
    "too",
];
/// How a request begins or what it contains.
const REQUESTS: &[&str] = &[
    "can you",
    "could you",
    "would you",
    "will you",
    "can i",
    "could i",
    "may i",
    "i want",
    "i need",
    "i'd like",
    "i would like",
    "i wish",
    "i'm looking",
    "i am looking",
    "i'm trying",
    "how do i",
    "how can i",
    "how do you",
    "how to",
    "where do i",
    "where can i",
    "what do i",
    "help me",
    "i'm also",
    "i am also",
    "i'd also",
    "i'll also",
    "i also",
    "is it possible to",
    "i'm having",
    "i can't",
    "i cannot",
    "show me",
    "tell me",
    "find me",
    "get me",
    "give me",
    "search for",
    "look for",
    "look up",
    "do you",
];
/// What ends a conversation rather than opens anything.
const CLOSINGS: &[&str] = &[
    "that's all",
    "that is all",
    "that will be all",
    "that'll be all",
    "that's it",
    "all i need",
    "all i needed",
    "all set",
    "nothing",
    "no more",
    "appreciate",
    "have a great",
    "have a good",
    "have a nice",
    "bye",
    "goodbye",
    "take care",
    "i'm good",
    "i am good",
    "for now",
    "that would be all",
    "that does it",
    "needed today",
    "stop",
    "everything",
    "don't need",
    "do not need",
];
/// Words that point back at what was said.
const POINTERS: &[&str] = &["this", "these", "those", "it", "them", "instead", "options", "option", "still", "anyway"];
/// How a turn begins that takes the last reply for an answer.
const THANKS: &[&str] = &["thank", "great", "perfect", "awesome", "cool", "nice", "excellent", "wonderful", "got it"];
/// What takes note of the reply before the point, where COURTESIES are too polite for it.
const ACKNOWLEDGEMENTS: &[&str] = &[
    "sure",
    "yes",
    "yeah",
    "yep",
    "yup",
    "fine",
    "right",
    "of course",
    "well",
    "actually",
    "but",
    "then",
    "i see",
    "understood",
    "i appreciate it",
    "i appreciate that",
    "i'm interested",
    "no problem",
    "much",
    "so far so good",
    "that one sounds great",
    "for now",
    "not at the moment",
    "not right this second",
    "possibly later",
];
/// How the offer of a reply is put off or turned down.
const DECLINES: &[&str] = &[
    "not now",
    "not right now",
    "not right this second",
    "not at the moment",
    "at the moment",
    "later",
    "i'll pass",
    "no thanks",
    "no thank you",
    "first",
];
/// How a wish begins.
const WISHES: &[&str] = &[
    "how do i",
    "how can i",
    "how to",
    "where do i",
    "where can i",
    "i need",
    "i want",
    "i wish",
    "i have to",
    "i'd like",
    "i'd love",
    "i'd need",
    "i'd also",
    "i would like",
    "i would also",
    "i'll need",
    "i'll also need",
    "i will need",
    "i will also need",
    "i also",
    "i'm also",
    "i am also",
    "i'm trying",
    "i'm looking",
    "i am looking",
    "i am in need",
    "i just need",
    "i just want",
    "i could use",
    "i think i need",
    "we need",
    "we also need",
    "can i",
    "could i",
    "can you help",
    "can you find",
    "can you get",
    "can you book",
    "can you check",
    "can you look",
    "can you search",
    "can you show",
    "can you recommend",
    "could you help",
    "could you find",
    "could you get",
    "could you book",
    "could you check",
    "could you look",
    "could you search",
    "could you show",
    "could you recommend",
    "could you assist",
    "would you",
    "will you",
    "please find",
    "help me",
    "assist me",
    "find me",
    "find a",
    "find an",
    "find some",
    "get me",
    "show me",
    "book me",
    "book a",
    "reserve a",
    "look for",
    "search for",
    "let's find",
];
const QUESTION_MARKS: [char; 3] = ['?', '？', '؟'];
const SENTENCE_ENDS: [char; 4] = ['.', '!', '?', ';'];

/// Whether `turn` may state a new goal after `reply`.
pub(super) fn opens_goal(reply: &str, turn: &str) -> bool {
    let (reply, turn) = (plain(reply), plain(turn));
    let invited = has_any(&reply, INVITATIONS);
    let point = after(&turn, &[COURTESIES]);
    let request = has_any(point, REQUESTS) || point.ends_with(QUESTION_MARKS);
    if point.is_empty() || (!request && has_any(&turn, CLOSINGS)) {
        return false;
    }
    // "Sure, that's fine. I want to see a film too": the wish is in the second sentence.
    let wish = turn.split_inclusive(SENTENCE_ENDS).any(|sentence| {
        let point = after(sentence, &[COURTESIES, ACKNOWLEDGEMENTS]);
        starts_with_any(point, WISHES) && !has_any(point, POINTERS)
    });
    let noted = after(&turn, &[COURTESIES, ACKNOWLEDGEMENTS]);
    let reacts = noted.is_empty() || starts_with_any(noted, REACTIONS);
    if invited {
        return wish || !reacts;
    }
    if has_any(point, ADDITIONS) && (wish || (request && !reacts)) {
        return true;
    }
    // Asked "which date?", only what announces itself is another matter, and what turns the question down.
    if reply.ends_with(QUESTION_MARKS) {
        return wish && has_any(&turn, DECLINES);
    }
    let thanked = THANKS.iter().any(|phrase| turn.starts_with(phrase));
    wish || (request && thanked && !starts_with_any(point, REACTIONS) && !has_any(point, POINTERS))
}

/// Lower-case with plain apostrophes and single spaces.
fn plain(text: &str) -> String {
    let text = text.to_lowercase().replace('’', "'");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `turn` without those of `phrases` that it begins with.
fn after<'a>(turn: &'a str, phrases: &[&[&str]]) -> &'a str {
    let mut rest = turn;
    loop {
        rest = rest.trim_start_matches(|character: char| !character.is_alphanumeric());
        let phrases = phrases.iter().copied().flatten();
        match phrases.filter(|phrase| starts_with_words(rest, phrase)).map(|phrase| phrase.len()).max() {
            Some(length) => rest = rest.get(length..).unwrap_or(""),
            None => return rest,
        }
    }
}

fn starts_with_any(text: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| starts_with_words(text, phrase))
}

/// Whether `text` begins with `phrase` as whole words.
fn starts_with_words(text: &str, phrase: &str) -> bool {
    text.strip_prefix(phrase).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '\''))
}

fn has_any(text: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| contains_words(text, phrase))
}

/// Whether `phrase` is in `text` as whole words.
fn contains_words(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase).any(|(start, _)| {
        let before = text.get(..start).and_then(|text| text.chars().next_back());
        !before.is_some_and(char::is_alphanumeric)
            && text.get(start..).is_some_and(|rest| starts_with_words(rest, phrase))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_after_a_finished_goal_may_open_another() {
        for (reply, turn) in [
            ("Your flight is booked. Is there anything else I can help you with?", "Book a hotel near the airport"),
            ("Your table is reserved.", "Thanks! Can you find a taxi as well?"),
            ("The invite was sent.", "How do I rotate an API key?"),
            ("Which date would you like?", "I also need to change my address, can you do that?"),
            ("Is there anything else I can help with?", "Yes, I need to move a meeting"),
            ("Shall I reserve the room?", "Not right now. I would like to check my balance first"),
            ("There is a museum nearby.", "Sure, that sounds great. I want to find a restaurant"),
        ] {
            assert!(opens_goal(reply, turn), "{turn}");
        }
    }

    #[test]
    fn answers_reactions_and_goodbyes_serve_the_goal_there_is() {
        for (reply, turn) in [
            ("Which date would you like?", "May 20th in the morning"),
            ("I can cancel it. Shall I?", "Yes, please proceed with the cancellation"),
            ("It cannot be refunded.", "I understand, but could you make an exception?"),
            ("I can transfer you to a person.", "Is there any supervisor I can speak to about this?"),
            ("Done. Anything else?", "No, thank you, that's all I needed"),
            ("Done. Anything else?", "Thanks for your help, have a nice day"),
            ("Here are two flights.", "I'd like to see other options instead"),
            ("Shall I book it?", "Yes, I want to book it"),
            ("Shall I cancel the order?", "I want to cancel the order"),
            ("It is confirmed.", "Sure, that works"),
            ("", ""),
        ] {
            assert!(!opens_goal(reply, turn), "{turn}");
        }
    }
}

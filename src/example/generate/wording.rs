//! How people put things: shapes of sentences from `phrases/`, one per line, with `[this|or that]` and `{slots}`;
//! openings, closings and typing errors.

use super::random::Random;
use std::collections::BTreeMap;

macro_rules! phrases {
    ($($name:ident = $file:literal;)*) => {
        /// Kinds of things that people say.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Phrases {
            $(#[doc = concat!("`phrases/", $file, "`")] $name,)*
        }

        impl Phrases {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The file's text.
            fn text(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!("phrases/", $file)),)*
                }
            }
        }
    };
}

phrases! {
    Connect = "connect.txt";
    ConnectComplaints = "connect_complaints.txt";
    Plan = "plan.txt";
    PlanInsists = "plan_insists.txt";
    Access = "access.txt";
    AccessPassword = "access_password.txt";
    AccessComplaints = "access_complaints.txt";
    Import = "import.txt";
    ImportComplaints = "import_complaints.txt";
    Price = "price.txt";
    Corrections = "corrections.txt";
    CorrectionsAgain = "corrections_again.txt";
    Invite = "invite.txt";
    Invitation = "invitation.txt";
    Backups = "backups.txt";
    Delete = "delete.txt";
    Usage = "usage.txt";
    Openers = "openers.txt";
    Closers = "closers.txt";
    Thanks = "thanks.txt";
    Person = "person.txt";
    GivesUp = "gives_up.txt";
}

impl Phrases {
    /// The shapes, as written.
    pub fn shapes(self) -> Vec<&'static str> {
        self.text().lines().filter(|line| !line.trim().is_empty()).collect()
    }

    /// One wording, with its slots filled.
    pub fn say(self, random: &mut Random, slots: &BTreeMap<&str, String>) -> String {
        let shape = random.pick(&self.shapes());
        fill(&choose(shape, random), slots)
    }
}

/// Picks one alternative of each `[…|…]`.
fn choose(shape: &str, random: &mut Random) -> String {
    let mut chosen = String::new();
    let mut rest = shape;
    while let Some((before, after)) = rest.split_once('[') {
        chosen.push_str(before);
        let (inside, behind) = after.split_once(']').unwrap_or((after, ""));
        let alternatives: Vec<&str> = inside.split('|').collect();
        chosen.push_str(random.pick(&alternatives));
        rest = behind;
    }
    chosen.push_str(rest);
    chosen.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn fill(shape: &str, slots: &BTreeMap<&str, String>) -> String {
    slots.iter().fold(shape.to_string(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// How one person writes.
#[derive(Clone, Debug)]
pub struct Hand {
    greets: bool,
    closes: bool,
    capitalises: bool,
    mistypes: bool,
}

impl Hand {
    /// A person's habits.
    pub fn new(random: &mut Random) -> Self {
        Self {
            greets: random.chance(0.25),
            closes: random.chance(0.2),
            capitalises: random.chance(0.4),
            mistypes: random.chance(0.12),
        }
    }

    /// The first message about a goal in this hand.
    pub fn opening(&self, random: &mut Random, text: &str) -> String {
        let none = BTreeMap::new();
        let mut text = text.to_string();
        if self.greets {
            text = format!("{} {text}", Phrases::Openers.say(random, &none));
        }
        if self.closes {
            text = format!(
                "{text}{}{}",
                if text.ends_with('?') { " " } else { ", " },
                Phrases::Closers.say(random, &none)
            );
        }
        self.write(random, &text)
    }

    /// Any message in this hand.
    pub fn write(&self, random: &mut Random, text: &str) -> String {
        let text = if self.mistypes { mistype(random, text) } else { text.to_string() };
        if self.capitalises { capitalised(&text) } else { text }
    }
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        // Names keep their case.
        Some(first) if !text.split_whitespace().next().is_some_and(|word| word.contains(['@', '_', '/', '.'])) => {
            first.to_uppercase().chain(characters).collect()
        }
        _ => text.to_string(),
    }
}

/// Up to two words with a letter dropped, doubled or swapped with its neighbour, never the first.
fn mistype(random: &mut Random, text: &str) -> String {
    let mut left = 2;
    let words: Vec<String> = text
        .split(' ')
        .map(|word| {
            let plain = word.len() >= 6 && word.bytes().all(|byte| byte.is_ascii_lowercase());
            if !plain || left == 0 || !random.chance(0.12) {
                return word.to_string();
            }
            left -= 1;
            let at = 1 + random.below(word.len() - 2);
            let mut letters: Vec<char> = word.chars().collect();
            match random.below(3) {
                0 => {
                    letters.remove(at);
                }
                1 => letters.insert(at, letters.get(at).copied().unwrap_or('e')),
                _ => letters.swap(at, at + 1),
            }
            letters.into_iter().collect()
        })
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_goal_has_twenty_five_shapes_or_more() {
        for phrases in [
            Phrases::Connect,
            Phrases::Plan,
            Phrases::Access,
            Phrases::Import,
            Phrases::Price,
            Phrases::Invite,
            Phrases::Backups,
            Phrases::Delete,
            Phrases::Usage,
            Phrases::Corrections,
        ] {
            let shapes: BTreeSet<&str> = phrases.shapes().into_iter().collect();
            assert!(shapes.len() >= 25, "{phrases:?} has {} shapes", shapes.len());
        }
    }

    #[test]
    fn brackets_and_slots_are_filled() {
        let slots = BTreeMap::from([("database", "x_db".to_string())]);
        let mut random = Random::new(7);
        for phrases in Phrases::ALL {
            for _ in 0..40 {
                assert!(!phrases.say(&mut random, &slots).contains(['[', ']', '|']), "{phrases:?}");
            }
        }
        assert_eq!(fill("connect {database}", &slots), "connect x_db");
    }
}

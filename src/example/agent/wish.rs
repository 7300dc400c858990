//! What a message asks for, by weighted key words. Long words may have one typing error.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// What the agent can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wish {
    /// Connect a Postgres database.
    Connect,
    /// Change the plan of a workspace.
    ChangePlan,
    /// Get back into an account.
    Access,
    /// Import a file.
    Import,
    /// Know what it costs.
    Prices,
    /// Add a person to a workspace.
    Invite,
    /// Send an invitation once more.
    Invitation,
    /// Know how backups work.
    Backups,
    /// Delete a branch database.
    Delete,
    /// Know how much of the plan is used.
    Usage,
    /// Talk to a person.
    Person,
    /// Say thanks.
    Thanks,
    /// Let it be.
    Nothing,
}

/// Key words with their weights. A phrase matches as a whole.
const KEYS: &[(Wish, u32, &str)] = &[
    (Wish::Connect, 4, "connect|connecting|connected|connection|hook up|hooked up|hook it up|link up|attach|wire up"),
    (Wish::Connect, 2, "postgres|postgresql|pg"),
    (Wish::Connect, 1, "database|db|cluster"),
    (Wish::ChangePlan, 4, "upgrade|upgrading|downgrade|downgrading|subscription"),
    (Wish::ChangePlan, 3, "tier|switch|switching|move up|bump|plan|plans"),
    (
        Wish::ChangePlan,
        1,
        "hobby|pro|scale|premium|professional|business|enterprise|starter|basic|change|move|workspace",
    ),
    (Wish::Access, 4, "log in|login|sign in|signing in|logging in|locked|password|locked out|sign on|signed out"),
    (Wish::Access, 3, "get in|get into|back in|back into|access|getting in|getting into|let me in|lets me in"),
    (Wish::Access, 1, "account"),
    (Wish::Import, 4, "import|importing|imported|upload|uploading"),
    (Wish::Import, 3, "csv|load|loading|loaded|file|ingest"),
    (Wish::Prices, 6, "price|prices|pricing|cost|costs|how much|charge|fee|fees|priced|costing|expensive"),
    (Wish::Prices, 4, "pay|budget|rates|paying|quote"),
    (Wish::Invite, 4, "invite|inviting|teammate|colleague|coworker|new hire"),
    (Wish::Invite, 3, "member|join|add|seat|adding|onboard"),
    (Wish::Invitation, 3, "invitation|invite mail|invite email"),
    (
        Wish::Invitation,
        4,
        "invitation never|invitation again|invitation did not|invitation expired|invitation has not|\
      invitation is lost|invitation got lost|resend the invitation|another invitation|never got the invitation|\
      never received the invitation|not received the invitation",
    ),
    (Wish::Backups, 5, "backup|backups|restore|restoring|retention|snapshot|snapshots|point in time|backed up"),
    (Wish::Delete, 4, "delete|deleting|get rid of|drop|remove|throw away|clean up|tear down"),
    (Wish::Delete, 2, "branch"),
    (Wish::Usage, 6, "usage|quota|storage|consumption|how full|used up|consume|consuming|disk space"),
    (Wish::Usage, 2, "use|used|using|limit|space|left|so far"),
    (Wish::Person, 6, "human|real person|speak to someone|talk to someone|somebody real|someone real|talk to a person"),
    (Wish::Thanks, 1, "thanks|thank|cheers|perfect|great|brilliant|lovely|works now|awesome"),
    (Wish::Nothing, 4, "never mind|forget it|then not|forget about it|something else|not working|does not help"),
];

/// [`KEYS`], cut into phrases of words.
struct Keys {
    groups: Vec<(Wish, u32, Vec<Vec<&'static str>>)>,
    words: BTreeSet<&'static str>,
}

fn keys() -> &'static Keys {
    static PARSED: OnceLock<Keys> = OnceLock::new();
    PARSED.get_or_init(|| {
        let phrases = |keys: &'static str| keys.split('|').map(|key| key.split_whitespace().collect()).collect();
        let groups: Vec<(Wish, u32, Vec<Vec<&str>>)> =
            KEYS.iter().map(|(wish, weight, keys)| (*wish, *weight, phrases(keys))).collect();
        let words = groups.iter().flat_map(|(_, _, phrases)| phrases.iter().flatten().copied()).collect();
        Keys { groups, words }
    })
}

/// The wish that a message expresses and how clearly, or `None` where no key word occurs. On a tie the earlier
/// wish of the enum is taken. Names of files, databases and people say nothing about it.
pub fn wish(text: &str) -> Option<(Wish, u32)> {
    let is_name = |token: &&str| token.trim_matches(|c: char| !c.is_alphanumeric()).contains(['.', '_', '/', '@']);
    let text: Vec<&str> = text.split_whitespace().filter(|token| !is_name(token)).collect();
    let words = words(&text.join(" "));
    let mut scores: BTreeMap<Wish, u32> = BTreeMap::new();
    for (wish, weight, phrases) in &keys().groups {
        let found = phrases.iter().filter(|phrase| has_phrase(phrase, &words)).count();
        if found > 0 {
            // Two words of one kind say little more than one.
            *scores.entry(*wish).or_default() += weight + u32::from(found > 1);
        }
    }
    scores.into_iter().min_by_key(|(wish, score)| (Reverse(*score), *wish))
}

/// Lower-case words, without punctuation; a word that is one typing error away from a key word is that key word.
pub fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .replace(['\'', '\u{2019}'], "")
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(spelled)
        .collect()
}

/// Whether the phrase `key` occurs in `words`.
pub fn occurs(key: &str, words: &[String]) -> bool {
    has_phrase(&key.split_whitespace().collect::<Vec<_>>(), words)
}

fn has_phrase(phrase: &[&str], words: &[String]) -> bool {
    words.windows(phrase.len().max(1)).any(|window| window.iter().zip(phrase).all(|(word, key)| word == key))
}

fn spelled(word: &str) -> String {
    let keys = &keys().words;
    if word.len() < 5 || keys.contains(word) {
        return word.to_string();
    }
    keys.iter().copied().find(|key| mistyped(word, key)).unwrap_or(word).to_string()
}

/// Whether `word` is one typing error away from the `key` of six letters or more: a letter dropped, added or
/// changed, or two neighbours swapped. The first letter has to be right.
fn mistyped(word: &str, key: &str) -> bool {
    if key.len() < 6 || word.chars().next() != key.chars().next() {
        return false;
    }
    if word.len().abs_diff(key.len()) > 4 {
        return false;
    }
    let (word, key): (Vec<char>, Vec<char>) = (word.chars().collect(), key.chars().collect());
    let same = word.iter().zip(&key).take_while(|(left, right)| left == right).count();
    let rest = |letters: &[char], from: usize| letters.get(from..).unwrap_or_default().to_vec();
    let swapped = word.get(same) == key.get(same + 1) && word.get(same + 1) == key.get(same);
    rest(&word, same + 1) == rest(&key, same)
        || rest(&word, same) == rest(&key, same + 1)
        || rest(&word, same + 1) == rest(&key, same + 1)
        || (swapped && rest(&word, same + 2) == rest(&key, same + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_told_by_its_words_with_one_typing_error() {
        let told = |text| wish(text).map(|(wish, _)| wish);
        assert_eq!(told("Please conect my Postgres databse"), Some(Wish::Connect));
        assert_eq!(told("how much storage have we used so far?"), Some(Wish::Usage));
        assert_eq!(told("how much does it cost to upgrade to pro?"), Some(Wish::Prices));
        assert_eq!(told("upgrade us to the premium plan"), Some(Wish::ChangePlan));
        assert_eq!(told("the invitation never arrived"), Some(Wish::Invitation));
        assert_eq!(told("I cannot log in to my account"), Some(Wish::Access));
        assert_eq!(told("please load prices.csv, thank you"), Some(Wish::Import));
        assert_eq!(told("hm"), None);
    }

    #[test]
    fn typing_errors_are_mended_only_in_long_words() {
        assert_eq!(words("postgers improt pasword inviite"), ["postgres", "import", "password", "invite"]);
        assert_eq!(words("cast report change"), ["cast", "report", "change"]);
    }
}

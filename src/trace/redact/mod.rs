//! Takes secrets and personal data out of texts before they are stored or sent: finds them (also where they are escaped
//! or encoded) and puts stable pseudonyms in their place, so that the same e-mail address is the same `<EMAIL_7f3a9c>`
//! in every text. Names and addresses in free text are not found, and nothing is promised about them.

mod guard;
mod national;
mod personal;
mod secret;
mod view;

pub use guard::EgressGuard;
pub use secret::{is_token, looks_secret};

use super::Conversation;
use super::fragment::{Fragment, Part};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Version of everything here that decides what is sent: part of the key of stored replies.
pub const VERSION: u32 = 2;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A key, token, password or private key.
    Secret,
    /// User name and password inside a URL.
    UrlCredentials,
    /// An e-mail address.
    Email,
    /// An international bank account number.
    Iban,
    /// A payment card.
    Card,
    /// A person's number at a state: social security, tax, identity card.
    NationalId,
    /// A telephone number.
    Phone,
    /// An IP address.
    Ip,
}

impl Kind {
    /// All kinds; where two claim the same text, the earlier wins.
    pub const ALL: [Self; 8] = [
        Self::Secret,
        Self::UrlCredentials,
        Self::Email,
        Self::Iban,
        Self::Card,
        Self::NationalId,
        Self::Phone,
        Self::Ip,
    ];

    /// As in a pseudonym.
    pub fn label(self) -> &'static str {
        match self {
            Self::Secret => "SECRET",
            Self::UrlCredentials => "CREDENTIALS",
            Self::Email => "EMAIL",
            Self::Iban => "IBAN",
            Self::Card => "CARD",
            Self::NationalId => "NATIONAL_ID",
            Self::Phone => "PHONE",
            Self::Ip => "IP",
        }
    }

    /// As in a message.
    pub fn words(self) -> &'static str {
        match self {
            Self::Secret => "a secret",
            Self::UrlCredentials => "credentials in a URL",
            Self::Email => "an e-mail address",
            Self::Iban => "a bank account",
            Self::Card => "a payment card",
            Self::NationalId => "a national identity number",
            Self::Phone => "a telephone number",
            Self::Ip => "an IP address",
        }
    }
}

/// A place in a text, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where.
    pub range: Range<usize>,
    /// What.
    pub kind: Kind,
}

/// How deep encodings inside encodings are followed.
const DEPTH: usize = 4;

/// Finds everything in `text`: sorted, without overlaps, on character boundaries.
pub fn find(text: &str) -> Vec<Finding> {
    settle(text, view::find(text, DEPTH))
}

/// Sorts findings; joins those that overlap, under the kind that comes first in [`Kind::ALL`].
fn settle(text: &str, mut found: Vec<Finding>) -> Vec<Finding> {
    for finding in &mut found {
        while !text.is_char_boundary(finding.range.start) {
            finding.range.start -= 1;
        }
        while !text.is_char_boundary(finding.range.end) {
            finding.range.end += 1;
        }
    }
    found.sort_by_key(|finding| (finding.range.start, finding.range.end, finding.kind));
    let mut settled: Vec<Finding> = Vec::new();
    for finding in found {
        match settled.last_mut() {
            Some(last) if finding.range.start < last.range.end => {
                last.range.end = last.range.end.max(finding.range.end);
                last.kind = last.kind.min(finding.kind);
            }
            _ => settled.push(finding),
        }
    }
    settled
}

/// Puts pseudonyms in the place of what is found.
#[derive(Clone)]
pub struct Redactor {
    key: [u8; 32],
    keep: BTreeSet<String>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redactor").field("keep", &self.keep.len()).finish_non_exhaustive()
    }
}

impl Redactor {
    /// Pseudonyms are made with `key`: who does not have it cannot find out by trying whose address one stands for.
    /// What is in `keep` (the company's own addresses and numbers) stays. `@example.com` keeps the e-mail addresses of a
    /// whole domain, and nothing else that happens to end like one.
    pub fn new(key: [u8; 32], keep: impl IntoIterator<Item = String>) -> Self {
        Self { key, keep: keep.into_iter().map(|text| canonical(&text)).collect() }
    }

    fn keeps(&self, kind: Kind, found: &str) -> bool {
        let found = canonical(found);
        let domain = || match (kind, found.split_once('@')) {
            (Kind::Email, Some((_, domain))) => !domain.contains('@') && self.keep.contains(&format!("@{domain}")),
            _ => false,
        };
        self.keep.contains(&found) || domain()
    }

    /// The pseudonym of `found`: the same for the same thing in another spelling.
    fn pseudonym(&self, kind: Kind, found: &str) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else { return format!("<{}>", kind.label()) };
        mac.update(kind.label().as_bytes());
        mac.update(b"\0");
        mac.update(canonical(found).as_bytes());
        let bytes = mac.finalize().into_bytes();
        let digits: String = bytes.iter().take(3).map(|byte| format!("{byte:02x}")).collect();
        format!("<{}_{digits}>", kind.label())
    }

    /// What would be taken out of `text`.
    pub fn find(&self, text: &str) -> Vec<Finding> {
        let mut found = find(text);
        found.retain(|Finding { range, kind }| text.get(range.clone()).is_none_or(|found| !self.keeps(*kind, found)));
        found
    }

    /// `text` with pseudonyms. Redacting twice is the same as once.
    pub fn redact(&self, text: &str) -> String {
        self.redact_counted(text).0
    }

    /// `text` with pseudonyms, and how many.
    pub fn redact_counted(&self, text: &str) -> (String, usize) {
        let found = self.find(text);
        if found.is_empty() {
            return (text.to_string(), 0);
        }
        let mut redacted = String::with_capacity(text.len());
        let mut at = 0;
        for Finding { range, kind } in &found {
            redacted.push_str(&text[at..range.start]);
            redacted.push_str(&self.pseudonym(*kind, &text[range.clone()]));
            at = range.end;
        }
        redacted.push_str(&text[at..]);
        (redacted, found.len())
    }

    /// Pieces of one text that was cut anywhere (deltas of a stream): what stands across a cut is found, and its
    /// pseudonym stands in the first of the pieces.
    pub fn redact_pieces(&self, pieces: &[String]) -> Vec<String> {
        let joined = pieces.concat();
        let found = self.find(&joined);
        let mut begin = 0;
        let mut redacted = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let end = begin + piece.len();
            let mut text = String::new();
            let mut at = begin;
            for Finding { range, kind } in found.iter().filter(|one| one.range.start < end && one.range.end > begin) {
                if range.start >= begin {
                    text.push_str(&joined[at..range.start]);
                    text.push_str(&self.pseudonym(*kind, &joined[range.clone()]));
                }
                at = range.end.min(end);
            }
            text.push_str(&joined[at..end]);
            redacted.push(text);
            begin = end;
        }
        redacted
    }

    /// Redacts every text of a conversation: what was said, what tools were given and what they gave back, user, the
    /// source's own id, scores' and facts' names, facts. Ids and names of tools stay, and so do agent, model and prompt version.
    pub fn redact_conversation(&self, conversation: &mut Conversation) -> usize {
        let mut count = 0;
        let mut redact = |text: &mut String| {
            let (redacted, found) = self.redact_counted(text);
            if found > 0 {
                *text = redacted;
                count += found;
            }
        };
        for turn in &mut conversation.turns {
            redact(&mut turn.text);
            for call in &mut turn.calls {
                redact(&mut call.arguments);
                call.result.iter_mut().for_each(&mut redact);
            }
        }
        conversation.user.iter_mut().for_each(&mut redact);
        conversation.external_id.iter_mut().for_each(&mut redact);
        conversation.metadata.values_mut().for_each(&mut redact);
        conversation.metadata = renamed(&mut conversation.metadata, &mut redact);
        conversation.scores = renamed(&mut conversation.scores, &mut redact);
        count
    }
}

impl Redactor {
    /// Redacts every text of a piece of a conversation as [`Redactor::redact_conversation`] does a whole one; ids of
    /// sessions too, which are often addresses: equal ids get equal pseudonyms, so that pieces still belong together.
    pub fn redact_fragment(&self, fragment: &mut Fragment) {
        let mut redact = |text: &mut String| {
            let (redacted, found) = self.redact_counted(text);
            if found > 0 {
                *text = redacted;
            }
        };
        fragment.address.session.iter_mut().for_each(&mut redact);
        match &mut fragment.part {
            Part::Step(step) => {
                for message in step.input.iter_mut().chain(&mut step.output) {
                    redact(&mut message.text);
                    message.calls.iter_mut().for_each(|call| redact(&mut call.arguments));
                }
                if let Some(run) = &mut step.tool {
                    run.arguments.iter_mut().chain(&mut run.result).for_each(&mut redact);
                }
                step.user.iter_mut().for_each(&mut redact);
                step.metadata.values_mut().for_each(&mut redact);
                step.metadata = renamed(&mut step.metadata, &mut redact);
            }
            Part::Facts(facts) => {
                facts.user.iter_mut().chain(&mut facts.system).for_each(&mut redact);
                facts.metadata.values_mut().for_each(&mut redact);
                facts.metadata = renamed(&mut facts.metadata, &mut redact);
            }
            Part::Score(score) => {
                redact(&mut score.name);
                score.label.iter_mut().for_each(&mut redact);
            }
        }
    }
}

/// The same values under redacted names. Of two names that become the same the later counts.
fn renamed<V>(named: &mut BTreeMap<String, V>, redact: &mut impl FnMut(&mut String)) -> BTreeMap<String, V> {
    let named = std::mem::take(named).into_iter().map(|(mut name, value)| {
        redact(&mut name);
        (name, value)
    });
    named.collect()
}

/// One spelling for what is the same: letters in lower case, without the spaces and dashes of numbers.
fn canonical(text: &str) -> String {
    let text = text.trim().to_lowercase();
    let number = text.chars().all(|c| c.is_ascii_digit() || " -.()+/".contains(c));
    if number { text.chars().filter(char::is_ascii_digit).collect() } else { text }
}

#[cfg(test)]
mod tests;

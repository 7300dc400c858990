//! What single words and short phrases mean to the scripted agent: a closed list of concepts, and for each the
//! word stems that stand for it. The agent knows nothing else; a word that is not here is filler to it.

use rust_stemmers::{Algorithm, Stemmer};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// One meaning. A word may have several ("confirm" both asks and states).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Concept {
    /// The agent puts a question.
    Ask,
    /// Getting something from somebody; a question only together with "from the user".
    Obtain,
    /// Putting something into words.
    Say,
    /// Making somebody do it: let, have, get, make.
    Causative,
    /// Making certain.
    Ensure,
    /// The person the agent talks with.
    User,
    /// The agent itself.
    Agent,
    /// People who are neither.
    OtherPerson,
    /// Where a database lives.
    Region,
    /// "where".
    Where,
    /// "which", "what".
    Which,
    /// A database.
    Database,
    /// To be somewhere.
    Locate,
    /// Opening the connection.
    Connect,
    /// Filling in what nobody said.
    Guess,
    /// Turns a statement round.
    Not,
    /// Restricts.
    Only,
    /// Obliges.
    Must,
    /// Merely permits.
    May,
    /// Forms of "be".
    Be,
    /// Forms of "have".
    Have,
    /// "by".
    By,
    /// "from".
    From,
    /// Earlier than.
    Before,
    /// Later than.
    After,
    /// On a condition.
    If,
    /// On the opposite condition.
    Unless,
    /// With the absence of.
    Without,
    /// A reason follows.
    Because,
    /// The next step.
    Then,
    /// At some later time.
    Later,
    /// Something goes wrong.
    Failure,
    /// Not known yet.
    Missing,
    /// Known already.
    Known,
    /// Wishing.
    Want,
    /// Calling a tool or passing a value.
    Use,
    /// Doing it again.
    Repeat,
    /// Being the same.
    Same,
    /// A count of times above one.
    Times,
    /// It, that, them.
    Pronoun,
    /// A call to a tool, any.
    ToolCall,
    /// The tier of a workspace.
    Plan,
    /// The name `hobby`.
    Hobby,
    /// The name `pro`.
    Pro,
    /// The name `scale`.
    Scale,
    /// Everything outside the list is wrong.
    Exactly,
    /// Formerly.
    Past,
    /// Not getting into the account.
    LockedOut,
    /// The reset of a password.
    Reset,
    /// Invitations.
    Invite,
    /// Imports.
    Import,
    /// What things cost.
    Price,
    /// By the year.
    Year,
    /// By the month.
    Month,
    /// To be meant.
    Mean,
    /// Removing data.
    Delete,
    /// Backups and restores.
    Backup,
    /// Consumption and limits.
    Usage,
    /// Engines that are not Postgres.
    OtherEngine,
    /// A place that is not the database's.
    Elsewhere,
    /// A tool or argument name that is none of the above.
    OtherName,
}

/// A set of concepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Concepts(u64);

impl Concepts {
    /// Whether `concept` is in the set.
    pub fn has(self, concept: Concept) -> bool {
        self.0 & (1 << concept as u8) != 0
    }

    /// Whether any of `concepts` is.
    pub fn any(self, concepts: &[Concept]) -> bool {
        concepts.iter().any(|concept| self.has(*concept))
    }

    /// Adds one.
    pub fn add(&mut self, concept: Concept) {
        self.0 |= 1 << concept as u8;
    }

    /// Whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Adds all of `other`.
    pub fn join(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// A word or phrase, lower-case, and what it means.
#[derive(Clone, Debug)]
pub struct Word {
    /// As written, lower-case.
    pub text: String,
    /// Its meanings; empty for filler.
    pub concepts: Concepts,
}

impl Word {
    /// Whether the word has this meaning.
    pub fn is(&self, concept: Concept) -> bool {
        self.concepts.has(concept)
    }
}

/// The words that stand for each concept, separated by `|`; compared by stem, longest phrase first. A word after
/// `=` is compared as it is written, before any stem: "location" is a region and "located" is not.
const LEXICON: &[(Concept, &str)] = &[
    (
        Concept::Ask,
        "ask|inquire|enquire|request|query|clarify|find out|check with|verify with|\
      confirm|double check|establish|prompt|elicit|put the question|consult",
    ),
    (
        Concept::Obtain,
        "get|got|obtain|collect|take|learn|hear|gather|fetch|receive|require|check|verify|take down|\
      come|settle|agree|determine",
    ),
    (
        Concept::Say,
        "tell|told|say|said|give|gave|given|choose|chose|chosen|pick|select|name|specify|state|provide|\
      supply|share|decide|mention|indicate|explain|inform|list|show|describe|remind|confirm|spell out|answer|point|\
      let know|quote|present|reply|respond|write|report",
    ),
    (Concept::Causative, "let|have|get|make|invite"),
    (Concept::Ensure, "make sure|ensure|be sure|make certain|see to it"),
    (
        Concept::User,
        "user|customer|client|person|people|caller|someone|somebody|anyone|anybody|whoever|they|them|\
      their|he|she|him|visitor|folk|those|everyone|one who",
    ),
    (Concept::Agent, "you|agent|assistant|we|bot|yourself"),
    (
        Concept::OtherPerson,
        "colleague|support|engineer|manager|staff|operator|administrator|admin|owner|sales|teammate",
    ),
    (
        Concept::Region,
        "region|data center|data centre|datacenter|datacentre|geography|availability zone|\
      cloud zone|geographic location|database location|=location|=locations|part of the world|cloud location|cloud area",
    ),
    (Concept::Where, "where|whereabouts"),
    (Concept::Which, "which|what"),
    (Concept::Database, "database|db|cluster|instance|server|data|postgres|postgresql"),
    (Concept::Locate, "live|located|run|running|hosted|sit|reside|deployed|kept|stored|stand"),
    (
        Concept::Connect,
        "connect|connection|create_connection|hook up|link up|wire up|attach|hook|postgres|postgresql|\
      set up a database|add a database|register a database",
    ),
    (
        Concept::Guess,
        "guess|assume|assumption|default|invent|make up|presume|suppose|fall back|make one up|\
      fill in|pick yourself|choose yourself",
    ),
    (
        Concept::Not,
        "not|never|no|avoid|refrain|skip|stop|forget|neglect|omit|fail to|hesitate|forbidden|banned|\
      unnecessary|needless|cannot|nobody|prohibited|quit|cease|neither|nor|refuse|dispense|unhelpful|wrong|useless|\
      no longer",
    ),
    (Concept::Only, "only|solely|strictly|just"),
    (
        Concept::Must,
        "must|should|need to|needs to|have to|has to|always|ought|required|shall|mandatory|=important|=essential|=crucial",
    ),
    (Concept::May, "can|may|might|could|optional|optionally|sometimes|occasionally|free to|rarely|seldom"),
    (Concept::Be, "be|is|are|was|were|been|being|gets"),
    (Concept::Have, "have|has|had"),
    (Concept::By, "by"),
    (Concept::From, "from"),
    (Concept::Before, "before|until|till|prior to|ahead of|beforehand of|earlier than"),
    (Concept::After, "after|once|as soon as"),
    (
        Concept::If,
        "if|when|whenever|in case|every time|each time|any time|where a|should a|as long as|provided that|\
      in the event|while|during|on a",
    ),
    (Concept::Unless, "unless|except when|except if"),
    (
        Concept::Without,
        "without|rather than|instead of|in place of|as opposed to|other than|except|besides|apart from|\
      over",
    ),
    (Concept::Because, "because|since|as otherwise|so that|otherwise|for otherwise|or else"),
    (Concept::Then, "then|thereafter|next|and only then"),
    (Concept::Later, "later|afterwards|afterward|subsequently|eventually|in the end|at the end|in hindsight"),
    (
        Concept::Failure,
        "fail|failure|error|unsuccessful|problem|trouble|goes wrong|go wrong|went wrong|break|breaks|\
      timeout|time out|rejected|refused|unreachable|does not work|did not work|not succeed|complain|fault",
    ),
    (
        Concept::Missing,
        "unknown|unclear|missing|unsure|in doubt|left out|omit|lacking|lack|not said|absent|not sure|\
      unspecified|open question|ambiguous|doubt",
    ),
    (Concept::Known, "already|known|know|clear"),
    (Concept::Want, "want|wish|would like|ask|asking|try|plan to|request|need|look to|say|about to|intend|talk|bring"),
    (
        Concept::Use,
        "call|use|run|pass|set|send|trigger|invoke|reach for|go with|prefer|apply|issue|map|translate|\
      accept|take|turn|put|convert|open|create|make|proceed|start|begin|enter|pick|choose|handle",
    ),
    (
        Concept::Repeat,
        "repeat|retry|again|rerun|re run|re try|resend|try again|second attempt|another attempt|reissue|\
      once more|reattempt|loop|keep trying|keep calling|hammer|insist|re send|re issue|another go|second time|anew|\
      keep on|retries|resubmit|re submit",
    ),
    (Concept::Same, "same|identical|unchanged|identically|as it was"),
    (Concept::Times, "twice|thrice|two|three|four|five|several|2|3|4|5|times|more than once|more than"),
    (Concept::Pronoun, "it|that|this|these|one|so|none"),
    (Concept::ToolCall, "tool|call|calls|operation|step|action"),
    (Concept::Plan, "plan|tier|set_plan|subscription|upgrade|downgrade"),
    (Concept::Hobby, "hobby"),
    (Concept::Pro, "pro"),
    (Concept::Scale, "scale"),
    (
        Concept::Exactly,
        "exactly|exact|one of|either|nothing but|precisely|literally|verbatim|only|valid|accepted|accept|\
      allowed|known|understand|among|three|whichever|nothing else|no other",
    ),
    (Concept::Past, "old|former|formerly|previously|used to|retired|outdated|discontinued|before 2020|last year"),
    (
        Concept::LockedOut,
        "cannot log in|not log in|not get in|not sign in|no longer sign in|no longer log in|\
      no longer get in|cannot sign in|cannot get in|cannot access|not access|unable to log in|unable to sign in|\
      cannot get into|not get into|cannot enter|not logged in|locked out|lock out|locked|lock|log in|login|logging in|sign in|signing in|get in|getting in|\
      get into|getting into|lost access|account access|lose access|access|shut out|get back in|enter|account|\
      back into|lockout|logged out|sign on|log on",
    ),
    (
        Concept::Reset,
        "reset_password|password reset|reset the password|reset their password|reset link|new password|\
      reset a password|reset of the password|password_reset|reset their passwords|reset|recovery link",
    ),
    (Concept::Invite, "invite|invitation|resend_invite|invite_member|invites|re invite"),
    (Concept::Import, "import|import_data|upload|csv|load data|load|loading"),
    (Concept::Price, "price|cost|pricing|fee|charge|how much|expensive|get_prices"),
    (Concept::Year, "year|yearly|annual|annually|per annum|twelve months|12 months|a year"),
    (Concept::Month, "month|monthly|per month"),
    (Concept::Mean, "mean|meant|think of|thinking of|have in mind|refer to"),
    (Concept::Delete, "delete|deletion|delete_branch|remove|removing|drop|destroy|erase|deleting"),
    (Concept::Backup, "backup|restore|restoring|back up|snapshot|search_docs|retention"),
    (Concept::Usage, "usage|get_usage|quota|consumption"),
    (Concept::OtherEngine, "mysql|mongo|mongodb|redis|sqlite|oracle|mariadb|cassandra"),
    (
        Concept::Elsewhere,
        "office|country|tax|billing|invoice|home|company|timezone|headquarters|shipping|phone|time zone|\
      home town",
    ),
];

/// The longest phrase in [`LEXICON`], in words.
const LONGEST: usize = 5;

struct Lexicon {
    stemmer: Stemmer,
    meanings: BTreeMap<String, Concepts>,
}

fn lexicon() -> &'static Lexicon {
    static LEXICON_BY_STEM: OnceLock<Lexicon> = OnceLock::new();
    LEXICON_BY_STEM.get_or_init(|| {
        let stemmer = Stemmer::create(Algorithm::English);
        let mut meanings: BTreeMap<String, Concepts> = BTreeMap::new();
        for (concept, phrases) in LEXICON {
            for phrase in phrases.split('|') {
                let key = if phrase.starts_with('=') {
                    phrase.to_string()
                } else {
                    let stems: Vec<_> = phrase.split_whitespace().map(|word| stemmer.stem(word)).collect();
                    stems.join(" ")
                };
                meanings.entry(key).or_default().add(*concept);
            }
        }
        Lexicon { stemmer, meanings }
    })
}

/// Gives each word its meanings, joining the longest known phrases into one word. Punctuation passes through.
pub fn tag(tokens: &[String]) -> Vec<Word> {
    let lexicon = lexicon();
    let stems: Vec<_> = tokens.iter().map(|token| lexicon.stemmer.stem(token)).collect();
    let mut words = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        let phrase = (1..=LONGEST.min(tokens.len() - at)).rev().find_map(|length| {
            let key = stems.get(at..at + length)?.join(" ");
            lexicon.meanings.get(&key).map(|concepts| (length, *concepts))
        });
        let exact = tokens.get(at).and_then(|token| lexicon.meanings.get(&format!("={token}")));
        let (length, mut concepts) = match (phrase, exact) {
            (Some((length, concepts)), _) if length > 1 => (length, concepts),
            (_, Some(concepts)) => (1, *concepts),
            (phrase, None) => phrase.unwrap_or((1, Concepts::default())),
        };
        let text = tokens.get(at..at + length).map(|part| part.join(" ")).unwrap_or_default();
        if concepts.is_empty() && text.contains('_') {
            concepts = meanings_of_name(lexicon, &text);
        }
        words.push(Word { text, concepts });
        at += length;
    }
    words
}

/// An unknown identifier means what its parts mean, and that it is a foreign name.
fn meanings_of_name(lexicon: &Lexicon, name: &str) -> Concepts {
    let mut concepts = Concepts::default();
    for part in name.split('_') {
        if let Some(found) = lexicon.meanings.get(lexicon.stemmer.stem(part).as_ref()) {
            concepts.join(*found);
        }
    }
    concepts.add(Concept::OtherName);
    concepts
}

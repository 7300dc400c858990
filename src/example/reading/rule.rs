//! One sentence against one question: does it order the agent to do something before it acts? The grammar is
//! shallow on purpose. It knows who asks whom, what for, whether the sentence is turned round, and when: before the
//! act, after it, or only under a condition. A sentence that it does not understand orders nothing.

use super::concept::{Concept, Word};
use super::sentence::{Clause, Link, Sentence};

/// What a sentence does about one matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stance {
    /// It tells the agent to.
    Orders,
    /// It tells the agent not to.
    Forbids,
    /// Neither.
    Silent,
}

/// Something that the agent could be told to ask the user for before it acts.
pub struct Matter {
    /// Whether these words, what a question is about, name the thing.
    pub names: fn(&[Word]) -> bool,
    /// The act that the question has to precede.
    pub act: Concept,
    /// Topics that make the sentence one about another act, unless it names this act too.
    pub foreign: &'static [Concept],
}

/// What a clause wants from the agent.
#[derive(Clone, Copy)]
struct Demand {
    negated: bool,
}

/// The stance of `sentence` on asking for `matter` first. `before` is the sentence before it in the same
/// paragraph, which "it" may point back to.
pub fn asking_first(sentence: &Sentence, before: Option<&Sentence>, matter: &Matter) -> Stance {
    let mut stance = Stance::Silent;
    for (index, clause) in sentence.clauses.iter().enumerate() {
        let earlier = sentence.clauses.get(..index).unwrap_or_default();
        let referent = earlier.iter().any(|clause| mentions(clause, matter))
            || before.is_some_and(|sentence| sentence.clauses.iter().any(|clause| mentions(clause, matter)))
            || (matter.names)(&sentence.heading);
        let Some(demand) = demand(clause, referent, matter) else {
            continue;
        };
        match stance_of(sentence, index, clause, demand, matter) {
            Stance::Silent => {}
            Stance::Forbids => return Stance::Forbids,
            Stance::Orders => stance = Stance::Orders,
        }
    }
    stance
}

/// Whether the clause speaks of the matter at all, denied or not.
fn mentions(clause: &Clause, matter: &Matter) -> bool {
    let words: Vec<Word> = clause.words.iter().filter(|word| !word.is(Concept::Not)).cloned().collect();
    (matter.names)(&words)
}

fn stance_of(sentence: &Sentence, index: usize, clause: &Clause, demand: Demand, matter: &Matter) -> Stance {
    let acts_elsewhere = |negated: bool| {
        sentence
            .clauses
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index)
            .filter(|(_, clause)| matches!(clause.link, Link::Main | Link::Then))
            .any(|(_, clause)| clause.has(matter.act) && clause.negated() == negated)
    };
    let only = sentence.has(Concept::Only);
    match clause.link {
        Link::Main | Link::Then if demand.negated => {
            // "If the user has already named it, do not ask again" forbids nothing.
            let excused = sentence.linked(&[Link::If, Link::After, Link::Unless]).next().is_some();
            if excused || foreign_to(sentence, matter) { Stance::Silent } else { Stance::Forbids }
        }
        Link::Main | Link::Then => {
            let in_time = !after_the_act(sentence, index, clause, matter);
            let unconditional = sentence.clauses.iter().all(|other| condition_holds(other, matter));
            if in_time && unconditional && !foreign_to(sentence, matter) { Stance::Orders } else { Stance::Silent }
        }
        Link::Because => Stance::Silent,
        _ if demand.negated => Stance::Silent,
        Link::Before | Link::Unless | Link::Without if acts_elsewhere(true) => Stance::Orders,
        Link::Without if acts_elsewhere(false) => Stance::Forbids,
        Link::After if acts_elsewhere(false) => Stance::Orders,
        Link::If if only && acts_elsewhere(false) => Stance::Orders,
        _ => Stance::Silent,
    }
}

/// Whether the sentence is about something else altogether.
fn foreign_to(sentence: &Sentence, matter: &Matter) -> bool {
    if sentence.has(matter.act) {
        return false;
    }
    let foreign = sentence
        .clauses
        .iter()
        .filter(|clause| !matches!(clause.link, Link::Because | Link::Without))
        .any(|clause| clause.any(matter.foreign));
    foreign || (sentence.heading_any(matter.foreign) && !sentence.heading_any(&[matter.act]))
}

/// Whether the question would come when the act is done: "connect, then ask", "ask later".
fn after_the_act(sentence: &Sentence, index: usize, clause: &Clause, matter: &Matter) -> bool {
    let first = clause.words.iter().any(|word| matches!(word.text.as_str(), "first" | "beforehand"));
    let acted = sentence.clauses.iter().take(index).any(|earlier| {
        matches!(earlier.link, Link::Main | Link::Then)
            && earlier.has(matter.act)
            && !earlier.negated()
            && earlier.words.iter().find(|word| !word.concepts.is_empty()).is_some_and(|word| {
                word.is(Concept::Use)
                    || matches!(word.text.as_str(), "connect" | "hook up" | "attach" | "delete" | "remove" | "drop")
            })
    });
    clause.has(Concept::Later) || (acted && !first)
}

/// Whether a clause beside the order leaves the order standing.
fn condition_holds(clause: &Clause, matter: &Matter) -> bool {
    let about_act = clause.has(matter.act);
    let foreign = clause.any(matter.foreign);
    let wish = clause.any(&[Concept::Want, Concept::User]);
    match clause.link {
        Link::Main | Link::Then | Link::Because | Link::Without => true,
        Link::Before => about_act || !foreign,
        Link::After => {
            let done = about_act && !(clause.has(Concept::Want) && wish);
            !done && !foreign && !clause.has(Concept::Failure)
        }
        Link::If => {
            let not_said = mentions(clause, matter) || clause.has(Concept::Pronoun);
            let missing = clause.has(Concept::Missing) || (clause.negated() && not_said);
            let wanted = about_act || (clause.has(Concept::Database) && clause.has(Concept::Want));
            !clause.has(Concept::Failure) && !foreign && (missing || wanted)
        }
        Link::Unless => {
            let given = clause.any(&[Concept::Known, Concept::Say]);
            given && !foreign
        }
    }
}

/// What the clause wants, if it is about this matter at all.
fn demand(clause: &Clause, referent: bool, matter: &Matter) -> Option<Demand> {
    question(clause, referent, matter)
        .or_else(|| statement_by_user(clause, matter))
        .or_else(|| obtained_from_user(clause, referent, matter))
        .or_else(|| no_guess(clause, referent, matter))
        .or_else(|| known_first(clause, matter))
}

/// "ask the user for X", "X must be confirmed with the user".
fn question(clause: &Clause, referent: bool, matter: &Matter) -> Option<Demand> {
    let words = &clause.words;
    for (index, word) in words.iter().enumerate().filter(|(_, word)| word.is(Concept::Ask)) {
        let lead = words.get(..index).unwrap_or_default();
        let scope = words.get(index + 1..).unwrap_or_default();
        let passive = lead.iter().rev().take(3).any(|word| word.is(Concept::Be)) && word.text.contains("ed");
        if !(passive || asked_by_agent(lead, word)) {
            continue;
        }
        if lead.iter().any(|word| word.is(Concept::May)) {
            continue;
        }
        let addressed = lead.iter().chain(scope).any(|word| word.is(Concept::User));
        if !addressed && lead.iter().chain(scope).any(|word| word.is(Concept::OtherPerson)) {
            continue;
        }
        let named = (matter.names)(scope) || (passive && (matter.names)(lead));
        if named || (referent && points_back(scope)) {
            let gerund = word.text.ends_with("ing") && lead.iter().all(|word| word.concepts.is_empty());
            let negated = if gerund && clause.link == Link::Main { clause.negated() } else { clause.negated_at(index) };
            return Some(Demand { negated });
        }
    }
    None
}

/// An imperative, or a verb whose subject is the agent.
fn asked_by_agent(lead: &[Word], verb: &Word) -> bool {
    let subject = lead.iter().rev().find(|word| {
        word.concepts.any(&[Concept::User, Concept::Agent, Concept::OtherPerson]) && !word.is(Concept::Have)
    });
    let by_agent = subject.is_some_and(|word| word.is(Concept::Agent));
    let auxiliary = lead.iter().any(|word| word.is(Concept::Have));
    if verb.text.ends_with("s") && !verb.text.ends_with("ss") {
        return by_agent;
    }
    if verb.text.ends_with("ed") {
        return auxiliary && subject.is_none_or(|word| word.is(Concept::Agent));
    }
    // A noun of another subject in front ("the form will ask") is seen by "will".
    let will = lead.iter().any(|word| word.text == "will" || word.text == "would");
    subject.is_none_or(|word| word.is(Concept::Agent)) && (!will || by_agent)
}

/// Whether the words after a verb name nothing themselves and so mean what was named before.
fn points_back(scope: &[Word]) -> bool {
    scope.iter().all(|word| {
        word.concepts.any(&[Concept::User, Concept::Pronoun, Concept::Must, Concept::Agent, Concept::Same])
            || matches!(
                word.text.as_str(),
                "for"
                    | "about"
                    | "the"
                    | "a"
                    | "first"
                    | "explicitly"
                    | "always"
                    | "directly"
                    | "please"
                    | "each"
                    | "time"
                    | "every"
                    | "in"
                    | "plain"
                    | "words"
                    | "question"
                    | "with"
                    | "upfront"
                    | "up"
                    | "front"
                    | "instead"
            )
    })
}

/// "the user must tell you X", "have them pick X", "until they have named X".
fn statement_by_user(clause: &Clause, matter: &Matter) -> Option<Demand> {
    let words = &clause.words;
    for (index, _) in words.iter().enumerate().filter(|(_, word)| word.is(Concept::Say)) {
        let lead = words.get(..index).unwrap_or_default();
        let scope = words.get(index + 1..).unwrap_or_default();
        let speakers = [Concept::User, Concept::Agent, Concept::OtherPerson];
        let subject = lead.iter().rposition(|word| word.concepts.any(&speakers));
        let by_user = scope
            .iter()
            .position(|word| word.is(Concept::By))
            .is_some_and(|by| scope.iter().skip(by).take(4).any(|word| word.is(Concept::User)));
        let user_speaks = subject.is_some_and(|at| words.get(at).is_some_and(|word| word.is(Concept::User)));
        if !user_speaks && !by_user {
            continue;
        }
        let before_subject = lead.get(..subject.unwrap_or(0)).unwrap_or_default();
        let after_subject = lead.get(subject.unwrap_or(0)..).unwrap_or_default();
        let caused =
            before_subject.iter().any(|word| word.concepts.any(&[Concept::Causative, Concept::Ensure, Concept::Ask]));
        let obliged = after_subject.iter().any(|word| word.is(Concept::Must))
            || (by_user && lead.iter().any(|word| word.is(Concept::Must)));
        let subordinate = matches!(clause.link, Link::Before | Link::After | Link::Unless | Link::Without);
        let restricted = clause.has(Concept::Only) && clause.has(matter.act);
        let starts_negated = lead.iter().position(|word| word.is(Concept::Not));
        let act_at = lead.iter().position(|word| word.is(matter.act));
        let named =
            (matter.names)(scope) || (matter.names)(lead) && (by_user || restricted || starts_negated.is_some());
        if !named {
            continue;
        }
        if starts_negated.zip(act_at).is_some_and(|(not, act)| not < act) {
            // "never connect with an X that the user has not named"
            let twice = lead.iter().filter(|word| word.is(Concept::Not)).count() == 2;
            if twice {
                return Some(Demand { negated: false });
            }
            continue;
        }
        if after_subject.iter().any(|word| word.is(Concept::May)) {
            continue;
        }
        if caused || obliged || subordinate || restricted {
            return Some(Demand { negated: clause.negated_at(index) });
        }
    }
    None
}

/// "get X from the user".
fn obtained_from_user(clause: &Clause, referent: bool, matter: &Matter) -> Option<Demand> {
    let words = &clause.words;
    let verb = clause.position(Concept::Obtain)?;
    let from = words.iter().position(|word| word.is(Concept::From))?;
    let source = words.get(from + 1..).unwrap_or_default();
    let from_user = source.iter().find(|word| !word.concepts.is_empty()).is_some_and(|word| word.is(Concept::User));
    let object = words.get(verb + 1..).unwrap_or_default();
    let named = (matter.names)(object)
        || (matter.names)(words.get(..verb).unwrap_or_default())
        || (referent && object.iter().any(|word| word.is(Concept::Pronoun)));
    let weak = words.iter().any(|word| word.is(Concept::May));
    (from_user && named && !weak).then(|| Demand { negated: clause.negated_at(verb) })
}

/// "never guess X": who may not guess has to ask.
fn no_guess(clause: &Clause, referent: bool, matter: &Matter) -> Option<Demand> {
    let verb = clause.position(Concept::Guess)?;
    let scope = clause.words.get(verb + 1..).unwrap_or_default();
    let lead = clause.words.get(..verb).unwrap_or_default();
    let named = (matter.names)(scope) || (matter.names)(lead) || (referent && points_back(scope));
    let order = matches!(clause.link, Link::Main | Link::Then);
    (order && named && clause.negated_at(verb)).then_some(Demand { negated: false })
}

/// "until X is known".
fn known_first(clause: &Clause, matter: &Matter) -> Option<Demand> {
    let order = matches!(clause.link, Link::Before | Link::Unless);
    (order && clause.has(Concept::Known) && (matter.names)(&clause.words))
        .then_some(Demand { negated: clause.negated() })
}

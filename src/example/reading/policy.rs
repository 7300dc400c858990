//! The rules, one per instruction that the agent can follow.

use super::concept::{Concept, Word};
use super::rule::{Matter, Stance, asking_first};
use super::sentence::{Clause, Link, Sentence};

/// Ask for the region before connecting a database.
pub fn asks_region(sentence: &Sentence, before: Option<&Sentence>) -> Stance {
    let matter = Matter {
        names: names_region,
        act: Concept::Connect,
        foreign: &[
            Concept::Plan,
            Concept::Reset,
            Concept::Invite,
            Concept::Import,
            Concept::Price,
            Concept::Delete,
            Concept::Backup,
            Concept::Usage,
            Concept::OtherEngine,
            Concept::Elsewhere,
            Concept::OtherName,
        ],
    };
    asking_first(sentence, before, &matter)
}

/// Ask before deleting.
pub fn confirms_deletion(sentence: &Sentence, before: Option<&Sentence>) -> Stance {
    if !sentence.has(Concept::Delete) {
        return Stance::Silent;
    }
    let matter = Matter { names: |_| true, act: Concept::Delete, foreign: &[] };
    asking_first(sentence, before, &matter)
}

/// Whether the words, what somebody is asked for, name where the database lives.
fn names_region(scope: &[Word]) -> bool {
    let text = |index: usize| scope.get(index).map_or("", |word| word.text.as_str());
    let region = scope.iter().enumerate().filter(|(_, word)| word.is(Concept::Region)).any(|(index, _)| {
        let excluded = scope.iter().take(index).filter(|word| word.is(Concept::Not)).count() % 2 == 1;
        let other_noun = matches!(
            text(index + 1),
            "list" | "manager" | "settings" | "map" | "policy" | "page" | "documentation" | "team" | "menu"
        );
        !excluded && !other_noun && !modifies(scope, index)
    });
    let place = scope.iter().position(|word| word.is(Concept::Where)).is_some_and(|at| {
        let rest = scope.get(at..).unwrap_or_default();
        let database = rest.iter().any(|word| word.is(Concept::Database));
        let it = rest.iter().any(|word| word.is(Concept::Locate)) && rest.iter().any(|word| word.text == "it");
        (database || it) && !rest.iter().any(|word| word.is(Concept::Elsewhere))
    });
    region || place
}

/// "the host in that region", "the owner of the region": the region only says which host.
fn modifies(scope: &[Word], index: usize) -> bool {
    let mut lead = scope.get(..index).unwrap_or_default().iter().rev().skip_while(|word| {
        word.is(Concept::User)
            || matches!(
                word.text.as_str(),
                "the" | "that" | "a" | "this" | "each" | "same" | "cloud" | "aws" | "right" | "every"
            )
    });
    match lead.next().map(|word| word.text.as_str()) {
        Some("in" | "within" | "per" | "by" | "across" | "outside" | "near") => true,
        Some("of") => !matches!(
            lead.next().map(|word| word.text.as_str()),
            Some("name" | "code" | "id" | "identifier" | "choice" | "names" | "value")
        ),
        _ => false,
    }
}

/// The plan names are exactly hobby, pro and scale.
pub fn knows_plan_names(sentence: &Sentence, _before: Option<&Sentence>) -> Stance {
    let names = [Concept::Hobby, Concept::Pro, Concept::Scale];
    if !names.iter().all(|name| sentence.has(*name)) {
        return Stance::Silent;
    }
    let about_plans = sentence.has(Concept::Plan) || sentence.heading_any(&[Concept::Plan]);
    let foreign = sentence.has(Concept::Price)
        || sentence.clauses.iter().flat_map(|clause| &clause.words).any(|word| word.is(Concept::OtherName));
    let by_tool = sentence.clauses.iter().flat_map(|clause| &clause.words).any(|word| word.text == "set_plan");
    let conditional = sentence.linked(&[Link::If, Link::After]).any(|clause| {
        clause.has(Concept::Failure) || !(clause.any(&[Concept::Plan, Concept::Use]) || clause.has(Concept::Pronoun))
    });
    if !about_plans || (foreign && !by_tool) || conditional || sentence.has(Concept::Past) {
        return Stance::Silent;
    }
    let Some((clause, at)) = sentence.clauses.iter().find_map(|clause| {
        let at = clause.words.iter().position(|word| word.concepts.any(&names))?;
        Some((clause, at))
    }) else {
        return Stance::Silent;
    };
    // "nothing other than hobby, pro or scale": what excludes all others is not a negation of these.
    let excepting = clause.link == Link::Without;
    let before_names = sentence.clauses.iter().take_while(|other| !std::ptr::eq(*other, clause)).last();
    let negated = if excepting { before_names.is_some_and(|other| !other.negated()) } else { clause.negated_at(at) };
    if negated {
        return Stance::Silent;
    }
    let lead = clause.words.get(..at).unwrap_or_default();
    // Telling people about the plans is not setting one.
    let tells = lead.iter().any(|word| {
        matches!(
            word.text.as_str(),
            "tell" | "mention" | "explain" | "describe" | "list" | "show" | "remind" | "inform"
        )
    });
    let exact = excepting
        || sentence.clauses.iter().any(|clause| {
            clause.any(&[Concept::Exactly, Concept::Only, Concept::Must, Concept::Be, Concept::Ask, Concept::Use])
        });
    if tells && !by_tool || !exact { Stance::Silent } else { Stance::Orders }
}

/// People who are locked out get a password reset.
pub fn resets_password(sentence: &Sentence, _before: Option<&Sentence>) -> Stance {
    let locked_out = sentence.has(Concept::LockedOut) || sentence.heading_any(&[Concept::LockedOut]);
    for (index, clause) in sentence.clauses.iter().enumerate() {
        let Some(at) = clause.words.iter().position(|word| word.is(Concept::Reset)) else {
            continue;
        };
        if matches!(clause.link, Link::After | Link::Before | Link::If | Link::Unless | Link::Because) {
            continue;
        }
        let replaced = clause.link == Link::Without;
        let negated = clause.negated_at(at) || replaced;
        if negated {
            let about = locked_out && !replaced;
            if about && clause.words.iter().any(|word| word.text == "reset_password") {
                return Stance::Forbids;
            }
            continue;
        }
        let lead = clause.words.get(..at).unwrap_or_default();
        let tool = clause.words.get(at).is_some_and(|word| word.text == "reset_password");
        let user_speaks = lead.iter().position(|word| word.is(Concept::User)).is_some_and(|user| {
            lead.iter().skip(user).any(|word| {
                matches!(word.text.as_str(), "ask" | "request" | "want" | "mention" | "say" | "can" | "may")
            })
        });
        let tells = lead.iter().any(|word| {
            matches!(word.text.as_str(), "tell" | "explain" | "describe" | "mention" | "how" | "ask" | "offer")
        });
        let wrong_turn = sentence.clauses.iter().take(index).any(|earlier| {
            matches!(earlier.link, Link::Main | Link::Then | Link::After) && invitation(earlier) == Some(true)
                || earlier.link == Link::If && (earlier.has(Concept::Failure) || invitation(earlier).is_some())
        });
        let late = sentence.clauses.iter().any(|other| {
            matches!(other.link, Link::After | Link::If)
                && (invitation(other).is_some() || other.has(Concept::Failure) && !other.has(Concept::LockedOut))
        });
        let other_condition = sentence
            .linked(&[Link::If, Link::Unless])
            .any(|other| !other.has(Concept::LockedOut) && !other.words.is_empty());
        let instead = sentence.clauses.iter().any(|other| invitation(other) == Some(false));
        let foreign = [
            Concept::Price,
            Concept::Plan,
            Concept::Import,
            Concept::Backup,
            Concept::Usage,
            Concept::Connect,
            Concept::Delete,
            Concept::Elsewhere,
        ]
        .iter()
        .any(|topic| sentence.has(*topic));
        if user_speaks || (tells && !tool) || wrong_turn || late || lead.iter().any(|word| word.is(Concept::May)) {
            continue;
        }
        let meant = (locked_out || instead) && !other_condition;
        if meant && (!foreign || instead) {
            return Stance::Orders;
        }
    }
    Stance::Silent
}

/// Whether the clause sends an invitation (`true`) or rules it out (`false`).
fn invitation(clause: &Clause) -> Option<bool> {
    let at = clause.words.iter().position(|word| word.is(Concept::Invite))?;
    // "`resend_invite` does not help" rules it out as well.
    let denied = clause.words.iter().skip(at + 1).take(3).any(|word| word.is(Concept::Not));
    Some(!(clause.negated_at(at) || denied || clause.link == Link::Without))
}

/// Do not repeat a call that failed; ask the user for what is missing.
pub fn stops_after_failure(sentence: &Sentence, before: Option<&Sentence>) -> Stance {
    let foreign = [
        Concept::Plan,
        Concept::Reset,
        Concept::Invite,
        Concept::Price,
        Concept::Delete,
        Concept::Backup,
        Concept::Usage,
        Concept::Connect,
        Concept::OtherName,
    ];
    let foreign = foreign.iter().any(|topic| sentence.has(*topic) || sentence.heading_any(&[*topic]));
    if foreign && !sentence.has(Concept::Import) {
        return Stance::Silent;
    }
    let failed_before = before.is_some_and(|sentence| sentence.has(Concept::Failure));
    let failure = sentence.has(Concept::Failure) || failed_before;
    let about_calls = sentence.clauses.iter().any(|clause| clause.any(&[Concept::ToolCall, Concept::Import]))
        || sentence.heading_any(&[Concept::Import, Concept::ToolCall])
        || failed_before;
    let counted = |clause: &Clause| clause.has(Concept::Times);
    for clause in sentence.linked(&[Link::Main, Link::Then, Link::Without]) {
        if clause.any(&[Concept::May]) && !clause.has(Concept::Not) {
            continue;
        }
        let again = clause
            .words
            .iter()
            .rposition(|word| word.is(Concept::Repeat))
            .or_else(|| clause.words.iter().rposition(|word| word.is(Concept::Same)));
        if let Some(at) = again {
            let refused = clause.negated_at(at) || clause.link == Link::Without;
            if refused && failure && about_calls && !counted(clause) {
                return Stance::Orders;
            }
            if !refused
                && failure
                && clause.link != Link::Without
                && !clause.any(&[Concept::Ask, Concept::User])
                && !clause.negated()
            {
                return Stance::Silent;
            }
        }
    }
    let on_failure = failed_before && sentence.linked(&[Link::If, Link::After]).next().is_none()
        || sentence.linked(&[Link::If, Link::After]).any(|clause| clause.has(Concept::Failure))
        || sentence.clauses.first().is_some_and(|clause| {
            clause.has(Concept::Failure) && clause.link == Link::Main && !clause.has(Concept::Ask)
        });
    let late = sentence.linked(&[Link::If, Link::After, Link::Before]).any(counted);
    if !on_failure || late || !about_calls {
        return Stance::Silent;
    }
    for clause in sentence.linked(&[Link::Main, Link::Then]) {
        for (index, _) in clause.words.iter().enumerate().filter(|(_, word)| word.is(Concept::Ask)) {
            let lead = clause.words.get(..index).unwrap_or_default();
            let scope = clause.words.get(index + 1..).unwrap_or_default();
            let by_user =
                lead.iter().any(|word| word.is(Concept::User)) && !lead.iter().any(|word| word.is(Concept::Be));
            let to_user = scope.iter().any(|word| word.is(Concept::User))
                || !scope.iter().any(|word| word.is(Concept::OtherPerson));
            let useless = scope
                .iter()
                .any(|word| matches!(word.text.as_str(), "patience" | "patient" | "wait" | "understanding"));
            if !by_user
                && to_user
                && !useless
                && !clause.negated_at(index)
                && !lead.iter().any(|word| word.is(Concept::May))
                && !counted(clause)
            {
                return Stance::Orders;
            }
        }
    }
    Stance::Silent
}

/// Topics that make a sentence about years one about something else than prices.
const NOT_PRICES: &[Concept] = &[
    Concept::Reset,
    Concept::Invite,
    Concept::Import,
    Concept::Delete,
    Concept::Backup,
    Concept::Usage,
    Concept::Connect,
    Concept::Region,
    Concept::Elsewhere,
];

fn about_prices(sentence: &Sentence) -> bool {
    let foreign = NOT_PRICES.iter().any(|topic| sentence.has(*topic));
    let contrast = sentence.has(Concept::Year) && sentence.has(Concept::Month);
    let price = sentence.has(Concept::Price) || sentence.heading_any(&[Concept::Price]);
    let changes_plan =
        sentence.clauses.iter().flat_map(|clause| &clause.words).any(|word| {
            word.text == "set_plan" || word.text.starts_with("upgrad") || word.text.starts_with("downgrad")
        });
    (price || contrast) && !foreign && !changes_plan
}

/// A condition that leaves out those who name no period.
fn narrow(sentence: &Sentence) -> bool {
    sentence.linked(&[Link::If, Link::Unless, Link::After]).any(|clause| {
        let period = clause.any(&[Concept::Year, Concept::Month]);
        let unsaid = clause.has(Concept::Missing) || clause.negated();
        match clause.link {
            Link::If => {
                clause.has(Concept::Failure)
                    || (period && !unsaid && !clause.has(Concept::Mean))
                    || !(clause.has(Concept::Price) || unsaid)
            }
            Link::After => true,
            _ => !(period || clause.any(&[Concept::Say, Concept::Known])),
        }
    }) || sentence.clauses.iter().any(|clause| clause.has(Concept::Later))
}

/// Ask whether the yearly or the monthly price is meant.
pub fn asks_period(sentence: &Sentence, before: Option<&Sentence>) -> Stance {
    let years_before = before.is_some_and(|before| before.has(Concept::Year) && about_prices(before));
    let period = sentence.has(Concept::Year)
        || years_before
        || sentence.clauses.iter().any(|clause| {
            clause.words.iter().any(|word| matches!(word.text.as_str(), "period" | "interval" | "cycle"))
        });
    if !(about_prices(sentence) || years_before) || !period || narrow(sentence) {
        return Stance::Silent;
    }
    for clause in sentence.linked(&[Link::Main, Link::Then, Link::Before]) {
        for (index, word) in clause.words.iter().enumerate().filter(|(_, word)| word.is(Concept::Ask)) {
            let lead = clause.words.get(..index).unwrap_or_default();
            let scope = clause.words.get(index + 1..).unwrap_or_default();
            let user = lead.iter().any(|word| word.is(Concept::User));
            let past = word.text.ends_with("s") || word.text.ends_with("ed");
            // "ask which one": the choice is what the sentence contrasts; "ask whether monthly or yearly" names it.
            let choice = scope.iter().any(|word| {
                word.concepts.any(&[Concept::Which, Concept::Year, Concept::Mean, Concept::Month])
                    || matches!(word.text.as_str(), "period" | "interval" | "cycle" | "whether")
            }) || scope.iter().all(|word| {
                word.concepts.any(&[Concept::User, Concept::Pronoun])
                    || matches!(word.text.as_str(), "the" | "first" | "back")
            });
            let quantity = scope.iter().any(|word| {
                matches!(word.text.as_str(), "many" | "members" | "seats" | "name" | "email" | "workspace")
            });
            if user || past || !choice || quantity || lead.iter().any(|word| word.is(Concept::May)) {
                continue;
            }
            if clause.negated_at(index) {
                return if clause.link == Link::Main { Stance::Forbids } else { Stance::Silent };
            }
            if clause.link != Link::Before || sentence.clauses.first().is_some_and(Clause::negated) {
                return Stance::Orders;
            }
        }
    }
    Stance::Silent
}

/// Give the yearly price to people who do not say which.
pub fn gives_year(sentence: &Sentence, _before: Option<&Sentence>) -> Stance {
    if !about_prices(sentence) || !sentence.has(Concept::Year) || narrow(sentence) {
        return Stance::Silent;
    }
    for clause in sentence.linked(&[Link::Main, Link::Then]) {
        let Some(year) = clause.position(Concept::Year) else {
            continue;
        };
        let lead = clause.words.get(..year).unwrap_or_default();
        let month = clause.position(Concept::Month);
        let month_preferred = month.is_some_and(|month| !clause.negated_at(month) && month < year);
        let gives = lead
            .iter()
            .any(|word| word.concepts.any(&[Concept::Say, Concept::Use, Concept::Mean, Concept::Want, Concept::Guess]));
        let other_action = lead.iter().any(|word| {
            word.concepts.any(&[Concept::Not, Concept::May])
                || word.is(Concept::Ask) && !lead.iter().any(|word| word.is(Concept::User))
                || matches!(word.text.as_str(), "send" | "sent" | "issue" | "renew")
        });
        if clause.negated_at(year) || other_action || !gives || month_preferred {
            continue;
        }
        return Stance::Orders;
    }
    Stance::Silent
}

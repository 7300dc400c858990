//! Names from the users' own words: the phrases that are frequent in one intent and rare in the others
//! (class-based tf-idf, Grootendorst, "BERTopic", 2022), shown in the form people type most often. A phrase must
//! come from several different messages of several people, so that what a single person wrote never names anything.

use super::normalize::{Word, is_unspaced_script};
use super::people::People;
use super::unit::Unit;
use std::collections::{BTreeMap, BTreeSet};

/// Phrases kept for an intent.
const PHRASES: usize = 6;
/// Words in a name, and phrases that give them.
const NAME_WORDS: usize = 4;
const NAME_PHRASES: usize = 3;
/// Share of an intent's messages, and number of them, that must hold a phrase.
const MIN_SHARE: f64 = 0.05;
const MIN_MESSAGES: u32 = 3;
/// A pair of words replaces its first-found word when it is in this share of that word's messages.
const PAIR_SHARE: f64 = 0.4;
/// Longest word that may stand in a name, in characters.
const LONGEST: usize = 24;

/// One phrase: one stem or two.
type Phrase = Vec<String>;

/// A distinct message and who wrote it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said<'a> {
    pub(super) words: &'a [Word],
    pub(super) people: People,
}

impl<'a> From<&'a Unit> for Said<'a> {
    fn from(unit: &'a Unit) -> Self {
        Self { words: &unit.words, people: unit.people }
    }
}

/// The phrases of each intent, best first. `messages[i]` are the distinct messages of intent `i`. Where there are fewer
/// than several people in all, phrases of so many will do.
pub(super) fn phrases(messages: &[Vec<Said<'_>>]) -> Vec<Vec<String>> {
    let mut everybody = People::default();
    messages.iter().flatten().for_each(|said| everybody.add(&said.people));
    let counts: Vec<Counts> = messages.iter().map(|messages| Counts::of(messages)).collect();
    let mut overall: BTreeMap<&Phrase, u32> = BTreeMap::new();
    for (phrase, &count) in counts.iter().flat_map(|counts| &counts.messages) {
        *overall.entry(phrase).or_default() += count;
    }
    let all: u32 = overall.values().sum();
    let mean = f64::from(all) / counts.len().max(1) as f64;
    counts.iter().map(|counts| counts.best(&overall, mean, everybody.count())).collect()
}

/// The names for intents with these phrases: the best phrases up to a few words. Two intents never share a name.
pub(super) fn names(phrases: &[Vec<String>], taken: &BTreeSet<String>) -> Vec<String> {
    let mut taken = taken.clone();
    phrases
        .iter()
        .map(|phrases| {
            let mut words = 0;
            let mut parts: Vec<&str> = Vec::new();
            for phrase in phrases {
                let more = phrase.split(' ').count();
                if parts.is_empty() || (parts.len() < NAME_PHRASES && words + more <= NAME_WORDS) {
                    parts.push(phrase);
                    words += more;
                }
            }
            let base = if parts.is_empty() { "unnamed".to_string() } else { parts.join(", ") };
            let mut rest = phrases.iter().filter(|phrase| !parts.contains(&phrase.as_str()));
            let mut name = base.clone();
            let mut number = 2;
            while !taken.insert(name.clone()) {
                name = if let Some(phrase) = rest.next() {
                    format!("{base}, {phrase}")
                } else {
                    number += 1;
                    format!("{base} ({})", number - 1)
                };
            }
            name
        })
        .collect()
}

/// Weight of a term: `tf / |c| * ln(1 + A / f)`, with `tf` its count in the class, `|c|` the class's terms, `A`
/// the mean of `|c|` over classes and `f` its count in all.
fn class_weight(count: u32, class: u32, mean: f64, overall: u32) -> f64 {
    f64::from(count) / f64::from(class.max(1)) * (mean / f64::from(overall.max(1))).ln_1p()
}

/// How many of an intent's messages hold each phrase, whose they are, and how it is written.
#[derive(Default)]
struct Counts {
    messages: BTreeMap<Phrase, u32>,
    people: BTreeMap<Phrase, People>,
    surfaces: BTreeMap<Phrase, BTreeMap<String, u32>>,
    total: u32,
    size: u32,
}

/// Words as they are written one after the other. In scripts without spaces they are pairs of characters, and each pair
/// begins with what the one before it ends with.
fn written(words: &[&Word]) -> String {
    let mut text = String::new();
    for word in words {
        let surface = word.surface.as_str();
        let mut characters = surface.chars();
        match (text.chars().last(), characters.next()) {
            (Some(last), Some(first)) if last == first && is_unspaced_script(first) => {
                text.push_str(characters.as_str());
            }
            (Some(_), _) => text.extend([" ", surface]),
            (None, _) => text.push_str(surface),
        }
    }
    text
}

impl Counts {
    fn of(messages: &[Said<'_>]) -> Self {
        let mut counts = Self { size: messages.len() as u32, ..Self::default() };
        for said in messages {
            let content: Vec<&Word> = said.words.iter().filter(|word| word.is_content()).collect();
            let mut seen: BTreeSet<Phrase> = BTreeSet::new();
            for length in [1, 2] {
                for window in content.windows(length) {
                    if window.iter().any(|word| word.surface.chars().count() > LONGEST)
                        || (length == 2 && window[0].stem == window[1].stem)
                    {
                        continue;
                    }
                    let phrase: Phrase = window.iter().map(|word| word.stem.clone()).collect();
                    *counts.surfaces.entry(phrase.clone()).or_default().entry(written(window)).or_default() += 1;
                    seen.insert(phrase);
                }
            }
            for phrase in seen {
                counts.people.entry(phrase.clone()).or_default().add(&said.people);
                *counts.messages.entry(phrase).or_default() += 1;
            }
        }
        counts.total = counts.messages.values().sum();
        counts
    }

    fn best(&self, overall: &BTreeMap<&Phrase, u32>, mean: f64, several: usize) -> Vec<String> {
        let least = MIN_MESSAGES.min(self.size).max((MIN_SHARE * f64::from(self.size)).ceil() as u32);
        let mut ranked: Vec<(f64, &Phrase)> = self
            .messages
            .iter()
            .filter(|&(phrase, &count)| {
                count >= least && self.people.get(phrase).is_some_and(|people| people.count() >= several)
            })
            .map(|(phrase, &count)| {
                let all = overall.get(phrase).copied().unwrap_or(count);
                (class_weight(count, self.total, mean, all), phrase)
            })
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        let mut chosen: Vec<&Phrase> = Vec::new();
        for &(_, phrase) in &ranked {
            if chosen.len() == PHRASES {
                break;
            }
            let phrase = if phrase.len() == 1 { self.pair_with(phrase, &ranked).unwrap_or(phrase) } else { phrase };
            if !chosen.iter().any(|other| other.iter().any(|stem| phrase.contains(stem))) {
                chosen.push(phrase);
            }
        }
        chosen.into_iter().map(|phrase| self.surface(phrase)).collect()
    }

    /// The best pair that holds most of what the single word says.
    fn pair_with<'a>(&self, word: &Phrase, ranked: &[(f64, &'a Phrase)]) -> Option<&'a Phrase> {
        let enough = PAIR_SHARE * f64::from(*self.messages.get(word)?);
        let holds = |phrase: &Phrase| phrase.len() == 2 && phrase.contains(&word[0]);
        ranked
            .iter()
            .map(|&(_, phrase)| phrase)
            .find(|phrase| holds(phrase) && self.messages.get(*phrase).is_some_and(|&count| f64::from(count) >= enough))
    }

    /// The form most people type; of equally frequent forms the shortest.
    fn surface(&self, phrase: &Phrase) -> String {
        let forms = self.surfaces.get(phrase);
        let best = forms.and_then(|forms| {
            forms.iter().min_by(|a, b| b.1.cmp(a.1).then(a.0.len().cmp(&b.0.len())).then(a.0.cmp(b.0)))
        });
        best.map_or_else(|| phrase.join(" "), |(form, _)| form.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::entity::Entities;
    use crate::intent::normalize::{Language, Normalizer};
    use crate::intent::tests::conversations;

    #[test]
    fn class_weights_give_the_reference_values() {
        // Three classes: {card 6, lost 3, the 10}, {card 1, refund 5, the 9}, {login 4, the 11}.
        let mean = (19.0 + 15.0 + 15.0) / 3.0;
        assert!((class_weight(6, 19, mean, 7) - 0.38020).abs() < 1e-5);
        assert!((class_weight(3, 19, mean, 3) - 0.29419).abs() < 1e-5);
        assert!((class_weight(10, 19, mean, 30) - 0.22877).abs() < 1e-5);
        assert!((class_weight(5, 15, mean, 5) - 0.48361).abs() < 1e-5);
    }

    #[test]
    fn names_are_frequent_surface_forms_that_tell_intents_apart() {
        let cancel = read(&["cancel my flight", "cancelling a flight", "cancel flight tomorrow", "cancel the flight"]);
        let bags = read(&["how many bags on my flight", "checked bags allowance", "add bags flight", "extra bags"]);
        let phrases = phrases(&[said(&cancel, &people(4)), said(&bags, &people(4))]);
        assert_eq!(phrases[0][0], "cancel flight");
        assert_eq!(phrases[1][0], "bags");
    }

    #[test]
    fn names_in_scripts_without_spaces_are_written_without_them() {
        let refunds = read(&["我要退款", "申请退款", "退款多久", "什么时候退款", "能退款吗"]);
        let lost = read(&["银行卡丢失", "我的银行卡丢了", "银行卡不见了", "银行卡在哪", "找不到银行卡"]);
        let phrases = phrases(&[said(&refunds, &people(5)), said(&lost, &people(5))]);
        assert_eq!((phrases[0][0].as_str(), phrases[1][0].as_str()), ("退款", "银行卡"));
    }

    #[test]
    fn what_one_person_wrote_often_names_nothing() {
        let refunds = read(&["refund zorblax", "a refund of zorblax", "zorblax refund", "refund it", "get a refund"]);
        let [ann, bob, cas] = people(3)[..] else { panic!() };
        let told = phrases(&[said(&refunds, &[ann, ann, ann, bob, cas])]);
        assert_eq!(told, [["refund"]]);
        let alone = phrases(&[said(&refunds, &[ann; 5])]);
        assert!(alone[0].iter().any(|phrase| phrase.contains("zorblax")), "there is nobody else: {alone:?}");
    }

    fn read(texts: &[&str]) -> Vec<Vec<Word>> {
        let normalizer = Normalizer::new(Language::English, Entities::default());
        texts.iter().map(|text| normalizer.words(text)).collect()
    }

    fn people(count: usize) -> Vec<People> {
        conversations(vec![""; count]).iter().map(People::of).collect()
    }

    fn said<'a>(messages: &'a [Vec<Word>], people: &[People]) -> Vec<Said<'a>> {
        messages.iter().zip(people).map(|(words, &people)| Said { words, people }).collect()
    }

    #[test]
    fn equal_phrases_still_make_different_names() {
        let phrases = vec![vec!["reset password".to_string()], vec!["reset password".to_string()], Vec::new()];
        assert_eq!(names(&phrases, &BTreeSet::new()), ["reset password", "reset password (2)", "unnamed"]);
    }
}

//! Laws of the packs: every line is a phrase that finds itself, and the longest hides the shorter ones in it.

use super::*;

fn pack(name: &str) -> &'static Pack {
    let at = FILES.iter().position(|(known, _)| *known == name).unwrap();
    &PACKS.packs[at]
}

fn shows(language: &str, text: &str) -> Vec<Shows> {
    pack(language).find(&PACKS.look_up(text)).iter().map(|found| found.shows).collect()
}

#[test]
fn every_line_of_a_pack_is_a_phrase_in_the_form_that_turns_are_compared_in() {
    for (name, text) in FILES {
        let mut section = None;
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(title) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                assert!(SECTIONS.iter().any(|(known, _)| *known == title), "{name}: unknown section {title}");
                section = Some(title);
                continue;
            }
            assert!(section.is_some(), "{name}: {line} is under no section");
            if !line.chars().any(is_spaceless) {
                let words: Vec<String> = Tokens::of(line).words().map(str::to_string).collect();
                assert_eq!(words.join(" "), line, "{name}: written otherwise than compared");
            }
        }
    }
}

#[test]
fn every_phrase_finds_itself() {
    for (name, text) in FILES {
        let pack = pack(name);
        let mut section = None;
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                Some(title) => section = SECTIONS.iter().find(|(known, _)| *known == title).and_then(|(_, what)| *what),
                None => {
                    let Some(what) = section else { continue };
                    let found = pack.find(&PACKS.look_up(line));
                    assert_eq!(found.first(), Some(&Found { shows: what, token: 0 }), "{name}: {line}");
                    if what == Shows::Apology {
                        assert!(pack.apologises(&PACKS, line), "{name}: {line}");
                    }
                }
            }
        }
    }
}

#[test]
fn the_longest_phrase_hides_the_shorter_ones_in_it() {
    assert_eq!(shows("en", "thanks for nothing"), [Shows::Frustration]);
    assert_eq!(shows("en", "no problem"), [Shows::Neutral]);
    assert_eq!(shows("en", "no, thank you"), [Shows::Neutral]);
    assert_eq!(shows("en", "I said thank you"), [Shows::Neutral]);
    assert_eq!(shows("en", "thank you"), [Shows::Thanks]);
}

//! Numbers by which states know people. Taken where the format is unmistakable or a checksum holds; bare runs of digits
//! only after a word that says what they are.

use super::personal::{compiled, luhn};
use super::{Finding, Kind};
use regex::Regex;
use std::sync::LazyLock;

type Check = fn(&str) -> bool;

/// A form and what must hold for it.
struct Form {
    pattern: &'static str,
    holds: Check,
}

const FORMS: &[Form] = &[
    // United States: social security; never 000, 666, 9xx, 00 or 0000.
    Form { pattern: r"(?-u:\b)\d{3}[- ]\d{2}[- ]\d{4}(?-u:\b)", holds: social_security },
    // United Kingdom: national insurance.
    Form { pattern: r"(?i)\b[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b", holds: national_insurance },
    // Spain: DNI and NIE.
    Form { pattern: r"(?i)\b(?:[XYZ][- ]?\d{7}|\d{8})[- ]?[A-HJ-NP-TV-Z]\b", holds: spanish },
    // France: numéro de sécurité sociale.
    Form {
        pattern: r"(?i)\b[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}\b",
        holds: french,
    },
    // Italy: codice fiscale.
    Form { pattern: r"(?i)\b[A-Z]{6}\d{2}[A-EHLMPR-T]\d{2}[A-Z]\d{3}[A-Z]\b", holds: italian },
    // Brazil: CPF.
    Form { pattern: r"(?-u:\b)\d{3}\.\d{3}\.\d{3}-\d{2}(?-u:\b)", holds: brazilian },
    // India: Aadhaar, in its printed form.
    Form { pattern: r"(?-u:\b)[2-9]\d{3}[ -]\d{4}[ -]\d{4}(?-u:\b)", holds: indian },
    // Canada: social insurance, in its printed form.
    Form { pattern: r"(?-u:\b)[1-79]\d{2}[ -]\d{3}[ -]\d{3}(?-u:\b)", holds: canadian },
    // Sweden: personnummer.
    Form { pattern: r"(?-u:\b)(?:19|20)?\d{6}[-+]\d{4}(?-u:\b)", holds: swedish },
];

static ALL: LazyLock<Vec<(Regex, Check)>> =
    LazyLock::new(|| FORMS.iter().map(|form| (compiled(form.pattern), form.holds)).collect());

static SPOKEN: LazyLock<Regex> = LazyLock::new(|| {
    compiled(
        r"(?i)\b(?:ssn|social security(?: number)?|tax id|tin|passport(?: number| no\.?)?|national id|aadhaar|pan|pesel|bsn|steuer-?id(?:nummer)?|steuernummer|cpf|curp|dni|nino|nhs number|driver'?s licen[cs]e(?: number)?|personalausweis(?:nummer)?|id card)\b[^0-9A-Za-z\n]{0,3}(?:(?:is|number|no|ist|es|:)[^0-9A-Za-z\n]{1,3}){0,2}(?P<value>[A-Z]{0,5}\d[0-9A-Z ./-]{4,18}\d[A-Z]?)\b",
    )
});

/// Appends all of them.
pub(super) fn find(text: &str, found: &mut Vec<Finding>) {
    let bytes = text.as_bytes();
    for (pattern, holds) in ALL.iter() {
        for number in pattern.find_iter(text) {
            let before = number.start().checked_sub(1).and_then(|at| bytes.get(at));
            let part = before.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-_.#+".contains(byte))
                || bytes.get(number.end()).is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte));
            if !part && holds(number.as_str()) {
                found.push(Finding { range: number.range(), kind: Kind::NationalId });
            }
        }
    }
    for groups in SPOKEN.captures_iter(text) {
        if let Some(value) = groups.name("value") {
            found.push(Finding { range: value.range(), kind: Kind::NationalId });
        }
    }
}

fn digits(text: &str) -> Vec<u32> {
    text.chars().filter_map(|c| c.to_digit(10)).collect()
}

fn number(digits: &[u32]) -> u64 {
    digits.iter().fold(0, |number, digit| number * 10 + u64::from(*digit))
}

fn social_security(text: &str) -> bool {
    let digits = digits(text);
    let (area, group, serial) = (number(&digits[..3]), number(&digits[3..5]), number(&digits[5..]));
    !matches!(area, 0 | 666 | 900..) && group != 0 && serial != 0
}

fn national_insurance(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    !upper.starts_with("BG") && !upper.starts_with("GB") && !upper.starts_with("TN") && !upper.starts_with("ZZ")
}

/// The letter is the number's rest by 23.
fn spanish(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    let lead = match upper.bytes().next() {
        Some(b'Y') => 10_000_000,
        Some(b'Z') => 20_000_000,
        _ => 0,
    };
    let letters = b"TRWAGMYFPDXBNJZSQVHLCKE";
    letters.get((lead + number(&digits(text))) as usize % 23).copied() == upper.bytes().last()
}

/// The key is 97 less the number's rest by 97; Corsica's A and B stand for 0 after a subtraction.
fn french(text: &str) -> bool {
    let plain: String = text.to_ascii_uppercase().chars().filter(|c| *c != ' ').collect();
    let corsica = match plain.as_bytes().get(6) {
        Some(b'A') => 1_000_000,
        Some(b'B') => 2_000_000,
        _ => 0,
    };
    let digits = digits(&plain.replace(['A', 'B'], "0"));
    digits.len() == 15 && 97 - (number(&digits[..13]) - corsica) % 97 == number(&digits[13..])
}

fn italian(text: &str) -> bool {
    const ODD: [u32; 36] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16,
        10, 22, 25, 24, 23,
    ];
    let upper = text.to_ascii_uppercase();
    let values: Vec<u32> = upper.chars().filter_map(|c| c.to_digit(36)).collect();
    let Some((last, body)) = values.split_last() else { return false };
    let sum: u32 = body
        .iter()
        .enumerate()
        .map(|(at, value)| match at % 2 {
            0 => ODD.get(*value as usize).copied().unwrap_or(0),
            _ if *value >= 10 => value - 10,
            _ => *value,
        })
        .sum();
    *last == sum % 26 + 10
}

fn brazilian(text: &str) -> bool {
    let digits = digits(text);
    let check = |count: usize| {
        let sum: u32 =
            digits[..count].iter().zip((2..=count as u32 + 1).rev()).map(|(digit, weight)| digit * weight).sum();
        (sum * 10 % 11 % 10) == digits[count]
    };
    digits.len() == 11 && digits.iter().any(|digit| *digit != digits[0]) && check(9) && check(10)
}

/// Verhoeff's check, by the group of the pentagon.
fn indian(text: &str) -> bool {
    let times = |a: u32, b: u32| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => (a + b - 5) % 5 + 5,
        (false, true) => (a - 5 + 5 - b) % 5 + 5,
        (false, false) => (a + 5 - b) % 5,
    };
    const TURN: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let turned = |digit: u32, times: usize| (0..times % 8).fold(digit, |digit, _| TURN[digit as usize]);
    digits(text).iter().rev().enumerate().fold(0, |check, (at, digit)| times(check, turned(*digit, at))) == 0
}

fn canadian(text: &str) -> bool {
    luhn(digits(text).into_iter())
}

fn swedish(text: &str) -> bool {
    let digits = digits(text);
    let ten = &digits[digits.len().saturating_sub(10)..];
    let (month, day) = (number(&ten[2..4]), number(&ten[4..6]));
    (1..=12).contains(&month) && ((1..=31).contains(&day) || (61..=91).contains(&day)) && luhn(ten.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> bool {
        let mut found = Vec::new();
        find(text, &mut found);
        !found.is_empty()
    }

    #[test]
    fn numbers_with_a_right_check_are_found_and_with_a_wrong_one_are_not() {
        // Numbers from the states' own documentation or made by their rules; nobody's.
        let right = [
            "078-05-1120",
            "AB 12 34 56 C",
            "12345678Z",
            "X1234567L",
            "2 55 08 14 168 025 38",
            "RSSMRA85T10A562S",
            "529.982.247-25",
            "2341 2341 2346",
            "130 692 544",
            "811228-9874",
        ];
        for number in right {
            assert!(found(&format!("It is {number}.")), "{number}");
        }
        let wrong = [
            "000-05-1120",
            "GB 12 34 56 C",
            "12345678A",
            "2 55 08 14 168 025 39",
            "RSSMRA85T10A562T",
            "529.982.247-26",
            "2341 2341 2347",
            "130 692 545",
            "811228-9875",
        ];
        for number in wrong {
            assert!(!found(&format!("It is {number}.")), "{number}");
        }
        assert!(found("my passport number is X12345678"));
        assert!(!found("my order number is 12345678"));
    }
}

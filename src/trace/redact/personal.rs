//! Personal data with a form: e-mail addresses, telephone numbers, cards, bank accounts, IP addresses, credentials in
//! URLs. A number is taken only with what tells it from an order's or a date's: a checksum, a sign, a format.

use super::national;
use super::{Finding, Kind};
use core::net::{Ipv4Addr, Ipv6Addr};
use regex::Regex;
use std::sync::LazyLock;

#[expect(clippy::expect_used, reason = "the patterns are constants")]
pub(super) fn compiled(pattern: &str) -> Regex {
    // ASCII's digits: those of all scripts make large programs, and no checksum is written in them.
    Regex::new(&pattern.replace(r"\d", "[0-9]")).expect("a constant pattern")
}

static EMAIL: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"[\w.!#$%&'*+/=?^`{|}~-]*[\w]@[\w](?:[\w-]*[\w])?(?:\.[\w](?:[\w-]*[\w])?)+"));
static URL: LazyLock<Regex> =
    LazyLock::new(|| compiled(r#"(?i)\b[a-z][a-z0-9+.-]{1,20}://(?P<user>[^\s/@:?#"'<>]*:[^\s/@"'<>]+)@"#));
static CARD: LazyLock<Regex> = LazyLock::new(|| compiled(r"(?-u:\b)[2-6]\d{3}(?:[ -]?\d){8,15}(?-u:\b)"));
static IBAN: LazyLock<Regex> =
    LazyLock::new(|| compiled(r"(?i)\b[A-Z]{2}\d{2}(?:[ -]?[0-9A-Z]{4}){2,7}(?:[ -]?[0-9A-Z]{1,4})?\b"));
static IPV4: LazyLock<Regex> = LazyLock::new(|| compiled(r"(?-u:\b)\d{1,3}(?:\.\d{1,3}){3}(?-u:\b)"));
static IPV6: LazyLock<Regex> = LazyLock::new(|| compiled(r"(?i)[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}"));
static PHONE: LazyLock<Regex> = LazyLock::new(|| {
    let international = r"\+\d{1,3}[ .()/-]{0,2}\d(?:[ .()/-]{0,2}\d){6,13}";
    let american = r"(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}";
    let national = r"\(?0\d{2,5}\)?[ /-]\d{2,4}(?:[ -]?\d{2,4}){1,3}";
    let spoken = r"(?i:\b(?:phone|telephone|tel|mobile|cell|fax|call me at|call me on|number is|telefon|handy|tél|téléphone|teléfono|telefone|móvil|celular)\b[^\d\n]{0,20})(?P<spoken>\d(?:[ .()/-]{0,2}\d){7,14})";
    compiled(&format!("{spoken}|(?P<a>{international}|{american}|{national})"))
});

/// Appends all of them.
pub(super) fn find(text: &str, found: &mut Vec<Finding>) {
    let bytes = text.as_bytes();
    let stands_alone = |start: usize, end: usize| {
        let before = start.checked_sub(1).and_then(|at| bytes.get(at));
        let odd = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        !odd(before) && !odd(bytes.get(end)) && !before.is_some_and(|byte| b"#$.".contains(byte))
    };
    if text.contains('@') {
        for address in EMAIL.find_iter(text) {
            let skipped =
                address.as_str().len() - address.as_str().trim_start_matches(|c: char| "'/={|}`".contains(c)).len();
            found.push(Finding { range: address.start() + skipped..address.end(), kind: Kind::Email });
        }
        for groups in URL.captures_iter(text) {
            if let Some(user) = groups.name("user") {
                found.push(Finding { range: user.range(), kind: Kind::UrlCredentials });
            }
        }
    }
    for number in CARD.find_iter(text).filter(|number| stands_alone(number.start(), number.end())) {
        if let Some(length) = card(number.as_str()) {
            found.push(Finding { range: number.start()..number.start() + length, kind: Kind::Card });
        }
    }
    for account in IBAN.find_iter(text) {
        if let Some(length) = iban(account.as_str()) {
            found.push(Finding { range: account.start()..account.start() + length, kind: Kind::Iban });
        }
    }
    for address in IPV4.find_iter(text).filter(|address| stands_alone(address.start(), address.end())) {
        let more =
            bytes.get(address.end()) == Some(&b'.') && bytes.get(address.end() + 1).is_some_and(u8::is_ascii_digit);
        let version = text[..address.start()].trim_end().to_ascii_lowercase();
        let version = version.ends_with("version") || version.ends_with("release");
        if !more
            && !version
            && address.as_str().parse::<Ipv4Addr>().is_ok_and(|ip| !ip.is_loopback() && !ip.is_unspecified())
        {
            found.push(Finding { range: address.range(), kind: Kind::Ip });
        }
    }
    if text.contains("::") || text.matches(':').count() >= 7 {
        for address in IPV6.find_iter(text).filter(|address| stands_alone(address.start(), address.end())) {
            let parsed = address.as_str().parse::<Ipv6Addr>();
            if address.as_str().len() >= 6 && parsed.is_ok_and(|ip| !ip.is_loopback()) {
                found.push(Finding { range: address.range(), kind: Kind::Ip });
            }
        }
    }
    for groups in PHONE.captures_iter(text) {
        let Some(number) = groups.name("spoken").or_else(|| groups.name("a")) else { continue };
        let digits = number.as_str().bytes().filter(u8::is_ascii_digit).count();
        if stands_alone(number.start(), number.end()) && (8..=15).contains(&digits) && !is_date(number.as_str()) {
            found.push(Finding { range: number.range(), kind: Kind::Phone });
        }
    }
    national::find(text, found);
}

/// `2024-05-15 10:00` and the like.
fn is_date(text: &str) -> bool {
    text.len() >= 8 && (text.starts_with("19") || text.starts_with("20")) && text.as_bytes().get(4) == Some(&b'-')
}

/// Luhn's check (ISO/IEC 7812-1, annex B).
pub(super) fn luhn(digits: impl DoubleEndedIterator<Item = u32>) -> bool {
    let sum: u32 = digits
        .rev()
        .enumerate()
        .map(|(at, digit)| match at % 2 {
            0 => digit,
            _ if digit > 4 => digit * 2 - 9,
            _ => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// The length, in bytes, of the card number that `text` begins with.
fn card(text: &str) -> Option<usize> {
    let digits: Vec<(usize, u32)> = text.char_indices().filter_map(|(at, c)| Some((at, c.to_digit(10)?))).collect();
    (13..=19).rev().filter(|length| *length <= digits.len()).find_map(|length| {
        let number = digits.get(..length)?;
        let lead = number.iter().take(4).fold(0, |lead, (_, digit)| lead * 10 + digit);
        let issued = match lead {
            4000..=4999 => matches!(length, 13 | 16 | 19),
            5100..=5599 | 2221..=2720 => length == 16,
            3400..=3499 | 3700..=3799 => length == 15,
            3000..=3059 | 3600..=3699 | 3800..=3999 => matches!(length, 14..=19),
            3528..=3589 | 6000..=6999 | 5000 | 5018 | 5020 | 5038 | 5600..=5899 => matches!(length, 16..=19),
            _ => false,
        };
        let same = number.iter().all(|(_, digit)| Some(*digit) == number.first().map(|first| first.1));
        let valid = issued && !same && luhn(number.iter().map(|(_, digit)| *digit));
        // Either all that stands there, or up to a gap.
        let end = number.last()?.0 + 1;
        let whole = end == text.len() || !text.as_bytes().get(end)?.is_ascii_digit();
        (valid && whole).then_some(end)
    })
}

/// Lengths of IBANs (ISO 13616 registry).
fn iban_length(country: &str) -> Option<usize> {
    const LENGTHS: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 \
        EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 \
        KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 \
        PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 \
        XK20 YE30";
    LENGTHS.split_whitespace().find_map(|entry| entry.strip_prefix(country)?.parse().ok())
}

/// The length, in bytes, of the account number that `text` begins with (ISO 7064, MOD 97-10).
fn iban(text: &str) -> Option<usize> {
    let upper = text.to_ascii_uppercase();
    let wanted = iban_length(upper.get(..2)?)?;
    let mut characters = Vec::new();
    let mut end = 0;
    for (at, c) in upper.char_indices().filter(|(_, c)| c.is_ascii_alphanumeric()) {
        characters.push(c);
        end = at + 1;
        if characters.len() == wanted {
            break;
        }
    }
    if characters.len() != wanted || upper.as_bytes().get(end).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    characters.rotate_left(4);
    let remainder = characters.iter().try_fold(0u32, |rest, c| {
        let value = c.to_digit(36)?;
        Some(if value < 10 { (rest * 10 + value) % 97 } else { (rest * 100 + value) % 97 })
    })?;
    (remainder == 1).then_some(end)
}

//! Other ways to read a text: with JSON's or a URL's escapes undone, with lines joined, with base64 (and gzip in it)
//! decoded. What is found in such a view is mapped back to the bytes of the text.

use super::{Finding, personal, secret};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use flate2::read::GzDecoder;
use regex::Regex;
use std::io::Read as _;
use std::sync::LazyLock;

/// A text and, for each of its bytes, what it was made from: where that begins and ends.
struct View {
    text: String,
    map: Vec<(usize, usize)>,
}

impl View {
    fn of(text: &str) -> Self {
        Self { text: String::with_capacity(text.len()), map: Vec::with_capacity(text.len()) }
    }

    fn back(&self, finding: &Finding) -> Finding {
        let start = self.map.get(finding.range.start).map_or(0, |place| place.0);
        let end = self.map.get(finding.range.end.saturating_sub(1)).map_or(start, |place| place.1);
        Finding { range: start..end, kind: finding.kind }
    }
}

/// Everything in `text`, views within views included; unsorted, may overlap.
pub(super) fn find(text: &str, depth: usize) -> Vec<Finding> {
    let mut found = Vec::new();
    secret::find(text, &mut found);
    personal::find(text, &mut found);
    let joined = joined_lines(text);
    if let Some(joined) = &joined {
        // Two lines that are joined make any number of new words: only what tells itself from a word, and what goes
        // on with a digit.
        let mut across = Vec::new();
        secret::find_tokens(&joined.text, &mut across);
        secret::find_assigned(&joined.text, &mut across);
        found.extend(across.iter().map(|one| joined.back(one)).filter(|one| goes_on(&text[one.range.clone()])));
    }
    if depth == 0 {
        return found;
    }
    for view in [unescaped(text), unpercented(text)].into_iter().flatten() {
        found.extend(find(&view.text, depth - 1).iter().map(|one| view.back(one)));
    }
    blobs(text, depth, &mut found);
    if let Some(joined) = joined {
        let mut across = Vec::new();
        blobs(&joined.text, depth, &mut across);
        found.extend(across.iter().map(|one| joined.back(one)).filter(|one| text[one.range.clone()].contains('\n')));
    }
    found
}

/// Whether a text or any way to read it is what `test` looks for.
pub(super) fn any(text: &str, depth: usize, test: &dyn Fn(&str) -> bool) -> bool {
    if test(text) {
        return true;
    }
    let Some(depth) = depth.checked_sub(1) else { return false };
    let views = [unescaped(text), unpercented(text)].into_iter().flatten();
    let mut texts = views.map(|view| view.text).chain(BLOB.find_iter(text).filter_map(|blob| decoded(blob.as_str())));
    texts.any(|text| any(&text, depth, test))
}

/// Whether what was found in joined lines looks like no word in each of them.
fn goes_on(found: &str) -> bool {
    let odd = |line: &str| {
        let inner = line.trim().bytes().skip(1);
        line.bytes().any(|byte| byte.is_ascii_digit()) || inner.clone().any(|byte| byte.is_ascii_uppercase())
    };
    found.contains('\n') && found.lines().all(odd)
}

/// JSON's escapes undone, once. `None` if there are none.
fn unescaped(text: &str) -> Option<View> {
    if !text.contains('\\') {
        return None;
    }
    let mut view = View::of(text);
    let mut at = 0;
    let mut changed = false;
    while let Some(c) = text[at..].chars().next() {
        let (made, length) = match c {
            '\\' => escape(&text[at..]).unwrap_or((c, 1)),
            c => (c, c.len_utf8()),
        };
        changed |= c == '\\' && length > 1;
        view.map.extend(std::iter::repeat_n((at, at + length), made.len_utf8()));
        view.text.push(made);
        at += length;
    }
    changed.then_some(view)
}

/// The character that an escape at the start of `text` stands for, and the escape's length.
fn escape(text: &str) -> Option<(char, usize)> {
    let plain = |c| Some((c, 2));
    match text.as_bytes().get(1)? {
        b'"' => plain('"'),
        b'\\' => plain('\\'),
        b'/' => plain('/'),
        b'n' => plain('\n'),
        b'r' => plain('\r'),
        b't' => plain('\t'),
        b'b' | b'f' => plain(' '),
        b'u' => {
            let unit = |from: usize| u16::from_str_radix(text.get(from..from + 4)?, 16).ok();
            let first = unit(2)?;
            match char::from_u32(u32::from(first)) {
                Some(c) => Some((c, 6)),
                None if text.get(6..8) == Some("\\u") => {
                    let second = unit(8)?;
                    let pair = char::decode_utf16([first, second]).next()?.ok()?;
                    Some((pair, 12))
                }
                None => None,
            }
        }
        _ => None,
    }
}

/// A URL's escapes undone, once. `None` if there are none, or what they stand for is no text.
fn unpercented(text: &str) -> Option<View> {
    let bytes = text.as_bytes();
    let value = |at: usize| {
        let pair = bytes.get(at + 1..at + 3)?;
        (bytes.get(at) == Some(&b'%') && pair.iter().all(u8::is_ascii_hexdigit))
            .then(|| u8::from_str_radix(text.get(at + 1..at + 3)?, 16).ok())?
    };
    if !text.contains('%') {
        return None;
    }
    let (mut decoded, mut map) = (Vec::with_capacity(bytes.len()), Vec::with_capacity(bytes.len()));
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let (made, length) = value(at).map_or((*byte, 1), |made| (made, 3));
        map.push((at, at + length));
        decoded.push(made);
        at += length;
    }
    let changed = decoded.len() < bytes.len();
    changed.then(|| String::from_utf8(decoded).ok().map(|text| View { text, map }))?
}

/// Lines joined, without the white space around their ends. `None` if there is one line only.
fn joined_lines(text: &str) -> Option<View> {
    if !text.trim_end().contains('\n') {
        return None;
    }
    let mut view = View::of(text);
    let mut begin = 0;
    for line in text.split_inclusive('\n') {
        let kept = line.trim();
        let from = begin + (line.len() - line.trim_start().len());
        view.text.push_str(kept);
        view.map.extend((from..from + kept.len()).map(|at| (at, at + 1)));
        begin += line.len();
    }
    Some(view)
}

#[expect(clippy::expect_used, reason = "the pattern is a constant")]
static BLOB: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[A-Za-z0-9+/_-]{16,}={0,2}").expect("a constant pattern"));

fn engine(alphabet: &alphabet::Alphabet) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(alphabet, config)
}

/// Longest text that is unpacked from one blob, in bytes.
const MOST_UNPACKED: u64 = 4 << 20;

/// Blobs of base64 that hold, packed or not, a text in which something is found: found whole.
fn blobs(text: &str, depth: usize, found: &mut Vec<Finding>) {
    for blob in BLOB.find_iter(text) {
        let Some(decoded) = decoded(blob.as_str()) else { continue };
        if let Some(first) = find(&decoded, depth - 1).iter().map(|one| one.kind).min() {
            found.push(Finding { range: blob.range(), kind: first });
        }
    }
}

fn decoded(blob: &str) -> Option<String> {
    let alphabet = if blob.contains(['-', '_']) { alphabet::URL_SAFE } else { alphabet::STANDARD };
    let bytes = engine(&alphabet).decode(blob.trim_end_matches('=')).ok()?;
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut unpacked = Vec::new();
        GzDecoder::new(bytes.as_slice()).take(MOST_UNPACKED).read_to_end(&mut unpacked).ok()?;
        unpacked
    } else {
        bytes
    };
    let text = String::from_utf8(bytes).ok()?;
    let odd = text.chars().filter(|c| c.is_control() && !c.is_whitespace()).count();
    (odd == 0).then_some(text)
}

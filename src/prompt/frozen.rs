//! Frozen spans: what no edit may touch. Named by heading in the config, or marked in the file.

use super::file::PromptErrorKind;
use super::scalar::Scalar;
use super::section::Section;
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// A frozen span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frozen {
    /// Its bytes in the file: with its heading or its markers, without trailing white space.
    pub range: Range<usize>,
    /// Why it is frozen, for messages: the heading, or the marker and its line.
    pub reason: String,
}

/// A marker, alone on a line or between other text. One form closes what any form of the same family opened.
static MARKER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let forms = [
        r"<!--[ \t]*reprompt:(?<html>frozen|end)[ \t]*-->",
        r"\{#-?[ \t]*reprompt:(?<template>frozen|end)[ \t]*-?#\}",
        r"^[ \t]*\#[ \t]*reprompt:(?<comment>frozen|end)[ \t]*\r?$",
        r"<(?<close>/?)advpo:exclude>",
    ];
    Regex::new(&format!("(?m){}", forms.join("|"))).ok()
});

/// What a marker does.
struct Marker<'t> {
    range: Range<usize>,
    opens: bool,
    foreign: bool,
    text: &'t str,
}

fn markers(text: &str) -> impl Iterator<Item = Marker<'_>> {
    MARKER.iter().flat_map(move |marker| marker.captures_iter(text)).filter_map(|captures| {
        let whole = captures.get(0)?;
        let word = ["html", "template", "comment"].iter().find_map(|form| captures.name(form));
        let opens = word.map_or_else(
            || captures.name("close").is_some_and(|slash| slash.is_empty()),
            |word| word.as_str() == "frozen",
        );
        let text = whole.as_str().trim();
        let start = whole.start() + (whole.len() - whole.as_str().trim_start().len());
        Some(Marker { range: start..start + text.len(), opens, foreign: word.is_none(), text })
    })
}

/// Spans between markers in `text`, markers included.
fn marked(text: &str) -> Result<Vec<Frozen>, (usize, PromptErrorKind)> {
    let mut spans = Vec::new();
    let mut open: Option<Marker<'_>> = None;
    for marker in markers(text) {
        match (open.take(), marker.opens) {
            (None, true) => open = Some(marker),
            (Some(first), false) if first.foreign == marker.foreign => {
                spans.push(Frozen { range: first.range.start..marker.range.end, reason: first.text.to_string() });
            }
            (Some(first), true) => {
                return Err((marker.range.start, PromptErrorKind::NestedMarker(first.text.to_string())));
            }
            (_, false) => {
                return Err((marker.range.start, PromptErrorKind::StrayMarker(marker.text.to_string())));
            }
        }
    }
    match open {
        Some(first) => Err((first.range.start, PromptErrorKind::UnclosedMarker(first.text.to_string()))),
        None => Ok(spans),
    }
}

/// All frozen spans of a prompt file, in order: markers in its text, comments around its value (`structured`),
/// and the sections whose headings are in `headings`. An error comes with its byte in the file.
pub(super) fn find(
    file: &str,
    scalar: &Scalar,
    structured: bool,
    sections: &[Section],
    headings: &[String],
) -> Result<Vec<Frozen>, (usize, PromptErrorKind)> {
    let mut frozen = marked(&scalar.text).map_err(|(at, kind)| (scalar.to_file(at), kind))?;
    for span in &mut frozen {
        span.range = scalar.to_file_after(span.range.start)..scalar.to_file(span.range.end);
    }
    if structured {
        // The value's own markers were read above; blank them, so that comments are seen alone.
        let outside: String = file
            .char_indices()
            .flat_map(|(at, character)| {
                let inside = scalar.span.contains(&at) && character != '\n';
                std::iter::repeat_n(if inside { ' ' } else { character }, if inside { character.len_utf8() } else { 1 })
            })
            .collect();
        frozen.extend(marked(&outside)?);
    }
    for heading in headings {
        let mut found = false;
        for section in sections.iter().filter(|section| section.is_named(heading)) {
            found = true;
            let end = section.whole.start + file.get(section.whole.clone()).map_or(0, |text| text.trim_end().len());
            frozen.push(Frozen { range: section.whole.start..end, reason: heading.trim().to_string() });
        }
        if !found {
            let known = sections.iter().filter_map(|section| section.heading.clone()).collect();
            return Err((0, PromptErrorKind::UnknownHeading { heading: heading.clone(), known }));
        }
    }
    frozen.sort_by_key(|span| (span.range.start, span.range.end));
    Ok(frozen)
}

//! The file: what is written, what is kept, and what is wrong with one.

use super::super::{Event, EventKind, MAX_BYTES, Registry, Status, Unwritable};
use super::{A, B, C, day, decided, id, ignore, intent, merge, rename, split, three};
use crate::intent::registry::{Decision, Refusal};
use crate::intent::{LineageEvent, LineageKind};

#[test]
fn a_new_file_holds_what_was_decided_and_nothing_else() {
    let decisions = [
        rename(A, "cancel an order: paid or not"),
        Decision::Describe(id(A), "Everything that ends an order # before it ships".to_string()),
        merge(B, A),
        split(A, &[&["gift card", "voucher"]]),
        ignore(C, "a monitor's test account"),
    ];
    let registry = decided(&Registry::empty(), &decisions).unwrap();
    insta::assert_snapshot!(registry.text(), @r#"
    # What users want, by the names that this repository gives it. `reprompt intents` writes here what is saved or decided,
    # and keeps comments and order; edit it by hand where you like, and review it like code.
    version: 1
    intents:
      - id: i-aaaaaa
        name: "cancel an order: paid or not"
        description: "Everything that ends an order # before it ships"
        phrases: [cancel order]
        status: split
        lineage:
          - { at: 2026-03-01, event: born }
          - { at: 2026-03-02, event: renamed, from: cancel order }
          - { at: 2026-03-02, event: split, other: i-cadab23e }
      - id: i-bbbbbb
        name: late refund, refund
        phrases: [late refund, refund]
        status: merged
        into: i-aaaaaa
        lineage:
          - { at: 2026-03-01, event: born }
          - { at: 2026-03-02, event: merged, other: i-aaaaaa }
      - id: i-cadab23e
        name: gift card
        split_from: i-aaaaaa
        containing: [gift card, voucher]
        status: active
        lineage:
          - { at: 2026-03-02, event: born, other: i-aaaaaa }
      - id: i-cccccc
        name: reset password
        phrases: [reset password]
        status: ignored
        reason: a monitor's test account
        lineage:
          - { at: 2026-03-01, event: born }
          - { at: 2026-03-02, event: ignored }
    "#);
    assert_eq!(Registry::parse(registry.text()), Ok(registry.clone()));
    assert_eq!(decided(&registry, &decisions), Ok(registry), "deciding it again changes nothing");
}

/// A file in somebody's own hand.
const OWN: &str = "\
# Ours.
version: 1   # the first

intents:
    # The most frequent one.
    - id: i-aaaaaa        # ordering
      name:   'cancel  order'   # asked for by Jo
      phrases:
        - cancel order
        - \"order cancel\"

      status: active # for now

    # Money.
    - name: late refund
      id: i-bbbbbb
      description: >
        Refunds that take
        longer than a week.
      lineage:
      - {at: 2026-01-05, event: born}   # long ago
      # more to come
    - {id: i-cccccc, name: reset password}
# The end.
";

/// The lines that differ, as `-old` and `+new`.
fn difference(old: &str, new: &str) -> String {
    let lines = similar::TextDiff::from_lines(old, new);
    let changed = lines.iter_all_changes().filter(|change| change.tag() != similar::ChangeTag::Equal);
    changed.map(|change| format!("{}{}", change.tag(), change.value())).collect()
}

fn own(decisions: &[Decision]) -> String {
    let before = Registry::parse(OWN).unwrap();
    difference(OWN, decided(&before, decisions).unwrap().text())
}

#[test]
fn only_the_lines_that_say_something_else_change() {
    insta::assert_snapshot!(own(&[rename(A, "cancel order")]), @r#"
    -      name:   'cancel  order'   # asked for by Jo
    +      name:   cancel order   # asked for by Jo
    +      lineage:
    +        - { at: 2026-03-02, event: renamed, from: cancel  order }
    "#);
    insta::assert_snapshot!(own(&[merge(A, B)]), @r#"
    -      status: active # for now
    +      status: merged # for now
    +      into: i-bbbbbb
    +      lineage:
    +        - { at: 2026-03-02, event: merged, other: i-bbbbbb }
    "#);
    insta::assert_snapshot!(own(&[ignore(A, "spam: mostly")]), @r#"
    -      status: active # for now
    +      status: ignored # for now
    +      reason: "spam: mostly"
    +      lineage:
    +        - { at: 2026-03-02, event: ignored }
    "#);
    insta::assert_snapshot!(own(&[ignore(A, "spam"), Decision::Unignore(id(A))]), @r#"
    +      lineage:
    +        - { at: 2026-03-02, event: ignored }
    +        - { at: 2026-03-02, event: unignored }
    "#);
    insta::assert_snapshot!(own(&[ignore(B, "slow")]), @r#"
    +      status: ignored
    +      reason: slow
    +      - { at: 2026-03-02, event: ignored }
    "#);
    let describe = Decision::Describe(id(B), "Refunds that come late.".to_string());
    insta::assert_snapshot!(own(&[describe, rename(B, "refund?")]), @r#"
    -    - name: late refund
    +    - name: refund?
    -      description: >
    -        Refunds that take
    -        longer than a week.
    +      description: Refunds that come late.
    +      - { at: 2026-03-02, event: renamed, from: late refund }
    "#);
    insta::assert_snapshot!(own(&[split(B, &[&["voucher"]])]), @r#"
    +      status: split
    +      - { at: 2026-03-02, event: split, other: i-f226378a }
    +    - id: i-f226378a
    +      name: voucher
    +      split_from: i-bbbbbb
    +      containing: [voucher]
    +      status: active
    +      lineage:
    +        - { at: 2026-03-02, event: born, other: i-bbbbbb }
    "#);
}

#[test]
fn what_cannot_be_edited_in_its_style_is_left_alone() {
    let before = Registry::parse(OWN).unwrap();
    let refused = decided(&before, &[rename(C, "forgotten password")]).unwrap_err();
    insta::assert_snapshot!(refused.to_string(), @r#"
    intents.yaml:23: the entry of i-cccccc is not written one key a line, so it cannot be changed without rewriting it; write it that way, or make the change by hand
    "#);
    let flow = Registry::parse("version: 1\nintents: [{id: i-aaaaaa, name: a}]\n").unwrap();
    let refused = flow.saved(&three(), &[], day(3)).unwrap_err();
    assert_eq!(refused, Unwritable::Style { line: 2, what: "the list".to_string() });
    let first = "version: 1\nintents:\n  - reason: x\n    status: ignored\n    id: i-aaaaaa\n    name: a\n";
    let refused = decided(&Registry::parse(first).unwrap(), &[Decision::Unignore(id(A))]).unwrap_err();
    assert!(matches!(refused, Refusal::Unwritable(Unwritable::Style { line: 3, .. })), "{refused:?}");
    for written in ["&n cancel order", "!!str cancel order", "|-\n      cancel order"] {
        let text = format!("version: 1\nintents:\n  - id: i-aaaaaa\n    name: {written}\n    status: active\n");
        let Ok(before) = Registry::parse(&text) else { continue };
        let after = decided(&before, &[rename(A, "x")]);
        assert!(after.is_err() || after.unwrap().entry(&id(A)).unwrap().name == "x", "{written}");
    }
}

#[test]
fn files_without_entries_get_their_first_in_place() {
    let files = [
        "",
        "# ours\n",
        "# ours",
        "version: 1\n",
        "version: 1\nintents:\n",
        "version: 1\nintents: []  # none\n",
        "intents: []\nversion: 1\n",
        "version: 1\r\nintents:\r\n",
        "\u{feff}version: 1\nintents:\n",
        "version: 1\nintents:",
    ];
    for file in files {
        let before = Registry::parse(file).unwrap();
        let after = decided(&before, &[rename(A, "x")]).unwrap_or_else(|error| panic!("{file:?}: {error}"));
        let comment = file.lines().find(|line| line.starts_with('#')).unwrap_or_default();
        assert!(
            after.text().starts_with(comment) && after.text().ends_with('\n') == !file.ends_with("intents:"),
            "{:?}",
            after.text()
        );
        assert_eq!(after.text().matches("\r\n").count() > 0, file.contains("\r\n"));
        assert_eq!(after.entry(&id(A)).unwrap().name, "x", "{file:?}");
        assert_eq!(after.entry(&id(A)).unwrap().lineage.len(), 2);
        let more = decided(&after, &[ignore(A, "y"), rename(B, "z")]).unwrap();
        assert_eq!(more.entries().len(), 2);
    }
}

#[test]
fn saving_adds_what_is_new_and_tells_what_became_of_the_rest() {
    let first = decided(&Registry::empty(), &[rename(B, "refunds"), ignore(A, "spam")]).unwrap();
    let shown = [intent("i-dddddd", "export data"), intent(A, "cancel order"), intent(C, "refunds")];
    let event =
        |at, own: &str, kind, other: Option<&str>| LineageEvent { at, intent: id(own), kind, other: other.map(id) };
    let lineage = [event(day(7), B, LineageKind::Merged, Some(C)), event(day(7), "i-dddddd", LineageKind::Born, None)];
    let second = first.saved(&shown, &lineage, day(9)).unwrap();
    insta::assert_snapshot!(difference(first.text(), second.text()), @r#"
    -    status: active
    +    status: retired
    +      - { at: 2026-03-07, event: retired, other: i-cccccc }
    +  - id: i-cccccc
    +    name: refunds (2)
    +    phrases: [refunds]
    +    status: active
    +    lineage:
    +      - { at: 2026-03-01, event: born }
    +  - id: i-dddddd
    +    name: export data
    +    phrases: [export data]
    +    status: active
    +    lineage:
    +      - { at: 2026-03-01, event: born }
    "#);
    assert_eq!(second.saved(&shown, &lineage, day(10)), Ok(second.clone()), "saving it again changes nothing");
    let third = second.saved(&[intent(B, "whatever")], &lineage, day(11)).unwrap();
    assert_eq!(third.entry(&id(B)).unwrap().status, Status::Active);
    assert_eq!(third.entry(&id(B)).unwrap().lineage.last(), Some(&Event::new("2026-03-11", EventKind::Returned)));
}

#[test]
fn a_file_never_grows_beyond_what_is_read() {
    let many: Vec<_> =
        (0..10_000_u32).map(|number| intent(&format!("i-{number:06x}"), &format!("m {number}"))).collect();
    let error = Registry::empty().saved(&many, &[], day(3)).unwrap_err();
    assert!(error.to_string().starts_with("intents.yaml would have 1"), "{error}");
}

#[test]
fn the_name_of_what_is_merged_is_free() {
    let registry = decided(&Registry::empty(), &[merge(B, A), rename(A, "late refund, refund")]).unwrap();
    assert_eq!(registry.name_of(&id(B)), Some("late refund, refund"));
    assert_eq!(Registry::parse(registry.text()), Ok(registry));
}

#[test]
fn names_out_of_the_data_are_made_fit_for_a_file() {
    let long = "x".repeat(500);
    let odd = [intent(A, "a\u{202e}b: \"c\" #d"), intent(B, &long), intent(C, " "), intent("i-dddddd", "i-abcdef")];
    let registry = Registry::empty().saved(&odd, &[], day(3)).unwrap();
    let names: Vec<&str> = registry.entries().iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["a b: \"c\" #d", &long[..72], "unnamed", "unnamed (2)"]);
    assert!(registry.text().contains("name: \"a b: \\\"c\\\" #d\"\n"), "{}", registry.text());
}

fn faults(text: &str) -> String {
    Registry::parse(text).map_or_else(|error| error.to_string(), |registry| panic!("{registry:?}"))
}

#[test]
fn every_fault_is_told_with_its_place() {
    insta::assert_snapshot!(faults("intents: [\n"), @r#"
    intents.yaml:2:1: not YAML: did not find expected node content
    "#);
    insta::assert_snapshot!(faults("version: 1\nintents:\n\t- id: i-aaaaaa\n"), @r#"
    intents.yaml:3:1: not YAML: a tab stands in the indentation; YAML allows only spaces there
    "#);
    insta::assert_snapshot!(faults("- id: i-aaaaaa\n"), @r#"
    intents.yaml:1:1: the file must be a map of keys, but is a list
    "#);
    insta::assert_snapshot!(faults("version: 2\nintent: []\n"), @r#"
    intents.yaml:1:10: `version` is `2`; this program reads version 1
    intents.yaml:2:1: unknown key `intent`; known here: version, intents
    "#);
    insta::assert_snapshot!(faults("intents: 3\n"), @r#"
    intents.yaml:1:1: `version` is missing; write `version: 1`
    intents.yaml:1:10: `intents` must be a list, but is `3`
    "#);
    insta::assert_snapshot!(faults(&format!("# {}\n", "x".repeat(MAX_BYTES))), @r#"
    intents.yaml:1:1: the file has 1025 KiB; at most 1024 are read. Delete entries of which nothing was decided
    "#);
    insta::assert_snapshot!(faults("\
version: 1
intents:
  - id: i-aaaaaa
    name: cancel order
    nmae: cancel
    status: gone
  - id: i-bbbbb
    name: 12
  - name: no id
  - id: i-cccccc
  - id: i-dddddd
    name: \"  \"
    phrases: cancel
    description: [x]
    reason: why
    lineage:
      - { at: yesterday, event: born }
      - { at: 2026-03-01, event: exploded }
      - { event: born }
  - just text
"), @r#"
    intents.yaml:5:5: unknown key `nmae`; known here: id, name, description, phrases, split_from, containing, status, into, reason, lineage
    intents.yaml:6:13: `status` is `gone`; it is one of active, merged, split, ignored, retired
    intents.yaml:7:9: `id` is `i-bbbbb`; an id is `i-` and 6 of 0-9 and a-f
    intents.yaml:8:11: `name` must be text, but is `12`; put it in quotes
    intents.yaml:9:5: an intent without `id`
    intents.yaml:10:5: the `name` of i-cccccc is missing
    intents.yaml:12:11: `name`: a name must not be blank
    intents.yaml:13:14: `phrases` must be a list, but is the text `cancel`
    intents.yaml:14:18: `description` must be text, but is a list
    intents.yaml:15:5: `reason` goes with `status: ignored` only
    intents.yaml:17:15: `at` is `yesterday`; write a day as in 2026-03-14
    intents.yaml:18:34: `event` is `exploded`; it is one of born, renamed, merged, split, ignored, unignored, retired, returned
    intents.yaml:19:9: an event needs `at` (a day) and `event`
    intents.yaml:20:5: an intent must be a map of keys, but is the text `just text`
    "#);
    insta::assert_snapshot!(faults("\
version: 1
intents:
  - { id: i-aaaaaa, name: One, status: merged }
  - { id: i-bbbbbb, name: two, into: i-aaaaaa }
  - { id: i-cccccc, name: three, split_from: i-aaaaaa, containing: [order] }
  - { id: i-dddddddd, name: four, split_from: i-aaaaaa, containing: [the, 30 days] }
  - { id: i-eeeeeeee, name: five, split_from: i-aaaaaa }
  - { id: i-ffffff, name: six, containing: [order] }
"), @r#"
    intents.yaml:3:5: `status: merged` needs `into`: the id of the intent that it is part of
    intents.yaml:4:32: `into` goes with `status: merged` only
    intents.yaml:5:11: `id` is `i-cccccc`; an id is, for a part that was split off, `i-` and 8 of 0-9 and a-f
    intents.yaml:6:69: `30 days` cannot be looked for: a phrase needs a word that says what is wanted, and no number or address
    intents.yaml:6:69: `the` cannot be looked for: a phrase needs a word that says what is wanted, and no number or address
    intents.yaml:7:47: a part needs `containing`: phrases, one of which each of its goals holds
    intents.yaml:8:32: `containing` goes with `split_from` only
    "#);
    insta::assert_snapshot!(faults("\
version: 1
intents:
  - { id: i-aaaaaa, name: Refunds, status: merged, into: i-aaaaaa }
  - { id: i-bbbbbb, name: refund, status: merged, into: i-000000 }
  - { id: i-bbbbbb, name: other }
  - { id: i-cccccc, name: Cancel }
  - { id: i-dddddd, name: cancel, status: split }
  - { id: i-eeeeeeee, name: part, split_from: i-111111, containing: [order] }
"), @r#"
    intents.yaml:3:58: i-aaaaaa cannot be merged into itself
    intents.yaml:4:57: i-bbbbbb (refund) is merged into i-000000, which has no entry; add one with its id and name, or change `into`
    intents.yaml:5:11: i-bbbbbb has an entry already, on line 4
    intents.yaml:7:27: i-cccccc is called `cancel` too; names must differ
    intents.yaml:7:43: i-dddddd says `split`, but no entry has `split_from: i-dddddd`; write `status: active`
    intents.yaml:8:47: i-eeeeeeee (part) is a part of i-111111, which has no entry; add one with its id and name, or change `split_from`
    "#);
    insta::assert_snapshot!(faults("\
version: 1
intents:
  - { id: i-cccccc, name: c, status: merged, into: i-aaaaaa }
  - { id: i-aaaaaa, name: a, status: merged, into: i-bbbbbb }
  - { id: i-bbbbbb, name: b, status: merged, into: i-cccccc }
  - { id: i-dddddd, name: d, status: merged, into: i-aaaaaa }
"), @r#"
    intents.yaml:4:52: merged in a circle: i-aaaaaa into i-bbbbbb into i-cccccc into i-aaaaaa; one of them must stay
    "#);
    insta::assert_snapshot!(faults("\
version: 1
intents:
  - { id: i-aaaaaa, name: a, status: split }
  - { id: i-aaaaaaaa, name: part, split_from: i-aaaaaa, containing: [order], status: merged, into: i-bbbbbb }
  - { id: i-bbbbbb, name: b, status: merged, into: i-aaaaaa }
"), @r#"
    intents.yaml:3:11: goals would go round in a circle: i-aaaaaa to i-aaaaaaaa to i-bbbbbb to i-aaaaaa; take one merge or split back
    "#);
    let many: String = (0..100).map(|number| format!("  - {{ id: {number}, name: x }}\n")).collect();
    assert_eq!(faults(&format!("version: 1\nintents:\n{many}")).lines().count(), 20);
}

#[test]
fn every_refusal_says_what_to_do_instead() {
    let start = decided(&Registry::empty(), &[merge(B, A), ignore(C, "spam")]).unwrap();
    let refused = |decisions: &[Decision]| decided(&start, decisions).unwrap_err().to_string();
    let told: Vec<String> = vec![
        refused(&[rename("i-123456", "x")]),
        refused(&[merge(A, "i-123456")]),
        refused(&[merge(A, A)]),
        refused(&[merge(A, B)]),
        refused(&[merge(A, C)]),
        refused(&[rename(B, "x")]),
        refused(&[ignore(B, "x")]),
        refused(&[rename(A, "Reset Password")]),
        refused(&[rename(A, "i-abc123")]),
        refused(&[rename(A, "a\nb")]),
        refused(&[rename(A, &"x".repeat(81))]),
        refused(&[ignore(A, " ")]),
        refused(&[Decision::Describe(id(A), "x".repeat(401))]),
        refused(&[split(A, &[])]),
        refused(&[split(A, &[&[]])]),
        refused(&[split(A, &[&["the", "order"]])]),
        refused(&[split(A, &[&["gift card"], &["gifts", "gift cards"]])]),
        refused(&[split(A, &[&["gift card"]]), split(A, &[&["gift cards", "voucher"]])]),
        refused(&[split(A, &[&["reset password"]])]),
    ];
    insta::assert_snapshot!(told.join("\n"), @r#"
    there is no intent i-123456, neither in the cache nor in intents.yaml
    there is no intent i-123456, neither in the cache nor in intents.yaml
    i-aaaaaa cannot be merged into itself
    i-bbbbbb is itself merged into i-aaaaaa, so i-aaaaaa cannot be merged into it
    i-cccccc is ignored; ignore i-aaaaaa as well, or take i-cccccc back first
    i-bbbbbb is merged into i-aaaaaa: decide about that one, or take the merge out of intents.yaml
    i-bbbbbb is merged into i-aaaaaa: decide about that one, or take the merge out of intents.yaml
    i-cccccc is called `Reset Password` already; merge the two, or choose another name
    `i-abc123`: this looks like an id; a name must not
    `a b`: a name is one line of visible text
    `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx`: a name has at most 80 characters
    it must not be blank
    it may have at most 400 characters
    a split needs at least one part, and each part at least one phrase
    a split needs at least one part, and each part at least one phrase
    `the` cannot be looked for: a phrase needs a word that says what is wanted, and no number or address
    `gift cards` is claimed by another part of this split already
    `gift cards` is claimed by i-100b096b (gift card) already
    i-cccccc is called `reset password` already; merge the two, or choose another name
    "#);
    let unsaved = decided(&Registry::empty(), &[rename(A, "reset password")]).unwrap_err().to_string();
    assert_eq!(unsaved, "i-cccccc is called `reset password` already; merge the two, or choose another name");
}

#[test]
fn a_circle_through_a_split_is_refused_and_merging_a_part_back_is_not() {
    let start = decided(&Registry::empty(), &[split(A, &[&["voucher"]]), split(B, &[&["cash"]])]).unwrap();
    let part =
        |parent: &str| start.entries().iter().find(|one| one.split_from == Some(id(parent))).unwrap().id.0.clone();
    let round = start.decide(&merge(&part(A), B), &three(), day(3), None).unwrap();
    let refused = round.decide(&merge(&part(B), A), &three(), day(3), None).unwrap_err();
    assert!(matches!(&refused, Refusal::Circle(circle) if circle.len() == 4), "{refused}");
    let back = start.decide(&merge(&part(A), A), &three(), day(3), None).unwrap();
    assert_eq!(back.name_of(&id(&part(A))), Some("cancel order"));
    let again = back.decide(&split(A, &[&["voucher"]]), &three(), day(4), None).unwrap();
    assert_eq!(again.entry(&id(&part(A))).unwrap().status, Status::Active);
    assert_eq!(again.entries().len(), start.entries().len());
    insta::assert_snapshot!(again.history(&id(&part(A)), &three(), &[]).join("\n"), @r#"
    2026-03-02: born as a part of i-aaaaaa (cancel order)
    2026-03-03: merged into i-aaaaaa (cancel order)
    2026-03-04: split off i-aaaaaa (cancel order) once more
    "#);
}

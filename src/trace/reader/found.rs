//! What a record of several items gave: a page of runs, a download of a trace with its spans. One bad item takes no
//! other with it, and is not lost without a word.

use super::Reason;
use crate::trace::fragment::Fragment;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The pieces in the items that could be read.
    pub(super) fragments: Vec<Fragment>,
    /// Items that were there.
    items: usize,
    /// Items that could not be read.
    refused: usize,
    /// Why the first of these could not.
    first: Option<Reason>,
}

impl Found {
    /// Reads one item: `read` adds its pieces to those of the others.
    pub(super) fn item(&mut self, read: impl FnOnce(&mut Vec<Fragment>) -> Result<(), Reason>) {
        self.items += 1;
        if let Err(reason) = read(&mut self.fragments) {
            self.refused += 1;
            self.first.get_or_insert(reason);
        }
    }

    /// Adds what a part of the record gave that holds items itself; one that cannot be read at all is a bad item.
    pub(super) fn add(&mut self, other: Result<Self, Reason>) {
        let other = match other {
            Ok(other) => other,
            Err(reason) => return self.item(|_| Err(reason)),
        };
        self.fragments.extend(other.fragments);
        self.items += other.items;
        self.refused += other.refused;
        self.first = self.first.take().or(other.first);
    }

    /// Why some of its items could not be read, if any could not. A record that is its only item says so itself.
    pub(super) fn refusal(&self) -> Option<Reason> {
        let first = self.first.clone()?;
        let Reason::NotAConversation(why) = &first else { return Some(first) };
        if self.items == 1 {
            return Some(first);
        }
        Some(Reason::Items { refused: self.refused, of: self.items, why: why.clone() })
    }
}

impl From<Vec<Fragment>> for Found {
    fn from(fragments: Vec<Fragment>) -> Self {
        Self { fragments, items: 1, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::reader::{Format, Item, Options, Reader};
    use serde_json::{Value, json};

    /// How many pieces a file of this format gives, and why something of it is set aside.
    fn read(slug: &str, text: &str) -> (usize, Vec<String>) {
        let options = Options { format: Format::by_slug(slug), ..Options::default() };
        let mut reader = Reader::with(text.as_bytes(), options).unwrap();
        let (mut pieces, mut aside) = (0, Vec::new());
        while let Some(item) = reader.next_item().unwrap() {
            match item {
                Item::Fragments(fragments, _) => pieces += fragments.len(),
                Item::SetAside(record) => aside.push(record.reason.to_string()),
                other => panic!("{other:?}"),
            }
        }
        (pieces, aside)
    }

    #[test]
    fn good_items_of_a_record_are_kept_and_the_bad_are_counted_in_every_format() {
        let otlp = json!({"traceId": "0102030405060708090a0b0c0d0e0f10", "spanId": "0102030405060708", "name": "x"});
        let cases = [
            (
                "otlp",
                json!({"resourceSpans": [{"scopeSpans": [{"spans": [otlp, null, {"name": "x"}]}]}]}),
                1,
                "2 of 3 items: a span is not an object",
            ),
            (
                "jaeger",
                json!({"data": [{"traceID": "a", "spans": [{"traceID": "a", "spanID": "b"}, {"traceID": "a", "spanID": null}]}]}),
                1,
                "1 of 2 items: a span has no id of its trace or of its own",
            ),
            (
                "mlflow",
                json!({"traces": [{"info": {"trace_id": "t"}, "data": {"spans": [{"span_id": "a"}, {"span_id": null}]}}, {"info": {}}]}),
                1,
                "2 of 3 items: a span has no id",
            ),
            (
                "otel-spans",
                json!({"spans": [{"trace_id": "t", "span_id": "s"}, {"trace_id": "t", "span_id": null}]}),
                1,
                "1 of 2 items: a span has no id of its trace or of its own",
            ),
            (
                "langfuse",
                json!({"trace": {"id": "t", "timestamp": "2026-01-01T00:00:00Z"}, "observations": [
                {"id": "o", "traceId": "t", "type": "SPAN"}, {"id": null, "traceId": "t", "type": "SPAN"}]}),
                2,
                "1 of 3 items: an observation has no `id`",
            ),
            (
                "langsmith",
                json!({"runs": [{"id": "a", "run_type": "llm"}, {"id": null, "run_type": "llm"}, 1]}),
                1,
                "2 of 3 items: a run has no `id`",
            ),
            ("braintrust", json!({"events": [{"span_id": "a"}, {"input": "x"}]}), 1, "1 of 2 items: a span has no id"),
            (
                "agents-sdk",
                json!({"data": [{"object": "trace", "id": "t"}, {"object": "trace.span", "id": "s", "trace_id": null}]}),
                1,
                "1 of 2 items: a span has no `trace_id`",
            ),
            (
                "helicone",
                json!({"data": [{"request_id": "a"}, {"request_id": null}]}),
                1,
                "1 of 2 items: it has no `request_id`",
            ),
            (
                "datadog",
                json!({"data": [{"attributes": {"span_id": "1", "trace_id": "2"}}, "x"]}),
                1,
                "1 of 2 items: it is not an object",
            ),
            (
                "weave",
                json!({"calls": [{"id": "a", "trace_id": "t"}, {"id": null}]}),
                1,
                "1 of 2 items: it has no `id`",
            ),
            (
                "opik",
                json!({"trace": {"id": "t"}, "spans": [{"id": "a"}, {"id": null}]}),
                2,
                "1 of 3 items: it has no id of a span",
            ),
            (
                "kitaru",
                json!({"trace_id": "t", "spans": [{"span_id": "a"}, null]}),
                2,
                "1 of 3 items: it is not an object",
            ),
            (
                "openai-responses",
                json!({"data": [{"id": "a", "output": "hello"}, {"id": null}]}),
                1,
                "1 of 2 items: it has no `id`",
            ),
        ];
        for (slug, record, pieces, reason) in cases {
            let record: Value = record;
            assert_eq!(read(slug, &record.to_string()), (pieces, vec![reason.to_string()]), "{slug}");
        }
        // Where no item is good, the record is set aside and nothing else.
        let none = json!({"events": [{"input": "x"}]}).to_string();
        assert_eq!(
            read("braintrust", &none),
            (0, vec!["the record is not a conversation: a span has no id".to_string()])
        );
    }

    #[test]
    fn bad_items_are_counted_with_the_first_reason() {
        let bad = |why: &str| Err(Reason::NotAConversation(why.to_string()));
        let mut found = Found::default();
        found.item(|_| Ok(()));
        assert_eq!(found.refusal(), None);
        found.item(|_| bad("it has no id"));
        let mut more = Found::default();
        more.item(|_| bad("it is no object"));
        assert_eq!(more.refusal().unwrap().to_string(), "the record is not a conversation: it is no object");
        found.add(Ok(more));
        found.add(Err(Reason::NotAConversation("it is empty".to_string())));
        assert_eq!(found.refusal().unwrap().to_string(), "3 of 4 items: it has no id");
    }
}

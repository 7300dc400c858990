//! OTLP in protobuf: a request alone, or the collector's file exporter with `format: proto` (each request behind four
//! bytes of its length). What is read becomes OTLP JSON, resource by resource, and is read on as that. Of the schema only
//! what conversations need is declared (opentelemetry-proto, `trace/v1`, `common/v1`, `resource/v1`).

use super::aside::set_aside;
use super::split::{Piece, Splitter};
use super::{Place, Reason};
use base64::Engine as _;
use prost::Message;
use serde_json::{Map, Value, json};
use std::io::{self, Read as _};

/// Levels of nested values that are read; prost itself stops at 100.
const DEEPEST: usize = 32;

/// How requests lie in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// One request, whose resources follow each other.
    Bare,
    /// Each request behind its length in four bytes, the greatest first.
    Framed,
}

/// Whether a file begins as OTLP does.
pub(super) fn recognise(head: &[u8], most: usize) -> Option<Framing> {
    // A resource begins with its attributes or with its scopes.
    let resource = |bytes: &[u8]| {
        let length = varint(bytes.get(1..)?)?;
        let inner = bytes.get(1 + length.1)?;
        (bytes.first() == Some(&0x0a) && matches!(inner, 0x0a | 0x12) && length.0 > 1 && length.0 <= most as u64)
            .then_some(())
    };
    if resource(head).is_some() {
        return Some(Framing::Bare);
    }
    let length = u32::from_be_bytes(head.get(..4)?.try_into().ok()?) as usize;
    (length > 1 && length <= most && resource(head.get(4..)?).is_some()).then_some(Framing::Framed)
}

/// A number and the bytes that it takes.
fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut number = 0_u64;
    for (index, byte) in bytes.iter().enumerate().take(9) {
        number |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((number, index + 1));
        }
    }
    None
}

/// A file of OTLP in protobuf.
pub(super) struct Requests<'input> {
    input: Splitter<'input>,
    framing: Framing,
    offset: u64,
    most: usize,
    /// Bytes of the request in a frame that were not read yet.
    left: Vec<u8>,
    ended: bool,
}

impl<'input> Requests<'input> {
    pub(super) fn new(input: Splitter<'input>, framing: Framing, most: usize) -> Self {
        Self { input, framing, offset: 0, most, left: Vec::new(), ended: false }
    }

    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// The next resource with its spans, as the text of OTLP JSON.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece>> {
        if self.ended {
            return Ok(None);
        }
        let start = self.offset;
        let bytes = match self.framing {
            Framing::Bare => self.field()?,
            Framing::Framed => self.frame()?,
        };
        let place = Place { offset: start, length: self.offset - start };
        match bytes {
            Ok(None) => {
                self.ended = true;
                Ok(None)
            }
            Ok(Some(bytes)) => {
                let decoded = match self.framing {
                    Framing::Bare => ResourceSpans::decode(bytes.as_slice()).map(|one| vec![one]),
                    Framing::Framed => TracesData::decode(bytes.as_slice()).map(|all| all.resource_spans),
                };
                Ok(Some(match decoded {
                    Ok(resources) => {
                        let resources: Vec<Value> = resources.into_iter().map(ResourceSpans::json).collect();
                        Piece::Record(place, json!({"resourceSpans": resources}).to_string().into_bytes())
                    }
                    Err(_) => Piece::SetAside(set_aside(
                        place,
                        &bytes,
                        Reason::NotAConversation("it is no OTLP message".to_string()),
                    )),
                }))
            }
            Err(reason) => {
                // Where a length is wrong, nothing after it can be found.
                self.ended = true;
                let place = Place { offset: start, length: self.offset.saturating_sub(start) };
                Ok(Some(Piece::SetAside(set_aside(place, &self.left, reason))))
            }
        }
    }

    fn byte(&mut self) -> io::Result<Option<u8>> {
        let mut byte = [0];
        let read = self.input.read(&mut byte)?;
        self.offset += read as u64;
        Ok((read == 1).then_some(byte[0]))
    }

    fn bytes(&mut self, length: usize) -> io::Result<Result<Option<Vec<u8>>, Reason>> {
        if length > self.most {
            return Ok(Err(Reason::TooLong { limit: self.most as u64 }));
        }
        let mut bytes = Vec::new();
        let read = self.input.by_ref().take(length as u64).read_to_end(&mut bytes)?;
        self.offset += read as u64;
        if read < length {
            self.left = bytes;
            return Ok(Err(Reason::Cut));
        }
        Ok(Ok(Some(bytes)))
    }

    /// The next field of a request.
    fn field(&mut self) -> io::Result<Result<Option<Vec<u8>>, Reason>> {
        let Some(tag) = self.byte()? else { return Ok(Ok(None)) };
        if tag != 0x0a {
            return Ok(Err(Reason::NotAConversation("it is no OTLP request from here on".to_string())));
        }
        let mut length = 0_u64;
        for index in 0..9 {
            let Some(byte) = self.byte()? else { return Ok(Err(Reason::Cut)) };
            length |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                return self.bytes(usize::try_from(length).unwrap_or(usize::MAX));
            }
        }
        Ok(Err(Reason::NotAConversation("a length is damaged".to_string())))
    }

    /// The next request behind its length.
    fn frame(&mut self) -> io::Result<Result<Option<Vec<u8>>, Reason>> {
        let mut length = [0_u8; 4];
        for (index, slot) in length.iter_mut().enumerate() {
            match self.byte()? {
                Some(byte) => *slot = byte,
                None if index == 0 => return Ok(Ok(None)),
                None => return Ok(Err(Reason::Cut)),
            }
        }
        self.bytes(u32::from_be_bytes(length) as usize)
    }
}

#[derive(Clone, PartialEq, Message)]
struct TracesData {
    #[prost(message, repeated, tag = "1")]
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Clone, PartialEq, Message)]
struct ResourceSpans {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Clone, PartialEq, Message)]
struct Resource {
    #[prost(message, repeated, tag = "1")]
    attributes: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, Message)]
struct ScopeSpans {
    #[prost(message, repeated, tag = "2")]
    spans: Vec<Span>,
}

#[derive(Clone, PartialEq, Message)]
struct Span {
    #[prost(bytes = "vec", tag = "1")]
    trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    span_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    parent_span_id: Vec<u8>,
    #[prost(string, tag = "5")]
    name: String,
    #[prost(fixed64, tag = "7")]
    start_time_unix_nano: u64,
    #[prost(fixed64, tag = "8")]
    end_time_unix_nano: u64,
    #[prost(message, repeated, tag = "9")]
    attributes: Vec<KeyValue>,
    #[prost(message, repeated, tag = "11")]
    events: Vec<Event>,
    #[prost(message, optional, tag = "15")]
    status: Option<Status>,
}

#[derive(Clone, PartialEq, Message)]
struct Event {
    #[prost(string, tag = "2")]
    name: String,
    #[prost(message, repeated, tag = "3")]
    attributes: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(int32, tag = "3")]
    code: i32,
}

#[derive(Clone, PartialEq, Message)]
struct KeyValue {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, optional, tag = "2")]
    value: Option<AnyValue>,
}

#[derive(Clone, PartialEq, Message)]
struct AnyValue {
    #[prost(oneof = "Kind", tags = "1, 2, 3, 4, 5, 6, 7")]
    kind: Option<Kind>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Kind {
    #[prost(string, tag = "1")]
    Text(String),
    #[prost(bool, tag = "2")]
    Truth(bool),
    #[prost(int64, tag = "3")]
    Int(i64),
    #[prost(double, tag = "4")]
    Double(f64),
    #[prost(message, tag = "5")]
    List(AnyValues),
    #[prost(message, tag = "6")]
    Pairs(KeyValues),
    #[prost(bytes, tag = "7")]
    Bytes(Vec<u8>),
}

#[derive(Clone, PartialEq, Message)]
struct AnyValues {
    #[prost(message, repeated, tag = "1")]
    values: Vec<AnyValue>,
}

#[derive(Clone, PartialEq, Message)]
struct KeyValues {
    #[prost(message, repeated, tag = "1")]
    values: Vec<KeyValue>,
}

impl ResourceSpans {
    fn json(self) -> Value {
        let resource = self.resource.map(|resource| pairs(resource.attributes, 0)).unwrap_or_default();
        let scopes: Vec<Value> = self
            .scope_spans
            .into_iter()
            .map(|scope| json!({"spans": scope.spans.into_iter().map(Span::json).collect::<Vec<Value>>()}))
            .collect();
        json!({"resource": {"attributes": resource}, "scopeSpans": scopes})
    }
}

impl Span {
    fn json(self) -> Value {
        let events: Vec<Value> = self
            .events
            .into_iter()
            .map(|event| json!({"name": event.name, "attributes": pairs(event.attributes, 0)}))
            .collect();
        json!({
            "traceId": hex(&self.trace_id), "spanId": hex(&self.span_id), "parentSpanId": hex(&self.parent_span_id), "name": self.name,
            "startTimeUnixNano": self.start_time_unix_nano, "endTimeUnixNano": self.end_time_unix_nano,
            "status": {"code": self.status.map_or(0, |status| status.code)}, "attributes": pairs(self.attributes, 0), "events": events,
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Attributes by name, without their types.
fn pairs(list: Vec<KeyValue>, depth: usize) -> Map<String, Value> {
    list.into_iter().map(|pair| (pair.key, pair.value.map_or(Value::Null, |value| plain(value, depth)))).collect()
}

fn plain(value: AnyValue, depth: usize) -> Value {
    match value.kind {
        Some(Kind::Text(text)) => Value::String(text),
        Some(Kind::Truth(truth)) => Value::Bool(truth),
        Some(Kind::Int(number)) => Value::from(number),
        Some(Kind::Double(number)) => Value::from(number),
        Some(Kind::List(list)) if depth < DEEPEST => {
            Value::Array(list.values.into_iter().map(|value| plain(value, depth + 1)).collect())
        }
        Some(Kind::Pairs(list)) if depth < DEEPEST => Value::Object(pairs(list.values, depth + 1)),
        Some(Kind::Bytes(bytes)) => Value::String(base64::engine::general_purpose::STANDARD.encode(bytes)),
        Some(Kind::List(_) | Kind::Pairs(_)) | None => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::reader::{Item, Reader};

    fn text(key: &str, value: &str) -> KeyValue {
        KeyValue { key: key.to_string(), value: Some(AnyValue { kind: Some(Kind::Text(value.to_string())) }) }
    }

    fn request() -> TracesData {
        let span = Span {
            trace_id: vec![1; 16],
            span_id: vec![2; 8],
            name: "chat m".to_string(),
            start_time_unix_nano: 1_700_000_000_000_000_000,
            end_time_unix_nano: 1_700_000_001_000_000_000,
            attributes: vec![
                text("gen_ai.operation.name", "chat"),
                text("gen_ai.input.messages", "[{\"role\":\"user\",\"content\":\"hi\"}]"),
                text("gen_ai.output.messages", "[{\"role\":\"assistant\",\"content\":\"hello\"}]"),
            ],
            ..Span::default()
        };
        let resource = Some(Resource { attributes: vec![text("service.name", "shop")] });
        let one = ResourceSpans { resource, scope_spans: vec![ScopeSpans { spans: vec![span] }] };
        TracesData { resource_spans: vec![one.clone(), one] }
    }

    fn read(bytes: &[u8]) -> (usize, Vec<String>) {
        let mut reader = Reader::open(bytes).unwrap();
        let (mut spans, mut aside) = (0, Vec::new());
        while let Some(item) = reader.next_item().unwrap() {
            match item {
                Item::Fragments(fragments, _) => spans += fragments.len(),
                Item::SetAside(record) => aside.push(record.reason.code().to_string()),
                other => panic!("{other:?}"),
            }
        }
        (spans, aside)
    }

    #[test]
    fn requests_alone_and_behind_their_length_are_read() {
        let bytes = request().encode_to_vec();
        assert_eq!(read(&bytes), (2, vec![]));
        let framed = [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], &bytes].concat().repeat(3);
        assert_eq!(read(&framed), (6, vec![]));
        assert_eq!(read(&framed[..framed.len() - 5]), (4, vec!["cut".to_string()]));
        assert_eq!(read(&zstd::encode_all(framed.as_slice(), 1).unwrap()).0, 6);
    }

    #[test]
    fn text_is_no_protobuf() {
        for text in ["\n{\"a\":1}", "\n\n{\"messages\":[]}", "", "\n", "abcd\n{", "{\"a\":1}"] {
            assert_eq!(recognise(text.as_bytes(), 64 << 20), None, "{text:?}");
        }
    }
}

//! Every way in which a provider fails, and how it does that on the wire.

use super::Tempo;
use super::wire::{Asked, Ending, Kind, Made, reply_with, send};
use serde_json::{Value, json};
use std::io::{self, Write as _};
use std::net::TcpStream;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

macro_rules! faults {
    ($($name:ident),* $(,)?) => {
        /// A way to fail.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Fault { $($name),* }
        impl Fault {
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

faults! {
    RateSeconds, RateMillis, RateDate, RatePastDate, RateHuge, RateNone, RateGarbage, SpendLimit, PaymentRequired,
    Overloaded529, Unavailable503, Unavailable503After, Internal500, BadGatewayHtml, Timeout408, Conflict409,
    NoRetry500, Retry400,
    Unauthorized401, Forbidden403, ModelNotFound, NotFoundHtml, TooLarge413, Unprocessable422, ContextLength,
    Redirect, KeyEchoedInError,
    Silence, ResetBeforeHeaders, ResetAfterHeaders, ResetMidBody, EarlyEnd, ChunkedNoEnd, ChunkedGarbage,
    DribbledBody, DribbledHeaders, EndlessBody, EndlessHeaders, HugeHeader, GzipBomb, UnknownEncoding,
    WrongCharset, InvalidUtf8, TruncatedJson, TwoDocuments, DuplicateKeys, Html200, Empty200, EventStream, ErrorIn200,
    WrongSchema, WrongSchemaOnce, Prose, Fence, Refusal, LengthStop, LengthOnce, EmptyContent, NoChoices,
    UsageMissing, UsageNegative, UsageHuge, KeyEchoedInReply,
}

const SURPRISE: &str = "{\"surprise\":1}";
const CUT: &str = "{\"name\":\"cu";
const REFUSAL: &str = "I cannot help with that.";

impl Fault {
    /// Whether the provider made a reply, and so bills it.
    pub fn bills(self) -> bool {
        use Fault::*;
        matches!(
            self,
            Silence
                | ResetBeforeHeaders
                | ResetAfterHeaders
                | ResetMidBody
                | EarlyEnd
                | ChunkedNoEnd
                | ChunkedGarbage
                | DribbledBody
                | DribbledHeaders
                | EndlessBody
                | EndlessHeaders
                | HugeHeader
                | GzipBomb
                | UnknownEncoding
                | WrongCharset
                | InvalidUtf8
                | TruncatedJson
                | TwoDocuments
                | DuplicateKeys
                | EventStream
                | WrongSchema
                | WrongSchemaOnce
                | Prose
                | Fence
                | Refusal
                | LengthStop
                | LengthOnce
                | EmptyContent
                | NoChoices
                | UsageMissing
                | UsageNegative
                | UsageHuge
                | KeyEchoedInReply
                | ErrorIn200
        )
    }

    /// Tokens of the reply that is billed.
    pub(super) fn output_tokens(self, asked: &Asked, good: &Made) -> u64 {
        let tokens = |text: &str| reply_with(asked, text, Ending::Done).output_tokens;
        match self {
            Self::LengthStop | Self::UsageMissing | Self::UsageNegative | Self::Silence | Self::ResetMidBody => {
                asked.max_output
            }
            Self::WrongSchema => tokens(SURPRISE),
            Self::WrongSchemaOnce if asked.messages <= 2 => tokens(SURPRISE),
            Self::LengthOnce if asked.number == 0 => tokens(CUT),
            Self::Refusal => tokens(REFUSAL),
            Self::EmptyContent => tokens(""),
            _ => good.output_tokens,
        }
    }

    /// Whether the fault can be shown in a protocol at all.
    pub fn applies(self, kind: Kind) -> bool {
        if kind == Kind::Embeddings {
            // A vector has no words to be cut, refused or wrapped.
            return !matches!(
                self,
                Self::DuplicateKeys
                    | Self::WrongSchema
                    | Self::WrongSchemaOnce
                    | Self::Prose
                    | Self::Fence
                    | Self::Refusal
                    | Self::LengthStop
                    | Self::LengthOnce
                    | Self::EmptyContent
                    | Self::KeyEchoedInReply
            );
        }
        match self {
            // Ollama has neither keys nor a sign of refusal.
            Self::Refusal | Self::KeyEchoedInError | Self::KeyEchoedInReply => kind != Kind::Ollama,
            // A tool's input is an object already: there is no text for prose, fences or doubled keys.
            Self::Prose | Self::Fence | Self::DuplicateKeys => kind != Kind::Messages,
            _ => true,
        }
    }

    /// Fails; whether the connection lives on.
    pub(super) fn play(self, stream: &TcpStream, asked: &Asked, good: &Made, tempo: &Tempo) -> io::Result<bool> {
        let seconds = tempo.retry_after;
        let after = |value: String| vec![("retry-after", value)];
        let error = |code: &str, message: &str| error_body(asked.kind, code, message);
        let rate = error("rate_limit_exceeded", "Rate limit reached");
        let fine =
            |status: u16, headers: &[(&str, String)], body: &[u8]| send(stream, status, headers, body).map(|()| true);
        match self {
            Self::RateSeconds => fine(429, &after(seconds.to_string()), &rate),
            Self::RateMillis => fine(429, &[("retry-after-ms", (u64::from(seconds) * 1000).to_string())], &rate),
            Self::RateDate => fine(429, &after(http_date(i64::from(seconds))), &rate),
            Self::RatePastDate => fine(429, &after(http_date(-3600)), &rate),
            Self::RateHuge => fine(429, &after("86400".to_string()), &rate),
            Self::RateNone => fine(429, &[], &rate),
            Self::RateGarbage => fine(429, &after("soon".to_string()), &rate),
            Self::SpendLimit => fine(429, &after(seconds.to_string()), &spend_limit(asked.kind)),
            Self::PaymentRequired => fine(402, &[], &error("payment_required", "Payment required")),
            Self::Overloaded529 => fine(529, &[], &error("overloaded_error", "Overloaded")),
            Self::Unavailable503 => fine(503, &[], &error("service_unavailable", "Unavailable")),
            Self::Unavailable503After => {
                fine(503, &after(seconds.to_string()), &error("service_unavailable", "Unavailable"))
            }
            Self::Internal500 => fine(500, &[], &error("server_error", "The server had an error")),
            Self::BadGatewayHtml => fine(502, &html(), b"<html><body>502 Bad Gateway</body></html>"),
            Self::Timeout408 => fine(408, &[], &error("timeout", "Timed out")),
            Self::Conflict409 => fine(409, &[], &error("conflict", "Conflict")),
            Self::NoRetry500 => fine(500, &[("x-should-retry", "false".to_string())], &error("server_error", "No")),
            Self::Retry400 => fine(400, &[("x-should-retry", "true".to_string())], &error("bad_request", "Try again")),
            Self::Unauthorized401 => fine(401, &[], &error("invalid_api_key", "Incorrect API key provided")),
            Self::Forbidden403 => fine(403, &[], &error("permission_denied", "Forbidden")),
            Self::ModelNotFound => fine(404, &[], &error("model_not_found", "The model `fake` does not exist")),
            Self::NotFoundHtml => fine(404, &html(), b"<html>404 Not Found</html>"),
            Self::TooLarge413 => fine(413, &[], &error("request_too_large", "Request too large")),
            Self::Unprocessable422 => fine(422, &[], &error("unprocessable", "No")),
            Self::ContextLength => {
                fine(400, &[], &error("context_length_exceeded", "This model's maximum context length is 8192 tokens"))
            }
            Self::Redirect => fine(302, &[("location", "http://127.0.0.1:9/elsewhere".to_string())], b""),
            Self::KeyEchoedInError => {
                fine(401, &[], &error("invalid_api_key", &format!("Incorrect API key provided: {}", asked.key())))
            }
            Self::Silence => {
                std::thread::sleep(tempo.silence);
                Ok(false)
            }
            Self::ResetBeforeHeaders => reset(stream),
            Self::ResetAfterHeaders => {
                head(stream, good.body.len())?;
                pause();
                reset(stream)
            }
            Self::ResetMidBody => {
                head(stream, good.body.len())?;
                write(stream, &good.body[..good.body.len() / 2])?;
                pause();
                reset(stream)
            }
            Self::EarlyEnd => {
                head(stream, good.body.len())?;
                write(stream, &good.body[..good.body.len() - 2])?;
                Ok(false)
            }
            Self::ChunkedNoEnd => {
                chunked(stream)?;
                write(stream, format!("{:x}\r\n", good.body.len()).as_bytes())?;
                write(stream, &good.body)?;
                write(stream, b"\r\n")?;
                Ok(false)
            }
            Self::ChunkedGarbage => {
                chunked(stream)?;
                write(stream, b"zz\r\n")?;
                write(stream, &good.body)?;
                Ok(false)
            }
            Self::DribbledBody => {
                head(stream, good.body.len())?;
                dribble(stream, &good.body, tempo)
            }
            Self::DribbledHeaders => {
                let mut bytes = b"HTTP/1.1 200 OK\r\n".to_vec();
                for number in 0..200 {
                    bytes.extend(format!("x-{number}: slow\r\n").bytes());
                }
                dribble(stream, &bytes, tempo)
            }
            Self::EndlessBody => {
                chunked(stream)?;
                let piece = format!("10000\r\n{}\r\n", " ".repeat(65536));
                (0..4096).try_for_each(|_| write(stream, piece.as_bytes())).map(|()| false)
            }
            Self::EndlessHeaders => {
                write(stream, b"HTTP/1.1 200 OK\r\n")?;
                let line = format!("x-filler: {}\r\n", "x".repeat(1000));
                (0..20_000).try_for_each(|_| write(stream, line.as_bytes())).map(|()| false)
            }
            Self::HugeHeader => fine(200, &[("x-huge", "x".repeat(100_000))], &good.body),
            Self::GzipBomb => {
                // The header alone says it; a client that unpacks would find nothing to unpack.
                fine(200, &[("content-encoding", "gzip".to_string())], &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])
            }
            Self::UnknownEncoding => fine(200, &[("content-encoding", "br".to_string())], &good.body),
            Self::WrongCharset => {
                fine(200, &[("content-type", "application/json; charset=iso-8859-1".to_string())], &good.body)
            }
            Self::InvalidUtf8 => {
                let mut body = good.body.clone();
                let at = body.len() / 2;
                body[at] = 0xff;
                fine(200, &[], &body)
            }
            Self::TruncatedJson => fine(200, &[], &good.body[..good.body.len() * 2 / 3]),
            Self::TwoDocuments => fine(200, &[], &[good.body.as_slice(), good.body.as_slice()].concat()),
            Self::Html200 => fine(200, &html(), b"<!doctype html><html>Sign in</html>"),
            Self::Empty200 => fine(200, &[], b""),
            Self::EventStream => {
                let body = format!("data: {}\n\ndata: [DONE]\n\n", good.value);
                fine(200, &[("content-type", "text/event-stream".to_string())], body.as_bytes())
            }
            Self::ErrorIn200 => fine(200, &[], &error("server_error", "The server had an error")),
            Self::DuplicateKeys => {
                let text = answer(good).replacen('{', "{\"name\":\"other\",", 1);
                fine(200, &[], &reply_with(asked, &text, Ending::Done).body)
            }
            Self::WrongSchemaOnce if asked.messages > 2 => fine(200, &[], &good.body),
            Self::WrongSchema | Self::WrongSchemaOnce => {
                fine(200, &[], &reply_with(asked, SURPRISE, Ending::Done).body)
            }
            Self::Prose => {
                fine(200, &[], &reply_with(asked, &format!("Sure, here it is: {}", answer(good)), Ending::Done).body)
            }
            Self::Fence => {
                fine(200, &[], &reply_with(asked, &format!("```json\n{}\n```", answer(good)), Ending::Done).body)
            }
            Self::Refusal => fine(200, &[], &reply_with(asked, REFUSAL, Ending::Refused).body),
            Self::LengthStop => fine(200, &[], &long(asked, Ending::Length)),
            Self::LengthOnce if asked.number > 0 => fine(200, &[], &good.body),
            Self::LengthOnce => fine(200, &[], &reply_with(asked, CUT, Ending::Length).body),
            Self::EmptyContent => fine(200, &[], &reply_with(asked, "", Ending::Done).body),
            Self::NoChoices => fine(200, &[], b"{\"id\":\"x\",\"usage\":{}}"),
            Self::UsageMissing => fine(200, &[], &with_usage(good, None)),
            Self::UsageNegative => fine(200, &[], &with_usage(good, Some(json!(-5)))),
            Self::UsageHuge => fine(200, &[], &with_usage(good, Some(json!(9.0e15)))),
            Self::KeyEchoedInReply => {
                let body = String::from_utf8_lossy(&good.body).replacen("fine", &asked.key(), 1);
                fine(200, &[], body.as_bytes())
            }
        }
    }
}

/// The answer's text in a good reply.
fn answer(good: &Made) -> String {
    let places = [
        "/choices/0/message/content",
        "/output/0/content/0/text",
        "/candidates/0/content/parts/0/text",
        "/message/content",
    ];
    places.iter().find_map(|place| good.value.pointer(place)?.as_str()).unwrap_or("{}").to_string()
}

/// A cut reply that says that it used every token.
fn long(asked: &Asked, ending: Ending) -> Vec<u8> {
    let mut made = reply_with(asked, CUT, ending);
    set_usage(&mut made.value, &json!(asked.max_output));
    made.value.to_string().into_bytes()
}

fn set_usage(value: &mut Value, output: &Value) {
    for place in
        ["/usage/completion_tokens", "/usage/output_tokens", "/usageMetadata/candidatesTokenCount", "/eval_count"]
    {
        if let Some(slot) = value.pointer_mut(place) {
            *slot = output.clone();
        }
    }
}

fn with_usage(good: &Made, count: Option<Value>) -> Vec<u8> {
    let mut value = good.value.clone();
    match count {
        Some(count) => {
            let fields = [
                "/usage/prompt_tokens",
                "/usage/completion_tokens",
                "/usage/input_tokens",
                "/usage/output_tokens",
                "/usageMetadata/promptTokenCount",
                "/usageMetadata/candidatesTokenCount",
                "/prompt_eval_count",
                "/eval_count",
            ];
            for field in fields {
                if let Some(slot) = value.pointer_mut(field) {
                    *slot = count.clone();
                }
            }
        }
        None => {
            for field in ["usage", "usageMetadata", "prompt_eval_count", "eval_count"] {
                value.as_object_mut().unwrap().remove(field);
            }
        }
    }
    value.to_string().into_bytes()
}

fn error_body(kind: Kind, code: &str, message: &str) -> Vec<u8> {
    let value = match kind {
        Kind::Messages => {
            let code = if code == "model_not_found" { "not_found_error" } else { code };
            let message = if code == "context_length_exceeded" { "prompt is too long: 9000 tokens" } else { message };
            json!({"type": "error", "error": {"type": code, "message": message}})
        }
        Kind::Gemini => json!({"error": {"code": 400, "status": code.to_ascii_uppercase(), "message": message}}),
        Kind::Ollama => json!({"error": message.replace("does not exist", "not found, try pulling it first")}),
        _ => json!({"error": {"code": code, "type": code, "message": message}}),
    };
    value.to_string().into_bytes()
}

/// An account without money, in each provider's words.
fn spend_limit(kind: Kind) -> Vec<u8> {
    let value = match kind {
        Kind::Messages => json!({
            "type": "error",
            "error": {
                "type": "rate_limit_error", "message": "Spend limit reached",
                "details": {"error_code": "enforced_spend_limit_reached"},
            },
        }),
        Kind::Gemini => {
            json!({"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "Your prepayment credits are used up"}})
        }
        Kind::Ollama => json!({"error": "you have reached your spending limit"}),
        _ => {
            json!({"error": {"code": "insufficient_quota", "type": "insufficient_quota", "message": "You exceeded your current quota"}})
        }
    };
    value.to_string().into_bytes()
}

fn html() -> Vec<(&'static str, String)> {
    vec![("content-type", "text/html; charset=utf-8".to_string())]
}

fn http_date(from_now: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
    // Rounded up, since the format has no parts of seconds.
    let moment = jiff::Timestamp::from_second(now + 1 + from_now).unwrap();
    moment.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn write(mut stream: &TcpStream, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes)
}

fn head(stream: &TcpStream, length: usize) -> io::Result<()> {
    write(
        stream,
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n").as_bytes(),
    )
}

fn chunked(stream: &TcpStream) -> io::Result<()> {
    write(stream, b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n")
}

fn dribble(stream: &TcpStream, bytes: &[u8], tempo: &Tempo) -> io::Result<bool> {
    for byte in bytes {
        write(stream, &[*byte])?;
        std::thread::sleep(tempo.dribble);
    }
    Ok(false)
}

/// Lets what was written reach the other side before the connection is torn down.
fn pause() {
    std::thread::sleep(Duration::from_millis(5));
}

/// RST instead of FIN.
fn reset(stream: &TcpStream) -> io::Result<bool> {
    rustix::net::sockopt::set_socket_linger(stream, Some(Duration::ZERO))?;
    Ok(false)
}

//! Reading requests and writing replies of every protocol.

use serde_json::{Map, Value, json};
use std::io::{self, BufRead, Write as _};
use std::net::TcpStream;

/// Protocols, told by their paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Chat,
    Responses,
    Messages,
    Gemini,
    Ollama,
    Azure,
    Embeddings,
}

impl Kind {
    pub const CHATS: [Self; 6] = [Self::Chat, Self::Responses, Self::Messages, Self::Gemini, Self::Ollama, Self::Azure];

    /// What stands between the address and the paths of the protocol.
    pub fn base(self) -> &'static str {
        match self {
            Self::Chat | Self::Responses | Self::Messages | Self::Embeddings => "/v1",
            Self::Gemini => "/v1beta",
            Self::Ollama | Self::Azure => "",
        }
    }

    fn of(path: &str) -> Self {
        if path.contains("/embed") || path.contains(":batchEmbedContents") {
            Self::Embeddings
        } else if path.starts_with("/openai/") {
            Self::Azure
        } else if path.ends_with("/chat/completions") {
            Self::Chat
        } else if path.ends_with("/responses") {
            Self::Responses
        } else if path.ends_with("/messages") {
            Self::Messages
        } else if path.contains(":generateContent") {
            Self::Gemini
        } else {
            Self::Ollama
        }
    }
}

/// A request.
#[derive(Clone, Debug)]
pub struct Asked {
    pub kind: Kind,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The system message.
    pub system: String,
    /// The first user message.
    pub user: String,
    /// How many messages there are: more than one user message means a correction.
    pub messages: usize,
    pub schema: Value,
    pub max_output: u64,
    /// Its number, from 0.
    pub number: u64,
}

impl Asked {
    pub fn input_tokens(&self) -> u64 {
        self.body.len() as u64 / 4
    }

    /// The key, wherever the protocol puts it.
    pub fn key(&self) -> String {
        let names = ["authorization", "x-api-key", "x-goog-api-key", "api-key"];
        let found = self.headers.iter().find(|(name, _)| names.contains(&name.as_str()));
        found.map(|(_, value)| value.trim_start_matches("Bearer ").to_string()).unwrap_or_default()
    }

    /// FNV-1a of path and body.
    pub fn digest(&self) -> u64 {
        self.path
            .bytes()
            .chain(self.body.iter().copied())
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }
}

/// The next request of a connection; `None` at its end.
pub fn read_request(reader: &mut impl BufRead) -> io::Result<Option<Asked>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let path = line.split(' ').nth(1).unwrap_or("/").to_string();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_string()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let value: Value = serde_json::from_slice(&body).unwrap_or_default();
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or("").to_string();
    let first = |pointers: &[&str]| pointers.iter().map(|pointer| text(pointer)).find(|text| !text.is_empty());
    let schemas = [
        "/response_format/json_schema/schema",
        "/text/format/schema",
        "/tools/0/input_schema",
        "/generationConfig/responseSchema",
        "/format",
    ];
    let limits = [
        "/max_tokens",
        "/max_completion_tokens",
        "/max_output_tokens",
        "/generationConfig/maxOutputTokens",
        "/options/num_predict",
    ];
    let kind = Kind::of(path.split('?').next().unwrap_or(""));
    let lists = ["/messages", "/input", "/contents"];
    let list = lists.iter().find_map(|pointer| value.pointer(pointer)?.as_array()).cloned().unwrap_or_default();
    let user = list.iter().find(|message| message.get("role").and_then(Value::as_str) == Some("user"));
    let user = user.map(|message| {
        let texts = [message.pointer("/content"), message.pointer("/parts/0/text")];
        texts.into_iter().flatten().find_map(Value::as_str).unwrap_or("").to_string()
    });
    Ok(Some(Asked {
        kind,
        path,
        headers,
        system: first(&["/messages/0/content", "/instructions", "/system", "/systemInstruction/parts/0/text"])
            .unwrap_or_default(),
        user: user.unwrap_or_default(),
        messages: list.len(),
        schema: schemas.iter().find_map(|pointer| value.pointer(pointer)).cloned().unwrap_or_default(),
        max_output: limits.iter().find_map(|pointer| value.pointer(pointer)?.as_u64()).unwrap_or(0),
        body,
        number: 0,
    }))
}

/// The smallest value that fits a schema.
pub fn fill(schema: &Value) -> Value {
    match schema.get("type").and_then(Value::as_str) {
        Some("object") => {
            let properties = schema.get("properties").and_then(Value::as_object);
            let fields = properties.into_iter().flatten().map(|(name, schema)| (name.clone(), fill(schema)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Some("array") => json!([]),
        Some("integer") => json!(0),
        Some("boolean") => json!(false),
        _ => match schema.pointer("/enum/0") {
            Some(word) => word.clone(),
            None => json!("fine"),
        },
    }
}

/// How a reply says that it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Done,
    Length,
    Refused,
}

/// A reply's body.
#[derive(Clone, Debug)]
pub struct Made {
    pub value: Value,
    pub body: Vec<u8>,
    pub output_tokens: u64,
}

/// A whole reply with `answer`.
pub fn reply(asked: &Asked, answer: &Value, ending: Ending) -> Made {
    reply_with(asked, &answer.to_string(), ending)
}

/// A whole reply with any text.
pub fn reply_with(asked: &Asked, text: &str, ending: Ending) -> Made {
    let (input, output) = (asked.input_tokens(), text.len() as u64 / 4 + 1);
    let pick = |done: &'static str, length: &'static str, refused: &'static str| match ending {
        Ending::Done => done,
        Ending::Length => length,
        Ending::Refused => refused,
    };
    let value = match asked.kind {
        Kind::Chat | Kind::Azure => json!({
            "id": "chatcmpl-1", "object": "chat.completion", "model": "fake",
            "choices": [{
                "index": 0,
                "message": {"role": "assistant", "content": text, "refusal": null},
                "finish_reason": pick("stop", "length", "content_filter"),
            }],
            "usage": {"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output},
        }),
        Kind::Responses => {
            let part = match ending {
                Ending::Refused => json!({"type": "refusal", "refusal": "I cannot help with that."}),
                _ => json!({"type": "output_text", "text": text, "annotations": []}),
            };
            json!({
                "id": "resp_1", "object": "response", "error": null,
                "status": if ending == Ending::Length { "incomplete" } else { "completed" },
                "incomplete_details": if ending == Ending::Length { json!({"reason": "max_output_tokens"}) } else { json!(null) },
                "output": [{"type": "message", "role": "assistant", "content": [part]}],
                "usage": {"input_tokens": input, "output_tokens": output},
            })
        }
        Kind::Messages => {
            let parsed: Option<Value> = serde_json::from_str(text).ok().filter(Value::is_object);
            let part = match parsed {
                Some(input) => json!({"type": "tool_use", "id": "toolu_1", "name": "answer", "input": input}),
                None => json!({"type": "text", "text": text}),
            };
            json!({
                "id": "msg_1", "type": "message", "role": "assistant", "content": [part],
                "stop_reason": pick("tool_use", "max_tokens", "refusal"),
                "usage": {"input_tokens": input, "output_tokens": output},
            })
        }
        Kind::Gemini => json!({
            "candidates": [{
                "content": {"role": "model", "parts": [{"text": text}]},
                "finishReason": pick("STOP", "MAX_TOKENS", "SAFETY"),
            }],
            "usageMetadata": {"promptTokenCount": input, "candidatesTokenCount": output},
        }),
        Kind::Ollama => json!({
            "model": "fake", "message": {"role": "assistant", "content": text}, "done": true,
            "done_reason": pick("stop", "length", "stop"),
            "prompt_eval_count": input, "eval_count": output,
        }),
        Kind::Embeddings => {
            let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
            let lists = ["/input", "/requests"];
            let list = lists.iter().find_map(|list| body.pointer(list)?.as_array()).cloned().unwrap_or_default();
            let text = |item: &Value| {
                item.as_str().or_else(|| item.pointer("/content/parts/0/text")?.as_str()).unwrap_or("").to_string()
            };
            let vectors: Vec<Value> = list.iter().map(|item| json!(vector(&text(item)))).collect();
            if asked.path.contains("batchEmbedContents") {
                json!({"embeddings": vectors.iter().map(|vector| json!({"values": vector})).collect::<Vec<_>>()})
            } else if asked.path.contains("/api/embed") {
                json!({"embeddings": vectors, "prompt_eval_count": input})
            } else {
                let data: Vec<Value> =
                    vectors.iter().enumerate().map(|(at, vector)| json!({"index": at, "embedding": vector})).collect();
                json!({"data": data, "usage": {"prompt_tokens": input}})
            }
        }
    };
    Made { body: value.to_string().into_bytes(), value, output_tokens: output }
}

/// A text's place: its words, each hashed to one of 64 directions.
fn vector(text: &str) -> Vec<f64> {
    let mut vector = vec![0.01; 64];
    for word in text.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 3) {
        let hash = word.bytes().take(6).fold(7u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte)));
        vector[(hash % 64) as usize] += 1.0;
    }
    vector
}

/// Writes a whole response.
pub fn send(mut stream: &TcpStream, status: u16, headers: &[(&str, String)], body: &[u8]) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
    if !headers.iter().any(|(name, _)| *name == "content-type") {
        head += "content-type: application/json\r\n";
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += "\r\n";
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(body);
    stream.write_all(&bytes)
}

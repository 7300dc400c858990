//! Tests of the protocols: requests as snapshots, replies as tables, cuts and noise.

use super::*;
use crate::llm::request::{Instructions, Stage};
use crate::llm::schema::Schema;
use proptest::prelude::*;
use serde_json::json;

fn request() -> Request {
    Request {
        stage: Stage::Name,
        about: String::new(),
        instructions: Instructions::new("Name the intent."),
        input: "[\"cancel▁my▁order\"]".to_string(),
        shorter_input: None,
        shape: "intent_name",
        schema: Schema::Object(vec![("name", Schema::Text(60)), ("sure", Schema::Truth)]),
        max_output: 200,
        repeat: 0,
    }
}

fn provider(protocol: Protocol) -> (Provider, &'static str) {
    match protocol {
        Protocol::Chat => (Provider::OpenAi, "gpt-4.1-mini"),
        Protocol::Responses => (Provider::OpenAi, "o3-pro"),
        Protocol::Messages => (Provider::Anthropic, "claude-haiku-4-5"),
        Protocol::Gemini => (Provider::Gemini, "gemini-2.5-flash"),
        Protocol::Ollama => (Provider::Ollama, "qwen3:8b"),
    }
}

fn encoded(protocol: Protocol, correction: Option<&Correction>) -> Encoded {
    let (provider, model) = provider(protocol);
    protocol.encode(provider, model, &request(), correction, 200, &Extra::default())
}

/// Bodies as the providers' references show them, with `{"name":"cancel order","sure":true}` as the answer.
fn good(protocol: Protocol) -> Value {
    let answer = "{\"name\":\"cancel order\",\"sure\":true}";
    match protocol {
        Protocol::Chat => json!({
            "id": "chatcmpl-1", "object": "chat.completion", "model": "gpt-4.1-mini",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": answer, "refusal": null}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
        }),
        Protocol::Responses => json!({
            "id": "resp_1", "object": "response", "status": "completed", "error": null, "incomplete_details": null,
            "output": [{"type": "reasoning", "summary": []}, {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": answer, "annotations": []}]}],
            "usage": {"input_tokens": 11, "output_tokens": 7, "output_tokens_details": {"reasoning_tokens": 3}},
        }),
        Protocol::Messages => json!({
            "id": "msg_1", "type": "message", "role": "assistant",
            "content": [{"type": "tool_use", "id": "toolu_1", "name": "intent_name", "input": {"name": "cancel order", "sure": true}}],
            "stop_reason": "tool_use", "stop_sequence": null,
            "usage": {"input_tokens": 5, "cache_creation_input_tokens": 2, "cache_read_input_tokens": 4, "output_tokens": 7},
        }),
        Protocol::Gemini => json!({
            "candidates": [{"content": {"role": "model", "parts": [{"text": "thinking", "thought": true}, {"text": answer}]}, "finishReason": "STOP"}],
            "usageMetadata": {"promptTokenCount": 11, "candidatesTokenCount": 4, "thoughtsTokenCount": 3},
        }),
        Protocol::Ollama => json!({
            "model": "qwen3:8b", "message": {"role": "assistant", "content": answer}, "done": true, "done_reason": "stop",
            "prompt_eval_count": 11, "eval_count": 7,
        }),
    }
}

fn decode(protocol: Protocol, body: &Value) -> Result<Decoded, Malformed> {
    protocol.decode(body.to_string().as_bytes())
}

#[test]
fn requests_are_what_the_references_say() {
    let mut text = String::new();
    for protocol in Protocol::ALL {
        let encoded = encoded(protocol, None);
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        text += &format!(
            "{protocol:?} {} {:?}\n{}\n",
            encoded.path,
            &encoded.headers[2..],
            serde_json::to_string_pretty(&body).unwrap()
        );
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_correction_repeats_the_reply_and_says_what_is_wrong() {
    let correction =
        Correction { previous: "{}".to_string(), message: "the reply must have the field \"name\"".to_string() };
    for protocol in Protocol::ALL {
        let body = String::from_utf8(encoded(protocol, Some(&correction)).body).unwrap();
        assert!(body.contains("the reply must have the field"), "{protocol:?}: {body}");
        assert_ne!(body.as_bytes(), encoded(protocol, None).body);
    }
}

#[test]
fn azure_has_its_own_paths() {
    let path = |api_version: Option<&str>| {
        let extra = Extra { api_version: api_version.map(str::to_string) };
        Protocol::Chat.encode(Provider::Azure, "prod", &request(), None, 9, &extra).path
    };
    assert_eq!(path(Some("2024-10-21")), "/openai/deployments/prod/chat/completions?api-version=2024-10-21");
    assert_eq!(path(None), "/openai/v1/chat/completions");
}

#[test]
fn a_whole_reply_gives_answer_and_tokens() {
    for protocol in Protocol::ALL {
        let decoded = decode(protocol, &good(protocol)).unwrap();
        assert_eq!(decoded.stop, Stop::Done, "{protocol:?}");
        assert_eq!(decoded.usage, Usage { input: Some(11), output: Some(7) }, "{protocol:?}");
        assert_eq!(parse_reply(&decoded.text), Ok(json!({"name": "cancel order", "sure": true})), "{protocol:?}");
    }
}

#[test]
fn refusals_and_cut_answers_are_told_from_whole_ones() {
    let cases = [
        (Protocol::Chat, "/choices/0/finish_reason", json!("length"), Stop::Length),
        (Protocol::Chat, "/choices/0/finish_reason", json!("content_filter"), Stop::Refused),
        (Protocol::Chat, "/choices/0/message/refusal", json!("I cannot"), Stop::Refused),
        (Protocol::Responses, "/output/1/content/0", json!({"type": "refusal", "refusal": "no"}), Stop::Refused),
        (Protocol::Messages, "/stop_reason", json!("max_tokens"), Stop::Length),
        (Protocol::Messages, "/stop_reason", json!("refusal"), Stop::Refused),
        (Protocol::Gemini, "/candidates/0/finishReason", json!("MAX_TOKENS"), Stop::Length),
        (Protocol::Gemini, "/candidates/0/finishReason", json!("SAFETY"), Stop::Refused),
        (Protocol::Ollama, "/done_reason", json!("length"), Stop::Length),
    ];
    for (protocol, place, value, stop) in cases {
        let mut body = good(protocol);
        *body.pointer_mut(place).unwrap() = value;
        assert_eq!(decode(protocol, &body).unwrap().stop, stop, "{protocol:?} {place}");
    }
    let mut cut = good(Protocol::Responses);
    cut["status"] = json!("incomplete");
    cut["incomplete_details"] = json!({"reason": "max_output_tokens"});
    assert_eq!(decode(Protocol::Responses, &cut).unwrap().stop, Stop::Length);
    let blocked = json!({"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 3}});
    assert_eq!(decode(Protocol::Gemini, &blocked).unwrap().stop, Stop::Refused);
}

#[test]
fn what_is_not_a_whole_reply_is_malformed() {
    let changes: &[(Protocol, &str, Value)] = &[
        (Protocol::Chat, "/choices", json!([])),
        (Protocol::Chat, "/choices/0/message/content", json!("")),
        (Protocol::Chat, "/choices/0/message/content", json!(null)),
        (Protocol::Chat, "/choices/0/finish_reason", json!(null)),
        (Protocol::Chat, "/choices/0/finish_reason", json!("banana")),
        (Protocol::Responses, "/output", json!([])),
        (Protocol::Responses, "/status", json!("in_progress")),
        (Protocol::Responses, "/status", json!("failed")),
        (Protocol::Messages, "/type", json!("ping")),
        (Protocol::Messages, "/content", json!([])),
        (Protocol::Messages, "/stop_reason", json!(null)),
        (Protocol::Messages, "/stop_reason", json!("pause_turn")),
        (Protocol::Gemini, "/candidates", json!([])),
        (Protocol::Gemini, "/candidates/0/finishReason", json!("FINISH_REASON_UNSPECIFIED")),
        (Protocol::Gemini, "/candidates/0/content/parts", json!([])),
        (Protocol::Ollama, "/done", json!(false)),
        (Protocol::Ollama, "/done_reason", json!(null)),
        (Protocol::Ollama, "/message/content", json!("")),
    ];
    for (protocol, place, value) in changes {
        let mut body = good(*protocol);
        *body.pointer_mut(place).unwrap() = value.clone();
        assert!(decode(*protocol, &body).is_err(), "{protocol:?} {place} {value}");
    }
    for protocol in Protocol::ALL {
        for bad in ["", "null", "[]", "{}", "<html></html>", "data: {\"choices\": []}\n\n"] {
            assert!(protocol.decode(bad.as_bytes()).is_err(), "{protocol:?} {bad}");
        }
        let mut error = good(protocol);
        error["error"] = json!({"message": "secret text", "code": "server_error"});
        assert_eq!(decode(protocol, &error), Err(Malformed::ErrorInside(Some("server_error".to_string()))));
        let twice = format!("{0}{0}", good(protocol));
        assert_eq!(protocol.decode(twice.as_bytes()), Err(Malformed::NotJson));
    }
}

#[test]
fn every_cut_of_a_body_is_malformed() {
    for protocol in Protocol::ALL {
        let body = good(protocol).to_string().into_bytes();
        for length in 0..body.len() {
            assert!(protocol.decode(&body[..length]).is_err(), "{protocol:?} cut at {length}");
        }
    }
}

#[test]
fn vectors_come_in_the_order_of_their_texts() {
    let name = |text: &str| ModelName::parse(text).unwrap();
    use crate::llm::name::ModelName;
    let texts = ["a".to_string(), "b".to_string()];
    for model in
        ["openai/text-embedding-3-small", "gemini/gemini-embedding-001", "ollama/nomic-embed-text", "azure/embed"]
    {
        let encoded = embeddings::encode(&name(model), &texts, None).unwrap();
        assert!(!encoded.body.is_empty() && encoded.path.starts_with('/'), "{model}");
    }
    assert_eq!(embeddings::encode(&name("anthropic/x"), &texts, None), None);
    let openai = json!({"data": [{"index": 1, "embedding": [0.5, 1]}, {"index": 0, "embedding": [1, 2]}], "usage": {"prompt_tokens": 4}});
    let read = |provider, body: &Value| embeddings::decode(provider, body.to_string().as_bytes(), 2);
    let vectors = read(Provider::OpenAi, &openai).unwrap();
    assert_eq!(vectors.vectors, [[1.0, 2.0], [0.5, 1.0]]);
    assert_eq!(vectors.usage.input, Some(4));
    assert!(read(Provider::Gemini, &json!({"embeddings": [{"values": [1]}, {"values": [2]}]})).is_ok());
    assert!(read(Provider::Ollama, &json!({"embeddings": [[1], [2]], "prompt_eval_count": 2})).is_ok());
    for bad in [
        json!({"embeddings": [[1]]}),
        json!({"embeddings": [[1], [1, 2]]}),
        json!({"embeddings": [[], []]}),
        json!({"embeddings": [[1], ["x"]]}),
        json!({"embeddings": [[1], [null]]}),
        json!({}),
    ] {
        assert!(read(Provider::Ollama, &bad).is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_decoding_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for protocol in Protocol::ALL {
            drop(protocol.decode(&bytes));
        }
        drop(read_error(400, &bytes));
        drop(parse_reply(&String::from_utf8_lossy(&bytes)));
    }
}

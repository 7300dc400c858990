//! Embeddings: texts in, one vector each out, in the same order.

use super::reading::{self, usage};
use super::{Encoded, Malformed};
use crate::llm::answer::Usage;
use crate::llm::name::{ModelName, Provider};
use serde_json::{Value, json};

/// Vectors and what they cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Vectors {
    /// One for each text.
    pub vectors: Vec<Vec<f32>>,
    /// Tokens; there are none of output.
    pub usage: Usage,
}

/// The request for `texts`; `None` where the provider has no embeddings.
pub fn encode(name: &ModelName, texts: &[String], api_version: Option<&str>) -> Option<Encoded> {
    let model = &name.model;
    let (path, body) = match name.provider {
        Provider::OpenAi => {
            ("/embeddings".to_string(), json!({"model": model, "input": texts, "encoding_format": "float"}))
        }
        Provider::Azure => {
            let path = match api_version {
                Some(version) => format!("/openai/deployments/{model}/embeddings?api-version={version}"),
                None => "/openai/v1/embeddings".to_string(),
            };
            (path, json!({"model": model, "input": texts, "encoding_format": "float"}))
        }
        Provider::Gemini => {
            let request =
                |text: &String| json!({"model": format!("models/{model}"), "content": {"parts": [{"text": text}]}});
            let requests: Vec<Value> = texts.iter().map(request).collect();
            (format!("/models/{model}:batchEmbedContents"), json!({"requests": requests}))
        }
        Provider::Ollama => ("/api/embed".to_string(), json!({"model": model, "input": texts})),
        Provider::Anthropic => return None,
    };
    Some(Encoded::json(path, Vec::new(), &body))
}

/// The vectors in the body of an HTTP 200 for `count` texts: as many, of one length, all finite.
pub fn decode(provider: Provider, body: &[u8], count: usize) -> Result<Vectors, Malformed> {
    let body = reading::body(body)?;
    let wrong = Malformed::WrongShape("embeddings");
    let listed = |field: &str| body.get(field).and_then(Value::as_array).ok_or(wrong.clone());
    let (values, usage): (Vec<&Value>, Usage) = match provider {
        Provider::OpenAi | Provider::Azure => {
            let mut data: Vec<(u64, &Value)> = Vec::new();
            for item in listed("data")? {
                let index = item.get("index").and_then(Value::as_u64).ok_or(wrong.clone())?;
                data.push((index, item.get("embedding").ok_or(wrong.clone())?));
            }
            data.sort_by_key(|(index, _)| *index);
            if data.iter().enumerate().any(|(at, (index, _))| *index != at as u64) {
                return Err(wrong);
            }
            let usage = body.get("usage").map(|value| usage(value, &["prompt_tokens"], &[])).unwrap_or_default();
            (data.into_iter().map(|(_, value)| value).collect(), usage)
        }
        Provider::Gemini => {
            let values = listed("embeddings")?.iter().map(|item| item.get("values").ok_or(wrong.clone()));
            (values.collect::<Result<_, _>>()?, Usage::default())
        }
        Provider::Ollama => (listed("embeddings")?.iter().collect(), usage(&body, &["prompt_eval_count"], &[])),
        Provider::Anthropic => return Err(wrong),
    };
    let number = |value: &Value| value.as_f64().map(|value| value as f32).filter(|value| value.is_finite());
    let vector = |value: &Value| value.as_array()?.iter().map(number).collect::<Option<Vec<f32>>>();
    let vectors: Vec<Vec<f32>> = values.into_iter().map(vector).collect::<Option<_>>().ok_or(wrong.clone())?;
    let length = vectors.first().map_or(0, Vec::len);
    let even = vectors.iter().all(|vector| vector.len() == length && length > 0);
    if vectors.len() == count && even { Ok(Vectors { vectors, usage }) } else { Err(wrong) }
}

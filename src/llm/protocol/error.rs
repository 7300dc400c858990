//! What an error body says. Its message is looked at and never handed on: it may hold a key or text of the request.

use serde_json::Value;

/// What an HTTP error says, as far as we act on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorBody {
    /// The provider's own code, if it is a plain word.
    pub code: Option<String>,
    /// Money or quota is used up, which no waiting changes.
    pub spend_limit: bool,
    /// The request is longer than the model's context.
    pub context_too_long: bool,
    /// There is no such model.
    pub unknown_model: bool,
    /// The body is a web page.
    pub html: bool,
}

/// Codes of money that is used up, as the providers document them.
const SPEND_CODES: &[&str] = &[
    "insufficient_quota",
    "billing_hard_limit_reached",
    "billing_not_active",
    "credit_balance_exhausted",
    "enforced_spend_limit_reached",
    "billing_error",
    "insufficient_credits",
    "payment_required",
];
/// Words of messages that say the same where the code is a general one.
const SPEND_WORDS: &[&str] = &[
    "credit balance is too low",
    "exceeded your current quota",
    "spend limit",
    "spending limit",
    "prepayment credits",
];
const CONTEXT_CODES: &[&str] = &["context_length_exceeded", "request_too_large", "string_above_max_length"];
const CONTEXT_WORDS: &[&str] = &[
    "prompt is too long",
    "maximum context length",
    "context window",
    "exceeds the maximum number of tokens",
    "input length and `max_tokens` exceed",
    "exceeds the available context size",
];
const MODEL_CODES: &[&str] = &["model_not_found", "deploymentnotfound", "not_found_error"];
const MODEL_WORDS: &[&str] = &["model", "deployment"];

/// Reads the body of an HTTP error of this status.
pub fn read_error(status: u16, body: &[u8]) -> ErrorBody {
    let start = body.trim_ascii_start();
    let mut read = ErrorBody { html: start.starts_with(b"<"), ..ErrorBody::default() };
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return read };
    // Gemini wraps some errors in a list.
    let value = value.get(0).unwrap_or(&value);
    let error = value.get("error").unwrap_or(value);
    read.code = code(error);
    let mut codes: Vec<String> = ["code", "type", "status", "error_code"]
        .iter()
        .filter_map(|field| error.get(*field)?.as_str())
        .map(str::to_ascii_lowercase)
        .collect();
    let details = [error.get("details"), value.get("details")];
    codes
        .extend(details.iter().flatten().filter_map(|details| details.get("error_code")?.as_str().map(str::to_string)));
    let message = error.get("message").and_then(Value::as_str).or_else(|| error.as_str()).unwrap_or("");
    let message = message.to_ascii_lowercase();
    let has = |known: &[&str]| codes.iter().any(|code| known.contains(&code.as_str()));
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    let not_found = status == 404 || codes.iter().any(|code| code == "not_found");
    // A rate limit's message may speak of a quota per minute; only the words of an empty account count.
    read.spend_limit = has(SPEND_CODES) || ((400..430).contains(&status) && says(SPEND_WORDS) && !per_minute(&message));
    read.context_too_long = has(CONTEXT_CODES) || (matches!(status, 400 | 413 | 422) && says(CONTEXT_WORDS));
    read.unknown_model = (has(MODEL_CODES) || not_found) && says(MODEL_WORDS) || has(&MODEL_CODES[..2]);
    // A proxy says so as an invalid request.
    read.unknown_model |= says(&["invalid model name"]);
    read
}

fn per_minute(message: &str) -> bool {
    ["per minute", "per day", "retry in", "perminute", "per_minute"].iter().any(|word| message.contains(word))
}

/// The code of an error object, if it is a plain word that may be shown.
pub(super) fn code(error: &Value) -> Option<String> {
    let texts = ["code", "status", "type"].iter().filter_map(|field| error.get(*field)?.as_str());
    let plain = |text: &&str| {
        (3..=48).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_uppercase() || byte == b'_')
    };
    texts.into_iter().find(plain).map(str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(status: u16, body: &Value) -> ErrorBody {
        read_error(status, body.to_string().as_bytes())
    }

    #[test]
    fn empty_accounts_are_told_from_rate_limits() {
        let empty = [
            (
                429,
                json!({"error": {"message": "You exceeded your current quota, please check your plan", "type": "insufficient_quota", "code": "insufficient_quota"}}),
            ),
            (
                400,
                json!({"type": "error", "error": {"type": "invalid_request_error", "message": "Your credit balance is too low to access the API"}}),
            ),
            (
                429,
                json!({"type": "error", "error": {"type": "rate_limit_error", "message": "x", "details": {"error_code": "enforced_spend_limit_reached"}}}),
            ),
            (402, json!({"error": {"code": "insufficient_credits", "message": "x"}})),
        ];
        for (status, body) in empty {
            assert!(read(status, &body).spend_limit, "{body}");
        }
        let limits = [
            (
                429,
                json!({"error": {"message": "Rate limit reached for gpt in organization on tokens per min", "type": "tokens", "code": "rate_limit_exceeded"}}),
            ),
            (
                429,
                json!({"type": "error", "error": {"type": "rate_limit_error", "message": "This request would exceed your rate limit"}}),
            ),
            (
                429,
                json!({"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "You exceeded your current quota: requests per minute. Please retry in 12s."}}),
            ),
        ];
        for (status, body) in limits {
            assert!(!read(status, &body).spend_limit, "{body}");
        }
    }

    #[test]
    fn long_requests_and_unknown_models_are_told_apart() {
        let long = [
            (
                400,
                json!({"error": {"message": "This model's maximum context length is 128000 tokens", "code": "context_length_exceeded"}}),
            ),
            (
                400,
                json!({"type": "error", "error": {"type": "invalid_request_error", "message": "prompt is too long: 210000 tokens > 200000 maximum"}}),
            ),
            (
                400,
                json!({"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."}}),
            ),
            (413, json!({"type": "error", "error": {"type": "request_too_large", "message": "x"}})),
        ];
        for (status, body) in long {
            let read = read(status, &body);
            assert!(read.context_too_long && !read.unknown_model && !read.spend_limit, "{body}");
        }
        let unknown = [
            (404, json!({"error": {"message": "The model `x` does not exist", "code": "model_not_found"}})),
            (404, json!({"type": "error", "error": {"type": "not_found_error", "message": "model: x"}})),
            (
                404,
                json!({"error": {"code": 404, "status": "NOT_FOUND", "message": "models/x is not found for API version v1beta"}}),
            ),
            (404, json!({"error": "model \"x\" not found, try pulling it first"})),
            (
                400,
                json!({"error": {"type": "invalid_request_error", "message": "Invalid model name passed in model=x. Call `/v1/models`"}}),
            ),
            (
                404,
                json!({"error": {"code": "DeploymentNotFound", "message": "The API deployment for this resource does not exist."}}),
            ),
        ];
        for (status, body) in unknown {
            assert!(read(status, &body).unknown_model, "{body}");
        }
        assert!(!read(404, &json!({"detail": "Not Found"})).unknown_model);
        assert!(read_error(404, b"<html>404</html>").html);
    }

    #[test]
    fn a_code_is_shown_only_when_it_is_a_plain_word() {
        assert_eq!(code(&json!({"code": "model_not_found"})).as_deref(), Some("model_not_found"));
        assert_eq!(code(&json!({"code": 404, "status": "NOT_FOUND"})).as_deref(), Some("NOT_FOUND"));
        assert_eq!(code(&json!({"code": "bad key obviously-fake", "type": "x y"})), None);
    }
}

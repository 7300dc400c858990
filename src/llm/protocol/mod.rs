//! What providers want to read and what they answer, as values: bytes out, bytes in, nothing sent. One file per protocol.

/// A wire protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// OpenAI chat completions, and everything that speaks them.
    Chat,
    /// OpenAI responses.
    Responses,
    /// Anthropic messages.
    Messages,
    /// Gemini `generateContent`.
    Gemini,
    /// Ollama `api/chat`.
    Ollama,
}

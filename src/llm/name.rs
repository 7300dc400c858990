//! Model names: `provider/model`, where the provider fixes the protocol, the address and where the key comes from, unless
//! the config says otherwise.

use super::protocol::Protocol;
use std::fmt;

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provider {
    /// OpenAI, or whatever speaks its protocol at a `base_url`.
    OpenAi,
    /// Anthropic.
    Anthropic,
    /// Google Gemini.
    Gemini,
    /// Ollama on this machine.
    Ollama,
    /// Azure OpenAI; the base URL is the resource's.
    Azure,
}

impl Provider {
    /// All providers.
    pub const ALL: [Self; 5] = [Self::OpenAi, Self::Anthropic, Self::Gemini, Self::Ollama, Self::Azure];

    /// As in `openai/gpt-4.1-mini`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Ollama => "ollama",
            Self::Azure => "azure",
        }
    }

    /// The provider of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.as_str() == name)
    }

    /// Its address; Azure has none of its own.
    pub fn base_url(self) -> Option<&'static str> {
        match self {
            Self::OpenAi => Some("https://api.openai.com/v1"),
            Self::Anthropic => Some("https://api.anthropic.com/v1"),
            Self::Gemini => Some("https://generativelanguage.googleapis.com/v1beta"),
            Self::Ollama => Some("http://localhost:11434"),
            Self::Azure => None,
        }
    }

    /// The environment variable that holds its key; `None` where none is needed.
    pub fn key_variable(self) -> Option<&'static str> {
        match self {
            Self::OpenAi => Some("OPENAI_API_KEY"),
            Self::Anthropic => Some("ANTHROPIC_API_KEY"),
            Self::Gemini => Some("GEMINI_API_KEY"),
            Self::Ollama => None,
            Self::Azure => Some("AZURE_OPENAI_API_KEY"),
        }
    }

    /// The protocol that it speaks to `model`. OpenAI's `-pro` reasoning models answer at `responses` only.
    pub fn protocol(self, model: &str) -> Protocol {
        match self {
            Self::OpenAi | Self::Azure => {
                let responses_only = (model.starts_with('o') || model.starts_with("gpt-5"))
                    && (model.contains("-pro") || model.contains("deep-research") || model.contains("-codex"));
                if responses_only { Protocol::Responses } else { Protocol::Chat }
            }
            Self::Anthropic => Protocol::Messages,
            Self::Gemini => Protocol::Gemini,
            Self::Ollama => Protocol::Ollama,
        }
    }
}

/// `provider/model`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelName {
    /// Who answers.
    pub provider: Provider,
    /// The provider's own name for the model; it may hold `/`.
    pub model: String,
}

/// A name that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// No slash.
    #[error("write the model as provider/model, as in openai/gpt-4.1-mini")]
    NoProvider,
    /// Not one of ours.
    #[error("`{0}` is not a provider; known: openai, anthropic, gemini, ollama, azure")]
    UnknownProvider(String),
    /// A model name goes into URLs and tables.
    #[error("a model's name is made of letters, digits and `-_.:/@`, 200 at most")]
    OddModel,
}

impl ModelName {
    /// Reads `provider/model`.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let (provider, model) = text.split_once('/').ok_or(NameError::NoProvider)?;
        let provider = Provider::parse(provider).ok_or_else(|| NameError::UnknownProvider(provider.to_string()))?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/@".contains(c);
        if model.is_empty()
            || model.len() > 200
            || !model.chars().all(plain)
            || model.split('/').any(|part| part == "..")
        {
            return Err(NameError::OddModel);
        }
        Ok(Self { provider, model: model.to_string() })
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.provider.as_str(), self.model)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_printed_the_same() {
        for text in ["openai/gpt-4.1-mini", "ollama/qwen3:8b", "openai/meta-llama/Llama-3.3-70B", "azure/my-deployment"]
        {
            assert_eq!(ModelName::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_name_says_why() {
        assert_eq!(ModelName::parse("gpt-4"), Err(NameError::NoProvider));
        assert_eq!(ModelName::parse("acme/x"), Err(NameError::UnknownProvider("acme".to_string())));
        for odd in ["openai/", "openai/a b", "openai/a?b", "openai/../x"] {
            assert_eq!(ModelName::parse(odd), Err(NameError::OddModel), "{odd}");
        }
    }

    #[test]
    fn reasoning_models_without_chat_answer_at_responses() {
        assert_eq!(Provider::OpenAi.protocol("gpt-4.1-mini"), Protocol::Chat);
        assert_eq!(Provider::OpenAi.protocol("o3-pro"), Protocol::Responses);
        assert_eq!(Provider::Anthropic.protocol("claude-x-pro"), Protocol::Messages);
    }
}

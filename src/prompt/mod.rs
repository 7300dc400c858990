//! LEAF: the prompt repository as values. What is in `reprompt.yaml`, a prompt file, a tool file, and which version
//! of a prompt a conversation ran under; where each part stands in its file, and how a file looks after an edit.
//! Nothing here opens a file: callers bring bytes and paths.

pub mod config;
pub mod edit;
pub mod file;
pub mod frozen;
pub mod learned;
mod scalar;
pub mod section;
pub mod tool;
pub mod version;
pub mod yaml;

pub use edit::{Edit, EditError};
pub use file::{Format, PromptError, PromptErrorKind, PromptFile};
pub use frozen::Frozen;
pub use learned::LearnedRules;
pub use section::{Bullet, Section};
pub use tool::{Parameter, Spanned, Tool, ToolFile};
pub use version::{VersionText, Versions, normalized_digest};

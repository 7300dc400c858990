//! An agent's prompts and tools at a commit, as the proposal room wants them, with everything else that the config
//! lists as the guards want it.

use super::error::CommandError;
use super::workspace::{At, Workspace};
use crate::git::Oid;
use crate::guard::Snapshot;
use crate::prompt::config::{AgentConfig, FILE_NAME};
use crate::prompt::{PromptFile, ToolFile};
use crate::proposal::draft::Library;
use std::fs;

/// What is in force at a commit.
#[derive(Debug)]
pub struct InForce {
    prompts: Vec<PromptFile>,
    tools: Vec<ToolFile>,
    /// The listed files of all agents, and the config.
    pub snapshot: Snapshot,
}

impl InForce {
    /// Reads what `agent` has at `commit`.
    pub fn read(workspace: &Workspace, agent: &AgentConfig, commit: Oid) -> Result<Self, CommandError> {
        let at = At::Commit(commit);
        let config = match &workspace.config_path {
            Some(path) => {
                let bytes = fs::read(path);
                Some(bytes.map_err(|error| CommandError::io(format!("cannot read `{}`", path.display()), error))?)
            }
            None => workspace.read(at, FILE_NAME)?,
        };
        let mut snapshot = Snapshot { config, ..Snapshot::default() };
        let mut prompts = Vec::new();
        for prompt in &agent.prompts {
            let bytes = workspace.read(at, &prompt.path)?.ok_or_else(|| {
                CommandError::usage(format!("the prompt `{}` is not in commit {}", prompt.path, commit.short()))
                    .hint(format!("A proposal is a change of what is committed: git add {} && git commit", prompt.path))
            })?;
            prompts.push(PromptFile::parse(&prompt.path, &bytes, prompt)?);
        }
        let mut tools = Vec::new();
        for path in workspace.matching(at, &agent.tools)? {
            let Some(bytes) = workspace.read(at, &path)? else { continue };
            tools.push(ToolFile::parse(&path, &bytes)?);
        }
        for other in &workspace.config.agents {
            for prompt in &other.prompts {
                if let Some(bytes) = workspace.read(at, &prompt.path)? {
                    snapshot.prompts.insert(prompt.path.clone(), bytes);
                }
            }
            for path in workspace.matching(at, &other.tools)? {
                if let Some(bytes) = workspace.read(at, &path)? {
                    snapshot.tools.insert(path, bytes);
                }
            }
        }
        Ok(Self { prompts, tools, snapshot })
    }

    /// The agent's own files.
    pub fn library(&self) -> Library<'_> {
        Library { prompts: &self.prompts, tools: &self.tools }
    }
}

//! The two sides of a comparison: which revisions they are, and what the agent gets at each.
//!
//! In CI, the base decides everything but the bytes of the listed files: which files those are, how the agent is run,
//! which suites count. On a terminal the work tree is its owner's, and each side is read by its own config.

use super::report::Revision;
use crate::cli::context::Context;
use crate::cli::error::CommandError;
use crate::cli::workspace::{At, Workspace};
use crate::evaluation::tool;
use crate::prompt::config::{AgentConfig, Config};
use crate::prompt::file::PromptFile;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path};

/// A revision to read.
#[derive(Clone, Debug)]
pub struct Side {
    /// Where its files are.
    pub at: At,
    /// How it is shown.
    pub revision: Revision,
}

/// Base and head as the options and the surroundings name them.
pub fn sides(
    context: &Context,
    workspace: &Workspace,
    base: Option<&str>,
    head: Option<&str>,
) -> Result<(Side, Side), CommandError> {
    let repo = workspace.repo()?;
    let current = repo.head_or_fail()?;
    let named = |name: &str, at: crate::git::Oid| Side {
        at: At::Commit(at),
        revision: Revision { name: name.to_string(), commit: Some(at.to_string()) },
    };
    let (head, tip) = match head {
        Some(name) => {
            let commit = workspace.commit(name)?;
            (named(name, commit), commit)
        }
        None if context.environment.ci || repo.is_bare() => (named("HEAD", current), current),
        None => {
            let revision = Revision { name: "work tree".to_string(), commit: None };
            (Side { at: At::WorkTree, revision }, current)
        }
    };
    let (name, target) = match base {
        Some(name) => (name.to_string(), workspace.commit(name)?),
        None => match default_base(context, workspace)? {
            Some(found) => found,
            // Uncommitted changes can still be compared with what is committed.
            None if head.at == At::WorkTree => ("HEAD".to_string(), current),
            None => {
                return Err(CommandError::usage("there is no base to compare with: the branch has no upstream")
                    .hint("Name it: --base main"));
            }
        },
    };
    let Some(base) = repo.merge_base(target, tip)? else {
        return Err(CommandError::usage(format!("`{name}` and the head have no common ancestor"))
            .hint("A shallow clone lacks it: fetch with full depth (fetch-depth: 0)."));
    };
    let name = if base == target { name } else { format!("merge base with {name}") };
    Ok((named(&name, base), head))
}

/// The branch that this one goes into: the pull request's, or the upstream, or the main branch.
fn default_base(context: &Context, workspace: &Workspace) -> Result<Option<(String, crate::git::Oid)>, CommandError> {
    let repo = workspace.repo()?;
    if let Some(branch) = &context.environment.pull_request_base {
        for name in [format!("origin/{branch}"), branch.clone()] {
            if let Some(commit) = repo.resolve(&name)? {
                return Ok(Some((name, commit)));
            }
        }
        return Err(CommandError::usage(format!("the base branch `{branch}` of the pull request was not fetched"))
            .hint("Fetch it (actions/checkout with fetch-depth: 0; GIT_DEPTH: 0 on GitLab)."));
    }
    if let Some(upstream) = repo.upstream_of_head()? {
        return Ok(Some((upstream.name, upstream.oid)));
    }
    for name in ["origin/HEAD", "main", "master"] {
        if let Some(commit) = repo.resolve(name)? {
            return Ok(Some((name.to_string(), commit)));
        }
    }
    Ok(None)
}

/// The configs that each side is read by, and the one that decides how.
pub(super) struct Configs {
    /// How the agent is run, which suites count, what decides.
    pub ruling: Config,
    base: Config,
    head: Config,
}

impl Configs {
    /// Reads them.
    pub fn read(context: &Context, workspace: &Workspace, base: &Side, head: &Side) -> Result<Self, CommandError> {
        let of_base = workspace.config_at(base.at)?;
        if context.environment.ci {
            return Ok(Self { ruling: of_base.clone(), head: of_base.clone(), base: of_base });
        }
        let of_head = workspace.config_at(head.at)?;
        Ok(Self { ruling: of_head.clone(), base: of_base, head: of_head })
    }

    fn agent<'a>(of: &'a Config, wanted: &'a AgentConfig) -> &'a AgentConfig {
        // A side that does not know the agent by this name is read by the ruling config.
        let found = of.agents.iter().find(|agent| agent.name == wanted.name);
        found.filter(|agent| !agent.prompts.is_empty()).unwrap_or(wanted)
    }

    /// What `agent` gets at both sides.
    pub fn materials(
        &self,
        workspace: &Workspace,
        agent: &AgentConfig,
        base: &Side,
        head: &Side,
    ) -> Result<(Option<Material>, Option<Material>), CommandError> {
        Ok((
            Material::read(workspace, base, Self::agent(&self.base, agent))?,
            Material::read(workspace, head, Self::agent(&self.head, agent))?,
        ))
    }
}

/// What the agent gets at one side.
#[derive(Debug)]
pub(super) struct Material {
    /// The system message: the agent's prompts in the config's order, a blank line between them. All of them, so that a
    /// change of any is seen.
    pub prompt: String,
    /// The tools of the request.
    pub tools: Vec<Value>,
    /// Prompt and tool files by path, and the config.
    files: BTreeMap<String, Vec<u8>>,
}

impl Material {
    /// `None` when a listed prompt file does not exist there.
    fn read(workspace: &Workspace, side: &Side, agent: &AgentConfig) -> Result<Option<Self>, CommandError> {
        let place = &side.revision.name;
        let mut files = BTreeMap::new();
        let mut texts = Vec::new();
        for prompt in &agent.prompts {
            let Some(bytes) = workspace.read(side.at, &prompt.path)? else { return Ok(None) };
            let file = PromptFile::parse(&prompt.path, &bytes, prompt)
                .map_err(|error| CommandError::usage(format!("cannot use a prompt of {place}: {error}")))?;
            texts.push(file.system_text().to_string());
            files.insert(prompt.path.clone(), bytes);
        }
        let mut tools = Vec::new();
        for path in workspace.matching(side.at, &agent.tools)? {
            let Some(bytes) = workspace.read(side.at, &path)? else { continue };
            let text = String::from_utf8_lossy(&bytes);
            let read = tool::read(&text);
            tools.extend(read.map_err(|error| {
                CommandError::usage(format!("cannot use the tool file `{path}` of {place}")).caused_by(error)
            })?);
            files.insert(path, bytes);
        }
        if let Some(config) = workspace.read(side.at, crate::prompt::config::FILE_NAME)? {
            files.insert(crate::prompt::config::FILE_NAME.to_string(), config);
        }
        Ok(Some(Self { prompt: texts.join("\n\n"), tools, files }))
    }

    /// Paths of prompt and tool files that differ, sorted. The config is not among them: the agent does not read it.
    pub fn changed(&self, other: &Self) -> Vec<String> {
        let mut paths: Vec<&String> = self.files.keys().chain(other.files.keys()).collect();
        paths.sort();
        paths.dedup();
        let differs = |path: &&&String| self.files.get(**path) != other.files.get(**path);
        let config = crate::prompt::config::FILE_NAME;
        paths.iter().filter(differs).filter(|path| ***path != config).map(|path| (*path).clone()).collect()
    }

    /// Writes the files under `folder`: what `REPROMPT_TREE` names.
    pub fn write(&self, folder: &Path) -> Result<(), CommandError> {
        for (path, bytes) in &self.files {
            // Config and git have refused other paths already; nothing may be written elsewhere whatever they did.
            if !Path::new(path).components().all(|part| matches!(part, Component::Normal(_))) {
                continue;
            }
            let path = folder.join(path);
            let attempt = || format!("cannot write `{}`", path.display());
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(|error| CommandError::io(attempt(), error))?;
            }
            fs::write(&path, bytes).map_err(|error| CommandError::io(attempt(), error))?;
        }
        Ok(())
    }
}

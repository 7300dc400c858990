//! From text to [`Config`].

use super::cursor::{Cursor, Result, Source};
use super::error::{ConfigError, ConfigProblem};
use super::{
    AgentConfig, Config, EvalConfig, Guardrails, IngestConfig, LEARNED_RULES, MAX_BYTES, Mode, OutcomeConfig,
    OutcomeRule, PromptConfig, RunConfig, limits, model,
};
use crate::prompt::yaml::{Node, Position};

impl Config {
    /// What serves when there is no config, or an empty one: one agent without prompts, and every limit at its
    /// default.
    pub fn defaults() -> Self {
        Self {
            agents: vec![AgentConfig::named("agent")],
            outcome: OutcomeConfig::default(),
            guardrails: Guardrails::default(),
            archive_link: None,
            eval: EvalConfig::default(),
            flags: None,
            model: model::ModelConfig::default(),
            ingest: IngestConfig::default(),
        }
    }

    /// Reads the config in `text`; `path` is its name in errors.
    pub fn parse(text: &str, path: &str) -> std::result::Result<Self, ConfigError> {
        let at = |position, problem| ConfigError { path: path.to_string(), position, problem: Box::new(problem) };
        if text.len() > MAX_BYTES {
            return Err(at(Position::START, ConfigProblem::TooLong));
        }
        let node = Node::parse(text).map_err(|error| at(error.position, ConfigProblem::Syntax(error.problem)))?;
        file(&Cursor::top(Source { path, text }, &node))
    }

    /// All prompts of all agents, in file order.
    pub fn prompts(&self) -> impl Iterator<Item = (&AgentConfig, &PromptConfig)> {
        self.agents.iter().flat_map(|agent| agent.prompts.iter().map(move |prompt| (agent, prompt)))
    }
}

impl AgentConfig {
    fn named(name: &str) -> Self {
        Self {
            name: name.to_string(),
            mode: Mode::Propose,
            traces: Vec::new(),
            prompts: Vec::new(),
            tools: Vec::new(),
            run: None,
        }
    }
}

fn file(top: &Cursor<'_>) -> Result<Config> {
    const KNOWN: &[&str] = &[
        "version",
        "engine",
        "agents",
        "outcome",
        "guardrails",
        "archive",
        "eval",
        "release",
        "llm",
        "embeddings",
        "privacy",
        "ingest",
    ];
    let mut config = Config::defaults();
    for (key, value) in top.map(KNOWN, &[])? {
        match key {
            "version" => {
                if *value.node != Node::Integer(1) {
                    return Err(value.bad("this program reads version 1"));
                }
            }
            "engine" => config.model.engine = model::engine(&value)?,
            "llm" => config.model.llm = model::llm(&value)?,
            "embeddings" => config.model.embeddings = model::embeddings(&value)?,
            "privacy" => (config.model.keep, config.model.redact_on_ingest) = model::privacy(&value)?,
            "ingest" => config.ingest = ingest(&value)?,
            "agents" => config.agents = agents(&value)?,
            "outcome" => config.outcome = outcome(&value)?,
            "guardrails" => config.guardrails = guardrails(&value)?,
            "archive" => config.archive_link = archive(&value)?,
            "eval" => config.eval = eval(&value)?,
            // The only key left is `release`.
            _ => {
                for (_, flags) in value.map(&["flags"], &["split", "canary", "promote"])? {
                    config.flags = Some(flags.relative_path()?);
                }
            }
        }
    }
    Ok(config)
}

fn ingest(cursor: &Cursor<'_>) -> Result<IngestConfig> {
    let mut ingest = IngestConfig::default();
    for (key, value) in cursor.map(&["map", "keep_days"], &[])? {
        if key == "keep_days" {
            ingest.keep_days = Some(value.whole(1)?);
            continue;
        }
        for (field, pointer) in value.any_map()? {
            let text = pointer.text()?;
            if !text.is_empty() && !text.starts_with('/') {
                return Err(pointer.bad("a JSON Pointer begins with `/`"));
            }
            ingest.map.push((field.to_string(), text));
        }
    }
    Ok(ingest)
}

fn agents(list: &Cursor<'_>) -> Result<Vec<AgentConfig>> {
    let mut agents: Vec<AgentConfig> = Vec::new();
    for item in list.list()? {
        let agent = agent(&item)?;
        if agents.iter().any(|other| other.name == agent.name) {
            return Err(item.bad(format!("two agents are named `{}`", agent.name)));
        }
        for prompt in &agent.prompts {
            let mut earlier = agents.iter().flat_map(|agent| &agent.prompts);
            // One file may serve two agents, under one name; one name must not mean two files.
            if earlier.any(|other| other.name == prompt.name && other != prompt) {
                return Err(item.bad(format!("two prompts are named `{}`", prompt.name)));
            }
        }
        agents.push(agent);
    }
    if agents.is_empty() {
        return Err(list.bad("name at least one agent, or leave the key out"));
    }
    Ok(agents)
}

fn agent(cursor: &Cursor<'_>) -> Result<AgentConfig> {
    const KNOWN: &[&str] = &["name", "mode", "traces", "prompts", "tools", "run"];
    let mut agent = AgentConfig::named("");
    for (key, value) in cursor.map(KNOWN, &["config", "envelope"])? {
        match key {
            "name" => agent.name = name(&value)?,
            "mode" => {
                agent.mode = match value.text()?.as_str() {
                    "propose" => Mode::Propose,
                    "observe" => Mode::Observe,
                    _ => return Err(value.bad("it must be `propose` or `observe`")),
                }
            }
            "traces" => {
                for (_, pairs) in value.map(&["where"], &[])? {
                    for (name, wanted) in pairs.any_map()? {
                        agent.traces.push((name.to_string(), wanted.scalar()?));
                    }
                }
            }
            "prompts" => agent.prompts = prompts(&value)?,
            "tools" => agent.tools = globs(&value)?,
            _ => agent.run = Some(run(&value)?),
        }
    }
    if agent.name.is_empty() {
        return Err(cursor.missing("name"));
    }
    Ok(agent)
}

/// Names appear in commands, tables and file names: letters, digits and `-_.` only.
fn name(cursor: &Cursor<'_>) -> Result<String> {
    let name = cursor.text()?;
    let plain = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_' | '.');
    if !name.chars().all(plain) || name.starts_with(['-', '.']) || name.chars().count() > 80 {
        return Err(cursor.bad("names are made of letters, digits, `-`, `_` and `.`, 80 at most"));
    }
    Ok(name)
}

fn prompts(list: &Cursor<'_>) -> Result<Vec<PromptConfig>> {
    let mut prompts: Vec<PromptConfig> = Vec::new();
    for item in list.list()? {
        let prompt = prompt(&item)?;
        if prompts.iter().any(|other| other.name == prompt.name) {
            return Err(item.bad(format!("two prompts are named `{}`", prompt.name)));
        }
        if prompts.iter().any(|other| other.path == prompt.path) {
            return Err(item.bad(format!("`{}` is listed twice", prompt.path)));
        }
        prompts.push(prompt);
    }
    Ok(prompts)
}

fn prompt(cursor: &Cursor<'_>) -> Result<PromptConfig> {
    let mut given_name = None;
    let mut path = None;
    let mut frozen = Vec::new();
    let mut learned_rules = LEARNED_RULES.to_string();
    for (key, value) in cursor.map(&["name", "path", "frozen", "learned_rules"], &[])? {
        match key {
            "name" => given_name = Some(name(&value)?),
            "path" => path = Some(value.relative_path()?),
            "frozen" => frozen = value.texts()?,
            _ => {
                for (_, heading) in value.map(&["heading"], &[])? {
                    learned_rules = heading.text()?;
                    if learned_rules.contains(['\n', '\r']) {
                        return Err(heading.bad("a heading is one line"));
                    }
                }
            }
        }
    }
    let path = path.ok_or_else(|| cursor.missing("path"))?;
    let name = given_name.unwrap_or_else(|| {
        let file = path.rsplit('/').next().unwrap_or(&path);
        file.split('.').find(|part| !part.is_empty()).unwrap_or(file).to_string()
    });
    Ok(PromptConfig { name, path, frozen, learned_rules })
}

fn globs(list: &Cursor<'_>) -> Result<Vec<String>> {
    let mut globs = Vec::new();
    for item in list.list()? {
        let glob = item.relative_path()?;
        globset::Glob::new(&glob).map_err(|error| item.bad(format!("not a path pattern: {}", error.kind())))?;
        globs.push(glob);
    }
    Ok(globs)
}

fn run(cursor: &Cursor<'_>) -> Result<RunConfig> {
    let mut run = None;
    for (key, value) in cursor.map(&["command", "url"], &["model"])? {
        if run.is_some() {
            return Err(value.key_error(ConfigProblem::BadValue {
                key: value.name(),
                value: key.to_string(),
                reason: "an agent is run in one way only".to_string(),
            }));
        }
        run = Some(if key == "command" {
            let argv = value.texts()?;
            if argv.is_empty() {
                return Err(value.bad("the first item is the program"));
            }
            RunConfig::Command(argv)
        } else {
            let url = value.text()?;
            if !url.starts_with("http://") && !url.starts_with("https://") {
                return Err(value.bad("it must begin with http:// or https://"));
            }
            RunConfig::Url(url)
        });
    }
    run.ok_or_else(|| cursor.missing("command"))
}

fn outcome(cursor: &Cursor<'_>) -> Result<OutcomeConfig> {
    let mut outcome = OutcomeConfig::default();
    for (key, value) in cursor.map(&["success", "failure"], &[])? {
        let rules = value.list()?.iter().map(outcome_rule).collect::<Result<_>>()?;
        if key == "success" { outcome.success = rules } else { outcome.failure = rules }
    }
    Ok(outcome)
}

fn outcome_rule(cursor: &Cursor<'_>) -> Result<OutcomeRule> {
    let (mut score, mut metadata, mut tool) = (None, None, None);
    let (mut at_least, mut below, mut equals) = (None, None, None);
    for (key, value) in cursor.map(&["score", "at_least", "below", "metadata", "equals", "tool"], &[])? {
        match key {
            "score" => score = Some(value.text()?),
            "metadata" => metadata = Some(value.text()?),
            "tool" => tool = Some(value.text()?),
            "at_least" => at_least = Some(value.number()?),
            "below" => below = Some(value.number()?),
            _ => equals = Some(value.scalar()?),
        }
    }
    match (score, metadata, tool, at_least, below, equals) {
        (Some(score), None, None, Some(bound), None, None) => Ok(OutcomeRule::ScoreAtLeast(score, bound)),
        (Some(score), None, None, None, Some(bound), None) => Ok(OutcomeRule::ScoreBelow(score, bound)),
        (None, Some(name), None, None, None, Some(value)) => Ok(OutcomeRule::MetadataEquals(name, value)),
        (None, None, Some(tool), None, None, None) => Ok(OutcomeRule::ToolSucceeded(tool)),
        _ => Err(cursor.bad(
            "write {score, at_least}, {score, below}, {metadata, equals} or {tool}, with these keys and no others",
        )),
    }
}

fn guardrails(cursor: &Cursor<'_>) -> Result<Guardrails> {
    let mut guardrails = Guardrails::default();
    for (key, value) in cursor.map(&["immutable", "limits"], &["protect"])? {
        match key {
            "immutable" => guardrails.immutable = value.texts()?,
            _ => guardrails.limits = limits::read(&value)?,
        }
    }
    Ok(guardrails)
}

fn archive(cursor: &Cursor<'_>) -> Result<Option<String>> {
    let mut link = None;
    for (_, value) in cursor.map(&["link"], &["retention"])? {
        let text = value.text()?;
        let web = text.starts_with("https://") || text.starts_with("http://");
        if !web || !text.contains("{id}") {
            return Err(value.bad("it must be an http(s) address with `{id}` in it"));
        }
        link = Some(text);
    }
    Ok(link)
}

fn eval(cursor: &Cursor<'_>) -> Result<EvalConfig> {
    let mut eval = EvalConfig::default();
    for (key, value) in cursor.map(&["suites", "repeat", "alpha", "margin", "on_inconclusive"], &[])? {
        match key {
            "suites" => eval.suites = globs(&value)?,
            "repeat" => {
                eval.repeat = value.whole(1)?;
                if eval.repeat > 1000 {
                    return Err(value.bad("it must be at most 1000"));
                }
            }
            "alpha" => {
                eval.alpha = value.share()?;
                if eval.alpha <= 0.0 || eval.alpha >= 0.5 {
                    return Err(value.bad("it must lie between 0 and 0.5, both excluded"));
                }
            }
            "margin" => {
                eval.margin = value.share()?;
                if eval.margin <= 0.0 || eval.margin >= 1.0 {
                    return Err(value.bad("it must lie between 0 and 1, both excluded"));
                }
            }
            _ => {
                eval.inconclusive_fails = match value.text()?.as_str() {
                    "pass" => false,
                    "fail" => true,
                    _ => return Err(value.bad("it must be `pass` or `fail`")),
                }
            }
        }
    }
    Ok(eval)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = r###"
version: 1
engine: local
agents:
  - name: onboarding
    mode: observe
    traces: { where: { service.name: onboarding-agent, tier: 2 } }
    prompts:
      - name: onboarding-system
        path: ./prompts/onboarding/system.md
        frozen: ["## Safety", "## Tone"]
        learned_rules: { heading: "## Rules" }
      - path: prompts/other.prompt.yml
    tools: [tools/*.yaml]
    run: { command: [python, agent.py] }
outcome:
  success: [{ score: resolved, at_least: 0.5 }, { tool: create_connection }]
  failure: [{ score: resolved, below: 0.5 }, { metadata: churned, equals: true }]
guardrails:
  immutable: ["Always confirm before deleting data."]
  limits: { changed_lines: 12, hunks: 2, drift_one: 4 %, days_between: 3 }
archive: { link: "https://traces.example.com/{id}" }
llm: { provider: openai, model: gpt-4.1-mini, max_cost_per_run: 5.00, instructions: { draft: prompts/draft.md } }
privacy: { keep: ["@shop.example"], redact: ingest }
eval: { suites: [evals/*.yaml], repeat: 3, alpha: 0.01, margin: 10 %, on_inconclusive: fail }
release: { flags: flags/prompts.flagd.json }
"###;

    #[test]
    fn a_full_config_becomes_values() {
        let config = Config::parse(FULL, "reprompt.yaml").unwrap();
        let agent = &config.agents[0];
        assert_eq!(agent.mode, Mode::Observe);
        let traces = [("service.name", "onboarding-agent"), ("tier", "2")];
        assert_eq!(agent.traces, traces.map(|(name, value)| (name.to_string(), value.to_string())));
        assert_eq!(agent.prompts[0].path, "prompts/onboarding/system.md");
        assert_eq!(agent.prompts[0].learned_rules, "## Rules");
        assert_eq!((agent.prompts[1].name.as_str(), agent.prompts[1].learned_rules.as_str()), ("other", LEARNED_RULES));
        assert_eq!(agent.run, Some(RunConfig::Command(vec!["python".into(), "agent.py".into()])));
        assert_eq!(config.outcome.failure[1], OutcomeRule::MetadataEquals("churned".into(), "true".into()));
        let limits = config.guardrails.limits;
        assert_eq!((limits.changed_lines, limits.hunks, limits.drift_one, limits.days_between), (12, 2, 0.04, 3));
        assert_eq!((config.eval.repeat, config.eval.margin, config.eval.inconclusive_fails), (3, 0.1, true));
        assert_eq!(config.flags.as_deref(), Some("flags/prompts.flagd.json"));
        let llm = &config.model.llm;
        assert_eq!(llm.endpoint.model.as_deref(), Some("openai/gpt-4.1-mini"));
        assert_eq!((llm.max_cost_per_run, llm.draft_instructions.as_deref()), (Some(5.0), Some("prompts/draft.md")));
        assert_eq!((config.model.keep.len(), config.model.redact_on_ingest), (1, true));
    }

    #[test]
    fn an_empty_config_is_the_defaults() {
        for text in ["", "# nothing\n", "version: 1\n", "\u{feff}version: 1\r\n", "outcome:\n", "---\n"] {
            assert_eq!(Config::parse(text, "f"), Ok(Config::defaults()), "{text:?}");
        }
    }

    #[test]
    fn every_refusal_names_the_place_the_key_and_the_reason() {
        let agent = "agents:\n  - name: a\n    ";
        let cases = [
            ("version: 2\n".to_string(), "f:1:10: `version` is `2`: this program reads version 1"),
            ("engnie: local\n".to_string(), "f:1:1: unknown key `engnie`; did you mean `engine`?"),
            ("engine: gpt\n".to_string(), "f:1:9: `engine` is `gpt`: it must be `local` or `llm`"),
            ("llm: {model: gpt}\n".to_string(), "f:1:14: `llm.model` is `gpt`: write it as provider/model"),
            ("llm: {provider: openai}\n".to_string(), "f:1:6: `llm.model` is missing"),
            ("llm: {judge: x}\n".to_string(), "f:1:7: `llm.judge` is not yet supported"),
            ("llm: {api_key: x}\n".to_string(), "f:1:7: unknown key `llm.api_key`"),
            ("llm: {base_url: 'https://k@x'}\n".to_string(), "f:1:17: `llm.base_url` is `…`: it holds credentials"),
            ("llm: {max_cost_per_run: -1}\n".to_string(), "f:1:25: `llm.max_cost_per_run` is `-1`: it must be dollars"),
            (
                "ingest: {map: {turns: log}}\n".to_string(),
                "f:1:23: `ingest.map.turns` is `log`: a JSON Pointer begins with `/`",
            ),
            ("ingest: {keep_days: 0}\n".to_string(), "f:1:21: `ingest.keep_days`"),
            ("privacy: {redact: all}\n".to_string(), "f:1:19: `privacy.redact` is `all`: it must be"),
            ("archive: {retention: 180d}\n".to_string(), "f:1:11: `archive.retention` is not yet supported"),
            ("guardrails: {protect: [safety]}\n".to_string(), "f:1:14: `guardrails.protect` is not yet supported"),
            (format!("{agent}run: {{model: gpt}}\n"), "f:3:11: `agents.0.run.model` is not yet supported"),
            (format!("{agent}envelope: {{}}\n"), "f:3:5: `agents.0.envelope` is not yet supported"),
            (format!("{agent}config: []\n"), "f:3:5: `agents.0.config` is not yet supported"),
            (format!("{agent}promts: []\n"), "f:3:5: unknown key `agents.0.promts`; did you mean `prompts`?"),
            (format!("{agent}prompts: [{{name: x}}]\n"), "f:3:15: `agents.0.prompts.0.path` is missing"),
            (format!("{agent}prompts: [{{path: ../x}}]\n"), "f:3:22: `agents.0.prompts.0.path` is `../x`: paths are"),
            (format!("{agent}tools: ['a[']\n"), "f:3:13: `agents.0.tools.0` is `a[`: not a path pattern"),
            (format!("{agent}mode: watch\n"), "f:3:11: `agents.0.mode` is `watch`: it must be `propose` or `observe`"),
            (format!("{agent}run: {{}}\n"), "f:3:10: `agents.0.run.command` is missing"),
            (
                format!("{agent}run: {{command: [x], url: 'http://y'}}\n"),
                "f:3:25: `agents.0.run.url` is `url`: an agent",
            ),
            ("agents: []\n".to_string(), "f:1:9: `agents` is `a list`: name at least one agent"),
            ("agents: x\n".to_string(), "f:1:9: `agents` must be a list, but is the text `x`"),
            ("agents: [{mode: observe}]\n".to_string(), "f:1:10: `agents.0.name` is missing"),
            ("agents: [{name: a b}]\n".to_string(), "f:1:17: `agents.0.name` is `a b`: names are made"),
            ("agents: [{name: a}, {name: a}]\n".to_string(), "f:1:21: `agents.1` is `a map of keys`: two agents"),
            (
                "eval: {repeat: many}\n".to_string(),
                "f:1:16: `eval.repeat` must be a whole number, but is the text `many`",
            ),
            ("eval: {alpha: 0.9}\n".to_string(), "f:1:15: `eval.alpha` is `0.9`: it must lie"),
            ("eval: {alpha: .nan}\n".to_string(), "f:1:15: `eval.alpha` must be a number, but is `NaN`"),
            (
                "guardrails:\n  limits:\n    hunks: 4\n".to_string(),
                "f:3:12: `guardrails.limits.hunks` is `4`, but must be at most 3",
            ),
            (
                "guardrails: {limits: {evidence_users: 2}}\n".to_string(),
                "f:1:39: `guardrails.limits.evidence_users` is `2`, but must be at least 3",
            ),
            (
                "guardrails: {limits: {hunk: 2}}\n".to_string(),
                "f:1:23: unknown key `guardrails.limits.hunk`; did you mean `hunks`?",
            ),
            (
                "outcome: {success: [{score: x}]}\n".to_string(),
                "f:1:21: `outcome.success.0` is `a map of keys`: write {score",
            ),
            ("a: 1\na: 2\n".to_string(), "f:2:1: the key `a` is given twice"),
            ("agents:\n\t- name: a\n".to_string(), "f:2:1: a tab stands in the indentation"),
            ("- a\n".to_string(), "f:1:1: `the file` must be a map of keys, but is a list"),
            ("zzzzzz: 1\n".to_string(), "f:1:1: unknown key `zzzzzz`; known here: version, engine"),
        ];
        for (text, expected) in cases {
            let error = Config::parse(&text, "f").unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text:?}\n  got  {error}\n  want {expected}");
        }
    }

    #[test]
    fn too_long_a_config_is_refused_before_it_is_read() {
        let text = "#".repeat(MAX_BYTES + 1);
        assert_eq!(Config::parse(&text, "f").unwrap_err().problem, Box::new(ConfigProblem::TooLong));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "[a-z:\\-\\[\\]{}&*!|>'\"%@#\t\r\n ,0-9é]{0,80}") {
            if let Err(error) = Config::parse(&text, "f") {
                assert!(error.position.line >= 1 && error.position.column >= 1);
                assert!(error.position.offset <= text.len());
            }
        }

        #[test]
        fn no_mutation_of_a_full_config_makes_the_reader_panic(at in 0..FULL.len(), with in "[\t\n:\\[\\]{}&*é]{0,3}") {
            let mut text = FULL.to_string();
            text.replace_range(at..at + 1, &with);
            if let Err(error) = Config::parse(&text, "f") {
                assert!(error.position.offset <= text.len());
            }
        }
    }
}

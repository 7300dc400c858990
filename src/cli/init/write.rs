//! The commented config: what was found is written, what could be added is explained beside it.

use super::find::{Found, FoundPrompt};
use crate::prompt::config::LEARNED_RULES;

/// The text of `reprompt.yaml`.
pub(super) fn config(found: &Found, agent: &str) -> String {
    let mut text = String::from(
        "# What `reprompt` works on. Paths are relative to this file's folder. `reprompt check` reads this from the base\n\
         # of a change, so that a change cannot loosen its own rules.\n\
         version: 1\n\n\
         agents:\n",
    );
    text.push_str(&format!("  - name: {}\n", quoted(agent)));
    text.push_str(
        "    # `propose`: proposals may be made. `observe`: reports only, for agents where only people change prompts.\n\
        \x20   mode: propose\n\
        \x20   # Which conversations are this agent's; without it, all.\n\
        \x20   # traces: { where: { service.name: my-agent } }\n\
        \x20   # Prompt files, the preferred one first. No proposal touches a frozen section.\n",
    );
    if found.prompts.is_empty() {
        text.push_str(
            "    # None were found. Name them:\n\
            \x20   # prompts:\n\
            \x20   #   - { name: system, path: prompts/system.md, frozen: [\"## Safety\"] }\n",
        );
    } else {
        text.push_str("    prompts:\n");
        for prompt in &found.prompts {
            text.push_str(&prompt_entry(prompt));
        }
    }
    text.push_str("    # Tool schemas; descriptions may be improved, names and parameters not.\n");
    text.push_str(&list_or_example("    ", "tools", &found.tools, "tools/*.yaml"));
    text.push_str(
        "    # How to ask the agent, for `reprompt eval`: a chat-completions body on stdin, the answer on stdout.\n\
        \x20   # run: { command: [python, agent.py] }\n\n\
         # How scores and metadata of a conversation become success or failure; without it, what was said decides, or\n\
         # the outcome is unknown.\n\
         # outcome:\n\
         #   success: [{ score: resolved, at_least: 0.5 }]\n\
         #   failure: [{ score: resolved, below: 0.5 }]\n\n\
         # Sentences that must stay in every prompt that has them, and how much a proposal may change.\n\
         # guardrails:\n\
         #   immutable: [\"Always confirm before deleting data.\"]\n\
         #   limits: { changed_lines: 10 }\n\n\
         # What `reprompt eval` runs. `margin` is the largest loss that still counts as no worse.\n",
    );
    if found.suites.is_empty() {
        text.push_str(
            "# eval: { suites: [evals/*.yaml], repeat: 2, alpha: 0.05, margin: 0.05, on_inconclusive: pass }\n",
        );
    } else {
        text.push_str("eval:\n");
        text.push_str(&list_or_example("  ", "suites", &found.suites, ""));
        text.push_str("  # repeat: 2\n  # alpha: 0.05\n  # margin: 0.05\n  # on_inconclusive: pass\n");
    }
    text.push_str("\n# The flagd file that says which version of a prompt is live. `reprompt rollback` switches it.\n");
    match &found.flags {
        Some(path) => text.push_str(&format!("release: {{ flags: {} }}\n", quoted(path))),
        None => text.push_str("# release: { flags: flags/prompts.flagd.json }\n"),
    }
    text
}

fn prompt_entry(prompt: &FoundPrompt) -> String {
    let mut entry = format!("      - name: {}\n        path: {}\n", quoted(&prompt.name), quoted(&prompt.path));
    if prompt.frozen.is_empty() {
        entry.push_str("        # frozen: [\"## Safety\"]\n");
    } else {
        let headings: Vec<String> = prompt.frozen.iter().map(|heading| quoted(heading)).collect();
        entry.push_str(&format!("        frozen: [{}]\n", headings.join(", ")));
    }
    match &prompt.learned_rules {
        Some(heading) => entry.push_str(&format!("        learned_rules: {{ heading: {} }}\n", quoted(heading))),
        None => entry.push_str(&format!("        # learned_rules: {{ heading: \"{LEARNED_RULES}\" }}\n")),
    }
    entry
}

fn list_or_example(indent: &str, key: &str, items: &[String], example: &str) -> String {
    if items.is_empty() {
        return format!("{indent}# {key}: [{example}]\n");
    }
    let items: Vec<String> = items.iter().map(|item| quoted(item)).collect();
    format!("{indent}{key}: [{}]\n", items.join(", "))
}

/// A YAML string: plain where that is safe, else in double quotes.
fn quoted(text: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_./*".contains(character);
    let begins = text.chars().next().is_some_and(|character| character.is_ascii_alphabetic());
    let word = matches!(text.to_ascii_lowercase().as_str(), "true" | "false" | "null" | "yes" | "no" | "on" | "off");
    if begins && !word && text.chars().all(plain) {
        text.to_string()
    } else {
        serde_json::Value::from(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompt::config::Config;
    use proptest::prelude::*;

    fn prompt(name: &str, path: &str, frozen: &[&str]) -> FoundPrompt {
        let frozen = frozen.iter().map(ToString::to_string).collect();
        FoundPrompt {
            name: name.into(),
            path: path.into(),
            frozen,
            learned_rules: Some("## Learned: \"rules\"".into()),
        }
    }

    #[test]
    fn what_is_written_says_what_was_found() {
        let found = Found {
            prompts: vec![prompt("system", "prompts/system.md", &["## Safety: first", "# \"Tone\""])],
            tools: vec!["tools/*.yaml".into()],
            suites: vec!["evals/*.yaml".into()],
            flags: Some("flags/f.json".into()),
        };
        let config = Config::parse(&config(&found, "no"), "f").unwrap();
        assert_eq!(config.agents[0].name, "no");
        assert_eq!(config.agents[0].prompts[0].frozen, ["## Safety: first", "# \"Tone\""]);
        assert_eq!(config.agents[0].prompts[0].learned_rules, "## Learned: \"rules\"");
        assert_eq!(
            (config.agents[0].tools.as_slice(), config.eval.suites.as_slice()),
            (&["tools/*.yaml".to_string()][..], &["evals/*.yaml".to_string()][..])
        );
        assert_eq!(config.flags.as_deref(), Some("flags/f.json"));
    }

    #[test]
    fn every_commented_example_is_valid_too() {
        let text = config(&Found::default(), "agent");
        assert!(Config::parse(&text, "f").is_ok());
        // An example is a comment whose first word is a key, or which is indented below one.
        let example = |rest: &str| {
            rest.starts_with(' ')
                || rest.split(' ').next().is_some_and(|key| key.ends_with(':') && !key.starts_with('`'))
        };
        let uncomment = |line: &str| match line.trim_start().strip_prefix("# ") {
            Some(rest) if example(rest) && !rest.starts_with("Name") => {
                format!("{}{rest}\n", " ".repeat(line.len() - line.trim_start().len()))
            }
            _ => format!("{line}\n"),
        };
        let examples: String = text.lines().map(uncomment).collect();
        let parsed = Config::parse(&examples, "f");
        assert!(parsed.is_ok(), "{}\n{examples}", parsed.unwrap_err());
        assert_eq!(parsed.unwrap().agents[0].prompts[0].path, "prompts/system.md");
    }

    proptest! {
        #[test]
        fn any_heading_can_be_written(heading in "[^\u{0}-\u{1f}\u{7f}-\u{9f}\u{2028}\u{2029}\u{fffe}\u{ffff}]{1,20}") {
            prop_assume!(!heading.trim().is_empty());
            let found = Found { prompts: vec![prompt("a", "a.md", &[&heading])], ..Found::default() };
            let config = Config::parse(&config(&found, "agent"), "f").unwrap();
            prop_assert_eq!(&config.agents[0].prompts[0].frozen[0], &heading);
        }
    }
}

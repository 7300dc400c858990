//! Files that are generated and committed: completions and the man page. `UPDATE_GENERATED=1` rewrites them.

use clap::CommandFactory as _;
use clap_complete::Shell;
use reprompt::cli::args::Cli;
use reprompt::cli::generated::{completion_script, formats_page, man_page};
use std::path::Path;

/// Compares a committed file with what generates it, or rewrites it.
pub fn fresh(path: &str, generated: &[u8]) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, generated).unwrap();
        return;
    }
    let committed = std::fs::read(&file).unwrap_or_default();
    assert!(committed == generated, "{path} is stale: run UPDATE_GENERATED=1 cargo test and look at the diff");
}

#[test]
fn completions_and_man_page_are_fresh() {
    for (shell, name) in [
        (Shell::Bash, "reprompt.bash"),
        (Shell::Zsh, "_reprompt"),
        (Shell::Fish, "reprompt.fish"),
        (Shell::PowerShell, "_reprompt.ps1"),
    ] {
        fresh(&format!("completions/{name}"), &completion_script(shell));
    }
    fresh("completions/reprompt.1", &man_page().unwrap());
    fresh("docs/trace-formats.md", formats_page().as_bytes());
}

#[test]
fn help_texts_start_with_a_capital_and_end_without_a_period() {
    fn walk(command: &clap::Command, wrong: &mut Vec<String>) {
        let mut check = |what: String, help: Option<&clap::builder::StyledStr>| {
            let text = help.map(ToString::to_string).unwrap_or_default();
            let first = text.chars().next();
            if first.is_none_or(char::is_lowercase) || text.ends_with('.') {
                wrong.push(format!("{what}: {text:?}"));
            }
        };
        check(command.get_name().to_string(), command.get_about());
        for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
            check(format!("{} {}", command.get_name(), argument.get_id()), argument.get_help());
        }
        for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
            walk(verb, wrong);
        }
    }
    let mut wrong = Vec::new();
    walk(&Cli::command(), &mut wrong);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Cli::command().debug_assert();
}

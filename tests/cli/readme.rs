//! The README shows what the program prints and lists what it has.

use crate::environment::Environment;
use crate::generated::fresh;
use clap::CommandFactory as _;
use reprompt::cli::args::Cli;
use reprompt::cli::exit_code::ExitCode;
use std::fs;
use std::path::Path;

const START: &str = "<!-- demo -->\n";
const END: &str = "<!-- end demo -->\n";

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

#[test]
fn the_demo_in_the_readme_is_what_demo_prints() {
    let environment = Environment::new();
    let demo = environment.run(&["demo"]).ok();
    let readme = readme();
    let (before, rest) = readme.split_once(START).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let shown = format!("{before}{START}```\n{}\n```\n{END}{after}", demo.stdout.trim());
    fresh("README.md", shown.as_bytes());
}

#[test]
fn the_readme_lists_every_exit_code_as_it_is() {
    let readme = readme();
    for (code, meaning) in ExitCode::ALL {
        let line = format!("| {} | {meaning} |", code.code());
        assert!(readme.contains(&line), "README.md lacks the line {line}");
    }
}

#[test]
fn every_command_in_the_readme_exists() {
    let command = Cli::command();
    let verbs: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    let readme = readme();
    // Only code blocks: prose may start a line with the program's name.
    let blocks: String = readme.split("```").skip(1).step_by(2).collect();
    for line in blocks.lines() {
        let line = line.trim_start().trim_start_matches("$ ").trim_start_matches("- run: ");
        if let Some(verb) = line.strip_prefix("reprompt ").and_then(|rest| rest.split_whitespace().next()) {
            assert!(verbs.contains(&verb), "README.md names `reprompt {verb}`");
        }
    }
}

//! The generated example: fresh, the same for the same seed, and with failures that follow from its prompt.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use reprompt::example::agent::Wish;
use reprompt::example::generate::repository::{self, FLAGS_PATH, PROMPT_PATH, TRACES_PATH, Version};
use reprompt::example::generate::{CHANGED_WEEK, Generated, PlantedCause, Scenario, Truth, generate};
use reprompt::example::reading::{Policies, PricePeriod};
use reprompt::trace::system_text_digest;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn scenario(seed: u64, cause: Option<PlantedCause>) -> Scenario {
    Scenario { seed, cause, conversations: 400 }
}

fn records(generated: &Generated) -> Vec<Value> {
    generated.traces.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/prompts-example"))
}

fn files_below(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, found);
        } else {
            found.insert(path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/"));
        }
    }
}

#[test]
fn the_committed_example_is_what_the_generator_makes() {
    let kept = generate(Scenario::SHIPPED).kept();
    let mut found = BTreeSet::new();
    files_below(root(), &mut found);
    assert_eq!(found, kept.keys().cloned().collect(), "prompts-example/ has other files than the generator");
    for (path, bytes) in kept {
        let stale = std::fs::read(root().join(&path)).unwrap() != bytes;
        assert!(!stale, "prompts-example/{path} is stale: run `cargo run --example generate-example`");
    }
}

#[test]
fn the_same_scenario_gives_the_same_bytes_and_another_seed_others() {
    let scenario = Scenario { seed: 5, cause: None, conversations: 60 };
    assert_eq!(generate(scenario), generate(scenario));
    assert_ne!(generate(scenario).traces, generate(Scenario { seed: 6, ..scenario }).traces);
    assert!(generate(Scenario { conversations: 0, ..scenario }).traces.is_empty());
}

/// What an agent with the complete prompt does.
const COMPLETE: Policies = Policies {
    asks_region: true,
    knows_plan_names: true,
    resets_password: true,
    stops_after_failure: true,
    prices: PricePeriod::Ask,
    confirms_deletion: true,
};

#[test]
fn a_planted_cause_takes_exactly_one_instruction_from_the_prompt() {
    let tools = repository::tools();
    assert_eq!(tools.len(), 10);
    for version in [Version::First, Version::Second] {
        let read = |cause| Policies::read(&repository::prompt(version, cause), &tools);
        assert_eq!(read(None), COMPLETE);
        for cause in PlantedCause::ALL {
            let lacking = match cause {
                PlantedCause::ArgumentGuessed => Policies { asks_region: false, ..COMPLETE },
                PlantedCause::ArgumentRejected => Policies { knows_plan_names: false, ..COMPLETE },
                PlantedCause::WrongTool => Policies { resets_password: false, ..COMPLETE },
                PlantedCause::RepeatedFailure => Policies { stops_after_failure: false, ..COMPLETE },
                PlantedCause::RepeatedCorrection => Policies { prices: PricePeriod::Monthly, ..COMPLETE },
            };
            assert_eq!(read(Some(cause)), lacking, "{cause:?} in {version:?}");
        }
    }
}

#[test]
fn the_tools_alone_tell_the_agent_nothing() {
    assert_eq!(Policies::read("", &repository::tools()), Policies::default());
}

/// Truth beside what the trace itself says about its success.
fn scored(generated: &Generated) -> Vec<(Truth, Option<bool>)> {
    let scores = records(generated);
    assert_eq!(scores.len(), generated.truth.len());
    let known = |record: &Value| record.pointer("/scores/resolved").and_then(Value::as_f64).map(|score| score > 0.5);
    generated.truth.iter().cloned().zip(scores.iter().map(known)).collect()
}

#[test]
fn what_fails_fails_for_the_planted_cause_or_by_a_mishap_and_with_a_clear_contrast() {
    std::thread::scope(|scope| {
        for seed in [2, 11, 12] {
            scope.spawn(move || {
                for cause in PlantedCause::ALL.map(Some).into_iter().chain([None]) {
                    let generated = generate(scenario(seed, cause));
                    only_the_planted_cause_fails(&generated, seed, cause);
                    if let Some(cause) = cause {
                        the_contrast_is_clear(&generated, seed, cause);
                    }
                }
            });
        }
    });
}

fn only_the_planted_cause_fails(generated: &Generated, seed: u64, cause: Option<PlantedCause>) {
    let affected = cause.map(PlantedCause::wish);
    let stray: Vec<&Truth> = generated
        .truth
        .iter()
        .filter(|truth| !truth.resolved && !truth.mishap && Some(truth.wish) != affected)
        .collect();
    assert!(stray.len() <= 2, "seed {seed}, {cause:?}: {stray:?}");
    let mishaps = generated.truth.iter().filter(|truth| truth.mishap).count();
    assert!((14..=45).contains(&mishaps), "seed {seed}, {cause:?}: {mishaps} mishaps");
}

fn the_contrast_is_clear(generated: &Generated, seed: u64, cause: PlantedCause) {
    let mut failing: BTreeMap<String, usize> = BTreeMap::new();
    let mut passing = 0;
    for (truth, known) in scored(generated).into_iter().filter(|(truth, _)| truth.wish == cause.wish()) {
        match known {
            Some(true) => passing += 1,
            Some(false) if !truth.mishap => *failing.entry(truth.user).or_default() += 1,
            _ => {}
        }
    }
    let total: usize = failing.values().sum();
    assert!(total >= 12 && passing >= 15, "seed {seed}, {cause:?}: {total} failing, {passing} passing");
    assert!(failing.len() >= 10, "seed {seed}, {cause:?}: {} users", failing.len());
    let most = failing.values().max().copied().unwrap_or(0);
    assert!(most * 10 <= total.max(20), "seed {seed}, {cause:?}: one user holds {most} of {total}");
}

#[test]
fn failed_connections_surge_when_the_prompt_is_shortened() {
    let generated = generate(Scenario::SHIPPED);
    let share = |changed: bool| {
        let weeks: Vec<&Truth> = generated
            .truth
            .iter()
            .filter(|truth| truth.wish == Wish::Connect && (truth.week >= CHANGED_WEEK) == changed)
            .collect();
        weeks.iter().filter(|truth| !truth.resolved).count() as f64 / weeks.len() as f64
    };
    assert!(share(false) < 0.15 && share(true) > 0.40, "{:.2} before, {:.2} after", share(false), share(true));
}

#[test]
fn records_have_the_documented_shape() {
    let generated = generate(Scenario::SHIPPED);
    let records = records(&generated);
    assert_eq!(records.len(), 400);
    let scored = records.iter().filter(|record| record.pointer("/scores/resolved").is_some()).count();
    assert!((280..=320).contains(&scored), "{scored} with a score");
    let mut errors = 0;
    for record in &records {
        let text = |pointer: &str| record.pointer(pointer).and_then(Value::as_str).unwrap();
        assert!(text("/id").starts_with("tw-") && text("/user").starts_with("u-"));
        assert!(("2026-08-03".."2026-09-28").contains(&text("/started")));
        assert_eq!(text("/metadata/service.name"), "onboarding-agent");
        let messages = record["messages"].as_array().unwrap();
        assert_eq!(messages[0]["role"], "system");
        assert_eq!(messages[1]["role"], "user");
        for message in messages {
            for call in message["tool_calls"].as_array().into_iter().flatten() {
                let arguments = call.pointer("/function/arguments").and_then(Value::as_str).unwrap();
                assert!(serde_json::from_str::<Value>(arguments).unwrap().is_object());
                let answered = messages.iter().filter(|result| result["tool_call_id"] == call["id"]).count();
                assert_eq!(answered, 1, "{}", text("/id"));
            }
            errors += usize::from(
                message["role"] == "tool" && message["content"].as_str().is_some_and(|text| text.starts_with("Error:")),
            );
        }
    }
    assert!(errors > 30, "{errors} tool errors");
}

#[test]
fn conversations_carry_the_prompt_that_the_history_has_for_their_time() {
    let generated = generate(Scenario::SHIPPED);
    let versions: Vec<(String, String)> = generated
        .history
        .iter()
        .filter_map(|revision| Some((revision.time, revision.files.get(PROMPT_PATH)?)))
        .map(|(time, bytes)| (time.to_string(), String::from_utf8(bytes.clone()).unwrap()))
        .collect();
    assert_eq!(versions.len(), 2);
    for record in records(&generated) {
        let started = record["started"].as_str().unwrap();
        let (_, prompt) = versions.iter().rev().find(|(time, _)| time.as_str() <= started).unwrap();
        assert_eq!(record["messages"][0]["content"].as_str(), Some(prompt.as_str()));
    }
    assert_eq!(generated.files.get(PROMPT_PATH).unwrap(), versions[1].1.as_bytes());
    let flags: Value = serde_json::from_slice(generated.files.get(FLAGS_PATH).unwrap()).unwrap();
    assert_eq!(flags["flags"]["onboarding-system"]["defaultVariant"], "v2");
    for (variant, (_, text)) in ["v1", "v2"].iter().zip(&versions) {
        let digest = flags["flags"]["onboarding-system"]["variants"][variant].as_str().unwrap();
        assert!(system_text_digest(text).unwrap().to_string().starts_with(digest), "{variant}");
    }
    assert!(!generated.files.contains_key(TRACES_PATH));
}

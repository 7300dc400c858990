//! `propose` and `rollback`, from a stored finding to a branch, a merge and back.

use crate::environment::{Environment, Outcome};
use reprompt::clock::Timestamp;
use reprompt::diagnosis::{Cause, Finding, FindingId, FindingState, Support};
use reprompt::intent::IntentId;
use reprompt::store::findings::Found;
use reprompt::store::{Stored, TraceStore};
use reprompt::trace::{Conversation, ConversationId, Judgement, Outcome as Went, Role, ToolCall, Turn};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const CONFIG: &str = "\
version: 1
agents:
  - name: onboarding
    mode: propose
    prompts:
      - name: onboarding-system
        path: prompts/system.md
        frozen: [\"## Safety\"]
        learned_rules: { heading: \"## Learned rules\" }
    tools: [tools/*.yaml]
guardrails:
  immutable: [\"Always confirm before deleting data.\"]
release:
  flags: flags/prompts.flagd.json
";
const PROMPT: &str = "# Assistant\n\nHelp customers.\n\n## Safety\n\n- Always confirm before deleting data.\n\n## Learned rules\n\n- Name the workspace when you report its usage.\n";
const TOOL: &str = "name: create_connection\ndescription: Makes a database available.\nparameters:\n  type: object\n  properties:\n    region:\n      type: string\n      description: Code of the cloud region.\n";

/// A repository in `agent/` and a cache with one finding about it.
fn place() -> (Environment, FindingId) {
    let environment = Environment::new();
    environment.write("agent/reprompt.yaml", CONFIG);
    environment.write("agent/prompts/system.md", PROMPT);
    environment.write("agent/tools/create_connection.yaml", TOOL);
    environment.commit_all("agent", "start");
    let finding = store_finding(&environment.path("cache"), 12);
    (environment, finding)
}

fn conversation(number: u32) -> Stored {
    let turn = |role, text: &str, calls| Turn { role, text: text.to_string(), calls, time: None };
    let call = ToolCall {
        id: "1".to_string(),
        name: "create_connection".to_string(),
        arguments: "{\"region\": \"eu\"}".to_string(),
        result: Some("no such region".to_string()),
        error: None,
        latency_ms: None,
    };
    let conversation = Conversation {
        id: ConversationId(format!("c-{number:012}")),
        external_id: None,
        parent: None,
        user: Some(format!("user-{number}")),
        agent: None,
        prompt_version: None,
        system_digest: None,
        model: None,
        started: Some(Timestamp(1_790_000_000_000)),
        ended: None,
        turns: vec![
            turn(Role::User, "connect my database please", Vec::new()),
            turn(Role::Assistant, "", vec![call]),
            turn(Role::User, "that is the wrong region", Vec::new()),
        ],
        scores: BTreeMap::new(),
        metadata: BTreeMap::new(),
        cost: None,
    };
    let judgement = Judgement { outcome: Went::Failure, basis: "test".to_string(), p_fail: None };
    Stored { conversation, judgement, signals: Vec::new() }
}

fn store_finding(cache: &Path, conversations: u32) -> FindingId {
    let stored: Vec<Stored> = (0..conversations).map(conversation).collect();
    let mut store = TraceStore::open(cache).unwrap();
    store.put_all(&stored).unwrap();
    let intent = IntentId("i-abc123".to_string());
    let cause = Cause::ArgumentGuessed { tool: "create_connection".to_string(), argument: "region".to_string() };
    let finding = Finding {
        id: FindingId::of(&intent, &cause),
        intent,
        intent_name: "postgres connection".to_string(),
        agent: "onboarding".to_string(),
        cause,
        score: 0.9,
        support: Support {
            failing_with: conversations,
            passing_with: 2,
            failing: 20,
            passing: 60,
            users: conversations,
            top_user_share: 1.0 / f64::from(conversations),
            z: 4.32,
            q: 0.0001,
        },
        levers: Vec::new(),
        quotes: Vec::new(),
        conversations: stored.iter().map(|one| one.conversation.id.clone()).collect(),
        weeks: vec![(Timestamp(1_789_948_800_000), conversations, 80)],
        state: FindingState::Open,
        cohort_end: Some(Timestamp(1_790_000_000_000)),
    };
    let found = Found { finding: &finding, among: &finding.conversations };
    let read = store.all_there().unwrap();
    store.save_findings(&[found], &read, Timestamp(1_790_000_000_000)).unwrap();
    finding.id
}

fn run(environment: &Environment, arguments: &[&str]) -> Outcome {
    let cache = environment.path("cache").to_string_lossy().into_owned();
    let mut all = vec!["--cache", &cache];
    all.extend(arguments);
    environment.run_in("agent", &all)
}

fn done(environment: &Environment, arguments: &[&str]) {
    drop(run(environment, arguments).ok());
}

fn branches(environment: &Environment) -> Vec<String> {
    let listed = environment.git("agent", &["branch", "--list", "reprompt/*", "--format=%(refname:short)"]);
    listed.lines().map(str::to_string).collect()
}

/// Everything a proposal must leave alone.
fn untouchable(environment: &Environment) -> Vec<(String, Vec<u8>)> {
    [
        "reprompt.yaml",
        "prompts/system.md",
        "tools/create_connection.yaml",
        ".git/HEAD",
        ".git/index",
        ".git/refs/heads/main",
    ]
    .iter()
    .map(|name| ((*name).to_string(), fs::read(environment.path("agent").join(name)).unwrap()))
    .collect()
}

#[test]
fn propose_makes_one_branch_and_a_rerun_changes_nothing() {
    let (environment, finding) = place();
    let before = untouchable(&environment);
    let dry = run(&environment, &["propose", "--dry-run"]).ok();
    assert!(branches(&environment).is_empty());
    assert!(dry.stdout.contains("(would be made)"), "{}", dry.stdout);
    let first = run(&environment, &["propose"]).ok();
    insta::assert_snapshot!("propose", first.transcript());
    let made = branches(&environment);
    assert_eq!(made.len(), 1);
    assert!(made[0].starts_with(&format!("reprompt/{finding}-")));
    assert_eq!(untouchable(&environment), before);
    environment.git("agent", &["fsck", "--strict"]);
    let diff = environment.git("agent", &["diff", "--numstat", "main", &made[0], "--", "prompts", "tools"]);
    assert_eq!(diff.trim(), "1\t0\tprompts/system.md");
    let commit = environment.git("agent", &["rev-parse", &made[0]]);
    let again = run(&environment, &["propose", &finding.0]).ok();
    assert!(again.stdout.contains("was there already; nothing changed"), "{}", again.stdout);
    assert_eq!(environment.git("agent", &["rev-parse", &made[0]]), commit);
    assert_eq!(branches(&environment), made);
    let json = run(&environment, &["propose", "--json"]).ok();
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["branch"], made[0].as_str());
    assert_eq!(json["created"], false);
}

#[test]
fn propose_works_on_a_detached_head_a_dirty_tree_and_a_bare_repository() {
    let (environment, _) = place();
    environment.git("agent", &["checkout", "-q", "--detach"]);
    environment.write("agent/prompts/system.md", "dirty");
    done(&environment, &["propose"]);
    assert_eq!(branches(&environment).len(), 1);
    assert_eq!(environment.read("agent/prompts/system.md"), "dirty");
    environment.git("", &["clone", "-q", "--bare", "agent", "bare.git"]);
    let cache = environment.path("cache").to_string_lossy().into_owned();
    environment.git("bare.git", &["branch", "-q", "-D", &branches(&environment)[0]]);
    drop(environment.run_in("bare.git", &["--cache", &cache, "propose"]).ok());
    assert!(environment.git("bare.git", &["branch", "--list", "reprompt/*"]).contains("reprompt/f-"));
}

#[test]
fn propose_refuses_in_observe_mode_on_thin_evidence_and_without_the_tool() {
    let (environment, _) = place();
    let refused = |outcome: Outcome, words: &str| {
        let outcome = outcome.exits(5);
        assert!(outcome.stderr.contains(words), "{}", outcome.stderr);
        assert!(branches(&environment).is_empty());
    };
    environment.write("agent/reprompt.yaml", CONFIG.replace("mode: propose", "mode: observe"));
    refused(run(&environment, &["propose"]), "only people change its prompts");
    environment.write("agent/reprompt.yaml", CONFIG.replace("[tools/*.yaml]", "[none/*.yaml]"));
    refused(run(&environment, &["propose"]), "is not in the repository's tool files");
    environment.write("agent/reprompt.yaml", CONFIG);
    store_finding(&environment.path("cache"), 3);
    refused(run(&environment, &["propose"]), "one user holds 33 % of the evidence");
}

#[test]
fn propose_says_what_is_wrong_with_the_repository() {
    let (environment, finding) = place();
    let cache = environment.path("cache").to_string_lossy().into_owned();
    environment.write("empty/reprompt.yaml", CONFIG);
    let outcome = environment.run_in("empty", &["--cache", &cache, "propose"]).exits(2);
    assert!(outcome.stderr.contains("not in a git repository"), "{}", outcome.stderr);
    environment.git("empty", &["init", "-q"]);
    let outcome = environment.run_in("empty", &["--cache", &cache, "propose"]).exits(2);
    assert!(outcome.stderr.contains("has no commit yet"), "{}", outcome.stderr);
    #[cfg(unix)]
    {
        fs::remove_file(environment.path("agent/prompts/system.md")).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", environment.path("agent/prompts/system.md")).unwrap();
        environment.commit_all("agent", "link");
        let outcome = run(&environment, &["propose", &finding.0]).exits(5);
        assert!(outcome.stderr.contains("is not a regular file"), "{}", outcome.stderr);
    }
}

#[test]
fn a_merged_proposal_is_not_made_again_and_can_be_rolled_back() {
    let (environment, _) = place();
    done(&environment, &["propose"]);
    let branch = branches(&environment).swap_remove(0);
    // Squashed: only the record tells that it was merged.
    environment.git("agent", &["merge", "-q", "--squash", &branch]);
    environment.git("agent", &["commit", "-q", "-m", "ask for the region"]);
    let merged = environment.read("agent/prompts/system.md");
    let again = run(&environment, &["propose"]).ok();
    assert!(again.stdout.contains("no finding is open"), "{}", again.stdout);
    environment.write("agent/prompts/system.md", merged.replace("Help customers.", "Help customers kindly."));
    environment.commit_all("agent", "kinder");
    let dry = run(&environment, &["rollback", "onboarding-system", "--dry-run"]).ok();
    assert_eq!(branches(&environment), std::slice::from_ref(&branch));
    assert!(dry.stdout.contains("not live until merged"), "{}", dry.stdout);
    let outcome = run(&environment, &["rollback", "onboarding-system"]).ok();
    insta::assert_snapshot!("rollback", outcome.transcript());
    let rollback = branches(&environment).into_iter().find(|name| name.contains("rollback-")).unwrap();
    let text = environment.git("agent", &["show", &format!("{rollback}:prompts/system.md")]);
    assert_eq!(text, PROMPT.replace("Help customers.", "Help customers kindly."));
    let commit = environment.git("agent", &["rev-parse", &rollback]);
    done(&environment, &["rollback", "onboarding-system"]);
    assert_eq!(environment.git("agent", &["rev-parse", &rollback]), commit);
    environment.git("agent", &["merge", "-q", "--ff-only", &rollback]);
    let nothing = run(&environment, &["rollback", "onboarding-system"]).exits(2);
    assert!(nothing.stderr.contains("no merged proposal"), "{}", nothing.stderr);
    let refused = run(&environment, &["propose"]).exits(5);
    assert!(refused.stderr.contains("was taken back on 2026-10-01"), "{}", refused.stderr);
    environment.git("agent", &["fsck", "--strict"]);
}

#[test]
fn rollback_switches_the_flag_at_once_and_writes_it_down() {
    let (environment, _) = place();
    let (old, new) = (reprompt::digest::Digest::of(PROMPT).short(12), "newest");
    let flags = format!(
        "{{\n  \"flags\": {{\n    \"onboarding-system\": {{\n      \"state\": \"ENABLED\",\n      \"variants\": {{ \"v1\": \"{old}\", \"{new}\": \"x\" }},\n      \"defaultVariant\": \"{new}\"   \n    }}\n  }}\n}}\n"
    );
    environment.write("agent/flags/prompts.flagd.json", &flags);
    done(&environment, &["propose"]);
    let branch = branches(&environment).swap_remove(0);
    environment.git("agent", &["merge", "-q", "--ff-only", &branch]);
    done(&environment, &["rollback", "onboarding-system", "--dry-run"]);
    assert_eq!(environment.read("agent/flags/prompts.flagd.json"), flags);
    let outcome = run(&environment, &["rollback", "onboarding-system"]).ok();
    assert!(outcome.stdout.contains("now serves `v1` instead of `newest`"), "{}", outcome.stdout);
    let expected = flags.replace("\"defaultVariant\": \"newest\"", "\"defaultVariant\": \"v1\"");
    assert_eq!(environment.read("agent/flags/prompts.flagd.json"), expected);
    let ledger = reprompt::store::Ledger::open(&environment.path("cache")).unwrap();
    let actions: Vec<String> = ledger.audit().unwrap().into_iter().map(|entry| entry.action).collect();
    assert_eq!(actions, ["proposed", "switched", "reverted"]);
    ledger.verify().unwrap();
}

#[test]
fn rollback_puts_a_version_back_and_knows_what_there_is() {
    let (environment, _) = place();
    environment.write("agent/prompts/system.md", PROMPT.replace("Help customers.", "Second."));
    environment.commit_all("agent", "second");
    environment.write("agent/prompts/system.md", PROMPT.replace("Help customers.", "Third."));
    environment.commit_all("agent", "third");
    let unknown = run(&environment, &["rollback", "onboarding-system", "--to", "nope"]).exits(2);
    assert!(unknown.stderr.contains("Earlier versions: --to "), "{}", unknown.stderr);
    drop(run(&environment, &["rollback", "nobody"]).exits(2));
    drop(run(&environment, &["rollback", "onboarding-system", "--to", "HEAD"]).exits(2));
    done(&environment, &["rollback", "onboarding-system", "--to", "HEAD~2"]);
    let rollback = branches(&environment).swap_remove(0);
    assert_eq!(environment.git("agent", &["show", &format!("{rollback}:prompts/system.md")]), PROMPT);
    let by_hash = reprompt::digest::Digest::of(PROMPT.replace("Help customers.", "Second.")).short(10);
    done(&environment, &["rollback", "prompts/system.md", "--to", &by_hash]);
    assert_eq!(branches(&environment).len(), 2);
}

#[test]
fn propose_killed_at_any_moment_leaves_a_complete_branch_or_none() {
    let (environment, _) = place();
    done(&environment, &["propose"]);
    let branch = branches(&environment).swap_remove(0);
    let undisturbed = environment.git("agent", &["rev-parse", &branch]);
    let cache = environment.path("cache").to_string_lossy().into_owned();
    let whole = {
        let clock = std::time::Instant::now();
        environment.git("agent", &["branch", "-q", "-D", &branch]);
        done(&environment, &["propose"]);
        clock.elapsed()
    };
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let (mut none, mut complete) = (0, 0);
    for _ in 0..50 {
        environment.git("agent", &["branch", "-q", "-D", &branch]);
        // Without the objects of the run before, so that every write is made again.
        environment.git("agent", &["prune", "--expire=now"]);
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let moment = whole.mul_f64((random % 1000) as f64 / 1000.0);
        let mut child = environment.command_in("agent", &["--cache", &cache, "propose", "-q"]);
        let mut child = child.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(moment);
        child.kill().unwrap();
        child.wait().unwrap();
        environment.git("agent", &["fsck", "--strict", "--no-dangling"]);
        match branches(&environment).as_slice() {
            [] => none += 1,
            [made] => {
                assert_eq!(environment.git("agent", &["rev-parse", made]), undisturbed);
                complete += 1;
            }
            more => panic!("{more:?}"),
        }
        done(&environment, &["propose"]);
        assert_eq!(environment.git("agent", &["rev-parse", &branch]), undisturbed);
    }
    println!("killed 50 times: {none} without a branch, {complete} with the complete one");
    assert_eq!(none + complete, 50);
}

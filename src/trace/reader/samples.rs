//! Real files of every format but the benchmarks' own (`tests` has those), read in place: how many conversations, turns,
//! calls and failures they hold. The numbers were counted by hand, or are the publisher's where they say some; a reader
//! that is changed and counts otherwise has to say why.

use super::{Archive, Item, Reader};
use crate::trace::Conversation;
use crate::trace::assemble::assemble;
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

/// File, format, and: conversations, of these of sub-agents, turns, turns of users, calls, calls with a result, failed
/// calls, records set aside.
#[rustfmt::skip]
const SAMPLES: [(&str, &str, [usize; 8]); 87] = [
    ("autogen-ag2/who-and-when/Algorithm-Generated_1.json", "autogen", [1, 0, 7, 1, 0, 0, 0, 0]),
    ("autogen-ag2/who-and-when/Algorithm-Generated_10.json", "autogen", [1, 0, 11, 1, 0, 0, 0, 0]),
    ("autogen-ag2/who-and-when/Algorithm-Generated_2.json", "autogen", [1, 0, 8, 1, 0, 0, 0, 0]),
    ("autogen-ag2/who-and-when/Hand-Crafted_30.json", "autogen", [1, 0, 121, 1, 0, 0, 0, 0]),
    ("autogen-ag2/who-and-when/Hand-Crafted_56.json", "autogen", [1, 0, 129, 1, 0, 0, 0, 0]),
    ("autogen-ag2/who-and-when/Hand-Crafted_8.json", "autogen", [1, 0, 129, 1, 0, 0, 0, 0]),
    ("braintrust/event_llm_from_docs.jsonl", "braintrust", [1, 0, 2, 1, 0, 0, 0, 0]),
    ("claude-code/claude_code_skill_tool.json", "claude-code", [1, 0, 3, 2, 1, 1, 0, 0]),
    ("claude-code/daaain_edge_cases.jsonl", "claude-code", [2, 0, 8, 4, 3, 1, 1, 4]),
    ("claude-code/daaain_representative_messages.jsonl", "claude-code", [1, 0, 9, 4, 2, 2, 0, 0]),
    ("claude-code/daaain_session_b.jsonl", "claude-code", [1, 0, 3, 2, 0, 0, 0, 0]),
    ("claude-code/daaain_todowrite_examples.jsonl", "claude-code", [1, 0, 8, 2, 3, 3, 0, 0]),
    ("codex-cli/agent-sessions_codex_small_rollout.jsonl", "codex", [1, 0, 13, 1, 8, 4, 0, 0]),
    ("codex-cli/codex_050_legacy.jsonl", "codex", [0, 0, 0, 0, 0, 0, 0, 0]),
    ("codex-cli/codex_051_usage.jsonl", "codex", [0, 0, 0, 0, 0, 0, 0, 0]),
    ("codex-cli/codex_052_raw.jsonl", "codex", [0, 0, 0, 0, 0, 0, 0, 0]),
    ("codex-cli/codex_053_rate_limit.jsonl", "codex", [0, 0, 0, 0, 0, 0, 0, 0]),
    ("codex-cli/codex_exec_json.json", "codex", [1, 0, 3, 0, 1, 1, 0, 0]),
    ("codex-cli/codex_session_rollout.json", "codex", [1, 0, 2, 0, 2, 1, 0, 0]),
    ("datadog/export_api_response_from_docs.json", "datadog", [1, 0, 2, 1, 0, 0, 0, 0]),
    ("gemini-cli/agent-sessions_gemini_jsonl_v040.jsonl", "gemini-cli", [1, 0, 3, 1, 1, 1, 0, 0]),
    ("inspect/2024-11-05T13-31-45-05-00_input-task_8zXjbRzCWrL9GXiXo2vus9.json", "inspect", [1, 0, 3, 2, 0, 0, 0, 0]),
    ("inspect/2025-02-11T15-18-04-05-00_popularity_mj7khqpMM4GBCfVQozKgzB.eval", "inspect", [10, 0, 30, 10, 0, 0, 0, 0]),
    ("inspect/2025-05-12T20-28-13-04-00_popularity.json", "inspect", [3, 0, 9, 3, 0, 0, 0, 0]),
    ("inspect/2025-05-12T20-28-26-04-00_security-guide.json", "inspect", [3, 0, 9, 3, 0, 0, 0, 0]),
    ("inspect/log_formats.eval", "inspect", [1, 0, 3, 1, 0, 0, 0, 0]),
    ("inspect/log_formats.json", "inspect", [1, 0, 3, 1, 0, 0, 0, 0]),
    ("inspect/log_message_deduplication.eval", "inspect", [1, 0, 7, 1, 5, 5, 0, 0]),
    ("inspect/log_read_sample.json", "inspect", [1, 0, 3, 1, 0, 0, 0, 0]),
    ("jaeger-json/helm.json", "jaeger", [1, 0, 4, 1, 1, 1, 0, 0]),
    ("jaeger-json/helm_2.json", "jaeger", [1, 0, 3, 1, 0, 0, 0, 0]),
    ("kitaru-native/trace.lines3-4.jsonl", "kitaru", [1, 0, 3, 1, 2, 2, 1, 1]),
    ("langfuse/framework-traces/autogen-2025-06-06.trace.json", "langfuse", [1, 0, 3, 1, 0, 0, 0, 0]),
    ("langfuse/framework-traces/crewai-2025-07-11.trace.json", "langfuse", [1, 0, 3, 1, 0, 0, 0, 0]),
    ("langfuse/framework-traces/google-adk-2025-08-28.trace.json", "langfuse", [1, 0, 4, 1, 1, 1, 0, 0]),
    ("langfuse/framework-traces/langgraph-js-2025-10-30.trace.json", "langfuse", [1, 0, 4, 2, 1, 1, 0, 0]),
    ("langfuse/framework-traces/langgraph-python-2025-08-22.trace.json", "langfuse", [1, 0, 4, 2, 1, 1, 0, 0]),
    ("langfuse/framework-traces/openai-agents-2025-09-30.trace.json", "langfuse", [1, 0, 4, 1, 1, 1, 0, 0]),
    ("langfuse/framework-traces/pydantic-ai-2025-06-06.trace.json", "langfuse", [1, 0, 3, 1, 0, 0, 0, 0]),
    ("langfuse/framework-traces/pydantic-ai-tools-2025-06-06.trace.json", "langfuse", [1, 0, 3, 1, 0, 0, 0, 0]),
    ("langfuse/framework-traces/pydantic-ai-tools-2025-12-04.trace.json", "langfuse", [2, 1, 9, 3, 4, 3, 0, 0]),
    ("langfuse/framework-traces/pydantic-ai-with-gemini-2025-12-24.trace.json", "langfuse", [1, 0, 2, 1, 0, 0, 0, 0]),
    ("langfuse/framework-traces/vertex-ai-2025-08-01.trace.json", "langfuse", [1, 0, 2, 1, 0, 0, 0, 0]),
    ("langsmith/feedback_example_from_docs.json", "langsmith", [0, 0, 0, 0, 0, 0, 0, 0]),
    ("langsmith/run_example_from_docs.json", "langsmith", [0, 0, 0, 0, 0, 0, 0, 0]),
    ("langsmith/sample_runs_flat.json", "langsmith", [0, 0, 0, 0, 0, 0, 0, 0]),
    ("litellm-logs/openhands_fncall-llm-message.json", "chat", [1, 0, 8, 1, 6, 6, 0, 0]),
    ("litellm-logs/openhands_litellm_proxy__anthropic__claude-sonnet-4-20250514-1757015025.972.json", "call-log", [1, 0, 3, 1, 1, 0, 0, 0]),
    ("litellm-logs/openhands_litellm_proxy__anthropic__claude-sonnet-4-20250514-1757015029.090.json", "call-log", [1, 0, 4, 1, 2, 1, 0, 0]),
    ("litellm-logs/openhands_litellm_proxy__anthropic__claude-sonnet-4-20250514-1757015033.222.json", "call-log", [1, 0, 5, 1, 3, 2, 0, 0]),
    ("litellm-logs/openhands_litellm_proxy__anthropic__claude-sonnet-4-20250514-1757015036.544.json", "call-log", [1, 0, 6, 1, 4, 3, 0, 0]),
    ("litellm-logs/openhands_litellm_proxy__anthropic__claude-sonnet-4-20250514-1757015040.416.json", "call-log", [1, 0, 7, 1, 5, 4, 0, 0]),
    ("litellm-logs/openhands_litellm_proxy__anthropic__claude-sonnet-4-20250514-1757015046.707.json", "call-log", [1, 0, 8, 1, 6, 5, 0, 0]),
    ("litellm-logs/openhands_litellm_proxy__deepseek__deepseek-chat-1757015054.055.json", "call-log", [1, 0, 3, 1, 1, 0, 0, 0]),
    ("litellm-logs/openhands_litellm_proxy__deepseek__deepseek-chat-1757015062.589.json", "call-log", [1, 0, 5, 2, 1, 0, 0, 0]),
    ("litellm-logs/openhands_litellm_proxy__deepseek__deepseek-chat-1757015068.723.json", "call-log", [1, 0, 7, 3, 1, 0, 0, 0]),
    ("litellm-logs/openhands_litellm_proxy__deepseek__deepseek-chat-1757015076.651.json", "call-log", [1, 0, 9, 4, 1, 0, 0, 0]),
    ("litellm-logs/openhands_nonfncall-llm-message.json", "chat", [1, 0, 6, 1, 4, 4, 0, 0]),
    ("openai/batch_output.jsonl", "openai-batch", [1, 0, 1, 0, 0, 0, 0, 0]),
    ("openai/litellm_haiku_completion.json", "call-log", [1, 0, 3, 1, 0, 0, 0, 0]),
    ("openai/openai_nano_completion.json", "call-log", [1, 0, 3, 1, 0, 0, 0, 0]),
    ("openhands/v1_sdk_events.jsonl", "openhands", [1, 0, 3, 0, 2, 2, 1, 0]),
    ("otel-flat-spans/adk_live_spans.json", "otel-spans", [1, 0, 4, 1, 1, 1, 0, 0]),
    ("otel-flat-spans/claude_live_spans.json", "otel-spans", [1, 0, 7, 1, 3, 3, 0, 0]),
    ("otel-flat-spans/openai_agents_openinference_live_spans.json", "otel-spans", [2, 1, 9, 2, 4, 4, 0, 0]),
    ("otel-flat-spans/openinference_live_spans.json", "otel-spans", [2, 1, 6, 2, 3, 2, 0, 0]),
    ("otel-flat-spans/otel_genai_convention_spans.json", "otel-spans", [1, 0, 3, 1, 2, 2, 1, 0]),
    ("otel-flat-spans/pydantic_ai_live_spans.json", "otel-spans", [1, 0, 4, 1, 1, 1, 0, 0]),
    ("otlp-json/tokenomics_otlp_traces.json", "otlp", [0, 0, 0, 0, 0, 0, 0, 0]),
    ("sharegpt/FastChat_dummy_conversation_with_system.excerpt.json", "sharegpt", [3, 0, 14, 6, 0, 0, 0, 0]),
    ("swe-agent/ctf__forensics__flash.traj", "swe-agent", [1, 0, 6, 1, 4, 3, 0, 0]),
    ("swe-agent/ctf__misc__networking_1.traj", "swe-agent", [1, 0, 6, 1, 4, 3, 0, 0]),
    ("swe-agent/ctf__pwn__warmup.traj", "swe-agent", [1, 0, 9, 1, 7, 6, 0, 0]),
    ("swe-agent/ctf__rev__rock.traj", "swe-agent", [1, 0, 14, 1, 12, 11, 0, 0]),
    ("swe-agent/ctf__web__i_got_id_demo.traj", "swe-agent", [1, 0, 23, 1, 21, 20, 0, 0]),
    ("swe-agent/function_calling_simple.traj", "swe-agent", [1, 0, 7, 1, 5, 5, 0, 0]),
    ("swe-agent/human_thought__swe-bench-HumanEvalFix-python__lcb__t-0.00__p-0.95__c-4.00__install-0__humanevalfix-python-0.traj", "swe-agent", [1, 0, 7, 1, 5, 4, 0, 0]),
    ("swe-agent/replay__marshmallow-code__marshmallow-1867__default__t-0.20__p-0.95__c-2.00__install-1___install_from_source__marshmallow-code__marshmallow-1867.traj", "swe-agent", [1, 0, 16, 1, 14, 13, 0, 0]),
    ("swe-agent/replay__marshmallow-code__marshmallow-1867__default_sys-env_cursors_window100__t-0.20__p-0.95__c-2.00__install-1__marshmallow-code__marshmallow-1867.traj", "swe-agent", [1, 0, 14, 1, 12, 11, 0, 0]),
    ("swe-agent/replay__marshmallow-code__marshmallow-1867__default_sys-env_window100__t-0.20__p-0.95__c-2.00__install-1__marshmallow-code__marshmallow-1867.traj", "swe-agent", [1, 0, 13, 1, 11, 10, 0, 0]),
    ("swe-agent/replay__marshmallow-code__marshmallow-1867__function_calling__install-1__marshmallow-code__marshmallow-1867.traj", "swe-agent", [1, 0, 13, 1, 11, 11, 0, 0]),
    ("swe-agent/replay__marshmallow-code__marshmallow-1867__function_calling_replace__install-1__marshmallow-code__marshmallow-1867.traj", "swe-agent", [1, 0, 13, 1, 11, 11, 0, 0]),
    ("swe-agent/replay__marshmallow-code__marshmallow-1867__function_calling_replace_from_source__marshmallow-code__marshmallow-1867.traj", "swe-agent", [1, 0, 15, 1, 13, 13, 0, 0]),
    ("swe-agent/tests__gpt4__swe-agent-test-repo__default_from_url__t-0.00__p-0.95__c-3.00__install-1__6e44b9__sweagenttestrepo-1c2844.traj", "swe-agent", [1, 0, 6, 1, 4, 4, 0, 0]),
    ("swe-agent/tests__gpt4__swe-agent__test-repo__default_from_url__t-0.00__p-0.95__c-3.00__install-1__swe-agent__test-repo-i1.traj", "swe-agent", [1, 0, 7, 1, 5, 4, 0, 0]),
    ("swe-agent/tests__gpt4__swe-bench-dev-easy_first_only__default__t-0.00__p-0.95__c-3.00__install-1__pydicom__pydicom-1458.traj", "swe-agent", [1, 0, 14, 1, 12, 11, 0, 0]),
    ("tempo-json/tempo_export_with_batches.json", "otlp", [1, 0, 4, 1, 1, 1, 0, 0]),
];

fn folder() -> Option<PathBuf> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/traces"));
    if folder.is_dir() {
        return Some(folder.to_path_buf());
    }
    println!("skipped: {} is not there", folder.display());
    None
}

/// The format's slug, the conversations and the number of records set aside of one input.
fn read(input: impl Read) -> (&'static str, Vec<Conversation>, usize) {
    let mut reader = Reader::open(input).unwrap();
    let (mut conversations, mut fragments, mut aside) = (Vec::new(), Vec::new(), 0);
    while let Some(item) = reader.next_item().unwrap() {
        match item {
            Item::Conversation(conversation, _) => conversations.push(*conversation),
            Item::Fragments(found, _) => fragments.extend(found),
            Item::SetAside(_) => aside += 1,
            Item::Joined(..) => panic!("outcomes"),
        }
    }
    conversations.extend(assemble(fragments).conversations);
    (reader.format().slug, conversations, aside)
}

fn read_file(path: &Path) -> (&'static str, Vec<Conversation>, usize) {
    let bytes = std::fs::read(path).unwrap();
    if !bytes.starts_with(b"PK\x03\x04") {
        return read(bytes.as_slice());
    }
    let mut archive = Archive::open(Cursor::new(bytes)).unwrap();
    let members = archive.members();
    assert_eq!(members.len(), 1);
    read(archive.read(&members[0]).unwrap())
}

fn count(conversations: &[Conversation], aside: usize) -> [usize; 8] {
    let sum = |of: &dyn Fn(&Conversation) -> usize| conversations.iter().map(of).sum::<usize>();
    [
        conversations.len(),
        conversations.iter().filter(|conversation| conversation.parent.is_some()).count(),
        sum(&|conversation| conversation.turns.len()),
        sum(&|conversation| conversation.user_turns().count()),
        sum(&|conversation| conversation.calls().count()),
        sum(&|conversation| conversation.calls().filter(|(_, call)| call.result.is_some()).count()),
        sum(&|conversation| conversation.calls().filter(|(_, call)| call.error.is_some()).count()),
        aside,
    ]
}

#[test]
fn real_files_hold_what_was_counted() {
    let Some(folder) = folder() else { return };
    let mut wrong = Vec::new();
    for (name, slug, expected) in SAMPLES {
        let (found, conversations, aside) = read_file(&folder.join(name));
        let counted = count(&conversations, aside);
        if found != slug || counted != expected {
            wrong.push(format!("{name}: {found} {counted:?}, expected {slug} {expected:?}"));
        }
        let ids: std::collections::BTreeSet<_> = conversations.iter().map(|conversation| &conversation.id).collect();
        assert_eq!(ids.len(), conversations.len(), "{name}: ids");
        for conversation in &conversations {
            let text = serde_json::to_string(conversation).unwrap();
            assert_eq!(
                serde_json::from_str::<Conversation>(&text).unwrap(),
                *conversation,
                "{name}: what is stored reads back"
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn calls_logged_as_growing_prefixes_are_two_conversations() {
    let Some(folder) = folder() else { return };
    let mut text = Vec::new();
    let mut names: Vec<PathBuf> =
        std::fs::read_dir(folder.join("litellm-logs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.to_string_lossy().contains("litellm_proxy"));
    names.sort();
    names.reverse();
    assert_eq!(names.len(), 10);
    for name in names {
        File::open(name).unwrap().read_to_end(&mut text).unwrap();
        text.push(b'\n');
    }
    let (slug, conversations, aside) = read(text.as_slice());
    assert_eq!((slug, conversations.len(), aside), ("call-log", 2, 0));
}

//! A finding for the tests of this room.

use crate::clock::Timestamp;
use crate::diagnosis::{Cause, Finding, FindingId, FindingState, Lever, LeverKind, Support};
use crate::intent::IntentId;
use crate::prompt::PromptFile;
use crate::prompt::config::PromptConfig;
use crate::prompt::tool::ToolFile;
use crate::trace::ConversationId;

pub(super) const NOW: Timestamp = Timestamp(1_773_478_800_000);

pub(super) fn guessed() -> Cause {
    Cause::ArgumentGuessed { tool: "create_connection".to_string(), argument: "region".to_string() }
}

pub(super) fn finding() -> Finding {
    finding_of(guessed())
}

pub(super) fn finding_of(cause: Cause) -> Finding {
    let intent = IntentId("i-abc123".to_string());
    let lever = Lever {
        path: "prompts/system.md".to_string(),
        kind: LeverKind::LearnedRules,
        label: "## Learned rules".to_string(),
        start: 0,
        end: 0,
        score: 3.5,
    };
    Finding {
        id: FindingId::of(&intent, &cause),
        intent,
        intent_name: "postgres connection".to_string(),
        agent: "onboarding".to_string(),
        cause,
        score: 0.8,
        support: Support {
            failing_with: 12,
            passing_with: 2,
            failing: 20,
            passing: 60,
            users: 11,
            top_user_share: 2.0 / 12.0,
            z: 4.321_98,
            q: 0.000_12,
        },
        levers: vec![lever],
        quotes: Vec::new(),
        conversations: (0..12).map(|number| ConversationId(format!("c-{number:012}"))).collect(),
        weeks: vec![(Timestamp(1_772_409_600_000), 5, 40), (Timestamp(1_773_014_400_000), 7, 40)],
        state: FindingState::Open,
        cohort_end: Some(Timestamp(1_773_392_400_000)),
    }
}

pub(super) const PROMPT: &str = "# Assistant\n\nHelp customers of the database service.\n\n## Safety\n\n- Always confirm before deleting data.\n\n## Learned rules\n\n- Name the workspace when you report its usage.\n";

pub(super) const TOOLS: &str = "\
- name: create_connection
  description: Makes a database available.
  parameters:
    type: object
    properties:
      region:
        type: string
        description: Code of the cloud region
- name: set_plan
  description: Changes the plan of a workspace.
  parameters:
    type: object
    properties:
      tier:
        type: string
        enum: [hobby, pro, scale]
        description: The new plan.
- name: search_docs
  description: Searches the documentation.
";

pub(super) fn library_files(prompt: &str) -> (Vec<PromptFile>, Vec<ToolFile>) {
    let config = PromptConfig {
        name: "onboarding-system".to_string(),
        path: "prompts/system.md".to_string(),
        frozen: vec!["## Safety".to_string()],
        learned_rules: "## Learned rules".to_string(),
    };
    let prompt = PromptFile::parse("prompts/system.md", prompt.as_bytes(), &config).unwrap();
    (vec![prompt], vec![ToolFile::parse("tools/all.yaml", TOOLS.as_bytes()).unwrap()])
}

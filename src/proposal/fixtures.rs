//! A finding for the tests of this room.

use crate::clock::Timestamp;
use crate::diagnosis::{Cause, Finding, FindingId, FindingState, Lever, LeverKind, Support};
use crate::intent::IntentId;
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

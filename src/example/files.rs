//! The files of `prompts-example/` inside the binary: what is written by hand, and the conversations that the
//! generator made. The rest (prompt, flag file, history) is small enough to be made on the spot.

use super::generate::repository::{self, Revision};
use super::generate::{Scenario, shortened_at};

macro_rules! handwritten {
    ($($path:literal),* $(,)?) => {
        /// Path and text of the files that are written by hand.
        pub const HANDWRITTEN: &[(&str, &str)] =
            &[$(($path, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/prompts-example/", $path)))),*];
    };
}

handwritten![
    "README.md",
    "reprompt.yaml",
    "evals/access.yaml",
    "evals/connections.yaml",
    "evals/imports.yaml",
    "evals/plans.yaml",
    "evals/prices.yaml",
    "evals/questions.yaml",
    "evals/safety.yaml",
    "evals/team.yaml",
    "tools/create_connection.yaml",
    "tools/delete_branch.yaml",
    "tools/get_prices.yaml",
    "tools/get_usage.yaml",
    "tools/import_data.yaml",
    "tools/invite_member.yaml",
    "tools/resend_invite.yaml",
    "tools/reset_password.yaml",
    "tools/search_docs.yaml",
    "tools/set_plan.yaml",
];

/// The conversations of [`Scenario::SHIPPED`], one JSON record per line.
pub const TRACES: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/prompts-example/traces/onboarding.jsonl"));

/// The history of the repository, oldest revision first. [`TRACES`] belong beside it, at
/// [`repository::TRACES_PATH`], and in no revision.
pub fn history() -> Vec<Revision> {
    repository::history(Scenario::SHIPPED.cause, shortened_at())
}

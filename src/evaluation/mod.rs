//! ROOM 5: base against head. From suites of cases and the answers that an agent gave under two revisions of its
//! prompts it makes a verdict: pass, fail, inconclusive with the number of cases that would decide, or invalid.
//! The same cases run under both revisions, alternately, and only pairs are compared.
//!
//! The room reads no file and runs no agent: suites come in as text, answers through [`agent::Work`]. It knows
//! nothing of proposals, so that a person's edit is judged exactly like a drafted one.
//!
//! `suite` and `case` say what is asked, `assertion` and `grade` what counts as a pass, `schedule` in which order,
//! `verdict` what follows.

pub mod agent;
pub mod assertion;
pub mod case;
pub mod comparison;
pub mod grade;
pub mod reply;
pub mod schedule;
pub mod suite;
pub mod template;
pub mod tool;
pub mod verdict;

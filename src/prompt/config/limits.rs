//! `guardrails.limits`: which way each limit is strict, and which may be loosened.

use super::Limits;
use super::cursor::{Cursor, Result, nearest};
use super::error::ConfigProblem;

/// Which values of a limit are stricter than its default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stricter {
    Smaller,
    Larger,
}

/// Where a limit is kept.
enum Slot<'a> {
    Count(&'a mut usize),
    Days(&'a mut i64),
    Share(&'a mut f64),
}

/// Every limit: its key, its stricter side, whether it may be loosened.
const LIMITS: [(&str, Stricter, bool); 21] = [
    ("hunks", Stricter::Smaller, false),
    ("changed_lines", Stricter::Smaller, true),
    ("added_tokens", Stricter::Smaller, false),
    ("removed_tokens", Stricter::Smaller, false),
    ("drift_one", Stricter::Smaller, false),
    ("drift_all", Stricter::Smaller, true),
    ("drift_90_days", Stricter::Smaller, true),
    ("drift_tokens", Stricter::Smaller, false),
    ("learned_rules", Stricter::Smaller, true),
    ("rule_words", Stricter::Smaller, false),
    ("rule_days", Stricter::Smaller, true),
    ("open_per_finding", Stricter::Smaller, false),
    ("open_per_repository", Stricter::Smaller, true),
    ("days_between", Stricter::Larger, true),
    ("failed_attempts", Stricter::Smaller, false),
    ("evidence_conversations", Stricter::Larger, false),
    ("evidence_users", Stricter::Larger, false),
    ("evidence_user_share", Stricter::Smaller, false),
    ("shared_run_warn", Stricter::Smaller, false),
    ("shared_run_refuse", Stricter::Smaller, false),
    ("large_gain", Stricter::Smaller, false),
];

fn slot<'a>(limits: &'a mut Limits, key: &str) -> Option<Slot<'a>> {
    Some(match key {
        "hunks" => Slot::Count(&mut limits.hunks),
        "changed_lines" => Slot::Count(&mut limits.changed_lines),
        "added_tokens" => Slot::Count(&mut limits.added_tokens),
        "removed_tokens" => Slot::Count(&mut limits.removed_tokens),
        "drift_one" => Slot::Share(&mut limits.drift_one),
        "drift_all" => Slot::Share(&mut limits.drift_all),
        "drift_90_days" => Slot::Share(&mut limits.drift_90_days),
        "drift_tokens" => Slot::Count(&mut limits.drift_tokens),
        "learned_rules" => Slot::Count(&mut limits.learned_rules),
        "rule_words" => Slot::Count(&mut limits.rule_words),
        "rule_days" => Slot::Days(&mut limits.rule_days),
        "open_per_finding" => Slot::Count(&mut limits.open_per_finding),
        "open_per_repository" => Slot::Count(&mut limits.open_per_repository),
        "days_between" => Slot::Days(&mut limits.days_between),
        "failed_attempts" => Slot::Count(&mut limits.failed_attempts),
        "evidence_conversations" => Slot::Count(&mut limits.evidence_conversations),
        "evidence_users" => Slot::Count(&mut limits.evidence_users),
        "evidence_user_share" => Slot::Share(&mut limits.evidence_user_share),
        "shared_run_warn" => Slot::Count(&mut limits.shared_run_warn),
        "shared_run_refuse" => Slot::Count(&mut limits.shared_run_refuse),
        "large_gain" => Slot::Share(&mut limits.large_gain),
        _ => return None,
    })
}

/// A limit as a number.
fn value(limits: &Limits, key: &str) -> f64 {
    let mut limits = *limits;
    match slot(&mut limits, key) {
        Some(Slot::Count(count)) => *count as f64,
        Some(Slot::Days(days)) => *days as f64,
        Some(Slot::Share(share)) => *share,
        None => 0.0,
    }
}

impl Limits {
    /// The keys of the limits that are wider in `new`.
    pub fn loosened_in(&self, new: &Self) -> Vec<&'static str> {
        let looser = |key: &str, stricter| match stricter {
            Stricter::Smaller => value(new, key) > value(self, key),
            Stricter::Larger => value(new, key) < value(self, key),
        };
        LIMITS.iter().filter(|(key, stricter, _)| looser(key, *stricter)).map(|(key, ..)| *key).collect()
    }
}

/// Reads `guardrails.limits`.
pub(super) fn read(cursor: &Cursor<'_>) -> Result<Limits> {
    let mut limits = Limits::default();
    for (key, value) in cursor.any_map()? {
        let Some((_, stricter, loosens)) = LIMITS.iter().find(|(name, ..)| *name == key) else {
            let known: Vec<&str> = LIMITS.iter().map(|(name, ..)| *name).collect();
            let problem = ConfigProblem::UnknownKey {
                key: value.name(),
                nearest: nearest(key, known.iter()).map(str::to_string),
                known,
            };
            return Err(value.key_error(problem));
        };
        let Some(slot) = slot(&mut limits, key) else { continue };
        let (given, bound) = match &slot {
            Slot::Count(old) => (f64::from(value.whole(0)?), **old as f64),
            Slot::Days(old) => (f64::from(value.whole(0)?), **old as f64),
            Slot::Share(old) => (value.share()?, **old),
        };
        let loosened = match stricter {
            Stricter::Smaller => given > bound,
            Stricter::Larger => given < bound,
        };
        if loosened && !loosens {
            return Err(value.error(ConfigProblem::Loosened {
                key: value.name(),
                value: given.to_string(),
                bound: bound.to_string(),
                smaller_is_stricter: *stricter == Stricter::Smaller,
            }));
        }
        match slot {
            // Both came from a u32, so the casts are exact.
            Slot::Count(slot) => *slot = given as usize,
            Slot::Days(slot) => *slot = given as i64,
            Slot::Share(slot) => *slot = given,
        }
    }
    Ok(limits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_in_the_table_has_a_place() {
        for (key, ..) in LIMITS {
            assert!(slot(&mut Limits::default(), key).is_some(), "{key}");
        }
    }
}

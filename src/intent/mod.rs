//! ROOM 2: what was wanted.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Our short id of an intent: `i-` and 6 hex digits, fixed when the intent is born.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IntentId(pub String);

impl fmt::Display for IntentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

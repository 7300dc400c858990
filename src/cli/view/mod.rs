//! How results look: tables, sparklines, percentages. Pure functions from values to text; verbs print them.

pub mod cause;
pub mod diff;
pub mod junit;
pub mod markdown;
pub mod number;
pub mod sparkline;
pub mod table;
pub mod weeks;

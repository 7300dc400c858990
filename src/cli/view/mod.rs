//! How results look: tables, sparklines, percentages. Pure functions from values to text; verbs print them.

pub mod diff;
pub mod number;
pub mod table;

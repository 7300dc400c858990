//! LEAF: the prompt repository as values: config, prompt files, tool files, sections, frozen spans, edits.

pub mod config;
pub mod yaml;

//! THE DOOR: one file per verb, and what they share: surroundings, settings, exit codes, errors with hints,
//! streams, views. A command is a short recipe: settings, load, call the room, save each result as it comes,
//! report. Nothing behind the door prints or reads the environment.

pub mod context;
pub mod environment;
pub mod error;
pub mod exit_code;
pub mod ui;
pub mod untrusted;
pub mod view;

//! The `reprompt` program.

fn main() {}

//! Writes the generated files of `prompts-example/`: the prompt, its history, the flag file and the conversations.
//! Run it with `cargo run --example generate-example` after a change of the agent, the generator or the prompt.

use reprompt::example::generate::{Scenario, generate};
use std::path::Path;

fn main() -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("prompts-example");
    for (path, bytes) in generate(Scenario::SHIPPED).kept() {
        let path = root.join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, bytes)?;
    }
    Ok(())
}

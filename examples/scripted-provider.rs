//! A model provider on loopback whose answers are known: it speaks every protocol that `reprompt` does and answers its
//! three kinds of questions by fixed rules. For trying `engine: llm` without a model, and for tests of it.
//!
//! `cargo run --example scripted-provider [BILL]` prints `http://127.0.0.1:PORT` and serves until it is ended. With
//! BILL, a file, every request is written to it as `tokens-in tokens-out digest`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a server for tests and tries; it stops at the first surprise"
)]

#[expect(dead_code, reason = "other programs use other parts of it")]
#[path = "../tests/llm/server/mod.rs"]
mod server;

use server::{Act, Asked, Server, Setup, script::answer};
use std::io::Write as _;

fn main() {
    let bill = std::env::args().nth(1).map(|path| std::fs::File::create(path).unwrap());
    let script = Box::new(|asked: &Asked| Act::Answer(answer(asked)));
    let server = Server::start(Setup { script, bill, keeps: false, ..Setup::default() });
    println!("http://{}", server.address);
    std::io::stdout().flush().unwrap();
    loop {
        std::thread::park();
    }
}

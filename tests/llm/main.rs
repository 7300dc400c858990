//! The wall around model providers against servers that fail in every way we know, with a real ledger.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![expect(clippy::disallowed_methods, reason = "a server on loopback has its own clock")]

mod matrix;
mod pace;
mod rig;
#[expect(dead_code, reason = "other programs use other parts of it")]
mod server;
mod tape;
mod transport;

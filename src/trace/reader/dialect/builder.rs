//! Puts the blocks of one message together. What follows a tool's result is a message of its own.

use super::block::Block;
use super::{call_of, text_of};
use crate::clock::Timestamp;
use crate::trace::Role;
use crate::trace::message::{Call, Message};
use serde_json::Value;

/// See the module.
pub(super) struct Builder {
    pub(super) role: Role,
    pub(super) time: Option<Timestamp>,
    texts: Vec<String>,
    calls: Vec<Call>,
    done: Vec<Message>,
    only_results: bool,
}

impl Builder {
    pub(super) fn new(role: Role) -> Self {
        Self { role, time: None, texts: Vec::new(), calls: Vec::new(), done: Vec::new(), only_results: false }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.texts.iter().all(String::is_empty) && self.calls.is_empty() && self.done.is_empty()
    }

    pub(super) fn add(&mut self, block: Block) {
        match block {
            Block::Text(text) => self.texts.push(text),
            Block::Said(role, text) => {
                self.flush();
                self.done.push(Message { time: self.time, ..Message::new(role, text) });
            }
            Block::Call(call) => self.calls.push(call),
            Block::Result(result) => {
                self.flush();
                self.only_results = true;
                self.done.push(Message { time: self.time, ..result });
            }
            Block::CallWithResult(call, result) => {
                self.calls.push(call);
                if let Some(result) = result {
                    self.add(Block::Result(result));
                }
            }
            Block::Nothing => {}
        }
    }

    /// A call that stands beside the content; blocks may have named it already.
    pub(super) fn list(&mut self, call: &Value) {
        let found = call_of(call);
        let known = |known: &Call| found.id.is_some() && known.id == found.id;
        if self.calls.iter().any(known) || self.done.iter().flat_map(|message| &message.calls).any(known) {
            return;
        }
        let result = call.get("result").filter(|_| call.get("state").is_some());
        let (id, name) = (found.id.clone(), found.name.clone());
        self.calls.push(found);
        if let Some(result) = result {
            self.add(Block::Result(Message::result(id, Some(name), text_of(Some(result)), None)));
        }
    }

    fn flush(&mut self) {
        if self.texts.iter().any(|text| !text.is_empty()) || !self.calls.is_empty() {
            let text = std::mem::take(&mut self.texts).join("\n");
            let calls = std::mem::take(&mut self.calls);
            self.done.push(Message { calls, time: self.time, ..Message::new(self.role, text) });
        }
        self.texts.clear();
    }

    /// All messages; a message that holds nothing is one too, unless it only carried results.
    pub(super) fn finish(mut self) -> Vec<Message> {
        self.flush();
        if self.done.is_empty() && !self.only_results {
            self.done.push(Message { time: self.time, ..Message::new(self.role, "") });
        }
        self.done
    }
}

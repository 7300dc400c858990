//! Going on after a record that is none: where the next one begins is told by how the good ones do.

use super::{Beginning, HEAD, Piece, Reason, Splitter, State, Step, Taken, first_key};
use std::io;

impl Splitter<'_> {
    /// Why the balanced text of `length` bytes at `start` is no element of an array of records: nothing ends it, or it is
    /// an array that was not closed and holds what follows.
    pub(super) fn unlike(&mut self, length: usize) -> io::Result<Option<&'static str>> {
        match self.buffer[self.start] {
            b'{' => Ok(None),
            b'[' => {
                let value = &self.buffer[self.start..self.start + length];
                let inside = self.usual.as_ref().and_then(|usual| usual.find(value, 1));
                Ok(inside.map(|_| "a record begins inside of an array"))
            }
            _ => loop {
                let rest = &self.buffer[self.start + length..];
                // White space may go on for ever.
                let waited = rest.len() > HEAD;
                match rest.iter().copied().find(|byte| !byte.is_ascii_whitespace()) {
                    Some(b',' | b']') => return Ok(None),
                    Some(_) => return Ok(Some("expected an object or an array")),
                    None if !waited && self.fill()? => {}
                    None => return Ok(None),
                }
            },
        }
    }

    /// Sets aside from the value at `start` to the next place that begins as it does: on a line of its own with the
    /// same indentation where it had one, else after a comma. What comes before `start` in `dropped` is part of it.
    pub(super) fn recover(&mut self, dropped: Option<(Taken, Beginning)>, reason: Reason) -> io::Result<Step> {
        self.recovered = true;
        let (mut taken, beginning) = match dropped {
            Some(dropped) => dropped,
            None => (Taken::new(self.offset()), self.beginning()?),
        };
        let known = |usual: &Beginning, here: &[u8], from| match &beginning {
            // Any line is a guess for want of something better.
            Beginning::AnyLine => usual.find(here, from),
            own => own.find(here, from).into_iter().chain(usual.find(here, from)).min(),
        };
        let mut from = 1;
        loop {
            let here = &self.buffer[self.start..];
            let found = match &self.usual {
                Some(usual) => known(usual, here, from),
                None => beginning.find(here, from),
            };
            if let Some(length) = found {
                taken.add(&here[..length]);
                self.start += length;
                return Ok(Step::Piece(Piece::SetAside(taken.set_aside(reason))));
            }
            // Keep enough to find a beginning that lies across two pieces.
            let reach = self.usual.as_ref().map_or(0, Beginning::reach).max(beginning.reach());
            let pass = here.len().saturating_sub(reach);
            if here.len() > self.limits.record {
                taken.add(&here[..pass]);
                self.start += pass;
                from = 1;
            } else {
                from = pass.max(1);
            }
            if !self.fill()? {
                taken.add(&self.buffer[self.start..]);
                self.start = self.buffer.len();
                self.state = State::Top;
                return Ok(Step::Piece(Piece::SetAside(taken.set_aside(reason))));
            }
        }
    }

    /// How the value at `start` begins.
    pub(super) fn beginning(&mut self) -> io::Result<Beginning> {
        while self.buffer.len() - self.start < HEAD && self.fill()? {}
        let before = &self.buffer[..self.start];
        let line = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |found| found + 1);
        let indentation = &before[line..];
        let alone = indentation.iter().all(u8::is_ascii_whitespace) && (line > 0 || self.base == 0);
        let value = &self.buffer[self.start..];
        let key = first_key(&value[..value.len().min(HEAD)]);
        Ok(match (key, alone) {
            (Some(key), true) => Beginning::OwnLine([b"\n".as_slice(), indentation, key].concat()),
            (Some(key), false) => Beginning::AfterComma(key.to_vec()),
            (None, _) => Beginning::AnyLine,
        })
    }

    pub(super) fn drop_rest(&mut self, why: &str) -> io::Result<Step> {
        let mut taken = Taken::new(self.offset());
        loop {
            taken.add(&self.buffer[self.start..]);
            self.start = self.buffer.len();
            if !self.fill()? {
                break;
            }
        }
        self.state = State::Top;
        let reason = self.damage.take().map_or_else(|| Reason::Syntax(why.to_string()), Reason::Damaged);
        Ok(Step::Piece(Piece::SetAside(taken.set_aside(reason))))
    }
}

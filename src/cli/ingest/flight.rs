//! How much is between the thread that reads and the one that writes: bounded in bytes, since one record may be as
//! large as a thousand others.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Bytes of records that may be on their way at once. One record may be larger, and then goes alone.
const MOST: usize = 6 << 20;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Flight {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    bytes: usize,
    /// Nobody writes any more.
    over: bool,
}

impl Flight {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is room for so many bytes, and takes it; `false` when nobody writes any more.
    pub(super) fn depart(&self, bytes: usize) -> bool {
        let full = |state: &mut State| !state.over && state.bytes > 0 && state.bytes + bytes > MOST;
        let mut state = self.changed.wait_while(self.state(), full).unwrap_or_else(PoisonError::into_inner);
        state.bytes += bytes;
        !state.over
    }

    /// So many bytes are written.
    pub(super) fn arrive(&self, bytes: usize) {
        let mut state = self.state();
        state.bytes = state.bytes.saturating_sub(bytes);
        drop(state);
        self.changed.notify_all();
    }

    /// Nothing more will be written.
    pub(super) fn end(&self) {
        self.state().over = true;
        self.changed.notify_all();
    }
}

/// Ends a flight with whatever ends the writer.
pub(super) struct Ending<'a>(pub(super) &'a Flight);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_large_record_goes_alone_and_nobody_waits_for_a_writer_that_is_gone() {
        let flight = Flight::default();
        assert!(flight.depart(MOST * 4), "alone it may be as large as it is");
        std::thread::scope(|scope| {
            let second = scope.spawn(|| flight.depart(1));
            std::thread::sleep(Duration::from_millis(20));
            assert!(!second.is_finished());
            flight.arrive(MOST * 4);
            assert!(second.join().unwrap());
            assert!(flight.depart(MOST - 1), "together they fit");
            let third = scope.spawn(|| flight.depart(1));
            drop(Ending(&flight));
            assert!(!third.join().unwrap());
        });
    }
}

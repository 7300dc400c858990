//! One paid call: money, gate, circuit, exchange, and again if that may help. What all calls of a batch share is
//! here: how many are under way, until when nobody sends, how many retries are left.

use super::answer::{Failure, FailureKind, Usage};
use super::bookkeeper::{Bookkeeper, Ended, NoMoney, Purse};
use super::books::{CallEnd, Usd};
use super::name::Provider;
use super::pace::{Breaker, Pace, Permit};
use super::policy::Policy;
use super::protocol::{Encoded, ErrorBody, Malformed, read_error};
use super::random::Jitter;
use super::request::Stage;
use super::retry::{Next, Refusal, RetryBudget, Trouble, asked, backoff, kind_of, next};
use super::tape::Tape;
use super::transport::{Heard, Line};
use super::{ModelError, secret::Secret};
use crate::clock::{Clock, Timestamp};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

/// Where exchanges happen.
#[derive(Debug)]
pub(super) enum Outlet {
    /// The network.
    Line(Box<Line>),
    /// Recorded exchanges; nothing is paid.
    Tape(Tape),
}

/// What the calls of a batch share.
pub(super) struct Shared {
    pub(super) outlet: Outlet,
    /// Writes down every exchange.
    pub(super) recorder: Option<Tape>,
    pub(super) bookkeeper: Bookkeeper,
    pub(super) policy: Policy,
    pub(super) provider: Provider,
    pub(super) key: Option<Secret>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) begun: Instant,
    pub(super) gate: Gate,
}

/// How many calls are under way, and what decides about the next.
pub(super) struct Gate {
    state: Mutex<State>,
    changed: Notify,
}

struct State {
    active: usize,
    pace: Pace,
    breaker: Breaker,
    retries: RetryBudget,
    jitter: Jitter,
    /// The provider asked everybody to wait until then.
    not_before: Duration,
    /// No call begins any more.
    closed: bool,
}

impl Gate {
    pub(super) fn new(policy: &Policy, jobs: usize, seed: u64) -> Self {
        Self {
            state: Mutex::new(State {
                active: 0,
                pace: Pace::new(jobs, jobs),
                breaker: Breaker::new(policy),
                retries: RetryBudget::new(policy),
                jitter: Jitter::new(seed),
                not_before: Duration::ZERO,
                closed: false,
            }),
            changed: Notify::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets nobody in any more.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.changed.notify_waiters();
    }

    /// Waits until one more call may be sent.
    async fn enter(&self, begun: Instant) {
        loop {
            // On one thread nothing happens between the look and the wait, so no change is missed.
            let wait = {
                let mut state = self.state();
                let now = begun.elapsed();
                if state.closed || state.active >= state.pace.limit() {
                    None
                } else if state.not_before > now {
                    Some(state.not_before - now)
                } else {
                    match state.breaker.permit(now) {
                        Permit::Send => {
                            state.active += 1;
                            return;
                        }
                        Permit::Wait(wait) => Some(wait.max(Duration::from_millis(1))),
                    }
                }
            };
            match wait {
                Some(wait) => sleep(wait).await,
                None => self.changed.notified().await,
            }
        }
    }

    fn leave(&self) {
        self.state().active -= 1;
        self.changed.notify_waiters();
    }
}

/// Counts of one request, over all its exchanges.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tries {
    pub(super) attempts: u32,
    waits: u32,
    begun: Instant,
}

impl Tries {
    pub(super) fn new() -> Self {
        Self { attempts: 0, waits: 0, begun: Instant::now() }
    }

    pub(super) fn failed(&self, kind: FailureKind, code: Option<String>) -> Failure {
        let took_ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        Failure { kind, attempts: self.attempts, took_ms, code }
    }
}

/// A whole reply that is paid but not yet settled.
pub(super) struct Paid<T> {
    pub(super) decoded: T,
    pub(super) body: Vec<u8>,
    pub(super) purse: Purse,
}

/// How a call ends without a reply.
#[derive(Debug)]
pub(super) enum Stop {
    /// This request fails.
    Request(Failure),
    /// Every request would fail like this one.
    Provider(Failure),
    /// The batch ends.
    Batch(ModelError),
}

impl Shared {
    /// The moment.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Sends `request`, which costs `worst` at most, as often as the policy allows. The caller settles what comes back
    /// and calls [`Shared::leave`] then: a slot is free only when its reply is on disk.
    pub(super) async fn call<T>(
        &self,
        stage: Stage,
        request: &Encoded,
        worst: Usd,
        tries: &mut Tries,
        decode: &(dyn Fn(&[u8]) -> Result<T, Malformed> + Send + Sync),
    ) -> Result<Paid<T>, Stop> {
        self.gate.state().retries.call();
        loop {
            self.gate.enter(self.begun).await;
            let purse = match self.money(stage, worst).await {
                Ok(purse) => purse,
                Err(error) => {
                    self.gate.leave();
                    return Err(Stop::Batch(error));
                }
            };
            tries.attempts += 1;
            let begun = self.begun.elapsed();
            let (trouble, code) = match self.exchange(request).await.and_then(|heard| self.judge(heard, decode)) {
                Ok((decoded, body)) => {
                    self.healthy();
                    return Ok(Paid { decoded, body, purse });
                }
                Err(trouble) => {
                    let code = code_of(&trouble);
                    (trouble, code)
                }
            };
            self.write_off(purse, &trouble);
            let given_up = self.complain(&trouble, begun);
            self.gate.leave();
            if given_up {
                // The cause, not the circuit: that is what can be put right.
                return Err(Stop::Provider(tries.failed(last_kind(&trouble), code)));
            }
            match next(&trouble, &self.policy, tries.waits) {
                Next::GiveUp(kind) if kind.is_for_all() => return Err(Stop::Provider(tries.failed(kind, code))),
                Next::GiveUp(kind) => return Err(Stop::Request(tries.failed(kind, code))),
                Next::Wait(wait) => {
                    tries.waits += 1;
                    let mut state = self.gate.state();
                    let until = self.begun.elapsed() + wait + state.jitter.up_to(wait / 10);
                    state.not_before = state.not_before.max(until);
                }
                Next::Backoff => {
                    let counted = tries.attempts - tries.waits;
                    if counted >= self.policy.attempts || !self.gate.state().retries.take() {
                        return Err(Stop::Request(tries.failed(last_kind(&trouble), code)));
                    }
                    let wait = self.gate.state().jitter.up_to(backoff(&self.policy, counted));
                    sleep(wait.max(asked(&trouble, &self.policy))).await;
                }
            }
        }
    }

    /// Frees the slot of a call whose reply is settled.
    pub(super) fn leave(&self) {
        self.gate.leave();
    }

    /// Writes down how a paid call ended; returns when it is on disk.
    pub(super) async fn settle(&self, ended: Ended) -> Result<(), Stop> {
        if matches!(self.outlet, Outlet::Tape(_)) {
            return Ok(());
        }
        self.bookkeeper.settle(ended).await.map_err(|error| Stop::Batch(error.into()))
    }

    async fn money(&self, stage: Stage, worst: Usd) -> Result<Purse, ModelError> {
        if matches!(self.outlet, Outlet::Tape(_)) {
            return Ok(Purse { call: 0, reserved: Usd::default() });
        }
        self.bookkeeper.take(stage, worst).await.map_err(|reason| match reason {
            NoMoney::Cap { scope, spent, cap } => ModelError::Budget { scope, spent, cap, next: worst },
            NoMoney::Ahead { booked } => ModelError::Clock { booked },
            NoMoney::Books(error) => error.into(),
        })
    }

    async fn exchange(&self, request: &Encoded) -> Result<Heard, Trouble> {
        let heard = match &self.outlet {
            Outlet::Line(line) => line.exchange(request, self.now().0).await?,
            Outlet::Tape(tape) => tape.play(request)?,
        };
        if let Some(recorder) = &self.recorder {
            recorder.record(request, &heard, self.key.as_ref());
        }
        Ok(heard)
    }

    fn judge<T>(
        &self,
        heard: Heard,
        decode: &(dyn Fn(&[u8]) -> Result<T, Malformed> + Send + Sync),
    ) -> Result<(T, Vec<u8>), Trouble> {
        let not_ours = |again| Trouble::Body { kind: FailureKind::NotTheProtocol, again, code: None };
        let echoed = self.key.as_ref().is_some_and(|key| key.is_in(&heard.body));
        if heard.status != 200 {
            let mut body = if echoed { ErrorBody::default() } else { read_error(heard.status, &heard.body) };
            // Anthropic's rate limits always say how long to wait; its spending limits do not.
            let mute = heard.status == 429 && heard.retry_after.is_none();
            body.spend_limit |= mute && self.provider == Provider::Anthropic;
            if (200..300).contains(&heard.status) {
                return Err(not_ours(false));
            }
            return Err(Trouble::Status(Refusal {
                status: heard.status,
                retry_after: heard.retry_after,
                should_retry: heard.should_retry,
                body,
            }));
        }
        if echoed || heard.content_type.contains("text/html") || heard.body.trim_ascii_start().starts_with(b"<") {
            return Err(not_ours(false));
        }
        if let Some(remaining) = heard.remaining {
            self.gate.state().pace.remaining(remaining);
        }
        match decode(&heard.body) {
            Ok(decoded) => Ok((decoded, heard.body)),
            Err(Malformed::ErrorInside(code)) => {
                let body = read_error(400, &heard.body);
                let refusal = Refusal { status: 400, body, ..Refusal::default() };
                let kind = kind_of(&refusal);
                let final_kind = !matches!(kind, FailureKind::Rejected(_));
                let kind = if final_kind { kind } else { FailureKind::NotTheProtocol };
                Err(Trouble::Body { kind, again: !final_kind, code })
            }
            Err(_) => Err(not_ours(true)),
        }
    }

    /// Books a call that brought no reply: at its worst if the provider may have billed it.
    fn write_off(&self, purse: Purse, trouble: &Trouble) {
        if matches!(self.outlet, Outlet::Tape(_)) {
            return;
        }
        let billed = match trouble {
            Trouble::Status(_) => false,
            Trouble::Exchange { sent, .. } => *sent,
            Trouble::Body { .. } => true,
        };
        let (cost, end) =
            if billed { (purse.reserved, CallEnd::Unknown) } else { (Usd::default(), CallEnd::NotBilled) };
        self.bookkeeper.note(Ended { call: purse.call, cost, usage: Usage::default(), end, replies: Vec::new() });
    }

    fn healthy(&self) {
        let mut state = self.gate.state();
        state.pace.clean();
        let now = self.begun.elapsed();
        state.breaker.ended(true, now);
    }

    /// Tells pace and breaker; returns whether the provider is given up.
    fn complain(&self, trouble: &Trouble, begun: Duration) -> bool {
        let now = self.begun.elapsed();
        let mut state = self.gate.state();
        let well = match trouble {
            // Who asks for patience is not broken.
            Trouble::Status(refusal) => refusal.status < 500 || refusal.status == 529 || refusal.retry_after.is_some(),
            Trouble::Exchange { .. } | Trouble::Body { .. } => false,
        };
        if matches!(trouble, Trouble::Status(refusal) if matches!(refusal.status, 429 | 529)) {
            state.pace.complaint(begun, now);
        }
        state.breaker.ended(well, now)
    }
}

fn code_of(trouble: &Trouble) -> Option<String> {
    match trouble {
        Trouble::Status(refusal) => refusal.body.code.clone(),
        Trouble::Body { code, .. } => code.clone(),
        Trouble::Exchange { .. } => None,
    }
}

fn last_kind(trouble: &Trouble) -> FailureKind {
    match trouble {
        Trouble::Status(refusal) => kind_of(refusal),
        Trouble::Exchange { kind, .. } | Trouble::Body { kind, .. } => *kind,
    }
}

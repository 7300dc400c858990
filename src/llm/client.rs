//! The model behind HTTP: turns a batch of requests into stored, valid answers. Requests that mean the same bytes are
//! asked once; stored replies are checked like new ones; nothing is sent before the egress guard has seen every byte.

use super::answer::{Answer, Reply};
use super::bookkeeper::{Account, Bookkeeper, Ended};
use super::books::{Books, BooksError, CallEnd, Caps, ReplyKey, RunId, StoredReply, Usd};
use super::call::{Gate, Outlet, Shared, Stop, Tries};
use super::name::ModelName;
use super::plan::{Plan, Shown};
use super::policy::Policy;
use super::price::Price;
use super::protocol::{Correction, Encoded, Extra, Protocol, Stop as End, parse_reply};
use super::request::{Request, Stage};
use super::run::Run;
use super::tape::Tape;
use super::tokens;
use super::transport::{Line, Route};
use super::{Failure, FailureKind, Model, ModelError};
use crate::clock::Clock;
use crate::digest::Digest;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::time::Instant;

/// Scans the bytes of a request; an error names the detector.
pub type Guard = Arc<dyn Fn(&[u8]) -> Result<(), String> + Send + Sync>;

/// What stored replies are used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Storing {
    /// Read and written.
    #[default]
    On,
    /// Read; a reply that is missing is an error and nothing is sent.
    ReadOnly,
    /// Written; every request is sent.
    WriteOnly,
    /// Neither.
    Off,
}

/// Whether requests may be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Sending {
    /// They may.
    #[default]
    Allowed,
    /// A missing reply is an error with this reason.
    Forbidden(String),
    /// Nothing is sent; what would be is kept for [`HttpModel::planned`].
    Planned,
}

/// Where exchanges come from and go to besides the network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Taping {
    /// Nowhere.
    #[default]
    Off,
    /// Every exchange is written to this folder.
    Record(PathBuf),
    /// Every exchange is read from this folder; the network is not used and nothing is paid.
    Replay(PathBuf),
}

/// All that a model needs.
pub struct Settings {
    /// Who answers.
    pub name: ModelName,
    /// How it is reached.
    pub route: Route,
    /// Times and bounds.
    pub policy: Policy,
    /// Calls under way at once.
    pub jobs: usize,
    /// Seed of the jitter.
    pub seed: u64,
    /// What a token costs.
    pub price: Price,
    /// What may be spent.
    pub caps: Caps,
    /// How long the command may take, all batches together.
    pub deadline: Option<Duration>,
    /// Stored replies.
    pub storing: Storing,
    /// Whether requests may be sent.
    pub sending: Sending,
    /// Record or replay.
    pub taping: Taping,
    /// Version of the redactor that made the requests' texts; part of every key.
    pub redactor: u32,
    /// The egress guard.
    pub guard: Guard,
    /// What a provider wants besides (Azure's API version).
    pub extra: Extra,
    /// The command, for the ledger.
    pub command: String,
    /// The command's run, shared with its other models.
    pub run: Run,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// A model behind HTTP.
pub struct HttpModel {
    pub(super) settings: Settings,
    protocol: Protocol,
    pub(super) name: String,
    pub(super) state: Mutex<State>,
}

pub(super) struct State {
    pub(super) books: Option<Box<dyn Books>>,
    pub(super) plan: Plan,
}

impl fmt::Debug for HttpModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpModel").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A request that must be sent, and the requests of the batch that it answers.
struct Job {
    request: Request,
    key: ReplyKey,
    indices: Vec<usize>,
}

impl HttpModel {
    /// A model that keeps its money and replies in `books`.
    pub fn new(settings: Settings, books: Box<dyn Books>) -> Self {
        let protocol = settings.name.provider.protocol(&settings.name.model);
        let name = settings.name.to_string();
        let state = State { books: Some(books), plan: Plan::default() };
        Self { settings, protocol, name, state: Mutex::new(state) }
    }

    /// What would have been sent, where [`Sending::Planned`].
    pub fn planned(&self) -> Plan {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).plan.clone()
    }

    fn encode(&self, request: &Request, correction: Option<&Correction>, max_output: u32) -> Encoded {
        let Settings { name, extra, .. } = &self.settings;
        self.protocol.encode(name.provider, &name.model, request, correction, max_output, extra)
    }

    /// Lets the guard look at what would be sent of `stage` about `about`.
    pub(super) fn guard(&self, encoded: &Encoded, stage: Stage, about: &str) -> Result<(), ModelError> {
        (self.settings.guard)(&encoded.body).map_err(|detector| ModelError::Guarded {
            reason: format!("{detector} in the request about {about} (stage `{stage}`)"),
        })
    }

    fn key(&self, encoded: &Encoded, request: &Request) -> ReplyKey {
        let (redactor, repeat) = (self.settings.redactor.to_le_bytes(), request.repeat.to_le_bytes());
        ReplyKey(Digest::of_fields([
            self.settings.name.provider.as_str().as_bytes(),
            self.settings.name.model.as_bytes(),
            self.settings.route.base_url.as_bytes(),
            encoded.path.as_bytes(),
            &encoded.body,
            &redactor,
            &repeat,
        ]))
    }

    /// The answer in a whole body, by the same rules whether it is new or stored.
    fn read(&self, body: &[u8], request: &Request) -> Option<serde_json::Value> {
        let decoded = self.protocol.decode(body).ok()?;
        let value = (decoded.stop == End::Done).then(|| parse_reply(&decoded.text).ok())??;
        request.schema.check(&value).ok().map(|()| value)
    }

    pub(super) fn worst(&self, encoded: &Encoded, max_output: u32) -> Usd {
        self.settings.price.cost(tokens::upper_bound(encoded.body.len()), u64::from(max_output))
    }

    /// Looks at every request before anything is sent: guard, stored replies, doubles.
    fn prepare(
        &self,
        requests: &[Request],
        books: &dyn Books,
        done: &mut dyn FnMut(usize, Answer),
    ) -> Result<Vec<Job>, ModelError> {
        let mut jobs: Vec<Job> = Vec::new();
        let mut known: BTreeMap<ReplyKey, usize> = BTreeMap::new();
        let reads = matches!(self.settings.storing, Storing::On | Storing::ReadOnly) && !self.replays();
        let mut answered = Vec::new();
        for (index, request) in requests.iter().enumerate() {
            let encoded = self.encode(request, None, request.max_output);
            self.guard(&encoded, request.stage, &request.about)?;
            if let Some(shorter) = request.shorter() {
                self.guard(&self.encode(&shorter, None, request.max_output), request.stage, &request.about)?;
            }
            let key = self.key(&encoded, request);
            if let Some(job) = known.get(&key).and_then(|at| jobs.get_mut(*at)) {
                job.indices.push(index);
                continue;
            }
            let stored = if reads { books.stored(&key)? } else { None };
            if let Some(value) = stored.and_then(|reply| self.read(&reply.body, request)) {
                let usage = super::Usage::default();
                answered.push((index, Answer::Reply(Reply { value, usage, cost: Usd::default(), stored: true })));
                continue;
            }
            known.insert(key, jobs.len());
            jobs.push(Job { request: request.clone(), key, indices: vec![index] });
        }
        for (index, answer) in answered {
            done(index, answer);
        }
        Ok(jobs)
    }

    pub(super) fn replays(&self) -> bool {
        matches!(self.settings.taping, Taping::Replay(_))
    }

    fn plan(&self, jobs: &[Job], stored: usize) -> Plan {
        let mut plan = Plan { stored, ..Plan::default() };
        for job in jobs {
            let encoded = self.encode(&job.request, None, job.request.max_output);
            let output = job.request.max_output;
            let estimate = tokens::estimate(&encoded.body);
            plan.add(Shown {
                stage: job.request.stage,
                url: format!("{}{}", self.settings.route.base_url, encoded.path),
                input_tokens: estimate,
                output_tokens: u64::from(output),
                estimate: self.settings.price.cost(estimate, u64::from(output)),
                at_most: self.worst(&encoded, output),
                body: encoded.body,
            });
        }
        plan
    }

    fn outlet(&self) -> Result<(Outlet, Option<Tape>), ModelError> {
        let failed =
            |folder: &Path, error: std::io::Error| ModelError::Tape(format!("folder `{}`: {error}", folder.display()));
        match &self.settings.taping {
            Taping::Replay(folder) => {
                Ok((Outlet::Tape(Tape::open(folder).map_err(|error| failed(folder, error))?), None))
            }
            taping => {
                let line = Line::new(&self.settings.route, self.settings.policy).map_err(ModelError::Machinery)?;
                let recorder = match taping {
                    Taping::Record(folder) => Some(Tape::create(folder).map_err(|error| failed(folder, error))?),
                    _ => None,
                };
                Ok((Outlet::Line(Box::new(line)), recorder))
            }
        }
    }

    /// One request, from its first try to its answer.
    async fn ask(&self, shared: &Shared, job: &Job) -> Result<Answer, Stop> {
        let mut request = job.request.clone();
        let mut correction: Option<Correction> = None;
        let mut max_output = request.max_output;
        let mut tries = Tries::new();
        let mut paid = Usd::default();
        loop {
            let encoded = self.encode(&request, correction.as_ref(), max_output);
            // A correction repeats what the model said; it passes the guard like everything else.
            if let Err(error) = self.guard(&encoded, request.stage, &request.about) {
                if correction.is_none() {
                    return Err(Stop::Batch(error));
                }
                let reason = "the reply holds what must not be sent back for correction".to_string();
                return Ok(Answer::Invalid { reason });
            }
            let worst = self.worst(&encoded, max_output);
            let decode = |body: &[u8]| self.protocol.decode(body);
            let reply = match shared.call(request.stage, &encoded, worst, &mut tries, &decode).await {
                Err(Stop::Request(Failure { kind: FailureKind::ContextTooLong, .. }))
                    if request.shorter().is_some() =>
                {
                    request = request.shorter().unwrap_or(request);
                    continue;
                }
                other => other?,
            };
            let usage = reply.decoded.usage;
            let cost = self.settings.price.charge(usage, worst);
            paid += cost;
            let outcome = match reply.decoded.stop {
                End::Refused => Err(Some(Answer::Refused)),
                End::Length if max_output > request.max_output => Err(Some(Answer::Truncated)),
                End::Length => {
                    max_output = max_output.saturating_mul(4);
                    Err(None)
                }
                End::Done => {
                    let checked = parse_reply(&reply.decoded.text)
                        .map_err(str::to_string)
                        .and_then(|value| request.schema.check(&value).map(|()| value));
                    match checked {
                        Ok(value) => Ok(value),
                        Err(reason) if correction.is_some() => Err(Some(Answer::Invalid { reason })),
                        Err(message) => {
                            correction = Some(Correction { previous: reply.decoded.text.clone(), message });
                            Err(None)
                        }
                    }
                }
            };
            let keeps = outcome.is_ok() && !matches!(self.settings.storing, Storing::Off | Storing::ReadOnly);
            let stored = keeps.then(|| {
                let kept =
                    StoredReply { body: reply.body, instructions: request.instructions.digest(), at: shared.now() };
                (job.key, kept)
            });
            let end = if outcome.is_ok() { CallEnd::Reply } else { CallEnd::Unusable };
            let settled = shared
                .settle(Ended { call: reply.purse.call, cost, usage, end, replies: stored.into_iter().collect() })
                .await;
            shared.leave();
            settled?;
            match outcome {
                Ok(value) => return Ok(Answer::Reply(Reply { value, usage, cost: paid, stored: false })),
                Err(Some(answer)) => return Ok(answer),
                Err(None) => {}
            }
        }
    }
}

fn hand_over(job: &Job, answer: &Answer, done: &mut dyn FnMut(usize, Answer)) {
    for (nth, index) in job.indices.iter().enumerate() {
        let mut answer = answer.clone();
        // What was asked once is paid once.
        if let (Answer::Reply(reply), true) = (&mut answer, nth > 0) {
            reply.stored = true;
            reply.cost = Usd::default();
        }
        done(*index, answer);
    }
}

impl Model for HttpModel {
    fn name(&self) -> &str {
        &self.name
    }

    fn complete(&self, requests: &[Request], done: &mut dyn FnMut(usize, Answer)) -> Result<(), ModelError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(books) = state.books.take() else {
            return Err(BooksError("the ledger was lost by an earlier failure".to_string()).into());
        };
        let jobs = match self.prepare(requests, &*books, done) {
            Ok(jobs) => jobs,
            Err(error) => {
                state.books = Some(books);
                return Err(error);
            }
        };
        let stored = requests.len() - jobs.iter().map(|job| job.indices.len()).sum::<usize>();
        if jobs.is_empty() {
            state.books = Some(books);
            if self.settings.sending == Sending::Planned {
                state.plan.stored += stored;
            }
            return Ok(());
        }
        let may = match self.settings.sending {
            Sending::Planned => {
                state.plan.join(self.plan(&jobs, stored));
                Err(ModelError::Planned)
            }
            _ => self.may_send(jobs.len(), requests.len()),
        };
        let (books, result) = match may {
            Err(error) => (Some(books), Err(error)),
            Ok(()) => {
                let mut hand = |job: &Job, answer: Result<Answer, Failure>| {
                    hand_over(job, &answer.unwrap_or_else(Answer::Failed), done);
                };
                self.send(books, async |shared: &Shared| {
                    self.drive(shared, &jobs, |job| self.ask(shared, job), &mut hand).await
                })
            }
        };
        state.books = books;
        result
    }
}

impl HttpModel {
    /// Whether what is not stored may be sent.
    pub(super) fn may_send(&self, missing: usize, asked: usize) -> Result<(), ModelError> {
        let refuse = |why: &str| Err(ModelError::NotStored { missing, asked, why: why.to_string() });
        match (&self.settings.sending, self.settings.storing) {
            _ if self.replays() => Ok(()),
            (Sending::Planned, _) => Err(ModelError::Planned),
            (Sending::Forbidden(why), _) => refuse(why),
            (Sending::Allowed, Storing::ReadOnly) => refuse("stored replies are read only"),
            (Sending::Allowed, _) => Ok(()),
        }
    }

    /// Opens the run, the books' thread and the runtime, does the work and closes all three.
    pub(super) fn send(
        &self,
        mut books: Box<dyn Books>,
        work: impl AsyncFnOnce(&Shared) -> Result<(), ModelError>,
    ) -> (Option<Box<dyn Books>>, Result<(), ModelError>) {
        let opened = self.outlet().and_then(|outlet| {
            let runtime = Builder::new_current_thread().enable_all().build();
            Ok((outlet, runtime.map_err(|error| ModelError::Machinery(error.to_string()))?))
        });
        let ((outlet, recorder), runtime) = match opened {
            Ok(opened) => opened,
            Err(error) => return (Some(books), Err(error)),
        };
        let begun = if self.replays() {
            Ok(RunId(0))
        } else {
            // Also where the run has its number already: these books, too, are to say that it is under way.
            books
                .hold()
                .and_then(|()| self.settings.run.id(|| books.begin(&self.settings.command, self.settings.clock.now())))
        };
        let run_id = match begun {
            Ok(run_id) => run_id,
            Err(error) => return (Some(books), Err(error.into())),
        };
        let Settings { policy, jobs: most, seed, caps, clock, route, .. } = &self.settings;
        let account = Account { books, run: run_id, caps: *caps, model: self.name.clone(), clock: Arc::clone(clock) };
        let shared = Shared {
            outlet,
            recorder,
            bookkeeper: Bookkeeper::start(account),
            policy: *policy,
            provider: self.settings.name.provider,
            key: route.key.clone(),
            clock: Arc::clone(clock),
            begun: Instant::now(),
            gate: Gate::new(policy, (*most).max(1), *seed),
        };
        let result = runtime.block_on(work(&shared));
        let Shared { bookkeeper, recorder, .. } = shared;
        // Answers are handed over and stored by now; that their recording is not whole must still be known.
        let unwritten = recorder.and_then(|tape| tape.unwritten()).map(ModelError::Tape);
        let result = result.and(unwritten.map_or(Ok(()), Err));
        match bookkeeper.finish() {
            None => (None, result.and(Err(BooksError("the thread of the books ended".to_string()).into()))),
            Some((books, kept)) => (Some(books), result.and(kept.map(|_| ()).map_err(ModelError::from))),
        }
    }
}

//! A model provider on loopback that speaks every protocol, fails in every way that we know, and keeps a bill. Raw
//! sockets and threads, so that it can break HTTP where a library would not let it. It shares no code with the client.

mod fault;
pub mod script;
mod wire;

pub use fault::Fault;
pub use wire::{Asked, Kind};

use serde_json::Value;
use std::fs::File;
use std::io::{BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long things take that a fault draws out.
#[derive(Clone, Copy, Debug)]
pub struct Tempo {
    /// Before any answer.
    pub latency: Duration,
    /// Between two bytes that dribble.
    pub dribble: Duration,
    /// What a silent server waits before it hangs up.
    pub silence: Duration,
    /// What `Retry-After` asks for, in seconds.
    pub retry_after: u32,
}

impl Default for Tempo {
    fn default() -> Self {
        Self {
            latency: Duration::ZERO,
            dribble: Duration::from_millis(20),
            silence: Duration::from_secs(20),
            retry_after: 2,
        }
    }
}

/// What the server does with a request.
#[derive(Clone, Debug)]
pub enum Act {
    /// Answers with this value in the shape that was asked for.
    Answer(Value),
    /// Answers with a value made from the schema.
    Fill,
    /// Fails.
    Fail(Fault),
    /// Redirects to this address.
    RedirectTo(String),
}

type Script = Box<dyn Fn(&Asked) -> Act + Send + Sync>;

/// A request that arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    /// When, since the server started.
    pub at: Duration,
    /// The request.
    pub asked: Asked,
}

struct State {
    script: Script,
    tempo: Tempo,
    started: Instant,
    seen: Mutex<Vec<Seen>>,
    keeps: bool,
    billed_input: AtomicU64,
    billed_output: AtomicU64,
    calls: AtomicU64,
    under_way: AtomicUsize,
    most_under_way: AtomicUsize,
    bill: Option<Mutex<File>>,
    stopped: AtomicBool,
}

/// A running server; it stops when dropped.
pub struct Server {
    pub address: SocketAddr,
    state: Arc<State>,
}

/// What may be set before the server starts.
pub struct Setup {
    pub script: Script,
    pub tempo: Tempo,
    /// Every billed request is appended to this file as `input output digest`.
    pub bill: Option<File>,
    /// Whether requests are kept for [`Server::seen`].
    pub keeps: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self { script: Box::new(|_| Act::Fill), tempo: Tempo::default(), bill: None, keeps: true }
    }
}

impl Server {
    pub fn start(setup: Setup) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            script: setup.script,
            tempo: setup.tempo,
            started: Instant::now(),
            seen: Mutex::default(),
            keeps: setup.keeps,
            billed_input: AtomicU64::new(0),
            billed_output: AtomicU64::new(0),
            calls: AtomicU64::new(0),
            under_way: AtomicUsize::new(0),
            most_under_way: AtomicUsize::new(0),
            bill: setup.bill.map(Mutex::new),
            stopped: AtomicBool::new(false),
        });
        let shared = Arc::clone(&state);
        thread(move || {
            for stream in listener.incoming() {
                if shared.stopped.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let shared = Arc::clone(&shared);
                thread(move || drop(serve(&shared, &stream)));
            }
        });
        Self { address, state }
    }

    /// A server that fails in the same way for the first `times` requests, and is well afterwards.
    pub fn failing(fault: Fault, times: u64, tempo: Tempo) -> Self {
        let script: Script = Box::new(move |asked| if asked.number < times { Act::Fail(fault) } else { Act::Fill });
        Self::start(Setup { script, tempo, ..Setup::default() })
    }

    /// The base URL for a protocol.
    pub fn base(&self, kind: Kind) -> String {
        format!("http://{}{}", self.address, kind.base())
    }

    /// Everything that arrived, in order.
    pub fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().unwrap().clone()
    }

    /// Requests that arrived whole.
    pub fn calls(&self) -> u64 {
        self.state.calls.load(Ordering::SeqCst)
    }

    /// Tokens that a provider would bill: of requests and of replies.
    pub fn billed(&self) -> (u64, u64) {
        (self.state.billed_input.load(Ordering::SeqCst), self.state.billed_output.load(Ordering::SeqCst))
    }

    /// Most requests that were under way together.
    pub fn most_under_way(&self) -> usize {
        self.state.most_under_way.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.stopped.store(true, Ordering::Relaxed);
        // Wakes the listener so that it sees that it is to stop.
        drop(TcpStream::connect(self.address));
    }
}

fn thread(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(256 << 10).spawn(work).unwrap();
}

fn serve(state: &State, stream: &TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let Some(mut asked) = wire::read_request(&mut reader)? else { return Ok(()) };
        asked.number = state.calls.fetch_add(1, Ordering::SeqCst);
        let now = state.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        state.most_under_way.fetch_max(now, Ordering::SeqCst);
        let result = answer(state, stream, &asked);
        state.under_way.fetch_sub(1, Ordering::SeqCst);
        if !result? {
            return Ok(());
        }
    }
}

/// Answers one request; whether the connection lives on.
fn answer(state: &State, stream: &TcpStream, asked: &Asked) -> std::io::Result<bool> {
    if state.keeps {
        state.seen.lock().unwrap().push(Seen { at: state.started.elapsed(), asked: asked.clone() });
    }
    let act = (state.script)(asked);
    let bills = match &act {
        Act::Fail(fault) => fault.bills(),
        Act::RedirectTo(_) => false,
        Act::Answer(_) | Act::Fill => true,
    };
    let reply = match &act {
        Act::Answer(value) => wire::reply(asked, value, wire::Ending::Done),
        _ => wire::reply(asked, &wire::fill(&asked.schema), wire::Ending::Done),
    };
    if bills {
        // The bill is written when the reply is made, before it is sent: nobody gets one for free.
        let output = match &act {
            Act::Fail(fault) => fault.output_tokens(asked, &reply),
            _ => reply.output_tokens,
        };
        state.billed_input.fetch_add(asked.input_tokens(), Ordering::SeqCst);
        state.billed_output.fetch_add(output, Ordering::SeqCst);
        if let Some(bill) = &state.bill {
            let line = format!("{} {} {:016x}\n", asked.input_tokens(), output, asked.digest());
            bill.lock().unwrap().write_all(line.as_bytes())?;
        }
    }
    if !state.tempo.latency.is_zero() {
        std::thread::sleep(state.tempo.latency);
    }
    match act {
        Act::Fail(fault) => fault.play(stream, asked, &reply, &state.tempo),
        Act::RedirectTo(target) => wire::send(stream, 307, &[("location", target)], b"").map(|()| true),
        Act::Answer(_) | Act::Fill => {
            wire::send(stream, 200, &[], &reply.body)?;
            Ok(true)
        }
    }
}

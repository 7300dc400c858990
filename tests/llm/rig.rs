//! A model with a real ledger in a temporary folder, on a fast clock, in front of a server of ours.

use crate::server::{Kind, Server};
use reprompt::clock::{SystemClock, Timestamp};
use reprompt::llm::books::{Caps, Usd};
use reprompt::llm::policy::Policy;
use reprompt::llm::price::Price;
use reprompt::llm::protocol::{Extra, key_header};
use reprompt::llm::secret::Secret;
use reprompt::llm::{
    Answer, Embedder as _, HttpModel, Instructions, Model as _, ModelError, ModelName, Provider, Reply, Request, Route,
    Run, Schema, Sending, Settings, Stage, Storing, Taping, Usage,
};
use reprompt::store::Ledger;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The key of every test; it must turn up nowhere but in one header.
pub const KEY: &str = "obviously-fake-key-0123456789";

/// A policy whose seconds are hundredths.
pub fn policy() -> Policy {
    Policy {
        first_byte: Duration::from_millis(500),
        idle: Duration::from_millis(400),
        total: Duration::from_millis(1500),
        ..Policy::default().faster(100)
    }
}

/// The provider and model that make the client speak `kind`.
pub fn name(kind: Kind) -> ModelName {
    let (provider, model) = match kind {
        Kind::Chat | Kind::Embeddings => (Provider::OpenAi, "fake"),
        Kind::Responses => (Provider::OpenAi, "o3-pro"),
        Kind::Messages => (Provider::Anthropic, "fake"),
        Kind::Gemini => (Provider::Gemini, "fake"),
        Kind::Ollama => (Provider::Ollama, "fake"),
        Kind::Azure => (Provider::Azure, "fake"),
    };
    ModelName { provider, model: model.to_string() }
}

/// A dollar for a thousand tokens, either way.
pub fn price() -> Price {
    Price::per_million(1000.0, 1000.0).unwrap()
}

pub fn settings(kind: Kind, base_url: String) -> Settings {
    let name = name(kind);
    let provider = name.provider;
    Settings {
        route: Route {
            base_url,
            key_header: key_header(provider),
            key: (provider != Provider::Ollama).then(|| Secret::new(KEY)),
            allowed: Arc::new(|address| address.is_loopback()),
            proxy: None,
        },
        name,
        policy: policy(),
        jobs: 1,
        seed: 7,
        price: price(),
        caps: Caps { run: Some(Usd(100 * Usd::DOLLAR)), month: Some(Usd(200 * Usd::DOLLAR)) },
        deadline: Some(Duration::from_secs(20)),
        storing: Storing::On,
        sending: Sending::Allowed,
        taping: Taping::Off,
        redactor: 1,
        guard: Arc::new(|_| Ok(())),
        extra: Extra::default(),
        command: "test".to_string(),
        run: Run::default(),
        clock: Arc::new(SystemClock),
    }
}

pub fn question(number: usize) -> Request {
    Request {
        stage: Stage::Name,
        about: format!("question {number}"),
        instructions: Instructions::new("Name the intent."),
        input: format!("Question {number}"),
        shorter_input: None,
        shape: "intent_name",
        schema: Schema::Object(vec![("name", Schema::Text(2000)), ("sure", Schema::Truth)]),
        max_output: 50,
        repeat: 0,
    }
}

/// Asks; the answers in the questions' order.
pub fn ask(settings: Settings, folder: &Path, requests: &[Request]) -> (Vec<Option<Answer>>, Result<(), ModelError>) {
    let ledger = Ledger::open(folder).unwrap();
    let model = HttpModel::new(settings, Box::new(ledger));
    let mut answers = vec![None; requests.len()];
    let result = model.complete(requests, &mut |index, answer| answers[index] = Some(answer));
    (answers, result)
}

/// Embeds a text; its vector as if it were a reply.
pub fn embed(settings: Settings, folder: &Path) -> (Vec<Option<Answer>>, Result<(), ModelError>) {
    let before = spent(folder);
    let model = HttpModel::new(settings, Box::new(Ledger::open(folder).unwrap()));
    match model.embed(&["where is my order".to_string()]) {
        Ok(vectors) => {
            let value = serde_json::json!(vectors[0]);
            let stored = spent(folder) == before;
            let reply = Reply { value, usage: Usage::default(), cost: Usd::default(), stored };
            (vec![Some(Answer::Reply(reply))], Ok(()))
        }
        Err(error) => (vec![None], Err(error)),
    }
}

/// What the ledger in `folder` counts as spent this month.
pub fn spent(folder: &Path) -> Usd {
    Ledger::open(folder).unwrap().spent(Timestamp(0)).unwrap().month
}

/// What the server's bill comes to.
pub fn bill(server: &Server) -> Usd {
    let (input, output) = server.billed();
    price().cost(input, output)
}

/// Every byte of the ledger's files.
pub fn ledger_bytes(folder: &Path) -> Vec<u8> {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().filter(|path| path.is_file()).flat_map(|path| std::fs::read(path).unwrap()).collect()
}

/// Whether `needle` stands in `bytes`.
pub fn holds(bytes: &[u8], needle: &str) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
}

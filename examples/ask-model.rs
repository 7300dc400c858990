//! Asks a model server on this machine a few questions by the wall of `src/llm` and prints what became of each: a
//! probe for `tests/referees/run`, which judges. It ends with 0 whenever it could ask at all.
//!
//! `ask-model PROVIDER/MODEL BASE_URL COUNT [--repeat-key N] [--ledger FOLDER]`; the key is in `REFEREE_KEY` and must
//! be a made-up one.

#![expect(clippy::print_stdout, reason = "the lines are what it is run for")]
#![expect(clippy::disallowed_methods, reason = "a probe of its own has no door that hands it the environment")]

use reprompt::clock::{Clock as _, SystemClock};
use reprompt::llm::books::{Caps, Usd};
use reprompt::llm::policy::Policy;
use reprompt::llm::price::Price;
use reprompt::llm::protocol::{Extra, key_header};
use reprompt::llm::secret::Secret;
use reprompt::llm::{
    Answer, HttpModel, Instructions, Model as _, ModelError, ModelName, Request, Route, Run, Schema, Sending, Settings,
    Stage, Storing, Taping,
};
use reprompt::store::Ledger;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

const USAGE: &str = "ask-model PROVIDER/MODEL BASE_URL COUNT [--repeat-key N] [--ledger FOLDER]";

struct Args {
    name: ModelName,
    base_url: String,
    count: u32,
    repeat: u32,
    ledger: Option<PathBuf>,
}

fn read_args(mut words: impl Iterator<Item = String>) -> Result<Args, Box<dyn Error>> {
    let mut next = || words.next().ok_or(USAGE);
    let (name, base_url, count) = (ModelName::parse(&next()?)?, next()?, next()?.parse()?);
    let mut args = Args { name, base_url, count, repeat: 0, ledger: None };
    while let Ok(word) = next() {
        match word.as_str() {
            "--repeat-key" => args.repeat = next()?.parse()?,
            "--ledger" => args.ledger = Some(next()?.into()),
            _ => return Err(USAGE.into()),
        }
    }
    Ok(args)
}

/// Short times where only we wait; a second of `Retry-After` stays a second, since the server holds us to it.
fn policy() -> Policy {
    Policy { second: Duration::from_secs(1), ..Policy::default().faster(20) }
}

fn settings(args: &Args, price: Price) -> Settings {
    let header = key_header(args.name.provider);
    let key = std::env::var("REFEREE_KEY").ok().filter(|_| header.is_some());
    Settings {
        route: Route {
            base_url: args.base_url.clone(),
            key_header: header,
            key: key.map(Secret::new),
            allowed: Arc::new(|address| address.is_loopback()),
            proxy: None,
        },
        name: args.name.clone(),
        policy: policy(),
        jobs: 4,
        seed: 7,
        price,
        caps: Caps { run: Some(Usd(1000 * Usd::DOLLAR)), month: Some(Usd(1000 * Usd::DOLLAR)) },
        deadline: Some(Duration::from_secs(40)),
        storing: Storing::On,
        sending: Sending::Allowed,
        taping: Taping::Off,
        redactor: 1,
        guard: Arc::new(|_| Ok(())),
        extra: Extra::default(),
        command: "ask-model".to_string(),
        run: Run::default(),
        clock: Arc::new(SystemClock),
    }
}

fn question(number: u32, repeat: u32) -> Request {
    Request {
        stage: Stage::Name,
        about: format!("question {number}"),
        instructions: Instructions::new("Name the intent of the question."),
        input: format!("Question {number}"),
        shorter_input: None,
        shape: "answer",
        schema: Schema::Object(vec![("name", Schema::Text(200)), ("sure", Schema::Truth)]),
        max_output: 50,
        repeat,
    }
}

/// One word for an answer, by which answers are counted.
fn word(answer: Option<&Answer>) -> String {
    match answer {
        Some(Answer::Reply(reply)) if reply.stored => "stored".to_string(),
        Some(Answer::Reply(_)) => "reply".to_string(),
        Some(Answer::Refused) => "refused".to_string(),
        Some(Answer::Truncated) => "truncated".to_string(),
        Some(Answer::Invalid { .. }) => "invalid".to_string(),
        Some(Answer::Failed(failure)) => format!("failed:{:?}", failure.kind),
        None => "missing".to_string(),
    }
}

fn detail(answer: Option<&Answer>) -> String {
    match answer {
        Some(Answer::Reply(reply)) => format!(" {} for {}", reply.value, reply.cost),
        Some(Answer::Invalid { reason }) => format!(" {reason}"),
        Some(Answer::Failed(failure)) => format!(" {failure}"),
        Some(Answer::Refused | Answer::Truncated) | None => String::new(),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = read_args(std::env::args().skip(1))?;
    let host = args.base_url.strip_prefix("http://").and_then(|rest| rest.split(['/', ':']).next());
    if !matches!(host, Some("127.0.0.1" | "localhost")) {
        return Err("only a server on this machine is asked".into());
    }
    let temporary = tempfile::tempdir()?;
    let folder = args.ledger.clone().unwrap_or_else(|| temporary.path().to_path_buf());
    let price = Price::per_million(1000.0, 1000.0).ok_or("no price")?;
    let requests: Vec<Request> = (0..args.count).map(|number| question(number, args.repeat)).collect();
    let mut answers: Vec<Option<Answer>> = vec![None; requests.len()];
    let model = HttpModel::new(settings(&args, price), Box::new(Ledger::open(&folder)?));
    let result = model.complete(&requests, &mut |index, answer| {
        if let Some(place) = answers.get_mut(index) {
            *place = Some(answer);
        }
    });
    drop(model);

    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for answer in &answers {
        println!("{}{}", word(answer.as_ref()), detail(answer.as_ref()));
        *counts.entry(word(answer.as_ref())).or_default() += 1;
    }
    let mut summary: Vec<String> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
    if let Err(error) = &result {
        println!("error {error}");
        summary.push(match error {
            ModelError::Provider { failure, .. } => format!("error:{:?}", failure.kind),
            ModelError::Deadline { .. } => "error:Deadline".to_string(),
            error => format!("error:{error}"),
        });
    }
    let booked = Ledger::open(&folder)?.spent(SystemClock.now())?.month;
    println!("summary {}; booked {:.3}", summary.join(", "), booked.dollars());
    Ok(())
}

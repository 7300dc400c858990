//! A thousand canaries, each a secret or a piece of personal data that exists once, in every field and encoding of the
//! conversations, through the whole loop with a language model: none turns up in what is sent, printed, logged, kept
//! in the ledger or committed.

use crate::environment::Environment;
use crate::server::{Act, Asked, Kind, Server, Setup, script};
use base64::Engine as _;
use serde_json::{Value, json};

const COUNT: usize = 1000;

/// A canary as somebody would write it, and what must not be found of it.
struct Canary {
    text: String,
    cores: Vec<String>,
}

fn luhn_digit(digits: &str) -> u32 {
    let sum: u32 = digits
        .chars()
        .rev()
        .enumerate()
        .map(|(at, c)| {
            let digit = c.to_digit(10).unwrap();
            match at % 2 {
                0 if digit > 4 => digit * 2 - 9,
                0 => digit * 2,
                _ => digit,
            }
        })
        .sum();
    (10 - sum % 10) % 10
}

fn iban(account: u64) -> String {
    // DE, in digits, and two zeros behind the account.
    let number = format!("{account:018}131400");
    let rest = number.bytes().fold(0u64, |rest, digit| (rest * 10 + u64::from(digit - b'0')) % 97);
    format!("DE{:02}{account:018}", 98 - rest)
}

fn canary(number: usize) -> Canary {
    let id = format!("cnry{number:04}q");
    let base64 = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let unicode = |text: &str| text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
    let mail = format!("{id}@leak.example");
    let token = format!("ghp_{id}{:027}", number * 7919);
    let same = |text: String, core: &str| Canary { text, cores: vec![core.to_string()] };
    match number % 14 {
        0 => same(mail, &id),
        1 => same(token, &id),
        2 => same(format!("password: {id}X9"), &id),
        3 => same(format!("https://ann:{id}@db.example/x"), &id),
        4 => same(format!("Authorization: Bearer {id}A7b8C9d0"), &id),
        5 => {
            let digits = format!("41111111{number:07}");
            let card = format!("{digits}{}", luhn_digit(&digits));
            same(card.clone(), &card)
        }
        6 => {
            let account = iban(370_400_440_000_000 + number as u64);
            same(account.clone(), &account)
        }
        7 => {
            let phone = format!("+49 30 90{number:06}");
            same(phone, &format!("90{number:06}"))
        }
        8 => same(format!("{:03}-55-{:04}", 100 + number % 500, 1000 + number), &format!("-55-{:04}", 1000 + number)),
        9 => {
            let blob = base64(&format!("my key is {token}"));
            Canary { text: blob.clone(), cores: vec![blob, id] }
        }
        10 => Canary { text: unicode(&mail), cores: vec![unicode(&mail), id] },
        11 => Canary { text: mail.replace('@', "%40").replace('.', "%2E"), cores: vec![id] },
        12 => Canary { text: json!({"user": {"mail": mail}}).to_string(), cores: vec![id] },
        _ => Canary {
            text: format!("203.0.{}.{}", number / 250, 1 + number % 250),
            cores: vec![format!("203.0.{}.{} ", number / 250, 1 + number % 250)],
        },
    }
}

/// Puts canaries into the fields of a conversation in turn.
fn infest(conversation: &mut Value, next: &mut dyn FnMut() -> Option<String>) {
    let mut add = |value: &mut Value| {
        if let (Value::String(text), Some(canary)) = (&mut *value, next()) {
            *value = Value::String(format!("{text} {canary} "));
        }
    };
    let messages = conversation["messages"].as_array_mut().unwrap();
    for message in messages {
        if message["role"] == "system" {
            continue;
        }
        add(&mut message["content"]);
        for call in message.get_mut("tool_calls").and_then(Value::as_array_mut).into_iter().flatten() {
            let arguments = &mut call["function"]["arguments"];
            let Ok(mut parsed) = serde_json::from_str::<Value>(arguments.as_str().unwrap_or("")) else { continue };
            if let Some((_, value)) = parsed.as_object_mut().unwrap().iter_mut().next() {
                add(value);
            }
            *arguments = Value::String(parsed.to_string());
        }
    }
    let metadata = conversation["metadata"].as_object_mut().unwrap();
    if let Some(canary) = next() {
        metadata.insert("note".to_string(), Value::String(canary));
    }
}

#[test]
fn a_thousand_canaries_go_nowhere() {
    let server = Server::start(Setup {
        script: Box::new(|asked: &Asked| Act::Answer(script::answer(asked))),
        ..Setup::default()
    });
    let environment = Environment::new();
    environment.run(&["demo"]).succeeds();
    let folder = "reprompt-demo";
    for branch in environment.git(folder, &["branch", "--list", "reprompt/*", "--format=%(refname:short)"]).lines() {
        environment.git(folder, &["branch", "-D", branch]);
    }
    let canaries: Vec<Canary> = (0..COUNT).map(canary).collect();
    let mut texts = canaries.iter().map(|canary| canary.text.clone());
    let mut lines = Vec::new();
    for (index, line) in environment.read("reprompt-demo/traces/onboarding.jsonl").lines().enumerate() {
        let mut conversation: Value = serde_json::from_str(line).unwrap();
        let mut left = 3 + index % 3;
        infest(&mut conversation, &mut || {
            left = left.checked_sub(1)?;
            texts.next()
        });
        lines.push(conversation.to_string());
    }
    assert_eq!(texts.next(), None, "every canary is somewhere");
    environment.write("reprompt-demo/traces/infested.jsonl", lines.join("\n"));
    let config = environment.read("reprompt-demo/reprompt.yaml");
    let model =
        format!("engine: llm\nllm: {{ model: openai/gpt-4.1-mini, base_url: \"{}\" }}\n", server.base(Kind::Chat));
    environment.write("reprompt-demo/reprompt.yaml", format!("{config}\n{model}"));
    environment.commit_all(folder, "Use a model");

    let mut told = String::new();
    let mut run = |arguments: &[&str]| {
        let mut command = environment.command_in(folder, arguments);
        command.env("OPENAI_API_KEY", "obviously-fake-key").env("REPROMPT_CACHE", environment.path("fresh"));
        let outcome = environment.outcome(&mut command);
        told.push_str(&outcome.transcript());
        outcome
    };
    run(&["ingest", "traces/infested.jsonl"]).succeeds();
    run(&["intents"]).succeeds();
    let list = run(&["intents", "--json"]).ok();
    let list: Value = serde_json::from_str(&list.stdout).unwrap();
    for line in list["intents"].as_array().unwrap() {
        run(&["intents", "show", line["intent"]["id"].as_str().unwrap()]).succeeds();
    }
    run(&["intents", "--show-egress", "--replies", "off"]).succeeds();
    run(&["diagnose", "--record", "tape"]).succeeds();
    run(&["diagnose", "--json"]).succeeds();
    run(&["findings"]).succeeds();
    let findings = run(&["findings", "--json"]).ok();
    let findings: Value = serde_json::from_str(&findings.stdout).unwrap();
    for finding in findings["findings"].as_array().unwrap() {
        let id = finding["id"].as_str().or(finding["finding"]["id"].as_str()).unwrap();
        run(&["findings", "show", id]).succeeds();
    }
    run(&["propose"]).succeeds();
    run(&["log", "--json"]).succeeds();
    run(&["log", "--cost", "--json"]).succeeds();

    let bodies: Vec<String> =
        server.seen().iter().map(|seen| String::from_utf8(seen.asked.body.clone()).unwrap()).collect();
    assert!(bodies.len() >= 20, "{}", bodies.len());
    // The canaries were there to be sent: their pseudonyms were.
    for label in ["<EMAIL_", "<SECRET_", "<PHONE_", "<CARD_", "<IBAN_"] {
        assert!(bodies.iter().any(|body| body.contains(label)), "no {label} was sent");
    }
    let decoded: Vec<String> = bodies.iter().map(|body| plain(body)).collect();
    let committed = environment.git(folder, &["log", "-p", "--all"]);
    let tape: String = std::fs::read_dir(environment.path("reprompt-demo/tape"))
        .unwrap()
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    let ledger = std::fs::read(environment.path("fresh/ledger.db")).unwrap();
    let places: [(&str, &[u8]); 6] = [
        ("requests", bodies.concat().as_bytes()),
        ("requests, decoded", decoded.concat().as_bytes()),
        ("output", told.as_bytes()),
        ("commits", committed.as_bytes()),
        ("recording", tape.as_bytes()),
        ("ledger", &ledger),
    ]
    .map(|(name, bytes)| (name, Box::leak(bytes.to_vec().into_boxed_slice()) as &[u8]));
    let mut found = Vec::new();
    for canary in &canaries {
        for core in &canary.cores {
            for (name, bytes) in &places {
                if memchr::memmem::find(bytes, core.as_bytes()).is_some() {
                    found.push(format!("{core} in {name} (was {})", canary.text));
                }
            }
        }
    }
    println!(
        "{COUNT} canaries: {} found in {} requests, {} bytes of output, commits, recording and ledger",
        found.len(),
        bodies.len(),
        told.len()
    );
    assert!(found.is_empty(), "{} found:\n{}", found.len(), found.join("\n"));
}

/// A body with the marks and escapes of quotations undone.
fn plain(body: &str) -> String {
    let mut text = body.to_string();
    for _ in 0..3 {
        text = text.replace("\\\\", "\\").replace("\\\"", "\"");
    }
    text.replace('▁', " ").replace("%40", "@").replace("%2E", ".")
}

//! Writes chat JSONL or OTLP JSONL of any size, the same bytes for the same seed: what benches read. Conversations have
//! a system prompt, two to eight exchanges, tool calls with JSON results, and words drawn by Zipf's law; as spans, each
//! call of the model repeats the history, as tracers write it.
//!
//! `generate-traces [chat|otlp] MEGABYTES [SEED] > FILE`

#[path = "support/dice.rs"]
mod dice;

use dice::Dice;
use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};

const USAGE: &str = "generate-traces [chat|otlp] MEGABYTES [SEED]";

impl Dice {
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn hex(&mut self, digits: usize) -> String {
        let mut text = String::new();
        while text.len() < digits {
            text.push_str(&format!("{:016x}", self.next()));
        }
        text.truncate(digits);
        text
    }
}

/// Words that look like words, the most frequent first.
fn vocabulary(dice: &mut Dice) -> Vec<String> {
    const BEGIN: [&str; 20] =
        ["b", "c", "d", "f", "g", "h", "l", "m", "n", "p", "r", "s", "t", "v", "w", "st", "tr", "pl", "ch", ""];
    const MIDDLE: [&str; 8] = ["a", "e", "i", "o", "u", "ea", "ou", "io"];
    const END: [&str; 14] = ["n", "r", "s", "t", "l", "m", "d", "ng", "st", "ck", "", "", "e", "y"];
    let pick = |dice: &mut Dice, from: &[&'static str]| from[dice.up_to(from.len() as u64) as usize];
    (0..20_000)
        .map(|rank| {
            let syllables = 1 + u64::from(rank > 60) + dice.up_to(2 + u64::from(rank > 2000));
            (0..syllables).map(|_| [pick(dice, &BEGIN), pick(dice, &MIDDLE), pick(dice, &END)].concat()).collect()
        })
        .collect()
}

struct Author {
    dice: Dice,
    words: Vec<String>,
    system: String,
}

impl Author {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let words = vocabulary(&mut dice);
        let mut author = Self { dice, words, system: String::new() };
        author.system = (0..12).map(|_| author.sentence(14)).collect::<Vec<_>>().join("\\n");
        author
    }

    fn word(&mut self) -> &str {
        // Zipf with exponent 1, by the inverse of the logarithm.
        let rank = ((self.words.len() as f64).ln() * self.dice.unit()).exp() as usize;
        self.words.get(rank.saturating_sub(1)).map_or("the", String::as_str)
    }

    fn sentence(&mut self, mean: u64) -> String {
        let count = mean / 2 + self.dice.up_to(mean);
        let mut text = String::new();
        for _ in 0..=count {
            let word = self.word().to_string();
            text.push_str(&word);
            text.push(' ');
        }
        if self.dice.up_to(12) == 0 {
            text.push_str("\\\"quoted\\\" – “ja” 🙂 ");
        }
        text.push_str(&format!("{}.", self.dice.up_to(10_000)));
        text
    }

    fn result(&mut self) -> String {
        let rows = 1 + self.dice.up_to(8);
        let mut text = String::from("{\\\"rows\\\":[");
        for row in 0..rows {
            let comma = if row == 0 { "" } else { "," };
            let (id, name) = (self.dice.hex(8), self.word().to_string());
            let price = self.dice.up_to(100_000);
            let _infallible =
                write!(text, "{comma}{{\\\"id\\\":\\\"{id}\\\",\\\"name\\\":\\\"{name}\\\",\\\"price\\\":{price}}}");
        }
        text.push_str("]}");
        text
    }

    /// The messages of one conversation, each a JSON object.
    fn messages(&mut self) -> Vec<String> {
        let mut messages = vec![format!("{{\"role\":\"system\",\"content\":\"{}\"}}", self.system)];
        for _ in 0..2 + self.dice.up_to(7) {
            let asked = self.sentence(14);
            messages.push(format!("{{\"role\":\"user\",\"content\":\"{asked}\"}}"));
            if self.dice.up_to(2) == 0 {
                let (call, word) = (self.dice.hex(24), self.word().to_string());
                messages.push(format!(
                    "{{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{{\"id\":\"call_{call}\",\"type\":\"function\",\
                     \"function\":{{\"name\":\"find_{}\",\"arguments\":\"{{\\\"query\\\":\\\"{word}\\\"}}\"}}}}]}}",
                    self.dice.up_to(12)
                ));
                let result = self.result();
                messages
                    .push(format!("{{\"role\":\"tool\",\"tool_call_id\":\"call_{call}\",\"content\":\"{result}\"}}"));
            }
            let said = [self.sentence(24), self.sentence(24)].concat();
            messages.push(format!("{{\"role\":\"assistant\",\"content\":\"{said}\"}}"));
        }
        messages
    }

    /// One request a line, with the spans of one conversation's calls of the model.
    fn otlp(&mut self, number: u64) -> String {
        let messages = self.messages();
        let (trace, session) = (self.dice.hex(32), self.dice.hex(24));
        let begin = 1_770_000_000_000_000_000 + number * 7_000_000_000;
        let mut spans = Vec::new();
        for (index, message) in
            messages.iter().enumerate().filter(|(_, message)| message.contains("\"role\":\"assistant\""))
        {
            let text = |json: &str| json.replace('\\', "\\\\").replace('"', "\\\"");
            let (input, output) = (text(&format!("[{}]", messages[..index].join(","))), text(&format!("[{message}]")));
            let attribute =
                |key: &str, value: &str| format!("{{\"key\":\"{key}\",\"value\":{{\"stringValue\":\"{value}\"}}}}");
            let attributes = [
                attribute("gen_ai.operation.name", "chat"),
                attribute("gen_ai.request.model", "small-1"),
                attribute("gen_ai.conversation.id", &session),
                attribute("gen_ai.input.messages", &input),
                attribute("gen_ai.output.messages", &output),
            ];
            let start = begin + index as u64 * 100_000_000;
            spans.push(format!(
                "{{\"traceId\":\"{trace}\",\"spanId\":\"{}\",\"name\":\"chat small-1\",\"kind\":3,\"startTimeUnixNano\":\"{start}\",\
                 \"endTimeUnixNano\":\"{}\",\"attributes\":[{}],\"status\":{{}}}}",
                self.dice.hex(16),
                start + 50_000_000,
                attributes.join(",")
            ));
        }
        format!(
            "{{\"resourceSpans\":[{{\"resource\":{{\"attributes\":[{{\"key\":\"service.name\",\"value\":{{\"stringValue\":\"shop\"}}}}]}},\
             \"scopeSpans\":[{{\"scope\":{{\"name\":\"bench\"}},\"spans\":[{}]}}]}}]}}\n",
            spans.join(",")
        )
    }

    fn record(&mut self, otlp: bool, number: u64) -> String {
        if otlp { self.otlp(number) } else { self.chat(number) }
    }

    fn chat(&mut self, number: u64) -> String {
        let messages = self.messages().join(",");
        let (user, reward) = (self.dice.up_to(5000), self.dice.up_to(2));
        let seconds = 1_770_000_000 + number * 7;
        format!(
            "{{\"id\":\"conv-{}\",\"user\":\"u{user}\",\"timestamp\":{seconds},\"model\":\"small-1\",\"scores\":{{\"resolved\":{reward}}},\
             \"messages\":[{messages}]}}\n",
            self.dice.hex(24)
        )
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (otlp, words) = match words.split_first() {
        Some((first, rest)) if first == "otlp" || first == "chat" => (first == "otlp", rest),
        _ => (false, &words[..]),
    };
    let (megabytes, seed) = match words {
        [megabytes] => (megabytes.parse::<u64>()?, 1),
        [megabytes, seed] => (megabytes.parse::<u64>()?, seed.parse()?),
        _ => return Err(USAGE.into()),
    };
    let mut author = Author::new(seed);
    let mut out = BufWriter::with_capacity(1 << 20, io::stdout().lock());
    let (mut written, mut number) = (0, 0);
    while written < megabytes * 1_000_000 {
        let record = author.record(otlp, number);
        out.write_all(record.as_bytes())?;
        written += record.len() as u64;
        number += 1;
    }
    out.flush()?;
    Ok(())
}

//! Laws of redaction, and its quality in figures: positives are drawn from the published gitleaks rules' own patterns,
//! negatives are ours. The patterns were written against another draw of the positives than the one that is counted.

use super::*;
use base64::Engine as _;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use regex::RegexBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};
use std::io::Write as _;
use std::path::Path;

fn redactor() -> Redactor {
    Redactor::new([7; 32], ["support@shop.example".to_string(), "@kept.example".to_string()])
}

#[test]
fn what_is_personal_gets_a_stable_pseudonym() {
    let text = "Mail Ann.Lee@mail.example or ann.lee@mail.example, call +49 30 901820 or 707-795-3515, card 4111 1111 1111 \
        1111, IBAN DE89 3704 0044 0532 0130 00, from 203.0.113.9 and 2001:db8::8a2e:370:7334.";
    let redacted = redactor().redact(text);
    insta::assert_snapshot!(redacted);
    assert_eq!(redactor().redact(&redacted), redacted);
    assert_ne!(Redactor::new([8; 32], []).redact(text), redacted);
}

#[test]
fn what_is_kept_stays() {
    let text = "Write to Support@Shop.example or anyone@kept.example.";
    assert_eq!(redactor().redact(text), text);
}

#[test]
fn a_kept_domain_keeps_addresses_and_no_credentials() {
    let text = "https://ann:hunter2@kept.example/x and postgres://app:s3cr3t@kept.example";
    assert!(!redactor().redact(text).contains("hunter2"));
    assert!(!redactor().redact(text).contains("s3cr3t"));
    let body = serde_json::json!({ "input": text }).to_string();
    assert!(EgressGuard::new(redactor(), []).check(body.as_bytes()).is_err());
    let token = concat!("sk-", "obviously-fake-0123456789abcdef@kept.example");
    assert!(!redactor().redact(token).contains("0123456789"));
}

#[test]
fn ids_and_names_that_hold_an_address_are_redacted_like_texts() {
    let mut conversation: Conversation = serde_json::from_value(serde_json::json!({
        "id": "c-0123456789ab", "external_id": "ann.lee@mail.example/7", "user": null, "agent": "desk",
        "prompt_version": null, "system_digest": null, "model": "claude-sonnet-4-20250514", "started": null, "ended": null,
        "turns": [{"role": "user", "text": "hi"}], "scores": {"by bo@mail.example": 1.0},
        "metadata": {"cc eve@mail.example": "yes"}, "cost": null
    }))
    .unwrap();
    assert_eq!(redactor().redact_conversation(&mut conversation), 3);
    let stored = serde_json::to_string(&conversation).unwrap();
    assert!(!stored.contains("mail.example"), "{stored}");
    assert!(stored.contains("claude-sonnet-4-20250514") && stored.contains("desk"));
}

#[test]
fn credentials_in_urls_headers_and_commands_are_found() {
    for text in [
        "https://ann:hunter2@db.internal/x",
        "postgres://app:s3cr3t@127.0.0.1:5432/app",
        "Authorization: Bearer abcdefghij1234567890",
        "curl -u admin:hunter22 https://x.example",
        "password = \"Tr0ub4dor&3\"",
        "DB_PASSWORD=Sommer2024!",
    ] {
        assert!(!find(text).is_empty(), "{text}");
    }
}

#[test]
fn pieces_of_a_stream_are_joined_before_they_are_looked_at() {
    let pieces: Vec<String> = ["my mail is an", "n.lee@ma", "il.example, than", "ks"].map(String::from).to_vec();
    let redacted = redactor().redact_pieces(&pieces);
    assert_eq!(redacted.len(), 4);
    assert_eq!(redacted.concat(), redactor().redact(&pieces.concat()));
}

#[test]
fn the_guard_lets_nothing_found_or_known_pass_and_names_no_text() {
    let guard = EgressGuard::new(redactor(), ["an-obviously-fake-value".to_string()]);
    assert_eq!(guard.check(br#"{"input": "Where is my order?"}"#), Ok(()));
    let refused = guard.check(br#"{"input": "I am ann.lee@mail.example"}"#).unwrap_err();
    assert_eq!(refused, "an e-mail address stands");
    assert!(guard.check(br#"{"input": "an-obviously-fake-value"}"#).is_err());
    assert!(guard.check(&[0xff, 0xfe]).is_err());
    let redacted = redactor().redact("I am ann.lee@mail.example");
    assert_eq!(guard.check(serde_json::json!({"input": redacted}).to_string().as_bytes()), Ok(()));
}

#[test]
fn the_guard_knows_a_secret_value_however_it_is_written() {
    // Quotes, a backslash, a tab and spaces: all of them look otherwise inside JSON.
    let value = "fake \"quoted\" \\ value\twith spaces";
    let guard = EgressGuard::new(redactor(), [value.to_string()]);
    let once = serde_json::json!({ "input": format!("see {value} here") }).to_string();
    let twice = serde_json::json!({ "input": once }).to_string();
    let marked = serde_json::json!({ "input": value.replace(' ', "▁") }).to_string();
    let wrapped = serde_json::json!({ "input": value.replace(' ', "\n   ") }).to_string();
    let packed = base64::engine::general_purpose::STANDARD.encode(value);
    for body in [once, twice, marked, wrapped, format!("{{\"input\": \"{packed}\"}}")] {
        assert_eq!(guard.check(body.as_bytes()), Err("the value of a secret environment variable stands".to_string()));
    }
    assert_eq!(guard.check(br#"{"input": "fake values with spaces"}"#), Ok(()));
}

proptest! {
    #[test]
    fn redaction_is_idempotent_and_finds_nothing_after(text in "(?s).{0,80}", mail in "[a-z]{3,8}@[a-z]{3,8}\\.example") {
        for text in [format!("{text} {mail} {text}"), format!("{text}\\u0040{mail}")] {
            let once = redactor().redact(&text);
            prop_assert_eq!(redactor().redact(&once), once.clone());
            prop_assert!(!once.contains(&mail));
        }
    }

    #[test]
    fn any_text_is_read_without_failing(text in any::<String>()) {
        let found = find(&text);
        prop_assert!(found.iter().all(|one| text.get(one.range.clone()).is_some_and(|found| !found.is_empty())));
        prop_assert!(found.windows(2).all(|pair| pair[0].range.end <= pair[1].range.start));
    }
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn up_to(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound.max(1) as u64) as usize
    }
}

/// A text that a pattern matches, but for its looks around.
fn sample(hir: &Hir, dice: &mut Dice, text: &mut String) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(class) => {
            let ranges: Vec<(char, char)> = match class {
                Class::Unicode(class) => class.ranges().iter().map(|range| (range.start(), range.end())).collect(),
                Class::Bytes(class) => {
                    class.ranges().iter().map(|range| (char::from(range.start()), char::from(range.end()))).collect()
                }
            };
            let holds = |c: char| ranges.iter().any(|(start, end)| (*start..=*end).contains(&c));
            let mut choice: Vec<char> = (' '..='~').chain(['\n']).filter(|c| holds(*c)).collect();
            if choice.len() > 80 {
                choice.retain(char::is_ascii_alphanumeric);
            }
            text.push(choice[dice.up_to(choice.len())]);
        }
        HirKind::Repetition(repetition) => {
            let more = repetition.max.map_or(8, |max| (max - repetition.min).min(8)) as usize;
            for _ in 0..repetition.min as usize + dice.up_to(more + 1) {
                sample(&repetition.sub, dice, text);
            }
        }
        HirKind::Capture(capture) => sample(&capture.sub, dice, text),
        HirKind::Concat(parts) => parts.iter().for_each(|part| sample(part, dice, text)),
        HirKind::Alternation(parts) => sample(&parts[dice.up_to(parts.len())], dice, text),
    }
}

struct Rule {
    id: String,
    pattern: String,
    entropy: f64,
}

/// The published rules; only what is needed of their TOML.
fn rules() -> Vec<Rule> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/secrets/gitleaks.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let rules = text.split("[[rules]]").skip(1).filter_map(|rule| {
        let rule = rule.split("[[rules.").next()?;
        let field = |name: &str, open: &str, close: &str| {
            let at = rule.find(&format!("\n{name} = {open}"))? + name.len() + 4 + open.len();
            rule[at..].split(close).next().map(str::to_string)
        };
        let entropy = field("entropy", "", "\n").and_then(|text| text.trim().parse().ok()).unwrap_or(0.0);
        Some(Rule { id: field("id", "\"", "\"")?, pattern: field("regex", "'''", "'''")?, entropy })
    });
    rules.collect()
}

fn bits(text: &str) -> f64 {
    let mut counts = [0f64; 256];
    text.bytes().for_each(|byte| counts[usize::from(byte)] += 1.0);
    let length = text.len() as f64;
    -counts.iter().filter(|count| **count > 0.0).map(|count| count / length * (count / length).log2()).sum::<f64>()
}

/// Texts that a rule finds, with the secret in them.
fn positives(rule: &Rule, count: usize) -> Vec<(String, String)> {
    let pattern = RegexBuilder::new(&rule.pattern).size_limit(1 << 30).build().unwrap();
    let hir = regex_syntax::parse(&rule.pattern).unwrap();
    // Other samples than those that the patterns were written against.
    let seed = rule.id.bytes().fold(77u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let mut dice = Dice(seed);
    let mut made = Vec::new();
    for _ in 0..4000 {
        if made.len() == count {
            break;
        }
        let mut text = String::new();
        sample(&hir, &mut dice, &mut text);
        let Some(groups) = pattern.captures(&text) else { continue };
        let secret = groups.iter().skip(1).flatten().find(|group| !group.as_str().is_empty()).or_else(|| groups.get(0));
        let secret = secret.unwrap().as_str().trim_matches(['"', '\'']).to_string();
        if bits(&secret) >= rule.entropy && secret.len() >= 6 {
            made.push((text, secret));
        }
    }
    made
}

fn escaped(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap();
    quoted[1..quoted.len() - 1].to_string()
}

fn unicode(text: &str) -> String {
    text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect()
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn packed(text: &str) -> String {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    base64::engine::general_purpose::STANDARD.encode(encoder.finish().unwrap())
}

/// A text with the sample in one of the encodings, and what must not be left of it.
type Encoding = (&'static str, fn(&str, &str, &mut Dice) -> (Vec<String>, String));

fn whole(text: String, gone: String) -> (Vec<String>, String) {
    (vec![text], gone)
}

const ENCODINGS: &[Encoding] = &[
    ("raw", |text, secret, _| whole(format!("It says:\n{text}\nand fails."), secret.to_string())),
    ("JSON", |text, secret, _| whole(format!("{{\"log\": \"{}\"}}", escaped(text)), escaped(secret))),
    ("JSON in JSON", |text, secret, _| {
        whole(format!("{{\"log\": \"{}\"}}", escaped(&escaped(text))), escaped(&escaped(secret)))
    }),
    ("\\u", |text, secret, _| whole(format!("{{\"log\": \"{}\"}}", unicode(text)), unicode(secret))),
    ("percent", |text, secret, _| whole(format!("https://x.example/?q={}", percent(text)), percent(secret))),
    ("base64", |text, _, _| {
        let blob = base64::engine::general_purpose::STANDARD.encode(text);
        whole(format!("see {blob}"), blob)
    }),
    ("base64url", |text, _, _| {
        let blob = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
        whole(format!("see {blob}"), blob)
    }),
    ("deltas", |text, secret, dice| {
        let text = format!("It says:\n{text}\nand fails.");
        let mut pieces = Vec::new();
        let count = 2 + dice.up_to(4);
        let characters: Vec<char> = text.chars().collect();
        characters.chunks(characters.len().div_ceil(count)).for_each(|piece| pieces.push(piece.iter().collect()));
        (pieces, secret.to_string())
    }),
    ("lines", |text, secret, _| {
        let middle = (secret.len() / 2..).find(|at| secret.is_char_boundary(*at)).unwrap();
        let broken = format!("{}\n{}", &secret[..middle], &secret[middle..]);
        whole(format!("It says:\n{}\n", text.replacen(secret, &broken, 1)), secret[middle..].to_string())
    }),
    ("key", |text, secret, _| whole(format!("{{\"{}\": 1}}", escaped(text)), escaped(secret))),
    ("tool arguments", |text, secret, _| {
        let arguments = serde_json::json!({"command": text}).to_string();
        whole(serde_json::json!({"name": "run", "arguments": arguments}).to_string(), escaped(&escaped(secret)))
    }),
    ("URL", |_, secret, _| {
        let user = percent(secret);
        whole(format!("clone https://bot:{user}@git.example/x.git"), user)
    }),
    ("gzip in base64", |text, _, _| {
        let blob = packed(text);
        whole(format!("data {blob}"), blob)
    }),
];

#[test]
fn positives_of_the_published_rules_are_found_in_every_encoding() {
    const EACH: usize = 8;
    let mut counts = vec![(0usize, 0usize); ENCODINGS.len()];
    let mut missed = BTreeMap::<(String, &str), usize>::new();
    let (mut rules_used, mut dice) = (0, Dice(99));
    for rule in rules() {
        let positives = positives(&rule, EACH);
        rules_used += usize::from(!positives.is_empty());
        for (text, secret) in positives {
            for ((name, encode), count) in ENCODINGS.iter().zip(&mut counts) {
                let (pieces, gone) = encode(&text, &secret, &mut dice);
                let redacted = redactor().redact_pieces(&pieces).concat();
                count.1 += 1;
                if redacted.contains(&gone) {
                    *missed.entry((rule.id.clone(), name)).or_default() += 1;
                } else {
                    count.0 += 1;
                }
            }
        }
    }
    for ((rule, encoding), count) in &missed {
        println!("missed {count} of {EACH}: {rule} as {encoding}");
    }
    println!("{:<16} {:>7} {:>7} {:>8}", "encoding", "found", "of", "share");
    for ((name, _), (found, all)) in ENCODINGS.iter().zip(&counts) {
        println!("{name:<16} {found:>7} {all:>7} {:>7.2} %", 100.0 * *found as f64 / *all as f64);
    }
    let share = |counts: &[(usize, usize)]| {
        counts.iter().map(|count| count.0).sum::<usize>() as f64
            / counts.iter().map(|count| count.1).sum::<usize>() as f64
    };
    println!("{rules_used} rules; raw {:.4}, all {:.4}", share(&counts[..1]), share(&counts));
    assert!(rules_used >= 215, "{rules_used}");
    assert!(share(&counts[..1]) >= 0.99, "raw: {:.4}", share(&counts[..1]));
    assert!(share(&counts) >= 0.97, "all: {:.4}", share(&counts));
}

/// What looks a little like something personal or secret and is not.
const NEGATIVES: &[&str] = &[
    "Your order #W2378156 ships on 2024-05-15.",
    "tracking number 1Z999AA10123456784",
    "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
    "id 123e4567-e89b-12d3-a456-426614174000",
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "call_abc123 returned 200 after 1532 ms",
    "password reset link sent",
    "Please reset my password: it does not work",
    "The token limit is 128000 tokens.",
    "max_tokens: 4096",
    "api_key: YOUR_API_KEY_HERE",
    "export OPENAI_API_KEY=$OPENAI_API_KEY",
    "secret: ${{ secrets.DEPLOY_TOKEN }}",
    "password: <your password>",
    "token=xxxxxxxxxxxxxxxxxxxx",
    "version 1.2.3.4 of the app",
    "listening on 127.0.0.1:8080 and 0.0.0.0:80",
    "it took from 12:30:45 to 12:31:02",
    "mac address field is empty",
    "The ISBN is 978-3-16-148410-0.",
    "price 1,234,567.89 EUR",
    "room 101, floor 12, building 7",
    "user_id: yusuf_rossi_9620",
    "payment_method_id: credit_card_9513926",
    "product_id 8310926033, item_id 2923476",
    "flight HAT204 on 2024-05-20 at 14:00",
    "reservation 4WQ150 with 3 bags",
    "css class mt-4 text-gray-500 hover:bg-blue-600",
    "file src/components/OrderLookup/index.test.tsx",
    "https://shop.example/orders/12345?ref=mail",
    "https://example.com/reset?step=2&lang=en",
    "SELECT id, name FROM orders WHERE total > 100 LIMIT 50",
    "error code E_CONNECTION_REFUSED_10061",
    "model gpt-4.1-mini-2025-04-14",
    "claude-opus-4-1-20250805 answered",
    "The key point is: customers want refunds faster",
    "authentication: required for all agents",
    "access level = administrator",
    "the secret to good coffee is fresh beans",
    "auth_method: oauth2",
    "private notes: none",
    "key=value pairs and credential_type=password",
    "The api endpoint is /v2/customers/search",
    "dimension 1920x1080, 60 fps",
    "lat 52.5200, lon 13.4050",
    "the linear model: y = 0.35x + 12.5",
    "linear: interpolation between points",
    "kraken: a sea monster of legend",
    "looker dashboards, intercom: chat",
    "discount code SUMMER25",
    "coupon: WELCOME-10-OFF",
    "I need 2 tickets for 4 people at 7 pm",
    "seat 14C, gate B22, terminal 3",
    "invoice 2024-000123 of 15/05/2024",
    "session lasted 3600 seconds",
    "between 2019 and 2024 we grew 300 %",
    "zip 94103, area code 415",
    "call center hours: 9-17",
    "phone support is free",
    "temperature: 0.7, top_p: 0.95",
    "{\"role\": \"assistant\", \"content\": \"How can I help you today?\"}",
    "{\"status\": \"pending\", \"order_id\": \"#W5918442\"}",
    "base64 is an encoding, not encryption",
    "pat.mccormick went to the store",
    "ticket ABC-1234 is a duplicate of ABC-1200",
    "sku TSHIRT-RED-XL-2024",
    "the passenger's date of birth is 1985-07-12",
    "iOS 17.4.1, Android 14",
    "tokenizer: cl100k_base",
    "keyboard: mechanical, clicky switches, RGB backlight",
];

#[test]
fn realistic_negatives_are_left_alone() {
    let hit: Vec<&&str> = NEGATIVES.iter().filter(|text| !find(text).is_empty()).collect();
    println!("negatives hit: {} of {}: {hit:?}", hit.len(), NEGATIVES.len());
    assert!(hit.len() * 100 <= NEGATIVES.len() * 5, "{hit:?}");
}

fn strings(value: &serde_json::Value, texts: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => texts.push(text.clone()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| strings(item, texts)),
        serde_json::Value::Object(fields) => fields.values().for_each(|field| strings(field, texts)),
        _ => {}
    }
}

#[test]
fn no_ordinary_word_of_real_dialogues_is_hit() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let mut texts = Vec::new();
    let dialogues = std::fs::read_to_string(data.join("intents/sgd-dev/dev.jsonl")).unwrap();
    dialogues.lines().for_each(|line| strings(&serde_json::from_str(line).unwrap(), &mut texts));
    for entry in std::fs::read_dir(data.join("traces/tau-bench")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            strings(&serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap(), &mut texts);
        }
    }
    let mut kinds = BTreeMap::<Kind, usize>::new();
    let mut words = Vec::new();
    for text in &texts {
        for Finding { range, kind } in find(text) {
            *kinds.entry(kind).or_default() += 1;
            let found = &text[range];
            if !found.contains('@') && !found.bytes().any(|byte| byte.is_ascii_digit()) || kind == Kind::Secret {
                words.push((kind, found.to_string()));
            }
        }
    }
    println!("{} texts of SGD and tau: {kinds:?}", texts.len());
    assert!(words.is_empty(), "{words:?}");
}

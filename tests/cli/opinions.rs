//! What a model says of intents besides names: rules, and which are one and which are two. All of it is shown, none of
//! it is carried out, and nothing that one person wrote is in it.

use crate::environment::{Environment, Outcome};
use crate::intents::{traces, with};
use crate::server::{Act, Asked, Kind, Server, Setup, script::answer};
use serde_json::{Value, json};

/// Intents that the conversations come to: questions for names, for pairs and for splits.
const NAMES: u64 = 10;
const OPINIONS: u64 = 20 + 2;

/// Three conversations of one person, who alone uses a word, and uses it each time.
fn of_one_person() -> String {
    let things = ["zorblax shoes", "my zorblax shoes", "the zorblax shoes, please"];
    let line = |(number, thing): (usize, &&str)| {
        let ask = format!("I want a refund for {thing}");
        let messages = json!([{"role": "user", "content": ask}, {"role": "assistant", "content": "It is done."}]);
        let day = format!("2026-03-0{}T10:00:00Z", 3 + number);
        let record = json!({"id": format!("z-{number}"), "user_id": "ann", "created_at": day, "messages": messages});
        format!("{record}\n")
    };
    things.iter().enumerate().map(line).collect()
}

/// A model that names what one person wrote.
fn indiscreet() -> Server {
    let script = |asked: &Asked| {
        let input: Value = serde_json::from_str(&asked.user).unwrap_or_default();
        let about = |words: &str| input["group"].to_string().contains(&words.replace(' ', "▁"));
        let is_name = asked.schema["properties"].get("in").is_some();
        Act::Answer(if is_name && about("I want a refund") {
            json!({"name": "refund zorblax", "in": "", "out": ""})
        } else {
            answer(asked)
        })
    };
    Server::start(Setup { script: Box::new(script), ..Setup::default() })
}

/// A model that takes two intents about parcels for one, and one about logins and prices for two.
fn opinionated() -> Server {
    let script = |asked: &Asked| {
        let input: Value = serde_json::from_str(&asked.user).unwrap_or_default();
        let about = |list: &str, words: &str| input[list].to_string().contains(&words.replace(' ', "▁"));
        let either = |words: &str| about("first", words) || about("second", words);
        let has = |field: &str| asked.schema["properties"].get(field).is_some();
        Act::Answer(if has("same") {
            json!({"same": either("where is the parcel") && either("when will it arrive")})
        } else if has("intents") && about("group", "reset the login") {
            json!({"intents": "two", "phrases": ["zorblax", "reset the login"], "name": "get into the account"})
        } else if has("in") && about("group", "I want a refund") {
            json!({"name": "refund a payment", "in": "get the money back, or a part", "out": "change the zorblax"})
        } else {
            answer(asked)
        })
    };
    Server::start(Setup { script: Box::new(script), ..Setup::default() })
}

fn environment(server: &Server) -> Environment {
    let environment = with(&(traces(0, 150) + &of_one_person()));
    let base = server.base(Kind::Chat);
    let config = format!("version: 1\nengine: llm\nllm: {{ model: openai/gpt-4.1-mini, base_url: \"{base}\" }}\n");
    environment.write("reprompt.yaml", config);
    environment
}

fn run(environment: &Environment, arguments: &[&str]) -> Outcome {
    let mut command = environment.command_in("", arguments);
    environment.outcome(command.env("OPENAI_API_KEY", "obviously-fake-key-0123456789"))
}

/// The intents of a run with `--json`.
fn intents(environment: &Environment, arguments: &[&str]) -> Vec<Value> {
    let outcome = run(environment, &[&["intents", "--json"], arguments].concat()).ok();
    let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
    document["intents"].as_array().unwrap().iter().map(|line| line["intent"].clone()).collect()
}

/// The commands in the hints of a run.
fn commands(outcome: &Outcome) -> Vec<String> {
    let hints = outcome.stderr.lines().filter(|line| line.contains("the model takes"));
    hints.filter_map(|line| line.split('`').nth(1)).map(str::to_string).collect()
}

#[test]
fn rules_are_shown_and_suggestions_are_left_to_people() {
    let server = opinionated();
    let environment = environment(&server);
    let plan = run(&environment, &["intents", "--dry-run", "--json"]).ok();
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    assert_eq!(plan["stages"][0]["calls"], NAMES + OPINIONS, "{plan}");
    assert_eq!(server.calls(), 0);

    let first = run(&environment, &["intents"]).ok();
    assert_eq!(server.calls(), NAMES + OPINIONS);
    for news in [
        "10 intents named by openai/gpt-4.1-mini",
        "22 questions whether intents are one or two answered for $",
        "1 rule left out: a word that few of the requests use",
    ] {
        assert!(first.stderr.contains(news), "{}", first.transcript());
    }
    let commands = commands(&first);
    let [merge, split] = commands.as_slice() else { panic!("{}", first.transcript()) };
    assert!(merge.starts_with("reprompt intents merge i-"), "{merge}");
    assert!(split.ends_with("--containing \"reset the login\" --name \"get into the account\""), "{split}");

    let placed = run(&environment, &["intents", "assignments"]).ok();
    let of_one_person = placed.stdout.lines().filter(|line| line.contains("\"z-") && line.contains("refund a payment"));
    assert_eq!(of_one_person.count(), 3, "a word in three requests of an intent, and of one person");
    let shown = run(&environment, &["intents", "show", "refund a payment"]).ok();
    assert!(shown.stdout.contains("\n  in       get the money back, or a part\n"), "{}", shown.transcript());
    assert!(!shown.stdout.contains("\n  out  "), "{}", shown.transcript());
    let merged: Vec<&str> = merge.split(' ').skip(3).collect();
    for intent in &merged {
        let shown = run(&environment, &["intents", "show", intent]).ok();
        assert!(shown.stdout.contains(&format!("for one intent: `{merge}`")), "{}", shown.transcript());
    }
    let list = intents(&environment, &[]);
    let with = |kind: &str| list.iter().filter(|intent| intent["suggestions"].to_string().contains(kind)).count();
    assert_eq!((list.len(), with("merge"), with("split")), (10, 2, 1), "nothing is carried out: {list:?}");
    let refund = list.iter().find(|intent| intent["name"] == "refund a payment").unwrap();
    assert_eq!(refund["rules"], json!({"in": "get the money back, or a part"}));
    let said = [format!("{list:?}"), first.stdout, first.stderr].concat();
    assert!(!said.contains("zorblax"), "{said}");

    // Nothing is asked twice, and nothing is said twice.
    let again = run(&environment, &["intents"]).ok();
    assert!(!again.stderr.contains("the model takes"), "{}", again.transcript());
    run(&environment, &["intents", "--offline"]).succeeds();
    let nothing = run(&environment, &["intents", "--dry-run"]).ok();
    assert!(nothing.stdout.contains("nothing would be sent"), "{}", nothing.transcript());

    // Carried out, it is a suggestion no longer.
    let words: Vec<&str> = merge.split(' ').skip(1).collect();
    run(&environment, &words).succeeds();
    let list = intents(&environment, &[]);
    assert!(list.len() == 9 && !format!("{list:?}").contains("merge"), "{list:?}");
    let quoted: Vec<&str> = split.split('"').collect();
    let words: Vec<&str> = quoted.iter().step_by(2).flat_map(|part| part.split_whitespace()).skip(1).collect();
    let [verb @ .., containing, name] = words.as_slice() else { panic!("{split}") };
    run(&environment, &[verb, &[containing, quoted[1], name, quoted[3]]].concat()).succeeds();
    let list = intents(&environment, &[]);
    assert!(list.len() == 10 && !format!("{list:?}").contains("suggestions"), "{list:?}");
    assert!(list.iter().any(|intent| intent["name"] == "get into the account"), "{list:?}");
    assert_eq!(server.calls(), NAMES + OPINIONS);
}

#[test]
fn what_the_registry_names_is_not_named_again() {
    let server = opinionated();
    let environment = environment(&server);
    run(&environment, &["intents", "--engine", "local", "--save"]).succeeds();
    let names = |intents: &[Value]| intents.iter().map(|intent| intent["name"].to_string()).collect::<Vec<_>>();
    let before = names(&intents(&environment, &["--engine", "local"]));
    let after = intents(&environment, &[]);
    assert_eq!(server.calls(), OPINIONS);
    assert_eq!(before, names(&after));
    run(&environment, &["intents"]).succeeds();
    assert_eq!(server.calls(), OPINIONS);
}

#[test]
fn a_name_that_may_not_be_shown_is_not_asked_for_again() {
    let server = indiscreet();
    let environment = environment(&server);
    let first = run(&environment, &["intents"]).ok();
    assert!(first.stderr.contains("9 intents named"), "{}", first.transcript());
    assert!(first.stderr.contains("1 keeps its name by our own key phrases"), "{}", first.transcript());
    let asked = server.calls();
    environment.write("more.jsonl", traces(150, 180));
    run(&environment, &["ingest", "more.jsonl"]).succeeds();
    let second = run(&environment, &["intents"]).ok();
    assert!(second.stderr.contains("30 new goals folded in"), "{}", second.transcript());
    assert_eq!(server.calls(), asked, "{}", second.transcript());
}

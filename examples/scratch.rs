use reprompt::diagnosis::*;
use reprompt::diagnosis::{contrast::*, decide::*, events::*};
use reprompt::digest::Digest;
use reprompt::trace::*;
use serde_json::Value;
fn main() {
    let d: Vec<Value> = serde_json::from_slice(
        &std::fs::read("../shared/data/traces/tau-bench/historical_trajectories__gpt-4o-airline.json").unwrap(),
    )
    .unwrap();
    let mut convs = vec![];
    for (i, x) in d.iter().enumerate() {
        let mut turns: Vec<Turn> = vec![];
        for m in x["traj"].as_array().unwrap() {
            let text = m["content"].as_str().unwrap_or("").to_string();
            match m["role"].as_str().unwrap() {
                "tool" => {
                    let e = if text.starts_with("Error") { Some(ErrorSource::Content) } else { None };
                    let t = turns.last_mut().unwrap();
                    let c = t.calls.last_mut().unwrap();
                    c.result = Some(text);
                    c.error = e;
                }
                r => {
                    let role = match r {
                        "user" => Role::User,
                        "system" => Role::System,
                        _ => Role::Assistant,
                    };
                    let calls = m["tool_calls"]
                        .as_array()
                        .map(|a| {
                            a.iter()
                                .map(|c| ToolCall {
                                    id: "".into(),
                                    name: c["function"]["name"].as_str().unwrap().into(),
                                    arguments: c["function"]["arguments"].as_str().unwrap().into(),
                                    result: None,
                                    error: None,
                                    latency_ms: None,
                                })
                                .collect()
                        })
                        .unwrap_or_default();
                    turns.push(Turn { role, text, calls, time: None });
                }
            }
        }
        let ok = x["reward"].as_f64().unwrap() >= 0.5;
        convs.push((
            Conversation {
                id: ConversationId::of(Digest::of(i.to_string())),
                external_id: None,
                user: x["info"]["task"]["user_id"].as_str().map(str::to_string),
                agent: None,
                prompt_version: None,
                system_digest: None,
                model: None,
                started: None,
                ended: None,
                turns,
                scores: Default::default(),
                metadata: Default::default(),
                cost: None,
            },
            ok,
        ));
    }
    let cases: Vec<Case> = convs
        .iter()
        .map(|(c, ok)| Case::whole(c, &[], if *ok { Outcome::Success } else { Outcome::Failure }))
        .collect();
    for early in [false, true] {
        let mut occ: Vec<Occurrences> = cases.iter().map(|c| extract(c, early)).collect();
        if early {
            wrong_tool::add(&cases, &mut occ);
        }
        let pass: Vec<bool> = convs.iter().map(|c| c.1).collect();
        add_absences(&mut occ, &pass);
        let cs = contrasts(&cases, &occ);
        for c in cs.iter().take(22) {
            println!("{:6.2} q{:.4} {}/{} u{} {}", c.z, c.q, c.failing_with, c.passing_with, c.users, c.event);
        }
        let (w, dec) = decide(&cases, &occ, &cs);
        for x in w.iter().take(5) {
            println!("  {:.2} n{} {}", x.share, x.attributed, x.contrast.event);
        }
        println!("{dec:?}");
    }
    for t in tool_errors(&cases) {
        println!("{t:?}");
    }
}

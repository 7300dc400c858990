//! Hand-made traces, then laws over random ones.

use super::*;
use crate::trace::fragment::{Address, ToolRun};
use crate::trace::message::Call;
use crate::trace::{ErrorSource, ToolCall};

fn message(role: Role, text: &str) -> Message {
    Message::new(role, text)
}

/// `u:hello a:hi` as messages.
fn messages(text: &str) -> Vec<Message> {
    text.split(' ')
        .filter(|word| !word.is_empty())
        .map(|word| match word.split_once(':') {
            Some(("s", text)) => message(Role::System, text),
            Some(("u", text)) => message(Role::User, text),
            Some(("a", text)) => message(Role::Assistant, text),
            Some(("c", text)) => Message {
                calls: vec![Call {
                    id: Some(format!("id-{text}")),
                    name: text.to_string(),
                    arguments: "{}".to_string(),
                }],
                ..message(Role::Assistant, "")
            },
            Some(("t", text)) => Message::result(Some(format!("id-{text}")), None, format!("result of {text}"), None),
            _ => panic!("{word}"),
        })
        .collect()
}

fn step(trace: &str, id: &str, start: i64, step: Step) -> Fragment {
    Fragment {
        family: Family::Otel,
        address: Address { session: None, trace: Some(trace.to_string()), step: Some(id.to_string()) },
        part: Part::Step(Box::new(Step { start: Some(start * 1_000_000), end: Some((start + 5) * 1_000_000), ..step })),
    }
}

fn model(trace: &str, id: &str, start: i64, input: &str, output: &str) -> Fragment {
    let kind = StepKind::Model;
    step(trace, id, start, Step { kind, input: messages(input), output: messages(output), ..Step::default() })
}

fn inside(mut fragment: Fragment, parent: &str) -> Fragment {
    if let Part::Step(step) = &mut fragment.part {
        step.parent = Some(parent.to_string());
    }
    fragment
}

fn in_session(mut fragment: Fragment, session: &str) -> Fragment {
    fragment.address.session = Some(session.to_string());
    fragment
}

fn show(conversation: &Conversation) -> String {
    let turn = |turn: &Turn| {
        let role = match turn.role {
            Role::System => "s",
            Role::User => "u",
            Role::Assistant => "a",
            Role::Tool => "t",
        };
        let call = |call: &ToolCall| {
            let error = if call.error.is_some() { "!" } else { "" };
            format!("({}={}{error})", call.name, call.result.as_deref().unwrap_or("?"))
        };
        format!("{role}:{}{}", turn.text, turn.calls.iter().map(call).collect::<String>())
    };
    conversation.turns.iter().map(turn).collect::<Vec<_>>().join(" ")
}

/// The main conversations, then the others.
fn shown(fragments: Vec<Fragment>) -> (Vec<String>, Vec<String>) {
    let assembled = assemble(fragments);
    let of =
        |main: bool| assembled.conversations.iter().filter(|found| found.parent.is_none() == main).map(show).collect();
    (of(true), of(false))
}

fn only(fragments: Vec<Fragment>) -> String {
    let (main, others) = shown(fragments);
    assert!(others.is_empty(), "{others:?}");
    assert_eq!(main.len(), 1, "{main:?}");
    main.into_iter().next().unwrap()
}

#[test]
fn repeated_histories_are_taken_once() {
    let fragments = vec![
        model("t", "2", 20, "s:be u:hi a:hello u:find c:look t:look", "a:done"),
        model("t", "1", 10, "s:be u:hi a:hello u:find", "c:look"),
    ];
    assert_eq!(only(fragments), "s:be u:hi a:hello u:find a:(look=result of look) a:done");
}

#[test]
fn a_call_seen_by_three_tracers_is_one() {
    let said = |id: &str, start| model("t", id, start, "u:hi", "a:hello");
    let mut outer = inside(said("outer", 9), "root");
    if let Part::Step(step) = &mut outer.part {
        step.end = Some(30_000_000);
        step.agent = Some("helper".to_string());
    }
    let fragments = vec![
        step("t", "root", 8, Step { kind: StepKind::Other, ..Step::default() }),
        outer,
        inside(said("middle", 10), "outer"),
        inside(said("inner", 11), "middle"),
        inside(model("t", "beside", 12, "", "a:hello"), "root"),
    ];
    let assembled = assemble(fragments.clone());
    assert_eq!(assembled.conversations[0].agent.as_deref(), Some("helper"));
    assert_eq!(only(fragments), "u:hi a:hello");
}

#[test]
fn a_wrapper_gives_its_words_to_silent_calls() {
    let fragments = vec![model("t", "outer", 9, "u:hi", "a:hello"), inside(model("t", "inner", 10, "", ""), "outer")];
    assert_eq!(only(fragments), "u:hi a:hello");
    let fragments = vec![model("t", "outer", 9, "u:hi", ""), inside(model("t", "inner", 10, "", "a:hello"), "outer")];
    assert_eq!(only(fragments), "u:hi a:hello");
}

#[test]
fn traces_of_a_session_follow_each_other_and_one_step_speaks_for_its_trace() {
    let fragments = vec![
        model("t1", "1", 10, "s:be u:hi", "a:hello"),
        in_session(step("t1", "tool", 11, Step::default()), "S"),
        in_session(model("t2", "2", 20, "s:be u:more", "a:sure"), "S"),
        in_session(model("t3", "3", 30, "s:be u:hi a:hello u:more a:sure u:bye", "a:bye"), "S"),
    ];
    assert_eq!(only(fragments), "s:be u:hi a:hello u:more a:sure u:bye a:bye");
}

#[test]
fn runs_of_tools_give_results_failures_and_times() {
    let run = |id: &str, call: Option<&str>, result: &str, failed| {
        let tool = ToolRun {
            call: call.map(str::to_string),
            name: "look".to_string(),
            arguments: Some("{}".to_string()),
            result: Some(result.to_string()),
        };
        step("t", id, 15, Step { kind: StepKind::Tool, tool: Some(tool), failed, ..Step::default() })
    };
    let calls = model("t", "1", 10, "u:find", "c:look");
    let fragments = vec![calls.clone(), run("r", Some("id-look"), "gone", true)];
    assert_eq!(only(fragments), "u:find a:(look=gone!)");
    let fragments =
        vec![calls.clone(), run("r", None, "here", false), model("t", "2", 30, "u:find c:look t:look", "a:ok")];
    assert_eq!(only(fragments), "u:find a:(look=result of look) a:ok");
    let fragments = vec![model("t", "1", 10, "u:find", "a:ok"), run("r", None, "Error: no", false)];
    let assembled = assemble(fragments);
    let (_, call) = assembled.conversations[0].calls().next().unwrap();
    assert_eq!((call.error, call.latency_ms), (Some(ErrorSource::Content), Some(5)));
}

#[test]
fn a_sub_agent_behind_a_tool_is_a_conversation_of_its_own() {
    let tool = ToolRun { call: Some("id-ask".to_string()), name: "ask".to_string(), ..ToolRun::default() };
    let fragments = vec![
        model("t", "1", 10, "s:main u:plan", "c:ask"),
        step("t", "r", 12, Step { kind: StepKind::Tool, tool: Some(tool), ..Step::default() }),
        inside(model("t", "2", 13, "s:sub u:research", "a:found"), "r"),
        model("t", "3", 20, "s:main u:plan c:ask t:ask", "a:planned"),
    ];
    let (main, others) = shown(fragments);
    assert_eq!(main, ["s:main u:plan a:(ask=result of ask) a:planned"]);
    assert_eq!(others, ["s:sub u:research a:found"]);
}

#[test]
fn without_the_words_of_models_the_root_speaks() {
    let root = step("t", "root", 10, Step { input: messages("u:hi"), output: messages("a:hello"), ..Step::default() });
    let fragments = vec![root, inside(model("t", "m", 11, "", ""), "root")];
    assert_eq!(only(fragments.clone()), "u:hi a:hello");
    assert_eq!(assemble(fragments).conversations[0].metadata["fidelity"], "root-only");
    let silent = assemble(vec![model("t", "m", 11, "", "")]);
    assert_eq!((silent.conversations.len(), silent.without_content), (0, 1));
}

#[test]
fn scores_come_from_the_session_the_trace_and_the_step_and_the_newest_counts() {
    let score = |address: Address, name: &str, value: f64, time: i64| Fragment {
        family: Family::Otel,
        address,
        part: Part::Score(Score {
            id: None,
            name: name.to_string(),
            value: Some(value),
            label: None,
            by: None,
            time: Some(time),
        }),
    };
    let of_trace = |trace: &str| Address { trace: Some(trace.to_string()), ..Address::default() };
    let fragments = vec![
        in_session(model("t", "1", 10, "u:hi", "a:hello"), "S"),
        score(of_trace("t"), "good", 0.0, 2),
        score(of_trace("t"), "good", 1.0, 3),
        score(Address { session: Some("S".to_string()), ..Address::default() }, "csat", 5.0, 1),
        score(Address { step: Some("1".to_string()), ..Address::default() }, "quick", 0.5, 1),
    ];
    let assembled = assemble(fragments);
    assert_eq!(assembled.conversations.len(), 1);
    let scores: Vec<(&str, f64)> =
        assembled.conversations[0].scores.iter().map(|(name, value)| (&**name, *value)).collect();
    assert_eq!(scores, [("csat", 5.0), ("good", 1.0), ("quick", 0.5)]);
}

#[test]
fn a_step_that_ended_stands_before_one_that_did_not() {
    let begun = model("t", "1", 10, "u:hi", "");
    let mut ended = model("t", "1", 10, "", "a:hello");
    let mut open = begun;
    for (fragment, end) in [(&mut open, None), (&mut ended, Some(20_000_000))] {
        if let Part::Step(step) = &mut fragment.part {
            step.end = end;
        }
    }
    assert_eq!(only(vec![open, ended]), "u:hi a:hello");
}

#[test]
fn steps_inside_of_themselves_end() {
    let fragments = vec![
        inside(model("t", "1", 10, "u:hi", "a:hello"), "2"),
        inside(model("t", "2", 11, "u:hi", "a:hello"), "1"),
        inside(step("t", "3", 11, Step::default()), "3"),
    ];
    assemble(fragments);
}

#[test]
fn messages_of_a_log_stand_in_order_and_sub_agents_apart() {
    let said = |id: &str, parent: &str, text: &str, agent: Option<&str>| {
        let agent = agent.map(str::to_string);
        let fragment =
            step("t", id, 10, Step { kind: StepKind::Said, output: messages(text), agent, ..Step::default() });
        let mut fragment = in_session(fragment, "S");
        if let Part::Step(step) = &mut fragment.part {
            step.follows = Some(parent.to_string());
        }
        fragment
    };
    let fragments = vec![
        said("c", "b", "a:two", None),
        said("a", "", "u:one", None),
        said("b", "a", "a:half", None),
        said("d", "", "u:sub", Some("helper")),
    ];
    let (main, others) = shown(fragments);
    assert_eq!(main, ["u:one a:half a:two"]);
    assert_eq!(others, ["u:sub"]);
}

/// A conversation as random turns, and the ways in which tracers tell it.
mod laws {
    use super::*;
    use proptest::prelude::*;

    /// Turns of one conversation: what the user says, and what the agent does with it.
    #[derive(Clone, Debug)]
    struct Round {
        user: String,
        calls: Vec<(u8, bool)>,
        answer: String,
    }

    fn rounds() -> impl Strategy<Value = Vec<Round>> {
        let round =
            ("[a-c]{1,2} [a-z]{3,6}", prop::collection::vec((0u8..4, any::<bool>()), 0..3), "[a-d]{1,2} [a-z]{3,6}");
        prop::collection::vec(round.prop_map(|(user, calls, answer)| Round { user, calls, answer }), 1..4)
    }

    /// How a tracer tells it.
    #[derive(Clone, Copy, Debug)]
    struct Style {
        /// Every call of the model repeats the whole history.
        whole: bool,
        /// Runs of tools have records of their own, and are not in the history of the last call.
        runs: bool,
        /// Every call is seen by two tracers, one inside of the other.
        twice: bool,
        /// Each round is a trace of its own, of one session.
        sessions: bool,
    }

    /// The conversation, as it should come back: `u:… a:(tool=result) …`.
    fn told(rounds: &[Round]) -> String {
        let mut all = vec!["s:be".to_string()];
        for (number, round) in rounds.iter().enumerate() {
            all.push(format!("u:{}", round.user));
            for (index, (tool, failed)) in round.calls.iter().enumerate() {
                let result = result(number, index, *failed);
                all.push(format!("a:(tool{tool}={result}{})", if *failed { "!" } else { "" }));
            }
            all.push(format!("a:{}", round.answer));
        }
        all.join(" ")
    }

    fn result(round: usize, index: usize, failed: bool) -> String {
        if failed { format!("Error: r{round} {index}") } else { format!("r{round} {index}") }
    }

    fn fragments(rounds: &[Round], style: Style) -> Vec<Fragment> {
        let mut found = Vec::new();
        let mut history = vec![message(Role::System, "be")];
        let mut clock = 0;
        for (number, round) in rounds.iter().enumerate() {
            let trace = if style.sessions { format!("t{number}") } else { "t".to_string() };
            if !style.whole && style.sessions {
                history.truncate(1);
            }
            history.push(message(Role::User, &round.user));
            for (index, (tool, failed)) in round.calls.iter().enumerate() {
                let id = format!("call_{index}");
                let call = Call {
                    id: Some(id.clone()),
                    name: format!("tool{tool}"),
                    arguments: format!("{{\"n\":{number}}}"),
                };
                let asked = Message { calls: vec![call.clone()], ..message(Role::Assistant, "") };
                said(&mut found, &trace, &history, &asked, style, &mut clock);
                history.push(asked);
                let text = result(number, index, *failed);
                if style.runs {
                    clock += 10;
                    let tool = ToolRun {
                        call: Some(id.clone()),
                        name: call.name,
                        arguments: Some(call.arguments),
                        result: Some(text.clone()),
                    };
                    let run = Step { kind: StepKind::Tool, tool: Some(tool), ..Step::default() };
                    found.push(step(&trace, &format!("run-{clock}"), clock, run));
                }
                history.push(Message::result(Some(id), None, text, None));
            }
            let answer = message(Role::Assistant, &round.answer);
            said(&mut found, &trace, &history, &answer, style, &mut clock);
            history.push(answer);
        }
        if style.sessions {
            // One step of each trace names the session.
            let mut named = BTreeSet::new();
            for fragment in &mut found {
                if named.insert(fragment.address.trace.clone()) {
                    fragment.address.session = Some("S".to_string());
                }
            }
        }
        found
    }

    fn said(
        found: &mut Vec<Fragment>,
        trace: &str,
        history: &[Message],
        output: &Message,
        style: Style,
        clock: &mut i64,
    ) {
        *clock += 10;
        let call =
            Step { kind: StepKind::Model, input: history.to_vec(), output: vec![output.clone()], ..Step::default() };
        let id = format!("m-{clock}");
        if style.twice {
            let mut outer = step(trace, &format!("outer-{clock}"), *clock - 1, call.clone());
            if let Part::Step(step) = &mut outer.part {
                step.end = step.end.map(|end| end + 5_000_000);
            }
            found.push(outer);
            found.push(inside(step(trace, &id, *clock, call), &format!("outer-{clock}")));
        } else {
            found.push(step(trace, &id, *clock, call));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn a_conversation_comes_back_from_any_telling_in_any_order(
            rounds in rounds(),
            flags in any::<[bool; 4]>(),
            order in any::<u64>(),
            repeated in any::<prop::sample::Index>(),
        ) {
            let [whole, runs, twice, sessions] = flags;
            // Without the history in every call, it is in the traces of the session.
            let style = Style { whole: whole || !sessions, runs, twice, sessions };
            let mut pieces = fragments(&rounds, style);
            let again = pieces[repeated.index(pieces.len())].clone();
            pieces.push(again);
            let count = pieces.len() as u64;
            for index in (1..pieces.len()).rev() {
                let other = order.rotate_left(u32::try_from(index).unwrap_or(0)) % count;
                pieces.swap(index, usize::try_from(other).unwrap_or(0) % (index + 1));
            }
            let (main, others) = shown(pieces);
            prop_assert_eq!(main, vec![told(&rounds)]);
            prop_assert!(others.is_empty(), "{:?}", others);
        }
    }
}

#[test]
fn what_only_the_agent_is_told_is_the_system_text() {
    let agent = step("t", "a", 0, Step { kind: StepKind::Agent, input: messages("s:be u:hi"), ..Step::default() });
    let read = assemble([agent, inside(model("t", "m", 1, "u:hi", "a:hello"), "a")]).conversations;
    assert_eq!((read.len(), show(&read[0]).as_str()), (1, "s:be u:hi a:hello"));
}

//! Records of every format, changed at random: whatever comes of them, no reader panics, none takes long, and neither
//! does putting conversations together. `REPROMPT_FUZZ` is the number of cases of each format.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test of the readers from outside")]

use reprompt::trace::assemble::assemble;
use reprompt::trace::reader::{FORMATS, FieldMap, Format, Item, Options, Reader};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// Cases of each format, unless the environment says otherwise.
const CASES: u64 = 300;
/// Longest that one case may take.
const LONGEST: Duration = Duration::from_secs(1);
/// Most changes of one case.
const MOST_CHANGES: usize = 6;
/// Levels that a deep value is wrapped in: still fewer than a record may have, so that readers see it.
const DEEP: usize = 80;

/// One small file of each format, a record a line.
const SEEDS: [(&str, &str); 37] = [
    (
        "tau2-bench",
        r#"{"id":"9b2c","task_id":"7","trial":0,"start_time":"2025-07-17T15:10:58.495594","termination_reason":"user_stop","reward_info":{"reward":1.0},"messages":[{"role":"assistant","content":"Hi!"},{"role":"user","content":"No data."},{"role":"assistant","content":null,"tool_calls":[{"id":"a","name":"get","arguments":{"x":1},"requestor":"assistant"}]},{"role":"tool","tool_messages":[{"id":"a","role":"tool","content":"one","requestor":"assistant","error":false}]},{"role":"user","content":null,"tool_calls":[{"id":"u","name":"toggle","arguments":{},"requestor":"user"}]},{"role":"tool","id":"u","content":"on","requestor":"user","error":true}]}"#,
    ),
    (
        "tau-bench",
        r#"{"task_id":0,"reward":1.0,"trial":2,"info":{"task":{"user_id":"ann"}},"traj":[{"role":"system","content":"Be kind."},{"role":"user","content":"hi"},{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","name":"f","content":"Error: no"}]}"#,
    ),
    (
        "otlp",
        r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"scope":{"name":"x"},"spans":[{"traceId":"CC4F7EACF28A3BA393A51806A62FEBF8","spanId":"40e37f40cc7d78a5","parentSpanId":"","name":"chat m","startTimeUnixNano":"1787297955670900503","endTimeUnixNano":1787297955670945879,"status":{"code":"STATUS_CODE_OK"},"attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},{"key":"gen_ai.input.messages","value":{"stringValue":"[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"hi\"}]}]"}},{"key":"gen_ai.output.messages","value":{"arrayValue":{"values":[{"kvlistValue":{"values":[{"key":"role","value":{"stringValue":"assistant"}},{"key":"content","value":{"stringValue":"hello"}}]}}]}}}]}]}]}]}"#,
    ),
    (
        "kitaru",
        r#"{"trace_id":"t","name":"x","input":{"question":"How much?"},"output":{"answer":"Unavailable."},"metadata":{"env":"staging"},"started_at":"2026-01-01T00:00:00Z","spans":[{"span_id":"a","kind":"llm","started_at":"2026-01-01T00:00:00Z","ended_at":"2026-01-01T00:00:01Z","model":"m","cost":0.5,"input":[{"role":"user","content":"How much?"}],"output":{"content":"Fetching.","tool_calls":[{"name":"rate","arguments":{"b":1}}]}},{"span_id":"b","kind":"tool","name":"rate","started_at":"2026-01-01T00:00:02Z","input":{"b":1},"output":null,"error":"503"}]}"#,
    ),
    (
        "datadog",
        r#"{"data":[{"id":"1","type":"span","attributes":{"span_id":"1","trace_id":"t","parent_id":"undefined","span_kind":"llm","name":"chat","model_name":"m","input":{"value":"x","messages":[{"role":"user","content":"hi"}]},"output":{"messages":[{"role":"assistant","content":"hello"}]},"metrics":{"estimated_total_cost":7500},"start_ns":1761833858897,"duration":83000,"status":"ok","tags":["session_id:S","env:prod"]}}]}"#,
    ),
    (
        "jaeger",
        r#"{"data":[{"traceID":"dd547580319ab0312cee07f1def50dad","processes":{"p1":{"serviceName":"shop","tags":[]}},"spans":[{"traceID":"dd547580319ab0312cee07f1def50dad","spanID":"02","operationName":"openai.chat","startTime":1700000000000002,"duration":5,"references":[{"refType":"CHILD_OF","traceID":"x","spanID":"01"}],"processID":"p1","logs":[],"tags":[{"key":"llm.request.type","type":"string","value":"chat"},{"key":"gen_ai.prompt.0.role","value":"user"},{"key":"gen_ai.prompt.0.content","value":"list"},{"key":"gen_ai.completion.0.role","value":"assistant"},{"key":"gen_ai.completion.0.tool_calls.0.name","value":"ls"},{"key":"gen_ai.completion.0.tool_calls.0.id","value":"c"}]},{"traceID":"dd547580319ab0312cee07f1def50dad","spanID":"03","operationName":"execute_tool ls","startTime":1700000000000009,"duration":2000,"references":[{"refType":"CHILD_OF","spanID":"01"}],"tags":[{"key":"gen_ai.operation.name","value":"execute_tool"},{"key":"gen_ai.tool.name","value":"ls"},{"key":"gen_ai.tool.call.id","value":"c"},{"key":"gen_ai.tool.call.result","value":"gone"}],"logs":[]}]}]}"#,
    ),
    (
        "otel-console",
        r#"{"name":"chat","context":{"trace_id":"0xab","span_id":"0xcd"},"kind":"SpanKind.CLIENT","parent_id":null,"start_time":"2026-01-01T00:00:00Z","end_time":null,"status":{"status_code":"UNSET"},"resource":{"attributes":{"service.name":"x"}},"attributes":{"gen_ai.operation.name":"chat"},"events":[{"name":"gen_ai.user.message","attributes":{"content":"hi"}},{"name":"gen_ai.choice","attributes":{"message":"{\"role\":\"assistant\",\"content\":\"hello\"}"}}]}"#,
    ),
    (
        "phoenix",
        r#"{"id":"x","name":"ChatOpenAI","context":{"trace_id":"t","span_id":"s"},"span_kind":"LLM","parent_id":null,"start_time":"2026-01-01T00:00:00+00:00","end_time":"2026-01-01T00:00:01+00:00","status_code":"OK","attributes":{"llm.input_messages.0.message.role":"user","llm.input_messages.0.message.content":"hi","llm.output_messages.0.message.role":"assistant","llm.output_messages.0.message.content":"hello","session.id":"S"},"events":[],"span_annotations":[{"name":"correct","annotator_kind":"HUMAN","result":{"score":1.0,"label":"yes"}}]}"#,
    ),
    (
        "logfire",
        r#"{"trace_id":"t","span_id":"s","parent_span_id":null,"span_name":"chat gpt","start_timestamp":"2026-01-01T00:00:00Z","otel_scope_name":"pydantic-ai","service_name":"shop","attributes":"{\"gen_ai.request.model\":\"m\",\"events\":[{\"event.name\":\"gen_ai.user.message\",\"role\":\"user\",\"content\":\"hi\"},{\"event.name\":\"gen_ai.choice\",\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"hello\"}}]}"}"#,
    ),
    (
        "otel-spans",
        r#"{"trace_id":"t","span_id":"s","name":"chat","attributes":{"gen_ai.operation.name":"chat"},"scope":{"name":"x"},"span_events":[{"event_name":"x","body":{"input":{"messages":[{"role":"user","content":{"content":"[{\"text\": \"hi\"}]"}}]},"output":{"messages":[{"role":"assistant","content":{"message":"hello","finish_reason":"stop"}}]}}}]}"#,
    ),
    (
        "mlflow",
        r#"{"info":{"trace_id":"tr-2","trace_metadata":{"mlflow.trace.session":"S","mlflow.trace.user":"u"},"assessments":[{"assessment_name":"good","feedback":{"value":true},"source":{"source_type":"HUMAN"}}]},"data":{"spans":[{"name":"chat","trace_id":"zE9+rPKKO6OTpRgGpi/r+A==","span_id":"QON/QMx9eKU=","parent_span_id":"","start_time_unix_nano":1,"status":{"code":"STATUS_CODE_OK"},"attributes":{"mlflow.spanType":"\"LLM\"","mlflow.spanInputs":"\"hi\"","mlflow.spanOutputs":"\"hello\""}}]}}"#,
    ),
    (
        "opik",
        r#"{"trace":{"id":"t","name":"chat","start_time":"2026-01-01T00:00:00Z","input":{"question":"hi"},"output":{"answer":"hello"},"thread_id":"S","tags":["a"],"feedback_scores":[{"name":"good","value":1.0,"source":"ui"}]},"downloaded_at":"x","project_name":"p","spans":[{"id":"m","type":"llm","parent_span_id":null,"model":"m","start_time":"2026-01-01T00:00:00Z","input":{"messages":[{"role":"user","content":"hi"}]},"output":{"choices":[{"message":{"role":"assistant","content":"hello"}}]}},{"id":"f","type":"tool","name":"find","input":{"q":1},"output":{"output":"none"},"start_time":"2026-01-01T00:00:00Z"}]}
{"id":"p","name":"support","current_version":{"prompt":"Be {{kind}}.","metadata":null,"type":"MUSTACHE","commit":"c1"},"history":[{"prompt":"Be kind.","commit":"c0"}],"downloaded_at":"2026-01-01T00:00:00"}
{"trace_id":"u","trace_name":"chat","trace_start_time":"2026-01-01 00:00:00+00:00","trace_input":"{'q': 'hi'}","trace_output":"{'a': 'hello'}","trace_feedback_scores":"[{'name': 'good', 'value': 1.0}]","span_id":"m","span_type":"llm","span_input":"{'messages': [{'role': 'user', 'content': 'hi'}]}"}"#,
    ),
    (
        "langfuse",
        r#"{"id":"t","timestamp":"2026-07-20 13:31:26.122000","session_id":"s","user_id":"u","release":null,"public":false,"tags":"[\"a\",\"b\"]","metadata":"{\"plan\":\"gold\"}","accuracy":[0.5,1.0],"mood":["good"]}
{"id":"o","trace_id":"t","type":"GENERATION","parent_observation_id":null,"start_time":"2026-07-20 13:31:27.000000","end_time":"2026-07-20 13:31:28.000000","provided_model_name":"m","prompt_name":"support","prompt_version":4,"total_cost":"0.25","input":"{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"tools\":[]}","output":"\"hello\""}
{"id":"x","trace_id":"t","name":"resolved","value":1,"data_type":"BOOLEAN","source":"ANNOTATION"}"#,
    ),
    (
        "langsmith",
        r#"{"id":"r","trace_id":"r","run_type":"chain","name":"agent","start_time":"2026-01-01T00:00:00","session_id":"project","inputs":{"question":"hi"},"outputs":{"answer":"hello"},"extra":{"metadata":{"thread_id":"S","user_id":"u"}},"feedback_stats":{"good":{"n":1,"avg":0.0}},"tags":["a"]}
{"id":"m","dotted_order":"20260101T000000000000Zr.20260101T000001000000Zm","run_type":"llm","name":"ChatOpenAI","start_time":"2026-01-01T00:00:01","total_cost":"0.5","inputs":{"messages":[[{"lc":1,"type":"constructor","id":["langchain","schema","HumanMessage"],"kwargs":{"content":"hi"}}]]},"outputs":"{\"generations\":[[{\"text\":\"hello\",\"message\":{\"lc\":1,\"type\":\"constructor\",\"id\":[\"x\",\"AIMessage\"],\"kwargs\":{\"content\":\"hello\"}}}]]}","extra":"{\"metadata\":{\"ls_model_name\":\"gpt\"}}"}
{"id":"t","trace_id":"r","parent_run_id":"r","run_type":"tool","name":"find","start_time":"2026-01-01T00:00:02","inputs":{"input":"{'q': 1}"},"outputs":{"output":"none"},"error":"boom"}
{"run_id":"r","key":"good","score":1,"feedback_source":{"type":"app"},"created_at":"2026-01-02T00:00:00","id":"f"}"#,
    ),
    (
        "braintrust",
        r#"{"id":"1","span_id":"root","root_span_id":"root","span_parents":null,"span_attributes":{"name":"agent","type":"task"},"input":"hi","output":"hello","metadata":{"session_id":"S","user_id":"u"},"scores":{"good":0.5},"metrics":{"start":1785000000.0,"end":1785000002.0}}
{"id":"2","span_id":"m","root_span_id":"root","span_parents":["root"],"span_attributes":{"name":"gpt","type":"llm"},"input":[{"role":"user","content":"hi"}],"output":[{"finish_reason":"stop","index":0,"message":{"role":"assistant","content":"hello"}}],"metadata":{"model":"gpt"},"metrics":{"start":1785000000.5,"end":1785000001.0,"estimated_cost":0.25}}
{"id":"3","span_id":"t","root_span_id":"root","span_parents":["root"],"span_attributes":{"name":"find","type":"tool"},"input":{"q":1},"output":null,"error":"boom","metrics":{"start":1785000000.7}}"#,
    ),
    (
        "agents-sdk",
        r#"{"object":"trace","id":"t","workflow_name":"support","group_id":"S","metadata":{"plan":"gold"}}
{"object":"trace.span","id":"g","trace_id":"t","parent_id":null,"started_at":"2026-01-01T00:00:01Z","ended_at":"2026-01-01T00:00:02Z","span_data":{"type":"generation","model":"m","input":[{"role":"user","content":"hi"}],"output":[{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"find","arguments":"{}"}}]}]},"error":null}
{"object":"trace.span","id":"f","trace_id":"t","parent_id":null,"started_at":"2026-01-01T00:00:02Z","ended_at":"2026-01-01T00:00:03Z","span_data":{"type":"function","name":"find","input":"{}","output":"none"},"error":null}
{"object":"trace.span","id":"r","trace_id":"t","parent_id":null,"started_at":"2026-01-01T00:00:03Z","ended_at":"2026-01-01T00:00:04Z","span_data":{"type":"response","response_id":"resp_1","_input":[{"role":"user","content":"hi"},{"type":"function_call","call_id":"c","name":"find","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"none"}],"_response":{"id":"resp_1","instructions":"be","model":"m","output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"sorry"}]}]}},"error":null}"#,
    ),
    (
        "helicone",
        r#"{"request_id":"1","request_created_at":"2026-01-01T00:00:00Z","request_body":{"model":"m","messages":[{"role":"user","content":"hi"}]},"response_status":200,"request_user_id":"u","costUSD":0.5,"feedback_rating":true,"request_properties":{"Helicone-Session-Id":"S"},"response_body":{"id":"c","choices":[{"message":{"role":"assistant","content":"hello"}}]}}"#,
    ),
    (
        "weave",
        r#"{"id":"r","trace_id":"t","parent_id":null,"thread_id":"S","op_name":"weave:///e/p/op/agent:abc","started_at":"2026-01-01T00:00:00Z","inputs":{"question":"hi"},"output":"hello","attributes":{"env":"prod"},"summary":{"weave":{"feedback":[{"feedback_type":"thumbs","payload":{"value":1}}]}}}
{"id":"m","trace_id":"t","parent_id":"r","op_name":"weave:///e/p/op/openai.chat.completions.create:def","started_at":"2026-01-01T00:00:01Z","inputs":{"model":"m","messages":[{"role":"user","content":"hi"}]},"output":{"id":"c","choices":[{"message":{"role":"assistant","content":"hello"}}]},"summary":{"usage":{"gpt":{}}}}"#,
    ),
    (
        "gemini-cli",
        r#"{"sessionId":"S","projectHash":"h","startTime":"2026-01-01T00:00:00Z","lastUpdated":"2026-01-01T00:00:00Z"}
{"id":"1","timestamp":"2026-01-01T00:00:01Z","type":"user","content":[{"text":"List."}]}
{"id":"2","timestamp":"2026-01-01T00:00:02Z","type":"gemini","content":"Done.","model":"g","toolCalls":[{"id":"c","name":"ls","args":{"p":"."},"status":"error","result":[{"functionResponse":{"response":{"error":"denied"}}}]}]}
{"$set":{"lastUpdated":"2026-01-01T00:00:09Z"}}"#,
    ),
    (
        "claude-code",
        r#"{"type":"user","uuid":"a","parentUuid":null,"sessionId":"S","isSidechain":false,"version":"2.1","timestamp":"2026-01-01T00:00:00Z","message":{"role":"user","id":"m-0","content":"Fix it."}}
{"type":"assistant","uuid":"b","parentUuid":"a","sessionId":"S","isSidechain":false,"version":"2.1","timestamp":"2026-01-01T00:00:01Z","message":{"role":"assistant","id":"m-1","content":[{"type":"text","text":"Looking."},{"type":"tool_use","id":"t1","name":"Bash","input":{"command":"ls"}}]}}
{"type":"user","uuid":"d","parentUuid":"b","sessionId":"S","isSidechain":false,"version":"2.1","timestamp":"2026-01-01T00:00:03Z","message":{"role":"user","id":"m-3","content":[{"type":"tool_result","tool_use_id":"t1","content":"no","is_error":true}]}}"#,
    ),
    (
        "claude-stream",
        r#"{"type":"system","subtype":"init","session_id":"S","model":"m"}
{"type":"user","session_id":"S","parent_tool_use_id":null,"message":{"role":"user","content":"List."}}
{"type":"assistant","session_id":"S","parent_tool_use_id":null,"message":{"role":"assistant","id":"1","content":[{"type":"text","text":"Looking."},{"type":"tool_use","id":"t","name":"Task","input":{}}]}}
{"type":"assistant","session_id":"S","parent_tool_use_id":"t","message":{"role":"assistant","id":"2","content":[{"type":"text","text":"Two files."}]}}
{"type":"user","session_id":"S","parent_tool_use_id":null,"message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"Two files."}]}}
{"type":"result","subtype":"success","session_id":"S","is_error":false,"total_cost_usd":0.5,"result":"Two."}"#,
    ),
    (
        "codex",
        r#"{"timestamp":"2026-01-01T00:00:00Z","type":"session_meta","payload":{"id":"S","cli_version":"0.9","instructions":"Be kind.","git":{"branch":"main"}}}
{"type":"turn_context","payload":{"model":"m"}}
{"type":"response_item","payload":{"type":"message","role":"user","content":[{"type":"input_text","text":"List."}]}}
{"type":"response_item","payload":{"type":"function_call","call_id":"c","name":"shell","arguments":"{\"command\":[\"ls\"]}"}}
{"type":"response_item","payload":{"type":"function_call_output","call_id":"c","output":"{\"output\":\"no such file\",\"metadata\":{\"exit_code\":2}}"}}
{"type":"event_msg","payload":{"type":"agent_message","message":"Done."}}"#,
    ),
    (
        "inspect",
        r#"{"id":1,"epoch":2,"target":"x","attachments":{"a1b2":"a long text"},"messages":[{"role":"user","content":"Read: attachment://a1b2."},{"role":"assistant","content":"","tool_calls":[{"id":"c","function":"look","arguments":{"q":1}}]},{"role":"tool","content":"","tool_call_id":"c","function":"look","error":{"type":"timeout","message":"slow"}},{"role":"assistant","content":"No."}],"scores":{"match":{"value":"I"},"both":{"value":{"a":1,"b":0.5}}}}"#,
    ),
    (
        "openai-batch",
        r#"{"custom_id":"r1","method":"POST","url":"/v1/chat/completions","body":{"model":"m","messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"hi"}]}}
{"id":"b","custom_id":"r1","error":null,"response":{"status_code":200,"body":{"id":"c","object":"chat.completion","created":1700000000,"choices":[{"message":{"role":"assistant","content":"hello"}}]}}}"#,
    ),
    (
        "openai-responses",
        r#"{"id":"1","object":"response","previous_response_id":null,"created_at":1700000000,"instructions":"Be kind.","input":[{"role":"user","content":"hi"}],"metadata":{"plan":"gold"},"output":[{"type":"reasoning"},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"hello"}]}]}
{"id":"2","object":"response","previous_response_id":"1","created_at":1700000100,"input":"more","output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"sure"}]}]}"#,
    ),
    (
        "call-log",
        r#"{"request":{"model":"claude","system":[{"type":"text","text":"Be kind."}],"metadata":{"user_id":"u"},"messages":[{"role":"user","content":"hi"}]},"response":"{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"hello\"}]}","session_id":"s"}
{"messages":[{"role":"user","content":"hi"}],"timestamp":1700000000,"latency_sec":1.5,"cost":0.5,"response":{"id":"1","model":"m","choices":[{"message":{"role":"assistant","content":"hello"}}]}}"#,
    ),
    (
        "atif",
        r#"{"schema_version":"ATIF-v1.5","session_id":"s","agent":{"name":"a","version":"2","model_name":"m"},"steps":[{"step_id":1,"source":"user","message":"Go.","timestamp":"2026-01-01T00:00:00Z"},{"step_id":2,"source":"agent","message":"","tool_calls":[{"tool_call_id":"c","function_name":"ls","arguments":{"p":"."}}],"observation":{"results":[{"source_call_id":"c","content":"x"}]}}]}
{"schema_version":"ATIF-v1.7","session_id":"run-1","trajectory_id":"root","steps":[{"step_id":1,"source":"user","message":"Go."},{"step_id":2,"source":"agent","message":"","tool_calls":[{"tool_call_id":"c","function_name":"task","arguments":{}}],"observation":{"results":[{"source_call_id":"c","subagent_trajectory_ref":[{"trajectory_id":"sub-1"}]}]}}],"subagent_trajectories":[{"trajectory_id":"sub-1","agent":{"name":"helper"},"steps":[{"step_id":1,"source":"user","message":"Help."}],"subagent_trajectories":[{"steps":[{"source":"agent","message":"ok"}]}]}]}"#,
    ),
    (
        "openhands",
        r#"{"id":"2","kind":"MessageEvent","source":"user","llm_message":{"role":"user","content":[{"type":"text","text":"Go."}]}}
{"id":"3","kind":"ActionEvent","source":"agent","thought":[{"type":"text","text":"Look."}],"tool_name":"bash","tool_call_id":"c","tool_call":{"id":"c","name":"bash","arguments":"{\"command\":\"ls\"}"},"action":{"command":"ls"}}
{"id":"4","kind":"ObservationEvent","source":"environment","tool_call_id":"c","observation":{"content":[{"type":"text","text":"no"}],"is_error":true}}
{"id":5,"source":"agent","action":"finish","args":{"final_thought":"Done."}}
{"id":"6","kind":"ACPToolCallEvent","source":"agent","tool_call_id":"d","title":"ls","status":"in_progress","raw_input":null}
{"id":"7","kind":"ACPToolCallEvent","source":"agent","tool_call_id":"d","title":"ls","status":"completed","raw_input":{"command":"ls"},"raw_output":"a.py"}
{"id":"8","kind":"ConversationStateUpdateEvent","source":"environment","key":"full_state","value":{"id":"x","agent":{"llm":{"model":"m"}},"stats":{"usage_to_metrics":{"default":{"accumulated_cost":0.5}}}}}
{"id":"11111111222233334444555555555555","created_by_user_id":"u","sandbox_id":"s","title":"t","llm_model":"m","metrics":{"accumulated_cost":0.5},"parent_conversation_id":"y"}"#,
    ),
    (
        "swe-agent",
        r#"{"environment":"swe","info":{"exit_status":"submitted"},"trajectory":[],"history":[{"role":"system","content":"Fix.","agent":"primary"},{"role":"user","content":"a demonstration","is_demo":true},{"role":"user","content":"The issue."},{"role":"assistant","content":"Look.\n```\nls -a\n```","thought":"Look.\n","action":"ls -a\n"},{"role":"user","content":"a.py"}]}
{"info":{"exit_status":"Submitted","model_stats":{"instance_cost":0.5},"mini_version":"2","config":{"model":{"model_name":"m"}}},"trajectory_format":"mini-swe-agent-1.1","messages":[{"role":"user","content":"The issue."},{"role":"assistant","content":"look\n```bash\nls\n```","extra":{"response":{}}},{"role":"user","content":"<returncode>1</returncode>\n<output>\n</output>"},{"type":"function_call_output","call_id":"a","output":"x","extra":{"returncode":0}},{"role":"exit","content":"diff"}]}"#,
    ),
    (
        "autogen",
        r#"{"question":"How many?","question_ID":"q1","is_correct":false,"mistake_agent":"Expert","system_prompt":{"Expert":"You count."},"history":[{"role":"assistant","name":"Manager","content":"Task: How many?"},{"role":"user","name":"Expert","content":"Let me count."},{"role":"assistant","name":"Computer_terminal","content":"3"}]}
{"messages":[{"source":"user","models_usage":null,"content":"Weather?","type":"TextMessage"},{"source":"a","content":[{"id":"c","arguments":"{}","name":"look"}],"type":"ToolCallRequestEvent"},{"source":"a","content":[{"content":"no","name":"look","call_id":"c","is_error":true}],"type":"ToolCallExecutionEvent"},{"source":"b","type":"CodeExecutionEvent","result":{"exit_code":1,"output":"boom"}}],"stop_reason":"done"}
{"type":"TeamState","team_id":"t","agent_states":{"a/t":{"agent_state":{"llm_context":{"messages":[{"content":"hi","source":"user","type":"UserMessage"}]}}},"m":{"message_thread":[{"source":"user","content":["x",{"data":"y"}],"type":"MultiModalMessage"}]}}}"#,
    ),
    (
        "sharegpt",
        r#"{"id":"x","system":"Be kind.","conversations":[{"from":"human","value":"hi"},{"from":"function_call","value":"{\"name\": \"find\", \"arguments\": {\"q\": 1}}"},{"from":"observation","value":"Error: no"},{"from":"gpt","value":"hello"}]}
{"conversations":[{"from":"human","value":"x"},{"from":"gpt","value":"a <tool_call>{'name': 'f', 'arguments': {}}</tool_call> b <tool_call>"},{"from":"tool","value":"<tool_response>y</tool_response>"},{"from":"function-call","value":"[{\"name\": \"a\"}]"}]}
{"question_id":"q","model_a":"m","model_b":"n","winner":"model_a","conversation_a":[{"role":"user","content":"hi"}],"conversation_b":[{"role":"user","content":"hi"}],"tstamp":1682351591.1,"openai_moderation":{"flagged":false}}"#,
    ),
    (
        "vercel-ui",
        r#"{"id":"chat-1","messages":[{"id":"m1","role":"user","parts":[{"type":"text","text":"Weather?"}]},{"id":"m2","role":"assistant","parts":[{"type":"step-start"},{"type":"tool-weather","toolCallId":"c1","state":"output-available","input":{"city":"Bonn"},"output":"rain"},{"type":"dynamic-tool","toolName":"map","toolCallId":"c2","state":"output-error","input":{},"errorText":"no map"},{"type":"text","text":"Rain."}]}]}
{"id":"1","chatId":"a","role":"user","parts":[{"type":"text","text":"Weather?"}],"createdAt":"2026-01-01T00:00:00Z"}
[{"role":"assistant","metadata":{"createdAt":1767225600000,"model":"m"},"parts":[{"type":"tool-x","toolCallId":"c","state":"output-denied","approval":{"reason":"no"},"rawInput":"{bad"}]}]"#,
    ),
    (
        "chat",
        r#"{"id":"c-1","user":"u","timestamp":1770000000,"scores":{"resolved":1},"metadata":{"plan":{"name":"gold"}},"tools":[{}],"messages":[{"role":"system","content":"Be \"kind\"."},{"role":"user","content":[{"type":"text","text":"hi"}]},{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","content":"Error: no"}]}"#,
    ),
    (
        "message-lines",
        r#"{"session_id":"a","role":"user","content":"hi","timestamp":"2026-01-01T00:00:01Z","user_id":7}
{"session_id":"b","role":"user","content":"yo","timestamp":"2026-01-01T00:00:02Z"}
{"session_id":"a","role":"assistant","content":"hello","timestamp":"2026-01-01T00:00:03Z","model":"m"}"#,
    ),
    ("outcomes", r#"{"conversation_id":"c","outcome":"refunded","amount":"12","time":"2026-01-01"}"#),
    ("pairs", r#"{"session_id":"S","prompt":"hi","response":"hello","timestamp":"2026-01-01T00:00:00Z"}"#),
    (
        "map",
        r#"{"key":"k","said":[{"who":"user","text":"hi","at":"2026-01-01T00:00:00Z"},{"who":"assistant","text":"hello","call":{"name":"f","arguments":{}},"result":"x"}],"went":"well","prompt":"Be kind."}"#,
    ),
];

/// The map that the records of `map` are read by.
const MAP: &str = r#"{"id":"/key","turns":"/said","role":"/who","content":"/text","time":"/at","tool_call":"/call","tool_result":"/result","outcome":"/went","system":"/prompt"}"#;

/// A generator of numbers that are the same each time (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Less than `bound`; 0 when there is nothing less.
    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % bound.max(1)
    }

    fn one_in(&mut self, number: usize) -> bool {
        self.below(number) == 0
    }
}

/// What one file gave.
#[derive(Default)]
struct Read {
    conversations: usize,
    facts: usize,
}

fn read(bytes: &[u8], options: Options) -> Read {
    let Ok(mut reader) = Reader::with(bytes, options) else { return Read::default() };
    let (mut read, mut fragments) = (Read::default(), Vec::new());
    while let Some(item) = reader.next_item().unwrap() {
        match item {
            Item::Conversation(..) => read.conversations += 1,
            Item::Fragments(found, _) => fragments.extend(found),
            Item::Joined(facts, _) => read.facts += facts.len(),
            Item::SetAside(_) => {}
        }
    }
    read.conversations += assemble(fragments).conversations.len();
    read
}

fn options(format: &'static Format) -> Options {
    let map = (format.slug == "map").then(|| FieldMap::parse(MAP).unwrap());
    Options { format: Some(format), map, ..Options::default() }
}

/// The values inside of one, itself included.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(list) => list.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// The value that is the `index`th in depth-first order.
fn nth<'a>(value: &'a mut Value, index: &mut usize) -> Option<&'a mut Value> {
    if *index == 0 {
        return Some(value);
    }
    *index -= 1;
    match value {
        Value::Array(list) => list.iter_mut().find_map(|one| nth(one, index)),
        Value::Object(fields) => fields.values_mut().find_map(|one| nth(one, index)),
        _ => None,
    }
}

/// A value that readers do not expect.
fn strange(random: &mut Random) -> Value {
    match random.below(22) {
        0 | 1 => Value::Null,
        2 => json!(true),
        3 => json!(0),
        4 => json!(-1),
        5 => json!(i64::MIN),
        6 => json!(u64::MAX),
        7 => json!(i64::MAX),
        8 => json!(1e308),
        9 => json!(-1e-300),
        10 => json!(""),
        11 => json!("x".repeat(20_000)),
        12 => json!("\u{0}\u{feff}\u{202e}😀é\u{10ffff}"),
        13 => json!("9999-12-31T23:59:60.999999999999Z"),
        14 => json!("-262144-01-01T00:00:00+99:99"),
        15 => json!("[{\"role\":\"user\",\"content\":[{\"type\":\"text\"}]}]"),
        16 => json!("{\"a\":".repeat(200)),
        17 => json!([]),
        18 => json!({}),
        19 => json!([[], {}, null, "user", 7]),
        20 => json!({"role": "assistant", "content": {"type": "text", "text": ["x"]}, "id": 1.5}),
        _ => {
            (0..DEEP).fold(json!("x"), |inner, level| if level % 2 == 0 { json!([inner]) } else { json!({"a": inner}) })
        }
    }
}

/// Changes something somewhere in a record.
fn change(record: &mut Value, random: &mut Random) {
    let total = count(record);
    let other = nth(record, &mut random.below(total)).unwrap().clone();
    let place = nth(record, &mut random.below(total)).unwrap();
    // JSON inside of a string is a record of its own.
    if let Value::String(text) = place
        && let Ok(mut inner @ (Value::Array(_) | Value::Object(_))) = serde_json::from_str::<Value>(text)
    {
        change(&mut inner, random);
        *place = Value::String(inner.to_string());
        return;
    }
    match (random.below(7), place) {
        (0, Value::Array(list)) if !list.is_empty() => {
            list.remove(random.below(list.len()));
        }
        (0, Value::Object(fields)) if !fields.is_empty() => {
            let name = fields.keys().nth(random.below(fields.len())).unwrap().clone();
            fields.remove(&name);
        }
        (1, Value::Array(list)) if !list.is_empty() => {
            let copy = list[random.below(list.len())].clone();
            let times = if random.one_in(10) { 200 } else { 1 };
            list.extend(std::iter::repeat_n(copy, times));
        }
        (1, Value::Object(fields)) if !fields.is_empty() => {
            let from = fields.values().nth(random.below(fields.len())).unwrap().clone();
            let name = fields.keys().nth(random.below(fields.len())).unwrap().clone();
            fields.insert(name, from);
        }
        // The same value in another type.
        (2, Value::String(text)) if !text.is_empty() => {
            let cut = text.chars().take(random.below(text.len())).collect();
            text.clone_from(&cut);
        }
        (2, place) => *place = Value::String(place.to_string()),
        (3, place) => *place = json!([place.clone()]),
        (4, place) => *place = other,
        (_, place) => *place = strange(random),
    }
}

/// Changes bytes, with no regard to what they mean.
fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(bytes.len());
    let length = random.below((bytes.len() - at).min(40));
    match random.below(6) {
        0 => bytes.truncate(at),
        1 => {
            bytes.drain(at..at + length);
        }
        2 => {
            let copy = bytes[at..at + length].to_vec();
            bytes.splice(at..at, copy);
        }
        3 => {
            let pieces = ["\"", "{", "[", "}", "]", ",", ":", "\\", "\n", "\0", "\\ud800", "1e999", "null", "\u{feff}"];
            bytes.splice(at..at, pieces[random.below(pieces.len())].bytes());
        }
        4 => {
            bytes.splice(at..at, b"[".repeat(DEEP));
        }
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
    }
}

/// A file of the records of `seed`, changed.
fn file(seed: &str, random: &mut Random) -> Vec<u8> {
    let mut records: Vec<Value> = seed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // Few changes more often than many: a record that is changed in one place is read further.
    let most = 1 + random.below(MOST_CHANGES);
    let changes = 1 + random.below(most);
    let (by_value, by_bytes) = match random.below(4) {
        0 => (0, changes),
        1 => (changes, 1),
        _ => (changes, 0),
    };
    for _ in 0..by_value {
        let index = random.below(records.len());
        change(&mut records[index], random);
    }
    if random.one_in(4) {
        let copy = records[random.below(records.len())].clone();
        records.insert(random.below(records.len()), copy);
    }
    if random.one_in(4) {
        records.reverse();
    }
    let mut bytes = match random.below(4) {
        0 => Value::Array(records).to_string().into_bytes(),
        1 => serde_json::to_vec_pretty(&records).unwrap(),
        _ => records.iter().flat_map(|record| format!("{record}\n").into_bytes()).collect(),
    };
    for _ in 0..by_bytes {
        damage(&mut bytes, random);
    }
    bytes
}

#[test]
fn every_format_has_a_seed_that_is_read() {
    let slugs: BTreeSet<&str> = SEEDS.iter().map(|(slug, _)| *slug).collect();
    assert_eq!(slugs, FORMATS.iter().map(|format| format.slug).collect());
    assert_eq!(slugs.len(), SEEDS.len());
    for (slug, seed) in SEEDS {
        let read = read(seed.as_bytes(), options(Format::by_slug(slug).unwrap()));
        if slug == "outcomes" {
            assert!(read.facts > 0, "{slug}");
        } else {
            assert!(read.conversations > 0, "{slug}");
        }
    }
}

#[test]
fn changed_records_neither_panic_nor_take_long() {
    let cases = std::env::var("REPROMPT_FUZZ").ok().map_or(CASES, |cases| cases.parse().unwrap());
    let mut failures = Vec::new();
    for (number, (slug, seed)) in SEEDS.into_iter().enumerate() {
        let format = Format::by_slug(slug).unwrap();
        let (start, mut slowest, mut read_something) = (Instant::now(), Duration::ZERO, 0_u64);
        for case in 0..cases {
            let mut random = Random(((number as u64 + 1) << 40) + case + 1);
            let bytes = file(seed, &mut random);
            // Some are not told what they are.
            let options = if random.one_in(4) && slug != "map" { Options::default() } else { options(format) };
            let began = Instant::now();
            let result = catch_unwind(AssertUnwindSafe(|| read(&bytes, options)));
            let took = began.elapsed();
            slowest = slowest.max(took);
            let shown = || String::from_utf8_lossy(&bytes[..bytes.len().min(4000)]).into_owned();
            match result {
                Err(_) => failures.push(format!("{slug}, case {case}, panics: {}", shown())),
                Ok(_) if took > LONGEST => failures.push(format!("{slug}, case {case}, takes {took:?}: {}", shown())),
                Ok(read) => read_something += u64::from(read.conversations + read.facts > 0),
            }
        }
        println!(
            "{slug}: {cases} cases in {:.2} s, the slowest {:.3} s, {read_something} gave something",
            start.elapsed().as_secs_f64(),
            slowest.as_secs_f64()
        );
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

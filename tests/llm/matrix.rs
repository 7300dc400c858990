//! Every protocol against every fault: what comes of it, how often it is tried, how long is waited, and that in each
//! cell money, stored replies and the key are treated as promised.

use crate::rig::{self, KEY};
use crate::server::{Fault, Kind, Seen, Server, Tempo};
use reprompt::llm::{Answer, FailureKind, ModelError};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What must come of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Reply,
    Refused,
    Truncated,
    Invalid,
    Failed(FailureKind),
}

/// What must come of a provider that always fails so, and after how many requests. Written from the specification, by
/// fault; the client's own table is not asked.
fn expected(kind: Kind, fault: Fault) -> (Outcome, usize) {
    use FailureKind as K;
    use Fault as F;
    // The policy's four attempts, and its ten waits that a provider may ask for beside the first try.
    let (tries, waits) = (4, 11);
    let failed = |kind, requests| (Outcome::Failed(kind), requests);
    match fault {
        F::RateSeconds | F::RateMillis | F::RateDate | F::RatePastDate => failed(K::RateLimited, waits),
        F::Unavailable503After => failed(K::ServerError(503), waits),
        F::RateHuge => failed(K::RateLimited, 1),
        F::RateNone | F::RateGarbage if kind == Kind::Messages => failed(K::SpendLimit, 1),
        F::RateNone | F::RateGarbage | F::Overloaded529 => failed(K::RateLimited, tries),
        F::SpendLimit | F::PaymentRequired => failed(K::SpendLimit, 1),
        F::Unavailable503 => failed(K::ServerError(503), tries),
        F::Internal500 => failed(K::ServerError(500), tries),
        F::NoRetry500 => failed(K::ServerError(500), 1),
        F::BadGatewayHtml => failed(K::ServerError(502), tries),
        F::Timeout408 => failed(K::Rejected(408), tries),
        F::Conflict409 => failed(K::Rejected(409), tries),
        F::Retry400 => failed(K::Rejected(400), tries),
        F::Unauthorized401 | F::Forbidden403 | F::KeyEchoedInError => failed(K::Unauthorized, 1),
        F::ModelNotFound => failed(K::UnknownModel, 1),
        F::NotFoundHtml => failed(K::WrongUrl, 1),
        F::TooLarge413 | F::ContextLength => failed(K::ContextTooLong, 1),
        F::Unprocessable422 => failed(K::Rejected(422), 1),
        F::Redirect => failed(K::Redirected, 1),
        F::Silence | F::DribbledHeaders => failed(K::TimedOut("first byte"), tries),
        F::DribbledBody => failed(K::TimedOut("whole reply"), tries),
        F::ResetBeforeHeaders
        | F::ResetAfterHeaders
        | F::ResetMidBody
        | F::EarlyEnd
        | F::ChunkedNoEnd
        | F::ChunkedGarbage
        | F::EndlessHeaders => failed(K::Broken, tries),
        F::EndlessBody | F::HugeHeader => failed(K::TooLarge, 1),
        F::GzipBomb
        | F::UnknownEncoding
        | F::InvalidUtf8
        | F::TruncatedJson
        | F::TwoDocuments
        | F::Empty200
        | F::EventStream
        | F::ErrorIn200
        | F::NoChoices
        | F::EmptyContent => failed(K::NotTheProtocol, tries),
        F::Html200 | F::KeyEchoedInReply => failed(K::NotTheProtocol, 1),
        F::DuplicateKeys | F::WrongSchema | F::Prose => (Outcome::Invalid, 2),
        F::Refusal => (Outcome::Refused, 1),
        F::LengthStop => (Outcome::Truncated, 2),
        F::WrongSchemaOnce | F::LengthOnce => (Outcome::Reply, 2),
        F::WrongCharset | F::Fence | F::UsageMissing | F::UsageNegative | F::UsageHuge => (Outcome::Reply, 1),
    }
}

fn outcome(answers: &[Option<Answer>], result: &Result<(), ModelError>) -> Option<Outcome> {
    match (answers, result) {
        ([Some(answer)], Ok(())) => Some(match answer {
            Answer::Reply(_) => Outcome::Reply,
            Answer::Refused => Outcome::Refused,
            Answer::Truncated => Outcome::Truncated,
            Answer::Invalid { .. } => Outcome::Invalid,
            Answer::Failed(failure) => Outcome::Failed(failure.kind),
        }),
        ([None], Err(ModelError::Provider { failure, .. })) => Some(Outcome::Failed(failure.kind)),
        _ => None,
    }
}

fn ask(kind: Kind, server: &Server, folder: &Path) -> (Vec<Option<Answer>>, Result<(), ModelError>) {
    let settings = rig::settings(kind, server.base(kind));
    match kind {
        Kind::Embeddings => rig::embed(settings, folder),
        _ => rig::ask(settings, folder, &[rig::question(0)]),
    }
}

/// How long the client must leave between two requests, at the least.
fn asked_wait(fault: Fault, tempo: &Tempo) -> Duration {
    match fault {
        Fault::RateSeconds | Fault::RateMillis | Fault::RateDate | Fault::Unavailable503After => {
            rig::policy().second * tempo.retry_after
        }
        _ => Duration::ZERO,
    }
}

/// One cell; what is wrong in it.
fn cell(kind: Kind, fault: Fault) -> Vec<String> {
    let mut wrong = Vec::new();
    let folder = tempfile::tempdir().unwrap();
    let tempo = Tempo { silence: Duration::from_millis(1200), ..Tempo::default() };
    let server = Server::failing(fault, u64::MAX, tempo);
    let begun = Instant::now();
    let (answers, result) = ask(kind, &server, folder.path());
    let took = begun.elapsed();
    let (want, requests) = expected(kind, fault);
    let seen = server.seen();

    let got = outcome(&answers, &result);
    if got.as_ref() != Some(&want) {
        wrong.push(format!("outcome {got:?}, not {want:?} ({result:?})"));
    }
    if seen.len() != requests {
        wrong.push(format!("{} requests, not {requests}", seen.len()));
    }
    let pause = asked_wait(fault, &tempo);
    if let Some(pair) = seen.windows(2).find(|pair| pair[1].at - pair[0].at < pause) {
        wrong.push(format!("waited {:?}, not {pause:?}", pair[1].at - pair[0].at));
    }
    if took > Duration::from_secs(20) {
        wrong.push(format!("took {took:?}"));
    }
    // Money: what a provider may bill is booked, and within the cap.
    let (bill, spent) = (rig::bill(&server), rig::spent(folder.path()));
    if bill > spent {
        wrong.push(format!("billed {bill}, booked {spent}"));
    }
    // A success without a readable body is booked too: who knows what it cost.
    let may_bill = fault.bills() || matches!(fault, Fault::Html200 | Fault::Empty200);
    if may_bill != (spent.0 > 0) {
        wrong.push(format!("booked {spent} for what is {}billed", if may_bill { "" } else { "not " }));
    }
    // The key is in no message, not in the ledger, and in one header only.
    let told = match &result {
        Ok(()) => format!("{answers:?}"),
        Err(error) => format!("{error} {error:?} {answers:?}"),
    };
    if told.contains(KEY) || rig::holds(&rig::ledger_bytes(folder.path()), KEY) {
        wrong.push("the key has got out".to_string());
    }
    if seen.iter().any(|Seen { asked, .. }| rig::holds(&asked.body, KEY) || asked.path.contains(KEY)) {
        wrong.push("the key was sent outside its header".to_string());
    }
    // A valid reply is stored, and nothing else is: asked again, only what failed is sent again.
    let before = server.calls();
    let (again, _) = ask(kind, &server, folder.path());
    let sent = server.calls() - before;
    match (&want, &again[0]) {
        (Outcome::Reply, Some(Answer::Reply(reply))) if reply.stored && sent == 0 => {}
        (Outcome::Reply, other) => wrong.push(format!("asked again: {sent} requests, {other:?}")),
        _ if sent == 0 => wrong.push("a failure was stored".to_string()),
        _ => {}
    }
    wrong
}

/// Cells in which the provider fails once and is well then.
fn healing_cell(kind: Kind, fault: Fault) -> Vec<String> {
    let mut wrong = Vec::new();
    let folder = tempfile::tempdir().unwrap();
    let tempo = Tempo { silence: Duration::from_millis(1200), ..Tempo::default() };
    let server = Server::failing(fault, 1, tempo);
    let (answers, result) = ask(kind, &server, folder.path());
    let (always, requests) = expected(kind, fault);
    let want = match always {
        // Tried again, and then it works: also where the validator's message or more room was needed.
        _ if requests > 1 => Outcome::Reply,
        other => other,
    };
    let got = outcome(&answers, &result);
    if got.as_ref() != Some(&want) {
        wrong.push(format!("healed: outcome {got:?}, not {want:?} ({result:?})"));
    }
    let sent = server.calls();
    if sent != requests.min(2) as u64 {
        wrong.push(format!("healed: {sent} requests"));
    }
    if rig::bill(&server) > rig::spent(folder.path()) {
        wrong.push("healed: billed more than booked".to_string());
    }
    wrong
}

#[test]
fn every_fault_of_every_protocol_ends_as_the_table_says() {
    let cells: Vec<(Kind, Fault)> = Kind::CHATS
        .into_iter()
        .chain([Kind::Embeddings])
        .flat_map(|kind| Fault::ALL.iter().map(move |fault| (kind, *fault)))
        .filter(|(kind, fault)| fault.applies(*kind))
        .collect();
    assert!(cells.len() >= 100);
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..24 {
            scope.spawn(|| {
                while let Some((kind, fault)) = cells.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut found = cell(*kind, *fault);
                    found.extend(healing_cell(*kind, *fault));
                    wrong.lock().unwrap().extend(found.into_iter().map(|text| format!("{kind:?} {fault:?}: {text}")));
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().unwrap();
    wrong.sort();
    println!("fault matrix: {} cells, each with a provider that always fails and one that heals", cells.len());
    assert!(wrong.is_empty(), "{} wrong of {} cells:\n{}", wrong.len(), cells.len(), wrong.join("\n"));
}

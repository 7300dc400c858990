//! Exchanges as files: one JSON document each, fit for review and for tests. A request is found again by the digest of
//! its path and body; several answers to the same request are numbered in the order in which they came. The key is in
//! no file.

use super::answer::FailureKind;
use super::protocol::Encoded;
use super::retry::{RetryAfter, Trouble};
use super::secret::Secret;
use super::transport::Heard;
use crate::digest::Digest;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A folder of exchanges.
#[derive(Debug)]
pub(super) struct Tape {
    folder: PathBuf,
    /// How often each request was asked in this run.
    asked: Mutex<BTreeMap<String, u32>>,
    /// Why the first exchange that could not be written was not, and how many there are.
    unwritten: Mutex<Option<(String, u64)>>,
}

/// One file.
#[derive(Serialize, Deserialize)]
struct Exchange {
    schema: String,
    request: Asked,
    response: Answered,
}

#[derive(Serialize, Deserialize)]
struct Asked {
    path: String,
    body: Content,
}

#[derive(Serialize, Deserialize)]
struct Answered {
    status: u16,
    content_type: String,
    /// What the headers say about trying again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    should_retry: Option<bool>,
    body: Content,
}

/// A body: as JSON where it is JSON that is written the same way again, else as text.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Content {
    Json(Value),
    Text(String),
}

const SCHEMA: &str = "reprompt/exchange/v1";

impl Content {
    fn of(bytes: &[u8]) -> Self {
        match serde_json::from_slice::<Value>(bytes) {
            Ok(value) if serde_json::to_vec(&value).is_ok_and(|again| again == bytes) => Self::Json(value),
            _ => Self::Text(String::from_utf8_lossy(bytes).into_owned()),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Json(value) => serde_json::to_vec(value).unwrap_or_default(),
            Self::Text(text) => text.clone().into_bytes(),
        }
    }
}

impl Tape {
    /// A folder to write to, made if missing. An error before anything is paid where nothing can be written.
    pub(super) fn create(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        tempfile::NamedTempFile::new_in(folder)?;
        Ok(Self::of(folder))
    }

    fn of(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf(), asked: Mutex::default(), unwritten: Mutex::default() }
    }

    /// A folder to read from.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        fs::read_dir(folder)?;
        Ok(Self::of(folder))
    }

    fn asked(&self) -> MutexGuard<'_, BTreeMap<String, u32>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The request's name and how often it was asked before.
    fn turn(&self, request: &Encoded) -> (String, u32) {
        let name = Digest::of_fields([request.path.as_bytes(), &request.body]).short(16);
        let mut asked = self.asked();
        let times = asked.entry(name.clone()).or_default();
        *times += 1;
        (name, *times - 1)
    }

    fn file(&self, name: &str, turn: u32) -> PathBuf {
        let suffix = if turn == 0 { String::new() } else { format!("-{}", turn + 1) };
        self.folder.join(format!("{name}{suffix}.json"))
    }

    /// Writes an exchange down. A file that cannot be written does not stop what was paid for; see
    /// [`Tape::unwritten`].
    pub(super) fn record(&self, request: &Encoded, heard: &Heard, key: Option<&Secret>) {
        let (name, turn) = self.turn(request);
        let mut body = heard.body.clone();
        if let Some(key) = key
            && key.is_in(&body)
        {
            body = String::from_utf8_lossy(&body).replace(key.expose(), "<KEY>").into_bytes();
        }
        let exchange = Exchange {
            schema: SCHEMA.to_string(),
            request: Asked { path: request.path.clone(), body: Content::of(&request.body) },
            response: Answered {
                status: heard.status,
                content_type: heard.content_type.clone(),
                retry_after_ms: heard.retry_after.map(|wait| wait.millis),
                should_retry: heard.should_retry,
                body: Content::of(&body),
            },
        };
        if let Err(error) = self.write(&self.file(&name, turn), &exchange) {
            let mut unwritten = self.unwritten.lock().unwrap_or_else(PoisonError::into_inner);
            unwritten.get_or_insert_with(|| (error.to_string(), 0)).1 += 1;
        }
    }

    /// What could not be recorded, in words; `None` when everything was.
    pub(super) fn unwritten(&self) -> Option<String> {
        let unwritten = self.unwritten.lock().unwrap_or_else(PoisonError::into_inner);
        let (why, count) = unwritten.as_ref()?;
        let exchanges = if *count == 1 { "1 exchange".to_string() } else { format!("{count} exchanges") };
        Some(format!("{exchanges} could not be written to `{}`: {why}", self.folder.display()))
    }

    fn write(&self, path: &Path, exchange: &Exchange) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        let mut text = serde_json::to_vec_pretty(exchange)?;
        text.push(b'\n');
        file.write_all(&text)?;
        file.persist(path)?;
        Ok(())
    }

    /// The recorded answer to a request: in the order of the recording, the last one again for every further time.
    pub(super) fn play(&self, request: &Encoded) -> Result<Heard, Trouble> {
        let missing = Trouble::Exchange { kind: FailureKind::NotRecorded, sent: false };
        let (name, turn) = self.turn(request);
        let found = (0..=turn).rev().find_map(|turn| fs::read(self.file(&name, turn)).ok());
        let exchange: Option<Exchange> = found.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let exchange = exchange.filter(|exchange| exchange.schema == SCHEMA).ok_or(missing)?;
        let Answered { status, content_type, retry_after_ms, should_retry, body } = exchange.response;
        let retry_after = retry_after_ms.map(|millis| RetryAfter { millis });
        Ok(Heard { status, content_type, retry_after, should_retry, body: body.bytes(), ..Heard::default() })
    }
}

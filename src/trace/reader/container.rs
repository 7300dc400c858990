//! What a file is wrapped in: gzip or zstd (told by the first bytes, never by the name), a byte order mark, or
//! nothing. One layer is unwrapped while reading, in constant memory. A stream that grows beyond reason is stopped,
//! and a damaged one ends where the damage begins; what came before is kept.

use flate2::bufread::MultiGzDecoder;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Decompressed bytes that one file may hold.
const MOST_BYTES: u64 = 64 << 30;
/// After this many decompressed bytes the ratio counts.
pub(super) const RATIO_AFTER: u64 = 64 << 20;
/// Real traces compress some ten to fifty times; gzip's own limit is about 1,030.
pub(super) const MOST_RATIO: u64 = 1000;
/// Compressed bytes that are read ahead. They count as used, so that with more of them a bomb would be seen later.
const READ_AHEAD: usize = (RATIO_AFTER / MOST_RATIO) as usize;
/// Largest zstd window: 128 MiB, zstd's own default limit.
const ZSTD_WINDOW_LOG: u32 = 27;

/// How the bytes are wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapping {
    /// Not at all.
    Plain,
    /// gzip, one or more members.
    Gzip,
    /// zstd, one or more frames.
    Zstd,
}

/// Why the stream ended early.
#[derive(Debug)]
pub(super) enum Stop {
    /// The compressed data is damaged, cut or a bomb: what came before is good.
    Damaged(String),
    /// The file could not be read.
    Io(io::Error),
}

/// A file's bytes, unwrapped.
pub(super) struct Container<'input> {
    decoder: Box<dyn Read + 'input>,
    wrapping: Wrapping,
    compressed: Arc<AtomicU64>,
    failed: Arc<AtomicBool>,
    produced: u64,
}

/// Counts what passes, and remembers whether the file itself failed rather than the decoder.
struct Metered<R> {
    inner: R,
    bytes: Arc<AtomicU64>,
    failed: Arc<AtomicBool>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Ok(read) => {
                self.bytes.fetch_add(read as u64, Ordering::Relaxed);
                Ok(read)
            }
            Err(error) => {
                if error.kind() != io::ErrorKind::Interrupted {
                    self.failed.store(true, Ordering::Relaxed);
                }
                Err(error)
            }
        }
    }
}

/// The wrapping that these first bytes announce.
pub(super) fn wrapping(head: &[u8]) -> Wrapping {
    if head.starts_with(&[0x1f, 0x8b]) {
        Wrapping::Gzip
    } else if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        Wrapping::Zstd
    } else {
        Wrapping::Plain
    }
}

impl<'input> Container<'input> {
    /// Looks at the first bytes of `input` and unwraps accordingly.
    pub(super) fn open(input: impl Read + 'input) -> io::Result<Self> {
        let compressed = Arc::new(AtomicU64::new(0));
        let failed = Arc::new(AtomicBool::new(false));
        let metered = Metered { inner: input, bytes: Arc::clone(&compressed), failed: Arc::clone(&failed) };
        let mut buffered = BufReader::with_capacity(READ_AHEAD, metered);
        let wrapping = wrapping(buffered.fill_buf()?);
        let decoder: Box<dyn Read + 'input> = match wrapping {
            Wrapping::Plain => Box::new(buffered),
            Wrapping::Gzip => Box::new(MultiGzDecoder::new(buffered)),
            Wrapping::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(buffered)?;
                decoder.window_log_max(ZSTD_WINDOW_LOG)?;
                Box::new(decoder)
            }
        };
        Ok(Self { decoder, wrapping, compressed, failed, produced: 0 })
    }

    /// Bytes as they are.
    pub(super) fn plain(input: impl Read + 'input) -> Self {
        let (compressed, failed) = (Arc::default(), Arc::default());
        Self { decoder: Box::new(input), wrapping: Wrapping::Plain, compressed, failed, produced: 0 }
    }

    /// How the file is wrapped.
    pub(super) fn wrapping(&self) -> Wrapping {
        self.wrapping
    }

    /// Appends up to `most` bytes to `buffer`; 0 at the end.
    pub(super) fn read(&mut self, buffer: &mut Vec<u8>, most: usize) -> Result<usize, Stop> {
        let start = buffer.len();
        buffer.resize(start + most, 0);
        let result = loop {
            match self.decoder.read(&mut buffer[start..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        match result {
            Ok(read) => {
                buffer.truncate(start + read);
                self.produced += read as u64;
                self.check_growth().map(|()| read)
            }
            Err(error) => {
                buffer.truncate(start);
                if self.wrapping == Wrapping::Plain && error.kind() == io::ErrorKind::InvalidData {
                    // Not a disk's word: the input is itself unpacked from something.
                    Err(Stop::Damaged(error.to_string()))
                } else if self.wrapping == Wrapping::Plain || self.failed.load(Ordering::Relaxed) {
                    Err(Stop::Io(error))
                } else {
                    Err(Stop::Damaged(self.damage(&error)))
                }
            }
        }
    }

    fn damage(&self, error: &io::Error) -> String {
        let name = if self.wrapping == Wrapping::Gzip { "gzip" } else { "zstd" };
        if error.kind() == io::ErrorKind::UnexpectedEof {
            format!("the {name} data is cut off")
        } else {
            format!("the {name} data is damaged")
        }
    }

    fn check_growth(&self) -> Result<(), Stop> {
        if self.wrapping == Wrapping::Plain {
            return Ok(());
        }
        if self.produced > MOST_BYTES {
            return Err(Stop::Damaged(format!("it decompresses to more than {} GiB", MOST_BYTES >> 30)));
        }
        // What the decoder has buffered but not used counts as read, which errs towards letting data pass.
        let compressed = self.compressed.load(Ordering::Relaxed).max(1);
        if self.produced > RATIO_AFTER && self.produced / compressed > MOST_RATIO {
            return Err(Stop::Damaged(format!("it decompresses to more than {MOST_RATIO} times its size")));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// All bytes up to the end or the stop.
    fn drain(input: &[u8]) -> (Vec<u8>, Option<Stop>) {
        let mut container = Container::open(input).unwrap();
        let mut all = Vec::new();
        loop {
            match container.read(&mut all, 4096) {
                Ok(0) => return (all, None),
                Ok(_) => {}
                Err(stop) => return (all, Some(stop)),
            }
        }
    }

    #[test]
    fn plain_gzip_and_zstd_read_alike_and_members_follow_each_other() {
        let text = b"{\"a\":1}\n".repeat(1000);
        assert_eq!(drain(&text).0, text);
        let two = [gzip(&text), gzip(b"second")].concat();
        assert_eq!(drain(&two).0, [text.as_slice(), b"second"].concat());
        let frames = [zstd::encode_all(&text[..], 3).unwrap(), zstd::encode_all(&b"x"[..], 3).unwrap()].concat();
        let (bytes, stop) = drain(&frames);
        assert_eq!(bytes, [text.as_slice(), b"x"].concat());
        assert!(stop.is_none());
    }

    #[test]
    fn cut_gzip_keeps_what_came_before() {
        let text: Vec<u8> = (0..20_000_u32).flat_map(|number| format!("{number}\n").into_bytes()).collect();
        let packed = gzip(&text);
        let (bytes, stop) = drain(&packed[..packed.len() / 2]);
        assert!(bytes.len() > 1000 && text.starts_with(&bytes));
        assert!(matches!(stop, Some(Stop::Damaged(reason)) if reason.contains("cut off")));
        let mut broken = packed.clone();
        let middle = broken.len() / 2;
        broken[middle..middle + 64].fill(0xff);
        assert!(matches!(drain(&broken).1, Some(Stop::Damaged(_))));
    }

    #[test]
    fn a_bomb_is_stopped_early() {
        let zeros = vec![0_u8; 1 << 20];
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 19).unwrap();
        for _ in 0..256 {
            encoder.write_all(&zeros).unwrap();
        }
        let bomb = encoder.finish().unwrap();
        let mut container = Container::open(bomb.as_slice()).unwrap();
        let mut buffer = Vec::new();
        let stop = loop {
            buffer.clear();
            match container.read(&mut buffer, 1 << 20) {
                Ok(0) => panic!("read to the end"),
                Ok(_) => {}
                Err(stop) => break stop,
            }
        };
        assert!(matches!(stop, Stop::Damaged(_)));
        assert!(container.produced < 70 << 20);
    }

    #[test]
    fn a_failing_file_is_not_called_damaged() {
        struct Failing(usize);
        impl Read for Failing {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                if self.0 == 0 {
                    return Err(io::Error::other("disk gone"));
                }
                self.0 -= 1;
                let head = gzip(b"hello world, this is some text that is compressed");
                buffer[..20].copy_from_slice(&head[..20]);
                Ok(20)
            }
        }
        let mut container = Container::open(Failing(1)).unwrap();
        let stop = loop {
            match container.read(&mut Vec::new(), 100) {
                Ok(_) => {}
                Err(stop) => break stop,
            }
        };
        assert!(matches!(stop, Stop::Io(_)));
    }
}

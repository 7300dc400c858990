//! Vectors of word pieces, compiled in: what lets two messages be near that share no word. A message's vector is a
//! weighted sum of its pieces' rows, so that no model runs and nothing is downloaded. The rows were distilled once from
//! a sentence encoder (`scripts/distil-piece-table.py`, which also documents the file; `NOTICE` says whose work it is).
//!
//! The bytes are read when the first piece is asked for, and never by a command that asks for none. The table weighs
//! and normalises nothing: how rare a piece is, is for the corpus to say.

pub(super) mod wordpiece;

use std::sync::LazyLock;

static BYTES: &[u8] = include_bytes!("pieces.bin");
static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(BYTES).unwrap_or_default());
/// Lengths of the rows in steps of their bytes.
static LENGTHS: LazyLock<Vec<f32>> =
    LazyLock::new(|| TABLE.rows.as_chunks().0.iter().map(|row| (product(row, row) as f32).sqrt()).collect());

const MAGIC: &[u8] = b"reprompt pieces 1\n";
/// Values in a row.
pub(super) const DIMENSIONS: usize = 256;

/// What the file holds.
#[derive(Default)]
struct Table {
    /// Sorted by bytes; a piece's number is its place.
    pieces: Vec<&'static str>,
    /// What one step of a row's bytes is worth, one per piece.
    scales: Vec<f32>,
    /// [`DIMENSIONS`] signed bytes per piece.
    rows: &'static [u8],
}

impl Table {
    /// `None` when the bytes are no such file.
    fn read(bytes: &'static [u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (count, rest) = rest.split_first_chunk()?;
        let count = usize::try_from(u32::from_le_bytes(*count)).ok()?;
        let (dimensions, rest) = rest.split_first_chunk()?;
        if usize::try_from(u32::from_le_bytes(*dimensions)).ok()? != DIMENSIONS || count > usize::from(u16::MAX) {
            return None;
        }
        let numbers = rest.len().checked_sub(count * (size_of::<f32>() + DIMENSIONS))?;
        let (vocabulary, numbers) = rest.split_at(numbers);
        let pieces: Vec<&str> = str::from_utf8(vocabulary).ok()?.strip_suffix('\n')?.split('\n').collect();
        let (scales, rows) = numbers.split_at(count * size_of::<f32>());
        let scales = scales.as_chunks().0.iter().map(|&scale| f32::from_le_bytes(scale)).collect();
        (pieces.len() == count && pieces.is_sorted()).then_some(Self { pieces, scales, rows })
    }
}

/// The number of a piece: of `card` at the start of a word, of `##s` within one.
pub(super) fn number(piece: &str) -> Option<u16> {
    TABLE.pieces.binary_search(&piece).ok().and_then(|place| u16::try_from(place).ok())
}

/// Adds `scale` times the row of `piece` to `sum`; a number without a row adds nothing.
pub(super) fn add(piece: u16, scale: f32, sum: &mut [f32]) {
    let piece = usize::from(piece);
    let row = TABLE.rows.chunks_exact(DIMENSIONS).nth(piece);
    let (Some(row), Some(step)) = (row, TABLE.scales.get(piece)) else { return };
    let scale = scale * step;
    for (value, &byte) in sum.iter_mut().zip(row) {
        *value += scale * f32::from(byte.cast_signed());
    }
}

/// Cosine of the rows of two pieces; 0 where a number has no row.
pub(super) fn cosine(left: u16, right: u16) -> f32 {
    let (left, right) = (usize::from(left), usize::from(right));
    let rows = TABLE.rows.as_chunks().0;
    let (Some(one), Some(other)) = (rows.get(left), rows.get(right)) else { return 0.0 };
    let lengths = LENGTHS[left] * LENGTHS[right];
    if lengths > 0.0 { product(one, other) as f32 / lengths } else { 0.0 }
}

/// Product of two rows in steps of their bytes: exact, so that no order of summation shows.
fn product(left: &[u8; DIMENSIONS], right: &[u8; DIMENSIONS]) -> i32 {
    let values = left.iter().zip(right).map(|(left, right)| (left.cast_signed(), right.cast_signed()));
    values.map(|(left, right)| i32::from(i16::from(left) * i16::from(right))).sum()
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::matrix::{dot, normalize};
    use super::*;

    pub(super) fn count() -> usize {
        TABLE.pieces.len()
    }

    fn row(piece: &str) -> Vec<f32> {
        let mut row = vec![0.0; DIMENSIONS];
        add(number(piece).unwrap(), 1.0, &mut row);
        normalize(&mut row);
        row
    }

    fn between(left: &str, right: &str) -> f32 {
        cosine(number(left).unwrap(), number(right).unwrap())
    }

    #[test]
    fn the_compiled_in_file_is_read() {
        assert_eq!(count(), 29_523);
        assert_eq!(TABLE.rows.len(), count() * DIMENSIONS);
        assert_eq!(TABLE.scales.len(), count());
        assert!(TABLE.scales.iter().all(|scale| scale.is_finite() && *scale > 0.0));
    }

    #[test]
    fn every_piece_has_its_rank_as_number() {
        for (place, piece) in TABLE.pieces.iter().enumerate() {
            assert_eq!(number(piece).map(usize::from), Some(place), "{piece}");
        }
        assert_eq!(number("[CLS]"), None);
        assert_eq!(number("[unused0]"), None);
        assert_eq!(number(""), None);
    }

    #[test]
    fn pieces_that_mean_nearly_the_same_are_near() {
        for (piece, near, far) in [
            ("card", "cards", "banana"),
            ("payment", "money", "weather"),
            ("cancel", "stop", "purple"),
            ("flight", "airport", "recipe"),
            ("password", "credentials", "guitar"),
        ] {
            let (near, far) = (between(piece, near), between(piece, far));
            assert!(near > far + 0.1, "{piece}: {near} {far}");
        }
    }

    #[test]
    fn cosines_are_those_of_the_rows_and_no_number_fails() {
        for (left, right) in [("card", "card"), ("card", "cards"), ("cancel", "purple"), ("##s", "the")] {
            let expected = dot(&row(left), &row(right));
            assert!((between(left, right) - expected).abs() < 1e-5, "{left} {right}");
        }
        let card = number("card").unwrap();
        for piece in 0..=u16::MAX {
            assert!(cosine(card, piece).abs() < 1.001);
        }
        assert_eq!((cosine(card, u16::MAX), cosine(u16::MAX, card)), (0.0, 0.0));
    }

    #[test]
    fn rows_are_added_by_scale_and_no_number_fails() {
        let card = number("card").unwrap();
        let mut sum = vec![0.0; DIMENSIONS];
        add(card, 2.0, &mut sum);
        assert!(sum.iter().any(|&value| value != 0.0));
        add(card, -2.0, &mut sum);
        assert_eq!(sum, vec![0.0; DIMENSIONS]);
        for piece in 0..=u16::MAX {
            add(piece, 1.0, &mut sum[..3]);
        }
        let before = sum.clone();
        add(u16::MAX, 1.0, &mut sum);
        assert_eq!(sum, before);
        assert!(sum.iter().all(|value| value.is_finite()));
    }

    #[test]
    fn a_file_that_is_cut_or_foreign_is_none() {
        assert!(Table::read(BYTES).is_some());
        for length in [0, MAGIC.len(), MAGIC.len() + 7, MAGIC.len() + 8, BYTES.len() / 2, BYTES.len() - 1] {
            assert!(Table::read(&BYTES[..length]).is_none(), "{length}");
        }
        assert!(Table::read(&BYTES[1..]).is_none());
    }
}

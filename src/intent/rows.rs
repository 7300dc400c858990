//! Many vectors in little memory. A row has length 1 or 0, so each of its values fits a fixed-point number of 16 bits;
//! the largest error of a value, 1.5e-5, is far below what tells two messages apart. Products are computed in `f32`
//! on blocks that are widened one at a time.

use super::matrix::Dense;
use std::ops::Range;

/// Rows that can be read as `f32`, a block at a time, from any thread.
pub(super) trait Rows: Sync {
    /// Number of rows.
    fn count(&self) -> usize;
    /// Number of columns.
    fn width(&self) -> usize;
    /// The rows of `range`, one after the other: borrowed, or widened into `scratch`.
    fn read<'a>(&'a self, range: Range<usize>, scratch: &'a mut Vec<f32>) -> &'a [f32];
    /// Appends one row to `out`.
    fn append(&self, row: usize, out: &mut Vec<f32>);
    /// Whether the row has length 0: a message in which nothing is known.
    fn is_zero(&self, row: usize) -> bool;
}

impl Rows for Dense {
    fn count(&self) -> usize {
        self.rows
    }

    fn width(&self) -> usize {
        self.columns
    }

    fn read<'a>(&'a self, range: Range<usize>, _scratch: &'a mut Vec<f32>) -> &'a [f32] {
        &self.values[range.start * self.columns..range.end * self.columns]
    }

    fn append(&self, row: usize, out: &mut Vec<f32>) {
        out.extend_from_slice(self.row(row));
    }

    fn is_zero(&self, row: usize) -> bool {
        self.row(row).iter().all(|&value| value == 0.0)
    }
}

/// What 1.0 is stored as.
const ONE: f32 = 32_767.0;

/// Row-major fixed-point matrix; values in `[-1, 1]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fixed {
    rows: usize,
    columns: usize,
    values: Vec<i16>,
}

impl Fixed {
    /// No rows yet, with room for `rows`.
    pub(super) fn with_capacity(rows: usize, columns: usize) -> Self {
        Self { rows: 0, columns, values: Vec::with_capacity(rows * columns) }
    }

    /// Appends all rows of `dense`, which has the same width; values beyond `[-1, 1]` are cut.
    pub(super) fn extend(&mut self, dense: &Dense) {
        assert_eq!(dense.columns, self.columns);
        self.values.extend(dense.values.iter().map(|value| (value * ONE).round() as i16));
        self.rows += dense.rows;
    }

    fn raw(&self, row: usize) -> &[i16] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }
}

impl From<&Dense> for Fixed {
    fn from(dense: &Dense) -> Self {
        let mut fixed = Self::with_capacity(dense.rows, dense.columns);
        fixed.extend(dense);
        fixed
    }
}

impl Rows for Fixed {
    fn count(&self) -> usize {
        self.rows
    }

    fn width(&self) -> usize {
        self.columns
    }

    fn read<'a>(&'a self, range: Range<usize>, scratch: &'a mut Vec<f32>) -> &'a [f32] {
        scratch.clear();
        let values = &self.values[range.start * self.columns..range.end * self.columns];
        scratch.extend(values.iter().map(|&value| f32::from(value) * (1.0 / ONE)));
        scratch
    }

    fn append(&self, row: usize, out: &mut Vec<f32>) {
        out.extend(self.raw(row).iter().map(|&value| f32::from(value) * (1.0 / ONE)));
    }

    fn is_zero(&self, row: usize) -> bool {
        self.raw(row).iter().all(|&value| value == 0)
    }
}

/// The `chosen` rows, one after the other.
pub(super) fn gather(rows: &impl Rows, chosen: impl IntoIterator<Item = usize>, out: &mut Vec<f32>) {
    out.clear();
    for row in chosen {
        rows.append(row, out);
    }
}

/// The `chosen` rows as a matrix of their own.
pub(super) fn select(rows: &impl Rows, chosen: &[usize]) -> Dense {
    let mut values = Vec::with_capacity(chosen.len() * rows.width());
    gather(rows, chosen.iter().copied(), &mut values);
    Dense { rows: chosen.len(), columns: rows.width(), values }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::matrix::normalize;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn fixed_rows_are_the_dense_ones_to_five_digits(values in proptest::collection::vec(-1.0f32..1.0, 6)) {
            let mut dense = Dense { rows: 2, columns: 3, values };
            normalize(dense.row_mut(0));
            normalize(dense.row_mut(1));
            let fixed = Fixed::from(&dense);
            let mut scratch = Vec::new();
            for (found, value) in fixed.read(0..2, &mut scratch).iter().zip(&dense.values) {
                prop_assert!((found - value).abs() <= 0.51 / ONE, "{found} for {value}");
            }
            let chosen = select(&fixed, &[1, 0]);
            prop_assert_eq!(chosen.row(1), &scratch[..3]);
        }
    }

    #[test]
    fn zero_rows_stay_zero() {
        let fixed = Fixed::from(&Dense { rows: 2, columns: 2, values: vec![0.0, 0.0, 0.6, -0.8] });
        assert!(fixed.is_zero(0) && !fixed.is_zero(1));
    }
}

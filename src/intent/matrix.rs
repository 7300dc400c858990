//! The two matrices of the room: dense rows and compressed sparse rows, with the three products that the
//! decomposition needs. Rows are documents or words, `f32` throughout; sums that decide a factorisation are `f64`.

/// Row-major dense matrix.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Dense {
    /// Number of rows.
    pub(super) rows: usize,
    /// Number of columns.
    pub(super) columns: usize,
    /// `rows * columns` values.
    pub(super) values: Vec<f32>,
}

impl Dense {
    /// All zeros.
    pub(super) fn zeros(rows: usize, columns: usize) -> Self {
        Self { rows, columns, values: vec![0.0; rows * columns] }
    }

    /// One row.
    pub(super) fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// One row, to write.
    pub(super) fn row_mut(&mut self, row: usize) -> &mut [f32] {
        &mut self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// `selfᵀ self` in `f64`, row-major, `columns` squared.
    pub(super) fn gram(&self) -> Vec<f64> {
        const BLOCK: usize = 2048;
        let width = self.columns;
        let mut gram = vec![0.0f64; width * width];
        for block in self.values.chunks(BLOCK * width.max(1)) {
            let wide: Vec<f64> = block.iter().map(|&value| f64::from(value)).collect();
            let rows = wide.len() / width.max(1);
            multiply_f64(
                width,
                rows,
                width,
                Operand::transposed(&wide, width),
                Operand::plain(&wide, width),
                &mut gram,
            );
        }
        gram
    }

    /// `self * right`, where `right` is row-major `f64` with `columns` rows and `width` columns.
    pub(super) fn times(&self, right: &[f64], width: usize) -> Self {
        const BLOCK: usize = 2048;
        let mut product = Self::zeros(self.rows, width);
        if self.columns == 0 || width == 0 {
            return product;
        }
        let blocks = self.values.chunks(BLOCK * self.columns).zip(product.values.chunks_mut(BLOCK * width));
        for (block, out) in blocks {
            let wide: Vec<f64> = block.iter().map(|&value| f64::from(value)).collect();
            let rows = wide.len() / self.columns;
            let mut result = vec![0.0; rows * width];
            let (left, right) = (Operand::plain(&wide, self.columns), Operand::plain(right, width));
            multiply_f64(rows, self.columns, width, left, right, &mut result);
            for (slot, value) in out.iter_mut().zip(result) {
                *slot = value as f32;
            }
        }
        product
    }
}

/// A row-major matrix as the left or right side of a product.
#[derive(Clone, Copy)]
struct Operand<'a> {
    values: &'a [f64],
    row_stride: isize,
    column_stride: isize,
}

impl<'a> Operand<'a> {
    fn plain(values: &'a [f64], columns: usize) -> Self {
        Self { values, row_stride: columns as isize, column_stride: 1 }
    }

    fn transposed(values: &'a [f64], columns: usize) -> Self {
        Self { values, row_stride: 1, column_stride: columns as isize }
    }
}

/// `out += left * right` for `left` of `m` by `k` and `right` of `k` by `n`; `out` is row-major.
#[expect(unsafe_code, reason = "matrixmultiply's kernel takes pointers; the lengths are checked right above the call")]
fn multiply_f64(m: usize, k: usize, n: usize, left: Operand<'_>, right: Operand<'_>, out: &mut [f64]) {
    assert_eq!(left.values.len(), m * k);
    assert_eq!(right.values.len(), k * n);
    assert_eq!(out.len(), m * n);
    // SAFETY: each operand holds rows * columns values and is addressed with its own strides only; `out` is
    // borrowed mutably and overlaps neither.
    unsafe {
        matrixmultiply::dgemm(
            m,
            k,
            n,
            1.0,
            left.values.as_ptr(),
            left.row_stride,
            left.column_stride,
            right.values.as_ptr(),
            right.row_stride,
            right.column_stride,
            1.0,
            out.as_mut_ptr(),
            n as isize,
            1,
        );
    }
}

/// `out = left * rightᵀ` for row-major `left` (`m` by `k`) and `right` (`n` by `k`): all pairs of dot products.
#[expect(unsafe_code, reason = "matrixmultiply's kernel takes pointers; the lengths are checked right above the call")]
pub(super) fn dot_products(left: &[f32], right: &[f32], k: usize, out: &mut [f32]) {
    let (m, n) = (left.len() / k.max(1), right.len() / k.max(1));
    assert_eq!(left.len(), m * k);
    assert_eq!(right.len(), n * k);
    assert_eq!(out.len(), m * n);
    // SAFETY: as in `multiply_f64`.
    unsafe {
        matrixmultiply::sgemm(
            m,
            k,
            n,
            1.0,
            left.as_ptr(),
            k as isize,
            1,
            right.as_ptr(),
            1,
            k as isize,
            0.0,
            out.as_mut_ptr(),
            n as isize,
            1,
        );
    }
}

/// Compressed sparse rows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sparse {
    /// Number of columns.
    pub(super) columns: usize,
    offsets: Vec<usize>,
    indices: Vec<u32>,
    values: Vec<f32>,
}

impl Sparse {
    /// No rows yet.
    pub(super) fn new(columns: usize) -> Self {
        Self { columns, offsets: vec![0], indices: Vec::new(), values: Vec::new() }
    }

    /// Adds a row of (column, value).
    pub(super) fn push(&mut self, row: impl IntoIterator<Item = (u32, f32)>) {
        for (column, value) in row {
            self.indices.push(column);
            self.values.push(value);
        }
        self.offsets.push(self.indices.len());
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> usize {
        self.offsets.len() - 1
    }

    /// One row's (column, value) pairs.
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = (usize, f32)> {
        let range = self.offsets[row]..self.offsets[row + 1];
        self.indices[range.clone()].iter().zip(&self.values[range]).map(|(&column, &value)| (column as usize, value))
    }

    /// `self * right`.
    pub(super) fn times(&self, right: &Dense) -> Dense {
        let mut product = Dense::zeros(self.rows(), right.columns);
        for row in 0..self.rows() {
            let out = product.row_mut(row);
            for (column, value) in self.row(row) {
                add_scaled(out, right.row(column), value);
            }
        }
        product
    }

    /// `selfᵀ * right`.
    pub(super) fn transposed_times(&self, right: &Dense) -> Dense {
        let mut product = Dense::zeros(self.columns, right.columns);
        for row in 0..self.rows() {
            for (column, value) in self.row(row) {
                add_scaled(product.row_mut(column), right.row(row), value);
            }
        }
        product
    }
}

/// `sum += scale * vector`.
pub(super) fn add_scaled(sum: &mut [f32], vector: &[f32], scale: f32) {
    for (slot, value) in sum.iter_mut().zip(vector) {
        *slot += scale * value;
    }
}

/// Dot product.
pub(super) fn dot(left: &[f32], right: &[f32]) -> f32 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}

/// Scales to length 1; a vector that is (almost) zero becomes exactly zero.
pub(super) fn normalize(vector: &mut [f32]) {
    let length = dot(vector, vector).sqrt();
    let scale = if length > 1e-6 { 1.0 / length } else { 0.0 };
    for value in vector {
        *value *= scale;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sparse_products_equal_dense_ones() {
        let mut sparse = Sparse::new(3);
        sparse.push([(0, 1.0), (2, 2.0)]);
        sparse.push([(1, 3.0)]);
        let right = Dense { rows: 3, columns: 2, values: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0] };
        assert_eq!(sparse.times(&right).values, [11.0, 14.0, 9.0, 12.0]);
        let left = Dense { rows: 2, columns: 1, values: vec![1.0, 10.0] };
        assert_eq!(sparse.transposed_times(&left).values, [1.0, 30.0, 2.0]);
    }

    #[test]
    fn gram_and_times_agree_with_hand_computation() {
        let matrix = Dense { rows: 3, columns: 2, values: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0] };
        assert_eq!(matrix.gram(), [35.0, 44.0, 44.0, 56.0]);
        assert_eq!(matrix.times(&[1.0, 0.0, 0.0, 2.0], 2).values, [1.0, 4.0, 3.0, 8.0, 5.0, 12.0]);
        let mut out = [0.0; 9];
        dot_products(&matrix.values, &matrix.values, 2, &mut out);
        assert_eq!(out, [5.0, 11.0, 17.0, 11.0, 25.0, 39.0, 17.0, 39.0, 61.0]);
    }

    #[test]
    fn empty_matrices_multiply_to_empty_ones() {
        assert!(Dense::zeros(0, 3).gram().iter().all(|&value| value == 0.0));
        assert_eq!(Dense::zeros(2, 0).times(&[], 0).values.len(), 0);
    }
}

//! Truncated singular value decomposition of a sparse matrix by random projection (Halko, Martinsson and Tropp,
//! "Finding structure with randomness", 2011, algorithms 4.4 and 5.1), with the orthonormalisation done by
//! Cholesky factors of the Gram matrix applied twice (Fukaya et al., "CholeskyQR2", 2014). Accurate for the
//! leading part of a spectrum that decays, as those of text do; not a replacement for a full decomposition.

use super::matrix::{Dense, Sparse};
use super::random::SplitMix64;

/// `matrix ≈ left * diag(values) * rightᵀ`. Has fewer than the asked columns where the matrix has lower rank.
#[derive(Clone, Debug)]
pub(super) struct Decomposition {
    /// Singular values, falling.
    pub(super) values: Vec<f32>,
    /// Right singular vectors, one column per value.
    pub(super) right: Dense,
    /// Left singular vectors, one column per value.
    pub(super) left: Dense,
}

/// Columns beyond the asked rank that the projection carries along.
const OVERSAMPLE: usize = 16;
/// Singular values below this share of the largest are noise of `f32` and dropped.
const SMALLEST_SHARE: f64 = 1e-4;

/// The leading `rank` singular triplets of `matrix` after `iterations` power iterations.
pub(super) fn decompose(matrix: &Sparse, rank: usize, iterations: usize, seed: u64) -> Decomposition {
    let width = (rank + OVERSAMPLE).min(matrix.rows()).min(matrix.columns);
    let mut random = SplitMix64::new(seed);
    let mut probe = Dense::zeros(matrix.columns, width);
    for value in &mut probe.values {
        *value = random.normal() as f32;
    }
    let mut range = orthonormal(&matrix.times(&probe));
    for _ in 0..iterations {
        let back = orthonormal(&matrix.transposed_times(&range));
        range = orthonormal(&matrix.times(&back));
    }
    // matrix ≈ range * rangeᵀ * matrix; with image = matrixᵀ * range, the right vectors and the squared values
    // are the eigenvectors and eigenvalues of the small imageᵀ * image.
    let image = matrix.transposed_times(&range);
    let (eigenvalues, eigenvectors) = symmetric_eigen(image.gram(), width);
    let largest = eigenvalues.first().copied().unwrap_or(0.0).max(0.0).sqrt();
    let values: Vec<f64> = eigenvalues
        .iter()
        .take(rank)
        .map(|value| value.max(0.0).sqrt())
        .take_while(|&value| value > SMALLEST_SHARE * largest && value > 0.0)
        .collect();
    let kept = values.len();
    let mut rotation = vec![0.0; width * kept];
    let mut scaled = vec![0.0; width * kept];
    for row in 0..width {
        for column in 0..kept {
            rotation[row * kept + column] = eigenvectors[row * width + column];
            scaled[row * kept + column] = eigenvectors[row * width + column] / values[column];
        }
    }
    Decomposition {
        right: image.times(&scaled, kept),
        left: range.times(&rotation, kept),
        values: values.into_iter().map(|value| value as f32).collect(),
    }
}

/// An orthonormal basis of the columns of `matrix`; columns that add nothing become zero.
fn orthonormal(matrix: &Dense) -> Dense {
    let once = cholesky_step(matrix);
    cholesky_step(&once)
}

/// `matrix * R⁻¹` where `RᵀR` is the Gram matrix.
fn cholesky_step(matrix: &Dense) -> Dense {
    let width = matrix.columns;
    let gram = matrix.gram();
    let largest = (0..width).map(|index| gram[index * width + index]).fold(0.0, f64::max);
    let mut lower = vec![0.0; width * width];
    let mut null = vec![false; width];
    for column in 0..width {
        let done = &lower[column * width..column * width + column];
        let pivot = gram[column * width + column] - done.iter().map(|value| value * value).sum::<f64>();
        // The Gram matrix squares the condition: below this a column is a combination of earlier ones.
        if pivot <= 1e-12 * largest || pivot <= 0.0 {
            null[column] = true;
            lower[column * width + column] = 1.0;
            continue;
        }
        let root = pivot.sqrt();
        lower[column * width + column] = root;
        for row in column + 1..width {
            let (upper_rows, lower_rows) = lower.split_at(row * width);
            let pivot_row = &upper_rows[column * width..column * width + column];
            let sum: f64 = pivot_row.iter().zip(&lower_rows[..column]).map(|(a, b)| a * b).sum();
            lower[row * width + column] = (gram[row * width + column] - sum) / root;
        }
    }
    // inverse = (Lᵀ)⁻¹, upper triangular: solve L X = I, then transpose.
    let mut inverse = vec![0.0; width * width];
    for column in 0..width {
        if null[column] {
            continue;
        }
        let mut solution = vec![0.0; width];
        for row in column..width {
            if null[row] {
                continue;
            }
            let target = if row == column { 1.0 } else { 0.0 };
            let sum: f64 = (column..row).map(|index| lower[row * width + index] * solution[index]).sum();
            solution[row] = (target - sum) / lower[row * width + row];
        }
        for row in column..width {
            inverse[column * width + row] = solution[row];
        }
    }
    matrix.times(&inverse, width)
}

/// Eigenvalues (falling) and eigenvectors (columns) of a symmetric matrix by cyclic Jacobi rotations.
fn symmetric_eigen(mut matrix: Vec<f64>, width: usize) -> (Vec<f64>, Vec<f64>) {
    const SWEEPS: usize = 30;
    let mut vectors = vec![0.0; width * width];
    for index in 0..width {
        vectors[index * width + index] = 1.0;
    }
    let scale: f64 = matrix.iter().map(|value| value * value).sum();
    for _ in 0..SWEEPS {
        let mut off = 0.0;
        for row in 0..width {
            for column in row + 1..width {
                off += matrix[row * width + column] * matrix[row * width + column];
            }
        }
        if off <= 1e-26 * scale {
            break;
        }
        for p in 0..width {
            for q in p + 1..width {
                rotate(&mut matrix, &mut vectors, width, p, q);
            }
        }
    }
    let mut order: Vec<usize> = (0..width).collect();
    order.sort_by(|&a, &b| matrix[b * width + b].total_cmp(&matrix[a * width + a]).then(a.cmp(&b)));
    let values = order.iter().map(|&index| matrix[index * width + index]).collect();
    let mut sorted = vec![0.0; width * width];
    for (target, &source) in order.iter().enumerate() {
        for row in 0..width {
            sorted[row * width + target] = vectors[row * width + source];
        }
    }
    (values, sorted)
}

/// One rotation that makes `matrix[p][q]` zero.
fn rotate(matrix: &mut [f64], vectors: &mut [f64], width: usize, p: usize, q: usize) {
    let off = matrix[p * width + q];
    if off == 0.0 {
        return;
    }
    let theta = (matrix[q * width + q] - matrix[p * width + p]) / (2.0 * off);
    let tangent = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let tangent = if theta == 0.0 { 1.0 } else { tangent };
    let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
    let sine = tangent * cosine;
    for index in 0..width {
        let (a, b) = (matrix[index * width + p], matrix[index * width + q]);
        matrix[index * width + p] = cosine * a - sine * b;
        matrix[index * width + q] = sine * a + cosine * b;
    }
    for index in 0..width {
        let (a, b) = (matrix[p * width + index], matrix[q * width + index]);
        matrix[p * width + index] = cosine * a - sine * b;
        matrix[q * width + index] = sine * a + cosine * b;
        let (a, b) = (vectors[index * width + p], vectors[index * width + q]);
        vectors[index * width + p] = cosine * a - sine * b;
        vectors[index * width + q] = sine * a + cosine * b;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sparse(rows: &[Vec<f32>]) -> Sparse {
        let mut matrix = Sparse::new(rows.first().map_or(0, Vec::len));
        for row in rows {
            matrix.push(row.iter().enumerate().filter(|(_, v)| **v != 0.0).map(|(c, &v)| (c as u32, v)));
        }
        matrix
    }

    fn rebuilt(decomposition: &Decomposition, row: usize, column: usize) -> f32 {
        let (left, right) = (decomposition.left.row(row), decomposition.right.row(column));
        (0..decomposition.values.len()).map(|k| left[k] * decomposition.values[k] * right[k]).sum()
    }

    #[test]
    fn singular_values_of_a_known_matrix() {
        // [[3, 0], [4, 5]] has singular values sqrt(45) and sqrt(5).
        let decomposition = decompose(&sparse(&[vec![3.0, 0.0], vec![4.0, 5.0]]), 2, 2, 1);
        assert!((decomposition.values[0] - 45f32.sqrt()).abs() < 1e-4, "{:?}", decomposition.values);
        assert!((decomposition.values[1] - 5f32.sqrt()).abs() < 1e-4, "{:?}", decomposition.values);
    }

    #[test]
    fn rank_one_and_empty_matrices_give_what_they_have() {
        let row = vec![1.0, 2.0, 3.0];
        let decomposition = decompose(&sparse(&[row.clone(), row.clone(), row]), 3, 2, 1);
        assert_eq!(decomposition.values.len(), 1);
        assert_eq!(decompose(&Sparse::new(4), 3, 2, 1).values.len(), 0);
    }

    proptest! {
        #[test]
        fn small_matrices_are_rebuilt(rows in proptest::collection::vec(proptest::collection::vec(-3i8..=3, 6), 1..12)) {
            let rows: Vec<Vec<f32>> = rows.iter().map(|row| row.iter().map(|&v| f32::from(v)).collect()).collect();
            let decomposition = decompose(&sparse(&rows), 6, 3, 7);
            for (index, row) in rows.iter().enumerate() {
                for (column, &value) in row.iter().enumerate() {
                    let found = rebuilt(&decomposition, index, column);
                    prop_assert!((found - value).abs() < 2e-2, "{found} for {value}");
                }
            }
        }
    }
}

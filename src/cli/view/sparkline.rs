//! A row of numbers as a row of bars, one character each.

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Bars from zero to the largest value. What is not a number is a gap; zeros are the lowest bar, so that a quiet week
/// differs from one without data.
pub fn sparkline(values: &[f64]) -> String {
    let largest = values.iter().copied().filter(|value| value.is_finite()).fold(0.0, f64::max);
    values
        .iter()
        .map(|value| {
            if !value.is_finite() {
                return ' ';
            }
            let step = if largest > 0.0 { (value.max(0.0) / largest * 7.0).round() } else { 0.0 };
            // In 0..=7 by construction.
            BARS.get(step as usize).copied().unwrap_or('█')
        })
        .collect()
}

/// Weeks in a table's sparkline: four months, which leaves room for names in 80 columns.
const NEWEST: usize = 16;

/// The newest of `values`, as many as a table has room for.
pub fn newest(values: &[f64]) -> &[f64] {
    values.get(values.len().saturating_sub(NEWEST)..).unwrap_or(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_rise_with_the_values() {
        assert_eq!(sparkline(&[0.0, 1.0, 2.0, 4.0, 8.0]), "▁▂▃▅█");
        assert_eq!(sparkline(&[0.0, 0.0]), "▁▁");
        assert_eq!(sparkline(&[f64::NAN, 1.0]), " █");
        assert_eq!(sparkline(&[]), "");
    }
}

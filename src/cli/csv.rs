//! Rows of comma-separated values.

use super::context::Context;
use super::error::CommandError;
use serde::Serialize;

/// Prints a header and the rows.
pub fn print<T: Serialize>(context: &mut Context, rows: impl IntoIterator<Item = T>) -> Result<(), CommandError> {
    let failed = |error: &dyn std::fmt::Display| CommandError::usage(format!("cannot write a row: {error}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).map_err(|error| failed(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(&error))?;
    // Without rows there is no header either: what it would be is known of a row.
    if !bytes.is_empty() {
        context.ui.line(String::from_utf8_lossy(&bytes).trim_end())?;
    }
    Ok(())
}

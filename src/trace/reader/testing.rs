//! What tests of readers share. No reader uses it.

use super::{Item, Reader};
use crate::trace::fragment::Fragment;

/// The pieces of each record of a file that must have this format.
pub(super) fn pieces(text: &str, slug: &str) -> Vec<Vec<Fragment>> {
    let mut reader = Reader::open(text.as_bytes()).unwrap();
    assert_eq!(reader.format().slug, slug);
    let mut found = Vec::new();
    while let Some(item) = reader.next_item().unwrap() {
        let Item::Fragments(fragments, _) = item else { panic!("{item:?}") };
        found.push(fragments);
    }
    found
}

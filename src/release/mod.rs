//! ROOM 6: what is live, and the way back. Reads and switches flag files in the flagd format, tells which bucket of
//! a split a user falls into, and plans a rollback. It opens no file and no repository: texts come in, texts and
//! plans go out. It decides nothing about whether a release should be undone; that is measured elsewhere.

pub mod bucket;
pub mod flags;
pub mod rollback;

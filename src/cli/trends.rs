//! What intents and findings have in common when their weeks are read: which conversations are looked at, which releases are
//! marked, who meets a thing again and what became of them, whether it was the mix of traffic, and the words for all of it.

pub mod company;
pub mod filter;
pub mod marks;
pub mod mixture;
pub mod words;

//! LEAF: intervals, tests, sequential methods and shrinkage for counts. Plain functions from numbers to numbers:
//! they know nothing of conversations, prompts or verdicts. Each names the source of its formula. Where an input
//! cannot support an answer (more successes than trials, an empty sample) the answer is `None`; no function
//! returns NaN or panics. Nothing here draws random numbers.

pub mod bandit;
pub mod contrast;
pub mod count;
pub mod drift;
pub mod effect;
pub mod evalue;
pub mod interval;
pub mod multiplicity;
pub mod normal;
pub mod paired;
pub mod power;
pub mod prediction_powered;
pub mod ratio;
pub mod shrinkage;
pub mod special;
pub mod standardisation;

#[cfg(test)]
mod tests;

pub use contrast::{Contrast, log_odds_z};
pub use interval::{Interval, wilson};
pub use multiplicity::{benjamini_hochberg, holm};
pub use normal::two_sided_p;
pub use shrinkage::{beta_quantile, fit_beta_prior};

//! Randomness, passed in like time.

use std::fmt;

/// A source of bytes that nobody can guess.
///
/// Keys, salts and nonces come from it and from nowhere else, so that a test can fix them.
pub trait Randomness: fmt::Debug + Send + Sync {
    /// Fills `bytes` entirely.
    fn fill(&self, bytes: &mut [u8]);
}

/// The randomness of the operating system. The only one fit for production.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    /// # Panics
    ///
    /// When the system has no randomness to give: nothing can be sealed safely from then on.
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives randomness");
    }
}

//! The access of a professional, and the chain of all readings: facts, state, commands.

pub mod aggregate;
pub mod commands;

pub use contracts::{audit::v1::*, events::Access as Event};
use uuid::Uuid;
use vocabulary::ids::derived;

/// The stream of the chain.
pub fn chain_id() -> Uuid {
    derived(&[b"readings"])
}

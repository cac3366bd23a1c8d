//! A service of the territory, as a directory publishes it: its facts, its state, its commands.

pub mod aggregate;
pub mod commands;

pub use contracts::{events::LocalService as Event, platform::v1::*};
use uuid::Uuid;

/// The stream of a service, from its reference in its directory.
pub fn stream_id(directory: &str, reference: &str) -> Uuid {
    vocabulary::ids::derived(&[b"service", directory.as_bytes(), reference.as_bytes()])
}

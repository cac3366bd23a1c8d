//! An employer as one platform knows it: one voice towards it, and what was said. No person is named.

pub mod aggregate;
pub mod commands;

pub use contracts::{events::Employer as Event, platform::v1::*};
use uuid::Uuid;

/// The stream of an employer on a platform: there is one, whoever begins it.
pub fn stream_id(platform_id: Uuid, organisation_id: Uuid) -> Uuid {
    vocabulary::ids::derived(&[b"employer", platform_id.as_bytes(), organisation_id.as_bytes()])
}

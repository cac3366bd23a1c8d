//! An offer: its facts, its state, its commands. About no person.

pub mod aggregate;
pub mod card;
pub mod commands;

pub use contracts::{events::Offer as Event, platform::v1::*};
use uuid::Uuid;

/// The stream of an offer that a platform imported, from its reference where it comes from.
pub fn stream_id(platform_id: Uuid, source: OfferSource, reference: &str) -> Uuid {
    let source = (source as i32).to_be_bytes();
    vocabulary::ids::derived(&[b"offer", platform_id.as_bytes(), &source, reference.as_bytes()])
}

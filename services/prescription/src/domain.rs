//! The prescription: its facts, its state, its commands. Beside it, the PASS IAE of a person.

pub mod aggregate;
pub mod commands;
pub mod pass;

pub use contracts::{events::Prescription as Event, prescription::v1::*};
use service::Context;

/// Whether our rules judge what this actor says: the word of a tool that is the authority stands.
fn judged(context: &Context) -> bool {
    context.actor.system.is_none()
}

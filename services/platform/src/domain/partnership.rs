//! How a platform works with an actor of its territory: its facts, its state, its commands.

pub mod aggregate;
pub mod commands;

pub use contracts::{events::Partnership as Event, platform::v1::*};

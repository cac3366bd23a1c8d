//! An action of a platform's action plan: its facts, its state, its commands.

pub mod aggregate;
pub mod commands;

pub use contracts::{events::Action as Event, platform::v1::*};

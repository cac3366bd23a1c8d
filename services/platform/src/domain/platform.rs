//! A plateforme emploi and its members: its facts, its state, its commands.

pub mod aggregate;
pub mod commands;
pub mod members;

pub use contracts::{events::Platform as Event, platform::v1::*};

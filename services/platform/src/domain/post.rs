//! A post, held by one professional at a time: its facts, its state, its commands.

pub mod aggregate;
pub mod commands;

pub use contracts::{events::Post as Event, platform::v1::*};

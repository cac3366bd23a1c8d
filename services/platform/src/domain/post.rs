//! A post, held by one professional at a time, and the missions of an auditor: its facts, its state, its commands.

pub mod aggregate;
pub mod commands;
pub mod missions;

pub use contracts::{events::Post as Event, platform::v1::*};

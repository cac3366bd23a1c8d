//! An organisation and the mandates it holds: its facts, its state, its commands.

pub mod aggregate;
pub mod commands;
pub mod siret;

pub use contracts::{events::Organisation as Event, platform::v1::*};

//! The prescription: its facts, its state, its commands.

pub mod aggregate;
pub mod commands;

pub use contracts::{events::Prescription as Event, prescription::v1::*};

//! A handover: its facts, its state, its commands.

pub mod aggregate;
pub mod commands;
mod open_items;

pub use contracts::{case::v1::*, events::Handover as Event};

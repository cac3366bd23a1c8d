//! The diagnostic: its facts, its state, its commands.

pub mod aggregate;
pub mod commands;

pub use contracts::{diagnostic::v1::*, events::Diagnostic as Event};

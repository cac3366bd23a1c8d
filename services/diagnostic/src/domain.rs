//! The diagnostic: its facts, its state, its commands. Beside it, the local services mobilised.

pub mod aggregate;
pub mod commands;
pub mod resource;

pub use contracts::{diagnostic::v1::*, events::Diagnostic as Event};

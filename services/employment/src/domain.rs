//! One contract: its facts, its state, its commands.

pub mod aggregate;
pub mod commands;
mod path;
pub mod warnings;

pub use contracts::{employment::v1::*, events::Employment as Event};

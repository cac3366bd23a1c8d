//! A wish: its facts, its state, its commands.

pub mod aggregate;
pub mod commands;

pub use contracts::{case::v1::*, events::Wish as Event};

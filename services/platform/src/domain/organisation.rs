//! An organisation, the mandates it holds and what is opened to it: its facts, its state, its commands.

pub mod aggregate;
pub mod commands;
pub mod keepers;
pub mod openings;
pub mod siret;

pub use contracts::{events::Organisation as Event, platform::v1::*};

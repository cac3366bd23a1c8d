//! A match of a person with an offer: the person answers first, then the employer.

pub mod aggregate;
pub mod commands;

pub use contracts::{events::Match as Event, platform::v1::*};

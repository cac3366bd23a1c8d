//! A meeting of a platform, and what it decides. A decision about a person is a review of their case.

pub mod aggregate;
pub mod commands;

pub use contracts::{events::Meeting as Event, platform::v1::*};

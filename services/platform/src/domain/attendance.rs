//! A person at a gathering: its fact, its command.

pub mod aggregate;
pub mod commands;

pub use contracts::{events::Attendance as Event, platform::v1::*};

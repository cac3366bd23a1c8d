//! A local service mobilised for a person: most often on an obstacle, and without any diagnostic when none
//! was made.

pub mod aggregate;
pub mod commands;

pub use contracts::events::Resource as Event;

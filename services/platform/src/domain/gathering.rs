//! A gathering: job dating, visit, salon, training… How many came; who came is in [`super::attendance`].

pub mod aggregate;
pub mod commands;

pub use contracts::{events::Gathering as Event, platform::v1::*};

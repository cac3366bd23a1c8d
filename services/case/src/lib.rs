//! The shared case: who is around the person, and since when.
//!
//! States: case opened, identity recorded and corrected, circle joined and left, case closed and
//! reopened. Listens to nothing.

pub mod domain;
mod http;

pub use http::api;

/// What this service offers.
pub fn service() -> service::Service {
    service::Service::new("case", api(), domain::commands::RULES)
}

//! Contracts, and staying in them.
//!
//! States: employment started, hours changed, employment ended. Listens to nothing.

pub mod domain;
mod http;

pub use domain::commands::RULES;
pub use http::api;

/// What this service offers.
pub fn service() -> service::Service {
    service::Service::new("employment", api(), RULES)
}

//! Contracts, and staying in them.
//!
//! States: employment started, hours changed, work suspended and resumed, contract renewed and converted,
//! check-ins and mediations held, difficulties reported, employment ended. Listens to nothing.

pub mod domain;
mod http;

pub use domain::commands::RULES;
pub use http::api;

/// What this service offers.
pub fn service() -> service::Service {
    service::Service::new("employment", api(), RULES)
}

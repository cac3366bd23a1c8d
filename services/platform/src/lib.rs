//! Organisations, the posts in them, and the plateformes emploi that bring them together. About no
//! person followed.
//!
//! States: organisation registered and updated, mandate granted and ended, post opened, filled and
//! vacated, platform opened, member joined and left. Listens to nothing.

pub mod domain;
mod http;

pub use domain::RULES;
pub use http::api;

/// What this service offers.
pub fn service() -> service::Service {
    service::Service::new("platform", api(), RULES)
}

//! The socio-professional diagnostic: a way to talk about work with the person. Nothing ever waits
//! for it.
//!
//! States: diagnostic started, professional and social situations assessed, obstacles named, eased
//! and returned, skills identified, diagnostic completed and revised; local services mobilised and ended.
//! Listens to nothing.

pub mod domain;
mod http;

pub use http::api;

/// What this service offers.
pub fn service() -> service::Service {
    service::Service::new("diagnostic", api(), domain::commands::RULES)
}

//! What people read: the read models, the queries over them, the live events, and the web pages.
//!
//! States nothing. Nothing personal is kept here: names are opened from the journal at the moment they
//! are shown, to whoever may see them.

mod events;
pub mod facets;
pub mod french;
mod http;
mod live;
pub mod pages;
mod queries;
mod query;
pub mod read;
mod veil;
pub mod views;

use std::sync::Arc;

use projections::AnyProjection;
use service::Service;

pub use http::api;
pub use pages::errors::dress;

/// The read models.
pub fn projections() -> Vec<Arc<dyn AnyProjection>> {
    views::all()
}

/// This service.
pub fn service() -> Service {
    projections().into_iter().fold(Service::new("followup", api(), &[]), Service::with_projection)
}

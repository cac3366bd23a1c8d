//! What people read: the read models, the queries over them, the live events, and the web pages.
//!
//! States nothing. Nothing personal is kept here: names are opened from the journal at the moment they
//! are shown, to whoever may see them.

mod events;
pub mod facets;
pub mod families;
pub mod french;
mod http;
pub mod indicators;
mod live;
pub mod pages;
pub mod prompts;
mod queries;
mod query;
pub mod read;
pub mod rules;
mod sessions;
mod veil;
pub mod views;

use std::sync::Arc;

use projections::AnyProjection;
use service::{BoxError, Service};
use tokio_postgres::Client;

pub use http::api;
pub use pages::errors::dress;

/// The read models.
pub fn projections() -> Vec<Arc<dyn AnyProjection>> {
    views::all()
}

/// This service.
pub fn service() -> Service {
    let service = Service::new("followup", api(), rules::RULES);
    projections()
        .into_iter()
        .fold(service, Service::with_projection)
        .with_migrations(|client| Box::pin(migrate(client)))
        .with_worker(sessions::keep)
}

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// Creates or upgrades the table of this service that is not a read model: who last looked, and when.
///
/// # Errors
/// When the database refuses.
pub async fn migrate(client: &mut Client) -> Result<(), BoxError> {
    let mut runner = embedded::migrations::runner();
    runner.set_migration_table_name("migration_followup");
    runner.run_async(client).await?;
    Ok(())
}

//! What people read: the read models, the queries over them, the live events, and the web pages.
//!
//! States nothing. Nothing personal is kept here: names are opened from the journal at the moment they
//! are shown, to whoever may see them.

pub mod accounts;
mod events;
pub mod facets;
pub mod families;
pub mod french;
mod http;
pub mod indicators;
mod live;
pub mod pages;
mod queries;
mod query;
pub mod read;
pub mod rules;
mod sessions;
mod veil;
pub mod views;

use std::sync::Arc;

use contracts::Class;
use projections::AnyProjection;
use service::{BoxError, Service};
use tokio_postgres::Client;
use uuid::Uuid;

pub use http::api;
pub use pages::errors::dress;
pub use situation::prompts;

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
        .with_worker(|runtime, cancel| Box::pin(accounts::work(runtime, cancel)))
        .with_worker(|runtime, cancel| Box::pin(read::protection::count(runtime, cancel)))
        .with_purge("own-access", |client, case_id, classes| Box::pin(forget_own(client, case_id, classes)))
}

/// A person of whom nothing is left to see sees nothing: their sheet and their sessions end.
async fn forget_own(client: &Client, case_id: Uuid, classes: &[Class]) -> Result<u64, BoxError> {
    if !classes.contains(&Class::Identity) {
        return Ok(0);
    }
    Ok(client.execute("delete from access.own_access where case_id = $1", &[&case_id]).await?)
}

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// Creates or upgrades the tables of this service that are not read models: who last looked, and how professionals enter.
///
/// # Errors
/// When the database refuses.
pub async fn migrate(client: &mut Client) -> Result<(), BoxError> {
    let mut runner = embedded::migrations::runner();
    runner.set_migration_table_name("migration_followup");
    runner.run_async(client).await?;
    sign_in::migrate(client).await?;
    Ok(())
}

//! What is looked at: readings are chained in the journal, so that none is altered or removed unseen; whoever
//! read too much is told to be suspended, and to whom; an administrator restores them.
//!
//! States: readings recorded, access suspended, access restored. The readings themselves are rows
//! (`access.reading`), committed by the layer of each route before its answer leaves: see `service::reading`.

pub mod chain;
pub mod domain;
pub mod guard;
pub mod honey;
mod http;
pub mod views;

use std::{sync::Arc, time::Duration};

use service::{BoxError, Runtime};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use http::api;

/// How long the worker rests: whoever is to be told of a suspension is, within a minute.
const REST: Duration = Duration::from_secs(1);
/// How often months are made and dropped.
const UPKEEP: Duration = Duration::from_secs(3_600);

/// What this service offers.
pub fn service() -> service::Service {
    service::Service::new("audit", api(), domain::commands::RULES)
        .with_projection(projections::document::view::<views::Suspensions>())
        .with_worker(|runtime, cancel| Box::pin(work(runtime, cancel)))
}

/// Tells suspensions, restores, chains, for as long as the process lives.
pub async fn work(runtime: Arc<Runtime>, cancel: CancellationToken) {
    let mut upkeep = Instant::now();
    while !cancel.is_cancelled() {
        if let Err(error) = round(&runtime).await {
            tracing::warn!(error = %error, "readings wait to be chained; trying again");
        }
        if Instant::now() >= upkeep {
            upkeep = Instant::now() + UPKEEP;
            if let Err(error) = keep(&runtime).await {
                tracing::warn!(error = %error, "the months of readings are not kept; trying again");
            }
        }
        let _: Option<()> = cancel.run_until_cancelled(tokio::time::sleep(REST)).await;
    }
}

/// Does once what the worker does.
///
/// # Errors
/// When the database or the journal does not answer. What was not done still waits.
pub async fn round(runtime: &Runtime) -> Result<(), BoxError> {
    guard::tell(runtime).await?;
    guard::suspend(runtime).await?;
    guard::restore(runtime).await?;
    chain::close(runtime).await
}

async fn keep(runtime: &Runtime) -> Result<(), BoxError> {
    let client = runtime.pool.get().await?;
    access::readings::keep(&client).await?;
    Ok(access::quotas::keep(&client).await?)
}

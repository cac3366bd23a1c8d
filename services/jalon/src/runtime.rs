//! From the configuration to what services work with.

use std::{sync::Arc, time::Duration};

use access::{Policies, Tokens};
use deadpool_postgres::{Manager, ManagerConfig, Pool, QueueMode, RecyclingMethod};
use journal::{Journal, JournalError, QueueSettings, Settings};
use messaging::BusError;
use sealing::{Keks, KeyRing, Sealer, SystemRandomness};
use service::{Config, Runtime};
use telemetry::Metrics;
use vocabulary::{SystemClock, SystemIds};

use crate::said;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// A pool of connections to that database. Connects when first used.
///
/// # Errors
/// When the URL is not one.
pub fn pool(url: &str, size: usize) -> Result<Pool, Error> {
    pool_of(url, size, None)
}

/// A pool of connections to that database that see every row of the read models.
///
/// # Errors
/// When the URL is not one.
pub fn machinery(url: &str, size: usize) -> Result<Pool, Error> {
    pool_of(url, size, Some(projections::MACHINERY))
}

fn pool_of(url: &str, size: usize, options: Option<&str>) -> Result<Pool, Error> {
    let settings = Settings::from_url(url)?;
    let mut config = settings.config().clone();
    if let Some(options) = options {
        config.options(options);
    }
    let manager = Manager::from_config(
        config,
        settings.tls().connector(),
        ManagerConfig { recycling_method: RecyclingMethod::Fast },
    );
    // Few connections that stay warm, rather than each in its turn.
    Ok(Pool::builder(manager).max_size(size).queue_mode(QueueMode::Lifo).build()?)
}

/// The journal of the configuration.
///
/// # Errors
/// When its URL is not one.
pub fn journal(config: &Config) -> Result<Journal, Error> {
    Ok(Journal::open(Settings::from_url(&config.database_url)?, QueueSettings::default()))
}

/// Everything services work with.
///
/// # Errors
/// When a URL is not one, or the wrapping key cannot be read.
pub fn build(config: Config) -> Result<Runtime, Error> {
    let keks = Keks::read(&config.kek_file).map_err(|error| said::of_kek(&error))?;
    let ring = KeyRing::new(pool(&config.keys_database_url, 8)?, keks, Arc::new(SystemRandomness));
    let sealer = Sealer::new(ring, sealing::log_id(&config.origin), Arc::new(SystemRandomness));
    let machinery = machinery(config.machinery_database_url.as_ref().unwrap_or(&config.database_url), 16)?;
    let pool = pool(&config.database_url, 16)?;
    let (journal, metrics) = (journal(&config)?, Metrics::new());
    let (size, duration) = (metrics.append_batch_size.clone(), metrics.append_duration_seconds.clone());
    journal.observe(move |facts, took| {
        size.observe(f64::from(facts));
        duration.observe(took.as_secs_f64());
    });
    Ok(Runtime {
        journal,
        sealer: Arc::new(sealer),
        tokens: Tokens::new(pool.clone()).of(config.environment_word()),
        policies: Policies::load(config.policies_dir.as_deref())?,
        positions: projections::Positions::new(pool.clone()),
        pool,
        machinery,
        clock: Arc::new(SystemClock),
        ids: Arc::new(SystemIds),
        metrics,
        config,
        stores: crate::services::all().into_iter().flat_map(|service| service.stores).collect(),
        rules: crate::services::all().iter().flat_map(|service| service.rules.iter().copied()).collect(),
        personal: Default::default(),
        time_moved: Arc::default(),
        shutdown: tokio_util::sync::CancellationToken::new(),
    })
}

/// Whether what went wrong may be right a little later, by itself: a server that does not answer.
pub fn may_pass(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    match (error.downcast_ref::<JournalError>(), error.downcast_ref::<BusError>()) {
        (Some(error), _) => matches!(error, JournalError::Unavailable(_)),
        (_, Some(error)) => error.may_pass(),
        _ => {
            let lost =
                error.downcast_ref().is_some_and(|error: &tokio_postgres::Error| error.code().is_none());
            lost || error.is::<deadpool_postgres::PoolError>()
        }
    }
}

/// Waits until the journal answers, saying so.
pub async fn wait_for_postgres(journal: &Journal) {
    let mut pause = Duration::from_millis(100);
    while let Err(error) = journal.head().await {
        match error {
            JournalError::Unavailable(_) => {
                tracing::warn!(error = %error, "Postgres ne répond pas ; nouvel essai");
            }
            _ => tracing::warn!(error = %error, "le journal n’est pas prêt : lancez `jalon migrate`"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(5));
    }
}

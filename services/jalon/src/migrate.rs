//! `jalon migrate`: tables, keys, read models, streams. The only command that changes them.

use std::process::ExitCode;

use access::Tokens;
use journal::{Journal, Settings};
use messaging::Bus;
use sealing::Kek;
use service::Config;

use crate::{Outcome, rights, runtime, services};

/// Does it for the configuration of the environment.
pub async fn run() -> Outcome {
    let config = Config::from_env()?;
    migrate(&config).await?;
    println!("Tout est à niveau.");
    Ok(ExitCode::SUCCESS)
}

/// Creates or upgrades everything. Repeating it changes nothing.
///
/// # Errors
/// A French sentence that says where it stopped.
pub async fn migrate(config: &Config) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    if config.demonstration && sealing::keys::keks::list(&config.kek_file)?.is_empty() {
        Kek::generate_file(&config.kek_file)?;
    }
    let settings = Settings::from_url(&config.database_url)?;
    Journal::migrate(&settings).await?;
    let mut client = settings.connect().await?;
    projections::migrate(&mut client).await?;
    service::offer::migrate(&mut client).await?;
    Tokens::migrate(&mut client).await?;
    for service in services::all() {
        if let Some(migrate) = service.migrate {
            migrate(&mut client).await?;
        }
    }
    let mut keys = Settings::from_url(&config.keys_database_url)?.connect().await?;
    sealing::keys::migrate(&mut keys).await?;
    let pool = runtime::pool(&config.database_url, 2)?;
    for projection in services::all().iter().flat_map(service::Service::all_projections) {
        projections::install(&pool, &*projection).await?;
    }
    rights::grant(&client).await?;
    Bus::connect(&config.nats_url).await?.migrate().await?;
    Ok(())
}

//! `jalon migrate`: tables, keys, read models, streams. The only command that changes them.

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use access::Tokens;
use journal::{Journal, Settings};
use messaging::Bus;
use sealing::Kek;
use service::Config;

use crate::{Error, Outcome, rights, runtime, said, services};

/// How long until servers that do not answer are asked again.
const AGAIN: Duration = Duration::from_millis(500);

/// Does it for the configuration of the environment, once the servers answer; they have that many seconds.
pub async fn run(patience: u64) -> Outcome {
    let config = Config::from_env()?;
    wait(&config, patience).await?;
    migrate(&config).await?;
    println!("Tout est à niveau.");
    Ok(ExitCode::SUCCESS)
}

/// Waits until Postgres and NATS answer, and says so.
async fn wait(config: &Config, patience: u64) -> Result<(), Error> {
    let until = Instant::now() + Duration::from_secs(patience);
    let mut told = false;
    loop {
        match answer(config).await {
            Err(error) if runtime::may_pass(&*error) && Instant::now() < until => {
                if !told {
                    eprintln!("{}. J’attends, {patience} s au plus…", said::of(&*error));
                    told = true;
                }
                tokio::time::sleep(AGAIN).await;
            }
            done => return done,
        }
    }
}

/// Whether both databases and NATS answer.
async fn answer(config: &Config) -> Result<(), Error> {
    for url in [&config.database_url, &config.keys_database_url] {
        Settings::from_url(url)?.connect().await?;
    }
    Bus::connect(&config.nats_url).await?;
    Ok(())
}

/// Creates or upgrades everything. Repeating it changes nothing.
///
/// # Errors
/// A French sentence that says where it stopped.
pub async fn migrate(config: &Config) -> Result<(), Error> {
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
    let models: Vec<_> = services::all().iter().flat_map(service::Service::all_projections).collect();
    let names: Vec<&str> = models.iter().map(|model| model.name()).collect();
    for gone in projections::remove_others(&mut client, &names).await? {
        eprintln!("Le modèle de lecture {gone} n’existe plus : ce qu’il gardait est effacé.");
    }
    let pool = runtime::pool(&config.database_url, 2)?;
    for model in models {
        projections::install(&pool, &*model).await?;
    }
    rights::grant(&client).await?;
    rights::grant_keys(&keys).await?;
    Bus::connect(&config.nats_url).await?.migrate().await?;
    Ok(())
}

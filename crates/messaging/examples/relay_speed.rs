//! `cargo run --release -p messaging --example relay_speed [facts]`: how fast the relay is on this
//! machine, beside a bare publication of the same messages, with both ways of syncing.

use std::path::Path;

use journal::{Journal, QueueSettings, Settings};
use local_servers::{Nats, NatsOptions, Overrides, Postgres, PostgresOptions, Tools};
use messaging::{Bus, measure};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let facts = std::env::args().nth(1).map_or(Ok(100_000), |number| number.parse())?;
    let tools =
        Tools::find(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."), &Overrides::from_environment())?;
    let scratch = std::env::temp_dir().join(format!("relay-speed-{}", std::process::id()));
    for sync_always in [false, true] {
        let dir = scratch.join(if sync_always { "always" } else { "later" });
        let postgres = Postgres::start(&tools, &dir.join("postgres"), &PostgresOptions::default()).await?;
        let nats = Nats::start(&tools, &dir.join("nats"), &NatsOptions { sync_always }).await?;
        postgres.create_database_if_missing("jalon").await?;
        let settings = Settings::from_url(&postgres.url("jalon"))?;
        Journal::migrate(&settings).await?;
        let journal = Journal::open(settings, QueueSettings::default());
        let row = measure(&journal, &Bus::connect(&nats.url()).await?, facts).await?;
        println!(
            "sync_always={sync_always:<5} facts={} relay={:.0}/s bare={:.0}/s ratio={:.2}",
            row.facts,
            row.relay_per_second,
            row.bare_per_second,
            row.ratio()
        );
        nats.stop().await?;
        postgres.stop().await?;
    }
    std::fs::remove_dir_all(&scratch)?;
    Ok(())
}

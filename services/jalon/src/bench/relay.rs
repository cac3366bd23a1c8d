//! The relay, beside publishing the same bytes without it.

use journal::{Journal, QueueSettings, Settings};
use local_servers::Postgres;
use messaging::Bus;

use super::{Error, RelayBench, nats, postgres};

/// Measures with JetStream as shipped, then with every message synced.
pub async fn run(options: &RelayBench) -> Result<(), Error> {
    for sync_always in [false, true] {
        let postgres = postgres("relay", None).await?;
        let nats = nats("relay-nats", sync_always).await?;
        let result = measure(options, &postgres, &nats.url(), sync_always).await;
        nats.stop().await?;
        postgres.stop().await?;
        result?;
    }
    Ok(())
}

async fn measure(
    options: &RelayBench,
    postgres: &Postgres,
    nats: &str,
    sync_always: bool,
) -> Result<(), Error> {
    let settings = Settings::from_url(&postgres.url("jalon"))?;
    Journal::migrate(&settings).await?;
    let journal = Journal::open(settings, QueueSettings::default());
    let bus = Bus::connect(nats).await?;
    bus.migrate().await?;
    let row = messaging::measure(&journal, &bus, options.facts).await?;
    if options.json {
        println!(
            "{}",
            serde_json::json!({"workload": "relay", "sync_always": sync_always, "facts": row.facts, "per_second": row.relay_per_second, "limit_per_second": row.bare_per_second, "ratio": row.ratio()})
        );
    } else {
        println!(
            "relais, {} : {:.0} faits/s, publication nue {:.0}/s, rapport {:.2}",
            if sync_always { "chaque message sur disque" } else { "disque au fil de l’eau" },
            row.relay_per_second,
            row.bare_per_second,
            row.ratio()
        );
    }
    Ok(())
}

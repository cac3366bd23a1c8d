//! `jalon status`.

use std::process::ExitCode;

use messaging::Bus;
use serde::Serialize;
use service::Config;
use vocabulary::{Clock as _, SystemClock};

use crate::{Outcome, key, runtime};

#[derive(Serialize)]
struct Status {
    head: i64,
    relay: Option<Relay>,
    mail: Mail,
    /// Since how many days the outside key is in force.
    kek_age_days: Option<i64>,
    projections: Vec<Projection>,
}

#[derive(Serialize)]
struct Relay {
    position: i64,
    lag: i64,
}

#[derive(Serialize)]
struct Mail {
    /// Whether there is an SMTP relay.
    configured: bool,
    /// Immediate notices that wait for it.
    waiting: i64,
}

#[derive(Serialize)]
struct Projection {
    name: String,
    version: u32,
    active: bool,
    position: i64,
    lag: i64,
    parked: i64,
}

/// The last position on the bus.
async fn relayed(bus: &Bus) -> Option<i64> {
    let mut stream = bus.jetstream().get_stream(messaging::subjects::JOURNAL).await.ok()?;
    i64::try_from(stream.info().await.ok()?.state.last_sequence).ok()
}

/// Says where everything is.
pub async fn run(json: bool) -> Outcome {
    let config = Config::from_env()?;
    let journal = runtime::journal(&config)?;
    let head = journal.head().await?;
    let relay = match Bus::connect(&config.nats_url).await {
        Ok(bus) => relayed(&bus).await.map(|position| Relay { position, lag: head - position }),
        Err(error) => {
            eprintln!("jalon : {error}");
            None
        }
    };
    let client = runtime::machinery(&config.database_url, 1)?.get().await?;
    let configured = notice::relay::Relay::of(&config.mail)?.is_some();
    let mail = Mail { configured, waiting: notice::mailer::count_waiting(&client).await? };
    let projections = projections::status(&**client).await?.into_iter().map(|status| Projection {
        name: status.name,
        version: status.version,
        active: status.active,
        position: status.position,
        lag: status.lag_facts,
        parked: status.parked,
    });
    let kek_age_days = key::age_in_days(&config, SystemClock.now())?;
    let status = Status { head, relay, mail, kek_age_days, projections: projections.collect() };
    if json {
        println!("{}", serde_json::to_string_pretty(&status)?);
        return Ok(ExitCode::SUCCESS);
    }
    println!("Journal : {head} faits");
    match &status.relay {
        Some(relay) => println!("Relais : position {}, retard {}", relay.position, relay.lag),
        None => println!("Relais : NATS ne répond pas"),
    }
    let relay =
        if status.mail.configured { "relais SMTP réglé" } else { "pas de relais SMTP, rien ne part" };
    println!("Courrier : {relay} ; {} avis en attente", status.mail.waiting);
    match status.kek_age_days {
        Some(age) if age > key::WEEK => {
            println!("Clé d’enveloppe : en service depuis {age} jours ; lancez `jalon key rotate`");
        }
        Some(age) => println!("Clé d’enveloppe : en service depuis {age} jours"),
        None => println!("Clé d’enveloppe : absente"),
    }
    println!(
        "\n{:<24} {:>8} {:>10} {:>8} {:>12}",
        "Modèle de lecture", "version", "position", "retard", "mis de côté"
    );
    for projection in &status.projections {
        let building = if projection.active { "" } else { "  (en construction)" };
        println!(
            "{:<24} {:>8} {:>10} {:>8} {:>12}{building}",
            projection.name, projection.version, projection.position, projection.lag, projection.parked
        );
    }
    Ok(ExitCode::SUCCESS)
}

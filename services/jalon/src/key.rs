//! `jalon key`: the outside key, which wraps all others, changes every week. What a backup of the database of keys
//! keeps of someone who was forgotten is mute once the outside key of its time is retired.

use std::process::ExitCode;

use jiff::{Timestamp, ToSpan as _};
use sealing::{
    Keks, KeyRing, SystemRandomness,
    keys::{
        Wrapping,
        keks::{self, Dated},
    },
};
use service::{Config, Runtime};
use sign_in::SecondFactors;
use tokio_util::sync::CancellationToken;
use vocabulary::{Clock as _, SystemClock, clock::day_in_paris, dates::in_french};

use crate::{Outcome, cli::KeyCommand, keep, runtime};

type Error = Box<dyn std::error::Error + Send + Sync>;

/// After how many days the outside key should have changed.
pub const WEEK: i64 = 7;
/// Keys wrapped again at once.
const AT_ONCE: u32 = 500;
/// A rotation as young as that and not ended is gone on with, rather than begun again, in hours.
const YOUNG: i64 = 24;

/// Does what was asked.
pub async fn run(command: KeyCommand) -> Outcome {
    let config = Config::from_env()?;
    match command {
        KeyCommand::List { json } => list(&config, json).await,
        KeyCommand::Rotate => rotate(&config).await,
        KeyCommand::Retire { id, older_than } => retire(&config, id.as_deref(), older_than).await,
    }
}

/// How many whole days since.
fn days_since(then: Timestamp, now: Timestamp) -> i64 {
    now.duration_since(then).as_hours() / 24
}

/// Since how many days the outside key is in force; nothing when there is none.
///
/// # Errors
/// When its files cannot be read.
pub fn age_in_days(config: &Config, now: Timestamp) -> Result<Option<i64>, Error> {
    Ok(keks::list(&config.kek_file)?.last().map(|current| days_since(current.since, now)))
}

fn ring(config: &Config) -> Result<KeyRing, Error> {
    let keks = Keks::read(&config.kek_file)?;
    Ok(KeyRing::new(
        runtime::pool(&config.keys_database_url, 2)?,
        keks,
        std::sync::Arc::new(SystemRandomness),
    ))
}

fn wrapped(wrappings: &[Wrapping], id: &str) -> u64 {
    wrappings.iter().find(|one| one.kek_id == id).map_or(0, |one| one.keys)
}

/// The secrets of second factors are under the outside key too.
async fn reseal(config: &Config, ring: &KeyRing) -> Result<u64, Error> {
    Ok(SecondFactors::new(runtime::pool(&config.database_url, 2)?, ring).rewrap().await?)
}

async fn list(config: &Config, json: bool) -> Outcome {
    let now = SystemClock.now();
    let wrappings = ring(config)?.wrappings().await?;
    let keys = keks::list(&config.kek_file)?;
    if json {
        let items = keys.iter().enumerate().map(|(place, one)| {
            serde_json::json!({
                "id": one.kek.id(), "since": one.since, "age_days": days_since(one.since, now),
                "keys": wrapped(&wrappings, one.kek.id()), "in_force": place + 1 == keys.len(),
                "superseded_at": keys.get(place + 1).map(|next| next.since),
            })
        });
        println!("{}", serde_json::to_string_pretty(&items.collect::<Vec<_>>())?);
        return Ok(ExitCode::SUCCESS);
    }
    println!("{:<18} {:>24} {:>6} {:>10}", "Clé d’enveloppe", "en service depuis", "jours", "clés");
    for (place, one) in keys.iter().enumerate() {
        let state = match keys.get(place + 1) {
            None => "en service".to_owned(),
            Some(next) => format!("remplacée le {}", in_french(day_in_paris(next.since))),
        };
        println!(
            "{:<18} {:>24} {:>6} {:>10}  {state}",
            one.kek.id(),
            in_french(day_in_paris(one.since)),
            days_since(one.since, now),
            wrapped(&wrappings, one.kek.id())
        );
    }
    let known = |one: &&Wrapping| !keys.iter().any(|key| key.kek.id() == one.kek_id);
    for one in wrappings.iter().filter(known) {
        println!(
            "{:<18} {:>24} {:>6} {:>10}  ABSENTE : ses clés ne s’ouvrent plus",
            one.kek_id, "?", "?", one.keys
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// A new outside key, and every living key under it. A rotation that was killed is gone on with.
async fn rotate(config: &Config) -> Outcome {
    let now = SystemClock.now();
    let keys = keks::list(&config.kek_file)?;
    let current = keys.last().ok_or("il n’y a pas encore de clé d’enveloppe : lancez `jalon migrate`")?;
    let before = ring(config)?.wrappings().await?;
    let left: u64 = before.iter().filter(|one| one.kek_id != current.kek.id()).map(|one| one.keys).sum();
    let unfinished = left > 0 && keys.len() > 1 && now.duration_since(current.since).as_hours() < YOUNG;
    let id = if unfinished {
        println!("Le changement commencé n’était pas terminé : il continue.");
        current.kek.id().to_owned()
    } else {
        keks::add(&config.kek_file, now)?.kek.id().to_owned()
    };
    let ring = ring(config)?;
    let total: u64 = ring.wrappings().await?.iter().filter(|one| one.kek_id != id).map(|one| one.keys).sum();
    let bar = keep::bar(i64::try_from(total)?, "Clés enveloppées");
    let mut done = 0;
    loop {
        let batch = ring.rewrap(AT_ONCE).await?;
        done += batch.rewrapped;
        bar.set_position(done);
        if batch.finished {
            break;
        }
    }
    bar.finish_and_clear();
    reseal(config, &ring).await?;
    println!("Clé d’enveloppe {id} en service. {done} clés enveloppées à nouveau, sans arrêter Jalon.");
    println!(
        "L’ancienne se retire dans 21 jours, quand plus aucune sauvegarde n’en a besoin : `jalon key retire --older-than 21`."
    );
    Ok(ExitCode::SUCCESS)
}

/// Destroys former outside keys: the one of that id, or all those replaced for more than some days.
async fn retire(config: &Config, id: Option<&str>, older_than: Option<i64>) -> Outcome {
    let now = SystemClock.now();
    let keys = keks::list(&config.kek_file)?;
    let ring = ring(config)?;
    reseal(config, &ring).await?;
    let wrappings = ring.wrappings().await?;
    let pairs: Vec<(&Dated, Timestamp)> =
        keys.iter().zip(keys.iter().skip(1)).map(|(one, next)| (one, next.since)).collect();
    if let Some(id) = id {
        if keys.last().is_some_and(|current| current.kek.id() == id) {
            return Err(format!("la clé {id} est en service : changez-la d’abord, `jalon key rotate`").into());
        }
        if !pairs.iter().any(|(one, _)| one.kek.id() == id) {
            return Err(format!("il n’y a pas de clé d’enveloppe {id} : voyez `jalon key list`").into());
        }
    }
    let asked = |(one, superseded): &&(&Dated, Timestamp)| match (id, older_than) {
        (Some(id), _) => one.kek.id() == id,
        (None, Some(days)) => now >= *superseded + (days * 24).hours(),
        (None, None) => false,
    };
    let mut refused = false;
    for (one, superseded) in pairs.iter().filter(asked) {
        let living = wrapped(&wrappings, one.kek.id());
        if living > 0 {
            eprintln!(
                "jalon : {living} clés vivantes sont encore sous {} : elle reste. Lancez `jalon key rotate`.",
                one.kek.id()
            );
            refused = true;
            continue;
        }
        keks::remove(one)?;
        println!(
            "Clé d’enveloppe {} retirée. Les sauvegardes de la base des clés prises avant le {} sont muettes.",
            one.kek.id(),
            in_french(day_in_paris(*superseded))
        );
    }
    Ok(if refused { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Says, for as long as the process lives, how old the outside key is: another must come every week, from
/// outside.
pub async fn watch(runtime: std::sync::Arc<Runtime>, cancel: CancellationToken) {
    while !cancel.is_cancelled() {
        match age_in_days(&runtime.config, runtime.clock.now()) {
            Ok(Some(age)) => {
                runtime.metrics.kek_age_days.set(age);
                if age > WEEK && !runtime.config.demonstration {
                    tracing::warn!(
                        days = age,
                        "the outside key is older than a week: run `jalon key rotate`"
                    );
                }
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(error = %error, "the outside keys cannot be read"),
        }
        let hour = tokio::time::sleep(std::time::Duration::from_secs(3600));
        let _: Option<()> = cancel.run_until_cancelled(hour).await;
    }
}

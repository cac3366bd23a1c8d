//! What all measures need: a connection, a journal, facts of the usual size, ids in the order of time.

use std::sync::Arc;

use contracts::{
    EnumValue, Facts as _, MessageField,
    common::v1::{Actor, Metadata, Source},
    employment::v1::{ContractKind, EmploymentStarted, HoursChanged, Programme},
    events::Employment,
};
use deadpool_postgres::{Manager, Pool, QueueMode};
use jiff::civil::Date;
use journal::{Append, Journal, NewFact, QueueSettings, Settings, Stamp};
use sealing::{Kek, KeyRing, Sealer, SystemRandomness};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;
use vocabulary::{Clock as _, Ids as _, SystemClock, SystemIds};

use crate::Error;

/// Connections to the database of keys, as many as a service has.
const KEYS: usize = 8;

pub(crate) async fn connect(url: &str) -> Result<Client, Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    // Ends with its client; what goes wrong meanwhile is told to whoever uses the client.
    tokio::spawn(connection);
    Ok(client)
}

/// A journal in that database, with its tables.
pub(crate) async fn journal(url: &str) -> Result<Journal, Error> {
    let settings = Settings::from_url(url)?;
    Journal::migrate(&settings).await?;
    Ok(Journal::open(settings, QueueSettings::default()))
}

/// A sealer with its keys in that database, with their tables.
pub(crate) async fn sealer(url: &str) -> Result<Arc<Sealer>, Error> {
    let failed = |error: &dyn std::error::Error| Error::Command(error.to_string());
    sealing::keys::migrate(&mut connect(url).await?).await.map_err(|error| failed(&error))?;
    let manager = Manager::new(url.parse()?, NoTls);
    let pool = Pool::builder(manager).max_size(KEYS).queue_mode(QueueMode::Lifo).build();
    let pool = pool.map_err(|error| failed(&error))?;
    let ring = KeyRing::new(pool, Kek::from_bytes([7; 32]), Arc::new(SystemRandomness));
    Ok(Arc::new(Sealer::new(ring, sealing::log_id("bench"), Arc::new(SystemRandomness))))
}

/// A new id, in the order of time.
pub(crate) fn id() -> Uuid {
    SystemIds.next(SystemClock.now())
}

pub(crate) fn day() -> Date {
    SystemClock.today()
}

/// What is kept beside every fact here: what a command from a person usually carries.
pub(crate) fn metadata(command: Uuid) -> Metadata {
    let id = command.to_string();
    Metadata {
        actor: MessageField::some(Actor {
            post_id: id.clone(),
            professional_id: id.clone(),
            organisation_id: id.clone(),
            ..Actor::default()
        }),
        correlation_id: id,
        source: MessageField::some(Source { system: "jalon".into(), ..Source::default() }),
        policy: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".into(),
        ..Metadata::default()
    }
}

/// The stamp of a new command about that employment.
pub(crate) fn stamp(case_id: Uuid) -> Stamp {
    let command_id = id();
    Stamp {
        command_id,
        fingerprint: vec![0x5a; 32],
        case_id: Some(case_id),
        occurred_on: day(),
        recorded_at: SystemClock.now(),
        metadata: metadata(command_id),
    }
}

/// Work begins.
pub(crate) fn started() -> Employment {
    EmploymentStarted {
        employer_id: "0196f3a0-0000-7000-8000-00000000abcd".into(),
        contract: EnumValue::from(ContractKind::CDDI),
        weekly_minutes: 26 * 60,
        started_on: "2026-11-23".into(),
        ends_on: "2027-05-22".into(),
        programme: EnumValue::from(Programme::IAE),
        ..EmploymentStarted::default()
    }
    .into()
}

/// The hours become others.
pub(crate) fn hours(weekly_minutes: u32) -> Employment {
    HoursChanged { weekly_minutes, from_day: "2026-12-01".into(), ..HoursChanged::default() }.into()
}

/// A fact of that command, about that case.
pub(crate) fn fact(event: &Employment, command: Uuid, case_id: Uuid) -> NewFact {
    let (kind, payload) = event.encode();
    NewFact {
        event_id: id(),
        kind,
        case_id: Some(case_id),
        occurred_on: day(),
        recorded_at: SystemClock.now(),
        metadata: contracts::Message::encode_to_vec(&metadata(command)),
        payload,
    }
}

/// The next facts of a stream, as one command.
pub(crate) fn request(stream_id: Uuid, expected: u32, facts: u32) -> Append {
    let command_id = id();
    let facts = (expected..expected + facts).map(|version| {
        let event = if version == 0 { started() } else { hours(20 * 60 + version) };
        fact(&event, command_id, stream_id)
    });
    Append { stream_id, expected, command_id, fingerprint: vec![0x5a; 32], facts: facts.collect() }
}

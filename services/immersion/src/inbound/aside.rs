//! What is kept aside, sealed under a key of its own, until a professional says whose it is, for ninety days at most, or
//! until the person it is about is erased.

use std::{sync::Arc, time::Duration};

use contracts::{Class, Message as _};
use jiff::{SignedDuration, Timestamp, civil::Date};
use sealing::{KeyError, Place};
use service::{BoxError, Problem, Reading, Runtime};
use tokio_postgres::Row;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vocabulary::{Rule, ids::derived};

use super::{
    SYSTEM,
    attach::Reason,
    index,
    key::IndexKey,
    snapshot::{Person, Snapshot},
};
use crate::domain::KeptAside;

/// The number under which contents kept aside are sealed: that of no fact.
const TYPE_CODE: u16 = 0x04ff;

/// How long it is kept.
pub const KEPT: Rule = Rule::soft(
    "pmsmp.mise-de-cote",
    "Une convention que personne n’a rattachée à un dossier est effacée 90 jours après sa réception.",
    "RGPD, article 5 ; référentiel de la CNIL sur l’accompagnement social",
);
/// The days of [`KEPT`].
const KEPT_DAYS: i64 = 90;
/// How often what came to its end is looked for.
const UPKEEP: Duration = Duration::from_secs(600);

/// Something kept aside: nothing here names the person.
#[derive(Clone, Debug)]
pub struct Aside {
    /// Its id.
    pub id: Uuid,
    /// The convention, by its id in the tool.
    pub reference: Uuid,
    /// The organisations that prescribe or accompany, as Jalon knows them: theirs may see the name.
    pub organisations: Vec<Uuid>,
    /// First day of the immersion.
    pub starts_on: Date,
    /// Last day.
    pub ends_on: Date,
    /// Why nobody was recognised.
    pub reason: Reason,
    /// When it came.
    pub received_at: Timestamp,
    sealed: Vec<u8>,
}

const COLUMNS: &str = "id, convention_ref, organisations, starts_on, ends_on, reason, received_at, sealed";

/// Keeps it. The same content is kept once.
pub async fn keep(
    runtime: &Runtime,
    digest: &str,
    (snapshot, person): (&Snapshot, &Person),
    reason: Reason,
    organisations: &[Uuid],
    now: Timestamp,
) -> Result<(), Problem> {
    let id = derived(&[SYSTEM.as_bytes(), b"aside", snapshot.reference.as_bytes(), digest.as_bytes()]);
    let client = runtime.pool.get().await?;
    if client.query_opt("select 1 from immersion.aside where id = $1", &[&id]).await?.is_some() {
        return Ok(());
    }
    let content = KeptAside {
        person: serde_json::to_string(person).map_err(unreadable)?,
        convention: serde_json::to_string(snapshot).map_err(unreadable)?,
        ..Default::default()
    };
    let sealed = match runtime.sealer.seal(&place(runtime, id), &content.encode_to_vec(), class_of).await {
        // It was kept before, and erased: said again, it stays so.
        Err(sealing::Error::Key(KeyError::Forgotten { .. })) => return Ok(()),
        sealed => sealed?,
    };
    client
        .execute(
            "insert into immersion.aside values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing",
            &[
                &id,
                &snapshot.reference,
                &snapshot.renewed_from,
                &organisations,
                &snapshot.terms.starts_on.0,
                &snapshot.terms.ends_on.0,
                &reason.code(),
                &now,
                &sealed,
                &IndexKey::of(&runtime.config)?.person(person),
            ],
        )
        .await?;
    Ok(())
}

/// What is kept aside, latest first, after that one.
pub async fn all(
    runtime: &Runtime,
    after: Option<(Timestamp, Uuid)>,
    limit: usize,
) -> Result<Vec<Aside>, Problem> {
    let client = runtime.pool.get().await?;
    let sql = format!(
        "select {COLUMNS} from immersion.aside where $1::timestamptz is null or (received_at, id) < ($1, $2)
         order by received_at desc, id desc limit $3"
    );
    let (at, id) = after.unzip();
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    client.query(&sql, &[&at, &id, &limit]).await?.iter().map(read).collect()
}

/// One of them.
pub async fn one(runtime: &Runtime, id: Uuid) -> Result<Option<Aside>, Problem> {
    let client = runtime.pool.get().await?;
    let sql = format!("select {COLUMNS} from immersion.aside where id = $1");
    client.query_opt(&sql, &[&id]).await?.as_ref().map(read).transpose()
}

/// All that was kept of one convention.
pub async fn of(runtime: &Runtime, reference: Uuid) -> Result<Vec<Aside>, Problem> {
    let client = runtime.pool.get().await?;
    let sql = format!("select {COLUMNS} from immersion.aside where convention_ref = $1 order by received_at");
    client.query(&sql, &[&reference]).await?.iter().map(read).collect()
}

/// The conventions kept aside that renew that one.
pub async fn renewing(runtime: &Runtime, reference: Uuid) -> Result<Vec<Uuid>, Problem> {
    let client = runtime.pool.get().await?;
    let sql = "select distinct convention_ref from immersion.aside where renewed_ref = $1";
    Ok(client.query(sql, &[&reference]).await?.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
}

/// Opens it. The older of two contents comes first.
pub async fn open(
    runtime: &Runtime,
    reading: &Reading,
    asides: &[Aside],
) -> Result<Vec<(Snapshot, Person)>, Problem> {
    let items = asides.iter().map(|aside| (place(runtime, aside.id), aside.sealed.clone())).collect();
    let mut contents = Vec::new();
    for opened in runtime.open_aside(reading, items).await? {
        let content = KeptAside::decode_from_slice(&opened.bytes).map_err(unreadable)?;
        let snapshot: Snapshot = serde_json::from_str(&content.convention).map_err(unreadable)?;
        contents.push((snapshot, serde_json::from_str(&content.person).map_err(unreadable)?));
    }
    contents.sort_by_key(|(snapshot, _)| snapshot.updated_at);
    Ok(contents)
}

/// Attached: the row goes, and its keys are destroyed.
pub async fn forget(runtime: &Runtime, asides: &[Aside]) -> Result<(), Problem> {
    let ids: Vec<Uuid> = asides.iter().map(|aside| aside.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let client = runtime.pool.get().await?;
    client.execute("delete from immersion.aside where id = any($1)", &[&ids]).await?;
    drop(client);
    Ok(destroy(runtime).await?)
}

/// Destroys the keys of what went. What is interrupted is gone on with the next time.
async fn destroy(runtime: &Runtime) -> Result<(), BoxError> {
    let client = runtime.pool.get().await?;
    for row in client.query("select id from immersion.aside_gone limit 1000", &[]).await? {
        let id: Uuid = row.try_get(0)?;
        runtime.sealer.ring().forget(id, &[Class::Identity, Class::Social]).await?;
        client.execute("delete from immersion.aside_gone where id = $1", &[&id]).await?;
    }
    Ok(())
}

/// Forgets what was kept aside of the person of a case, who is erased.
///
/// # Errors
/// When the database refuses.
pub async fn forget_person(client: &tokio_postgres::Client, case_id: Uuid) -> Result<u64, BoxError> {
    let sql = "delete from immersion.aside using immersion.person_index known
               where known.case_id = $1 and aside.digest = known.digest";
    Ok(client.execute(sql, &[&case_id]).await?)
}

/// Forgets what came to the end of its time, and destroys the keys of all that went.
///
/// # Errors
/// When the database or the keys do not answer: the next time goes on.
pub async fn keep_up(runtime: &Runtime) -> Result<(), BoxError> {
    // Who was recorded since the last notification is found too, when they are erased.
    let filled = index::fill_all(runtime, &IndexKey::of(&runtime.config)?).await;
    filled.map_err(|problem| problem.detail)?;
    let since = runtime.clock.now() - SignedDuration::from_hours(24 * KEPT_DAYS);
    let client = runtime.pool.get().await?;
    let gone = client.execute("delete from immersion.aside where received_at <= $1", &[&since]).await?;
    if gone > 0 {
        tracing::info!(gone, "conventions that nobody attached came to the end of their time");
    }
    drop(client);
    destroy(runtime).await
}

/// [`keep_up`], for as long as the process lives.
pub async fn work(runtime: Arc<Runtime>, cancel: CancellationToken) {
    while !cancel.is_cancelled() {
        if let Err(error) = keep_up(&runtime).await {
            tracing::warn!(%error, "conventions kept aside are not looked after; trying again");
        }
        let _: Option<()> = cancel.run_until_cancelled(tokio::time::sleep(UPKEEP)).await;
    }
}

/// Who it is about is sealed as an identity, the rest as the most closed of what a convention may hold.
fn class_of(number: u32) -> Class {
    if number == 1 { Class::Identity } else { Class::Social }
}

fn place(runtime: &Runtime, id: Uuid) -> Place {
    Place {
        log_id: runtime.sealer.log_id(),
        subject: id,
        revision: 1,
        event_id: id,
        type_code: TYPE_CODE,
        schema_version: 1,
    }
}

/// The error of a content holds values: only that there was one is logged.
fn unreadable(_: impl std::fmt::Display) -> Problem {
    Problem::internal(&"a content kept aside cannot be read or written")
}

fn read(row: &Row) -> Result<Aside, Problem> {
    Ok(Aside {
        id: row.try_get(0)?,
        reference: row.try_get(1)?,
        organisations: row.try_get(2)?,
        starts_on: row.try_get(3)?,
        ends_on: row.try_get(4)?,
        reason: Reason::read(row.try_get(5)?),
        received_at: row.try_get(6)?,
        sealed: row.try_get(7)?,
    })
}

//! What is kept aside, sealed under a key of its own, until a professional says whose it is.

use contracts::{Class, Message as _};
use jiff::{Timestamp, civil::Date};
use sealing::Place;
use service::{Problem, Reading, Runtime};
use tokio_postgres::Row;
use uuid::Uuid;
use vocabulary::ids::derived;

use super::{
    SYSTEM,
    attach::Reason,
    snapshot::{Person, Snapshot},
};
use crate::domain::KeptAside;

/// The number under which contents kept aside are sealed: that of no fact.
const TYPE_CODE: u16 = 0x04ff;

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
    let sealed = runtime.sealer.seal(&place(runtime, id), &content.encode_to_vec(), class_of).await?;
    client
        .execute(
            "insert into immersion.aside values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
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
            ],
        )
        .await?;
    Ok(())
}

/// Everything kept aside, latest first.
pub async fn all(runtime: &Runtime) -> Result<Vec<Aside>, Problem> {
    let client = runtime.pool.get().await?;
    let sql = format!("select {COLUMNS} from immersion.aside order by received_at desc, id limit 500");
    client.query(&sql, &[]).await?.iter().map(read).collect()
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
    for id in ids {
        let classes = [Class::Identity, Class::Social];
        runtime.sealer.ring().forget(id, &classes).await.map_err(sealing::Error::from)?;
    }
    Ok(())
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

//! How people and organisations are found again: a read model says where identities were recorded and which
//! SIRET organisations have; the digests of identities are made from it when they are needed, since that
//! takes the persons' keys.

use std::time::Duration;

use contracts::{Class, Facts as _, Recorded, events};
use projections::{Poison, Rows, document::View};
use serde::{Deserialize, Serialize};
use service::{CaseStanding, Problem, Reading, Runtime};
use tokio::time::Instant;
use uuid::Uuid;
use vocabulary::dates;

use super::{key::IndexKey, snapshot::Person};

/// The read model.
pub const INBOUND_INDEX: &str = "inbound_index";
/// How many identities are opened at once.
const AT_ONCE: i64 = 1000;
/// How long the read model may take to reach the present.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where identities are, and who has which SIRET.
#[derive(Debug)]
pub struct InboundIndex;

/// A case, or an organisation.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Entry {
    /// Whether it is a case whose identity was recorded: the document's position says where.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub person: bool,
    /// The SIRET of an organisation.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub siret: String,
}

impl View for InboundIndex {
    type Body = Entry;

    const NAME: &'static str = INBOUND_INDEX;
    const VERSION: u32 = 2;
    const ROWS: Rows = Rows::Hidden;
    const COLUMNS: &'static [&'static str] = &["siret text generated always as (body->>'siret') stored"];
    const INDEXES: &'static [&'static str] = &["(position)", "(siret)"];

    fn key(fact: &Recorded) -> Option<Uuid> {
        matches!(
            fact.kind.name,
            "IdentityRecorded" | "IdentityCorrected" | "OrganisationRegistered" | "OrganisationUpdated"
        )
        .then_some(fact.stream_id)
    }

    fn fold(body: &mut Entry, fact: &Recorded) -> Result<(), Poison> {
        if fact.kind.aggregate().name == "case" {
            body.person = true;
            return Ok(());
        }
        let siret = match fact.trace()? {
            events::Organisation::OrganisationRegistered(registered) => registered.siret,
            events::Organisation::OrganisationUpdated(updated) => updated.siret,
            _ => String::new(),
        };
        if !siret.is_empty() {
            body.siret = siret;
        }
        Ok(())
    }
}

/// Gives the read model a moment to reach the present. Late, someone may not be recognised: nothing is lost,
/// a professional decides.
pub async fn wait(runtime: &Runtime) -> Result<(), Problem> {
    let head = runtime.journal.head().await?;
    if runtime.positions.wait(INBOUND_INDEX, head, Instant::now() + PATIENCE).await.is_err() {
        tracing::warn!(view = INBOUND_INDEX, "the read model is late: a person may not be recognised");
    }
    Ok(())
}

/// The organisation of that SIRET, when Jalon knows exactly one.
pub async fn organisation(runtime: &Runtime, siret: &str) -> Result<Option<Uuid>, Problem> {
    if siret.is_empty() {
        return Ok(None);
    }
    let client = runtime.machinery.get().await?;
    let statement =
        client.prepare_cached("select key from read.inbound_index where siret = $1 limit 2").await?;
    match client.query(&statement, &[&siret]).await?.as_slice() {
        [row] => Ok(Some(row.try_get(0)?)),
        _ => Ok(None),
    }
}

/// The cases of a person of that name and birth date, open and still so named.
pub async fn cases(runtime: &Runtime, key: &IndexKey, digest: &[u8]) -> Result<Vec<CaseStanding>, Problem> {
    fill_all(runtime, key).await?;
    let client = runtime.pool.get().await?;
    let statement = client
        .prepare_cached("select case_id from immersion.person_index where digest = $1 and key_id = $2")
        .await?;
    let rows = client.query(&statement, &[&digest, &key.id()]).await?;
    let mut cases = Vec::new();
    for row in rows {
        let Some(case) = runtime.case_standing(row.try_get(0)?).await?.filter(|case| case.open) else {
            continue;
        };
        // The index only suggests: the identity itself says.
        let person = identity(runtime, &case).await?;
        if person.and_then(|person| key.person(&person)).as_deref() == Some(digest) {
            cases.push(case);
        }
    }
    Ok(cases)
}

/// Makes the digests of all identities recorded since the last time.
pub async fn fill_all(runtime: &Runtime, key: &IndexKey) -> Result<(), Problem> {
    while fill(runtime, key).await? {}
    Ok(())
}

/// Forgets by which digest the person of a case was found again, once their identity is forgotten.
pub async fn forget(
    client: &tokio_postgres::Client,
    case_id: Uuid,
    classes: &[Class],
) -> Result<u64, service::BoxError> {
    if !classes.contains(&Class::Identity) {
        return Ok(0);
    }
    let aside = super::aside::forget_person(client, case_id).await?;
    let sql = "update immersion.person_index set digest = null where case_id = $1 and digest is not null";
    Ok(aside + client.execute(sql, &[&case_id]).await?)
}

/// Who a case is about; nothing when unknown or forgotten.
pub async fn identity(runtime: &Runtime, case: &CaseStanding) -> Result<Option<Person>, Problem> {
    let Some(position) = case.identity_position else { return Ok(None) };
    let facts = runtime.journal.at(&[position]).await?;
    Ok(people(runtime, &facts).await?.into_iter().next().flatten())
}

/// Makes the digests of the identities recorded since the last time; returns whether there may be more.
async fn fill(runtime: &Runtime, key: &IndexKey) -> Result<bool, Problem> {
    let client = runtime.machinery.get().await?;
    let rows = client
        .query(
            "select key, position from read.inbound_index
             where body ? 'person' and position >
                   (select coalesce(max(position), 0) from immersion.person_index where key_id = $1)
             order by position limit $2",
            &[&key.id(), &AT_ONCE],
        )
        .await?;
    if rows.is_empty() {
        return Ok(false);
    }
    let positions = rows.iter().map(|row| row.try_get(1)).collect::<Result<Vec<i64>, _>>()?;
    let facts = runtime.journal.at(&positions).await?;
    let people = people(runtime, &facts).await?;
    let digests: Vec<Option<Vec<u8>>> = people.iter().map(|person| key.person(person.as_ref()?)).collect();
    let cases: Vec<Uuid> = facts.iter().map(|fact| fact.stream_id).collect();
    let positions: Vec<i64> = facts.iter().map(|fact| fact.position).collect();
    client
        .execute(
            "insert into immersion.person_index (case_id, digest, position, key_id)
             select *, $4 from unnest($1::uuid[], $2::bytea[], $3::bigint[])
             on conflict (case_id) do update
             set digest = excluded.digest, position = excluded.position, key_id = excluded.key_id",
            &[&cases, &digests, &positions, &key.id()],
        )
        .await?;
    Ok(i64::try_from(rows.len()).unwrap_or(AT_ONCE) == AT_ONCE)
}

/// Who each of these facts says a person is; nothing where the keys were destroyed.
async fn people(runtime: &Runtime, facts: &[Recorded]) -> Result<Vec<Option<Person>>, Problem> {
    let opened = runtime
        .open(&Reading::by_system("conventions recognised"), facts, |class| class == Class::Identity)
        .await?;
    let read = |(fact, opened): (&Recorded, &sealing::Opened)| -> Result<Option<Person>, Problem> {
        let event = events::Case::decode(fact.kind, &opened.bytes);
        let (family_name, given_name, birth_date) = match event.map_err(|error| Problem::internal(&error))? {
            events::Case::IdentityRecorded(who) => (who.family_name, who.given_name, who.birth_date),
            events::Case::IdentityCorrected(who) => (who.family_name, who.given_name, who.birth_date),
            _ => return Ok(None),
        };
        let known = opened.forgotten.is_empty();
        Ok(known.then(|| Person { family_name, given_name, birth_date: dates::parse(&birth_date) }))
    };
    facts.iter().zip(&opened).map(read).collect()
}

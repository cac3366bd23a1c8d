//! What follows a suspension. It is decided where readings are recorded (`access.record`), at once and for all
//! processes; here it becomes a fact, those who must know are told, and it ends when a fact says so.

use access::Actor;
use contracts::{Word, buffa::Enumeration as _};
use jiff::Timestamp;
use service::{BoxError, Domain as _, Request, Runtime, Target, execute};
use uuid::Uuid;

use crate::domain::{
    SuspensionReason,
    aggregate::{Access, State},
    commands::SuspendAccess,
};

/// Who states suspensions and batches.
pub(crate) const GUARD: Actor = Actor::system("guard");

const UNSTATED: &str = "
select id, reader, post_id, organisation_id, at, reason, people, hours
from access.suspension where not stated order by at limit 100";

/// The posts that are told: those of administrators, and those that animate a platform the organisation is a
/// member of. Vacant ones are told too, for whoever comes.
const TOLD: &str = "
select post.key from read.directory post
where post.kind = 'post' and post.key is distinct from $1
  and (post.body ->> 'role' = 'ADMINISTRATEUR'
       or post.body ->> 'role' = 'ANIMATEUR_PLATEFORME' and exists (
           select from read.directory platform
           where platform.kind = 'platform'
             and platform.body -> 'members' ? $2 and platform.body -> 'members' ? (post.body ->> 'organisation_id')))
order by post.key";

struct Suspension {
    id: Uuid,
    reader: Uuid,
    post_id: Option<Uuid>,
    organisation_id: Option<Uuid>,
    at: Timestamp,
    reason: String,
    people: i32,
    hours: i32,
}

/// States the suspensions that are not facts yet.
///
/// # Errors
/// When the database or the journal does not answer.
pub async fn tell(runtime: &Runtime) -> Result<(), BoxError> {
    let client = runtime.pool.get().await?;
    let statement = client.prepare_cached(UNSTATED).await?;
    for row in client.query(&statement, &[]).await? {
        let suspension = Suspension {
            id: row.try_get(0)?,
            reader: row.try_get(1)?,
            post_id: row.try_get(2)?,
            organisation_id: row.try_get(3)?,
            at: row.try_get(4)?,
            reason: row.try_get(5)?,
            people: row.try_get(6)?,
            hours: row.try_get(7)?,
        };
        let organisation = suspension.organisation_id.unwrap_or_default().to_string();
        let told = client.query(TOLD, &[&suspension.post_id, &organisation]).await?;
        let told: Vec<Uuid> = told.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        state(runtime, &suspension, told).await?;
        let sql = "update access.suspension set stated = true where id = $1";
        client.execute(sql, &[&suspension.id]).await?;
    }
    Ok(())
}

async fn state(runtime: &Runtime, one: &Suspension, told: Vec<Uuid>) -> Result<(), BoxError> {
    let reason = SuspensionReason::from_proto_name(&one.reason).unwrap_or_default();
    let command = SuspendAccess {
        suspension_id: one.id,
        post_id: one.post_id,
        organisation_id: one.organisation_id,
        reason: Word(reason),
        people: one.people.unsigned_abs(),
        hours: one.hours.unsigned_abs(),
        suspended_at: one.at,
        told_post_ids: told,
    };
    let request = Request::keyed(GUARD, &format!("suspend {}", one.id), runtime.clock.now());
    let done = execute(runtime, Target::Begun { id: one.reader }, command, request).await;
    done.map(drop).map_err(|problem| problem.detail.into())
}

/// Suspended by a fact that somebody stated, and not yet where every reading looks.
const BY_HAND: &str = "
insert into access.suspension (id, reader, professional_id, role, at, reason, people, hours, stated)
select (body ->> 'id')::uuid, key, key, 'ROLE_UNSPECIFIED', (body ->> 'at')::timestamptz, body ->> 'reason', 0, 0, true
from read.suspensions s
where (body ->> 'lasts')::boolean
  and not exists (select from access.suspension known where known.id = (s.body ->> 'id')::uuid)
on conflict do nothing";

/// Suspends those whom somebody suspended by hand.
///
/// # Errors
/// When the database does not answer.
pub async fn suspend(runtime: &Runtime) -> Result<(), BoxError> {
    let client = runtime.machinery.get().await?;
    let statement = client.prepare_cached(BY_HAND).await?;
    client.execute(&statement, &[]).await?;
    Ok(())
}

const LASTING: &str =
    "select id, reader from access.suspension where stated and restored_at is null limit 1000";

/// Ends the suspensions that a fact ended. What was read before is no longer counted.
///
/// # Errors
/// When the database or the journal does not answer.
pub async fn restore(runtime: &Runtime) -> Result<(), BoxError> {
    let client = runtime.pool.get().await?;
    let statement = client.prepare_cached(LASTING).await?;
    for row in client.query(&statement, &[]).await? {
        let (id, reader): (Uuid, Uuid) = (row.try_get(0)?, row.try_get(1)?);
        let facts = runtime.journal.stream(reader, 1).await?;
        let state = facts.iter().filter_map(|fact| fact.trace().ok()).fold(State::default(), Access::apply);
        if state.restored.contains(&id) {
            let sql = "update access.suspension set restored_at = $2 where id = $1";
            client.execute(sql, &[&id, &runtime.clock.now()]).await?;
        }
    }
    Ok(())
}

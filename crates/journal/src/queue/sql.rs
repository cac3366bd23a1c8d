//! The statements of the queue: arrays in, one round trip, one commit.

use tokio_postgres::{Error, types::ToSql};
use uuid::Uuid;

use crate::{
    append::{Append, Appended, Unmoved},
    error::JournalError,
    pipe::Ready,
};

const APPEND_ONE: &str = "select journal.append_one($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const APPEND_MANY: &str =
    "select journal.append_many($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
const APPEND_UNMOVED: &str = "select journal.append_unmoved($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, \
                              $14, $15, $16, $17, $18)";
const EXAMINE: &str = "select * from journal.examine($1, $2)";
const PREPARE: &str = "select journal.prepare($1)";

/// Appends the only fact of a request. Returns the position before it.
pub(super) async fn append_one(ready: &Ready, request: &Append) -> Result<i64, Error> {
    let fact = &request.facts[0];
    let statement = ready.prepared(APPEND_ONE).await?;
    let row = ready
        .client
        .query_one(
            &statement,
            &[
                &request.stream_id,
                &request.expected.cast_signed(),
                &request.command_id,
                &request.fingerprint,
                &fact.kind.code().cast_signed(),
                &fact.event_id,
                &fact.case_id,
                &fact.occurred_on,
                &fact.recorded_at,
                &fact.metadata,
                &fact.payload,
            ],
        )
        .await?;
    row.try_get::<_, i64>(0).map(|position| position - 1)
}

/// Appends the facts of several requests, those on streams that exist first. Returns the position
/// before the first of them. With a case that must not have moved, nothing is appended when it has.
pub(super) async fn append_many(
    ready: &Ready,
    requests: &[&Append],
    unmoved: Option<&Unmoved>,
) -> Result<i64, Error> {
    let known = requests.iter().filter(|request| request.expected > 0).count();
    let mut first = 1;
    let mut firsts = Vec::with_capacity(requests.len());
    for request in requests {
        firsts.push(first);
        first += request.count().cast_signed();
    }
    let facts: Vec<_> = requests
        .iter()
        .zip(1_i32..)
        .flat_map(|(request, number)| {
            request.facts.iter().zip(1..).map(move |(fact, step)| (request, number, step, fact))
        })
        .collect();
    let columns: [&(dyn ToSql + Sync); 16] = [
        &i32::try_from(known).unwrap_or(i32::MAX),
        &column(requests, |r| r.stream_id),
        &column(requests, |r| r.expected.cast_signed()),
        &column(requests, |r| r.command_id),
        &column(requests, |r| r.fingerprint.as_slice()),
        &column(requests, |r| r.count().cast_signed()),
        &firsts,
        &column(&facts, |(_, number, _, _)| *number),
        &column(&facts, |(request, _, step, _)| request.expected.cast_signed() + step),
        &column(&facts, |(_, _, _, fact)| fact.kind.code().cast_signed()),
        &column(&facts, |(_, _, _, fact)| fact.event_id),
        &column(&facts, |(_, _, _, fact)| fact.case_id),
        &column(&facts, |(_, _, _, fact)| fact.occurred_on),
        &column(&facts, |(_, _, _, fact)| fact.recorded_at),
        &column(&facts, |(_, _, _, fact)| fact.metadata.as_slice()),
        &column(&facts, |(_, _, _, fact)| fact.payload.as_slice()),
    ];
    let row = match unmoved {
        None => ready.client.query_one(&ready.prepared(APPEND_MANY).await?, &columns).await?,
        Some(Unmoved { case_id, since }) => {
            let case: [&(dyn ToSql + Sync); 2] = [case_id, since];
            let columns = [&columns[..], &case].concat();
            ready.client.query_one(&ready.prepared(APPEND_UNMOVED).await?, &columns).await?
        }
    };
    row.try_get(0)
}

/// One column of a table of requests or facts.
fn column<'a, T, U>(rows: &'a [T], read: impl Fn(&'a T) -> U) -> Vec<U> {
    rows.iter().map(read).collect()
}

/// What stands against one request.
pub(super) struct Standing {
    version: u32,
    archived: bool,
    done: Option<(Vec<u8>, Appended)>,
}

impl Standing {
    /// The answer, or nothing when the request may be tried again.
    pub(super) fn verdict(self, request: &Append) -> Option<Result<Appended, JournalError>> {
        match self.done {
            Some((fingerprint, first)) if fingerprint == request.fingerprint => return Some(Ok(first)),
            Some(_) => return Some(Err(JournalError::CommandReused)),
            None => {}
        }
        if self.archived {
            return Some(Err(JournalError::Archived));
        }
        (self.version != request.expected).then_some(Err(JournalError::Conflict { actual: self.version }))
    }
}

pub(super) async fn examine(ready: &Ready, requests: &[&Append]) -> Result<Vec<Standing>, Error> {
    let streams: Vec<Uuid> = requests.iter().map(|r| r.stream_id).collect();
    let commands: Vec<Uuid> = requests.iter().map(|r| r.command_id).collect();
    let statement = ready.prepared(EXAMINE).await?;
    let rows = ready.client.query(&statement, &[&streams, &commands]).await?;
    rows.iter()
        .map(|row| {
            let fingerprint: Option<Vec<u8>> = row.try_get(2)?;
            let done = match fingerprint {
                None => None,
                Some(fingerprint) => Some((
                    fingerprint,
                    Appended {
                        stream_id: row.try_get(3)?,
                        version: row.try_get::<_, i32>(4)?.cast_unsigned(),
                        first_position: row.try_get(5)?,
                        count: row.try_get::<_, i32>(6)?.cast_unsigned(),
                        repeated: true,
                    },
                )),
            };
            Ok(Standing {
                version: row.try_get::<_, i32>(0)?.cast_unsigned(),
                archived: row.try_get(1)?,
                done,
            })
        })
        .collect()
}

/// Makes room for that many facts and more. Returns the position from which to ask again.
pub(super) async fn prepare(ready: &Ready, facts: u32) -> Result<i64, Error> {
    ready.client.query_one(PREPARE, &[&i64::from(facts)]).await?.try_get(0)
}

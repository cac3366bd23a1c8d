//! The statements of the queue: arrays in, one round trip, one commit.

use tokio_postgres::{Error, types::Type};
use uuid::Uuid;

use crate::{
    append::{Append, Appended},
    error::JournalError,
    pipe::Ready,
};

const APPEND_ONE: &str = "select journal.append_one($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const APPEND_MANY: &str =
    "select journal.append_many($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
const EXAMINE: &str = "select * from journal.examine($1, $2)";
const PREPARE: &str = "select journal.prepare((select position from journal.head))";

/// Returns the position given.
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
    row.try_get(0)
}

/// Returns the position before the first given.
pub(super) async fn append_many(ready: &Ready, requests: &[&Append]) -> Result<i64, Error> {
    let known = requests.iter().filter(|request| request.expected > 0).count();
    let mut first = 1;
    let firsts: Vec<i32> = requests
        .iter()
        .map(|request| {
            let this = first;
            first += request.facts.len().try_into().unwrap_or(i32::MAX);
            this
        })
        .collect();
    let facts: Vec<_> = requests
        .iter()
        .flat_map(|r| r.facts.iter().zip(1..).map(move |(fact, step)| (*r, step, fact)))
        .collect();
    let of = |read: fn(&Append) -> Uuid| requests.iter().map(|r| read(r)).collect::<Vec<_>>();
    let statement = ready.prepared(APPEND_MANY).await?;
    let row = ready
        .client
        .query_one(
            &statement,
            &[
                &i32::try_from(known).unwrap_or(i32::MAX),
                &of(|r| r.stream_id),
                &requests.iter().map(|r| r.expected.cast_signed()).collect::<Vec<_>>(),
                &of(|r| r.command_id),
                &requests.iter().map(|r| r.fingerprint.as_slice()).collect::<Vec<_>>(),
                &requests.iter().map(|r| r.facts.len().try_into().unwrap_or(i32::MAX)).collect::<Vec<i32>>(),
                &firsts,
                &facts.iter().map(|(r, _, _)| r.stream_id).collect::<Vec<_>>(),
                &facts.iter().map(|(r, step, _)| r.expected.cast_signed() + step).collect::<Vec<i32>>(),
                &facts.iter().map(|(_, _, f)| f.kind.code().cast_signed()).collect::<Vec<_>>(),
                &facts.iter().map(|(_, _, f)| f.event_id).collect::<Vec<_>>(),
                &facts.iter().map(|(_, _, f)| f.case_id).collect::<Vec<_>>(),
                &facts.iter().map(|(_, _, f)| f.occurred_on).collect::<Vec<_>>(),
                &facts.iter().map(|(_, _, f)| f.recorded_at).collect::<Vec<_>>(),
                &facts.iter().map(|(r, _, _)| r.command_id).collect::<Vec<_>>(),
                &facts.iter().map(|(_, _, f)| f.metadata.as_slice()).collect::<Vec<_>>(),
                &facts.iter().map(|(_, _, f)| f.payload.as_slice()).collect::<Vec<_>>(),
            ],
        )
        .await?;
    row.try_get(0)
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
    let statement = ready.client.prepare_typed(EXAMINE, &[Type::UUID_ARRAY, Type::UUID_ARRAY]).await?;
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

pub(super) async fn prepare(ready: &Ready) -> Result<(), Error> {
    ready.client.execute(PREPARE, &[]).await.map(drop)
}

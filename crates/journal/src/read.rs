//! Reading: one stream, all facts in order, one command.

use std::{collections::HashMap, sync::Arc};

use contracts::Recorded;
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{Journal, append::Appended, error::JournalError, loads};

/// Facts a page of the global order holds.
pub const PAGE: i64 = 1000;
/// Facts that a scan asks for at once.
const PIECE: usize = 20_000;

const COLUMNS: &str = "position, stream_id, version, kind, event_id, case_id, occurred_on, recorded_at, command_id, \
                       metadata, payload";
const AFTER: &str = "select position, stream_id, version, kind, event_id, case_id, occurred_on, recorded_at, \
                     command_id, metadata, payload from journal.facts where position > $1 order by position limit $2";
const AT: &str = "select position, stream_id, version, kind, event_id, case_id, occurred_on, recorded_at, command_id, \
                  metadata, payload from journal.facts where position = any($1) order by position";
const VERSIONS: &str = "select r.id, max(f.version) from unnest($1::uuid[]) r(id) join journal.streams s on s.id = r.id \
                        cross join lateral (select f.version from journal.facts f where f.stream_id = r.id \
                        and f.position >= s.first_position and f.position <= $2) f group by r.id";
const HEAD: &str = "select position from journal.head";
const COMMAND: &str =
    "select fingerprint, stream_id, version, first_position, count from journal.commands where id = $1";

impl Journal {
    /// The facts of a stream from a version on, that version included.
    ///
    /// # Errors
    /// When the database cannot be read, or a row is not a fact of these contracts.
    pub async fn stream(&self, stream_id: Uuid, from: u32) -> Result<Vec<Recorded>, JournalError> {
        match self.inner.queue.lend() {
            Some(lent) => loads::one(lent.pipe(), stream_id, from).await,
            None => self.loader().load(stream_id, from).await,
        }
    }

    /// At most `limit` facts after a position, in order. Seeing position *n* means that every fact up
    /// to *n* was seen or can be.
    ///
    /// # Errors
    /// As [`Journal::stream`].
    pub async fn after(&self, position: i64, limit: i64) -> Result<Vec<Recorded>, JournalError> {
        let rows = self.reader().rows(AFTER, &[&position, &limit]).await?;
        rows.iter().map(recorded).collect()
    }

    /// The facts at these positions, in order; those that do not exist are left out.
    ///
    /// # Errors
    /// As [`Journal::stream`].
    pub async fn at(&self, positions: &[i64]) -> Result<Vec<Recorded>, JournalError> {
        let rows = self.reader().rows(AT, &[&positions]).await?;
        rows.iter().map(recorded).collect()
    }

    /// The version each of these streams had at that position; those that did not exist are left out.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn versions(&self, streams: &[Uuid], at: i64) -> Result<HashMap<Uuid, u32>, JournalError> {
        let rows = self.reader().rows(VERSIONS, &[&streams, &at]).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get::<_, i32>(1)?.cast_unsigned()))).collect()
    }

    /// All facts about a person, in order, from the journal itself. Reads the whole journal on the
    /// server: for an auditor's replay, not for a page.
    ///
    /// # Errors
    /// As [`Journal::stream`].
    pub async fn of_case(&self, case_id: Uuid) -> Result<Vec<Recorded>, JournalError> {
        let client = self.settings().connect().await?;
        let sql = format!("select {COLUMNS} from journal.facts where case_id = $1 order by position");
        let rows = client.query(&sql, &[&case_id]).await?;
        rows.iter().map(recorded).collect()
    }

    /// All facts after a position up to another one, in order, streamed over a connection of its own:
    /// for rebuilds, checks and replays of the whole journal. They are read in pieces, the next one on its
    /// way while the former is read: however long that takes, no snapshot is held for more than a piece.
    ///
    /// # Errors
    /// As [`Journal::stream`], for each fact.
    pub async fn scan(
        &self,
        after: i64,
        until: i64,
    ) -> Result<impl Stream<Item = Result<Recorded, JournalError>> + Send + Unpin + use<>, JournalError> {
        let client = Arc::new(self.settings().connect().await?);
        let (after, until) = (after.max(0), until.min(client.query_one(HEAD, &[]).await?.try_get(0)?));
        let sql = format!(
            "select {COLUMNS} from journal.facts where position > $1 and position <= $2 order by position"
        );
        let statement = client.prepare(&sql).await?;
        let pieces = stream::iter((after..until).step_by(PIECE)).map(move |from| {
            let (client, statement) = (client.clone(), statement.clone());
            async move {
                let rows = client.query_raw(&statement, [from, until.min(from + PIECE as i64)]).await?;
                // The connection lives as long as its rows are read.
                Ok::<_, JournalError>(rows.map_err(JournalError::from).map(move |row| {
                    let _alive = &client;
                    row.and_then(|row| recorded(&row))
                }))
            }
        });
        Ok(Box::pin(pieces.buffered(2).try_flatten()))
    }

    /// The last position: as many facts as the journal holds.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn head(&self) -> Result<i64, JournalError> {
        let rows = self.reader().rows(HEAD, &[]).await?;
        let head = rows.first().ok_or_else(|| JournalError::Database("the journal has no head".into()))?;
        Ok(head.try_get(0)?)
    }

    /// What a command did, with the fingerprint of its body; nothing when it never was applied.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn command(&self, command_id: Uuid) -> Result<Option<(Vec<u8>, Appended)>, JournalError> {
        let rows = self.reader().rows(COMMAND, &[&command_id]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let done = Appended {
            stream_id: row.try_get(1)?,
            version: row.try_get::<_, i32>(2)?.cast_unsigned(),
            first_position: row.try_get(3)?,
            count: row.try_get::<_, i32>(4)?.cast_unsigned(),
            repeated: true,
        };
        Ok(Some((row.try_get(0)?, done)))
    }

    /// Closes a stream for good: everything stays readable, nothing can be added. False when there is no
    /// such stream.
    ///
    /// # Errors
    /// [`JournalError::Forbidden`] when this role may not append to it, or when the database cannot be reached.
    pub async fn archive(&self, stream_id: Uuid) -> Result<bool, JournalError> {
        let ready = self.reader().ready().await?;
        Ok(ready.client.query_one("select journal.archive($1)", &[&stream_id]).await?.try_get(0)?)
    }
}

pub(crate) fn recorded(row: &Row) -> Result<Recorded, JournalError> {
    let position: i64 = row.try_get(0)?;
    let code: i16 = row.try_get(3)?;
    let kind = contracts::by_code(code.cast_unsigned())
        .ok_or_else(|| JournalError::Corrupt { position, why: format!("unknown kind {code}") })?;
    Ok(Recorded {
        position,
        stream_id: row.try_get(1)?,
        version: row.try_get::<_, i32>(2)?.cast_unsigned(),
        kind,
        event_id: row.try_get(4)?,
        case_id: row.try_get(5)?,
        occurred_on: row.try_get(6)?,
        recorded_at: row.try_get(7)?,
        command_id: row.try_get(8)?,
        metadata: row.try_get(9)?,
        payload: row.try_get(10)?,
    })
}

//! Loads of streams. They are grouped as appends are: what waits is asked for in one query, so that
//! the more there is to load, the less each load costs.

use std::sync::Arc;

use contracts::Recorded;
use grouping::{Groups, Limits};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{error::JournalError, pipe::Pipe, read::recorded};

/// Streams loaded by one query, loads that may wait.
const LIMITS: Limits = Limits { group: 64, waiting: 1024 };

/// Partitions hold positions in order and a stream's versions grow with its positions: with the
/// partitions before its first fact left out, rows come in the order of versions.
const ONE: &str = "select position, stream_id, version, kind, event_id, case_id, occurred_on, recorded_at, command_id, \
                   metadata, payload from journal.facts where stream_id = $1 and version >= $2 \
                   and position >= (select first_position from journal.streams where id = $1)";
const SEVERAL: &str = "select f.position, f.stream_id, f.version, f.kind, f.event_id, f.case_id, f.occurred_on, \
                       f.recorded_at, f.command_id, f.metadata, f.payload, r.number \
                       from unnest($1::uuid[], $2::int[]) with ordinality r(id, version, number) \
                       join journal.streams s on s.id = r.id \
                       cross join lateral (select * from journal.facts f where f.stream_id = r.id \
                       and f.version >= r.version and f.position >= s.first_position) f";

/// What loads the streams that callers ask for, over one connection.
#[derive(Debug)]
pub(crate) struct Loader(Groups<Load, Loaded>);

#[derive(Clone, Copy, Debug)]
struct Load {
    stream_id: Uuid,
    from: i32,
}

type Loaded = Result<Vec<Recorded>, JournalError>;

impl Loader {
    pub(crate) fn start(pipe: Pipe) -> Self {
        let pipe = Arc::new(pipe);
        Self(Groups::start(LIMITS, move |group| answer(pipe.clone(), group)))
    }

    /// The facts of a stream from a version on.
    pub(crate) async fn load(&self, stream_id: Uuid, from: u32) -> Loaded {
        let load = Load { stream_id, from: version(from) };
        let loaded = self.0.ask(load).await;
        loaded.unwrap_or_else(|| Err(JournalError::Unavailable("the loader has stopped".into())))
    }
}

/// No stream has more versions than the last one.
fn version(from: u32) -> i32 {
    i32::try_from(from).unwrap_or(i32::MAX)
}

/// The facts of a stream from a version on, over that connection and at once.
pub(crate) async fn one(pipe: &Pipe, stream_id: Uuid, from: u32) -> Loaded {
    load_one(pipe, stream_id, version(from)).await
}

async fn load_one(pipe: &Pipe, stream_id: Uuid, from: i32) -> Loaded {
    let rows = pipe.rows(ONE, &[&stream_id, &from]).await?;
    in_order(rows.iter().map(recorded).collect())
}

async fn answer(pipe: Arc<Pipe>, group: Vec<Load>) -> Vec<Loaded> {
    match load(&pipe, &group).await {
        Ok(loaded) => loaded,
        Err(error) => group.iter().map(|_| Err(error.clone())).collect(),
    }
}

async fn load(pipe: &Pipe, group: &[Load]) -> Result<Vec<Loaded>, JournalError> {
    match group {
        [] => return Ok(Vec::new()),
        [alone] => return Ok(vec![Ok(load_one(pipe, alone.stream_id, alone.from).await?)]),
        _ => {}
    }
    let ids: Vec<Uuid> = group.iter().map(|load| load.stream_id).collect();
    let versions: Vec<i32> = group.iter().map(|load| load.from).collect();
    let rows = pipe.rows(SEVERAL, &[&ids, &versions]).await?;
    let mut loaded: Vec<Loaded> = group.iter().map(|_| Ok(Vec::new())).collect();
    for row in &rows {
        place(row, &mut loaded)?;
    }
    Ok(loaded.into_iter().map(in_order).collect())
}

/// Adds a row to the facts of the request it answers.
fn place(row: &Row, loaded: &mut [Loaded]) -> Result<(), JournalError> {
    let number: i64 = row.try_get(11)?;
    let Some(slot) = usize::try_from(number - 1).ok().and_then(|index| loaded.get_mut(index)) else {
        return Err(JournalError::OutOfRange(number));
    };
    match (&mut *slot, recorded(row)) {
        (Ok(facts), Ok(fact)) => facts.push(fact),
        (_, Err(error)) => *slot = Err(error),
        (Err(_), Ok(_)) => {}
    }
    Ok(())
}

fn in_order(loaded: Loaded) -> Loaded {
    let mut facts = loaded?;
    if !facts.is_sorted_by_key(|fact| fact.version) {
        facts.sort_by_key(|fact| fact.version);
    }
    Ok(facts)
}

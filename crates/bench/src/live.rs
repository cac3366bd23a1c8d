//! Reading beside writers: what a reader has passed never comes later.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use journal::{Journal, QueueSettings};
use serde::Serialize;
use uuid::Uuid;

use crate::{Error, quiet, setup};

/// Queues of appends, as that many processes would have.
const PROCESSES: usize = 4;

const NEXT: &str = "select position from journal.facts where position > $1 order by position limit 1000";

/// What a reader saw of what was written meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Live {
    /// How many wrote.
    pub writers: u32,
    /// How many facts they wrote.
    pub written: u64,
    /// How many of them the reader never saw: zero.
    pub missed: u64,
    /// How many it saw twice: zero.
    pub doubled: u64,
    /// Written a second.
    pub per_second: f64,
}

/// Has writers append through several queues while one reader asks, again and again, for what comes
/// after the last position it saw, and trusts the answer.
///
/// # Errors
/// When the database or the journal refuses.
pub async fn live_reader(database_url: &str, writers: u32, seconds: f64) -> Result<Live, Error> {
    let journal = setup::journal(database_url).await?;
    let queues: Vec<_> =
        (0..PROCESSES).map(|_| Journal::open(journal.settings().clone(), QueueSettings::default())).collect();
    quiet::warn_if_busy().await;
    let begin = journal.head().await?;
    let written_all = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn(follow(database_url.to_owned(), begin, written_all.clone()));

    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let tasks: Vec<_> = (0..writers as usize)
        .map(|writer| tokio::spawn(write(queues[writer % PROCESSES].clone(), end)))
        .collect();
    let mut written = 0;
    for task in tasks {
        written += task.await??;
    }
    written_all.store(true, Ordering::Release);
    let mut seen = reader.await??;
    let all = seen.len();
    seen.sort_unstable();
    seen.dedup();
    Ok(Live {
        writers,
        written,
        missed: written.saturating_sub(seen.len() as u64),
        doubled: (all - seen.len()) as u64,
        per_second: (written as f64 / seconds).round(),
    })
}

async fn write(journal: Journal, end: Instant) -> Result<u64, Error> {
    let (mut written, mut stream_id) = (0, Uuid::nil());
    while Instant::now() < end {
        let version = written % 5;
        if version == 0 {
            stream_id = setup::id();
        }
        journal.append(setup::request(stream_id, version, 1)).await?;
        written += 1;
    }
    Ok(u64::from(written))
}

/// Every position it saw, until all was written and nothing more comes.
async fn follow(
    database_url: String,
    mut last: i64,
    written_all: Arc<AtomicBool>,
) -> Result<Vec<i64>, Error> {
    let client = setup::connect(&database_url).await?;
    let statement = client.prepare(NEXT).await?;
    let mut seen = Vec::new();
    loop {
        let ending = written_all.load(Ordering::Acquire);
        let rows = client.query(&statement, &[&last]).await?;
        for row in &rows {
            seen.push(row.try_get(0)?);
        }
        last = seen.last().copied().unwrap_or(last);
        if rows.is_empty() && ending {
            return Ok(seen);
        }
    }
}

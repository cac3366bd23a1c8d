//! How fast the relay is, beside a bare publication of the same messages.

use std::{collections::VecDeque, time::Duration};

use async_nats::jetstream::{
    context::{PublishAckFuture, PublishError},
    stream::Config,
};
use contracts::Recorded;
use journal::{Append, Journal, JournalError, NewFact, PAGE};
use telemetry::Metrics;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use vocabulary::{Clock as _, Ids as _, SystemClock, SystemIds};

use crate::{Bus, BusError, Envelope, Relay, StreamSettings, relay::Standing, subjects};

/// Facts one command states while the journal is filled.
const TOGETHER: u32 = 50;
/// Commands at once.
const WRITERS: usize = 32;
const ROUNDS: usize = 3;
const OUTSTANDING: usize = 512;
const PAYLOAD: usize = 300;
/// The stream of the bare publication.
const BARE: &str = "BENCH";

/// The speed of the relay and of its limit: medians of a few rounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RelayRow {
    /// Facts in each round.
    pub facts: u64,
    /// Facts a second from the journal to the stream.
    pub relay_per_second: f64,
    /// Messages a second, same bytes and same headers, published from memory.
    pub bare_per_second: f64,
}

impl RelayRow {
    /// The relay beside its limit.
    pub fn ratio(&self) -> f64 {
        self.relay_per_second / self.bare_per_second
    }
}

/// Why nothing could be measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MeasureError {
    /// The stream is deleted at each round: there must be nothing to lose.
    #[error("le journal et le flux JOURNAL doivent être vides pour être mesurés")]
    NotEmpty,
    /// The journal failed.
    #[error("le journal : {0}")]
    Journal(#[from] JournalError),
    /// The bus failed.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// A publication failed.
    #[error("publication : {0}")]
    Publish(String),
}

/// Fills an empty journal with that many facts, then relays them and publishes the same messages
/// barely, with as many outstanding, several times over. The stream of facts is deleted at each
/// round: only for servers of one's own.
///
/// # Errors
/// When the journal or the stream is not empty, or either fails.
pub async fn measure(journal: &Journal, bus: &Bus, facts: u32) -> Result<RelayRow, MeasureError> {
    bus.migrate_journal().await?;
    match Standing::of(journal, bus).await {
        Ok(Standing::Prefix { last: 0, journal: 0 }) => {}
        _ => return Err(MeasureError::NotEmpty),
    }
    fill(journal, facts).await?;
    let head = journal.head().await?;
    let (mut relay, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(publish_barely(journal, bus, head).await?);
        bus.delete_journal().await?;
        bus.migrate_journal().await?;
        relay.push(relay_all(journal, bus, head).await);
    }
    let facts = head.cast_unsigned();
    let per_second = |times| facts as f64 / median(times).as_secs_f64();
    Ok(RelayRow { facts, relay_per_second: per_second(relay), bare_per_second: per_second(bare) })
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

async fn fill(journal: &Journal, facts: u32) -> Result<(), JournalError> {
    let mut waiting = VecDeque::with_capacity(WRITERS);
    for _ in 0..facts.div_ceil(TOGETHER) {
        if waiting.len() == WRITERS {
            next(&mut waiting).await?;
        }
        let journal = journal.clone();
        waiting.push_back(tokio::spawn(async move { journal.append(command()).await }));
    }
    while !waiting.is_empty() {
        next(&mut waiting).await?;
    }
    Ok(())
}

type Appending = tokio::task::JoinHandle<Result<journal::Appended, JournalError>>;

async fn next(waiting: &mut VecDeque<Appending>) -> Result<(), JournalError> {
    let Some(appending) = waiting.pop_front() else { return Ok(()) };
    let stopped = |_| JournalError::Unavailable("an append was interrupted".into());
    appending.await.map_err(stopped)?.map(drop)
}

fn command() -> Append {
    let now = SystemClock.now();
    // A stream holds the facts of one aggregate.
    let kinds = contracts::all_aggregates().iter().take(1).flat_map(|aggregate| aggregate.facts);
    let stream_id = SystemIds.next(now);
    let fact = |kind| NewFact {
        event_id: SystemIds.next(now),
        kind,
        case_id: Some(stream_id),
        occurred_on: SystemClock.today(),
        recorded_at: now,
        metadata: vec![7; 120],
        payload: vec![7; PAYLOAD],
    };
    let facts = kinds.cycle().take(TOGETHER as usize).map(fact).collect();
    Append { stream_id, expected: 0, command_id: SystemIds.next(now), fingerprint: vec![7; 32], facts }
}

async fn relay_all(journal: &Journal, bus: &Bus, head: i64) -> Duration {
    let (metrics, cancel) = (Metrics::new(), CancellationToken::new());
    let begun = Instant::now();
    let relay = tokio::spawn(Relay::new(journal.clone(), bus.clone(), metrics.clone()).run(cancel.clone()));
    while metrics.relay_position.get() < head && !relay.is_finished() {
        sleep(Duration::from_millis(1)).await;
    }
    let taken = begun.elapsed();
    cancel.cancel();
    drop(relay.await);
    taken
}

/// Publishes the same messages into a stream of their own, made beforehand page by page: only the
/// publication is measured.
async fn publish_barely(journal: &Journal, bus: &Bus, head: i64) -> Result<Duration, MeasureError> {
    let failed = |error: PublishError| MeasureError::Publish(error.to_string());
    let jetstream = bus.jetstream();
    let like = subjects::journal_stream(&StreamSettings::default());
    let stream = Config { name: BARE.into(), subjects: vec!["jalon.raw.>".into()], ..like };
    drop(jetstream.delete_stream(BARE).await);
    jetstream.create_stream(stream).await.map_err(BusError::unavailable)?;
    let (mut taken, mut after) = (Duration::ZERO, 0);
    while after < head {
        let page = journal.after(after, 10 * PAGE).await?;
        after += i64::try_from(page.len()).unwrap_or_default();
        let messages: Vec<Envelope> = page.iter().map(bare).collect();
        let begun = Instant::now();
        let mut outstanding: VecDeque<PublishAckFuture> = VecDeque::with_capacity(OUTSTANDING);
        for message in messages {
            if outstanding.len() == OUTSTANDING
                && let Some(oldest) = outstanding.pop_front()
            {
                oldest.await.map_err(failed)?;
            }
            let sent = jetstream.publish_with_headers(message.subject, message.headers, message.payload);
            outstanding.push_back(sent.await.map_err(failed)?);
        }
        for sent in outstanding {
            sent.await.map_err(failed)?;
        }
        taken += begun.elapsed();
    }
    jetstream.delete_stream(BARE).await.map_err(BusError::unavailable)?;
    Ok(taken)
}

fn bare(fact: &Recorded) -> Envelope {
    let mut message = Envelope::of(fact);
    message.subject = message.subject.replacen("jalon.evt", "jalon.raw", 1).into();
    message.headers.insert("Nats-Expected-Stream", BARE);
    message.headers.insert("Nats-Expected-Last-Sequence", (fact.position - 1).to_string());
    message
}

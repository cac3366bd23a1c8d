//! A private journal and a private bus for each test.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use async_nats::jetstream::stream::State;
use contracts::Recorded;
use futures::StreamExt as _;
use jiff::Timestamp;
use journal::{Append, Journal, JournalError, NewFact, QueueSettings, Settings};
use local_servers::{Nats, NatsOptions, Overrides, Postgres, PostgresOptions, Tools};
use messaging::{Bus, Envelope, Relay, RelayError, subjects};
use telemetry::Metrics;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How long anything may take here.
pub const LIMIT: Duration = Duration::from_secs(60);

/// A directory of its own for a test, removed when the test ends.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("jalon-bus-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

pub fn tools() -> Tools {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    Tools::find(&root, &Overrides::from_environment()).expect("servers: run `make setup`")
}

/// A Postgres with a migrated journal, and a NATS.
pub struct Stack {
    pub nats: Nats,
    pub postgres: Postgres,
    pub scratch: Scratch,
}

impl Stack {
    /// Both servers, without any stream. NATS syncs now and then: a test has no power to lose.
    pub async fn bare() -> Self {
        Self::syncing(false).await
    }

    async fn syncing(sync_always: bool) -> Self {
        let (scratch, tools) = (Scratch::new(), tools());
        let quick =
            PostgresOptions { short_lived: true, shared_buffers_mb: 16, ..PostgresOptions::default() };
        let (postgres, nats) = (scratch.0.join("postgres"), scratch.0.join("nats"));
        let options = NatsOptions { sync_always };
        let (postgres, nats) =
            tokio::join!(Postgres::start(&tools, &postgres, &quick), Nats::start(&tools, &nats, &options));
        let stack = Self { nats: nats.expect("NATS"), postgres: postgres.expect("Postgres"), scratch };
        stack.postgres.create_database_if_missing("jalon").await.expect("a database");
        Journal::migrate(&stack.settings()).await.expect("a migrated journal");
        stack
    }

    /// Both servers and the streams.
    pub async fn start() -> Self {
        let stack = Self::bare().await;
        stack.bus().await.migrate().await.expect("streams");
        stack
    }

    /// Both servers and the streams, NATS as it is in production.
    pub async fn durable() -> Self {
        let stack = Self::syncing(true).await;
        stack.bus().await.migrate().await.expect("streams");
        stack
    }

    fn settings(&self) -> Settings {
        Settings::from_url(&self.postgres.url("jalon")).expect("a URL")
    }

    /// The journal, as a process of its own would open it.
    pub fn journal(&self) -> Journal {
        Journal::open(self.settings(), QueueSettings { patience: LIMIT, ..QueueSettings::default() })
    }

    pub async fn bus(&self) -> Bus {
        Bus::connect(&self.nats.url()).await.expect("a connection")
    }

    /// A relay as a process of its own.
    pub async fn relay(&self) -> Running {
        Running::start(self.journal(), self.bus().await)
    }
}

/// A relay that runs.
pub struct Running {
    pub metrics: Metrics,
    pub cancel: CancellationToken,
    pub task: JoinHandle<Result<(), RelayError>>,
}

impl Running {
    pub fn start(journal: Journal, bus: Bus) -> Self {
        let (metrics, cancel) = (Metrics::new(), CancellationToken::new());
        let task = tokio::spawn(Relay::new(journal, bus, metrics.clone()).run(cancel.clone()));
        Self { metrics, cancel, task }
    }

    pub async fn stop(self) {
        self.cancel.cancel();
        self.task.await.expect("a relay that ends").expect("a relay without alarm");
    }
}

/// A command of some facts of an aggregate's kinds, on a stream of its own: one aggregate after the other.
pub fn command(facts: usize) -> Append {
    static TURN: AtomicUsize = AtomicUsize::new(0);
    let aggregates = contracts::all_aggregates();
    let kinds = aggregates[TURN.fetch_add(1, Ordering::Relaxed) % aggregates.len()].facts.iter();
    let stream_id = Uuid::now_v7();
    let recorded_at: Timestamp = "2026-03-14T09:26:53.589793Z".parse().expect("an instant");
    let fact = |(index, kind): (usize, _)| NewFact {
        event_id: Uuid::now_v7(),
        kind,
        case_id: (index % 3 > 0).then(Uuid::now_v7),
        occurred_on: jiff::civil::date(2026, 3, 13),
        recorded_at,
        metadata: Vec::new(),
        payload: vec![7; 40 + index],
    };
    let facts = kinds.cycle().take(facts).enumerate().map(fact).collect();
    Append { stream_id, expected: 0, command_id: Uuid::now_v7(), fingerprint: vec![1], facts }
}

pub async fn append(journal: &Journal, facts: usize) -> i64 {
    journal.append(command(facts)).await.expect("an append").last_position()
}

/// Appends, with so many commands at once, until it is cancelled; returns how many facts there are.
pub fn keep_appending(journal: &Journal, writers: usize) -> (CancellationToken, JoinHandle<i64>) {
    let cancel = CancellationToken::new();
    let writers: Vec<_> =
        (0..writers).map(|_| tokio::spawn(append_until(journal.clone(), cancel.clone()))).collect();
    let journal = journal.clone();
    let task = tokio::spawn(async move {
        futures::future::join_all(writers).await;
        journal.head().await.expect("a head")
    });
    (cancel, task)
}

async fn append_until(journal: Journal, cancel: CancellationToken) {
    while !cancel.is_cancelled() {
        persist(&journal, command(3)).await;
        sleep(Duration::from_millis(2)).await;
    }
}

/// Sends the same command again until the journal says what became of it.
async fn persist(journal: &Journal, request: Append) {
    loop {
        match journal.append(request.clone()).await {
            Ok(_) => return,
            Err(JournalError::Unavailable(_)) => sleep(Duration::from_millis(20)).await,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Looks again and again until there is something to see.
pub async fn until_some<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + LIMIT;
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(Instant::now() < end, "{what} did not come");
        sleep(Duration::from_millis(5)).await;
    }
}

pub async fn until(what: &str, mut look: impl AsyncFnMut() -> bool) {
    until_some(what, async || look().await.then_some(())).await;
}

pub async fn state(bus: &Bus) -> Option<State> {
    let stream = bus.jetstream().get_stream(subjects::JOURNAL).await.ok()?;
    Some(stream.cached_info().state.clone())
}

/// Waits until the stream holds that position.
pub async fn until_relayed(bus: &Bus, position: i64) {
    until("the relay", async || {
        state(bus).await.is_some_and(|state| state.last_sequence >= position.cast_unsigned())
    })
    .await;
}

/// Everything that tells one fact from another.
pub fn signature(fact: &Recorded) -> String {
    let Recorded { position, stream_id, version, event_id, case_id, command_id, .. } = fact;
    let times = format!("{} {}", fact.occurred_on, fact.recorded_at);
    let bytes = format!("{:?} {:?}", fact.metadata, fact.payload);
    format!(
        "{position} {stream_id} {version} {} {event_id} {case_id:?} {command_id} {times} {bytes}",
        fact.kind.kind
    )
}

/// Checks that the stream holds exactly the facts of the journal, each at the sequence of its position.
pub async fn assert_same(journal: &Journal, bus: &Bus) {
    let facts = journal.after(0, i64::MAX).await.expect("facts");
    let found = state(bus).await.expect("a stream");
    assert_eq!((found.first_sequence, found.messages), (1, facts.len() as u64), "no hole, nothing more");
    assert_eq!(found.last_sequence, facts.len() as u64);
    let consumer =
        bus.jetstream().create_consumer_on_stream(subjects::ordered_from(1), subjects::JOURNAL).await;
    let mut messages = consumer.expect("a consumer").messages().await.expect("messages");
    for fact in &facts {
        let message = messages.next().await.expect("a message").expect("no error");
        assert_eq!(message.info().expect("a sequence").stream_sequence, fact.position.cast_unsigned());
        assert_eq!(message.subject.as_str(), subjects::fact(fact.kind, fact.stream_id));
        let headers = message.headers.as_ref().expect("headers");
        let opened = Envelope::open(headers, &message.payload).expect("a fact");
        assert_eq!(signature(&opened), signature(fact));
    }
}

//! A private Postgres for the tests that run together, a database for each, and commands to write in it.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Weak,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use contracts::{FactType, Recorded};
use journal::{Append, CheckReport, Journal, NewFact, QueueSettings, Settings};
use local_servers::{Overrides, Postgres, PostgresOptions, Tools};
use tokio::{sync::Mutex, time::Instant};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

/// How long anything may take here: the machine may be busy, and no test is about haste.
pub const LIMIT: Duration = Duration::from_secs(120);

static SHARED: Mutex<Weak<Server>> = Mutex::const_new(Weak::new());
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A server of one's own, stopped and removed with whoever holds it last.
pub struct Server {
    postgres: Option<Postgres>,
    dir: PathBuf,
}

impl Server {
    /// One that keeps what it has acknowledged.
    pub async fn durable() -> Self {
        Self::start(Vec::new()).await
    }

    async fn start(settings: Vec<(String, String)>) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let tools = Tools::find(&root, &Overrides::default()).unwrap();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("journal-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let options = PostgresOptions {
            sync_new_cluster: false,
            shared_buffers_mb: 32,
            settings,
            ..PostgresOptions::default()
        };
        let postgres = Postgres::start(&tools, &dir, &options).await.unwrap();
        Self { postgres: Some(postgres), dir }
    }

    fn postgres(&self) -> &Postgres {
        self.postgres.as_ref().unwrap()
    }

    /// Makes an empty journal there, and returns its URL.
    pub async fn journal(&self) -> String {
        self.postgres().create_database_if_missing("journal").await.unwrap();
        let url = self.postgres().url("journal");
        Journal::migrate(&Settings::from_url(&url).unwrap()).await.unwrap();
        url
    }

    /// Kills the postmaster as a crash would, then starts it again on the same data.
    pub async fn crash(&mut self) {
        let postgres = self.postgres.as_mut().unwrap();
        postgres.kill().await.unwrap();
        postgres.restart().await.unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let Some(postgres) = self.postgres.take() else { return };
        // Out of the runtime of the test, which is ending.
        let stopped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(postgres.stop())
        });
        drop(stopped.join());
        drop(std::fs::remove_dir_all(&self.dir));
    }
}

/// A database with an empty journal.
pub struct Database {
    server: Arc<Server>,
    pub name: String,
}

impl Database {
    pub async fn new() -> Self {
        let database = Self::bare().await;
        Journal::migrate(&database.settings()).await.unwrap();
        database
    }

    /// One without any table.
    pub async fn bare() -> Self {
        let mut shared = SHARED.lock().await;
        let server = match shared.upgrade() {
            Some(server) => server,
            // Power cuts are not what these tests are about: those that are have a server of their own.
            None => Arc::new(Server::start(vec![("fsync".into(), "off".into())]).await),
        };
        *shared = Arc::downgrade(&server);
        drop(shared);
        let name = format!("journal_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        server.postgres().create_database_if_missing(&name).await.unwrap();
        Self { server, name }
    }

    pub fn url(&self) -> String {
        self.server.postgres().url(&self.name)
    }

    /// Where the server keeps its files.
    pub fn dir(&self) -> &Path {
        &self.server.dir
    }

    pub fn port(&self) -> u16 {
        self.server.postgres().port()
    }

    /// The same through another port.
    pub fn url_at(&self, port: u16) -> String {
        self.url().replace(&format!(":{}/", self.port()), &format!(":{port}/"))
    }

    /// The same for another role.
    pub fn url_of(&self, role: &str) -> String {
        self.url().replace("jalon@", &format!("{role}@"))
    }

    pub fn settings(&self) -> Settings {
        Settings::from_url(&self.url()).unwrap()
    }

    /// The journal, as a process of its own would open it.
    pub fn journal(&self) -> Journal {
        open(&self.url())
    }

    /// A connection as the superuser who owns the tables.
    pub async fn client(&self) -> Client {
        connect(&self.url()).await
    }
}

/// The journal of that database, with patience for a busy machine.
pub fn open(url: &str) -> Journal {
    let queue = QueueSettings { patience: LIMIT, ..QueueSettings::default() };
    Journal::open(Settings::from_url(url).unwrap(), queue)
}

pub async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// The kind of fact of that name.
pub fn kind(name: &str) -> &'static FactType {
    let mut kinds = contracts::all_aggregates().iter().flat_map(|aggregate| aggregate.facts);
    kinds.find(|kind| kind.name == name).unwrap()
}

/// A fact whose payload is found again.
pub fn fact(kind: &'static FactType, payload: &[u8]) -> NewFact {
    NewFact {
        event_id: Uuid::now_v7(),
        kind,
        case_id: Some(Uuid::now_v7()),
        occurred_on: jiff::civil::date(2026, 3, 13),
        recorded_at: "2026-03-14T09:26:53.589793Z".parse().unwrap(),
        metadata: b"beside".to_vec(),
        payload: payload.to_vec(),
    }
}

/// A new command of so many facts on that stream.
pub fn command(stream_id: Uuid, expected: u32, facts: u32) -> Append {
    let kind = kind("HoursChanged");
    let facts = (1..=facts).map(|step| fact(kind, &(expected + step).to_be_bytes()));
    Append {
        stream_id,
        expected,
        command_id: Uuid::now_v7(),
        fingerprint: b"body".to_vec(),
        facts: facts.collect(),
    }
}

/// A new command that begins a stream.
pub fn beginning(facts: u32) -> Append {
    command(Uuid::now_v7(), 0, facts)
}

/// The versions of these facts.
pub fn versions(facts: &[Recorded]) -> Vec<u32> {
    facts.iter().map(|fact| fact.version).collect()
}

/// The positions of these facts.
pub fn positions(facts: &[Recorded]) -> Vec<i64> {
    facts.iter().map(|fact| fact.position).collect()
}

/// Checks the whole journal and finds no fault.
pub async fn assert_sound(journal: &Journal) -> CheckReport {
    let report = journal.check(|_, _| {}).await.unwrap();
    assert_eq!(report.faults, []);
    assert_eq!(report.facts, report.head);
    report
}

/// Looks again and again until there is something to see.
pub async fn until_some<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + LIMIT;
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(Instant::now() < end, "{what} did not come");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A number below that one, at random.
pub fn below(limit: u32) -> u32 {
    getrandom::u32().unwrap() % limit
}

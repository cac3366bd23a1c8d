//! A private Postgres for the tests that run together, a database for each, and commands to write in it.

use std::{path::Path, sync::Arc, time::Duration};

use contracts::{FactType, Recorded};
use journal::{Append, CheckReport, Journal, NewFact, QueueSettings, Settings};
use local_servers::Fleeting;
use tokio::time::Instant;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

/// How long anything may take here: the machine may be busy, and no test is about haste.
pub const LIMIT: Duration = Duration::from_secs(120);

/// A server of one's own, which keeps what it acknowledged, and the URL of an empty journal there.
pub async fn durable() -> (Fleeting, String) {
    let server = Fleeting::durable().await.unwrap();
    let url = server.url(&server.new_database().await.unwrap());
    Journal::migrate(&Settings::from_url(&url).unwrap()).await.unwrap();
    (server, url)
}

/// A database with an empty journal.
pub struct Database {
    server: Arc<Fleeting>,
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
        let server = Fleeting::shared().await.unwrap();
        let name = server.new_database().await.unwrap();
        Self { server, name }
    }

    pub fn url(&self) -> String {
        self.server.url(&self.name)
    }

    /// Where the server keeps its files.
    pub fn dir(&self) -> &Path {
        self.server.dir()
    }

    pub fn port(&self) -> u16 {
        self.server.port()
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

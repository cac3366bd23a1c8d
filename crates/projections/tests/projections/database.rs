//! A private Postgres for the tests that run together, and a database for each, with a journal.

use std::{sync::Arc, time::Duration};

use deadpool_postgres::{Manager, Pool};
use journal::{Journal, QueueSettings, Settings};
use local_servers::Fleeting;
use projections::{AnyProjection, JournalSource, Runner};
use telemetry::Metrics;
use tokio::{task::JoinHandle, time::Instant};
use tokio_postgres::{Client, Config, NoTls};
use tokio_util::sync::CancellationToken;

/// A database with a journal and the tables of read models.
pub struct Database {
    server: Arc<Fleeting>,
    name: String,
    pub journal: Journal,
    pub pool: Pool,
}

impl Database {
    pub async fn new() -> Database {
        let server = Fleeting::shared().await.unwrap();
        let name = server.new_database().await.unwrap();
        let settings = Settings::from_url(&server.url(&name)).unwrap();
        Journal::migrate(&settings).await.unwrap();
        let journal = Journal::open(settings, QueueSettings::default());
        let pool = pool(&server.url(&name), "test");
        let database = Database { server, name, journal, pool };
        projections::migrate(&mut database.client().await).await.unwrap();
        database
    }

    fn url(&self) -> String {
        self.server.url(&self.name)
    }

    pub async fn client(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.url(), NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// A pool of its own, as another process would have, under a name that its connections show.
    pub fn pool(&self, application: &str) -> Pool {
        pool(&self.url(), application)
    }

    /// How that role connects.
    pub fn config_of(&self, role: &str) -> Config {
        let mut config: Config = self.url().parse().unwrap();
        config.user(role);
        config
    }

    /// A pool of connections of that role, of so many.
    pub fn pool_of(&self, role: &str, size: usize) -> Pool {
        Pool::builder(Manager::new(self.config_of(role), NoTls)).max_size(size).build().unwrap()
    }

    /// A runner at work on a pool of its own, that nobody hears.
    pub fn run(&self, projection: &Arc<dyn AnyProjection>) -> Running {
        self.run_with(projection, |runner| runner)
    }

    pub fn run_with(
        &self,
        projection: &Arc<dyn AnyProjection>,
        change: impl FnOnce(Runner<JournalSource>) -> Runner<JournalSource>,
    ) -> Running {
        let source = JournalSource::new(self.journal.clone());
        let (pool, journal) = (self.pool("runner"), self.journal.clone());
        let metrics = Metrics::new();
        let runner = Runner::new(pool, journal, source, vec![projection.clone()], metrics.clone(), |_, _| {});
        let cancel = CancellationToken::new();
        let task = tokio::spawn(change(runner).run(cancel.clone()));
        Running { task, cancel, metrics }
    }

    /// Waits until the read model that readers see has reached the end of the journal.
    pub async fn caught_up(&self, name: &str) -> i64 {
        let head = self.journal.head().await.unwrap();
        let client = self.client().await;
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let at = position(&client, name).await;
            if at >= head {
                return at;
            }
            assert!(Instant::now() < end, "{name} stands at {at} of {head}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Where the read model that readers see stands.
pub async fn position(client: &Client, name: &str) -> i64 {
    let sql = "select position from projections.checkpoint where name = $1 and status = 'active'";
    client.query_one(sql, &[&name]).await.unwrap().get(0)
}

/// A runner at work.
pub struct Running {
    task: JoinHandle<()>,
    cancel: CancellationToken,
    pub metrics: Metrics,
}

impl Running {
    /// Kills it where it is.
    pub async fn abort(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
    }

    pub async fn stop(self) {
        self.cancel.cancel();
        self.task.await.unwrap();
    }
}

fn pool(url: &str, application: &str) -> Pool {
    let mut config: Config = url.parse().unwrap();
    config.application_name(application);
    Pool::builder(Manager::new(config, NoTls)).max_size(8).build().unwrap()
}

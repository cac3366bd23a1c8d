//! A private Postgres for the tests that run together, and a database for each, with a journal.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Weak,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use deadpool_postgres::{Manager, Pool};
use journal::{Journal, QueueSettings, Settings};
use local_servers::{Overrides, Postgres, PostgresOptions, Tools};
use projections::{AnyProjection, JournalSource, Runner};
use telemetry::Metrics;
use tokio::{sync::Mutex, task::JoinHandle, time::Instant};
use tokio_postgres::{Client, Config, NoTls};
use tokio_util::sync::CancellationToken;

static SHARED: Mutex<Weak<Server>> = Mutex::const_new(Weak::new());
static NEXT: AtomicU32 = AtomicU32::new(0);

/// The server, stopped and removed with the last test that uses it.
struct Server {
    postgres: Option<Postgres>,
    dir: PathBuf,
}

impl Server {
    async fn start() -> Server {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let tools = Tools::find(&root, &Overrides::default()).unwrap();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("projections-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let options = PostgresOptions {
            sync_new_cluster: false,
            shared_buffers_mb: 32,
            // Power cuts are not what these tests are about.
            settings: vec![("fsync".into(), "off".into())],
            ..PostgresOptions::default()
        };
        let postgres = Postgres::start(&tools, &dir, &options).await.unwrap();
        Server { postgres: Some(postgres), dir }
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

/// A database with a journal and the tables of read models.
pub struct Database {
    server: Arc<Server>,
    name: String,
    pub journal: Journal,
    pub pool: Pool,
}

impl Database {
    pub async fn new() -> Database {
        let mut shared = SHARED.lock().await;
        let server = match shared.upgrade() {
            Some(server) => server,
            None => Arc::new(Server::start().await),
        };
        *shared = Arc::downgrade(&server);
        drop(shared);
        let name = format!("views_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let postgres = server.postgres.as_ref().unwrap();
        postgres.create_database_if_missing(&name).await.unwrap();
        let settings = Settings::from_url(&postgres.url(&name)).unwrap();
        Journal::migrate(&settings).await.unwrap();
        let journal = Journal::open(settings, QueueSettings::default());
        let pool = pool(&postgres.url(&name), "test");
        let database = Database { server, name, journal, pool };
        projections::migrate(&mut database.client().await).await.unwrap();
        database
    }

    fn url(&self) -> String {
        self.server.postgres.as_ref().unwrap().url(&self.name)
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

//! A private Postgres for the tests that run together, and a database of keys for each.

use deadpool_postgres::{Manager, Pool};
use local_servers::{Overrides, Postgres, PostgresOptions, Tools};
use sealing::keys;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};
use tokio::sync::Mutex;
use tokio_postgres::{Client, NoTls};

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
        let dir = std::env::temp_dir().join(format!("sealing-ring-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let options =
            PostgresOptions { sync_new_cluster: false, shared_buffers_mb: 16, ..PostgresOptions::default() };
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

/// A migrated database of keys of its own.
pub struct Database {
    server: Arc<Server>,
    name: String,
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
        let name = format!("keys_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        server.postgres.as_ref().unwrap().create_database_if_missing(&name).await.unwrap();
        let database = Database { server, name };
        keys::migrate(&mut database.client().await).await.unwrap();
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

    /// A pool of its own, as another process would have.
    pub fn pool(&self) -> Pool {
        pool(&self.url())
    }
}

/// A pool to a server that does not answer.
pub fn nowhere() -> Pool {
    pool("postgres://jalon@127.0.0.1:1/nowhere")
}

fn pool(url: &str) -> Pool {
    Pool::builder(Manager::new(url.parse().unwrap(), NoTls)).max_size(4).build().unwrap()
}

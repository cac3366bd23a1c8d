//! A Postgres for tests: in a temporary folder, stopped and removed with whoever holds it last.

use std::{
    fs,
    ops::{Deref, DerefMut},
    path::{Path, PathBuf},
    sync::{
        Arc, Weak,
        atomic::{AtomicU32, Ordering},
    },
};

use tokio::sync::Mutex;

use crate::{Error, Overrides, Postgres, PostgresOptions, Tools};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A Postgres that leaves nothing behind.
#[derive(Debug)]
pub struct Fleeting {
    postgres: Postgres,
    dir: PathBuf,
}

impl Fleeting {
    /// One of its own, which keeps what it acknowledged when it is killed.
    ///
    /// # Errors
    /// When `make setup` was not run, or it does not start.
    pub async fn durable() -> Result<Self, Error> {
        Self::start(Vec::new()).await
    }

    /// That of all the tests of this process that run together: power cuts are not what they are about.
    ///
    /// # Errors
    /// As [`Fleeting::durable`].
    pub async fn shared() -> Result<Arc<Self>, Error> {
        static SHARED: Mutex<Weak<Fleeting>> = Mutex::const_new(Weak::new());
        let mut shared = SHARED.lock().await;
        if let Some(server) = shared.upgrade() {
            return Ok(server);
        }
        let server = Arc::new(Self::start(vec![("fsync".into(), "off".into())]).await?);
        *shared = Arc::downgrade(&server);
        Ok(server)
    }

    async fn start(settings: Vec<(String, String)>) -> Result<Self, Error> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let tools = Tools::find(&root, &Overrides::from_environment())?;
        let name = format!("jalon-postgres-{}-{}", std::process::id(), next());
        let dir = std::env::temp_dir().join(name);
        fs::create_dir_all(&dir).map_err(Error::io("créer", &dir))?;
        let options = PostgresOptions {
            short_lived: true,
            shared_buffers_mb: 32,
            settings,
            ..PostgresOptions::default()
        };
        let postgres = Postgres::start(&tools, &dir, &options).await?;
        Ok(Self { postgres, dir })
    }

    /// Creates an empty database that nobody else has, and returns its name.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn new_database(&self) -> Result<String, Error> {
        let name = format!("test_{}", next());
        self.create_database_if_missing(&name).await?;
        Ok(name)
    }

    /// Where it keeps its files.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

fn next() -> u32 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Deref for Fleeting {
    type Target = Postgres;

    fn deref(&self) -> &Postgres {
        &self.postgres
    }
}

impl DerefMut for Fleeting {
    fn deref_mut(&mut self) -> &mut Postgres {
        &mut self.postgres
    }
}

impl Drop for Fleeting {
    fn drop(&mut self) {
        let postgres = &mut self.postgres;
        // Out of the runtime of the test, which is ending.
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.map(|runtime| runtime.block_on(postgres.end()))
            });
        });
        drop(fs::remove_dir_all(&self.dir));
    }
}

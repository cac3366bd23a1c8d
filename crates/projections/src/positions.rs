//! Where the read models of this process stand, for whoever wants to read what they just wrote.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use deadpool_postgres::Pool;
use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};
use tokio_postgres::types::Type;

/// How often the database is asked while somebody waits.
const ASK: Duration = Duration::from_millis(20);

/// The positions of the read models, as far as this process knows; a clone shares them.
///
/// They are set by the runners of this process and by what other processes announce. While somebody
/// waits and nothing is announced, the checkpoint itself is read.
#[derive(Clone)]
pub struct Positions {
    pool: Pool,
    known: Arc<Mutex<HashMap<String, Entry>>>,
}

#[derive(Clone)]
struct Entry {
    position: watch::Sender<i64>,
    /// Held by the one who asks the database for all who wait.
    asking: Arc<tokio::sync::Mutex<()>>,
}

/// A read model did not reach a position in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("la vue n’en est qu’à la position {at}")]
pub struct TooLate {
    /// Where it stands.
    pub at: i64,
}

impl std::fmt::Debug for Positions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        f.debug_map().entries(known.iter().map(|(name, entry)| (name, *entry.position.borrow()))).finish()
    }
}

impl Positions {
    /// Positions of the read models of that database, none known yet.
    pub fn new(pool: Pool) -> Self {
        Self { pool, known: Arc::default() }
    }

    fn entry(&self, name: &str) -> Entry {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = known.get(name) {
            return entry.clone();
        }
        let entry = Entry { position: watch::channel(0).0, asking: Arc::default() };
        known.insert(name.to_owned(), entry.clone());
        entry
    }

    /// The position of a read model, and a signal each time it grows.
    pub fn watch(&self, name: &str) -> watch::Receiver<i64> {
        self.entry(name).position.subscribe()
    }

    /// A read model has reached at least that position: its readers can see it.
    pub fn set(&self, name: &str, position: i64) {
        self.entry(name).set(position);
    }

    /// Waits until readers of that model see every fact up to `min_position`.
    ///
    /// # Errors
    /// [`TooLate`] when they do not by the deadline.
    pub async fn wait(&self, name: &str, min_position: i64, deadline: Instant) -> Result<(), TooLate> {
        let entry = self.entry(name);
        let mut position = entry.position.subscribe();
        loop {
            let at = *position.borrow_and_update();
            if at >= min_position {
                return Ok(());
            }
            let now = Instant::now();
            if now >= deadline {
                return Err(TooLate { at });
            }
            if timeout_at(deadline.min(now + ASK), position.changed()).await.is_err()
                && let Ok(_asking) = entry.asking.try_lock()
                && let Ok(Some(stored)) = timeout_at(deadline, self.stored(name)).await
            {
                entry.set(stored);
            }
        }
    }

    /// What the checkpoint says; nothing when it cannot be read now.
    async fn stored(&self, name: &str) -> Option<i64> {
        const STORED: &str =
            "select position from projections.checkpoint where name = $1 and status = 'active'";
        let client = self.pool.get().await.ok()?;
        let rows = client.query_typed(STORED, &[(&name, Type::TEXT)]).await.ok()?;
        rows.first()?.try_get(0).ok()
    }
}

impl Entry {
    fn set(&self, position: i64) {
        self.position.send_if_modified(|known| {
            let grows = position > *known;
            if grows {
                *known = position;
            }
            grows
        });
    }
}

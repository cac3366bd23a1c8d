//! The journal: every fact, once, in one order, for ever.
//!
//! Promises, each with its test in `tests/`:
//!
//! - **J1** one gapless version sequence a stream, decided against the stream's row; what was decided on several
//!   streams of a case is appended only if nothing about it was recorded since ([`Journal::append_unmoved`]);
//! - **J2** one gapless position, visible in order: a reader who has seen *n* never later discovers a
//!   fact below *n*. The head row is locked in a statement of its own before anything else is read,
//!   and the lock is held until the commit;
//! - **J3** a command is applied once: its id and the fingerprint of its body are in the commit of
//!   its facts;
//! - **J4** an append is one round trip, grouped with what waits, without any timer;
//! - **J5** append-only, by privilege and by trigger.
//!
//! [`Journal`] is the handle that everyone clones; [`JournalStore`] is the same behind
//! [`eventually::store::EventStore`], built for one command and carrying what is kept beside its facts.

mod append;
mod check;
mod error;
mod loads;
mod pipe;
mod queue;
mod read;
mod store;
mod tls;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::watch;

use loads::Loader;
use pipe::Pipe;
use queue::Queue;

pub use append::{Append, Appended, NewFact, Unmoved};
pub use check::{CheckReport, Fault};
pub use error::JournalError;
pub use pipe::Settings;
pub use queue::QueueSettings;
pub use read::PAGE;
pub use store::{JournalStore, Stamp};
pub use tls::Tls;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// How many connections share the loading of streams.
const LOADERS: usize = 2;

/// The journal: a cheap handle on one queue of appends and a few shared connections for reading.
#[derive(Clone)]
pub struct Journal {
    inner: Arc<Inner>,
}

struct Inner {
    queue: Queue,
    loaders: [Loader; LOADERS],
    next_loader: AtomicUsize,
    reader: Pipe,
    settings: Settings,
    head: watch::Sender<i64>,
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal").field("head", &*self.inner.head.borrow()).finish_non_exhaustive()
    }
}

impl Journal {
    /// Opens the journal of that database. Connects at the first use, and again whenever the
    /// connection is lost.
    pub fn open(settings: Settings, queue: QueueSettings) -> Self {
        let (head, _) = watch::channel(0);
        let pipe = || Pipe::new(settings.clone().tuned());
        let queue = Queue::start(pipe(), queue, head.clone());
        let loaders = std::array::from_fn(|_| Loader::start(pipe()));
        let reader = pipe();
        Self { inner: Arc::new(Inner { queue, loaders, next_loader: 0.into(), reader, settings, head }) }
    }

    /// Creates or upgrades the tables, and lets the present role append facts of all aggregates.
    ///
    /// # Errors
    /// When the database cannot be reached or refuses.
    pub async fn migrate(settings: &Settings) -> Result<(), JournalError> {
        let mut client = settings.connect().await?;
        let mut runner = embedded::migrations::runner();
        runner.set_migration_table_name("migration_journal");
        runner.run_async(&mut client).await.map_err(|error| JournalError::migration(&error))?;
        let codes: Vec<i16> = contracts::all_aggregates().iter().map(|a| i16::from(a.code)).collect();
        client.execute("select journal.admit(session_user, $1)", &[&codes]).await?;
        client.execute("select journal.prepare()", &[]).await?;
        Ok(())
    }

    /// Appends what a command decided. Returns once it is on disk.
    ///
    /// # Errors
    /// [`JournalError::Conflict`] when the stream has moved, [`JournalError::CommandReused`] when the
    /// command id was used with another body, [`JournalError::Archived`], [`JournalError::OutOfRange`]
    /// when the stream would have more facts than can be counted, and [`JournalError::Unavailable`]
    /// when the database did not answer in time: the outcome is then unknown, and the same command id
    /// may be sent again.
    pub async fn append(&self, request: Append) -> Result<Appended, JournalError> {
        self.inner.queue.append(request, None).await
    }

    /// Appends what a command decided on several streams of a case, if nothing about that case was recorded since they
    /// were read. That is asked under the lock of the order: of two commands that were judged on the same, one is
    /// appended.
    ///
    /// # Errors
    /// [`JournalError::Moved`] when something was; those of [`Journal::append`].
    pub async fn append_unmoved(&self, request: Append, case: Unmoved) -> Result<Appended, JournalError> {
        self.inner.queue.append(request, Some(case)).await
    }

    /// Has each commit of this process told: how many facts it held, and how long it took. One observer
    /// is heard, the first.
    pub fn observe(&self, observer: impl Fn(u32, std::time::Duration) + Send + Sync + 'static) {
        self.inner.queue.observe(observer);
    }

    /// The last position known in this process, and a signal each time it grows. The journal itself is
    /// the truth: facts of other processes are signalled by whoever hears of them.
    pub fn watch(&self) -> watch::Receiver<i64> {
        self.inner.head.subscribe()
    }

    /// Tells everyone who watches that the journal has reached at least that position.
    pub fn signal(&self, position: i64) {
        self.inner.head.send_if_modified(|head| {
            let grows = position > *head;
            if grows {
                *head = position;
            }
            grows
        });
    }

    /// Where the journal is.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    fn loader(&self) -> &Loader {
        let next = self.inner.next_loader.fetch_add(1, Ordering::Relaxed);
        &self.inner.loaders[next % LOADERS]
    }

    fn reader(&self) -> &Pipe {
        &self.inner.reader
    }
}

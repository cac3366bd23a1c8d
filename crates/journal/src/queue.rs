//! The queue of appends of this process: takes what waits, commits it, answers, and begins again.
//! No timer: with little to do a command is a commit of its own, under load batches grow by
//! themselves, and the order's lock is paid once a batch.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot, watch},
    time::Instant,
};

use crate::{
    append::{Append, Appended, Unmoved},
    error::JournalError,
    pipe::Pipe,
};

mod appender;
mod sql;

/// Limits of the queue.
#[derive(Clone, Copy, Debug)]
pub struct QueueSettings {
    /// Requests in one commit.
    pub batch: usize,
    /// Bytes in one commit, about.
    pub batch_bytes: usize,
    /// Requests that may wait; beyond, callers wait their turn to enter.
    pub waiting: usize,
    /// How long a request is tried again while the database does not answer.
    pub patience: Duration,
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self { batch: 128, batch_bytes: 1 << 20, waiting: 1024, patience: Duration::from_secs(10) }
    }
}

#[derive(Debug)]
pub(crate) struct Queue {
    requests: mpsc::Sender<Pending>,
    shared: Arc<Shared>,
}

/// What callers share with the task that appends.
#[derive(Debug)]
struct Shared {
    pipe: Pipe,
    /// How many use the connection: a batch, and whoever it is lent to.
    users: AtomicU32,
    /// Whether the last batch was of several requests: there is more to gain by grouping than by haste.
    busy: AtomicBool,
    /// The last position known, and a signal each time it grows.
    head: watch::Sender<i64>,
    /// Once this position is reached, room must be made for more.
    room: AtomicI64,
    /// Who hears of each commit.
    observer: OnceLock<Observer>,
}

/// Hears how many facts each commit held, and how long it took.
struct Observer(Box<dyn Fn(u32, Duration) + Send + Sync>);

impl std::fmt::Debug for Observer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Observer")
    }
}

/// The connection of a queue that has nothing to do, lent to one caller.
pub(crate) struct Lent<'a>(&'a Shared);

#[derive(Debug)]
struct Pending {
    request: Append,
    /// Where its case must still be; it is then alone in its batch.
    unmoved: Option<Unmoved>,
    answer: oneshot::Sender<Result<Appended, JournalError>>,
    until: Instant,
}

impl Queue {
    pub(crate) fn start(pipe: Pipe, settings: QueueSettings, head: watch::Sender<i64>) -> Self {
        let (requests, receiver) = mpsc::channel(settings.waiting);
        let shared = Shared {
            pipe,
            users: AtomicU32::new(0),
            busy: AtomicBool::new(false),
            head,
            room: AtomicI64::new(0),
            observer: OnceLock::new(),
        };
        let shared = Arc::new(shared);
        tokio::spawn(appender::run(shared.clone(), settings, receiver));
        Self { requests, shared }
    }

    /// The connection of the queue, when it has nothing to do. With little load one backend then does
    /// everything and stays warm, which makes a command that loads and appends markedly faster.
    pub(crate) fn lend(&self) -> Option<Lent<'_>> {
        if self.shared.busy.load(Ordering::Relaxed) {
            return None;
        }
        let free = self.shared.users.compare_exchange(0, 1, Ordering::Relaxed, Ordering::Relaxed);
        free.ok().map(|_| Lent(&self.shared))
    }

    /// Has each commit told from now on; the first who asks is served.
    pub(crate) fn observe(&self, observer: impl Fn(u32, Duration) + Send + Sync + 'static) {
        // Whoever comes second is told nothing: there is one who counts in a process.
        let _ = self.shared.observer.set(Observer(Box::new(observer)));
    }

    pub(crate) async fn append(
        &self,
        request: Append,
        unmoved: Option<Unmoved>,
    ) -> Result<Appended, JournalError> {
        request.check()?;
        if unmoved.is_none()
            && let Some(appended) = self.append_at_once(&request).await
        {
            return Ok(appended);
        }
        let (answer, answered) = oneshot::channel();
        let pending = Pending { request, unmoved, answer, until: Instant::now() };
        let gone = || JournalError::Unavailable("the queue has stopped".into());
        self.requests.send(pending).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }

    /// With nothing else to do, one fact is appended without going through the queue. Whatever comes
    /// in the way, the queue does it again and finds out: the same command is never applied twice.
    async fn append_at_once(&self, request: &Append) -> Option<Appended> {
        let shared = &self.shared;
        if request.facts.len() > 1 || *shared.head.borrow() >= shared.room.load(Ordering::Relaxed) {
            return None;
        }
        let (lent, began) = (self.lend()?, Instant::now());
        let base = sql::append_one(&*lent.pipe().ready().await.ok()?, request).await.ok()?;
        let appended = appended(request, base);
        shared.signal(appended.last_position());
        shared.observed(appended.count, began);
        Some(appended)
    }
}

impl Lent<'_> {
    pub(crate) fn pipe(&self) -> &Pipe {
        &self.0.pipe
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.0.users.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Pending {
    fn answer(self, result: Result<Appended, JournalError>) {
        // Whoever asked may have gone: what was done stays done.
        let _ = self.answer.send(result);
    }
}

impl Shared {
    /// Tells of a commit.
    fn observed(&self, facts: u32, began: Instant) {
        if let Some(Observer(tell)) = self.observer.get() {
            tell(facts, began.elapsed());
        }
    }

    /// Tells those who watch that the journal has reached that position.
    fn signal(&self, position: i64) {
        self.head.send_if_modified(|head| {
            let grows = position > *head;
            *head = position.max(*head);
            grows
        });
    }
}

/// What a request did whose first fact came after `base`.
fn appended(request: &Append, base: i64) -> Appended {
    let count = request.count();
    Appended {
        stream_id: request.stream_id,
        version: request.expected + count,
        first_position: base + 1,
        count,
        repeated: false,
    }
}

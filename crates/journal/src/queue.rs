//! The queue of appends of this process: takes what waits, commits it, answers, and begins again.
//! No timer: with little to do a command is a commit of its own, under load batches grow by
//! themselves, and the order's lock is paid once a batch.

use std::{
    collections::{HashSet, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot, watch},
    time::Instant,
};

use crate::{
    append::{Append, Appended},
    error::{JournalError, is_transient},
    pipe::{Pipe, Ready},
};

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
    pipe: Arc<Pipe>,
    /// How many use the connection of the queue: its appends, and whoever it is lent to.
    users: Arc<AtomicU32>,
}

/// The connection of a queue that has nothing to do, lent to one caller.
pub(crate) struct Lent<'a> {
    queue: &'a Queue,
}

impl Lent<'_> {
    pub(crate) fn pipe(&self) -> &Pipe {
        &self.queue.pipe
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.queue.users.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Pending {
    request: Append,
    answer: oneshot::Sender<Result<Appended, JournalError>>,
    until: Instant,
}

impl Pending {
    fn answer(self, result: Result<Appended, JournalError>) {
        // Whoever asked may have gone: what was done stays done.
        let _ = self.answer.send(result);
    }
}

impl Queue {
    pub(crate) fn start(pipe: Pipe, settings: QueueSettings, head: watch::Sender<i64>) -> Self {
        let (requests, receiver) = mpsc::channel(settings.waiting);
        tokio::spawn(
            Appender { pipe, settings, head, receiver, later: VecDeque::new(), room: 0, busy: false }.run(),
        );
        Self { requests }
    }

    pub(crate) async fn append(&self, request: Append) -> Result<Appended, JournalError> {
        request.check()?;
        let (answer, answered) = oneshot::channel();
        let pending = Pending { request, answer, until: Instant::now() };
        let gone = || JournalError::Unavailable("the queue has stopped".into());
        self.requests.send(pending).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

struct Appender {
    pipe: Arc<Pipe>,
    users: Arc<AtomicU32>,
    settings: QueueSettings,
    head: watch::Sender<i64>,
    receiver: mpsc::Receiver<Pending>,
    /// What waits for a batch to come.
    later: VecDeque<Pending>,
    /// Once this position is reached, room must be made for more.
    room: i64,
    /// Whether the last batch was of several requests.
    busy: bool,
}

/// How one attempt to write a batch ended.
enum Attempt {
    /// The position before the first fact.
    Written(i64),
    /// Something stands against some of the requests.
    Refused,
    /// There was no room left for these facts; now there is.
    NoRoom,
    Transient(JournalError),
    Failed(JournalError),
}

impl Appender {
    async fn run(mut self) {
        while let Some(batch) = self.next_batch().await {
            self.users.fetch_add(1, Ordering::Relaxed);
            self.write(batch).await;
            self.users.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// What waits, within limits. Two requests on one stream, or with one command id, never share a
    /// batch: the second must see what the first did.
    async fn next_batch(&mut self) -> Option<Vec<Pending>> {
        if self.later.is_empty() {
            let first = self.receiver.recv().await?;
            self.later.push_back(first);
        }
        self.take_what_waits();
        if self.busy {
            // Those who were just answered may ask again at once: they are let in before the batch leaves.
            tokio::task::yield_now().await;
            self.take_what_waits();
        }
        let until = Instant::now() + self.settings.patience;
        let mut batch = Vec::with_capacity(self.later.len().min(self.settings.batch));
        let (mut streams, mut commands, mut bytes) = (HashSet::new(), HashSet::new(), 0);
        for mut pending in std::mem::take(&mut self.later) {
            let (request, weight) = (&pending.request, pending.request.weight());
            let fits = batch.len() < self.settings.batch && bytes + weight <= self.settings.batch_bytes;
            let first = streams.insert(request.stream_id) & commands.insert(request.command_id);
            if first && (fits || batch.is_empty()) {
                bytes += weight;
                pending.until = until;
                batch.push(pending);
            } else {
                self.later.push_back(pending);
            }
        }
        self.busy = batch.len() > 1 || !self.later.is_empty();
        Some(batch)
    }

    fn take_what_waits(&mut self) {
        while self.later.len() < self.settings.waiting {
            match self.receiver.try_recv() {
                Ok(pending) => self.later.push_back(pending),
                Err(_) => return,
            }
        }
    }

    async fn write(&mut self, mut batch: Vec<Pending>) {
        // Streams that exist first: the append counts on it.
        batch.sort_by_key(|pending| pending.request.expected == 0);
        let mut pause = Duration::from_millis(20);
        while !batch.is_empty() {
            let error = match self.attempt(&batch).await {
                Attempt::Written(base) => {
                    let last = self.acknowledge(batch, base);
                    return self.make_room(last).await;
                }
                Attempt::Refused => match self.answer_refused(batch).await {
                    (rest, None) => {
                        batch = rest;
                        continue;
                    }
                    (rest, Some(error)) => {
                        batch = rest;
                        error
                    }
                },
                Attempt::NoRoom => continue,
                Attempt::Transient(error) => error,
                Attempt::Failed(error) if batch.len() == 1 => {
                    batch.remove(0).answer(Err(error));
                    return;
                }
                // One of them is at fault: each alone, so that the others are not disturbed.
                Attempt::Failed(_) => {
                    for pending in batch {
                        Box::pin(self.write(vec![pending])).await;
                    }
                    return;
                }
            };
            tracing::warn!(error = %error, waiting = batch.len(), "the journal does not answer; trying again");
            batch = give_up_on_expired(batch, &error);
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }

    async fn attempt(&self, batch: &[Pending]) -> Attempt {
        let ready = match self.pipe.ready().await {
            Ok(ready) => ready,
            Err(JournalError::Database(why)) => return Attempt::Failed(JournalError::Database(why)),
            Err(error) => return Attempt::Transient(error),
        };
        let result = match batch {
            [alone] if alone.request.facts.len() == 1 => sql::append_one(&ready, &alone.request).await,
            many => {
                let requests: Vec<&Append> = many.iter().map(|pending| &pending.request).collect();
                sql::append_many(&ready, &requests).await
            }
        };
        match result {
            Ok(base) => Attempt::Written(base),
            Err(error) => self.judge(&ready, batch, error).await,
        }
    }

    async fn judge(&self, ready: &Ready, batch: &[Pending], error: tokio_postgres::Error) -> Attempt {
        let refusal = error.as_db_error();
        let constraint = refusal.and_then(|refusal| refusal.constraint());
        match refusal.map(|refusal| refusal.code().code()) {
            Some("JL001") => Attempt::Refused,
            // The stream was begun, or the command applied, meanwhile.
            Some("23505") if matches!(constraint, Some("streams_pkey" | "commands_pkey")) => Attempt::Refused,
            Some("JL003") => Attempt::Failed(JournalError::Forbidden),
            // No partition holds these positions yet.
            Some("23514") => {
                match sql::prepare(ready, batch.iter().map(|one| one.request.count()).sum()).await {
                    Ok(_) => Attempt::NoRoom,
                    Err(error) => Attempt::Failed(error.into()),
                }
            }
            _ if is_transient(&error) => Attempt::Transient(error.into()),
            _ => Attempt::Failed(error.into()),
        }
    }

    /// Returns the last position written.
    fn acknowledge(&self, batch: Vec<Pending>, base: i64) -> i64 {
        let mut last = base;
        for pending in batch {
            let request = &pending.request;
            let count = request.count();
            let appended = Appended {
                stream_id: request.stream_id,
                version: request.expected + count,
                first_position: last + 1,
                count,
                repeated: false,
            };
            last += i64::from(count);
            pending.answer(Ok(appended));
        }
        self.head.send_if_modified(|head| {
            let grows = last > *head;
            *head = last.max(*head);
            grows
        });
        last
    }

    /// Has the partition after the next one made, well before the facts that will go there.
    async fn make_room(&mut self, last: i64) {
        if last < self.room {
            return;
        }
        let Ok(ready) = self.pipe.ready().await else { return };
        match sql::prepare(&ready, 1).await {
            Ok(room) => self.room = room,
            // It will be asked again after the next batch, and at the latest when there is no room left.
            Err(error) => tracing::warn!(error = %error, "no partition could be made ahead"),
        }
    }

    /// Answers those against whom something stands, and returns the others, with what kept from
    /// knowing.
    async fn answer_refused(&self, batch: Vec<Pending>) -> (Vec<Pending>, Option<JournalError>) {
        let requests: Vec<&Append> = batch.iter().map(|pending| &pending.request).collect();
        let standings = match self.pipe.ready().await {
            Ok(ready) => sql::examine(&ready, &requests).await.map_err(JournalError::from),
            Err(error) => Err(error),
        };
        let standings = match standings {
            Ok(standings) => standings,
            Err(error) => return (batch, Some(error)),
        };
        let (mut rest, refused) = (Vec::new(), batch.len());
        for (pending, standing) in batch.into_iter().zip(standings) {
            match standing.verdict(&pending.request) {
                Some(result) => pending.answer(result),
                None => rest.push(pending),
            }
        }
        // Nothing stands against any of them any more: they are tried again, not for ever.
        let puzzled = (rest.len() == refused)
            .then(|| JournalError::Unavailable("refused, and nothing says why".into()));
        (rest, puzzled)
    }
}

/// Answers those that waited long enough, and returns the others.
fn give_up_on_expired(batch: Vec<Pending>, error: &JournalError) -> Vec<Pending> {
    let now = Instant::now();
    let (expired, rest): (Vec<_>, Vec<_>) = batch.into_iter().partition(|pending| pending.until <= now);
    for pending in expired {
        pending.answer(Err(error.clone()));
    }
    rest
}

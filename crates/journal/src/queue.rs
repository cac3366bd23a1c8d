//! The queue of appends of this process: takes what waits, commits it, answers, and begins again.
//! No timer: with little to do a command is a commit of its own, under load batches grow by
//! themselves, and the order's lock is paid once a batch.

use std::{
    collections::{HashSet, VecDeque},
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot, watch},
    time::Instant,
};
use tokio_postgres::error::SqlState;

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
        tokio::spawn(Appender { pipe, settings, head, receiver, later: VecDeque::new() }.run());
        Self { requests }
    }

    pub(crate) async fn append(&self, request: Append) -> Result<Appended, JournalError> {
        if request.facts.is_empty() {
            return Err(JournalError::Database("an append holds at least one fact".into()));
        }
        let (answer, answered) = oneshot::channel();
        let pending = Pending { request, answer, until: Instant::now() };
        let gone = || JournalError::Unavailable("the queue has stopped".into());
        self.requests.send(pending).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

struct Appender {
    pipe: Pipe,
    settings: QueueSettings,
    head: watch::Sender<i64>,
    receiver: mpsc::Receiver<Pending>,
    later: VecDeque<Pending>,
}

/// How one attempt to write a batch ended.
enum Attempt {
    Written(i64),
    Refused,
    Transient(JournalError),
    Failed(JournalError),
}

impl Appender {
    async fn run(mut self) {
        while let Some(batch) = self.next_batch().await {
            self.write(batch).await;
        }
    }

    /// What waits, within limits. Two requests on one stream, or with one command id, never share a
    /// batch: the second must see what the first did.
    async fn next_batch(&mut self) -> Option<Vec<Pending>> {
        if self.later.is_empty() {
            let first = self.receiver.recv().await?;
            self.later.push_back(first);
        }
        while self.later.len() < self.settings.batch {
            match self.receiver.try_recv() {
                Ok(pending) => self.later.push_back(pending),
                Err(_) => break,
            }
        }
        let mut batch = Vec::with_capacity(self.later.len());
        let (mut streams, mut commands, mut bytes) = (HashSet::new(), HashSet::new(), 0);
        for mut pending in std::mem::take(&mut self.later) {
            let request = &pending.request;
            let fits = batch.is_empty() || bytes + request.weight() <= self.settings.batch_bytes;
            let alone = !streams.contains(&request.stream_id) && !commands.contains(&request.command_id);
            if fits && alone {
                streams.insert(request.stream_id);
                commands.insert(request.command_id);
                bytes += request.weight();
                pending.until = Instant::now() + self.settings.patience;
                batch.push(pending);
            } else {
                streams.insert(request.stream_id);
                commands.insert(request.command_id);
                self.later.push_back(pending);
            }
        }
        Some(batch)
    }

    async fn write(&mut self, mut batch: Vec<Pending>) {
        // Streams that exist first: the append counts on it.
        batch.sort_by_key(|pending| pending.request.expected == 0);
        let mut pause = Duration::from_millis(20);
        while !batch.is_empty() {
            match self.attempt(&batch).await {
                Attempt::Written(base) => return self.acknowledge(batch, base),
                Attempt::Refused => batch = self.answer_refused(batch).await,
                Attempt::Failed(error) if batch.len() == 1 => {
                    batch.remove(0).answer(Err(error));
                }
                Attempt::Failed(_) => {
                    // One of them is at fault: each alone, so that the others are not disturbed.
                    for pending in batch {
                        Box::pin(self.write(vec![pending])).await;
                    }
                    return;
                }
                Attempt::Transient(error) => {
                    tracing::warn!(error = %error, waiting = batch.len(), "the journal does not answer; trying again");
                    let now = Instant::now();
                    let (expired, rest) = batch.into_iter().partition(|pending| pending.until <= now);
                    batch = rest;
                    for pending in Vec::from_iter::<Vec<Pending>>(expired) {
                        pending.answer(Err(error.clone()));
                    }
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(1));
                }
            }
        }
    }

    async fn attempt(&self, batch: &[Pending]) -> Attempt {
        let ready = match self.pipe.ready().await {
            Ok(ready) => ready,
            Err(JournalError::Database(why)) => return Attempt::Failed(JournalError::Database(why)),
            Err(error) => return Attempt::Transient(error),
        };
        let requests: Vec<&Append> = batch.iter().map(|pending| &pending.request).collect();
        let result = match requests.as_slice() {
            [request] if request.facts.len() == 1 => {
                sql::append_one(&ready, request).await.map(|place| place - 1)
            }
            many => sql::append_many(&ready, many).await,
        };
        match result {
            Ok(base) => Attempt::Written(base),
            Err(error) => Self::judge(&ready, error).await,
        }
    }

    async fn judge(ready: &Ready, error: tokio_postgres::Error) -> Attempt {
        match error.code().map(SqlState::code) {
            Some("JL001" | "23505") => Attempt::Refused,
            Some("JL003") => Attempt::Failed(JournalError::Forbidden),
            // No partition holds the next position yet.
            Some("23514") => match sql::prepare(ready).await {
                Ok(()) => Attempt::Transient(JournalError::Unavailable("a partition was created".into())),
                Err(error) => Attempt::Failed(error.into()),
            },
            _ if is_transient(&error) => Attempt::Transient(error.into()),
            _ => Attempt::Failed(error.into()),
        }
    }

    fn acknowledge(&self, batch: Vec<Pending>, base: i64) {
        let mut next = base + 1;
        for pending in batch {
            let request = &pending.request;
            let count = u32::try_from(request.facts.len()).unwrap_or(u32::MAX);
            let appended = Appended {
                stream_id: request.stream_id,
                version: request.expected + count,
                first_position: next,
                count,
                repeated: false,
            };
            next += i64::from(count);
            pending.answer(Ok(appended));
        }
        self.head.send_if_modified(|head| {
            let grows = next - 1 > *head;
            *head = (next - 1).max(*head);
            grows
        });
    }

    /// Answers those that were refused, and returns the others.
    async fn answer_refused(&self, batch: Vec<Pending>) -> Vec<Pending> {
        let requests: Vec<&Append> = batch.iter().map(|pending| &pending.request).collect();
        let standings = match self.pipe.ready().await {
            Ok(ready) => sql::examine(&ready, &requests).await.map_err(JournalError::from),
            Err(error) => Err(error),
        };
        let Ok(standings) = standings else { return batch };
        let alone = batch.len() == 1;
        let mut rest = Vec::new();
        for (pending, standing) in batch.into_iter().zip(standings) {
            match standing.verdict(&pending.request) {
                Some(result) => pending.answer(result),
                // Refused alone, and nothing stands against it any more: it is tried once more.
                None if alone && pending.until <= Instant::now() => {
                    pending.answer(Err(JournalError::Unavailable("refused without a reason".into())));
                }
                None => rest.push(pending),
            }
        }
        rest
    }
}

//! The task that writes batches.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::{sync::mpsc, time::Instant};

use super::{Pending, QueueSettings, Shared, appended, sql};
use crate::{
    append::Append,
    error::{JournalError, is_transient},
    pipe::Ready,
};

/// Writes what is asked until nobody is left to ask.
pub(super) async fn run(shared: Arc<Shared>, settings: QueueSettings, receiver: mpsc::Receiver<Pending>) {
    let mut appender = Appender { shared, settings, receiver, later: VecDeque::new() };
    while let Some(batch) = appender.next_batch().await {
        appender.shared.users.fetch_add(1, Ordering::Relaxed);
        appender.write(batch).await;
        appender.shared.users.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Appender {
    shared: Arc<Shared>,
    settings: QueueSettings,
    receiver: mpsc::Receiver<Pending>,
    /// What waits for a batch to come.
    later: VecDeque<Pending>,
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
    /// What waits, within limits. Two requests on one stream, or with one command id, never share a
    /// batch: the second must see what the first did. Whoever asks that a case has not moved is alone in its own.
    async fn next_batch(&mut self) -> Option<Vec<Pending>> {
        if self.later.is_empty() {
            let first = self.receiver.recv().await?;
            self.later.push_back(first);
        }
        self.take_what_waits();
        if self.shared.busy.load(Ordering::Relaxed) {
            // Those who were just answered may ask again at once: they are let in before the batch leaves.
            tokio::task::yield_now().await;
            self.take_what_waits();
        }
        let until = Instant::now() + self.settings.patience;
        let mut batch = Vec::with_capacity(self.later.len().min(self.settings.batch));
        let (mut streams, mut commands, mut bytes) = (HashSet::new(), HashSet::new(), 0);
        for mut pending in std::mem::take(&mut self.later) {
            let (request, weight) = (&pending.request, pending.request.weight());
            let alone = batch.first().is_some_and(|one: &Pending| one.unmoved.is_some());
            let alone = alone || pending.unmoved.is_some();
            let fits =
                !alone && batch.len() < self.settings.batch && bytes + weight <= self.settings.batch_bytes;
            let first = streams.insert(request.stream_id) & commands.insert(request.command_id);
            if first && (fits || batch.is_empty()) {
                bytes += weight;
                pending.until = until;
                batch.push(pending);
            } else {
                self.later.push_back(pending);
            }
        }
        self.shared.busy.store(batch.len() > 1 || !self.later.is_empty(), Ordering::Relaxed);
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
            let began = Instant::now();
            let error = match self.attempt(&batch).await {
                Attempt::Written(base) => {
                    let last = self.acknowledge(batch, base);
                    self.shared.observed(u32::try_from(last - base).unwrap_or(u32::MAX), began);
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
        let ready = match self.shared.pipe.ready().await {
            Ok(ready) => ready,
            Err(JournalError::Database(why)) => return Attempt::Failed(JournalError::Database(why)),
            Err(error) => return Attempt::Transient(error),
        };
        let result = match batch {
            [Pending { request, unmoved: Some(unmoved), .. }] => {
                sql::append_many(&ready, &[request], Some(unmoved)).await
            }
            [alone] if alone.request.facts.len() == 1 => sql::append_one(&ready, &alone.request).await,
            many => {
                let requests: Vec<&Append> = many.iter().map(|pending| &pending.request).collect();
                sql::append_many(&ready, &requests, None).await
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
            let appended = appended(&pending.request, last);
            last = appended.last_position();
            pending.answer(Ok(appended));
        }
        self.shared.signal(last);
        last
    }

    /// Has the partition after the next one made, well before the facts that will go there.
    async fn make_room(&self, last: i64) {
        if last < self.shared.room.load(Ordering::Relaxed) {
            return;
        }
        let Ok(ready) = self.shared.pipe.ready().await else { return };
        match sql::prepare(&ready, 1).await {
            Ok(room) => self.shared.room.store(room, Ordering::Relaxed),
            // It will be asked again after the next batch, and at the latest when there is no room left.
            Err(error) => tracing::warn!(error = %error, "no partition could be made ahead"),
        }
    }

    /// Answers those against whom something stands, and returns the others, with what kept from
    /// knowing.
    async fn answer_refused(&self, batch: Vec<Pending>) -> (Vec<Pending>, Option<JournalError>) {
        let requests: Vec<&Append> = batch.iter().map(|pending| &pending.request).collect();
        let standings = match self.shared.pipe.ready().await {
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

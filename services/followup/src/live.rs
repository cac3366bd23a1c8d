//! What is new, for whoever listens: woken when the read models move, and reading each fact once for
//! all who wait.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use access::Actor;
use axum::{extract::FromRequestParts, http::request::Parts};
use contracts::Recorded;
use journal::JournalError;
use service::{Problem, Rates, Runtime, api::Shared, rates::Listening, readership};
use tokio::{
    sync::{Mutex, watch},
    time::Instant,
};

use crate::views::{live_status, timeline};

/// Facts kept in memory for those who follow closely.
const KEPT: i64 = 4_096;
/// Facts read at once.
const PAGE: i64 = 1_000;
/// How long nothing may be announced before the read models are asked where they stand.
const SILENCE: Duration = Duration::from_secs(5);
/// How long a listener is answered before it must ask again.
pub const LIFETIME: Duration = Duration::from_secs(15 * 60);

/// The last facts of the journal, contiguous.
#[derive(Debug, Default)]
pub struct Tail {
    ring: Mutex<Ring>,
}

#[derive(Debug, Default)]
struct Ring {
    /// Position before the first of the facts.
    from: i64,
    facts: VecDeque<Arc<Recorded>>,
}

impl Ring {
    fn to(&self) -> i64 {
        self.from + i64::try_from(self.facts.len()).unwrap_or(i64::MAX)
    }

    fn push(&mut self, fact: Recorded) {
        self.facts.push_back(Arc::new(fact));
        if self.to() - self.from > KEPT {
            self.facts.pop_front();
            self.from += 1;
        }
    }

    fn between(&self, after: i64, until: i64) -> Vec<Arc<Recorded>> {
        let skip = usize::try_from(after - self.from).unwrap_or(0);
        self.facts.iter().skip(skip).take_while(|fact| fact.position <= until).cloned().collect()
    }
}

impl Tail {
    /// The facts after a position up to another one; nothing when they are too old to be kept here.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn between(
        &self,
        runtime: &Runtime,
        after: i64,
        until: i64,
    ) -> Result<Option<Vec<Arc<Recorded>>>, JournalError> {
        // Whoever comes first reads for the others, who wait here.
        let mut ring = self.ring.lock().await;
        if until - ring.to() > KEPT {
            *ring = Ring { from: until - KEPT, facts: VecDeque::new() };
        }
        while ring.to() < until {
            let facts = runtime.journal.after(ring.to(), PAGE).await?;
            if facts.is_empty() {
                break;
            }
            facts.into_iter().for_each(|fact| ring.push(fact));
        }
        Ok((after >= ring.from).then(|| ring.between(after, until)))
    }
}

/// Wakes a listener when the read models it reads have moved.
#[derive(Debug)]
pub struct Waker {
    models: [(&'static str, watch::Receiver<i64>); 3],
    until: Instant,
}

impl Waker {
    /// For one listener, for as long as it is answered.
    pub fn new(runtime: &Runtime) -> Self {
        let models = [timeline::NAME, live_status::NAME, readership::NAME];
        Self {
            models: models.map(|name| (name, runtime.positions.watch(name))),
            until: Instant::now() + LIFETIME,
        }
    }

    /// The position that all of them show.
    pub fn reached(&mut self) -> i64 {
        self.models.iter_mut().map(|(_, position)| *position.borrow_and_update()).min().unwrap_or(0)
    }

    /// The position that all of them show, asked of the database when this process does not know.
    pub async fn ask(&mut self, runtime: &Runtime, after: i64) -> i64 {
        let known = self.reached();
        if known > after {
            return known;
        }
        let soon = Instant::now() + Duration::from_millis(50);
        for (name, _) in &self.models {
            // Whether it is so far is read again below.
            let _ = runtime.positions.wait(name, after + 1, soon).await;
        }
        self.reached()
    }

    /// Waits until all of them show more than that position, and returns what they show; nothing when
    /// the listener has been answered long enough, or the process stops.
    pub async fn beyond(&mut self, runtime: &Runtime, after: i64) -> Option<i64> {
        loop {
            let reached = self.reached();
            if reached > after {
                return Some(reached);
            }
            let [(_, one), (_, other), (_, third)] = &mut self.models;
            let silent = tokio::select! {
                () = runtime.shutdown.cancelled() => return None,
                () = tokio::time::sleep_until(self.until) => return None,
                changed = one.changed() => changed.is_err(),
                changed = other.changed() => changed.is_err(),
                changed = third.changed() => changed.is_err(),
                () = tokio::time::sleep(SILENCE) => true,
            };
            if silent {
                self.ask(runtime, after).await;
            }
        }
    }
}

/// What listening takes: the last facts, and how many streams one may listen to.
#[derive(Clone, Debug)]
pub struct Ear {
    /// The last facts.
    pub tail: Arc<Tail>,
    rates: Rates,
}

impl FromRequestParts<Shared> for Ear {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Problem> {
        let (tail, rates) = (parts.extensions.get::<Arc<Tail>>(), parts.extensions.get::<Rates>());
        let missing = || Problem::internal(&"a stream has nothing to listen with");
        let (tail, rates) = tail.cloned().zip(rates.cloned()).ok_or_else(missing)?;
        Ok(Self { tail, rates })
    }
}

impl Ear {
    /// One more stream of theirs.
    ///
    /// # Errors
    /// 429 when they listen to too many already.
    pub fn counted(&self, runtime: &Arc<Runtime>, actor: &Actor) -> Result<Counted, Problem> {
        let listening = self.rates.listen(actor)?;
        runtime.metrics.sse_clients.inc();
        Ok(Counted(runtime.clone(), listening))
    }
}

/// Counts a listener for as long as it listens.
pub struct Counted(Arc<Runtime>, #[expect(dead_code, reason = "held until the end")] Listening);

impl std::fmt::Debug for Counted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Counted")
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.metrics.sse_clients.dec();
    }
}

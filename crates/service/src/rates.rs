//! How often one may ask: by address for those who show nothing, by secret for the others, by professional for what
//! walks through persons. Requests and streams are counted by each process; what walks through persons and wrong
//! tries, by all of them together ([`Runtime::may_search`](crate::Runtime::may_search) and the like).

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use access::{Actor, Holder};
use axum::http::StatusCode;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _, clock::DefaultClock};

use crate::{Problem, config::Limits};

mod shared;

/// Keys that were not heard of for long are forgotten every so many requests.
const FORGET_EVERY: u32 = 4_096;
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// How often one may ask. A cheap handle.
#[derive(Clone, Debug)]
pub struct Rates(Arc<Counters>);

#[derive(Debug)]
struct Counters {
    anonymous: Counter,
    session: Counter,
    token: Counter,
    listeners: Mutex<HashMap<String, usize>>,
    streams: usize,
}

#[derive(Debug)]
struct Counter {
    keys: DefaultKeyedRateLimiter<String>,
    asked: AtomicU32,
    clock: DefaultClock,
}

impl Counter {
    /// So many within that time; all of them may come at once.
    fn new(count: u32, within: Duration) -> Self {
        let count = count.max(1);
        // Only a time of nothing makes no quota.
        let each = (within / count).max(Duration::from_nanos(1));
        let one = Quota::per_second(std::num::NonZeroU32::MIN);
        let quota = Quota::with_period(each).unwrap_or(one);
        let quota = quota.allow_burst(std::num::NonZeroU32::new(count).unwrap_or(std::num::NonZeroU32::MIN));
        let clock = DefaultClock::default();
        Self { keys: RateLimiter::dashmap_with_clock(quota, clock.clone()), asked: AtomicU32::new(0), clock }
    }

    fn take(&self, key: &str) -> Result<(), Problem> {
        if self.asked.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            self.keys.retain_recent();
        }
        let taken = self.keys.check_key(&key.to_owned());
        taken.map(drop).map_err(|until| too_many(until.wait_time_from(self.clock.now())))
    }
}

impl Rates {
    /// Within these limits.
    pub fn new(limits: &Limits) -> Self {
        const MINUTE: Duration = Duration::from_secs(60);
        Self(Arc::new(Counters {
            anonymous: Counter::new(limits.anonymous_per_minute, MINUTE),
            session: Counter::new(limits.session_per_minute, MINUTE),
            token: Counter::new(limits.token_per_minute, MINUTE),
            listeners: Mutex::default(),
            streams: limits.streams,
        }))
    }

    /// Someone who shows no valid secret asks, from that address.
    ///
    /// # Errors
    /// 429 when they ask too often.
    pub fn anonymous(&self, address: &str) -> Result<(), Problem> {
        self.0.anonymous.take(address)
    }

    /// Whoever holds that secret asks.
    ///
    /// # Errors
    /// 429 when they ask too often.
    pub fn known(&self, holder: &Holder) -> Result<(), Problem> {
        let counter = if holder.session { &self.0.session } else { &self.0.token };
        // A session that is renewed, or several, are one person.
        match holder.actor.professional_id.filter(|_| holder.session) {
            Some(professional) => counter.take(&professional.to_string()),
            None => counter.take(&holder.key_id),
        }
    }

    /// They listen to a live stream, until what is returned is dropped.
    ///
    /// # Errors
    /// 429 when they listen to too many.
    pub fn listen(&self, actor: &Actor) -> Result<Listening, Problem> {
        let key = whose(actor);
        let mut listeners = locked(&self.0.listeners);
        let count = listeners.entry(key.clone()).or_default();
        if *count >= self.0.streams {
            return Err(too_many_streams(self.0.streams));
        }
        *count += 1;
        drop(listeners);
        Ok(Listening { counters: self.0.clone(), key })
    }
}

/// A live stream that someone listens to.
#[derive(Debug)]
pub struct Listening {
    counters: Arc<Counters>,
    key: String,
}

impl Drop for Listening {
    fn drop(&mut self) {
        let mut listeners = locked(&self.counters.listeners);
        if let Some(count) = listeners.get_mut(&self.key) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                listeners.remove(&self.key);
            }
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One person, whatever post they act from.
fn whose(actor: &Actor) -> String {
    actor.professional_id.map_or_else(|| actor.key(), |id| id.to_string())
}

fn too_many(wait: Duration) -> Problem {
    let seconds = wait.as_secs() + 1;
    let when = match seconds {
        1 => "dans une seconde".to_owned(),
        2..100 => format!("dans {seconds} secondes"),
        100..5_400 => format!("dans {} minutes", seconds.div_ceil(60)),
        _ => format!("dans {} heures", seconds.div_ceil(3600)),
    };
    let detail =
        format!("C’est beaucoup de demandes en peu de temps. Réessayez {when}. Rien n’a été enregistré.");
    problem(detail).retry_after(seconds)
}

fn too_many_streams(most: usize) -> Problem {
    let detail =
        format!("{most} pages ou flux ouverts se tiennent déjà à jour. Fermez-en un, puis réessayez.");
    problem(detail).retry_after(30)
}

fn problem(detail: String) -> Problem {
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "/problemes/debit", "Trop de demandes", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(professional: u128) -> Actor {
        let professional_id = Some(uuid::Uuid::from_u128(professional));
        Actor { professional_id, system: None, ..Actor::system("") }
    }

    #[test]
    fn one_may_ask_again_when_the_time_has_come() {
        let counter = Counter::new(2, Duration::from_millis(400));
        assert!(counter.take("a").is_ok() && counter.take("a").is_ok() && counter.take("a").is_err());
        std::thread::sleep(Duration::from_millis(220));
        assert!(counter.take("a").is_ok() && counter.take("a").is_err());
    }

    #[test]
    fn a_stream_that_ends_makes_room() {
        let rates = Rates::new(&Limits { streams: 2, ..Limits::default() });
        let (one, other) = (rates.listen(&actor(1)).unwrap(), rates.listen(&actor(1)).unwrap());
        assert_eq!(rates.listen(&actor(1)).unwrap_err().status, 429);
        let elsewhere = rates.listen(&actor(2)).unwrap();
        drop(one);
        let again = rates.listen(&actor(1)).unwrap();
        assert_eq!(rates.listen(&actor(1)).unwrap_err().status, 429);
        drop((other, elsewhere, again));
        assert!(locked(&rates.0.listeners).is_empty());
    }
}

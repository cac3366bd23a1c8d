//! Wrong tries, by key: after so many within a time, each next one waits, twice as long each time.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// How long the first one waits.
const WAIT: Duration = Duration::from_secs(30);
/// How long one waits at most.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// Keys kept at most: those heard of longest ago go first.
const KEPT: usize = 10_000;

#[derive(Debug)]
pub(super) struct Tries {
    free: u32,
    within: Duration,
    keys: HashMap<String, Wrong>,
}

#[derive(Clone, Copy, Debug)]
struct Wrong {
    count: u32,
    first: Instant,
    last: Instant,
    until: Option<Instant>,
}

impl Tries {
    /// So many wrong ones within that time wait for nothing.
    pub(super) fn new(free: u32, within: Duration) -> Self {
        Self { free, within, keys: HashMap::new() }
    }

    /// How long the next try has to wait.
    pub(super) fn wait(&self, key: &str, now: Instant) -> Option<Duration> {
        let until = self.keys.get(key)?.until?;
        (until > now).then(|| until - now)
    }

    /// One was wrong.
    pub(super) fn wrong(&mut self, key: &str, now: Instant) {
        let (free, within) = (self.free, self.within);
        // What had to wait is remembered for as long after its wait.
        self.keys.retain(|_, wrong| now < wrong.until.unwrap_or(wrong.last).max(wrong.last) + within);
        if self.keys.len() >= KEPT {
            let oldest = self.keys.iter().min_by_key(|(_, wrong)| wrong.last).map(|(key, _)| key.clone());
            oldest.and_then(|key| self.keys.remove(&key));
        }
        let new = Wrong { count: 0, first: now, last: now, until: None };
        let wrong = self.keys.entry(key.to_owned()).or_insert(new);
        if now - wrong.first >= within && wrong.count < free {
            *wrong = new;
        }
        wrong.count = wrong.count.saturating_add(1);
        wrong.last = now;
        if let Some(over) = wrong.count.checked_sub(free) {
            wrong.until = Some(now + LONGEST.min(WAIT * 2_u32.saturating_pow(over.min(10))));
        }
    }

    /// One was right.
    pub(super) fn right(&mut self, key: &str) {
        self.keys.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_next_wrong_try_waits_twice_as_long() {
        let mut tries = Tries::new(5, Duration::from_secs(900));
        let mut now = Instant::now();
        let mut waits = Vec::new();
        for _ in 0..12 {
            tries.wrong("a", now);
            let wait = tries.wait("a", now).unwrap_or_default();
            waits.push(wait.as_secs());
            now += wait;
        }
        assert_eq!(waits, [0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900]);
        assert_eq!(tries.wait("b", now), None);
        tries.right("a");
        assert_eq!(tries.wait("a", now), None);
    }

    #[test]
    fn wrong_tries_of_long_ago_do_not_count() {
        let mut tries = Tries::new(5, Duration::from_secs(900));
        let begin = Instant::now();
        for minute in 0..40 {
            tries.wrong("a", begin + Duration::from_secs(minute * 240));
            assert_eq!(tries.wait("a", begin + Duration::from_secs(minute * 240)), None, "minute {minute}");
        }
        let many = begin + Duration::from_secs(100_000);
        (0..KEPT + 50).for_each(|key| tries.wrong(&key.to_string(), many));
        assert_eq!(tries.keys.len(), KEPT);
    }
}

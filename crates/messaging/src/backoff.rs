//! Pauses between attempts.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(5);

/// Pauses that double from 50 ms to 5 s, each shortened by chance, so that processes that failed
/// together do not come back together.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
}

impl Backoff {
    pub fn new() -> Self {
        Self { next: FIRST }
    }

    /// Begins again with short pauses: something went well.
    pub fn reset(&mut self) {
        self.next = FIRST;
    }

    /// The next pause.
    pub fn pause(&mut self) -> Duration {
        let pause = jittered(self.next);
        self.next = (self.next * 2).min(LONGEST);
        pause
    }
}

/// Between half of it and all of it.
pub(crate) fn jittered(pause: Duration) -> Duration {
    // Without randomness there is no jitter, and nothing worse.
    let chance = getrandom::u32().unwrap_or(u32::MAX);
    pause.mul_f64(0.5 + f64::from(chance) / f64::from(u32::MAX) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_their_limit_and_begin_again() {
        let mut backoff = Backoff::new();
        for expected in [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000] {
            let (pause, expected) = (backoff.pause(), Duration::from_millis(expected));
            assert!(pause >= expected / 2 && pause <= expected, "{pause:?} for {expected:?}");
        }
        backoff.reset();
        assert!(backoff.pause() <= FIRST);
    }
}

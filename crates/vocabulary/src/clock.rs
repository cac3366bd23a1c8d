//! Time, passed in. Nothing else in Jalon asks the system what time it is.

use std::sync::{Arc, Mutex};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Timestamp;

    /// The present civil day in Paris.
    fn today(&self) -> Date {
        day_in_paris(self.now())
    }
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the system is asked the time")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that stands still until it is moved.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Mutex<Timestamp>>);

impl ManualClock {
    /// A clock that stands at this instant.
    pub fn at(instant: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(instant)))
    }

    /// Moves it.
    pub fn set(&self, instant: Timestamp) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = instant;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Paris time, whose civil days all durations are counted in.
pub fn paris() -> TimeZone {
    static PARIS: std::sync::LazyLock<TimeZone> =
        std::sync::LazyLock::new(|| TimeZone::get("Europe/Paris").unwrap_or(TimeZone::UTC));
    PARIS.clone()
}

/// The civil day of an instant, in Paris.
pub fn day_in_paris(instant: Timestamp) -> Date {
    instant.to_zoned(paris()).date()
}

/// The first instant of a civil day, in Paris.
pub fn start_of_day(day: Date) -> Timestamp {
    day.to_zoned(paris()).map_or(Timestamp::MIN, |zoned| zoned.timestamp())
}

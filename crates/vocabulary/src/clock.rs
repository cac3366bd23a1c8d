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

/// Paris time, whose civil days all durations are counted in. Its rules are in the program: a machine without a
/// database of time zones counts the same days.
pub fn paris() -> TimeZone {
    static PARIS: TimeZone = jiff::tz::get!("Europe/Paris");
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paris_has_its_summer_and_its_winter_whatever_the_machine_knows() {
        let name = paris().iana_name().map(str::to_owned);
        assert_eq!(name.as_deref(), Some("Europe/Paris"));
        let day = |instant: &str| day_in_paris(instant.parse().expect("an instant")).to_string();
        assert_eq!(day("2026-01-14T22:59:59Z"), "2026-01-14");
        assert_eq!(day("2026-01-14T23:00:00Z"), "2026-01-15");
        assert_eq!(day("2026-07-14T21:59:59Z"), "2026-07-14");
        assert_eq!(day("2026-07-14T22:00:00Z"), "2026-07-15");
        // Long after the last change that anyone has written down.
        assert_eq!(day("2060-07-14T22:00:00Z"), "2060-07-15");
    }

    #[test]
    fn a_day_begins_at_midnight_in_paris_also_when_the_hour_changes() {
        let start = |day: &str| start_of_day(day.parse().expect("a date")).to_string();
        assert_eq!(start("2026-03-29"), "2026-03-28T23:00:00Z");
        assert_eq!(start("2026-03-30"), "2026-03-29T22:00:00Z");
        assert_eq!(start("2026-10-25"), "2026-10-24T22:00:00Z");
        assert_eq!(start("2026-10-26"), "2026-10-25T23:00:00Z");
    }
}

//! What the rules of a PASS IAE must know of its past.

use std::collections::BTreeMap;

use jiff::civil::Date;
use service::Domain;
use vocabulary::dates::{days_between, parse, valid_for_days};

use super::{
    super::{PassSource, PassState},
    Event,
};

/// The aggregate.
#[derive(Debug)]
pub struct Pass;

/// For how many days a PASS runs: two years of 365.
const DAYS: i32 = 730;

/// Its state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// First day.
    pub starts_on: Option<Date>,
    /// Last day, included.
    pub ends_on: Option<Date>,
    /// What was last said of where it stands.
    pub told: PassState,
    /// Where that was read.
    pub source: PassSource,
    /// Its suspensions: first day, and last day included.
    pub suspensions: BTreeMap<Date, Date>,
    /// Days of prolongation in all.
    pub prolonged_days: i32,
}

impl State {
    /// The last day as our own rule counts it from that first day: 730 days, its suspensions and its
    /// prolongations.
    pub fn computed_end(&self, starts_on: Date) -> Date {
        let suspended: i32 = self.suspensions.iter().map(|(first, last)| length(*first, *last)).sum();
        valid_for_days(starts_on, DAYS + suspended + self.prolonged_days)
    }

    /// Where it stands on that day, between those dates.
    pub fn standing(&self, day: Date, starts_on: Date, ends_on: Date) -> PassState {
        let suspended = self.suspensions.iter().any(|(first, last)| *first <= day && day <= *last);
        match () {
            () if day < starts_on => PassState::PASS_FUTURE,
            () if day > ends_on => PassState::PASS_EXPIRED,
            () if suspended => PassState::PASS_SUSPENDED,
            () => PassState::PASS_VALID,
        }
    }
}

/// Days from the first one to the last one, both included.
pub fn length(first: Date, last: Date) -> i32 {
    days_between(first, last) + 1
}

impl Domain for Pass {
    type Event = Event;
    type State = State;

    const CALLED: &'static str = "ce PASS IAE";

    fn apply(mut state: State, event: Event) -> State {
        match event {
            Event::PassIaeReported(reported) => {
                state.starts_on = parse(&reported.starts_on);
                state.ends_on = parse(&reported.ends_on);
                state.told = reported.state.as_known().unwrap_or_default();
                state.source = reported.source.as_known().unwrap_or_default();
            }
            Event::PassIaeSuspended(suspended) => {
                if let (Some(first), Some(last)) = (parse(&suspended.suspended_from), parse(&suspended.until))
                {
                    state.suspensions.insert(first, last);
                }
                state.ends_on = parse(&suspended.ends_on).or(state.ends_on);
            }
            Event::PassIaeProlonged(prolonged) => {
                if let (Some(first), Some(last)) = (parse(&prolonged.prolonged_from), parse(&prolonged.until))
                {
                    state.prolonged_days += length(first, last);
                    state.ends_on = Some(last);
                }
            }
        }
        state
    }
}

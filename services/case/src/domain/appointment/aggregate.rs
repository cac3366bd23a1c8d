//! What the rules of an appointment must know of its past.

use jiff::civil::{Date, Time};
use service::Domain;
use vocabulary::dates::parse;

use super::Event;

/// The aggregate.
#[derive(Debug)]
pub struct Appointment;

/// Its state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Its day.
    pub day: Option<Date>,
    /// Its hour in Paris, when it is known.
    pub hour: Option<Time>,
    /// A professional goes there with the person.
    pub accompanied: bool,
    /// What became of it, as last told.
    pub outcome: Option<Outcome>,
}

/// What became of an appointment. Whoever cancels, nobody is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It does not take place.
    Cancelled,
    /// It took place.
    Held,
    /// The person did not come.
    Missed,
}

/// An hour written `14:30`, and nothing else.
pub fn read_hour(text: &str) -> Option<Time> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |text: &str| (text.len() == 2).then(|| text.parse::<i8>().ok()).flatten();
    Time::new(two(hours)?, two(minutes)?, 0, 0).ok()
}

impl Domain for Appointment {
    type Event = Event;
    type State = State;

    const CALLED: &'static str = "ce rendez-vous";

    fn apply(mut state: State, event: Event) -> State {
        match event {
            Event::AppointmentScheduled(scheduled) => {
                state.day = parse(&scheduled.day);
                state.hour = read_hour(&scheduled.hour);
                state.accompanied = scheduled.accompanied;
            }
            Event::AppointmentMoved(moved) => {
                state.day = parse(&moved.day);
                state.hour = read_hour(&moved.hour);
            }
            Event::AppointmentCancelled(_) => state.outcome = Some(Outcome::Cancelled),
            Event::AppointmentHeld(held) => {
                state.outcome = Some(Outcome::Held);
                state.accompanied = held.accompanied;
            }
            Event::AppointmentMissed(_) => state.outcome = Some(Outcome::Missed),
        }
        state
    }
}

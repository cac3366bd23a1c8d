//! What the rules of a meeting must know of its past.

use jiff::civil::Date;
use service::Domain;
use uuid::Uuid;
use vocabulary::dates;

use super::{Event, MeetingHeld, MeetingScheduled};

/// The aggregate.
#[derive(Debug)]
pub struct Meeting;

/// Its state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The platform.
    pub platform_id: Option<Uuid>,
    /// Its day.
    pub scheduled_on: Option<Date>,
    /// What was last scheduled.
    pub scheduled: MeetingScheduled,
    /// How it went.
    pub held: Option<MeetingHeld>,
    /// The day it was held.
    pub held_on: Option<Date>,
}

impl Domain for Meeting {
    type Event = Event;
    type State = State;

    const PERSON: bool = false;
    const CALLED: &'static str = "cette réunion";

    fn apply(mut state: State, event: Event) -> State {
        match event {
            Event::MeetingScheduled(scheduled) => {
                state.platform_id = scheduled.platform_id.parse().ok();
                state.scheduled_on = dates::parse(&scheduled.scheduled_on);
                state.scheduled = scheduled;
            }
            Event::MeetingHeld(held) => {
                state.held_on = dates::parse(&held.held_on);
                state.held = Some(held);
            }
            Event::DecisionTaken(_) => {}
        }
        state
    }
}

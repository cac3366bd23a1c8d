//! What the rules of a meeting must know of its past.

use std::collections::BTreeMap;

use jiff::civil::Date;
use service::Domain;
use uuid::Uuid;
use vocabulary::dates;

use super::{DecisionSettled, Event, MeetingHeld, MeetingScheduled};

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
    /// Its decisions: the day of each, and what was last said of what became of it.
    pub decisions: BTreeMap<Uuid, (Option<Date>, Option<DecisionSettled>)>,
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
            Event::DecisionTaken(taken) => {
                let decided_on = dates::parse(&taken.decided_on);
                state.decisions.extend(taken.decision_id.parse().ok().map(|id| (id, (decided_on, None))));
            }
            Event::DecisionSettled(settled) => {
                let decision =
                    settled.decision_id.parse().ok().and_then(|id: Uuid| state.decisions.get_mut(&id));
                if let Some((_, known)) = decision {
                    *known = Some(settled);
                }
            }
        }
        state
    }
}

//! What the rules of an attendance must know of its past: nothing, it is said once.

use service::Domain;

use super::Event;

/// The aggregate.
#[derive(Debug)]
pub struct Attendance;

/// Its state.
#[derive(Clone, Debug, Default)]
pub struct State;

impl Domain for Attendance {
    type Event = Event;
    type State = State;

    const CALLED: &'static str = "cette participation";

    fn apply(state: State, event: Event) -> State {
        match event {
            Event::GatheringAttended(_) => state,
        }
    }
}

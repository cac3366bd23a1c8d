//! What the rules of an action must know of its past.

use jiff::civil::Date;
use service::Domain;
use uuid::Uuid;
use vocabulary::dates;

use super::{ActionCard, Event};

/// The aggregate.
#[derive(Debug)]
pub struct Action;

/// Its state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The platform.
    pub platform_id: Option<Uuid>,
    /// What it says.
    pub card: ActionCard,
    /// When it was planned, or planned anew.
    pub planned_on: Option<Date>,
    /// Whether it is complete.
    pub complete: bool,
}

impl Domain for Action {
    type Event = Event;
    type State = State;

    const PERSON: bool = false;
    const CALLED: &'static str = "cette action";

    fn apply(mut state: State, event: Event) -> State {
        match event {
            Event::ActionPlanned(planned) => {
                state.platform_id = planned.platform_id.parse().ok();
                state.card = planned.card.as_option().cloned().unwrap_or_default();
                state.planned_on = dates::parse(&planned.planned_on);
                state.complete = false;
            }
            Event::ActionProgressed(_) => {}
            Event::ActionCompleted(_) => state.complete = true,
        }
        state
    }
}

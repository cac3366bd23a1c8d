//! What the rules of a gathering must know of its past.

use contracts::EnumValue;
use jiff::civil::Date;
use service::Domain;
use uuid::Uuid;
use vocabulary::dates;

use super::{Event, GatheringHeld, GatheringKind, GatheringPlanned};

/// The aggregate.
#[derive(Debug)]
pub struct Gathering;

/// Its state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The platform.
    pub platform_id: Option<Uuid>,
    /// Its kind.
    pub kind: EnumValue<GatheringKind>,
    /// Its day.
    pub planned_on: Option<Date>,
    /// What was last planned.
    pub planned: GatheringPlanned,
    /// How it went.
    pub held: Option<GatheringHeld>,
}

impl Domain for Gathering {
    type Event = Event;
    type State = State;

    const PERSON: bool = false;
    const CALLED: &'static str = "cette rencontre";

    fn apply(mut state: State, event: Event) -> State {
        match event {
            Event::GatheringPlanned(planned) => {
                state.platform_id = planned.platform_id.parse().ok();
                state.kind = planned.kind;
                state.planned_on = dates::parse(&planned.planned_on);
                state.planned = planned;
            }
            Event::GatheringHeld(held) => state.held = Some(held),
        }
        state
    }
}

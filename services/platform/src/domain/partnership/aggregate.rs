//! What the rules of a partnership must know of its past.

use jiff::civil::Date;
use service::Domain;
use uuid::Uuid;
use vocabulary::dates;

use super::Event;

/// The aggregate.
#[derive(Debug)]
pub struct Partnership;

/// Its state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The platform.
    pub platform_id: Option<Uuid>,
    /// When it was last looked at.
    pub seen_on: Option<Date>,
}

impl Domain for Partnership {
    type Event = Event;
    type State = State;

    const PERSON: bool = false;
    const CALLED: &'static str = "ce partenariat";

    fn apply(mut state: State, event: Event) -> State {
        match event {
            Event::PartnershipRecorded(recorded) => {
                state.platform_id = recorded.platform_id.parse().ok();
                state.seen_on = dates::parse(&recorded.recorded_on);
            }
            Event::PartnershipReviewed(reviewed) => state.seen_on = dates::parse(&reviewed.reviewed_on),
        }
        state
    }
}

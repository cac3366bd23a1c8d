//! What the rules of a local service must know of its past.

use jiff::civil::Date;
use service::Domain;
use vocabulary::dates;

use super::{Event, ServiceCard};

/// The aggregate.
#[derive(Debug)]
pub struct LocalService;

/// Its state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// What its directory says.
    pub card: ServiceCard,
    /// The day of that version.
    pub updated_on: Option<Date>,
    /// Whether the directory publishes it.
    pub listed: bool,
}

impl Domain for LocalService {
    type Event = Event;
    type State = State;

    const PERSON: bool = false;
    const CALLED: &'static str = "ce service";

    fn apply(mut state: State, event: Event) -> State {
        match event {
            Event::ServiceListed(listed) => {
                state.card = listed.card.as_option().cloned().unwrap_or_default();
                state.updated_on = dates::parse(&listed.updated_on);
                state.listed = true;
            }
            Event::ServiceUpdated(updated) => {
                state.card = updated.card.as_option().cloned().unwrap_or_default();
                state.updated_on = dates::parse(&updated.updated_on);
            }
            Event::ServiceDelisted(_) => state.listed = false,
        }
        state
    }
}

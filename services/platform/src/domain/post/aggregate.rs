//! What the rules of a post must know of its past.

use jiff::civil::Date;
use service::Domain;
use uuid::Uuid;
use vocabulary::dates;

use super::Event;

/// The aggregate.
#[derive(Debug)]
pub struct Post;

/// Its state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Who holds it, and since when.
    pub holder: Option<(Uuid, Option<Date>)>,
    /// From which day it was last vacant.
    pub vacant_from: Option<Date>,
}

impl Domain for Post {
    type Event = Event;
    type State = State;

    const PERSON: bool = false;
    const CALLED: &'static str = "ce poste";

    fn apply(mut state: State, event: Event) -> State {
        match event {
            Event::PostOpened(_) => {}
            Event::PostFilled(filled) => {
                let since = dates::parse(&filled.since);
                state.holder = filled.professional_id.parse().ok().map(|professional| (professional, since));
            }
            Event::PostVacated(vacated) => {
                state.holder = None;
                state.vacant_from = dates::parse(&vacated.until);
            }
        }
        state
    }
}

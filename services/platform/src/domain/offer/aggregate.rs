//! What the rules of an offer must know of its past.

use jiff::civil::Date;
use service::Domain;
use uuid::Uuid;
use vocabulary::dates;

use super::{Event, OfferCard};

/// The aggregate.
#[derive(Debug)]
pub struct Offer;

/// Its state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The platform.
    pub platform_id: Option<Uuid>,
    /// The employer, when it is known to Jalon.
    pub employer_id: String,
    /// What it says.
    pub card: OfferCard,
    /// When it was published.
    pub published_on: Option<Date>,
    /// When it was filled or withdrawn.
    pub closed_on: Option<Date>,
}

impl State {
    /// Whether it was filled or withdrawn before that day.
    pub fn is_closed_on(&self, day: Date) -> bool {
        self.closed_on.is_some_and(|closed| closed < day)
    }
}

impl Domain for Offer {
    type Event = Event;
    type State = State;

    const PERSON: bool = false;
    const CALLED: &'static str = "cette offre";

    fn apply(mut state: State, event: Event) -> State {
        match event {
            Event::OfferPublished(published) => {
                state.platform_id = published.platform_id.parse().ok();
                state.employer_id = published.employer_id;
                state.card = published.card.as_option().cloned().unwrap_or_default();
                state.published_on = dates::parse(&published.published_on);
            }
            Event::OfferUpdated(updated) => {
                state.employer_id = updated.employer_id;
                state.card = updated.card.as_option().cloned().unwrap_or_default();
            }
            Event::OfferFilled(filled) => state.closed_on = dates::parse(&filled.filled_on),
            Event::OfferWithdrawn(withdrawn) => state.closed_on = dates::parse(&withdrawn.withdrawn_on),
        }
        state
    }
}

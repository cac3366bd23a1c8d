//! What the rules of a writing must know of its past.

use service::Domain;

use super::Event;

/// The aggregate.
#[derive(Debug)]
pub struct Writing;

/// Its state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The version of the review as it was last told: 1 when it was held, one more each time it was
    /// corrected, 0 for what is not a review.
    pub review_version: u32,
}

impl Domain for Writing {
    type Event = Event;
    type State = State;

    const CALLED: &'static str = "cet écrit";

    fn apply(mut state: State, event: Event) -> State {
        match event {
            Event::ReviewHeld(_) | Event::ReviewCorrected(_) => state.review_version += 1,
            Event::NoteWritten(_) | Event::SummaryWritten(_) => {}
        }
        state
    }
}

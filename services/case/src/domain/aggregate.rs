//! What the rules of a case must know of its past.

use std::collections::BTreeSet;

use service::Domain;
use uuid::Uuid;

use super::Event;

/// The aggregate.
#[derive(Debug)]
pub struct Case;

/// Its state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Whether it is open today.
    pub open: bool,
    /// Whether an identity was recorded.
    pub identified: bool,
    /// The posts in the circle.
    pub circle: BTreeSet<Uuid>,
}

impl Domain for Case {
    type Event = Event;
    type State = State;

    const IS_CASE: bool = true;
    const CALLED: &'static str = "ce dossier";

    fn apply(mut state: State, event: Event) -> State {
        match event {
            Event::CaseOpened(_) | Event::CaseReopened(_) => state.open = true,
            Event::IdentityRecorded(_) | Event::IdentityCorrected(_) => state.identified = true,
            Event::CircleMemberJoined(joined) => {
                state.circle.extend(joined.post_id.parse::<Uuid>());
            }
            Event::CircleMemberLeft(left) => {
                if let Ok(post) = left.post_id.parse::<Uuid>() {
                    state.circle.remove(&post);
                }
            }
            Event::CaseClosed(_) => state.open = false,
        }
        state
    }
}

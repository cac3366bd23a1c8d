//! What the rules of a handover must know of its past.

use std::collections::BTreeMap;

use service::Domain;
use uuid::Uuid;

use super::Event;

/// The aggregate.
#[derive(Debug)]
pub struct Handover;

/// Its state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The post that changes hands.
    pub post_id: Option<Uuid>,
    /// What is handed over, and whether it was taken over.
    pub items: BTreeMap<Uuid, bool>,
}

impl Domain for Handover {
    type Event = Event;
    type State = State;

    const PERSON: bool = false;
    const CALLED: &'static str = "cette passation";

    fn apply(mut state: State, event: Event) -> State {
        match event {
            Event::HandoverProposed(proposed) => {
                state.post_id = proposed.post_id.parse().ok();
                let ids = proposed.items.iter().filter_map(|item| item.item_id.parse().ok());
                state.items = ids.map(|id: Uuid| (id, false)).collect();
            }
            Event::HandoverItemAccepted(accepted) => {
                if let Ok(id) = accepted.item_id.parse() {
                    state.items.insert(id, true);
                }
            }
            Event::HandoverCompleted(_) => {}
        }
        state
    }
}

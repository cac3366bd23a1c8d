//! What the rules must know of the past.

use service::Domain;
use uuid::Uuid;

use super::Event;

/// The aggregate.
#[derive(Debug)]
pub struct Access;

/// Its state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The suspension, as long as it lasts.
    pub suspension: Option<Uuid>,
    /// The suspensions that ended.
    pub restored: Vec<Uuid>,
    /// The last batch of readings.
    pub last: Option<Batch>,
}

/// The end of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Number of its last reading.
    pub to: i64,
    /// Its digest.
    pub digest: String,
}

impl Domain for Access {
    type Event = Event;
    type State = State;

    const PERSON: bool = false;
    const CALLED: &'static str = "cet accès";

    fn apply(mut state: State, event: Event) -> State {
        match event {
            Event::AccessRecorded(recorded) => {
                state.last = Some(Batch { to: recorded.to_reading, digest: recorded.digest });
            }
            Event::AccessSuspended(suspended) => state.suspension = suspended.suspension_id.parse().ok(),
            Event::AccessRestored(_) => state.restored.extend(state.suspension.take()),
        }
        state
    }
}

//! What the rules of a local service mobilised must know of its past.

use contracts::Class;
use jiff::civil::Date;
use service::Domain;
use vocabulary::dates::parse;

use super::{super::aggregate::class_of, Event};

/// The aggregate.
#[derive(Debug)]
pub struct Resource;

/// Its state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Its first day.
    pub mobilised_on: Option<Date>,
    /// The obstacle it is meant for; empty without one.
    pub obstacle_id: String,
    /// The class of what is said of it; nothing before it is mobilised.
    pub class: Option<Class>,
    /// Whether it does not intervene any more.
    pub ended: bool,
}

impl Domain for Resource {
    type Event = Event;
    type State = State;

    const CALLED: &'static str = "cette solution";

    fn apply(mut state: State, event: Event) -> State {
        match event {
            Event::ResourceMobilised(mobilised) => {
                let set = [
                    mobilised.project.is_set(),
                    mobilised.social.is_set(),
                    mobilised.health.is_set(),
                    mobilised.judicial.is_set(),
                ];
                state.class = Some(class_of(set, &mobilised));
                state.mobilised_on = parse(&mobilised.mobilised_on);
                state.obstacle_id = mobilised.obstacle_id;
            }
            Event::ResourceEnded(_) => state.ended = true,
        }
        state
    }
}

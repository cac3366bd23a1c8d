//! What the rules of a wish must know of its past.

use jiff::civil::Date;
use service::Domain;
use vocabulary::dates::parse;

use super::Event;

/// The aggregate.
#[derive(Debug)]
pub struct Wished;

/// Its state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The day it was first expressed.
    pub expressed_on: Option<Date>,
    /// Whether it was set aside.
    pub aside: bool,
}

impl Domain for Wished {
    type Event = Event;
    type State = State;

    const CALLED: &'static str = "cette envie";

    fn apply(mut state: State, event: Event) -> State {
        match event {
            Event::WishExpressed(expressed) => state.expressed_on = parse(&expressed.expressed_on),
            Event::WishRevised(_) => {}
            Event::WishSetAside(_) => state.aside = true,
        }
        state
    }
}

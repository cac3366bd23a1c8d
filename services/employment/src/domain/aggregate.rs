//! What the rules of a contract must know of its past.

use jiff::civil::Date;
use service::Domain;
use uuid::Uuid;
use vocabulary::dates;

use super::{ContractKind, Event, Programme};

/// The aggregate.
#[derive(Debug)]
pub struct Employment;

/// Its state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The employer, when it is known to Jalon.
    pub employer_id: Option<Uuid>,
    /// The kind of contract.
    pub contract: ContractKind,
    /// The programme it belongs to.
    pub programme: Programme,
    /// First day.
    pub started_on: Option<Date>,
    /// The weekly hours of today, in minutes.
    pub weekly_minutes: u32,
    /// Whether it ended.
    pub ended: bool,
}

impl Domain for Employment {
    type Event = Event;
    type State = State;

    const CALLED: &'static str = "ce contrat";

    fn apply(mut state: State, event: Event) -> State {
        match event {
            Event::EmploymentStarted(started) => {
                state.employer_id = started.employer_id.parse().ok();
                state.contract = started.contract.as_known().unwrap_or_default();
                state.programme = started.programme.as_known().unwrap_or_default();
                state.started_on = dates::parse(&started.started_on);
                state.weekly_minutes = started.weekly_minutes;
            }
            Event::HoursChanged(changed) => state.weekly_minutes = changed.weekly_minutes,
            Event::EmploymentEnded(_) => state.ended = true,
        }
        state
    }
}

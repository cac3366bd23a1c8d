//! What the rules of a contract must know of its past.

use std::collections::BTreeSet;

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
    /// The kind it was when it began.
    pub began_as: ContractKind,
    /// First day without term, once it was converted.
    pub converted_on: Option<Date>,
    /// The programme it belongs to.
    pub programme: Programme,
    /// First day.
    pub started_on: Option<Date>,
    /// Last day, included; nothing without term.
    pub ends_on: Option<Date>,
    /// The weekly hours of today, in minutes.
    pub weekly_minutes: u32,
    /// Since when work stops, when it does.
    pub suspended_on: Option<Date>,
    /// The last day worked, once it ended.
    pub ended_on: Option<Date>,
    /// Whether it ended.
    pub ended: bool,
    /// The check-ins held: their step and the day, with whom, and how things went.
    pub check_ins: BTreeSet<(u32, String, i32, i32)>,
}

impl Domain for Employment {
    type Event = Event;
    type State = State;

    const CALLED: &'static str = "ce contrat";

    fn parties(state: &State) -> Vec<Uuid> {
        state.employer_id.into_iter().collect()
    }

    fn apply(mut state: State, event: Event) -> State {
        match event {
            Event::EmploymentStarted(started) => {
                state.employer_id = started.employer_id.parse().ok();
                state.contract = started.contract.as_known().unwrap_or_default();
                state.began_as = state.contract;
                state.programme = started.programme.as_known().unwrap_or_default();
                state.started_on = dates::parse(&started.started_on);
                state.ends_on = dates::parse(&started.ends_on);
                state.weekly_minutes = started.weekly_minutes;
            }
            Event::HoursChanged(changed) => state.weekly_minutes = changed.weekly_minutes,
            Event::WorkSuspended(suspended) => state.suspended_on = dates::parse(&suspended.suspended_on),
            Event::WorkResumed(_) => state.suspended_on = None,
            Event::ContractRenewed(renewed) => state.ends_on = dates::parse(&renewed.ends_on),
            Event::ContractConverted(converted) => {
                state.contract = converted.contract.as_known().unwrap_or_default();
                state.converted_on = dates::parse(&converted.converted_on);
                state.ends_on = None;
            }
            Event::CheckInHeld(held) => {
                let (with, outcome) = (held.with.to_i32(), held.outcome.to_i32());
                state.check_ins.insert((held.step, held.held_on, with, outcome));
            }
            Event::EmploymentEnded(ended) => {
                state.ended = true;
                state.ended_on = dates::parse(&ended.ended_on);
            }
            Event::DifficultyReported(_) | Event::EmployerMediationHeld(_) => {}
        }
        state
    }
}

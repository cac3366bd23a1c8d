//! What the rules of a platform must know of its past.

use std::collections::BTreeMap;

use jiff::civil::Date;
use service::Domain;
use uuid::Uuid;
use vocabulary::dates;

use super::Event;

/// The aggregate.
#[derive(Debug)]
pub struct Platform;

/// Its state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Its members, and since when; the organisation that leads it is one from the beginning.
    pub members: BTreeMap<Uuid, Option<Date>>,
    /// How many days an answer is awaited, by kind of prescription, where the platform chose.
    pub answer_delays: BTreeMap<u32, u32>,
}

impl Domain for Platform {
    type Event = Event;
    type State = State;

    const PERSON: bool = false;
    const CALLED: &'static str = "cette plateforme";

    fn apply(mut state: State, event: Event) -> State {
        match event {
            Event::PlatformOpened(opened) => {
                state.members.extend(opened.lead_organisation_id.parse().ok().map(|lead: Uuid| (lead, None)));
            }
            Event::MemberJoined(joined) => {
                let member = joined.organisation_id.parse().ok();
                state.members.extend(member.map(|member: Uuid| (member, dates::parse(&joined.since))));
            }
            Event::MemberLeft(left) => {
                if let Ok(member) = left.organisation_id.parse::<Uuid>() {
                    state.members.remove(&member);
                }
            }
            Event::AnswerDelayChosen(chosen) => {
                state.answer_delays.insert(chosen.prescription_kind, chosen.days);
            }
        }
        state
    }
}

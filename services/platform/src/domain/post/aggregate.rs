//! What the rules of a post must know of its past.

use std::collections::BTreeMap;

use contracts::{EnumValue, common::v1::Role};
use jiff::civil::Date;
use service::Domain;
use uuid::Uuid;
use vocabulary::dates;

use super::Event;

/// The aggregate.
#[derive(Debug)]
pub struct Post;

/// Its state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Who holds it, and since when.
    pub holder: Option<(Uuid, Option<Date>)>,
    /// From which day it was last vacant.
    pub vacant_from: Option<Date>,
    /// Its organisation.
    pub organisation_id: Option<Uuid>,
    /// What it does around persons.
    pub role: EnumValue<Role>,
    /// The missions of an auditor: their first and last days.
    pub missions: BTreeMap<Uuid, (Date, Date)>,
}

impl Domain for Post {
    type Event = Event;
    type State = State;

    const PERSON: bool = false;
    const CALLED: &'static str = "ce poste";

    fn apply(mut state: State, event: Event) -> State {
        match event {
            Event::PostOpened(opened) => {
                state.organisation_id = opened.organisation_id.parse().ok();
                state.role = opened.role;
            }
            Event::PostFilled(filled) => {
                let since = dates::parse(&filled.since);
                state.holder = filled.professional_id.parse().ok().map(|professional| (professional, since));
            }
            Event::PostVacated(vacated) => {
                state.holder = None;
                state.vacant_from = dates::parse(&vacated.until);
            }
            Event::MissionOpened(opened) => {
                let days = dates::parse(&opened.from_day).zip(dates::parse(&opened.until_day));
                state.missions.extend(opened.mission_id.parse().ok().zip(days));
            }
            Event::MissionEnded(ended) => {
                let mission = ended.mission_id.parse().ok().and_then(|id: Uuid| state.missions.get_mut(&id));
                if let Some((mission, day)) = mission.zip(dates::parse(&ended.ended_on)) {
                    mission.1 = mission.1.min(day);
                }
            }
        }
        state
    }
}

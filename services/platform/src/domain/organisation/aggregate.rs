//! What the rules of an organisation must know of its past.

use std::collections::BTreeMap;

use jiff::civil::Date;
use service::Domain;
use uuid::Uuid;
use vocabulary::dates;

use super::Event;

/// The aggregate.
#[derive(Debug)]
pub struct Organisation;

/// Its state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Its card.
    pub card: Card,
    /// The mandates it was ever given.
    pub mandates: BTreeMap<Uuid, Mandate>,
    /// When professional secrecy is recognised to it.
    pub secrecy: Vec<Opening>,
    /// Last day on which its kind alone told that it shares it, when an administrator said so.
    pub secrecy_by_kind_until: Option<Date>,
    /// When it may know constraints that come from justice.
    pub judicial: Vec<Opening>,
}

/// What an administrator opened to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Why: the number of a ground.
    pub ground: i32,
    /// The act that says so.
    pub reference: String,
    /// First day.
    pub from: Date,
    /// Last day, included; none when it is not known.
    pub until: Option<Date>,
}

impl Opening {
    /// Whether it still holds after that day.
    fn lasts_beyond(&self, day: Date) -> bool {
        self.until.is_none_or(|until| until > day)
    }
}

impl State {
    /// Whether it may share professional secrets after that day. Its kind may tell: that too ends, once.
    pub fn shares_secrecy_beyond(&self, day: Date) -> bool {
        self.secrecy_by_kind_until.is_none_or(|last| last > day)
            || self.secrecy.iter().any(|opening| opening.lasts_beyond(day))
    }

    /// Whether it may know constraints that come from justice after that day.
    pub fn knows_justice_beyond(&self, day: Date) -> bool {
        self.judicial.iter().any(|opening| opening.lasts_beyond(day))
    }
}

/// What is known of it and may change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// Its name.
    pub name: String,
    /// Its SIRET, 14 digits; may be empty.
    pub siret: String,
    /// Its town.
    pub town: String,
    /// Its references in other directories.
    pub external_ids: Vec<String>,
}

/// A mandate to prescribe in the name of another organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mandate {
    /// Who granted it.
    pub by: Uuid,
    /// First day.
    pub from: Date,
    /// Last day, included.
    pub until: Date,
}

impl Domain for Organisation {
    type Event = Event;
    type State = State;

    const PERSON: bool = false;
    const CALLED: &'static str = "cette organisation";

    fn apply(mut state: State, event: Event) -> State {
        match event {
            Event::OrganisationRegistered(card) => {
                state.card = Card {
                    name: card.name,
                    siret: card.siret,
                    town: card.town,
                    external_ids: card.external_ids,
                };
            }
            Event::OrganisationUpdated(card) => {
                state.card = Card {
                    name: card.name,
                    siret: card.siret,
                    town: card.town,
                    external_ids: card.external_ids,
                };
            }
            Event::MandateGranted(granted) => {
                let days = dates::parse(&granted.from_day).zip(dates::parse(&granted.until_day));
                if let (Ok(id), Ok(by), Some((from, until))) =
                    (granted.mandate_id.parse(), granted.by_organisation_id.parse(), days)
                {
                    state.mandates.insert(id, Mandate { by, from, until });
                }
            }
            Event::MandateEnded(ended) => {
                let mandate = ended.mandate_id.parse().ok().and_then(|id: Uuid| state.mandates.get_mut(&id));
                if let Some((mandate, day)) = mandate.zip(dates::parse(&ended.ended_on)) {
                    mandate.until = mandate.until.min(day);
                }
            }
            Event::SecrecyRecognised(said) => {
                let ground = said.ground.to_i32();
                state.secrecy.extend(opening(ground, said.reference, &said.from_day, &said.until_day));
            }
            Event::SecrecyEnded(said) => {
                let last = dates::parse(&said.ended_on);
                end(&mut state.secrecy, last);
                state.secrecy_by_kind_until = state.secrecy_by_kind_until.into_iter().chain(last).min();
            }
            Event::JudicialAccessGranted(said) => {
                let ground = said.ground.to_i32();
                state.judicial.extend(opening(ground, said.reference, &said.from_day, &said.until_day));
            }
            Event::JudicialAccessEnded(said) => end(&mut state.judicial, dates::parse(&said.ended_on)),
        }
        state
    }
}

fn opening(ground: i32, reference: String, from: &str, until: &str) -> Option<Opening> {
    Some(Opening { ground, reference, from: dates::parse(from)?, until: dates::parse(until) })
}

fn end(openings: &mut Vec<Opening>, last: Option<Date>) {
    let Some(last) = last else { return };
    openings.retain(|opening| opening.from <= last);
    for opening in openings.iter_mut().filter(|opening| opening.lasts_beyond(last)) {
        opening.until = Some(last);
    }
}

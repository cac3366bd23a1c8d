//! `gatherings`: what is planned, and what took place.

use contracts::{EnumValue, Recorded, events, platform::v1::GatheringKind};
use jiff::civil::Date;
use projections::{Poison, Rows, document::View};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::dates;

/// The read model.
#[derive(Debug)]
pub struct Gatherings;

/// A gathering.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct GatheringBody {
    /// The platform.
    pub platform_id: Uuid,
    /// Its kind.
    #[schema(value_type = String)]
    pub kind: EnumValue<GatheringKind>,
    /// How it is called.
    pub title: String,
    /// Its day: the one it took place, or the one planned.
    #[schema(value_type = Option<String>)]
    pub day: Option<Date>,
    /// Where.
    pub town: String,
    /// INSEE code of that commune.
    pub insee_code: String,
    /// The organisations that take part.
    pub organisation_ids: Vec<Uuid>,
    /// Places; 0 without limit.
    pub capacity: u32,
    /// Whether it took place.
    pub held: bool,
    /// How many people looking for work came.
    pub people: u32,
    /// How many professionals.
    pub professionals: u32,
    /// How many employers.
    pub employers: u32,
}

impl View for Gatherings {
    type Body = GatheringBody;

    const NAME: &'static str = "gatherings";
    const VERSION: u32 = 1;
    const ROWS: Rows = Rows::Open;
    const INDEXES: &'static [&'static str] = &["((body->>'platform_id'), (body->>'day'), key)"];

    fn key(fact: &Recorded) -> Option<Uuid> {
        (fact.kind.aggregate().name == "gathering").then_some(fact.stream_id)
    }

    fn fold(body: &mut GatheringBody, fact: &Recorded) -> Result<(), Poison> {
        match fact.trace()? {
            events::Gathering::GatheringPlanned(planned) => {
                body.platform_id = planned.platform_id.parse().unwrap_or_default();
                body.kind = planned.kind;
                body.title = planned.title;
                body.day = dates::parse(&planned.planned_on);
                body.town = planned.town;
                body.insee_code = planned.insee_code;
                body.organisation_ids =
                    planned.organisation_ids.iter().filter_map(|id| id.parse().ok()).collect();
                body.capacity = planned.capacity;
            }
            events::Gathering::GatheringHeld(held) => {
                body.held = true;
                body.day = dates::parse(&held.held_on).or(body.day);
                body.people = held.people;
                body.professionals = held.professionals;
                body.employers = held.employers;
            }
        }
        Ok(())
    }
}

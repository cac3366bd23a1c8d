//! `received_data`: what became of data that organisations received, one row for each time one was told of it
//! (RGPD, article 19). Its own posts read it, also once the case is closed to them.

use contracts::{EnumValue, Recorded, case::v1::RecipientMatter, events};
use jiff::civil::Date;
use projections::{Poison, Rows, document::View};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vocabulary::dates::parse;

use super::as_fact;

/// Its name.
pub const NAME: &str = "received_data";

/// The read model.
#[derive(Debug)]
pub struct Copies;

/// What an organisation was told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Copy {
    /// The organisation.
    pub told_to: Option<Uuid>,
    /// Position of the fact.
    pub told_at: i64,
    /// The case: what the copies and the tools of the organisation know it by.
    pub case_id: Uuid,
    /// What became of the data.
    pub matter: EnumValue<RecipientMatter>,
    /// Whether the organisation itself received them; otherwise only these posts of it did.
    pub whole: bool,
    /// See `whole`.
    pub read_by: Vec<Uuid>,
    /// When.
    pub told_on: Option<Date>,
}

impl View for Copies {
    type Body = Copy;

    const NAME: &'static str = NAME;
    const VERSION: u32 = 1;
    const ROWS: Rows = Rows::Of("told_to");
    const COLUMNS: &'static [&'static str] = &[
        "told_to uuid generated always as ((body->>'told_to')::uuid) stored",
        "told_at bigint generated always as ((body->>'told_at')::bigint) stored",
    ];
    const INDEXES: &'static [&'static str] = &["(told_to, told_at)"];

    fn key(fact: &Recorded) -> Option<Uuid> {
        (fact.kind.name == "RecipientTold").then_some(fact.event_id)
    }

    fn fold(copy: &mut Copy, fact: &Recorded) -> Result<(), Poison> {
        if let events::Case::RecipientTold(told) = as_fact(fact)? {
            *copy = Copy {
                told_to: told.organisation_id.parse().ok(),
                told_at: fact.position,
                case_id: fact.case_id.unwrap_or(fact.stream_id),
                matter: told.matter,
                whole: told.whole,
                read_by: told.post_ids.iter().filter_map(|post| post.parse().ok()).collect(),
                told_on: parse(&told.told_on),
            };
        }
        Ok(())
    }
}

//! `platform_references`: how the organisations that Jalon knows are called elsewhere, for imports.

use contracts::{Recorded, events};
use projections::{Poison, Rows, document::View};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The read model.
#[derive(Debug)]
pub struct References;

/// An organisation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reference {
    /// Its name.
    pub name: String,
    /// Its SIRET.
    pub siret: String,
    /// Its town.
    pub town: String,
    /// Its references in other directories.
    pub external_ids: Vec<String>,
}

impl View for References {
    type Body = Reference;

    const NAME: &'static str = "platform_references";
    const VERSION: u32 = 1;
    const ROWS: Rows = Rows::Open;
    const INDEXES: &'static [&'static str] = &["((body->>'siret'))", "using gin ((body->'external_ids'))"];

    fn key(fact: &Recorded) -> Option<Uuid> {
        matches!(fact.kind.name, "OrganisationRegistered" | "OrganisationUpdated").then_some(fact.stream_id)
    }

    fn fold(body: &mut Reference, fact: &Recorded) -> Result<(), Poison> {
        *body = match fact.trace()? {
            events::Organisation::OrganisationRegistered(card) => Reference {
                name: card.name,
                siret: card.siret,
                town: card.town,
                external_ids: card.external_ids,
            },
            events::Organisation::OrganisationUpdated(card) => Reference {
                name: card.name,
                siret: card.siret,
                town: card.town,
                external_ids: card.external_ids,
            },
            _ => return Ok(()),
        };
        Ok(())
    }
}

//! `local_services`: the services of the territory, as their directories publish them.

use contracts::{Recorded, events, platform::v1::ServiceCard};
use jiff::civil::Date;
use projections::{Poison, Rows, document::View};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::dates;

/// The read model.
#[derive(Debug)]
pub struct Services;

/// A service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct ServiceBody {
    /// Its directory.
    pub directory: String,
    /// Its id there.
    pub reference: String,
    /// Whether the directory publishes it.
    pub listed: bool,
    /// The day of the version known.
    #[schema(value_type = Option<String>)]
    pub updated_on: Option<Date>,
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: String,
    /// The organisation that offers it, in Jalon.
    pub structure_id: Option<Uuid>,
    /// The same in the directory.
    pub structure_reference: String,
    /// Its thématiques.
    pub themes: Vec<String>,
    /// `gratuit`, `payant`, or empty.
    pub fees: String,
    /// For whom; empty when it is not said.
    pub audiences: Vec<String>,
    /// `en-presentiel`, `a-distance`.
    pub reception_modes: Vec<String>,
    /// Who may ask for it.
    pub referrers: Vec<String>,
    /// Where people may come from; empty when it is not said.
    pub zones: Vec<String>,
    /// Its town.
    pub town: String,
    /// INSEE code of that commune.
    pub insee_code: String,
    /// Where it is published.
    pub link: String,
}

impl ServiceBody {
    fn says(&mut self, card: Option<&ServiceCard>, updated_on: &str) {
        let Some(card) = card.cloned() else { return };
        self.listed = true;
        self.updated_on = dates::parse(updated_on);
        self.name = card.name;
        self.kind = card.kind;
        self.structure_id = card.structure_id.parse().ok();
        self.structure_reference = card.structure_reference;
        self.themes = card.themes;
        self.fees = card.fees;
        self.audiences = card.audiences;
        self.reception_modes = card.reception_modes;
        self.referrers = card.referrers;
        self.zones = card.zones;
        self.town = card.town;
        self.insee_code = card.insee_code;
        self.link = card.link;
    }
}

impl View for Services {
    type Body = ServiceBody;

    const NAME: &'static str = "local_services";
    const VERSION: u32 = 1;
    const ROWS: Rows = Rows::Open;
    const INDEXES: &'static [&'static str] =
        &["using gin ((body->'themes'))", "((body->>'directory'), (body->>'listed'))"];

    fn key(fact: &Recorded) -> Option<Uuid> {
        (fact.kind.aggregate().name == "service").then_some(fact.stream_id)
    }

    fn fold(body: &mut ServiceBody, fact: &Recorded) -> Result<(), Poison> {
        match fact.trace()? {
            events::LocalService::ServiceListed(listed) => {
                body.directory = listed.directory;
                body.reference = listed.reference;
                body.says(listed.card.as_option(), &listed.updated_on);
            }
            events::LocalService::ServiceUpdated(updated) => {
                body.says(updated.card.as_option(), &updated.updated_on);
            }
            events::LocalService::ServiceDelisted(_) => body.listed = false,
        }
        Ok(())
    }
}

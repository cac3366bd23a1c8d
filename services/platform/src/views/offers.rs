//! `offers`: every offer, as it stands.

use contracts::{
    EnumValue, Recorded,
    employment::v1::ContractKind,
    events,
    platform::v1::{FrenchUse, OfferCard, OfferSource},
};
use jiff::civil::Date;
use projections::{Poison, Rows, document::View};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::dates;

/// The read model.
#[derive(Debug)]
pub struct Offers;

/// Whether an offer is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OfferState {
    /// It is.
    #[default]
    Open,
    /// All its positions are taken.
    Filled,
    /// It was withdrawn.
    Withdrawn,
}

/// An offer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct OfferBody {
    /// The platform.
    pub platform_id: Uuid,
    /// The employer, when it is known to Jalon.
    pub employer_id: Option<Uuid>,
    /// The employer's name, when it is not.
    pub employer_name: String,
    /// Whether it is open.
    pub state: OfferState,
    /// When it was published.
    #[schema(value_type = Option<String>)]
    pub published_on: Option<Date>,
    /// When it was filled or withdrawn.
    #[schema(value_type = Option<String>)]
    pub closed_on: Option<Date>,
    /// How many positions were taken by people the platform follows.
    pub by_platform: u32,
    /// How the employer calls the job.
    pub label: String,
    /// ROME code.
    pub rome_code: String,
    /// NAF code.
    pub sector: String,
    /// The contract offered.
    #[schema(value_type = String)]
    pub contract: EnumValue<ContractKind>,
    /// Hours a week, in minutes; 0 when they are not said.
    pub weekly_minutes: u32,
    /// Where the work is.
    pub town: String,
    /// INSEE code of that commune.
    pub insee_code: String,
    /// First day of work.
    #[schema(value_type = Option<String>)]
    pub starts_on: Option<Date>,
    /// How many are sought.
    pub positions: u32,
    /// How much French it uses.
    #[schema(value_type = String)]
    pub french: EnumValue<FrenchUse>,
    /// Where it is published.
    pub link: String,
    /// Where it comes from.
    #[schema(value_type = String)]
    pub source: EnumValue<OfferSource>,
    /// Its reference there.
    pub reference: String,
}

impl OfferBody {
    fn says(&mut self, card: Option<&OfferCard>) {
        let Some(card) = card.cloned() else { return };
        self.employer_name = card.employer_name;
        self.label = card.label;
        self.rome_code = card.rome_code;
        self.sector = card.sector;
        self.contract = card.contract;
        self.weekly_minutes = card.weekly_minutes;
        self.town = card.town;
        self.insee_code = card.insee_code;
        self.starts_on = dates::parse(&card.starts_on);
        self.positions = card.positions;
        self.french = card.french;
        self.link = card.link;
    }

    /// What it says, as its facts do.
    pub fn card(&self) -> OfferCard {
        OfferCard {
            label: self.label.clone(),
            rome_code: self.rome_code.clone(),
            sector: self.sector.clone(),
            contract: self.contract,
            weekly_minutes: self.weekly_minutes,
            town: self.town.clone(),
            insee_code: self.insee_code.clone(),
            starts_on: self.starts_on.map(|day| day.to_string()).unwrap_or_default(),
            positions: self.positions,
            french: self.french,
            employer_name: self.employer_name.clone(),
            link: self.link.clone(),
            ..Default::default()
        }
    }
}

impl View for Offers {
    type Body = OfferBody;

    const NAME: &'static str = "offers";
    const VERSION: u32 = 1;
    const ROWS: Rows = Rows::Open;
    const INDEXES: &'static [&'static str] =
        &["((body->>'state'), (body->>'platform_id'), key)", "((body->>'employer_id'))"];

    fn key(fact: &Recorded) -> Option<Uuid> {
        (fact.kind.aggregate().name == "offer").then_some(fact.stream_id)
    }

    fn fold(body: &mut OfferBody, fact: &Recorded) -> Result<(), Poison> {
        match fact.trace()? {
            events::Offer::OfferPublished(published) => {
                body.platform_id = published.platform_id.parse().unwrap_or_default();
                body.employer_id = published.employer_id.parse().ok();
                body.published_on = dates::parse(&published.published_on);
                body.source = published.source;
                body.says(published.card.as_option());
                body.reference = published.reference;
            }
            events::Offer::OfferUpdated(updated) => {
                body.employer_id = updated.employer_id.parse().ok();
                body.says(updated.card.as_option());
            }
            events::Offer::OfferFilled(filled) => {
                body.state = OfferState::Filled;
                body.closed_on = dates::parse(&filled.filled_on);
                body.by_platform = filled.by_platform;
            }
            events::Offer::OfferWithdrawn(withdrawn) => {
                body.state = OfferState::Withdrawn;
                body.closed_on = dates::parse(&withdrawn.withdrawn_on);
            }
        }
        Ok(())
    }
}

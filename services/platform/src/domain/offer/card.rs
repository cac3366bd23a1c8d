//! What an offer says, as it is asked and as it is kept.

use contracts::{Word, employment::v1::ContractKind};
use serde::{Deserialize, Serialize};
use service::Day;
use utoipa::ToSchema;
use vocabulary::{Refusal, Rule};

use super::{FrenchUse, OfferCard};
use crate::domain::{codes, texts};

/// An offer says what the work is.
pub const LABEL: Rule = Rule::strict("offre.libelle", "Une offre dit quel est le travail.", "usage");
/// A week has its limits.
pub const HOURS: Rule = Rule::strict(
    "offre.heures",
    "Une offre ne dépasse pas 48 heures par semaine.",
    "Code du travail, L. 3121-20",
);
/// An offer is for someone.
pub const POSITIONS: Rule = Rule::strict(
    "offre.postes",
    "Une offre compte au moins un poste, et on n’en pourvoit pas plus qu’elle n’en compte.",
    "usage",
);

/// What an offer says.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = OfferCard)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// How the employer calls the job. Names nobody.
    pub label: String,
    /// ROME code, such as `K2204`.
    #[serde(default)]
    pub rome_code: String,
    /// NAF code of the employer, such as `81.21Z` or `81`.
    #[serde(default)]
    pub sector: String,
    /// The contract offered.
    #[serde(default)]
    pub contract: Option<Word<ContractKind>>,
    /// Hours a week, in minutes.
    #[serde(default)]
    pub weekly_minutes: u32,
    /// Where the work is.
    #[serde(default)]
    pub town: String,
    /// INSEE code of that commune.
    #[serde(default)]
    pub insee_code: String,
    /// First day of work.
    #[serde(default)]
    pub starts_on: Option<Day>,
    /// How many are sought.
    #[serde(default = "one")]
    pub positions: u32,
    /// How much French it uses.
    #[serde(default)]
    pub french: Option<Word<FrenchUse>>,
    /// The employer, when it is not an organisation of Jalon.
    #[serde(default)]
    pub employer_name: String,
    /// Where the offer is published.
    #[serde(default)]
    pub link: String,
}

fn one() -> u32 {
    1
}

impl Card {
    /// A card that says only that.
    pub fn of(label: &str) -> Self {
        Self {
            label: label.to_owned(),
            rome_code: String::new(),
            sector: String::new(),
            contract: None,
            weekly_minutes: 0,
            town: String::new(),
            insee_code: String::new(),
            starts_on: None,
            positions: 1,
            french: None,
            employer_name: String::new(),
            link: String::new(),
        }
    }

    /// The card as it is kept.
    ///
    /// # Errors
    /// The rule that refuses.
    pub fn read(&self) -> Result<OfferCard, Refusal> {
        let label = texts::plain(&self.label, "/card/label")?;
        if label.is_empty() {
            return Err(LABEL.refuse("L’intitulé du travail manque. Donnez-le.").at("/card/label"));
        }
        if self.weekly_minutes > 48 * 60 {
            return Err(HOURS
                .refuse("Cette offre dépasse 48 heures par semaine. Corrigez la durée, en minutes.")
                .at("/card/weekly_minutes"));
        }
        if self.positions == 0 {
            return Err(POSITIONS
                .refuse("Le nombre de postes est nul. Donnez-en au moins un.")
                .at("/card/positions"));
        }
        Ok(OfferCard {
            label,
            rome_code: codes::rome(&self.rome_code, "/card/rome_code")?,
            sector: codes::naf(&self.sector, "/card/sector")?,
            contract: self.contract.map(Into::into).unwrap_or_default(),
            weekly_minutes: self.weekly_minutes,
            town: texts::plain(&self.town, "/card/town")?,
            insee_code: codes::insee(&self.insee_code, "/card/insee_code")?,
            starts_on: self.starts_on.map(Into::into).unwrap_or_default(),
            positions: self.positions,
            french: self.french.map(Into::into).unwrap_or_default(),
            employer_name: texts::plain(&self.employer_name, "/card/employer_name")?,
            link: codes::link(&self.link, "/card/link")?,
            ..Default::default()
        })
    }
}

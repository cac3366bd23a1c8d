//! What can be asked of a local service, each intent with its rule right below.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::{
    aggregate::{LocalService, State},
    *,
};
use crate::domain::codes;

/// A service is named.
pub const NAMED: Rule = Rule::strict(
    "service.nom",
    "Un service publié a un nom et une référence dans son répertoire.",
    "data·inclusion, schéma v1",
);

/// What a directory says of a service.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = ServiceCard)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Its name.
    pub name: String,
    /// Its type, such as `atelier`.
    #[serde(default)]
    pub kind: String,
    /// The organisation that offers it, in Jalon.
    #[serde(default)]
    pub structure_id: Option<Uuid>,
    /// The same in the directory.
    #[serde(default)]
    pub structure_reference: String,
    /// Its thématiques.
    #[serde(default)]
    pub themes: Vec<String>,
    /// `gratuit` or `payant`.
    #[serde(default)]
    pub fees: String,
    /// For whom.
    #[serde(default)]
    pub audiences: Vec<String>,
    /// `en-presentiel`, `a-distance`.
    #[serde(default)]
    pub reception_modes: Vec<String>,
    /// Who may ask for it.
    #[serde(default)]
    pub referrers: Vec<String>,
    /// Where people may come from.
    #[serde(default)]
    pub zones: Vec<String>,
    /// Its town.
    #[serde(default)]
    pub town: String,
    /// INSEE code of that commune.
    #[serde(default)]
    pub insee_code: String,
    /// Where it is published.
    #[serde(default)]
    pub link: String,
}

/// Takes a service as its directory now publishes it: listed, changed, or already so.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListService {
    /// The directory, such as `data-inclusion`.
    pub directory: String,
    /// Its id there.
    pub reference: String,
    /// The day of that version, as the directory says.
    pub updated_on: Day,
    /// What the directory says.
    pub card: Card,
}

impl ListService {
    /// Its stream.
    pub fn stream_id(&self) -> Uuid {
        stream_id(&self.directory, &self.reference)
    }

    fn read(&self) -> Result<ServiceCard, Refusal> {
        let Card { name, kind, structure_id, structure_reference, themes, .. } = self.card.clone();
        let Card { fees, audiences, reception_modes, referrers, zones, town, .. } = self.card.clone();
        Ok(ServiceCard {
            name: name.trim().to_owned(),
            kind,
            structure_id: structure_id.map(|id| id.to_string()).unwrap_or_default(),
            structure_reference,
            themes,
            fees,
            audiences,
            reception_modes,
            referrers,
            zones,
            town,
            insee_code: codes::insee(&self.card.insee_code, "/card/insee_code")?,
            link: codes::link(&self.card.link, "/card/link")?,
            ..Default::default()
        })
    }
}

impl Command for ListService {
    type Aggregate = LocalService;
    const NAME: &'static str = "directory.list-service";
    const SUMMARY: &'static str = "Reprendre un service publié par un répertoire";

    fn decide(&self, state: &State, _: &Context) -> Result<Vec<Event>, Refusal> {
        if self.card.name.trim().is_empty() {
            return Err(NAMED.refuse("Le nom du service manque. Donnez-le.").at("/card/name"));
        }
        if self.reference.is_empty() || self.directory.is_empty() {
            return Err(NAMED
                .refuse("Le répertoire ou la référence du service manque. Donnez-les.")
                .at("/reference"));
        }
        let card = self.read()?;
        if !state.listed {
            let listed = ServiceListed {
                directory: self.directory.clone(),
                reference: self.reference.clone(),
                updated_on: self.updated_on.into(),
                card: card.into(),
                ..Default::default()
            };
            return Ok(vec![listed.into()]);
        }
        // An older version than the one known says nothing new.
        let older = state.updated_on.is_some_and(|known| self.updated_on.0 < known);
        if older || state.card == card {
            return Ok(Vec::new());
        }
        let updated =
            ServiceUpdated { updated_on: self.updated_on.into(), card: card.into(), ..Default::default() };
        Ok(vec![updated.into()])
    }
}

/// Says that its directory no longer publishes it: it is no longer proposed, and still named where a
/// resource uses it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DelistService {
    /// When; today when absent.
    #[serde(default)]
    pub delisted_on: Option<Day>,
}

impl Command for DelistService {
    type Aggregate = LocalService;
    const NAME: &'static str = "directory.delist-service";
    const SUMMARY: &'static str = "Déclarer qu’un service n’est plus publié";
    const DAY: fn(&Self) -> Option<Date> = |command| command.delisted_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if !state.listed {
            return Ok(Vec::new());
        }
        let delisted_on = self.delisted_on.map_or(context.today, |day| day.0).to_string();
        Ok(vec![ServiceDelisted { delisted_on, ..Default::default() }.into()])
    }
}

//! What can be asked of an offer, each intent with its rule right below.

use contracts::Word;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Needs};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::{
    aggregate::{Offer, State},
    card::{Card, POSITIONS},
    *,
};
use crate::domain::platform::members;

/// Only an open offer changes.
pub const OPEN: Rule = Rule::strict(
    "offre.ouverte",
    "Une offre pourvue ou retirée ne change plus : on en publie une nouvelle.",
    "usage",
);
/// Days come in their order.
pub const DATES: Rule =
    Rule::strict("offre.dates", "Une offre est pourvue ou retirée après sa publication.", "usage");
/// What is imported has a reference.
pub const REFERENCE: Rule =
    Rule::strict("offre.reference", "Une offre importée porte sa référence d’origine.", "usage");

/// Publishes an offer on a platform.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishOffer {
    /// The platform.
    pub platform_id: Uuid,
    /// The employer, when it is known to Jalon.
    #[serde(default)]
    pub employer_id: Option<Uuid>,
    /// What it says.
    pub card: Card,
    /// When; today when absent.
    #[serde(default)]
    pub published_on: Option<Day>,
}

impl Command for PublishOffer {
    type Aggregate = Offer;
    const NAME: &'static str = "offer.publish";
    const SUMMARY: &'static str = "Publier une offre";
    const DAY: fn(&Self) -> Option<Date> = |command| command.published_on.map(|day| day.0);

    fn needs(&self, _: &State) -> Needs {
        Needs {
            organisations: self.employer_id.into_iter().collect(),
            streams: vec![self.platform_id],
            ..Needs::default()
        }
    }

    fn decide(&self, _: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        members::by_a_member(Some(self.platform_id), context)?;
        let published = OfferPublished {
            platform_id: self.platform_id.to_string(),
            employer_id: members::known(self.employer_id, "/employer_id", context)?,
            card: self.card.read()?.into(),
            source: OfferSource::SAISIE.into(),
            published_on: self.published_on.map_or(context.today, |day| day.0).to_string(),
            ..Default::default()
        };
        Ok(vec![published.into()])
    }
}

/// Takes an offer from elsewhere as it now stands there: published, changed, or already so.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportOffer {
    /// The platform.
    pub platform_id: Uuid,
    /// Where it comes from.
    pub source: Word<OfferSource>,
    /// Its reference there.
    pub reference: String,
    /// What it says.
    pub card: Card,
    /// When it was published there; today when absent.
    #[serde(default)]
    pub published_on: Option<Day>,
}

impl ImportOffer {
    /// Its stream.
    pub fn stream_id(&self) -> Uuid {
        stream_id(self.platform_id, self.source.0, self.reference.trim())
    }
}

impl Command for ImportOffer {
    type Aggregate = Offer;
    const NAME: &'static str = "offer.import";
    const SUMMARY: &'static str = "Reprendre une offre publiée ailleurs";
    const DAY: fn(&Self) -> Option<Date> = |command| command.published_on.map(|day| day.0);

    fn needs(&self, _: &State) -> Needs {
        Needs { streams: vec![self.platform_id], ..Needs::default() }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        members::by_a_member(Some(self.platform_id), context)?;
        let reference = self.reference.trim().to_owned();
        if reference.is_empty() {
            return Err(REFERENCE.refuse("La référence de l’offre manque. Donnez-la.").at("/reference"));
        }
        let card = self.card.read()?;
        // What was filled or withdrawn here stays so, whatever the other list still says.
        if state.closed_on.is_some() || state.platform_id.is_some() && state.card == card {
            return Ok(Vec::new());
        }
        if state.platform_id.is_some() {
            let employer_id = state.employer_id.clone();
            return Ok(vec![OfferUpdated { employer_id, card: card.into(), ..Default::default() }.into()]);
        }
        let published = OfferPublished {
            platform_id: self.platform_id.to_string(),
            card: card.into(),
            source: self.source.into(),
            reference,
            published_on: self.published_on.map_or(context.today, |day| day.0).to_string(),
            ..Default::default()
        };
        Ok(vec![published.into()])
    }
}

/// Changes what an offer says: all of it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateOffer {
    /// The employer, when it is known to Jalon.
    #[serde(default)]
    pub employer_id: Option<Uuid>,
    /// What it says now.
    pub card: Card,
}

impl Command for UpdateOffer {
    type Aggregate = Offer;
    const NAME: &'static str = "offer.update";
    const SUMMARY: &'static str = "Mettre à jour une offre";

    fn needs(&self, state: &State) -> Needs {
        Needs {
            organisations: self.employer_id.into_iter().collect(),
            streams: state.platform_id.into_iter().collect(),
            ..Needs::default()
        }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        members::by_a_member(state.platform_id, context)?;
        if state.closed_on.is_some() {
            return Err(OPEN.refuse(
                "Cette offre est pourvue ou retirée. Publiez-en une nouvelle : l’ancienne reste visible.",
            ));
        }
        let employer_id = members::known(self.employer_id, "/employer_id", context)?;
        let card = self.card.read()?;
        if state.card == card && state.employer_id == employer_id {
            return Ok(Vec::new());
        }
        Ok(vec![OfferUpdated { employer_id, card: card.into(), ..Default::default() }.into()])
    }
}

/// Says that all positions are taken.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FillOffer {
    /// When; today when absent.
    #[serde(default)]
    pub filled_on: Option<Day>,
    /// How many were taken by people the platform follows.
    #[serde(default)]
    pub by_platform: u32,
}

impl Command for FillOffer {
    type Aggregate = Offer;
    const NAME: &'static str = "offer.fill";
    const SUMMARY: &'static str = "Déclarer une offre pourvue";
    const DAY: fn(&Self) -> Option<Date> = |command| command.filled_on.map(|day| day.0);

    fn needs(&self, state: &State) -> Needs {
        Needs { streams: state.platform_id.into_iter().collect(), ..Needs::default() }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        members::by_a_member(state.platform_id, context)?;
        if state.closed_on.is_some() {
            return Ok(Vec::new());
        }
        if self.by_platform > state.card.positions {
            return Err(POSITIONS
                .refuse(
                    "C’est plus que l’offre ne compte de postes. Corrigez ce nombre, ou celui de l’offre.",
                )
                .at("/by_platform"));
        }
        let filled_on = self.filled_on.map_or(context.today, |day| day.0);
        after_publication(state, filled_on, "/filled_on")?;
        let by_platform = self.by_platform;
        Ok(vec![OfferFilled { filled_on: filled_on.to_string(), by_platform, ..Default::default() }.into()])
    }
}

/// Says that an offer is no longer open.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawOffer {
    /// When; today when absent.
    #[serde(default)]
    pub withdrawn_on: Option<Day>,
    /// Why.
    pub reason: Word<WithdrawalReason>,
}

impl Command for WithdrawOffer {
    type Aggregate = Offer;
    const NAME: &'static str = "offer.withdraw";
    const SUMMARY: &'static str = "Retirer une offre";
    const DAY: fn(&Self) -> Option<Date> = |command| command.withdrawn_on.map(|day| day.0);

    fn needs(&self, state: &State) -> Needs {
        Needs { streams: state.platform_id.into_iter().collect(), ..Needs::default() }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        members::by_a_member(state.platform_id, context)?;
        if state.closed_on.is_some() {
            return Ok(Vec::new());
        }
        let withdrawn_on = self.withdrawn_on.map_or(context.today, |day| day.0);
        after_publication(state, withdrawn_on, "/withdrawn_on")?;
        let withdrawn = OfferWithdrawn {
            withdrawn_on: withdrawn_on.to_string(),
            reason: self.reason.into(),
            ..Default::default()
        };
        Ok(vec![withdrawn.into()])
    }
}

fn after_publication(state: &State, day: Date, pointer: &'static str) -> Result<(), Refusal> {
    if state.published_on.is_some_and(|published| day < published) {
        return Err(DATES.refuse("Cette date précède la publication de l’offre. Corrigez-la.").at(pointer));
    }
    Ok(())
}

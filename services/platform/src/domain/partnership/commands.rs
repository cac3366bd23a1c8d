//! What can be asked of a partnership, each intent with its rule right below.

use contracts::{Word, common::v1::OrganisationKind};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Needs};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::{
    aggregate::{Partnership, State},
    *,
};
use crate::domain::{platform::members, texts};

/// A partnership says something.
pub const SAID: Rule = Rule::strict(
    "partenariat.contenu",
    "Un partenariat dit comment il marche, ce qui est difficile ou ce qui en est attendu.",
    "Partenariats, annexe 1",
);
/// Days come in their order.
pub const DATES: Rule =
    Rule::strict("partenariat.dates", "Un partenariat se revoit après avoir été décrit.", "usage");

/// What a partnership is: the columns of the map.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = PartnershipCard)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// The kind of actor.
    pub actor: Word<OrganisationKind>,
    /// The organisation, when it is one in particular.
    #[serde(default)]
    pub organisation_id: Option<Uuid>,
    /// How it stands.
    pub state: Word<PartnershipState>,
    /// How it works today. Names nobody.
    #[serde(default)]
    pub how_it_works: String,
    /// What is difficult.
    #[serde(default)]
    pub difficulties: String,
    /// What is expected of it.
    #[serde(default)]
    pub expectations: String,
}

impl Card {
    fn read(&self, context: &Context) -> Result<PartnershipCard, Refusal> {
        let card = PartnershipCard {
            actor: self.actor.into(),
            organisation_id: members::known(self.organisation_id, "/card/organisation_id", context)?,
            state: self.state.into(),
            how_it_works: texts::plain(&self.how_it_works, "/card/how_it_works")?,
            difficulties: texts::plain(&self.difficulties, "/card/difficulties")?,
            expectations: texts::plain(&self.expectations, "/card/expectations")?,
            ..Default::default()
        };
        if card.how_it_works.is_empty() && card.difficulties.is_empty() && card.expectations.is_empty() {
            return Err(SAID
                .refuse("Rien n’est dit de ce partenariat. Écrivez comment il marche, ce qui est difficile ou ce qui en est attendu.")
                .at("/card/how_it_works"));
        }
        Ok(card)
    }
}

/// Says how the platform works with an actor of the territory.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordPartnership {
    /// The platform.
    pub platform_id: Uuid,
    /// What it is.
    pub card: Card,
    /// When; today when absent.
    #[serde(default)]
    pub recorded_on: Option<Day>,
}

impl Command for RecordPartnership {
    type Aggregate = Partnership;
    const NAME: &'static str = "partnership.record";
    const SUMMARY: &'static str = "Décrire un partenariat";
    const DAY: fn(&Self) -> Option<Date> = |command| command.recorded_on.map(|day| day.0);

    fn needs(&self, _: &State) -> Needs {
        Needs {
            organisations: self.card.organisation_id.into_iter().collect(),
            streams: vec![self.platform_id],
            ..Needs::default()
        }
    }

    fn decide(&self, _: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        members::by_a_member(Some(self.platform_id), context)?;
        let recorded = PartnershipRecorded {
            platform_id: self.platform_id.to_string(),
            card: self.card.read(context)?.into(),
            recorded_on: self.recorded_on.map_or(context.today, |day| day.0).to_string(),
            ..Default::default()
        };
        Ok(vec![recorded.into()])
    }
}

/// Looks at a partnership again, changed or not: all of it, as it now stands.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewPartnership {
    /// What it now is.
    pub card: Card,
    /// When; today when absent.
    #[serde(default)]
    pub reviewed_on: Option<Day>,
}

impl Command for ReviewPartnership {
    type Aggregate = Partnership;
    const NAME: &'static str = "partnership.review";
    const SUMMARY: &'static str = "Revoir un partenariat";
    const DAY: fn(&Self) -> Option<Date> = |command| command.reviewed_on.map(|day| day.0);

    fn needs(&self, state: &State) -> Needs {
        Needs {
            organisations: self.card.organisation_id.into_iter().collect(),
            streams: state.platform_id.into_iter().collect(),
            ..Needs::default()
        }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        members::by_a_member(state.platform_id, context)?;
        let day = self.reviewed_on.map_or(context.today, |day| day.0);
        if state.seen_on.is_some_and(|seen| day < seen) {
            return Err(DATES
                .refuse("Cette date précède la dernière fois où ce partenariat a été regardé. Corrigez-la.")
                .at("/reviewed_on"));
        }
        let card = self.card.read(context)?;
        Ok(vec![
            PartnershipReviewed { card: card.into(), reviewed_on: day.to_string(), ..Default::default() }
                .into(),
        ])
    }
}

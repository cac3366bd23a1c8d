//! Who received data of the person is told what became of them. No route asks for it: facts do.

use contracts::Word;
use serde::{Deserialize, Serialize};
use service::{Command, Context};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::super::{
    aggregate::{Case, State},
    *,
};

/// Nobody says by hand that an organisation was told.
pub const TOLD_BY: Rule = Rule::strict(
    "destinataire.automatique",
    "Jalon prévient lui-même chaque organisation qui a reçu des données, quand elles sont corrigées, effacées ou limitées.",
    "RGPD, article 19",
);

/// An organisation that received data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Recipient {
    /// The organisation.
    pub organisation_id: Uuid,
    /// Whether the organisation itself received them: by an agreement, or since it hosted the person.
    pub whole: bool,
    /// Its posts that read by themselves, from the circle or in an emergency.
    pub post_ids: Vec<Uuid>,
}

/// Tells those who received data what became of them, each once for each cause.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TellRecipients {
    /// What became of them.
    pub matter: Word<RecipientMatter>,
    /// The fact that calls for it.
    pub cause_id: Uuid,
    /// The classes of data; none for all of them.
    #[serde(default)]
    pub classes: Vec<Word<PersonalClass>>,
    /// Who is told.
    pub recipients: Vec<Recipient>,
}

impl Command for TellRecipients {
    type Aggregate = Case;
    const NAME: &'static str = "case.tell-recipients";
    const SUMMARY: &'static str = "Prévenir qui a reçu des données de ce qu’elles deviennent";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if context.actor.system.is_none() {
            return Err(TOLD_BY.refuse(
                "Cela ne se saisit pas : Jalon prévient les destinataires dès que les données sont corrigées, effacées ou limitées.",
            ));
        }
        let untold = |one: &&Recipient| !state.told.contains(&(self.cause_id, one.organisation_id));
        let told = |one: &Recipient| {
            let told = RecipientTold {
                organisation_id: one.organisation_id.to_string(),
                matter: self.matter.into(),
                cause_id: self.cause_id.to_string(),
                classes: self.classes.iter().map(|class| (*class).into()).collect(),
                whole: one.whole,
                post_ids: one.post_ids.iter().map(Uuid::to_string).collect(),
                told_on: context.today.to_string(),
                ..Default::default()
            };
            told.into()
        };
        Ok(self.recipients.iter().filter(untold).map(told).collect())
    }
}

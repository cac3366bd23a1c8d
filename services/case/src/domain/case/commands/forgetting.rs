//! The person is forgotten: the keys are destroyed first, the fact says so. No route asks for it.

use contracts::Word;
use serde::{Deserialize, Serialize};
use service::{Command, Context};
use utoipa::ToSchema;
use vocabulary::{Refusal, Rule};

use super::super::{
    aggregate::{Case, State},
    *,
};

/// Whoever destroys the keys says so.
pub const FORGOTTEN_BY: Rule = Rule::strict(
    "oubli.systeme",
    "L’effacement est enregistré par l’outil qui détruit les clés, une fois qu’elles le sont.",
    "RGPD, article 17",
);

/// Says that the keys of the person's data were destroyed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForgetPerson {
    /// The classes whose keys were destroyed; all when none is named.
    #[serde(default)]
    pub classes: Vec<Word<PersonalClass>>,
    /// Why.
    pub reason: Word<ForgettingReason>,
}

/// All the classes.
const ALL: [PersonalClass; 6] = [
    PersonalClass::IDENTITY,
    PersonalClass::PROJECT,
    PersonalClass::SOCIAL,
    PersonalClass::HEALTH,
    PersonalClass::JUDICIAL,
    PersonalClass::NOTE,
];

impl Command for ForgetPerson {
    type Aggregate = Case;
    const NAME: &'static str = "case.forget-person";
    const SUMMARY: &'static str = "Enregistrer l’effacement des données d’une personne";

    fn decide(&self, _: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if context.actor.system.is_none() {
            return Err(FORGOTTEN_BY.refuse(
                "L’effacement ne s’enregistre pas à la main. Demandez-le à l’administrateur, qui détruira les clés.",
            ));
        }
        let named = |class: &PersonalClass| self.classes.is_empty() || self.classes.contains(&Word(*class));
        let forgotten = PersonForgotten {
            classes: ALL.into_iter().filter(named).map(Into::into).collect(),
            reason: self.reason.into(),
            forgotten_on: context.today.to_string(),
            ..Default::default()
        };
        Ok(vec![forgotten.into()])
    }
}

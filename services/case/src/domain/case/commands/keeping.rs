//! What must be kept for a time, and until when data are needed.

use contracts::{Word, common::v1::Role};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, forgettings::Standing};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule, dates::valid_for_months};

use super::{
    super::{
        aggregate::{Case, State},
        *,
    },
    forgetting::own_voice,
};

/// Who may say that data must be kept.
pub const HOLD_PLACED_BY: Rule = Rule::strict(
    "conservation.demande",
    "Une conservation légale est demandée, et levée, par un référent social de la structure qui héberge la personne.",
    "RGPD, articles 17 (3) e et 18 (1) c",
);
/// A hold ends.
pub const HOLD_LENGTH: Rule = Rule::strict(
    "conservation.duree",
    "Une conservation légale dure 12 mois au plus, renouvelables.",
    "RGPD, article 5 (1) e",
);
/// What is lifted was placed.
pub const KNOWN_HOLD: Rule =
    Rule::strict("conservation.connue", "On lève une conservation demandée dans ce dossier.", "usage");
/// Nothing is kept that is being destroyed.
pub const TOO_LATE: Rule = Rule::strict(
    "conservation.trop-tard",
    "Une conservation légale précède la destruction des clés : ensuite, il n’y a plus rien à conserver.",
    "usage",
);
/// Who may say until when data are needed.
pub const NEED_STATED_BY: Rule = Rule::strict(
    "besoin.structure",
    "La fin de besoin d’une donnée est dite dans la structure qui héberge la personne.",
    "usage",
);
/// Of which data.
pub const NEEDED_CLASS: Rule = Rule::strict(
    "besoin.classe",
    "Une fin de besoin se dit de la santé (validité d’une RQTH) ou d’une contrainte de temps et de lieu.",
    "Code du travail, article D. 5312-54 (par analogie)",
);

/// Who was forgotten comes back as someone new.
pub const COMES_BACK: Rule = Rule::strict(
    "oubli.retour",
    "Une personne oubliée qui revient a un nouveau dossier, ouvert pour elle.",
    "RGPD, article 17",
);

/// Refuses to begin anew in the case of someone who was forgotten.
pub(super) fn not_forgotten(state: &State) -> Result<(), Refusal> {
    if state.forgettings.is_forgotten() {
        return Err(COMES_BACK.refuse(
            "Les données de cette personne ont été effacées à jamais. Si elle revient, ouvrez un nouveau dossier.",
        ));
    }
    Ok(())
}

/// The longest a hold lasts, in months.
const LONGEST: i32 = 12;

/// Asks that the data be kept: nothing of the person is erased until that day.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceLegalHold {
    /// Why.
    pub ground: Word<HoldGround>,
    /// Last day, included; at most 12 months.
    pub until_day: Day,
    /// A few words that help to find the file again.
    #[serde(default)]
    pub comment: String,
}

impl Command for PlaceLegalHold {
    type Aggregate = Case;
    const NAME: &'static str = "case.place-legal-hold";
    const SUMMARY: &'static str = "Demander la conservation légale des données d’une personne";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        own_referent(state, context)?;
        let until = self.until_day.0;
        if until < context.today || until > valid_for_months(context.today, LONGEST) {
            return Err(HOLD_LENGTH
                .refuse("Choisissez un dernier jour entre aujourd’hui et dans 12 mois. Elle pourra être redemandée.")
                .at("/until_day"));
        }
        let requests = &state.forgettings.requests;
        if state.forgettings.is_forgotten() || requests.values().any(|one| one.standing == Standing::Begun) {
            return Err(
                TOO_LATE.refuse("La destruction a commencé : les données ne peuvent plus être conservées.")
            );
        }
        let placed = LegalHoldPlaced {
            hold_id: context.fresh_id.to_string(),
            ground: self.ground.into(),
            placed_on: context.today.to_string(),
            until_day: self.until_day.into(),
            post_id: crate::domain::text(context.actor.post_id),
            comment: self.comment.trim().to_owned(),
            ..Default::default()
        };
        Ok(vec![placed.into()])
    }
}

/// Says that nothing asks any more that the data be kept. What was approved meanwhile is then carried out.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LiftLegalHold {
    /// Which one.
    pub hold_id: Uuid,
}

impl Command for LiftLegalHold {
    type Aggregate = Case;
    const NAME: &'static str = "case.lift-legal-hold";
    const SUMMARY: &'static str = "Lever une conservation légale";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        own_referent(state, context)?;
        let Some(hold) = state.forgettings.holds.get(&self.hold_id) else {
            return Err(KNOWN_HOLD
                .refuse("Cette conservation n’est pas dans ce dossier. Vérifiez laquelle vous levez.")
                .at("/hold_id"));
        };
        if !hold.holds_on(context.today) {
            return Ok(Vec::new());
        }
        let lifted = LegalHoldLifted {
            hold_id: self.hold_id.to_string(),
            lifted_on: context.today.to_string(),
            ..Default::default()
        };
        Ok(vec![lifted.into()])
    }
}

/// Says until when data of a class are needed. Said again, the last word counts.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StateNeed {
    /// `HEALTH` or `JUDICIAL`.
    pub class: Word<PersonalClass>,
    /// Last day, included: the validity of a RQTH, the end of a constraint. It may be to come.
    pub needed_until: Day,
}

impl Command for StateNeed {
    type Aggregate = Case;
    const NAME: &'static str = "case.state-need";
    const SUMMARY: &'static str = "Dire jusqu’à quand des données sont nécessaires";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        own_voice(state, context, &NEED_STATED_BY)?;
        if !matches!(self.class.0, PersonalClass::HEALTH | PersonalClass::JUDICIAL) {
            return Err(NEEDED_CLASS
                .refuse("Seules les données de santé et les contraintes de temps et de lieu ont une fin de besoin.")
                .at("/class"));
        }
        let stated: Option<Date> = service::known::class_of(self.class.0)
            .and_then(|class| state.forgettings.needs.get(class.name()).copied());
        if stated == Some(self.needed_until.0) {
            return Ok(Vec::new());
        }
        let stated = DataNeedStated {
            class: self.class.into(),
            needed_until: self.needed_until.into(),
            stated_on: context.today.to_string(),
            ..Default::default()
        };
        Ok(vec![stated.into()])
    }
}

/// A référent social of the structure that hosts the person.
fn own_referent(state: &State, context: &Context) -> Result<(), Refusal> {
    own_voice(state, context, &HOLD_PLACED_BY)?;
    if context.actor.role == Role::REFERENT_SOCIAL {
        return Ok(());
    }
    Err(HOLD_PLACED_BY
        .refuse("Vous n’êtes pas référent social de cette personne. Dites-le à son référent, qui le fera."))
}

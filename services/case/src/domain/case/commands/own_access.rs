//! The person is handed a way to see their own path: by someone of the structure that hosts them, for 90 days at
//! most, and closed at once when they ask. The secrets are made elsewhere, and are in no fact.

use contracts::{Class, Word};
use jiff::{ToSpan as _, civil::Date};
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::super::{
    aggregate::{Case, State},
    *,
};

/// It is handed over by those who host the person.
pub const HANDED_BY: Rule = Rule::strict(
    "suivi.remis-par",
    "L’accès de la personne à son suivi lui est remis par un professionnel de la structure qui l’héberge.",
    "CASF, L. 311-3",
);
/// How long it lasts.
pub const OWN_ACCESS_LENGTH: Rule = Rule::strict(
    "suivi.duree",
    "L’accès de la personne à son suivi vaut 90 jours au plus ; une autre feuille peut lui être remise.",
    "RGPD, article 32",
);
/// There is something to see.
pub const NOTHING_LEFT: Rule = Rule::strict(
    "suivi.efface",
    "Quand les données d’une personne ont été effacées, il ne reste rien d’elle à lui montrer.",
    "RGPD, article 17",
);
/// What is closed was opened.
pub const KNOWN_OWN_ACCESS: Rule =
    Rule::strict("suivi.connu", "On ferme un accès qui a été ouvert dans ce dossier.", "usage");

/// The longest it lasts, in days, the first one included.
const LONGEST: i32 = 90;

/// Opens the person’s access to their own path. The one before is closed: one sheet at a time.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenOwnAccess {
    /// Last day, included; the 90th when absent.
    #[serde(default)]
    pub until_day: Option<Day>,
}

impl Command for OpenOwnAccess {
    type Aggregate = Case;
    const NAME: &'static str = "case.open-own-access";
    const SUMMARY: &'static str = "Ouvrir à la personne l’accès à son suivi";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let hosts = state.structure_id.is_some() && context.actor.organisation_id == state.structure_id;
        let Some(post) = context.actor.post_id.filter(|_| hosts) else {
            return Err(HANDED_BY.refuse(
                "Demandez à un professionnel de la structure qui héberge la personne de lui remettre sa feuille.",
            ));
        };
        if context.case().is_some_and(|case| case.erased.contains(&Class::Identity)) {
            return Err(NOTHING_LEFT.refuse("Les données de cette personne ont été effacées à jamais."));
        }
        let last = context.today.saturating_add((LONGEST - 1).days());
        let until = self.until_day.map_or(last, |day| day.0);
        if until < context.today || until > last {
            return Err(OWN_ACCESS_LENGTH
                .refuse("Choisissez un dernier jour à partir d’aujourd’hui, dans les 90 jours.")
                .at("/until_day"));
        }
        let open = state.open_own_accesses(context.today);
        let closed = open.map(|id| closed(id, context.today, OwnAccessEnd::SHEET_REPLACED));
        let opened = OwnAccessOpened {
            access_id: context.fresh_id.to_string(),
            post_id: post.to_string(),
            opened_on: context.today.to_string(),
            until_day: until.to_string(),
            ..Default::default()
        };
        Ok(closed.chain([opened.into()]).collect())
    }
}

fn closed(access: Uuid, on: Date, reason: OwnAccessEnd) -> Event {
    OwnAccessClosed {
        access_id: access.to_string(),
        closed_on: on.to_string(),
        reason: reason.into(),
        ..Default::default()
    }
    .into()
}

/// The person comes in for the first time, with a code of their own: asked by their own access, once.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnterOwnAccess {}

impl Command for EnterOwnAccess {
    type Aggregate = Case;
    const NAME: &'static str = "own.enter";
    const SUMMARY: &'static str = "Entrer dans son suivi pour la première fois";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let access = context.actor.own.map(|own| own.access_id);
        let open = access.filter(|access| matches!(state.own_accesses.get(access), Some(Some(_))));
        let Some(access) = open else {
            return Err(KNOWN_OWN_ACCESS.refuse("Cet accès n’est plus ouvert. Demandez une autre feuille."));
        };
        if state.entered.contains(&access) {
            return Ok(Vec::new());
        }
        let entered = OwnAccessEntered {
            access_id: access.to_string(),
            entered_at: context.now.to_string(),
            ..Default::default()
        };
        Ok(vec![entered.into()])
    }
}

/// Closes it at once: at the next request the sheet opens nothing.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloseOwnAccess {
    /// Which one.
    pub access_id: Uuid,
    /// Why.
    pub reason: Word<OwnAccessEnd>,
}

impl Command for CloseOwnAccess {
    type Aggregate = Case;
    const NAME: &'static str = "case.close-own-access";
    const SUMMARY: &'static str = "Fermer l’accès de la personne à son suivi";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        match state.own_accesses.get(&self.access_id) {
            Some(Some(_)) => Ok(vec![closed(self.access_id, context.today, self.reason.0)]),
            Some(None) => Ok(Vec::new()),
            None => Err(KNOWN_OWN_ACCESS
                .refuse("Cet accès n’est pas dans ce dossier. Vérifiez lequel la personne veut fermer.")
                .at("/access_id")),
        }
    }
}

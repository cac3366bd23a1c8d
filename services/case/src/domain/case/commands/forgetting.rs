//! Data of the person are erased: someone asks, another professional agrees, and it is carried out by itself.
//!
//! Two professionals of the structure that hosts the person, and both of the person's circle: whoever agrees to
//! an erasure must be able to see what is erased, and the structure answers for the data before the law. An
//! animator or an administrator does neither. Only what a rule of retention names asks for one voice: the time is
//! over, and the whole class with it, for a person who goes on being followed.

use contracts::{Class, Word};
use serde::{Deserialize, Serialize};
use service::{
    Command, Context,
    forgettings::{Forgetting, Voice, classes},
};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule, dates::in_french};

use super::super::{
    aggregate::{Case, State},
    *,
};
use crate::domain::text;

mod carried;

pub use carried::{
    BeginForgetting, CompleteForgetting, FORGOTTEN_BY, ForgetPerson, ProposeForgetting, Purged,
    RETENTION_RULE,
};

/// Who asks answers for the data.
pub const FORGETTING_ASKED_BY: Rule = Rule::strict(
    "oubli.demande",
    "Un effacement est demandé par un référent social de la structure qui héberge la personne.",
    "RGPD, articles 4 (7) et 17",
);
/// Two persons agree.
pub const TWO_VOICES: Rule = Rule::strict(
    "oubli.deux-voix",
    "Un effacement demande l’accord de deux professionnels différents de la structure qui héberge la personne ; d’un seul, lorsqu’une règle de conservation vise une classe de données.",
    "RGPD, article 32",
);
/// What is judged was asked.
pub const KNOWN_FORGETTING: Rule = Rule::strict(
    "oubli.connu",
    "On se prononce sur une demande d’effacement de ce dossier qui attend.",
    "usage",
);
/// One request at a time for the same data.
pub const ONE_FORGETTING: Rule = Rule::strict(
    "oubli.en-cours",
    "Une seule demande d’effacement à la fois porte sur les mêmes données.",
    "usage",
);
/// Nothing is erased that must be kept.
pub const HELD: Rule = Rule::strict(
    "oubli.conservation",
    "Rien n’est effacé tant qu’une conservation légale tient.",
    "RGPD, article 17 (3)",
);
/// Why it is asked.
pub const FORGETTING_GROUND: Rule = Rule::strict(
    "oubli.motif",
    "La fin d’une durée de conservation est constatée par l’horloge ; une personne demande pour une autre raison.",
    "RGPD, article 5 (1) e",
);

/// Silence never erases all.
pub const FORGETTING_SCOPE: Rule = Rule::strict(
    "oubli.quoi",
    "Une demande d’effacement dit ce qu’elle efface : tout, ou certaines données, jamais les deux.",
    "RGPD, article 25",
);

/// All the classes.
pub(super) const ALL: [PersonalClass; 6] = [
    PersonalClass::IDENTITY,
    PersonalClass::PROJECT,
    PersonalClass::SOCIAL,
    PersonalClass::HEALTH,
    PersonalClass::JUDICIAL,
    PersonalClass::NOTE,
];

/// How many voices an erasure asks for, unless a rule of retention ends one class.
const TWO: u32 = 2;

/// Asks that data of the person be erased. Another professional of the structure must agree.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestForgetting {
    /// The classes to erase; none when everything is.
    #[serde(default)]
    pub classes: Vec<Word<PersonalClass>>,
    /// All of them.
    #[serde(default)]
    pub everything: bool,
    /// Why.
    pub ground: Word<ForgettingReason>,
    /// A few words for who approves.
    #[serde(default)]
    pub comment: String,
}

impl Command for RequestForgetting {
    type Aggregate = Case;
    const NAME: &'static str = "case.request-forgetting";
    const SUMMARY: &'static str = "Demander l’effacement de données d’une personne";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let voice = own_voice(state, context, &FORGETTING_ASKED_BY)?;
        if context.actor.role != contracts::common::v1::Role::REFERENT_SOCIAL {
            return Err(FORGETTING_ASKED_BY.refuse(
                "Vous n’êtes pas référent social de cette personne. Dites-le à son référent, qui fera la demande.",
            ));
        }
        if self.ground.0 == ForgettingReason::RETENTION_OVER {
            return Err(FORGETTING_GROUND
                .refuse("L’horloge propose elle-même ce qui arrive à son terme. Choisissez une autre raison.")
                .at("/ground"));
        }
        if self.everything != self.classes.is_empty() {
            let how = "Dites ce qu’il faut effacer : tout le dossier, ou seulement certaines données.";
            return Err(FORGETTING_SCOPE.refuse(how).at("/classes"));
        }
        not_held(state, context)?;
        let words = named(&self.classes);
        let asked = classes(words.iter().copied());
        if asked.iter().all(|class| state.forgettings.erased.contains(class)) {
            return Ok(Vec::new());
        }
        let open = |one: &&Forgetting| one.standing.is_open() && !one.is_retention();
        let mut open = state.forgettings.requests.values().filter(open);
        if let Some(other) = open.find(|one| one.classes.iter().any(|class| asked.contains(class))) {
            if other.classes == asked && other.asked_by.is_some_and(|by| by.is(&voice)) {
                return Ok(Vec::new());
            }
            return Err(ONE_FORGETTING.refuse(
                "Un effacement de ces données est déjà demandé. Approuvez-le, ou retirez-le avant d’en demander un autre.",
            ));
        }
        let requested = ForgettingRequested {
            request_id: context.fresh_id.to_string(),
            classes: words.into_iter().map(Into::into).collect(),
            ground: self.ground.into(),
            due_on: context.today.to_string(),
            requested_on: context.today.to_string(),
            post_id: text(voice.post_id),
            professional_id: text(voice.professional_id),
            voices: TWO,
            comment: self.comment.trim().to_owned(),
            ..Default::default()
        };
        Ok(vec![requested.into()])
    }
}

/// Agrees to an erasure.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproveForgetting {
    /// Which request.
    pub request_id: Uuid,
}

impl Command for ApproveForgetting {
    type Aggregate = Case;
    const NAME: &'static str = "case.approve-forgetting";
    const SUMMARY: &'static str = "Approuver un effacement";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let voice = own_voice(state, context, &TWO_VOICES)?;
        let one = waiting(state, self.request_id)?;
        not_held(state, context)?;
        if one.voices.iter().any(|other| other.is(&voice)) {
            if one.asked_by.is_some_and(|by| by.is(&voice)) {
                return Err(TWO_VOICES.refuse(
                    "Vous avez fait cette demande vous-même. Un autre professionnel de votre structure doit l’approuver.",
                ));
            }
            return Ok(Vec::new());
        }
        let approved = ForgettingApproved {
            request_id: self.request_id.to_string(),
            approved_on: context.today.to_string(),
            post_id: text(voice.post_id),
            professional_id: text(voice.professional_id),
            ..Default::default()
        };
        Ok(vec![approved.into()])
    }
}

/// Does not agree to an erasure. Nothing is erased; it may be asked again.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclineForgetting {
    /// Which request.
    pub request_id: Uuid,
    /// Why, for who asked.
    #[serde(default)]
    pub comment: String,
}

impl Command for DeclineForgetting {
    type Aggregate = Case;
    const NAME: &'static str = "case.decline-forgetting";
    const SUMMARY: &'static str = "Ne pas approuver un effacement";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let voice = own_voice(state, context, &TWO_VOICES)?;
        let one = waiting(state, self.request_id)?;
        if one.asked_by.is_some_and(|by| by.is(&voice)) {
            return Err(TWO_VOICES.refuse("Vous avez fait cette demande vous-même : retirez-la plutôt."));
        }
        let declined = ForgettingDeclined {
            request_id: self.request_id.to_string(),
            declined_on: context.today.to_string(),
            post_id: text(voice.post_id),
            professional_id: text(voice.professional_id),
            comment: self.comment.trim().to_owned(),
            ..Default::default()
        };
        Ok(vec![declined.into()])
    }
}

/// Takes a request back, as long as nothing was closed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawForgetting {
    /// Which request.
    pub request_id: Uuid,
}

impl Command for WithdrawForgetting {
    type Aggregate = Case;
    const NAME: &'static str = "case.withdraw-forgetting";
    const SUMMARY: &'static str = "Retirer une demande d’effacement";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if context.actor.system.is_none() {
            own_voice(state, context, &FORGETTING_ASKED_BY)?;
        }
        waiting(state, self.request_id)?;
        let withdrawn = ForgettingWithdrawn {
            request_id: self.request_id.to_string(),
            withdrawn_on: context.today.to_string(),
            ..Default::default()
        };
        Ok(vec![withdrawn.into()])
    }
}

/// The voice of whoever asks, a professional of the structure that hosts the person.
pub(super) fn own_voice(state: &State, context: &Context, rule: &Rule) -> Result<Voice, Refusal> {
    let actor = &context.actor;
    let own = actor.organisation_id.is_some() && actor.organisation_id == state.structure_id;
    if actor.post_id.is_none() || !own {
        return Err(rule.refuse(
            "Cela se décide dans la structure qui héberge la personne. Demandez-le à son référent social.",
        ));
    }
    Ok(Voice { post_id: actor.post_id, professional_id: actor.professional_id })
}

/// A request that nobody has begun to carry out.
fn waiting(state: &State, id: Uuid) -> Result<&Forgetting, Refusal> {
    let one = state.forgettings.requests.get(&id).ok_or_else(|| {
        KNOWN_FORGETTING
            .refuse("Cette demande d’effacement n’est pas dans ce dossier. Vérifiez laquelle.")
            .at("/request_id")
    })?;
    if !one.standing.is_revocable() {
        return Err(KNOWN_FORGETTING.refuse(
            "Cette demande n’attend plus : elle a été retirée, écartée, ou l’effacement a commencé. Rechargez la page.",
        ));
    }
    Ok(one)
}

/// Refuses while a legal hold holds.
fn not_held(state: &State, context: &Context) -> Result<(), Refusal> {
    let Some((_, hold)) = state.forgettings.held_on(context.today) else { return Ok(()) };
    let until = hold.until.map(|day| format!(" jusqu’au {}", in_french(day))).unwrap_or_default();
    Err(HELD.refuse(format!(
        "Une conservation légale tient{until}. Attendez ce jour, ou levez-la si elle n’a plus lieu d’être."
    )))
}

/// The classes that are named, all of them when none is.
pub(super) fn named(words: &[Word<PersonalClass>]) -> Vec<PersonalClass> {
    let named = |class: &PersonalClass| words.is_empty() || words.contains(&Word(*class));
    ALL.into_iter().filter(named).collect()
}

/// The words of these classes.
pub(super) fn words(classes: &[Class]) -> Vec<PersonalClass> {
    let named =
        |word: &PersonalClass| service::known::class_of(*word).is_some_and(|one| classes.contains(&one));
    ALL.into_iter().filter(named).collect()
}

//! What the person says is wrong: written by themselves or for them, it waits until someone puts it right, or says
//! why not. Nothing is edited: what corrects is a fact, what it corrects stays in history.

use contracts::Word;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Needs};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{Refusal, Rule};

use super::super::{
    aggregate::{Case, State},
    *,
};

/// It says something.
pub const WHAT_IS_WRONG: Rule = Rule::strict(
    "rectification.texte",
    "Une demande de rectification dit ce qui est inexact, en 2 000 signes au plus.",
    "RGPD, article 16",
);
/// Not everything at once.
pub const WAITING_REQUESTS: Rule = Rule::strict(
    "rectification.nombre",
    "Vingt demandes de rectification au plus attendent en même temps dans un dossier.",
    "usage",
);
/// What is answered was asked.
pub const KNOWN_REQUEST: Rule = Rule::strict(
    "rectification.connue",
    "On répond à une demande de rectification enregistrée dans ce dossier.",
    "usage",
);
/// The person is told why.
pub const WHY_NOT: Rule = Rule::strict(
    "rectification.raison",
    "Quand rien n’est corrigé, la personne en reçoit la raison.",
    "RGPD, articles 12 et 16",
);
/// What corrects is a fact of the person.
pub const CORRECTING_FACT: Rule = Rule::strict(
    "rectification.fait",
    "Ce qui corrige est un fait du dossier de la personne.",
    "RGPD, article 16",
);
/// Days come in their order.
pub const ANSWERED_AFTER: Rule =
    Rule::strict("rectification.dates", "Une demande reçoit sa réponse après avoir été faite.", "usage");

/// The longest text, in characters.
const LONGEST: usize = 2_000;
/// How many requests wait at once.
const WAITING: usize = 20;

/// A request, whoever writes it.
fn requested(
    (class, text): (PersonalClass, &str),
    (by_person, on): (bool, Date),
    state: &State,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST {
        return Err(WHAT_IS_WRONG
            .refuse(
                "Écrivez ce qui n’est pas exact et ce qu’il faut écrire à la place, en 2 000 signes au plus.",
            )
            .at("/text"));
    }
    if state.rectifications.values().filter(|one| !one.settled).count() >= WAITING {
        return Err(WAITING_REQUESTS
            .refuse("Beaucoup de demandes attendent déjà une réponse. Parlez-en d’abord avec le référent."));
    }
    let mut requested = RectificationRequested {
        rectification_id: context.fresh_id.to_string(),
        of_class: class.into(),
        requested_on: on.to_string(),
        by_person,
        ..Default::default()
    };
    let place = match class {
        PersonalClass::IDENTITY => &mut requested.text_identity,
        PersonalClass::PROJECT => &mut requested.text_project,
        PersonalClass::HEALTH => &mut requested.text_health,
        PersonalClass::JUDICIAL => &mut requested.text_judicial,
        PersonalClass::NOTE => &mut requested.text_note,
        PersonalClass::SOCIAL | PersonalClass::PERSONAL_CLASS_UNSPECIFIED => &mut requested.text_social,
    };
    text.clone_into(place);
    Ok(vec![requested.into()])
}

/// Says for the person that something is wrong.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestRectification {
    /// What it is about: the text is kept as what it is about is.
    pub of_class: Word<PersonalClass>,
    /// What is wrong, and what is right, in the person’s words.
    pub text: String,
    /// When they said so; today when absent.
    #[serde(default)]
    pub requested_on: Option<Day>,
}

impl Command for RequestRectification {
    type Aggregate = Case;
    const NAME: &'static str = "case.request-rectification";
    const SUMMARY: &'static str = "Demander une rectification pour la personne";
    const DAY: fn(&Self) -> Option<Date> = |command| command.requested_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let on = self.requested_on.map_or(context.today, |day| day.0);
        requested((self.of_class.0, &self.text), (false, on), state, context)
    }
}

/// The person says that something is wrong. Asked from their own access, and from nowhere else.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestOwnRectification {
    /// What it is about.
    pub of_class: Word<PersonalClass>,
    /// What is wrong, and what is right.
    pub text: String,
}

impl Command for RequestOwnRectification {
    type Aggregate = Case;
    const NAME: &'static str = "own.request-rectification";
    const SUMMARY: &'static str = "Demander une rectification de ce qui est écrit sur soi";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        requested((self.of_class.0, &self.text), (true, context.today), state, context)
    }
}

/// Answers a request: it was put right, or it was not, and why.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettleRectification {
    /// Which one.
    pub rectification_id: Uuid,
    /// What became of it.
    pub outcome: Word<RectificationOutcome>,
    /// What was corrected: the case for the identity, or the diagnostic, the review… Its last fact is what
    /// corrects.
    #[serde(default)]
    pub corrected_in: Option<Uuid>,
    /// What the person is told.
    #[serde(default)]
    pub answer: String,
    /// When; today when absent.
    #[serde(default)]
    pub settled_on: Option<Day>,
}

impl SettleRectification {
    /// The fact that corrects: the last one of what was corrected; in the case itself, the last identity.
    fn correcting(&self, context: &Context) -> Result<String, Refusal> {
        let Some(id) = self.corrected_in else { return Ok(String::new()) };
        let whole = Some(id) == context.case_id;
        let identity = ["IdentityRecorded", "IdentityCorrected"];
        let facts = context.recorded(id).iter();
        let fact = facts
            .filter(|fact| fact.case_id == context.case_id && context.case_id.is_some())
            .rfind(|fact| !whole || identity.contains(&fact.kind.name));
        fact.map(|fact| fact.event_id.to_string()).ok_or_else(|| {
            CORRECTING_FACT
                .refuse("Rien de tel n’a été écrit dans ce dossier. Vérifiez ce qui a été corrigé, ou laissez ce champ vide.")
                .at("/corrected_in")
        })
    }
}

impl Command for SettleRectification {
    type Aggregate = Case;
    const NAME: &'static str = "case.settle-rectification";
    const SUMMARY: &'static str = "Répondre à une demande de rectification";
    const DAY: fn(&Self) -> Option<Date> = |command| command.settled_on.map(|day| day.0);

    fn needs(&self, _: &State) -> Needs {
        Needs { streams: self.corrected_in.into_iter().collect(), ..Needs::default() }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let Some(request) = state.rectifications.get(&self.rectification_id) else {
            return Err(KNOWN_REQUEST
                .refuse("Cette demande n’est pas dans ce dossier. Vérifiez à laquelle vous répondez.")
                .at("/rectification_id"));
        };
        if request.settled {
            return Ok(Vec::new());
        }
        let answer = self.answer.trim();
        if answer.is_empty() && self.outcome.0 == RectificationOutcome::NOT_RECTIFIED {
            return Err(WHY_NOT
                .refuse("Dites à la personne pourquoi rien n’est corrigé : elle le lira.")
                .at("/answer"));
        }
        if answer.chars().count() > LONGEST {
            return Err(WHY_NOT.refuse("Répondez en 2 000 signes au plus.").at("/answer"));
        }
        let settled_on = self.settled_on.map_or(context.today, |day| day.0);
        if request.requested_on.is_some_and(|requested| settled_on < requested) {
            return Err(ANSWERED_AFTER
                .refuse("Cette date précède la demande. Corrigez-la.")
                .at("/settled_on"));
        }
        let mut settled = RectificationSettled {
            rectification_id: self.rectification_id.to_string(),
            outcome: self.outcome.into(),
            settled_on: settled_on.to_string(),
            correcting_fact_id: self.correcting(context)?,
            ..Default::default()
        };
        let place = match request.class {
            PersonalClass::IDENTITY => &mut settled.answer_identity,
            PersonalClass::PROJECT => &mut settled.answer_project,
            PersonalClass::HEALTH => &mut settled.answer_health,
            PersonalClass::JUDICIAL => &mut settled.answer_judicial,
            PersonalClass::NOTE => &mut settled.answer_note,
            PersonalClass::SOCIAL | PersonalClass::PERSONAL_CLASS_UNSPECIFIED => &mut settled.answer_social,
        };
        answer.clone_into(place);
        Ok(vec![settled.into()])
    }
}

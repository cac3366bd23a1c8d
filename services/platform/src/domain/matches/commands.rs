//! What can be asked of a match, each intent with its rule right below.

use contracts::{Word, events};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Domain as _, Needs};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{
    Refusal, Rule,
    dates::{days_after, in_french},
};

use super::{
    aggregate::{ANSWER_DAYS, Match, State, Step},
    *,
};
use crate::domain::{
    offer::aggregate::Offer,
    past::{PLATFORM_BY_CASE, Past},
};

/// One proposes what is open.
pub const OPEN_OFFER: Rule = Rule::strict(
    "rapprochement.offre",
    "On propose à une personne une offre publiée et encore ouverte.",
    "usage",
);
/// Once is enough.
pub const NOT_TWICE: Rule = Rule::strict(
    "rapprochement.deja",
    "Une offre déjà proposée à une personne attend sa réponse, ou celle de l’employeur.",
    "usage",
);
/// The person decides first.
pub const AGREEMENT: Rule = Rule::strict(
    "rapprochement.accord",
    "Une personne est présentée à un employeur après avoir dit qu’elle le souhaite.",
    "Plan d’accompagnement FAS : la personne décide",
);
/// The employer answers what it was told.
pub const PUT_FORWARD: Rule = Rule::strict(
    "rapprochement.reponse",
    "Un employeur répond d’une personne qui lui a été présentée.",
    "usage",
);
/// An employer's silence is one only once its time to answer has passed.
pub const TIME_LEFT: Rule = Rule::strict(
    "rapprochement.delai",
    "Un employeur est sans réponse une fois passés les 30 jours de son délai.",
    "support FAS, L1429 ; usage de Dora",
);
/// Days come in their order.
pub const DATES: Rule = Rule::strict(
    "rapprochement.dates",
    "La réponse de la personne suit la proposition, puis vient la mise en relation, puis la réponse de l’employeur.",
    "usage",
);
/// Nothing begins in a closed case.
pub const OPEN_CASE: Rule = Rule::strict(
    "rapprochement.dossier-clos",
    "Rien ne commence dans un dossier après sa clôture ; ce qui s’est passé avant se raconte encore.",
    "usage",
);

/// Refuses what begins after the case was closed.
///
/// # Errors
/// When it was.
pub fn in_an_open_case(day: Date, context: &Context) -> Result<(), Refusal> {
    if context.case().is_some_and(|case| case.is_closed_on(day)) {
        return Err(OPEN_CASE.refuse("Ce dossier est clos. Rouvrez-le d’abord, ou corrigez la date."));
    }
    Ok(())
}

/// Proposes an offer to a person.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposeMatch {
    /// The offer.
    pub offer_id: Uuid,
    /// The wish it follows from.
    #[serde(default)]
    pub wish_id: Option<Uuid>,
    /// Why this offer, in a few words.
    #[serde(default)]
    pub explanation: String,
    /// When; today when absent.
    #[serde(default)]
    pub proposed_on: Option<Day>,
}

impl Command for ProposeMatch {
    type Aggregate = Match;
    const NAME: &'static str = "match.propose";
    const SUMMARY: &'static str = "Proposer une offre à une personne";
    const DAY: fn(&Self) -> Option<Date> = |command| command.proposed_on.map(|day| day.0);

    fn needs(&self, _: &State) -> Needs {
        Needs {
            streams: vec![self.offer_id],
            case_document: Some(PLATFORM_BY_CASE),
            fresh: true,
            ..Needs::default()
        }
    }

    fn decide(&self, _: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let day = self.proposed_on.map_or(context.today, |day| day.0);
        in_an_open_case(day, context)?;
        let facts = context.facts::<events::Offer>(self.offer_id);
        let offer = facts.into_iter().fold(Default::default(), Offer::apply);
        let Some(platform_id) = offer.platform_id else {
            return Err(OPEN_OFFER
                .refuse("Jalon ne connaît pas cette offre. Vérifiez son identifiant, ou publiez-la.")
                .at("/offer_id"));
        };
        if offer.is_closed_on(day) {
            return Err(OPEN_OFFER
                .refuse("Cette offre est pourvue ou retirée. Proposez-en une autre.")
                .at("/offer_id"));
        }
        let past: Past = context.document().unwrap_or_default();
        if past.awaits_about(self.offer_id) {
            return Err(NOT_TWICE
                .refuse("Cette offre lui est déjà proposée. Enregistrez d’abord sa réponse.")
                .at("/offer_id"));
        }
        let proposed = MatchProposed {
            offer_id: self.offer_id.to_string(),
            platform_id: platform_id.to_string(),
            proposed_on: day.to_string(),
            wish_id: self.wish_id.map(|id| id.to_string()).unwrap_or_default(),
            explanation: self.explanation.trim().to_owned(),
            ..Default::default()
        };
        Ok(vec![proposed.into()])
    }
}

/// Says that the person wants to be put forward. They may have said no before.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptMatch {
    /// When; today when absent.
    #[serde(default)]
    pub answered_on: Option<Day>,
}

impl Command for AcceptMatch {
    type Aggregate = Match;
    const NAME: &'static str = "match.accept";
    const SUMMARY: &'static str = "La personne accepte la proposition";
    const DAY: fn(&Self) -> Option<Date> = |command| command.answered_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if !matches!(state.step, Step::Proposed | Step::Declined) {
            return Ok(Vec::new());
        }
        let answered_on = in_order(state, self.answered_on, "/answered_on", context)?;
        Ok(vec![MatchAccepted { answered_on, ..Default::default() }.into()])
    }
}

/// Says that the person does not, or no longer, want it, at any moment.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclineMatch {
    /// When; today when absent.
    #[serde(default)]
    pub answered_on: Option<Day>,
    /// Why, if the person says so.
    #[serde(default)]
    pub reason: Option<Word<MatchDeclineReason>>,
    /// In the person's words.
    #[serde(default)]
    pub comment: String,
}

impl Command for DeclineMatch {
    type Aggregate = Match;
    const NAME: &'static str = "match.decline";
    const SUMMARY: &'static str = "La personne décline la proposition";
    const DAY: fn(&Self) -> Option<Date> = |command| command.answered_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if state.step == Step::Declined {
            return Ok(Vec::new());
        }
        let answered_on = in_order(state, self.answered_on, "/answered_on", context)?;
        let declined = MatchDeclined {
            answered_on,
            reason: self.reason.map(Into::into).unwrap_or_default(),
            comment: self.comment.trim().to_owned(),
            ..Default::default()
        };
        Ok(vec![declined.into()])
    }
}

/// Puts the person forward to the employer: the mise en relation.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutForward {
    /// When; today when absent.
    #[serde(default)]
    pub put_forward_on: Option<Day>,
    /// How.
    pub channel: Word<ContactChannel>,
    /// What was said of the person.
    #[serde(default)]
    pub comment: String,
}

impl Command for PutForward {
    type Aggregate = Match;
    const NAME: &'static str = "match.put-forward";
    const SUMMARY: &'static str = "Mettre la personne en relation avec l’employeur";
    const DAY: fn(&Self) -> Option<Date> = |command| command.put_forward_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        match state.step {
            Step::Accepted => {}
            Step::PutForward | Step::Answered(_) => return Ok(Vec::new()),
            Step::Declined => {
                return Err(AGREEMENT.refuse(
                    "La personne a décliné cette proposition. Si elle a changé d’avis, enregistrez-le d’abord.",
                ));
            }
            Step::None | Step::Proposed => {
                return Err(AGREEMENT.refuse(
                    "La personne n’a pas encore répondu. Demandez-lui, et enregistrez sa réponse d’abord.",
                ));
            }
        }
        let put_forward_on = in_order(state, self.put_forward_on, "/put_forward_on", context)?;
        let day = self.put_forward_on.map_or(context.today, |day| day.0);
        let put_forward = MatchPutForward {
            put_forward_on,
            answer_due_on: days_after(day, ANSWER_DAYS).to_string(),
            channel: self.channel.into(),
            comment: self.comment.trim().to_owned(),
            ..Default::default()
        };
        Ok(vec![put_forward.into()])
    }
}

/// Says what the employer answered. It may answer again: an interview, then a contract. The clock says that it did
/// not.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerMatch {
    /// When; today when absent.
    #[serde(default)]
    pub answered_on: Option<Day>,
    /// What.
    pub answer: Word<EmployerAnswer>,
    /// In a few words.
    #[serde(default)]
    pub comment: String,
}

impl AnswerMatch {
    fn check_silence(&self, state: &State, context: &Context) -> Result<(), Refusal> {
        let day = self.answered_on.map_or(context.today, |day| day.0);
        match state.answer_due_on.filter(|due| day <= *due) {
            Some(due) if self.answer.0 == EmployerAnswer::REPONSE_ABSENTE => Err(TIME_LEFT
                .refuse(format!(
                    "L’employeur peut encore répondre jusqu’au {}. Attendez ce jour, ou rappelez-le.",
                    in_french(due)
                ))
                .at("/answer")),
            _ => Ok(()),
        }
    }
}

impl Command for AnswerMatch {
    type Aggregate = Match;
    const NAME: &'static str = "match.answer";
    const SUMMARY: &'static str = "Enregistrer la réponse de l’employeur";
    const DAY: fn(&Self) -> Option<Date> = |command| command.answered_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        match state.step {
            Step::PutForward => {}
            Step::Answered(answer) if answer == self.answer.0 => return Ok(Vec::new()),
            Step::Answered(_) => {}
            _ => {
                return Err(PUT_FORWARD.refuse(
                    "Cette personne n’a pas été présentée à l’employeur. Enregistrez d’abord la mise en relation.",
                ));
            }
        }
        let answered_on = in_order(state, self.answered_on, "/answered_on", context)?;
        self.check_silence(state, context)?;
        let answered = MatchAnswered {
            answered_on,
            answer: self.answer.into(),
            comment: self.comment.trim().to_owned(),
            ..Default::default()
        };
        Ok(vec![answered.into()])
    }
}

/// The day as it is written, when it does not precede what was last said.
fn in_order(
    state: &State,
    day: Option<Day>,
    pointer: &'static str,
    context: &Context,
) -> Result<String, Refusal> {
    let day = day.map_or(context.today, |day| day.0);
    if state.last_on.is_some_and(|last| day < last) {
        return Err(DATES
            .refuse("Cette date précède ce qui a déjà été enregistré de cette proposition. Corrigez-la.")
            .at(pointer));
    }
    Ok(day.to_string())
}

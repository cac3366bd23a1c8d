//! The addressee says it has it, studies it, asks to wait, says yes, says no. A yes needs no word before
//! it, and may come after silence.

use contracts::Word;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day};
use utoipa::ToSchema;
use vocabulary::{Refusal, Rule, dates::days_after};

use super::super::{
    aggregate::{Prescription, Standing, State},
    *,
};

/// What was not sent awaits nothing.
pub const SENT: Rule = Rule::strict(
    "prescription.non-envoyee",
    "Une réponse suit un envoi : on enregistre d’abord l’envoi.",
    "usage",
);
/// What had its outcome starts again: reopened, or as another prescription.
pub const NOT_OVER: Rule = Rule::strict(
    "prescription.close",
    "Une prescription qui a eu sa suite reste telle quelle : on la reprend, ou on en prépare une nouvelle.",
    "usage",
);
/// A wait ends after it began.
pub const HOLD: Rule = Rule::strict(
    "prescription.attente",
    "Une mise en attente se termine le jour où elle commence, ou après.",
    "usage",
);
/// What follows a sending comes after it.
pub const IN_ORDER: Rule =
    Rule::strict("prescription.dates", "Ce qui suit un envoi ne le précède pas.", "usage");
/// Who may speak for the addressee.
pub const ANSWERED_BY: Rule = Rule::strict(
    "prescription.reponse",
    "L’organisation destinataire et les membres du cercle de la personne enregistrent une réponse.",
    "usage",
);

/// Whoever asks is of the addressee, of the circle, or a system.
pub(super) fn entitled(state: &State, context: &Context) -> Result<(), Refusal> {
    let actor = &context.actor;
    let addressee = state.addressee.is_some() && actor.organisation_id == state.addressee;
    let in_circle =
        context.case().zip(actor.post_id).is_some_and(|(case, post)| case.circle.contains_key(&post));
    if addressee || in_circle || actor.system.is_some() {
        return Ok(());
    }
    Err(ANSWERED_BY.refuse(
        "Cette prescription n’est pas adressée à votre organisation. Demandez au destinataire ou à un membre du cercle de l’enregistrer.",
    ))
}

/// The day it was sent; refused when it was not.
pub(super) fn sent(state: &State) -> Result<Date, Refusal> {
    match (state.standing, state.sent_on) {
        (Standing::Withdrawn, None) => Err(over()),
        (_, Some(sent_on)) => Ok(sent_on),
        (_, None) => {
            Err(SENT.refuse("Cette prescription n’est pas encore envoyée. Enregistrez d’abord son envoi."))
        }
    }
}

pub(super) fn over() -> Refusal {
    NOT_OVER.refuse("Cette prescription a déjà eu sa suite. Reprenez-la, ou préparez-en une nouvelle.")
}

/// For how many days after a wait an answer is still awaited: a reminder, then silence.
const AFTER_HOLD: i32 = 10;

/// The day of an answer, not before the sending.
fn answered_on(
    day: Option<Day>,
    sent_on: Date,
    context: &Context,
    pointer: &'static str,
) -> Result<Date, Refusal> {
    let answered_on = day.map_or(context.today, |day| day.0);
    if answered_on < sent_on && judged(context) {
        return Err(IN_ORDER
            .refuse("Cette date précède l’envoi de la prescription. Corrigez-la.")
            .at(pointer));
    }
    Ok(answered_on)
}

/// The addressee says it has it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceivePrescription {
    /// Since when; today when absent.
    #[serde(default)]
    pub received_on: Option<Day>,
}

impl Command for ReceivePrescription {
    type Aggregate = Prescription;
    const NAME: &'static str = "prescription.receive";
    const SUMMARY: &'static str = "Dire qu’une prescription est reçue";
    const DAY: fn(&Self) -> Option<Date> = |command| command.received_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        entitled(state, context)?;
        let sent_on = sent(state)?;
        match state.standing {
            Standing::Withdrawn | Standing::Lapsed if judged(context) => return Err(over()),
            // What followed says it already.
            Standing::Accepted
            | Standing::Refused
            | Standing::UnderReview
            | Standing::OnHold
            | Standing::Started
            | Standing::Completed => return Ok(Vec::new()),
            _ if state.received => return Ok(Vec::new()),
            _ => {}
        }
        let received = PrescriptionReceived {
            received_on: answered_on(self.received_on, sent_on, context, "/received_on")?.to_string(),
            ..Default::default()
        };
        Ok(vec![received.into()])
    }
}

/// The addressee says it studies it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewPrescription {
    /// Since when; today when absent.
    #[serde(default)]
    pub since: Option<Day>,
}

impl Command for ReviewPrescription {
    type Aggregate = Prescription;
    const NAME: &'static str = "prescription.review";
    const SUMMARY: &'static str = "Dire qu’une prescription est à l’étude";
    const DAY: fn(&Self) -> Option<Date> = |command| command.since.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        entitled(state, context)?;
        let sent_on = sent(state)?;
        if state.standing == Standing::UnderReview {
            return Ok(Vec::new());
        }
        answer_awaited(state, context)?;
        let since = answered_on(self.since, sent_on, context, "/since")?.to_string();
        Ok(vec![PrescriptionUnderReview { since, ..Default::default() }.into()])
    }
}

/// The addressee will answer later. Said again, with another day, it moves the end of the wait.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldPrescription {
    /// Since when; today when absent.
    #[serde(default)]
    pub held_on: Option<Day>,
    /// Last day of the wait, when it is known; it may be to come.
    #[serde(default)]
    pub until: Option<Day>,
    /// A few words for the person and the circle.
    #[serde(default)]
    pub comment: String,
}

impl Command for HoldPrescription {
    type Aggregate = Prescription;
    const NAME: &'static str = "prescription.hold";
    const SUMMARY: &'static str = "Mettre une prescription en attente";
    const DAY: fn(&Self) -> Option<Date> = |command| command.held_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        entitled(state, context)?;
        let sent_on = sent(state)?;
        answer_awaited(state, context)?;
        let until = self.until.map(|day| day.0);
        let comment = self.comment.trim();
        if state.standing == Standing::OnHold && state.held_until == until && comment.is_empty() {
            return Ok(Vec::new());
        }
        let held_on = answered_on(self.held_on, sent_on, context, "/held_on")?;
        if until.is_some_and(|last| last < held_on) && judged(context) {
            return Err(HOLD
                .refuse("La fin de l’attente précède son début. Corrigez l’une des deux dates.")
                .at("/until"));
        }
        let due = state.answer_due_on.unwrap_or(sent_on);
        let answer_due_on = until.map_or(due, |last| due.max(days_after(last, AFTER_HOLD)));
        let held = PrescriptionOnHold {
            held_on: held_on.to_string(),
            until: self.until.map(String::from).unwrap_or_default(),
            answer_due_on: answer_due_on.to_string(),
            comment: comment.to_owned(),
            ..Default::default()
        };
        Ok(vec![held.into()])
    }
}

/// Refused when what was sent has its outcome. Silence is none: a late answer is welcome. A tool that is the
/// authority may tell another outcome: both are kept.
fn answer_awaited(state: &State, context: &Context) -> Result<(), Refusal> {
    let awaited = state.standing.awaits() || state.standing == Standing::Unanswered;
    if awaited || !judged(context) { Ok(()) } else { Err(over()) }
}

/// The addressee says yes.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptPrescription {
    /// On which day; today when absent.
    #[serde(default)]
    pub accepted_on: Option<Day>,
    /// First day at work or on site, when known; it may be to come.
    #[serde(default)]
    pub starts_on: Option<Day>,
}

impl Command for AcceptPrescription {
    type Aggregate = Prescription;
    const NAME: &'static str = "prescription.accept";
    const SUMMARY: &'static str = "Accepter une prescription";
    const DAY: fn(&Self) -> Option<Date> = |command| command.accepted_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        entitled(state, context)?;
        let sent_on = sent(state)?;
        if matches!(state.standing, Standing::Accepted | Standing::Started | Standing::Completed) {
            return Ok(Vec::new());
        }
        answer_awaited(state, context)?;
        if self.starts_on.is_some_and(|starts_on| starts_on.0 < sent_on) && judged(context) {
            return Err(IN_ORDER
                .refuse("Le premier jour précède l’envoi de la prescription. Corrigez-le.")
                .at("/starts_on"));
        }
        let accepted = PrescriptionAccepted {
            accepted_on: answered_on(self.accepted_on, sent_on, context, "/accepted_on")?.to_string(),
            starts_on: self.starts_on.map(String::from).unwrap_or_default(),
            kind: state.kind.into(),
            ..Default::default()
        };
        Ok(vec![accepted.into()])
    }
}

/// The addressee says no, and why.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefusePrescription {
    /// On which day; today when absent.
    #[serde(default)]
    pub refused_on: Option<Day>,
    /// Why.
    pub reason: Word<RefusalReason>,
    /// A few words for the person and the circle.
    #[serde(default)]
    pub comment: String,
}

impl Command for RefusePrescription {
    type Aggregate = Prescription;
    const NAME: &'static str = "prescription.refuse";
    const SUMMARY: &'static str = "Refuser une prescription";
    const DAY: fn(&Self) -> Option<Date> = |command| command.refused_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        entitled(state, context)?;
        let sent_on = sent(state)?;
        match state.standing {
            Standing::Refused => return Ok(Vec::new()),
            Standing::Accepted if judged(context) => {
                return Err(NOT_OVER.refuse(
                    "Cette prescription a été acceptée. Si elle n’aboutit pas, retirez-la, puis reprenez-la quand vous le souhaitez.",
                ));
            }
            _ => answer_awaited(state, context)?,
        }
        let refused = PrescriptionRefused {
            refused_on: answered_on(self.refused_on, sent_on, context, "/refused_on")?.to_string(),
            reason: self.reason.into(),
            comment: self.comment.trim().to_owned(),
            ..Default::default()
        };
        Ok(vec![refused.into()])
    }
}

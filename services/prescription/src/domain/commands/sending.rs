//! A prescription is sent, and taken back.

use contracts::{buffa::Enumeration as _, events::Platform};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Needs};
use utoipa::ToSchema;
use vocabulary::{
    Refusal, Rule,
    dates::{days_after, valid_for_months},
};

use super::{
    super::{
        aggregate::{Prescription, Standing, State},
        *,
    },
    answers::{IN_ORDER, NOT_OVER},
    preparing::open_on,
};

/// Sends it: from now on an answer is awaited.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SendPrescription {
    /// On which day; today when absent.
    #[serde(default)]
    pub sent_on: Option<Day>,
    /// The day the person said yes to it.
    #[serde(default)]
    pub agreed_on: Option<Day>,
}

/// The person decides what is sent about them.
pub const AGREED: Rule = Rule::soft(
    "prescription.accord",
    "Une prescription part avec l’accord de la personne : dites quel jour elle l’a donné.",
    "Plan d’accompagnement FAS : la personne décide",
);

/// Last day on which an answer is awaited: as the platform that shares the case chose it, or else 60 days
/// for an IAE candidature, four months for the MDPH (CASF, art. R. 241-33), 30 days for anything else.
fn answer_due_on(kind: PrescriptionKind, sent_on: Date, context: &Context) -> Date {
    match (chosen_days(kind, context), kind) {
        (Some(days), _) => days_after(sent_on, days),
        (None, PrescriptionKind::CANDIDATURE_IAE) => days_after(sent_on, 60),
        (None, PrescriptionKind::MDPH) => valid_for_months(days_after(sent_on, 1), 4),
        (None, _) => days_after(sent_on, 30),
    }
}

/// The days that the platform last chose for that kind, if it did.
fn chosen_days(kind: PrescriptionKind, context: &Context) -> Option<i32> {
    let platform = context.case()?.platform_id?;
    let mut chosen = context.facts::<Platform>(platform).into_iter().filter_map(|fact| match fact {
        Platform::AnswerDelayChosen(chosen) => Some(chosen),
        _ => None,
    });
    let number = u32::try_from(kind.to_i32()).ok()?;
    i32::try_from(chosen.rfind(|chosen| chosen.prescription_kind == number)?.days).ok()
}

impl Command for SendPrescription {
    type Aggregate = Prescription;
    const NAME: &'static str = "prescription.send";
    const SUMMARY: &'static str = "Envoyer une prescription";
    const DAY: fn(&Self) -> Option<Date> = |command| command.sent_on.map(|day| day.0);

    fn needs(&self, _: &State) -> Needs {
        Needs { platform: true, ..Needs::default() }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        if state.standing.awaits() {
            return Ok(Vec::new());
        }
        if state.standing != Standing::Prepared {
            return Err(NOT_OVER.refuse(
                "Cette prescription a déjà eu sa suite. Reprenez-la d’abord pour l’envoyer à nouveau, ou préparez-en une autre.",
            ));
        }
        let sent_on = self.sent_on.map_or(context.today, |day| day.0);
        open_on(sent_on, context)?;
        match self.agreed_on {
            None => context.warn(&AGREED),
            Some(agreed) if agreed.0 > sent_on => {
                return Err(IN_ORDER
                    .refuse("L’accord de la personne suit l’envoi. Corrigez l’une des deux dates.")
                    .at("/agreed_on"));
            }
            Some(_) => {}
        }
        let sent = PrescriptionSent {
            sent_on: sent_on.to_string(),
            answer_due_on: answer_due_on(state.kind, sent_on, context).to_string(),
            kind: state.kind.into(),
            addressee_id: state.addressee.map(|id| id.to_string()).unwrap_or_default(),
            agreed_on: self.agreed_on.map(String::from).unwrap_or_default(),
            ..Default::default()
        };
        Ok(vec![sent.into()])
    }
}

/// Takes it back: the person, or who sent it, decides so, even after a yes.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawPrescription {
    /// On which day; today when absent.
    #[serde(default)]
    pub withdrawn_on: Option<Day>,
    /// A few words for the circle.
    #[serde(default)]
    pub comment: String,
}

impl Command for WithdrawPrescription {
    type Aggregate = Prescription;
    const NAME: &'static str = "prescription.withdraw";
    const SUMMARY: &'static str = "Retirer une prescription";
    const DAY: fn(&Self) -> Option<Date> = |command| command.withdrawn_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        match state.standing {
            Standing::Withdrawn => return Ok(Vec::new()),
            Standing::Refused | Standing::Lapsed => {
                return Err(NOT_OVER.refuse(
                    "Cette prescription n’attend plus rien : il n’y a rien à retirer. Reprenez-la, ou préparez-en une nouvelle, si la personne le souhaite.",
                ));
            }
            Standing::Started | Standing::Completed => {
                return Err(NOT_OVER.refuse(
                    "La personne a commencé ce qui était prescrit : enregistrez-en plutôt la fin, même avant le terme.",
                ));
            }
            _ => {}
        }
        let withdrawn_on = self.withdrawn_on.map_or(context.today, |day| day.0);
        if state.sent_on.is_some_and(|sent_on| withdrawn_on < sent_on) {
            return Err(IN_ORDER
                .refuse("Cette date précède l’envoi de la prescription. Corrigez-la.")
                .at("/withdrawn_on"));
        }
        let withdrawn = PrescriptionWithdrawn {
            withdrawn_on: withdrawn_on.to_string(),
            comment: self.comment.trim().to_owned(),
            ..Default::default()
        };
        Ok(vec![withdrawn.into()])
    }
}

//! What follows a yes: the person begins what was prescribed, and comes to its end; and what follows any
//! other outcome: another attempt.

use contracts::Word;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day};
use utoipa::ToSchema;
use vocabulary::{Refusal, Rule};

use super::{
    super::{
        aggregate::{Prescription, Standing, State},
        *,
    },
    answers::{IN_ORDER, entitled, sent},
    preparing::open_on,
};

/// Each thing in its time.
pub const COURSE: Rule = Rule::strict(
    "prescription.suite",
    "On commence ce qui a été accepté, et on termine ce qui a commencé.",
    "usage",
);
/// What starts again is over.
pub const REOPENING: Rule = Rule::strict(
    "prescription.reprise",
    "On reprend une prescription refusée, restée sans réponse, retirée ou devenue sans objet.",
    "droit au recommencement",
);

/// Says that the person begins what was prescribed: first day on site, first lesson, first meeting.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartPrescription {
    /// On which day; today when absent.
    #[serde(default)]
    pub started_on: Option<Day>,
}

impl Command for StartPrescription {
    type Aggregate = Prescription;
    const NAME: &'static str = "prescription.start";
    const SUMMARY: &'static str = "Dire que la personne commence ce qui était prescrit";
    const DAY: fn(&Self) -> Option<Date> = |command| command.started_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        entitled(state, context)?;
        let sent_on = sent(state)?;
        match state.standing {
            Standing::Started | Standing::Completed => return Ok(Vec::new()),
            _ if !judged(context) => {}
            Standing::Accepted => {}
            _ => {
                return Err(COURSE.refuse(
                    "Cette prescription n’est pas acceptée. Enregistrez d’abord la réponse du destinataire.",
                ));
            }
        }
        let started_on = self.started_on.map_or(context.today, |day| day.0);
        if started_on < sent_on && judged(context) {
            return Err(IN_ORDER
                .refuse("Cette date précède l’envoi de la prescription. Corrigez-la.")
                .at("/started_on"));
        }
        let started = PrescriptionStarted {
            started_on: started_on.to_string(),
            kind: state.kind.into(),
            ..Default::default()
        };
        Ok(vec![started.into()])
    }
}

/// Says that what was prescribed is over, at its term or before.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompletePrescription {
    /// How it came to its end.
    pub outcome: Word<CompletionOutcome>,
    /// Last day; today when absent.
    #[serde(default)]
    pub completed_on: Option<Day>,
    /// A few words for the person and the circle.
    #[serde(default)]
    pub comment: String,
}

impl Command for CompletePrescription {
    type Aggregate = Prescription;
    const NAME: &'static str = "prescription.complete";
    const SUMMARY: &'static str = "Dire que ce qui était prescrit est terminé";
    const DAY: fn(&Self) -> Option<Date> = |command| command.completed_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        entitled(state, context)?;
        if state.standing == Standing::Completed {
            return Ok(Vec::new());
        }
        sent(state)?;
        if state.started_on.is_none() && judged(context) {
            return Err(COURSE.refuse(
                "La personne n’a pas encore commencé ce qui était prescrit. Enregistrez d’abord le premier jour.",
            ));
        }
        let completed_on = self.completed_on.map_or(context.today, |day| day.0);
        if state.started_on.is_some_and(|first| completed_on < first) && judged(context) {
            return Err(IN_ORDER
                .refuse("Cette date précède le premier jour. Corrigez-la.")
                .at("/completed_on"));
        }
        let completed = PrescriptionCompleted {
            completed_on: completed_on.to_string(),
            outcome: self.outcome.into(),
            kind: state.kind.into(),
            comment: self.comment.trim().to_owned(),
            ..Default::default()
        };
        Ok(vec![completed.into()])
    }
}

/// Starts it again: same kind, same addressee, ready to be sent. What became of it before stays visible.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenPrescription {
    /// On which day; today when absent.
    #[serde(default)]
    pub reopened_on: Option<Day>,
}

impl Command for ReopenPrescription {
    type Aggregate = Prescription;
    const NAME: &'static str = "prescription.reopen";
    const SUMMARY: &'static str = "Reprendre une prescription";
    const DAY: fn(&Self) -> Option<Date> = |command| command.reopened_on.map(|day| day.0);

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        match state.standing {
            // Reopened already, and not sent since.
            Standing::Prepared if state.reopened > 0 => return Ok(Vec::new()),
            Standing::Refused | Standing::Unanswered | Standing::Withdrawn | Standing::Lapsed => {}
            Standing::Completed => {
                return Err(REOPENING.refuse(
                    "Ce qui était prescrit est terminé. Préparez une nouvelle prescription pour recommencer.",
                ));
            }
            _ => {
                return Err(REOPENING.refuse(
                    "Cette prescription suit son cours : il n’y a rien à reprendre. Retirez-la d’abord si elle doit repartir.",
                ));
            }
        }
        let reopened_on = self.reopened_on.map_or(context.today, |day| day.0);
        open_on(reopened_on, context)?;
        if state.sent_on.is_some_and(|sent_on| reopened_on < sent_on) {
            return Err(IN_ORDER
                .refuse("Cette date précède l’envoi de la prescription. Corrigez-la.")
                .at("/reopened_on"));
        }
        let reopened = PrescriptionReopened {
            reopened_on: reopened_on.to_string(),
            attempt: state.reopened + 2,
            kind: state.kind.into(),
            addressee_id: state.addressee.map(|id| id.to_string()).unwrap_or_default(),
            ..Default::default()
        };
        Ok(vec![reopened.into()])
    }
}

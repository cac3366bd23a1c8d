//! What time and other answers do to a prescription: silence becomes a fact, and a candidature loses
//! its purpose when another one is accepted.

use serde::{Deserialize, Serialize};
use service::{Command, Context, Domain as _, Needs};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{
    Refusal, Rule,
    dates::{days_between, in_french},
};

use super::{
    super::{
        aggregate::{Prescription, Standing, State},
        *,
    },
    answers::{over, sent},
};

/// Silence is one only once the time to answer has passed.
pub const TIME_LEFT: Rule = Rule::strict(
    "prescription.delai",
    "Une prescription est sans réponse une fois passé le délai de réponse : 60 jours pour une candidature IAE, 30 jours sinon.",
    "usage des Emplois de l’inclusion et de Dora",
);
/// When a candidature loses its purpose.
pub const LAPSES: Rule = Rule::strict(
    "prescription.sans-objet",
    "Une candidature IAE devient sans objet quand une autre candidature IAE de la personne est acceptée.",
    "usage des Emplois de l’inclusion",
);

/// Says that no answer came in time. An answer may still come.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoAnswer {}

impl Command for NoAnswer {
    type Aggregate = Prescription;
    const NAME: &'static str = "prescription.no-answer";
    const SUMMARY: &'static str = "Dire qu’une prescription est restée sans réponse";

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let sent_on = sent(state)?;
        match state.standing {
            Standing::Unanswered => return Ok(Vec::new()),
            Standing::Prepared | Standing::Sent => {}
            _ => return Err(over()),
        }
        let due = state.answer_due_on.unwrap_or(sent_on);
        if context.today <= due {
            return Err(TIME_LEFT.refuse(format!(
                "Le destinataire peut encore répondre jusqu’au {}. Attendez ce jour, ou retirez la prescription.",
                in_french(due)
            )));
        }
        let unanswered = PrescriptionUnanswered {
            days: u32::try_from(days_between(sent_on, context.today)).unwrap_or_default(),
            ..Default::default()
        };
        Ok(vec![unanswered.into()])
    }
}

/// Says that a candidature lost its purpose: the person was taken elsewhere. By reaction only.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LapsePrescription {
    /// The prescription that was accepted.
    pub accepted_prescription_id: Uuid,
}

impl Command for LapsePrescription {
    type Aggregate = Prescription;
    const NAME: &'static str = "prescription.lapse";
    const SUMMARY: &'static str = "Dire qu’une candidature est devenue sans objet";

    fn needs(&self, _: &State) -> Needs {
        Needs { streams: vec![self.accepted_prescription_id], ..Needs::default() }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        sent(state)?;
        // An answer that came meanwhile stands.
        if state.standing != Standing::Sent {
            return Ok(Vec::new());
        }
        let accepted = self.accepted_prescription_id;
        let other = context.facts(accepted).into_iter().fold(State::default(), Prescription::apply);
        let both = [state.kind, other.kind] == [PrescriptionKind::CANDIDATURE_IAE; 2];
        if !both || accepted == context.stream_id || other.standing != Standing::Accepted {
            return Err(LAPSES
                .refuse("Aucune autre candidature IAE acceptée ne remplace celle-ci : elle attend toujours sa réponse.")
                .at("/accepted_prescription_id"));
        }
        let lapsed =
            PrescriptionLapsed { accepted_prescription_id: accepted.to_string(), ..Default::default() };
        Ok(vec![lapsed.into()])
    }
}

//! What time and other answers do to a prescription: the addressee is reminded, silence becomes a fact, and
//! a candidature loses its purpose when another one is accepted.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use service::{Command, Context, Day, Domain as _, Needs};
use utoipa::ToSchema;
use uuid::Uuid;
use vocabulary::{
    Refusal, Rule,
    dates::{days_after, days_between, in_french},
};

use super::{
    super::{
        aggregate::{Prescription, Standing, State},
        *,
    },
    answers::{IN_ORDER, over, sent},
};
use crate::views::{ANSWERING_POSTS, Answering};

/// Silence is one only once the time to answer has passed.
pub const TIME_LEFT: Rule = Rule::strict(
    "prescription.delai",
    "Une prescription est sans réponse une fois passé le délai de réponse : 60 jours pour une candidature IAE, 4 mois pour un dossier MDPH, 30 jours sinon, ou le délai choisi par la plateforme.",
    "usage des Emplois de l’inclusion et de Dora ; CASF, art. R. 241-33",
);
/// Whom a reminder may still move.
pub const REMINDER: Rule = Rule::strict(
    "prescription.relance",
    "On relance le destinataire tant qu’une réponse est attendue et que le dossier est ouvert.",
    "usage de Dora",
);
/// Whom the clock may remind.
pub const REACHED: Rule = Rule::strict(
    "prescription.relance-recue",
    "Jalon ne relance de lui-même qu’une organisation qui a dans Jalon un poste pour recevoir la relance.",
    "usage",
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
        if state.standing == Standing::Unanswered {
            return Ok(Vec::new());
        }
        if !state.standing.awaits() {
            return Err(over());
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

/// How many days lie between the sending and a reminder, and between two reminders.
pub const REMINDER_STEP: i32 = 10;

/// Reminds the addressee that an answer is awaited. The clock does it every ten days until the answer is due.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemindAddressee {
    /// On which day; today when absent.
    #[serde(default)]
    pub reminded_on: Option<Day>,
}

impl RemindAddressee {
    fn check(&self, state: &State, day: Date, sent_on: Date, context: &Context) -> Result<(), Refusal> {
        // After silence the clock has said its word; a professional may still call.
        let called = context.actor.system.is_none() && state.standing == Standing::Unanswered;
        if !state.standing.awaits() && !called {
            return Err(REMINDER.refuse(
                "Cette prescription n’attend plus de réponse : il n’y a plus lieu de relancer. Vérifiez son état.",
            ));
        }
        if context.case().is_some_and(|case| case.is_closed_on(day)) {
            return Err(REMINDER
                .refuse("Ce dossier est clos : on ne relance plus personne. Rouvrez-le d’abord si besoin."));
        }
        if day < sent_on {
            return Err(IN_ORDER
                .refuse("Cette date précède l’envoi de la prescription. Corrigez-la.")
                .at("/reminded_on"));
        }
        Ok(())
    }
}

impl Command for RemindAddressee {
    type Aggregate = Prescription;
    const NAME: &'static str = "prescription.remind";
    const SUMMARY: &'static str = "Relancer le destinataire d’une prescription";
    const DAY: fn(&Self) -> Option<Date> = |command| command.reminded_on.map(|day| day.0);

    fn needs(&self, state: &State) -> Needs {
        Needs { document: state.addressee.map(|addressee| (ANSWERING_POSTS, addressee)), ..Needs::default() }
    }

    fn decide(&self, state: &State, context: &Context) -> Result<Vec<Event>, Refusal> {
        let sent_on = sent(state)?;
        let day = self.reminded_on.map_or(context.today, |day| day.0);
        self.check(state, day, sent_on, context)?;
        let posts: Answering = context.document().unwrap_or_default();
        if context.actor.system.is_some() && posts.posts.is_empty() {
            return Err(REACHED.refuse(
                "Le destinataire n’a pas de poste dans Jalon : personne n’y recevrait la relance. Appelez-le.",
            ));
        }
        let soon = |last: Date| {
            day == last || context.actor.system.is_some() && day < days_after(last, REMINDER_STEP)
        };
        if state.reminded_on.is_some_and(soon) {
            return Ok(Vec::new());
        }
        let reminder = ReminderSent {
            reminded_on: day.to_string(),
            step: state.reminders + 1,
            days: u32::try_from(days_between(sent_on, day)).unwrap_or_default(),
            addressee_id: state.addressee.map(|id| id.to_string()).unwrap_or_default(),
            ..Default::default()
        };
        Ok(vec![reminder.into()])
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
        if !state.standing.awaits() {
            return Ok(Vec::new());
        }
        let accepted = self.accepted_prescription_id;
        let other = context.facts(accepted).into_iter().fold(State::default(), Prescription::apply);
        let both = [state.kind, other.kind] == [PrescriptionKind::CANDIDATURE_IAE; 2];
        let taken = matches!(other.standing, Standing::Accepted | Standing::Started | Standing::Completed);
        if !both || accepted == context.stream_id || !taken {
            return Err(LAPSES
                .refuse("Aucune autre candidature IAE acceptée ne remplace celle-ci : elle attend toujours sa réponse.")
                .at("/accepted_prescription_id"));
        }
        let lapsed =
            PrescriptionLapsed { accepted_prescription_id: accepted.to_string(), ..Default::default() };
        Ok(vec![lapsed.into()])
    }
}

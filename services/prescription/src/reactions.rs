//! What the facts of a case call for: whoever does not answer a sending is reminded, then it becomes
//! unanswered; and when an IAE candidature is accepted the others that wait lose their purpose.

use std::collections::BTreeMap;

use contracts::{
    Recorded,
    events::{Case, Prescription as Event},
    prescription::v1::PrescriptionKind,
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use service::{Agenda, Command as _, Due};
use uuid::Uuid;
use vocabulary::{
    clock::start_of_day,
    dates::{days_after, parse},
};

use crate::domain::commands::{LapsePrescription, NoAnswer, REMINDER_STEP, RemindAddressee};

/// The agenda of the answers a person awaits.
#[derive(Debug)]
pub struct AwaitedAnswers;

/// What is awaited in one case.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Awaited {
    /// The prescriptions sent and not answered yet, by id.
    pub sent: BTreeMap<Uuid, Sending>,
    /// Whether the case is closed: nobody is reminded any more.
    pub closed: bool,
    /// Position of the fact that reopened it, when one did.
    pub reopened: i64,
}

/// A prescription that awaits its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sending {
    /// Whether it is an IAE candidature.
    pub iae: bool,
    /// Last day on which the answer is awaited.
    pub answer_due_on: Date,
    /// Position of the fact that made it wait: that it was sent, or the end of an earlier silence.
    pub position: i64,
    /// The day from which the next reminder is counted: that of the sending, or of the last reminder.
    pub reminded_on: Date,
    /// Position of the last fact that moved the next reminder.
    pub reminder_position: i64,
    /// Last day of the wait that the addressee asked for, when it did.
    pub held_until: Option<Date>,
    /// Whether silence was stated: nothing is due any more, unless the addressee asks to wait.
    pub silent: bool,
    /// The acceptance that took its purpose away, when one did while it waited.
    pub replaced: Option<Acceptance>,
}

/// An IAE candidature was accepted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Acceptance {
    /// Which one.
    pub prescription_id: Uuid,
    /// When that was known.
    pub at: Timestamp,
    /// Position of that fact.
    pub position: i64,
}

impl Agenda for AwaitedAnswers {
    type State = Awaited;

    const NAME: &'static str = "awaited_answers_agenda";
    const VERSION: u32 = 2;

    fn key(fact: &Recorded) -> Option<Uuid> {
        fact.case_id.filter(|_| matches!(fact.kind.aggregate().name, "prescription" | "case"))
    }

    fn fold(state: &mut Awaited, fact: &Recorded) -> Result<(), String> {
        if fact.kind.aggregate().name == "case" {
            match fact.trace::<Case>().map_err(|error| error.to_string())? {
                Case::CaseClosed(_) => state.closed = true,
                Case::CaseReopened(_) => (state.closed, state.reopened) = (false, fact.position),
                _ => {}
            }
            return Ok(());
        }
        let event = fact.trace::<Event>().map_err(|error| error.to_string())?;
        state.fold(fact, event)
    }

    fn due(state: &Awaited) -> Vec<Due> {
        state.sent.iter().flat_map(|(id, sending)| state.due(*id, sending)).collect()
    }
}

impl Awaited {
    fn fold(&mut self, fact: &Recorded, event: Event) -> Result<(), String> {
        let id = fact.stream_id;
        match event {
            Event::PrescriptionSent(sent) => {
                let sending = Sending {
                    iae: sent.kind.as_known() == Some(PrescriptionKind::CANDIDATURE_IAE),
                    answer_due_on: parse(&sent.answer_due_on).ok_or("answer_due_on is not a day")?,
                    position: fact.position,
                    reminded_on: parse(&sent.sent_on).ok_or("sent_on is not a day")?,
                    reminder_position: fact.position,
                    held_until: None,
                    silent: false,
                    replaced: None,
                };
                self.sent.insert(id, sending);
            }
            Event::PrescriptionAccepted(accepted) => {
                self.sent.remove(&id);
                if accepted.kind.as_known() == Some(PrescriptionKind::CANDIDATURE_IAE) {
                    self.replace(&Acceptance {
                        prescription_id: id,
                        at: fact.recorded_at,
                        position: fact.position,
                    });
                }
            }
            Event::PrescriptionWithdrawn(_) | Event::PrescriptionRefused(_) => {
                self.sent.remove(&id);
                self.give_back(id);
            }
            Event::PrescriptionLapsed(_)
            | Event::PrescriptionReopened(_)
            | Event::PrescriptionStarted(_)
            | Event::PrescriptionCompleted(_) => {
                self.sent.remove(&id);
            }
            waiting => {
                if let Some(sending) = self.sent.get_mut(&id) {
                    sending.fold(fact.position, waiting);
                }
            }
        }
        Ok(())
    }

    /// The other candidatures that wait lose their purpose. Those sent later do not.
    fn replace(&mut self, acceptance: &Acceptance) {
        let waiting = self.sent.values_mut().filter(|sending| sending.iae && !sending.silent);
        for sending in waiting.filter(|sending| sending.replaced.is_none()) {
            sending.replaced = Some(acceptance.clone());
        }
    }

    /// A yes that is taken back replaces nothing any more.
    fn give_back(&mut self, prescription_id: Uuid) {
        for sending in self.sent.values_mut() {
            sending.replaced.take_if(|acceptance| acceptance.prescription_id == prescription_id);
        }
    }

    fn due(&self, id: Uuid, sending: &Sending) -> Vec<Due> {
        if let Some(acceptance) = &sending.replaced {
            let body = LapsePrescription { accepted_prescription_id: acceptance.prescription_id };
            return vec![Due {
                target: id,
                at: acceptance.at,
                command: LapsePrescription::NAME,
                body: serde_json::json!(body),
                cause: acceptance.position,
            }];
        }
        if sending.silent {
            return Vec::new();
        }
        let silence = Due {
            target: id,
            at: start_of_day(days_after(sending.answer_due_on, 1)),
            command: NoAnswer::NAME,
            body: serde_json::json!(NoAnswer {}),
            cause: sending.position,
        };
        let next = sending.next_reminder();
        if self.closed || next >= sending.answer_due_on {
            return vec![silence];
        }
        let reminder = Due {
            target: id,
            at: start_of_day(next),
            command: RemindAddressee::NAME,
            body: serde_json::json!({}),
            cause: sending.reminder_position.max(self.reopened),
        };
        vec![reminder, silence]
    }
}

impl Sending {
    /// What happens while it waits.
    fn fold(&mut self, position: i64, event: Event) {
        match event {
            Event::PrescriptionUnanswered(_) => (self.silent, self.replaced) = (true, None),
            Event::PrescriptionOnHold(held) => {
                self.held_until = parse(&held.until);
                self.answer_due_on = parse(&held.answer_due_on).unwrap_or(self.answer_due_on);
                self.reminder_position = position;
                // Asked after silence, a wait with an end opens the clock again.
                if self.silent && self.held_until.is_some() {
                    (self.silent, self.position) = (false, position);
                }
            }
            Event::ReminderSent(reminder) => {
                self.reminded_on = parse(&reminder.reminded_on).unwrap_or(self.reminded_on);
                self.reminder_position = position;
            }
            _ => {}
        }
    }

    /// Ten days after the last word to the addressee, and not during the wait it asked for.
    fn next_reminder(&self) -> Date {
        let step = days_after(self.reminded_on, REMINDER_STEP);
        self.held_until.map_or(step, |last| step.max(days_after(last, 1)))
    }
}

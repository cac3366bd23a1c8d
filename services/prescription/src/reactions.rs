//! What the facts of a case call for: a sending that nobody answers becomes unanswered, and when an
//! IAE candidature is accepted the others that wait lose their purpose.

use std::collections::BTreeMap;

use contracts::{Recorded, events::Prescription as Event, prescription::v1::PrescriptionKind};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use service::{Agenda, Command as _, Due};
use uuid::Uuid;
use vocabulary::{
    clock::start_of_day,
    dates::{days_after, parse},
};

use crate::domain::commands::{LapsePrescription, NoAnswer};

/// The agenda of the answers a person awaits.
#[derive(Debug)]
pub struct AwaitedAnswers;

/// What is awaited in one case.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Awaited {
    /// The prescriptions sent and not answered yet, by id.
    pub sent: BTreeMap<Uuid, Sending>,
}

/// A prescription that awaits its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sending {
    /// Whether it is an IAE candidature.
    pub iae: bool,
    /// Last day on which the answer is awaited.
    pub answer_due_on: Date,
    /// Position of the fact that it was sent.
    pub position: i64,
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
    const VERSION: u32 = 1;

    fn key(fact: &Recorded) -> Option<Uuid> {
        fact.case_id.filter(|_| fact.kind.aggregate().name == "prescription")
    }

    fn fold(state: &mut Awaited, fact: &Recorded) -> Result<(), String> {
        let id = fact.stream_id;
        match fact.trace::<Event>().map_err(|error| error.to_string())? {
            Event::PrescriptionSent(sent) => {
                let sending = Sending {
                    iae: sent.kind.as_known() == Some(PrescriptionKind::CANDIDATURE_IAE),
                    answer_due_on: parse(&sent.answer_due_on).ok_or("answer_due_on is not a day")?,
                    position: fact.position,
                    replaced: None,
                };
                state.sent.insert(id, sending);
            }
            Event::PrescriptionAccepted(accepted) => {
                state.sent.remove(&id);
                if accepted.kind.as_known() == Some(PrescriptionKind::CANDIDATURE_IAE) {
                    state.replace(&Acceptance {
                        prescription_id: id,
                        at: fact.recorded_at,
                        position: fact.position,
                    });
                }
            }
            Event::PrescriptionWithdrawn(_) => {
                state.sent.remove(&id);
                state.give_back(id);
            }
            Event::PrescriptionRefused(_)
            | Event::PrescriptionUnanswered(_)
            | Event::PrescriptionLapsed(_) => {
                state.sent.remove(&id);
            }
            Event::PrescriptionPrepared(_)
            | Event::PrescriptionReceived(_)
            | Event::EligibilityEstablished(_) => {}
        }
        Ok(())
    }

    fn due(state: &Awaited) -> Vec<Due> {
        state.sent.iter().map(|(id, sending)| sending.due(*id)).collect()
    }
}

impl Awaited {
    /// The other candidatures that wait lose their purpose. Those sent later do not.
    fn replace(&mut self, acceptance: &Acceptance) {
        for sending in self.sent.values_mut().filter(|sending| sending.iae && sending.replaced.is_none()) {
            sending.replaced = Some(acceptance.clone());
        }
    }

    /// A yes that is taken back replaces nothing any more.
    fn give_back(&mut self, prescription_id: Uuid) {
        for sending in self.sent.values_mut() {
            sending.replaced.take_if(|acceptance| acceptance.prescription_id == prescription_id);
        }
    }
}

impl Sending {
    fn due(&self, id: Uuid) -> Due {
        match &self.replaced {
            Some(acceptance) => Due {
                target: id,
                at: acceptance.at,
                command: LapsePrescription::NAME,
                body: serde_json::json!(LapsePrescription {
                    accepted_prescription_id: acceptance.prescription_id
                }),
                cause: acceptance.position,
            },
            None => Due {
                target: id,
                at: start_of_day(days_after(self.answer_due_on, 1)),
                command: NoAnswer::NAME,
                body: serde_json::json!(NoAnswer {}),
                cause: self.position,
            },
        }
    }
}

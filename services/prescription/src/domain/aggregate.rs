//! What the rules of a prescription must know of its past.

use jiff::civil::Date;
use service::Domain;
use uuid::Uuid;
use vocabulary::dates::parse;

use super::{Event, PrescriptionKind};

/// The aggregate.
#[derive(Debug)]
pub struct Prescription;

/// Its state.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// What is prescribed.
    pub kind: PrescriptionKind,
    /// The organisation that will answer.
    pub addressee: Option<Uuid>,
    /// The day it was sent.
    pub sent_on: Option<Date>,
    /// Last day on which an answer is awaited.
    pub answer_due_on: Option<Date>,
    /// Whether the addressee said it has it.
    pub received: bool,
    /// Where it stands.
    pub standing: Standing,
}

/// Where a prescription stands. None of them is the end of anything but of this very sending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// Not sent yet.
    #[default]
    Prepared,
    /// An answer is awaited.
    Sent,
    /// The addressee said yes.
    Accepted,
    /// The addressee said no.
    Refused,
    /// No answer came in time; one may still come.
    Unanswered,
    /// It was taken back.
    Withdrawn,
    /// It lost its purpose.
    Lapsed,
}

impl Domain for Prescription {
    type Event = Event;
    type State = State;

    const CALLED: &'static str = "cette prescription";

    fn apply(mut state: State, event: Event) -> State {
        match event {
            Event::PrescriptionPrepared(prepared) => {
                state.kind = prepared.kind.as_known().unwrap_or_default();
                state.addressee = prepared.addressee_id.parse().ok();
            }
            Event::PrescriptionSent(sent) => {
                state.sent_on = parse(&sent.sent_on);
                state.answer_due_on = parse(&sent.answer_due_on);
                state.standing = Standing::Sent;
            }
            Event::PrescriptionReceived(_) => state.received = true,
            Event::PrescriptionAccepted(_) => state.standing = Standing::Accepted,
            Event::PrescriptionRefused(_) => state.standing = Standing::Refused,
            Event::PrescriptionUnanswered(_) => state.standing = Standing::Unanswered,
            Event::PrescriptionWithdrawn(_) => state.standing = Standing::Withdrawn,
            Event::PrescriptionLapsed(_) => state.standing = Standing::Lapsed,
            Event::EligibilityEstablished(_) => {}
        }
        state
    }
}

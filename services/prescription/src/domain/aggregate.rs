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
    /// How many times it was reopened.
    pub reopened: u32,
    /// The day it was sent, in this attempt.
    pub sent_on: Option<Date>,
    /// Last day on which an answer is awaited.
    pub answer_due_on: Option<Date>,
    /// Whether the addressee said it has it.
    pub received: bool,
    /// Until when the addressee asked to wait, when it said so.
    pub held_until: Option<Date>,
    /// How many times the addressee was reminded.
    pub reminders: u32,
    /// The last time.
    pub reminded_on: Option<Date>,
    /// The day the person began what was prescribed.
    pub started_on: Option<Date>,
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
    /// The addressee studies it; an answer is awaited.
    UnderReview,
    /// The addressee asked to wait; an answer is awaited.
    OnHold,
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
    /// The person began what was prescribed.
    Started,
    /// What was prescribed is over.
    Completed,
}

impl Standing {
    /// Whether an answer is awaited in time.
    pub fn awaits(self) -> bool {
        matches!(self, Self::Sent | Self::UnderReview | Self::OnHold)
    }
}

impl Domain for Prescription {
    type Event = Event;
    type State = State;

    const CALLED: &'static str = "cette prescription";

    /// Whom it was sent to, once it was.
    fn parties(state: &State) -> Vec<Uuid> {
        state.addressee.filter(|_| state.sent_on.is_some()).into_iter().collect()
    }

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
            Event::PrescriptionUnderReview(_) => state.standing = Standing::UnderReview,
            Event::PrescriptionOnHold(held) => {
                state.held_until = parse(&held.until);
                state.answer_due_on = parse(&held.answer_due_on).or(state.answer_due_on);
                state.standing = Standing::OnHold;
            }
            Event::ReminderSent(reminder) => {
                state.reminders += 1;
                state.reminded_on = parse(&reminder.reminded_on);
            }
            Event::PrescriptionAccepted(_) => state.standing = Standing::Accepted,
            Event::PrescriptionRefused(_) => state.standing = Standing::Refused,
            Event::PrescriptionUnanswered(_) => state.standing = Standing::Unanswered,
            Event::PrescriptionWithdrawn(_) => state.standing = Standing::Withdrawn,
            Event::PrescriptionLapsed(_) => state.standing = Standing::Lapsed,
            Event::PrescriptionStarted(started) => {
                state.started_on = parse(&started.started_on);
                state.standing = Standing::Started;
            }
            Event::PrescriptionCompleted(_) => state.standing = Standing::Completed,
            // What came before is over: nothing of it is left but the addressee and the kind.
            Event::PrescriptionReopened(_) => {
                state = State {
                    kind: state.kind,
                    addressee: state.addressee,
                    reopened: state.reopened + 1,
                    ..State::default()
                };
            }
            Event::EligibilityEstablished(_) => {}
        }
        state
    }
}

//! What was sent, and the rights that come with it.

use contracts::{Recorded, events};
use jiff::civil::Date;
use vocabulary::dates::parse;

use super::id;
use crate::status::{Eligibility, Pass, Prescription, PrescriptionState, Status};

pub(super) fn prescription(status: &mut Status, fact: events::Prescription, recorded: &Recorded) {
    if let events::Prescription::EligibilityEstablished(established) = fact {
        status.eligibility = Some(Eligibility {
            ground: established.ground,
            established_on: parse(&established.established_on),
            valid_until: parse(&established.valid_until),
        });
        return;
    }
    sending(status.prescriptions.entry(recorded.stream_id).or_default(), fact, recorded.occurred_on);
}

/// Where a prescription stands after that fact, which happened that day.
pub(crate) fn sending(one: &mut Prescription, fact: events::Prescription, on: Date) {
    match fact {
        events::Prescription::PrescriptionPrepared(prepared) => {
            one.kind = prepared.kind;
            one.addressee_id = id(&prepared.addressee_id);
            one.prescriber_id = id(&prepared.prescriber_id);
        }
        events::Prescription::PrescriptionSent(sent) => {
            *one = Prescription {
                kind: sent.kind,
                state: PrescriptionState::Sent,
                addressee_id: id(&sent.addressee_id),
                sent_on: parse(&sent.sent_on),
                answer_due_on: parse(&sent.answer_due_on),
                prescriber_id: one.prescriber_id,
                restarts: one.restarts,
                ..Prescription::default()
            };
        }
        events::Prescription::PrescriptionReopened(reopened) => {
            *one = Prescription {
                kind: reopened.kind,
                state: PrescriptionState::Reopened,
                addressee_id: id(&reopened.addressee_id),
                prescriber_id: one.prescriber_id,
                restarts: reopened.attempt.saturating_sub(1),
                ..Prescription::default()
            };
        }
        other => answer(one, other, on),
    }
}

fn answer(one: &mut Prescription, fact: events::Prescription, on: Date) {
    match fact {
        events::Prescription::PrescriptionReceived(_) => one.state = PrescriptionState::Received,
        events::Prescription::PrescriptionUnderReview(_) => one.state = PrescriptionState::UnderReview,
        events::Prescription::PrescriptionOnHold(held) => {
            one.state = PrescriptionState::OnHold;
            one.held_until = parse(&held.until);
            one.answer_due_on = parse(&held.answer_due_on).or(one.answer_due_on);
        }
        events::Prescription::ReminderSent(reminder) => {
            one.reminders = reminder.step.max(one.reminders + 1);
            one.reminded_on = parse(&reminder.reminded_on);
        }
        events::Prescription::PrescriptionAccepted(accepted) => {
            ended(one, PrescriptionState::Accepted, parse(&accepted.accepted_on));
            one.starts_on = parse(&accepted.starts_on);
        }
        events::Prescription::PrescriptionRefused(refused) => {
            ended(one, PrescriptionState::Refused, parse(&refused.refused_on));
            one.reason = refused.reason;
        }
        events::Prescription::PrescriptionUnanswered(_) => {
            ended(one, PrescriptionState::Unanswered, Some(on));
        }
        events::Prescription::PrescriptionWithdrawn(withdrawn) => {
            ended(one, PrescriptionState::Withdrawn, parse(&withdrawn.withdrawn_on));
        }
        events::Prescription::PrescriptionLapsed(_) => {
            ended(one, PrescriptionState::Lapsed, Some(on));
        }
        events::Prescription::PrescriptionStarted(started) => {
            one.state = PrescriptionState::Started;
            one.started_on = parse(&started.started_on);
        }
        events::Prescription::PrescriptionCompleted(completed) => {
            ended(one, PrescriptionState::Completed, parse(&completed.completed_on));
            one.completion = completed.outcome;
        }
        _ => {}
    }
}

fn ended(one: &mut Prescription, state: PrescriptionState, on: Option<Date>) {
    one.state = state;
    one.ended_on = on;
}

pub(super) fn pass(one: &mut Pass, fact: events::Pass) {
    if let events::Pass::PassIaeReported(reported) = fact {
        one.starts_on = parse(&reported.starts_on);
        one.ends_on = parse(&reported.ends_on);
        one.state = reported.state;
    } else if let events::Pass::PassIaeSuspended(suspended) = fact {
        one.suspended_from = parse(&suspended.suspended_from);
        one.suspended_until = parse(&suspended.until);
        one.ends_on = parse(&suspended.ends_on).or(one.ends_on);
    } else if let events::Pass::PassIaeProlonged(prolonged) = fact {
        one.ends_on = parse(&prolonged.until).or(one.ends_on);
    }
}

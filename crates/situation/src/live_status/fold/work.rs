//! Contracts, offers, and who validates a PMSMP.

use std::collections::BTreeMap;

use contracts::{events, immersion::v1::ConventionKind};
use uuid::Uuid;
use vocabulary::dates::{days_after, parse};

use super::id;
use crate::status::{CheckIn, EMPLOYER_DAYS, Employment, Match, MatchState, Validation};

pub(super) fn employment(one: &mut Employment, fact: events::Employment) {
    match fact {
        events::Employment::EmploymentStarted(started) => {
            *one = Employment {
                contract: started.contract,
                programme: started.programme,
                employer_id: id(&started.employer_id),
                weekly_minutes: started.weekly_minutes,
                started_on: parse(&started.started_on),
                ends_on: parse(&started.ends_on),
                linked_activity_id: id(&started.linked_activity_id),
                ..Employment::default()
            };
        }
        events::Employment::EmploymentEnded(over) => {
            one.ended_on = parse(&over.ended_on);
            one.reason = over.reason;
            one.suspended_since = None;
            one.followed_until = parse(&over.followed_until);
        }
        other => goes_on(one, other),
    }
}

fn goes_on(one: &mut Employment, fact: events::Employment) {
    match fact {
        events::Employment::HoursChanged(changed) => one.weekly_minutes = changed.weekly_minutes,
        events::Employment::WorkSuspended(suspended) => {
            one.suspended_since = parse(&suspended.suspended_on);
        }
        events::Employment::WorkResumed(_) => one.suspended_since = None,
        events::Employment::ContractRenewed(renewed) => {
            one.ends_on = parse(&renewed.ends_on).or(one.ends_on);
        }
        events::Employment::ContractConverted(converted) => {
            one.contract = converted.contract;
            one.ends_on = None;
        }
        events::Employment::CheckInHeld(held) => one.check_ins.push(CheckIn {
            step: held.step,
            held_on: parse(&held.held_on),
            outcome: held.outcome,
        }),
        events::Employment::DifficultyReported(_) => one.difficulties += 1,
        _ => {}
    }
}

pub(super) fn offer(one: &mut Match, fact: events::Match) {
    let (state, since) = if let events::Match::MatchProposed(proposed) = fact {
        one.offer_id = id(&proposed.offer_id);
        (MatchState::Proposed, parse(&proposed.proposed_on))
    } else if let events::Match::MatchAccepted(accepted) = fact {
        (MatchState::Accepted, parse(&accepted.answered_on))
    } else if let events::Match::MatchDeclined(declined) = fact {
        (MatchState::Declined, parse(&declined.answered_on))
    } else if let events::Match::MatchPutForward(forward) = fact {
        let put_forward_on = parse(&forward.put_forward_on);
        one.answer_due_on =
            parse(&forward.answer_due_on).or(put_forward_on.map(|day| days_after(day, EMPLOYER_DAYS)));
        (MatchState::PutForward, put_forward_on)
    } else if let events::Match::MatchAnswered(answered) = fact {
        one.answer = answered.answer;
        (MatchState::Answered, parse(&answered.answered_on))
    } else {
        return;
    };
    (one.state, one.since) = (state, since);
}

/// Kept as long as it may be waited for: what began or was given up waits for nobody.
pub(super) fn validation(all: &mut BTreeMap<Uuid, Validation>, convention: Uuid, fact: &events::Convention) {
    match fact {
        events::Convention::ConventionDrafted(drafted) if drafted.kind == ConventionKind::PMSMP => {
            let one = Validation { prescriber_id: id(&drafted.prescriber_id), signed_on: None };
            all.insert(convention, one);
        }
        events::Convention::ConventionFullySigned(signed) => {
            if let Some(one) = all.get_mut(&convention) {
                one.signed_on = parse(&signed.signed_on);
            }
        }
        events::Convention::ConventionAmended(_) => {
            if let Some(one) = all.get_mut(&convention) {
                one.signed_on = None;
            }
        }
        // It passed to another prescriber.
        events::Convention::ConventionCorrected(corrected) if corrected.outside_prescriber.is_set() => {
            if let Some(one) = all.get_mut(&convention) {
                one.prescriber_id = id(&corrected.prescriber_id);
            }
        }
        events::Convention::ImmersionStarted(_)
        | events::Convention::ConventionRejected(_)
        | events::Convention::ConventionCancelled(_)
        | events::Convention::ConventionLapsed(_) => {
            all.remove(&convention);
        }
        _ => {}
    }
}

//! From facts to the days that are counted.

use contracts::{EnumValue, Recorded, events, immersion::v1::Hired, prescription::v1::PrescriptionKind};
use jiff::ToSpan as _;
use projections::Poison;
use uuid::Uuid;
use vocabulary::dates::parse;

use super::path::{Active, Outcome, Path, Sending, Span, Stay, Worked, code};
use crate::views::as_fact;

pub(super) fn fold(path: &mut Path, fact: &Recorded) -> Result<(), Poison> {
    match fact.kind.aggregate().name {
        "case" => case(path, as_fact(fact)?),
        "prescription" => prescription(path, as_fact(fact)?, fact),
        "convention" => convention(path, as_fact(fact)?, fact.stream_id),
        "employment" => employment(path, as_fact(fact)?, fact.stream_id),
        "activity" => activity(path.activities.entry(fact.stream_id).or_default(), as_fact(fact)?),
        "wish" => wish(path, as_fact(fact)?),
        _ => {}
    }
    Ok(())
}

fn case(path: &mut Path, fact: events::Case) {
    match fact {
        events::Case::CaseOpened(opened) => {
            let span = Span { from: parse(&opened.opened_on), until: None };
            path.open.push(span);
            path.stays.push(Stay {
                structure_id: opened.structure_id.parse().unwrap_or_default(),
                platform_id: opened.platform_id.parse().ok(),
                device: code(opened.device),
                span,
            });
        }
        events::Case::CaseClosed(closed) => {
            let closed_on = parse(&closed.closed_on);
            if let Some(span) = path.open.last_mut() {
                span.until = closed_on;
            }
        }
        events::Case::CaseReopened(reopened) => {
            path.open.push(Span { from: parse(&reopened.reopened_on), until: None });
        }
        events::Case::CaseTransferred(transferred) => {
            let from = parse(&transferred.transferred_on);
            if let Some(stay) = path.stays.last_mut() {
                stay.span.until = from.map(|day| day.saturating_sub(1.day()));
            }
            path.stays.push(Stay {
                structure_id: transferred.structure_id.parse().unwrap_or_default(),
                platform_id: transferred.platform_id.parse().ok(),
                device: code(transferred.device),
                span: Span { from, until: None },
            });
        }
        _ => {}
    }
}

fn wish(path: &mut Path, fact: events::Wish) {
    match fact {
        events::Wish::WishExpressed(one) if !one.not_for_now => path.wishes.extend(parse(&one.expressed_on)),
        events::Wish::WishRevised(one) if !one.not_for_now => path.wishes.extend(parse(&one.revised_on)),
        _ => {}
    }
}

fn activity(one: &mut Active, fact: events::Activity) {
    if let events::Activity::ActivityStarted(started) = fact {
        one.kind = code(started.kind);
        one.span = Span { from: parse(&started.started_on), until: None };
    } else if let events::Activity::AttendanceRecorded(came) = fact {
        one.minutes.extend(parse(&came.from_day).map(|day| (day, came.minutes)));
    } else if let events::Activity::ActivityEnded(over) = fact {
        one.span.until = parse(&over.ended_on);
    }
}

fn prescription(path: &mut Path, fact: events::Prescription, recorded: &Recorded) {
    let kind = match &fact {
        events::Prescription::PrescriptionPrepared(prepared) => Some(prepared.kind),
        events::Prescription::PrescriptionSent(sent) => Some(sent.kind),
        _ => None,
    };
    if kind.is_some_and(|kind| kind == PrescriptionKind::MDPH) {
        path.rights.insert(recorded.stream_id);
    }
    if let events::Prescription::PrescriptionSent(sent) = &fact {
        path.sendings.push(Sending {
            id: recorded.stream_id,
            addressee_id: sent.addressee_id.parse().ok(),
            sent_on: parse(&sent.sent_on),
            due_on: parse(&sent.answer_due_on),
            ..Sending::default()
        });
        return;
    }
    let last = path.sendings.iter_mut().rev().find(|one| one.id == recorded.stream_id);
    let outcome = match &fact {
        events::Prescription::PrescriptionOnHold(held) => {
            if let Some(sending) = last {
                sending.due_on = parse(&held.answer_due_on).or(sending.due_on);
            }
            return;
        }
        events::Prescription::PrescriptionAccepted(one) => (Outcome::Accepted, parse(&one.accepted_on)),
        events::Prescription::PrescriptionRefused(one) => (Outcome::Refused, parse(&one.refused_on)),
        events::Prescription::PrescriptionUnanswered(_) => (Outcome::Unanswered, Some(recorded.occurred_on)),
        events::Prescription::PrescriptionWithdrawn(one) => (Outcome::Dropped, parse(&one.withdrawn_on)),
        events::Prescription::PrescriptionLapsed(_) => (Outcome::Dropped, Some(recorded.occurred_on)),
        _ => return,
    };
    // An answer that comes late takes the place of silence; taking back what was answered changes nothing.
    if let Some(sending) = last.filter(|one| !one.is_answered()) {
        (sending.outcome, sending.ended_on) = (Some(outcome.0), outcome.1);
    }
}

fn convention(path: &mut Path, fact: events::Convention, id: Uuid) {
    let one = path.immersions.entry(id).or_default();
    match fact {
        events::Convention::ConventionDrafted(drafted) => one.host_id = drafted.host_id.parse().ok(),
        events::Convention::ImmersionStarted(started) => {
            one.span = Span { from: parse(&started.started_on), until: None };
        }
        events::Convention::ImmersionInterrupted(interrupted) => {
            one.span.until = parse(&interrupted.interrupted_on);
        }
        events::Convention::ImmersionEnded(over) => one.span.until = parse(&over.ended_on),
        events::Convention::ImmersionReviewed(reviewed) => {
            one.reviewed_on = parse(&reviewed.reviewed_on);
            one.hired = is_hired(reviewed.hired);
        }
        events::Convention::ImmersionReviewCorrected(corrected) => one.hired = is_hired(corrected.hired),
        events::Convention::ConventionRecognised(same) => {
            one.same_as = same.same_as_convention_id.parse().ok()
        }
        events::Convention::ConventionToldApart(_) => one.same_as = None,
        _ => {}
    }
}

fn is_hired(word: EnumValue<Hired>) -> bool {
    !matches!(word.as_known(), None | Some(Hired::HIRED_UNSPECIFIED | Hired::NOT_HIRED))
}

fn employment(path: &mut Path, fact: events::Employment, id: Uuid) {
    let one = path.employments.entry(id).or_default();
    match fact {
        events::Employment::EmploymentStarted(started) => {
            *one = Worked {
                employer_id: started.employer_id.parse().ok(),
                span: Span { from: parse(&started.started_on), until: None },
                came_from: started.came_from_id.parse().ok(),
            };
        }
        events::Employment::EmploymentEnded(over) => one.span.until = parse(&over.ended_on),
        _ => {}
    }
}

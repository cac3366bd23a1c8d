//! The shared case: its circle, its standing, and what is around.

use contracts::events;
use uuid::Uuid;
use vocabulary::{clock::day_in_paris, dates::parse};

use super::id;
use crate::status::{
    Activity, Agreement, Appointment, Emergency, Member, Pause, Rectification, Review, Status, Wish,
};

pub(super) fn case(status: &mut Status, fact: events::Case, position: i64) {
    match fact {
        events::Case::CaseOpened(opened) => {
            status.open = true;
            status.opened_on = parse(&opened.opened_on);
            status.structure_id = id(&opened.structure_id).unwrap_or_default();
            status.device = opened.device;
            status.platform_id = id(&opened.platform_id);
            status.origin = opened.origin;
        }
        events::Case::IdentityRecorded(_) | events::Case::IdentityCorrected(_) => {
            status.identity_position = Some(position);
        }
        events::Case::CircleMemberJoined(joined) => {
            let member = Member {
                organisation_id: id(&joined.organisation_id),
                role: joined.role,
                since: parse(&joined.since),
                frame: joined.frame,
            };
            status.circle.extend(id(&joined.post_id).map(|post| (post, member)));
        }
        events::Case::CircleMemberLeft(left) => {
            status.circle.retain(|post, _| id(&left.post_id) != Some(*post));
        }
        other => standing(status, other),
    }
}

fn standing(status: &mut Status, fact: events::Case) {
    match fact {
        events::Case::CaseClosed(closed) => {
            status.open = false;
            status.closed_on = parse(&closed.closed_on);
            status.closing = closed.reason;
        }
        events::Case::CaseReopened(_) => {
            status.open = true;
            status.closed_on = None;
            status.closing = Default::default();
        }
        events::Case::CasePaused(paused) => {
            status.pause = Some(Pause { since: parse(&paused.paused_on), until: parse(&paused.until) });
        }
        events::Case::CaseResumed(_) => status.pause = None,
        events::Case::CaseTransferred(transferred) => {
            status.structure_id = id(&transferred.structure_id).unwrap_or(status.structure_id);
            status.device = transferred.device;
            status.platform_id = id(&transferred.platform_id);
            status.transferred_on = parse(&transferred.transferred_on);
        }
        other => agreement(status, other),
    }
}

fn agreement(status: &mut Status, fact: events::Case) {
    match fact {
        events::Case::AgreementGiven(given) => {
            let agreement = Agreement {
                organisation_id: id(&given.organisation_id),
                classes: given.classes,
                purposes: given.purposes,
                form: given.form,
                from: parse(&given.from_day),
                until: parse(&given.until_day),
            };
            status.agreements.extend(id(&given.agreement_id).map(|id| (id, agreement)));
        }
        events::Case::AgreementWithdrawn(gone) => leaves(status, &gone.agreement_id),
        events::Case::AgreementExpired(gone) => leaves(status, &gone.agreement_id),
        other => rectification(status, other),
    }
}

fn rectification(status: &mut Status, fact: events::Case) {
    match fact {
        events::Case::RectificationRequested(asked) => {
            let one = Rectification { of_class: asked.of_class, requested_on: parse(&asked.requested_on) };
            status.rectifications.extend(id(&asked.rectification_id).map(|id| (id, one)));
        }
        events::Case::RectificationSettled(settled) => {
            status.rectifications.retain(|known, _| id(&settled.rectification_id) != Some(*known));
        }
        other => emergency(status, other),
    }
}

fn emergency(status: &mut Status, fact: events::Case) {
    match fact {
        events::Case::EmergencyAccessOpened(opened) => {
            let on = opened.opened_at.parse().ok().map(day_in_paris);
            let emergency = Emergency { on, by: id(&opened.post_id) };
            status.emergencies.extend(id(&opened.access_id).map(|access| (access, emergency)));
        }
        events::Case::EmergencyAccessReviewed(reviewed) => {
            status.emergencies.retain(|known, _| id(&reviewed.access_id) != Some(*known));
        }
        _ => {}
    }
}

fn leaves(status: &mut Status, agreement: &str) {
    status.agreements.retain(|known, _| id(agreement) != Some(*known));
}

pub(super) fn wish(status: &mut Status, fact: events::Wish, stream: Uuid, position: i64) {
    let (since, not_for_now) = if let events::Wish::WishExpressed(one) = fact {
        (parse(&one.expressed_on), one.not_for_now)
    } else if let events::Wish::WishRevised(one) = fact {
        (parse(&one.revised_on), one.not_for_now)
    } else {
        // Set aside.
        status.wishes.remove(&stream);
        return;
    };
    status.wishes.insert(stream, Wish { since, not_for_now, position });
}

pub(super) fn activity(one: &mut Activity, fact: events::Activity) {
    match fact {
        events::Activity::ActivityStarted(started) => {
            *one = Activity {
                kind: started.kind,
                organisation_id: id(&started.organisation_id),
                weekly_minutes: started.weekly_minutes,
                started_on: parse(&started.started_on),
                planned_until: parse(&started.planned_until),
                ended_on: None,
            };
        }
        events::Activity::ActivityEnded(over) => one.ended_on = parse(&over.ended_on),
        _ => {}
    }
}

/// What was held, missed or cancelled is no longer to come.
pub(super) fn appointment(status: &mut Status, fact: events::Appointment, stream: Uuid) {
    match fact {
        events::Appointment::AppointmentScheduled(one) => {
            let appointment = Appointment {
                day: parse(&one.day),
                hour: one.hour,
                post_id: id(&one.post_id),
                organisation_id: id(&one.organisation_id),
                accompanied: one.accompanied,
            };
            status.appointments.insert(stream, appointment);
        }
        events::Appointment::AppointmentMoved(moved) => {
            if let Some(one) = status.appointments.get_mut(&stream) {
                one.day = parse(&moved.day);
                one.hour = moved.hour;
            }
        }
        _ => {
            status.appointments.remove(&stream);
        }
    }
}

pub(super) fn writing(status: &mut Status, fact: events::Writing) {
    let review = match fact {
        events::Writing::ReviewHeld(one) => {
            Review { kind: one.kind, held_on: parse(&one.held_on), next_on: parse(&one.next_review_on) }
        }
        events::Writing::ReviewCorrected(one) => {
            Review { kind: one.kind, held_on: parse(&one.held_on), next_on: parse(&one.next_review_on) }
        }
        _ => return,
    };
    // A late or corrected one says nothing of what comes after a later one.
    if status.review.as_ref().is_none_or(|known| known.held_on <= review.held_on) {
        status.review = Some(review);
    }
}

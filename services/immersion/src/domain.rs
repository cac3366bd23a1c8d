//! The convention and the immersion it allows: its facts, its state, its rules, its commands.

pub mod aggregate;
pub mod commands;
pub mod past;
pub mod rules;

pub use contracts::{events::Convention as Event, immersion::v1::*};
use jiff::civil::Date;
use vocabulary::dates;

/// The day a fact says of itself; nothing when it says none.
pub fn own_day(fact: &Event) -> Option<Date> {
    let text = match fact {
        Event::ConventionSigned(signed) => &signed.signed_on,
        Event::ConventionFullySigned(signed) => &signed.signed_on,
        Event::ConventionApproved(approved) => &approved.approved_on,
        Event::ConventionValidated(validated) => &validated.validated_on,
        Event::ConventionRejected(rejected) => &rejected.rejected_on,
        Event::ConventionCancelled(cancelled) => &cancelled.cancelled_on,
        Event::ConventionLapsed(lapsed) => &lapsed.lapsed_on,
        Event::ImmersionStarted(started) => &started.started_on,
        Event::ImmersionInterrupted(interrupted) => &interrupted.interrupted_on,
        Event::ImmersionEnded(ended) => &ended.ended_on,
        Event::ImmersionReviewed(reviewed) if reviewed.person_answered_on.is_empty() => &reviewed.reviewed_on,
        Event::ImmersionReviewed(reviewed) => &reviewed.person_answered_on,
        Event::ImmersionReviewCorrected(corrected) => &corrected.corrected_on,
        Event::ConventionDrafted(_)
        | Event::ConventionAmended(_)
        | Event::ConventionCorrected(_)
        | Event::ConventionRenewed(_)
        | Event::ConventionRecognised(_)
        | Event::ConventionToldApart(_)
        | Event::DivergenceNoted(_)
        | Event::NotificationReceived(_) => return None,
    };
    dates::parse(text)
}

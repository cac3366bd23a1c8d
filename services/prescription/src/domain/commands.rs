//! What can be asked of a prescription, each intent with its rule right below.

use vocabulary::Rule;

use super::pass::commands as pass;

mod answers;
mod clock;
mod course;
mod eligibility;
mod preparing;
mod sending;

pub use answers::{
    ANSWERED_BY, AcceptPrescription, HOLD, HoldPrescription, IN_ORDER, NOT_OVER, ReceivePrescription,
    RefusePrescription, ReviewPrescription, SENT,
};
pub use clock::{
    LAPSES, LapsePrescription, NoAnswer, REACHED, REMINDER, REMINDER_STEP, RemindAddressee, TIME_LEFT,
};
pub use course::{COURSE, CompletePrescription, REOPENING, ReopenPrescription, StartPrescription};
pub use eligibility::{
    AUTHORISED, BY_THE_EMPLOYER, CRITERIA_NAMED, ENOUGH_CRITERIA, EstablishEligibility, FOR_IAE,
    NOT_THE_EMPLOYER, SIAE_ONLY, is_authorised,
};
pub use preparing::{
    AAVA_CARRIER, AVIP_ONLY, AVIP_SITUATION, CDAPH, KNOWN_ADDRESSEE, KNOWN_PRESCRIBER, OPEN_CASE, POSITION,
    Position, PreparePrescription, ROME, TAPAJ_AGE, TAPAJ_EMPLOYER, USUAL_ADDRESSEE,
};
pub use sending::{AGREED, SendPrescription, WithdrawPrescription};

/// The rules of this context.
pub const RULES: &[&Rule] = &[
    &OPEN_CASE,
    &AGREED,
    &KNOWN_ADDRESSEE,
    &KNOWN_PRESCRIBER,
    &POSITION,
    &ROME,
    &USUAL_ADDRESSEE,
    &AAVA_CARRIER,
    &CDAPH,
    &TAPAJ_AGE,
    &TAPAJ_EMPLOYER,
    &AVIP_SITUATION,
    &AVIP_ONLY,
    &SENT,
    &NOT_OVER,
    &HOLD,
    &IN_ORDER,
    &ANSWERED_BY,
    &TIME_LEFT,
    &REMINDER,
    &REACHED,
    &LAPSES,
    &COURSE,
    &REOPENING,
    &SIAE_ONLY,
    &NOT_THE_EMPLOYER,
    &AUTHORISED,
    &BY_THE_EMPLOYER,
    &CRITERIA_NAMED,
    &ENOUGH_CRITERIA,
    &FOR_IAE,
    &pass::NUMBER,
    &pass::DATES,
    &pass::ONE_AT_A_TIME,
    &pass::OVERLAP,
    &pass::USUAL_END,
    &pass::SUSPENSION_LENGTH,
    &pass::SUSPENSION_LATE,
    &pass::PROLONGATION_WINDOW,
    &pass::PROLONGATION_LENGTH,
];

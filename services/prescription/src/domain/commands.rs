//! What can be asked of a prescription, each intent with its rule right below.

use vocabulary::Rule;

mod answers;
mod clock;
mod eligibility;
mod sending;

pub use answers::{
    ANSWERED_BY, AcceptPrescription, IN_ORDER, NOT_OVER, ReceivePrescription, RefusePrescription, SENT,
};
pub use clock::{LAPSES, LapsePrescription, NoAnswer, TIME_LEFT};
pub use eligibility::{
    CRITERIA_NAMED, ENOUGH_CRITERIA, EstablishEligibility, FOR_IAE, NOT_THE_EMPLOYER, SIAE_ONLY,
};
pub use sending::{
    AAVA_CARRIER, CDAPH, KNOWN_ADDRESSEE, KNOWN_PRESCRIBER, OPEN_CASE, POSITION, Position,
    PreparePrescription, ROME, SendPrescription, TAPAJ_AGE, TAPAJ_EMPLOYER, USUAL_ADDRESSEE,
    WithdrawPrescription,
};

/// The rules of this context.
pub const RULES: &[&Rule] = &[
    &OPEN_CASE,
    &KNOWN_ADDRESSEE,
    &KNOWN_PRESCRIBER,
    &POSITION,
    &ROME,
    &USUAL_ADDRESSEE,
    &AAVA_CARRIER,
    &CDAPH,
    &TAPAJ_AGE,
    &TAPAJ_EMPLOYER,
    &SENT,
    &NOT_OVER,
    &IN_ORDER,
    &ANSWERED_BY,
    &TIME_LEFT,
    &LAPSES,
    &SIAE_ONLY,
    &NOT_THE_EMPLOYER,
    &CRITERIA_NAMED,
    &ENOUGH_CRITERIA,
    &FOR_IAE,
];

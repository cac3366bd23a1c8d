//! One line per route. A prescription lapses by reaction only: no route asks for it.

use service::Api;

use crate::domain::commands::{
    AcceptPrescription, EstablishEligibility, NoAnswer, PreparePrescription, ReceivePrescription,
    RefusePrescription, SendPrescription, WithdrawPrescription,
};

/// The routes of this context.
pub fn api() -> Api {
    Api::default()
        .begin_in_case::<PreparePrescription>("/api/v1/cases/{case_id}/prescriptions")
        .command::<SendPrescription>("/api/v1/prescriptions/{id}/send")
        .command::<ReceivePrescription>("/api/v1/prescriptions/{id}/receive")
        .command::<AcceptPrescription>("/api/v1/prescriptions/{id}/accept")
        .command::<RefusePrescription>("/api/v1/prescriptions/{id}/refuse")
        .command::<WithdrawPrescription>("/api/v1/prescriptions/{id}/withdraw")
        .command::<NoAnswer>("/api/v1/prescriptions/{id}/no-answer")
        .command::<EstablishEligibility>("/api/v1/prescriptions/{id}/eligibility")
}

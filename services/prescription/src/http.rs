//! One line per route. A prescription lapses by reaction only: no route asks for it.

use service::Api;

use crate::domain::{commands::*, pass::commands::*};

/// The routes of this context.
pub fn api() -> Api {
    Api::default()
        .begin_in_case::<PreparePrescription>("/api/v1/cases/{case_id}/prescriptions")
        .command::<SendPrescription>("/api/v1/prescriptions/{id}/send")
        .command::<ReceivePrescription>("/api/v1/prescriptions/{id}/receive")
        .command::<ReviewPrescription>("/api/v1/prescriptions/{id}/review")
        .command::<HoldPrescription>("/api/v1/prescriptions/{id}/hold")
        .command::<AcceptPrescription>("/api/v1/prescriptions/{id}/accept")
        .command::<RefusePrescription>("/api/v1/prescriptions/{id}/refuse")
        .command::<WithdrawPrescription>("/api/v1/prescriptions/{id}/withdraw")
        .command::<NoAnswer>("/api/v1/prescriptions/{id}/no-answer")
        .command::<RemindAddressee>("/api/v1/prescriptions/{id}/remind")
        .command::<StartPrescription>("/api/v1/prescriptions/{id}/start")
        .command::<CompletePrescription>("/api/v1/prescriptions/{id}/complete")
        .command::<ReopenPrescription>("/api/v1/prescriptions/{id}/reopen")
        .command::<EstablishEligibility>("/api/v1/prescriptions/{id}/eligibility")
        .begin_in_case::<ReportPassIae>("/api/v1/cases/{case_id}/passes")
        .command::<UpdatePassIae>("/api/v1/passes/{id}/report")
        .command::<SuspendPassIae>("/api/v1/passes/{id}/suspend")
        .command::<ProlongPassIae>("/api/v1/passes/{id}/prolong")
}

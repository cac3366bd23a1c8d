//! One line per route.

use service::Api;

use crate::domain::commands::*;

/// The routes of this context.
pub fn api() -> Api {
    Api::default()
        .begin_in_case::<StartEmployment>("/api/v1/cases/{case_id}/employments")
        .command::<ChangeHours>("/api/v1/employments/{id}/hours")
        .command::<SuspendWork>("/api/v1/employments/{id}/suspend")
        .command::<ResumeWork>("/api/v1/employments/{id}/resume")
        .command::<RenewContract>("/api/v1/employments/{id}/renew")
        .command::<ConvertContract>("/api/v1/employments/{id}/convert")
        .command::<HoldCheckIn>("/api/v1/employments/{id}/check-ins")
        .command::<ReportDifficulty>("/api/v1/employments/{id}/difficulties")
        .command::<HoldMediation>("/api/v1/employments/{id}/mediations")
        .command::<EndEmployment>("/api/v1/employments/{id}/end")
}

//! One line per route.

use service::Api;

use crate::domain::{commands::*, resource::commands::*};

/// The routes of this context.
pub fn api() -> Api {
    Api::default()
        .begin_in_case::<StartDiagnostic>("/api/v1/cases/{case_id}/diagnostics")
        .command::<AssessProfessionalSituation>("/api/v1/diagnostics/{id}/professional-situation")
        .command::<AssessSocialSituation>("/api/v1/diagnostics/{id}/social-situations")
        .command::<NameObstacle>("/api/v1/diagnostics/{id}/obstacles")
        .command::<EaseObstacle>("/api/v1/diagnostics/{id}/obstacles/ease")
        .command::<ReturnObstacle>("/api/v1/diagnostics/{id}/obstacles/return")
        .command::<IdentifySkill>("/api/v1/diagnostics/{id}/skills")
        .command::<CompleteDiagnostic>("/api/v1/diagnostics/{id}/complete")
        .command::<ReviseDiagnostic>("/api/v1/diagnostics/{id}/revise")
        .begin_in_case::<MobiliseResource>("/api/v1/cases/{case_id}/resources")
        .command::<EndResource>("/api/v1/resources/{id}/end")
}

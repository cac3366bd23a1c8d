//! One line per route.

use service::Api;

use crate::domain::commands::*;

/// The routes of this context.
pub fn api() -> Api {
    Api::default()
        .begin_in_case::<DraftConvention>("/api/v1/cases/{case_id}/conventions")
        .command::<AmendConvention>("/api/v1/conventions/{id}/amend")
        .command::<SignConvention>("/api/v1/conventions/{id}/sign")
        .command::<ApproveConvention>("/api/v1/conventions/{id}/approve")
        .command::<ValidateConvention>("/api/v1/conventions/{id}/validate")
        .command::<RejectConvention>("/api/v1/conventions/{id}/reject")
        .command::<CancelConvention>("/api/v1/conventions/{id}/cancel")
        .command::<StartImmersion>("/api/v1/conventions/{id}/start")
        .command::<InterruptImmersion>("/api/v1/conventions/{id}/interrupt")
        .command::<EndImmersion>("/api/v1/conventions/{id}/end")
        .command::<ReviewImmersion>("/api/v1/conventions/{id}/review")
        .command::<RecogniseConvention>("/api/v1/conventions/{id}/recognise")
        .command::<TellApart>("/api/v1/conventions/{id}/tell-apart")
        .merge(crate::inbound::http::api())
}

//! One line per route.

use service::Api;

use crate::domain::commands::{CloseCase, JoinCircle, LeaveCircle, OpenCase, RecordIdentity, ReopenCase};

/// The routes of this context.
pub fn api() -> Api {
    Api::default()
        .begin::<OpenCase>("/api/v1/cases")
        .command::<RecordIdentity>("/api/v1/cases/{id}/identity")
        .command::<JoinCircle>("/api/v1/cases/{id}/circle")
        .command::<LeaveCircle>("/api/v1/cases/{id}/circle/departures")
        .command::<CloseCase>("/api/v1/cases/{id}/close")
        .command::<ReopenCase>("/api/v1/cases/{id}/reopen")
}

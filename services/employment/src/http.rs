//! One line per route.

use service::Api;

use crate::domain::commands::{ChangeHours, EndEmployment, StartEmployment};

/// The routes of this context.
pub fn api() -> Api {
    Api::default()
        .begin_in_case::<StartEmployment>("/api/v1/cases/{case_id}/employments")
        .command::<ChangeHours>("/api/v1/employments/{id}/hours")
        .command::<EndEmployment>("/api/v1/employments/{id}/end")
}

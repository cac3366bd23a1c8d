//! One line per route.

use axum::http::Method;
use service::{Api, api::form};

use crate::domain::commands::RestoreAccess;

/// The routes of this context.
pub fn api() -> Api {
    Api::default().command::<RestoreAccess>("/api/v1/professionals/{id}/access/restore").undescribed(
        Method::POST,
        "/consultations/{id}/retablir",
        form::<RestoreAccess>("/consultations"),
    )
}

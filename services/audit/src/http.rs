//! One line per route.

use axum::http::Method;
use service::{
    Api,
    api::{form, form_on},
};

use crate::domain::commands::{RestoreAccess, SuspendByHand};

/// The routes of this context.
pub fn api() -> Api {
    Api::default()
        .command::<RestoreAccess>("/api/v1/professionals/{id}/access/restore")
        .command_on::<SuspendByHand>("/api/v1/administration/suspensions", |command| command.reader_id)
        .undescribed(Method::POST, "/consultations/{id}/retablir", form::<RestoreAccess>("/consultations"))
        .undescribed(
            Method::POST,
            "/consultations/suspendre",
            form_on::<SuspendByHand>("/consultations", |command| command.reader_id),
        )
}

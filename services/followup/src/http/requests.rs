//! What an organisation is sent, and what a post takes over.

use axum::{http::Method, routing::get};
use service::Api;

use super::LIST;
use crate::{
    pages::{handover, requests as page},
    queries::requests::{self, RequestsPage},
};

const REQUESTS: &str = "/api/v1/me/requests";

/// Those routes.
pub(super) fn routes(api: Api) -> Api {
    api.query::<RequestsPage, _, _>(
        "requests.read",
        "Ce que mon organisation a reçu, et ce qui attend sa réponse",
        REQUESTS,
        requests::received,
    )
    .parameters(REQUESTS, LIST)
    .undescribed(Method::GET, "/demandes", get(page::page))
    .undescribed(Method::GET, "/postes/{id}/passation", get(handover::page))
    .undescribed(Method::GET, "/passations/{id}", get(handover::back))
}

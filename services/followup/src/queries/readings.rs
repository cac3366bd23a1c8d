//! The queries of who looked.

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Serialize;
use service::{
    Problem,
    api::{Caller, Shared, read_id},
};
use utoipa::ToSchema;

use super::ListParams;
use crate::{
    query::{Params, after, limit, page, wait},
    read::{
        protection::{self, Protection},
        readings::{self, Consultation, Volumes},
    },
    views::directory,
};

/// A page of consultations.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsultationsPage {
    /// The last first.
    pub items: Vec<Consultation>,
    /// The cursor of the next page; nothing on the last one.
    pub next: Option<String>,
}

/// `GET /cases/{id}/readings`.
pub async fn of_case(
    State(runtime): State<Shared>,
    Caller(reading): Caller,
    Path(id): Path<String>,
    Params(params): Params<ListParams>,
) -> Result<Json<ConsultationsPage>, Problem> {
    wait(&runtime, &[directory::NAME], params.min_position).await?;
    let id = read_id(&id)?;
    let named = readings::may(&runtime, &reading, id).await?;
    let of = format!("readings {id}");
    let (limit, before) = (limit(params.limit)?, after(&of, params.cursor.as_deref())?);
    let items = readings::of_case(&runtime, named.then_some(&reading), id, (before, limit + 1)).await?;
    let (items, next) = page(items, limit, &of, |item| item.id);
    Ok(Json(ConsultationsPage { items, next }))
}

/// `GET /administration/protection`.
pub async fn protection(
    State(runtime): State<Shared>,
    Caller(reading): Caller,
    Params(params): Params<ListParams>,
) -> Result<Json<Protection>, Problem> {
    wait(&runtime, protection::VIEWS, params.min_position).await?;
    Ok(Json(protection::read(&runtime, &reading).await?))
}

/// `GET /administration/readings`.
pub async fn volumes(
    State(runtime): State<Shared>,
    Caller(reading): Caller,
) -> Result<Json<Volumes>, Problem> {
    Ok(Json(readings::volumes(&runtime, &reading).await?))
}

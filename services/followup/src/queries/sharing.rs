//! What a person shares, and what they ask to have put right.

use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use serde::Serialize;
use service::{
    Problem,
    api::{Caller, Shared, read_id},
};
use utoipa::ToSchema;

use super::OneParams;
use crate::{
    query::{Params, tagged, wait},
    read::{
        self,
        rectifications::Request,
        sharing::{self, Agreement, Reader},
    },
    views::NAMES,
};

/// What is shared of a case.
#[derive(Debug, Serialize, ToSchema)]
pub struct SharingAnswer {
    /// The agreements, whatever became of them: those that hold first.
    pub agreements: Vec<Agreement>,
    /// Who may read what today, as the policies decide.
    pub readers: Vec<Reader>,
}

/// `GET /cases/{id}/sharing`.
pub async fn sharing(
    State(runtime): State<Shared>,
    Caller(reading): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    Params(params): Params<OneParams>,
) -> Result<Response, Problem> {
    wait(&runtime, NAMES, params.min_position).await?;
    let case = read::case::read(&runtime, &reading, read_id(&id)?).await?;
    let (agreements, readers) = sharing::of(&runtime, &case).await?;
    tagged(&headers, &SharingAnswer { agreements, readers })
}

/// What the person asks to have put right.
#[derive(Debug, Serialize, ToSchema)]
pub struct RectificationsAnswer {
    /// Those that wait first.
    pub items: Vec<Request>,
}

/// `GET /cases/{id}/rectifications`.
pub async fn rectifications(
    State(runtime): State<Shared>,
    Caller(reading): Caller,
    Path(id): Path<String>,
    Params(params): Params<OneParams>,
) -> Result<Json<RectificationsAnswer>, Problem> {
    wait(&runtime, NAMES, params.min_position).await?;
    let seen = read::case(&runtime, &reading, read_id(&id)?).await?;
    let items = read::rectifications::read(&runtime, &reading, &seen).await?;
    Ok(Json(RectificationsAnswer { items }))
}

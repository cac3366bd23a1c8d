//! What a person shares, what they ask to have put right, and what keeps their data from being used.

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
        recipients::{self, Told},
        rectifications::Request,
        restrictions::Limit,
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
    /// Who had received data and was told that they were corrected, erased or limited: the last ones first.
    pub told: Vec<Told>,
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
    let told = recipients::of_case(&runtime, case.id).await?;
    tagged(&headers, &SharingAnswer { agreements, readers, told })
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

/// What keeps the data of the person from being used.
#[derive(Debug, Serialize, ToSchema)]
pub struct RestrictionsAnswer {
    /// Those that hold first.
    pub items: Vec<Limit>,
}

/// `GET /cases/{id}/restrictions`.
pub async fn restrictions(
    State(runtime): State<Shared>,
    Caller(reading): Caller,
    Path(id): Path<String>,
    Params(params): Params<OneParams>,
) -> Result<Json<RestrictionsAnswer>, Problem> {
    wait(&runtime, NAMES, params.min_position).await?;
    let seen = read::case(&runtime, &reading, read_id(&id)?).await?;
    let items = read::restrictions::read(&runtime, &reading, &seen).await?;
    Ok(Json(RestrictionsAnswer { items }))
}

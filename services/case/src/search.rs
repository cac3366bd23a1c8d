//! `POST /api/v1/search`: whether someone is already followed. What is looked for stands in the body, never in an
//! address.

use axum::{Json, body::Bytes, extract::State, http::HeaderMap};
use service::{
    Problem,
    api::{Caller, Shared, parse},
    search::{self, Matches, NAME, Sought},
};

/// Answers.
///
/// # Errors
/// 403 to whoever may not search, 422 when too little is said, 429 when they searched too often, 503 when the index
/// cannot be read.
pub async fn search(
    State(runtime): State<Shared>,
    Caller(reading): Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Matches>, Problem> {
    runtime.policies.decide(&reading, NAME, None)?;
    let sought: Sought = parse(&headers, &body)?;
    runtime.may_search(&reading).await?;
    Ok(Json(search::search(&runtime, &reading, &sought).await?))
}

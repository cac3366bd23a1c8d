//! The queries of an organisation that is asked for something.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use service::{
    Problem,
    api::{Caller, Shared},
};
use utoipa::ToSchema;

use crate::{
    query::{Params, after, limit, page, wait},
    read::requests::{self, Key, Received},
    views::{copies, directory, live_status, received},
};

/// The read models it is read from.
pub const NAMES: &[&str] = &[received::NAME, copies::NAME, live_status::NAME, directory::NAME];

/// Parameters of what was received.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestsParams {
    limit: Option<usize>,
    cursor: Option<String>,
    min_position: Option<i64>,
}

/// A page of what was received.
#[derive(Debug, Serialize, ToSchema)]
pub struct RequestsPage {
    /// What awaits an answer first, the latest first.
    pub items: Vec<Received>,
    /// The cursor of the next page; nothing on the last one.
    pub next: Option<String>,
}

/// `GET /me/requests`.
pub async fn received(
    State(runtime): State<Shared>,
    Caller(actor): Caller,
    Params(params): Params<RequestsParams>,
) -> Result<Json<RequestsPage>, Problem> {
    runtime.policies.decide(&actor, "case.read", None)?;
    wait(&runtime, NAMES, params.min_position).await?;
    let of = format!("requests {:?}", actor.organisation_id);
    let limit = limit(params.limit)?;
    let after: Option<Key> = after(&of, params.cursor.as_deref())?;
    let items = requests::read(&runtime, &actor, after, limit + 1).await?;
    let (items, next) = page(items, limit, &of, |(key, _)| *key);
    Ok(Json(RequestsPage { items: items.into_iter().map(|(_, one)| one).collect(), next }))
}

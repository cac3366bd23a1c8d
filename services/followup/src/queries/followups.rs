//! The queries of whoever holds a post: my follow-ups, and what hangs on a post.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::HeaderMap,
};
use serde::{Deserialize, Serialize};
use service::{
    Problem,
    api::{Caller, Shared, parse, read_id},
};
use utoipa::ToSchema;

use crate::{
    query::{Params, after, limit, page, wait},
    read::{
        followups::{self, Followup, Page, Seen, Show, Waiting},
        open_items::{self, HandoverView, ItemKind, Key, OpenItem, PostCard},
    },
    views::{NAMES, directory, live_status, together},
};

/// Follow-ups of a page at most.
const MAX_FOLLOWUPS: usize = 100;

/// Parameters of my follow-ups.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FollowupsParams {
    limit: Option<usize>,
    cursor: Option<String>,
    min_position: Option<i64>,
    #[serde(default)]
    show: Show,
}

/// A page of follow-ups.
#[derive(Debug, Serialize, ToSchema)]
pub struct FollowupsPage {
    /// When the holder of the post last looked; nothing when they never did.
    pub seen: Option<Seen>,
    /// What waits for the organisation itself.
    pub own: Vec<Waiting>,
    /// Its follow-ups, those with the latest news first.
    pub items: Vec<Followup>,
    /// The cursor of the next page; nothing on the last one.
    pub next: Option<String>,
}

/// `GET /me/followups`.
pub async fn mine(
    State(runtime): State<Shared>,
    Caller(actor): Caller,
    Params(params): Params<FollowupsParams>,
) -> Result<Json<FollowupsPage>, Problem> {
    runtime.policies.decide(&actor, "case.read", None)?;
    wait(&runtime, NAMES, params.min_position).await?;
    let of = format!("followups {:?} {:?}", actor.post_id, params.show);
    let limit = limit(params.limit)?.min(MAX_FOLLOWUPS);
    let asked = Page { show: params.show, before: after(&of, params.cursor.as_deref())?, limit: limit + 1 };
    let items = followups::read(&runtime, &actor, asked).await?;
    let (items, next) = page(items, limit, &of, |item| item.last.position);
    let seen = followups::seen(&runtime, &actor).await?;
    let own = followups::own(&runtime, &actor).await?;
    Ok(Json(FollowupsPage { seen, own, items, next }))
}

/// What was looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Looked {
    /// The position of the last fact that was shown.
    pub position: i64,
}

/// `POST /me/followups/seen`.
pub async fn look(
    State(runtime): State<Shared>,
    Caller(actor): Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Seen>, Problem> {
    runtime.policies.decide(&actor, "case.read", None)?;
    let looked: Looked = parse(&headers, &body)?;
    let head = runtime.journal.head().await?;
    if !(0..=head).contains(&looked.position) {
        return Err(Problem::bad_request(
            "La position « position » n’est celle d’aucun fait. Donnez celle du dernier fait que vous avez vu.",
        ));
    }
    Ok(Json(followups::look(&runtime, &actor, looked.position).await?))
}

/// Parameters of what hangs on a post.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenItemsParams {
    limit: Option<usize>,
    cursor: Option<String>,
    min_position: Option<i64>,
    kind: Option<ItemKind>,
}

/// A page of what hangs on a post.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenItemsPage {
    /// The post.
    pub post: PostCard,
    /// The handover that was proposed last.
    pub handover: Option<HandoverView>,
    /// What hangs on it, by kind then by day.
    pub items: Vec<OpenItem>,
    /// The cursor of the next page; nothing on the last one.
    pub next: Option<String>,
}

/// `GET /posts/{id}/open-items`.
pub async fn open_items(
    State(runtime): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Params(params): Params<OpenItemsParams>,
) -> Result<Json<OpenItemsPage>, Problem> {
    wait(&runtime, &[live_status::NAME, directory::NAME, together::NAME], params.min_position).await?;
    let id = read_id(&id)?;
    let post = open_items::post(&runtime, &actor, id).await?;
    let of = format!("open-items {id} {:?}", params.kind);
    let limit = limit(params.limit)?;
    let after: Option<Key> = after(&of, params.cursor.as_deref())?;
    let items = open_items::read(&runtime, &actor, id, params.kind, (after, limit + 1)).await?;
    let (items, next) = page(items, limit, &of, OpenItem::key);
    let handover = open_items::handover(&runtime, &actor, id).await?;
    Ok(Json(OpenItemsPage { post, handover, items, next }))
}

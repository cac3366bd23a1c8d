//! The queries of the API.

pub mod figures;
pub mod followups;
pub mod platform;
pub mod readings;
pub mod requests;
pub mod sharing;

use access::Actor;
use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use contracts::{
    EnumValue,
    common::v1::{OrganisationKind, Role},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use service::{
    Problem,
    api::{Caller, Shared, read_id},
};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    query::{Params, after, limit, page, tagged, wait},
    read::{
        self,
        board::{Asked, BoardRow, Standing, Whose},
        cards,
        case::CaseAnswer,
        identity::{self, Someone},
        timeline::{Asked as AskedFacts, Item, Key},
    },
    veil,
    views::{NAMES, directory, directory::Entry, live_status, timeline},
};

/// Parameters of a query of one thing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneParams {
    pub(crate) min_position: Option<i64>,
}

/// Parameters of a list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    limit: Option<usize>,
    cursor: Option<String>,
    min_position: Option<i64>,
}

/// Parameters of a timeline.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimelineParams {
    limit: Option<usize>,
    cursor: Option<String>,
    min_position: Option<i64>,
    known_at: Option<Timestamp>,
}

/// Parameters of a board.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoardParams {
    limit: Option<usize>,
    cursor: Option<String>,
    min_position: Option<i64>,
    #[serde(default)]
    state: Standing,
    structure: Option<Uuid>,
}

/// `GET /cases/{id}`.
pub async fn case(
    State(runtime): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    Params(params): Params<OneParams>,
) -> Result<Response, Problem> {
    wait(&runtime, NAMES, params.min_position).await?;
    let case = read::case::read(&runtime, &actor, read_id(&id)?).await?;
    let answer: CaseAnswer = case.answer(&runtime).await?;
    tagged(&headers, &answer)
}

/// A page of a timeline.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimelinePage {
    /// Its facts, what happened last first.
    pub items: Vec<Item>,
    /// The cursor of the next page; nothing on the last one.
    pub next: Option<String>,
}

/// `GET /cases/{id}/timeline`; with `known_at`, the facts that were known at that instant, as `jalon replay` tells them.
pub async fn timeline(
    State(runtime): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Params(params): Params<TimelineParams>,
) -> Result<Json<TimelinePage>, Problem> {
    wait(&runtime, &[timeline::NAME, live_status::NAME], params.min_position).await?;
    let seen = read::case(&runtime, &actor, read_id(&id)?).await?;
    let of = format!("timeline {} {:?}", seen.standing.case_id, params.known_at);
    let after: Option<Key> = after(&of, params.cursor.as_deref())?;
    let limit = limit(params.limit)?;
    let status = read::case::status(&runtime, &actor, &seen).await?.unwrap_or_default();
    let asked = AskedFacts { after, limit: limit + 1, known_at: params.known_at };
    let items = read::timeline::read(&runtime, &actor, (&seen, &status), asked).await?;
    let (items, next) = page(items, limit, &of, |item| (item.occurred_on, item.position));
    Ok(Json(TimelinePage { items, next }))
}

/// A page of a board.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoardPage {
    /// Its cases, those with the latest news first.
    pub items: Vec<BoardRow>,
    /// The cursor of the next page; nothing on the last one.
    pub next: Option<String>,
}

/// `GET /platforms/{id}/board`.
pub async fn board(
    State(runtime): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Params(params): Params<BoardParams>,
) -> Result<Json<BoardPage>, Problem> {
    wait(&runtime, &[live_status::NAME, directory::NAME], params.min_position).await?;
    let platform_id = read_id(&id)?;
    read::platform(&runtime, &actor, platform_id).await?;
    let of = format!("board {platform_id} {:?} {:?}", params.state, params.structure);
    let limit = limit(params.limit)?;
    let asked = Asked {
        whose: Whose::Platform(platform_id),
        standing: params.state,
        structure: params.structure,
        before: after(&of, params.cursor.as_deref())?,
        limit: limit + 1,
    };
    let rows = read::board::rows(&runtime, &actor, asked).await?;
    let (items, next) = page(rows, limit, &of, |row| row.last.position);
    Ok(Json(BoardPage { items, next }))
}

/// An organisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganisationAnswer {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its kind.
    #[schema(value_type = String)]
    pub kind: EnumValue<OrganisationKind>,
    /// Its SIRET, when known.
    pub siret: String,
    /// Its town.
    pub town: String,
}

/// A page of organisations.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganisationsPage {
    /// In the order of their ids.
    pub items: Vec<OrganisationAnswer>,
    /// The cursor of the next page; nothing on the last one.
    pub next: Option<String>,
}

/// `GET /organisations`.
pub async fn organisations(
    State(runtime): State<Shared>,
    Caller(actor): Caller,
    Params(params): Params<ListParams>,
) -> Result<Json<OrganisationsPage>, Problem> {
    let (items, next) = entries(&runtime, &actor, "organisation", params).await?;
    let items = items.into_iter().filter_map(|(id, entry)| match entry {
        Entry::Organisation(one) => Some(OrganisationAnswer {
            id,
            kind: veil::kind_for(actor.role, one.kind),
            name: one.name,
            siret: one.siret,
            town: one.town,
        }),
        _ => None,
    });
    Ok(Json(OrganisationsPage { items: items.collect(), next }))
}

/// A plateforme emploi.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlatformAnswer {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The territory it serves.
    pub territory: String,
    /// The organisation that leads it.
    pub lead_organisation_id: Option<Uuid>,
    /// Its members today.
    pub member_ids: Vec<Uuid>,
}

impl PlatformAnswer {
    fn of(id: Uuid, one: directory::Platform) -> Self {
        Self {
            id,
            name: one.name,
            territory: one.territory,
            lead_organisation_id: one.lead_organisation_id,
            member_ids: one.members.into_keys().collect(),
        }
    }
}

/// A page of platforms.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlatformsPage {
    /// In the order of their ids.
    pub items: Vec<PlatformAnswer>,
    /// The cursor of the next page; nothing on the last one.
    pub next: Option<String>,
}

/// `GET /platforms`.
pub async fn platforms(
    State(runtime): State<Shared>,
    Caller(actor): Caller,
    Params(params): Params<ListParams>,
) -> Result<Json<PlatformsPage>, Problem> {
    let (items, next) = entries(&runtime, &actor, "platform", params).await?;
    let items = items.into_iter().filter_map(|(id, entry)| match entry {
        Entry::Platform(one) => Some(PlatformAnswer::of(id, one)),
        _ => None,
    });
    Ok(Json(PlatformsPage { items: items.collect(), next }))
}

type Entries = (Vec<(Uuid, Entry)>, Option<String>);

async fn entries(
    runtime: &Shared,
    actor: &Actor,
    kind: &str,
    params: ListParams,
) -> Result<Entries, Problem> {
    runtime.policies.decide(actor, "platform.read", None)?;
    wait(runtime, &[directory::NAME], params.min_position).await?;
    let after: Option<Uuid> = after(kind, params.cursor.as_deref())?;
    let limit = limit(params.limit)?;
    let found = cards::of_kind(runtime, kind, after.unwrap_or_default(), limit + 1).await?;
    Ok(page(found, limit, kind, |(id, _)| *id))
}

/// Who asks.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeAnswer {
    /// What they do.
    #[schema(value_type = String)]
    pub role: EnumValue<Role>,
    /// That, in French.
    pub role_text: &'static str,
    /// The professional.
    pub professional_id: Option<Uuid>,
    /// Their name, when known.
    pub name: Option<String>,
    /// The post they hold.
    pub post_id: Option<Uuid>,
    /// How it is called.
    pub post: Option<String>,
    /// Its organisation.
    pub organisation: Option<cards::Card>,
    /// The platforms of which that organisation is a member.
    pub platforms: Vec<PlatformAnswer>,
    /// In how many circles the post is.
    pub circles: i64,
}

/// `GET /me`.
pub async fn me(
    State(runtime): State<Shared>,
    Caller(actor): Caller,
    Params(params): Params<OneParams>,
) -> Result<Json<MeAnswer>, Problem> {
    wait(&runtime, &[live_status::NAME, directory::NAME], params.min_position).await?;
    let ids: Vec<Uuid> = [actor.post_id, actor.organisation_id].into_iter().flatten().collect();
    let cards = cards::Cards::read(&runtime, &ids).await?;
    let post = actor.post_id.and_then(|id| cards.post(id));
    // Whoever signed in for a post someone else holds since is not given that other name.
    let own = post.filter(|post| post.professional_id == actor.professional_id);
    let position = own.and_then(|post| post.holder_position);
    let people = identity::open(&runtime, &actor, &position.into_iter().collect::<Vec<_>>()).await?;
    let name = people.into_values().find_map(|who| match who {
        Someone::Professional(name) => Some(name),
        _ => None,
    });
    let platforms = cards::platforms_of(&runtime, actor.organisation_id).await?;
    Ok(Json(MeAnswer {
        role: actor.role.into(),
        role_text: contracts::label_of(EnumValue::from(actor.role)),
        professional_id: actor.professional_id,
        name,
        post_id: actor.post_id,
        post: actor.post_id.and_then(|id| cards.post_called(id)),
        organisation: actor.organisation_id.map(|id| cards.card(id)),
        platforms: platforms.into_iter().map(|(id, one)| PlatformAnswer::of(id, one)).collect(),
        circles: read::board::circles(&runtime, &actor).await?,
    }))
}

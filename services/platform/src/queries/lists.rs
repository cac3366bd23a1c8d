//! Offers and gatherings, page by page.

use axum::{Json, extract::State};
use jiff::civil::Date;
use projections::document::View as _;
use serde::{Deserialize, Serialize};
use service::{
    Day, Problem,
    api::{Caller, Shared},
    query::{Params, after, limit, page, wait},
};
use tokio_postgres::types::ToSql;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{documents, may};
use crate::views::{GatheringBody, Gatherings, OfferBody, Offers};

/// Which offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// Those that are open.
    #[default]
    Open,
    /// Those whose positions are taken.
    Filled,
    /// Those that were withdrawn.
    Withdrawn,
    /// All.
    All,
}

/// Parameters of the list of offers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferParams {
    limit: Option<usize>,
    cursor: Option<String>,
    min_position: Option<i64>,
    #[serde(default)]
    state: Which,
    platform: Option<Uuid>,
    employer: Option<Uuid>,
    rome: Option<String>,
}

/// An offer.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferItem {
    /// Its id.
    pub id: Uuid,
    /// What it is.
    #[serde(flatten)]
    pub offer: OfferBody,
}

/// A page of offers.
#[derive(Debug, Serialize, ToSchema)]
pub struct OffersPage {
    /// In the order of their ids.
    pub items: Vec<OfferItem>,
    /// The cursor of the next page; nothing on the last one.
    pub next: Option<String>,
}

const OFFERS: &str = "
select key, body from read.offers
where body->>'state' = any($1)
  and ($2::text is null or body->>'platform_id' = $2)
  and ($3::text is null or body->>'employer_id' = $3)
  and starts_with(body->>'rome_code', $4)
  and ($5::uuid is null or key > $5)
order by key limit $6";

/// `GET /offers`.
pub async fn offers(
    State(runtime): State<Shared>,
    Caller(actor): Caller,
    Params(params): Params<OfferParams>,
) -> Result<Json<OffersPage>, Problem> {
    wait(&runtime, &[Offers::NAME], params.min_position).await?;
    may(&runtime, &actor, "offer.read")?;
    let rome = params.rome.as_deref().unwrap_or_default();
    if rome.len() > 5 || !rome.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Problem::bad_request(
            "Le paramètre « rome » est un code ROME, ou son début. Corrigez-le.",
        ));
    }
    let of = format!("offers {:?} {:?} {:?} {rome}", params.state, params.platform, params.employer);
    let limit = limit(params.limit)?;
    let states: &[&str] = match params.state {
        Which::Open => &["open"],
        Which::Filled => &["filled"],
        Which::Withdrawn => &["withdrawn"],
        Which::All => &["open", "filled", "withdrawn"],
    };
    let text = |id: Option<Uuid>| id.map(|id| id.to_string());
    let (platform, employer) = (text(params.platform), text(params.employer));
    let after: Option<Uuid> = after(&of, params.cursor.as_deref())?;
    let more = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let values: [&(dyn ToSql + Sync); 6] = [&states, &platform, &employer, &rome, &after, &more];
    let client = runtime.pool.get().await?;
    let statement = client.prepare_cached(OFFERS).await?;
    let found = documents::<OfferBody>(&client.query(&statement, &values).await?)?;
    let items = found.into_iter().map(|(id, offer)| OfferItem { id, offer }).collect();
    let (items, next) = page(items, limit, &of, |item: &OfferItem| item.id);
    Ok(Json(OffersPage { items, next }))
}

/// Parameters of the list of gatherings.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatheringParams {
    limit: Option<usize>,
    cursor: Option<String>,
    min_position: Option<i64>,
    platform: Option<Uuid>,
    from: Option<Day>,
    until: Option<Day>,
}

/// A gathering.
#[derive(Debug, Serialize, ToSchema)]
pub struct GatheringItem {
    /// Its id.
    pub id: Uuid,
    /// What it is.
    #[serde(flatten)]
    pub gathering: GatheringBody,
}

/// A page of gatherings.
#[derive(Debug, Serialize, ToSchema)]
pub struct GatheringsPage {
    /// Day by day.
    pub items: Vec<GatheringItem>,
    /// The cursor of the next page; nothing on the last one.
    pub next: Option<String>,
}

const GATHERINGS: &str = "
select key, body from read.gatherings
where ($1::text is null or body->>'platform_id' = $1)
  and body->>'day' >= $2 and body->>'day' <= $3
  and (body->>'day', key) > ($4, $5)
order by body->>'day', key limit $6";

/// `GET /gatherings`.
pub async fn gatherings(
    State(runtime): State<Shared>,
    Caller(actor): Caller,
    Params(params): Params<GatheringParams>,
) -> Result<Json<GatheringsPage>, Problem> {
    wait(&runtime, &[Gatherings::NAME], params.min_position).await?;
    may(&runtime, &actor, "gathering.read")?;
    let of = format!("gatherings {:?} {:?} {:?}", params.platform, params.from, params.until);
    let limit = limit(params.limit)?;
    let platform = params.platform.map(|id| id.to_string());
    let from = params.from.map_or_else(String::new, String::from);
    let until = params.until.map_or_else(|| "9999-12-31".to_owned(), String::from);
    let after: Option<(Option<Date>, Uuid)> = after(&of, params.cursor.as_deref())?;
    let (day, key) = after.unwrap_or_default();
    let day = day.map(|day| day.to_string()).unwrap_or_default();
    let more = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let values: [&(dyn ToSql + Sync); 6] = [&platform, &from, &until, &day, &key, &more];
    let client = runtime.pool.get().await?;
    let statement = client.prepare_cached(GATHERINGS).await?;
    let found = documents::<GatheringBody>(&client.query(&statement, &values).await?)?;
    let items = found.into_iter().map(|(id, gathering)| GatheringItem { id, gathering }).collect();
    let (items, next) = page(items, limit, &of, |item: &GatheringItem| (item.gathering.day, item.id));
    Ok(Json(GatheringsPage { items, next }))
}

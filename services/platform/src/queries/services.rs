//! The services of the territory, for an obstacle or a theme. Nobody is named: which obstacle is whose is
//! not said here.

use std::collections::HashMap;

use axum::{Json, extract::State};
use contracts::{Word, diagnostic::v1::Dimension};
use matching::communes;
use projections::document::View as _;
use serde::{Deserialize, Serialize};
use service::{
    Problem,
    api::{Caller, Shared},
    query::{Params, after, limit, page, wait},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{documents, may};
use crate::{
    domain::codes,
    resources::{Rank, Relevance, themes_of},
    views::{ServiceBody, Services},
};

/// Parameters of the list of services.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceParams {
    limit: Option<usize>,
    cursor: Option<String>,
    min_position: Option<i64>,
    theme: Option<String>,
    dimension: Option<Word<Dimension>>,
    commune: Option<String>,
}

/// A service of the territory.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceItem {
    /// Its id in Jalon.
    pub id: Uuid,
    /// How well it fits what was asked.
    pub relevance: Relevance,
    /// Kilometres from the commune that was given, as the crow flies; nothing when it is not known.
    pub distance_km: Option<u32>,
    /// What its directory says.
    #[serde(flatten)]
    pub service: ServiceBody,
}

/// A page of services.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServicesPage {
    /// What addresses the need first, then near and in person, then free, then the freshest.
    pub items: Vec<ServiceItem>,
    /// The cursor of the next page; nothing on the last one.
    pub next: Option<String>,
    /// What whoever reads must know, when something could not be computed.
    pub remark: Option<&'static str>,
}

/// Services published, of one of these themes, whose zone may hold that commune: what they are ranked by. All of them
/// are: the nearest may have any key.
const RANKED: &str = "
select key, jsonb_build_object(
    'themes', body->'themes', 'insee_code', body->'insee_code', 'fees', body->'fees',
    'reception_modes', body->'reception_modes', 'updated_on', body->'updated_on')
from read.local_services
where body->>'listed' = 'true'
  and ($1 or body->'themes' ?| $2)
  and ($3::text is null or jsonb_array_length(body->'zones') = 0 or body->'zones' ?| $4
       or body->>'insee_code' = $3 or starts_with(body->>'insee_code', $5))";

/// The services of a page.
const SERVICES: &str = "select key, body from read.local_services where key = any($1)";

/// `GET /services`.
pub async fn list(
    State(runtime): State<Shared>,
    Caller(actor): Caller,
    Params(params): Params<ServiceParams>,
) -> Result<Json<ServicesPage>, Problem> {
    wait(&runtime, &[Services::NAME], params.min_position).await?;
    may(&runtime, &actor, "service.read")?;
    let commune = params.commune.as_deref().unwrap_or_default();
    let insee = codes::insee(commune, "commune").map_err(|_| {
        Problem::bad_request("Le paramètre « commune » est un code Insee de commune. Corrigez-le.")
    })?;
    if !params.theme.as_deref().is_none_or(is_theme) {
        return Err(Problem::bad_request(
            "Le paramètre « theme » est une thématique de data·inclusion, comme mobilite--preparer-un-permis. Corrigez-le.",
        ));
    }
    let (exact, themes) = themes(&params);
    let everything = params.theme.is_none() && params.dimension.is_none();
    let department = if insee.starts_with("97") { insee.get(..3) } else { insee.get(..2) };
    let department = department.unwrap_or_default();
    let zones = [insee.as_str(), department, "france", "99100"];
    let given = (!insee.is_empty()).then_some(insee.as_str());
    let client = runtime.pool.get().await?;
    let statement = client.prepare_cached(RANKED).await?;
    let rows = client.query(&statement, &[&everything, &themes, &given, &&zones[..], &department]).await?;
    let from = communes::by_code(&insee);
    let ranked = documents::<ServiceBody>(&rows)?.into_iter();
    let mut found: Vec<(Rank, Uuid)> =
        ranked.map(|(id, service)| (Rank::of(&service, &exact, from), id)).collect();
    found.sort_by_key(|(rank, id)| (rank.key(), *id));
    let of = format!("services {:?} {:?} {insee}", params.theme, params.dimension);
    let limit = limit(params.limit)?;
    let begin: usize = after(&of, params.cursor.as_deref())?.unwrap_or(0);
    let shown: Vec<_> = found.into_iter().enumerate().skip(begin).take(limit + 1).collect();
    let ids: Vec<Uuid> = shown.iter().map(|(_, (_, id))| *id).collect();
    let statement = client.prepare_cached(SERVICES).await?;
    let rows = client.query(&statement, &[&ids]).await?;
    let mut bodies: HashMap<Uuid, ServiceBody> = documents(&rows)?.into_iter().collect();
    let items: Vec<(usize, ServiceItem)> = shown
        .into_iter()
        .filter_map(|(index, (rank, id))| {
            let (relevance, distance_km) = (rank.relevance, rank.distance_km);
            let service = bodies.remove(&id)?;
            Some((index + 1, ServiceItem { id, relevance, distance_km, service }))
        })
        .collect();
    let (items, next) = page(items, limit, &of, |(index, _)| *index);
    let unknown = !insee.is_empty() && from.and_then(|commune| commune.place).is_none();
    let remark =
        unknown.then_some("Jalon ne sait pas où est cette commune : les distances ne sont pas calculées.");
    Ok(Json(ServicesPage { items: items.into_iter().map(|(_, item)| item).collect(), next, remark }))
}

/// Whether it is written as the codes of data·inclusion are: no name is taken from an address.
fn is_theme(text: &str) -> bool {
    let word = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    text.split_once("--").is_some_and(|(family, rest)| word(family) && word(rest))
}

/// The themes that address what was asked, then all that are asked of the directory.
fn themes(params: &ServiceParams) -> (Vec<&str>, Vec<&str>) {
    let mut exact: Vec<&str> = params.theme.as_deref().into_iter().collect();
    let mut all = exact.clone();
    if let Some(dimension) = params.dimension {
        let (own, beside) = themes_of(dimension.0);
        exact.extend(own);
        all.extend(own.iter().chain(beside));
    }
    (exact, all)
}

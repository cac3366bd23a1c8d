//! Offers and wishes brought together, for whoever is in the circle. What a person wishes is opened from
//! the journal at the moment it is compared, and never kept.

use std::collections::HashMap;

use access::Actor;
use axum::{
    Json,
    extract::{Path, State},
};
use contracts::{Class, case::v1::Wish};
use matching::{Offered, Reason, Wished, rank, rank_wishes};
use projections::document::View as _;
use serde::{Deserialize, Serialize};
use service::{
    CaseStanding, Problem, Reading, Runtime,
    api::{Caller, Shared, read_id},
    query::{Params, limit, wait},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{documents, lists::OfferItem, may};
use crate::{
    domain::past::{PLATFORM_BY_CASE, Proposal, ProposalStep},
    views::{CaseBody, OfferBody, Offers, Reference, References},
};

/// Parameters of both.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchParams {
    limit: Option<usize>,
    min_position: Option<i64>,
}

/// An offer for a person.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseMatch {
    /// The offer.
    pub offer: OfferItem,
    /// The wish it answers.
    pub wish_id: Uuid,
    /// 0 to 100: what fits, among all that counts.
    pub score: u32,
    /// Why, criterion by criterion.
    pub reasons: Vec<Reason>,
    /// Where it stands, when it was proposed already.
    pub proposed: Option<ProposalStep>,
}

/// What answers a person's wishes.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseMatches {
    /// The person does not wish to work for now: nothing is proposed.
    pub quiet: bool,
    /// Whether a wish is known; without one there is nothing to compare.
    pub wish_known: bool,
    /// The offers, those that fit best first.
    pub items: Vec<CaseMatch>,
}

/// `GET /cases/{case_id}/matches`.
pub async fn of_case(
    State(runtime): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Params(params): Params<MatchParams>,
) -> Result<Json<CaseMatches>, Problem> {
    wait(&runtime, &[PLATFORM_BY_CASE, Offers::NAME], params.min_position).await?;
    let limit = limit(params.limit)?;
    let standing = seen(&runtime, &actor, read_id(&id)?).await?;
    let Some(standing) = standing else {
        may(&runtime, &actor, "match.read")?;
        return Err(Problem::not_found("ce dossier"));
    };
    let case = case_body(&runtime, &actor, standing.case_id).await?;
    if case.is_quiet() {
        return Ok(Json(CaseMatches { quiet: true, wish_known: true, items: Vec::new() }));
    }
    let home = town(&runtime, standing.structure_id).await?;
    let positions: Vec<(Uuid, i64)> = case.wishes.iter().map(|wish| (wish.id, wish.position)).collect();
    let wishes = open(&runtime, &actor, &positions).await?;
    let offers = open_offers(&runtime, standing.platform_id).await?;
    let compared: Vec<Offered> = offers.iter().map(|(_, offer)| Offered::of(&offer.card())).collect();
    let mut best: HashMap<usize, CaseMatch> = HashMap::new();
    for (wish_id, wish) in &wishes {
        for scored in rank(&Wished::of(wish, &home), &compared, limit) {
            let known = best.get(&scored.index).is_some_and(|known| known.score >= scored.score);
            if known {
                continue;
            }
            let (id, offer) = offers[scored.index].clone();
            let proposed = proposed(&case.past.matches, id);
            let offer = OfferItem { id, offer };
            let (score, reasons, wish_id) = (scored.score, scored.reasons, *wish_id);
            best.insert(scored.index, CaseMatch { offer, wish_id, score, reasons, proposed });
        }
    }
    let mut items: Vec<CaseMatch> = best.into_values().collect();
    items.sort_by_key(|item| (std::cmp::Reverse(item.score), item.offer.id));
    items.truncate(limit);
    Ok(Json(CaseMatches { quiet: false, wish_known: !wishes.is_empty(), items }))
}

/// A person for an offer.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferMatch {
    /// The person's case.
    pub case_id: Uuid,
    /// The wish it answers.
    pub wish_id: Uuid,
    /// 0 to 100: what fits, among all that counts.
    pub score: u32,
    /// Why, criterion by criterion.
    pub reasons: Vec<Reason>,
    /// Where it stands, when it was proposed already.
    pub proposed: Option<ProposalStep>,
}

/// Whom an offer may interest, in the circles of whoever asks.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferMatches {
    /// Those it fits best first. Who does not wish to work for now is left in peace.
    pub items: Vec<OfferMatch>,
}

/// The open cases whose circle that post is in.
const CIRCLES: &str = "
select key, body from read.platform_by_case
where key in (select case_id from read.readership where reader_id = $1 and via = 'circle')
      and body->>'open' = 'true' order by key";

/// `GET /offers/{id}/matches`.
pub async fn of_offer(
    State(runtime): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    Params(params): Params<MatchParams>,
) -> Result<Json<OfferMatches>, Problem> {
    wait(&runtime, &[PLATFORM_BY_CASE, Offers::NAME], params.min_position).await?;
    may(&runtime, &actor, "offer.matches.read")?;
    let (limit, offer_id) = (limit(params.limit)?, read_id(&id)?);
    let offer = runtime.document(Offers::NAME, offer_id).await?;
    let offer: OfferBody = offer
        .and_then(|body| serde_json::from_value(body).ok())
        .ok_or_else(|| Problem::not_found("cette offre"))?;
    let Some(post) = actor.post_id else { return Ok(Json(OfferMatches { items: Vec::new() })) };
    let client = runtime.reader(&actor).await?;
    let statement = client.prepare_cached(CIRCLES).await?;
    let cases = documents::<CaseBody>(&client.query(&statement, &[&post]).await?)?;
    drop(client);
    let (mut owners, mut positions, mut homes) = (Vec::new(), Vec::new(), HashMap::new());
    for (case_id, case) in cases {
        if case.is_quiet() || case.wishes.is_empty() {
            continue;
        }
        let Some(standing) = seen(&runtime, &actor, case_id).await? else { continue };
        if let std::collections::hash_map::Entry::Vacant(home) = homes.entry(standing.structure_id) {
            home.insert(town(&runtime, standing.structure_id).await?);
        }
        for wish in &case.wishes {
            positions.push((wish.id, wish.position));
            let proposed = proposed(&case.past.matches, offer_id);
            owners.push((wish.id, (case_id, standing.structure_id, proposed)));
        }
    }
    let owners: HashMap<Uuid, _> = owners.into_iter().collect();
    let wishes = open(&runtime, &Reading::by_system("offers and wishes compared"), &positions).await?;
    let compared: Vec<Wished> = wishes
        .iter()
        .map(|(id, wish)| Wished::of(wish, owners.get(id).map_or("", |(_, home, _)| homes[home].as_str())))
        .collect();
    let mut items: Vec<OfferMatch> = Vec::new();
    for scored in rank_wishes(&Offered::of(&offer.card()), &compared, usize::MAX) {
        let wish_id = wishes[scored.index].0;
        let Some((case_id, _, proposed)) = owners.get(&wish_id).copied() else { continue };
        // The best of a person's wishes comes first: the others add nothing.
        if items.len() < limit && !items.iter().any(|item| item.case_id == case_id) {
            let (score, reasons) = (scored.score, scored.reasons);
            actor.listed(case_id);
            items.push(OfferMatch { case_id, wish_id, score, reasons, proposed });
        }
    }
    Ok(Json(OfferMatches { items }))
}

/// The case, when what the person wishes is open to that actor.
async fn seen(runtime: &Runtime, actor: &Actor, case_id: Uuid) -> Result<Option<CaseStanding>, Problem> {
    let standing = runtime.case_standing(case_id).await?;
    let view = runtime.view(actor, standing.as_ref(), runtime.clock.now()).await?;
    let allowed = runtime.policies.may(actor, "match.read", Some(&view)).is_ok()
        && runtime.policies.classes(actor, &view).contains(&Class::Project);
    Ok(standing.filter(|_| allowed))
}

/// What matching knows of a case, for that reader.
async fn case_body(runtime: &Runtime, actor: &Actor, case_id: Uuid) -> Result<CaseBody, Problem> {
    let client = runtime.reader(actor).await?;
    let statement = client.prepare_cached("select body from read.platform_by_case where key = $1").await?;
    let row = client.query_opt(&statement, &[&case_id]).await?;
    Ok(row
        .map(|row| row.try_get::<_, tokio_postgres::types::Json<CaseBody>>(0))
        .transpose()?
        .unwrap_or_default()
        .0)
}

/// What these wishes say: one query for the facts, one for the keys. Those whose keys were destroyed are gone.
async fn open(
    runtime: &Runtime,
    reading: &Reading,
    wishes: &[(Uuid, i64)],
) -> Result<Vec<(Uuid, Wish)>, Problem> {
    if wishes.is_empty() {
        return Ok(Vec::new());
    }
    let positions: Vec<i64> = wishes.iter().map(|(_, position)| *position).collect();
    let facts = runtime.journal.at(&positions).await?;
    let opened = runtime.open(reading, &facts, |class| class == Class::Project).await?;
    let read = |(fact, opened): (&contracts::Recorded, sealing::Opened)| {
        let known = !opened.forgotten.contains(&Class::Project);
        Some((fact.stream_id, matching::said(fact.kind, &opened.bytes).filter(|_| known)?))
    };
    Ok(facts.iter().zip(opened).filter_map(read).collect())
}

const OPEN_OFFERS: &str = "
select key, body from read.offers
where body->>'state' = 'open' and ($1::text is null or body->>'platform_id' = $1) order by key";

/// The open offers of a platform, or of all when the case is on none.
async fn open_offers(runtime: &Runtime, platform: Option<Uuid>) -> Result<Vec<(Uuid, OfferBody)>, Problem> {
    let client = runtime.pool.get().await?;
    let statement = client.prepare_cached(OPEN_OFFERS).await?;
    documents(&client.query(&statement, &[&platform.map(|id| id.to_string())]).await?)
}

/// The town of the structure that hosts a person.
async fn town(runtime: &Runtime, structure_id: Uuid) -> Result<String, Problem> {
    let body = runtime.document(References::NAME, structure_id).await?;
    let reference: Option<Reference> = body.and_then(|body| serde_json::from_value(body).ok());
    Ok(reference.map(|reference| reference.town).unwrap_or_default())
}

fn proposed(matches: &[Proposal], offer_id: Uuid) -> Option<ProposalStep> {
    matches.iter().rev().find(|one| one.offer_id == offer_id).map(|one| one.step)
}

//! The doors of the adapter: one for the tool, two for the professionals who say whose a convention is.

use axum::{
    Json,
    body::to_bytes,
    extract::{Path, Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use service::{
    Api, Problem, Reading, Runtime,
    api::{Address, Caller, Shared, now, parse, read_id},
    query::{Params, after, limit, page},
};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Mode, Report, aside,
    attach::may_be,
    index,
    receive::{attach, receive_at},
    snapshot::Person,
};
use crate::domain::rules::ATTACHED;

/// A body may weigh 1 MB.
const LIMIT: usize = 1024 * 1024;

/// What the tool is answered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotificationReceived)]
pub struct Received {
    /// What was done, in a sentence or two.
    pub message: String,
    /// The kinds of the facts stated.
    pub facts: Vec<&'static str>,
    /// Whether a professional must say whose it is.
    pub kept_aside: bool,
}

/// Something kept aside.
#[derive(Debug, Serialize, ToSchema)]
pub struct AsideItem {
    /// Its id.
    pub id: Uuid,
    /// The convention, by its id in Immersion Facilitée.
    pub convention: Uuid,
    /// Why nobody was recognised.
    pub reason: &'static str,
    /// When it came.
    #[schema(value_type = String)]
    pub received_at: Timestamp,
    /// First day of the immersion.
    #[schema(value_type = String)]
    pub starts_on: Date,
    /// Last day.
    #[schema(value_type = String)]
    pub ends_on: Date,
    /// The person, shown to those of the agency only.
    pub person: Option<AsidePerson>,
}

/// Who it is about.
#[derive(Debug, Serialize, ToSchema)]
pub struct AsidePerson {
    /// Family name.
    pub family_name: String,
    /// Given name.
    pub given_name: String,
    /// Birth date, when it is known.
    #[schema(value_type = Option<String>)]
    pub birth_date: Option<Date>,
}

/// A page of what is kept aside.
#[derive(Debug, Serialize, ToSchema)]
pub struct Asides {
    /// Latest first.
    pub items: Vec<AsideItem>,
    /// The cursor of the next page; nothing on the last one.
    pub next: Option<String>,
}

/// Which page.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AsidesParams {
    cursor: Option<String>,
    limit: Option<usize>,
}

/// How many are shown at once: each name that is shown is a reading, and counts as one.
const SHOWN: usize = 20;

/// Whose a convention is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Attach {
    /// The person's case.
    pub case_id: Uuid,
}

/// The routes of the adapter.
pub fn api() -> Api {
    let at = "/api/v1/inbound/immersion-facilitee";
    Api::default()
        .route::<Received, _, _>(
            (Method::POST, "inbound.immersion-facilitee"),
            "Recevoir une notification d’Immersion Facilitée",
            at,
            notified,
        )
        .query::<Asides, _, _>(
            "immersion.aside.read",
            "Les conventions à rattacher à un dossier",
            "/api/v1/inbound/immersion-facilitee/aside",
            listed,
        )
        .route::<Received, _, _>(
            (Method::POST, "immersion.attach"),
            "Rattacher une convention à un dossier",
            "/api/v1/inbound/immersion-facilitee/aside/{id}/attach",
            attached,
        )
}

async fn notified(
    State(runtime): State<Shared>,
    Address(address): Address,
    headers: HeaderMap,
    request: Request,
) -> Response {
    match notify(&runtime, &address, &headers, request).await {
        Ok(report) => {
            let status = if report.is_kept_aside() { StatusCode::ACCEPTED } else { StatusCode::OK };
            (status, Json(answer(&report))).into_response()
        }
        Err(problem) => with_message(problem),
    }
}

async fn notify(
    runtime: &Shared,
    address: &str,
    headers: &HeaderMap,
    request: Request,
) -> Result<Report, Problem> {
    // Whoever tries secrets waits; the tool, from where it is, does not.
    runtime.may_try(address, "").await?;
    if let Err(wrong) = check_secret(runtime, headers) {
        runtime.tried_wrong(address, "").await?;
        return Err(wrong);
    }
    let body = to_bytes(request.into_body(), LIMIT).await.map_err(|_| {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "/problemes/taille",
            "Corps trop volumineux",
            "La notification dépasse 1 Mo. Rien n’a été enregistré.",
        )
    })?;
    receive_at(runtime, &body, Mode::Apply, now(runtime, headers)?).await
}

/// The body is not signed: the secret that was given with the subscription is what shows who speaks.
fn check_secret(runtime: &Runtime, headers: &HeaderMap) -> Result<(), Problem> {
    let given = headers.get(header::AUTHORIZATION).map(|value| value.as_bytes()).unwrap_or_default();
    let known = runtime.config.immersion_facilitee_secret.as_deref().unwrap_or_default();
    let same = Sha256::digest(given).ct_eq(&Sha256::digest(known.as_bytes()));
    if known.is_empty() || !bool::from(same) {
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "/problemes/identification",
            "Identification requise",
            "Le secret de l’en-tête authorization n’est pas celui de cet abonnement. Rien n’a été enregistré : vérifiez l’abonnement.",
        ));
    }
    Ok(())
}

/// The tool shows the member `message` of an error to its users.
fn with_message(problem: Problem) -> Response {
    let mut body = serde_json::to_value(&problem).unwrap_or_default();
    body["message"] = serde_json::Value::from(problem.detail.clone().into_owned());
    let mut response = problem.into_response();
    *response.body_mut() = body.to_string().into();
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response
}

fn answer(report: &Report) -> Received {
    Received {
        message: report.to_string(),
        facts: report.conventions.iter().flat_map(|one| one.facts.iter().map(|fact| fact.name)).collect(),
        kept_aside: report.is_kept_aside(),
    }
}

async fn listed(
    State(runtime): State<Shared>,
    Caller(reading): Caller,
    Params(params): Params<AsidesParams>,
) -> Result<Json<Asides>, Problem> {
    const OF: &str = "asides";
    runtime.policies.decide(&reading, "immersion.aside.read", None)?;
    let limit = limit(params.limit.or(Some(SHOWN)))?.min(SHOWN);
    let asides = aside::all(&runtime, after(OF, params.cursor.as_deref())?, limit + 1).await?;
    let (asides, next) = page(asides, limit, OF, |aside| (aside.received_at, aside.id));
    let mut items = Vec::new();
    for aside in asides {
        let own = reading.organisation_id.is_some_and(|own| aside.organisations.contains(&own));
        let person = if own { person_of(&runtime, &reading, &aside).await? } else { None };
        items.push(AsideItem {
            id: aside.id,
            convention: aside.reference,
            reason: aside.reason.text(),
            received_at: aside.received_at,
            starts_on: aside.starts_on,
            ends_on: aside.ends_on,
            person: person.map(|person| AsidePerson {
                family_name: person.family_name,
                given_name: person.given_name,
                birth_date: person.birth_date,
            }),
        });
    }
    Ok(Json(Asides { items, next }))
}

async fn person_of(
    runtime: &Runtime,
    reading: &Reading,
    aside: &aside::Aside,
) -> Result<Option<Person>, Problem> {
    let opened = aside::open(runtime, reading, std::slice::from_ref(aside)).await?;
    Ok(opened.into_iter().next().map(|(_, person)| person))
}

async fn attached(
    State(runtime): State<Shared>,
    Caller(actor): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Result<Json<Received>, Problem> {
    let unknown = || Problem::not_found("cette convention à rattacher");
    let asked: Attach = parse(&headers, &body)?;
    runtime.policies.decide(&actor, "immersion.attach", None)?;
    // What does not exist and what is hidden have the same answer.
    let case = runtime.case_standing(asked.case_id).await?;
    let view = runtime.view(&actor, case.as_ref(), runtime.clock.now()).await?;
    let decision = runtime.policies.decide(&actor, "immersion.attach", Some(&view));
    let case = case.filter(|_| decision.is_ok()).ok_or_else(|| Problem::not_found("ce dossier"))?;
    let aside = aside::one(&runtime, read_id(&id)?).await?.ok_or_else(unknown)?;
    let told = person_of(&runtime, &Reading::by_system("conventions attached"), &aside)
        .await?
        .ok_or_else(unknown)?;
    let own = actor.organisation_id.is_some_and(|own| aside.organisations.contains(&own));
    let known = index::identity(&runtime, &case).await?;
    // Outside the agency nobody sees the name: something of the person must agree.
    if !own && !known.is_some_and(|known| may_be(&known, &told)) {
        return Err(ATTACHED
            .refuse("Ni le nom ni la date de naissance de ce dossier ne sont ceux de la convention. Vérifiez le dossier, ou demandez au prescripteur.")
            .at("/case_id")
            .into());
    }
    let now = now(&runtime, &headers)?;
    let report = attach(&runtime, aside.reference, case.case_id, actor.post_id, now).await?;
    Ok(Json(answer(&report)))
}

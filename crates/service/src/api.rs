//! The HTTP face of a service: one line per route, and the description of the API from the same line.

use std::sync::Arc;

use access::Actor;
use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    handler::Handler,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::from_fn,
    response::{IntoResponse, Response},
    routing::{MethodFilter, MethodRouter, on, post},
};
use serde::Serialize;
use utoipa::{
    ToSchema,
    openapi::{
        ContentBuilder, HttpMethod, OpenApi, Required, request_body::RequestBodyBuilder,
        response::ResponseBuilder,
    },
};
use uuid::Uuid;
use vocabulary::Warning;

use crate::{
    Problem, Runtime,
    command::Command,
    execute::{Outcome, Request, Target, execute},
};

mod body;
mod caller;
mod describe;
mod form;
mod knock;
mod person;
mod purpose;
mod recorded;

pub use body::parse;
pub use caller::{Caller, cookie, now};
use describe::{header as header_parameter, operation};
pub use form::{CONFIRM, Fields, KEY, ToConfirm, form, form_of_found, form_of_person, form_on};
pub use knock::{Address, Anyone, Knocked, Peer, session, session_cookie};
pub use person::{Person, let_person_in, let_person_out, not_come_in, own_session, sheet};
pub use purpose::{PURPOSE_HEADER, purpose, purpose_chosen, require_purpose};

/// What a state of routes is.
pub type Shared = Arc<Runtime>;

/// Commands are small: 256 kB.
pub const BODY_LIMIT: usize = 256 * 1024;

/// Routes and their description.
#[derive(Clone)]
pub struct Api {
    /// The routes.
    pub router: Router<Shared>,
    /// Their description.
    pub doc: OpenApi,
    /// Method and path of each.
    pub routes: Vec<(Method, String)>,
    /// Names that several different schemas claim, of which the description would say one only: there must be none.
    pub clashes: Vec<String>,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api").field("routes", &self.routes).finish_non_exhaustive()
    }
}

impl Default for Api {
    fn default() -> Self {
        Self { router: Router::new(), doc: OpenApi::default(), routes: Vec::new(), clashes: Vec::new() }
    }
}

/// What a command answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Answer {
    /// The aggregate.
    pub id: Uuid,
    /// Its version, also in `ETag`.
    pub version: u32,
    /// The position of its last fact: give it as `min_position` to read what was just written.
    pub position: i64,
    /// Soft rules it departs from; the circle sees them.
    pub warnings: Vec<String>,
    /// True when it was already so.
    pub repeated: bool,
}

impl Api {
    /// A command on an aggregate that exists: `POST /things/{id}/intent`.
    #[must_use]
    pub fn command<C: Command>(self, path: &'static str) -> Self {
        let handler = |State(runtime): State<Shared>,
                       caller: Caller,
                       Path(id): Path<String>,
                       headers: HeaderMap,
                       body: Bytes| async move {
            run::<C>(&runtime, caller, &headers, &body, |_| Ok(Target::Existing(read_id(&id)?))).await
        };
        self.post::<C>(path, StatusCode::OK, post(handler))
    }

    /// A command that begins an aggregate about no one, or a case: `POST /things`.
    #[must_use]
    pub fn begin<C: Command>(self, path: &'static str) -> Self {
        let handler = |State(runtime): State<Shared>, caller: Caller, headers: HeaderMap, body: Bytes| async move {
            run::<C>(&runtime, caller, &headers, &body, |_| Ok(Target::New { case_id: None })).await
        };
        self.post::<C>(path, StatusCode::CREATED, post(handler))
    }

    /// A command on the one aggregate that its body designates, begun when need be: `POST /things`.
    #[must_use]
    pub fn command_on<C: Command>(self, path: &'static str, id: fn(&C) -> Uuid) -> Self {
        let handler = move |State(runtime): State<Shared>,
                            caller: Caller,
                            headers: HeaderMap,
                            body: Bytes| async move {
            let target = |command: &C| Ok(Target::Begun { id: id(command) });
            run::<C>(&runtime, caller, &headers, &body, target).await
        };
        self.post::<C>(path, StatusCode::OK, post(handler))
    }

    /// A command on what is the caller's own, begun when need be: `POST /me/things`.
    #[must_use]
    pub fn command_on_own<C: Command>(
        self,
        path: &'static str,
        id: fn(&Actor) -> Result<Uuid, Problem>,
    ) -> Self {
        let handler = move |State(runtime): State<Shared>,
                            caller: Caller,
                            headers: HeaderMap,
                            body: Bytes| async move {
            let own = id(&caller.0);
            run::<C>(&runtime, caller, &headers, &body, |_| Ok(Target::Begun { id: own? })).await
        };
        self.post::<C>(path, StatusCode::OK, post(handler))
    }

    /// A command that begins an aggregate in a case: `POST /cases/{case_id}/things`.
    #[must_use]
    pub fn begin_in_case<C: Command>(self, path: &'static str) -> Self {
        let handler = |State(runtime): State<Shared>,
                       caller: Caller,
                       Path(case): Path<String>,
                       headers: HeaderMap,
                       body: Bytes| async move {
            let target = |_: &C| Ok(Target::New { case_id: Some(read_id(&case)?) });
            run::<C>(&runtime, caller, &headers, &body, target).await
        };
        self.post::<C>(path, StatusCode::CREATED, post(handler))
    }

    fn post<C: Command>(
        mut self,
        path: &'static str,
        done: StatusCode,
        handler: MethodRouter<Shared>,
    ) -> Self {
        let mut operation = operation(C::NAME, C::SUMMARY, path)
            .parameter(header_parameter("Idempotency-Key", Required::True, "Une clé neuve par intention, 1 à 255 caractères. La même clé avec le même corps rend la première réponse."))
            .parameter(header_parameter("Jalon-Confirm", Required::False, "« texte.a-confirmer » : garde un texte qui semble contenir un téléphone ou une adresse électronique, quand il est indispensable."))
            .request_body(Some(
                RequestBodyBuilder::new()
                    .required(Some(Required::True))
                    .content("application/json", ContentBuilder::new().schema(Some(self.schema::<C>())).build())
                    .build(),
            ));
        if done == StatusCode::OK {
            let text = "La version lue : l’ETag que la commande précédente a rendu, ou le membre « version » de l’élément lu. La commande est refusée si elle n’est plus la bonne.";
            operation = operation.parameter(header_parameter("If-Match", Required::False, text));
        }
        let answer = ContentBuilder::new().schema(Some(self.schema::<Answer>())).build();
        let operation = operation.response(
            done.as_str(),
            ResponseBuilder::new().description("Enregistré").content("application/json", answer).build(),
        );
        self.describe(HttpMethod::Post, path, operation);
        self.routes.push((Method::POST, path.to_owned()));
        self.router = self.router.route(path, noted(C::NAME, handler));
        self
    }

    /// A command on someone who was found by a search, whom its caller knows by a handle only:
    /// `POST /search/{handle}/intent`.
    #[must_use]
    pub fn command_on_found<C: Command>(self, path: &'static str) -> Self {
        let handler = |State(runtime): State<Shared>,
                       caller: Caller,
                       Path(handle): Path<String>,
                       headers: HeaderMap,
                       body: Bytes| async move {
            runtime.policies.decide(&caller.0, C::NAME, None)?;
            let id = found(&runtime, &caller.0, &handle)?;
            run::<C>(&runtime, caller, &headers, &body, |_| Ok(Target::Existing(id))).await
        };
        self.post::<C>(path, StatusCode::OK, post(handler))
    }

    /// A query: `GET`.
    #[must_use]
    pub fn query<R: ToSchema, H, T>(
        self,
        name: &'static str,
        summary: &'static str,
        path: &'static str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        self.route::<R, H, T>((Method::GET, name), summary, path, handler)
    }

    /// A route of another shape, described by its answer.
    #[must_use]
    pub fn route<R: ToSchema, H, T>(
        mut self,
        (method, name): (Method, &'static str),
        summary: &'static str,
        path: &'static str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, Shared>,
        T: 'static,
    {
        let answer = ContentBuilder::new().schema(Some(self.schema::<R>())).build();
        let operation = operation(name, summary, path)
            .parameter(header_parameter("Jalon-Purpose", Required::False, "Pour quelle finalité on lit, un mot de SharingPurpose : un accord de la personne n’ouvre rien pour une autre. Sans lui, celle du rôle ; un système partenaire le donne toujours."))
            .response(
                "200",
                ResponseBuilder::new().description("Trouvé").content("application/json", answer).build(),
            );
        let (filter, described) = match method {
            Method::POST => (MethodFilter::POST, HttpMethod::Post),
            _ => (MethodFilter::GET, HttpMethod::Get),
        };
        self.describe(described, path, operation);
        self.routes.push((method, path.to_owned()));
        self.router = self.router.route(path, noted(name, on(filter, handler)));
        self
    }

    /// Routes that are not part of the described API: pages, health.
    #[must_use]
    pub fn undescribed(mut self, method: Method, path: &'static str, handler: MethodRouter<Shared>) -> Self {
        self.routes.push((method, path.to_owned()));
        self.router = self.router.route(path, noted("", handler));
        self
    }

    /// Both.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.add_schemas(other.doc.components.iter().flat_map(|all| all.schemas.clone()));
        self.doc.merge(other.doc);
        self.clashes.extend(other.clashes);
        self.routes.extend(other.routes);
        self
    }
}

/// A route, around which what is opened is recorded under that name; a page has none but its template.
pub(crate) fn noted(name: &'static str, route: MethodRouter<Shared>) -> MethodRouter<Shared> {
    route.layer(from_fn(move |request, next| recorded::recorded(name, request, next)))
}

/// The case that handle is about, for whoever was given it.
///
/// # Errors
/// 404 when it is about none, is another’s or too old.
fn found(runtime: &Runtime, actor: &Actor, handle: &str) -> Result<Uuid, Problem> {
    let found = crate::search::handle::take(runtime, actor, handle, runtime.clock.now());
    found.ok_or_else(|| {
        let detail =
            "Cette correspondance ne vaut qu’un quart d’heure, pour qui l’a trouvée. Cherchez à nouveau.";
        Problem::new(StatusCode::NOT_FOUND, "/problemes/inconnu", "Introuvable", detail)
    })
}

/// An id of the path.
///
/// # Errors
/// 404: what is not an id names nothing.
pub fn read_id(text: &str) -> Result<Uuid, Problem> {
    text.parse().map_err(|_| Problem::not_found("cet identifiant"))
}

async fn run<C: Command>(
    runtime: &Shared,
    Caller(reading): Caller,
    headers: &HeaderMap,
    body: &[u8],
    target: impl FnOnce(&C) -> Result<Target, Problem>,
) -> Result<Response, Problem> {
    let key = caller::idempotency_key(headers)?;
    let command: C = body::parse(headers, body)?;
    let target = target(&command)?;
    let mut request = Request::keyed(reading.actor().clone(), key, now(runtime, headers)?);
    request.if_match = caller::if_match(headers)?;
    request.confirmed = caller::confirms(headers);
    let outcome = execute(runtime, target, command, request).await?;
    let existing = matches!(target, Target::Existing(_) | Target::Begun { .. });
    let status = if existing { StatusCode::OK } else { StatusCode::CREATED };
    Ok(answer(status, outcome))
}

fn answer(status: StatusCode, outcome: Outcome) -> Response {
    let etag = HeaderValue::try_from(format!("\"{}\"", outcome.version));
    let body = Answer {
        id: outcome.id,
        version: outcome.version,
        position: outcome.position,
        warnings: outcome.warnings.iter().map(Warning::reference).collect(),
        repeated: outcome.repeated,
    };
    let mut response = (status, axum::Json(body)).into_response();
    if let Ok(etag) = etag {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}
